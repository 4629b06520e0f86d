"""
Every table of the service, for SQLite and PostgreSQL alike.

Each row belongs to a tenant. Instants are aware UTC. Ids are random text made by `new_id`, except where order of
writing matters (events, promises, audit): those count upwards.
"""

import secrets
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy import DateTime as SqlDateTime
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

COUNTER = BigInteger().with_variant(Integer(), "sqlite")
"""A key that counts upwards; SQLite counts only plain INTEGER keys."""


def new_id(prefix: str) -> str:
    """A random id such as `ord_3f9a1c...`: 80 bits, so that nobody can guess a neighbour's."""
    return f"{prefix}_{secrets.token_hex(10)}"


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC instant; SQLite keeps it without its zone, which is put back on reading."""

    impl = SqlDateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive instant, turn any other to UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"expected an aware instant, got {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the instant its zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Names of keys and indexes are fixed here, so that migrations can name them on both engines."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads this name from the class
        datetime: UtcDateTime,
        dict[str, Any]: JSON,
        list[str]: JSON,
        list[Any]: JSON,
    }


class Tenant(Base):
    """An organisation: nothing of one is ever seen by another."""

    __tablename__ = "tenants"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    created_at: Mapped[datetime]


class City(Base):
    """
    A city with its time zone, phone region and streets. `slug` is its name in commands and folders.

    `tracking_rules` are limits of its own for detectors, by vehicle profile; see `tracking.city_rules`.
    """

    __tablename__ = "cities"
    __table_args__ = (UniqueConstraint("tenant_id", "slug"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id"))
    slug: Mapped[str]
    name: Mapped[str]
    timezone: Mapped[str]
    country: Mapped[str]
    phone_region: Mapped[str]
    currency: Mapped[str]
    language: Mapped[str]
    lon: Mapped[float]
    lat: Mapped[float]
    tracking_rules: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class User(Base):
    """A person who signs in: dispatcher, operator or admin."""

    __tablename__ = "users"
    id: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id"), index=True)
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[str]
    language: Mapped[str] = mapped_column(default="en")
    password_hash: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class UserSession(Base):
    """A signed-in browser: only the SHA-256 of its random token is kept."""

    __tablename__ = "sessions"
    token_hash: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id"), index=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class AccessToken(Base):
    """
    A device's or partner's token: a courier's phone (`courier_id`) or a program acting in a role.

    `mqtt_name` is the `user/device` under which an OwnTracks phone publishes, `owntracks_key` what it encrypts with.
    `off_shift_pings` counts what the phone sent outside a shift: of those nothing else is kept.
    """

    __tablename__ = "access_tokens"
    token_hash: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(unique=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id"), index=True)
    name: Mapped[str]
    role: Mapped[str]
    courier_id: Mapped[str | None] = mapped_column(ForeignKey("couriers.id"), index=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    mqtt_name: Mapped[str | None] = mapped_column(unique=True)
    owntracks_key: Mapped[str | None]
    last_seen_at: Mapped[datetime | None]
    last_dialect: Mapped[str | None]
    off_shift_pings: Mapped[int] = mapped_column(default=0, server_default="0")


class PhoneSetup(Base):
    """A link that shows how to set up one courier's phone; only the SHA-256 of its secret is kept."""

    __tablename__ = "phone_setups"
    secret_hash: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id"), index=True)
    courier_id: Mapped[str] = mapped_column(ForeignKey("couriers.id"))
    token_id: Mapped[str] = mapped_column(ForeignKey("access_tokens.id"))
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    expires_at: Mapped[datetime]


class Depot(Base):
    """A pharmacy, shop or hub where couriers load."""

    __tablename__ = "depots"
    __table_args__ = (UniqueConstraint("tenant_id", "city_id", "code"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id"))
    city_id: Mapped[str] = mapped_column(ForeignKey("cities.id"))
    code: Mapped[str]
    name: Mapped[str]
    address: Mapped[str] = mapped_column(default="")
    phone_e164: Mapped[str | None]
    lon: Mapped[float]
    lat: Mapped[float]
    service_s: Mapped[int] = mapped_column(default=300)


class Courier(Base):
    """A person with a vehicle. `zone_ids` null means every zone."""

    __tablename__ = "couriers"
    __table_args__ = (UniqueConstraint("tenant_id", "city_id", "code"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id"))
    city_id: Mapped[str] = mapped_column(ForeignKey("cities.id"))
    code: Mapped[str]
    name: Mapped[str]
    phone_e164: Mapped[str | None]
    vehicle_profile: Mapped[str] = mapped_column(default="car")
    skills: Mapped[list[str]]
    zone_ids: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    capacity_items: Mapped[int]
    capacity_weight_g: Mapped[int]
    capacity_volume_ml: Mapped[int]
    cash_limit_minor: Mapped[int]
    active: Mapped[bool] = mapped_column(default=True)


class Shift(Base):
    """One courier's working time on one day. `state`: planned, started, ended."""

    __tablename__ = "shifts"
    __table_args__ = (Index("ix_shifts_day", "tenant_id", "city_id", "on_date"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id"))
    city_id: Mapped[str] = mapped_column(ForeignKey("cities.id"))
    courier_id: Mapped[str] = mapped_column(ForeignKey("couriers.id"), index=True)
    on_date: Mapped[date]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    start_depot_id: Mapped[str] = mapped_column(ForeignKey("depots.id"))
    end_depot_id: Mapped[str] = mapped_column(ForeignKey("depots.id"))
    state: Mapped[str] = mapped_column(default="planned")
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class ZoneSetRow(Base):
    """A numbered version of a city's zones. `state`: draft, published. Published rows never change."""

    __tablename__ = "zone_sets"
    __table_args__ = (UniqueConstraint("tenant_id", "city_id", "version"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id"))
    city_id: Mapped[str] = mapped_column(ForeignKey("cities.id"))
    version: Mapped[int]
    state: Mapped[str]
    valid_from: Mapped[datetime | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    source_name: Mapped[str] = mapped_column(default="")


class ZoneRow(Base):
    """One zone of a version; `area_wkb` is its polygon in degrees."""

    __tablename__ = "zones"
    __table_args__ = (UniqueConstraint("zone_set_id", "zone_id"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id"))
    zone_set_id: Mapped[str] = mapped_column(ForeignKey("zone_sets.id"), index=True)
    zone_id: Mapped[str]
    name: Mapped[str]
    priority: Mapped[int] = mapped_column(default=0)
    area_wkb: Mapped[bytes] = mapped_column(LargeBinary)


class Order(Base):
    """
    What a client bought.

    `status`: needs_address, carrier (outside every zone), ready, planned, on_route, delivered, failed, cancelled.
    `windows`: list of [opens_at, closes_at] as ISO text. Amounts are in minor units of the city's currency.
    """

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("tenant_id", "order_no"),
        Index("ix_orders_day", "tenant_id", "city_id", "on_date"),
        Index("ix_orders_phone", "tenant_id", "phone_e164"),
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id"))
    city_id: Mapped[str] = mapped_column(ForeignKey("cities.id"))
    order_no: Mapped[str]
    on_date: Mapped[date]
    client_name: Mapped[str]
    phone_e164: Mapped[str | None]
    language: Mapped[str]
    address: Mapped[str]
    entrance: Mapped[str] = mapped_column(default="")
    floor: Mapped[str] = mapped_column(default="")
    flat: Mapped[str] = mapped_column(default="")
    door_code: Mapped[str] = mapped_column(default="")
    landmark: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    zone_id: Mapped[str | None]
    zone_version: Mapped[int | None]
    windows: Mapped[list[Any]]
    service_s: Mapped[int]
    items: Mapped[int]
    weight_g: Mapped[int]
    volume_ml: Mapped[int]
    payment_form: Mapped[str]
    due_minor: Mapped[int] = mapped_column(default=0)
    change_from_minor: Mapped[int | None]
    skills: Mapped[list[str]]
    depot_id: Mapped[str | None] = mapped_column(ForeignKey("depots.id"))
    priority: Mapped[int] = mapped_column(default=0)
    ready_at: Mapped[datetime | None]
    status: Mapped[str]
    status_detail: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Visit(Base):
    """A delivery to be made; its id survives every re-planning. `state`: open, arrived, delivered, failed, dropped."""

    __tablename__ = "visits"
    id: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id"))
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), index=True)
    state: Mapped[str] = mapped_column(default="open")
    arrived_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    failure_reason: Mapped[str | None]
    created_at: Mapped[datetime]


class PlanRow(Base):
    """One immutable version of a city's day plan. The newest version of a day is the one in force."""

    __tablename__ = "plans"
    __table_args__ = (UniqueConstraint("tenant_id", "city_id", "on_date", "version"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id"))
    city_id: Mapped[str] = mapped_column(ForeignKey("cities.id"))
    on_date: Mapped[date]
    version: Mapped[int]
    based_on_id: Mapped[str | None] = mapped_column(ForeignKey("plans.id"))
    reason: Mapped[str]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    zone_set_id: Mapped[str | None] = mapped_column(ForeignKey("zone_sets.id"))
    provenance: Mapped[dict[str, Any]]


class PlanRoute(Base):
    """One shift's route in one plan version; `legs` as `routing.formats.plan_json` writes them."""

    __tablename__ = "plan_routes"
    __table_args__ = (UniqueConstraint("plan_id", "shift_id"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id"))
    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.id"), index=True)
    shift_id: Mapped[str] = mapped_column(ForeignKey("shifts.id"))
    courier_id: Mapped[str] = mapped_column(ForeignKey("couriers.id"), index=True)
    departs_at: Mapped[datetime]
    returns_at: Mapped[datetime]
    legs: Mapped[list[Any]]


class PlanVisit(Base):
    """A visit's place and times in one plan version; `sequence` counts from 1."""

    __tablename__ = "plan_visits"
    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.id"), primary_key=True)
    visit_id: Mapped[str] = mapped_column(ForeignKey("visits.id"), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id"))
    route_id: Mapped[str] = mapped_column(ForeignKey("plan_routes.id"), index=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), index=True)
    sequence: Mapped[int]
    lon: Mapped[float]
    lat: Mapped[float]
    arrives_at: Mapped[datetime]
    starts_at: Mapped[datetime]
    leaves_at: Mapped[datetime]


class PlanUnassigned(Base):
    """An order that one plan version left out, and why; `remedies` as `routing.formats.plan_json` writes them."""

    __tablename__ = "plan_unassigned"
    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.id"), primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id"))
    visit_id: Mapped[str] = mapped_column(ForeignKey("visits.id"))
    code: Mapped[str]
    message: Mapped[str]
    remedies: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")


class Job(Base):
    """A piece of long work. `state`: queued, running, done, failed, cancelled."""

    __tablename__ = "jobs"
    __table_args__ = (Index("ix_jobs_state", "state"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id"))
    city_id: Mapped[str] = mapped_column(ForeignKey("cities.id"))
    kind: Mapped[str]
    state: Mapped[str]
    payload: Mapped[dict[str, Any]]
    progress: Mapped[dict[str, Any]]
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    error: Mapped[str | None]
    cancel_asked: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class PingRow(Base):
    """
    An accepted ping; without coordinates it was a heartbeat. `dedupe_key` makes the same ping twice one row.

    `fix_at` is the device's time of the position, `sent_at` its time of sending, `ping_id` its own name of the message.
    `dialect` is the app's, null for our own. `device_eta_at` is when its navigator expects to be there.
    """

    __tablename__ = "pings"
    __table_args__ = (
        UniqueConstraint("courier_id", "dedupe_key"),
        Index("ix_pings_courier_time", "courier_id", "fix_at"),
    )
    id: Mapped[int] = mapped_column(COUNTER, primary_key=True, autoincrement=True)
    tenant_id: Mapped[str]
    courier_id: Mapped[str]
    dedupe_key: Mapped[str]
    fix_at: Mapped[datetime]
    received_at: Mapped[datetime]
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    accuracy_m: Mapped[float | None]
    speed_mps: Mapped[float | None]
    bearing_deg: Mapped[float | None]
    battery_share: Mapped[float | None]
    late: Mapped[bool] = mapped_column(default=False)
    sent_at: Mapped[datetime | None]
    ping_id: Mapped[str | None]
    altitude_m: Mapped[float | None]
    is_charging: Mapped[bool | None]
    alarm: Mapped[str | None]
    flags: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    dialect: Mapped[str | None]
    device_eta_at: Mapped[datetime | None]


class RefusedPingRow(Base):
    """A ping that was not believed, as it came, and why."""

    __tablename__ = "refused_pings"
    __table_args__ = (UniqueConstraint("courier_id", "dedupe_key"),)
    id: Mapped[int] = mapped_column(COUNTER, primary_key=True, autoincrement=True)
    tenant_id: Mapped[str]
    courier_id: Mapped[str]
    dedupe_key: Mapped[str]
    received_at: Mapped[datetime]
    code: Mapped[str]
    message: Mapped[str]
    raw: Mapped[dict[str, Any]]
    dialect: Mapped[str | None]


class CourierStateRow(Base):
    """All that tracking remembers about one courier between pings."""

    __tablename__ = "courier_states"
    courier_id: Mapped[str] = mapped_column(ForeignKey("couriers.id"), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id"))
    plan_id: Mapped[str | None]
    state: Mapped[bytes] = mapped_column(LargeBinary)
    updated_at: Mapped[datetime]


class VisitEta(Base):
    """The present estimate of one visit. `level`: on_time, at_risk, late, measured against the latest promise."""

    __tablename__ = "visit_etas"
    visit_id: Mapped[str] = mapped_column(ForeignKey("visits.id"), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id"))
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), index=True)
    courier_id: Mapped[str] = mapped_column(ForeignKey("couriers.id"), index=True)
    early_at: Mapped[datetime]
    expected_at: Mapped[datetime]
    late_at: Mapped[datetime]
    computed_at: Mapped[datetime]
    level: Mapped[str]
    reason: Mapped[str | None]
    cause_id: Mapped[str | None]
    forecast_horizon: Mapped[int | None]


class LearnedCell(Base):
    """
    One average that tracking has learned in a city, as `tracking.shrinkage.Cell` has it.

    `kind`: travel, service. `cell` is its key within the kind, such as `zone_hour|centre|workday|18`.
    """

    __tablename__ = "learned_cells"
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id"), primary_key=True)
    city_id: Mapped[str] = mapped_column(ForeignKey("cities.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    cell: Mapped[str] = mapped_column(primary_key=True)
    weight: Mapped[float]
    mean_log: Mapped[float]
    scatter_log2: Mapped[float]
    seen: Mapped[int]
    last_at: Mapped[datetime]


class LearnedVisit(Base):
    """What one finished visit taught, written once: a visit with a row here teaches nothing again."""

    __tablename__ = "learned_visits"
    __table_args__ = (Index("ix_learned_visits_city", "tenant_id", "city_id", "ended_at"),)
    visit_id: Mapped[str] = mapped_column(ForeignKey("visits.id"), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id"))
    city_id: Mapped[str] = mapped_column(ForeignKey("cities.id"))
    courier_id: Mapped[str] = mapped_column(ForeignKey("couriers.id"))
    zone_id: Mapped[str | None]
    ended_at: Mapped[datetime]
    hour: Mapped[int | None]
    day_kind: Mapped[str | None]
    leg_planned_s: Mapped[float | None]
    leg_observed_s: Mapped[float | None]
    service_planned_s: Mapped[float | None]
    service_observed_s: Mapped[float | None]


class EtaForecast(Base):
    """What was expected of a visit when it was `horizon` away, kept until it is held against what happened."""

    __tablename__ = "eta_forecasts"
    visit_id: Mapped[str] = mapped_column(ForeignKey("visits.id"), primary_key=True)
    horizon: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id"))
    visits_before: Mapped[int]
    made_at: Mapped[datetime]
    expected_at: Mapped[datetime]
    sd_s: Mapped[float]


class EtaCalibration(Base):
    """The last normalised residuals of a city's forecasts of one horizon, oldest first."""

    __tablename__ = "eta_calibrations"
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id"), primary_key=True)
    city_id: Mapped[str] = mapped_column(ForeignKey("cities.id"), primary_key=True)
    horizon: Mapped[int] = mapped_column(primary_key=True)
    residuals: Mapped[list[Any]]
    updated_at: Mapped[datetime]


class CityHoliday(Base):
    """A day on which a city's traffic is that of a Sunday."""

    __tablename__ = "city_holidays"
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id"), primary_key=True)
    city_id: Mapped[str] = mapped_column(ForeignKey("cities.id"), primary_key=True)
    on_date: Mapped[date] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(default="")


class Event(Base):
    """What happened: written in the transaction that made it true, read outwards in the order of `id`."""

    __tablename__ = "events"
    __table_args__ = (Index("ix_events_city", "tenant_id", "city_id", "id"),)
    id: Mapped[int] = mapped_column(COUNTER, primary_key=True, autoincrement=True)
    tenant_id: Mapped[str]
    city_id: Mapped[str]
    kind: Mapped[str]
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    courier_id: Mapped[str | None]
    order_id: Mapped[str | None] = mapped_column(index=True)
    visit_id: Mapped[str | None]
    cause_id: Mapped[str | None]
    data: Mapped[dict[str, Any]]


class Cause(Base):
    """
    One incident behind any number of moved promises.

    `kind`: a `tracking.events.DeviationKind`, or sos, unassigned, replan, cancelled, edited.
    `state`: open, taken, acknowledged, closed, retracted. It is shown to people from `shows_at` on.
    """

    __tablename__ = "causes"
    __table_args__ = (Index("ix_causes_open", "tenant_id", "city_id", "state"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id"))
    city_id: Mapped[str] = mapped_column(ForeignKey("cities.id"))
    kind: Mapped[str]
    courier_id: Mapped[str | None] = mapped_column(ForeignKey("couriers.id"), index=True)
    state: Mapped[str]
    since_at: Mapped[datetime]
    noticed_at: Mapped[datetime]
    shows_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    measure: Mapped[float | None]
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    street: Mapped[str] = mapped_column(default="")
    near_visit_id: Mapped[str | None]
    taken_by: Mapped[str | None]
    acknowledged_by: Mapped[str | None]
    acknowledged_at: Mapped[datetime | None]


class JamCourier(Base):
    """
    A courier's part of a jam, which is one cause for all couriers in it: his own slow drive, by its deviation's id.

    `state`: open, closed, retracted. A jam with one courier has one part, with the id of the cause.
    """

    __tablename__ = "jam_couriers"
    deviation_id: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id"))
    cause_id: Mapped[str] = mapped_column(ForeignKey("causes.id"), index=True)
    courier_id: Mapped[str] = mapped_column(ForeignKey("couriers.id"), index=True)
    state: Mapped[str]
    since_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    measure: Mapped[float | None]


class CauseOrder(Base):
    """
    An order whose promise a cause moved: its estimate before the cause and the newest one under it.

    `deviation_id` is the part of a jam that moved it last: one courier's part may be taken back alone.
    """

    __tablename__ = "cause_orders"
    cause_id: Mapped[str] = mapped_column(ForeignKey("causes.id"), primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id"))
    deviation_id: Mapped[str | None]
    before_at: Mapped[datetime | None]
    after_at: Mapped[datetime | None]
    linked_at: Mapped[datetime]


class CauseSighting(Base):
    """A person who saw a cause, so that a retraction can be told to them."""

    __tablename__ = "cause_sightings"
    cause_id: Mapped[str] = mapped_column(ForeignKey("causes.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id"))
    seen_at: Mapped[datetime]


class Retraction(Base):
    """A cause that late pings took back, and why."""

    __tablename__ = "retractions"
    id: Mapped[int] = mapped_column(COUNTER, primary_key=True, autoincrement=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id"))
    cause_id: Mapped[str] = mapped_column(ForeignKey("causes.id"), index=True)
    at: Mapped[datetime]
    why: Mapped[str]


class Promise(Base):
    """What a client was told: append-only. On-time is judged by the first promise, lateness now by the latest."""

    __tablename__ = "promises"
    __table_args__ = (Index("ix_promises_order", "order_id", "id"),)
    id: Mapped[int] = mapped_column(COUNTER, primary_key=True, autoincrement=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id"))
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"))
    from_at: Mapped[datetime]
    until_at: Mapped[datetime]
    told_at: Mapped[datetime]
    told_by: Mapped[str]
    channel: Mapped[str]
    language: Mapped[str]
    words: Mapped[str]
    cause_id: Mapped[str | None]


class InboxLine(Base):
    """
    A moved promise that a client may have to hear of.

    `state`: open, acknowledged, told, retracted, done (the visit ended before anybody called). At most one line of an
    order is open or acknowledged: a later change updates it, `path` keeps every estimate it went through.
    """

    __tablename__ = "inbox_lines"
    __table_args__ = (Index("ix_inbox_open", "tenant_id", "city_id", "state"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id"))
    city_id: Mapped[str] = mapped_column(ForeignKey("cities.id"))
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), index=True)
    visit_id: Mapped[str]
    cause_id: Mapped[str | None]
    reason: Mapped[str]
    state: Mapped[str]
    promised_from_at: Mapped[datetime | None]
    promised_until_at: Mapped[datetime | None]
    early_at: Mapped[datetime]
    expected_at: Mapped[datetime]
    late_at: Mapped[datetime]
    level: Mapped[str]
    path: Mapped[list[Any]]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    acknowledged_by: Mapped[str | None]
    acknowledged_at: Mapped[datetime | None]
    told_by: Mapped[str | None]
    told_at: Mapped[datetime | None]
    told_channel: Mapped[str | None]
    locked_by: Mapped[str | None]
    locked_until_at: Mapped[datetime | None]


class Outcome(Base):
    """How a visit ended, by the courier's word; `outcome_id` is the phone's own, so that a repeat changes nothing."""

    __tablename__ = "outcomes"
    visit_id: Mapped[str] = mapped_column(ForeignKey("visits.id"), primary_key=True)
    outcome_id: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id"))
    courier_id: Mapped[str] = mapped_column(ForeignKey("couriers.id"), index=True)
    kind: Mapped[str]
    failure_reason: Mapped[str | None]
    note: Mapped[str] = mapped_column(default="")
    device_at: Mapped[datetime]
    received_at: Mapped[datetime]


class AuditRow(Base):
    """Who did what, when, and what it was before and after."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_entity", "tenant_id", "entity", "entity_id"),)
    id: Mapped[int] = mapped_column(COUNTER, primary_key=True, autoincrement=True)
    tenant_id: Mapped[str]
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    entity: Mapped[str]
    entity_id: Mapped[str]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    request_id: Mapped[str | None]
