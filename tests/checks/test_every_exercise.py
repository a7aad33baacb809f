"""What every exercise of every lesson answers, whatever it asks for.

The lessons' own files beside this one hold what is their own: other right ways, named
mistakes, what is drawn and what is said.
"""

import importlib
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from course_utils.checks import guard
from course_utils.checks.result import Status
from course_utils.notebooks.lessons import lessons

ROOT = Path(__file__).parents[2]
EVERY = {
    f"{lesson.slug}.{exercise.name}": (lesson.name, exercise)
    for lesson in lessons(ROOT)
    for exercise in importlib.import_module(
        f"course_utils.checks.{lesson.slug}"
    ).EXERCISES
}
every_exercise = pytest.mark.parametrize("asked", EVERY.values(), ids=EVERY)


@pytest.fixture(scope="module")
def reference(solved):
    """The solution of an exercise; each text is run once."""
    texts = {}

    def of(asked):
        name, exercise = asked
        if name not in texts:
            texts[name] = solved(name)
        return texts[name][exercise.name]

    return of


def test_no_lesson_is_left_out():
    assert {name for name, _ in EVERY.values()} == {x.name for x in lessons(ROOT)}


@every_exercise
def test_the_solution_is_right_and_quickly_found_so(asked, reference):
    right = reference(asked)  # running the text may load Keras
    start = time.perf_counter()
    assert asked[1].check(right).correct
    assert time.perf_counter() - start < 5  # below 1 s on an idle machine


@every_exercise
def test_the_stub_is_not_attempted(asked, stub):
    name, exercise = asked
    result = exercise.check(stub(name)[exercise.name])
    assert result.status is Status.NOT_ATTEMPTED
    assert "still empty" in result.message


@every_exercise
def test_a_forgotten_return_is_named(asked):
    result = asked[1].check(lambda *args: np.sum([1]) and None)
    assert result.status is Status.INCORRECT
    assert result.message == "Your function returned None. Is `return` missing?"


def cry(*args):
    raise KeyError("lost")


def first(args):
    """The first argument; a number where there is none."""
    return args[0] if args else 1.0


def nans_like(argument):
    """NaN in the argument's shape; one NaN where it is not an array."""
    is_array = isinstance(argument, np.ndarray)
    return argument * np.nan if is_array else np.nan


NASTY = {
    "none": (lambda *args: np.sum([1]) and None, Status.INCORRECT),
    "word": (lambda *args: "forty-two", Status.INCORRECT),
    "words": (lambda *args: [["a", "b"], ["c", "d"]], Status.INCORRECT),
    "object": (lambda *args: object(), Status.INCORRECT),
    "function": (lambda *args: np.sin, Status.INCORRECT),
    "dict": (lambda *args: {"z": 1, "alpha": 2}, Status.INCORRECT),
    "number": (lambda *args: 1.0, Status.INCORRECT),
    "shape": (lambda *args: np.ones((3, 1, 2)), Status.INCORRECT),
    "ragged": (lambda *args: [[1], [2, [3]]], Status.INCORRECT),
    "rows": (lambda *args: [[1], [2, 3]], Status.INCORRECT),
    "first argument": (lambda *args: first(args), Status.INCORRECT),
    "first twice": (lambda *args: (first(args), first(args)), Status.INCORRECT),
    "nan": (lambda *args: np.nan, Status.INCORRECT),
    "nans": (lambda *args: (np.nan, np.nan), Status.INCORRECT),
    "nan arrays": (
        lambda *args: [np.full((3, 2), np.nan), *[np.full(2, np.nan)] * 2],
        Status.INCORRECT,
    ),
    "nans of its shape": (lambda *args: nans_like(first(args)), Status.INCORRECT),
    "infinite": (lambda *args: np.inf, Status.INCORRECT),
    "empty": (lambda *args: np.array([]), Status.INCORRECT),
    "empty list": (lambda *args: [], Status.INCORRECT),
    "generator": (lambda *args: (i for i in range(3)), Status.INCORRECT),
    "exit": (lambda *args: sys.exit("bye"), Status.CRASHED),
    "raise": (cry, Status.CRASHED),
    "signature": (lambda a, b, c, d, e, f, g, h, i: 1, Status.CRASHED),
}


@pytest.mark.parametrize("nasty", NASTY)
@every_exercise
def test_nasty_functions_are_answered_in_plain_words(asked, nasty):
    (_, exercise), (fn, status) = asked, NASTY[nasty]
    result = exercise.check(fn)
    assert result.status is status
    assert " " in result.message
    assert "Traceback" not in str(result)
    assert "0x" not in str(result)
    assert str(exercise.check(fn)) == str(result)
    assert result._repr_html_()


@every_exercise
def test_printing_and_views_do_not_matter(asked, reference, capsys):
    right = reference(asked)

    def chatty(*args):
        print("hello", args)
        answer = right(*args)
        return answer[...] if isinstance(answer, np.ndarray) else answer

    assert asked[1].check(chatty).correct
    assert capsys.readouterr() == ("", "")


@every_exercise
def test_endless_loops_are_stopped(asked, monkeypatch):
    monkeypatch.setattr(guard, "TIME_LIMIT", 0.05)

    def endless(*args):
        while True:
            pass

    assert "never ends" in asked[1].check(endless).message
