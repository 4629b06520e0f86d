"""
the limits of a city's tracking

Revision: 0005, after 0004. Made on 2026-11-23.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the database to this version."""
    with op.batch_alter_table("cities") as batch:
        batch.add_column(sa.Column("tracking_rules", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    """Take the database back to the version before."""
    with op.batch_alter_table("cities") as batch:
        batch.drop_column("tracking_rules")
