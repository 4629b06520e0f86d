import pytest

from tracking.dialects.contents import RAW_MOST, fields_of, ignored, refused
from tracking.dialects.request import PhoneRequest
from tracking.ping import RefusalCode

BAD = RefusalCode.BAD_VALUE


def test_fields_come_from_query_and_body_and_the_querys_count():
    request = PhoneRequest(method="POST", query="ID=c7&lat=1&lat=2", body=b"id=c1&Lon=%2B3&empty=&")

    assert fields_of(request) == {"id": "c7", "lat": "2", "lon": "+3", "empty": ""}


def test_headers_are_found_in_any_case():
    request = PhoneRequest(headers={"x-LIMIT-u": "anna"})

    assert request.header("X-Limit-U") == "anna"
    assert request.header("X-Limit-D") == ""


def test_secrets_and_networks_are_not_kept():
    item = {"lat": "x", "key": "s3cret", "Token": "s3cret", "sub": [{"SSID": "s3cret", "BSSID": "s3cret"}]}

    assert refused(item, BAD, "m").raw == {"lat": "x", "sub": [{}]}


@pytest.mark.parametrize(
    "text", ['{"lat": 1, "SSID": "s3cret", "lon', '{"BSSID":"s3cret', "lat=x&key=s3cret&lon=1", "token=s3cret"]
)
def test_secrets_are_not_kept_of_bodies_that_cannot_be_read(text: str):
    kept = refused(text.encode(), RefusalCode.UNREADABLE, "m").raw["text"]

    assert "s3cret" not in kept
    assert kept.startswith(text[:5])


def test_of_something_long_the_beginning_is_kept_and_the_whole_makes_its_key():
    one, other = ({"note": "x" * 5_000 + end} for end in "ab")

    first, second, again = refused(one, BAD, "m"), refused(other, BAD, "m"), refused(dict(one), BAD, "m")

    assert len(first.raw["text"]) == RAW_MOST
    assert first.dedupe_key == again.dedupe_key != second.dedupe_key


def test_numbers_that_no_column_takes_are_kept_as_words():
    item = {"nan": float("nan"), "inf": float("-inf"), "big": 2**80, "huge": 10**400, "deep": [[[[[[[[[[1]]]]]]]]]]}

    kept = ignored("x", "y", item).raw

    assert (kept["nan"], kept["inf"], kept["big"], kept["huge"]) == ("nan", "-inf", "1.208926e+24", "a huge number")
    assert "..." in str(kept["deep"])
