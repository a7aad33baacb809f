"""The checks of lesson 05: three clips, an angle, a threshold, and what they do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from course_utils.checks import _clipping_messages as say
from course_utils.checks import _clipping_step_messages as steps
from course_utils.checks._clipping_clips import judge_clip
from course_utils.checks._clipping_steps import judge_adam, judge_turn
from course_utils.checks._clipping_vectors import (
    Arrays,
    between,
    cosine,
    joined,
    norm,
)
from course_utils.checks.exercise import Exercise
from course_utils.checks.guard import adding
from course_utils.checks.judging import Misconception, Question, expect_close
from course_utils.checks.result import Result

SLUG = "gradient_clipping"


# 2. The angle between two gradients ---------------------------------------------------


def _parts(gradients: Arrays, others: Arrays, of: Callable) -> np.ndarray:
    pairs = zip(gradients, others, strict=True)
    return np.array([of([a], [b]) for a, b in pairs])


def _cosine_by_parts(gradients: Arrays, others: Arrays) -> float:
    below = _parts(gradients, others, lambda a, b: norm(a[0]) * norm(b[0])).sum()
    return float(joined(gradients) @ joined(others) / below)


def _degrees(cosine: float) -> float:
    return float(np.degrees(np.arccos(cosine)))


_WRONG_ANGLES = {
    "mean of angles": lambda a, b: _parts(a, b, between).mean(),
    "sum of angles": lambda a, b: _parts(a, b, between).sum(),
    "mean of cosines": lambda a, b: _degrees(_parts(a, b, cosine).mean()),
    "norms of parts": lambda a, b: _degrees(_cosine_by_parts(a, b)),
    "radians": lambda a, b: np.radians(between(a, b)),
    "cosine": cosine,
    "acute": lambda a, b: _degrees(abs(cosine(a, b))),
}
_ANGLE = Question(
    names=("gradients", "others"),
    reference=between,
    misconceptions=tuple(
        Misconception(_WRONG_ANGLES[how], message)
        for how, message in say.ANGLE_MISTAKES.items()
    ),
    broken=lambda args, got, right, write: f"measured, the angle is {write(right)}",
    advice=say.ANGLE_ADVICE,
    praise=say.ANGLE_PRAISE,
)


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)


# Ways to compute the cosine of two vectors, each with a last digit of its own.
_COSINES = (
    lambda u, v: u @ v / (np.linalg.norm(u) * np.linalg.norm(v)),
    lambda u, v: u @ v / np.sqrt((u @ u) * (v @ v)),
    lambda u, v: _unit(u) @ _unit(v),
    lambda u, v: np.sum(u * v) / np.sqrt(np.sum(u * u)) / np.sqrt(np.sum(v * v)),
)


def _draw_line(formula: Callable, rng: np.random.Generator) -> tuple[Arrays, Arrays]:
    """Two parallel lists for which a formula's cosine is rounded to more than 1."""
    for _ in range(10_000):
        a = [np.round(rng.uniform(-3, 3, n), 1) for n in (2, 3)]
        factor = np.round(rng.uniform(0.1, 0.9), 2)
        b = [array * factor for array in a]
        if formula(joined(a), joined(b)) > 1:
            return a, b
    raise RuntimeError("no cosine was rounded to more than 1 in 10000 draws")


def _judge_angle(fn: Callable, rng: np.random.Generator) -> Result:
    def draw(*shapes: tuple[int, ...]) -> Arrays:
        sizes = 10 ** rng.uniform(-0.5, 1, len(shapes))
        pairs = zip(sizes, shapes, strict=True)
        return [np.round(size * rng.uniform(0.2, 1, shape), 1) for size, shape in pairs]

    few, many = ((2,), (2,)), ((2, 2), (3,), (1,))
    a, b, c = draw(*few), draw(*many), draw(*many)
    against = [-c[0], -c[1][::-1], -c[2]]
    usual = [(a, [a[0][::-1] + 0.3, draw((2,))[0]]), (b, c), (b, against)]
    lines = [_draw_line(formula, rng) for formula in 2 * _COSINES]
    lines.append((lines[0][0], [-array for array in lines[0][1]]))
    stages = [
        (usual, say.ANGLE_ADVICE, say.ANGLE_NO_COSINE),
        (lines, say.ANGLE_LINE, say.ANGLE_ROUNDING),
        (
            [([a[0], np.zeros(2)], [a[0][::-1] + 0.3, a[1]])],
            say.ANGLE_OF_ZEROS,
            say.ANGLE_OF_ZEROS,
        ),
    ]
    result = None
    for inputs, advice, nan in stages:
        question = replace(_ANGLE, advice=advice, not_finite=nan)
        if inputs is not usual:
            question = replace(question, misconceptions=())
        with adding(nan, "math domain"), adding(say.RAGGED, "inhomogeneous"):
            result = expect_close(fn, inputs, question, tolerance=1e-5, floor=100.0)
        if not result.correct:
            break
    return result


# 3. A threshold from a history --------------------------------------------------------


def _finite(norms: np.ndarray) -> np.ndarray:
    return norms[np.isfinite(norms)]


def _threshold(norms: np.ndarray, share: float) -> float:
    """Halfway between the longest step that stays and the shortest that is clipped."""
    longest_first = np.sort(_finite(norms))[::-1]
    k = round(share * len(longest_first))
    return float(longest_first[k - 1 : k + 1].mean())


def _sorted_at(norms: np.ndarray, share: float, shift: int) -> float:
    finite = np.sort(_finite(norms))
    return float(finite[round(share * len(finite)) + shift])


def _spread(widths: float) -> Callable:
    return lambda norms, share: _finite(norms).mean() + widths * _finite(norms).std()


_WRONG_THRESHOLDS = {
    "mean": (lambda norms, share: _finite(norms).mean(),),
    "spread": (_spread(1), _spread(2), _spread(3)),
    "maximum": (lambda norms, share: _finite(norms).max(),),
    "upside down": (
        lambda norms, share: np.quantile(_finite(norms), share),
        lambda norms, share: _sorted_at(norms, share, 0),
        lambda norms, share: _sorted_at(norms, share, -1),
    ),
    "percent": (
        lambda norms, share: np.percentile(_finite(norms), 1 - share),
        lambda norms, share: np.percentile(_finite(norms), share),
    ),
    "median": (lambda norms, share: np.median(_finite(norms)),),
    "of maximum": (
        lambda norms, share: _finite(norms).max() * (1 - share),
        lambda norms, share: _finite(norms).max() * share,
    ),
    "not a number as zero": (
        lambda norms, share: np.quantile(
            np.where(np.isfinite(norms), norms, 0.0), 1 - share
        ),
    ),
    "made finite": (lambda norms, share: np.quantile(np.nan_to_num(norms), 1 - share),),
    "infinite counts": (
        lambda norms, share: np.sort(norms[~np.isnan(norms)])[::-1][
            round(share * np.count_nonzero(~np.isnan(norms)))
        ],
        lambda norms, share: np.quantile(
            np.where(np.isinf(norms), 1e300, norms)[~np.isnan(norms)], 1 - share
        ),
    ),
}


def _count(args: tuple, got: float, right: float, write: Callable) -> str:
    norms, share = args
    finite = _finite(norms)
    return (
        f"of the {len(finite)} finite norms {np.count_nonzero(finite > got)} are "
        f"longer than that, and {round(share * len(finite))} should be"
    )


_THRESHOLD = Question(
    names=("norms", "share"),
    reference=_threshold,
    misconceptions=tuple(
        Misconception(wrong, say.THRESHOLD_MISTAKES[how])
        for how, wrongs in _WRONG_THRESHOLDS.items()
        for wrong in wrongs
    ),
    broken=_count,
    advice=say.THRESHOLD_ADVICE,
    praise=say.THRESHOLD_PRAISE,
    not_finite=say.THRESHOLD_NAN,
)


def _draw_history(
    n: int, k: int, lost: int, rng: np.random.Generator
) -> tuple[np.ndarray, float]:
    """Norms of `n` steps, shuffled, half of the longest `k` spikes; `lost` not finite.

    The two norms between which the threshold lies are near each other, the others are
    not: every definition of a quantile gives the same threshold, and no other rule.
    """
    growth = rng.uniform(1.06, 1.12, n)
    growth[n - k] = 1.003
    norms = rng.uniform(0.5, 2.0) * np.cumprod(growth)
    norms[n - k // 2 :] *= rng.uniform(50, 300)
    norms = np.concatenate([np.round(norms, 3), [np.inf, np.nan, np.inf][:lost]])
    return rng.permutation(norms), k / n


# All finite first: whoever has two things to learn meets them one by one.
_HISTORIES = (((10, 2, 0), (20, 2, 0)), ((20, 5, 3), (16, 4, 3)))


def _judge_threshold(fn: Callable, rng: np.random.Generator) -> Result:
    result = None
    for sizes in _HISTORIES:
        inputs = [_draw_history(*size, rng) for size in sizes]
        result = expect_close(fn, inputs, _THRESHOLD, tolerance=0.01)
        if not result.correct:
            break
    return result


# All of them, in the order of the notebook --------------------------------------------

FORBIDDEN = tuple(
    f"course_utils.gradient_clipping.{name}"
    for name in (
        "clip_by_value",
        "clip_by_norm",
        "clip_by_global_norm",
        "angle",
        "threshold_from",
    )
)
"""Functions of the course that are answers, where they are graded."""

clip = Exercise("clip", SLUG, judge_clip, say.CLIP_HINTS, forbidden=FORBIDDEN)
angle = Exercise("angle", SLUG, _judge_angle, say.ANGLE_HINTS, forbidden=FORBIDDEN)
threshold_for = Exercise(
    "threshold_for", SLUG, _judge_threshold, say.THRESHOLD_HINTS, forbidden=FORBIDDEN
)
turning_limit = Exercise("turning_limit", SLUG, judge_turn, steps.TURN_HINTS)
adam_lengths = Exercise("adam_lengths", SLUG, judge_adam, steps.ADAM_HINTS)
EXERCISES = (clip, angle, threshold_for, turning_limit, adam_lengths)
