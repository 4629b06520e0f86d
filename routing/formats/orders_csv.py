"""An orders file (CSV bytes) as good rows and a list of everything that is wrong in the others."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from routing.formats.order_cells import OrderRow, RowReader

COLUMNS: tuple[str, ...] = (
    *("order_no", "name", "phone", "language", "address", "entrance", "floor", "flat", "door_code", "landmark"),
    *("lon", "lat", "window_from", "window_to", "service_min", "items", "weight_kg", "payment", "amount"),
    *("change_from", "skills", "depot", "priority", "ready_at", "note"),
)
"""Every column that is understood; only `order_no` and `address` must be there."""

REQUIRED_COLUMNS: tuple[str, ...] = ("order_no", "address")


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvProblem:
    """
    One thing that is wrong: the row as a spreadsheet counts it (1 is the header), the column, and what to do.

    A row with a problem is not imported; a problem of row 1 either concerns one column or the whole file.
    """

    row: int
    column: str
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersFile:
    """What an orders file holds: good rows in their order with their numbers in it, and every problem found."""

    rows: tuple[OrderRow, ...]
    problems: tuple[CsvProblem, ...]
    row_numbers: tuple[int, ...] = ()


def read_orders_csv(content: bytes, on_date: date, time_zone: ZoneInfo) -> OrdersFile:
    """
    Read an orders file; `HH:MM` is a time of `on_date` in `time_zone`, an ISO time without an offset is in it too.

    UTF-8 with or without BOM; commas or semicolons, by the header line; with semicolons a decimal comma is understood.
    One bad row never spoils its neighbours, and all of its problems are listed. Blank rows are skipped.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        message = f"line {line} is not UTF-8 text; save the file as 'CSV UTF-8' and send it again"
        return _nothing(line, "", "not_utf8", message)
    header_line = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = ";" if header_line.count(";") > header_line.count(",") else ","
    try:
        records = list(csv.reader(io.StringIO(text.lstrip("\r\n"), newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        return _nothing(1, "", "not_csv", f"this is not a CSV file ({error}); check for an unclosed quotation mark")
    if not records:
        return _nothing(
            1, "", "empty_file", "the file is empty; the first row names the columns: " + ", ".join(COLUMNS)
        )
    header = [name.strip().lower() for name in records[0]]
    missing = [name for name in REQUIRED_COLUMNS if name not in header]
    problems = list(_header_problems(header))
    if missing:
        return OrdersFile(rows=(), problems=tuple(problems))
    rows: list[OrderRow] = []
    row_of_order: dict[str, int] = {}
    for number, record in enumerate(records[1:], start=2):
        if not any(cell.strip() for cell in record):
            continue
        row, found = _read_row(number, header, record, on_date, time_zone, decimal_comma=delimiter == ";")
        if row is not None and row.order_no in row_of_order:
            message = f"order {row.order_no} is in row {row_of_order[row.order_no]} already; remove or renumber one"
            found = [CsvProblem(row=number, column="order_no", code="duplicate_order", message=message)]
        elif row is not None:
            row_of_order[row.order_no] = number
            rows.append(row)
        problems += found
    numbers = tuple(row_of_order[row.order_no] for row in rows)
    return OrdersFile(rows=tuple(rows), problems=tuple(problems), row_numbers=numbers)


def _read_row(
    number: int, header: list[str], record: list[str], on_date: date, time_zone: ZoneInfo, *, decimal_comma: bool
) -> tuple[OrderRow | None, list[CsvProblem]]:
    if len(record) > len(header):
        message = (
            f"{len(record)} cells, but {len(header)} columns; put a value that holds the separator into quotation marks"
        )
        return None, [CsvProblem(row=number, column="", code="too_many_cells", message=message)]
    cells = {name: cell.strip() for name, cell in zip(header, record, strict=False)}
    reader = RowReader(cells, on_date, time_zone, decimal_comma=decimal_comma)
    row = reader.read()
    found = [CsvProblem(row=number, column=one.column, code=one.code, message=one.message) for one in reader.problems]
    return (None if found else row), found


def _header_problems(header: list[str]) -> Iterator[CsvProblem]:
    for name in REQUIRED_COLUMNS:
        if name not in header:
            message = f"the column {name} is missing; add it to the first row"
            yield CsvProblem(row=1, column=name, code="missing_column", message=message)
    for position, name in enumerate(header):
        if name and name not in COLUMNS:
            message = f"the column {name!r} is not understood and was left out; known are {', '.join(COLUMNS)}"
            yield CsvProblem(row=1, column=name, code="unknown_column", message=message)
        elif name and name in header[:position]:
            message = f"the column {name} is there twice, the last one counts; remove one"
            yield CsvProblem(row=1, column=name, code="duplicate_column", message=message)


def _nothing(row: int, column: str, code: str, message: str) -> OrdersFile:
    return OrdersFile(rows=(), problems=(CsvProblem(row=row, column=column, code=code, message=message),))
