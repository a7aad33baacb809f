"""A check of lesson 07: the two codes of Nesterov's momentum."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from course_utils.checks import _optimizers_messages as say
from course_utils.checks._optimizers_steps import (
    Parts,
    expect_parts,
    expect_path,
    tell,
)
from course_utils.checks.judging import Misconception, Question
from course_utils.checks.result import Result

_AHEAD = ("ahead", "v")
_EXACT = {"tolerance": 1e-8, "floor": 1.0}


def form_1(
    theta: np.ndarray, v: np.ndarray, gradient: Callable, eta: float, mu: float
) -> tuple[np.ndarray, np.ndarray]:
    """Nesterov's step with the gradient ahead, as the exercise gives it."""
    v = mu * v - eta * gradient(theta + mu * v)
    return theta + v, v


def _followed(
    ahead: np.ndarray, v: np.ndarray, gradient: Callable, eta: float, mu: float
) -> Parts:
    """Where form 1 looks next, from where it looks now."""
    theta, v = form_1(ahead - mu * v, v, gradient, eta, mu)
    return [theta + mu * v, v]


def _wrong_nesterov(how: str) -> Callable:
    """One step of form 2, with one thing wrong."""

    def step(
        ahead: np.ndarray, v: np.ndarray, gradient: Callable, eta: float, mu: float
    ) -> Parts:
        theta = ahead - mu * v
        where = {"form 1": ahead + mu * v, "looks twice": ahead + mu * v}
        g = gradient(where.get(how, theta if how == "looks back" else ahead))
        g = {"no rate": g, "uphill": -eta * g}.get(how, eta * g)
        new = mu * v - g
        right = theta + new + mu * new
        point = {
            "plain": ahead + new,
            "form 1": ahead + new,
            "theta": theta + new,
            "old kept": ahead + new + mu * new,
            "old added": ahead + mu * v + new + mu * new,
            "old in full": ahead - v + new + mu * new,
            "new in full": theta + 2 * new,
            "no step": ahead + mu * new,
        }.get(how, right)
        if how == "swapped":
            return [new, point]
        return [point, point - ahead if how == "step for velocity" else new]

    return step


def _nesterov_broken(args: tuple, got: Parts, right: Parts, write: Callable) -> str:
    return f"following form 1, {tell(_AHEAD, got, right, 1e-8)}"


_NESTEROV = Question(
    names=("ahead", "v", "gradient", "learning_rate", "momentum"),
    reference=_followed,
    misconceptions=tuple(
        Misconception(_wrong_nesterov(how), message)
        for how, message in say.NESTEROV_MISTAKES.items()
    ),
    broken=_nesterov_broken,
    advice=say.NESTEROV_ADVICE,
    praise=say.NESTEROV_PRAISE,
)


def bowl(curvatures: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """The gradient of a bowl, with a name that says what it is."""

    def gradient(x: np.ndarray) -> np.ndarray:
        return curvatures * np.asarray(x)

    gradient.__name__ = f"x -> {curvatures.tolist()} * x"
    return gradient


def judge_nesterov(fn: Callable, rng: np.random.Generator) -> Result:
    """Judge `nesterov_step` in a bowl and on waves, then ten times in a row."""

    def draw(*shape: int) -> np.ndarray:
        signs = rng.choice([-1.0, 1.0], shape)
        return np.round(signs * rng.uniform(0.5, 3, shape), 1)

    round_bowl, steep_bowl = bowl(np.array([1.0, 4.0])), bowl(np.array([[1.0], [9.0]]))
    inputs = [
        (draw(2), draw(2), round_bowl, 0.1, float(rng.choice([0.5, 0.8]))),
        (draw(3), draw(3), np.sin, 0.2, 0.9),
        (draw(2, 2), draw(2, 2), steep_bowl, 0.05, 0.95),
    ]
    result = expect_parts(fn, inputs, _NESTEROV, _AHEAD, **_EXACT)
    if not result.correct:
        return result
    start = draw(2)
    return expect_path(
        fn,
        lambda k, state: (*state, round_bowl, 0.1, 0.9),
        _NESTEROV,
        _AHEAD,
        [start, np.zeros(2)],
        **_EXACT,
    )
