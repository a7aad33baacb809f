"""A check of lesson 07: a step of Adam."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from course_utils.checks import _optimizers_adam_messages as say
from course_utils.checks._optimizers_steps import (
    STEPS_IN_A_ROW,
    Parts,
    expect_parts,
    expect_path,
    tell,
)
from course_utils.checks.judging import Misconception, Question
from course_utils.checks.result import Result

PARTS = ("theta", "m", "s", "t")
STATE = ("theta", "g", "m", "s", "t")
EXACT = {"tolerance": 1e-8, "floor": 1.0}
Array = np.ndarray


def broken(args: tuple, got: Parts, right: Parts, write: Callable) -> str:
    """What the step got wrong, in words."""
    return tell(PARTS, got, right, 1e-8)


def _moments(
    g: Array, m: Array, s: Array, betas: tuple[float, float], how: str
) -> tuple[Array, Array]:
    beta_1, beta_2 = betas
    square = {"not squared": g, "size": np.abs(g)}.get(how, g**2)
    both = how.startswith("sum") and " of " not in how
    share_m = 1.0 if both or how == "sum of m" else 1 - beta_1
    share_s = 1.0 if both or how == "sum of s" else 1 - beta_2
    return beta_1 * m + share_m * g, beta_2 * s + share_s * square


def corrections(t: int, betas: tuple[float, float], how: str) -> tuple[float, float]:
    """What the moments of step t are divided by."""
    beta_1, beta_2 = betas
    t = t - 1 if how.startswith("t from 0") else t
    if how == "power of the rest":
        return (1 - beta_1) ** t, (1 - beta_2) ** t
    if how == "times t":
        return 1 - beta_1 * t, 1 - beta_2 * t
    if how == "rest of the power":
        return 1 - (1 - beta_1) ** t, 1 - (1 - beta_2) ** t
    beta_2 = beta_1 if how == "first beta" else beta_2
    beta_1 = beta_2 if how == "second beta" else beta_1
    neither = how.endswith("no correction")
    first = 1.0 if neither or how == "only s" else 1 - beta_1**t
    second = 1.0 if neither or how == "only m" else 1 - beta_2**t
    return first, second


def adam(
    theta: Array,
    g: Array,
    m: Array,
    s: Array,
    t: int,
    learning_rate: float,
    betas: tuple[float, float],
    epsilon: float,
    how: str = "",
) -> Parts:
    """One step of Adam, or of Adam with a mistake."""
    betas = betas[::-1] if how == "betas swapped" else betas
    new_m, new_s = _moments(g, m, s, betas, how)
    first, second = corrections(t + 1, betas, how)
    used_m, used_s = (m, s) if how == "old moments" else (new_m, new_s)
    with np.errstate(all="ignore"):
        m_hat, s_hat = np.divide(used_m, first), np.divide(used_s, second)
        below = {
            "epsilon inside": np.sqrt(s_hat + epsilon),
            "epsilon early": (np.sqrt(used_s) + epsilon) / np.sqrt(second),
            "no epsilon": np.sqrt(s_hat),
            "no root": s_hat + epsilon,
        }.get(how, np.sqrt(s_hat) + epsilon)
        rate = {"uphill": -learning_rate, "no rate": 1.0}.get(how, learning_rate)
        moved = theta - rate * m_hat / below
    if how == "corrected kept":
        new_m, new_s = m_hat, s_hat
    counted = t if how in ("t not counted", "t from 0, not counted") else t + 1
    return [moved, new_m, new_s, counted]


# The same mistakes written another way, and what they are told.
_ALSO = {
    "t from 0, not counted": "t from 0",
    "first beta": "one beta",
    "second beta": "one beta",
    "rest of the power": "power of the rest",
    "size": "not squared",
    "sum, no correction": "sum",
}
_KNOWN = {how: how for how in say.ADAM_MISTAKES if how != "one beta"} | _ALSO
_ADAM = Question(
    names=(*STATE, "learning_rate", "betas", "epsilon"),
    reference=adam,
    misconceptions=tuple(
        Misconception(partial(adam, how=how), say.ADAM_MISTAKES[told])
        for how, told in _KNOWN.items()
    ),
    broken=broken,
    advice=say.ADAM_ADVICE,
    praise=say.ADAM_PRAISE,
    not_finite=say.ADAM_NAN,
)


def _draw(rng: np.random.Generator, low: float, high: float, *shape: int) -> Array:
    signs = rng.choice([-1.0, 1.0], shape)
    return np.round(signs * rng.uniform(low, high, shape), 1)


def draw_state(rng: np.random.Generator, t: int, *shape: int) -> tuple:
    """theta, g, m, s and t, as they may stand after t steps."""
    theta, g = _draw(rng, 0.5, 3, *shape), _draw(rng, 0.5, 4, *shape)
    if t == 0:
        return theta, g, np.zeros(shape), np.zeros(shape), 0
    m, s = _draw(rng, 0.1, 1, *shape), np.abs(_draw(rng, 1, 4, *shape))
    return theta, g, m, s, t


def judge_path(
    fn: Callable, question: Question, rng: np.random.Generator, *rest: object
) -> Result:
    """Ten steps in a row, whatever the question; `rest` are the arguments after t."""
    gradients = [_draw(rng, 0.5, 4, 2) for _ in range(STEPS_IN_A_ROW)]
    theta, _, *start = draw_state(rng, 0, 2)

    def calls(k: int, state: Parts) -> tuple:
        theta, m, s, t = state
        return (theta, gradients[k], m, s, int(t), *rest)

    return expect_path(fn, calls, question, PARTS, [theta, *start], **EXACT)


def judge_adam(fn: Callable, rng: np.random.Generator) -> Result:
    """Judge `adam_step`: fresh, on its way, tiny gradients, zero; then a path."""
    theta, g, *fresh = draw_state(rng, 0, 2, 2)
    inputs = [
        (*draw_state(rng, 0, 2), 0.1, (0.9, 0.999), 0.1),
        (*draw_state(rng, int(rng.integers(3, 9)), 3), 0.2, (0.8, 0.99), 0.05),
        (theta, g * 1e-5, *fresh, 0.1, (0.9, 0.999), 1e-7),
    ]
    result = expect_parts(fn, inputs, _ADAM, PARTS, **EXACT)
    if not result.correct:
        return result
    g[0] = 0.0
    still = replace(
        _ADAM, misconceptions=(), advice=say.ADAM_ZERO, not_finite=say.ADAM_ZERO
    )
    args = (theta, g, *fresh, 0.1, (0.9, 0.999), 1e-7)
    result = expect_parts(fn, [args], still, PARTS, **EXACT)
    if not result.correct:
        return result
    return judge_path(fn, _ADAM, rng, 0.1, (0.9, 0.99), 1e-3)
