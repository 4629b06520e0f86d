from datetime import date

from api.live_memory import LiveMemory, TakenUp
from routing.roads import StraightLineRoads

TODAY = date(2026, 11, 23)


def taken() -> TakenUp:
    return TakenUp(plan=None, roads=StraightLineRoads(), shifts=())


def test_a_plan_is_kept_as_long_as_its_stamp_is_the_same() -> None:
    memory, kept = LiveMemory(), taken()

    memory.keep("city", TODAY, ("plan 1", 5), kept)

    assert memory.find("city", TODAY, ("plan 1", 5)) is kept
    assert memory.find("city", TODAY, ("plan 2", 5)) is None
    assert memory.find("town", TODAY, ("plan 1", 5)) is None


def test_a_newer_plan_of_a_day_takes_the_place_of_the_older() -> None:
    memory, newer = LiveMemory(), taken()

    memory.keep("city", TODAY, 1, taken())
    memory.keep("city", TODAY, 2, newer)

    assert memory.find("city", TODAY, 1) is None
    assert memory.find("city", TODAY, 2) is newer


def test_of_too_many_plans_the_longest_kept_is_dropped() -> None:
    memory = LiveMemory()

    for number in range(65):
        memory.keep(f"city {number}", TODAY, 1, taken())

    assert memory.find("city 0", TODAY, 1) is None
    assert memory.find("city 64", TODAY, 1) is not None
