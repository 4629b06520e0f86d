"""The Desk: one request answers a call, promises are logged, changes acknowledged and told, nobody calls twice."""

import re

from playwright.sync_api import Browser, expect

from tests.journeys.console.screen import Console, open_console
from tests.journeys.console.town import (
    DISPATCHER,
    LATE_COURIER,
    NOBODY_CAN_BRING,
    OPERATOR,
    OTHER_OPERATOR,
    PHONE_OF_TWO_ORDERS,
    Day,
    phone_of,
)

INTERVAL = re.compile(r"^Between \d\d:\d[05] and \d\d:\d[05]$")


def late_orders(day: Day) -> list[dict[str, str]]:
    """The orders that have a line in the inbox, in no order that matters."""
    with day.signed_in(OPERATOR) as client:
        return client.get("/v1/snapshot").raise_for_status().json()["inbox"]  # type: ignore[no-any-return]


def order_id_of(day: Day, order_no: str) -> str:
    """The id of the order with this number."""
    with day.signed_in(OPERATOR) as client:
        orders = client.get("/v1/orders").raise_for_status().json()["orders"]
    return next(order["id"] for order in orders if order["order_no"] == order_no)


def number_for_one_order(day: Day) -> tuple[str, str]:
    """Order number and phone of a client with one late order."""
    orders = sorted(line["order_no"] for line in late_orders(day) if line["order_no"] < "4110")
    return orders[0], phone_of(int(orders[0]) - 4100)


def test_phone_number_is_answered_by_exactly_one_request(late_console: Console) -> None:
    console = late_console
    order_no, phone = number_for_one_order(console.day)
    console.open_as(OPERATOR)
    expect(console.page.get_by_role("heading", name="Where is my order?")).to_be_visible()

    console.search(phone.replace("+358 ", "0"))

    expect(console.page.locator(".answer h2")).to_have_text(INTERVAL)
    expect(console.page.locator(".answer-kicker")).to_have_text(f"Order {order_no}, the only open one")
    expect(console.page.locator(".answer-plot circle")).to_have_count(20)
    assert console.count("/v1/answers") == 1
    # One who pauses before Enter, as a busy machine does, may be shown suggestions meanwhile.
    assert console.count("/v1/search") <= 1
    assert not any("555" in request.url for request in console.asked), "a phone number stood in an address"


def test_sentence_is_in_the_clients_language_and_can_be_switched(late_console: Console) -> None:
    console = late_console
    order_id = order_id_of(console.day, "4102")  # Kateryna Shevchuk's, who speaks Ukrainian
    console.open_as(OPERATOR, f"/desk?sel=order:{order_id}")
    sentence = console.page.locator(".answer-sentence")
    expect(sentence).to_contain_text("замовлення")

    console.page.keyboard.press("l")

    expect(sentence).to_contain_text("Zamówienie")
    expect(console.page.get_by_role("button", name="PL", exact=True)).to_have_attribute("aria-pressed", "true")
    assert console.count("/v1/answers") == 1, "all five sentences came with the answer"


def test_enter_logs_the_promise_in_the_words_that_were_said(late_console: Console) -> None:
    console = late_console
    order_no, phone = number_for_one_order(console.day)
    console.open_as(OPERATOR)
    console.search(phone)
    expect(console.page.locator(".answer h2")).to_be_focused()
    sentence = console.page.locator(".answer-sentence").inner_text()

    console.page.keyboard.press("Enter")

    expect(console.page.locator(".answer-logged")).to_have_text(re.compile(r"Promised between \d\d:\d\d and \d\d:\d\d"))
    expect(console.page.locator(".said li").first).to_contain_text("by phone")
    expect(console.page.locator(".said li").first).to_contain_text("Saule Tleu")
    expect(console.page.locator(".desk-line", has_text=order_no)).to_have_attribute("data-state", "told")
    with console.day.signed_in(DISPATCHER) as client:
        promise = client.post("/v1/answers", json={"order_no": order_no}).json()["promise"]
    assert promise["words"] == sentence
    assert promise["told_by"] == "Saule Tleu"


def test_one_line_then_the_whole_group_is_acknowledged(late_console: Console) -> None:
    console = late_console
    console.open_as(OPERATOR)
    expect(console.page.locator(".desk-line").first).to_be_visible()

    console.page.keyboard.press("j")
    group = console.page.locator(".desk-group", has=console.page.locator("[data-selected]"))
    console.page.keyboard.press("a")
    expect(group.locator("[data-selected]")).to_contain_text("seen by Saule T.")
    expect(group.locator("[data-state=open]")).not_to_have_count(0)
    console.page.keyboard.press("Shift+A")

    expect(group.locator("[data-state=open]")).to_have_count(0)
    assert console.count("/v1/inbox/acknowledge") == 1


def test_told_closes_the_line_with_two_keys(late_console: Console) -> None:
    console = late_console
    console.open_as(OPERATOR)
    expect(console.page.locator(".desk-line").first).to_be_visible()

    console.page.keyboard.press("j")
    number = console.page.locator(".desk-line[data-selected] .order").inner_text()
    console.page.keyboard.press("t")

    told = console.page.locator(".desk-line", has_text=number)
    expect(told).to_have_attribute("data-state", "told")
    expect(told).to_contain_text("by phone")


def test_line_that_another_operator_has_open_shows_his_name_and_stays_closed(late_day: Day, browser: Browser) -> None:
    with open_console(browser, late_day) as mine, open_console(browser, late_day) as theirs:
        mine.forgiven = ("409",)
        theirs.open_as(OTHER_OPERATOR)
        mine.open_as(OPERATOR)
        expect(mine.page.locator(".desk-line").first).to_be_visible()
        theirs.page.locator(".desk-line button.open").first.click()
        expect(theirs.page.locator(".answer-sentence")).to_be_visible()

        expect(mine.page.locator(".desk-line").first).to_contain_text("Dana K. is calling")
        mine.page.locator(".desk-line button.open").first.click()

        expect(mine.page.get_by_text(re.compile("Dana Kim has this line open until"))).to_be_visible()
        assert mine.count("/v1/answers") == 0

        theirs.page.keyboard.press("Escape")
        expect(mine.page.locator(".desk-line").first).to_contain_text("call")
        expect(mine.page.locator(".desk-line").first).not_to_contain_text("Dana")


def test_lines_are_grouped_by_cause_promise_and_courier(late_console: Console) -> None:
    console = late_console
    console.open_as(OPERATOR)
    group = console.page.locator(".desk-group h3").first
    expect(
        console.page.locator(".desk-group h3", has_text=re.compile("^At a stop for .*Aibek Nurlanov"))
    ).to_be_visible()

    console.page.keyboard.press("v")
    expect(group).to_have_text("Promised by 09:30")
    console.page.keyboard.press("v")

    expect(group).to_have_text(re.compile("^(Aibek Nurlanov|Marat Ospanov)"))


def test_client_with_two_orders_is_asked_which_and_a_digit_chooses(late_console: Console) -> None:
    console = late_console
    console.open_as(OPERATOR)
    console.search(PHONE_OF_TWO_ORDERS)
    expect(console.page.locator(".answer h2")).to_have_text("2 open orders")

    console.page.keyboard.press("2")

    expect(console.page.locator(".answer h2")).to_have_text(INTERVAL)


def test_unknown_number_is_said_plainly(late_console: Console) -> None:
    console = late_console
    console.open_as(OPERATOR)

    console.search("+358 40 555 9999")

    expect(console.page.locator(".answer h2")).to_have_text("No order for this number")


def test_order_without_a_time_gets_a_time_to_call_back_and_no_invented_interval(late_console: Console) -> None:
    console = late_console
    console.open_as(OPERATOR)

    console.search(NOBODY_CAN_BRING)

    expect(console.page.locator(".answer h2")).to_have_text(re.compile(r"^Call back by \d\d:\d[05]$"))
    expect(console.page.get_by_role("button", name="Said it, log promise")).to_have_count(0)


def test_newer_time_is_offered_while_the_old_one_is_being_read(late_console: Console) -> None:
    console, day = late_console, late_console.day
    order = day.orders_of(LATE_COURIER)[-1]
    console.open_as(OPERATOR, f"/desk?sel=order:{order['id']}")
    expect(console.page.locator(".answer h2")).to_have_text(INTERVAL)
    before = console.page.locator(".answer h2").inner_text()
    phone = day.phone(LATE_COURIER)

    phone.stand(phone.last_place(), minutes=8)

    console.page.get_by_role("button", name="Show it").click()
    expect(console.page.locator(".answer h2")).not_to_have_text(before)
