"""What every exercise of every lesson answers, whatever it asks for.

What differs from one to the next stands in `telling.py`. The lessons' own files beside
this one hold what is their own: other right ways, named mistakes, what is drawn.
"""

import importlib
import inspect
import re
import sys
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.checks import guard
from course_utils.checks.result import Status
from course_utils.notebooks.lessons import lessons
from tests.checks import telling
from tests.checks.shared import (
    ROOT,
    functions,
    judge,
    prose,
    section,
    squeeze,
    telling_code,
    texts_in,
    texts_of,
)

BY_LESSON = {
    lesson: importlib.import_module(f"course_utils.checks.{lesson.slug}").EXERCISES
    for lesson in lessons(ROOT)
}
EVERY = {
    f"{lesson.slug}.{exercise.name}": (lesson.name, exercise)
    for lesson, exercises in BY_LESSON.items()
    for exercise in exercises
}
every_exercise = pytest.mark.parametrize("asked", EVERY.values(), ids=EVERY)
lessons_with_several = pytest.mark.parametrize(
    "lesson", [x for x in BY_LESSON if x.slug != "start_here"], ids=lambda x: x.slug
)


def some_exercises(names):
    names = list(names)
    return pytest.mark.parametrize("asked", [EVERY[name] for name in names], ids=names)


def key(exercise):
    return f"{exercise.slug}.{exercise.name}"


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


@some_exercises(name for name in EVERY if name not in telling.SLOW)
def test_no_secret_seed_rejects_the_solution(asked, reference):
    right, exercise = reference(asked), asked[1]
    usual = settings.default.max_examples

    @settings(max_examples=telling.EXAMPLES.get(exercise.slug, usual))
    @given(seed=st.integers(0, 2**32 - 1))
    def solve(seed):
        result = judge(exercise, right, seed)
        assert result.correct, result

    solve()


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


# What is said -------------------------------------------------------------------------

PRAISE = {
    f"{slug}.{name}": case
    for slug, cases in telling.PRAISE.items()
    for name, case in cases.items()
}


@some_exercises(PRAISE)
def test_praise_leaves_the_next_question_open(asked, reference):
    pattern, told = PRAISE[key(asked[1])]
    assert re.search(pattern, told)
    assert not re.search(pattern, asked[1].check(reference(asked)).message)


def messages(slug):
    """All that a lesson's checks say; the first two lessons are read together."""
    first = ("start_here", "vanishing_gradients")
    texts = [t for s in (first if slug in first else [slug]) for t in texts_of(s)]
    hints = texts_in([e.hints for _, e in EVERY.values() if e.slug == slug])
    return {*texts, *hints}


@every_exercise
def test_no_message_contains_the_solutions_code(asked):
    name, slug = key(asked[1]), asked[1].slug
    code, allowed = telling_code(asked[1]), telling.GIVEN.get(name, set())
    assert allowed <= code
    code -= allowed
    assert len(code) >= (2 if name in telling.SHORT else 3)
    texts = messages(slug)
    assert len(texts) >= telling.TEXTS.get(slug, 1)
    for text in texts:
        assert not [part for part in code if part in squeeze(text)], text


def tells(told, exercise):
    return any(part in squeeze(told) for part in telling_code(exercise))


@some_exercises(telling.TOLD)
def test_telling_code_would_be_found(asked):
    assert tells(telling.TOLD[key(asked[1])], asked[1])


@some_exercises(telling.NOT_TOLD)
def test_what_tells_of_another_exercise_is_not_telling_code(asked):
    assert not tells(telling.NOT_TOLD[key(asked[1])], asked[1])


NUMBERS = dict(
    enumerate(["Two", "Three", "Four", "Five", "Six", "Seven", "Eight"], start=2)
)


@lessons_with_several
def test_the_notebook_counts_its_exercises_and_asks_after_each(lesson):
    text, n = prose(lesson.name), len(BY_LESSON[lesson])
    assert f"{NUMBERS[n]} exercises on" in text
    assert len(re.findall(r"## \d\. ", text)) == n
    asking = [
        section(lesson.name, k).count("**Then explain.**") for k in range(1, n + 1)
    ]
    assert asking == [1] * n
    assert text.count("**Then explain.**") == n


@pytest.mark.parametrize("lesson", BY_LESSON, ids=lambda x: x.slug)
def test_every_exercise_has_its_place_in_the_notebook(lesson):
    helpers = telling.HELPERS.get(lesson.slug, set())
    named = functions(lesson.name)
    assert helpers <= set(named)
    names = [exercise.name for exercise in BY_LESSON[lesson]]
    assert [name for name in named if name not in helpers] == names


@every_exercise
def test_hints_lead_to_the_solution_and_the_solution_is_shown(asked):
    exercise = asked[1]
    assert len(exercise.hints) in (2, 3)
    assert str(exercise.hint(1)).startswith("**Hint 1 of ")
    assert f"def {exercise.name}(" in str(exercise.solution())


@some_exercises(name for name in EVERY if name not in telling.NO_ARGUMENTS)
def test_arguments_are_called_what_the_notebook_calls_them(asked, reference):
    result = asked[1].check(lambda *args: None if args else 0)
    names = [name for name, _ in result.counterexample.given]
    hidden = telling.NOT_SHOWN.get(key(asked[1]), set())
    wanted = list(inspect.signature(reference(asked)).parameters)
    assert hidden <= set(wanted)
    assert names == [name for name in wanted if name not in hidden]
