"""Plots of the tracking scoreboard; the only file that draws them."""

from pathlib import Path

import matplotlib

from tracking.scoreboard.arrivals import ArrivalTally
from tracking.scoreboard.board import HORIZON_NAMES
from tracking.scoreboard.days import DaysResult
from tracking.scoreboard.detection import Tally
from tracking.scoreboard.figures import quantile

matplotlib.use("Agg")
from matplotlib import pyplot as plt

_OURS, _OTHERS, _GOAL = "#1f6feb", "#8b949e", "#2da44e"
_NONE_FOUND = 0.02


def draw(days: DaysResult, folder: Path, prefix: str) -> list[Path]:
    """Draw all plots into `folder`; gives the files."""
    return [
        _trade(days, folder / f"{prefix}detection.png"),
        _calibration(days.arrivals, folder / f"{prefix}calibration.png"),
        _errors(days.arrivals, folder / f"{prefix}horizon.png"),
    ]


def _place(tally: Tally, interval_s: float) -> tuple[float, float] | None:
    """Where a rule stands: false alarms per 1,000 on-route pings, and the median time to detect."""
    middle = quantile(tally.delays_s.get(interval_s, []), 0.5)
    if middle is None or not tally.on_route_pings:
        return None
    return max(_NONE_FOUND, 1000.0 * tally.false_corridor / tally.on_route_pings), middle


def _trade(days: DaysResult, path: Path) -> Path:
    """Time to detect against false alarms: our alarm threshold as a curve, others as points."""
    figure, axes = plt.subplots(figsize=(7.5, 4.5), layout="constrained")
    curve = [(t, place) for t, tally in sorted(days.curve.items()) if (place := _place(tally, 5.0)) is not None]
    if curve:
        axes.plot(
            [p[0] for _, p in curve], [p[1] for _, p in curve], "o-", color=_OURS, label="ours, by alarm threshold"
        )
        for threshold, place in curve:
            axes.annotate(f"{threshold:g}", place, textcoords="offset points", xytext=(5, 5), color=_OURS, fontsize=8)
    ours = _place(days.ours, 5.0)
    if ours is not None:
        axes.plot(*ours, "D", color=_OURS, markersize=9, label="ours as shipped, all days")
    for name, tally in days.rules.items():
        place = _place(tally, 5.0)
        if place is not None:
            axes.plot(*place, "s", color=_OTHERS)
            axes.annotate(name, place, textcoords="offset points", xytext=(6, 4), fontsize=8)
    axes.axvline(0.1, color=_GOAL, linestyle=":", linewidth=1)
    axes.axhline(12.0, color=_GOAL, linestyle=":", linewidth=1, label="goals")
    axes.set(
        xscale="log",
        xlabel=f"false corridor alarms per 1,000 on-route pings ({_NONE_FOUND:g} stands for none)",
        ylabel="median seconds to detect",
        title="Simulated days, a ping each 5 s",
    )
    axes.set_ylim(bottom=0.0, top=60.0)
    axes.legend(fontsize=8)
    figure.savefig(path, dpi=110)
    plt.close(figure)
    return path


def _calibration(tally: ArrivalTally, path: Path) -> Path:
    """How many arrivals came before P90, by horizon."""
    figure, axes = plt.subplots(figsize=(6.5, 3.8), layout="constrained")
    shares = [100.0 * c / s if s else 0.0 for c, s in zip(tally.covered, tally.seen, strict=True)]
    axes.axhspan(87.0, 93.0, color=_GOAL, alpha=0.2, label="goal: 87-93 %")
    bars = axes.bar(HORIZON_NAMES, shares, color=_OURS, width=0.55)
    axes.bar_label(
        bars, [f"{share:.1f} %\n{count:,}" for share, count in zip(shares, tally.seen, strict=True)], fontsize=8
    )
    axes.set(ylim=(70.0, 106.0), ylabel="arrivals before P90, %", title="Calibration of the late end, by time to go")
    axes.legend(fontsize=8, loc="lower right")
    figure.savefig(path, dpi=110)
    plt.close(figure)
    return path


def _errors(tally: ArrivalTally, path: Path) -> Path:
    """Mean error by horizon, ours beside the baselines."""
    figure, axes = plt.subplots(figsize=(6.5, 3.8), layout="constrained")
    for i, (name, colour) in enumerate((("ours", _OURS), ("free flow", _OTHERS), ("great-circle pace", "#d29922"))):
        means = [
            sums[i] / seen / 60.0 if seen else 0.0 for sums, seen in zip(tally.absolute_s, tally.seen, strict=True)
        ]
        axes.bar([h + 0.27 * (i - 1) for h in range(len(means))], means, width=0.25, color=colour, label=name)
    axes.set_xticks(range(len(HORIZON_NAMES)), HORIZON_NAMES)
    axes.set(ylabel="mean error, minutes", title="Arrival times of all stops left, by time to go")
    axes.legend(fontsize=8)
    figure.savefig(path, dpi=110)
    plt.close(figure)
    return path
