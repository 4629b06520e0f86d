"""
what tracking learns

Revision: 0004, after 0003. Made on 2026-11-23.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the database to this version."""
    op.create_table(
        "city_holidays",
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("city_id", sa.String(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["city_id"], ["cities.id"], name=op.f("fk_city_holidays_city_id_cities")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_city_holidays_tenant_id_tenants")),
        sa.PrimaryKeyConstraint("tenant_id", "city_id", "on_date", name=op.f("pk_city_holidays")),
    )
    op.create_table(
        "eta_calibrations",
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("city_id", sa.String(), nullable=False),
        sa.Column("horizon", sa.Integer(), nullable=False),
        sa.Column("residuals", sa.JSON(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["city_id"], ["cities.id"], name=op.f("fk_eta_calibrations_city_id_cities")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_eta_calibrations_tenant_id_tenants")),
        sa.PrimaryKeyConstraint("tenant_id", "city_id", "horizon", name=op.f("pk_eta_calibrations")),
    )
    op.create_table(
        "learned_cells",
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("city_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("cell", sa.String(), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("mean_log", sa.Double(), nullable=False),
        sa.Column("scatter_log2", sa.Double(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["city_id"], ["cities.id"], name=op.f("fk_learned_cells_city_id_cities")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_learned_cells_tenant_id_tenants")),
        sa.PrimaryKeyConstraint("tenant_id", "city_id", "kind", "cell", name=op.f("pk_learned_cells")),
    )
    op.create_table(
        "eta_forecasts",
        sa.Column("visit_id", sa.String(), nullable=False),
        sa.Column("horizon", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("visits_before", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sd_s", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_eta_forecasts_tenant_id_tenants")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_eta_forecasts_visit_id_visits")),
        sa.PrimaryKeyConstraint("visit_id", "horizon", name=op.f("pk_eta_forecasts")),
    )
    op.create_table(
        "learned_visits",
        sa.Column("visit_id", sa.String(), nullable=False),
        sa.Column("tenant_id", sa.String(), nullable=False),
        sa.Column("city_id", sa.String(), nullable=False),
        sa.Column("courier_id", sa.String(), nullable=False),
        sa.Column("zone_id", sa.String(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=True),
        sa.Column("day_kind", sa.String(), nullable=True),
        sa.Column("leg_planned_s", sa.Double(), nullable=True),
        sa.Column("leg_observed_s", sa.Double(), nullable=True),
        sa.Column("service_planned_s", sa.Double(), nullable=True),
        sa.Column("service_observed_s", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["city_id"], ["cities.id"], name=op.f("fk_learned_visits_city_id_cities")),
        sa.ForeignKeyConstraint(["courier_id"], ["couriers.id"], name=op.f("fk_learned_visits_courier_id_couriers")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_learned_visits_tenant_id_tenants")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_learned_visits_visit_id_visits")),
        sa.PrimaryKeyConstraint("visit_id", name=op.f("pk_learned_visits")),
    )
    with op.batch_alter_table("learned_visits") as batch:
        batch.create_index("ix_learned_visits_city", ["tenant_id", "city_id", "ended_at"], unique=False)

    with op.batch_alter_table("visit_etas") as batch:
        batch.add_column(sa.Column("forecast_horizon", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Take the database back to the version before."""
    with op.batch_alter_table("visit_etas") as batch:
        batch.drop_column("forecast_horizon")

    with op.batch_alter_table("learned_visits") as batch:
        batch.drop_index("ix_learned_visits_city")

    op.drop_table("learned_visits")
    op.drop_table("eta_forecasts")
    op.drop_table("learned_cells")
    op.drop_table("eta_calibrations")
    op.drop_table("city_holidays")
