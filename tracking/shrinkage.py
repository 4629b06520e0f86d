"""
Nested averages of log ratios, each shrunk towards the one around it, learned one observation at a time.

An observation passes a path of cells (the city, then its hour, then its zone ...). Each cell averages what the cells
before it left unexplained, so that two cells that always occur together do not both count the same delay. A cell's
effect is its mean, shrunk towards nothing by how much it has seen: empirical Bayes for normal means (Efron & Morris
1975, JASA 70(350), doi:10.1080/01621459.1975.10479864), with the spread between cells of a level by the method of
moments (DerSimonian & Laird 1986, doi:10.1016/0197-2456(86)90046-2), begun from a given one.

A drive that took three times as long as any other tells of that drive: what lies further from the cells than 1.5
standard deviations of a single observation moves them as if it lay there (Huber 1964, doi:10.1214/aoms/1177703732).
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

REST = "rest"
"""Key of the cell of what no cell explains: its scatter is that of a single observation."""

_WEIGHT_CAP = 400.0
_KEPT_WEIGHT = 15.0
_SURPRISE_SDS = 1.5
_PRIOR_OBSERVATIONS = 10.0
_PRIOR_CELLS = 4.0
_LEAST_SD = 0.02
_FURTHEST_LOG = 1.5


@dataclass(frozen=True, slots=True)
class Cell:
    """
    What one cell has seen: `weight` observations (old ones fade) of mean `mean_log` and variance `scatter_log2`.

    `seen` counts them without fading, for people to read; `at_ts` is when the last one was.
    """

    weight: float = 0.0
    mean_log: float = 0.0
    scatter_log2: float = 0.0
    seen: int = 0
    at_ts: float = 0.0


type Cells = Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Level:
    """
    One step of the path: how far cells of this level differ (sd of the log), before they have shown it.

    `half_life_days` is until an observation counts half; None: as the estimator says.
    """

    name: str
    between_log_sd: float
    half_life_days: float | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """What one cell adds to a factor: the factors of all parts multiplied are the whole."""

    level: str
    key: str
    ratio: float
    seen: int


@dataclass(frozen=True, slots=True)
class Estimator:
    """
    How one kind of ratio is learned: `levels` from the widest in, the sd of one observation, days until it half fades.
    """

    levels: tuple[Level, ...]
    single_log_sd: float
    half_life_days: float = 28.0


@dataclass(frozen=True, slots=True)
class Fit:
    """Cells ready to be asked: the spread between the cells of each level, and of one observation, found from them."""

    cells: Cells
    estimator: Estimator
    between_log2: tuple[float, ...]
    single_log2: float
    mean_over_median: float

    def log_effects(self, path: Sequence[str | None]) -> tuple[list[float], float]:
        """
        The effect of each cell of the path (0 for one that is None or was never seen), and the variance of their sum.
        """
        effects: list[float] = []
        variance = 0.0
        for key, prior in zip(path, self.between_log2, strict=True):
            cell = self.cells.get(key) if key is not None else None
            share = _share(cell.weight, prior, self.single_log2) if cell is not None else 0.0
            effects.append(share * cell.mean_log if cell is not None else 0.0)
            variance += prior * (1.0 - share)
        return effects, variance

    def recent_log_effect(self, key: str, level: int, now_ts: float) -> float:
        """The effect of a cell of a level that fades quickly, as of now."""
        cell = self.cells.get(key)
        half_life_days = self.estimator.levels[level].half_life_days
        if cell is None or half_life_days is None:
            return 0.0
        weight = cell.weight * 0.5 ** (max(0.0, now_ts - cell.at_ts) / 86_400.0 / half_life_days)
        return _share(weight, self.between_log2[level], self.single_log2) * cell.mean_log

    def parts(self, path: Sequence[str | None]) -> tuple[Part, ...]:
        """Why a factor is what it is, widest cell first; cells that are None are left out."""
        effects, _ = self.log_effects(path)
        named = zip(self.estimator.levels, path, effects, strict=True)
        return tuple(
            Part(level.name, key, math.exp(effect), self.cells[key].seen if key in self.cells else 0)
            for level, key, effect in named
            if key is not None
        )


def observed(
    cells: Cells, path: Sequence[str | None], ratio: float, weight: float, at_ts: float, estimator: Estimator
) -> dict[str, Cell]:
    """
    The cells that one observation changes, as they are after it; the others stay.

    `path` has a key for each level, None where it does not apply. `weight` is 1 for a full observation, less for one
    that says little. Only the cells of the path and `REST` are read: the others need not be there.
    """
    if not (ratio > 0.0 and math.isfinite(ratio) and weight > 0.0):
        return {}
    # One forgotten "delivered" button must not teach that a street takes an hour.
    rest = max(-_FURTHEST_LOG, min(_FURTHEST_LOG, math.log(ratio)))
    single_log2 = estimator.single_log_sd**2
    rest = _unsurprising(cells, path, rest, estimator)
    after: dict[str, Cell] = {}
    for level, key in zip(estimator.levels, path, strict=True):
        if key is None:
            continue
        half_life_days, kept = level.half_life_days or estimator.half_life_days, _KEPT_WEIGHT
        if level.half_life_days is not None:
            kept = 0.0
        cell = _with(cells.get(key, Cell()), rest, weight, at_ts, half_life_days, kept)
        after[key] = cell
        rest -= _share(cell.weight, level.between_log_sd**2, single_log2) * cell.mean_log
    # Weighted by the ratio's own weight: what remains of a median when times are summed.
    after[REST] = _with(cells.get(REST, Cell()), rest, weight, at_ts, estimator.half_life_days, _KEPT_WEIGHT)
    return after


def fitted(cells: Cells, estimator: Estimator) -> Fit:
    """Find from the cells how far those of each level differ, and how far one observation is from its cells."""
    rest = cells.get(REST, Cell())
    prior = estimator.single_log_sd**2
    single = (_PRIOR_OBSERVATIONS * prior + rest.weight * rest.scatter_log2) / (_PRIOR_OBSERVATIONS + rest.weight)
    between = tuple(
        _between(level.between_log_sd**2, (c for k, c in cells.items() if _level_of(k) == level.name), single)
        for level in estimator.levels
    )
    # Of a log-normal the mean is exp(variance / 2) above the median: sums of times go by means. Only what was seen of
    # the scatter counts, so that nothing seen leaves the plan as it is.
    shown = rest.weight / (_PRIOR_OBSERVATIONS + rest.weight) * (rest.mean_log + rest.scatter_log2 / 2.0)
    return Fit(cells, estimator, between, single, math.exp(max(-0.5, min(0.5, shown))))


def moved(cell: Cell, log_ratio: float, weight: float, at_ts: float, half_life_days: float) -> Cell:
    """A cell after one more observation of a log ratio; time alone fades it only so far."""
    return _with(cell, log_ratio, weight, at_ts, half_life_days, _KEPT_WEIGHT)


def key_of(level: str, *names: object) -> str:
    """The key of a cell: its level, and what it is the cell of."""
    return "|".join([level, *(str(name) for name in names)])


def _level_of(key: str) -> str:
    return key.split("|", 1)[0]


def _share(weight: float, between_log2: float, single_log2: float) -> float:
    return between_log2 / (between_log2 + single_log2 / weight) if weight > 0.0 else 0.0


def _unsurprising(cells: Cells, path: Sequence[str | None], log_ratio: float, estimator: Estimator) -> float:
    """A log ratio drawn in to what one observation may differ from what the cells expect."""
    single_log2, expected, doubt_log2 = estimator.single_log_sd**2, 0.0, 0.0
    for level, key in zip(estimator.levels, path, strict=True):
        cell = cells.get(key, Cell()) if key is not None else Cell()
        share = _share(cell.weight, level.between_log_sd**2, single_log2)
        expected += share * cell.mean_log
        doubt_log2 += level.between_log_sd**2 * (1.0 - share)
    # While little is known, much may be true.
    rest = cells.get(REST, Cell())
    shown = (_PRIOR_OBSERVATIONS * single_log2 + rest.weight * rest.scatter_log2) / (_PRIOR_OBSERVATIONS + rest.weight)
    reach = _SURPRISE_SDS * math.sqrt(shown + doubt_log2)
    return max(expected - reach, min(expected + reach, log_ratio))


def _with(cell: Cell, log_ratio: float, weight: float, at_ts: float, half_life_days: float, kept: float) -> Cell:
    # Faded and capped: last season's traffic must not outweigh this week's. An old one that comes late fades nothing.
    age_days = max(0.0, at_ts - cell.at_ts) / 86_400.0 if cell.weight > 0.0 else 0.0
    before = min(cell.weight * 0.5 ** (age_days / half_life_days), _WEIGHT_CAP - weight)
    # Time alone takes no cell below `kept`: after a quiet month one drive is no better guide than fifteen before it.
    before = max(before, min(cell.weight, kept))
    after = before + weight
    step = log_ratio - cell.mean_log
    mean = cell.mean_log + step * weight / after
    scatter = cell.scatter_log2 + (weight * step * (log_ratio - mean) - weight * cell.scatter_log2) / after
    return Cell(after, mean, scatter, cell.seen + 1, max(at_ts, cell.at_ts))


def _between(prior_log2: float, cells: Iterable[Cell], single_log2: float) -> float:
    total, count = _PRIOR_CELLS * prior_log2, _PRIOR_CELLS
    for cell in cells:
        if cell.weight <= 0.0:
            continue
        # A cell that has hardly been seen says next to nothing of how far cells differ.
        says = _share(cell.weight, prior_log2, single_log2)
        total += says * (cell.mean_log**2 - single_log2 / cell.weight)
        count += says
    return max(_LEAST_SD**2, total / count)
