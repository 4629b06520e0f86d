"""What a new order must be like: pure rules."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from api.actions.order_checks import NewOrder, Spot, check_order, check_windows, local_day, place_order

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def codes(**changes: object) -> list[str]:
    new = NewOrder(where="order", **({"order_no": "1"} | changes))  # type: ignore[arg-type]
    found = check_order(new, phone_region="FI", depots={"D1": "dep_1"}, taken={"9"})
    return [problem.code for problem in found]


def test_order_with_a_number_alone_is_sound() -> None:
    assert codes() == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"order_no": ""}, "order_no_missing"),
        ({"order_no": "9"}, "order_no_taken"),
        ({"phone": "hello"}, "invalid_phone"),
        ({"depot": "D2"}, "unknown_depot"),
        ({"language": "xx"}, "unknown_language"),
        ({"payment_form": "shells"}, "unknown_payment_form"),
        ({"payment_form": "cash", "due_minor": 500, "change_from_minor": 100}, "change_below_due"),
        ({"note": "x" * 1001}, "too_long"),
        ({"address": "a\x00b"}, "nul_character"),
    ],
)
def test_each_rule_has_its_code(changes: dict[str, object], code: str) -> None:
    assert codes(**changes) == [code]


def test_window_of_one_instant_is_sound_and_one_second_less_is_not() -> None:
    assert check_windows("order", ((NOON, NOON),)) == []
    assert [p.code for p in check_windows("order", ((NOON, NOON - timedelta(seconds=1)),))] == [
        "window_ends_before_start"
    ]


def test_windows_in_any_order_are_sound_and_touching_ones_overlap() -> None:
    assert check_windows("order", ((NOON + 3 * HOUR, NOON + 4 * HOUR), (NOON, NOON + HOUR))) == []
    assert [p.code for p in check_windows("order", ((NOON, NOON + HOUR), (NOON + HOUR, NOON + 2 * HOUR)))] == [
        "windows_overlap"
    ]


def test_city_without_zones_serves_every_place() -> None:
    placed = place_order(where="order", address="A 1", lon=24.9, lat=60.1, spot=None)

    assert (placed.status, placed.zone_id) == ("ready", None)


def test_place_outside_says_how_far_the_nearest_zone_is() -> None:
    spot = Spot(zone_id=None, nearest="Centre", nearest_m=812.4)

    placed = place_order(where="order", address="A 1", lon=24.9, lat=60.1, spot=spot)

    assert (placed.status, placed.detail) == ("carrier", "outside every zone; the nearest is Centre, 812 m away")


def test_day_of_an_order_is_that_of_its_first_window_by_the_city_clock() -> None:
    late = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)
    new = NewOrder(where="order", order_no="1", windows=((late, late + HOUR),))

    assert local_day(new, ZoneInfo("Europe/Helsinki"), NOON).isoformat() == "2026-11-24"
    assert local_day(new, ZoneInfo("UTC"), NOON).isoformat() == "2026-11-23"
