"""Checks of lesson 05: the limit that turns a step, and what clipping does to Adam."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from course_utils.checks import _clipping_step_messages as say
from course_utils.checks._clipping_vectors import (
    Arrays,
    between,
    joined,
    norm,
)
from course_utils.checks.guard import adding
from course_utils.checks.judging import Misconception, Question, expect_close
from course_utils.checks.result import Result

# 4. The limit that turns the step -----------------------------------------------------


def _turned(sizes: np.ndarray, limit: float) -> float:
    """Degrees by which a step turns whose parts are held to a limit.

    Parts keep their own directions, so their sizes alone decide.
    """
    return between([sizes], [np.minimum(sizes, limit)])


def _limit_for(sizes: np.ndarray, degrees: float) -> float:
    """The limit at which the step has turned so far; 0 where there is none."""
    sizes = np.abs(sizes)
    low, high = np.min(sizes[sizes > 0]), np.max(sizes)
    if _turned(sizes, low) < degrees:
        return 0.0
    while high / low > 1 + 1e-9:
        middle = np.sqrt(low * high)
        if _turned(sizes, middle) > degrees:
            low = middle
        else:
            high = middle
    return float(high)


def _norms(gradients: Arrays) -> np.ndarray:
    return np.array([norm(array) for array in gradients])


_WRONG_LIMITS = {
    "radians": lambda g, degrees: _limit_for(_norms(g), np.radians(degrees)),
    "by value": lambda g, degrees: _limit_for(joined(g), degrees),
    "begins": lambda g, degrees: _norms(g).max(),
    "smallest": lambda g, degrees: _norms(g).min(),
    "share": lambda g, degrees: _limit_for(_norms(g), degrees) / norm(joined(g)),
    "never": lambda g, degrees: 0.0,
}


def _turn_broken(args: tuple, got: float, right: float, write: Callable) -> str:
    gradients, _ = args
    if not (np.isfinite(got) and got > 0):
        return "a limit is a positive number, and 0 stands for none"
    turned = _turned(_norms(gradients), float(got))
    return f"at that limit the step has turned by {turned:.3g} degrees"


_TURN = Question(
    names=("gradients", "degrees"),
    reference=lambda gradients, degrees: _limit_for(_norms(gradients), degrees),
    misconceptions=tuple(
        Misconception(_WRONG_LIMITS[how], message)
        for how, message in say.TURN_MISTAKES.items()
    ),
    broken=_turn_broken,
    near=(0.1, say.TURN_NEAR),
    advice=say.TURN_ADVICE,
    praise=say.TURN_PRAISE,
)


def _draw_step(
    shapes: tuple, unit: float, share: float, rng: np.random.Generator
) -> tuple[Arrays, float]:
    """Gradients of unlike sizes, and a share of how far their step can turn."""
    gradients = []
    for k, shape in enumerate(shapes):
        array = unit * 5.0**k * rng.uniform(0.4, 1.0, shape)
        digits = 2 - int(np.floor(np.log10(array.min())))
        gradients.append(np.round(array, digits))
    sizes = _norms(gradients)
    most = _turned(sizes, sizes.min())
    return gradients[::-1], float(np.round(share * most, 1))


def judge_turn(fn: Callable, rng: np.random.Generator) -> Result:
    """Judge `turning_limit` on large and tiny gradients, then where there is none."""
    some, many = ((2,), (2,)), ((1,), (3,), (2, 2))
    inputs = [
        _draw_step(some, 1.0, rng.uniform(0.2, 0.8), rng),
        _draw_step(many, 100.0, rng.uniform(0.2, 0.8), rng),
        _draw_step(many, 1e-3, rng.uniform(0.2, 0.8), rng),
    ]
    result = expect_close(fn, inputs, _TURN, tolerance=1e-3)
    if not result.correct:
        return result
    inputs = [
        _draw_step(some, 1.0, rng.uniform(1.2, 1.5), rng),
        (inputs[0][0][:1], 1.0),
    ]
    never = replace(_TURN, misconceptions=(), near=None, advice=say.TURN_NEVER)
    with adding(say.TURN_NEVER):  # a loop that waits for such an angle never ends
        return expect_close(fn, inputs, never, tolerance=1e-3)


# 5. What clipping does to Adam --------------------------------------------------------


def _unrolled(weights: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Corrected running means, as the weighted means that they are."""
    return np.array(
        [
            weights[-t:] @ values[:t] / weights[-t:].sum()
            for t in range(1, len(values) + 1)
        ]
    )


def _adam_reference(gradients: np.ndarray, limit: float, epsilon: float) -> np.ndarray:
    n = len(gradients)
    past = np.arange(n)[::-1]
    clipped = np.array([g * _factor(g, limit) for g in gradients])
    m = _unrolled(0.9**past, clipped)
    v = _unrolled(0.999**past, clipped**2)
    return np.array([norm(step) for step in m / (np.sqrt(v) + epsilon)])


def _factor(g: np.ndarray, limit: float, stretches: bool = False) -> float:
    length = norm(g)
    return limit / length if stretches or length > limit else 1.0


def _wrong_adam(how: str) -> Callable:
    """Adam's lengths by its usual loop, with one thing wrong."""

    def lengths(gradients: np.ndarray, limit: float, epsilon: float) -> np.ndarray:
        m, v, out = 0.0, 0.0, []
        for t, g in enumerate(gradients, start=1):
            held = g * _factor(g, limit, how == "stretches")
            held = g * _factor(gradients, limit) if how == "whole history" else held
            held = np.clip(g, -limit, limit) if how == "by value" else held
            held = g if how in ("not clipped", "clips the step") else held
            m = 0.9 * m + 0.1 * held
            second = g if how == "second unclipped" else held
            v = 0.999 * v + 0.001 * second**2
            t = t + 1 if how == "late" else t
            first = 1.0 if how in ("no correction", "only v") else 1 - 0.9**t
            other = 1.0 if how in ("no correction", "only m") else 1 - 0.999**t
            below = np.sqrt(v / other) + epsilon
            below = v / other + epsilon if how == "no root" else below
            below = np.sqrt(v / other + epsilon) if how == "epsilon inside" else below
            if how == "epsilon early":
                below = (np.sqrt(v) + epsilon) / np.sqrt(other)
            length = norm(m / first / below)
            if how == "corrected kept":
                m, v = m / first, v / other
            out.append(min(length, limit) if how == "clips the step" else length)
        return np.array(out)

    return lengths


def _adam_broken(
    args: tuple, got: np.ndarray, right: np.ndarray, write: Callable
) -> str:
    first = int(np.argmin(np.isclose(got, right, rtol=1e-6)))
    return (
        f"step {first + 1} has the length {write(right[first])}, and yours "
        f"{write(got[first])}"
    )


_ADAM = Question(
    names=("gradients", "limit", "epsilon"),
    reference=_adam_reference,
    misconceptions=tuple(
        Misconception(_wrong_adam(variant), message)
        for how, message in say.ADAM_MISTAKES.items()
        for variant in (("only m", "only v") if how == "one correction" else (how,))
    ),
    broken=_adam_broken,
    advice=say.ADAM_ADVICE,
    praise=say.ADAM_PRAISE,
    not_finite=say.ADAM_NAN,
)


def judge_adam(fn: Callable, rng: np.random.Generator) -> Result:
    """Judge `adam_lengths`: a constant gradient, changing ones, no limit, a zero."""

    def draw(steps: int, units: int) -> np.ndarray:
        signs = rng.choice([-1.0, 1.0], (steps, units))
        return np.round(signs * rng.uniform(0.5, 4, (steps, units)), 1)

    constant = np.repeat(draw(1, 2), 3, axis=0)
    changing, spiky = draw(4, 3), draw(7, 3)
    spiky[2] *= 20
    limit = float(np.round(rng.uniform(0.3, 0.6), 2))
    inputs = [
        (constant, limit, 0.5),
        (changing, float(np.round(norm(changing[1]), 1)), 0.1),
        (spiky, float(np.round(norm(spiky[0]) + 0.2, 1)), 0.01),
    ]
    result = expect_close(fn, inputs, _ADAM, tolerance=1e-6)
    if not result.correct:
        return result
    changing[1] = 0.0
    last = [
        ((changing, 2.0, 0.1), say.ADAM_ZERO),
        ((spiky, np.inf, 0.01), say.ADAM_INFINITE),
    ]
    for args, message in last:
        question = replace(_ADAM, misconceptions=(), advice=message, not_finite=message)
        result = expect_close(fn, [args], question, tolerance=1e-6)
        if not result.correct:
            break
    return result
