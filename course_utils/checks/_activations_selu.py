"""A check of lesson 03: the two constants of a self-normalizing activation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from course_utils.checks import _activations_messages as say
from course_utils.checks import guard
from course_utils.checks.judging import (
    Complaint,
    Misconception,
    Question,
    expect_close,
    numbers,
)
from course_utils.checks.result import Result, describe
from course_utils.gaussian import gaussian_mean


def softsign(z: np.ndarray) -> np.ndarray:
    """Saturate at -1 and 1, more slowly than tanh: `z / (1 + |z|)`."""
    return z / (1 + np.abs(z))


def activation(h: Callable, alpha: float, scale: float) -> Callable:
    """The activation of the exercise: a line above 0, `h` below, both scaled."""
    return lambda z: scale * np.where(z > 0, z, alpha * h(np.minimum(z, 0)))


def mean_and_variance(f: Callable, q: float) -> tuple[float, float]:
    """Mean and variance of `f(z)` for `z ~ N(0, q)`."""
    mean = float(gaussian_mean(f, q))
    return mean, float(gaussian_mean(lambda z: (f(z) - mean) ** 2, q))


_ONCE = ("q as std, once", "mean at 1", "mean at the root")  # q in one place is right


def constants(h: Callable, q: float, mistake: str = "") -> np.ndarray:
    """Solve the two equations for alpha and scale, or with a mistake in them."""
    h = np.expm1 if mistake == "SELU's bend" else h
    v = q**2 if mistake.startswith("q as std") else q
    v = {"mean at 1": 1.0, "mean at the root": np.sqrt(q)}.get(mistake, v)
    above = float(gaussian_mean(lambda z: np.maximum(z, 0), v))
    below = float(gaussian_mean(lambda z: h(np.minimum(z, 0)), v))
    alpha = 1.0 if mistake in ("no mean", "variance only") else -above / below
    alpha *= -1 if mistake == "alpha's sign" else 1
    f = activation(h, 1.0 if mistake == "scale first" else alpha, 1.0)
    square = float(gaussian_mean(lambda z: f(z) ** 2, v))
    if mistake == "variance only":
        square = mean_and_variance(f, v)[1]
    target = 1.0 if mistake == "target" else v
    target = q if mistake in _ONCE else target
    scale = target / square if mistake == "no root" else np.sqrt(target / square)
    scale = 1 / scale if mistake == "upside down" else scale
    scale = 1.0 if mistake == "no scale" else scale
    alpha *= scale if mistake == "one branch" else 1
    scale *= -1 if mistake == "scale's sign" else 1
    pair = (scale, alpha) if mistake == "swapped" else (alpha, scale)
    return np.array(pair, dtype=float)


def _what_it_does(args: tuple, got: np.ndarray, right: object, write: object) -> str:
    h, q = args
    if not (np.isfinite(got).all() and abs(got).max() < 1e6):
        return "neither may be infinite, or even large"
    mean, variance = mean_and_variance(activation(h, *got), q)
    mean = 0.0 if abs(mean) < 1e-6 else mean
    return (
        f"with this alpha and this lambda a has the mean {describe(mean)} and the "
        f"variance {describe(variance)}; asked for are 0 and {describe(q)}"
    )


_SELU = Question(
    names=("h", "q"),
    reference=constants,
    misconceptions=(
        *(
            Misconception(lambda h, q, m=mistake: constants(h, q, m), message)
            for mistake, message in say.SELU_MISTAKES.items()
            if mistake != "other variance"
        ),
        *(
            Misconception(wrong, say.SELU_MISTAKES["other variance"])
            for wrong in (
                lambda h, q: constants(h, q, "mean at 1"),
                lambda h, q: constants(h, q, "mean at the root"),
                lambda h, q: constants(h, 1.0),
                lambda h, q: constants(h, np.sqrt(q)),
            )
        ),
        Misconception(
            lambda h, q: constants(h, q, "q as std, once"),
            say.SELU_MISTAKES["q as std"],
        ),
        Misconception(
            lambda h, q: constants(np.expm1, 1.0), say.SELU_MISTAKES["SELU's bend"]
        ),
    ),
    broken=_what_it_does,
    near=(0.03, say.SELU_NEAR),
    advice=say.SELU_ADVICE,
    praise=say.SELU_PRAISE,
)


def judge_self_normalizing(fn: Callable, rng: np.random.Generator) -> Result:
    """Judge `self_normalizing` on SELU itself and on three shapes without a name."""
    q = np.round(rng.uniform((0.4, 1.3, 0.4), (0.7, 2.0, 2.0)), 1)
    q[2] = 1.5 if 0.7 < q[2] < 1.3 else q[2]  # near 1, q and its root look alike
    shapes = (np.expm1, np.tanh, softsign, np.arctan)
    inputs = [(h, float(v)) for h, v in zip(shapes, (1.0, *q), strict=True)]
    result = expect_close(fn, inputs, _SELU, tolerance=1e-3)
    if result.message in (_SELU.advice, _SELU.not_finite):
        message = _divided_by_nothing(fn, inputs) or result.message
        result = replace(result, message=message)
    return result


def _divided_by_nothing(fn: Callable, inputs: list[tuple]) -> str:
    """What to say where a mean that is 0, but for rounding, was divided by, or nothing.

    Rounding errors are nobody's to predict, so these mistakes are not recognised by
    their numbers as the others are.
    """
    outcomes = [guard.call(fn, args, _SELU.names).value for args in inputs]
    try:
        got = np.array([numbers(pair, np.zeros(2)) for pair in outcomes])
    except Complaint:  # the second time it gives something else
        return ""
    alpha, scale = got.T
    right = np.array([constants(h, q)[0] for h, q in inputs])
    if np.allclose(alpha, right, rtol=1e-3):
        return say.SELU_MEAN if not (abs(scale) < 1e3).any() else ""
    h, q = inputs[0]  # the one bend of them that is not odd
    above = gaussian_mean(lambda z: np.maximum(z, 0), q)
    uncut = -above / gaussian_mean(h, q)
    return say.SELU_UNCUT if np.isclose(alpha[0], uncut, rtol=1e-3) else ""
