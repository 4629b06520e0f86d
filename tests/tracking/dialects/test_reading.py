from datetime import UTC, datetime

from tests.tracking.dialects.vectors import all_vectors
from tracking.dialects import overland, owntracks, traccar_json, which
from tracking.dialects.owntracks_mqtt import decode_message
from tracking.dialects.reading import ITEMS_MOST
from tracking.dialects.request import PhoneRequest
from tracking.ping import PingFlag, dedupe_key

NOW = datetime(2026, 6, 15, 13, 40, tzinfo=UTC)
FEATURE = b'{"type":"Feature","geometry":{"type":"Point","coordinates":[76.9,43.2]},"properties":{"timestamp":%d}}'


def batch(size: int) -> PhoneRequest:
    features = b",".join(FEATURE % (1781500000 + second) for second in range(size))
    return PhoneRequest(method="POST", body=b'{"locations":[' + features + b"]}")


def test_batch_of_ten_thousand_is_taken_whole_and_each_is_another_ping():
    decoded = overland.decode(batch(10_000), NOW)

    assert len({dedupe_key(ping) for ping in decoded.pings}) == 10_000
    assert decoded.refused == ()


def test_of_a_batch_beyond_measure_the_rest_is_refused_as_one():
    decoded = overland.decode(batch(ITEMS_MOST + 7), NOW)

    assert len(decoded.pings) == ITEMS_MOST
    assert [refused.message for refused in decoded.refused] == [
        f"at most {ITEMS_MOST} positions are taken at once, 7 more came; set the app to smaller batches"
    ]


def test_bad_points_cost_their_neighbours_nothing():
    good, bad = FEATURE % 1781530000, b'{"geometry":[],"properties":{"timestamp":1781530001}}'
    body = b'{"locations":[' + b",".join([bad, good, b"7", b"null", good.replace(b"43.2", b"NaN")]) + b"]}"

    decoded = overland.decode(PhoneRequest(body=body), NOW)

    assert len(decoded.pings) == 1
    assert len({refused.dedupe_key for refused in decoded.refused}) == 4


def test_call_for_help_keeps_its_time_when_the_place_is_nonsense():
    request = PhoneRequest(query="id=c1&lat=x&lon=1&timestamp=1781530000&alarm=sos")

    (ping,) = which.decode(request, NOW).pings

    assert (ping.alarm, ping.point, ping.fix_at.timestamp()) == ("sos", None, 1781530000.0)
    assert PingFlag.TIME_ASSUMED_NOW not in ping.flags


def test_call_for_help_is_another_ping_than_the_position_of_that_second():
    place = "id=c1&lat=43.2&lon=76.9&timestamp=1781530000"

    (ordinary,) = which.decode(PhoneRequest(query=place), NOW).pings
    (alarm,) = which.decode(PhoneRequest(query=f"{place}&alarm=sos"), NOW).alarms

    assert dedupe_key(ordinary) != dedupe_key(alarm)


def test_no_alarm_is_made_of_a_no():
    for word in ("", "false", "0"):
        decoded = which.decode(PhoneRequest(query=f"lat=43.2&lon=76.9&timestamp=1781530000&alarm={word}"), NOW)

        assert decoded.alarms == ()


def test_whole_day_sent_again_has_the_same_keys():
    once, again = ([v.decode() for v in all_vectors() if "time_assumed_now" not in str(v.said)] for _ in range(2))

    assert [[dedupe_key(ping) for ping in decoded.pings] for decoded in once] == [
        [dedupe_key(ping) for ping in decoded.pings] for decoded in again
    ]


def test_very_long_id_of_a_message_is_shortened_to_a_name_of_itself():
    body = b'{"location":{"uuid":"%s","timestamp":1781530000,"coords":{"latitude":43.2,"longitude":76.9}}}'

    ids = {
        traccar_json.decode(PhoneRequest(body=body % (b"x" * 300 + end)), NOW).pings[0].ping_id for end in (b"a", b"b")
    }

    assert {len(one or "") for one in ids} == {40}
    assert len(ids) == 2


def test_message_of_a_broker_of_another_root_is_read_with_that_root():
    payload = b'{"_type":"location","lat":43.2,"lon":76.9,"tst":1781530000}'

    decoded = decode_message("fleet/tracks/Anna/Phone", payload, NOW, root="fleet/tracks")

    assert decoded.device == "anna/phone"
    assert len(decoded.pings) == 1


def test_any_of_a_devices_passphrases_opens_its_message():
    (sealed,) = [v for v in all_vectors() if v.name == "own-owntracks-sealed"]
    request = PhoneRequest(method="POST", body=sealed.said["body"].encode())

    decoded = owntracks.decode(request, NOW, keys=[b"new", b"", sealed.said["key"].encode()])

    assert len(decoded.pings) == 1
