"""
From one ping to what is now known: the ordered list of steps.

Every function is pure: it takes the courier's state and gives a new one inside an `Outcome`. The caller loads the
state, calls one of them, and saves state, fix, refusal and events in one transaction. `line` is None for a courier
without a route: positions only.
"""

from dataclasses import dataclass
from datetime import datetime

from routing.roads import RoadNetwork
from tracking.courier_state import CourierState
from tracking.events import Eta, Reason, TrackingEvent
from tracking.learning import DEFAULT_FACTORS, Factors
from tracking.ping import Fix, Ping, RefusedPing
from tracking.route_line import RouteLine
from tracking.rules import DEFAULT_RULES, TrackingRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """
    What one ping, tick or outcome led to.

    `state` is to be saved. `fix` is the accepted position (None for a heartbeat, a duplicate, a refusal or a tick);
    `duplicate` says that the ping had been taken before and nothing changed. `etas` holds the present estimate of
    every visit left, in the order they will be driven, whether or not it is news.
    """

    state: CourierState
    fix: Fix | None = None
    refused: RefusedPing | None = None
    duplicate: bool = False
    events: tuple[TrackingEvent, ...] = ()
    etas: tuple[Eta, ...] = ()


def start(
    line: RouteLine | None,
    now: datetime,
    *,
    phone_expected: bool = True,
    rules: TrackingRules = DEFAULT_RULES,
    factors: Factors = DEFAULT_FACTORS,
) -> CourierState:
    """
    The state of a courier at the beginning of a route; estimates by plan count as told.

    `phone_expected` False means the courier has not begun the shift: silence is no gap, but may be a late start.
    """
    raise NotImplementedError


def advance(
    state: CourierState,
    ping: Ping,
    line: RouteLine | None,
    roads: RoadNetwork | None,
    now: datetime,
    *,
    rules: TrackingRules = DEFAULT_RULES,
    factors: Factors = DEFAULT_FACTORS,
) -> Outcome:
    """Take one ping. The same ping twice changes nothing; a late one does not move the courier back."""
    raise NotImplementedError


def tick(
    state: CourierState,
    line: RouteLine | None,
    roads: RoadNetwork | None,
    now: datetime,
    *,
    rules: TrackingRules = DEFAULT_RULES,
    factors: Factors = DEFAULT_FACTORS,
) -> Outcome:
    """Let time pass without a ping: silence, long service, late start and the drift of estimates are noticed here."""
    raise NotImplementedError


def complete_visit(
    state: CourierState,
    line: RouteLine | None,
    visit_id: str,
    at: datetime,
    now: datetime,
    *,
    roads: RoadNetwork | None = None,
    rules: TrackingRules = DEFAULT_RULES,
    factors: Factors = DEFAULT_FACTORS,
) -> Outcome:
    """The courier's phone says a visit is finished (delivered or failed) at `at`; a second time changes nothing."""
    raise NotImplementedError


def adopt(
    state: CourierState,
    new_line: RouteLine | None,
    reason: Reason,
    cause_id: str | None,
    now: datetime,
    *,
    roads: RoadNetwork | None = None,
    rules: TrackingRules = DEFAULT_RULES,
    factors: Factors = DEFAULT_FACTORS,
) -> Outcome:
    """
    Follow a new version of the plan, keeping what still holds.

    `new_line` may begin at the courier's present place or hold the finished visits too. Each visit whose arrival moves
    enough gets an `EtaChanged` with `reason` and `cause_id`; `new_line` None means the route was taken away.
    """
    raise NotImplementedError


def expect_phone(state: CourierState, expected: bool, now: datetime) -> CourierState:
    """Begin or end of the shift: from now on silence of the phone is, or is not, a gap."""
    raise NotImplementedError
