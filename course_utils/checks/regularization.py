"""The checks of lesson 09: dropout twice, a ball, a stream, trust, and cures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from course_utils.checks import _regularization_messages as say
from course_utils.checks import _regularization_record_messages as records
from course_utils.checks._regularization_calibration import judge_calibration
from course_utils.checks._regularization_cure import judge_cure
from course_utils.checks._regularization_dropout import judge_dropout
from course_utils.checks._regularization_stream import judge_stream
from course_utils.checks.exercise import Exercise
from course_utils.checks.guard import adding
from course_utils.checks.judging import Misconception, Question, expect_close
from course_utils.checks.result import Result, describe

SLUG = "regularization"
SELU_END = -1.7580993408473766


# 2. What alpha dropout has to make up for ---------------------------------------------


def _moments(p: float, v: float) -> tuple[float, float]:
    """Mean and variance once a share p of units with mean 0, variance 1 is v."""
    return p * v, (1 - p) * (1 + p * v**2)


def _affine(p: float, v: float, mistake: str = "") -> np.ndarray:
    """The right a and b, or those that come of a known mistake."""
    mean, variance = _moments(1 - p if mistake == "rate is kept" else p, v)
    variance = {
        "second moment": (1 - p) + p * v**2,
        "mean not squared": (1 - p) + p * v**2 - mean,
        "only the dropped": 1 + p * (1 - p) * v**2,
        "dropped is 0": 1 - p,
        "only the kept": 1 - p,
        "no root": variance**2,
        "a upside down": 1 / variance,
        "variance for a": variance**-2,
        "no a": 1.0,
    }.get(mistake, variance)
    a = variance**-0.5
    return {
        "plain dropout": np.array([1 / (1 - p), 0.0]),
        "dropped is 0": np.array([a, 0.0]),
        "no b": np.array([a, 0.0]),
        "b not scaled": np.array([a, -mean]),
        "sign of b": np.array([a, a * mean]),
        "swapped": np.array([-a * mean, a]),
    }.get(mistake, np.array([a, -a * mean]))


def _wrong_affine(mistake: str) -> Callable[[float, float], np.ndarray]:
    if mistake == "selu only":
        return lambda rate, dropped: _affine(rate, SELU_END)
    return lambda rate, dropped: _affine(rate, dropped, mistake)


def _what_comes_out(args: tuple, got: np.ndarray, right: object, write: object) -> str:
    mean, variance = _moments(*args)
    a, b = got
    return (
        f"units with mean 0 and variance 1 come out with mean {describe(a * mean + b)} "
        f"and variance {describe(a**2 * variance)}"
    )


_AFFINE = Question(
    names=("rate", "dropped"),
    reference=_affine,
    misconceptions=tuple(
        Misconception(_wrong_affine(mistake), say.ALPHA_MISTAKES[name])
        for mistake, name in (
            {m: m for m in say.ALPHA_MISTAKES} | {"variance for a": "a upside down"}
        ).items()
    ),
    broken=_what_comes_out,
    advice=say.ALPHA_ADVICE,
    praise=say.ALPHA_PRAISE,
)


def _judge_affine(fn: Callable, rng: np.random.Generator) -> Result:
    rates = np.round(rng.uniform([0.1, 0.2, 0.6, 0.3], [0.2, 0.4, 0.8, 0.45]), 2)
    values = [-1.758, *np.round(rng.uniform([-1.2, 0.4, -3], [-0.5, 1.4, -2.2]), 1)]
    pairs = zip(rates, values, strict=True)
    inputs = [(float(rate), float(value)) for rate, value in pairs]
    # a may be right to six digits where b is 0: no relative error there
    return expect_close(fn, inputs, _AFFINE, tolerance=1e-6, floor=1.0)


# 3. The ball that every filter stays in -----------------------------------------------

_AXES = {
    "axis 0": (0,),
    "window": (0, 1),
    "inputs": (0, 1, 3),
    "channels in": (2,),
    "outputs": (3,),
    "all": (0, 1, 2, 3),
}


def _in_ball(kernel: np.ndarray, radius: float, mistake: str = "") -> np.ndarray:
    """The kernel inside the ball, or what comes of a known mistake."""
    if mistake == "radius twice":
        return _in_ball(kernel, radius) / radius
    if mistake == "entries":
        return np.clip(kernel, -radius, radius)
    if mistake == "reshaped":
        rows = kernel.reshape(kernel.shape[-1], -1)
        norms = np.linalg.norm(rows, axis=1, keepdims=True)
        return (rows * (radius / np.maximum(norms, radius))).reshape(kernel.shape)
    axes = _AXES.get(mistake, (0, 1, 2))
    norms = np.sqrt(np.sum(kernel**2, axis=axes, keepdims=True))
    norms = norms**2 if mistake == "squared" else norms
    norms = (
        np.abs(kernel).sum(axis=axes, keepdims=True) if mistake == "sizes" else norms
    )
    norms = norms.max() if mistake == "longest" else norms
    to = 1.0 if mistake.startswith("unit") else radius
    if mistake.startswith("stretches"):
        return kernel * to / norms
    if mistake in ("unit, also short", "unit at most"):
        return kernel / (
            norms if mistake == "unit, also short" else np.maximum(norms, 1)
        )
    return kernel * np.where(norms > radius, to / np.maximum(norms, radius), 1.0)


def _wrong_ball(mistake: str) -> Callable[[np.ndarray, float], np.ndarray]:
    return lambda kernel, radius: _in_ball(kernel, radius, mistake)


def _filters(args: tuple, got: np.ndarray, right: np.ndarray, write: Callable) -> str:
    kernel, radius = args
    axes = (0, 1, 2)
    k = int(np.argmax(np.abs(got - right).max(axis=axes)))
    before, after = (float(np.sqrt(np.sum(w[..., k] ** 2))) for w in (kernel, got))
    one = f"the filter kernel[..., {k}] had the norm {write(before)}"
    what = "and kept it" if write(before) == write(after) else f"and has {write(after)}"
    if abs(after - min(before, radius)) < 1e-6:
        return f"{one} {what}, but its weights are not shrunk by one factor"
    return f"{one} {what} now; the radius is {write(radius)}"


_OTHER_BALLS = dict.fromkeys(("unit, also short", "unit at most"), "unit")
_NORM = Question(
    names=("kernel", "radius"),
    reference=_in_ball,
    misconceptions=tuple(
        Misconception(_wrong_ball(mistake), say.NORM_MISTAKES[name])
        for mistake, name in ({m: m for m in say.NORM_MISTAKES} | _OTHER_BALLS).items()
    ),
    broken=_filters,
    advice=say.NORM_ADVICE,
    praise=say.NORM_PRAISE,
)


def draw_kernel(
    shape: tuple[int, ...], radius: float, rng: np.random.Generator
) -> np.ndarray:
    """A kernel whose filters are by turns well inside the ball and well outside."""
    kernel = rng.uniform(0.3, 1, shape) * rng.choice([-1, 1], shape)
    norms = np.sqrt(np.sum(kernel**2, axis=(0, 1, 2)))
    long = (np.arange(shape[-1]) + rng.integers(2)) % 2 == 0
    lengths = np.where(
        long, rng.uniform(1.5, 3, shape[-1]), rng.uniform(0.4, 0.75, shape[-1])
    )
    return np.round(kernel / norms * lengths * radius, 2)


def _judge_norm(fn: Callable, rng: np.random.Generator) -> Result:
    radius = float(rng.choice([1.5, 2.0, 3.0]))
    shapes = (2, 1, 2, 3), (2, 2, 3, 2), (3, 3, 4, 4)
    usual = [(draw_kernel(shape, radius, rng), radius) for shape in shapes]
    dead = draw_kernel((2, 2, 1, 3), radius, rng)
    dead[..., 1] = 0
    zeros = replace(
        _NORM, misconceptions=(), advice=say.NORM_ZERO, not_finite=say.NORM_ZERO
    )
    result = None
    for inputs, question in ((usual, _NORM), ([(dead, radius)], zeros)):
        with (
            adding(say.NORM_AXES, "number of dimensions"),
            adding(say.NORM_SHAPES, "broadcast"),
            adding(say.NORM_ZERO, "ZeroDivision"),
        ):
            result = expect_close(fn, inputs, question, tolerance=1e-6, floor=1.0)
        if not result.correct:
            break
    return result


# All of them, in the order of the notebook --------------------------------------------

FORBIDDEN = ("course_utils.regularization",)
"""The module that has the answers, where they are graded."""

dropout = Exercise(
    "dropout", SLUG, judge_dropout, say.DROPOUT_HINTS, forbidden=FORBIDDEN
)
alpha_affine = Exercise(
    "alpha_affine", SLUG, _judge_affine, say.ALPHA_HINTS, forbidden=FORBIDDEN
)
max_norm = Exercise("max_norm", SLUG, _judge_norm, say.NORM_HINTS, forbidden=FORBIDDEN)
mean_and_variance = Exercise(
    "mean_and_variance", SLUG, judge_stream, records.STREAM_HINTS, forbidden=FORBIDDEN
)
calibration_error = Exercise(
    "calibration_error",
    SLUG,
    judge_calibration,
    records.CALIBRATION_HINTS,
    forbidden=FORBIDDEN,
)
cure = Exercise("cure", SLUG, judge_cure, records.CURE_HINTS, all_rounds=True)
EXERCISES = (
    dropout,
    alpha_affine,
    max_norm,
    mean_and_variance,
    calibration_error,
    cure,
)
