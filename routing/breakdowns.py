"""A courier who drives no further: his shift leaves the day, and what he has on board is handed over or left out."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from routing.change_rules import Breakdown
from routing.courier_now import CourierNow
from routing.day_inputs import DayInputs
from routing.plan import Remark, Unassigned, UnassignedCode
from routing.stop import Stop, StopKind
from zones.lonlat import LonLat

HANDOVER = "/handover"
"""Behind a visit's id: the pickup of its parcel where the courier stands who cannot bring it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterBreakdowns:
    """The rest of the day without these couriers, what stays in their vehicles, and what a dispatcher should know."""

    inputs: DayInputs
    set_aside: tuple[Unassigned, ...] = ()
    remarks: tuple[Remark, ...] = ()


def with_breakdowns(
    rest: DayInputs, breakdowns: tuple[Breakdown, ...], couriers: Mapping[str, CourierNow]
) -> AfterBreakdowns:
    """
    The rest of a day (`replan_inputs`) when these couriers drive no further.

    A parcel on board that is handed over becomes a pickup at the courier's place and a dropoff at the client's, both
    by one other courier; else it is left out with `COURIER_OUT`. A client's own collection that was still to come is
    free for others.
    """
    out = {one.shift_id: one for one in breakdowns}
    known = {shift.shift_id: shift for shift in rest.shifts}
    remarks = [
        Remark(code="breakdown_unknown", where=shift_id, message="no such shift is left today; nothing is changed")
        for shift_id in sorted(out.keys() - known.keys())
    ]
    stops: list[Stop] = []
    set_aside: list[Unassigned] = []
    for stop in rest.stops:
        broken = out.get(stop.only_shift_id or "")
        if broken is None or broken.shift_id not in known:
            stops.append(stop)
        elif stop.kind is StopKind.COLLECTION:
            stops.append(replace(stop, only_shift_id=None))
        elif stop.kind is not StopKind.DELIVERY:
            # A pair of which nothing is on board yet: replan_inputs makes a delivery of what is.
            stops.append(replace(stop, only_shift_id=None))
        else:
            place = broken.place or known[broken.shift_id].start_point
            if broken.handover and place is not None:
                stops += _handed_over(stop, broken, place)
            else:
                set_aside.append(_stays(stop, known[broken.shift_id].courier_id))
    shifts = tuple(shift for shift in rest.shifts if shift.shift_id not in out)
    if not shifts:
        # A day needs a shift: the last one stays, and can take nothing.
        shifts = tuple(
            replace(shift, max_stops=0, frozen_visit_ids=(), ordered_visit_ids=()) for shift in rest.shifts[:1]
        )
    return AfterBreakdowns(
        inputs=replace(rest, stops=tuple(stops), shifts=shifts), set_aside=tuple(set_aside), remarks=tuple(remarks)
    )


def _handed_over(stop: Stop, broken: Breakdown, place: LonLat) -> tuple[Stop, Stop]:
    pickup = replace(
        stop,
        visit_id=f"{stop.visit_id}{HANDOVER}",
        point=place,
        kind=StopKind.PICKUP,
        windows=(),
        soft_window=None,
        service_s=broken.handover_s,
        setup_s=0,
        zone_id=None,
        depot_id=None,
        ready_at=None,
        loads_after=None,
        only_shift_id=None,
        preferred_shift_id=None,
        other_shift_cost=0,
        locker_id=None,
        cell_size=0,
    )
    dropoff = replace(
        stop,
        kind=StopKind.DROPOFF,
        pickup_visit_id=pickup.visit_id,
        only_shift_id=None,
        depot_id=None,
        ready_at=None,
        loads_after=None,
    )
    return pickup, dropoff


def _stays(stop: Stop, courier_id: str) -> Unassigned:
    return Unassigned(
        order_id=stop.order_id,
        visit_id=stop.visit_id,
        code=UnassignedCode.COURIER_OUT,
        message=(
            f"its parcel is on board of courier {courier_id}, who drives no further; allow a handover, or bring it "
            "back to the depot"
        ),
    )
