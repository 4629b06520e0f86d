"""What is left of one route now: timed from where the courier is, with places for one more visit tried out."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from routing.courier_now import RouteChange, RouteContext
from routing.departure import TimingRules, best_times
from routing.eligibility import static_refusal
from routing.errors import ProblemError
from routing.fleet import Break
from routing.order import Load
from routing.plan import Leg, Route, Unassigned, UnassignedCode
from routing.problem import earliest_departure
from routing.route_building import depot_by_id, straight_leg
from routing.route_timing import legs_of, visits_of
from routing.snapping import reachable_points
from routing.stop import Stop
from routing.timing import Place, Schedule, service_start
from zones.lonlat import LonLat

_MESSAGES = {
    UnassignedCode.NO_COURIER_FOR_ZONE: "the courier of this route is not permitted in zone {stop.zone_id}",
    UnassignedCode.NO_COURIER_WITH_SKILL: "the courier of this route lacks {skills}",
    UnassignedCode.NO_COURIER_AT_DEPOT: "the courier of this route loads at another depot than {stop.depot_id}",
    UnassignedCode.COURIERS_HAVE_LEFT: "the courier has left and cannot load this order; give it to one still there",
    UnassignedCode.TOO_LARGE: "the order alone is more than the vehicle of this route holds",
    UnassignedCode.CAPACITY_FULL: "the vehicle of this route has no room left for it",
    UnassignedCode.UNREACHABLE: "no street near ({stop.point.lon:.5f}, {stop.point.lat:.5f}) leads there and back",
    UnassignedCode.WINDOW_UNREACHABLE: "even driving there at once, the courier comes after its window has closed",
    UnassignedCode.NO_TIME_LEFT: "at no place in this route can it be served without making another visit or the "
    "end of the shift late",
}


class Remaining:
    """
    One route at one moment: `stops` are those not done yet, in sequence, at the places they are planned at.

    Visits done out of sequence count as done where the route has them.
    """

    def __init__(self, route: Route | None, context: RouteContext) -> None:
        self.context = context
        self.route = route
        self._stop_by_id = {stop.visit_id: stop for stop in context.stops}
        done_ids = context.courier.done_visit_ids
        placed = [] if route is None else list(zip(route.visits, route.legs, strict=False))
        self.done = tuple((visit, leg) for visit, leg in placed if visit.visit_id in done_ids)
        self.stops: tuple[Stop, ...] = tuple(
            replace(self._stop(visit.visit_id), point=visit.point)
            for visit, _ in placed
            if visit.visit_id not in done_ids
        )
        depots = depot_by_id(context.depots)
        shift = context.shift
        self._start_depot = depots[shift.start_depot_id]
        self._end = shift.end_point or depots[shift.end_depot_id].point
        self._start = self._start_point()
        self._legs: dict[tuple[LonLat, LonLat], Leg | None] = {}
        if route is not None:
            first = shift.start_point or shift.home_point or self._start_depot.point
            points = [first, *(visit.point for visit in route.visits), self._end]
            direct = (leg if not leg.halts else None for leg in route.legs)
            pairs = zip(pairwise(points), direct, strict=False)
            self._legs.update((pair, leg) for pair, leg in pairs if leg is not None)

    def timed(self, sequence: Sequence[Stop]) -> RouteChange:
        """The whole route with `sequence` as what is left; None as route when nothing is done nor left."""
        if not self.done and not sequence:
            return RouteChange(route=None)
        drives = self._drive(sequence)
        places, times = self._times(sequence, drives)
        shift = self.context.shift
        departs_at = self.route.departs_at if self.route and self.context.courier.has_left else times.departs_at
        new = Route(
            shift_id=shift.shift_id,
            courier_id=shift.courier_id,
            departs_at=departs_at,
            returns_at=times.returns_at,
            visits=(*(visit for visit, _ in self.done), *visits_of(places, times)),
            legs=(*(leg for _, leg in self.done), *legs_of(places, times, drives)),
        )
        return RouteChange(route=new, late_ids=self._late_ids(places, times))

    def edited(self, visit_id: str) -> Stop:
        """The stop of a visit as it is now, with its new address."""
        return self._stop(visit_id)

    def place(self, stop: Stop, others: Sequence[Stop], first_try: int | None = None) -> tuple[Stop, ...] | Unassigned:
        """
        `others` with `stop` at `first_try` if it fits there, else at its cheapest feasible place, or why there is none.

        A place is feasible when nothing is late that would not be late without the stop.
        """
        reachable = reachable_points(self.context.roads, [stop.point], [self._start, self._end])[0]
        if reachable is None:
            return _left_out(stop, UnassignedCode.UNREACHABLE)
        stop = replace(stop, point=reachable)
        refused = self._refusal(stop, others, on_route=first_try is not None)
        if refused is not None:
            return _left_out(stop, refused)
        late_anyway = self._late_ids(*self._times(others, self._drive(others)))
        frozen = len([one for one in others if one.visit_id in self.context.shift.frozen_visit_ids])
        best: tuple[float, tuple[Stop, ...]] | None = None
        tried = [] if first_try is None else [first_try]
        for position in [*tried, *range(frozen, len(others) + 1)]:
            sequence = (*others[:position], stop, *others[position:])
            cost = self._cost_if_feasible(sequence, stop, late_anyway)
            if cost is not None and position == first_try:
                return sequence
            if cost is not None and (best is None or cost < best[0]):
                best = (cost, sequence)
        return best[1] if best is not None else _left_out(stop, self._time_code(stop))

    def _stop(self, visit_id: str) -> Stop:
        if visit_id not in self._stop_by_id:
            raise ProblemError(
                f"visit {visit_id!r} is on the route of {self.context.shift.shift_id}, its stop is missing"
            )
        return self._stop_by_id[visit_id]

    def _start_point(self) -> LonLat:
        courier, shift = self.context.courier, self.context.shift
        if courier.position is not None:
            return courier.position
        if self.done:
            return self.done[-1][0].point
        return shift.start_point or shift.home_point or self._start_depot.point

    def _leaves_from(self, sequence: Sequence[Stop]) -> datetime:
        courier, shift = self.context.courier, self.context.shift
        if courier.has_left:
            return max([courier.now, *([self.done[-1][0].leaves_at] if courier.position is None else [])])
        ready = [] if shift.on_the_road else [stop.ready_at for stop in sequence if stop.ready_at is not None]
        return max([courier.now, earliest_departure(shift, self._start_depot), *ready])

    def _leg(self, a: LonLat, b: LonLat) -> Leg | None:
        if (a, b) not in self._legs:
            found = self.context.roads.route([a, b])
            self._legs[a, b] = found[0] if found else None
        return self._legs[a, b]

    def _drive(self, sequence: Sequence[Stop]) -> list[Leg]:
        """Legs from the courier through `sequence` to the end; a straight line, labelled, where no street is known."""
        points = self._points(sequence)
        return [self._leg(a, b) or straight_leg(a, b) for a, b in pairwise(points)]

    def _points(self, sequence: Sequence[Stop]) -> list[LonLat]:
        """Where `sequence` leads by: a courier who ends anywhere stays at his last visit."""
        points = [self._start, *(stop.point for stop in sequence)]
        return [*points, points[-1] if self.context.shift.ends_anywhere else self._end]

    def _times(self, sequence: Sequence[Stop], drives: Sequence[Leg]) -> tuple[list[Place], Schedule]:
        shift, courier = self.context.shift, self.context.courier
        before = [self._start, *(stop.point for stop in sequence)]
        places = [
            Place(
                drive_s=drive.duration_s,
                stop=stop,
                setup_s=stop.setup_s if stop.point != point else 0,
                service_s=stop.service_s,
            )
            for stop, drive, point in zip(sequence, drives, before, strict=False)
        ]
        places.append(Place(drive_s=drives[-1].duration_s))
        rules = TimingRules(
            may_leave_later=not courier.has_left and not shift.on_the_road,
            breaks=self._breaks_left(),
            ends_at=shift.ends_at,
            per_wait_s=self.context.weights.per_wait_s,
        )
        return places, best_times(places, self._leaves_from(sequence), rules)

    def _breaks_left(self) -> tuple[Break, ...]:
        """The breaks that are still to come: neither on a leg that is done, nor begun, nor over for today."""
        now = self.context.courier.now
        legs = () if self.route is None else self.route.legs
        done = {halt.name for _, leg in self.done for halt in leg.halts}
        begun = {halt.name for leg in legs for halt in leg.halts if halt.starts_at <= now}
        gone = done | begun if self.context.courier.has_left else frozenset[str]()
        return tuple(rest for rest in self.context.shift.breaks if rest.break_id not in gone and rest.closes_at >= now)

    def _late_ids(self, places: Sequence[Place], times: Schedule) -> frozenset[str]:
        shift = self.context.shift
        late = {stop.visit_id for number in times.late if (stop := places[number].stop) is not None}
        return frozenset(late | ({shift.shift_id} if times.returns_at > shift.ends_at else set()))

    def _cost_if_feasible(self, sequence: Sequence[Stop], stop: Stop, late_anyway: frozenset[str]) -> float | None:
        legs = [self._leg(a, b) for a, b in pairwise(self._points(sequence)) if stop.point in (a, b)]
        if None in legs:
            return None
        driven = self._drive(sequence)
        places, times = self._times(sequence, driven)
        late = self._late_ids(places, times)
        if stop.visit_id in late or not late <= late_anyway:
            return None
        weights = self.context.weights
        drive = sum(leg.duration_s + weights.per_km * leg.distance_m / 1000 for leg in driven)
        return drive + weights.per_wait_s * sum(visit.wait_s for visit in visits_of(places, times))

    def _refusal(self, stop: Stop, others: Sequence[Stop], *, on_route: bool) -> UnassignedCode | None:
        shift = self.context.shift
        bound = stop if not on_route or stop.only_shift_id else replace(stop, only_shift_id=shift.shift_id)
        refused = static_refusal(bound, shift)
        if refused is not None:
            return refused
        if self.context.courier.has_left and bound.only_shift_id != shift.shift_id:
            return UnassignedCode.COURIERS_HAVE_LEFT
        # What is delivered still counts: everything was on board when the courier left.
        done = [self._stop_by_id[v.visit_id].load for v, _ in self.done if v.visit_id in self._stop_by_id]
        on_board = sum((one.load for one in others), sum(done, Load()))
        if (on_board + stop.load).fits_in(shift.capacity):
            return None
        return UnassignedCode.CAPACITY_FULL if stop.load.fits_in(shift.capacity) else UnassignedCode.TOO_LARGE

    def _time_code(self, stop: Stop) -> UnassignedCode:
        leg = self._leg(self._start, stop.point)
        if leg is None:
            return UnassignedCode.UNREACHABLE
        arrives_at = self._leaves_from([stop]) + timedelta(seconds=leg.duration_s)
        in_time = service_start(arrives_at, stop.windows) is not None
        return UnassignedCode.NO_TIME_LEFT if in_time else UnassignedCode.WINDOW_UNREACHABLE


def _left_out(stop: Stop, code: UnassignedCode) -> Unassigned:
    skills = ", ".join(sorted(stop.required_skills))
    message = _MESSAGES[code].format(stop=stop, skills=skills)
    return Unassigned(order_id=stop.order_id, visit_id=stop.visit_id, code=code, message=message)
