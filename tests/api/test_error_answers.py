"""Every error leaves as problem+json: what, where, what to do, and nothing of the inside."""

import io
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from api.auth import allow_everyone
from api.db.tables import AuditRow
from api.errors import ConflictError, InputProblem, InvalidInputError
from routing.errors import ProblemError, RoadNetworkError
from tests.service import Town, client_for
from zones.errors import InvalidLonLatError


def problem_of(answer: TestResponse) -> dict[str, Any]:
    assert answer.content_type == "application/problem+json"
    assert isinstance(answer.json, dict)
    assert answer.json["status"] == answer.status_code
    assert answer.json["request_id"] == answer.headers["X-Request-ID"]
    return answer.json


def raising(app: Flask, error: Exception) -> TestResponse:
    @allow_everyone
    def view() -> str:
        raise error

    app.add_url_rule("/raise", "raise", view)
    return app.test_client().get("/raise")


def test_unknown_address_is_a_problem(app: Flask) -> None:
    assert problem_of(app.test_client().get("/v1/nothing"))["status"] == 404


def test_wrong_method_names_the_right_ones(app: Flask) -> None:
    answer = app.test_client().get("/v1/login")

    assert problem_of(answer)["status"] == 405
    assert "POST" in answer.headers["Allow"]


def test_body_that_is_not_json_is_a_bad_request(app: Flask) -> None:
    answer = app.test_client().post("/v1/login", data='{"login": ', content_type="application/json")

    assert problem_of(answer)["status"] == 400
    assert "not JSON" in problem_of(answer)["detail"]


def test_body_without_json_type_is_told_which_type_to_send(app: Flask) -> None:
    answer = app.test_client().post("/v1/login", data="login=olga")

    assert problem_of(answer)["status"] == 415
    assert "application/json" in problem_of(answer)["detail"]


def test_every_problem_of_a_body_is_listed_with_its_place(app: Flask) -> None:
    answer = app.test_client().post("/v1/login", json={"login": 5, "extra": 1})

    body = problem_of(answer)
    assert body["status"] == 422
    assert {item["where"] for item in body["problems"]} == {"login", "password", "extra"}
    assert all(item["code"] and item["message"] for item in body["problems"])


def test_refused_password_is_not_repeated_in_the_answer(app: Flask) -> None:
    answer = app.test_client().post("/v1/login", json={"login": 5, "password": ["hunter2hunter2"]})

    assert "hunter2" not in answer.text


def test_empty_body_is_a_problem_of_the_body(app: Flask) -> None:
    answer = app.test_client().post("/v1/login")

    assert [item["where"] for item in problem_of(answer)["problems"]] == ["body"]


def test_body_too_large_is_refused(app: Flask) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 100

    answer = app.test_client().post("/v1/login", json={"login": "x" * 200, "password": "y"})

    assert problem_of(answer)["status"] == 413


def test_body_without_a_length_is_refused_at_the_limit_instead_of_cut(app: Flask) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 100
    body = b'{"login": "olga", "password": "' + b"x" * 100 + b'"}'
    chunked = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""}

    large = app.test_client().post(
        "/v1/login", input_stream=io.BytesIO(body), content_type="application/json", environ_overrides=chunked
    )
    small = app.test_client().post(
        "/v1/login",
        input_stream=io.BytesIO(b'{"login": "olga", "password": "short"}'),
        content_type="application/json",
        environ_overrides=chunked,
    )

    assert (large.status_code, small.status_code) == (413, 401)


def test_unexpected_error_is_told_without_its_inside(app: Flask) -> None:
    answer = raising(app, RuntimeError("the inside of things"))

    body = problem_of(answer)
    assert body["status"] == 500
    assert "inside of things" not in answer.text
    assert "RuntimeError" not in answer.text


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (ConflictError("taken"), 409, "/problems/conflict"),
        (ProblemError("no couriers: add a shift"), 422, "/problems/routing"),
        (RoadNetworkError("no network"), 503, "/problems/road-network"),
        (InvalidLonLatError(lon=200, lat=0), 422, "/problems/zones"),
    ],
)
def test_errors_of_the_domain_have_their_status_and_words(app: Flask, error: Exception, status: int, kind: str) -> None:
    body = problem_of(raising(app, error))

    assert (body["status"], body["type"], body["detail"]) == (status, kind, str(error))


def test_list_of_problems_is_passed_on_whole(app: Flask) -> None:
    problems = tuple(InputProblem(code="c", where=f"row {n}", message="wrong") for n in range(3))

    body = problem_of(raising(app, InvalidInputError("3 problems", problems)))

    assert [item["where"] for item in body["problems"]] == ["row 0", "row 1", "row 2"]


@pytest.mark.parametrize(("asked", "taken"), [("abc-1.2", True), ("x" * 65, False), ("two words", False)])
def test_request_id_comes_in_and_goes_out(app: Flask, asked: str, taken: bool) -> None:
    answer = app.test_client().get("/healthz", headers={"X-Request-ID": asked})

    assert (answer.headers["X-Request-ID"] == asked) is taken
    assert answer.headers["X-Request-ID"]


def test_audit_row_keeps_the_request_id(app: Flask, town: Town) -> None:

    client_for(app, town.operator).patch("/v1/me", json={"language": "pl"}, headers={"X-Request-ID": "call-7"})

    with app.extensions["corridor"].db.read() as session:
        row = session.scalars(select(AuditRow).where(AuditRow.action == "set_language")).one()
    assert (row.request_id, row.actor, row.after) == ("call-7", f"user:{town.operator.id}", {"language": "pl"})
