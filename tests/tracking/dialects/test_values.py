from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracking.dialects.values import FieldError, boolean, instant, number, unrolled, word

NOW = datetime(2026, 6, 15, 13, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("43.25", 43.25),
        (" 7 ", 7.0),
        ("-0.5e1", -5.0),
        (".5", 0.5),
        ("5.", 5.0),
        (3, 3.0),
        ("", None),
        (None, None),
        ("43,25", 43.25),
        (",5", 0.5),
        ("٤٣٫٢٥", 43.25),
        ("−5", -5.0),
    ],
)
def test_numbers_are_read_from_strings_and_from_json(written: object, meant: float | None):
    assert number("x", written) == meant


@pytest.mark.parametrize(
    "written",
    [
        "43,25,1",
        "1,234.5",
        "NaN",
        "inf",
        "1e999",
        "0x10",
        "1_0",
        "½",
        "12 5",
        "9" * 70,
        True,
        [],
        {},
        float("nan"),
        10**400,
    ],
)
def test_what_is_no_finite_number_names_its_field(written: object):
    with pytest.raises(FieldError, match=r"^lat: expected a number"):
        number("lat", written)


@settings(deadline=None)
@given(st.datetimes(min_value=datetime(1974, 1, 1), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001 - UTC is added below
def test_seconds_milliseconds_and_iso_mean_the_same_moment(naive: datetime):
    at = naive.replace(microsecond=0, tzinfo=UTC)
    seconds = round(at.timestamp())

    texts = (str(seconds), f"{seconds * 1000}", at.isoformat(), f"{seconds}.0", f"{seconds},0")
    for written in (seconds, seconds * 1000, seconds * 10**6, seconds * 10**9, *texts):
        found = instant("t", written, None)

        assert found is not None
        assert found.at == at
        assert not found.naive


@pytest.mark.parametrize(
    "written",
    [
        "2026-06-15T13:26:40Z",
        "2026-06-15t13:26:40z",
        "2026-06-15T13:26:40.000000000Z",
        "2026-06-15T13:26:40,0Z",
        "2026-06-15T18:26:40+0500",
        "2026-06-15T18:26:40 05:00",
        "2026-06-15 16:26:40+03",
        "2026-06-15T13:26:40-00:00",
    ],
)
def test_moment_is_read_however_its_offset_is_written(written: str):
    found = instant("t", written, None)

    assert found is not None
    assert found.at.isoformat() == "2026-06-15T13:26:40+00:00"
    assert not found.naive


def test_moment_without_offset_is_taken_in_the_devices_zone():
    found = instant("t", "2026-06-15 18:26:40", ZoneInfo("Asia/Almaty"))

    assert found == (datetime(2026, 6, 15, 13, 26, 40, tzinfo=UTC), True)


@pytest.mark.parametrize(
    "written",
    [
        "soon",
        "2026-06-15",
        "2026-13-01T00:00:00Z",
        "2026-06-15T25:00:00Z",
        "2026-06-15T13:26:61Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        1e21,
        "-1e21",
        "NaN",
        True,
        [1781530000],
    ],
)
def test_what_is_no_moment_is_said_to_be_none(written: object):
    with pytest.raises(FieldError, match=r"^t: expected Unix seconds"):
        instant("t", written, None)


@pytest.mark.parametrize(
    ("behind", "repaired"),
    [
        (timedelta(weeks=1024), True),
        (timedelta(weeks=2048), True),
        (timedelta(weeks=1024, days=30), True),
        (timedelta(weeks=1024, days=30, seconds=1), False),
        (timedelta(weeks=1024) - timedelta(days=1), True),
        (timedelta(weeks=1024) - timedelta(days=1, seconds=1), False),
        (timedelta(0), False),
        (timedelta(days=365), False),
        (timedelta(weeks=3072), False),
    ],
)
def test_only_whole_rounds_of_the_week_counter_are_put_right(behind: timedelta, repaired: bool):
    found = unrolled(NOW - behind, NOW)

    assert (found is not None) == repaired
    assert found is None or abs(found - NOW) <= timedelta(days=30)


@pytest.mark.parametrize(
    ("written", "meant"),
    [("true", True), ("1", True), (1, True), (1.0, True), ("FALSE", False), (0, False), ("2", None), ("", None)],
)
def test_yes_and_no_are_read_from_words_and_numbers(written: object, meant: bool | None):
    assert boolean(written) is meant


@pytest.mark.parametrize(
    ("written", "kept"),
    [(" c1 ", "c1"), (7, "7"), ("a\x00b", "ab"), ("\ud800", "?"), ("x" * 500, "x" * 100), (True, None), (1.5, None)],
)
def test_words_are_kept_short_and_storable(written: object, kept: str | None):
    assert word(written) == kept
