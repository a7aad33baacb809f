"""The checks of lesson 01: from one sigmoid's slope to the diagnosis of a network."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from course_utils import vanishing_gradients as vg
from course_utils.activations import sigmoid, sigmoid_derivative
from course_utils.checks import _vanishing_diagnosis as diagnosis
from course_utils.checks import _vanishing_messages as say
from course_utils.checks._vanishing_critical import judge_critical
from course_utils.checks.exercise import Exercise
from course_utils.checks.judging import Misconception, Question, expect_close
from course_utils.checks.result import Result

SLUG = "vanishing_gradients"


# 1. The slope of the sigmoid from its value -------------------------------------------


def _measured_slope(a: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return sigmoid_derivative(np.log(a) - np.log1p(-a))


_SLOPE = Question(
    names=("a",),
    reference=_measured_slope,
    misconceptions=(
        Misconception(sigmoid_derivative, say.SLOPE_SQUASHED_TWICE),
        Misconception(lambda a: a * (a - 1), say.SLOPE_SIGN),
        Misconception(lambda a: a * (1 + a), say.SLOPE_GROWS),
        Misconception(lambda a: a, say.SLOPE_ONE_END),
        Misconception(lambda a: 1 - a, say.SLOPE_ONE_END),
        Misconception(lambda a: 1 - a**2, say.SLOPE_OF_TANH),
    ),
    broken=lambda args, got, right, write: (
        f"measured on the sigmoid where its output is a: {write(right)}"
    ),
    advice=say.SLOPE_ADVICE,
    praise=say.SLOPE_PRAISE,
)


def _judge_slope(fn: Callable, rng: np.random.Generator) -> Result:
    few = np.round(rng.uniform(0.05, 0.95, 2), 2)
    ends = np.array([0.0, rng.uniform(0.1, 0.9), 1.0])
    inputs = [(few,), (ends,), (rng.uniform(0, 1, (3, 4)),)]
    return expect_close(fn, inputs, _SLOPE, tolerance=1e-6, floor=1.0)


# 2. Backpropagation through a chain ---------------------------------------------------


def _measured_chain_gradient(weights: np.ndarray, x: float) -> np.ndarray:
    """Differentiate by a complex step: no chain rule, and exact to the last digits."""
    nudged = weights + 1e-30j * np.eye(len(weights))
    a = np.full(len(weights), complex(x))
    for layer in range(len(weights)):
        a = 1 / (1 + np.exp(-nudged[:, layer] * a))
    return a.imag / 1e-30


def _wrong_chain(mistake: str) -> Callable:
    """Backpropagation with one thing wrong."""

    def gradient(weights: np.ndarray, x: float) -> np.ndarray:
        a = [x]
        for w in weights:
            a.append(sigmoid(w * a[-1]))
        out, carried = [], 1.0
        for layer in reversed(range(len(weights))):
            value = sigmoid(a[layer + 1]) if mistake == "squashed" else a[layer + 1]
            slope = 1.0 if mistake == "no slope" else value * (1 - value)
            factor = 1.0 if mistake == "own slope" else slope
            source = a[layer + 1] if mistake == "output" else a[layer]
            source = 1.0 if mistake == "no input" else source
            out.append(carried * factor * source)
            weight = weights[layer - (mistake == "shifted" and layer > 0)]
            carried *= slope * (1.0 if mistake == "no weight" else weight)
        return np.array(out if mistake == "order" else out[::-1])

    return gradient


def _chain_broken(
    args: tuple, got: np.ndarray, right: np.ndarray, write: Callable
) -> str:
    if len(right) <= 3:
        return (
            "nudging the weights one at a time changes the output, per unit of nudge, "
            f"by {write(right)}"
        )
    worst = int(np.argmax(np.nan_to_num(abs(got / right - 1), nan=np.inf)))
    return (
        f"the entry for w_{worst + 1} is {got[worst]:.8g}, and nudging that weight "
        f"changes the output by {right[worst]:.8g} per unit"
    )


_CHAIN = Question(
    names=("weights", "x"),
    reference=_measured_chain_gradient,
    misconceptions=tuple(
        Misconception(_wrong_chain(mistake), message)
        for mistake, message in say.CHAIN_MISTAKES.items()
    ),
    broken=_chain_broken,
    near=(0.1, say.CHAIN_NEAR),
    advice=say.CHAIN_ADVICE,
    praise=say.CHAIN_PRAISE,
)


def _judge_chain(fn: Callable, rng: np.random.Generator) -> Result:
    inputs = []
    for n_layers in (2, 3, 12):
        weights = rng.choice([-1, 1], n_layers) * rng.uniform(0.3, 2.5, n_layers)
        inputs.append((np.round(weights, 1), float(np.round(rng.uniform(0.5, 2), 1))))
    return expect_close(fn, inputs, _CHAIN, tolerance=1e-6)


# 3. A mean over a Gaussian, by quadrature ---------------------------------------------


def one(z: np.ndarray) -> np.ndarray:
    """The constant 1."""
    return np.ones_like(z, dtype=float)


def square(z: np.ndarray) -> np.ndarray:
    """Its mean is the variance."""
    return np.square(z)


def fourth_power(z: np.ndarray) -> np.ndarray:
    """Its mean is three times the squared variance."""
    return np.square(z) ** 2


def sigmoid_slope_squared(z: np.ndarray) -> np.ndarray:
    """What the gradient meets in a sigmoid layer."""
    return sigmoid_derivative(z) ** 2


def _wrong_mean(mistake: str) -> Callable:
    """The mean by Gauss-Hermite quadrature, with one thing wrong."""
    x, w = np.polynomial.hermite.hermgauss(80)
    stretch = 1.0 if mistake in ("no root 2", "neither") else np.sqrt(2)
    total = {"not normalized": 1.0, "neither": 1.0, "root 2 pi": np.sqrt(2 * np.pi)}
    w = w * np.exp(-(x**2)) if mistake == "weighted twice" else w
    w = w / total.get(mistake, np.sqrt(np.pi))

    def mean(g: Callable, q: float) -> float:
        std = q if mistake == "q as std" else np.sqrt(q)
        return float(w @ g(stretch * std * x))

    return mean


_MEAN = Question(
    names=("g", "q"),
    reference=lambda g, q: float(vg.gaussian_mean(g, q)),
    misconceptions=tuple(
        Misconception(_wrong_mean(mistake), message)
        for mistake, message in say.MEAN_MISTAKES.items()
    ),
    broken=lambda args, got, right, write: (
        f"{say.MEAN_PROPERTIES[args[0].__name__]} {write(right)}"
    ),
    near=(0.2, say.MEAN_NEAR),
    advice=say.MEAN_ADVICE,
    praise=say.MEAN_PRAISE,
)


def _judge_mean(fn: Callable, rng: np.random.Generator) -> Result:
    q = np.round(rng.uniform(0.2, 3.0, 4), 1)
    q[q == 1.0] = 1.5  # at 1, variance and standard deviation look alike
    functions = (one, square, fourth_power, sigmoid_slope_squared)
    inputs = [(g, float(v)) for g, v in zip(functions, q, strict=True)]
    return expect_close(fn, inputs, _MEAN, tolerance=1e-4)


# All of them, in the order of the notebook --------------------------------------------

sigmoid_slope = Exercise("sigmoid_slope", SLUG, _judge_slope, say.SLOPE_HINTS)
chain_gradient = Exercise("chain_gradient", SLUG, _judge_chain, say.CHAIN_HINTS)
hermite_mean = Exercise(
    "hermite_mean",
    SLUG,
    _judge_mean,
    say.MEAN_HINTS,
    forbidden=(
        "course_utils.gaussian",
        "course_utils.vanishing_gradients.gaussian_mean",
    ),
)
critical_std = Exercise("critical_std", SLUG, judge_critical, say.CRITICAL_HINTS)
diagnose = Exercise(
    "diagnose", SLUG, diagnosis.judge_diagnosis, say.DIAGNOSE_HINTS, all_rounds=True
)
predict = Exercise(
    "predict", SLUG, diagnosis.judge_prediction, say.PREDICT_HINTS, all_rounds=True
)
EXERCISES = (
    sigmoid_slope,
    chain_gradient,
    hermite_mean,
    critical_std,
    diagnose,
    predict,
)
