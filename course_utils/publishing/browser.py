"""Which browser of this machine prints the decks."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from course_utils.notebooks.errors import CourseError

_COMMANDS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "microsoft-edge-stable",
    "msedge",
)
_MAC = (
    "Google Chrome.app/Contents/MacOS/Google Chrome",
    "Chromium.app/Contents/MacOS/Chromium",
    "Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
_WINDOWS = (
    "Google/Chrome/Application/chrome.exe",
    "Chromium/Application/chrome.exe",
    "Microsoft/Edge/Application/msedge.exe",
)
_WINDOWS_FOLDERS = ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")

VARIABLE = "COURSE_BROWSER"
"""Environment variable with the browser to use, for one that lies elsewhere."""


def find_browser(platform: str = sys.platform) -> Path:
    """Return a Chromium, Chrome or Edge: all three print without a window.

    Args:
        platform: as in ``sys.platform``.

    Raises:
        CourseError: there is none; its text says what to install.
    """
    named = os.environ.get(VARIABLE)
    if named:
        found = shutil.which(named)
        if found is None:
            raise CourseError(f"{VARIABLE} names {named!r}, which is not a program")
        return Path(found)
    for command in _COMMANDS:
        found = shutil.which(command)
        if found is not None:
            return Path(found)
    for path in _usual_places(platform):
        if path.is_file():
            return path
    raise CourseError(
        "no browser found that prints: install Chromium, Chrome or Edge, or set "
        f"{VARIABLE} to where it lies. Without one, open a deck in your own browser, "
        'add "?print-pdf" to its address, and print'
    )


def _usual_places(platform: str) -> Iterator[Path]:
    if platform == "darwin":
        for folder in (Path("/Applications"), Path.home() / "Applications"):
            yield from (folder / name for name in _MAC)
    if platform == "win32":
        for variable in _WINDOWS_FOLDERS:
            if os.environ.get(variable):
                yield from (Path(os.environ[variable], name) for name in _WINDOWS)
