"""A replay told in rows: each departure raised, closed or taken back, with its time, place, measure and visit."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from routing.roads import RoadNetwork
from tracking.events import DeviationClosed, DeviationOpened, DeviationRetracted, DeviationUpdated
from tracking.files.plan import FilePlan
from tracking.files.track import FileProblem, FileTrack, TrackFileError
from tracking.replay import play
from tracking.route_line import RouteLine
from tracking.rules import DEFAULT_RULES, TrackingRules
from tracking.simulate import VisitReport
from zones.lonlat import distance_m

_ANOTHER_CITY_KM = 200.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayedDeviation:
    """
    A departure that became `state` ("open", "closed" or "retracted") at `at`.

    `told_at` is the service's clock when it was said: a departure is closed as of the fix that ended it, though never
    before it was opened, so that the rows of one departure are in their order. `measure` is
    the last one told, see `DeviationOpened`.
    """

    at: datetime
    told_at: datetime
    kind: str
    state: str
    deviation_id: str
    since_at: datetime
    measure: float
    lon: float | None
    lat: float | None
    visit_id: str | None
    track: str
    why: str | None = None

    def row(self) -> dict[str, Any]:
        """The form that is printed and answered."""
        row: dict[str, Any] = {
            "at": self.at.isoformat(),
            "kind": self.kind,
            "state": self.state,
            "since_at": self.since_at.isoformat(),
            "measure": self.measure,
            "lon": self.lon,
            "lat": self.lat,
            "visit_id": self.visit_id,
            "deviation_id": self.deviation_id,
            "told_at": self.told_at.isoformat(),
            "track": self.track,
        }
        return row | ({"why": self.why} if self.why else {})


def replay_file_track(
    track: FileTrack, plan: FilePlan, roads: RoadNetwork | None, rules: TrackingRules = DEFAULT_RULES
) -> tuple[ReplayedDeviation, ...]:
    """
    What the service would have told of a track read from a file, held against a plan read from a file.

    Raises
    ------
    TrackFileError
        When the two are so far apart that one of them is of another city, or has latitude first.
    """
    _check_same_city(track, plan)
    starts_at = min((p.fix_at for p in track.pings), default=plan.departs_at)
    if starts_at is None:
        return ()
    return replay_deviations(track, plan.line(starts_at), roads, plan.rules(rules))


def _check_same_city(track: FileTrack, plan: FilePlan) -> None:
    first = next((ping.point for ping in track.pings if ping.point is not None), None)
    if first is None:
        return
    apart_km = min(distance_m(first, point) for point in (plan.points[0], plan.points[-1])) / 1000.0
    if apart_km > _ANOTHER_CITY_KM:
        message = f"it begins {apart_km:.0f} km from the plan; expected the same city, and longitude first in both"
        raise TrackFileError((FileProblem(code="far_apart", where=track.track_id, message=message),))


def replay_deviations(
    track: FileTrack,
    line: RouteLine,
    roads: RoadNetwork | None,
    rules: TrackingRules = DEFAULT_RULES,
    outcomes: Iterable[VisitReport] = (),
) -> tuple[ReplayedDeviation, ...]:
    """The departures that a track leads to on a line, in order of time."""
    found: list[ReplayedDeviation] = []
    opened: dict[str, DeviationOpened] = {}
    measures: dict[str, float] = {}
    for now, outcome in play(line, track.pings, roads, rules, outcomes=outcomes):
        for event in outcome.events:
            if isinstance(event, DeviationUpdated):
                measures[event.deviation_id] = event.measure
            if isinstance(event, DeviationOpened):
                opened[event.deviation_id] = event
                measures[event.deviation_id] = event.measure
            if isinstance(event, DeviationOpened | DeviationClosed | DeviationRetracted):
                first = opened.get(event.deviation_id)
                if first is not None:
                    found.append(_row(event, first, measures[event.deviation_id], now, track.track_id))
    # Of the same instant what was told first stays first: sorting keeps the order of equals.
    return tuple(sorted(found, key=lambda one: (one.at, one.told_at)))


def _row(
    event: DeviationOpened | DeviationClosed | DeviationRetracted,
    first: DeviationOpened,
    measure: float,
    now: datetime,
    track_id: str,
) -> ReplayedDeviation:
    state = {DeviationOpened: "open", DeviationClosed: "closed", DeviationRetracted: "retracted"}[type(event)]
    return ReplayedDeviation(
        # What came in one batch may have ended before it was noticed: no departure ends before it was told.
        at=max(event.at, first.at),
        told_at=now,
        kind=event.kind.value,
        state=state,
        deviation_id=event.deviation_id,
        since_at=first.since_at,
        measure=measure,
        lon=first.point.lon if first.point else None,
        lat=first.point.lat if first.point else None,
        visit_id=first.near_visit_id,
        track=track_id,
        why=event.why if isinstance(event, DeviationRetracted) else None,
    )
