"""The Live screen with real phones: couriers move, news comes by itself, and silence is said."""

import re

from playwright.sync_api import Browser, expect

from tests.journeys.console.screen import Console, open_console
from tests.journeys.console.town import DISPATCHER, LATE_COURIER, OPERATOR, Day, hold_up


def test_courier_moves_on_the_map_as_his_phone_posts(console: Console) -> None:
    day = console.day
    courier_id = day.town.couriers[LATE_COURIER].id
    route, phone = day.route_of(LATE_COURIER), day.phone(LATE_COURIER)
    reached_m = phone.drive(route, 0, 60)
    console.open_as(DISPATCHER)
    first = console.wait_for_map(courier_id)

    phone.drive(route, reached_m, reached_m + 240)

    later = console.wait_for_map(courier_id, than=first)
    assert later != first
    assert console.count("/") == 1, "the page itself was asked for once"


def test_changed_arrival_comes_to_the_desk_without_a_reload(console: Console) -> None:
    console.open_as(OPERATOR)
    expect(console.page.get_by_text("Nobody needs to be told of a new time.")).to_be_visible()

    hold_up(console.day)

    last = console.day.orders_of(LATE_COURIER)[-1]["order_no"]
    expect(console.page.locator(".desk-line", has_text=last)).to_contain_text("call")
    assert console.count("/desk") == 0
    assert console.count("/v1/snapshot") == 1, "news came over the stream, not by asking again"


def test_cause_is_seen_opened_and_acknowledged_by_keys(late_console: Console) -> None:
    console = late_console
    console.open_as(DISPATCHER)
    # a cause waits 20 s before it is shown
    late_console.day.clock.advance(60)
    expect(console.page.locator(".cause", has_text="Aibek").first).to_be_visible()

    console.page.keyboard.press("j")
    expect(console.page).to_have_url(re.compile("sel=cause:"))
    with console.page.expect_response(lambda answer: answer.url.endswith("/acknowledge")) as answered:
        console.page.keyboard.press("a")

    assert answered.value.json()["acknowledged_by"] == "Timur Aliev"
    expect(console.page.get_by_text(re.compile("1 acknowledged"))).to_be_visible()


def test_lost_line_is_said_and_the_map_turns_hollow(late_day: Day, browser: Browser) -> None:
    with open_console(browser, late_day) as console:
        console.forgiven = (
            "ERR_CONNECTION_REFUSED",
            "ERR_INCOMPLETE_CHUNKED_ENCODING",
            "ERR_CONNECTION_RESET",
            "/v1/live",
        )
        console.page.clock.install()
        console.open_as(DISPATCHER)
        expect(console.page.locator(".feed")).to_have_text("Live")

        console.wait_for_whole_map()
        late_day.stop_server()
        console.page.clock.fast_forward(16_000)

        expect(console.page.get_by_role("status").filter(has_text="No news for")).to_be_visible()
        expect(console.page.get_by_role("button", name="Try now")).to_be_visible()
        console.picture("live-stale")
