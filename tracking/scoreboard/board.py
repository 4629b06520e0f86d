"""The scoreboard: each figure beside its goal, and what others do beside ours."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from tracking.calibration import HORIZONS
from tracking.scoreboard.arrivals import ArrivalTally
from tracking.scoreboard.costs import Costs
from tracking.scoreboard.days import DaysResult
from tracking.scoreboard.detection import Tally
from tracking.scoreboard.figures import GoalRow, mean, quantile, rate_interval, ratio, share_interval
from tracking.scoreboard.recorded import TracksResult

HORIZON_NAMES = ("0-10 min", "10-30 min", "30-60 min", "60+ min")
_DETECT_GOALS_S = {5.0: (12.0, 35.0), 15.0: (28.0, 45.0)}
_USUAL_S = (1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0)
_OFTEN_S = 10.0
"""Between pings: below it the goal for 5 s holds, from it on that for 15 s."""
_TO_BE_FOUND = (
    ("wrong way", ("wrong_way",)),
    ("skipped stop", ("skipped_stop",)),
    ("stall", ("stall", "breakdown", "stall_at_stop")),
    ("gap", ("gap",)),
)
_ODD = (
    ("speeding", ("speeding",)),
    ("made-up positions", ("mock_location",)),
    ("outside the zones", ("outside_zones",)),
    ("wrong clock", ("clock_skew",)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """One figure of somebody else's rule; `name` is the goal it stands beside."""

    rule: str
    name: str
    value: float | None
    unit: str
    source: str
    count: int

    def facts(self) -> dict[str, object]:
        """The figure as JSON has it."""
        return {
            "rule": self.rule,
            "name": self.name,
            "value": self.value,
            "unit": self.unit.strip(),
            "source": self.source,
            "count": self.count,
        }


@dataclass(frozen=True, slots=True)
class Board:
    """All goals and baselines, in the order of the goals."""

    goals: tuple[GoalRow, ...]
    baselines: tuple[Baseline, ...]


def board_of(days: DaysResult | None, tracks: TracksResult | None, costs: Costs | None) -> Board:
    """The scoreboard of what was measured; what was not is left out."""
    goals: list[GoalRow] = []
    baselines: list[Baseline] = []
    driven = "real"
    if days is not None:
        goals += _detection(days.ours, "simulated")
        baselines += _detection_baselines(days.rules, "simulated")
    if tracks is not None:
        driven = "simulated" if tracks.simulated else "real"
        goals += _detection(tracks.ours, driven, also_on_route=tracks.own_way)
        baselines += _detection_baselines(tracks.rules, driven)
    if days is not None:
        goals += [*_found(days.ours), _false_lines(days.ours), *_odd(days.odd)]
    if tracks is not None and tracks.with_disturbances:
        goals += [*_found(tracks.told, driven), _false_lines(tracks.told, driven)]
    if costs is not None:
        goals += _costs(costs)
    for arrivals, source in (
        (days.arrivals if days is not None else None, "simulated"),
        (tracks.arrivals if tracks is not None else None, driven),
    ):
        if arrivals is not None and arrivals.legs:
            goals += _arrivals(arrivals, source)
            baselines += _arrival_baselines(arrivals, source)
    if days is not None and days.arrivals.legs:
        goals += _estimates(days.arrivals)
    return Board(tuple(goals), tuple(baselines))


def _detection(tally: Tally, source: str, also_on_route: Tally | None = None) -> list[GoalRow]:
    total, found = tally.total.get("departure", 0), tally.found.get("departure", 0)
    rows = [
        GoalRow(
            name="departures found (true offset reaches 60 m)",
            value=found / total if total else None,
            goal=0.99,
            at_least=True,
            source=source,
            count=total,
            of="departures",
            interval=share_interval(found, total),
        )
    ]
    for interval_s, delays in _by_interval(tally.delays_s):
        goals = _DETECT_GOALS_S[5.0 if interval_s < _OFTEN_S else 15.0]
        # Who hears only every minute cannot know within half of one: beyond 15 s the goal grows with the interval.
        rows += [
            GoalRow(
                name=f"time to detect, {interval_s:g} s pings, p{share}",
                value=quantile(delays, share / 100),
                goal=goal * max(1.0, interval_s / 15.0),
                unit=" s",
                source=source,
                count=len(delays),
                of="departures",
            )
            for share, goal in zip((50, 90), goals, strict=True)
        ]
    false = tally.false_corridor + (also_on_route.false_corridor if also_on_route is not None else 0)
    pings = tally.on_route_pings + (also_on_route.on_route_pings if also_on_route is not None else 0)
    rows.append(
        GoalRow(
            name="false corridor alarms per 1,000 on-route pings",
            value=1000.0 * false / pings if pings else None,
            goal=0.1,
            source=source,
            count=pings,
            of=f"pings, {false} alarms",
            interval=rate_interval(false, pings / 1000.0),
        )
    )
    return rows


def _by_interval(delays_s: dict[float, list[float]]) -> list[tuple[float, list[float]]]:
    """Delays by the nearest usual interval: phones that are asked for 15 s post every 14 or 16."""
    found: dict[float, list[float]] = {}
    for interval_s, delays in delays_s.items():
        usual_s = min(_USUAL_S, key=lambda usual_s: abs(math.log(usual_s / max(interval_s, 0.1))))
        found.setdefault(usual_s, []).extend(delays)
    return sorted(found.items())


def _found(
    tally: Tally, source: str = "simulated", kinds: Sequence[tuple[str, tuple[str, ...]]] = _TO_BE_FOUND
) -> list[GoalRow]:
    rows: list[GoalRow] = []
    for name, of_kinds in kinds:
        total = sum(tally.total.get(kind, 0) for kind in of_kinds)
        found = sum(tally.found.get(kind, 0) for kind in of_kinds)
        rows.append(
            GoalRow(
                name=f"{name}: found",
                value=found / total if total else None,
                goal=0.97,
                at_least=True,
                source=source,
                count=total,
                of="of them",
                interval=share_interval(found, total),
            )
        )
    return rows


def _false_lines(tally: Tally, source: str = "simulated") -> GoalRow:
    lines = sum(tally.false_lines.values())
    kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(tally.false_lines.items()))
    return GoalRow(
        name="lines falsely shown to a dispatcher, a courier-hour",
        value=lines / tally.hours if tally.hours else None,
        goal=0.02,
        source=source,
        count=round(tally.hours),
        of=f"hours, {lines} lines" + (f": {kinds}" if kinds else ""),
        interval=rate_interval(lines, tally.hours),
    )


def _odd(tally: Tally) -> list[GoalRow]:
    """Kinds that no goal was asked for, by days of their own; the goals are those of the others."""
    if not tally.hours:
        return []
    rows = [replace(row, name=f"{row.name} (own row)") for row in _found(tally, kinds=_ODD)]
    false = _false_lines(tally)
    return [*rows, replace(false, name="lines falsely shown on days of these four, a courier-hour (own row)")]


def _costs(costs: Costs) -> list[GoalRow]:
    return [
        GoalRow(
            name="detector and progress, CPU a ping",
            value=costs.detector_us,
            goal=12.0,
            unit=" us",
            count=costs.rounds,
            of="rounds",
        ),
        GoalRow(
            name="whole advance (30 visits left, batches of 10), CPU a ping",
            value=costs.advance_us,
            goal=30.0,
            unit=" us",
            count=costs.rounds,
            of="rounds",
        ),
    ]


def _arrivals(tally: ArrivalTally, source: str) -> list[GoalRow]:
    ours, free, crow = (mean([errors[i] for errors in tally.legs]) for i in range(3))
    every, every_free, every_crow = (mean([errors[i] for errors in tally.all_left]) for i in range(3))
    live, static = (mean([errors[i] for errors in tally.half]) for i in range(2))
    legs, looks = len(tally.legs), len(tally.all_left)
    rows = [
        ("ETA mean error at departure / free flow", ratio(ours, free), 0.70, legs, "legs"),
        ("ETA mean error at departure / great-circle pace", ratio(ours, crow), 0.80, legs, "legs"),
        ("ETA mean error, all stops left / free flow", ratio(every, every_free), 0.70, looks, "estimates"),
        ("ETA mean error, all stops left / great-circle pace", ratio(every, every_crow), 0.80, looks, "estimates"),
        ("remaining-time error at half leg / static plan", ratio(live, static), 0.60, len(tally.half), "legs"),
    ]
    return [
        GoalRow(name=name, value=value, goal=goal, source=source, count=count, of=of)
        for name, value, goal, count, of in rows
    ]


def _estimates(tally: ArrivalTally) -> list[GoalRow]:
    rows = [
        GoalRow(
            name=f"P90 coverage, {HORIZON_NAMES[h]}",
            value=tally.covered[h] / tally.seen[h] if tally.seen[h] else None,
            goal=0.87,
            upper_goal=0.93,
            count=tally.seen[h],
            of="estimates",
        )
        for h in range(HORIZONS)
    ]
    to_go_s = sum(tally.to_go_s)
    rows += [
        GoalRow(
            name="bias: mean signed error / mean remaining time",
            value=sum(tally.signed_s) / to_go_s if to_go_s else None,
            goal=-0.05,
            upper_goal=0.05,
            count=sum(tally.seen),
            of="estimates",
        ),
        GoalRow(
            name="jitter: p95 change between pings without news",
            value=jitter_s(tally),
            goal=30.0,
            unit=" s",
            count=sum(tally.jumps_s.values()),
            of="changes",
        ),
        GoalRow(
            name="inbox lines without a real disturbance, a courier-hour",
            value=tally.lines_unexplained / tally.hours if tally.hours else None,
            goal=0.05,
            count=round(tally.hours),
            of=f"hours, {tally.lines_unexplained} of {tally.lines} lines",
            interval=rate_interval(tally.lines_unexplained, tally.hours),
        ),
    ]
    return rows


def jitter_s(tally: ArrivalTally) -> float | None:
    """The 95th percentile of the changes, whole seconds."""
    total, summed = sum(tally.jumps_s.values()), 0
    for size_s, count in sorted(tally.jumps_s.items()):
        summed += count
        if summed >= 0.95 * total:
            return float(size_s)
    return None


def _detection_baselines(rules: dict[str, Tally], source: str) -> list[Baseline]:
    return [
        Baseline(rule=rule, name=row.name, value=row.value, unit=row.unit, source=source, count=row.count)
        for rule, tally in rules.items()
        for row in _detection(tally, source)
    ]


def _arrival_baselines(tally: ArrivalTally, source: str) -> list[Baseline]:
    names = ("ours", "free flow", "great-circle pace")
    figures: Iterable[tuple[str, str, float | None, int]] = [
        *(
            (names[i], "ETA mean error at departure", mean([e[i] for e in tally.legs]), len(tally.legs))
            for i in range(3)
        ),
        *(
            (names[i], "ETA mean error, all stops left", mean([e[i] for e in tally.all_left]), len(tally.all_left))
            for i in range(3)
        ),
        *(
            (rule, "remaining-time error at half leg", mean([e[i] for e in tally.half]), len(tally.half))
            for i, rule in enumerate(("ours", "static plan"))
        ),
    ]
    return [
        Baseline(rule=rule, name=name, value=value, unit=" s", source=source, count=count)
        for rule, name, value, count in figures
    ]
