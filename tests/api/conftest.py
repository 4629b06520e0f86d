"""Every test of the web edge has a seeded service, and a phone whose courier is at work."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.context import Services
from tests.service import Town, begin_shifts, courier_token
from tests.service_fixtures import app, clock, postgres, services, town

__all__ = ["app", "client", "clock", "postgres", "services", "token", "town"]


@pytest.fixture
def token(services: Services, town: Town) -> str:
    """The secret of the phone of a courier who is at work since five."""
    begin_shifts(services, town)
    return courier_token(services, town.couriers[0])


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Somebody who has not signed in."""
    return app.test_client()
