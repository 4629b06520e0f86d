"""Runs the migrations on the connection that `api.db.migrate` gives; there is no other way in."""

from typing import Any

from alembic import context

from api.db.tables import Base, UtcDateTime


def render_item(kind: str, item: Any, _autogen: Any) -> Any:
    """Migrations name plain types, so that they mean the same when our own have changed."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    render_item=render_item,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
