"""The check of notebook 00: one line to write, to meet the checks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from course_utils.checks.exercise import Exercise
from course_utils.checks.judging import Misconception, Question, expect_close
from course_utils.checks.result import Result

_MEAN_NOT_TAKEN = (
    "You divide by std and do not subtract the mean: the result is not centred on 0."
)
_STD_NOT_USED = "You subtract the mean; now bring the spread to 1 as well."
_STD_MULTIPLIED = "You multiply by std, which makes a wide spread wider."
_PRECEDENCE = (
    "Only the mean was divided by std. Python divides before it subtracts: use "
    "brackets."
)
_VARIANCE = "You divide by the square of std. The standard deviation itself is meant."
_OWN_STATISTICS = (
    "You used the mean and the standard deviation of x itself, and not those that were "
    "given. In the course they come from the training images and serve all others too."
)

_STANDARDIZE = Question(
    names=("x", "mean", "std"),
    reference=lambda x, mean, std: np.subtract(x, mean) / std,
    misconceptions=(
        Misconception(lambda x, mean, std: x / std, _MEAN_NOT_TAKEN),
        Misconception(lambda x, mean, std: x - mean, _STD_NOT_USED),
        Misconception(lambda x, mean, std: (x - mean) * std, _STD_MULTIPLIED),
        Misconception(lambda x, mean, std: x - mean / std, _PRECEDENCE),
        Misconception(lambda x, mean, std: (x - mean) / std**2, _VARIANCE),
        Misconception(lambda x, mean, std: (x - x.mean()) / x.std(), _OWN_STATISTICS),
    ),
    broken=lambda args, got, right, write: (
        f"x lies {write(right)} standard deviations above the mean"
    ),
    advice="How many standard deviations is each value above the mean?",
    praise="Mean 0 and standard deviation 1: that is how the networks get images.",
)


def _judge(fn: Callable, rng: np.random.Generator) -> Result:
    inputs = []
    for low, high in (((-2, 0.3), (-0.3, 2)), (np.full((3, 4), -2), 2)):
        mean, std = np.round(rng.uniform((1, 2), (5, 4)), 1)
        x = np.round(mean + std * rng.uniform(low, high), 1)
        inputs.append((x, float(mean), float(std)))
    return expect_close(fn, inputs, _STANDARDIZE, tolerance=1e-6, floor=1.0)


standardize = Exercise(
    "standardize",
    "start_here",
    _judge,
    (
        "Two steps: move the mean to 0, then bring the spread to 1.",
        "NumPy does both to a whole array at once; mind the brackets.",
    ),
    forbidden=("course_utils.batch_normalization",),
)
EXERCISES = (standardize,)
