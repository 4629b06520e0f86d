"""Shapes of what the console and phones ask and send, besides pings."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from api.schemas.common import Body, Code, OptionalBody, Text

type Channel = Literal["call", "sms", "bot", "email", "messenger", "order"]
type Language = Literal["en", "ru", "kk", "uk", "pl"]
type Written = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]


class IdPath(BaseModel):
    """An id in the address."""

    id: str


class CauseBody(Body):
    """The cause whose lines are meant."""

    cause_id: Code


class ToldBody(OptionalBody):
    """How the client was told."""

    channel: Channel = "call"


class QuestionBody(Body):
    """What is known of the order: exactly one of phone (in any written form), its number, and its id."""

    city: Code | None = None
    phone: Written | None = None
    order_no: Written | None = None
    order_id: Written | None = None


class PromiseBody(Body):
    """What the client was told."""

    order_id: Code
    from_at: AwareDatetime
    until_at: AwareDatetime
    channel: Channel = "call"
    language: Language = "en"
    words: Text = ""


class SearchBody(Body):
    """What is looked for; a phone number too, so it is a body and never part of an address."""

    city: Code | None = None
    text: Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")]


class ShiftTimeBody(OptionalBody):
    """When the shift really began or ended, by the phone's clock; now without it."""

    at: AwareDatetime | None = None


class OutcomeBody(Body):
    """How a visit ended; `outcome_id` is the phone's own, so that sending it again changes nothing."""

    outcome_id: Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00]*$")]
    kind: Literal["delivered", "failed"]
    reason: Code | None = Field(default=None, description="why it failed, for example nobody_home")
    note: Text = ""
    device_at: AwareDatetime
