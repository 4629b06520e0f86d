from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tracking.ping import Ping, dedupe_key
from zones.lonlat import LonLat

AT = datetime(2026, 3, 2, 9, 0, 0, 123_000, tzinfo=UTC)
PING = Ping(fix_at=AT, received_at=AT, point=LonLat(lon=69.5901, lat=42.3417))


def test_ping_sent_again_later_has_the_same_key():
    again = replace(PING, received_at=AT + timedelta(hours=1), battery_share=0.4)

    assert dedupe_key(again) == dedupe_key(PING)


@pytest.mark.parametrize(
    "change",
    [
        {"fix_at": AT + timedelta(milliseconds=1)},
        {"point": LonLat(lon=69.5901, lat=42.3418)},
        {"point": None},
        {"alarm": "sos"},
        {"ping_id": "7"},
    ],
)
def test_another_instant_place_alarm_or_id_makes_another_key(change: dict):
    assert dedupe_key(replace(PING, **change)) != dedupe_key(PING)


def test_the_phones_own_id_counts_more_than_the_place_within_a_second():
    one = replace(PING, ping_id="0e9a2473-a9a7-4c00-997b-fb97d2154e75")
    rounded = replace(one, fix_at=AT.replace(microsecond=0), point=LonLat(lon=69.59, lat=42.342))

    assert dedupe_key(one) == dedupe_key(rounded)
    assert dedupe_key(one) != dedupe_key(replace(one, alarm="sos"))


@pytest.mark.parametrize("ping_id", ["7", "0d871a61", "0e9a2473-a9a7-4c00-997b-fb97d2154e75"])
def test_an_id_may_come_again_at_another_time(ping_id: str):
    one = replace(PING, ping_id=ping_id)
    a_second_later = replace(one, fix_at=AT + timedelta(seconds=1))
    resent = replace(one, received_at=AT + timedelta(hours=1))

    assert dedupe_key(one) != dedupe_key(a_second_later)
    assert dedupe_key(one) == dedupe_key(resent)


def test_gpsloggers_file_of_whole_seconds_and_six_decimals_tells_the_same_pings_again():
    live = replace(PING, dialect="gpslogger")
    live = replace(live, point=LonLat(lon=69.59012345678, lat=42.34171234567))
    from_file = replace(live, fix_at=AT.replace(microsecond=0), point=LonLat(lon=69.590123, lat=42.341712))

    assert dedupe_key(live) == dedupe_key(from_file)
    assert dedupe_key(live) != dedupe_key(replace(live, fix_at=AT + timedelta(seconds=1)))
