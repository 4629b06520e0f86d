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
from routing.plan import Halt, Leg, Route, Unassigned, UnassignedCode
from routing.problem import earliest_departure
from routing.route_building import depot_by_id, route_cost, straight_leg
from routing.route_timing import legs_of, visits_of
from routing.snapping import reachable_points
from routing.stop import Stop, StopKind
from routing.timing import Place, Schedule, service_start
from routing.trips_left import trips_left
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
        self._trips = trips_left(route, context)
        self._begun = self._begun_halts()
        self._moved_ids: set[str] = set()
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
        legs = legs_of(places, times, drives)
        if self._begun:
            legs = (replace(legs[0], halts=(*self._begun, *legs[0].halts)), *legs[1:])
        shift = self.context.shift
        departs_at = self.route.departs_at if self.route and self.context.courier.has_left else times.departs_at
        new = Route(
            shift_id=shift.shift_id,
            courier_id=shift.courier_id,
            departs_at=departs_at,
            returns_at=times.returns_at,
            visits=(*(visit for visit, _ in self.done), *visits_of(places, times)),
            legs=(*(leg for _, leg in self.done), *legs),
        )
        return RouteChange(route=new, late_ids=self._late_ids(places, times))

    def moved(self, others: Sequence[Stop], stop: Stop, position: int) -> RouteChange | None:
        """The whole route with `stop` at this position among `others`; None where a trip has no room for it."""
        self._moved_ids.add(stop.visit_id)
        if not self._fits(others, stop, position):
            return None
        return self.timed((*others[:position], stop, *others[position:]))

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
        refused = self._refusal(stop, on_route=first_try is not None)
        if refused is not None:
            return _left_out(stop, refused)
        broken_anyway = self._broken(others)
        frozen = len([one for one in others if one.visit_id in self.context.shift.frozen_visit_ids])
        positions = list(range(frozen, len(others) + 1))
        if first_try is not None and self._fits(others, stop, first_try):
            sequence = (*others[:first_try], stop, *others[first_try:])
            if self._cost_if_feasible(sequence, stop, broken_anyway) is not None:
                return sequence
        # From here on the stop goes with the trip of the visit before it, whichever trip it was planned in.
        self._moved_ids.add(stop.visit_id)
        positions = [position for position in positions if self._fits(others, stop, position)]
        best: tuple[float, tuple[Stop, ...]] | None = None
        for position in positions:
            sequence = (*others[:position], stop, *others[position:])
            cost = self._cost_if_feasible(sequence, stop, broken_anyway)
            if cost is not None and (best is None or cost < best[0]):
                best = (cost, sequence)
        if best is not None:
            return best[1]
        return _left_out(stop, self._time_code(stop) if positions else UnassignedCode.CAPACITY_FULL)

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
            rested_at = [halt.starts_at + timedelta(seconds=halt.duration_s) for halt in self._begun]
            served_at = [self.done[-1][0].leaves_at] if courier.position is None else []
            return max([courier.now, *rested_at, *served_at])
        first_trip = self._trips.split(sequence, self._trips.reloads(sequence, self._moved_ids))[0]
        released_at = None if shift.on_the_road else self._trips.released_at(first_trip)
        earliest_at = max(courier.now, earliest_departure(shift, self._start_depot))
        return earliest_at if released_at is None else max(earliest_at, released_at)

    def _leg(self, a: LonLat, b: LonLat) -> Leg | None:
        if (a, b) not in self._legs:
            found = self.context.roads.route([a, b])
            self._legs[a, b] = found[0] if found else None
        return self._legs[a, b]

    def _points(self, sequence: Sequence[Stop]) -> list[LonLat]:
        """Where `sequence` leads by, reloads at the depot between; who ends anywhere ends at his last visit."""
        reloads = self._trips.reloads(sequence, self._moved_ids)
        points = [self._start]
        for position, stop in enumerate(sequence):
            points += [self._start_depot.point] * (position in reloads) + [stop.point]
        return points if self.context.shift.ends_anywhere else [*points, self._end]

    def _drive(self, sequence: Sequence[Stop]) -> list[Leg]:
        """Legs from the courier to each place and the end; a straight line, labelled, where no street is known."""
        legs = [self._leg(a, b) or straight_leg(a, b) for a, b in pairwise(self._points(sequence))]
        ends_here = [Leg(distance_m=0, duration_s=0)] if self.context.shift.ends_anywhere else []
        return [*legs, *ends_here]

    def _times(self, sequence: Sequence[Stop], drives: Sequence[Leg]) -> tuple[list[Place], Schedule]:
        shift, courier = self.context.shift, self.context.courier
        reloads = self._trips.reloads(sequence, self._moved_ids)
        later_trips = self._trips.split(sequence, reloads)[1:]
        places: list[Place] = []
        point = self._start
        for position, stop in enumerate(sequence):
            if position in reloads:
                depot, trip = self._start_depot, later_trips[reloads.index(position)]
                places.append(
                    Place(
                        drive_s=drives[len(places)].duration_s,
                        reload_depot_id=depot.depot_id,
                        service_s=depot.service_s,
                        released_at=self._trips.released_at(trip),
                    )
                )
                point = depot.point
            setup_s = stop.setup_s if stop.point != point else 0
            drive_s = drives[len(places)].duration_s
            places.append(Place(drive_s=drive_s, stop=stop, setup_s=setup_s, service_s=stop.service_s))
            point = stop.point
        places.append(Place(drive_s=drives[len(places)].duration_s))
        rules = TimingRules(
            may_leave_later=not courier.has_left and not shift.on_the_road,
            breaks=self._breaks_left(),
            max_route_s=shift.max_route_s,
            ends_at=shift.ends_at,
            per_wait_s=self.context.weights.per_wait_s,
        )
        return places, best_times(places, self._leaves_from(sequence), rules)

    def _breaks_left(self) -> tuple[Break, ...]:
        """The breaks that are still to come: neither on a leg that is done, nor begun, nor over for today."""
        now = self.context.courier.now
        gone = {halt.name for _, leg in self.done for halt in leg.halts} | {halt.name for halt in self._begun}
        return tuple(rest for rest in self.context.shift.breaks if rest.break_id not in gone and rest.closes_at >= now)

    def _begun_halts(self) -> tuple[Halt, ...]:
        """The halts of the leg that the courier is on that have begun; they stay on it."""
        if self.route is None or not self.context.courier.has_left or not self.stops:
            return ()
        leg = self.route.legs[[visit.visit_id for visit in self.route.visits].index(self.stops[0].visit_id)]
        return tuple(halt for halt in leg.halts if halt.starts_at <= self.context.courier.now)

    def _late_ids(self, places: Sequence[Place], times: Schedule) -> frozenset[str]:
        shift = self.context.shift
        late = {stop.visit_id for number in times.late if (stop := places[number].stop) is not None}
        return frozenset(late | ({shift.shift_id} if times.returns_at > shift.ends_at else set()))

    def _broken(self, sequence: Sequence[Stop]) -> frozenset[str]:
        """What a sequence breaks: visits late, breaks missed, the shift's end, and its limits by their names."""
        driven = self._drive(sequence)
        places, times = self._times(sequence, driven)
        shift = self.context.shift
        broken = set(self._late_ids(places, times)) | {f"break {rest.break_id}" for rest in times.missed_breaks}
        departs_at = self.route.departs_at if self.route and self.context.courier.has_left else times.departs_at
        if shift.max_route_s is not None and times.returns_at > departs_at + timedelta(seconds=shift.max_route_s):
            broken.add("max_route_s")
        metres = sum(leg.distance_m for leg in (*(leg for _, leg in self.done), *driven))
        if shift.max_distance_m is not None and metres > shift.max_distance_m:
            broken.add("max_distance_m")
        if shift.max_stops is not None and len(self.done) + len(sequence) > shift.max_stops:
            broken.add("max_stops")
        return frozenset(broken)

    def _cost_if_feasible(self, sequence: Sequence[Stop], stop: Stop, broken_anyway: frozenset[str]) -> float | None:
        legs = [self._leg(a, b) for a, b in pairwise(self._points(sequence)) if stop.point in (a, b)]
        if None in legs:
            return None
        broken = self._broken(sequence)
        if stop.visit_id in broken or not broken <= broken_anyway:
            return None
        driven = self._drive(sequence)
        places, times = self._times(sequence, driven)
        shift = self.context.shift
        left = Route(
            shift_id=shift.shift_id,
            courier_id=shift.courier_id,
            departs_at=times.departs_at,
            returns_at=times.returns_at,
            visits=visits_of(places, times),
            legs=legs_of(places, times, driven),
        )
        stops = {one.visit_id: one for one in sequence}
        return route_cost(left, shift, self.context.weights, stops, depot_by_id(self.context.depots))

    def _fits(self, others: Sequence[Stop], stop: Stop, position: int) -> bool:
        """Whether every trip has room for its load, and a pair stays in order, with the stop at this position."""
        sequence = (*others[:position], stop, *others[position:])
        reloads = self._trips.reloads(sequence, self._moved_ids)
        place_of = {one.visit_id: number for number, one in enumerate(sequence)}
        for number, one in enumerate(sequence):
            if one.kind is StopKind.DROPOFF and one.pickup_visit_id in place_of:
                pickup = place_of[one.pickup_visit_id]
                if pickup > number or any(pickup < reload <= number for reload in reloads):
                    return False
        return self._trips.have_room(sequence, reloads, self.context.shift.capacity)

    def _refusal(self, stop: Stop, *, on_route: bool) -> UnassignedCode | None:
        shift = self.context.shift
        bound = stop if not on_route or stop.only_shift_id else replace(stop, only_shift_id=shift.shift_id)
        refused = static_refusal(bound, shift)
        if refused is not None:
            return refused
        is_loaded = stop.kind is not StopKind.DELIVERY or bound.only_shift_id == shift.shift_id
        if self.context.courier.has_left and not is_loaded:
            return UnassignedCode.COURIERS_HAVE_LEFT
        return None if stop.load.fits_in(shift.capacity) else UnassignedCode.TOO_LARGE

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
