"""The figures that the solver has to reach, from gaps by instance and engine."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, nan

from benchmarks.report import Goal, mean, ratio


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceGaps:
    """
    One instance at one time limit.

    Parameters
    ----------
    gaps
        Per cent above the reference by engine, median over seeds; infinite when no solution was valid, and an engine
        that was not run is absent.
    has_best_known
        Whether the reference is a published best; otherwise it is the best ever seen here.
    """

    instance: str
    stops: int
    long_routes: bool
    has_best_known: bool
    gaps: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Limits:
    """Goals at one time limit: mean gap by size and worst instance in per cent, ratios, share of instances."""

    small: float
    middle: float
    large: float
    worst: float
    to_pyvrp: float
    share: float
    to_vroom: float | None


LIMITS = {
    10.0: Limits(0.3, 0.6, 1.0, 1.5, 0.4, 90, 0.05),
    30.0: Limits(0.2, 0.4, 0.7, 1.0, 0.5, 85, 0.07),
    60.0: Limits(0.15, 0.3, 0.5, 0.8, 0.6, 80, None),
}
"""By seconds, for two processes."""


def goals_at(seconds: float, rows: Sequence[InstanceGaps]) -> list[Goal]:
    """
    All goals of this time limit; empty when it has none.

    Gaps by size and the worst are of instances with a published best; ratios and the share are of all of them.
    """
    limits = LIMITS.get(seconds)
    if limits is None:
        return []
    known = [row for row in rows if row.has_best_known]
    ours = [row.gaps["ours"] for row in known if "ours" in row.gaps]
    sizes = (
        ("100-400 stops", limits.small, lambda row: row.stops <= 400),
        ("800 stops", limits.middle, lambda row: 400 < row.stops <= 800),
        ("1000 stops", limits.large, lambda row: row.stops > 800),
    )
    goals = [
        Goal(name=f"mean gap, {name}", value=_mean_of("ours", known, chosen), limit=limit, unit=" %")
        for name, limit, chosen in sizes
    ]
    goals.append(Goal(name="worst instance", value=max(ours, default=nan), limit=limits.worst, unit=" %"))
    for name, long_routes in (("short", False), ("long", True)):
        value = _ratio_to("pyvrp", [row for row in rows if row.long_routes is long_routes])
        goals.append(Goal(name=f"mean gap / PyVRP's, {name} routes", value=value, limit=limits.to_pyvrp))
    share = share_as_good(rows, "pyvrp")
    goals.append(
        Goal(name="instances at least as good as PyVRP", value=share, limit=limits.share, unit=" %", at_least=True)
    )
    if limits.to_vroom is not None:
        goals.append(Goal(name="mean gap / VROOM's", value=_ratio_to("vroom", rows), limit=limits.to_vroom))
    return goals


def gap_percent(cost: float, reference: float) -> float:
    """Per cent above the reference; below it the gap is negative (a new best)."""
    return inf if cost == inf else 100 * (cost - reference) / reference


def share_as_good(rows: Sequence[InstanceGaps], peer: str) -> float:
    """Per cent of the instances that both solved where ours is not worse; where neither is valid, nobody wins."""
    both = [row.gaps for row in rows if "ours" in row.gaps and peer in row.gaps]
    return 100 * mean([float(gaps["ours"] <= gaps[peer] and gaps["ours"] != inf) for gaps in both])


def _mean_of(engine: str, rows: Sequence[InstanceGaps], chosen: Callable[[InstanceGaps], bool]) -> float:
    return mean([row.gaps[engine] for row in rows if chosen(row) and engine in row.gaps])


def _ratio_to(peer: str, rows: Sequence[InstanceGaps]) -> float:
    """
    Mean gap of ours in parts of the peer's, over the instances that both were run on.

    Where the peer has no valid solution it cannot be compared; where only ours has none, the ratio is infinite.
    """
    both = [row for row in rows if "ours" in row.gaps and row.gaps.get(peer, inf) != inf]
    return ratio(mean([row.gaps["ours"] for row in both]), mean([row.gaps[peer] for row in both]))
