"""Position along the planned route: which leg, metres done, metres left, metres aside."""

from dataclasses import dataclass

from tracking.courier_state import Place
from tracking.route_line import PlannedVisit, RouteLine
from zones.lonlat import LonLat


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """
    Where the courier is against the plan, for people to read.

    `leg_index` counts from the leg out of the depot; `next_visit_id` is None on the way back. `left_m` is to the end of
    the line.
    """

    point: LonLat
    leg_index: int
    along_m: float
    offset_m: float
    left_m: float
    next_visit_id: str | None


def progress_at(place: Place, line: RouteLine, next_visit: PlannedVisit | None) -> Progress:
    """The place in the form that screens show."""
    geometry = line.geometry
    leg_index = next((i for i, v in enumerate(line.visits) if v is next_visit), len(line.visits))
    return Progress(
        point=geometry.point_at(place.along_m),
        leg_index=leg_index,
        along_m=place.along_m,
        offset_m=place.offset_m,
        left_m=max(0.0, geometry.length_m - place.along_m),
        next_visit_id=next_visit.visit_id if next_visit is not None else None,
    )
