"""`corridor scoreboard`: detectors and estimates against the truth, beside the goals and what others do."""

import json
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from api.cli.output import json_option, read_settings
from api.scoreboard_run import (
    FALLBACK,
    City,
    Say,
    ScoreboardError,
    default_cities,
    read_tracks_file,
    run_costs,
    run_days,
    run_tracks,
    tracks_of,
)
from routing.errors import RoutingError
from tracking.scoreboard.board import Board, board_of
from tracking.scoreboard.days import FULL, QUICK, DaysResult
from tracking.scoreboard.recorded import TracksResult

_DATA = Path(__file__).resolve().parents[2] / "../shared/data"
_ONE_BY_ONE = ("missed: ", "falsely told: ")
_TOLD_MOST = 12


@click.command()
@click.option("--roads", type=click.Path(path_type=Path), metavar="FILE.osm.pbf", help="Judge on these streets.")
@click.option("--tracks", type=click.Path(path_type=Path), metavar="FILE.jsonl", help="Judge these recorded tracks.")
@click.option("--cities", default="", metavar="A,B", help="Simulate days in these only: porto, heidelberg, almaty.")
@click.option(
    "--data", envvar="CORRIDOR_DATA", type=click.Path(path_type=Path), default=_DATA, help="Extracts, tracks."
)
@click.option("--quick", is_flag=True, help="Few couriers: two minutes instead of a quarter of an hour.")
@click.option("--seed", default=1, show_default=True, help="Another one gives other days.")
@json_option
def scoreboard(
    roads: Path | None, tracks: Path | None, cities: str, data: Path, quick: bool, seed: int, as_json: bool
) -> None:
    """
    Hold detectors and arrival times against the truth, and print every goal with what was reached.

    Without --roads: simulated days on the streets of the cities in CORRIDOR_DATA, and the recorded tracks there;
    without that folder, days in central Helsinki. With --roads: days on those streets, or with --tracks the tracks on
    them.
    """
    if tracks is not None and roads is None:
        raise click.UsageError("--tracks needs --roads: the streets that the tracks were driven on")
    console = Console(stderr=True, highlight=False)
    say = console.print
    try:
        board, notes = run(
            roads=roads, tracks=tracks, wanted=[c for c in cities.split(",") if c], data=data, quick=quick, seed=seed,
            say=lambda words: say(words, markup=False),
        )[:2]  # fmt: skip
    except (ScoreboardError, RoutingError) as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        answer = {
            "goals": [row.facts() for row in board.goals],
            "baselines": [one.facts() for one in board.baselines],
            "notes": notes,
        }
        click.echo(json.dumps(answer, ensure_ascii=False))
        return
    out = Console(highlight=False)
    show_board(out if out.is_terminal else Console(highlight=False, width=170), board, notes)


def run(
    *,
    roads: Path | None,
    tracks: Path | None,
    wanted: list[str],
    data: Path,
    quick: bool,
    seed: int,
    say: Say,
) -> tuple[Board, list[str], DaysResult | None, TracksResult | None]:
    """The board, what a reader has to know of it, and the counts behind it."""
    cache_dir = read_settings().folder / "scoreboard"
    notes: list[str] = []
    cities = [City(_name_of(roads), roads)] if roads is not None else default_cities(data, wanted)
    if any(city.name == FALLBACK for city in cities) and roads is None and not wanted:
        notes.append("No extracts in CORRIDOR_DATA: simulated days in central Helsinki only, and no recorded tracks.")
    recorded: TracksResult | None = None
    files = {cities[0].name: tracks} if tracks is not None else ({} if roads is not None else tracks_of(cities, data))
    for city in cities:
        path = files.get(city.name)
        if path is None:
            continue
        found, problems = read_tracks_file(path)
        notes += [f"{path.name}: {problem}" for problem in problems[:20]]
        if len(problems) > 20:
            notes.append(f"{path.name}: and {len(problems) - 20} more problems")
        recorded = run_tracks(city, found, cache_dir, say)
        notes += recorded.left_out
        notes.append(
            f"{path.name}: {recorded.tracks} tracks, {recorded.with_plan} with a plan of their own (else the fastest"
            f" way between first and last fix), {recorded.with_truth} with a truth of their own (else the match of the"
            f" whole track), {recorded.with_disturbances} that tell what else went wrong."
        )
    days = run_days(cities, cache_dir, seed, QUICK if quick else FULL, say) if tracks is None else None
    if days is not None:
        notes.append(
            f"Simulated: {', '.join(days.cities)}; {days.taught_legs} legs taught, then {days.arrivals.hours:.0f}"
            f" courier-hours of ordinary and {days.ours.hours - days.arrivals.hours:.0f} of troubled days measured."
        )
    for tally in (
        *((days.ours, days.odd) if days is not None else ()),
        *((recorded.ours,) if recorded is not None else ()),
    ):
        notes += [f"missed: {what}" for what in tally.missed]
    for tally in (
        *((days.ours, days.odd) if days is not None else ()),
        *((recorded.told,) if recorded is not None else ()),
    ):
        notes += [f"falsely told: {what}" for what in tally.falsely_told]
    return board_of(days, recorded, run_costs(quick=quick)), notes, days, recorded


def show_board(console: Console, board: Board, notes: list[str]) -> None:
    """The goals, then what others do, as tables."""
    goals = Table(title="Tracking and arrival times against the truth", title_justify="left", header_style="bold")
    for name in ("goal", "reached", "goal is", "", "source", "rests on"):
        goals.add_column(name, justify="right" if name in ("reached", "goal is") else "left")
    for row in board.goals:
        verdict = "met" if row.met else ("[red]not measured[/]" if row.value is None else "[red]MISSED[/]")
        rests = f"{row.count} {row.of}"
        if row.interval is not None:
            rests += f"; 95 %: {row.interval[0]:.3g} to {row.interval[1]:.3g}"
        reached = "-" if row.value is None else f"{row.value:.3g}{row.unit}"
        goals.add_row(row.name, reached, row.goal_words(), verdict, row.source, rests)
    console.print(goals)
    others = Table(title="What others do on the same pings", title_justify="left", header_style="bold")
    for name in ("rule", "figure", "reached", "source"):
        others.add_column(name, justify="right" if name == "reached" else "left")
    for one in board.baselines:
        reached = "-" if one.value is None else f"{one.value:.3g}{one.unit}"
        others.add_row(one.rule, one.name, reached, one.source)
    console.print(others)
    missed = [note for note in notes if note.startswith(_ONE_BY_ONE)]
    for note in [note for note in notes if not note.startswith(_ONE_BY_ONE)] + missed[:_TOLD_MOST]:
        console.print(note, markup=False)
    if len(missed) > _TOLD_MOST:
        console.print(f"and {len(missed) - _TOLD_MOST} more; --json lists them all", markup=False)


def _name_of(roads: Path) -> str:
    return roads.name.split(".", 1)[0] or "city"
