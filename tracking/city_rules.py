"""
The limits of a city and of what its couriers move by, over those that hold everywhere.

A city's settings are `{"all": {limit: value}, "<vehicle profile>": {limit: value}}`, names and units as in
`TrackingRules`. The nearer wins: default, then the vehicle's own, then the city's for all, then the city's for it.
"""

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from tracking.errors import TrackingError
from tracking.rules import DEFAULT_RULES, TrackingRules

ALL_VEHICLES = "all"
"""The part of a city's settings that is for every vehicle."""

_BICYCLE = replace(DEFAULT_RULES, speed_limit_mps=45.0 / 3.6, wrong_way_m=200.0, moves_on_mps=3.0)
_FOOT = replace(
    DEFAULT_RULES,
    speed_limit_mps=15.0 / 3.6,
    wrong_way_m=200.0,
    skipped_after_m=300.0,
    arrive_radius_m=35.0,
    arrive_dwell_s=60.0,
    leave_radius_m=70.0,
    moves_on_mps=0.9,
    long_service_s=180.0,
)

VEHICLE_RULES: Mapping[str, TrackingRules] = {"car": DEFAULT_RULES, "bicycle": _BICYCLE, "foot": _FOOT}
"""
What differs by vehicle. Speed: 45 km/h is the limit of fast electric bicycles in the EU (regulation 168/2013, L1e-B),
15 km/h no courier runs for long. Going back along the line is usual on pavements and cycle tracks for a block longer.
On foot, at 1.2 m/s, the radius of a car's arrival is walked through in longer than its dwell time, the one of leaving
takes over a minute, and 800 m past a stop are ten: arrivals are nearer and longer, a stop is left out after as many
minutes as by car, and service is long a minute later, for it seems longer by the walk out of that radius. 0.9 m/s
(3 ft/s) is what signals allow slow walkers (US Manual on Uniform Traffic Control Devices 2009, 4E.06); 3 m/s is a
slow bicycle.
"""

_DEFAULTS: dict[str, float] = {f.name: getattr(DEFAULT_RULES, f.name) for f in fields(TrackingRules)}
_ABOVE_ZERO = frozenset(
    (
        "corridor_scale_m",
        "corridor_alarm",
        "remembered_fixes",
        "traffic_window_s",
        "fastest_mps",
        "gap_factor",
        "moves_on_mps",
    )
)
_SHARES = frozenset(("news_share", "long_service_share"))
_LESS_THAN = (
    ("arrive_radius_m", "leave_radius_m"),
    ("traffic_close_factor", "traffic_open_factor"),
    ("gap_least_s", "gap_most_s"),
    ("halt_radius_m", "stall_radius_m"),
)
_MOST = 1e7
_FEWEST_FIXES, _MOST_FIXES = 20, 500


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleProblem:
    """One thing wrong with a city's settings: machine code, where it stands, what is wrong and what to do."""

    code: str
    where: str
    message: str


class RuleSettingsError(TrackingError):
    """A city's settings cannot be used; `problems` lists everything that is wrong with them."""

    def __init__(self, problems: tuple[RuleProblem, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{p.where}: {p.message}" for p in problems[:5]))


def rules_for(city_settings: Mapping[str, Any] | None, vehicle_profile: str = "car") -> TrackingRules:
    """
    The limits for a vehicle in a city; an unknown vehicle has those of a car.

    Raises
    ------
    RuleSettingsError
        When the settings are not those that `check_settings` lets pass.
    """
    rules = VEHICLE_RULES.get(vehicle_profile, DEFAULT_RULES)
    if not city_settings:
        return rules
    problems = check_settings(city_settings)
    if problems:
        raise RuleSettingsError(problems)
    return _resolved(city_settings, vehicle_profile)


def check_settings(city_settings: object) -> tuple[RuleProblem, ...]:
    """Everything that is wrong with a city's settings; empty when they can be used."""
    if not isinstance(city_settings, Mapping):
        return (RuleProblem(code="no_object", where="settings", message='expected {"all": {...}, "bicycle": {...}}'),)
    problems: list[RuleProblem] = []
    for profile, limits in city_settings.items():
        if not isinstance(limits, Mapping):
            message = f"expected an object of limits such as {{'gap_s': 120}}, got {limits!r}"
            problems.append(RuleProblem(code="no_object", where=str(profile), message=message))
            continue
        problems += [p for name, value in limits.items() if (p := _problem(f"{profile}.{name}", str(name), value))]
    if not problems:
        for profile in {*city_settings, *VEHICLE_RULES} - {ALL_VEHICLES}:
            problems += _disorder(str(profile), _resolved(city_settings, str(profile)))
    return tuple(problems)


def _resolved(city_settings: Mapping[str, Any], vehicle_profile: str) -> TrackingRules:
    rules = VEHICLE_RULES.get(vehicle_profile, DEFAULT_RULES)
    return replace(rules, **{**city_settings.get(ALL_VEHICLES, {}), **city_settings.get(vehicle_profile, {})})


def _problem(where: str, name: str, value: object) -> RuleProblem | None:
    default = _DEFAULTS.get(name)
    if default is None:
        near = difflib.get_close_matches(name, _DEFAULTS, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        return RuleProblem(code="unknown_limit", where=where, message=f"there is no limit {name!r}{hint}")
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return RuleProblem(code="no_number", where=where, message=f"expected a number, got {value!r}")
    if isinstance(default, int) and value != int(value):
        return RuleProblem(code="no_count", where=where, message=f"expected a whole number, got {value!r}")
    if name == "remembered_fixes" and not _FEWEST_FIXES <= value <= _MOST_FIXES:
        message = f"expected {_FEWEST_FIXES} to {_MOST_FIXES} fixes, got {value!r}"
        return RuleProblem(code="out_of_range", where=where, message=message)
    least, most = (1e-6 if name in _ABOVE_ZERO else 0.0), (1.0 if name in _SHARES else _MOST)
    if isinstance(default, int):
        least = 1.0
    if not least <= value <= most:
        message = f"expected {least:g} to {most:g}, got {value!r}; the default is {default:g}"
        return RuleProblem(code="out_of_range", where=where, message=message)
    return None


def _disorder(profile: str, rules: TrackingRules) -> list[RuleProblem]:
    return [
        RuleProblem(
            code="out_of_order",
            where=f"{profile}.{less}",
            message=f"expected {less} ({getattr(rules, less):g}) below {more} ({getattr(rules, more):g}), or the state "
            "would open and close at every fix",
        )
        for less, more in _LESS_THAN
        if not getattr(rules, less) < getattr(rules, more)
    ]
