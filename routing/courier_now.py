"""Where a courier is in the middle of the day, what an edit of his route needs to know, and what it gives back."""

from dataclasses import dataclass, field
from datetime import datetime

from routing.fleet import Depot, Shift
from routing.plan import Route, Unassigned
from routing.problem import CostWeights
from routing.roads import RoadNetwork
from routing.stop import Stop
from zones.lonlat import LonLat


@dataclass(frozen=True, slots=True, kw_only=True)
class CourierNow:
    """
    Where a courier is at `now` and what is done.

    `position` None and nothing done means that the courier has not left the depot. With visits done and no position
    the last done visit's place is taken.
    """

    now: datetime
    position: LonLat | None = None
    done_visit_ids: frozenset[str] = frozenset()

    @property
    def has_left(self) -> bool:
        """True once the courier is on the road: nothing more can be loaded."""
        return self.position is not None or bool(self.done_visit_ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteChange:
    """
    The new route (None when no visit is left, done or not), and what no longer fits into it, with the reason.

    `late_ids` names visits after their window (and the shift's id when it ends late) that would be late even without
    this change: the day runs late, and a change does not throw anybody out for that. Give it to `check_route`.
    """

    route: Route | None
    unassigned: tuple[Unassigned, ...] = ()
    late_ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteContext:
    """What an edit needs to know beside the route: its shift, the stops of the route as they are now, and streets."""

    shift: Shift
    stops: tuple[Stop, ...]
    depots: tuple[Depot, ...]
    roads: RoadNetwork
    courier: CourierNow
    weights: CostWeights = field(default_factory=CostWeights)
