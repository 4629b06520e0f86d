"""Orders from a CSV file: good rows are kept, every bad one is reported with its column and what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from api.actions.cities import today
from api.actions.order_checks import NewOrder
from api.actions.orders import TakenOrder, count_by_status, take_in
from api.context import Caller, Services
from api.db import audit, city_store
from routing.formats.order_cells import OrderRow
from routing.formats.orders_csv import CsvProblem, read_orders_csv

_COLUMNS = {
    "depot": "depot",
    "phone": "phone",
    "language": "language",
    "order_no": "order_no",
    "windows": "window_from",
}
"""Columns of a file by the field that a problem names; what is not here keeps its field's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """
    What an orders file brought.

    `problems` are of rows that were left out; `remarks` of rows that were kept but cannot be planned yet (no address,
    outside every zone) and of columns that are not understood.
    """

    imported: int
    problems: tuple[CsvProblem, ...]
    remarks: tuple[CsvProblem, ...]
    by_status: dict[str, int]


def import_orders(
    services: Services, caller: Caller, city_slug: str | None, on_date: date | None, content: bytes
) -> ImportReport:
    """Keep every good row of a CSV file as an order of this city and day (today without a date)."""
    now = services.clock.now()
    with services.db.read() as session:
        city = city_store.get_city(session, caller.tenant_id, city_slug)
    day = on_date or today(city, now)
    file = read_orders_csv(content, day, ZoneInfo(city.timezone))
    numbered = zip(file.rows, file.row_numbers, strict=True)
    orders = [_new_order(row, number, city.slug, day) for row, number in numbered]
    with services.db.write() as session:
        results = take_in(session, caller, city.slug, orders, now)
        kept = [one for one in results if one.order_id is not None]
        after = {"date": day.isoformat(), "imported": len(kept), "rows_with_problems": len(file.problems)}
        audit.record(session, caller, now, action="orders.import", entity="city", entity_id=city.id, after=after)
    told = [(one, _csv_problems(one, number)) for one, number in zip(results, file.row_numbers, strict=True)]
    refused = [problem for one, problems in told if one.order_id is None for problem in problems]
    remarks = [problem for one, problems in told if one.order_id is not None for problem in problems]
    columns = [one for one in file.problems if _is_remark(one, file.rows)]
    wrong = [one for one in file.problems if not _is_remark(one, file.rows)]
    return ImportReport(
        imported=len(kept),
        problems=tuple(sorted([*wrong, *refused], key=lambda one: one.row)),
        remarks=tuple(sorted([*columns, *remarks], key=lambda one: one.row)),
        by_status=count_by_status(results),
    )


def _is_remark(problem: CsvProblem, rows: Sequence[OrderRow]) -> bool:
    return bool(rows) and problem.row == 1


def _new_order(row: OrderRow, number: int, city: str, on_date: date) -> NewOrder:
    return NewOrder(
        where=f"row {number}",
        city=city,
        on_date=on_date,
        order_no=row.order_no,
        client_name=row.name,
        phone=row.phone,
        language=row.language or None,
        address=row.address,
        entrance=row.entrance,
        floor=row.floor,
        flat=row.flat,
        door_code=row.door_code,
        landmark=row.landmark,
        note=row.note,
        lon=None if row.point is None else row.point.lon,
        lat=None if row.point is None else row.point.lat,
        windows=tuple((window.opens_at, window.closes_at) for window in row.windows),
        service_s=row.service_s,
        items=row.items,
        weight_g=row.weight_g,
        payment_form=row.payment.form.value,
        due_minor=row.payment.due_minor,
        change_from_minor=row.payment.change_from_minor,
        skills=tuple(sorted(row.skills)),
        depot=row.depot,
        priority=row.priority,
        ready_at=row.ready_at,
    )


def _csv_problems(order: TakenOrder, number: int) -> list[CsvProblem]:
    found = []
    for problem in order.problems:
        field = problem.where.removeprefix(f"{order.where}.").partition("[")[0]
        column = _COLUMNS.get(field, field.rpartition(".")[2])
        found.append(CsvProblem(row=number, column=column, code=problem.code, message=problem.message))
    return found
