"""Shapes of questions about a city's traffic and holidays, and of their answers."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import BaseModel, Field

from api.actions.traffic import TrafficThen
from api.schemas.common import Body, Code, Day, Instant, Text
from desk.traffic_words import factor_sentence


class CityPath(BaseModel):
    """Which city, by its slug."""

    slug: Code


class TravelFactorsQuery(Body):
    """At which instant, now without one; and one zone, all of them without it."""

    at: Instant | None = None
    zone: Code | None = None


class Holiday(Body):
    """One day on which traffic is that of a Sunday."""

    date: Day
    name: Text = ""


class HolidaysBody(Body):
    """All holidays of a city that are known; others are forgotten."""

    holidays: list[Holiday] = Field(max_length=400)

    def by_date(self) -> dict[date, str]:
        """Names by date; the last of a date counts."""
        return {one.date: one.name for one in self.holidays}


def traffic_answer(found: TrafficThen, language: str) -> dict[str, Any]:
    """A city's factors at one instant, each with its sentence and the parts that make it."""
    return {
        "city": found.city.slug,
        "at": found.at,
        "hour": found.hour,
        "day_kind": found.day_kind.value,
        "factors": [
            {
                "zone_id": one.zone_id,
                "ratio": round(one.ratio, 3),
                "legs": one.drives,
                "text": factor_sentence(one.ratio, one.drives, language, zone_id=one.zone_id, hour=found.hour),
                "parts": [
                    {"level": part.level, "ratio": round(part.ratio, 3), "legs": part.seen} for part in one.parts
                ],
            }
            for one in found.factors
        ],
    }


def holidays_answer(holidays: Mapping[date, str]) -> dict[str, Any]:
    """The holidays of a city, earliest first."""
    return {"holidays": [{"date": on.isoformat(), "name": name} for on, name in sorted(holidays.items())]}
