"""One Chromium and one seeded day for all tests of the console; each gets a copy of the day and a fresh browser."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser import running_chromium
from tests.journeys.console.screen import Console, open_console
from tests.journeys.console.town import Day, hold_up, open_day, seed_day
from tests.service import MORNING, Town


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One process runs them all: a second Chromium would only make both slow."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("console"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with running_chromium() as browser:
        yield browser


@dataclass(frozen=True, slots=True)
class Template:
    """A day on disk to be copied: as it begins, or later."""

    folder: Path
    town: Town
    at: datetime = MORNING


@pytest.fixture(scope="session")
def morning(tmp_path_factory: pytest.TempPathFactory, helsinki_network_dir: Path) -> Template:
    """A planned day before anybody has moved."""
    folder = tmp_path_factory.mktemp("console") / "morning"
    # a network lies in <networks>/<city>/<profile>/<build>
    return Template(folder, seed_day(folder, helsinki_network_dir.parents[2]))


@pytest.fixture(scope="session")
def held_up(morning: Template) -> Template:
    """The same day after a courier has stood for a quarter of an hour: promises break, clients are to be told."""
    folder = morning.folder.with_name("held_up")
    with open_day(morning.folder, folder, morning.town) as day:
        hold_up(day)
        at = day.clock.now()
    return Template(folder, morning.town, at)


@pytest.fixture
def day(morning: Template, tmp_path: Path) -> Iterator[Day]:
    """The planned day, for this test alone."""
    with open_day(morning.folder, tmp_path / "day", morning.town) as day:
        yield day


@pytest.fixture
def late_day(held_up: Template, tmp_path: Path) -> Iterator[Day]:
    """The day with a courier who is late, for this test alone."""
    with open_day(held_up.folder, tmp_path / "day", held_up.town, held_up.at) as day:
        yield day


@pytest.fixture
def console(day: Day, browser: Browser) -> Iterator[Console]:
    """A browser before the planned day, nobody signed in; at the end its log must be clean."""
    with open_console(browser, day) as console:
        yield console


@pytest.fixture
def late_console(late_day: Day, browser: Browser) -> Iterator[Console]:
    """A browser before the day with a late courier."""
    with open_console(browser, late_day) as console:
        yield console
