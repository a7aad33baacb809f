"""Questions are asked in an order that is drawn: counting calls earns nothing."""

import numpy as np
import pytest

from course_utils.checks import guard
from course_utils.checks._transfer_claims import _VERDICT
from course_utils.checks.activations import EXERCISES as ACTIVATIONS
from course_utils.checks.batch_normalization import EXERCISES as BATCH
from course_utils.checks.initialization import EXERCISES as INITIALIZATION
from course_utils.checks.regularization import EXERCISES as REGULARIZATION
from course_utils.checks.replay import in_drawn_order, replay
from course_utils.checks.transfer_learning import EXERCISES as TRANSFER
from course_utils.checks.vanishing_gradients import EXERCISES as VANISHING
from tests.checks.shared import functions

LESSONS = {
    "01_vanishing_gradients": VANISHING,
    "02_initialization": INITIALIZATION,
    "03_activations": ACTIVATIONS,
    "04_batch_normalization": BATCH,
    "06_transfer_learning": TRANSFER,
    "09_regularization": REGULARIZATION,
}
ASKED = [
    (lesson, exercise)
    for lesson, exercises in LESSONS.items()
    for exercise in exercises
    if exercise.all_rounds and exercise.name != "predict"  # which asks nothing
]


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked[1].name)
def test_a_function_that_counts_its_calls_is_not_right(asked, solved):
    lesson, exercise = asked
    assert exercise.name in functions(lesson)
    # The text of lesson 06 would load TensorFlow.
    right = _VERDICT.reference if lesson[:2] == "06" else solved(lesson)[exercise.name]
    seen = []

    def listening(*args):
        seen.append(right(*args))
        return seen[-1]

    assert exercise.judge(listening, np.random.default_rng(1)).correct
    for seed in (2, 3):
        fn = replay(seen * 3)
        result = exercise.judge(fn, np.random.default_rng(seed))
        assert not result.correct


def test_answers_come_back_in_the_order_of_the_inputs():
    inputs = [(np.full(2, float(k)),) for k in range(1, 10)]
    calls = []

    def doubled(x):
        calls.append(x[0])
        print(x[0])
        x *= 2
        return x[0]

    asked = in_drawn_order(doubled, inputs, ("x",), np.random.default_rng(0))
    assert sorted(calls) == list(range(1, 10)) != calls
    for (x,) in inputs:
        assert guard.call(asked, (x,)) == guard.Outcome(2 * x[0], f"{x[0]}", (0,))


def test_a_function_that_raises_is_stopped_when_it_is_asked():
    with pytest.raises(guard.Stopped, match="ZeroDivisionError"):
        in_drawn_order(lambda x: 1 / x, [(0,)], ("x",), np.random.default_rng(0))
