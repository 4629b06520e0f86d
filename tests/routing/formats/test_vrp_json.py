import json
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.fleet import Break, Locker, Shift, ShiftCosts
from routing.formats.problem_file import read_problem
from routing.formats.vrp_json import FORMAT, write_problem
from routing.order import Load
from routing.problem import CostWeights, RoutingProblem
from routing.problem_check import ProblemInputError
from routing.stop import LoadsAfter, SoftWindow, Stop, StopKind
from routing.travel_matrix import HourFactors, LegStarts
from tests.routing.builders import at, make_problem, make_shift, make_stop, place, window

COUNTS = st.integers(0, 10_000)
LOADS = st.builds(Load, items=COUNTS, weight_g=COUNTS, volume_ml=COUNTS, cash_minor=COUNTS)
SKILLS = st.frozensets(st.sampled_from(["cold", "heavy", "карта"]))
WINDOWS = st.integers(0, 500).flatmap(
    lambda minute: st.sampled_from(
        [(), (window(at(9, 0) + timedelta(minutes=minute), at(9, 1) + timedelta(minutes=minute)),)]
    )
)


@st.composite
def stops(draw: st.DrawFn) -> tuple[Stop, ...]:
    count = draw(st.integers(0, 4))
    singles = [
        make_stop(
            f"visit {n}",
            place(draw(st.integers(0, 9000)), draw(st.integers(0, 9000))),
            kind=draw(st.sampled_from([StopKind.DELIVERY, StopKind.COLLECTION])),
            windows=draw(WINDOWS),
            soft_window=draw(st.sampled_from([None, SoftWindow(opens_at=at(10), closes_at=at(11), per_early_min=2.5)])),
            service_s=draw(COUNTS),
            setup_s=draw(COUNTS),
            load=draw(LOADS),
            required_skills=draw(SKILLS),
            forbidden_skills=draw(SKILLS),
            zone_id=draw(st.sampled_from([None, "old town"])),
            depot_id=draw(st.sampled_from([None, "main"])),
            ready_at=draw(st.sampled_from([None, at(9, 30)])),
            priority=draw(st.integers(0, 100)),
            only_shift_id=draw(st.sampled_from([None, "s1"])),
            preferred_shift_id=draw(st.sampled_from([None, "s2"])),
            other_shift_cost=draw(COUNTS),
            locker_id=draw(st.sampled_from([None, "box"])),
        )
        for n in range(count)
    ]
    load = draw(LOADS)
    pair = [
        make_stop("up", kind=StopKind.PICKUP, load=load),
        make_stop("down", kind=StopKind.DROPOFF, pickup_visit_id="up", load=load),
        make_stop("return", loads_after=LoadsAfter(visit_id="down", gap_s=draw(COUNTS))),
    ]
    return tuple(singles + (pair if draw(st.booleans()) else []))


SHIFTS = st.builds(
    make_shift,
    st.just("s1"),
    capacity=LOADS,
    skills=SKILLS,
    allowed_zone_ids=st.sampled_from([None, frozenset({"old town"}), frozenset()]),
    home_point=st.sampled_from([None, place(50, 60)]),
    end_point=st.sampled_from([None, place(70, 80)]),
    ends_anywhere=st.booleans(),
    breaks=st.sampled_from([(), (Break(break_id="lunch", opens_at=at(12), closes_at=at(13), duration_s=1800),)]),
    max_route_s=st.none() | COUNTS,
    max_distance_m=st.none() | COUNTS,
    max_stops=st.none() | COUNTS,
    max_trips=st.integers(1, 3),
    costs=st.none() | st.builds(ShiftCosts, per_route=COUNTS, per_hour=st.floats(0, 1e6), per_km=st.floats(0, 1e6)),
)


@st.composite
def problems(draw: st.DrawFn) -> RoutingProblem:
    placed, shift = draw(stops()), draw(SHIFTS)
    base = make_problem([replace(stop, locker_id=None) for stop in placed], [shift, make_shift("s2")])
    return replace(
        base,
        stops=placed,
        lockers=(Locker(locker_id="box", free_cells=(3, 1)),),
        matrices=draw(st.sampled_from([{}, {"bike": base.matrix}])),
        weights=CostWeights(per_km=draw(st.floats(0, 100)), per_longest_work_s=draw(st.floats(0, 9))),
        hour_factors=draw(st.sampled_from([None, HourFactors((at(0), at(8)), (1.0, 1.35), LegStarts(40.0, 1.1))])),
    )


def same_matrix(a: Any, b: Any) -> bool:
    return (
        np.array_equal(a.durations_s, b.durations_s)
        and np.array_equal(a.distances_m, b.distances_m)
        and a.source == b.source
    )


@given(problem=problems())
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_read_back_the_same(problem: RoutingProblem) -> None:
    found = read_problem(write_problem(problem))

    for one in fields(RoutingProblem):
        if one.name not in ("matrix", "matrices"):
            assert getattr(found.problem, one.name) == getattr(problem, one.name)
    assert same_matrix(found.problem.matrix, problem.matrix)
    assert found.problem.matrices.keys() == problem.matrices.keys()
    assert found.stop_ids == tuple(stop.visit_id for stop in problem.stops)
    assert found.counts_unassigned


def document(**changes: Any) -> dict[str, Any]:
    written: dict[str, Any] = json.loads(write_problem(make_problem([make_stop("a"), make_stop("b")])))
    return {**written, **changes}


def problems_of(changed: dict[str, Any]) -> set[tuple[str, str]]:
    with pytest.raises(ProblemInputError) as caught:
        read_problem(json.dumps(changed).encode())
    return {(one.code, one.where) for one in caught.value.problems}


def test_without_a_matrix_straight_lines_answer_and_say_so() -> None:
    given_document = document()
    del given_document["matrix"]

    found = read_problem(json.dumps(given_document).encode())

    assert found.problem.matrix.source == "great_circle"
    assert [one.code for one in found.warnings] == ["straight_lines"]


def test_a_misspelt_field_is_named_with_the_one_that_was_meant() -> None:
    changed = document()
    changed["stops"][1]["servce_s"] = 5

    (warning,) = read_problem(json.dumps(changed).encode()).warnings

    assert (warning.code, warning.where) == ("unknown_field", "$.stops[1].servce_s")
    assert "'service_s'" in warning.message


def test_all_wrong_values_are_listed_with_their_paths() -> None:
    changed = document(lockers={}, weights={"per_km": "x"})
    changed["stops"][0] |= {"point": [20, 99], "service_s": True, "ready_at": "2026-03-02T10:00:00", "kind": "parcel"}
    changed["stops"][1] |= {"windows": [{"opens_at": "2026-03-02T10:00Z", "closes_at": "2026-03-02T09:00Z"}]}
    changed["shifts"][0] |= {"skills": "cold", "capacity": {"items": 1e300}, "starts_at": "soon"}
    changed["depots"] = [{"depot_id": "main", "name": "main"}]

    assert problems_of(changed) >= {
        ("wrong_type", "$.lockers"),
        ("wrong_type", "$.weights.per_km"),
        ("coordinates_out_of_range", "$.stops[0].point"),
        ("wrong_type", "$.stops[0].service_s"),
        ("no_time_zone", "$.stops[0].ready_at"),
        ("wrong_type", "$.stops[0].kind"),
        ("contradiction", "$.stops[1].windows[0]"),
        ("wrong_type", "$.shifts[0].skills"),
        ("overflow", "$.shifts[0].capacity.items"),
        ("wrong_type", "$.shifts[0].starts_at"),
        ("missing_field", "$.depots[0]"),
    }


@pytest.mark.parametrize(
    ("rows", "code", "where"),
    [
        ([[0, 1, 2], [1, 0, 3]], "matrix_size", ""),
        ([[0, 1, 2], [1, 0], [2, 1, 0]], "matrix_size", "[1]"),
        ([[0, 1, 2], [1, 0, None], [2, 1, 0]], "matrix_missing", "[1][2]"),
        ([[0, 1, 2], [1, 0, float("nan")], [2, 1, 0]], "matrix_missing", "[1][2]"),
        ([[0, 1, 2], [1, 0, "3"], [2, 1, 0]], "matrix_missing", "[1][2]"),
        ([[0, 1, 2], [1, 0, True], [2, 1, 0]], "matrix_missing", "[1][2]"),
        ([[0, 1, 2], [1, 0, -3], [2, 1, 0]], "matrix_negative", "[1][2]"),
        ([[0, 1, 2], [1, 0, 2**30 + 1], [2, 1, 0]], "matrix_overflow", "[1][2]"),
        ([[0, 1, 2], [1, 0, 10**400], [2, 1, 0]], "matrix_overflow", "[1][2]"),
        ({}, "not_a_matrix", ""),
        (None, "not_a_matrix", ""),
    ],
)
def test_a_broken_matrix_is_named_by_cell(rows: Any, code: str, where: str) -> None:
    changed = document()
    changed["matrix"]["durations_s"] = rows

    assert problems_of(changed) == {(code, f"$.matrix.durations_s{where}")}


def test_another_format_is_named() -> None:
    assert ("wrong_format", "$.format") in problems_of(document(format="corridor-problem/9"))
    assert FORMAT in document()["format"]


def test_every_field_of_a_shift_has_a_name_in_the_file() -> None:
    shift = make_shift(costs=ShiftCosts(per_route=1, per_hour=2, per_km=3), max_trips=2)

    written = json.loads(write_problem(make_problem([], [shift])))["shifts"][0]

    assert written.keys() <= {one.name for one in fields(Shift)}
    assert written["costs"] == {"per_route": 1, "per_hour": 2, "per_km": 3}
