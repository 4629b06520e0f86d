"""Names of those who act: people, couriers, programs and the service itself."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.db.tables import AccessToken, Courier, User

SYSTEM_NAMES = {"system": "Corridor", "order": "Corridor"}


def names_of_actors(session: Session, tenant_id: str, actors: Collection[str | None]) -> dict[str, str]:
    """Names by actor (`user:<id>`, `courier:<id>`, `token:<id>`, `system`); an unknown actor is its own name."""
    wanted = {actor for actor in actors if actor}
    names = {actor: SYSTEM_NAMES.get(actor, actor) for actor in wanted}
    for prefix, table in (("user:", User), ("courier:", Courier), ("token:", AccessToken)):
        ids = {actor.removeprefix(prefix) for actor in wanted if actor.startswith(prefix)}
        if ids:
            rows = session.execute(select(table.id, table.name).where(table.tenant_id == tenant_id, table.id.in_(ids)))
            names.update({f"{prefix}{row.id}": row.name for row in rows})
    return names
