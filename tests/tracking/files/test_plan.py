import json
from datetime import timedelta

import pytest

from routing.formats.plan_json import plan_to_geojson
from routing.plan import Plan, Provenance
from tests.tracking.builders import DAY_AT, make_line, make_route, xy
from tracking.files.plan import nearest_plan, plan_of_points
from tracking.files.plan_geojson import plans_of, read_plans
from tracking.files.track import TrackFileError
from tracking.rules import DEFAULT_RULES


def feature(kind: str, coordinates, **properties):
    return {"type": "Feature", "geometry": {"type": kind, "coordinates": coordinates}, "properties": properties}


def pair(x_m: float, y_m: float) -> list[float]:
    return [xy(x_m, y_m).lon, xy(x_m, y_m).lat]


def written_plan(plan_provenance) -> dict:
    return plan_to_geojson(Plan(routes=(make_route(),), unassigned=(), provenance=plan_provenance))


@pytest.fixture
def provenance():
    return Provenance(engine="test", time_limit_s=1.0, seed=1, matrix_source="osrm")


def test_plan_that_corridor_wrote_is_followed_as_the_plan_itself(provenance):
    (plan,) = read_plans(json.dumps(written_plan(provenance)).encode())

    line, own = plan.line(DAY_AT), make_line()
    assert plan.has_times
    assert [v.visit_id for v in line.visits] == ["v0", "v1", "v2"]
    assert [v.along_m for v in line.visits] == pytest.approx([v.along_m for v in own.visits], abs=3)
    assert line.visits_free_flow_s[:3] == pytest.approx(own.visits_free_flow_s[:3], abs=3)
    assert [v.service_s for v in line.visits] == [120, 120, 120]
    assert plan.rules(DEFAULT_RULES) == DEFAULT_RULES


def test_plan_of_another_day_is_moved_by_whole_days(provenance):
    (plan,) = plans_of(written_plan(provenance))

    assert plan.line(DAY_AT + timedelta(days=12, minutes=7)).departs_at == DAY_AT + timedelta(days=12)
    assert plan.line(DAY_AT + timedelta(hours=3)).departs_at == DAY_AT


def test_any_line_with_stops_is_a_plan_without_times():
    stops = [feature("Point", pair(900, 20), id="b", service_s=60), feature("Point", pair(400, -15), id="a")]
    (plan,) = plans_of(
        {"type": "FeatureCollection", "features": [feature("LineString", [pair(0, 0), pair(1500, 0)]), *stops]}
    )

    line = plan.line(DAY_AT)

    assert [v.visit_id for v in line.visits] == ["a", "b"]
    assert [v.along_m for v in line.visits] == pytest.approx([400, 900], abs=3)
    assert [v.service_s for v in line.visits] == [420, 60]
    assert not plan.has_times
    assert plan.rules(DEFAULT_RULES).late_start_s > 1e6


def test_stops_in_their_sequence_are_found_on_a_street_used_twice():
    there_and_back = feature("LineString", [pair(0, 0), pair(1000, 0), pair(0, 1)])
    stops = [feature("Point", pair(x, 10), sequence=n, id=f"s{n}") for n, x in ((1, 300), (2, 800), (3, 500))]

    (plan,) = plans_of({"type": "FeatureCollection", "features": [there_and_back, *stops]})

    assert [v.along_m for v in plan.line(DAY_AT).visits] == pytest.approx([300, 800, 1500], abs=5)


def test_bare_geometry_is_a_plan_and_of_several_the_nearest_is_taken():
    (bare,) = plans_of({"type": "LineString", "coordinates": [pair(0, 0), pair(1000, 0)]})
    far = plan_of_points([tuple(pair(0, 900)), tuple(pair(1000, 900))], "far")

    assert [v.visit_id for v in bare.line(DAY_AT).visits] == ["end"]
    assert nearest_plan([bare, far], [xy(100, 880), xy(600, 890)]) is far


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"type": "FeatureCollection", "features": []},
        {"type": "FeatureCollection", "features": [3]},
        {"type": "LineString", "coordinates": [[1, 2]]},
        {"type": "LineString", "coordinates": [["a", 2], [3, 4]]},
        {"type": "LineString", "coordinates": [[1, 200], [3, 4]]},
        {"type": "LineString"},
    ],
)
def test_what_is_no_plan_is_refused_with_its_place(document):
    with pytest.raises(TrackFileError):
        plans_of(document)


def test_bad_time_of_a_stop_is_named():
    stop = feature("Point", pair(100, 0), id="s", arrives_at="soon")
    (plan,) = plans_of(
        {"type": "FeatureCollection", "features": [feature("LineString", [pair(0, 0), pair(900, 0)]), stop]}
    )

    with pytest.raises(TrackFileError, match="soon"):
        plan.line(DAY_AT)
