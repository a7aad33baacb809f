"""A check of lesson 03: the two constants of a self-normalizing activation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from course_utils.checks import _activations_messages as say
from course_utils.checks.judging import Misconception, Question, expect_close
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


def constants(h: Callable, q: float, mistake: str = "") -> np.ndarray:
    """Solve the two equations for alpha and scale, or with a mistake in them."""
    h = np.expm1 if mistake == "SELU's bend" else h
    v = q**2 if mistake.startswith("q as std") else q
    above = float(gaussian_mean(lambda z: np.maximum(z, 0), v))
    below = float(gaussian_mean(lambda z: h(np.minimum(z, 0)), v))
    alpha = 1.0 if mistake in ("no mean", "variance only") else -above / below
    alpha *= -1 if mistake == "alpha's sign" else 1
    f = activation(h, 1.0 if mistake == "scale first" else alpha, 1.0)
    square = float(gaussian_mean(lambda z: f(z) ** 2, v))
    if mistake == "variance only":
        square = mean_and_variance(f, v)[1]
    target = {"target": 1.0, "q as std, once": q}.get(mistake, v)
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
        f"with this alpha and this scale a has the mean {describe(mean)} and the "
        f"variance {describe(variance)}; asked for are 0 and {describe(q)}"
    )


_SELU = Question(
    names=("h", "q"),
    reference=constants,
    misconceptions=(
        *(
            Misconception(lambda h, q, m=mistake: constants(h, q, m), message)
            for mistake, message in say.SELU_MISTAKES.items()
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
    return expect_close(fn, inputs, _SELU, tolerance=1e-3)
