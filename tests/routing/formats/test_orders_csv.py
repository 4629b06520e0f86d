from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.formats.orders_csv import COLUMNS, read_orders_csv
from routing.order import Payment, PaymentForm, TimeWindow
from zones.lonlat import LonLat

ON = date(2026, 1, 31)
ZONE = ZoneInfo("Europe/Helsinki")


def read(text, encoding="utf-8"):
    return read_orders_csv(text.encode(encoding), ON, ZONE)


def read_one(**cells):
    row = {"order_no": "1", "address": "Mannerheimintie 1", **cells}
    return read(",".join(row) + "\n" + ",".join(f'"{cell}"' for cell in row.values()) + "\n")


def found(file):
    return [(problem.row, problem.column, problem.code) for problem in file.problems]


def test_a_full_row_is_read_with_its_units_and_the_citys_time():
    file = read_one(
        name="Aino",
        phone="040 123",
        language="FI",
        lon="24.94",
        lat="60.17",
        window_from="10:00",
        window_to="12:30",
        service_min="4.5",
        items="3",
        weight_kg="1.25",
        payment="cash",
        amount="12.30",
        change_from="20",
        skills="cold_box card_terminal",
        depot="North",
        priority="40",
        ready_at="2026-01-31T09:00+00:00",
        note="dog",
    )

    assert file.problems == ()
    row = file.rows[0]
    assert row.point == LonLat(lon=24.94, lat=60.17)
    assert row.windows == (TimeWindow(datetime(2026, 1, 31, 8, tzinfo=UTC), datetime(2026, 1, 31, 10, 30, tzinfo=UTC)),)
    assert (row.service_s, row.items, row.weight_g, row.priority) == (270, 3, 1250, 40)
    assert row.payment == Payment(form=PaymentForm.CASH, due_minor=1230, change_from_minor=2000)
    assert row.skills == {"cold_box", "card_terminal"}
    assert row.ready_at == datetime(2026, 1, 31, 9, tzinfo=UTC)
    assert (row.phone, row.language, row.depot, row.note) == ("040 123", "fi", "North", "dog")


def test_missing_coordinates_are_no_error():
    file = read_one()

    assert file.problems == ()
    assert file.rows[0].point is None
    assert file.rows[0].windows == ()


def test_semicolons_byte_order_mark_and_decimal_commas_are_understood():
    file = read('\ufefforder_no;address;lon;lat;weight_kg;skills\r\n7;Улица 1;24,9;60,1;0,5;"a; b"\r\n')

    assert file.problems == ()
    assert file.rows[0].point == LonLat(lon=24.9, lat=60.1)
    assert file.rows[0].weight_g == 500
    assert file.rows[0].skills == {"a", "b"}


def test_bad_rows_are_all_named_and_good_ones_kept():
    file = read(
        "order_no,address,window_from,window_to,items\n"
        "1,A,10:00,09:00,x\n"
        "2,B,10:00,11:00,2\n"
        "\n"
        ",C,,,\n"
        "2,D,,,\n"
        "3,E,1,2,3,4\n"
    )

    assert [row.order_no for row in file.rows] == ["2"]
    assert found(file) == [
        (2, "window_to", "window_ends_before_start"),
        (2, "items", "not_a_number"),
        (5, "order_no", "order_no_missing"),
        (6, "order_no", "duplicate_order"),
        (7, "", "too_many_cells"),
    ]


@pytest.mark.parametrize(
    ("cells", "column", "code"),
    [
        ({"address": ""}, "address", "address_missing"),
        ({"lon": "24.9"}, "lat", "coordinate_missing"),
        ({"lon": "181", "lat": "0"}, "lon", "out_of_range"),
        ({"lon": "0", "lat": "90.1"}, "lat", "out_of_range"),
        ({"lon": "0", "lat": "0"}, "lon", "null_coordinates"),
        ({"lon": "nan", "lat": "1"}, "lon", "not_a_number"),
        ({"lon": "1e5", "lat": "1"}, "lon", "not_a_number"),
        ({"window_from": "10:00"}, "window_to", "window_half"),
        ({"window_from": "25:00", "window_to": "26:00"}, "window_from", "not_a_time"),
        ({"window_from": "2026-01-31", "window_to": "12:00"}, "window_from", "not_a_time"),
        ({"window_from": "2026-02-05T10:00", "window_to": "2026-02-05T11:00"}, "window_from", "window_other_day"),
        ({"ready_at": "0001-01-01T00:00"}, "ready_at", "not_a_time"),
        ({"service_min": "481"}, "service_min", "out_of_range"),
        ({"service_min": "-1"}, "service_min", "out_of_range"),
        ({"items": "0"}, "items", "out_of_range"),
        ({"items": "1.5"}, "items", "not_whole"),
        ({"priority": "101"}, "priority", "out_of_range"),
        ({"payment": "gold"}, "payment", "unknown_payment"),
        ({"payment": "cash"}, "amount", "amount_missing"),
        ({"payment": "cash", "amount": "10", "change_from": "9"}, "change_from", "change_too_small"),
    ],
)
def test_every_wrong_cell_is_named_with_its_column(cells, column, code):
    file = read_one(**cells)

    assert file.rows == ()
    assert (2, column, code) in found(file)


@pytest.mark.parametrize("cells", [{"service_min": "480"}, {"service_min": "0"}, {"priority": "100"}, {"items": "1"}])
def test_values_on_the_edge_are_kept(cells):
    assert len(read_one(**cells).rows) == 1


def test_a_window_over_midnight_is_written_with_its_date():
    file = read_one(window_from="23:00", window_to="2026-02-01T00:30")

    assert file.problems == ()


@pytest.mark.parametrize(
    ("content", "row", "code"),
    [
        (b"", 1, "empty_file"),
        (b"order_no,address\n\xff\xfe,x\n", 2, "not_utf8"),
        (b'order_no,address\n"1,x\n', 1, "not_csv"),
        (b"name,phone\nx,1\n", 1, "missing_column"),
    ],
)
def test_a_file_that_is_no_orders_file_says_what_to_do(content, row, code):
    file = read_orders_csv(content, ON, ZONE)

    assert file.rows == ()
    assert (file.problems[0].row, file.problems[0].code) == (row, code)


def test_an_unknown_column_is_named_and_the_rows_are_kept():
    file = read("order_no,address,colour\n1,A,red\n")

    assert found(file) == [(1, "colour", "unknown_column")]
    assert len(file.rows) == 1


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(st.text(max_size=8), min_size=1, max_size=len(COLUMNS)), max_size=4))
def test_no_text_makes_the_reader_fail(cells):
    lines = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in cells]
    text = ",".join(COLUMNS) + "\n" + "\n".join(lines)

    file = read_orders_csv(text.encode("utf-8", "replace"), ON, ZONE)

    assert len(file.rows) + len({problem.row for problem in file.problems}) <= len(text.splitlines()) + 1
