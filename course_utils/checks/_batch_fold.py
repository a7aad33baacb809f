"""A check of lesson 04: a dense layer that does the work of two."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from course_utils.checks import _batch_messages as say
from course_utils.checks.judging import Misconception, Question
from course_utils.checks.lists import expect_arrays
from course_utils.checks.result import Result

Arrays = list[np.ndarray]


def both_layers(a: np.ndarray, *arguments: np.ndarray) -> np.ndarray:
    """What the dense layer and the batch normalization behind it make of inputs."""
    weights, bias, gamma, beta, mean, variance, epsilon = arguments
    z = a @ weights + bias
    return gamma * (z - mean) / np.sqrt(variance + epsilon) + beta


def probed(*arguments: np.ndarray) -> Arrays:
    """The one dense layer, found by asking the two: at 0, and at each input alone."""
    n_in = len(arguments[0])
    bias = both_layers(np.zeros(n_in), *arguments)
    return [both_layers(np.eye(n_in), *arguments) - bias, bias]


def _wrong_fold(mistake: str) -> Callable:
    """Folding with one thing wrong."""

    def fold(weights, bias, gamma, beta, mean, variance, epsilon) -> Arrays:
        g = 1.0 if mistake == "no gamma" else gamma
        factor = g / np.sqrt(variance + (0 if mistake == "no epsilon" else epsilon))
        factor = g / (variance + epsilon) if mistake == "variance" else factor
        outside = mistake == "epsilon outside"
        factor = g / (np.sqrt(variance) + epsilon) if outside else factor
        by_unit = factor[:, None] if mistake == "rows" else factor
        folded = {
            "mean forgotten": bias * factor + beta,
            "no beta": (bias - mean) * factor,
            "old bias": bias,
            "bias alone": bias - mean * factor + beta,
            "bias lost": beta - mean * factor,
            "mean as it is": bias * factor - mean + beta,
            "mean added": (bias + mean) * factor + beta,
            "beta scaled": (bias - mean + beta) * factor,
        }
        return [weights * by_unit, folded.get(mistake, (bias - mean) * factor + beta)]

    return fold


def _broken(args: tuple, got: Arrays, right: Arrays, write: Callable) -> str:
    """One simple input that the new layer answers otherwise than the two."""
    n_in = len(args[0])
    for name, a in zip(
        ("an input of zeros", "an input of ones", "the first input at 1, the others 0"),
        (np.zeros(n_in), np.ones(n_in), np.eye(n_in)[0]),
        strict=True,
    ):
        mine, true = a @ got[0] + got[1], both_layers(a, *args)
        if not np.allclose(mine, true, rtol=1e-6, atol=1e-6):
            return (
                f"of {name} your layer makes {write(mine)}, and the two layers one "
                f"after the other make {write(true)}"
            )
    return "your weights differ from those that do the work of both layers"


_FOLD = Question(
    names=("weights", "bias", "gamma", "beta", "mean", "variance", "epsilon"),
    reference=probed,
    misconceptions=tuple(
        Misconception(_wrong_fold(mistake), message)
        for mistake, message in say.FOLD_MISTAKES.items()
    ),
    broken=_broken,
    advice=say.FOLD_ADVICE,
    praise=say.FOLD_PRAISE,
)

# Of other than square weights wrong rows give an error, and no numbers.
_OTHER_FOLD = replace(
    _FOLD,
    misconceptions=tuple(
        known
        for known in _FOLD.misconceptions
        if known.message != say.FOLD_MISTAKES["rows"]
    ),
)


def _draw(rng: np.random.Generator, n_in: int, n: int) -> tuple:
    def away_from_0(low: float, high: float) -> np.ndarray:
        return np.round(rng.choice([-1, 1], n) * rng.uniform(low, high, n), 1)

    return (
        np.round(rng.choice([-1, 1], (n_in, n)) * rng.uniform(0.5, 2, (n_in, n)), 1),
        away_from_0(0.5, 2),
        np.round(rng.uniform(1.5, 3, n), 1),
        away_from_0(0.5, 2),
        away_from_0(1, 4),
        np.round(rng.uniform(1.5, 6, n) ** rng.choice([-1, 1], n), 2),
        float(rng.choice([0.01, 0.1])),
    )


def judge_fold(fn: Callable, rng: np.random.Generator) -> Result:
    """Judge `fold`; square weights first: there wrong rows give numbers, no error."""
    square = [_draw(rng, 2, 2), _draw(rng, 3, 3)]
    result = expect_arrays(fn, square, _FOLD, tolerance=1e-6, floor=1.0)
    if not result.correct:
        return result
    others = [_draw(rng, 3, 2), _draw(rng, 1, 4)]
    return expect_arrays(fn, others, _OTHER_FOLD, tolerance=1e-6, floor=1.0)
