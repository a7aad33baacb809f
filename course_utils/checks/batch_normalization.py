"""The checks of lesson 04: the layer, its gradient, its memory, and what ails it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from course_utils.checks import _batch_messages as say
from course_utils.checks._batch_backward import judge_backward
from course_utils.checks._batch_cause import judge_cause
from course_utils.checks._batch_fold import judge_fold
from course_utils.checks._batch_running import judge_running
from course_utils.checks.exercise import Exercise
from course_utils.checks.judging import Misconception, Question, expect_close
from course_utils.checks.result import Result

SLUG = "batch_normalization"


def normalize(
    x: np.ndarray,
    gamma: np.ndarray,
    beta: np.ndarray,
    epsilon: float,
    axis: int | tuple[int, ...] | None,
    mistake: str = "",
) -> np.ndarray:
    """Normalize along an axis, then scale and shift the units; or with a mistake."""
    mean = x.mean(axis, keepdims=True)
    variance = x.var(axis, keepdims=True, ddof=mistake == "unbiased")
    if "spread" in mistake:  # without keepdims
        mean, variance = mean.ravel(), variance.ravel()
    divisor = np.sqrt(variance + epsilon)
    if mistake == "variance":
        divisor = variance + epsilon
    elif mistake == "epsilon outside":
        divisor = np.sqrt(variance) + epsilon
    elif mistake == "no epsilon":
        divisor = np.sqrt(variance)
    x_hat = (x - mean) / divisor
    if mistake == "not centred":
        x_hat = x / divisor
    elif mistake == "precedence":
        x_hat = x - mean / divisor
    if mistake == "plain":
        return x_hat
    if mistake == "swapped":
        return beta * x_hat + gamma
    if mistake == "shift first":
        return gamma * (x_hat + beta)
    if mistake == "gamma by example":
        return gamma[:, None] * x_hat + beta[:, None]
    return gamma * x_hat + beta


def _along(axis: int | None, mistake: str = "") -> Callable:
    return lambda *args: normalize(*args, axis, mistake)


def draw_layer(rng: np.random.Generator, shape: tuple[int, ...]) -> tuple:
    """An input, gamma, beta and epsilon; one unit hardly varies, and epsilon counts."""
    n = shape[-1]
    std = rng.uniform(1, 4, n)
    std[rng.integers(n)] = 0.2
    x = rng.normal(rng.uniform(-5, 5, n), std, shape)
    x = np.round(x + np.linspace(0, 0.5, len(x)).reshape(-1, *[1] * (x.ndim - 1)), 1)
    gamma = np.round(rng.uniform(1.5, 3, n), 1)
    beta = np.round(rng.choice([-1, 1], n) * rng.uniform(0.3, 1.2, n), 1)
    return x, gamma, beta, float(rng.choice([0.01, 0.1]))


# 1. The layer, forward ----------------------------------------------------------------

_AXES = {"everything": None, "examples": 1, "examples, spread": 1}


def _norm_broken(args: tuple, got: np.ndarray, right: np.ndarray, write: Callable):
    """The first unit that comes out with another mean or standard deviation."""
    for unit in range(got.shape[1]):
        facts = [[y[:, unit].mean(), y[:, unit].std()] for y in (got, right)]
        if not np.allclose(*facts, rtol=1e-6, atol=1e-6):
            mine, true = facts
            return (
                f"unit {unit + 1} comes out with mean {write(mine[0])} and standard "
                f"deviation {write(mine[1])}; its gamma, beta and epsilon ask for "
                f"{write(true[0])} and {write(true[1])}"
            )
    return f"it should be {write(right)}"


_NORM = Question(
    names=("x", "gamma", "beta", "epsilon"),
    reference=_along(0),
    misconceptions=tuple(
        Misconception(_along(_AXES.get(mistake, 0), mistake), message)
        for mistake, message in say.NORM_MISTAKES.items()
    ),
    broken=_norm_broken,
    advice=say.NORM_ADVICE,
    praise=say.NORM_PRAISE,
)
# Of other than square batches these mistakes give an error, and no numbers.
_SQUARE = {
    say.NORM_MISTAKES[mistake]
    for mistake in say.NORM_MISTAKES
    if "spread" in mistake or mistake == "gamma by example"
}
_OTHER_NORM = replace(
    _NORM,
    misconceptions=tuple(
        known for known in _NORM.misconceptions if known.message not in _SQUARE
    ),
)


def _judge_norm(fn: Callable, rng: np.random.Generator) -> Result:
    """Square batches first: there a wrong axis gives numbers, and not an error."""
    square = [draw_layer(rng, (3, 3)), draw_layer(rng, (4, 4))]
    result = expect_close(fn, square, _NORM, tolerance=1e-6, floor=1.0)
    if not result.correct:
        return result
    others = [draw_layer(rng, (5, 2)), draw_layer(rng, (8, 1))]
    return expect_close(fn, others, _OTHER_NORM, tolerance=1e-6, floor=1.0)


# 5. Layer normalization ---------------------------------------------------------------


def _layer_broken(args: tuple, got: np.ndarray, right: np.ndarray, write: Callable):
    """The first example whose own mean or spread is not the one asked for."""
    _, gamma, beta, _ = args
    hats = [((y - beta) / gamma).reshape(-1, len(beta)) for y in (got, right)]
    for k, (mine, true) in enumerate(zip(*hats, strict=True)):
        facts = [[round(h.mean(), 9) + 0.0, h.std()] for h in (mine, true)]
        if not np.allclose(*facts, rtol=1e-6, atol=1e-6):
            where = np.unravel_index(k, got.shape[:-1])
            step = f", step {where[1] + 1}" if len(where) > 1 else ""
            return (
                f"without gamma and beta, example {where[0] + 1}{step} comes out with "
                f"mean {write(facts[0][0])} and standard deviation "
                f"{write(facts[0][1])} over its units, and it should have "
                f"{write(facts[1][0])} and {write(facts[1][1])}"
            )
    return f"it should be {write(right)}"


_LAYER = Question(
    names=("x", "gamma", "beta", "epsilon"),
    reference=_along(-1),
    misconceptions=tuple(
        Misconception(_along({"batch": 0, "everything": None}.get(how, -1), how), words)
        for how, words in say.LAYER_MISTAKES.items()
    ),
    broken=_layer_broken,
    advice=say.LAYER_ADVICE,
    praise=say.LAYER_PRAISE,
)
_DEEPER = replace(
    _LAYER,
    misconceptions=(
        Misconception(_along(1), say.LAYER_DEEPER["steps"]),
        Misconception(
            lambda x, *rest: normalize(x, *rest, tuple(range(1, x.ndim))),
            say.LAYER_DEEPER["examples"],
        ),
    ),
)


def _judge_layer(fn: Callable, rng: np.random.Generator) -> Result:
    """Square batches first, then sequences."""
    square = [draw_layer(rng, (3, 3)), draw_layer(rng, (4, 4))]
    result = expect_close(fn, square, _LAYER, tolerance=1e-6, floor=1.0)
    if not result.correct:
        return result
    others = [draw_layer(rng, (2, 2, 3)), draw_layer(rng, (3, 5))]
    return expect_close(fn, others, _DEEPER, tolerance=1e-6, floor=1.0)


# All of them, in the order of the notebook --------------------------------------------

FORBIDDEN = ("course_utils.batch_normalization",)
"""The module that has the answers, where they are graded."""

batch_norm = Exercise(
    "batch_norm", SLUG, _judge_norm, say.NORM_HINTS, forbidden=FORBIDDEN
)
batch_norm_backward = Exercise(
    "batch_norm_backward", SLUG, judge_backward, say.BACK_HINTS, forbidden=FORBIDDEN
)
running_statistics = Exercise(
    "running_statistics", SLUG, judge_running, say.RUN_HINTS, forbidden=FORBIDDEN
)
fold = Exercise("fold", SLUG, judge_fold, say.FOLD_HINTS, forbidden=FORBIDDEN)
layer_norm = Exercise(
    "layer_norm", SLUG, _judge_layer, say.LAYER_HINTS, forbidden=FORBIDDEN
)
find_cause = Exercise("find_cause", SLUG, judge_cause, say.CAUSE_HINTS, all_rounds=True)
EXERCISES = (
    batch_norm,
    batch_norm_backward,
    running_statistics,
    fold,
    layer_norm,
    find_cause,
)
