"""A class with honest and hostile students, made for the tests and graded for real."""

import json
import os
import re
import subprocess
import sys
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

ATTACKS = Path(__file__).parent / "attacks"
NAME = "attacked"
PORT = 48151  # where somebody listens while the class is graded

EXERCISE = '''\
# %% [markdown]
# # Attacked

# %%
import numpy as np


# %%
def double(x):
    """Return 2 x."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION


# %% check="double"
assert double(2) == 4


# %%
def centre(x):
    """Return x less its mean."""
    ### BEGIN SOLUTION
    return x - x.mean()
    ### END SOLUTION


# %% check="centre"
assert abs(centre(np.arange(3.0)).sum()) < 1e-9
'''

CHECKS = '''\
"""The checks of the assignment that is attacked."""

from course_utils.checks.exercise import Exercise
from course_utils.checks.judging import Question, expect_close


def _question(reference):
    return Question(("x",), reference, advice="Wrong.", praise="Right.")


def _judge(reference):
    def judge(fn, rng):
        inputs = [(rng.normal(0, 1, 7),) for _ in range(3)]
        return expect_close(fn, inputs, _question(reference), tolerance=1e-9, floor=1)

    return judge


double = Exercise("double", "attacked", _judge(lambda x: 2 * x))
centre = Exercise("centre", "attacked", _judge(lambda x: x - x.mean()))
EXERCISES = (double, centre)
'''

RIGHT = (
    "import numpy as np",
    "def double(x):\n    return 2 * x",
    "def centre(x):\n    return x - x.mean()",
)
HALF = (RIGHT[0], RIGHT[1], "def centre(x):\n    return x - np.median(x)")
HONEST = {"aaron": (RIGHT, 8.0), "mia": (HALF, 4.0), "zoe": (RIGHT, 8.0)}


@dataclass(frozen=True)
class Attack:
    """A hostile submission: what it tries, its cells, and what it must get."""

    name: str
    tries: str
    points: dict
    cells: tuple = field(repr=False)


def read_attack(path):
    """The attack that a file describes."""
    head, *cells = re.split(r"(?m)^# %%.*\n", path.read_text(encoding="utf-8"))
    lines = [line.removeprefix("#").strip() for line in head.strip().splitlines()]
    points = {}
    tries = []
    for line in lines:
        found = re.fullmatch(r"(double|centre): ([\d.]+)", line)
        if found:
            points[found[1]] = float(found[2])
        else:
            tries.append(line)
    assert set(points) == {"double", "centre"}, path
    assert tries, path
    assert cells, path
    return Attack(path.stem, " ".join(tries), points, tuple(map(str.rstrip, cells)))


def attacks():
    """All hostile submissions that are notebooks."""
    return [read_attack(path) for path in sorted(ATTACKS.glob("*.attack"))]


def notebook(cells):
    """A notebook of code cells, as JSON text."""
    made = nbformat.v4.new_notebook()
    made.cells = [nbformat.v4.new_code_cell(source) for source in cells]
    return nbformat.writes(made)


def write_class(folder, hostile, folders=()):
    """A released course with honest students and hostile ones; returns its folder."""
    own = folder / "exercises" / NAME
    own.mkdir(parents=True)
    (own / "exercise.py").write_text(EXERCISE, encoding="utf-8")
    (own / "checks.py").write_text(CHECKS, encoding="utf-8")
    course("release", "--course", folder, NAME)
    for student, (cells, _) in HONEST.items():
        write_submission(folder, student, notebook(cells))
    for attack in hostile:
        write_submission(folder, attack.name, notebook(attack.cells))
    for made in folders:
        (folder / "submitted" / made.name).mkdir()
        made.make(folder / "submitted" / made.name)
    return folder


def write_submission(folder, student, text):
    """Hand a notebook in."""
    target = folder / "submitted" / student / NAME
    target.mkdir(parents=True)
    (target / f"{NAME}.ipynb").write_text(text, encoding="utf-8")


def course(*arguments, check=True, **more):
    """Run the command `course` as a teacher would."""
    done = subprocess.run(
        [sys.executable, "-m", "course_utils.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=600,
        stdin=subprocess.DEVNULL,
        env=os.environ | {"TQDM_DISABLE": "1"},
        **more,
    )
    if check:
        assert done.returncode == 0, done.stdout + done.stderr
    return done


# A network of its own, where only what the command and its children send is counted,
# and a listener there that nobody in a sandbox must reach.
WATCHED = textwrap.dedent(
    """
    import ctypes, fcntl, json, os, socket, struct, subprocess, sys, threading
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(0x40000000):
        sys.exit(os.strerror(ctypes.get_errno()))
    probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    request = struct.pack("16sH14s", b"lo", 0x1, b"")
    fcntl.ioctl(probe, 0x8914, request)
    met = []
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
    def listen():
        while True:
            met.append(listener.accept())
    threading.Thread(target=listen, daemon=True).start()
    done = subprocess.run(sys.argv[2:], stdin=subprocess.DEVNULL)
    lines = open("/proc/net/dev").read().splitlines()[2:]
    packets = sum(int(line.split(":")[1].split()[i]) for line in lines for i in (1, 9))
    print(json.dumps({"packets": packets, "met": len(met), "code": done.returncode}))
    """
)


def grade_watched(folder, tier, seconds=1.0):
    """Grade the class in a network of its own; what was said, and what was sent.

    Where the machine gives no such network (that takes root), packets are not counted.
    """
    arguments = ["grade", "--course", folder, NAME, "--tier", tier]
    arguments += ["--seconds", seconds]
    if os.geteuid():
        return course(*arguments), {"packets": 0, "met": 0}
    command = [sys.executable, "-c", WATCHED, str(PORT), sys.executable, "-m"]
    done = subprocess.run(
        [*command, "course_utils.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=900,
        env=os.environ | {"TQDM_DISABLE": "1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    *_, last = done.stdout.splitlines()
    sent = json.loads(last)
    assert sent["code"] == 0, done.stdout + done.stderr
    return done, sent
