"""What is wrong with a file of zones: one value a problem, in words for the person who drew it."""

from dataclasses import dataclass
from enum import StrEnum

from zones.lonlat import LonLat


class Severity(StrEnum):
    """An error keeps the draft from being published; a warning asks for a second look."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneProblem:
    """
    One thing that is wrong in a draft.

    Parameters
    ----------
    code
        One machine word for each rule, such as "ring_not_closed".
    where
        Place in the file and the zone's name: `feature 3 "Old Town", ring 0, point 12`. All counted from 0.
    message
        What is wrong, and what to do.
    zone_ids
        Zones concerned, for those that have an id already.
    point
        Where on the earth, when there is one such place.
    """

    code: str
    where: str
    message: str
    severity: Severity = Severity.ERROR
    zone_ids: tuple[str, ...] = ()
    point: LonLat | None = None
