"""The checks of lesson 08: half-lives, steps, a cycle, a plateau, a range test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from course_utils.checks import _schedules_messages as say
from course_utils.checks import _schedules_reading_messages as reading
from course_utils.checks._schedules_cycle import judge_cycle
from course_utils.checks._schedules_plateau import judge_plateau
from course_utils.checks._schedules_range import judge_range
from course_utils.checks._schedules_resume import judge_resume
from course_utils.checks.exercise import Exercise
from course_utils.checks.guard import adding
from course_utils.checks.judging import Misconception, Question, expect_close
from course_utils.checks.result import Result

SLUG = "learning_rate_schedules"


# 1. Three shapes, one half-life -------------------------------------------------------

# What is left of the rate after t steps, for the half-life h.
_RIGHT = {
    "power": lambda t, h: h / (h + t),
    "root": lambda t, h: np.sqrt(h / (h + 3 * t)),
    "exponential": lambda t, h: np.exp2(-np.divide(t, h)),
}
_WRONG = {
    "power": {
        "exponential": (_RIGHT["exponential"],),
        "linear": (
            lambda t, h: 1 - t / (2 * h),
            lambda t, h: np.maximum(0, 1 - t / (2 * h)),
        ),
        "upside down": (lambda t, h: 1 / (1 + t * h),),
        "scale": (
            lambda t, h: 1 / (1 + t / (2 * h)),
            lambda t, h: 1 / (1 + 2 * t / h),
        ),
        "other exponent": (_RIGHT["root"], lambda t, h: 1 / np.sqrt(1 + t / h)),
        "all steps": (lambda t, h: 1 / (1 + t),),
    },
    "root": {
        "half-life as s": (lambda t, h: 1 / np.sqrt(1 + t / h),),
        "no root": (
            _RIGHT["power"],
            lambda t, h: 1 / (1 + 3 * t / h),
        ),
        "square": (
            lambda t, h: (1 + t / h) ** -2.0,
            lambda t, h: (1 + t * (np.sqrt(2) - 1) / h) ** -2.0,
        ),
        "scale": (
            lambda t, h: 1 / np.sqrt(1 + 2 * t / h),
            lambda t, h: 1 / np.sqrt(1 + 4 * t / h),
            lambda t, h: 1 / np.sqrt(1 + t / (2 * h)),
        ),
        "upside down": (lambda t, h: 1 / np.sqrt(1 + t / (3 * h)),),
    },
    "exponential": {
        "half-life as s": (lambda t, h: 0.1 ** (t / h),),
        "base e": (lambda t, h: np.exp(-t / h),),
        "upside down": (
            lambda t, h: np.exp(-t / (h * np.log(2))),
            lambda t, h: 0.1 ** (t / (h * np.log10(2))),
        ),
        "two logarithms": (
            lambda t, h: np.exp(-t * np.log10(2) / h),
            lambda t, h: 0.1 ** (t * np.log(2) / h),
        ),
        "power": (_RIGHT["power"],),
        "every step": (lambda t, h: 0.5**t,),
    },
}


def _shifted(left: Callable) -> Callable:
    return lambda t, h: left(t + 1, h)


def _in_stairs(left: Callable) -> Callable:
    return lambda t, h: left(t // h, 1.0)


def _wrong_shapes(kind: str) -> dict[str, tuple[Callable, ...]]:
    """What is left by each mistake, with those that any kind can have."""
    right = _RIGHT[kind]
    also = (_WRONG[kind].get("half-life as s") or ())[:1]
    return _WRONG[kind] | {
        "begins decayed": (_shifted(right), *map(_shifted, also)),
        "stairs": (_in_stairs(right), *map(_in_stairs, also)),
    }


def _as_schedule(left: Callable) -> Callable:
    return lambda step, learning_rate, half_life, kind: (
        learning_rate * left(step, half_life)
    )


def _decayed_broken(args: tuple, got: object, right: object, write: Callable) -> str:
    step, learning_rate, half_life, _ = args
    if np.ndim(step):
        return f"it should be {write(right)}"
    if step == 0:
        return f"at step 0 nothing has decayed: the rate is still {write(right)}"
    if step == half_life:
        return f"at the half-life the rate is {write(right)}, half of {learning_rate}"
    return f"after {step / half_life:g} half-lives the rate should be {write(right)}"


_DECAYED = {
    kind: Question(
        names=("step", "learning_rate", "half_life", "kind"),
        reference=_as_schedule(right),
        misconceptions=tuple(
            Misconception(_as_schedule(wrong), (say.HALF_LIFE | say.DECAYED[kind])[how])
            for how, wrongs in _wrong_shapes(kind).items()
            for wrong in wrongs
        ),
        broken=_decayed_broken,
        advice=say.DECAYED_ADVICE[kind],
        praise=say.DECAYED_PRAISE,
    )
    for kind, right in _RIGHT.items()
}


def _judge_decayed(fn: Callable, rng: np.random.Generator) -> Result:
    """Judge `decayed` kind by kind, and say which kinds are right already."""
    result, done = None, []
    for kind, question in _DECAYED.items():
        learning_rate = float(rng.choice([0.01, 0.02, 0.05, 0.1, 0.3]))
        half_life = 10 * int(rng.integers(6, 60))
        steps = [0, half_life, 2 * half_life, half_life // 2, 5 * half_life // 2]
        many = np.sort(rng.integers(1, 4 * half_life, 3))
        inputs = [(t, learning_rate, half_life, kind) for t in (*steps, many)]
        with (
            adding(say.DECAYED_ONE, "not iterable"),
            adding(say.DECAYED_ONE, "subscriptable"),
            adding(say.DECAYED_MANY, "ambiguous"),
            adding(say.DECAYED_MANY, "scalar"),
        ):
            result = expect_close(fn, inputs, question, tolerance=1e-6)
        if not result.correct:
            lead = f"{' and '.join(done)} {'is' if len(done) == 1 else 'are'} right. "
            return replace(result, message=(lead if done else "") + result.message)
        done.append(repr(kind))
    return result


# All of them, in the order of the notebook --------------------------------------------

FORBIDDEN = ("course_utils.learning_rate_schedules",)
"""The module that has the answers, where they are graded."""

decayed = Exercise(
    "decayed", SLUG, _judge_decayed, say.DECAYED_HINTS, forbidden=FORBIDDEN
)
resume = Exercise("resume", SLUG, judge_resume, say.RESUME_HINTS, forbidden=FORBIDDEN)
one_cycle = Exercise(
    "one_cycle", SLUG, judge_cycle, say.CYCLE_HINTS, forbidden=FORBIDDEN
)
plateau = Exercise(
    "plateau", SLUG, judge_plateau, reading.PLATEAU_HINTS, forbidden=FORBIDDEN
)
choose_rate = Exercise(
    "choose_rate", SLUG, judge_range, reading.RANGE_HINTS, forbidden=FORBIDDEN
)
EXERCISES = (decayed, resume, one_cycle, plateau, choose_rate)
