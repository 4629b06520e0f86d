"""What a file of tracks says of what really was, beside the places: disturbances, visits, departures, silences."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tracking.files.track import FileProblem, read_instant, read_number
from tracking.scoreboard.truth import Departure
from tracking.simulate import DisturbanceKind, ReportKind, TrueVisit, Truth, VisitReport

_KINDS = {
    "wrong_sequence": DisturbanceKind.SKIPPED_STOP,
    "skip": DisturbanceKind.SKIPPED_STOP,
    "skipped": DisturbanceKind.SKIPPED_STOP,
    "out_of_turn": DisturbanceKind.SKIPPED_STOP,
    "swapped_stops": DisturbanceKind.SKIPPED_STOP,
    "off_route": DisturbanceKind.DETOUR,
    "departure": DisturbanceKind.DETOUR,
    "turned_back": DisturbanceKind.WRONG_WAY,
    "long_service": DisturbanceKind.STALL_AT_STOP,
    "long_stop": DisturbanceKind.STALL_AT_STOP,
    "traffic": DisturbanceKind.SLOW_TRAFFIC,
    "silence": DisturbanceKind.GAP,
    "no_signal": DisturbanceKind.GAP,
}
"""Other names, above all those of the detectors that should find them."""

type _Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldTruth:
    """
    What a file says; None where it says nothing of a thing, which differs from saying that there was none.

    Without `departures` they follow from the true places at the fixes.
    """

    disturbances: tuple[Truth, ...] | None = None
    visits: tuple[TrueVisit, ...] | None = None
    departures: tuple[Departure, ...] | None = None
    silences: tuple[_Span, ...] = ()
    aside: tuple[_Span, ...] = ()
    reports: tuple[VisitReport, ...] = ()


def told_truth(said: dict[str, Any], started_at: datetime, where: str, problems: list[FileProblem]) -> ToldTruth:
    """
    Read what stands beside a track; an item that cannot be read is left out and told.

    Times are `begins_s` and `ends_s` (`arrived_s` and `left_s` of a visit, `at_s` and `received_s` of a report) after
    the track's `started_at` or first fix, or instants as `begins_at` and `ends_at`.
    """
    zero = read_instant(said["started_at"]) if said.get("started_at") is not None else started_at

    def each[T](name: str, read: Callable[[Any], T | None]) -> tuple[T, ...] | None:
        items = said.get(name)
        if not isinstance(items, list):
            return None
        found: list[T] = []
        for number, item in enumerate(items, start=1):
            try:
                one = read(item)
            except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError) as error:
                message = f"{error} is missing" if isinstance(error, KeyError) else str(error)
                problems.append(FileProblem(code="bad_truth", where=f"{where}, {name} {number}", message=message))
                continue
            if one is not None:
                found.append(one)
        return tuple(found)

    def disturbance(item: Any) -> Truth:
        begin, end = _span(item, zero, ("begins", "began", "start", "from"), ("ends", "ended", "end", "to"))
        visit_id = item.get("visit_id")
        return Truth(
            kind=_kind(item["kind"]), began_at=begin, ended_at=end, visit_id=str(visit_id) if visit_id else None
        )

    def visit(item: Any) -> TrueVisit | None:
        if item.get("arrived_s") is None and item.get("arrived_at") is None:
            return None
        arrived_at, left_at = _span(item, zero, ("arrived",), ("left",))
        return TrueVisit(visit_id=str(item["visit_id"]), arrived_at=arrived_at, left_at=left_at)

    def departure(item: Any) -> Departure:
        begin, end = _span(item, zero, ("begins", "began"), ("ends", "ended"))
        return Departure(begin, end, read_number(item["most_m"], "most_m") or 0.0)

    def span(item: Any) -> _Span:
        return _seconds(item[0], zero), _seconds(item[1], zero)

    def report(item: Any) -> VisitReport:
        at, received_at = _seconds(item["at_s"], zero), _seconds(item["received_s"], zero)
        kind = ReportKind(item["kind"])
        return VisitReport(visit_id=str(item["visit_id"]), kind=kind, at=at, received_at=received_at)

    return ToldTruth(
        disturbances=each("disturbances", disturbance),
        visits=each("visits", visit),
        departures=each("departures", departure),
        silences=each("silences", span) or (),
        aside=each("aside", span) or (),
        reports=each("reports", report) or (),
    )


def _kind(value: Any) -> DisturbanceKind:
    name = str(value).strip().lower().replace("-", "_").replace(" ", "_")
    if name in _KINDS:
        return _KINDS[name]
    try:
        return DisturbanceKind(name)
    except ValueError as error:
        known = ", ".join(sorted({*(kind.value for kind in DisturbanceKind), *_KINDS}))
        raise ValueError(f"expected a kind of {known}, got {value!r}") from error


def _span(item: Any, zero: datetime, first: tuple[str, ...], last: tuple[str, ...]) -> _Span:
    begin, end = _moment(item, zero, first), _moment(item, zero, last)
    if end < begin:
        raise ValueError(f"ends before it begins: {item!r}")
    return begin, end


def _moment(item: Any, zero: datetime, names: tuple[str, ...]) -> datetime:
    for name in names:
        if item.get(f"{name}_s") is not None:
            return _seconds(item[f"{name}_s"], zero)
        if item.get(f"{name}_at") is not None:
            return read_instant(item[f"{name}_at"])
    raise ValueError(f"expected {names[0]}_s (seconds after the start) or {names[0]}_at")


def _seconds(value: Any, zero: datetime) -> datetime:
    seconds = read_number(value, "seconds after the start")
    if seconds is None:
        raise ValueError("expected seconds after the start, got none")
    return zero + timedelta(seconds=seconds)
