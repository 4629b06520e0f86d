"""A case played through the pipeline as the service does it, with what was told, what was expected and what it cost."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from routing.roads import RoadNetwork
from tracking.calibration import HORIZONS, Forecast, due_horizon
from tracking.city_factors import CityFactors, city_factors, factors_at
from tracking.events import Eta, EtaChanged, TrackingEvent, VisitLeft
from tracking.learning import DEFAULT_FACTORS, Factors, Learned
from tracking.observed_legs import observed_visit, visits_between
from tracking.replay import play
from tracking.route_line import RouteLine
from tracking.rules import DEFAULT_RULES, TrackingRules
from tracking.scoreboard.truth import Case
from tracking.steps import Outcome

TICK_EVERY_S = 15.0
LOOK_EVERY_S = 30.0
"""How often the estimates are kept to be compared with the truth, seconds."""


@dataclass(frozen=True, slots=True)
class Look:
    """The estimates at one moment, where on the line the courier was thought to be, and the visits not yet finished."""

    at: datetime
    along_m: float
    etas: tuple[Eta, ...]
    arrived_ts: dict[str, float]


@dataclass(slots=True)
class Followed:
    """What following one case led to; `jumps_s` counts by size the changes of estimates between pings without news."""

    told: list[tuple[datetime, TrackingEvent]] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    jumps_s: Counter[int] = field(default_factory=Counter)


class CityMemory:
    """What one city has taught so far, as the service would have learned it; the ratios are worked out anew by day."""

    def __init__(self) -> None:
        self.learned = Learned()
        self.known: CityFactors = city_factors(self.learned, UTC)
        self.forecasts: dict[tuple[str, int], Forecast] = {}
        self.least: dict[str, int] = {}

    def refresh(self) -> None:
        """Use from now on what was learned until now."""
        self.known = city_factors(self.learned, UTC)

    def factors_at(self, now: datetime, courier_id: str) -> Factors:
        """What applies to a courier at this instant."""
        return factors_at(self.known, now, courier_id)

    def take(self, outcome: Outcome, line: RouteLine) -> None:
        """Keep forecasts that are due, and learn from visits that ended."""
        for before, eta in enumerate(outcome.etas):
            to_go_s = (eta.expected_at - eta.computed_at).total_seconds()
            horizon = due_horizon(eta.visit_id, to_go_s)
            if horizon is None or eta.sd_s <= 0.0 or self.least.get(eta.visit_id, HORIZONS) <= horizon:
                continue
            self.least[eta.visit_id] = horizon
            self.forecasts[eta.visit_id, horizon] = Forecast(
                eta.visit_id,
                horizon,
                eta.computed_at.timestamp(),
                eta.expected_at.timestamp(),
                eta.sd_s,
                before,
            )
        for event in outcome.events:
            if isinstance(event, VisitLeft):
                self._learn(outcome, line, event.visit_id)

    def _learn(self, outcome: Outcome, line: RouteLine, visit_id: str) -> None:
        seen = observed_visit(outcome.state, line, visit_id, UTC)
        if seen is None:
            return
        if seen.leg is not None:
            self.learned = self.learned.observe_leg(seen.leg)
        if seen.service is not None:
            self.learned = self.learned.observe_service(seen.service)
        for horizon in range(HORIZONS):
            forecast = self.forecasts.pop((visit_id, horizon), None)
            if forecast is None:
                continue
            if visits_between(outcome.state, forecast.made_ts, seen.began_ts) == forecast.visits_before:
                self.learned = self.learned.observe_arrival(forecast.horizon, forecast.residual(seen.began_ts))


def follow(
    case: Case,
    roads: RoadNetwork | None,
    memory: CityMemory | None = None,
    rules: TrackingRules = DEFAULT_RULES,
    *,
    learns: bool = True,
) -> Followed:
    """Play the case; with `memory` its factors are used and, if it `learns`, grow."""
    followed = Followed()
    factors: Callable[[datetime], Factors] | None = None
    if memory is not None:
        courier_id = case.line.courier_id
        factors = lambda now: memory.factors_at(now, courier_id)  # noqa: E731 - one expression, named by its use
    steps = play(
        case.line,
        case.pings,
        roads,
        rules,
        tick_every_s=TICK_EVERY_S,
        outcomes=case.outcomes,
        factors=DEFAULT_FACTORS,
        factors_at=factors,
    )
    _watch(steps, case.line, followed, memory if learns else None)
    return followed


def _watch(
    steps: Iterable[tuple[datetime, Outcome]], line: RouteLine, followed: Followed, memory: CityMemory | None
) -> None:
    expected_ts: dict[str, float] = {}
    looked_at: datetime | None = None
    for at, outcome in steps:
        followed.told.extend((at, event) for event in outcome.events)
        if memory is not None:
            memory.take(outcome, line)
        if not outcome.results:
            continue
        news = {e.visit_id for e in outcome.events if isinstance(e, EtaChanged)}
        for eta in outcome.etas:
            now_ts = eta.expected_at.timestamp()
            before_ts = expected_ts.get(eta.visit_id)
            if before_ts is not None and eta.visit_id not in news:
                followed.jumps_s[round(abs(now_ts - before_ts))] += 1
            expected_ts[eta.visit_id] = now_ts
        place = outcome.state.motion.place
        if place is None or (looked_at is not None and (at - looked_at).total_seconds() < LOOK_EVERY_S):
            continue
        looked_at = at
        arrived = {v.visit_id: v.arrived_ts for v in outcome.state.motion.visits if v.arrived_ts is not None}
        followed.looks.append(Look(at, place.along_m, tuple(outcome.etas), arrived))
