"""Walls of Linux to test: those of this machine, each as far as this user gets."""

import sys

import pytest

from course_utils.grading import sandbox
from course_utils.grading.sandbox import Kind, Limits
from course_utils.grading.sandbox.base import MIB

NAMES = ("fork server", "bwrap") if sys.platform == "linux" else ()
FOUND = [name for name, why_not in sandbox.available(NAMES).items() if not why_not]
# Without a wall there is nothing to test; test_choice.py needs none.
collect_ignore = [] if FOUND else ["test_walls.py", "test_limits.py", "test_ends.py"]
LOW = {"wall_seconds": 20, "cpu_seconds": 10, "memory": 64 * MIB, "disk": 2 * MIB}


@pytest.fixture(scope="session", params=FOUND)
def tier(request):
    """Each wall that can be put up here."""
    wall = sandbox.choose(request.param)
    yield wall
    wall.close()


@pytest.fixture
def start(tier):
    """Begin children that run what they are told; they are ended afterwards."""
    from course_utils.grading.sandbox.children import PROOF

    children = []

    def begin(**limits):
        limits = Limits(**LOW | {"processes": 16} | limits)
        children.append(tier.start(Kind.NUMPY, limits, PROOF))
        children[-1].socket.settimeout(20)
        return children[-1]

    yield begin
    for child in children:
        child.end()
