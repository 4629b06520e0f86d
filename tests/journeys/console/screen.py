"""What a test does with a browser in front of the console: sign in, read, watch requests, check, keep pictures."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

from api import console as console_package
from api.auth import COOKIE
from tests.journeys.console.town import Day

PROJECT_DIR = Path(__file__).resolve().parents[3]
SCREENSHOTS = PROJECT_DIR / "tests" / "screenshots"
AXE = Path(console_package.__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
WAIT_MS = 20_000
"""Conditions are waited for, never slept for; this is only when a test gives up on a busy machine."""
_COURIER_DRAWN = """async ([id, than, wait]) => {
  for (const end = performance.now() + wait; performance.now() < end; ) {
    const source = window.corridor?.map.getSource("couriers");
    const drawn = source ? await source.getData() : { features: [] };
    const at = drawn.features.find((one) => one.properties.id === id)?.geometry.coordinates;
    if (at && String(at) !== String(than)) return at;
    await new Promise(requestAnimationFrame);
  }
  throw new Error(`the map did not draw ${id} elsewhere than ${than}`);
}"""


@dataclass(slots=True)
class Console:
    """A page of the console and everything it has asked for and complained about."""

    page: Page
    day: Day
    asked: list[Request] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    forgiven: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        """The day's address, without a slash at its end."""
        return self.day.url

    def open_as(self, login: str, at: str = "/") -> None:
        """Open an address as somebody who has signed in before, and wait for the picture of the day."""
        cookie = {"name": COOKIE, "value": self.day.session_of(login), "url": self.url}
        self.page.context.add_cookies([cookie])  # type: ignore[list-item] # a plain dict of the same keys
        self.page.goto(self.url + at)
        expect(self.page.locator(".clock")).not_to_be_empty()
        expect(self.page.locator("main")).to_be_visible()

    def fill_in(self, login: str, password: str) -> None:
        """Send the login form."""
        self.page.get_by_label("Login").fill(login)
        self.page.get_by_label("Password").fill(password)
        self.page.keyboard.press("Enter")

    def count(self, path: str) -> int:
        """How many requests went to this path so far."""
        return sum(request.url.removeprefix(self.url).split("?")[0] == path for request in self.asked)

    def search(self, text: str) -> None:
        """Type into the header's search and press Enter."""
        self.press_until("/", "document.activeElement.matches('.search input')")
        self.page.keyboard.insert_text(text)
        self.page.keyboard.press("Enter")

    def press_until(self, key: str, done: str) -> None:
        """Press a key until the page says so: one pressed before the page listens is lost, as with people."""
        for _ in range(100):
            self.page.keyboard.press(key)
            if self.page.evaluate(done):
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"{key!r} did nothing: {done}")

    def picture(self, name: str) -> None:
        """Keep a picture for people to look at; no test compares it."""
        SCREENSHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png")

    def barriers(self) -> list[str]:
        """What axe finds wrong with the page as it stands, each with its place; empty when it is well."""
        # Evaluated from outside, so the page's policy needs no exception for it.
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found: dict[str, Any] = self.page.evaluate(
            "(rules) => axe.run(document, { runOnly: { type: 'tag', values: rules } })", RULES
        )
        return [
            f"{one['id']}: {one['help']} at {json.dumps([node['target'] for node in one['nodes']][:5])}"
            for one in found["violations"]
        ]

    def wait_for_whole_map(self) -> None:
        """Wait until everything of the map that is in view is drawn."""
        self.page.wait_for_function("() => window.corridor?.map.loaded()")

    def wait_for_map(self, courier_id: str, than: tuple[float, float] | None = None) -> tuple[float, float]:
        """
        Wait until the map draws this courier, elsewhere `than` this place when one is given; gives lon, lat.

        It is the map's own source that is asked, not what the page means to draw.
        """
        found: list[float] = self.page.evaluate(_COURIER_DRAWN, [courier_id, list(than) if than else None, WAIT_MS])
        lon, lat = found
        return lon, lat


@contextmanager
def open_console(browser: Browser, day: Day) -> Iterator[Console]:
    """A fresh browser; it fails the test when the page has asked another host or written an error to its log."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB", reduced_motion="reduce")
    context.set_default_timeout(WAIT_MS)
    expect.set_options(timeout=WAIT_MS)
    page = context.new_page()
    console = Console(page, day)
    page.on("request", lambda request: console.asked.append(request))
    page.on("console", lambda message: _note(console, message))
    page.on("pageerror", lambda error: console.complaints.append(f"thrown: {error}"))
    try:
        yield console
        outside = [one.url for one in console.asked if not one.url.startswith((day.url, "data:", "blob:" + day.url))]
        assert outside == [], f"asked elsewhere: {outside}"
        assert console.complaints == [], f"in the browser's log: {console.complaints}"
    finally:
        context.close()


def _note(console: Console, message: ConsoleMessage) -> None:
    if message.type not in {"error", "warning"}:
        return
    where = message.location.get("url", "")
    # Chromium itself writes one line for every refused request: nobody signed in yet is no fault of the page.
    if "401" in message.text and where.endswith(("/v1/me", "/v1/login")):
        return
    if any(part in message.text or part in where for part in console.forgiven):
        return
    console.complaints.append(f"{message.type}: {message.text} ({where})")
