import numpy as np
import pytest

from course_utils.checks.judging import Misconception, Question
from course_utils.checks.lists import expect_arrays
from course_utils.checks.result import Status

DOUBLE = Question(
    names=("arrays",),
    reference=lambda arrays: [2.0 * a for a in arrays],
    misconceptions=(
        Misconception(lambda arrays: [a**2 for a in arrays], "You squared."),
    ),
    near=(0.1, "Nearly."),
    advice="Look again.",
    praise="Well done.",
)
LAYERS = [([np.array([[1.0, 3.0]]), np.array([0.5])],)]


def judge_arrays(fn):
    return expect_arrays(fn, LAYERS, DOUBLE, tolerance=1e-6)


@pytest.mark.parametrize(
    "fn",
    [
        lambda arrays: tuple(a + a for a in arrays),
        lambda arrays: [(a + a).tolist() for a in arrays],
        lambda arrays: [np.ma.array(a + a) for a in arrays],
    ],
)
def test_a_list_of_arrays_may_be_any_sequence_of_anything_numeric(fn):
    assert judge_arrays(fn).message == "Well done."


@pytest.mark.parametrize(
    ("fn", "message"),
    [
        (lambda arrays: [a**2 for a in arrays], "You squared."),
        (lambda arrays: [2.01 * a for a in arrays], "Nearly."),
        (lambda arrays: [2 * arrays[0], 3 * arrays[1]], "Look again."),
        (lambda arrays: [a * np.nan for a in arrays], "Some of your numbers are nan"),
        (lambda arrays: arrays[:1], "Your list has 1 of the 2 arrays"),
        (lambda arrays: 1.0, "A list of arrays is expected."),
        (lambda arrays: "ab", "A list of arrays is expected."),
        (lambda arrays: len(arrays) and None, "returned None"),
        (lambda arrays: [a.sum() for a in arrays], "Array 1 of your list must"),
        (lambda arrays: [2 * arrays[0], "one"], "Array 2 of your list must"),
    ],
)
def test_wrong_lists_of_arrays_are_answered_in_plain_words(fn, message):
    result = judge_arrays(fn)
    assert result.status is Status.INCORRECT
    assert message in result.message
    assert "arrays" in dict(result.counterexample.given)


def test_a_list_of_the_wrong_kind_is_told_the_shapes():
    shown = judge_arrays(lambda arrays: 1.0).counterexample
    assert shown.broken.startswith("a list of arrays with the shapes (1, 2), (1,) is")


def test_one_wrong_array_is_enough_and_altering_one_is_seen():
    def spoils(arrays):
        arrays[1] *= 2
        return [2 * arrays[0], arrays[1]]

    result = judge_arrays(spoils)
    assert result.status is Status.INCORRECT
    assert "in place" in result.message
