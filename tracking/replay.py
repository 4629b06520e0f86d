"""
Any track played again against a plan: the events that the service would have told, in the order it told them.

The service's clock is the time of receipt. Between two messages time passes in ticks, so that silence and late starts
are noticed as they would be live.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import groupby

from routing.roads import RoadNetwork
from tracking import pipeline
from tracking.courier_state import CourierState
from tracking.events import TrackingEvent
from tracking.learning import DEFAULT_FACTORS, Factors
from tracking.ping import Ping
from tracking.route_line import RouteLine
from tracking.rules import DEFAULT_RULES, TrackingRules
from tracking.simulate import ReportKind, VisitReport
from tracking.steps import Outcome

_SILENT_MOST_S = 1800.0
"""Ticks stop so long after the last message: a silent phone tells nothing more than its gap."""


def replay(
    line: RouteLine | None,
    pings: Iterable[Ping],
    roads: RoadNetwork | None = None,
    rules: TrackingRules = DEFAULT_RULES,
    *,
    tick_every_s: float = 5.0,
    outcomes: Iterable[VisitReport] = (),
    factors: Factors = DEFAULT_FACTORS,
) -> tuple[TrackingEvent, ...]:
    """Every event that the track leads to, in the order in which the service tells them."""
    steps = play(line, pings, roads, rules, tick_every_s=tick_every_s, outcomes=outcomes, factors=factors)
    return tuple(event for _, outcome in steps for event in outcome.events)


def play(
    line: RouteLine | None,
    pings: Iterable[Ping],
    roads: RoadNetwork | None = None,
    rules: TrackingRules = DEFAULT_RULES,
    *,
    tick_every_s: float = 5.0,
    outcomes: Iterable[VisitReport] = (),
    factors: Factors = DEFAULT_FACTORS,
    factors_at: Callable[[datetime], Factors] | None = None,
) -> Iterator[tuple[datetime, Outcome]]:
    """
    Each step with the service's clock: pings received at the same instant are one batch, ticks come in between.

    Of `outcomes` the delivered ones are told to the pipeline, after the pings received by then. `factors_at` gives the
    factors of each moment, in place of `factors` for the whole track.
    """
    messages: list[Ping | VisitReport] = [*pings, *(o for o in outcomes if o.kind is ReportKind.DELIVERED)]
    messages.sort(key=lambda m: (m.received_at, isinstance(m, VisitReport)))
    if not messages:
        return
    now = messages[0].received_at
    state = pipeline.start(line, now)
    every = timedelta(seconds=tick_every_s)
    for received_at, group in groupby(messages, key=lambda m: m.received_at):
        silent_until = min(received_at, now + timedelta(seconds=_SILENT_MOST_S))
        tick_at = now + every
        while tick_at < silent_until:
            factors = factors_at(tick_at) if factors_at is not None else factors
            outcome = pipeline.tick(state, line, roads, tick_at, rules=rules, factors=factors)
            state = outcome.state
            yield tick_at, outcome
            tick_at += every
        now = received_at
        factors = factors_at(now) if factors_at is not None else factors
        for step in _received(list(group), state, line, roads, now, rules, factors):
            state = step.state
            yield now, step


def _received(
    messages: list[Ping | VisitReport],
    state: CourierState,
    line: RouteLine | None,
    roads: RoadNetwork | None,
    now: datetime,
    rules: TrackingRules,
    factors: Factors,
) -> Iterator[Outcome]:
    pings = [m for m in messages if isinstance(m, Ping)]
    if pings:
        outcome = pipeline.advance_many(state, pings, line, roads, now, rules=rules, factors=factors)
        state = outcome.state
        yield outcome
    for report in messages:
        if isinstance(report, VisitReport):
            outcome = pipeline.complete_visit(
                state, line, report.visit_id, report.at, now, roads=roads, rules=rules, factors=factors
            )
            state = outcome.state
            yield outcome
