"""
what phones of all kinds send

Revision: 0003, after 0002. Made on 2026-11-23.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the database to this version."""
    op.create_table(
        "phone_setups",
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("courier_id", sa.String(), nullable=False),
        sa.Column("token_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["courier_id"], ["couriers.id"], name=op.f("fk_phone_setups_courier_id_couriers")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_phone_setups_tenant_id_tenants")),
        sa.ForeignKeyConstraint(
            ["token_id"], ["access_tokens.id"], name=op.f("fk_phone_setups_token_id_access_tokens")
        ),
        sa.PrimaryKeyConstraint("secret_hash", name=op.f("pk_phone_setups")),
    )
    with op.batch_alter_table("phone_setups", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_phone_setups_tenant_id"), ["tenant_id"], unique=False)

    with op.batch_alter_table("access_tokens", schema=None) as batch_op:
        batch_op.add_column(sa.Column("mqtt_name", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("owntracks_key", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("last_dialect", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("off_shift_pings", sa.Integer(), server_default="0", nullable=False))
        batch_op.create_unique_constraint(batch_op.f("uq_access_tokens_mqtt_name"), ["mqtt_name"])

    with op.batch_alter_table("pings", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("ping_id", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("altitude_m", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("is_charging", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("alarm", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("flags", sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column("dialect", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("device_eta_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("refused_pings", schema=None) as batch_op:
        batch_op.add_column(sa.Column("dialect", sa.String(), nullable=True))


def downgrade() -> None:
    """Bring it back to the version before."""
    with op.batch_alter_table("refused_pings", schema=None) as batch_op:
        batch_op.drop_column("dialect")

    with op.batch_alter_table("pings", schema=None) as batch_op:
        batch_op.drop_column("device_eta_at")
        batch_op.drop_column("dialect")
        batch_op.drop_column("flags")
        batch_op.drop_column("alarm")
        batch_op.drop_column("is_charging")
        batch_op.drop_column("altitude_m")
        batch_op.drop_column("ping_id")
        batch_op.drop_column("sent_at")

    with op.batch_alter_table("access_tokens", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_access_tokens_mqtt_name"), type_="unique")
        batch_op.drop_column("off_shift_pings")
        batch_op.drop_column("last_dialect")
        batch_op.drop_column("last_seen_at")
        batch_op.drop_column("owntracks_key")
        batch_op.drop_column("mqtt_name")

    with op.batch_alter_table("phone_setups", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_phone_setups_tenant_id"))

    op.drop_table("phone_setups")
