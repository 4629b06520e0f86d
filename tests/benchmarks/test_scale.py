from math import isnan

import pytest

from benchmarks.bench_scale import Planned, scale_goals
from benchmarks.cells import Cell
from benchmarks.city.fourteen import CITY_COUNT, WAVE_S, WAVES, shared_out, waves_of_day
from benchmarks.city.growth import grown_row
from tests.benchmarks.test_cells import cell


def timed(seconds: float, cost: int, unserved: int = 0, problems: tuple[str, ...] = ()) -> Cell:
    plain = cell(cost=cost, problems=problems)
    return Cell(
        engine=plain.engine,
        instance=plain.instance,
        seconds=seconds,
        seed=1,
        cost=plain.cost,
        elapsed_s=seconds,
        wall_s=seconds + 0.5,
        peak_rss_mib=100 * seconds,
        unserved=unserved,
        problems=plain.problems,
        version="1",
    )


def test_orders_of_all_cities_and_waves_sum_up() -> None:
    waves = waves_of_day(5_000, 1, ["porto", "heidelberg", "almaty"])

    assert sum(wave.spec.orders for wave in waves) == 5_000
    assert len(waves) == CITY_COUNT * len(WAVES)
    assert min(wave.spec.orders for wave in waves) > 40
    assert len({wave.spec.name for wave in waves}) == len(waves)


def test_waves_of_a_city_follow_each_other() -> None:
    morning, evening = waves_of_day(5_000, 1, ["porto"])[:2]

    assert morning.spec.closes_s == evening.spec.opens_s
    assert evening.spec.closes_s - evening.spec.opens_s == WAVE_S


def test_same_seed_gives_the_same_day() -> None:
    assert waves_of_day(500, 3, ["porto"]) == waves_of_day(500, 3, ["porto"])
    assert waves_of_day(500, 3, ["porto"]) != waves_of_day(500, 4, ["porto"])


@pytest.mark.parametrize(("total", "weights"), [(10, [1.0, 1.0, 1.0]), (0, [2.0]), (7, [0.1, 5.0])])
def test_shares_are_whole_and_sum_up(total: int, weights: list[float]) -> None:
    shares = shared_out(total, weights)

    assert sum(shares) == total
    assert min(shares) >= 0


def test_shortest_search_within_one_per_cent_of_the_best_is_found() -> None:
    row = grown_row(200, 0.3, (timed(1, 1_100), timed(3, 1_009), timed(10, 1_000)))

    assert row.near_best_s == 3
    assert row.overhead_s == pytest.approx(0.5)
    assert row.peak_mib == 1_000


def test_cheap_plan_that_leaves_orders_out_is_not_near_the_best() -> None:
    row = grown_row(200, 0.3, (timed(1, 500, unserved=4), timed(3, 1_000)))

    assert row.near_best_s == 3


def test_nothing_valid_is_not_measured() -> None:
    assert isnan(grown_row(50, 0.1, (timed(1, 10, problems=("load 7 exceeds 6",)),)).near_best_s)


def test_goals_of_the_day_add_up_time_and_take_the_highest_memory() -> None:
    waves = waves_of_day(500, 1, ["porto"])[:2]
    planned = [
        Planned(wave=waves[0], problem_s=1.0, ours=timed(29.5, 90), pyvrp=timed(29.5, 100)),
        Planned(wave=waves[1], problem_s=2.0, ours=timed(9.5, 100), pyvrp=timed(9.5, 100)),
    ]

    minutes, memory, cost, missed = scale_goals(planned, own_mib=50.0)

    assert minutes.value == pytest.approx((1 + 30 + 2 + 10) / 60)
    assert memory.value == pytest.approx(50 + 2_950)
    assert memory.met is False
    assert cost.value == pytest.approx(0.95)
    assert missed.met
