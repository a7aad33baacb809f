"""Every exercise, judged from outside: the result is that of the learner's notebook."""

import ast
import importlib
import inspect
import linecache
import time

import numpy as np
import pytest

from course_utils.checks import guard
from course_utils.checks.result import Status
from course_utils.grading.asking.remote import Session, SessionLost
from course_utils.grading.handing_in.submissions import Submission
from course_utils.grading.sandbox import Kind, Limits
from course_utils.grading.sandbox.unprotected import Unprotected
from course_utils.notebooks.lessons import lessons
from course_utils.notebooks.stubs import make_stub
from course_utils.notebooks.text import read_text
from tests.checks.shared import FOLDER, ROOT

LESSONS = {lesson.name: lesson.slug for lesson in lessons(ROOT)}
EXERCISES = {
    f"{name}.{exercise.name}": (name, exercise)
    for name, slug in LESSONS.items()
    for exercise in importlib.import_module(f"course_utils.checks.{slug}").EXERCISES
}
MIB = 1 << 20
LIMITS = Limits(memory=4096 * MIB)

# What a function of the exercise may do instead; each gets the right one as `right`.
# Every exercise meets some of them, so that each is met by many.
WAYS = {
    "raises": "print('so far'); raise ValueError('no ' * 200)",
    "returns nothing": "print('\\n'.join('abcdefghij'))",
    "returns itself": "return ARGS[0] if ARGS else print",
    "is left": "return NotImplemented",
    "changes": "[change(arg) for arg in ARGS]; return right(*ARGS)",
    "misspells": "return nmupy.array(1)",
    "exits": "import sys; sys.exit(1)",
    "recurses": "f = lambda: f(); return f()",
}
ODD = (
    "'a word'",
    "3 + 4j",
    "object()",
    "np.array(['a', 'b'])",
    "np.array([None, 1.5])",
    "np.zeros((2, 3), complex)",
    "{1, 2}",
    "(x for x in 'ab')",
    "lambda x: x",
    "{'A': 'b', (1, 2): [3]}",
    "[1, [2, 3]]",
    "range(3)",
    "10**100, -(10**100)",
    "[object(), np.float32(0.5)]",
    "Fraction(1, 3)",
    "np.matrix([[1.0, 2.0]])",
    "Pair(1.5, [2.5])",
    "np.longdouble(0.1)",
    "Odd()",
    "np.int8(3), np.nan, True, None",
    "[[0.5] * 70] * 2",
    "iter([1.0, 2.0])",
    "b'bytes'",
    "np.full((3, 2), np.inf)",
)
HELP = """
from collections import namedtuple
from fractions import Fraction
import numpy as np
Pair = namedtuple("Pair", "first second")
class Odd:
    def __array__(self, *args, **options): raise OSError("no")
    def __iter__(self): raise OSError("no")
    def __eq__(self, other): raise OSError("no")
def change(arg):
    for part in arg if isinstance(arg, list) else [arg]:
        if isinstance(part, np.ndarray) and part.dtype.kind == "f":
            part += 1.0
"""


def code_cells(notebook):
    return [c.source for c in notebook.cells if c.cell_type == "code"]


def arguments(source, name):
    """The first line's arguments as text, and their names."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            names = [a.arg for a in node.args.args]
            return ast.unparse(node.args), ", ".join(names) + "," * bool(names)
    raise AssertionError(name)


def variants(lesson):
    """For each exercise of a lesson, the sources of functions to compare: by name."""
    solved = "\n".join(code_cells(read_text(FOLDER / f"{lesson}.py")))
    stubs = code_cells(make_stub(FOLDER / f"{lesson}.py"))
    found = {}
    for k, (_, exercise) in enumerate(EXERCISES.values()):
        if exercise.slug != LESSONS[lesson]:
            continue
        name = exercise.name
        signature, names = arguments(solved, name)
        sources = {}
        ways = [list(WAYS.values())[(k + 2 * j) % len(WAYS)] for j in range(4)]
        odd = [f"return {ODD[(2 * k + j) % len(ODD)]}" for j in range(2)]
        bodies = [*ways, *odd]
        for number, body in enumerate(bodies):
            called = f"{name}__{number}"
            body = f"    ARGS = ({names})\n    right = {name}\n    {body}"
            sources[called] = f"def {called}({signature}):\n{body}"
        sources[f"{name}__wide"] = f"def {name}__wide(one, *, two): return 1"
        stub = next(s for s in stubs if f"def {name}(" in s)
        sources[f"{name}__stub"] = stub.replace(f"def {name}(", f"def {name}__stub(")
        found[name] = sources
    return found


def here(cells):
    """What cells define, run as a notebook runs them: with their sources at hand."""
    namespace = {"__name__": "__main__"}
    for number, source in enumerate(cells):
        if ".check(" in source:
            continue
        file = f"<cell {number} {hash(source)}>"
        linecache.cache[file] = len(source), None, source.splitlines(True), file
        exec(compile(source, file, "exec"), namespace)
    return namespace


@pytest.fixture(scope="module")
def tier():
    tier = Unprotected()
    yield tier
    tier.close()


@pytest.fixture(scope="module")
def both(tier):
    """A function: the name of a lesson -> what its cells define here, and a session."""
    made = {}

    def of(lesson):
        if lesson not in made:
            for _, session in made.values():
                session.close()
            extra = [s for them in variants(lesson).values() for s in them.values()]
            cells = [*code_cells(read_text(FOLDER / f"{lesson}.py")), HELP, *extra]
            keras = any("import keras" in cell for cell in cells)
            session = Session(
                tier,
                Kind.TENSORFLOW if keras else Kind.NUMPY,
                LIMITS,
                Submission("somebody", lesson, tuple(cells)),
            )
            made[lesson] = here(cells), session
        return made[lesson]

    yield of
    for _, session in made.values():
        session.close()


@pytest.mark.parametrize("key", EXERCISES)
def test_a_function_is_judged_alike_here_and_there(key, both):
    lesson, exercise = EXERCISES[key]
    local, session = both(lesson)
    assert not [cell.error for cell in session.ran.cells if cell.error]
    name = exercise.name
    remote = session.function(name)
    result = exercise.judge(remote, np.random.default_rng(5))
    assert result.status is Status.CORRECT, result
    assert result == exercise.judge(local[name], np.random.default_rng(5))
    for variant in variants(lesson)[name]:
        mine = exercise.judge(local[variant], np.random.default_rng(7))
        other = exercise.judge(session.function(variant), np.random.default_rng(7))
        assert str(other) == str(mine), inspect.getsource(local[variant])
        assert other == mine


def session_of(tier, *cells, **settings):
    return Session(tier, Kind.NUMPY, LIMITS, Submission("a", "b", cells), **settings)


def test_there_is_no_function_of_another_name_and_none_that_is_no_function(tier):
    with session_of(tier, "x = 1\ndef f(): return 2") as session:
        assert session.function("x") is None
        assert session.function("__class__") is None
        f = session.function("f")
        with pytest.raises(TypeError, match=r"through guard\.call"):
            f()
        assert guard.call(f, ()).value == 2


def test_an_endless_loop_is_told_from_inside_and_what_holds_out_from_outside(tier):
    cell = """
import time
def loops():
    while True: pass
def sleeps(): time.sleep(60)
def asks(f):
    while True: f(1)
def holds_out():
    while True:
        try:
            while True:
                try:
                    n = 0  # Python 3.11 looks before the loop for who catches
                    while True: sum(range(9))
                except BaseException: pass
        except BaseException: pass
def f(): return 1
"""
    with session_of(tier, cell, call_seconds=0.3) as session:
        for name, args in (("loops", ()), ("sleeps", ()), ("asks", (np.square,))):
            with pytest.raises(guard.Stopped, match=r"more than 0\.3 seconds"):
                guard.call(session.function(name), args)
        asks = session.function("asks")
        with pytest.raises(guard.Stopped, match=r"more than 0\.3 seconds"):
            guard.call(asks, (lambda x: x,))
        assert guard.call(session.function("f"), ()).value == 1
        start = time.monotonic()
        with pytest.raises(SessionLost, match="time"):
            guard.call(session.function("holds_out"), ())
        assert time.monotonic() - start < 5
        with pytest.raises(SessionLost):
            session.function("f")


def test_a_process_that_ends_itself_is_lost_and_its_cells_are_left_out(tier):
    cells = ("def f(): return 1", "import os; os._exit(3)", "def g(): os._exit(3)")
    with session_of(tier, *cells, "import os") as session:
        assert [bool(cell.error) for cell in session.ran.cells] == [0, 1, 0, 0]
        assert "left out" in session.ran.cells[1].error
        assert guard.call(session.function("f"), ()).value == 1
        with pytest.raises(SessionLost, match="died"):
            guard.call(session.function("g"), ())


def test_what_stays_with_a_student_comes_back_as_it_was(tier):
    """States of any kind, which only the student's own code understands."""
    cell = """
class State:
    def __init__(self, n): self.n = n
def step(state):
    if state is None: return State(1), lambda: 1, {(1, 2): 3}, np.array([None])
    a, f, d, o = state
    return a.n + f() + d[1, 2], type(o).__name__
import numpy as np
"""
    with session_of(tier, cell) as session:
        step = session.function("step")
        state = guard.call(step, (None,)).value
        assert guard.call(step, (state,)).value == (5, "ndarray")


def test_functions_generators_and_streams_are_lent(tier):
    cell = """
import numpy as np
def draws(f):
    rng, old = np.random.default_rng(1), np.random.RandomState(2)
    np.random.seed(3)
    return f((2,), rng), f((2,), rng), f((2,), rng=old), f((2,), np.random)
def fails(f):
    try: f(1, 2, 3)
    except TypeError as error: return str(error)
def name(f): return f.__name__
def total(stream): return sum(stream), type(stream).__name__
def drawn(rng): return rng.random()
"""

    def f(shape, rng):
        return rng.random(shape)

    rng, old, other = (
        np.random.default_rng(1),
        np.random.RandomState(2),
        np.random.RandomState(3),
    )
    with session_of(tier, cell) as session:
        got = guard.call(session.function("draws"), (f,)).value
        due = [g.random(2) for g in (rng, rng, old, other)]
        np.testing.assert_array_equal(got, due)
        assert "2 positional" in guard.call(session.function("fails"), (f,)).value
        assert guard.call(session.function("name"), (f,)).value == "f"
        assert guard.call(session.function("name"), (np.tanh,)).value == "tanh"
        stream = iter([1.5, 2.5])
        for _ in range(2):  # the check's own iterator is not used up
            value = guard.call(session.function("total"), (stream,)).value
            assert value == (4.0, "list_iterator")
        given = np.random.default_rng(9)
        for _ in range(2):
            value = guard.call(session.function("drawn"), (given,)).value
            assert value == np.random.default_rng(9).random()


def test_helper_modules_beside_the_notebook_can_be_imported(tier):
    submission = Submission(
        "a",
        "b",
        ("from helper import f",),
        modules={"helper.py": b"def f(): return 7", "../bad.py": b"", "a/b.py": b""},
    )
    with Session(tier, Kind.NUMPY, LIMITS, submission) as session:
        assert not session.ran.cells[0].error
        assert guard.call(session.function("f"), ()).value == 7


def test_an_answer_that_is_too_large_is_no_answer_and_ends_nothing(tier):
    cell = "import numpy as np\ndef f(n): return np.zeros(n)\ndef g(n): return [{}] * n"
    with session_of(tier, cell) as session:
        with pytest.raises(guard.Stopped, match="MiB"):
            guard.call(session.function("f"), (10**7,))
        with pytest.raises(guard.Stopped, match="separate values"):
            guard.call(session.function("g"), (10**6,))
        assert guard.call(session.function("f"), (3,)).value.shape == (3,)


def test_the_whole_submission_has_a_time_too(tier):
    limits = Limits(wall_seconds=4, memory=LIMITS.memory)
    submission = Submission("a", "b", ("import time\ndef f(): time.sleep(0.2)",))
    start = time.monotonic()
    with Session(tier, Kind.NUMPY, limits, submission) as session:
        f = session.function("f")

        def go_on():
            for _ in range(99):
                guard.call(f, ())

        with pytest.raises(SessionLost, match="time"):
            go_on()
    assert time.monotonic() - start < 7
