"""The log is JSON lines with the request's id, and never holds a phone number."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from api.auth import allow_everyone
from api.logs import HIDDEN, configure_logs, hide_personal


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logs("INFO", stream)
    yield stream
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_request_is_one_json_line_with_its_id(app: Flask, log: io.StringIO) -> None:
    app.test_client().get("/v1/me", headers={"X-Request-ID": "call-7"})

    (line,) = lines(log)
    assert (line["event"], line["request_id"], line["method"], line["rule"], line["status"]) == (
        "request",
        "call-7",
        "GET",
        "/v1/me",
        401,
    )
    assert line["at"].endswith("Z")


@pytest.mark.parametrize(
    "written",
    ["+358401234567", "+358 40 123 4567", "8 (727) 250-12-34", "040-123-4567", "+48 501 234 567", "501234567"],
)
def test_phone_number_never_reaches_the_log(app: Flask, log: io.StringIO, written: str) -> None:
    @allow_everyone
    def view() -> str:
        logging.getLogger("somebody").warning("calling %s", written)
        structlog.get_logger().info("who", phone=written, note=f"call {written} back", deep={"list": [written]})
        raise RuntimeError(f"no order of {written}")

    app.add_url_rule("/raise", "raise", view)
    client = app.test_client()

    client.get("/raise")
    client.get(f"/v1/orders/{written}", query_string={"phone": written})
    client.post("/v1/login", json={"login": written, "password": written})

    text = log.getvalue()
    assert written not in text
    assert text.count(HIDDEN) >= 3
    assert len(lines(log)) >= 6


def test_error_nobody_foresaw_is_logged_with_its_traceback_and_request_id(app: Flask, log: io.StringIO) -> None:
    @allow_everyone
    def view() -> str:
        raise RuntimeError("the inside of things")

    app.add_url_rule("/raise", "raise", view)

    answer = app.test_client().get("/raise")

    error = next(line for line in lines(log) if line["level"] == "error")
    assert "the inside of things" in error["exception"]
    assert error["request_id"] == answer.headers["X-Request-ID"]


def test_password_and_token_are_hidden_by_their_key() -> None:
    assert hide_personal(None, "info", {"password": "hunter2", "Authorization": "Bearer x", "kept": 1}) == {
        "password": "[hidden]",
        "Authorization": "[hidden]",
        "kept": 1,
    }


@pytest.mark.parametrize("text", ["2026-11-22T14:32:05Z", "ord_3f9a1c0b7d", "12345678", "took 12.5 ms", "plan 17"])
def test_instants_ids_and_short_numbers_stay(text: str) -> None:
    assert hide_personal(None, "info", {"event": text}) == {"event": text}


@given(st.text("0123456789", min_size=9, max_size=15), st.sampled_from(["", "+"]), st.sampled_from(["", " ", "-", "."]))
def test_any_phone_number_between_words_is_hidden(digits: str, plus: str, between: str) -> None:
    grouped = between.join(digits[i : i + 3] for i in range(0, len(digits), 3))

    event = hide_personal(None, "info", {"event": f"call {plus}{grouped}, please"})

    assert event == {"event": f"call {HIDDEN}, please"}
