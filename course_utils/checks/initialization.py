"""The checks of lesson 02: from the fans of a kernel to four broken initializers."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from course_utils.checks import _initialization_draw_messages as chance
from course_utils.checks import _initialization_messages as say
from course_utils.checks._initialization_bugs import judge_bug
from course_utils.checks._initialization_draws import judge_draw
from course_utils.checks._initialization_layers import judge_layers
from course_utils.checks.exercise import Exercise
from course_utils.checks.judging import Misconception, Question, expect_close
from course_utils.checks.result import Result
from course_utils.gaussian import gaussian_mean

SLUG = "initialization"


# 1. The fans of a kernel --------------------------------------------------------------


def _fans(shape: tuple[int, ...]) -> np.ndarray:
    window = math.prod(shape[:-2])
    return window * np.array(shape[-2:])


_FANS_WRONG = {
    "last two": lambda s: np.array(s[-2:]),
    "swapped": lambda s: _fans(s)[::-1],
    "product": lambda s: np.array([math.prod(s)] * 2),
    "window in only": lambda s: np.array([_fans(s)[0], s[-1]]),
    "window out only": lambda s: np.array([s[-2], _fans(s)[1]]),
    "ends": lambda s: np.array([s[0], s[-1]]),
    "first two": lambda s: np.array(s[:2]),
    "all but the first": lambda s: np.array([_fans(s)[0], math.prod(s[1:])]),
    "window added": lambda s: (sum(s[:-2]) or 1) * np.array(s[-2:]),
    "channels first": lambda s: math.prod(s[2:]) * np.array([s[1], s[0]]),
}

_FANS = Question(
    names=("shape",),
    reference=_fans,
    misconceptions=tuple(
        Misconception(_FANS_WRONG[mistake], message)
        for mistake, message in say.FANS_MISTAKES.items()
    ),
    broken=lambda args, got, right, write: (
        f"counted line by line, one unit receives from {right[0]} values, and one "
        f"value is sent to {right[1]} units"
    ),
    advice=say.FANS_ADVICE,
    praise=say.FANS_PRAISE,
)


def _judge_fans(fn: Callable, rng: np.random.Generator) -> Result:
    few, many = rng.integers((2, 10), (9, 30), (6, 2)).T
    inputs = [
        (int(many[0]), int(few[0])),
        (5, int(few[2]), int(many[2])),
        (3, 4, int(many[1]), int(few[1])),
        (int(few[3]), int(many[3])),
        (2, 3, 4, int(few[4]), int(many[4])),
    ]
    return expect_close(fn, [(shape,) for shape in inputs], _FANS, tolerance=1e-9)


# 3. The weights of any activation -----------------------------------------------------


def _named(name: str, f: Callable) -> Callable:
    """Name a function, which is how a counterexample shows it."""
    f.__name__ = name
    return f


# Activations that are in no library, each with the mean of f(z)^2 in closed form.
_CURVES = (
    (
        _named("z -> max(0, z)^2", lambda z: np.maximum(0, z) ** 2),
        lambda q: 3 * q**2 / 2,
    ),
    (
        _named("z -> |z| exp(-z^2 / 2)", lambda z: abs(z) * np.exp(-(z**2) / 2)),
        lambda q: q / (1 + 2 * q) ** 1.5,
    ),
    (
        _named("z -> cos(z)", lambda z: np.cos(z)),
        lambda q: (1 + math.exp(-2 * q)) / 2,
    ),
    (
        _named("z -> exp(-z^2)", lambda z: np.exp(-(z**2))),
        lambda q: 1 / math.sqrt(1 + 4 * q),
    ),
)
_SIGNAL = dict(_CURVES)


def _mean(g: Callable, q: float) -> float:
    return float(gaussian_mean(g, q))


def _squared(f: Callable) -> Callable:
    return lambda z: f(z) ** 2


def _squared_slope(f: Callable) -> Callable:
    return lambda z: ((f(z + 1e-4) - f(z - 1e-4)) / 2e-4) ** 2


def _std(signal: Callable, target: Callable = lambda q: q) -> Callable:
    """The rule with a mean of its own, `signal(f, q)`, and a variance to reach."""
    return lambda f, n, q: np.sqrt(np.divide(target(q), n * signal(f, q)))


def _signal(f: Callable, q: float) -> float:
    return _SIGNAL[f](q)


_right_std = _std(_signal)

_STD_WRONG = {
    "variance": lambda f, n, q: _right_std(f, n, q) ** 2,
    "scale": lambda f, n, q: n * _right_std(f, n, q) ** 2,
    "root of scale": lambda f, n, q: math.sqrt(n) * _right_std(f, n, q),
    "variance of f": _std(lambda f, q: _SIGNAL[f](q) - _mean(f, q) ** 2),
    "q as std": _std(lambda f, q: _SIGNAL[f](math.sqrt(q))),
    "unit target": _std(_signal, lambda q: 1.0),
    "unit q": _std(lambda f, q: _SIGNAL[f](1.0), lambda q: 1.0),
    "mean at 1": _std(lambda f, q: _SIGNAL[f](1.0)),
    "slope": _std(lambda f, q: _mean(_squared_slope(f), q), lambda q: 1.0),
    "q outside": lambda f, n, q: math.sqrt(q) * _right_std(f, n, q),
    "reciprocal": lambda f, n, q: 1 / _right_std(f, n, q),
    "f of q": _std(lambda f, q: f(q) ** 2),
    "mean of f": _std(_mean),
    "inverse": lambda f, n, q: 1 / (n * _right_std(f, n, q)),
    "squared mean": _std(lambda f, q: _mean(f, q) ** 2),
    "mean size": _std(lambda f, q: _mean(lambda z: abs(f(z)), q) ** 2),
    "he": lambda f, n, q: math.sqrt(2 / n),
    "lecun": lambda f, n, q: math.sqrt(1 / n),
}


def _next_variance(args: tuple, std: float, right: float, write: Callable) -> str:
    f, n, q = args
    if not (np.isfinite(std) and std > 0):
        return "a standard deviation must be positive and finite"
    if std > 1e6:
        return "such weights make the next z enormous"
    return f"the variance of z would become {write(n * std**2 * _SIGNAL[f](q))}"


_STD = Question(
    names=("f", "n", "q"),
    reference=_right_std,
    misconceptions=tuple(
        Misconception(_STD_WRONG[mistake], message)
        for mistake, message in say.STD_MISTAKES.items()
    ),
    broken=_next_variance,
    near=(0.04, say.STD_NEAR),
    advice=say.STD_ADVICE,
    praise=say.STD_PRAISE,
)


def _judge_std(fn: Callable, rng: np.random.Generator) -> Result:
    inputs = []
    for number, (f, _) in enumerate(_CURVES):
        # Away from 1, where a variance and its root look alike.
        low, high = ((1.5, 4.0), (0.2, 0.7))[number % 2]
        n = int(np.round(10 ** rng.uniform(1, 3)))
        inputs.append((f, n, float(np.round(rng.uniform(low, high), 1))))
    return expect_close(fn, inputs, _STD, tolerance=0.01)


# All of them, in the order of the notebook --------------------------------------------

FORBIDDEN = tuple(
    f"course_utils.initialization.{name}"
    for name in ("fans", "variance_scaling", "layer_sequential_unit_variance")
)
"""Functions of the course that are answers, where they are graded."""

fans = Exercise("fans", SLUG, _judge_fans, say.FANS_HINTS, forbidden=FORBIDDEN)
draw_weights = Exercise(
    "draw_weights", SLUG, judge_draw, chance.DRAW_HINTS, forbidden=FORBIDDEN[1:]
)
weight_std = Exercise("weight_std", SLUG, _judge_std, say.STD_HINTS)
rescale_layers = Exercise(
    "rescale_layers", SLUG, judge_layers, say.LAYERS_HINTS, forbidden=FORBIDDEN[1:]
)
find_bug = Exercise("find_bug", SLUG, judge_bug, chance.BUG_HINTS, all_rounds=True)
EXERCISES = (fans, draw_weights, weight_std, rescale_layers, find_bug)
