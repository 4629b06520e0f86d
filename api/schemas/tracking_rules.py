"""The shape of a city's tracking limits."""

from dataclasses import asdict
from typing import Any

from pydantic import BaseModel

from api.db.tables import City
from api.schemas.common import Body
from tracking.city_rules import ALL_VEHICLES, VEHICLE_RULES, rules_for


class RulesBody(Body):
    """
    Limits by vehicle profile ("all" for every one), names and units as `defaults` of the answer lists them.

    What is left out goes by the default. The whole replaces what was set before.
    """

    settings: dict[str, dict[str, Any]]


class RulesAnswer(BaseModel):
    """What the city has set, what holds without it, and what holds now, each by vehicle profile."""

    city: str
    settings: dict[str, dict[str, float]]
    defaults: dict[str, dict[str, float]]
    in_force: dict[str, dict[str, float]]


def rules_row(city: City, settings: dict[str, Any]) -> dict[str, Any]:
    """A city's limits as JSON."""
    profiles = sorted({*VEHICLE_RULES, *settings} - {ALL_VEHICLES})
    return {
        "city": city.slug,
        "settings": settings,
        "defaults": {profile: asdict(rules_for(None, profile)) for profile in profiles},
        "in_force": {profile: asdict(rules_for(settings, profile)) for profile in profiles},
    }
