"""What tracking learns of a city: from a courier's day, each leg once, for trackers, planners and people."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from api.context import Services
from api.db import learning_store
from api.db.tables import EtaForecast, LearnedVisit
from tests.api.orders import at, order_json
from tests.api.planning import plan_day, post_orders, read_plan
from tests.postgres import PostgresServer
from tests.service import HandClock, Town, client_for, make_services, seed_town
from tests.tracked_day import Phone, publish_straight_day
from tracking.calibration import Calibration, Forecast
from tracking.learning import DayKind, Learned, ObservedLeg
from tracking.shrinkage import Cell


@pytest.fixture(params=["sqlite", "postgresql"])
def kept(request: pytest.FixtureRequest, tmp_path: Path, clock: HandClock) -> Iterator[Services]:
    if request.param == "sqlite":
        services = make_services(tmp_path, clock=clock)
    else:
        postgres: PostgresServer = request.getfixturevalue("postgres")
        services = make_services(tmp_path, clock=clock, url=postgres.make_database())
    yield services
    services.db.close()


def teach(services: Services, town: Town, hours: dict[int, float], times: int = 60) -> None:
    """So many drives of each hour, each as much slower than the plan as said."""
    known = Learned()
    for hour, ratio in hours.items():
        for _ in range(times):
            known = known.observe_leg(
                ObservedLeg(
                    visit_id="v",
                    zone_id="east",
                    hour=hour,
                    day_kind=DayKind.WORKDAY,
                    planned_s=600.0,
                    observed_s=600.0 * ratio,
                    ended_ts=datetime(2026, 1, 5, tzinfo=UTC).timestamp(),
                )
            )
    with services.db.write() as session:
        learning_store.save_cells(session, town.city, learning_store.TRAVEL, known.travel)


def test_what_was_learned_is_kept(kept: Services) -> None:
    town = seed_town(kept)
    cells = {"city": Cell(3.5, 0.2, 0.01, 4, 1_700_000_000.0), "zone|a": Cell(1.0, -0.1, 0.0, 1, 1_700_000_000.5)}
    calibration = Calibration().observe(1, 0.5).observe(1, -1.25)
    with kept.db.write() as session:
        learning_store.save_cells(session, town.city, learning_store.TRAVEL, cells)
        learning_store.save_cells(session, town.city, learning_store.TRAVEL, {"city": cells["city"]})
        learning_store.save_calibration(session, town.city, 1, calibration, kept.clock.now())
        learning_store.replace_holidays(session, town.city, {date(2026, 12, 6): "Independence Day"})

    with kept.db.read() as session:
        learned = learning_store.load_learned(session, town.city)
        holidays = learning_store.list_holidays(session, town.city)

    assert learned == Learned(cells, {}, calibration)
    assert holidays == {date(2026, 12, 6): "Independence Day"}


def test_forecast_waits_for_its_visit_and_is_taken_once(kept: Services) -> None:
    town = seed_town(kept)
    visit_id = publish_straight_day(kept, town).visits[0].id
    forecast = Forecast(visit_id, 1, 1_700_000_000.0, 1_700_000_900.0, 120.0, 2)
    with kept.db.write() as session:
        learning_store.take_forecasts(session, town.tenant.id, visit_id)
        learning_store.add_forecasts(session, town.tenant.id, [forecast])

    with kept.db.write() as session:
        found = learning_store.take_forecasts(session, town.tenant.id, visit_id)
        again = learning_store.take_forecasts(session, town.tenant.id, visit_id)

    assert (found, again) == ([forecast], [])


def test_one_city_learns_nothing_of_another(services: Services, town: Town) -> None:
    other = seed_town(services, tenant_name="Another")
    teach(services, town, {12: 1.5})

    with services.db.read() as session:
        assert learning_store.load_learned(session, other.city) == Learned()


def test_courier_teaches_each_leg_and_service_once(
    services: Services, town: Town, app: Flask, clock: HandClock
) -> None:
    day = publish_straight_day(services, town)
    phone = Phone(app, day, clock)
    phone.start()
    phone.ping()
    for _ in range(2):
        phone.go(east_m=1500)
        for _ in range(12):
            clock.advance(15)
            phone.ping()
    phone.go(east_m=700)
    phone.send([{"fix_at": clock.now().isoformat(), "lon": 24.99, "lat": 60.1699, "accuracy_m": 8}])

    with services.db.read() as session:
        learned = learning_store.load_learned(session, town.city)
        rows = session.scalars(select(LearnedVisit).order_by(LearnedVisit.ended_at)).all()
        waiting = {one.visit_id for one in session.scalars(select(EtaForecast))}

    assert [row.visit_id for row in rows] == [visit.id for visit in day.visits[:2]]
    assert learned.travel["city"].seen == 2
    assert learned.service[f"courier|{town.couriers[0].id}"].seen == 2
    assert 0.5 < (rows[1].leg_observed_s or 0.0) / (rows[1].leg_planned_s or 1.0) < 2.0
    assert not waiting & {visit.id for visit in day.visits[:2]}


def test_slow_evening_is_planned_later(services: Services, town: Town, app: Flask) -> None:
    client = client_for(app, town.dispatcher)
    # 17:00 to 19:00 in Helsinki is eight to ten hours after MORNING; shifts end at 18:00.
    orders = [order_json(number, windows=[[at(7.95), at(9)]], service_s=60) for number in range(6)]
    post_orders(client, *orders)
    quick = read_plan(client, plan_day(client)["plan_id"])
    teach(services, town, dict.fromkeys(range(8, 17), 1.0) | {17: 1.9, 18: 1.9})

    slow = read_plan(client, plan_day(client)["plan_id"])

    def driven_s(plan: dict[str, Any]) -> int:
        return sum(int(leg["duration_s"]) for route in plan["routes"] for leg in route["legs"])

    def last_arrival(plan: dict[str, Any]) -> str:
        return max(str(visit["arrives_at"]) for route in plan["routes"] for visit in route["visits"])

    assert driven_s(slow) > 1.2 * driven_s(quick)
    assert last_arrival(slow) > last_arrival(quick)
    late_legs = [leg for route in slow["routes"] for leg in route["legs"] if "free_flow_s" in leg]
    assert late_legs
    assert all(leg["duration_s"] > leg["free_flow_s"] for leg in late_legs)


def test_factors_are_told_in_the_readers_language(services: Services, town: Town, app: Flask) -> None:
    teach(services, town, {18: 1.6})
    client = client_for(app, town.dispatcher)

    answer = client.get("/v1/cities/helsinki/travel-factors?at=2026-11-24T16:10:00Z&zone=east").get_json()

    (factor,) = answer["factors"]
    assert (answer["hour"], answer["day_kind"]) == (18, "workday")
    assert factor["ratio"] == pytest.approx(1.6, abs=0.1)
    assert factor["legs"] == 60
    assert "1.6" in factor["text"] or "1.5" in factor["text"]
    assert [part["level"] for part in factor["parts"]] == ["city", "hour", "zone", "zone_hour", "rest"]


def test_nothing_learned_is_told_so(town: Town, app: Flask) -> None:
    answer = client_for(app, town.dispatcher).get("/v1/cities/helsinki/travel-factors").get_json()

    assert [(one["zone_id"], one["ratio"], one["legs"]) for one in answer["factors"]] == [(None, 1.0, 0)]


def test_holiday_has_the_traffic_of_a_sunday(town: Town, app: Flask) -> None:
    client = client_for(app, town.dispatcher)

    put = client.put("/v1/cities/helsinki/holidays", json={"holidays": [{"date": "2026-12-25", "name": "Christmas"}]})

    assert put.status_code == 200
    assert client.get("/v1/cities/helsinki/holidays").get_json() == put.get_json()
    then = client.get("/v1/cities/helsinki/travel-factors?at=2026-12-25T10:00:00Z").get_json()
    assert then["day_kind"] == "sunday"


def test_plan_says_how_likely_each_visit_is_late(services: Services, town: Town, app: Flask) -> None:
    day = publish_straight_day(services, town, slack_s=60)

    plan = client_for(app, town.dispatcher).get(f"/v1/plans/{day.plan_id}").get_json()

    risks = [visit["risk_share"] for route in plan["routes"] for visit in route["visits"]]
    assert all(0.0 < risk < 1.0 for risk in risks)
