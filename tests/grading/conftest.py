"""What the tests of grading share: which of them this machine can run."""

import os

from tests.grading import postgres_server


def _without_a_server() -> bool:
    """Whether there is no PostgreSQL to test with; under CI its tests say so."""
    return not os.environ.get("CI") and postgres_server.programs() is None


collect_ignore = ["test_postgresql.py"] if _without_a_server() else []


def pytest_report_header() -> str | None:
    """Say what is not tested, and why."""
    if collect_ignore:
        return f"not collected: test_postgresql.py, as {postgres_server.ADVICE}"
    return None
