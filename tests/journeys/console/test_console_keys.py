"""A whole shift's work by keyboard alone: no test here touches the mouse, and no field is filled but by typing."""

import re

from playwright.sync_api import expect

from tests.journeys.console.screen import Console
from tests.journeys.console.town import OPERATOR, PASSWORD


def test_operator_works_without_a_mouse(late_console: Console) -> None:
    console, keys = late_console, late_console.page.keyboard
    console.page.goto(console.url)
    expect(console.page.get_by_label("Login")).to_be_focused()
    keys.type(OPERATOR)
    keys.press("Tab")
    keys.type(PASSWORD)
    keys.press("Enter")
    expect(console.page.locator(".desk-line").first).to_be_visible()

    # open the second line, read it, switch the language, log the promise
    keys.press("j")
    keys.press("j")
    keys.press("Enter")
    expect(console.page.locator(".answer h2")).to_be_focused()
    keys.press("l")
    keys.press("Enter")
    expect(console.page.locator(".answer-logged")).to_be_visible()

    # back, tell the first line's client, acknowledge a group
    keys.press("Escape")
    expect(console.page.get_by_role("heading", name="Where is my order?")).to_be_visible()
    keys.press("j")
    with console.page.expect_response(lambda answer: answer.url.endswith("/told")) as told:
        keys.press("t")
    assert told.value.json()["state"] == "told"
    keys.press("j")
    with console.page.expect_response(lambda answer: answer.url.endswith("/acknowledge")) as acknowledged:
        keys.press("Shift+A")
    assert acknowledged.value.ok

    # a call comes: search, answer, and over to Live
    keys.press("/")
    keys.type("4100")
    keys.press("Enter")
    expect(console.page.locator(".answer-kicker")).to_contain_text("Order 4100")
    expect(console.page.locator(".answer h2")).to_be_focused()
    keys.press("g")
    keys.press("l")
    expect(console.page).to_have_url(re.compile("/live"))


def test_every_control_of_the_desk_is_reached_by_tab(late_console: Console) -> None:
    console = late_console
    console.open_as(OPERATOR)
    expect(console.page.locator(".desk-line").first).to_be_visible()
    wanted = console.page.evaluate(
        "() => [...document.querySelectorAll('button:enabled, a[href], input, select')]"
        ".filter((one) => one.checkVisibility()).length"
    )

    reached = set()
    for _ in range(wanted * 2):
        console.page.keyboard.press("Tab")
        reached.add(
            console.page.evaluate(
                "() => [...document.querySelectorAll('button, a[href], input, select')].indexOf(document.activeElement)"
            )
        )

    assert len(reached - {-1}) >= wanted


def test_keys_follow_their_place_on_a_russian_keyboard(late_console: Console) -> None:
    console = late_console
    console.open_as(OPERATOR)
    expect(console.page.locator(".desk-line").first).to_be_visible()

    console.page.evaluate(
        "() => document.dispatchEvent(new KeyboardEvent('keydown', { code: 'KeyJ', key: 'о', bubbles: true }))"
    )

    expect(console.page.locator(".desk-line[data-selected]")).to_have_count(1)
