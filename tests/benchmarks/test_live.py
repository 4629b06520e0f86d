from benchmarks.bench_live import measure
from benchmarks.live.day import running_day


def test_a_running_day_is_partly_locked_and_takes_orders_without_breaking_a_rule():
    day = running_day(None, seed=1, stops=60, new=6, shifts=8)

    timings = measure(day)

    assert 0.2 <= day.locked / len(day.plan.placed_ids()) <= 0.6
    assert len(timings.insert) == 6
    assert timings.violations == 0
    assert timings.windows == 60


def test_couriers_of_the_first_wave_are_on_the_road_with_what_they_carry():
    day = running_day(None, seed=2, stops=60, new=1, shifts=8)

    for route in day.plan.routes:
        shift = route.start.shift
        if route.sequence and shift.starts_at.hour < 12:
            assert shift.on_the_road
            assert all(day.plan.problem.stops[index].only_shift_id == shift.shift_id for index in route.sequence)
