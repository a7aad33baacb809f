"""Each of the course's own exercises, answered with whatever can cross the wall."""

import importlib
import itertools
import random
import time
from pathlib import Path

import numpy as np
import pytest

from course_utils.checks import guard
from course_utils.checks.result import Result
from course_utils.grading.asking.foreign import received
from course_utils.grading.inside.plain import Ref
from course_utils.notebooks.lessons import lessons

ROOT = Path(__file__).parents[2]
EXERCISES = [
    exercise
    for lesson in lessons(ROOT)
    for exercise in importlib.import_module(
        f"course_utils.checks.{lesson.slug}"
    ).EXERCISES
]
NAN, INF = float("nan"), float("inf")
ATOMS = [None, True, 0, -1, 2**63, 2**255, 0.0, NAN, INF, -INF, 5e-324, 1e308]
ATOMS += ["", "a", "correct", "1.0", b"abc", "x" * 5000, np.float16(INF)]
ATOMS += [np.int8(-1), np.uint64(2**64 - 1), np.bool_(True), np.zeros(()), np.zeros(0)]
ATOMS += [np.zeros((0, 3)), np.ones(3), np.full(3, NAN), np.full((2, 2), INF)]
ATOMS += [np.zeros(3, bool), np.arange(4, dtype=np.uint8), np.ones((1,) * 8)]
ATOMS += [np.zeros((10_000, 0)), ["x" * 500] + ["a"] * 500, [np.zeros(3)] * 200]
FACTS = {
    "list": {"array": np.zeros((3, 0))},
    "tuple": {"type": "ndarray", "value": [1, "a"]},
    "dict": {"type": "Odd", "value": [[[1], 2], [None, 3]]},
    "str": {"type": "str", "value": "healthy"},
    "float": {"type": "float64", "value": NAN},
    "huge": {"negative": True},
    "array": {"type": "EagerTensor", "array": np.zeros((2, 3)), "ndim": True},
    "array of other things": {"dtype": "object", "shape": (2,), "items": [None, [1]]},
    "callable": {"name": "<b>f</b>", "type": "Model"},
    "other": {"type": "Optimizer", "items": [None, 1.5], "copies": False},
}


def drawn(rng, depth=0):
    """A value that a student's process can send."""
    draw = rng.random()
    if depth > 2 or draw < 0.5:
        return rng.choice(ATOMS)
    if draw < 0.65:
        kind = rng.choice(list(FACTS))
        return Ref(kind, 0, FACTS[kind])
    parts = [drawn(rng, depth + 1) for _ in range(rng.randrange(5))]
    if draw < 0.9:
        return parts if draw < 0.8 else tuple(parts)
    return dict(zip(["A", "B", 1, None, 2.5], parts, strict=False))


class Odd(guard.Remote):
    """A function that returns drawn values: another each time, or always the same."""

    __name__ = "odd"

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.values = itertools.repeat(drawn(self.rng)) if seed % 2 else None

    def guarded_call(self, args, names):
        value = next(self.values) if self.values else drawn(self.rng)
        return guard.Outcome(received(value), "", ())

    def peak(self, args, names):
        return self.rng.choice([0, -5, 2**255])

    def lend(self, loan, n_layers, names):
        raise guard.Stopped(guard.not_attempted())


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda one: one.name)
def test_no_odd_value_is_right_or_stops_a_check(exercise):
    for seed in range(24):
        start = time.process_time()
        result = exercise.judge(Odd(seed), np.random.default_rng(seed))
        assert type(result) is Result
        assert not result.correct
        assert str(result)
        assert time.process_time() - start < 5
