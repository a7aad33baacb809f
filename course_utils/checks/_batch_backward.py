"""A check of lesson 04: batch normalization backward, against measured derivatives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from course_utils.checks import _batch_messages as say
from course_utils.checks.judging import Misconception, Question
from course_utils.checks.lists import expect_arrays
from course_utils.checks.result import Result

Arrays = list[np.ndarray]
_NAMES = ("x", "gamma", "beta")


def measured(
    gradient: np.ndarray, x: np.ndarray, gamma: np.ndarray, epsilon: float
) -> Arrays:
    """Differentiate by a complex step: no chain rule, and exact to the last digits."""

    def loss(x: np.ndarray, gamma: np.ndarray, beta: np.ndarray) -> np.ndarray:
        """One loss for every entry of the leading axis."""
        centered = x - x.mean(axis=-2, keepdims=True)
        variance = np.mean(centered**2, axis=-2, keepdims=True)
        x_hat = centered / np.sqrt(variance + epsilon)
        y = gamma[..., None, :] * x_hat + beta[..., None, :]
        return np.sum(gradient * y, axis=(-2, -1))

    at = [x.astype(complex), gamma.astype(complex), np.zeros(len(gamma), complex)]
    gradients = []
    for k in range(3):
        nudges = np.eye(at[k].size).reshape(-1, *at[k].shape)
        nudged = [*at[:k], at[k] + 1e-30j * nudges, *at[k + 1 :]]
        gradients.append(loss(*nudged).imag.reshape(at[k].shape) / 1e-30)
    return gradients


def _for_x(g: np.ndarray, x: np.ndarray, epsilon: float, mistake: str) -> np.ndarray:
    """The gradient for x by the chain rule, with one thing wrong."""
    variance = x.var(axis=0) + epsilon
    x_hat = (x - x.mean(axis=0)) / np.sqrt(variance)
    total = np.sum if mistake == "sums" else np.mean
    by_mean, by_variance = total(g, axis=0), x_hat * total(g * x_hat, axis=0)
    by_mean = by_mean * (mistake not in ("constants", "no mean path"))
    by_variance = by_variance * (mistake not in ("constants", "no variance path"))
    sign = -1 if mistake == "signs" else 1
    power = {"variance": 1.0, "upside down": -0.5}.get(mistake, 0.5)
    return (g - sign * (by_mean + by_variance)) / variance**power


def chain_rule(
    gradient: np.ndarray,
    x: np.ndarray,
    gamma: np.ndarray,
    epsilon: float,
    mistake: str = "",
    parameters: str = "",
) -> Arrays:
    """All three gradients, with a mistake in that for x, or those of the parameters."""
    g = gradient if mistake == "no gamma" else gradient * gamma
    x_hat = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + epsilon)
    total = np.mean if parameters == "means" else np.sum
    share = gradient * (x if parameters == "raw" else x_hat)
    share = share * gamma if parameters == "with gamma" else share
    both = [total(share, axis=0), total(gradient, axis=0)]
    both = both[::-1] if parameters == "swapped" else both
    return [_for_x(g, x, epsilon, mistake), *both]


def _with(mistake: str, parameters: str) -> Callable:
    return lambda *args: chain_rule(*args, mistake, parameters)


def _worst(args: tuple, got: Arrays, right: Arrays, write: Callable) -> str:
    """The first gradient that is wrong, and in it the entry that is furthest off."""
    for k, (mine, true) in enumerate(zip(got, right, strict=True)):
        name = _NAMES[k]
        off = np.nan_to_num(np.abs(mine - true), nan=np.inf)
        if off.max() > 1e-6 * (1 + np.abs(true)).max():
            break
    at = np.unravel_index(np.argmax(off), off.shape)
    unit = f" of unit {at[-1] + 1}"
    who = f"x{unit} in example {at[0] + 1}" if name == "x" else name + unit
    return (
        f"nudging {who} changes the loss, per unit of nudge, by {write(true[at])}, and "
        f"your gradient has {write(mine[at])} there"
    )


_BACKWARD = Question(
    names=("gradient", "x", "gamma", "epsilon"),
    reference=measured,
    misconceptions=(
        *(
            Misconception(_with(mistake, parameters), message)
            for mistake, message in say.BACK_MISTAKES.items()
            for parameters in ("", "means", "raw", "swapped", "with gamma")
        ),
        *(
            Misconception(_with("", parameters), message)
            for parameters, message in say.BACK_PARAMETERS.items()
        ),
    ),
    broken=_worst,
    near=(1e-2, say.BACK_NEAR),
    advice=say.BACK_ADVICE,
    praise=say.BACK_PRAISE,
)


_CANCELLING = replace(_BACKWARD, misconceptions=(), advice=say.BACK_NEAR)


def _draw(rng: np.random.Generator, m: int, n: int) -> tuple:
    x = np.round(rng.normal(rng.uniform(-3, 3, n), rng.uniform(0.5, 3, n), (m, n)), 1)
    x[0] += 0.7  # no column may be constant
    gradient = rng.uniform(0.2, 1, (m, n)) * rng.choice([-1, 1], (m, n))
    gamma = np.round(rng.uniform(1.5, 3, n), 1)
    return np.round(gradient, 1), x, gamma, float(rng.choice([0.001, 0.1]))


def judge_backward(fn: Callable, rng: np.random.Generator) -> Result:
    """Judge `batch_norm_backward` on small batches, and where differences cancel."""
    inputs = [_draw(rng, m, n) for m, n in ((3, 2), (4, 4), (6, 3))]
    result = expect_arrays(fn, inputs, _BACKWARD, tolerance=1e-6, floor=1.0)
    if not result.correct:
        return result
    gradient, *rest = _draw(rng, 6, 2)
    return expect_arrays(
        fn, [(gradient + 1e7, *rest)], _CANCELLING, tolerance=1e-6, floor=1.0
    )
