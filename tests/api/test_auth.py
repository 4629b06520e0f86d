"""Who may do what: default deny, sessions, tokens, foreign pages."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from api.actions.accounts import add_user
from api.auth import COOKIE, allow, allow_everyone, declared_roles, wall_now
from api.context import Role, Services
from api.credentials import hash_token
from api.db.tables import AccessToken, Courier, User, UserSession
from tests.service import Town, client_for, courier_client

PASSWORD = "correct horse battery"


@pytest.fixture
def person(services: Services, town: Town) -> User:
    return add_user(services, town.caller(town.admin), login="olga", name="Olga", role=Role.OPERATOR, password=PASSWORD)


def test_every_endpoint_declares_who_may_use_it(app: Flask) -> None:
    silent = [
        rule.rule for rule in app.url_map.iter_rules() if declared_roles(app.view_functions[rule.endpoint]) is None
    ]

    assert silent == []


def test_endpoint_without_roles_answers_nobody(app: Flask, town: Town) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")

    answer = client_for(app, town.admin).get("/forgotten")

    assert answer.status_code == 403
    assert b"secret" not in answer.data


def test_stranger_is_asked_to_sign_in(app: Flask, town: Town) -> None:
    answer = app.test_client().get("/v1/me")

    assert answer.status_code == 401
    assert answer.content_type == "application/problem+json"


def test_login_opens_a_session_and_logout_ends_it(app: Flask, person: User) -> None:
    client = app.test_client()

    answer = client.post("/v1/login", json={"login": "olga", "password": PASSWORD})

    assert answer.status_code == 200
    assert answer.json == {"user": {"id": person.id, "name": "Olga", "role": "operator", "language": "en"}}
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert "SameSite=Strict" in answer.headers["Set-Cookie"]
    assert client.get("/v1/me").json == answer.json
    cookie = client.get_cookie(COOKIE)
    assert cookie is not None
    assert client.post("/v1/logout").status_code == 204
    client.set_cookie(COOKIE, cookie.value)
    assert client.get("/v1/me").status_code == 401


def test_session_token_is_kept_as_hash_only(app: Flask, services: Services, person: User) -> None:
    client = app.test_client()
    client.post("/v1/login", json={"login": "olga", "password": PASSWORD})
    cookie = client.get_cookie(COOKIE)
    assert cookie is not None

    with services.db.read() as session:
        kept = session.scalars(select(UserSession.token_hash)).all()
        user = session.get_one(User, person.id)

    assert kept == [hash_token(cookie.value)]
    assert user.password_hash.startswith("$argon2id$")


def test_wrong_login_and_wrong_password_answer_alike(app: Flask, person: User) -> None:
    client = app.test_client()

    unknown = client.post("/v1/login", json={"login": "nobody", "password": PASSWORD})
    wrong = client.post("/v1/login", json={"login": "olga", "password": "wrong password"})

    assert unknown.status_code == wrong.status_code == 401
    assert unknown.json is not None
    assert wrong.json is not None
    assert {**unknown.json, "request_id": ""} == {**wrong.json, "request_id": ""}


def test_session_ends_with_its_time(app: Flask, services: Services, town: Town) -> None:
    client = client_for(app, town.operator)
    with services.db.write() as session:
        session.execute(update(UserSession).values(expires_at=wall_now() - timedelta(seconds=1)))

    assert client.get("/v1/me").status_code == 401


def test_session_of_a_person_who_left_opens_nothing(app: Flask, services: Services, town: Town) -> None:
    client = client_for(app, town.operator)
    with services.db.write() as session:
        session.execute(update(User).where(User.id == town.operator.id).values(active=False))

    assert client.get("/v1/me").status_code == 401


def test_too_many_tries_to_sign_in_are_refused_with_a_waiting_time(app: Flask, town: Town) -> None:
    client = app.test_client()

    answers = [client.post("/v1/login", json={"login": "x", "password": "y"}) for _ in range(11)]

    assert [answer.status_code for answer in answers] == [401] * 10 + [429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 61


def test_token_of_a_courier_opens_only_what_couriers_may(app: Flask, town: Town) -> None:
    phone = courier_client(app, town.couriers[0])

    me = phone.get("/v1/me")

    assert me.json == {"user": {"id": town.couriers[0].id, "name": "Courier 1", "role": "courier", "language": "en"}}
    assert phone.patch("/v1/me", json={"language": "ru"}).status_code == 403


def test_revoked_token_and_token_of_a_former_courier_open_nothing(app: Flask, services: Services, town: Town) -> None:
    first, second = courier_client(app, town.couriers[0]), courier_client(app, town.couriers[1])
    with services.db.write() as session:
        session.execute(
            update(AccessToken)
            .where(AccessToken.courier_id == town.couriers[0].id)
            .values(revoked_at=services.clock.now())
        )
        session.execute(update(Courier).where(Courier.id == town.couriers[1].id).values(active=False))

    assert first.get("/v1/me").status_code == 401
    assert second.get("/v1/me").status_code == 401


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Basic abc", "Bearer unknown"])
def test_unreadable_or_unknown_token_is_refused(app: Flask, town: Town, header: str) -> None:
    assert app.test_client().get("/v1/me", headers={"Authorization": header}).status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://localhost"}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 200),
    ],
)
def test_change_sent_by_a_foreign_page_is_refused(app: Flask, town: Town, headers: dict[str, str], status: int) -> None:
    client = client_for(app, town.operator)
    del client.environ_base["HTTP_SEC_FETCH_SITE"]

    answer = client.patch("/v1/me", json={"language": "kk"}, headers=headers)

    assert answer.status_code == status


def test_admin_may_do_what_dispatchers_and_operators_may() -> None:
    @allow(Role.OPERATOR)
    def view() -> None: ...

    @allow(Role.COURIER)
    def phone() -> None: ...

    assert declared_roles(view) == frozenset({Role.OPERATOR, Role.ADMIN})
    assert declared_roles(phone) == frozenset({Role.COURIER})


def test_allow_needs_a_role() -> None:
    with pytest.raises(ValueError, match="at least one role"):
        allow()


def test_open_endpoint_is_marked_as_such() -> None:
    view: Callable[..., Any] = allow_everyone(lambda: None)

    assert declared_roles(view) == frozenset()
