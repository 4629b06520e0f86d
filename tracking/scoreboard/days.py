"""Simulated days of one city: the first ones teach, the later ones are measured."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from routing.roads import RoadNetwork
from tracking.rules import DEFAULT_RULES
from tracking.scoreboard.arrivals import ArrivalTally, crow_mps, judge_arrivals
from tracking.scoreboard.baselines import RULES, alarms_by, measured
from tracking.scoreboard.detection import Tally, alarms_of, judge
from tracking.scoreboard.following import CityMemory, follow
from tracking.scoreboard.truth import Case, simulated_case
from tracking.simulated_day import DaySettings, Trouble, simulate_day
from zones.lonlat import LonLat

FIRST_DAY = datetime(2026, 3, 2, tzinfo=UTC)
"""A Monday."""

THRESHOLDS = (0.4, 0.8, 1.2, 1.6, 2.4, 3.6)
"""Values of the alarm threshold that are tried to see what it trades."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How much is simulated in each city; couriers a day."""

    teaching_days: int = 5
    teaching_couriers: int = 8
    measured_days: int = 3
    couriers: int = 8
    troubled: int = 12
    odd: int = 6
    threshold_couriers: int = 3
    thresholds: tuple[float, ...] = THRESHOLDS


FULL = Scale()
QUICK = Scale(
    teaching_days=3,
    teaching_couriers=6,
    measured_days=1,
    couriers=3,
    troubled=4,
    odd=3,
    threshold_couriers=1,
    thresholds=(0.8, 1.2, 2.4),
)


@dataclass(slots=True)
class DaysResult:
    """What the days of one or more cities came to; `curve` by alarm threshold, `rules` by the baseline's name."""

    cities: list[str] = field(default_factory=list)
    ours: Tally = field(default_factory=Tally)
    quiet: Tally = field(default_factory=Tally)
    odd: Tally = field(default_factory=Tally)
    rules: dict[str, Tally] = field(default_factory=dict)
    curve: dict[float, Tally] = field(default_factory=dict)
    arrivals: ArrivalTally = field(default_factory=ArrivalTally)
    taught_legs: int = 0

    def add(self, other: "DaysResult") -> None:
        """Take over another city."""
        self.cities += other.cities
        self.ours.add(other.ours)
        self.quiet.add(other.quiet)
        self.odd.add(other.odd)
        self.arrivals.add(other.arrivals)
        self.taught_legs += other.taught_legs
        for name, tally in other.rules.items():
            self.rules.setdefault(name, Tally()).add(tally)
        for threshold, tally in other.curve.items():
            self.curve.setdefault(threshold, Tally()).add(tally)


def judge_city(
    name: str,
    roads: RoadNetwork,
    places: Sequence[LonLat],
    seed: int,
    scale: Scale = FULL,
    say: Callable[[str], None] = lambda _: None,
) -> DaysResult:
    """
    Simulate days of a city on its streets, learn on the first ones, and measure on the later ones.

    `places` are where orders may come from; the same seed gives the same days.
    """
    result = DaysResult(cities=[name])
    memory = CityMemory()
    taught: list[Case] = []
    for day in range(scale.teaching_days):
        settings = DaySettings(couriers=scale.teaching_couriers, ping_every_s=15.0)
        for case in _cases(roads, places, seed, day, settings):
            follow(case, roads, memory)
            taught.append(case)
        memory.refresh()
        say(f"{name}: day {day + 1} of {scale.teaching_days} to learn from")
    pace_mps = crow_mps(taught)
    result.taught_legs = sum(len(c.visits) for c in taught)
    travel, service = _planned(taught)
    for day in range(scale.teaching_days, scale.teaching_days + scale.measured_days):
        settings = DaySettings(couriers=scale.couriers, planned_travel=travel, planned_service=service)
        for case in _cases(roads, places, seed, day, settings):
            factors = memory.factors_at(case.line.departs_at, case.line.courier_id)
            followed = follow(case, roads, memory)
            tally = judge(case, alarms_of(followed.told))
            result.ours.add(tally)
            result.quiet.add(tally)
            result.arrivals.add(judge_arrivals(case, followed, pace_mps, factors))
            _judge_rules(case, result)
        memory.refresh()
        say(f"{name}: measured day {day - scale.teaching_days + 1} of {scale.measured_days}")
    _judge_trouble(name, roads, places, seed, scale, memory, result, (travel, service), say)
    _judge_odd(roads, places, seed, scale, memory, result)
    say(f"{name}: odd days")
    return result


def _judge_trouble(
    name: str,
    roads: RoadNetwork,
    places: Sequence[LonLat],
    seed: int,
    scale: Scale,
    memory: CityMemory,
    result: DaysResult,
    planned: tuple[float, float],
    say: Callable[[str], None],
) -> None:
    """Days on which something goes wrong on every second leg, with pings each 5 and each 15 seconds."""
    last = scale.teaching_days + scale.measured_days
    for more, interval_s in enumerate((5.0, 15.0)):
        settings = DaySettings(
            couriers=scale.troubled,
            trouble=Trouble.MUCH,
            ping_every_s=interval_s,
            planned_travel=planned[0],
            planned_service=planned[1],
        )
        for number, case in enumerate(_cases(roads, places, seed, last + more, settings)):
            followed = follow(case, roads, memory, learns=False)
            result.ours.add(judge(case, alarms_of(followed.told)))
            _judge_rules(case, result)
            if interval_s == 5.0 and number < scale.threshold_couriers:
                for threshold in scale.thresholds:
                    rules = replace(DEFAULT_RULES, corridor_alarm=threshold)
                    alarms = alarms_of(follow(case, roads, memory, rules, learns=False).told)
                    result.curve.setdefault(threshold, Tally()).add(judge(case, alarms))
        say(f"{name}: troubled day with pings every {interval_s:g} s")


def _judge_odd(
    roads: RoadNetwork, places: Sequence[LonLat], seed: int, scale: Scale, memory: CityMemory, result: DaysResult
) -> None:
    """Days of speeding, made-up positions, wrong clocks and drives out of the zones, on longer legs than usual."""
    last = scale.teaching_days + scale.measured_days + 2
    for more, interval_s in enumerate((5.0, 15.0)):
        settings = DaySettings(
            couriers=scale.odd, stops=9, spread_m=6_000.0, trouble=Trouble.ODD, ping_every_s=interval_s
        )
        for case in _cases(roads, places, seed, last + more, settings):
            result.odd.add(judge(case, alarms_of(follow(case, roads, memory, learns=False).told)))


def _judge_rules(case: Case, result: DaysResult) -> None:
    seen = measured(case)
    for rule in RULES:
        result.rules.setdefault(rule.name, Tally()).add(judge(case, alarms_by(rule, seen)))


def _cases(roads: RoadNetwork, places: Sequence[LonLat], seed: int, day: int, settings: DaySettings) -> list[Case]:
    # Seven days in a row hold a weekend; deliveries of a short run are those of working days.
    at = FIRST_DAY + timedelta(days=day // 5 * 7 + day % 5)
    found = simulate_day(roads, places, at, seed * 100 + day, settings, city_seed=seed)
    cases = [simulated_case(one, settings.ping_every_s) for one in found]
    return sorted(cases, key=lambda c: c.line.departs_at)


def _planned(taught: Sequence[Case]) -> tuple[float, float]:
    """What the plan's times take drives and services for: the city's mean ratios on the days before."""
    driven = free = served = planned = 0.0
    for case in taught:
        service_s = {v.visit_id: v.service_s for v in case.line.visits}
        flow_s = {v.visit_id: case.line.geometry.free_flow_at(v.along_m) for v in case.line.visits}
        for a, b in zip(case.visits, case.visits[1:], strict=False):
            driven += (b.arrived_at - a.left_at).total_seconds()
            free += flow_s[b.visit_id] - flow_s[a.visit_id]
        for visit in case.visits:
            served += (visit.left_at - visit.arrived_at).total_seconds()
            planned += service_s[visit.visit_id]
    return (driven / free if free else 1.0), (served / planned if planned else 1.0)
