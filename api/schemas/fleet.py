"""Shapes of requests and answers about cities, depots, couriers and shifts."""

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from api.schemas.common import Body, Code, Count, Day, Instant, Lat, Lon, Name, OptionalBody, Text


class CourierPath(BaseModel):
    """The courier in the address."""

    courier_id: str


class PhonePath(CourierPath):
    """One phone of a courier in the address."""

    token_id: str


class PhoneSetupBody(OptionalBody):
    """Whether the courier's other phones go on working beside the new one; by default they are revoked."""

    keep_others: bool = False


class DepotBody(Body):
    """A pharmacy, shop or hub where couriers load."""

    city: Code | None = None
    code: Code
    name: Name
    address: Text = ""
    phone: Text | None = None
    lon: Lon
    lat: Lat
    service_s: Annotated[int, Field(ge=0, le=7200)] = 300


class CapacityBody(Body):
    """What a vehicle holds, and how much cash its courier may carry."""

    items: Count = 40
    weight_g: Count = 40_000
    volume_ml: Count = 200_000
    cash_minor: Count = 10_000_000


class CourierBody(Body):
    """A person with a vehicle. `zone_ids` null means every zone."""

    city: Code | None = None
    code: Code
    name: Name
    phone: Text | None = None
    vehicle_profile: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,29}$")] = "car"
    skills: list[Code] = Field(default=[], max_length=50)
    zone_ids: list[Code] | None = Field(default=None, max_length=500)
    capacity: CapacityBody = CapacityBody()


class ShiftBody(Body):
    """One courier's working time on one day; courier and depots by id or code. It ends where it starts by default."""

    city: Code | None = None
    courier: Code
    date: Day | None = None
    starts_at: Instant
    ends_at: Instant
    start_depot: Code
    end_depot: Code | None = None


class DayQuery(Body):
    """A city and a day; today without a date."""

    city: Code | None = None
    date: Day | None = None
