"""Learns from what couriers' days bring, and gives trackers and planners what was learned."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from api.db import learning_store
from api.db.learning_store import SERVICE, TRAVEL
from api.db.tables import City, LearnedVisit, VisitEta
from routing.travel_matrix import NO_STARTS, HourFactors
from tracking.calibration import HORIZONS, Forecast, due_horizon, horizon_of
from tracking.city_factors import CityFactors, city_factors, factors_at, hour_factors
from tracking.courier_state import CourierState, instant
from tracking.events import Eta
from tracking.learning import Factors, is_settled, observe_leg, travel_path
from tracking.leg_starts import start_keys
from tracking.observed_legs import ObservedVisit, observed_visit, visits_between
from tracking.route_line import RouteLine
from tracking.service_times import observe_service, service_path
from tracking.shrinkage import REST

FRESH_FOR = timedelta(seconds=60)
"""Trackers work with what was known at most so long ago: a city's factors move by a hair with each leg."""

MOST_CITIES = 500


class CityMemory:
    """The factors of the cities that are tracked, for one process; worked out anew when they are not fresh."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[datetime, CityFactors]] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, session: Session, city: City, now: datetime) -> CityFactors:
        """The factors of a city."""
        with self._lock:
            known = self._known.get(city.id)
        if known is not None and timedelta(0) <= now - known[0] < FRESH_FOR:
            return known[1]
        found = load_factors(session, city)
        with self._lock:
            self._known[city.id] = (now, found)
            self._known.move_to_end(city.id)
            while len(self._known) > MOST_CITIES:
                self._known.popitem(last=False)
        return found


_MEMORY = CityMemory()
"""One memory a process: city ids are random, and what it holds is at most a minute old."""


def factors_of(session: Session, city: City, courier_id: str, now: datetime, at: datetime | None = None) -> Factors:
    """What applies to a courier of a city now, or will at another instant."""
    return factors_at(_MEMORY.find(session, city, now), at or now, courier_id)


def load_factors(session: Session, city: City) -> CityFactors:
    """The factors of a city as they are in the database."""
    learned = learning_store.load_learned(session, city)
    return city_factors(learned, ZoneInfo(city.timezone), learning_store.list_holidays(session, city))


def planner_factors(session: Session, city: City, first_at: datetime, last_at: datetime) -> HourFactors | None:
    """The city's factors for the hours of a day that is planned; None while nothing was learned."""
    found = load_factors(session, city)
    factors = hour_factors(found, first_at, last_at)
    return None if set(factors.factors) == {1.0} and factors.leg_starts == NO_STARTS else factors


def learn_from_visit(
    session: Session, city: City, state: CourierState, line: RouteLine, visit_id: str, now: datetime
) -> None:
    """Learn from a visit that has ended: its drive, its service, and how well it was forecast. Each visit once."""
    if learning_store.was_learned(session, city.tenant_id, visit_id):
        return
    holidays: set[date] = set(learning_store.list_holidays(session, city))
    seen = observed_visit(state, line, visit_id, ZoneInfo(city.timezone), holidays)
    if seen is None:
        return
    learning_store.add_learned_visit(session, _row(city, line, seen, now))
    if seen.leg is not None:
        path = travel_path(seen.leg.zone_id, seen.leg.hour, seen.leg.day_kind, now=True)
        cells = learning_store.load_cells(session, city, TRAVEL, [*_keys(path), *start_keys()])
        learning_store.save_cells(session, city, TRAVEL, observe_leg(cells, seen.leg))
    if seen.service is not None:
        path = service_path(seen.service.zone_id, seen.service.order_type, seen.service.courier_id)
        cells = learning_store.load_cells(session, city, SERVICE, _keys(path))
        learning_store.save_cells(session, city, SERVICE, observe_service(cells, seen.service))
    _calibrate(session, city, state, seen, now)


def keep_forecasts(session: Session, tenant_id: str, etas: Sequence[tuple[Eta, VisitEta]]) -> None:
    """Keep those of the present estimates, in order, that are due to be held against what happens."""
    due: list[Forecast] = []
    for before, (eta, row) in enumerate(etas):
        to_go_s = (eta.expected_at - eta.computed_at).total_seconds()
        least = row.forecast_horizon if row.forecast_horizon is not None else HORIZONS
        if eta.sd_s <= 0.0 or horizon_of(to_go_s) >= least:
            continue
        horizon = due_horizon(eta.visit_id, to_go_s)
        if horizon is not None:
            row.forecast_horizon = horizon
            made_ts, expected_ts = eta.computed_at.timestamp(), eta.expected_at.timestamp()
            due.append(Forecast(eta.visit_id, horizon, made_ts, expected_ts, eta.sd_s, before))
    if due:
        learning_store.add_forecasts(session, tenant_id, due)


def _calibrate(session: Session, city: City, state: CourierState, seen: ObservedVisit, now: datetime) -> None:
    forecasts = [
        one
        for one in learning_store.take_forecasts(session, city.tenant_id, seen.visit_id)
        if visits_between(state, one.made_ts, seen.began_ts) == one.visits_before
    ]
    if not forecasts or not is_settled(learning_store.load_cells(session, city, TRAVEL, ["city"])):
        return
    calibration = learning_store.load_calibration(session, city)
    for one in forecasts:
        calibration = calibration.observe(one.horizon, one.residual(seen.began_ts))
        learning_store.save_calibration(session, city, one.horizon, calibration, now)


def _row(city: City, line: RouteLine, seen: ObservedVisit, now: datetime) -> LearnedVisit:
    leg, service = seen.leg, seen.service
    visit = next(one for one in line.visits if one.visit_id == seen.visit_id)
    return LearnedVisit(
        visit_id=seen.visit_id,
        tenant_id=city.tenant_id,
        city_id=city.id,
        courier_id=line.courier_id,
        zone_id=visit.zone_id,
        ended_at=instant(service.ended_ts) if service is not None else now,
        hour=leg.hour if leg is not None else None,
        day_kind=leg.day_kind.value if leg is not None else None,
        leg_planned_s=leg.planned_s if leg is not None else None,
        leg_observed_s=leg.observed_s if leg is not None else None,
        service_planned_s=service.planned_s if service is not None else None,
        service_observed_s=service.observed_s if service is not None else None,
    )


def _keys(path: tuple[str | None, ...]) -> list[str]:
    return [REST, *(key for key in path if key is not None)]
