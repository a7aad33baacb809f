"""What the tests of grading share: which of them this machine can run."""

import os

from tests.grading import postgres_server


def _not_here() -> dict[str, str]:
    """Tests that cannot be run here, and why."""
    missing = {}
    # Under CI the test of PostgreSQL fails and says what to install.
    if not os.environ.get("CI") and postgres_server.programs() is None:
        missing["test_postgresql.py"] = postgres_server.ADVICE
    if not hasattr(os, "fork"):
        missing["test_killed.py"] = "processes cannot be forked on this system"
    return missing


_MISSING = _not_here()
collect_ignore = list(_MISSING)


def pytest_report_header() -> list[str]:
    """Say what is not tested, and why."""
    return [f"not collected: {name}: {why}" for name, why in _MISSING.items()]
