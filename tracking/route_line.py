"""A planned route as tracking sees it: one line on the streets, with the visits along it."""

from dataclasses import dataclass
from datetime import datetime

from routing.order import TimeWindow
from routing.plan import Route
from zones.lonlat import LonLat


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedVisit:
    """
    A visit along the line. `along_m` is the metres from the start of the line to its place on it.

    `promised_until_at` is the end of the latest promise the client was given; None when nothing was promised yet.
    """

    visit_id: str
    order_id: str
    point: LonLat
    along_m: float
    windows: tuple[TimeWindow, ...]
    service_s: int
    planned_arrives_at: datetime
    promised_until_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitFacts:
    """What a `routing.plan.Visit` does not carry: windows and service time of its stop, and the latest promise."""

    windows: tuple[TimeWindow, ...] = ()
    service_s: int = 180
    promised_until_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteLine:
    """
    One courier's route of one plan version.

    `points` are the vertices, `along_m` metres from the start and `free_flow_s` planned driving seconds from the start
    at each of them (both ascending, as long as `points`); service and waiting are not in it.
    """

    plan_id: str
    shift_id: str
    courier_id: str
    departs_at: datetime
    returns_at: datetime
    points: tuple[LonLat, ...]
    along_m: tuple[float, ...]
    free_flow_s: tuple[float, ...]
    visits: tuple[PlannedVisit, ...]
    source: str


def route_line(plan_id: str, route: Route, facts: dict[str, VisitFacts]) -> RouteLine:
    """Lay the legs of `route` end to end; a leg without a path becomes the straight line between its halts."""
    raise NotImplementedError
