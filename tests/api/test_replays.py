"""`POST /v1/replay`: a track against a plan, inline or stored."""

from datetime import timedelta
from typing import Any

from flask import Flask

from api.context import Services
from tests.service import Town, client_for
from tests.tracked_day import PLANE, publish_straight_day


def track(services: Services, north_m: float, **more: Any) -> dict[str, Any]:
    """A drive due east at 10 m/s, aside of the way from the 20th fix to the 40th."""
    start = services.clock.now()
    pings = []
    for i in range(60):
        point = PLANE.to_lonlat(20.0 + 50.0 * i, north_m if 20 <= i < 40 else 0.0)
        at = start + timedelta(seconds=5 * i)
        pings.append({"fix_at": at.isoformat(), "lon": point.lon, "lat": point.lat, "accuracy_m": 5})
    return {"pings": pings} | more


def way() -> dict[str, Any]:
    ends = [PLANE.to_lonlat(0.0, 0.0), PLANE.to_lonlat(6000.0, 0.0)]
    return {"type": "LineString", "coordinates": [[p.lon, p.lat] for p in ends]}


def test_departure_from_an_inline_plan_is_answered_with_its_end(app: Flask, town: Town, services: Services) -> None:
    client = client_for(app, town.dispatcher)

    answer = client.post("/v1/replay", json={"track": track(services, 200.0), "plan": way()})

    assert answer.status_code == 200
    assert answer.json is not None
    rows = answer.json["deviations"]
    assert [(row["kind"], row["state"]) for row in rows] == [("off_route", "open"), ("off_route", "closed")]
    assert answer.json["left_out"] == []


def test_track_is_held_against_a_stored_plan(app: Flask, town: Town, services: Services) -> None:
    day = publish_straight_day(services, town)
    client = client_for(app, town.dispatcher)

    quiet = client.post("/v1/replay", json={"track": track(services, 0.0), "plan_id": day.plan_id})
    aside = client.post("/v1/replay", json={"track": track(services, 300.0), "plan_id": day.plan_id})

    assert quiet.status_code == aside.status_code == 200
    assert quiet.json is not None
    assert "off_route" not in {row["kind"] for row in quiet.json["deviations"]}
    assert aside.json is not None
    assert "off_route" in {row["kind"] for row in aside.json["deviations"]}


def test_what_cannot_be_played_is_a_problem(app: Flask, town: Town, services: Services) -> None:
    client = client_for(app, town.dispatcher)
    good = track(services, 0.0)
    long = {"started_at": "2026-03-01T09:00:00Z", "interval_s": 1, "lonlat": [[24.9, 60.1]] * 5001}

    assert client.post("/v1/replay", json={"track": good}).status_code == 422
    assert client.post("/v1/replay", json={"track": {"pings": []}, "plan": way()}).status_code == 422
    assert client.post("/v1/replay", json={"track": good, "plan": {"type": "Point"}}).status_code == 422
    assert client.post("/v1/replay", json={"track": long, "plan": way()}).status_code == 422
    assert client.post("/v1/replay", json={"track": good, "plan_id": "pln_none"}).status_code == 404
    assert client.post("/v1/replay", json={"track": 3}).status_code == 422


def test_operators_may_not_replay(app: Flask, town: Town, services: Services) -> None:
    answer = client_for(app, town.operator).post("/v1/replay", json={"track": track(services, 0.0), "plan": way()})

    assert answer.status_code == 403


def test_plan_may_be_a_list_of_coordinates_or_what_the_service_exports(
    app: Flask, town: Town, services: Services
) -> None:
    day = publish_straight_day(services, town)
    client = client_for(app, town.dispatcher)
    exported = client.get(f"/v1/plans/{day.plan_id}.geojson").json
    aside = track(services, 300.0)

    def rows(**plan: Any) -> list[tuple[str, str]]:
        answer = client.post("/v1/replay", json={"track": aside, **plan})
        assert answer.status_code == 200, answer.json
        assert answer.json is not None
        return [(row["at"], row["kind"]) for row in answer.json["deviations"] if row["kind"] == "off_route"]

    assert rows(plan=exported) == rows(plan_id=day.plan_id)
    assert len(rows(plan=way()["coordinates"])) == 2
    assert client.post("/v1/replay", json={"track": aside, "plan": [["a", 2], [3, 4]]}).status_code == 422
