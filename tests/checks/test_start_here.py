import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils.checks import start_here
from course_utils.checks.result import Status

EXERCISE = start_here.standardize


def right(x, mean, std):
    return (x - mean) / std


def test_the_solution_and_the_stub(solved, stub):
    assert EXERCISE.check(solved("00_start_here")["standardize"]).correct
    untouched = EXERCISE.check(stub("00_start_here")["standardize"])
    assert untouched.status is Status.NOT_ATTEMPTED


@given(st.integers(0, 2**32 - 1))
def test_no_secret_seed_rejects_a_right_answer(seed):
    assert EXERCISE.judge(right, np.random.default_rng(seed)).correct
    other = lambda x, m, s: [list(np.atleast_1d(row)) for row in x / s - m / s]  # noqa: E731
    one_way = lambda x, m, s: other(x, m, s) if x.ndim == 2 else x / s - m / s  # noqa: E731
    assert EXERCISE.judge(one_way, np.random.default_rng(seed)).correct


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda x, mean, std: x / std, "do not subtract the mean"),
        (lambda x, mean, std: x - mean, "bring the spread to 1"),
        (lambda x, mean, std: (x - mean) * std, "multiply by std"),
        (lambda x, mean, std: x - mean / std, "use brackets"),
        (lambda x, mean, std: (x - mean) / (std * std), "square of std"),
        (lambda x, mean, std: (x - np.mean(x)) / np.std(x), "those that were given"),
        (lambda x, mean, std: mean - x, "How many standard deviations"),
    ],
)
@pytest.mark.parametrize("seed", range(10))
def test_each_mistake_has_its_own_words(wrong, words, seed):
    result = EXERCISE.judge(wrong, np.random.default_rng(seed))
    assert result.status is Status.INCORRECT
    assert words in result.message
    assert "standard deviations above the mean" in result.counterexample.broken
