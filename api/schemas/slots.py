"""Shapes of questions about slots, of what is put into a running plan, and of their answers."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field

from api.actions.live_plans import InsertedOrder
from api.actions.slots import SlotAnswer, SlotQuestion
from api.schemas.common import Body, Code, Count, Instant, Text, Window
from api.schemas.order_answers import story_row
from api.schemas.orders import PaymentBody, Seconds
from api.schemas.plan_answers import job_row
from routing.plan import Unassigned
from routing.slots import SlotOffer


class SlotsBody(Body):
    """
    A place, and what will be brought there; the names are those of an order.

    Without `lon` and `lat` the place is that of the last order brought to `address`. Without `windows` every hour of
    today's and tomorrow's shifts that is still to come is offered.
    """

    city: Code | None = None
    address: Text = ""
    lon: float | None = Field(default=None, allow_inf_nan=False)
    lat: float | None = Field(default=None, allow_inf_nan=False)
    windows: list[Window] = Field(default=[], max_length=40)
    service_s: Seconds = 180
    items: Count = 1
    weight_g: Count = 0
    volume_ml: Count = 0
    payment: PaymentBody = PaymentBody()
    skills: list[Code] = Field(default=[], max_length=20)
    depot: Code | None = None
    ready_at: Instant | None = None


class SlotShape(BaseModel):
    """
    One window. Service would start at `expected_at`, and no later than `late_at` without making somebody late.

    `added_cost` is in units of one second of driving. When it is not feasible `code` and `message` say why.
    """

    date: date
    opens_at: datetime
    closes_at: datetime
    feasible: bool
    code: str | None
    message: str | None
    added_cost: int | None
    shift_id: str | None
    courier_id: str | None
    expected_at: datetime | None
    early_at: datetime | None
    late_at: datetime | None


class SlotsAnswer(BaseModel):
    """The windows in order of time, and where the place is; `zone_id` is null outside every zone."""

    now: datetime
    lon: float
    lat: float
    zone_id: str | None
    slots: list[SlotShape]


class InsertBody(Body):
    """How to put an order in: with `improve` the whole plan is improved in the background afterwards."""

    improve: bool = False


class PlacedShape(BaseModel):
    """Where an order went: the new plan version, whose route, when service is expected, and the added cost."""

    plan_id: str
    shift_id: str
    courier_id: str
    expected_at: datetime
    added_cost: int


class InsertedAnswer(BaseModel):
    """The order; where it went, or why it has no place; the job that improves the plan, when asked for."""

    order: dict[str, Any]
    placed: PlacedShape | None
    unassigned: dict[str, str] | None
    job: dict[str, Any] | None


def read_question(body: SlotsBody) -> SlotQuestion:
    """The question as the action takes it."""
    fields = body.model_dump(exclude={"payment", "windows", "skills"})
    return SlotQuestion(
        windows=tuple(body.windows),
        skills=tuple(body.skills),
        payment_form=body.payment.form,
        due_minor=body.payment.due_minor,
        **fields,
    )


def slots_row(answer: SlotAnswer) -> dict[str, Any]:
    """Offers as JSON."""
    return {
        "now": answer.now,
        "lon": answer.point.lon,
        "lat": answer.point.lat,
        "zone_id": answer.zone_id,
        "slots": [_slot(on_date, one) for on_date, one in answer.slots],
    }


def inserted_row(inserted: InsertedOrder) -> dict[str, Any]:
    """What became of an order that was to be put in."""
    placed = {
        "plan_id": inserted.plan_id,
        "shift_id": inserted.shift_id,
        "courier_id": inserted.courier_id,
        "expected_at": inserted.expected_at,
        "added_cost": inserted.added_cost,
    }
    return {
        "order": story_row(inserted.story),
        "placed": None if inserted.plan_id is None else placed,
        "unassigned": _refusal(inserted.left_out),
        "job": None if inserted.job is None else job_row(inserted.job),
    }


def _slot(on_date: date, offer: SlotOffer) -> dict[str, Any]:
    refused = offer.refused
    return {
        "date": on_date.isoformat(),
        "opens_at": offer.window.opens_at,
        "closes_at": offer.window.closes_at,
        "feasible": offer.is_feasible,
        "code": None if refused is None else refused.code.value,
        "message": None if refused is None else refused.message,
        "added_cost": offer.added_cost,
        "shift_id": offer.shift_id,
        "courier_id": offer.courier_id,
        "expected_at": offer.expected_at,
        "early_at": offer.early_at,
        "late_at": offer.late_at,
    }


def _refusal(left_out: Unassigned | None) -> dict[str, str] | None:
    return None if left_out is None else {"code": left_out.code.value, "message": left_out.message}
