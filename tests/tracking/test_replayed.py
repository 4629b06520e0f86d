import pytest

from tests.tracking.builders import along, drive, make_line, make_ping, xy
from tracking.files.plan import plan_of_points
from tracking.files.track import FileTrack, TrackFileError
from tracking.replayed import replay_deviations, replay_file_track

LINE = make_line()


def test_departure_that_ended_within_its_batch_is_closed_no_earlier_than_it_was_opened():
    aside = [make_ping(65 + 5 * i, xy(520 + 40.0 * i, 150), received_s=190) for i in range(13)]
    back = [make_ping(s, along(LINE, 8.0 * s), received_s=190) for s in range(130, 190, 5)]
    track = FileTrack(track_id="t", pings=(*drive(LINE, 0, 60), *aside, *back, *drive(LINE, 195, 240, from_m=1560)))

    rows = [row for row in replay_deviations(track, LINE, None) if row.kind == "off_route"]

    assert [row.state for row in rows] == ["open", "closed"]
    assert rows[0].at <= rows[1].at
    assert all(row.at <= row.told_at for row in rows)


def test_plan_with_latitude_first_is_refused_and_not_taken_for_a_quiet_drive():
    track = FileTrack(track_id="van", pings=tuple(drive(LINE, 0, 60)))
    swapped = plan_of_points([(p.lat, p.lon) for p in LINE.points], "swapped")

    with pytest.raises(TrackFileError, match=r"van: it begins .* km from the plan; expected the same city"):
        replay_file_track(track, swapped, None)
