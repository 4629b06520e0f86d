"""
A reader that follows event ids never steps over an event that is committed later.

PostgreSQL hands out ids before commit: the trap that the lock in `append_event` closes.
"""

import threading
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from api.context import Services
from api.db.event_log import append_event
from api.db.live_store import events_after
from tests.postgres import PostgresServer
from tests.service import MORNING, Town, make_services, seed_town


def append(session: Session, town: Town, number: int) -> int:
    return append_event(
        session,
        tenant_id=town.tenant.id,
        city_id=town.city.id,
        kind="order.created",
        at=MORNING,
        now=MORNING,
        data={"number": number},
    )


def read_all(services: Services, town: Town, writers: int, each: int) -> list[int]:
    """Write from several threads, each transaction lingering before its commit, while a reader follows the ids."""
    done = threading.Event()
    seen: list[int] = []

    def write(k: int) -> None:
        for n in range(each):
            with services.db.write() as session:
                append(session, town, k * each + n)
                threading.Event().wait(0.002 * (k % 3))

    def follow() -> None:
        last = 0
        while True:
            is_last_look = done.is_set()
            with services.db.read() as session:
                for event in events_after(session, last, 100):
                    last = event.id
                    seen.append(event.data["number"])
            if is_last_look:
                return

    reader = threading.Thread(target=follow)
    threads = [threading.Thread(target=write, args=(k,)) for k in range(writers)]
    reader.start()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    reader.join()
    return seen


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_reader_of_ids_misses_nothing_that_commits_late(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if engine == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        services = make_services(tmp_path, url=server.make_database())
    else:
        services = make_services(tmp_path)
    town = seed_town(services)

    seen = read_all(services, town, writers=4, each=8)

    assert sorted(seen) == list(range(32))
    services.db.close()


def test_a_slow_commit_keeps_later_ids_back(tmp_path: Path, postgres: PostgresServer) -> None:
    """The very order that loses an event without the lock: first id, slow commit; second id, quick commit."""
    services = make_services(tmp_path, url=postgres.make_database())
    town = seed_town(services)
    slow_has_id, let_go, order = threading.Event(), threading.Event(), []

    def slow() -> None:
        with services.db.write() as session:
            append(session, town, 1)
            slow_has_id.set()
            let_go.wait(10)
            order.append("slow")

    def quick() -> None:
        slow_has_id.wait(10)
        with services.db.write() as session:
            append(session, town, 2)
            order.append("quick")

    threads = [threading.Thread(target=slow), threading.Thread(target=quick)]
    for thread in threads:
        thread.start()
    slow_has_id.wait(10)
    threads[1].join(0.3)
    with services.db.read() as session:
        in_between = list(events_after(session, 0, 10))
    let_go.set()
    for thread in threads:
        thread.join()

    assert in_between == []
    assert order == ["slow", "quick"]
    services.db.close()
