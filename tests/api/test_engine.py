"""Transactions: all or nothing, readers beside one writer, and nobody fails because another one writes."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from api.context import Services
from api.db.tables import Tenant
from tests.postgres import PostgresServer
from tests.service import MORNING, make_services

WRITERS = 8
ROWS_EACH = 10


@pytest.fixture(params=["sqlite", "postgresql"])
def services(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Services]:
    url = ""
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        url = server.make_database()
    services = make_services(tmp_path, url=url)
    yield services
    services.db.close()


def tenant(name: str) -> Tenant:
    return Tenant(id=name, name=name, created_at=MORNING)


def count(services: Services) -> int:
    with services.db.read() as session:
        return session.scalar(select(func.count()).select_from(Tenant)) or 0


def test_what_was_raised_takes_everything_back(services: Services) -> None:
    def write_and_fail() -> None:
        with services.db.write() as session:
            session.add(tenant("a"))
            session.flush()
            raise RuntimeError("half-way")

    with pytest.raises(RuntimeError, match="half-way"):
        write_and_fail()

    assert count(services) == 0


def test_reader_sees_what_was_committed_when_it_began(services: Services) -> None:
    with services.db.write() as session:
        session.add(tenant("a"))
        session.flush()
        seen_beside = count(services)

    assert (seen_beside, count(services)) == (0, 1)


def test_many_writers_wait_for_each_other_and_none_fails(services: Services) -> None:
    failures: list[Exception] = []

    def write_rows(number: int) -> None:
        try:
            for row in range(ROWS_EACH):
                with services.db.write() as session:
                    # read first: the step at which a late lock would fail on SQLite
                    session.scalar(select(func.count()).select_from(Tenant))
                    session.add(tenant(f"{number}-{row}"))
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=write_rows, args=(number,)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert count(services) == WRITERS * ROWS_EACH


def test_instants_come_back_aware_and_equal(services: Services) -> None:
    with services.db.write() as session:
        session.add(tenant("a"))

    with services.db.read() as session:
        assert session.scalars(select(Tenant.created_at)).one() == MORNING


def test_errors_do_not_tell_what_was_to_be_written(services: Services) -> None:
    with services.db.write() as session:
        session.add(tenant("+358401234567"))

    with pytest.raises(IntegrityError) as caught, services.db.write() as session:
        session.add(Tenant(id="+358401234567", name="Olga of Mannerheimintie", created_at=MORNING))

    assert "Mannerheimintie" not in str(caught.value)
