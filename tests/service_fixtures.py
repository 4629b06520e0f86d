"""A service on a temporary SQLite database, seeded: fixtures of the tests of the web edge and of the journeys."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from api.app import create_app, runtime_of
from api.context import Services
from tests.postgres import PostgresServer, running_postgres
from tests.service import HandClock, Town, make_services, seed_town


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def services(tmp_path: Path, clock: HandClock) -> Iterator[Services]:
    services = make_services(tmp_path, clock=clock)
    yield services
    services.db.close()


@pytest.fixture
def town(services: Services) -> Town:
    return seed_town(services)


@pytest.fixture
def app(services: Services) -> Iterator[Flask]:
    app = create_app(services)
    yield app
    runtime_of(app).stop()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A real PostgreSQL, started when the first test asks for it; each pytest process has its own."""
    with running_postgres() as server:
        yield server
