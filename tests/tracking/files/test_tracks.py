import json
from datetime import UTC, datetime

import pytest

from tracking.files.track import TrackFileError, read_instant, read_tracks

STARTED = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
GPX = """<?xml version="1.0"?><gpx xmlns="http://www.topografix.com/GPX/1/1" version="1.1"><trk><name>van 7</name>
<trkseg><trkpt lat="60.17" lon="24.94"><time>2026-03-01T09:00:05Z</time><hdop>2</hdop></trkpt>
<trkpt lat="60.16" lon="24.94"><time>2026-03-01T09:00:00Z</time><extensions><speed>7.5</speed><course>90</course>
</extensions></trkpt><trkpt lat="60.15" lon="24.94"></trkpt><trkpt lat="99" lon="24.94">
<time>2026-03-01T09:00:09Z</time></trkpt></trkseg></trk></gpx>"""


def test_gpx_gives_fixes_in_order_with_what_the_recorder_knew():
    (track,) = read_tracks(GPX.encode())

    first, second = track.pings
    assert track.track_id == "van 7"
    assert (first.fix_at, first.speed_mps, first.bearing_deg, first.accuracy_m) == (STARTED, 7.5, 90.0, None)
    assert (second.point.lon, second.point.lat, second.accuracy_m) == (24.94, 60.17, 10.0)
    assert [p.where for p in track.problems] == ["van 7, point 3", "van 7, point 4"]


def test_gpx_with_a_document_type_is_refused():
    with pytest.raises(TrackFileError, match="DOCTYPE"):
        read_tracks(b'<!DOCTYPE a [<!ENTITY b "c">]><gpx/>')


def test_json_lines_of_whole_tracks_have_a_fix_each_interval():
    lines = [
        {"track": "a", "started_at": "2026-03-01T09:00:00Z", "interval_s": 15, "lonlat": [[24.9, 60.1], [24.91, 60.1]]},
        {
            "track": "b",
            "started_at": "2026-03-01T09:00:00Z",
            "at_s": [0, 7, 9],
            "received_s": [20, 8, 10],
            "accuracy_m": [5, None, 7],
            "lonlat": [[24.9, 60.1], None, [24.91, 60.1]],
            "plan": [[24.9, 60.1], [24.95, 60.1]],
        },
    ]

    a, b = read_tracks("\n".join(json.dumps(line) for line in lines).encode())

    assert [(p.fix_at - STARTED).total_seconds() for p in a.pings] == [0, 15]
    assert [(p.fix_at - STARTED).total_seconds() for p in b.pings] == [7, 9, 0]
    assert [p.point is None for p in b.pings] == [True, False, False]
    assert [p.accuracy_m for p in b.pings] == [None, 7.0, 5.0]
    assert b.plan is not None
    assert [(p.lon, p.lat) for p in b.plan.points] == [(24.9, 60.1), (24.95, 60.1)]


@pytest.mark.parametrize("wrap", [list, lambda pings: {"pings": pings}])
def test_one_json_document_of_pings_is_read_and_a_bad_one_fails_alone(wrap):
    pings = [
        {"fix_at": "2026-03-01T09:00:00Z", "lon": 24.9, "lat": 60.1, "mock": True},
        {"fix_at": "2026-03-01T09:00:05Z", "lon": "east", "lat": 60.1},
        {"fix_at": 1772355610, "lon": 24.9, "lat": 60.1, "received_at": "2026-03-01T09:01:00Z"},
    ]

    tracks = read_tracks(json.dumps(wrap(pings)).encode())

    assert [p.is_mock for p in tracks[0].pings] == [True, False]
    assert tracks[0].pings[1].received_at == datetime(2026, 3, 1, 9, 1, tzinfo=UTC)


def test_csv_columns_may_have_the_names_that_recorders_use():
    head = "Device;Timestamp;Latitude;Longitude;Speed"
    rows = [head, "x;1772355600;60.1;24.9;3", "y;1772355600000;60.1;24.9;", "x;later;1;2;3"]

    x, y, _ = (*read_tracks("\n".join(rows).encode()), None)

    assert (x.track_id, y.track_id) == ("x", "y")
    assert x.pings[0].fix_at == y.pings[0].fix_at == STARTED
    assert (x.pings[0].speed_mps, y.pings[0].speed_mps) == (3.0, None)


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"\xff\xfe", b"{", b"[]", b"<gpx/>", b"<gpx", b"a,b\n1,2\n", b"[1,2]"]
)
def test_what_is_no_track_is_refused_with_its_reason(content: bytes):
    with pytest.raises(TrackFileError) as caught:
        read_tracks(content, "some.file")

    assert caught.value.problems


def test_times_without_a_zone_are_utc_and_nonsense_is_refused():
    assert read_instant("2026-03-01 09:00:00") == STARTED
    for wrong in ("yesterday", None, True, "1e400", 1e30, [], float("nan")):
        with pytest.raises(ValueError, match="expected a time"):
            read_instant(wrong)


TIMES = ["2026-03-01T09:00:00Z", "2026-03-01T09:00:05Z"]


@pytest.mark.parametrize(
    "features",
    [
        [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [24.9 + i, 60.1]},
                "properties": {"time": time, "track": "van", "accuracy": 7},
            }
            for i, time in enumerate(TIMES)
        ],
        [
            {
                "type": "Feature",
                "geometry": {"type": "LineString", "coordinates": [[24.9, 60.1], [25.9, 60.1, 12]]},
                "properties": {"coordTimes": TIMES, "name": "van", "accuracy": [7, 7]},
            }
        ],
    ],
)
def test_geojson_gives_a_fix_each_point_or_vertex(features):
    (track,) = read_tracks(json.dumps({"type": "FeatureCollection", "features": features}).encode())

    assert track.track_id == "van"
    assert [(p.fix_at - STARTED).total_seconds() for p in track.pings] == [0, 5]
    assert [(p.point.lon, p.accuracy_m) for p in track.pings] == [(24.9, 7.0), (25.9, 7.0)]


def test_geojson_without_times_is_refused_and_says_so():
    line = {"type": "Feature", "geometry": {"type": "LineString", "coordinates": [[1, 2], [3, 4]]}, "properties": {}}

    with pytest.raises(TrackFileError, match="no times"):
        read_tracks(json.dumps(line).encode())


def test_whole_track_may_carry_its_times_its_truth_and_a_plan_with_stops():
    stop = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [24.92, 60.1]}, "properties": {"id": "a"}}
    way = {"type": "LineString", "coordinates": [[24.9, 60.1], [24.95, 60.1]]}
    whole = {
        "track": "t",
        "times": TIMES,
        "lonlat": [[24.9, 60.1], [24.91, 60.1]],
        "truth_lonlat": [None, [24.911, 60.1]],
        "plan": {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": way}, stop]},
    }

    (track,) = read_tracks(json.dumps(whole).encode())

    assert [p.fix_at for p in track.pings] == [read_instant(one) for one in TIMES]
    assert track.truth is not None
    assert [t and t.lon for t in track.truth] == [None, 24.911]
    assert track.plan is not None
    assert [s.name for s in track.plan.stops] == ["a"]


def test_pings_may_have_the_names_of_other_recorders():
    (track,) = read_tracks(b'{"ts": 1772355600, "lng": "24.9", "latitude": 60.1, "speed_kmh": 36, "heading": 90}')

    (ping,) = track.pings
    assert (ping.fix_at, ping.point.lon, ping.speed_mps, ping.bearing_deg) == (STARTED, 24.9, 10.0, 90.0)
