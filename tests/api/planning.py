"""Asking for plans over HTTP, and bringing their jobs to an end."""

import threading
import time
from typing import Any

from flask.testing import FlaskClient

from api.db import job_store
from api.jobs.plan_job import work_on

ENDED = ("done", "failed", "cancelled")


def wait_for(client: FlaskClient, job_id: str, states: tuple[str, ...] = ENDED) -> dict[str, Any]:
    """Look at a job that the runner's threads work on until it is in one of these states."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        job = client.get(f"/v1/jobs/{job_id}").json
        assert job is not None
        if job["state"] in states:
            return dict(job)
        threading.Event().wait(0.05)
    raise AssertionError(f"the job did not become {states}")


def ask_for_plan(client: FlaskClient, **body: Any) -> str:
    answer = client.post("/v1/plans", json={"time_limit_s": 0.3} | body)
    assert answer.status_code == 202, answer.json
    assert answer.json is not None
    assert answer.headers["Location"] == f"/v1/jobs/{answer.json['job']['id']}"
    return str(answer.json["job"]["id"])


def plan_day(client: FlaskClient, **body: Any) -> dict[str, Any]:
    """Ask for a plan and bring its job to its end, in this thread and a child process."""
    job_id = ask_for_plan(client, **body)
    services = client.application.extensions["corridor"]
    with services.db.write() as session:
        job_store.take(session, job_id, services.clock.now())
    job = work_on(services, job_id)
    assert job.state == "done", job.error
    assert job.result is not None
    return job.result


def read_plan(client: FlaskClient, plan_id: str) -> dict[str, Any]:
    plan = client.get(f"/v1/plans/{plan_id}").json
    assert plan is not None
    return dict(plan)


def post_orders(client: FlaskClient, *orders: dict[str, Any]) -> list[str]:
    answer = client.post("/v1/orders", json={"orders": list(orders)})
    assert answer.json is not None
    return [row["id"] for row in answer.json["orders"]]


def visits_of(plan: dict[str, Any]) -> dict[str, str]:
    """Visit id by order id, of visits and of what was left out."""
    visits = {visit["order_id"]: visit["visit_id"] for route in plan["routes"] for visit in route["visits"]}
    return visits | {one["order_id"]: one["visit_id"] for one in plan["unassigned"]}
