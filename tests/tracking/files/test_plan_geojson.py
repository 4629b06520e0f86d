import json
from datetime import timedelta

import pytest

from tests.tracking.builders import DAY_AT, PLANE, xy
from tracking.files.plan_geojson import plans_of, read_plans
from tracking.files.track import TrackFileError
from tracking.rules import DEFAULT_RULES


def pair(x_m: float, y_m: float) -> list[float]:
    return [xy(x_m, y_m).lon, xy(x_m, y_m).lat]


WAY = [pair(0, 0), pair(1000, 0), pair(1000, 1000)]


def feature(kind: str, coordinates, properties=None, **more):
    return {"type": "Feature", "geometry": {"type": kind, "coordinates": coordinates}, "properties": properties, **more}


def collection(*features):
    return {"type": "FeatureCollection", "features": list(features)}


def names(plan) -> list[str]:
    return [v.visit_id for v in plan.line(DAY_AT).visits]


@pytest.mark.parametrize(
    "document",
    [
        WAY,
        json.dumps(WAY),
        {"type": "LineString", "coordinates": [[*p, 12.5] for p in WAY]},
        feature("LineString", WAY),
        {"type": "GeometryCollection", "geometries": [{"type": "LineString", "coordinates": WAY}]},
        feature("MultiLineString", [WAY[:2], WAY[1:]]),
        collection(feature("LineString", WAY[:2], {"leg": 1}), feature("LineString", WAY[1:], {"leg": 2})),
        collection(feature("LineString", WAY), {"type": "Feature", "geometry": None, "properties": {}}),
    ],
)
def test_one_way_is_read_in_any_of_its_forms(document):
    (plan,) = plans_of(document)

    line = plan.line(DAY_AT)

    assert line.along_m[-1] == pytest.approx(2000, rel=0.01)
    assert [v.visit_id for v in line.visits] == ["end"]
    assert line.visits[0].along_m == pytest.approx(line.along_m[-1], abs=1)


def test_way_without_stops_leaves_out_none():
    (plan,) = plans_of(WAY)

    assert plan.rules(DEFAULT_RULES).skipped_after_m > 1e6
    assert plan.rules(DEFAULT_RULES).stall_s == DEFAULT_RULES.stall_s


@pytest.mark.parametrize(
    "said",
    [
        {"sequence": 1, "id": "a", "arrives_at": "2026-03-02T09:10:00Z", "service_s": 240},
        {"seq": 1, "stopId": "a", "arrive": "2026-03-02T09:10:00Z", "serviceTime": 240},
        {"order": 1, "name": "a", "Planned Arrival": "2026-03-02T09:10:00+00:00", "service_min": 4},
        {"index": 1, "visit_id": "a", "eta": 600, "service": "240"},
    ],
)
def test_stop_is_understood_under_the_names_that_people_choose(said):
    (plan,) = plans_of(collection(feature("LineString", WAY), feature("Point", pair(500, 5), said)))

    (visit,) = plan.line(DAY_AT).visits

    assert (visit.visit_id, visit.service_s) == ("a", 240)
    assert visit.planned_arrives_at == DAY_AT + timedelta(minutes=10)


@pytest.mark.parametrize(
    "said",
    [
        {"windows": [["2026-03-02T09:00:00Z", "2026-03-02T10:00:00Z"]]},
        {"window": ["2026-03-02T09:00:00Z", "2026-03-02T10:00:00Z"]},
        {"time_window": {"start": "2026-03-02T09:00:00Z", "end": "2026-03-02T10:00:00Z"}},
        {"window_start": "2026-03-02T09:00:00Z", "window_end": "2026-03-02T10:00:00Z"},
        {"tw": [0, 3600]},
    ],
)
def test_window_is_read_as_pair_object_or_two_properties(said):
    (plan,) = plans_of(collection(feature("LineString", WAY), feature("Point", pair(500, 5), said)))

    ((window,),) = (v.windows for v in plan.line(DAY_AT).visits)

    assert (window.opens_at, window.closes_at) == (DAY_AT, DAY_AT + timedelta(hours=1))


def test_depots_and_vehicles_are_no_stops_and_equal_names_are_told_apart():
    points = [
        feature("Point", pair(0, 0), {"type": "depot"}),
        feature("Point", pair(400, 0), {"type": "delivery", "name": "Anna"}),
        feature("Point", pair(800, 0), {"name": "Anna"}, id="x"),
        feature("Point", pair(900, 0), {"role": "vehicle"}),
        feature("Point", pair(1000, 500), None),
    ]

    (plan,) = plans_of(collection(feature("LineString", WAY), *points))

    assert names(plan) == ["Anna", "x", "stop-3"]


def test_stops_of_several_ways_go_by_their_route_else_to_the_nearest():
    north = [pair(0, 2000), pair(1000, 2000)]
    ways = [feature("LineString", WAY[:2], {"id": "s"}), feature("LineString", north, {"id": "n"})]

    by_place = plans_of(collection(*ways, feature("Point", pair(500, 1990)), feature("Point", pair(500, 9))))
    by_name = plans_of(collection(*ways, feature("Point", pair(500, 1990), {"route": "s", "id": "a"})))

    assert [names(plan) for plan in by_place] == [["stop-2"], ["stop-1"]]
    assert [(plan.name, len(plan.stops)) for plan in by_name] == [("s", 1), ("n", 0)]


def test_times_of_stops_alone_move_the_plan_to_the_day_of_the_track():
    stop = feature("Point", pair(900, 0), {"arrive": "2025-07-01T09:15:00Z"})
    (plan,) = plans_of(collection(feature("LineString", WAY), stop))

    (visit,) = plan.line(DAY_AT + timedelta(minutes=2)).visits

    assert visit.planned_arrives_at == DAY_AT + timedelta(minutes=15)
    assert not plan.has_times


def test_way_back_is_gone_at_the_pace_of_the_legs_before():
    stop = feature("Point", pair(1000, 0), {"arrives_at": "2026-03-02T09:12:30Z", "service_s": 0})
    (plan,) = plans_of(collection(feature("LineString", WAY, {"departs_at": "2026-03-02T09:00:00Z"}), stop))

    assert plan.has_times
    assert plan.line(DAY_AT).free_flow_s[-1] == pytest.approx(1500, rel=0.02)


def test_areas_say_where_the_courier_may_be():
    ring = [pair(-100, -100), pair(1100, -100), pair(1100, 600), pair(-100, 600), pair(-100, -100)]
    (plan,) = plans_of(collection(feature("LineString", WAY), feature("Polygon", [ring])))

    area = plan.line(DAY_AT).permitted

    assert area is not None
    assert area.margin_m(lon=pair(500, 0)[0], lat=pair(500, 0)[1]) == pytest.approx(100, abs=2)
    assert area.margin_m(lon=pair(500, 900)[0], lat=pair(500, 900)[1]) < 0


class CornerRoads:
    """Streets that know one way: east, then north."""

    def route(self, points):
        from routing.plan import Leg

        self.asked = list(points)
        corner = PLANE.to_lonlat(1000.0, 0.0)
        return (Leg(distance_m=2000, duration_s=200, path=(points[0], corner, points[-1]), source="osrm"),)


def test_stops_alone_are_joined_by_streets_and_refused_without():
    stops = collection(
        feature("Point", pair(1000, 1000), {"sequence": 2}), feature("Point", pair(0, 0), {"sequence": 1})
    )
    roads = CornerRoads()

    (plan,) = plans_of(stops, roads)

    assert roads.asked == [xy(0, 0), xy(1000, 1000)]
    assert len(plan.points) == 3
    with pytest.raises(TrackFileError, match="--roads"):
        plans_of(stops)


def test_byte_order_mark_is_no_reason_to_refuse():
    assert len(read_plans(b"\xef\xbb\xbf" + json.dumps(WAY).encode())) == 1


@pytest.mark.parametrize(
    "said", [{"window": "morning"}, {"windows": [3]}, {"service_s": "long"}, {"arrive": "soon"}, {"window": {"a": 1}}]
)
def test_value_of_a_stop_that_cannot_be_read_is_named(said):
    (plan,) = plans_of(collection(feature("LineString", WAY), feature("Point", pair(500, 5), said)))

    with pytest.raises(TrackFileError, match="expected"):
        plan.line(DAY_AT)


def test_order_of_the_file_decides_on_a_street_used_twice():
    there_and_back = feature("LineString", [pair(0, 0), pair(1000, 0), pair(0, 1)])
    stops = [feature("Point", pair(x, 4)) for x in (700, 900, 300)]

    (plan,) = plans_of(collection(there_and_back, *stops))

    assert [v.along_m for v in plan.line(DAY_AT).visits] == pytest.approx([700, 900, 1700], abs=5)
