"""What the engines did in one solve: which one found the plan, why that one, and what each gained."""

from collections.abc import Mapping
from dataclasses import dataclass, field

KERNEL = "ruin-recreate"
"""Name of the compiled ruin-and-recreate kernel in plans and reports."""

PAIR_KERNEL = "ruin-recreate-pairs"
"""Name of the kernel for pairs, and for deliveries and collections together."""

ORTOOLS = "ortools-ils"
"""Name of OR-Tools' local search in plans and reports."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineReport:
    """
    How a plan came about.

    `name` is the engine that searched, `why` the reason for it, `found_by` the part that found the plan in the end.
    `first_cost` and `cost` are those of the first and the last plan by the engine's own count; `gains` what each part
    took off, all in units of `CostWeights`. `steps` counts ruin-and-recreate steps of all `threads`.
    """

    name: str
    why: str
    found_by: str
    first_cost: int | None = None
    cost: int | None = None
    gains: Mapping[str, int] = field(default_factory=dict)
    steps: int = 0
    threads: int = 1
    seconds: Mapping[str, float] = field(default_factory=dict)

    def row(self) -> dict[str, object]:
        """The report as JSON has it."""
        return {
            "name": self.name,
            "why": self.why,
            "found_by": self.found_by,
            "first_cost": self.first_cost,
            "cost": self.cost,
            "gains": dict(self.gains),
            "steps": self.steps,
            "threads": self.threads,
            "seconds": {part: round(seconds, 3) for part, seconds in self.seconds.items()},
        }


NO_SEARCH = EngineReport(name="none", why="no search was needed", found_by="start")
"""Of a plan that was not searched for."""
