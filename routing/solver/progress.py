"""How far a search is, and how it is asked to stop: what every engine tells and hears."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a search is: `best_cost` in units of one second of driving, None before the first plan."""

    elapsed_s: float
    best_cost: int | None


type OnProgress = Callable[[Progress], None]
type ShouldStop = Callable[[], bool]

type Sequences = Mapping[str, tuple[int, ...]]
"""Stop indices by shift id, frozen visits first; for reloads: positions in the sequence before which he reloads."""
