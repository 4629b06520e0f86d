import json

import pytest

from routing.roads import StraightLineRoads
from tests.tracking.builders import DAY_AT, PLANE
from tracking.scoreboard.recorded import judge_tracks
from tracking.scoreboard.tracks import read_recorded
from tracking.scoreboard.truth import simulated_case
from tracking.simulated_day import DaySettings, Trouble, simulate_day
from tracking.simulated_lines import json_line

PLACES = [[24.94 + 0.001 * i, 60.17] for i in range(40)]


def line(**given: object) -> bytes:
    whole = {"track": "t", "started_at": "2026-03-02T09:00:00Z", "interval_s": 15, "lonlat": PLACES, **given}
    return json.dumps({k: v for k, v in whole.items() if v is not None}).encode()


def simulated_line():
    settings = DaySettings(couriers=1, stops=6, trouble=Trouble.MUCH, ping_every_s=15.0)
    places = [PLANE.to_lonlat(300.0 * x, 300.0 * y) for x in range(-5, 6) for y in range(-5, 6)]
    (day,) = simulate_day(StraightLineRoads(), places, DAY_AT.replace(hour=0), 3, settings)
    return simulated_case(day, 15.0), json_line(day, 15.0)


def test_track_of_the_known_form_is_read():
    (track,), problems = read_recorded(line())

    assert problems == ()
    assert (track.name, track.interval_s, len(track.pings)) == ("t", 15.0, 40)
    assert track.started_at == DAY_AT
    assert (track.plan, track.truth, track.told.disturbances, track.simulated) == (None, None, None, False)


@pytest.mark.parametrize(
    "plan",
    [
        PLACES,
        {"type": "LineString", "coordinates": PLACES},
        {"type": "Feature", "properties": {}, "geometry": {"type": "LineString", "coordinates": PLACES}},
        {"type": "FeatureCollection", "features": [{"geometry": {"type": "LineString", "coordinates": PLACES}}]},
        json.dumps({"type": "LineString", "coordinates": PLACES}),
    ],
)  # fmt: skip
def test_plan_is_read_in_any_of_its_forms(plan: object):
    (track,), problems = read_recorded(line(plan=plan))

    assert problems == ()
    assert track.plan is not None
    assert len(track.plan.points) == 40


def test_times_accuracy_and_truth_of_each_fix_are_kept():
    times = [f"2026-03-02T09:{i:02d}:00+00:00" for i in range(40)]

    (track,), problems = read_recorded(
        line(interval_s=None, times=times, accuracy_m=[7.0] * 40, truth_lonlat=[*PLACES[:39], None])
    )

    assert problems == ()
    assert track.interval_s == 60.0
    assert {p.accuracy_m for p in track.pings} == {7.0}
    assert track.truth is not None
    assert track.truth[-1] is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{cut off", "line 1: "),
        (b"[1, 2]", "expected an object"),
        (b'{"track": "x"}', "lonlat"),
        (line(lonlat=PLACES[:1]), "3 fixes or more, got 1"),
        (line(accuracy_m=[1.0]), "expected 40 values of accuracy_m, one for each place, got 1"),
        (line(started_at="yesterday"), "expected a time"),
        (line(plan={"type": "Point", "coordinates": [1, 2]}), "expected a LineString"),
    ],
)
def test_bad_line_is_told_by_its_number_and_its_neighbour_is_read(content: bytes, said: str):
    tracks, problems = read_recorded(content + b"\n" + line())

    (problem,) = problems
    assert len(tracks) == 1
    assert "line 1" in problem.where
    assert said in str(problem)


def test_bad_fix_is_left_out_and_told():
    places = [*PLACES[:5], [500.0, 0.0], "here", *PLACES[5:]]

    (track,), problems = read_recorded(line(lonlat=places))

    assert len(track.pings) == 40
    assert [p.where for p in problems] == ["line 1 (t), fix 6", "line 1 (t), fix 7"]


def test_track_that_leaves_its_plan_counts_one_departure_and_finds_it():
    plan = [PLANE.to_lonlat(x, 0.0) for x in (0.0, 6_000.0)]
    truth = [PLANE.to_lonlat(120.0 * i, 400.0 if 20 <= i <= 32 else 0.0) for i in range(48)]
    content = line(
        lonlat=[[p.lon, p.lat] for p in truth],
        truth_lonlat=[[p.lon, p.lat] for p in truth],
        plan=[[p.lon, p.lat] for p in plan],
        accuracy_m=8,
    )
    tracks, _ = read_recorded(content)

    result = judge_tracks(tracks, StraightLineRoads())

    assert result.ours.total == {"departure": 1}
    assert result.ours.found == {"departure": 1}
    assert result.ours.on_route_pings == 35
    assert (result.with_plan, result.with_truth) == (1, 1)


def test_file_that_tells_of_disturbances_is_judged_by_all_kinds():
    plan = [PLANE.to_lonlat(x, 0.0) for x in (0.0, 6_000.0)]
    east_m = [*(120.0 * i for i in range(20)), *([2_280.0] * 20), *(2_280.0 + 120.0 * i for i in range(8))]
    truth = [PLANE.to_lonlat(x, 0.0) for x in east_m]
    told = {"disturbances": [{"kind": "stall", "begins_s": 285, "ends_s": 600}, {"kind": "storm"}]}
    content = line(
        lonlat=[[p.lon, p.lat] for p in truth], plan=[[p.lon, p.lat] for p in plan], source="simulated", **told
    )
    tracks, problems = read_recorded(content)

    result = judge_tracks(tracks, StraightLineRoads())

    assert [p.where for p in problems] == ["line 1 (t), disturbances 2"]
    assert (result.simulated, result.with_disturbances) == (True, 1)
    assert (result.told.found, result.told.false_lines) == ({"stall": 1}, {})


def test_line_of_a_simulated_day_is_judged_as_the_day_itself():
    case, content = simulated_line()

    (track,), problems = read_recorded(content.encode())

    told = track.told
    assert problems == ()
    assert track.simulated
    assert [(t.kind, t.began_at) for t in told.disturbances] == [(t.kind, t.began_at) for t in case.disturbances]
    assert [v.visit_id for v in told.visits] == [v.visit_id for v in case.visits]
    assert [d.began_at for d in told.departures] == [d.began_at for d in case.departures]
    assert len(told.reports) == len(case.outcomes)
    assert [round((a - b).total_seconds()) for a, b in told.aside] == [
        round((a - b).total_seconds()) for a, b in case.aside
    ]
    assert [s.name for s in track.plan.stops] == [v.visit_id for v in case.line.visits]
    line_again = track.plan.line(track.started_at)
    assert [v.along_m for v in line_again.visits] == pytest.approx([v.along_m for v in case.line.visits], abs=15)
