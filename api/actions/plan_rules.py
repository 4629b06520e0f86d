"""What a request says about changes of a plan, as routing's rules for one day."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from api.actions.day_loading import Day
from api.db.promise_store import promises_of
from api.errors import InputProblem, InvalidInputError
from routing.change_rules import (
    Breakdown,
    ChangePrices,
    ChangeRules,
    Closure,
    LockHorizon,
    LockLevel,
    PromisedTime,
)
from routing.closed_roads import street_ring
from zones.lonlat import LonLat


def rules_of(session: Session, day: Day, asked: Mapping[str, Any]) -> ChangeRules:
    """The rules of a request (`PlanBody.rules`) for this day, with what its clients were promised last."""
    prices = asked.get("change_costs", {})
    visit_ids = [visit.visit_id for route in day.plan.routes for visit in route.visits]
    order_of = {day.visit_ids[order_id]: order_id for order_id in day.visit_ids}
    promised = promises_of(session, day.city.tenant_id, [order_of[one] for one in visit_ids if one in order_of])
    return ChangeRules(
        locks={
            lock.get("visit_id") or day.visit_ids.get(lock["order_id"], lock["order_id"]): LockLevel(lock["level"])
            for lock in asked.get("locks", ())
        },
        horizons=tuple(
            LockHorizon(within_s=one["within_s"], level=LockLevel(one["level"]))
            for one in asked.get("lock_horizons", ())
        ),
        prices=ChangePrices(**prices),
        max_changed=asked.get("max_changed"),
        promised={
            day.visit_ids[order_id]: PromisedTime(from_at=told.latest.from_at, until_at=told.latest.until_at)
            for order_id, told in promised.items()
        },
        breakdowns=tuple(_breakdown(day, one) for one in asked.get("breakdowns", ())),
        closures=tuple(_closure(number, one) for number, one in enumerate(asked.get("closures", ()), start=1)),
    )


def check_rules(day: Day, asked: Mapping[str, Any], *, preview: bool) -> None:
    """
    Refuse breakdowns that name nobody of this day, and handovers that would be published.

    Raises
    ------
    InvalidInputError
        With every reason.
    """
    problems: list[InputProblem] = []
    for number, one in enumerate(asked.get("breakdowns", ())):
        where = f"breakdowns[{number}]"
        if _shift_id(day, one) is None:
            message = f"{one.get('shift_id') or one.get('courier_id')} has no shift on that day that has not ended"
            problems.append(InputProblem(code="shift_unknown", where=where, message=message))
        if one.get("handover") and not preview:
            message = (
                "a handover can be looked at with preview only: who fetches the parcels is in its answer; publish "
                "without it once they are fetched, or leave them out"
            )
            problems.append(InputProblem(code="handover_preview_only", where=where, message=message))
    if problems:
        raise InvalidInputError("; ".join(one.message for one in problems), tuple(problems))


def broken_shift_ids(day: Day, asked: Mapping[str, Any]) -> list[str]:
    """The shifts that end by these breakdowns."""
    return [shift_id for one in asked.get("breakdowns", ()) if (shift_id := _shift_id(day, one)) is not None]


def _shift_id(day: Day, breakdown: Mapping[str, Any]) -> str | None:
    for shift in day.shifts.values():
        is_named = shift.shift_id == breakdown.get("shift_id") or shift.courier_id == breakdown.get("courier_id")
        if is_named and day.shift_states[shift.shift_id] != "ended":
            return shift.shift_id
    return None


def _breakdown(day: Day, one: Mapping[str, Any]) -> Breakdown:
    return Breakdown(
        shift_id=_shift_id(day, one) or one.get("shift_id") or one["courier_id"],
        handover=one.get("handover", False),
        handover_s=one.get("handover_s", 60),
        place=LonLat(lon=one["lon"], lat=one["lat"]) if one.get("lon") is not None else None,
    )


def _closure(number: int, one: Mapping[str, Any]) -> Closure:
    points = tuple(LonLat(lon=lon, lat=lat) for lon, lat in one.get("area") or one["street"])
    ring = points if one.get("area") else street_ring(points, one.get("width_m", 20.0))
    return Closure(
        closure_id=one.get("id") or f"closure-{number}",
        name=one.get("name", ""),
        ring=ring,
        from_at=datetime.fromisoformat(one["from_at"]),
        until_at=datetime.fromisoformat(one["until_at"]),
    )
