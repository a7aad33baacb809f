"""A check of lesson 07: L2 in Adam, and decay beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from course_utils.checks import _optimizers_adam_messages as say
from course_utils.checks import guard
from course_utils.checks._optimizers_adam import (
    EXACT,
    PARTS,
    STATE,
    Array,
    adam,
    broken,
    corrections,
    draw_state,
    judge_path,
)
from course_utils.checks._optimizers_steps import Parts, expect_parts
from course_utils.checks.judging import Misconception, Question
from course_utils.checks.result import Result, Status

_REST = ((0.9, 0.999), 1e-8)


def _penalty(theta: Array, strength: float, rate: float, how: str) -> Array:
    """What is added to the gradient."""
    if how == "norm":
        return strength * theta / np.sqrt(np.sum(theta**2))
    if how == "length":
        return np.full_like(theta, strength * np.sqrt(np.sum(theta**2)))
    if how == "sign":
        return strength * np.sign(theta)
    factor = {"twice": 2.0, "with rate": rate, "away": -1.0, "none": 0.0}
    return factor.get(how, 1.0) * strength * theta


def _l2(
    theta: Array,
    g: Array,
    m: Array,
    s: Array,
    t: int,
    rate: float,
    strength: float,
    rule: str,
    how: str = "",
) -> Parts:
    if how == "decoupled":
        return _decoupled(theta, g, m, s, t, rate, strength, rule)
    whole = g + _penalty(theta, strength, rate, how)
    right = adam(theta, whole, m, s, t, rate, *_REST)
    if how not in ("only m", "only s"):
        return right
    plain = adam(theta, g, m, s, t, rate, *_REST)
    new_m, new_s = (right[1], plain[2]) if how == "only m" else (plain[1], right[2])
    first, second = corrections(t + 1, _REST[0], "")
    moved = theta - rate * new_m / first / (np.sqrt(new_s / second) + _REST[1])
    return [moved, new_m, new_s, t + 1]


def _decoupled(
    theta: Array,
    g: Array,
    m: Array,
    s: Array,
    t: int,
    rate: float,
    strength: float,
    rule: str,
    how: str = "",
) -> Parts:
    if how == "l2":
        return _l2(theta, g, m, s, t, rate, strength, rule)
    given = g + strength * theta if how == "both" else g
    moved, m, s, t = adam(theta, given, m, s, t, rate, *_REST)
    factor = {"away": -1.0, "twice": 2.0, "none": 0.0}.get(how, 1.0)
    factor = 1 / rate if how == "no rate" else factor
    lost = factor * rate * strength * (moved if how == "after" else theta)
    if how == "adaptive":
        lost = lost / (np.sqrt(s / (1 - _REST[0][1] ** t)) + _REST[1])
    return [moved - lost, m, s, t]


_DECAY = {
    rule: Question(
        names=(*STATE, "learning_rate", "strength", "rule"),
        reference=step,
        misconceptions=tuple(
            Misconception(partial(step, how=how), message)
            for how, message in say.DECAY_MISTAKES[rule].items()
        ),
        broken=broken,
        advice=say.DECAY_ADVICE[rule],
        praise=say.DECAY_PRAISE,
        not_finite=say.DECAY_NAN,
    )
    for rule, step in {"l2": _l2, "decoupled": _decoupled}.items()
}


def _judge_rule(
    fn: Callable, question: Question, inputs: list[tuple], rule: str, done: str
) -> Result:
    """Single steps by one rule; a second rule may still be empty."""
    try:
        return expect_parts(fn, inputs, question, PARTS, **EXACT)
    except guard.Stopped as stopped:
        if done and stopped.result.status is Status.NOT_ATTEMPTED:
            message = say.DECAY_EMPTY.format(rule=rule)
            return Result(Status.INCORRECT, message, line=stopped.result.line)
        raise


def judge_decay(fn: Callable, rng: np.random.Generator) -> Result:
    """Judge `decayed_step` rule by rule, and say which rule is right already."""
    result, done = None, ""
    for rule, question in _DECAY.items():
        strength = float(rng.choice([0.1, 0.2, 0.4]))
        inputs = [
            (*draw_state(rng, 0, 2), 0.1, strength, rule),
            (*draw_state(rng, int(rng.integers(3, 9)), 3), 0.2, strength, rule),
            (*draw_state(rng, 50, 2, 2), 0.01, strength, rule),
        ]
        result = _judge_rule(fn, question, inputs, rule, done)
        if result.correct:
            result = judge_path(fn, question, rng, 0.1, strength, rule)
        if not result.correct:
            return replace(result, message=done + result.message)
        done = f"{rule!r} is right. "
    return result
