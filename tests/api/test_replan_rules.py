"""Plans made anew over HTTP under locks, budgets, closures and breakdowns; previews; choices for a visit."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from api.context import Services
from api.db.tables import Event, PlanRow, Shift
from tests.api.orders import CENTRE, at, order_json
from tests.api.planning import ask_for_plan, plan_day, post_orders, read_plan, visits_of
from tests.service import HandClock, Town, client_for


@pytest.fixture
def client(app: Flask, town: Town) -> FlaskClient:
    return client_for(app, town.dispatcher)


def starts(plan: dict[str, Any]) -> dict[str, str]:
    return {visit["visit_id"]: visit["starts_at"] for route in plan["routes"] for visit in route["visits"]}


def test_first_plan_has_no_diff_and_the_second_tells_what_it_changes(client: FlaskClient, services: Services) -> None:
    post_orders(client, *(order_json(number) for number in range(4)))

    first = plan_day(client)
    post_orders(client, order_json(5))
    second = plan_day(client)

    assert first["diff"] is None
    assert set(second["diff"]) >= {"moved", "retimed", "added", "dropped", "to_tell", "cost_before", "cost_after"}
    assert len(second["diff"]["added"]) == 1
    with services.db.read() as session:
        events = session.scalars(select(Event).where(Event.kind == "plan.published").order_by(Event.id)).all()
        assert "diff" not in events[0].data
        assert events[1].data["diff"]["added"] == 1
        assert events[1].data["diff"]["cost_after"] == second["diff"]["cost_after"]


def test_locked_times_stay_to_the_second(client: FlaskClient) -> None:
    post_orders(client, *(order_json(number) for number in range(4)))
    before = read_plan(client, plan_day(client)["plan_id"])
    post_orders(client, order_json(5), order_json(6))

    result = plan_day(client, lock_horizons=[{"within_s": 86_400, "level": "times"}])

    after = read_plan(client, result["plan_id"])
    assert starts(before).items() <= starts(after).items()
    assert (result["diff"]["moved"], result["diff"]["retimed"], result["diff"]["remarks"]) == ([], [], [])


def test_a_lock_is_named_by_visit_or_by_order(client: FlaskClient) -> None:
    ids = post_orders(client, *(order_json(number) for number in range(4)))
    before = read_plan(client, plan_day(client)["plan_id"])
    visit_of = visits_of(before)
    locks = [{"order_id": ids[0], "level": "times"}, {"visit_id": visit_of[ids[1]], "level": "courier"}]

    after = read_plan(client, plan_day(client, locks=locks)["plan_id"])

    assert starts(after)[visit_of[ids[0]]] == starts(before)[visit_of[ids[0]]]


def test_no_change_allowed_changes_nobody(client: FlaskClient) -> None:
    post_orders(client, *(order_json(number) for number in range(6)))
    before = read_plan(client, plan_day(client)["plan_id"])
    post_orders(client, order_json(7))

    result = plan_day(client, max_changed=0, change_costs={"tolerance_s": 300, "per_moved": 600})

    assert result["diff"]["changed"] == 0
    assert starts(before).keys() <= starts(read_plan(client, result["plan_id"])).keys()


def test_a_preview_tells_the_diff_and_publishes_nothing(client: FlaskClient, services: Services) -> None:
    post_orders(client, *(order_json(number) for number in range(3)))
    plan_day(client)
    post_orders(client, order_json(4))

    result = plan_day(client, preview=True)

    assert result["preview"]
    assert len(result["diff"]["added"]) == 1
    assert sum(len(one["visits"]) for one in result["sequences"]) == result["visits"] == 4
    with services.db.read() as session:
        assert session.scalar(select(func.count()).select_from(PlanRow)) == 1


def test_another_wish_is_another_job(client: FlaskClient) -> None:
    post_orders(client, order_json(1))

    assert ask_for_plan(client) != ask_for_plan(client, preview=True)
    assert ask_for_plan(client, max_changed=3) == ask_for_plan(client, max_changed=3)


def test_an_order_in_a_closed_area_comes_back_with_its_reason(client: FlaskClient) -> None:
    ids = post_orders(client, *(order_json(number) for number in range(5)))
    lon, lat = order_json(0)["lon"], order_json(0)["lat"]
    area = [[lon + x, lat + y] for x, y in ((-1e-3, -5e-4), (1e-3, -5e-4), (1e-3, 5e-4), (-1e-3, 5e-4))]
    closure = {"name": "Water main", "area": area, "from_at": at(-2), "until_at": at(10)}
    street = {"street": [[CENTRE[0], 60.10], [CENTRE[0] + 0.001, 60.101]], "from_at": at(-2), "until_at": at(10)}

    result = plan_day(client, closures=[closure, street])

    assert [(one["order_id"], one["code"]) for one in result["unassigned"]] == [(ids[0], "area_closed")]
    assert "Water main" in result["unassigned"][0]["message"]


def started(services: Services, route: dict[str, Any], clock: HandClock) -> None:
    with services.db.write() as session:
        shift = session.get_one(Shift, route["shift_id"])
        shift.state, shift.started_at = "started", clock.now() - timedelta(minutes=1)


def test_a_breakdown_ends_the_shift_and_leaves_out_what_is_on_board(
    client: FlaskClient, services: Services, clock: HandClock
) -> None:
    post_orders(client, *(order_json(number, windows=[[at(0), at(8)]]) for number in range(4)))
    first = read_plan(client, plan_day(client)["plan_id"])
    route = first["routes"][0]
    clock.advance(600)
    started(services, route, clock)

    result = plan_day(client, breakdowns=[{"courier_id": route["courier_id"]}])

    on_board = {visit["order_id"] for visit in route["visits"]}
    assert {one["order_id"]: one["code"] for one in result["unassigned"]} == dict.fromkeys(on_board, "courier_out")
    assert len(result["diff"]["dropped"]) == len(on_board)
    with services.db.read() as session:
        assert session.get_one(Shift, route["shift_id"]).state == "ended"
        assert session.scalar(select(func.count()).where(Event.kind == "shift.ended")) == 1


def test_a_handover_is_previewed_and_not_published(client: FlaskClient, services: Services, clock: HandClock) -> None:
    post_orders(client, *(order_json(number, windows=[[at(0), at(8)]]) for number in range(4)))
    route = read_plan(client, plan_day(client)["plan_id"])["routes"][0]
    clock.advance(600)
    started(services, route, clock)
    broken = {"shift_id": route["shift_id"], "handover": True}

    refused = client.post("/v1/plans", json={"breakdowns": [broken]})
    seen = plan_day(client, breakdowns=[broken], preview=True)

    assert refused.status_code == 422
    assert refused.json is not None
    assert [one["code"] for one in refused.json["problems"]] == ["handover_preview_only"]
    visited = [one["visit_id"] for route in seen["sequences"] for one in route["visits"]]
    assert {one for one in visited if one.endswith("/handover")} == {
        f"{visit['visit_id']}/handover" for visit in route["visits"]
    }


@pytest.mark.parametrize(
    "body",
    [
        {"locks": [{"level": "times"}]},
        {"locks": [{"visit_id": "a", "order_id": "b", "level": "times"}]},
        {"locks": [{"visit_id": "a", "level": "everything"}]},
        {"lock_horizons": [{"within_s": -1, "level": "times"}]},
        {"change_costs": {"per_moved": -1}},
        {"max_changed": -1},
        {"closures": [{"area": [[0, 0], [1, 1]], "from_at": at(0), "until_at": at(1)}]},
        {"closures": [{"from_at": at(0), "until_at": at(1)}]},
        {"closures": [{"street": [[0, 0], [1, 1]], "from_at": at(1), "until_at": at(0)}]},
        {"breakdowns": [{}]},
        {"breakdowns": [{"shift_id": "a", "lon": 1}]},
        {"breakdowns": [{"shift_id": "nobody"}]},
    ],
)
def test_bad_rules_are_refused_before_any_job(client: FlaskClient, body: dict[str, Any]) -> None:
    post_orders(client, order_json(1))

    answer = client.post("/v1/plans", json=body)

    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["problems"]


def test_what_would_have_served_an_order_is_told_and_stored(client: FlaskClient) -> None:
    ids = post_orders(client, order_json(1), order_json(2, skills=["cold_box"]))

    result = plan_day(client)

    (left_out,) = result["unassigned"]
    assert left_out["order_id"] == ids[1]
    assert left_out["remedies"][0]["kind"] == "skill"
    assert "has cold_box" in left_out["remedies"][0]["text"]
    assert read_plan(client, result["plan_id"])["unassigned"][0]["remedies"] == left_out["remedies"]
    row = client.get(f"/v1/orders/{ids[1]}").json
    assert row is not None
    assert row["unassigned"]["remedy"] == left_out["remedies"][0]["text"]


def test_choices_price_every_courier_for_a_visit(app: Flask, client: FlaskClient, town: Town) -> None:
    post_orders(client, *(order_json(number) for number in range(6)))
    plan = read_plan(client, plan_day(client)["plan_id"])
    route = plan["routes"][0]
    visit_id = route["visits"][0]["visit_id"]

    answer = client_for(app, town.operator).get(f"/v1/plans/{plan['id']}/visits/{visit_id}/choices")

    assert answer.status_code == 200
    assert answer.json is not None
    choices = answer.json["choices"]
    assert {one["shift_id"] for one in choices} == {shift.id for shift in town.shifts}
    present = next(one for one in choices if one["is_present"])
    assert (present["shift_id"], present["added_cost"]) == (route["shift_id"], 0)
    priced = [one["added_cost"] for one in choices if one["added_cost"] is not None]
    assert priced == sorted(priced)


def test_choices_are_of_the_plan_in_force_and_its_visits_only(client: FlaskClient) -> None:
    post_orders(client, order_json(1))
    old = plan_day(client)["plan_id"]
    new = plan_day(client)["plan_id"]
    visit_id = read_plan(client, new)["routes"][0]["visits"][0]["visit_id"]

    assert client.get(f"/v1/plans/{old}/visits/{visit_id}/choices").status_code == 409
    assert client.get(f"/v1/plans/{new}/visits/ghost/choices").status_code == 404
    assert client.get(f"/v1/plans/ghost/visits/{visit_id}/choices").status_code == 404
