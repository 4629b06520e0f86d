"""What goes wrong in the demo's day, around the moment of launch, and to whom."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.demo.phones import PlannedDisturbance, drive
from routing.plan import Route
from routing.roads import RoadNetwork
from tracking import pipeline
from tracking.events import DeviationKind, DeviationOpened
from tracking.ping import Ping
from tracking.route_line import RouteLine
from tracking.simulate import Disturbance, DisturbanceKind, ReportKind


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that begins not before `earliest_s` seconds after the launch."""

    earliest_s: float
    disturbance: Disturbance


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedDay:
    """A courier's planned route, also as tracking sees it, service times by visit id, and the seed of his phone."""

    route: Route
    line: RouteLine
    service_s: Mapping[str, int]
    seed: int


TROUBLES = (
    Trouble(-30.0, Disturbance(kind=DisturbanceKind.DETOUR, size_m=450.0)),
    Trouble(-150.0, Disturbance(kind=DisturbanceKind.STALL, size_s=900.0)),
    Trouble(-420.0, Disturbance(kind=DisturbanceKind.SLOW_TRAFFIC, size_s=2_400.0, factor=3.0)),
    Trouble(-20.0, Disturbance(kind=DisturbanceKind.GAP, size_s=420.0)),
)


_NOTICED_AS = {
    DisturbanceKind.DETOUR: DeviationKind.OFF_ROUTE,
    DisturbanceKind.STALL: DeviationKind.STALL,
    DisturbanceKind.SLOW_TRAFFIC: DeviationKind.SLOW_TRAFFIC,
}
"""What each trouble is told as. A lost signal is noticed on the clock alone, whoever's it is."""

_IN_TIME = timedelta(seconds=170)


def spread_troubles(
    days: Mapping[str, PlannedDay], roads: RoadNetwork, launch_at: datetime
) -> dict[str, tuple[PlannedDisturbance, ...]]:
    """
    By courier code: one trouble each, so that all are noticed within three minutes after `launch_at`.

    Each day is driven with each trouble beforehand, and followed as the service will follow it: the courier whose
    trouble is noticed first, with nothing else beside it, meets it. In so small a town a drive away from stops is rare.
    """
    left = dict(days)
    chosen: dict[str, tuple[PlannedDisturbance, ...]] = {}
    for trouble in TROUBLES[: len(days)]:
        planned = PlannedDisturbance(
            begins_at=launch_at + timedelta(seconds=trouble.earliest_s), disturbance=trouble.disturbance
        )
        code = min(left, key=lambda one: (_seconds_unnoticed(left[one], roads, planned, launch_at), one))
        chosen[code] = (planned,)
        del left[code]
    return chosen


def _seconds_unnoticed(day: PlannedDay, roads: RoadNetwork, planned: PlannedDisturbance, launch_at: datetime) -> float:
    """From the beginning until tracking opens the right deviation first of all; infinite when it does not in time."""
    wanted = _NOTICED_AS.get(planned.disturbance.kind)
    if wanted is None:
        return 0.0
    track = drive(day.route, day.service_s, roads, day.seed, (planned,))
    state = pipeline.start(day.line, day.line.departs_at)
    for message in track.messages():
        if message.received_at > launch_at + _IN_TIME:
            break
        if isinstance(message, Ping):
            outcome = pipeline.advance(state, message, day.line, roads, message.received_at)
        elif message.kind is ReportKind.DELIVERED:
            outcome = pipeline.complete_visit(state, day.line, message.visit_id, message.at, message.received_at)
        else:
            continue
        state = outcome.state
        opened = [event for event in outcome.events if isinstance(event, DeviationOpened)]
        if opened:
            return (opened[0].at - planned.begins_at).total_seconds() if opened[0].kind is wanted else math.inf
    return math.inf


def troubles_in_turn(launch_at: datetime, couriers: Sequence[str]) -> dict[str, tuple[PlannedDisturbance, ...]]:
    """The same troubles from `launch_at` on for the first four of `couriers`, where their plans are not known."""
    return {
        code: (PlannedDisturbance(begins_at=launch_at, disturbance=trouble.disturbance),)
        for code, trouble in zip(couriers, TROUBLES, strict=False)
    }
