"""People and tokens on a real PostgreSQL: the same service, the other engine."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from api.actions.accounts import add_token, add_user
from api.actions.city_setup import add_city
from api.app import create_app
from api.context import Role, Services
from api.db.tables import AuditRow, UserSession
from api.errors import ConflictError
from tests.postgres import PostgresServer
from tests.service import MORNING, Town, courier_client, make_services, seed_town

PASSWORD = "correct horse battery"


@pytest.fixture
def services(tmp_path: Path, postgres: PostgresServer) -> Iterator[Services]:
    services = make_services(tmp_path, url=postgres.make_database())
    yield services
    services.db.close()


@pytest.fixture
def town(services: Services) -> Town:
    return seed_town(services)


def test_person_signs_in_and_out(services: Services, town: Town) -> None:
    add_user(services, town.caller(), login="olga", name="Olga", role=Role.OPERATOR, password=PASSWORD)
    client = create_app(services).test_client()

    assert client.post("/v1/login", json={"login": "olga", "password": PASSWORD}).status_code == 200
    assert client.patch("/v1/me", json={"language": "uk"}).json == client.get("/v1/me").json
    assert client.get("/readyz").status_code == 200
    assert client.post("/v1/logout").status_code == 204
    assert client.get("/v1/me").status_code == 401

    with services.db.read() as session:
        actions = session.scalars(select(AuditRow.action).order_by(AuditRow.id)).all()
        assert session.scalars(select(UserSession)).all() == []
    assert actions == ["add_user", "login", "set_language", "logout"]


def test_phone_is_known_by_its_token(services: Services, town: Town) -> None:
    row, _ = add_token(services, town.caller(), name="phone", role=Role.COURIER, courier_code="C2")

    me = courier_client(create_app(services), town.couriers[1]).get("/v1/me")

    assert row.courier_id == town.couriers[1].id
    assert me.json is not None
    assert me.json["user"]["id"] == town.couriers[1].id


def test_taken_login_is_a_conflict_and_writes_nothing(services: Services, town: Town) -> None:
    add_user(services, town.caller(), login="olga", name="Olga", role=Role.OPERATOR, password=PASSWORD)

    with pytest.raises(ConflictError, match="'olga' is taken"):
        add_user(services, town.caller(), login="olga", name="Other", role=Role.ADMIN, password=PASSWORD)

    with services.db.read() as session:
        assert session.scalars(select(AuditRow.action)).all() == ["add_user"]


def test_city_is_added_and_its_audit_row_keeps_the_instant(services: Services, town: Town) -> None:
    add_city(
        services,
        tenant_name=town.tenant.name,
        slug="turku",
        name="Turku",
        timezone="Europe/Helsinki",
        country="FI",
        lon=22.27,
        lat=60.45,
    )

    with services.db.read() as session:
        row = session.scalars(select(AuditRow)).one()
    assert (row.at, row.tenant_id, row.action) == (MORNING, town.tenant.id, "add_city")
