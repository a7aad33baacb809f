"""Chromium, driven by Playwright: a new profile, and no way out of this machine."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ADVICE = (
    "decks, book and JupyterLab are tested in Chromium, which is not on this machine. "
    "On Debian or Ubuntu: apt-get install chromium"
)
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PLACES = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
# No name is ever looked up but this machine's: a page that asks for one gets an error.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
HALL = {"width": 1280, "height": 720}
PHONE = {"width": 390, "height": 844}


def program() -> Path | None:
    """The browser's program, None where there is none."""
    named = (shutil.which(name) for name in NAMES)
    found = [Path(path) for path in named if path]
    found += [path for path in map(Path, PLACES) if path.is_file()]
    return found[0] if found else None


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Run a browser with a new profile, and end it.

    Raises:
        RuntimeError: there is no Chromium; the text says what to install.
    """
    path = program()
    if path is None:
        raise RuntimeError(ADVICE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=FLAGS, headless=True
        )
        try:
            yield browser
        finally:
            browser.close()
