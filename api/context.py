"""What every action is given: who calls, and the parts of the service it may use."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from api.clock import Clock
from api.db.engine import Database
from api.live_memory import LiveMemory
from api.settings import Settings

if TYPE_CHECKING:
    from api.road_networks import RoadNetworks


class Role(StrEnum):
    """What a caller may do is decided by this, endpoint by endpoint."""

    ADMIN = "admin"
    DISPATCHER = "dispatcher"
    OPERATOR = "operator"
    COURIER = "courier"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who is calling. Every query takes `tenant_id` from here, never from the request's body."""

    tenant_id: str
    role: Role
    actor: str
    """`user:<id>`, `courier:<id>`, `token:<id>` or `system`: what the audit log keeps."""
    name: str
    user_id: str | None = None
    courier_id: str | None = None
    token_id: str | None = None
    token_seen_at: datetime | None = None
    """When this token's phone was last noted as heard of."""
    language: str = "en"
    request_id: str | None = None


def system_caller(tenant_id: str) -> Caller:
    """The service itself: tickers and jobs act in this name."""
    return Caller(tenant_id=tenant_id, role=Role.ADMIN, actor="system", name="Corridor")


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The parts that actions work with, built once by `create_app` or a command."""

    settings: Settings
    db: Database
    clock: Clock
    roads: "RoadNetworks"
    live: LiveMemory = field(default_factory=LiveMemory)
