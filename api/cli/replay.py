"""`corridor replay`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.output import json_option, read_settings

if TYPE_CHECKING:
    from routing.roads import RoadNetwork
    from tracking.files.plan import FilePlan
    from tracking.files.track import FileProblem, FileTrack
    from tracking.replayed import ReplayedDeviation

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_MOST_WARNINGS = 30


@click.command()
@click.argument("file", type=_FILE)
@click.option("--plan", "plan_file", metavar="FILE.geojson", type=_FILE, help="The planned way and its stops.")
@click.option("--route", metavar="NAME", help="Which route of the plan; the one nearest to the track when left out.")
@click.option("--track", "track_id", metavar="NAME", help="Which track of FILE; all of them when left out.")
@click.option("--roads", "roads_path", type=click.Path(path_type=Path, exists=True), help="Extract or built network.")
@click.option("--vehicle", default="car", show_default=True, help="Whose limits hold: car, bicycle, foot.")
@click.option("--rules", "rules_file", metavar="FILE.json", type=_FILE, help="A city's own limits, see the docs.")
@json_option
def replay(
    file: Path,
    plan_file: Path | None,
    route: str | None,
    track_id: str | None,
    roads_path: Path | None,
    vehicle: str,
    rules_file: Path | None,
    as_json: bool,
) -> None:
    """
    Play the track in FILE (GPX, JSON lines, GeoJSON or CSV) against a plan, and tell what the service would have told.

    The plan is what `corridor plan` and `corridor solve` write, or any GeoJSON line with stops; with --roads stops
    alone will do. Tracks that carry a plan of their own need none.
    """
    from tracking.city_rules import VEHICLE_RULES, RuleSettingsError, rules_for
    from tracking.files.plan_geojson import read_plans
    from tracking.files.track import TrackFileError, read_tracks
    from tracking.replayed import replay_file_track

    try:
        tracks = read_tracks(file.read_bytes(), file.name)
        if vehicle not in VEHICLE_RULES:
            known = ", ".join(VEHICLE_RULES)
            click.echo(f"no limits of a {vehicle} are known ({known}): those of a car hold", err=True)
        roads = _open_roads(roads_path, vehicle) if roads_path is not None else None
        plans = read_plans(plan_file.read_bytes(), roads) if plan_file is not None else ()
        rules = rules_for(json.loads(rules_file.read_bytes()) if rules_file is not None else None, vehicle)
        _warn([problem for track in tracks for problem in track.problems])
        found: list[ReplayedDeviation] = []
        for track in _chosen(tracks, track_id):
            found += replay_file_track(track, _plan_for(track, plans, route), roads, rules)
    except (TrackFileError, RuleSettingsError) as error:
        lines = [
            f"{file.name} was not replayed",
            *(f"  {p.where}: {p.message}" for p in error.problems[:_MOST_WARNINGS]),
        ]
        raise click.ClickException("\n".join(lines)) from error
    except ValueError as error:
        raise click.ClickException(f"expected JSON in {rules_file}: {error}") from error
    found.sort(key=lambda one: (one.at, one.told_at))
    if as_json:
        click.echo(json.dumps([one.row() for one in found], ensure_ascii=False))
        return
    for one in found:
        click.echo(f"{one.at:%Y-%m-%d %H:%M:%S} {one.track} {one.kind} {one.state}, {one.measure:g}")
    click.echo(f"{len(found)} lines from {sum(len(t.pings) for t in tracks)} positions", err=True)


def _chosen(tracks: tuple[FileTrack, ...], track_id: str | None) -> tuple[FileTrack, ...]:
    if track_id is None:
        return tracks
    chosen = tuple(track for track in tracks if track.track_id == track_id)
    if not chosen:
        raise click.ClickException(f"there is no track {track_id!r}; the file has {_names(t.track_id for t in tracks)}")
    return chosen


def _plan_for(track: FileTrack, plans: tuple[FilePlan, ...], route: str | None) -> FilePlan:
    from tracking.files.plan import nearest_plan

    if route is not None:
        plans = tuple(plan for plan in plans if route in (plan.name, plan.courier_id))
        if not plans:
            raise click.ClickException(f"the plan has no route {route!r}")
    if plans:
        return nearest_plan(plans, [ping.point for ping in track.pings if ping.point is not None])
    if track.plan is not None:
        return track.plan
    raise click.UsageError(f"the track {track.track_id} carries no plan; give one with --plan FILE.geojson")


def _open_roads(path: Path, vehicle: str) -> RoadNetwork:
    from routing.network_build import PROFILES, build_id, build_network
    from routing.osrm import open_network

    if path.is_dir():
        return open_network(path)
    profile = vehicle if vehicle in PROFILES else "car"
    folder = read_settings().networks_folder / ".files" / profile / build_id(path, profile)
    return open_network(build_network(path, folder, profile).network_dir)


def _warn(problems: list[FileProblem]) -> None:
    for problem in problems[:_MOST_WARNINGS]:
        click.echo(f"left out: {problem}", err=True)
    if len(problems) > _MOST_WARNINGS:
        click.echo(f"left out: and {len(problems) - _MOST_WARNINGS} more", err=True)


def _names(names: Iterable[str]) -> str:
    return ", ".join(islice(names, 10))
