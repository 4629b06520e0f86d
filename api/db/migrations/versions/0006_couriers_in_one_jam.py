"""
couriers in one jam

Revision: 0006, after 0005. Made on 2026-11-23.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the database to this version; each jam known so far has one courier."""
    op.create_table(
        "jam_couriers",
        sa.Column("deviation_id", sa.String(), nullable=False),
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("cause_id", sa.String(), nullable=False),
        sa.Column("courier_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("since_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("measure", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["cause_id"], ["causes.id"], name=op.f("fk_jam_couriers_cause_id_causes")),
        sa.ForeignKeyConstraint(["courier_id"], ["couriers.id"], name=op.f("fk_jam_couriers_courier_id_couriers")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_jam_couriers_tenant_id_tenants")),
        sa.PrimaryKeyConstraint("deviation_id", name=op.f("pk_jam_couriers")),
    )
    with op.batch_alter_table("jam_couriers") as batch:
        batch.create_index(batch.f("ix_jam_couriers_cause_id"), ["cause_id"])
        batch.create_index(batch.f("ix_jam_couriers_courier_id"), ["courier_id"])
    with op.batch_alter_table("cause_orders") as batch:
        batch.add_column(sa.Column("deviation_id", sa.String(), nullable=True))
    op.execute(
        "INSERT INTO jam_couriers (deviation_id, tenant_id, cause_id, courier_id, state, since_at, closed_at, measure)"
        " SELECT id, tenant_id, id, courier_id,"
        " CASE WHEN state IN ('closed', 'retracted') THEN state ELSE 'open' END, since_at, closed_at, measure"
        " FROM causes WHERE kind = 'slow_traffic' AND courier_id IS NOT NULL"
    )
    op.execute(
        "UPDATE cause_orders SET deviation_id = cause_id WHERE cause_id IN (SELECT deviation_id FROM jam_couriers)"
    )


def downgrade() -> None:
    """Take the database back to the version before; a jam of several couriers keeps its first one."""
    with op.batch_alter_table("cause_orders") as batch:
        batch.drop_column("deviation_id")
    op.drop_table("jam_couriers")
