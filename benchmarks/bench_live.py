"""
One more order in a plan of 1,000 stops with 40 % locked, a search around it, and slots on the phone: `make bench-live`.

On streets of Porto when an extract is there, else on straight lines. Orders come one after another, each into the plan
that the ones before left. Drives to a new place are asked of the streets beforehand and timed apart.
"""

import argparse
import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from time import perf_counter

import numpy as np

from benchmarks.city.streets import find_extract, open_city
from benchmarks.live.day import DAY, NEW, RunningDay, running_day
from benchmarks.machine import RESULTS_DIR, described, engine_version
from benchmarks.report import Goal, Table, goal_facts, goals_table, number, save, show, wide_console
from routing.added_stop import NewStop, PointTravel, point_travel
from routing.explain import left_out
from routing.live_insertion import NO_PROVENANCE, check_touched, insert_now
from routing.order import TimeWindow
from routing.plan import Plan, UnassignedCode, Violation
from routing.plan_check import check
from routing.slots import offer_slots
from routing.solver.live_places import promising_rows
from routing.solver.live_plan import LivePlan
from routing.solver.live_search import improve_near
from routing.stop import Stop
from routing.travel_matrix import UNREACHABLE_S

CITY = "porto"
INSERT_MS, SEARCH_MS, SLOTS_MS = 50.0, 100.0, 100.0
STOP_AFTER_MS = 60.0
"""Searches are told to stop by then, as a service would."""

ASKED, ASKED_OF_STREETS = 60, 12
"""How many places ask for slots, and of how many the drives are asked of the streets."""

WINDOWS = tuple(TimeWindow(DAY + timedelta(hours=hour), DAY + timedelta(hours=hour + 1)) for hour in range(12, 22))


@dataclass(slots=True)
class Timings:
    """Milliseconds of each kind of work, one entry a time; `gained` is cost saved by the searches."""

    insert: list[float] = field(default_factory=list)
    search: list[float] = field(default_factory=list)
    slots: list[float] = field(default_factory=list)
    row: list[float] = field(default_factory=list)
    near_rows: list[float] = field(default_factory=list)
    placed: int = 0
    violations: int = 0
    gained: int = 0
    windows: int = 0
    same_by_near: int = 0


def main() -> None:
    """Make the day, time the work, print the tables, write them to `results/`."""
    parser = argparse.ArgumentParser(prog="bench-live", description=__doc__)
    parser.add_argument("--orders", type=int, default=NEW, help="how many orders are put in")
    parser.add_argument("--straight", action="store_true", help="on straight lines, whatever extracts there are")
    asked = parser.parse_args()
    console = wide_console()
    extract = None if asked.straight else find_extract(CITY)
    if extract is None:
        console.print("Straight lines: no extract of a city here (CORRIDOR_DATA), or told so.")
    day = running_day(None if extract is None else open_city(CITY, extract), seed=1, new=asked.orders)
    placed = len(day.plan.placed_ids())
    console.print(f"{placed} stops on {len(day.plan.timed_routes())} routes, {day.locked} locked, {day.drives.source}.")
    timings = measure(day)
    goals = _goals(timings)
    tables = [goals_table("Goals", goals), _table(timings)]
    notes = (
        f"{placed} stops, {day.locked} locked, {len(day.plan.routes)} couriers of whom half are on the road.",
        f"{len(day.new)} orders one after another: {timings.placed} found a place, {timings.violations} violations.",
        f"Asking only for drives beside promising places gives the same offer in {timings.same_by_near} of "
        f"{timings.windows} windows.",
        f"Searches, told to stop after {STOP_AFTER_MS:g} ms, saved {timings.gained} units of cost.",
        f"Drives: {day.drives.source}.",
    )
    show(console, tables)
    for note in notes:
        console.print(note)
    facts: dict[str, object] = {
        "machine": described(),
        "version": engine_version("ours"),
        "matrix": day.drives.source,
        "stops": placed,
        "locked": day.locked,
        "placed": timings.placed,
        "violations": timings.violations,
        "gained": timings.gained,
        "windows": timings.windows,
        "same_by_near_rows": timings.same_by_near,
        "goals": goal_facts(goals),
        "milliseconds": {name: _shares(getattr(timings, name)) for name, _ in _KINDS},
    }
    narrowed = asked.straight or asked.orders != NEW
    save(RESULTS_DIR, "live-part" if narrowed else "live", "Plans in progress", notes, tables, facts)


def measure(day: RunningDay) -> Timings:
    """Put the orders in, search around each, offer slots for some."""
    timings = Timings()
    plan = day.plan
    _warm(day)
    gc.collect()
    for stop in day.new:
        new = NewStop(stop, day.drives.travel(plan.problem, stop.point))
        found, spent_ms = _timed(lambda plan=plan, new=new: insert_now(plan, new))  # type: ignore[misc]
        timings.insert.append(spent_ms)
        timings.violations += len(found.violations)
        if found.left_out is not None:
            continue
        timings.placed += 1
        index = len(found.plan.problem.stops) - 1
        began = perf_counter()
        until = began + STOP_AFTER_MS / 1_000
        improved = improve_near(found.plan, index, should_stop=lambda until=until: perf_counter() > until)  # type: ignore[misc]
        violations = check_touched(improved.plan, improved.changed)
        timings.search.append((perf_counter() - began) * 1_000)
        timings.violations += len(violations)
        timings.gained += improved.gain
        plan = improved.plan
    timings.violations += len(check_whole(plan))
    _slots(day, timings)
    return timings


def check_whole(plan: LivePlan) -> list[Violation]:
    """What `plan_check` says of the whole plan, its stops without a place taken as left out."""
    routes, placed = plan.timed_routes(), plan.placed_ids()
    stops = tuple(stop for stop in plan.problem.stops if stop.visit_id not in placed)
    out = tuple(left_out(stop, UnassignedCode.NO_TIME_LEFT, plan.problem) for stop in stops)
    return check(plan.problem, Plan(routes=routes, unassigned=out, provenance=NO_PROVENANCE))


def _warm(day: RunningDay) -> None:
    """First calls load code; the service has done that long before."""
    stop = replace(day.new[0], visit_id="warm")
    found = insert_now(day.plan, NewStop(stop, day.drives.travel(day.plan.problem, stop.point)))
    improve_near(found.plan, len(found.plan.problem.stops) - 1)


def _slots(day: RunningDay, timings: Timings) -> None:
    """Slots on the plan as it was at first; the drives of a few places are asked of the streets."""
    problem = day.plan.problem
    for number_of, stop in enumerate(day.new[:ASKED]):
        new = NewStop(stop, day.drives.travel(problem, stop.point))
        offers, spent_ms = _timed(lambda new=new: offer_slots(day.plan, new, WINDOWS))  # type: ignore[misc]
        timings.slots.append(spent_ms)
        near = offer_slots(day.plan, _near_only(day, new), WINDOWS)
        timings.windows += len(offers)
        timings.same_by_near += sum(a.added_cost == b.added_cost for a, b in zip(offers, near, strict=True))
        if number_of < ASKED_OF_STREETS:
            _, spent_ms = _timed(lambda stop=stop: point_travel(problem, stop.point, day.roads))  # type: ignore[misc]
            timings.row.append(spent_ms)
            _, spent_ms = _timed(lambda stop=stop: _ask_near(day, stop))  # type: ignore[misc]
            timings.near_rows.append(spent_ms)


def _near(day: RunningDay, stop: Stop) -> list[int]:
    return promising_rows(day.plan, [replace(stop, windows=(window,)) for window in WINDOWS])


def _ask_near(day: RunningDay, stop: Stop) -> None:
    point_travel(day.plan.problem, stop.point, day.roads, _near(day, stop))


def _near_only(day: RunningDay, new: NewStop) -> NewStop:
    """The stop as if only nodes beside promising places had been asked about."""
    near = _near(day, new.stop)
    tables = (new.travel.to_s, new.travel.to_m, new.travel.from_s, new.travel.from_m)
    known = [np.full_like(table, UNREACHABLE_S) for table in tables]
    for table, asked in zip(known, tables, strict=True):
        table[near] = asked[near]
    return replace(new, travel=PointTravel(*known))


def _timed[T](work: Callable[[], T]) -> tuple[T, float]:
    began = perf_counter()
    done = work()
    return done, (perf_counter() - began) * 1_000


_KINDS = (
    ("insert", "order put in, touched route checked"),
    ("search", "search on the nearest routes, changed routes checked"),
    ("slots", "slots, 10 windows"),
    ("row", "drives to one place: all nodes, there and back"),
    ("near_rows", "drives to one place: nodes beside promising places of 10 windows"),
)


def _goals(timings: Timings) -> list[Goal]:
    def p95(values: Sequence[float]) -> float:
        return float(np.percentile(values, 95)) if values else float("nan")

    return [
        Goal(name="order put in, p95", value=p95(timings.insert), limit=INSERT_MS, unit=" ms"),
        Goal(name="search after it, p95", value=p95(timings.search), limit=SEARCH_MS, unit=" ms"),
        Goal(name="slots for 10 windows, p95", value=p95(timings.slots), limit=SLOTS_MS, unit=" ms"),
        Goal(name="violations", value=float(timings.violations), limit=0),
    ]


def _shares(values: Sequence[float]) -> dict[str, float]:
    if not values:
        return {}
    return {f"p{share}": round(float(np.percentile(values, share)), 2) for share in (50, 95, 100)}


def _table(timings: Timings) -> Table:
    rows = []
    for name, title in _KINDS:
        values: list[float] = getattr(timings, name)
        shares = _shares(values)
        rows.append((title, str(len(values)), *(number(shares.get(p, float("nan"))) for p in ("p50", "p95", "p100"))))
    return Table("Milliseconds", ("work", "times", "p50", "p95", "longest"), tuple(rows))


if __name__ == "__main__":
    main()
