"""What a day is planned from, and how long planning may take."""

from dataclasses import dataclass, field
from datetime import datetime

from routing.fleet import Depot, Shift
from routing.problem import CostWeights
from routing.snapping import MAX_SNAP_M
from routing.stop import Stop


@dataclass(frozen=True, slots=True, kw_only=True)
class DayInputs:
    """
    What one city's day is planned from; picklable, so a child process can take it.

    Orders without an address or outside every zone are not among `stops`: the caller sets them aside with their reason.
    """

    stops: tuple[Stop, ...]
    shifts: tuple[Shift, ...]
    depots: tuple[Depot, ...]
    horizon_start: datetime
    zone_version: int | None = None
    weights: CostWeights = field(default_factory=CostWeights)
    max_snap_m: float = MAX_SNAP_M


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLimits:
    """How long the search may take, matrix and geometry not counted, and the seed that makes it one of many."""

    time_limit_s: float = 5.0
    seed: int = 1
