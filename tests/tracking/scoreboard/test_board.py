"""A very small city on an invented grid of streets, judged from end to end."""

import json
from collections import Counter
from functools import cache

import pytest

from routing.roads import StraightLineRoads
from tests.tracking.test_simulated_day import PLACES
from tracking.calibration import HORIZONS
from tracking.scoreboard.arrivals import ArrivalTally
from tracking.scoreboard.board import Board, board_of, jitter_s
from tracking.scoreboard.costs import Costs
from tracking.scoreboard.days import DaysResult, Scale, judge_city

TINY = Scale(
    teaching_days=1,
    teaching_couriers=1,
    measured_days=1,
    couriers=1,
    troubled=1,
    odd=1,
    threshold_couriers=1,
    thresholds=(1.2,),
)
COSTS = Costs(detector_us=9.0, advance_us=45.0, single_us=300.0, rounds=3)


@cache
def tiny() -> DaysResult:
    return judge_city("grid", StraightLineRoads(), PLACES, 1, TINY)


def board() -> Board:
    return board_of(tiny(), None, COSTS)


def test_every_goal_of_the_table_has_its_row():
    names = " | ".join(row.name for row in board().goals)

    for wanted in (
        "departures found",
        "false corridor alarms per 1,000",
        "wrong way",
        "skipped stop",
        "stall",
        "gap",
        "falsely shown",
        "detector and progress",
        "whole advance",
        "free flow",
        "great-circle pace",
        "static plan",
        "P90 coverage, 60+ min",
        "bias",
        "jitter",
        "inbox lines",
        "speeding: found (own row)",
        "made-up positions: found (own row)",
        "outside the zones: found (own row)",
        "wrong clock: found (own row)",
    ):
        assert wanted in names


def test_board_is_json_with_the_agreed_fields():
    facts = json.loads(json.dumps([row.facts() for row in board().goals]))

    assert all({"name", "value", "goal", "met", "source"} <= set(row) for row in facts)
    assert {row["source"] for row in facts} == {"simulated"}
    assert all(isinstance(row["met"], bool) for row in facts)


def test_all_baselines_stand_beside_ours():
    rules = {one.rule for one in board().baselines}

    assert {"500 m for 2 min", "50 m twice", "Traccar 25 m once", "Mapbox max(50, accuracy + 20)"} <= rules
    assert {"free flow", "great-circle pace", "static plan"} <= rules


def test_costs_are_held_against_their_goals():
    rows = {row.name.split(",")[0].split(" (")[0]: row.met for row in board().goals if "CPU" in row.name}

    assert rows == {"detector and progress": True, "whole advance": False}


def test_tiny_city_measures_what_it_simulated():
    result = tiny()

    assert result.cities == ["grid"]
    assert result.taught_legs > 5
    assert result.ours.hours > result.quiet.hours > 1.0
    assert result.ours.total["gap"] >= 1
    assert len(result.arrivals.legs) > 5
    assert set(result.curve) == {1.2}


def test_cities_add_up():
    both = DaysResult()

    both.add(tiny())
    both.add(tiny())

    assert both.ours.on_route_pings == 2 * tiny().ours.on_route_pings
    assert both.arrivals.seen == [2 * n for n in tiny().arrivals.seen]


@pytest.mark.parametrize(("jumps", "p95"), [({1: 95, 50: 5}, 1.0), ({1: 94, 50: 6}, 50.0)])
def test_jitter_is_the_95th_percentile_of_the_changes(jumps: dict[int, int], p95: float):
    tally = ArrivalTally(jumps_s=Counter(jumps))

    assert jitter_s(tally) == p95
    assert len(tally.seen) == HORIZONS
