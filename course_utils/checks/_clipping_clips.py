"""A check of lesson 05: three ways to clip a list of gradients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from course_utils.checks import _clipping_messages as say
from course_utils.checks._clipping_vectors import (
    Arrays,
    cosine,
    joined,
    norm,
)
from course_utils.checks.guard import adding
from course_utils.checks.judging import Misconception, Question
from course_utils.checks.lists import expect_arrays
from course_utils.checks.result import Result


def _shortened(array: np.ndarray, length: float, limit: float) -> np.ndarray:
    """An array times limit / length, where the length is over the limit."""
    return array * (limit / length) if length > limit else array * 1.0


_LENGTHS = {
    "right": norm,
    "squared": lambda a: norm(a) ** 2,
    "sizes": lambda a: float(np.sum(np.abs(a))),
    "largest": lambda a: float(np.max(np.abs(a))),
    "spectral": lambda a: float(np.linalg.norm(a, 2)),
}
_ENTRIES = {
    "right": lambda g, limit: np.maximum(np.minimum(g, limit), -limit),
    "one side": np.minimum,
    "positive only": lambda g, limit: np.clip(g, 0, limit),
    "no sign": lambda g, limit: np.minimum(np.abs(g), limit),
    "all at limit": lambda g, limit: np.sign(g) * limit,
    "whole arrays": lambda g, limit: _shortened(g, norm(g), limit),
    "unit": lambda g, limit: np.clip(g, -1, 1),
}


def _by_value(how: str) -> Callable:
    return lambda gradients, limit, rule: [_ENTRIES[how](g, limit) for g in gradients]


def _length_of_all(gradients: Arrays, how: str) -> float:
    if how == "sum of norms":
        return sum(map(norm, gradients))
    if how == "root of norms":
        return float(np.sqrt(sum(map(norm, gradients))))
    if how == "largest norm":
        return max(map(norm, gradients))
    if how == "spectral":
        return norm(np.array([_LENGTHS["spectral"](g) for g in gradients]))
    return _LENGTHS.get(how, norm)(joined(gradients))


def _by_norm(how: str, together: bool) -> Callable:
    """Clipping by norm, of each array or of all together, right or with a mistake."""
    if how in ("together", "alone"):
        return _by_norm("right", not together)
    if how == "entries":
        return _by_value("right")

    def clip(gradients: Arrays, limit: float, rule: str) -> Arrays:
        whole = _length_of_all(gradients, how)
        out = []
        for g in gradients:
            length = whole if together else _LENGTHS.get(how, norm)(g)
            if how == "stretches":
                out.append(g * limit / length)
            elif how == "unit":
                out.append(g / length if length > limit else g)
            elif how == "unit at most":
                out.append(g / max(1.0, length))
            elif how == "squared root asked":
                out.append(g * limit / length**2 if length > limit else g)
            else:
                out.append(_shortened(g, length, limit))
        return out

    return clip


def _wrong_clips(rule: str) -> tuple[Misconception, ...]:
    words = say.CLIP_MISTAKES[rule]
    if rule == "value":
        return tuple(Misconception(_by_value(how), words[how]) for how in words)
    together = rule == "global"
    other_ways = {"squared root asked": "squared", "unit at most": "unit"}
    named = {how: how for how in words} | other_ways
    return tuple(
        Misconception(_by_norm(how, together), words[name])
        for how, name in named.items()
    )


def _became(before: float, after: float, limit: float, write: Callable) -> str:
    old, new = write(before), write(after)
    if old == new:
        return f"{old} and stayed so"
    short = ", though it was within the limit" if abs(before) <= limit else ""
    return f"{old} and became {new}{short}"


def _clip_broken(args: tuple, got: Arrays, right: Arrays, write: Callable) -> str:
    gradients, limit, rule = args
    if rule == "global":
        sizes = norm(joined(gradients)), norm(joined(got))
        what = f"the norm of all arrays was {_became(*sizes, limit, write)}"
        turned = cosine(gradients, got) < 1 - 1e-6
        return f"{what}, and the step has turned" if turned else what
    k = next(k for k, g in enumerate(got) if not np.allclose(g, right[k], 1e-6))
    before, after, wanted = (arrays[k].ravel() for arrays in (gradients, got, right))
    if rule == "norm":
        sizes = norm(before), norm(after)
        return f"the norm of array {k + 1} was {_became(*sizes, limit, write)}"
    i = int(np.argmin(np.isclose(after, wanted, 1e-6)))
    what = _became(float(before[i]), float(after[i]), limit, write)
    return f"an entry of array {k + 1} was {what}"


_CLIP = {
    rule: Question(
        names=("gradients", "limit", "rule"),
        reference=reference,
        misconceptions=_wrong_clips(rule),
        broken=_clip_broken,
        advice=say.CLIP_ADVICE[rule],
        praise=say.CLIP_PRAISE,
    )
    for rule, reference in {
        "value": _by_value("right"),
        "norm": _by_norm("right", together=False),
        "global": _by_norm("right", together=True),
    }.items()
}


def _draw_gradients(limit: float, rng: np.random.Generator) -> list[Arrays]:
    """Lists of gradients: one short array beside long ones, and all short."""

    def draw(low: float, high: float, *shape: int) -> np.ndarray:
        signs = np.resize([1.0, -1.0], shape)
        return np.round(signs * limit * rng.uniform(low, high, shape), 2)

    return [
        [draw(1.6, 4, 2), draw(0.2, 0.4, 2)],
        [draw(0.1, 0.3, 2), draw(0.1, 0.3, 1)],
        [draw(1.6, 4, 2, 2), draw(0.2, 0.4, 3), -draw(2, 3, 1)],
    ]


def _judge_rule(
    fn: Callable, rng: np.random.Generator, rule: str, question: Question
) -> Result:
    """One rule: ordinary gradients first, then arrays of zeros."""
    limit = float(rng.choice([0.5, 2.0, 3.0, 5.0]))
    drawn = _draw_gradients(limit, rng)
    inputs = [(gradients, limit, rule) for gradients in drawn]
    result = expect_arrays(fn, inputs, question, tolerance=1e-6, floor=1.0)
    if not result.correct:
        return result
    zeros = [np.zeros(2), drawn[0][0]], [np.zeros(2), np.zeros(1)]
    inputs = [(gradients, limit, rule) for gradients in zeros]
    question = replace(question, misconceptions=(), not_finite=say.CLIP_ZERO)
    return expect_arrays(fn, inputs, question, tolerance=1e-6, floor=1.0)


def judge_clip(fn: Callable, rng: np.random.Generator) -> Result:
    """Judge `clip` rule by rule, and say which rules are right already."""
    result, done = None, []
    for rule, question in _CLIP.items():
        with adding(say.RAGGED, "inhomogeneous"), adding(say.CLIP_ZERO, "ZeroDivision"):
            result = _judge_rule(fn, rng, rule, question)
        if not result.correct:
            lead = f"{' and '.join(done)} {'is' if len(done) == 1 else 'are'} right. "
            return replace(result, message=(lead if done else "") + result.message)
        done.append(repr(rule))
    return result
