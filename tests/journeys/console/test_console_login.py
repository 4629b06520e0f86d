"""Signing in, signing out, and what comes back when a session ends."""

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import delete

from api.db.tables import UserSession
from tests.journeys.console.screen import Console
from tests.journeys.console.town import DISPATCHER, LATE_COURIER, OPERATOR, PASSWORD


@pytest.mark.parametrize(("login", "start"), [(OPERATOR, "/desk"), (DISPATCHER, "/live")])
def test_role_decides_where_a_person_starts(console: Console, login: str, start: str) -> None:
    console.page.goto(console.url + "/login")

    console.fill_in(login, PASSWORD)

    expect(console.page).to_have_url(re.compile(rf"{start}$"))
    expect(console.page.locator(".clock")).to_have_text("09:00")


def test_wrong_password_is_said_in_words_and_may_be_mended(console: Console) -> None:
    console.page.goto(console.url)
    console.fill_in(OPERATOR, "nine lives of a dog")
    expect(console.page.get_by_role("alert")).to_have_text("Wrong login or password. Check both and try again.")

    console.fill_in(OPERATOR, PASSWORD)

    expect(console.page.get_by_role("heading", name="ETA changes")).to_be_visible()


def test_sign_out_leaves_nothing_to_see(console: Console) -> None:
    console.open_as(OPERATOR)
    console.page.get_by_role("button", name="Saule Tleu, operator").click()

    console.page.get_by_role("button", name="Sign out").click()

    expect(console.page.get_by_role("heading", name="Sign in to Corridor")).to_be_visible()
    expect(console.page.get_by_text("Helsinki")).to_have_count(0)


def test_session_that_has_ended_comes_back_to_the_same_order(late_console: Console) -> None:
    console, day = late_console, late_console.day
    order = day.orders_of(LATE_COURIER)[-1]
    console.open_as(OPERATOR, f"/desk?sel=order:{order['id']}")
    expect(console.page.locator(".answer-sentence")).to_be_visible()
    console.press_until("/", "document.activeElement.matches('.search input')")
    console.page.keyboard.insert_text("4100")
    console.forgiven = ("401",)
    with day.services.db.write() as session:
        session.execute(delete(UserSession))
    # The page may ask for something by itself before this key does.
    console.page.keyboard.press("Enter")
    expect(console.page.get_by_text("Your session has ended.")).to_be_visible()

    console.fill_in(OPERATOR, PASSWORD)

    expect(console.page.locator(".answer-kicker")).to_contain_text(f"Order {order['order_no']}")
    expect(console.page).to_have_url(re.compile(f"/desk\\?sel=order:{order['id']}$"))
