"""Slots for a client on the phone: which windows a plan in progress can still keep, at what cost, and when."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from routing.added_stop import NewStop
from routing.explain import left_out, shared_reason
from routing.live_insertion import refusal_code
from routing.order import TimeWindow
from routing.plan import Unassigned, UnassignedCode
from routing.solver.live_places import LivePlace, best_place, place_keeps
from routing.solver.live_plan import LivePlan, grown_plan

_STEP_S = 60
"""The latest start is found to this many seconds where it has to be tried out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotOffer:
    """
    One window: its best place when it can be kept, else why not.

    Service would start at `expected_at`, the earliest that the place allows (`early_at`), unless the courier is held up
    or given more: up to `late_at` nobody after it becomes late. `added_cost` is in units of `CostWeights`.
    """

    window: TimeWindow
    added_cost: int | None = None
    shift_id: str | None = None
    courier_id: str | None = None
    expected_at: datetime | None = None
    early_at: datetime | None = None
    late_at: datetime | None = None
    refused: Unassigned | None = None

    @property
    def is_feasible(self) -> bool:
        """Whether the window can be kept."""
        return self.refused is None


def offer_slots(plan: LivePlan, new: NewStop, windows: Sequence[TimeWindow]) -> tuple[SlotOffer, ...]:
    """
    What each of these windows would mean for the plan, each alone; the stop's own windows are not asked.

    Raises
    ------
    ProblemError
        When the visit is in the plan already, or it names a locker or parcel that is not.
    """
    if not windows:
        return ()
    larger: LivePlan | None = None
    shared: UnassignedCode | None = None
    if new.stop.locker_id is not None or new.stop.loads_after is not None:
        larger = grown_plan(plan, new)
        shared = shared_reason(larger.problem, new.stop, plan.placed_ids())
        plan = replace(plan, bonds=larger.bonds)
    offers: list[SlotOffer] = []
    for window in windows:
        asked = replace(new, stop=replace(new.stop, windows=(window,)))
        place = None if shared is not None else best_place(plan, asked)
        if place is not None:
            offers.append(_offer(plan, asked, window, place))
            continue
        larger = larger or grown_plan(plan, new)
        problem = replace(larger.problem, stops=(*larger.problem.stops[:-1], asked.stop))
        code = shared or refusal_code(problem, larger.starts(), plan, asked)
        offers.append(SlotOffer(window=window, refused=left_out(asked.stop, code, problem)))
    return tuple(offers)


def _offer(plan: LivePlan, asked: NewStop, window: TimeWindow, place: LivePlace) -> SlotOffer:
    shift = plan.routes[place.number].start.shift
    visit = next(one for one in place.route.visits if one.visit_id == asked.stop.visit_id)
    return SlotOffer(
        window=window,
        added_cost=place.added_cost,
        shift_id=shift.shift_id,
        courier_id=shift.courier_id,
        expected_at=visit.starts_at,
        early_at=visit.starts_at,
        late_at=max(visit.starts_at, _latest(plan, asked, window, place, visit.starts_at)),
    )


def _latest(plan: LivePlan, asked: NewStop, window: TimeWindow, place: LivePlace, starts_at: datetime) -> datetime:
    """The last start at this place that keeps every rule of the route."""
    route = plan.routes[place.number]
    shift = route.start.shift
    owing = any(plan.problem.stops[index].visit_id in plan.bonds.leave_by for index in route.sequence)
    if place.late_us is not None and not shift.breaks and shift.max_route_s is None and not owing:
        return plan.problem.horizon_start + timedelta(microseconds=place.late_us)
    low, high = 0, int((min(window.closes_at, shift.ends_at) - starts_at).total_seconds()) // _STEP_S
    while low < high:
        middle = (low + high + 1) // 2
        later = TimeWindow(starts_at + timedelta(seconds=middle * _STEP_S), window.closes_at)
        if place_keeps(plan, replace(asked, stop=replace(asked.stop, windows=(later,))), place):
            low = middle
        else:
            high = middle - 1
    return starts_at + timedelta(seconds=low * _STEP_S)
