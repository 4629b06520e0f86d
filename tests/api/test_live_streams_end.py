"""A stream that nobody reads takes no place among those the server carries."""

from flask import Flask

from api.app import runtime_of
from api.auth import COOKIE
from api.live import LiveHub
from tests.service import Town, client_for


def test_asking_for_the_headers_only_opens_no_stream(app: Flask, town: Town) -> None:
    hub = runtime_of(app).get(LiveHub)

    answer = client_for(app, town.operator).head("/v1/live")

    assert answer.status_code == 200
    assert answer.content_type.startswith("text/event-stream")
    assert hub.stream_count() == 0


def test_stream_closed_before_its_first_frame_is_forgotten(app: Flask, town: Town) -> None:
    hub = runtime_of(app).get(LiveHub)

    with app.test_request_context("/v1/live", headers=signed_in(app, town)):
        response = app.full_dispatch_request()
        opened = hub.stream_count()
        response.close()

    assert (opened, hub.stream_count()) == (1, 0)


def signed_in(app: Flask, town: Town) -> dict[str, str]:
    cookie = client_for(app, town.operator).get_cookie(COOKIE)
    assert cookie is not None
    return {"Cookie": f"{COOKIE}={cookie.value}"}
