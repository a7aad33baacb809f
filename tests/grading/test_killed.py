"""Grading that is killed at random moments and run again ends as if it never had been.

Killed as by ``kill -9``, in marking, in filling the gradebook and in writing the pages,
more than fifty times. What a wall leaves behind has tests of its own; here is none, so
that processes are many and quick.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.grading import killing, small_class

ROOT = Path(__file__).resolve().parents[2]
KILLS = 52
WRITTEN = {
    "ada": {"double": "def double(x):\n    return x + x", "answer-double": "Even."},
    "bob": {"half": "def half(x):\n    return x / 2 if x < 60 else 0"},
    "cleo": {"double": "double = 1 / 0", "half": "def half(x):\n    return x / 2"},
}


def test_a_grader_that_is_killed_is_completed_by_the_next(tmp_path):
    course = small_class.make_course(tmp_path / "clean")
    for student in killing.STUDENTS:
        small_class.hand_in_notebook(course, student, WRITTEN[student])
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "tests.grading.killing", tmp_path, "none", str(KILLS)],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(temporary), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["wrong"] == [], done.stderr
    assert found["killed"] >= KILLS
    assert found["rounds"] >= 2
