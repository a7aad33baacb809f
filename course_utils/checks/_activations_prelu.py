"""A check of lesson 03: the two gradients of a parametric ReLU."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from course_utils.checks import _activations_messages as say
from course_utils.checks import guard
from course_utils.checks.judging import (
    CHANGED,
    Misconception,
    Question,
    expect_close,
)
from course_utils.checks.replay import replay
from course_utils.checks.result import Counterexample, Result, Status, describe

NAMES = ("z", "alpha", "gradient")


def _for_z(z: np.ndarray, alpha: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """A nudged z moves its own output, and nothing else: differentiate numerically."""
    h = 1e-30j
    nudged = z + h  # the branch is the one of the real part, so this is exact
    a = np.where(z > 0, nudged, alpha * nudged)
    return gradient * a.imag / h.imag


def _for_alpha(z: np.ndarray, alpha: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """A nudged slope moves the outputs of its unit, for every image."""
    h = 1e-30j
    a = np.where(z > 0, z, (alpha + h) * z)
    return (gradient * a.imag).sum(axis=0) / h.imag


def _by_maximum(z: np.ndarray, alpha: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    return gradient * np.where(alpha * z > z, alpha, 1)


_FOR_Z = Question(
    names=NAMES,
    reference=_for_z,
    misconceptions=(
        Misconception(lambda z, s, g: np.where(z > 0, 1.0, s), say.PRELU_Z_NO_INCOMING),
        Misconception(lambda z, s, g: g * np.where(z > 0, s, 1), say.PRELU_Z_SIDE),
        Misconception(lambda z, s, g: g * (z > 0), say.PRELU_Z_RELU),
        Misconception(lambda z, s, g: g * s, say.PRELU_Z_BOTH_SIDES),
        Misconception(lambda z, s, g: g * np.where(z > 0, z, s * z), say.PRELU_Z_VALUE),
        Misconception(_by_maximum, say.PRELU_Z_MAXIMUM),
        Misconception(lambda z, s, g: _for_z(z, s, g) / len(z), say.PRELU_Z_MEAN),
    ),
    broken=lambda args, got, right, write: (
        "nudging the entries of z one at a time changes the loss, per unit of nudge, "
        f"by {write(right)}"
    ),
    advice=say.PRELU_Z_ADVICE,
    praise=say.PRELU_PRAISE,
)

_FOR_ALPHA = Question(
    names=NAMES,
    reference=_for_alpha,
    misconceptions=(
        Misconception(
            lambda z, s, g: _for_alpha(z, s, g) / len(z), say.PRELU_ALPHA_MEAN
        ),
        Misconception(
            lambda z, s, g: np.minimum(z, 0).sum(axis=0), say.PRELU_ALPHA_NO_INCOMING
        ),
        Misconception(
            lambda z, s, g: (g * np.maximum(z, 0)).sum(axis=0), say.PRELU_ALPHA_SIDE
        ),
        Misconception(lambda z, s, g: (g * z).sum(axis=0), say.PRELU_ALPHA_BOTH_SIDES),
        Misconception(
            lambda z, s, g: (g * s * np.minimum(z, 0)).sum(axis=0),
            say.PRELU_ALPHA_TWICE,
        ),
        Misconception(lambda z, s, g: (g * (z < 0)).sum(axis=0), say.PRELU_ALPHA_NO_Z),
        Misconception(
            lambda z, s, g: (g * np.minimum(z, 0)).sum(axis=0) * -1,
            say.PRELU_ALPHA_SIGN,
        ),
        Misconception(
            lambda z, s, g: (g * z * (s * z > z)).sum(axis=0), say.PRELU_ALPHA_MAXIMUM
        ),
    ),
    broken=lambda args, got, right, write: (
        "nudging the slopes in alpha one at a time changes the loss, per unit of "
        f"nudge, by {write(right)}"
    ),
    advice=say.PRELU_ALPHA_ADVICE,
    praise=say.PRELU_PRAISE,
)


def _draw(rng: np.random.Generator, n_images: int, alpha: np.ndarray) -> tuple:
    """Pre-activations of either sign in every unit, and none of them 0."""
    shape = (n_images, len(alpha))
    sign = np.where(np.arange(n_images) % 2, 1, -1)[:, None] * np.ones(shape)
    z = rng.permuted(sign, axis=0) * np.round(rng.uniform(0.2, 2, shape), 1)
    gradient = np.round(rng.uniform(0.2, 2, shape), 1) * rng.choice([-1, 1], shape)
    return z, alpha, gradient


def judge_prelu(fn: Callable, rng: np.random.Generator) -> Result:
    """Judge `prelu_gradients`: first what it says of z, then what it says of alpha."""
    few = np.round(rng.uniform((0.1, 0.5), (0.4, 0.9)), 1)
    steep = np.array([0.0, np.round(rng.uniform(1.3, 2), 1)])
    many = rng.uniform(-0.5, 1.5, 8)
    inputs = [_draw(rng, 3, few), _draw(rng, 3, steep), _draw(rng, 30, many)]
    outcomes = [guard.call(fn, args, NAMES) for args in inputs]
    pairs = []
    for args, outcome in zip(inputs, outcomes, strict=True):
        pair, complaint = _pair(outcome.value, args[0])
        if complaint:
            given = zip(NAMES, map(describe, args), strict=True)
            return Result(
                Status.INCORRECT,
                complaint,
                Counterexample(tuple(given), describe(outcome.value), _shapes(args[0])),
                printed=outcome.printed,
            )
        pairs.append(pair)
    for part, question in enumerate((_FOR_Z, _FOR_ALPHA)):
        result = expect_close(
            replay([pair[part] for pair in pairs]),
            inputs,
            question,
            tolerance=1e-6,
            floor=1.0,
        )
        if not result.correct:
            result = replace(result, printed=outcomes[0].printed)
            break
    changed = sorted({i for outcome in outcomes for i in outcome.changed})
    if not changed:
        return result
    lead = "The numbers are right. But" if result.correct else f"{result.message}\nAlso"
    names = " and ".join(NAMES[i] for i in changed)
    message = f"{lead}: {CHANGED.format(names=names)}"
    return replace(result, status=Status.INCORRECT, message=message)


def _shapes(z: np.ndarray) -> str:
    return (
        f"two arrays are expected here: one of shape {z.shape}, for z, and one of "
        f"shape {z.shape[1:]}, for alpha"
    )


def _pair(value: object, z: np.ndarray) -> tuple[tuple, str]:
    """The two parts of an answer, or what to say when they are not two such parts."""
    if value is None:
        return (), guard.RETURNED_NONE
    try:
        for_z, for_alpha = value
        shapes = np.shape(for_z), np.shape(for_alpha)
    except Exception:
        return (), say.PRELU_NOT_TWO
    n_units = z.shape[1:]
    if shapes == (n_units, z.shape):
        return (), say.PRELU_SWAPPED
    if shapes == (z.shape, z.shape):
        return (), say.PRELU_PER_IMAGE
    if shapes == (z.shape, (len(z),)):
        return (), say.PRELU_PER_ROW
    if shapes == (z.shape, ()):
        return (), say.PRELU_ONE_FOR_ALL
    return (for_z, for_alpha), ""
