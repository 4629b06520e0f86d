"""What is asked of days in real cities, from what each engine reached on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, nan

from benchmarks.cells import Cell
from benchmarks.report import Goal, mean, ratio


@dataclass(frozen=True, slots=True)
class Reached:
    """Driving seconds and orders left out; `cost` is infinite when no solution was valid."""

    cost: float
    unserved: int

    def is_as_good_as(self, other: "Reached") -> bool:
        """At most as many orders left out, then at most the cost; no valid solution is as good as nothing."""
        return self.cost != inf and (other.cost == inf or (self.unserved, self.cost) <= (other.unserved, other.cost))


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRow:
    """One day: what each engine that was run reached, median over seeds."""

    day: str
    reached: Mapping[str, Reached]


def median_reached(cells: Sequence[Cell]) -> Reached:
    """
    The middle of these runs, fewest left out first and then least cost; of an even count the worse of the middle two.

    A run without a valid solution comes after all others.
    """
    reached = [Reached(float(c.cost) if c.valid and c.cost is not None else inf, c.unserved) for c in cells]
    reached.sort(key=lambda one: (one.cost == inf, one.unserved, one.cost))
    return reached[len(reached) // 2]


def day_goals(rows: Sequence[DayRow], peers: Mapping[str, str]) -> list[Goal]:
    """
    Goals beside each peer; `peers` has their titles.

    Costs are compared on days where both serve as many orders: fewer orders cost less to drive.
    """
    goals = []
    for peer, title in peers.items():
        both = [(row.reached["ours"], row.reached[peer]) for row in rows if {"ours", peer} <= set(row.reached)]
        fair = [(ours, theirs) for ours, theirs in both if ours.unserved == theirs.unserved or ours.cost == inf]
        total = ratio(sum(ours.cost for ours, _ in fair), sum(theirs.cost for _, theirs in fair)) if fair else nan
        as_good = [ours.is_as_good_as(theirs) for ours, theirs in both]
        missed = float(sum(max(0, ours.unserved - theirs.unserved) for ours, theirs in both)) if both else nan
        goals += [
            Goal(name=f"total cost / {title}'s", value=total, limit=1.0),
            Goal(name=f"days at or below {title}", value=100 * mean(as_good), limit=100, unit=" %", at_least=True),
            Goal(name=f"orders that {title} serves and we do not", value=missed, limit=0),
        ]
    return goals
