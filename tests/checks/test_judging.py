from dataclasses import replace

import numpy as np
import pytest

from course_utils.checks.judging import (
    Misconception,
    Question,
    expect_close,
    expect_word,
)
from course_utils.checks.result import Status

QUESTION = Question(
    names=("x",),
    reference=lambda x: 2 * x,
    misconceptions=(
        Misconception(lambda x: x**2, "You squared."),
        Misconception(lambda x: x / 0.0, "You divided by zero."),
    ),
    near=(0.1, "Nearly."),
    advice="Look again.",
    praise="Well done.",
)
INPUTS = [(np.array([1.0, 3.0]),), (np.array([[0.5]]),)]


def judge(fn):
    return expect_close(fn, INPUTS, QUESTION, tolerance=1e-6)


@pytest.mark.parametrize(
    "fn",
    [
        lambda x: x + x,
        lambda x: (x + x).tolist(),
        lambda x: (2 * x).astype(np.float32),
        lambda x: 2 * np.ma.array(x),
        lambda x: np.add(x, x, order="F")[:],
    ],
)
def test_right_values_are_right_in_any_clothes(fn):
    assert judge(fn) == judge(lambda x: 2 * x)
    assert judge(fn).message == "Well done."


def test_a_single_number_may_be_of_any_numeric_type():
    question = Question(("x",), lambda x: 6.0, "", "")
    for value in (6, 6.0, np.float32(6), np.array(6), np.int64(6)):
        assert expect_close(lambda x, v=value: v, [(1,)], question, tolerance=0).correct


def test_a_misconception_is_named_and_shown_on_one_case():
    result = judge(lambda x: x * x)
    assert result.status is Status.INCORRECT
    assert result.message == "You squared."
    assert result.counterexample.given == (("x", "[1, 3]"),)
    assert result.counterexample.returned == "[1, 9]"
    assert result.counterexample.broken == "it should be [2, 6]"


def test_a_misconception_with_infinite_answers_is_named():
    assert judge(lambda x: np.full(x.shape, np.inf)).message == "You divided by zero."


def test_a_misconception_whose_answers_are_nan_is_named():
    by_itself = Misconception(lambda x: (x - x) / (x - x), "0 / 0 is not a number.")
    question = Question(("x",), lambda x: x, "", "", misconceptions=(by_itself,))
    result = expect_close(lambda x: x * np.nan, INPUTS, question, tolerance=1e-6)
    assert result.message == "0 / 0 is not a number."
    assert expect_close(lambda x: x, INPUTS, question, tolerance=1e-6).correct


def test_the_first_wrong_case_is_shown_not_a_right_one():
    result = judge(lambda x: 2 * x if x.ndim == 1 else 3 * x)
    assert result.message == "Look again."
    assert result.counterexample.given == (("x", "[[0.5]]"),)


def test_near_misses_have_their_own_words():
    assert judge(lambda x: 2.01 * x).message == "Nearly."
    assert judge(lambda x: 2.5 * x).message == "Look again."


def test_enough_digits_are_shown_to_tell_right_from_wrong():
    shown = judge(lambda x: 2.00001 * x).counterexample
    assert shown.returned == "[2.00001, 6.00003]"
    assert shown.broken == "it should be [2, 6]"


def test_the_tolerance_is_the_stated_one():
    assert judge(lambda x: 2 * x * (1 + 0.9e-6)).correct
    assert not judge(lambda x: 2 * x * (1 + 1.1e-6)).correct


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "returned None. Is `return` missing?"),
        ("text", "returned: str, not numbers"),
        ({}, "returned: dict, not numbers"),
        ([[1], [2, 3]], "returned: list, not numbers"),
        (np.array([1j, 2]), "array of complex128, not numbers"),
        (iter([1]), "list_iterator, not numbers"),
        (np.sin, "returned a function"),
        (1.0, "a single number where an array of shape (2,) is expected"),
        (np.ones((2, 1)), "an array of shape (2, 1) where an array of shape (2,)"),
        pytest.param(10**5000, "not numbers", id="huge"),
    ],
)
def test_answers_of_the_wrong_kind_are_explained(value, words):
    result = judge(lambda x: value)
    assert result.status is Status.INCORRECT
    assert words in result.message
    assert result.counterexample.broken == (
        "an array of numbers of shape (2,) is expected here"
    )


def test_nan_is_explained():
    assert "nan (not a number)" in judge(lambda x: x * np.nan).message


def spoil(x):
    x *= 2
    return x


def test_a_right_answer_that_spoils_its_argument_is_not_right():
    result = judge(spoil)
    assert result.status is Status.INCORRECT
    assert result.message.startswith("The numbers are right. But:")
    assert "its argument x in place" in result.message


def test_a_wrong_answer_that_spoils_its_argument_hears_both():
    def wrong(x):
        x *= x
        return x

    message = judge(wrong).message
    assert message.startswith("You squared.\nAlso: ")


def test_a_buffer_used_again_is_judged_call_by_call():
    buffer = {}

    def reuse(x):
        out = buffer.setdefault(x.shape, np.empty_like(x))
        np.multiply(x, 2, out=out)
        return out

    inputs = [(np.array([1.0]),), (np.array([2.0]),)]
    assert expect_close(reuse, inputs, QUESTION, tolerance=1e-6).correct


def test_prints_are_shown_with_the_wrong_case_only():
    def wrong(x):
        print("x is", x)
        return x * 5

    assert judge(wrong).printed == "x is [1. 3.]"


WORDS = ("odd", "even")
PARITY = Question(
    names=("n",),
    reference=lambda n: WORDS[1 - n % 2],
    misconceptions=(Misconception(lambda n: WORDS[n % 2], "Swapped."),),
    advice="Look again.",
    praise="Well done.",
)


def word(fn):
    return expect_word(fn, [(1,), (2,), (3,)], PARITY, WORDS)


def test_words_are_judged():
    assert word(lambda n: np.str_("odd") if n % 2 else "even").correct
    assert word(lambda n: "even" if n % 2 else "odd").message == "Swapped."
    assert word(lambda n: "odd").message == "Look again."


def test_a_word_without_return_is_told_so():
    result = word(lambda n: n and None)
    assert result.status is Status.INCORRECT
    assert result.message == "Your function returned None. Is `return` missing?"


@pytest.mark.parametrize("value", ["Odd", 1, ["odd"], np.array(["odd", "even"])])
def test_another_word_is_told_which_there_are(value):
    result = word(lambda n: value)
    assert result.status is Status.INCORRECT
    assert result.message == "The answer must be one of the words 'odd' or 'even'."


def test_what_is_not_finite_may_have_words_of_its_own():
    question = replace(QUESTION, not_finite="Look at the first step.")
    result = expect_close(lambda x: x * np.nan, INPUTS, question, tolerance=1e-6)
    assert result.message == "Look at the first step."
    assert "division by zero" in judge(lambda x: x * np.nan).message
