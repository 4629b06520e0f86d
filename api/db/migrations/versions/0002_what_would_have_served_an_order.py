"""
what would have served an order that was left out

Revision: 0002, after 0001. Made on 2026-11-23.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the database to this version."""
    with op.batch_alter_table("plan_unassigned") as batch:
        batch.add_column(sa.Column("remedies", sa.JSON(), server_default="[]", nullable=False))


def downgrade() -> None:
    """Take the database back to the version before."""
    with op.batch_alter_table("plan_unassigned") as batch:
        batch.drop_column("remedies")
