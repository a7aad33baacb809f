"""What runs behind the wall: cells of every kind, stand-ins for the checks, loading."""

import subprocess
import sys

import pytest

from course_utils.checks import guard
from course_utils.grading.asking.remote import Session
from course_utils.grading.handing_in.submissions import Submission
from course_utils.grading.inside import facade, preload
from course_utils.grading.inside.capture import Screen, captured
from course_utils.grading.sandbox import Kind, Limits
from course_utils.grading.sandbox.unprotected import Unprotected


@pytest.fixture(scope="module")
def tier():
    tier = Unprotected()
    yield tier
    tier.close()


@pytest.fixture(scope="module")
def run(tier):
    """A function: cells -> how they went; and a session to call functions in."""
    sessions = []

    def of(*cells, **settings):
        limits = Limits(memory=2 << 30)
        submission = Submission("a", "b", cells)
        sessions.append(Session(tier, Kind.NUMPY, limits, submission, **settings))
        return sessions[-1]

    yield of
    for session in sessions:
        session.close()


# One session runs them all: a cell -> words of its error, words that it printed.
CELLS = {
    "1 / 0": ("ZeroDivisionError: division by zero", ""),
    "def broken(:": ("SyntaxError", ""),
    "name = input('Who are you? ')": ("nobody to ask", ""),
    "import getpass; getpass.getpass()": ("nobody to ask", ""),
    "import sys; sys.exit(3)": ("SystemExit: 3", ""),
    "raise KeyboardInterrupt": ("KeyboardInterrupt", ""),
    "exit\nquit()": ("", ""),
    "class E(Exception):\n    def __str__(self): 1 / 0\nraise E": ("E", ""),
    "import asyncio\nawait asyncio.sleep(0.01)\nprint('slept')": ("", "slept"),
    "async def g(): return 5\nprint(await g())": ("", "5"),
    "%matplotlib inline\nimport matplotlib.pyplot as plt": ("", "left out"),
    "plt.plot([1, 2]); plt.show(); print(plt.get_backend())": ("", "gg"),
    "print(plt.get_fignums())": ("", "[]"),
    "!ls\ny = !ls\nprint(y)": ("", "left out while your work is graded: !ls"),
    "%pip install nothing": ("", "left out"),
    "%%bash\nls": ("", "left out"),
    "%no_such_magic": ("", "left out"),
    "%%no_such_magic\n1": ("", "left out"),
    "%%time\ntimed = 3": ("", "Wall time"),
    "print(timed); timed": ("", "3"),
    "display(timed); get_ipython().displayhook(2)": ("", ""),
    "from IPython.display import HTML, display\ndisplay(HTML('<b>'))": ("", ""),
    "import warnings; warnings.warn('careful')": ("", "careful"),
    "print('oh', file=sys.stderr)": ("", "oh"),
    "print('x' * 10**6)": ("", "xxx"),
    "sys.stdout.close(); print('still')": ("", "still"),
    "sys.stdout = None": ("", ""),
    "import no_such_module": ("ModuleNotFoundError", ""),
    "def f(n): return f(n + 1)\nf(0)": ("RecursionError", ""),
    "from course_utils.checks import optimizers as exercises": ("", ""),
    "note = exercises.adam_step.check(f)\nprint(note, repr(note))": (
        "",
        "This check is graded on the teacher's side. This check is graded",
    ),
    "print(exercises.choose.hint(1), exercises.choose.solution())": ("", "Hints"),
    "import course_utils.checks._optimizers_adam as a; print(a.EXACT)": ("", "StandIn"),
    "from checks import exercises as own; print(own.mine.check(f))": ("", "graded"),
    "from course_utils.checks import guard; print(guard.TIME_LIMIT)": ("", "10"),
    "from course_utils import gaussian": ("", ""),
}


@pytest.fixture(scope="module")
def went(run):
    session = run(*CELLS, facades=("checks",))
    return dict(zip(CELLS, session.ran.cells, strict=True))


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell[:30])
def test_a_cell_of_any_kind_is_noted_and_the_next_goes_on(cell, went):
    error, printed = CELLS[cell]
    assert error in went[cell].error
    assert bool(error) == bool(went[cell].error), went[cell]
    assert printed in went[cell].printed
    assert len(went[cell].printed) <= 20_000


def test_cells_out_of_order_are_run_again_and_what_comes_later_counts(run):
    cells = (
        "def f(): return g()\nprint(later)\nfirst = 1",  # needs the last cell
        "second = first + 1",  # needs the first, once that has run
        "def g(): return 'old'\nprint(never)",  # never runs to its end
        "def g(): return 'new'\ndef f(): return 'mine: ' + g()",
        "later = 3",
    )
    session = run(*cells)
    assert [bool(cell.error) for cell in session.ran.cells] == [0, 0, 1, 0, 0]
    assert "NameError" in session.ran.cells[2].error
    assert guard.call(session.function("f"), ()).value == "mine: new"
    assert set(session.ran.cells[3].defined) == {"g", "f"}


def test_a_cell_that_never_ends_is_stopped_once_and_the_others_count(run):
    endless = "x = 0\nwhile True: x += 1"
    sleeping = "import time; time.sleep(60)"
    held = "while True:\n    try: time.sleep(60)\n    except BaseException: pass"
    cells = (endless, "def f(): return 1", sleeping, held, "1 / 0")
    session = run(*cells, cell_seconds=0.3)
    errors = [cell.error for cell in session.ran.cells]
    assert "more than 0.3 seconds" in errors[0]
    assert "more than 0.3 seconds" in errors[2]
    assert "lost while this cell ran (time)" in errors[3]
    assert guard.call(session.function("f"), ()).value == 1


def test_functions_of_libraries_are_not_defined_by_a_cell(run):
    ran = run("from math import sin\nimport numpy as np\nfrom os.path import join").ran
    assert ran.cells[0].defined == ()


def test_the_screen_keeps_the_first_characters():
    screen = Screen(5)
    assert screen.write("abc") == 3
    assert screen.write("defgh") == 5
    assert screen.text == "abcde"
    with pytest.raises(TypeError, match="text is expected, got bytes"):
        screen.write(b"x")
    before = sys.stdout
    with captured() as screen:
        print("here")
    assert screen.text == "here\n"
    assert sys.stdout is before


def test_what_is_loaded_before_a_fork_has_one_thread_and_no_check_with_answers():
    code = """
from course_utils.grading.inside import preload
preload.load("numpy")
import sys
print(preload.threads(), "numpy" in sys.modules, "matplotlib.pyplot" in sys.modules)
print(*sorted(m for m in sys.modules if m.startswith("course_utils.checks.")))
"""
    lines = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert lines[0] == "1 True True"
    allowed = {f"course_utils.checks.{name}" for name in facade.REAL}
    assert set(lines[1].split()) <= allowed
    with pytest.raises(ValueError, match="kind must be 'numpy' or 'tensorflow', got"):
        preload.load("torch")
