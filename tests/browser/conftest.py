"""What the tests in a browser share: Chromium, or the reason why there is none."""

import os
from importlib.util import find_spec

import pytest

NEEDED = ("playwright", "axe_playwright_python", "pypdf", "sphinx_revealjs", "myst_nb")


def _missing() -> str | None:
    """What keeps these tests from running here; under CI they run, fail and say it."""
    if os.environ.get("CI"):
        return None
    if lacking := [name for name in NEEDED if find_spec(name) is None]:
        return f'{", ".join(lacking)} not installed: make install ARGS="{EXTRAS}"'
    from tests.browser import chromium

    return None if chromium.program() else chromium.ADVICE


EXTRAS = "dev slides book browser"
_MISSING = _missing()
collect_ignore_glob = ["*.py"] if _MISSING else []


def pytest_report_header() -> list[str]:
    """Say what is not tested, and why."""
    return [f"not collected: tests/browser: {_MISSING}"] if _MISSING else []


@pytest.fixture(scope="module")
def browser():
    """One Chromium for all tests of a file."""
    from tests.browser.chromium import chromium

    with chromium() as running:
        yield running
