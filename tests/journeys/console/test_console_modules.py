"""The console's pure modules, asked in the browser that runs them: look-up texts, groups of lines, places of dots."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys.console.conftest import Template
from tests.journeys.console.screen import open_console
from tests.journeys.console.town import open_day


@pytest.fixture(scope="module")
def modules(morning: Template, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A page that may import the console's modules; nobody needs to be signed in for that."""
    folder = tmp_path_factory.mktemp("modules") / "day"
    with open_day(morning.folder, folder, morning.town) as day, open_console(browser, day) as console:
        console.page.goto(day.url + "/login")
        yield console.page


def ask(page: Page, module: str, call: str, argument: Any) -> Any:
    """The answer of one exported function."""
    return page.evaluate(
        f"async (given) => {{ const it = await import('/static/{module}'); return it.{call}; }}", argument
    )


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("+358 40 555 0100", {"phone": "+358 40 555 0100"}),
        ("8 (701) 555-01-47", {"phone": "8 (701) 555-01-47"}),
        ("87015550147", {"phone": "87015550147"}),
        ("4146", {"order_no": "4146"}),
        ("A-1002/3", {"order_no": "A-1002/3"}),
        ("Aibek", None),
        ("", None),
        ("Mannerheimintie 3", None),
    ],
)
def test_text_is_a_phone_an_order_number_or_left_to_the_search(
    modules: Page, text: str, body: dict[str, str] | None
) -> None:
    assert ask(modules, "answer/look_up.js", "lookUpBody(given)", text) == body


def line(order_no: str, **other: str | None) -> dict[str, str | None]:
    known: dict[str, str | None] = {
        "id": order_no,
        "order_no": order_no,
        "state": "open",
        "cause_id": "c1",
        "courier_id": "k1",
        "reason": "stall",
        "promised_until_at": "2026-11-23T08:00:00Z",
    }
    return known | other


def test_group_stays_while_one_of_its_lines_is_open_and_keeps_what_was_told(modules: Page) -> None:
    lines = [
        line("1", state="told"),
        line("2"),
        line("3", cause_id="c2", state="told"),
        line("4", cause_id="c3", state="done"),
    ]

    groups = ask(modules, "desk/inbox_groups.js", "groupLines(given, 'cause')", lines)

    assert [(group["key"], [one["id"] for one in group["lines"]], group["toTell"]) for group in groups] == [
        ("c1", ["2", "1"], 1)
    ]


def test_lines_come_by_the_end_of_their_promise(modules: Page) -> None:
    lines = [line("9", promised_until_at="2026-11-23T09:00:00Z"), line("8"), line("7", cause_id="c2")]

    groups = ask(modules, "desk/inbox_groups.js", "groupLines(given, 'courier')", lines)

    assert [one["id"] for one in groups[0]["lines"]] == ["7", "8", "9"]


def test_dots_past_the_promise_are_told_apart_and_stand_inside_the_plot(modules: Page) -> None:
    minute = 60_000
    times = {
        "dots": [(30 + number) * minute for number in range(20)],
        "now": 0,
        "promise": 40 * minute,
        "from": 32 * minute,
        "until": 48 * minute,
    }

    places = ask(modules, "answer/dot_places.js", "placeDots(given, 264, 47)", times)

    assert sum(dot["past"] for dot in places["dots"]) == 9
    assert all(0 <= dot["x"] <= 264 and 0 <= dot["y"] <= 47 for dot in places["dots"])
    assert 0 < places["now"] < places["promise"] < places["until"]


def test_now_is_left_out_when_it_lies_far_before_the_arrival(modules: Page) -> None:
    hour = 3_600_000
    times = {"dots": [5 * hour] * 20, "now": 0, "promise": 5 * hour, "from": 5 * hour, "until": 5 * hour}

    places = ask(modules, "answer/dot_places.js", "placeDots(given, 264, 47)", times)

    assert places["now"] is None
    assert all(dot["y"] > 0 for dot in places["dots"])
