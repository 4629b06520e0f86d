"""How orders look in answers, and how requests become orders to judge."""

from typing import Any

from pydantic import ValidationError

from api.actions.order_changes import OrderEdits
from api.actions.order_checks import NewOrder
from api.actions.order_import import ImportReport
from api.actions.order_reading import OrderStory
from api.actions.orders import TakenOrder
from api.errors import InputProblem
from api.rows import order_row
from api.schemas.orders import OrderBody, OrderEdit
from routing.formats.orders_csv import CsvProblem


def read_order(value: dict[str, Any], where: str) -> NewOrder | TakenOrder:
    """An order as sent, or a refused one with everything that could not be read."""
    try:
        body = OrderBody.model_validate(value)
    except ValidationError as error:
        problems = tuple(
            InputProblem(code=one["type"], where=".".join([where, *map(str, one["loc"])]), message=one["msg"])
            for one in error.errors(include_url=False, include_context=False, include_input=False)
        )
        order_no = value.get("order_no")
        return TakenOrder(where=where, order_no=_shown(order_no), problems=problems)
    fields = body.model_dump(exclude={"date", "payment", "windows", "skills", "phone"})
    return NewOrder(
        where=where,
        on_date=body.date,
        phone=body.phone or "",
        windows=tuple(body.windows),
        skills=tuple(body.skills),
        payment_form=body.payment.form,
        due_minor=body.payment.due_minor,
        change_from_minor=body.payment.change_from_minor,
        **fields,
    )


def _shown(order_no: Any) -> str:
    """A number of an order that could not be read, as far as it can be shown."""
    return order_no[:60] if isinstance(order_no, str) and order_no.isprintable() else ""


def read_edits(body: OrderEdit) -> OrderEdits:
    """What to change of an order."""
    fields = body.model_dump(exclude={"payment", "windows", "skills"})
    return OrderEdits(
        windows=None if body.windows is None else tuple(body.windows),
        skills=None if body.skills is None else tuple(body.skills),
        payment_form=None if body.payment is None else body.payment.form,
        due_minor=None if body.payment is None else body.payment.due_minor,
        change_from_minor=None if body.payment is None else body.payment.change_from_minor,
        **fields,
    )


def taken_row(order: TakenOrder) -> dict[str, Any]:
    """What became of one order."""
    return {
        "order_no": order.order_no,
        "id": order.order_id,
        "status": order.status,
        "problems": [{"code": one.code, "where": one.where, "message": one.message} for one in order.problems],
    }


def report_row(report: ImportReport) -> dict[str, Any]:
    """What an orders file brought."""
    return {
        "imported": report.imported,
        "problems": [problem_row(one) for one in report.problems],
        "remarks": [problem_row(one) for one in report.remarks],
        "by_status": report.by_status,
    }


def problem_row(problem: CsvProblem) -> dict[str, Any]:
    """One thing wrong in a file of orders."""
    return {"row": problem.row, "column": problem.column, "code": problem.code, "message": problem.message}


def story_row(story: OrderStory) -> dict[str, Any]:
    """One order with all that people may know of it: OrderRow, address parts, payment and history."""
    order = story.facts.order
    return order_row(story.facts) | {
        "date": order.on_date.isoformat(),
        "phone": order.phone_e164,
        "entrance": order.entrance,
        "floor": order.floor,
        "flat": order.flat,
        "door_code": order.door_code,
        "landmark": order.landmark,
        "note": order.note,
        "zone": None if order.zone_id is None else {"zone_id": order.zone_id, "version": order.zone_version},
        "service_s": order.service_s,
        "items": order.items,
        "weight_g": order.weight_g,
        "volume_ml": order.volume_ml,
        "payment": {
            "form": order.payment_form,
            "due_minor": order.due_minor,
            "change_from_minor": order.change_from_minor,
        },
        "skills": order.skills,
        "depot": story.depot_code,
        "priority": order.priority,
        "ready_at": order.ready_at,
        "created_at": order.created_at,
        "updated_at": order.updated_at,
        "history": list(story.happened),
    }
