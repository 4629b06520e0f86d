"""A day planned over HTTP: jobs in real child processes, plans stored as versions."""

import os
import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from api.actions.planning import prepare_day
from api.app import runtime_of
from api.context import Services
from api.db import job_store
from api.db.tables import Cause, Event, Job, Order, PlanRow, Shift, Visit
from api.jobs.child_process import SolveChild, SolveFailedError
from api.jobs.plan_job import solve_request, work_on
from api.jobs.runner import JobRunner
from tests.api.orders import at, date_of, instant, order_json, square, zones_json
from tests.api.planning import ask_for_plan, plan_day, post_orders, read_plan, visits_of, wait_for
from tests.service import HandClock, Town, client_for, courier_client, seed_town


@pytest.fixture
def client(app: Flask, town: Town) -> FlaskClient:
    return client_for(app, town.dispatcher)


@pytest.fixture
def runner(app: Flask) -> Iterator[JobRunner]:
    runner = runtime_of(app).get(JobRunner)
    runner.start()
    yield runner
    runner.stop()


def test_plan_a_day(client: FlaskClient, services: Services, town: Town) -> None:
    client.post("/v1/zones?publish=1", json=zones_json())
    ids = post_orders(
        client,
        *(order_json(number) for number in range(8)),
        order_json(8, lon=None, lat=None),
        order_json(9, lon=24.99),
        order_json(10, skills=["cold_box"]),
    )

    result = plan_day(client)

    assert (result["version"], result["visits"]) == (1, 8)
    assert [(one["order_id"], one["code"]) for one in result["unassigned"]] == [(ids[10], "no_courier_with_skill")]
    plan = read_plan(client, result["plan_id"])
    assert plan["provenance"]["zone_version"] == 1
    assert plan["provenance"]["matrix_source"] == "great_circle"
    planned = [visit["order_id"] for route in plan["routes"] for visit in route["visits"]]
    assert sorted(planned) == sorted(ids[:8])
    statuses = {row["id"]: row["status"] for row in (client.get("/v1/orders").json or {})["orders"]}
    assert [statuses[one] for one in ids] == ["planned"] * 8 + ["needs_address", "carrier", "ready"]
    drawn = client.get(f"/v1/plans/{result['plan_id']}.geojson").json
    assert drawn is not None
    assert {one["geometry"]["type"] for one in drawn["features"]} == {"LineString", "Point"}
    listed = client.get(f"/v1/plans?date={date_of(town)}").json
    assert listed is not None
    assert [(one["version"], one["visits"], one["unassigned"]) for one in listed["plans"]] == [(1, 8, 1)]
    with services.db.read() as session:
        assert session.scalar(select(func.count()).where(Event.kind == "plan.published")) == 1
        assert session.scalars(select(Cause.state).where(Cause.kind == "unassigned")).all() == ["open"]


def test_second_plan_is_a_new_version_with_the_same_visits(client: FlaskClient, services: Services) -> None:
    post_orders(client, *(order_json(number) for number in range(4)), order_json(5, skills=["cold_box"]))
    first = plan_day(client)
    before = read_plan(client, first["plan_id"])
    client.post("/v1/couriers", json={"code": "C9", "name": "Nine", "skills": ["cold_box"]})
    client.post("/v1/shifts", json={"courier": "C9", "starts_at": at(0), "ends_at": at(8), "start_depot": "D1"})

    second = plan_day(client)

    assert (second["version"], second["visits"], second["unassigned"]) == (2, 5, [])
    assert read_plan(client, first["plan_id"]) == before
    after = read_plan(client, second["plan_id"])
    assert visits_of(before).items() <= visits_of(after).items()
    with services.db.read() as session:
        assert session.scalar(select(func.count()).select_from(Visit)) == 5
        assert session.scalars(select(Cause.state).where(Cause.kind == "unassigned")).all() == ["closed"]


def test_plan_without_couriers_is_refused_before_any_job(app: Flask, services: Services) -> None:
    client = client_for(app, seed_town(services, couriers=0).dispatcher)
    post_orders(client, order_json(1))

    answer = client.post("/v1/plans", json={})

    assert answer.status_code == 422
    assert answer.json is not None
    assert [one["code"] for one in answer.json["problems"]] == ["no_couriers"]
    assert "POST /v1/shifts" in answer.json["detail"]
    with services.db.read() as session:
        assert session.scalar(select(func.count()).select_from(Job)) == 0


def test_plan_without_orders_is_refused(client: FlaskClient) -> None:
    post_orders(client, order_json(1, lon=None, lat=None))

    answer = client.post("/v1/plans", json={})

    assert answer.status_code == 422
    assert answer.json is not None
    assert [one["code"] for one in answer.json["problems"]] == ["no_orders"]


def test_asking_twice_gives_the_same_job(client: FlaskClient) -> None:
    post_orders(client, order_json(1))

    first = client.post("/v1/plans", json={}).json
    second = client.post("/v1/plans", json={}).json

    assert first == second


def test_waiting_job_is_cancelled_at_once(client: FlaskClient) -> None:
    post_orders(client, order_json(1))
    asked = client.post("/v1/plans", json={}).json
    assert asked is not None

    cancelled = client.post(f"/v1/jobs/{asked['job']['id']}/cancel").json

    assert cancelled is not None
    assert cancelled["state"] == "cancelled"
    assert client.get("/v1/plans").json == {"plans": []}


@pytest.mark.usefixtures("runner")
def test_running_job_is_cancelled_and_leaves_no_plan(client: FlaskClient) -> None:
    post_orders(client, order_json(1))
    job_id = ask_for_plan(client, time_limit_s=60)
    wait_for(client, job_id, ("running",))

    client.post(f"/v1/jobs/{job_id}/cancel")

    assert wait_for(client, job_id)["state"] == "cancelled"
    assert client.get("/v1/plans").json == {"plans": []}


@pytest.mark.usefixtures("runner")
def test_running_job_is_finished_early_with_what_it_has_found(client: FlaskClient) -> None:
    post_orders(client, order_json(1))
    job_id = ask_for_plan(client, time_limit_s=60)
    wait_for(client, job_id, ("running",))

    answer = client.post(f"/v1/jobs/{job_id}/finish")

    assert answer.status_code == 200
    done = wait_for(client, job_id)
    assert done["state"] == "done"
    assert done["result"]["visits"] == 1
    assert done["progress"]["elapsed_s"] < 60


def test_only_a_running_job_can_be_finished_early(client: FlaskClient) -> None:
    post_orders(client, order_json(1))
    job_id = ask_for_plan(client)

    waiting = client.post(f"/v1/jobs/{job_id}/finish")

    assert waiting.status_code == 409
    assert waiting.json is not None
    assert "queued" in waiting.json["detail"]


def test_job_of_a_stopped_service_is_taken_up_again(app: Flask, client: FlaskClient, services: Services) -> None:
    post_orders(client, order_json(1))
    job_id = ask_for_plan(client)
    with services.db.write() as session:
        session.get_one(Job, job_id).state = "running"

    runner = JobRunner(services)
    runner.start()
    try:
        job = wait_for(client, job_id)
    finally:
        runner.stop()

    assert job["state"] == "done"


def test_another_organisation_sees_neither_jobs_nor_plans(
    app: Flask, client: FlaskClient, services: Services, town: Town
) -> None:
    post_orders(client, order_json(1))
    asked = client.post("/v1/plans", json={}).json
    assert asked is not None
    with services.db.write() as session:
        session.add(
            PlanRow(
                id="plan_mine",
                tenant_id=town.tenant.id,
                city_id=town.city.id,
                on_date=town.on_date,
                version=1,
                based_on_id=None,
                reason="plan",
                created_at=services.clock.now(),
                created_by="system",
                zone_set_id=None,
                provenance={"engine": "", "time_limit_s": 0, "seed": 0, "matrix_source": ""},
            )
        )
    stranger = client_for(app, seed_town(services, tenant_name="Other").dispatcher)

    assert client.get("/v1/plans/plan_mine").status_code == 200
    assert stranger.get("/v1/plans/plan_mine").status_code == 404
    assert stranger.get("/v1/plans/plan_mine.geojson").status_code == 404
    assert stranger.get("/v1/plans").json == {"plans": []}
    assert stranger.get(f"/v1/jobs/{asked['job']['id']}").status_code == 404
    assert stranger.post(f"/v1/jobs/{asked['job']['id']}/cancel").status_code == 404


def test_cancelled_order_leaves_its_route_and_the_others_stay(client: FlaskClient, services: Services) -> None:
    ids = post_orders(client, *(order_json(number) for number in range(6)))
    first = read_plan(client, plan_day(client)["plan_id"])

    cancelled = client.post(f"/v1/orders/{ids[2]}/cancel", json={"reason": "client asked"}).json

    assert cancelled is not None
    assert (cancelled["status"], cancelled["visit_state"], cancelled["courier_id"]) == ("cancelled", "dropped", None)
    newest = (client.get("/v1/plans").json or {})["plans"][0]
    assert (newest["version"], newest["reason"], newest["visits"]) == (2, "stop_dropped", 5)
    second = read_plan(client, newest["id"])
    touched = {route["shift_id"] for route in first["routes"] if ids[2] in [v["order_id"] for v in route["visits"]]}
    untouched = [route for route in first["routes"] if route["shift_id"] not in touched]
    assert all(route in second["routes"] for route in untouched)
    assert ids[2] not in visits_of(second)
    with services.db.read() as session:
        assert session.scalar(select(func.count()).where(Cause.kind == "cancelled")) == 1


def test_edited_window_retimes_the_visit(client: FlaskClient) -> None:
    ids = post_orders(client, *(order_json(number) for number in range(4)))
    plan_day(client)

    edited = client.patch(f"/v1/orders/{ids[1]}", json={"windows": [[at(3), at(4)]]}).json

    assert edited is not None
    assert edited["status"] == "planned"
    newest = (client.get("/v1/plans").json or {})["plans"][0]
    assert (newest["version"], newest["reason"]) == (2, "edited")
    plan = read_plan(client, newest["id"])
    starts = {v["order_id"]: v["starts_at"] for route in plan["routes"] for v in route["visits"]}
    assert at(3) <= starts[ids[1]] <= at(4)
    assert len(starts) == 4


def test_edited_order_that_no_longer_fits_comes_back_with_its_reason(client: FlaskClient) -> None:
    ids = post_orders(client, *(order_json(number) for number in range(3)))
    plan_day(client)

    edited = client.patch(f"/v1/orders/{ids[1]}", json={"windows": [[at(20), at(21)]]}).json

    assert edited is not None
    assert edited["status"] == "ready"
    assert edited["unassigned"]["message"]
    assert edited["status_detail"] == edited["unassigned"]["message"]


def test_planned_order_moved_outside_every_zone_leaves_its_route(client: FlaskClient) -> None:
    client.post("/v1/zones?publish=1", json=zones_json(square("centre", 24.90, 60.15, 24.96, 60.19)))
    ids = post_orders(client, *(order_json(number) for number in range(3)))
    plan_day(client)

    edited = client.patch(f"/v1/orders/{ids[0]}", json={"lon": 24.99, "lat": 60.17}).json

    assert edited is not None
    assert edited["status"] == "carrier"
    newest = (client.get("/v1/plans").json or {})["plans"][0]
    assert (newest["version"], newest["visits"]) == (2, 2)


def test_note_changes_no_plan(client: FlaskClient) -> None:
    ids = post_orders(client, order_json(1))
    plan_day(client)

    client.patch(f"/v1/orders/{ids[0]}", json={"note": "ring twice"})

    assert len((client.get("/v1/plans").json or {})["plans"]) == 1


def test_plan_in_the_middle_of_the_day_keeps_what_is_on_board(
    client: FlaskClient, services: Services, clock: HandClock
) -> None:
    post_orders(client, *(order_json(number, windows=[[at(0), at(8)]]) for number in range(6)))
    first = read_plan(client, plan_day(client)["plan_id"])
    route = first["routes"][0]
    done, driving_to = route["visits"][0], route["visits"][1]
    clock.advance(2 * 3600)
    with services.db.write() as session:
        shift = session.get_one(Shift, route["shift_id"])
        shift.state, shift.started_at = "started", clock.now() - timedelta(hours=2)
        visit = session.get_one(Visit, done["visit_id"])
        visit.state, visit.done_at = "delivered", clock.now() - timedelta(minutes=5)
        session.get_one(Order, done["order_id"]).status = "delivered"
        for one in route["visits"][1:]:
            session.get_one(Order, one["order_id"]).status = "on_route"
    new = post_orders(client, order_json(7, windows=[[at(3), at(8)]]))

    second = read_plan(client, plan_day(client)["plan_id"])

    (again,) = [one for one in second["routes"] if one["shift_id"] == route["shift_id"]]
    assert again["visits"][0] == done
    assert again["visits"][1]["visit_id"] == driving_to["visit_id"]
    assert {v["visit_id"] for v in again["visits"]} == {v["visit_id"] for v in route["visits"]}
    assert new[0] in visits_of(second)
    assert new[0] not in [v["order_id"] for v in again["visits"]]
    assert all(v["starts_at"] >= clock.now().isoformat() for v in again["visits"][1:])


def test_orders_cancelled_while_the_solver_works_make_it_plan_anew(client: FlaskClient, services: Services) -> None:
    ids = post_orders(client, order_json(1), order_json(2))
    job_id = ask_for_plan(client)
    with services.db.write() as session:
        job_store.take(session, job_id, services.clock.now())

    def cancel_once(_: object) -> None:
        client.post(f"/v1/orders/{ids[0]}/cancel", json={"reason": "client asked"})

    job = work_on(services, job_id, on_progress=cancel_once)

    assert job.result is not None
    assert (job.state, job.result["visits"]) == ("done", 1)


def test_dead_solver_gives_a_failed_job_with_a_clear_error(client: FlaskClient, services: Services) -> None:
    post_orders(client, order_json(1))
    job_id = ask_for_plan(client, time_limit_s=60)
    with services.db.write() as session:
        job = job_store.take(session, job_id, services.clock.now())
        assert job is not None
        prepared = prepare_day(session, job, services.clock.now())

    with SolveChild(solve_request(services, prepared)) as child, pytest.raises(SolveFailedError) as caught:
        child.solve(lambda _: os.kill(child.pid, signal.SIGKILL), lambda: False)

    assert "signal 9" in str(caught.value)
    assert "again" in str(caught.value)


def test_plan_on_real_streets(client: FlaskClient, services: Services, helsinki_network_dir: Path) -> None:
    root = services.settings.networks_folder / "helsinki" / "car"
    root.mkdir(parents=True)
    (root / helsinki_network_dir.name).symlink_to(helsinki_network_dir)
    (root / "CURRENT").write_text(helsinki_network_dir.name)
    post_orders(client, *(order_json(number) for number in range(8)))

    result = plan_day(client)

    plan = read_plan(client, result["plan_id"])
    assert result["visits"] == 8
    assert plan["provenance"]["matrix_source"] == "osrm"
    assert plan["provenance"]["network_build"]
    assert max(len(leg["path"]) for route in plan["routes"] for leg in route["legs"]) > 5


def test_order_cancelled_on_the_road_leaves_done_visits_and_the_next_stop_alone(
    app: Flask, client: FlaskClient, clock: HandClock, town: Town
) -> None:
    post_orders(client, *(order_json(number, windows=[[at(0), at(8)]]) for number in range(6)))
    route = read_plan(client, plan_day(client)["plan_id"])["routes"][0]
    done, next_one, victim = route["visits"][:3]
    courier = next(one for one in town.couriers if one.id == route["courier_id"])
    phone = courier_client(app, courier)
    clock.set(instant(route["departs_at"]))
    phone.post("/v1/me/shift/start", json={})
    clock.set(instant(done["leaves_at"]))
    outcome = {"outcome_id": "one", "kind": "delivered", "device_at": clock.now().isoformat()}
    phone.post(f"/v1/visits/{done['visit_id']}/outcomes", json=outcome)

    cancelled = client.post(f"/v1/orders/{victim['order_id']}/cancel", json={"reason": "client asked"})

    assert cancelled.status_code == 200
    newest = (client.get("/v1/plans").json or {})["plans"][0]
    (again,) = [one for one in read_plan(client, newest["id"])["routes"] if one["shift_id"] == route["shift_id"]]
    # What is delivered has no risk to be late any more.
    assert again["visits"][0] == done | {"risk_share": None}
    assert again["visits"][1]["visit_id"] == next_one["visit_id"]
    assert [v["visit_id"] for v in again["visits"]] == [v["visit_id"] for v in route["visits"] if v != victim]
    tasks = phone.get("/v1/me/tasks").json
    assert tasks is not None
    assert victim["visit_id"] not in [task["visit_id"] for task in tasks["tasks"]]
