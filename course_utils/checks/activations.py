"""The checks of lesson 03: from a stable softplus to a remedy for a sick network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.special import expit, logsumexp

from course_utils.checks import _activations_messages as say
from course_utils.checks._activations_prelu import judge_prelu
from course_utils.checks._activations_remedy import judge_remedy
from course_utils.checks._activations_selu import judge_self_normalizing
from course_utils.checks.exercise import Exercise
from course_utils.checks.guard import Stopped
from course_utils.checks.judging import Misconception, Question, expect_close
from course_utils.checks.result import Result

SLUG = "activations"


# 1. A softplus for all numbers --------------------------------------------------------

_SOFTPLUS = Question(
    names=("z",),
    reference=lambda z: np.logaddexp(0, z),
    misconceptions=(
        Misconception(lambda z: np.log(1 + np.exp(z)), say.SOFTPLUS_AS_WRITTEN),
        Misconception(lambda z: np.log1p(np.exp(z)), say.SOFTPLUS_OVERFLOW),
        Misconception(
            lambda z: np.maximum(z, 0) + np.log(1 + np.exp(-abs(z))), say.SOFTPLUS_LOST
        ),
        *(
            Misconception(
                lambda z, top=top, log=log: log(np.exp(np.minimum(z, top))),
                say.SOFTPLUS_CLIPPED,
            )
            for top in (20, 50, 100, 500, 700, 709)
            for log in (np.log1p, lambda e: np.log(1 + e))
        ),
        Misconception(lambda z: np.maximum(z, 0), say.SOFTPLUS_RELU),
        Misconception(lambda z: np.log1p(np.exp(-abs(z))), say.SOFTPLUS_SYMMETRIC),
        Misconception(expit, say.SOFTPLUS_SLOPE),
        Misconception(lambda z: z + np.log1p(np.exp(-z)), say.SOFTPLUS_MIRRORED),
        Misconception(
            lambda z: np.where(z > 0, np.logaddexp(0, z), np.exp(z)),
            say.SOFTPLUS_TOO_SOON,
        ),
    ),
    advice=say.SOFTPLUS_ADVICE,
    praise=say.SOFTPLUS_PRAISE,
    broken=lambda args, got, right, write: f"in exact arithmetic it is {write(right)}",
)


def _judge_softplus(fn: Callable, rng: np.random.Generator) -> Result:
    ordinary = np.round(rng.uniform((-2, 0.5), (-0.5, 2)), 1)
    tiny = np.round(rng.uniform((-60, 38), (-40, 60)))
    large = np.round(rng.uniform((-1500, 800), (-800, 1500)))
    block = rng.normal(0, 3, (2, 3, 4))
    inputs = [(ordinary,), (tiny,), (large,), (block,)]
    return expect_close(fn, inputs, _SOFTPLUS, tolerance=1e-6, floor=1e-200)


# 2. A softmax for all numbers ---------------------------------------------------------


def _softmax(z: np.ndarray, shift: Callable, axis: int | None = -1) -> np.ndarray:
    """Softmax after `shift`, with the sums along `axis`."""
    e = np.exp(shift(z))
    return e / e.sum(axis=axis, keepdims=True)


def _as_it_is(z: np.ndarray) -> np.ndarray:
    return z


def _minus_row_max(z: np.ndarray) -> np.ndarray:
    return z - z.max(axis=-1, keepdims=True)


def _minus_max(z: np.ndarray) -> np.ndarray:
    return z - z.max()


def _minus_mean(z: np.ndarray) -> np.ndarray:
    return z - z.mean(axis=-1, keepdims=True)


def _minus_column_max(z: np.ndarray) -> np.ndarray:
    return z - z.max(axis=0)


_STRAYS = (_as_it_is, _minus_row_max, _minus_max, _minus_column_max)

_SOFTMAX = Question(
    names=("z",),
    reference=lambda z: np.exp(z - logsumexp(z, axis=-1, keepdims=True)),
    misconceptions=(
        Misconception(lambda z: _softmax(z, _as_it_is), say.SOFTMAX_OVERFLOW),
        Misconception(lambda z: _softmax(z, _minus_max), say.SOFTMAX_UNDERFLOW),
        Misconception(lambda z: _softmax(z, _minus_mean), say.SOFTMAX_MEAN),
        Misconception(
            lambda z: np.exp(z) / (np.exp(z).sum(axis=-1, keepdims=True) + 1e-12),
            say.SOFTMAX_EPSILON,
        ),
        *(
            Misconception(
                lambda z, s=shift: _softmax(z, s, axis=0), say.SOFTMAX_COLUMNS
            )
            for shift in _STRAYS
        ),
        *(
            Misconception(
                lambda z, s=shift: _softmax(z, s, axis=None), say.SOFTMAX_WHOLE
            )
            for shift in _STRAYS
        ),
        Misconception(lambda z: np.exp(_minus_row_max(z)), say.SOFTMAX_NOT_DIVIDED),
        Misconception(
            lambda z: z - logsumexp(z, axis=-1, keepdims=True), say.SOFTMAX_LOG
        ),
        Misconception(
            lambda z: z / z.sum(axis=-1, keepdims=True), say.SOFTMAX_NO_EXPONENTIAL
        ),
        *(
            Misconception(
                lambda z, top=top: _softmax(z, lambda z: np.clip(z, -top, top)),
                say.SOFTMAX_CLIPPED,
            )
            for top in (20, 50, 100, 500, 700)
        ),
    ),
    broken=lambda args, got, right, write: (
        f"the quotients, in exact arithmetic, are {write(right)}"
    ),
    advice=say.SOFTMAX_ADVICE,
    praise=say.SOFTMAX_PRAISE,
)


def _judge_softmax(fn: Callable, rng: np.random.Generator) -> Result:
    one = np.round(rng.uniform((-1, 0, 0.5), (-0.5, 0.3, 2)), 1)
    square = np.round(rng.uniform(-1.5, 1.5, (2, 2)), 1)
    high, low = np.round(rng.uniform((800, -1500), (1500, -800)))
    gap = np.round(rng.uniform((0.5, 0.5), 2), 1)
    far = np.array([[high, high - gap[0]], [low - gap[1], low], [low, high]])
    inputs = [(one,), (square,), (far,), (rng.normal(0, 2, (2, 3, 4)),)]
    try:
        return expect_close(fn, inputs, _SOFTMAX, tolerance=1e-6, floor=1.0)
    except Stopped as stopped:
        result = stopped.result
        if not result.message.startswith("AxisError"):
            raise
        message = f"{result.message}\n{say.SOFTMAX_NO_SECOND_AXIS}"
        return replace(result, message=message)


# 4. Count the dead --------------------------------------------------------------------


def _dead(z: np.ndarray) -> np.ndarray:
    return (z <= 0).all(axis=0)


# Wrong ways to sum up which outputs are zero, whatever "zero" is taken to be.
_WRONG_COUNTS = (
    (lambda zero: zero.mean(), say.DEAD_ZEROS),
    (lambda zero: zero.any(axis=0).mean(), say.DEAD_SOMETIMES),
    (lambda zero: (zero.mean(axis=0) > 0.5).mean(), say.DEAD_MOSTLY),
    (lambda zero: zero.all(axis=1).mean(), say.DEAD_IMAGES),
    (lambda zero: zero.all(), say.DEAD_LAYER),
    (lambda zero: zero.all(axis=0).sum(), say.DEAD_COUNTED),
    (lambda zero: zero.all(axis=0).sum() / len(zero), say.DEAD_DIVIDED),
    (lambda zero: 100 * zero.all(axis=0).mean(), say.DEAD_PERCENT),
    (lambda zero: 1 - zero.all(axis=0).mean(), say.DEAD_ALIVE),
)

_DEAD = Question(
    names=("z",),
    reference=lambda z: _dead(z).mean(),
    misconceptions=(
        *(
            Misconception(lambda z, s=sum_up, b=below: s(b(z, 0)), message)
            for sum_up, message in _WRONG_COUNTS
            for below in (np.less_equal, np.less)
        ),
        *(
            Misconception(
                lambda z, b=below: b(z.mean(axis=0), 0).mean(), say.DEAD_ON_AVERAGE
            )
            for below in (np.less_equal, np.less)
        ),
        Misconception(lambda z: (z < 0).all(axis=0).mean(), say.DEAD_AT_ZERO),
    ),
    broken=lambda args, got, right, write: (
        f"the dead units are {int(_dead(args[0]).sum())} of {args[0].shape[1]}"
    ),
    advice=say.DEAD_ADVICE,
    praise=say.DEAD_PRAISE,
)


def _judge_dead(fn: Callable, rng: np.random.Generator) -> Result:
    # Four images by five units: dead, awake, awake for one image (and positive on
    # average), awake for one image only just, awake for all but one.
    small = np.round(rng.uniform(0.5, 2, (4, 5)), 1) * [-1, 1, -1, -1, 1]
    small[3, 2:] = 9.0, 0.01, -0.5
    moods = rng.permutation(np.linspace(-4, 2, 40))
    large = rng.normal(moods, 1.0, (30, 40))
    large[rng.permutation(30)[:4]] -= 9  # images that nobody answers
    awake = np.abs(rng.normal(0, 1, (8, 6)))
    no_weights = np.round(rng.uniform(0.5, 2, (3, 4)), 1) * [0, -1, 1, 1]
    inputs = [(rng.permuted(small, axis=0),), (no_weights,)]
    inputs += [(large,), (awake,), (-awake,)]
    return expect_close(fn, inputs, _DEAD, tolerance=1e-6, floor=1.0)


# All of them, in the order of the notebook --------------------------------------------

FORBIDDEN = tuple(
    f"course_utils.activations.{name}"
    for name in (
        "softplus",
        "softmax",
        "selu_constants",
        "prelu_derivative",
        "prelu_alpha_derivative",
    )
)
"""Functions of the course that are answers, where they are graded."""

softplus = Exercise(
    "softplus", SLUG, _judge_softplus, say.SOFTPLUS_HINTS, forbidden=FORBIDDEN
)
softmax = Exercise(
    "softmax", SLUG, _judge_softmax, say.SOFTMAX_HINTS, forbidden=FORBIDDEN
)
prelu_gradients = Exercise(
    "prelu_gradients", SLUG, judge_prelu, say.PRELU_HINTS, forbidden=FORBIDDEN
)
dead_share = Exercise("dead_share", SLUG, _judge_dead, say.DEAD_HINTS)
self_normalizing = Exercise(
    "self_normalizing",
    SLUG,
    judge_self_normalizing,
    say.SELU_HINTS,
    forbidden=FORBIDDEN,
)
remedy = Exercise("remedy", SLUG, judge_remedy, say.REMEDY_HINTS, all_rounds=True)
EXERCISES = (
    softplus,
    softmax,
    prelu_gradients,
    dead_share,
    self_normalizing,
    remedy,
)
