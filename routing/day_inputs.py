"""What a day is planned from, and how long planning may take."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from routing.fleet import Depot, Locker, Shift
from routing.problem import CostWeights
from routing.snapping import MAX_SNAP_M
from routing.stop import Stop
from routing.travel_matrix import HourFactors, TravelMatrix


@dataclass(frozen=True, slots=True, kw_only=True)
class DayInputs:
    """
    What one city's day is planned from; picklable, so a child process can take it.

    Orders without an address or outside every zone are not among `stops`: the caller sets them aside with their reason.
    `matrix` is used instead of asking the streets, `matrices` for the vehicle profiles they name; their rows are those
    of `routing.problem.node_points` of these inputs.
    """

    stops: tuple[Stop, ...]
    shifts: tuple[Shift, ...]
    depots: tuple[Depot, ...]
    horizon_start: datetime
    zone_version: int | None = None
    weights: CostWeights = field(default_factory=CostWeights)
    max_snap_m: float = MAX_SNAP_M
    lockers: tuple[Locker, ...] = ()
    matrix: TravelMatrix | None = None
    matrices: Mapping[str, TravelMatrix] = field(default_factory=dict)
    hour_factors: HourFactors | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLimits:
    """
    How long the search may take, matrix and geometry not counted, the seed that makes it one of many, and on how many
    cores it runs.

    Besides, `explain_s` may be spent on finding what would have served the orders that are left out; None is a tenth of
    the search, 0.3 to 3 seconds.
    """

    time_limit_s: float = 5.0
    seed: int = 1
    processes: int = 1
    explain_s: float | None = None

    @property
    def explaining_s(self) -> float:
        """Seconds for finding what would have served the orders that are left out."""
        return min(max(self.time_limit_s / 10, 0.3), 3.0) if self.explain_s is None else self.explain_s
