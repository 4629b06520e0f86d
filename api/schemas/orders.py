"""Shapes of requests and answers about orders."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from api.schemas.common import Body, Code, Count, Day, Instant, Name, ProblemShape, Text, Window

type Seconds = Annotated[int, Field(ge=0, le=6 * 3600)]
type Priority = Annotated[int, Field(ge=0, le=100)]
type Status = Literal["needs_address", "carrier", "ready", "planned", "on_route", "delivered", "failed", "cancelled"]


class PaymentBody(Body):
    """How the client pays, in minor units of the city's currency."""

    form: Literal["prepaid", "card_on_delivery", "cash"] = "prepaid"
    due_minor: Count = 0
    change_from_minor: Count | None = None


class OrderBody(Body):
    """A new order. Without coordinates it is kept as `needs_address` and not planned."""

    order_no: Code
    client_name: Text = ""
    city: Code | None = None
    date: Day | None = None
    phone: Text | None = None
    language: Text | None = None
    address: Text = ""
    entrance: Text = ""
    floor: Text = ""
    flat: Text = ""
    door_code: Text = ""
    landmark: Text = ""
    note: Text = ""
    lon: float | None = Field(default=None, allow_inf_nan=False)
    lat: float | None = Field(default=None, allow_inf_nan=False)
    windows: list[Window] = Field(default=[], max_length=20)
    service_s: Seconds = 180
    items: Count = 1
    weight_g: Count = 0
    volume_ml: Count = 0
    payment: PaymentBody = PaymentBody()
    skills: list[Code] = Field(default=[], max_length=20)
    depot: Code | None = None
    priority: Priority = 0
    ready_at: Instant | None = None


class OrdersBody(BaseModel):
    """One order as `order`, or many as `orders`; each is judged for itself. `city` is for those that name none."""

    city: Code | None = None
    order: dict[str, Any] | None = None
    orders: list[dict[str, Any]] | None = Field(default=None, max_length=5_000)


class OrderEdit(Body):
    """What to change of an order; what is not named stays."""

    client_name: Text | None = None
    phone: Text | None = None
    language: Literal["en", "ru", "kk", "uk", "pl"] | None = None
    address: Text | None = None
    entrance: Text | None = None
    floor: Text | None = None
    flat: Text | None = None
    door_code: Text | None = None
    landmark: Text | None = None
    note: Text | None = None
    lon: float | None = Field(default=None, allow_inf_nan=False)
    lat: float | None = Field(default=None, allow_inf_nan=False)
    windows: list[Window] | None = Field(default=None, max_length=20)
    service_s: Seconds | None = None
    payment: PaymentBody | None = None
    skills: list[Code] | None = Field(default=None, max_length=20)
    priority: Priority | None = None


class CancelBody(Body):
    """Why an order is cancelled."""

    reason: Name


class OrdersQuery(Body):
    """Which orders: of a city and day, and of one status when it is named."""

    city: Code | None = None
    date: Day | None = None
    status: Status | None = None


class ImportQuery(Body):
    """The city and day of orders in a file that do not say it themselves."""

    city: Code | None = None
    date: Day | None = None


class OrderPath(BaseModel):
    """An order's id."""

    order_id: str


class TakenOrderShape(BaseModel):
    """What became of one order; `id` and `status` are null when it was refused."""

    order_no: str
    id: str | None
    status: str | None
    problems: list[ProblemShape]


class TakenOrdersAnswer(BaseModel):
    """What became of each order, in the order sent."""

    orders: list[TakenOrderShape]


class RowProblemShape(BaseModel):
    """One thing wrong in a row of a file; rows count from 1, the heading is row 1."""

    row: int
    column: str
    code: str
    message: str


class ImportAnswer(BaseModel):
    """How many orders of a file were kept, and what is wrong with the others."""

    imported: int
    problems: list[RowProblemShape]
    remarks: list[RowProblemShape]
    by_status: dict[str, int]
