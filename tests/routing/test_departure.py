"""Times of given sequences, against a CP-SAT model that knows nothing of how they are found."""

import random
from datetime import timedelta

import pytest
from ortools.sat.python import cp_model

from routing.departure import TimingRules, best_times
from routing.fleet import Break
from routing.stop import SoftWindow
from routing.timing import Place
from routing.travel_matrix import HourFactors
from tests.routing.builders import DAY, at, make_stop, window

MINUTE = 60


def minutes(instant):
    return int((instant - DAY).total_seconds()) // MINUTE


def random_places(rng, stops):
    """Drives, setups and services of whole minutes; windows of 9:00 to 17:00, some stops with two."""
    places = []
    for number in range(stops):
        opens = at(9) + timedelta(minutes=rng.randrange(0, 300, 10))
        windows = [window(opens, opens + timedelta(minutes=rng.choice([10, 60, 120])))]
        if rng.random() < 0.4:
            again = windows[0].closes_at + timedelta(minutes=rng.choice([20, 60]))
            windows.append(window(again, again + timedelta(minutes=60)))
        stop = make_stop(f"v{number}", windows=tuple(windows) if rng.random() < 0.6 else ())
        places.append(
            Place(
                drive_s=rng.randrange(0, 40) * MINUTE,
                stop=stop,
                setup_s=rng.choice([0, 2 * MINUTE]),
                service_s=rng.randrange(0, 15) * MINUTE,
            )
        )
        if rng.random() < 0.2:
            places.append(Place(drive_s=10 * MINUTE, reload_depot_id="main", service_s=5 * MINUTE))
    while places[-1].stop is None:
        places.pop()
    return [*places, Place(drive_s=rng.randrange(0, 40) * MINUTE)]


def random_breaks(rng, most):
    found = []
    for number in range(rng.randrange(0, most + 1)):
        opens = at(9) + timedelta(minutes=rng.randrange(0, 300, 5))
        found.append(
            Break(
                break_id=f"b{number}",
                opens_at=opens,
                closes_at=opens + timedelta(minutes=rng.choice([0, 15, 60])),
                duration_s=rng.choice([5, 15, 30]) * MINUTE,
            )
        )
    return tuple(found)


def best_return(places, breaks, max_route_min=None):
    """The earliest return of all schedules in minutes of the day; None when there is none."""
    model = cp_model.CpModel()
    last = minutes(at(23, 59))
    departs = model.new_int_var(minutes(at(9)), last, "departs")
    left, ready = departs, None
    legs = []
    for number, place in enumerate(places):
        ready = model.new_int_var(0, last, f"ready{number}")
        begins = model.new_int_var(0, last, f"begins{number}")
        model.add(begins >= ready + place.setup_s // MINUTE)
        legs.append((left, ready, place.drive_s // MINUTE))
        if place.stop is not None and place.stop.windows:
            inside = [model.new_bool_var("") for _ in place.stop.windows]
            model.add_exactly_one(inside)
            for one, chosen in zip(place.stop.windows, inside, strict=True):
                model.add(begins >= minutes(one.opens_at)).only_enforce_if(chosen)
                model.add(begins <= minutes(one.closes_at)).only_enforce_if(chosen)
        left = model.new_int_var(0, last, f"left{number}")
        model.add(left == begins + place.service_s // MINUTE)
    returns = ready
    on_leg = [[] for _ in legs]
    intervals = []
    for rest in breaks:
        length = rest.duration_s // MINUTE
        begins = model.new_int_var(minutes(rest.opens_at), minutes(rest.closes_at), "")
        before, after = model.new_bool_var(""), model.new_bool_var("")
        model.add(begins + length <= departs).only_enforce_if(before)
        model.add(begins >= returns).only_enforce_if(after)
        chosen = [before, after]
        for number, (from_at, to_at, _) in enumerate(legs):
            here = model.new_bool_var("")
            model.add(begins >= from_at).only_enforce_if(here)
            model.add(begins + length <= to_at).only_enforce_if(here)
            intervals.append(model.new_optional_fixed_size_interval_var(begins, length, here, ""))
            on_leg[number].append(here * length)
            chosen.append(here)
        model.add_exactly_one(chosen)
    model.add_no_overlap(intervals)
    for (from_at, to_at, drive), rests in zip(legs, on_leg, strict=True):
        model.add(to_at >= from_at + drive + sum(rests))
    if max_route_min is not None:
        model.add(returns - departs <= max_route_min)
    model.minimize(returns)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    return solver.value(returns) if solver.solve(model) == cp_model.OPTIMAL else None


def keeps_all(schedule):
    return not schedule.late and not schedule.missed_breaks


@pytest.mark.parametrize("seed", range(120))
def test_with_breaks_the_courier_is_back_as_early_as_any_schedule_allows(seed):
    rng = random.Random(seed)
    places, breaks = random_places(rng, rng.randrange(1, 5)), random_breaks(rng, 2)

    schedule = best_times(places, at(9), TimingRules(may_leave_later=True, breaks=breaks))

    best = best_return(places, breaks)
    assert (minutes(schedule.returns_at) if keeps_all(schedule) else None) == best


@pytest.mark.parametrize("seed", range(120))
def test_a_route_bounded_in_time_is_found_whenever_there_is_one(seed):
    rng = random.Random(seed)
    places, breaks = random_places(rng, rng.randrange(1, 5)), random_breaks(rng, seed % 2)
    bound = rng.randrange(30, 240, 15)

    rules = TimingRules(may_leave_later=True, breaks=breaks, max_route_s=bound * MINUTE, ends_at=at(23, 59))
    schedule = best_times(places, at(9), rules)

    found = keeps_all(schedule) and schedule.duration_s <= bound * MINUTE
    assert found == (best_return(places, breaks, bound) is not None)


def test_the_courier_leaves_as_late_as_makes_no_visit_later():
    places = [
        Place(drive_s=600, stop=make_stop("a", windows=(window(at(10), at(11)),)), setup_s=60, service_s=300),
        Place(drive_s=600, stop=make_stop("b", windows=(window(at(12), at(13)),)), service_s=300),
        Place(drive_s=600),
    ]

    later = best_times(places, at(9), TimingRules(may_leave_later=True))
    at_once = best_times(places, at(9), TimingRules(may_leave_later=False))

    assert (later.departs_at, later.starts_at[0]) == (at(9, 49), at(10))
    assert (at_once.departs_at, at_once.starts_at) == (at(9), later.starts_at)


def test_by_the_hour_the_courier_leaves_just_in_time_too():
    factors = HourFactors((DAY, at(9, 30)), (1.0, 2.0))
    places = [Place(drive_s=600, stop=make_stop("a", windows=(window(at(10), at(11)),))), Place(drive_s=0)]

    schedule = best_times(places, at(9), TimingRules(may_leave_later=True, factors=factors))

    assert (schedule.departs_at, schedule.drives_s[0], schedule.arrives_at[0]) == (at(9, 40), 1_200, at(10))


def test_a_route_that_is_too_long_in_the_rush_hour_is_driven_after_it():
    factors = HourFactors((DAY, at(10)), (2.0, 1.0))
    places = [Place(drive_s=1_800, stop=make_stop("a"), service_s=300), Place(drive_s=1_800)]

    rules = TimingRules(may_leave_later=True, factors=factors, max_route_s=3_900, ends_at=at(18))
    schedule = best_times(places, at(9), rules)

    assert schedule.duration_s == 3_900
    assert schedule.departs_at == at(10)


def soft(opens, closes, **costs):
    return SoftWindow(opens_at=opens, closes_at=closes, **costs)


def test_a_service_before_its_soft_window_is_put_off_only_as_far_as_the_next_one_is_not_delayed():
    early = soft(at(11), at(12), per_early_min=10)
    places = [
        Place(drive_s=600, stop=make_stop("a", soft_window=early), service_s=300),
        Place(drive_s=600, stop=make_stop("b", windows=(window(at(10), at(11)),)), service_s=300),
        Place(drive_s=600),
    ]

    schedule = best_times(places, at(9), TimingRules(may_leave_later=True, ends_at=at(18)))

    assert schedule.starts_at[:2] == [at(9, 45), at(10)]
    assert (schedule.departs_at, schedule.returns_at) == (at(9, 35), at(10, 15))


@pytest.mark.parametrize(
    ("per_early_min", "ends_at", "starts_at"),
    [(10, at(18), at(11)), (10, at(10), at(9, 45)), (10, at(9, 20), at(9, 10)), (5, at(18), at(9, 10))],
)
def test_the_last_service_waits_for_its_soft_window_when_that_pays_and_the_shift_allows(
    per_early_min, ends_at, starts_at
):
    early = soft(at(11), at(12), per_early_min=per_early_min)
    places = [Place(drive_s=600, stop=make_stop("a", soft_window=early), service_s=300), Place(drive_s=600)]

    rules = TimingRules(may_leave_later=False, ends_at=ends_at, per_wait_s=0.1)
    schedule = best_times(places, at(9), rules)

    assert schedule.starts_at[0] == starts_at


def test_a_break_at_the_beginning_is_taken_before_leaving():
    rest = Break(break_id="b", opens_at=at(9), closes_at=at(9), duration_s=900)
    places = [Place(drive_s=600, stop=make_stop("a"), service_s=300), Place(drive_s=600)]

    at_home = best_times(places, at(9), TimingRules(may_leave_later=True, breaks=(rest,)))
    on_the_road = best_times(places, at(9), TimingRules(may_leave_later=False, breaks=(rest,)))

    assert (at_home.departs_at, at_home.rests[0]) == (at(9, 15), [])
    assert (on_the_road.departs_at, on_the_road.rests[0][0].starts_at) == (at(9), at(9))
    assert at_home.returns_at == on_the_road.returns_at == at(9, 40)


def test_a_break_for_which_there_is_no_room_is_named():
    rest = Break(break_id="b", opens_at=at(9, 5), closes_at=at(9, 10), duration_s=3_600)
    stop = make_stop("a", windows=(window(at(9), at(9, 20)),))
    places = [Place(drive_s=600, stop=stop, service_s=900), Place(drive_s=600)]

    schedule = best_times(places, at(9), TimingRules(may_leave_later=True, breaks=(rest,)))

    assert schedule.missed_breaks or schedule.late
