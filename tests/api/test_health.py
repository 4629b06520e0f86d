"""Health, readiness, figures and the API's own description."""

import json

from flask import Flask
from sqlalchemy import text

from api.context import Services
from tests.service import Town, client_for


def test_service_is_up_without_a_database(app: Flask, services: Services) -> None:
    services.db.close()

    assert app.test_client().get("/healthz").json == {"status": "ok"}


def test_service_is_ready_when_its_database_takes_writes(app: Flask) -> None:
    assert app.test_client().get("/readyz").json == {"status": "ready"}


def test_service_is_not_ready_when_its_database_takes_no_writes(app: Flask, services: Services) -> None:
    with services.db.write() as session:
        session.execute(text("ALTER TABLE tenants RENAME TO gone"))

    answer = app.test_client().get("/readyz")

    assert answer.status_code == 503
    assert answer.content_type == "application/problem+json"


def test_figures_are_for_this_machine_and_admins(app: Flask, town: Town) -> None:
    stranger, admin, operator = app.test_client(), client_for(app, town.admin), client_for(app, town.operator)
    elsewhere = {"REMOTE_ADDR": "203.0.113.5"}

    assert stranger.get("/metrics").status_code == 200
    assert stranger.get("/metrics", environ_overrides=elsewhere).status_code == 403
    assert stranger.get("/metrics", headers={"X-Forwarded-For": "203.0.113.5"}).status_code == 403
    assert operator.get("/metrics", environ_overrides=elsewhere).status_code == 403
    assert admin.get("/metrics", environ_overrides=elsewhere).status_code == 200


def test_figures_count_requests_by_endpoint_not_by_address(app: Flask) -> None:
    client = app.test_client()
    client.get("/v1/secret-of-somebody")

    text_of_figures = client.get("/metrics").text

    assert "corridor_requests_total" in text_of_figures
    assert "secret-of-somebody" not in text_of_figures


def test_api_describes_itself_in_openapi_3_1(app: Flask) -> None:
    answer = app.test_client().get("/openapi.json")

    document = json.loads(answer.text)
    assert document["openapi"] == "3.1.0"
    login = document["paths"]["/v1/login"]["post"]
    assert login["requestBody"]["content"]["application/json"]["schema"]["$ref"].endswith("/LoginBody")
    assert "application/problem+json" in login["responses"]["422"]["content"]
    assert "ValidationErrorModel" not in answer.text


def test_pages_that_change_with_the_person_are_not_kept_by_browsers(app: Flask) -> None:
    assert app.test_client().get("/v1/me").headers["Cache-Control"] == "no-store"
