"""A check of lesson 08: 1cycle, with the momentum as the mirror of the rate."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from course_utils.checks import _schedules_messages as say
from course_utils.checks._schedules_answers import expect_parts
from course_utils.checks.judging import Misconception, Question
from course_utils.checks.result import Result

Corners = tuple[tuple[float, float], ...]


def _straight(share: float) -> float:
    return share


def _bowed(share: float) -> float:
    return (1 - np.cos(np.pi * share)) / 2


def along(step: int, corners: Corners, bend: Callable = _straight) -> float:
    """The value at a step of a path through corners `(step, value)`."""
    for (begin, a), (end, b) in pairwise(corners):
        if step <= end:
            return a + (b - a) * bend((step - begin) / (end - begin))
    return corners[-1][1]


def _rate_corners(n_steps: float, half: float, peak: float) -> Corners:
    low = peak / 10
    return (0, low), (half, peak), (2 * half, low), (n_steps - 1, peak / 1000)


def _momentum_corners(n_steps: float, half: float) -> Corners:
    return (0, 0.95), (half, 0.85), (2 * half, 0.95), (n_steps - 1, 0.95)


def _rate(step: int, n_steps: int, half: int, peak: float) -> float:
    return along(step, _rate_corners(n_steps, half, peak))


def _momentum(step: int, n_steps: int, half: int, peak: float) -> float:
    return along(step, _momentum_corners(n_steps, half))


def _last_part(step: int, half: int, last: float, otherwise: float) -> float:
    """Another value after the third corner."""
    return last if step > 2 * half else otherwise


def _geometric(step: int, n_steps: int, half: int, peak: float) -> float:
    corners = _rate_corners(n_steps, half, peak)
    return float(np.exp(along(step, tuple((t, np.log(v)) for t, v in corners))))


def _ending(value: Callable[[float], float]) -> Callable:
    return lambda t, n, h, p: along(t, (*_rate_corners(n, h, p)[:3], (n - 1, value(p))))


def _starting(value: Callable[[float], float]) -> Callable:
    return lambda t, n, h, p: along(t, ((0, value(p)), *_rate_corners(n, h, p)[1:]))


def _peak_at(middle: Callable[[int], float], last: float) -> Callable:
    return lambda t, n, h, p: along(t, ((0, p / 10), (middle(n), p), (n - 1, p * last)))


_WRONG_RATES = {
    "swapped": (lambda t, n, h, p: _momentum(t, n, h, p),),
    "no drop": (
        lambda t, n, h, p: along(t, ((0, p / 10), (h, p), (n - 1, p / 10))),
        lambda t, n, h, p: _last_part(t, h, p / 10, _rate(t, n, h, p)),
    ),
    "one fall": (
        lambda t, n, h, p: along(t, ((0, p / 10), (h, p), (n - 1, p / 1000))),
    ),
    "middle": tuple(
        _peak_at(middle, last)
        for middle in (lambda n: n / 2, lambda n: n // 2, lambda n: (n - 1) / 2)
        for last in (0.1, 0.001)
    ),
    "shifted": (
        lambda t, n, h, p: _rate(t + 1, n, h, p),
        lambda t, n, h, p: _rate(max(t - 1, 0), n, h, p),
        lambda t, n, h, p: along(t, _rate_corners(n, h - 1, p)),
        lambda t, n, h, p: along(t, _rate_corners(n, h + 1, p)),
    ),
    "at once": (lambda t, n, h, p: _last_part(t, h, p / 1000, _rate(t, n, h, p)),),
    "jump": (
        lambda t, n, h, p: (
            _rate(t, n, h, p) if not h < t <= 2 * h else p - 0.9 * p * t / (2 * h)
        ),
        lambda t, n, h, p: _last_part(
            t, h, p / 10 - 0.099 * p * t / (n - 1), _rate(t, n, h, p)
        ),
        lambda t, n, h, p: _last_part(
            t, h, p / 10 - 0.099 * p * t / n, _rate(t, n, h, p)
        ),
        lambda t, n, h, p: _last_part(
            t,
            h,
            along(t, ((2 * h, p), (n - 1, p / 1000))),
            _rate(t, n, h, p),
        ),
    ),
    "ends late": (
        lambda t, n, h, p: _rate(t, n + 1, h, p),
        lambda t, n, h, p: _last_part(
            t, h, p / 10 - 0.099 * p * (t - 2 * h) / n, _rate(t, n, h, p)
        ),
    ),
    "ends early": (lambda t, n, h, p: _rate(t, n - 1, h, p),),
    "end": (
        _ending(lambda p: 0.0),
        _ending(lambda p: p / 100),
        _ending(lambda p: p / 10000),
    ),
    "start": (_starting(lambda p: 0.0), _starting(lambda p: p / 1000)),
    "geometric": (_geometric,),
    "bowed": (lambda t, n, h, p: along(t, _rate_corners(n, h, p), _bowed),),
}


def _from_the_rate(step: int, n_steps: int, half: int, peak: float) -> float:
    share = (_rate(step, n_steps, half, peak) - peak / 10) / (0.9 * peak)
    return 0.95 - 0.1 * share


_WRONG_MOMENTA = {
    "constant": tuple(
        lambda t, n, h, p, value=value: value for value in (0.95, 0.9, 0.85)
    ),
    "not mirrored": (
        lambda t, n, h, p: 1.8 - _momentum(t, n, h, p),
        lambda t, n, h, p: 1.8 - _from_the_rate(t, n, h, p),
    ),
    "goes on": (_from_the_rate,),
    "stays low": (lambda t, n, h, p: along(t, ((0, 0.95), (h, 0.85))),),
    "stretched": (lambda t, n, h, p: along(t, ((0, 0.95), (h, 0.85), (n - 1, 0.95))),),
    "falls again": (
        lambda t, n, h, p: along(t, (*_momentum_corners(n, h)[:3], (n - 1, 0.85))),
    ),
    "middle": tuple(
        lambda t, n, h, p, m=m: along(t, ((0, 0.95), (m(n), 0.85), (n - 1, 0.95)))
        for m in (lambda n: n / 2, lambda n: n // 2, lambda n: (n - 1) / 2)
    ),
    "shifted": (
        lambda t, n, h, p: _momentum(t + 1, n, h, p),
        lambda t, n, h, p: _momentum(max(t - 1, 0), n, h, p),
        lambda t, n, h, p: along(t, _momentum_corners(n, h - 1)),
        lambda t, n, h, p: along(t, _momentum_corners(n, h + 1)),
    ),
    "bowed": (lambda t, n, h, p: along(t, _momentum_corners(n, h), _bowed),),
}


def _broken(what: str) -> Callable:
    def broken(args: tuple, got: float, right: float, write: Callable) -> str:
        step, n_steps, half, _ = args
        places = {
            0: ", the first",
            half: ", the highest point",
            2 * half: ", where the last part begins",
            n_steps - 1: ", the last",
        }
        return f"at step {step}{places.get(step, '')}, the {what} is {write(right)}"

    return broken


def _question(what: str, reference: Callable, wrong: dict, said: dict) -> Question:
    return Question(
        names=("step", "n_steps", "half", "peak"),
        reference=reference,
        misconceptions=tuple(
            Misconception(function, said[how])
            for how, functions in wrong.items()
            for function in functions
        ),
        broken=_broken(what),
        advice=say.CYCLE_ADVICE[what],
        praise=say.CYCLE_PRAISE,
    )


_PARTS = (
    _question("rate", _rate, _WRONG_RATES, say.CYCLE_RATE),
    _question("momentum", _momentum, _WRONG_MOMENTA, say.CYCLE_MOMENTUM),
)


def judge_cycle(fn: Callable, rng: np.random.Generator) -> Result:
    """Judge `one_cycle` at the corners of a run, between them, and in another run."""
    inputs = []
    for half, more in ((4, 4), (int(rng.integers(6, 15)), int(rng.integers(5, 20)))):
        n_steps = 2 * half + more + 1
        peak = float(rng.choice([0.1, 0.2, 0.4, 0.5, 0.8, 2.0]))
        corners = [0, half, 2 * half, n_steps - 1]
        between = [half // 2, half + 1, half + half // 2, 2 * half + 1, n_steps - 2]
        inputs += [(step, n_steps, half, peak) for step in corners + between]
    return expect_parts(fn, inputs, _PARTS, tolerance=1e-6)
