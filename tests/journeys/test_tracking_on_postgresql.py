"""The line from ping to answer on a real PostgreSQL, with two writers at once."""

import threading
from datetime import UTC, datetime
from pathlib import Path

from api.app import create_app, runtime_of
from tests.postgres import PostgresServer
from tests.service import HandClock, client_for, make_services, seed_town
from tests.tracked_day import Phone, publish_straight_day


def test_a_detour_reaches_inbox_and_answer(tmp_path: Path, postgres: PostgresServer) -> None:
    clock = HandClock()
    services = make_services(tmp_path, clock=clock, url=postgres.make_database())
    town = seed_town(services)
    day = publish_straight_day(services, town, stops=2)
    app = create_app(services)
    phone = Phone(app, day, clock)
    phone.start()
    phone.ping()
    phone.go(east_m=450)
    phone.go(north_m=700)

    board = client_for(app, town.operator).get("/v1/snapshot").get_json()
    answer = client_for(app, town.operator).post("/v1/answers", json={"order_id": day.orders[0].id}).get_json()

    assert [cause["kind"] for cause in board["causes"]] == ["off_route"]
    assert answer["inbox_id"] == board["inbox"][0]["id"]
    outcome = {"outcome_id": "o", "kind": "delivered", "device_at": clock.now().isoformat()}
    done = phone.client.post(f"/v1/visits/{day.visits[0].id}/outcomes", json=outcome)
    assert done.get_json()["state"] == "delivered"
    services.db.close()


def test_two_services_write_for_the_same_couriers_without_losing_a_ping(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    url = postgres.make_database()
    clock = HandClock()
    first = make_services(tmp_path / "a", clock=clock, url=url)
    second = make_services(tmp_path / "b", clock=clock, url=url)
    town = seed_town(first, couriers=2)
    days = [publish_straight_day(first, town)]
    apps = [create_app(first), create_app(second)]
    for app in apps:
        runtime_of(app).start()
    phones = [Phone(apps[k % 2], days[0], clock) for k in range(4)]
    statuses: list[int] = []

    def send(k: int) -> None:
        for n in range(8):
            fix_at = clock.now().timestamp() - 300 + n * 8 + k
            body = {"pings": [{"id": f"{k}-{n}", "fix_at": _iso(fix_at), "lon": 24.9384, "lat": 60.1699}]}
            statuses.append(phones[k].client.post("/v1/pings", json=body).status_code)

    threads = [threading.Thread(target=send, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert statuses == [200] * 32
    for app, services in zip(apps, (first, second), strict=True):
        runtime_of(app).stop()
        services.db.close()


def _iso(timestamp: float) -> str:
    return datetime.fromtimestamp(timestamp, UTC).isoformat()
