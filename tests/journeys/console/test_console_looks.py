"""How every screen looks: no barrier in either theme, words in Russian that fit, pictures kept for people."""

import pytest
from playwright.sync_api import expect

from tests.journeys.console.screen import Console
from tests.journeys.console.town import DISPATCHER, NOBODY_CAN_BRING, OPERATOR, PHONE_OF_TWO_ORDERS, phone_of

THEMES = ("light", "dark")
GROUND_IN_COLOURS_OF_THE_PAGE = """() => {
  const wanted = getComputedStyle(document.documentElement).getPropertyValue("--m-bg").trim();
  const { map } = window.corridor;
  return map.getLayer("ground") && map.getPaintProperty("ground", "background-color") === wanted;
}"""


def dark(console: Console, theme: str) -> None:
    """Press the key for the other theme when it is not the one wanted."""
    if theme == "dark":
        console.page.keyboard.press("Shift+D")
    expect(console.page.locator("html")).to_have_attribute("data-theme", theme)


def check(console: Console, name: str) -> list[str]:
    """Keep a picture and give what axe finds."""
    console.picture(name)
    return [f"{name}: {barrier}" for barrier in console.barriers()]


@pytest.mark.parametrize("theme", THEMES)
def test_desk_has_no_barrier_in_any_of_its_states(late_console: Console, theme: str) -> None:
    console = late_console
    console.open_as(OPERATOR)
    expect(console.page.locator(".desk-line").first).to_be_visible()
    console.wait_for_whole_map()
    dark(console, theme)
    console.page.wait_for_function(GROUND_IN_COLOURS_OF_THE_PAGE)
    console.wait_for_whole_map()
    found = check(console, f"desk-idle-{theme}")

    for state, text, heading in (
        ("many", PHONE_OF_TWO_ORDERS, "2 open orders"),
        ("unknown", "+358 40 555 9999", "No order for this number"),
        ("call-back", NOBODY_CAN_BRING, "Call back by"),
        ("answer", phone_of(3), "Between"),
    ):
        console.search(text)
        expect(console.page.locator(".answer h2")).to_contain_text(heading)
        found += check(console, f"desk-{state}-{theme}")
    console.page.keyboard.press("j")
    console.page.keyboard.press("Enter")
    expect(console.page.locator(".answer-plot")).to_be_visible()
    found += check(console, f"desk-line-{theme}")
    console.page.keyboard.press("Enter")
    expect(console.page.locator(".answer-logged")).to_be_visible()
    found += check(console, f"desk-logged-{theme}")

    assert found == []


@pytest.mark.parametrize("theme", THEMES)
def test_live_has_no_barrier_in_any_of_its_states(late_console: Console, theme: str) -> None:
    console = late_console
    late_console.day.clock.advance(60)
    console.open_as(DISPATCHER)
    dark(console, theme)
    expect(console.page.locator(".cause").first).to_be_visible()
    console.wait_for_whole_map()
    found = check(console, f"live-{theme}")

    console.page.keyboard.press("j")
    expect(console.page.locator(".column.right .panel-head h2")).to_be_visible()
    found += check(console, f"live-cause-{theme}")
    console.page.locator(".courier").first.click()
    expect(console.page.locator(".column.right .panel-head h2")).to_be_visible()
    found += check(console, f"live-courier-{theme}")
    console.search(phone_of(3))
    expect(console.page.locator(".answer.in-panel h2")).to_contain_text("Between")
    found += check(console, f"live-answer-{theme}")
    console.page.keyboard.press("?")
    expect(console.page.get_by_role("dialog")).to_be_visible()
    found += check(console, f"live-keys-{theme}")

    assert found == []


@pytest.mark.parametrize("theme", THEMES)
def test_login_has_no_barrier(console: Console, theme: str) -> None:
    console.page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    console.page.goto(console.url)
    expect(console.page.get_by_label("Password")).to_be_visible()

    found = check(console, f"login-{theme}")

    expect(console.page.locator("html")).to_have_attribute("data-theme", theme)
    assert found == []


@pytest.mark.parametrize(("login", "place"), [(OPERATOR, "desk"), (DISPATCHER, "live")])
def test_russian_fits_a_small_screen(late_console: Console, login: str, place: str) -> None:
    console = late_console
    late_console.day.clock.advance(60)
    console.page.set_viewport_size({"width": 1280, "height": 720})
    console.open_as(login)
    console.page.get_by_label("Language").first.select_option("ru")
    if place == "desk":
        console.search(phone_of(3))
        expect(console.page.locator(".answer h2")).to_contain_text("Между")
        expect(console.page.get_by_role("button", name="Сказано, записать обещание")).to_be_visible()
    else:
        expect(console.page.get_by_role("heading", name="Нужно решение")).to_be_visible()

    console.wait_for_whole_map()
    found = check(console, f"{place}-ru-1280")

    cut = console.page.evaluate(
        "() => [...document.querySelectorAll('.btn, h2, .answer-why, .counter')]"
        ".filter((one) => one.checkVisibility() && one.scrollWidth > one.clientWidth + 1).map((one) => one.textContent)"
    )
    assert cut == []
    assert found == []
