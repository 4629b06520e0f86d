import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.errors import PlanFormatError
from routing.fleet import Break
from routing.formats.plan_json import plan_from_json, plan_to_geojson, plan_to_json
from routing.planning import PlanLimits, plan_day
from tests.routing.builders import GridRoads, at, make_inputs, make_plan, make_problem, make_shift, make_stop, place


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(-999, 999), st.integers(-999, 999)), max_size=6), st.integers(0, 6))
def test_a_plan_comes_back_from_json_as_it_was(places, served):
    stops = [make_stop(f"v{n}", place(*xy)) for n, xy in enumerate(places)]
    problem = make_problem(stops, [make_shift("s1"), make_shift("s2")])
    names = [stop.visit_id for stop in stops][:served]
    plan = make_plan(problem, {"s1": tuple(names[::2]), "s2": tuple(names[1::2])})

    assert plan_from_json(json.loads(json.dumps(plan_to_json(plan)))) == plan


def test_a_drawn_plan_is_a_line_a_route_and_a_point_a_visit():
    plan = plan_day(
        make_inputs([make_stop("a", place(600, 300)), make_stop("far", place(90_000))]),
        GridRoads(),
        PlanLimits(time_limit_s=0.1),
    )

    features = plan_to_geojson(plan)["features"]

    assert plan_from_json(plan_to_json(plan)) == plan
    assert [feature["geometry"]["type"] for feature in features] == ["LineString", "Point"]
    line = features[0]["geometry"]["coordinates"]
    assert line[0] == [place(0).lon, place(0).lat]
    assert all(line[n] != line[n + 1] for n in range(len(line) - 1))
    assert features[1]["properties"]["sequence"] == 1


@pytest.mark.parametrize(
    "document",
    [None, [], {}, {"format": "corridor-plan/1"}, {"format": "corridor-plan/1", "routes": [1], "unassigned": []}],
)
def test_a_document_that_is_no_plan_is_refused_with_the_reason(document):
    with pytest.raises(PlanFormatError, match=r"plan"):
        plan_from_json(document)


def test_halts_and_setups_come_back_and_a_document_from_before_them_is_read():
    rest = Break(break_id="lunch", opens_at=at(9), closes_at=at(9, 20), duration_s=300)
    stops = [make_stop("a", place(600), setup_s=60), make_stop("b", place(300))]
    shift = make_shift(max_trips=2, breaks=(rest,))
    plan = make_plan(make_problem(stops, [shift]), {"s1": ("a", "b")}, {"s1": (1,)})

    document = json.loads(json.dumps(plan_to_json(plan)))

    assert sorted(halt.kind for leg in plan.routes[0].legs for halt in leg.halts) == ["break", "reload"]
    assert plan_from_json(document) == plan
    for visit in document["routes"][0]["visits"]:
        del visit["setup_s"]
    for leg in document["routes"][0]["legs"]:
        leg.pop("halts", None)
    old = plan_from_json(document).routes[0]
    assert [leg.halts for leg in old.legs] == [(), (), ()]
    assert old.visits[0].setup_s == 0
