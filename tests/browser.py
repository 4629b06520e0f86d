"""
The Chromium that tests drive: CHROMIUM names it, or the system's own is taken, or the one that Playwright installed.

Run as a program it only says whether there is one: `python -m tests.browser`.
"""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-sync",
    "--no-first-run",
    "--no-pings",
    # maps are drawn by software, the same way on every machine
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
)


def find_chromium(playwright: Playwright) -> str | None:
    """
    The path of a Chromium; None when there is none.

    Raises
    ------
    FileNotFoundError
        When CHROMIUM names something that is not there.
    """
    named = os.environ.get("CHROMIUM")
    if named:
        found = shutil.which(named)
        if found is None:
            raise FileNotFoundError(f"CHROMIUM is {named!r}, and there is no such program")
        return found
    for name in _NAMES:
        if found := shutil.which(name):
            return found
    own = playwright.chromium.executable_path
    return own if Path(own).is_file() else None


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """
    A headless Chromium that asks nobody but the pages it shows.

    Raises
    ------
    FileNotFoundError
        When there is no Chromium on this machine.
    """
    with sync_playwright() as playwright:
        path = find_chromium(playwright)
        if path is None:
            raise FileNotFoundError("no Chromium: install it (Debian: apt-get install chromium) or set CHROMIUM")
        # Chromium's sandbox refuses to run as root.
        as_root = ("--no-sandbox",) if os.geteuid() == 0 else ()
        browser = playwright.chromium.launch(executable_path=path, args=[*_FLAGS, *as_root])
        yield browser
        browser.close()


def main() -> int:
    """0 when there is a Chromium to test with, else 1."""
    with sync_playwright() as playwright:
        path = find_chromium(playwright)
    print(path or "no Chromium found")
    return 0 if path else 1


if __name__ == "__main__":
    sys.exit(main())
