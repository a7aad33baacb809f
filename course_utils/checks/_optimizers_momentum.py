"""A check of lesson 07: the velocity that a ball ends up with, and how soon."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from course_utils.checks import _optimizers_messages as say
from course_utils.checks._optimizers_steps import (
    Parts,
    expect_parts,
)
from course_utils.checks.guard import adding
from course_utils.checks.judging import Misconception, Question
from course_utils.checks.result import Result

_ROLLED = ("the velocity", "the steps")


def steps_to(share: float, mu: float) -> int:
    """How many steps from rest it takes to reach the share of the final velocity."""
    t, missing = 0, 1.0
    while missing > 1 - share:
        t, missing = t + 1, missing * mu
    return t


def _rolling(gradient: np.ndarray, eta: float, mu: float, share: float) -> Parts:
    return [-eta * gradient / (1 - mu), steps_to(share, mu)]


def _moved(mu: float, steps: int) -> float:
    """The distance from rest after some steps, in terminal velocities."""
    return float(np.sum(1 - mu ** np.arange(1, steps + 1)))


# Factors on eta times g, and the number of steps is left open.
_WRONG_VELOCITIES = {
    "uphill": lambda eta, mu, share: 1 / (1 - mu),
    "no rate": lambda eta, mu, share: -1 / (1 - mu) / eta,
    "over mu": lambda eta, mu, share: -1 / mu,
    "times the rest": lambda eta, mu, share: -(1 - mu),
    "first step": lambda eta, mu, share: -1.0,
    "one short": lambda eta, mu, share: -mu / (1 - mu),
    "after the steps": lambda eta, mu, share: (
        -(1 - mu ** steps_to(share, mu)) / (1 - mu)
    ),
    "distance": lambda eta, mu, share: -_moved(mu, steps_to(share, mu)) / (1 - mu),
}
_WRONG_STEPS = {
    "last before": (
        lambda mu, share: steps_to(share, mu) - 1,
        lambda mu, share: round(np.log(1 - share) / np.log(mu)),
    ),
    "one late": (lambda mu, share: steps_to(share, mu) + 1,),
    "not whole": (lambda mu, share: np.log(1 - share) / np.log(mu),),
    "missing taken for share": (
        lambda mu, share: steps_to(1 - share, mu),
        lambda mu, share: np.log(share) / np.log(mu),
    ),
    "time constant": (
        lambda mu, share: 1 / (1 - mu),
        lambda mu, share: round(1 / (1 - mu)),
        lambda mu, share: share / (1 - mu),
    ),
    "of the distance": (
        lambda mu, share: next(t for t in range(1, 10_000) if _moved(mu, t) >= share),
    ),
}


def _wrong_velocity(factor: Callable) -> Callable:
    return lambda g, eta, mu, share: [factor(eta, mu, share) * eta * g, None]


def _wrong_steps(count: Callable) -> Callable:
    return lambda g, eta, mu, share: [_rolling(g, eta, mu, share)[0], count(mu, share)]


def _rolling_broken(args: tuple, got: Parts, right: Parts, write: Callable) -> str:
    g, eta, mu, _ = args
    v, steps = got
    if not np.allclose(v, right[0], 1e-6):
        later = write(mu * v - eta * g)
        return f"it is not final: one more step turns {write(v)} into {later}"
    steps = float(steps)
    if not (steps >= 1 and steps == round(steps)):
        return "the number of steps must be a whole number, 1 or more"
    reached = [f"{1 - mu**t:.6g}" for t in (steps - 1, steps)]
    return (
        f"{reached[1]} of the final velocity is reached after {steps:g} steps, and "
        f"{reached[0]} one step before"
    )


_VELOCITY = Question(
    names=("gradient", "learning_rate", "momentum", "share"),
    reference=_rolling,
    misconceptions=(
        *(
            Misconception(_wrong_velocity(factor), say.VELOCITY_MISTAKES[how])
            for how, factor in _WRONG_VELOCITIES.items()
        ),
        *(
            Misconception(_wrong_steps(count), say.STEPS_MISTAKES[how])
            for how, counts in _WRONG_STEPS.items()
            for count in counts
        ),
        Misconception(
            lambda *args: [_rolling(*args)[0], None],
            say.STEPS_ADVICE,
        ),
    ),
    broken=_rolling_broken,
    advice=say.VELOCITY_ADVICE,
    praise=say.VELOCITY_PRAISE,
)


def _draw_slope(
    shape: tuple[int, ...],
    mu: float,
    times: float,
    rest: float,
    rng: np.random.Generator,
) -> tuple:
    """A slope, and a share reached between two whole steps, `rest` after the first.

    The share takes about `times` times the velocity's memory of 1 / (1 - mu) steps.
    """
    signs = rng.choice([-1.0, 1.0], shape)
    gradient = np.round(signs * rng.uniform(0.5, 4, shape), 1)
    whole = int(times / (1 - mu) * rng.uniform(0.9, 1.1))
    share = float(np.round(1 - mu ** (whole + rest), 6))
    return gradient, float(rng.choice([0.01, 0.02, 0.05, 0.2])), mu, share


def judge_velocity(fn: Callable, rng: np.random.Generator) -> Result:
    """Judge `terminal_velocity`, at last on a ball without momentum."""
    usual = [
        _draw_slope((2,), 0.9, 2.8, rng.uniform(0.2, 0.4), rng),
        _draw_slope((3,), 0.8, 1.4, rng.uniform(0.6, 0.8), rng),
        _draw_slope((2, 2), 0.999, 2.2, rng.uniform(0.3, 0.7), rng),
    ]
    result = expect_parts(fn, usual, _VELOCITY, _ROLLED, tolerance=1e-6)
    if not result.correct:
        return result
    gradient, eta, _, _ = usual[0]
    none = replace(
        _VELOCITY,
        misconceptions=(),
        advice=say.NO_MOMENTUM,
        not_finite=say.NO_MOMENTUM,
    )
    with adding(say.NO_MOMENTUM):
        inputs = [(gradient, eta, 0.0, 0.95)]
        return expect_parts(fn, inputs, none, _ROLLED, tolerance=1e-6)
