"""A check of lesson 01: the weight scale at which vanishing turns to exploding."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from course_utils import vanishing_gradients as vg
from course_utils.activations import sigmoid, sigmoid_derivative
from course_utils.checks import _vanishing_messages as say
from course_utils.checks.judging import Misconception, Question, expect_close
from course_utils.checks.result import Result


def _bisect(f: Callable[[float], float], low: float, high: float) -> float:
    """Where the rising function `f` crosses 1."""
    while high / low > 1 + 1e-9:
        middle = np.sqrt(low * high)
        low, high = (middle, high) if f(middle) < 1 else (low, middle)
    return float(middle)


def _signal(q: float) -> float:
    return float(vg.gaussian_mean(lambda z: sigmoid(z) ** 2, q))


def _slope(q: float, power: int = 2) -> float:
    return float(vg.gaussian_mean(lambda z: sigmoid_derivative(z) ** power, q))


@cache
def critical_products() -> dict[str, float]:
    """The product n sigma_w^2 at which chi is 1, by the right rule and wrong ones."""

    def settled(signal: Callable[[float], float], power: int = 2) -> float:
        q = _bisect(lambda q: q * _slope(q, power) / signal(q), 1e-2, 1e4)
        return q / signal(q)

    return {
        "right": settled(_signal),
        "unit activations": _bisect(lambda p: p * _slope(p), 1e-2, 1e4),
        "fixed q": 1 / _slope(1.0),
        "once": _bisect(lambda p: p * _slope(p * _signal(1.0)), 1e-2, 1e4),
        "slope not squared": settled(_signal, power=1),
        # Near 16, but q then settles so slowly that learners stop at 16 to 18.5.
        "variance of a": 17.2,
        "step": 36 * np.pi,
        "forward only": 1 / _signal(1.0),
        "lecun": 1.0,
    }


def _critical_std(rule: str) -> Callable[[float], float]:
    return lambda n: np.sqrt(critical_products()[rule] / n)


_SLACK = {"variance of a": 4.0}


def _what_happens(args: tuple, sigma_w: float, right: float, write: Callable) -> str:
    if not (np.isfinite(sigma_w) and sigma_w > 0):
        return "a standard deviation must be positive and finite"
    if sigma_w**2 * args[0] > 1e5:
        return "deep layers then have a chi far above 1: gradients grow"
    q = vg.deep_variance(sigmoid, args[0], float(sigma_w))
    chi = float(vg.backward_gain(q, sigmoid_derivative, args[0], float(sigma_w)))
    verb = "shrink" if chi < 1 else "grow"
    return f"deep layers then have chi = {write(chi)}: gradients {verb}"


_CRITICAL = Question(
    names=("n",),
    reference=_critical_std("right"),
    misconceptions=(
        Misconception(lambda n: critical_products()["right"] / n, say.CRITICAL_SQUARE),
        *(
            Misconception(_critical_std(rule), message, _SLACK.get(rule, 1.0))
            for rule, message in say.CRITICAL_MISTAKES.items()
        ),
    ),
    broken=_what_happens,
    near=(0.04, say.CRITICAL_NEAR),
    advice=say.CRITICAL_ADVICE,
    praise=say.CRITICAL_PRAISE,
)


def judge_critical(fn: Callable, rng: np.random.Generator) -> Result:
    """Judge `critical_std` at a width of tens and one of hundreds."""
    inputs = [(int(n),) for n in np.round(10 ** rng.uniform((1, 2), (2, 3)))]
    return expect_close(fn, inputs, _CRITICAL, tolerance=0.01)
