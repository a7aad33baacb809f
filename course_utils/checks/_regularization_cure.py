"""A check of lesson 09: read the record of a training, and say what to do first."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from course_utils.checks import _regularization_record_messages as say
from course_utils.checks.judging import Misconception, Question, expect_word
from course_utils.checks.replay import in_drawn_order
from course_utils.checks.result import Result, describe

WORDS = ("keep", "fit more", "stop earlier", "regularize", "collect data")
AT_WORK = 1.5
EPOCHS = 10


@dataclass(frozen=True)
class Kind:
    """A kind of training; losses as multiples of the goal, drawn between two ends.

    Attributes:
        word: what to do first.
        clean: training loss of the finished network.
        noise: the reported training loss over the clean one.
        best: lowest validation loss.
        last: validation loss at the end; lower ends than `best` mean: the same.
    """

    word: str
    clean: tuple[float, float]
    noise: tuple[float, float]
    best: tuple[float, float]
    last: tuple[float, float] = (0.0, 0.0)


OFF, ON = (1.02, 1.12), (2.0, 2.6)
KEEP, DROPOUT_KEEP, LOW_KEEP = (
    Kind("keep", (0.3, 0.45), OFF, (0.75, 0.85)),
    Kind("keep", (0.5, 0.58), (2.3, 2.6), (0.75, 0.85)),
    Kind("keep", (0.41, 0.44), (2.0, 2.1), (0.65, 0.75)),
)
UNDER, DROPOUT_UNDER = (
    Kind("fit more", (1.3, 1.6), OFF, (1.8, 2.2)),
    Kind("fit more", (1.3, 1.6), ON, (1.75, 2.1)),
)
STOP, DROPOUT_STOP = (
    Kind("stop earlier", (0.05, 0.2), OFF, (0.75, 0.85), (1.3, 1.8)),
    Kind("stop earlier", (0.2, 0.3), ON, (0.75, 0.85), (1.25, 1.5)),
)
OVER, RISING = (
    Kind("regularize", (0.2, 0.4), OFF, (1.25, 1.5)),
    Kind("regularize", (0.05, 0.2), OFF, (1.2, 1.35), (1.7, 2.2)),
)
SHORT, LOUD, RISING_SHORT = (
    Kind("collect data", (0.3, 0.4), ON, (1.4, 1.8)),
    Kind("collect data", (0.8, 0.88), ON, (1.25, 1.4)),
    Kind("collect data", (0.3, 0.4), ON, (1.2, 1.3), (1.5, 1.8)),
)
# Whoever has two things to learn meets them one by one: kinds of training, and the
# mistakes that show in them.
_AT_WORK = ("no regularizer seen", "no regularizer missed", "the other way", "by valid")
STAGES = (
    (
        (KEEP, DROPOUT_KEEP, UNDER, DROPOUT_UNDER, LOW_KEEP),
        ("logged", "above", "gap", "fit unseen"),
    ),
    (
        (STOP, RISING, DROPOUT_STOP, RISING_SHORT, LOUD),
        ("logged", "best for last", "never stops", "any rise", *_AT_WORK),
    ),
    ((OVER, SHORT, LOUD, RISING, SHORT), ("logged", *_AT_WORK)),
)


def _fall(start: float, end: float, rng: np.random.Generator) -> np.ndarray:
    """A curve that falls to its end, and is not quite smooth on the way."""
    t = np.arange(EPOCHS)
    fading = (np.exp(-t / rng.uniform(1.2, 2)) - np.exp(-(EPOCHS - 1) / 2)).clip(0)
    curve = end + (start - end) * fading
    curve[:-1] *= 1 + np.abs(rng.normal(0, 0.01, EPOCHS - 1)).clip(0, 0.03)
    return curve


def draw_record(kind: Kind, rng: np.random.Generator) -> dict:
    """The record of a training of this kind; see the exercise for the keys."""
    goal = round(rng.uniform(0.25, 0.6), 2)
    clean, best, last = (
        goal * rng.uniform(*ends) for ends in (kind.clean, kind.best, kind.last)
    )
    reported = clean * rng.uniform(*kind.noise)
    start = max(3 * goal, 1.5 * reported, 1.2 * best)
    logged, valid = _fall(1.1 * start, reported, rng), _fall(start, best, rng)
    if last > best:
        turn = int(rng.integers(3, 6))
        valid = np.interp(
            np.arange(EPOCHS),
            [0, turn // 2, turn, EPOCHS - 1],
            [start, (start + 2 * best) / 3, best, last],
        )
    return {
        "logged": np.round(logged, 3),
        "clean": round(clean, 3),
        "valid": np.round(valid, 3),
        "goal": goal,
    }


def right_cure(record: dict, *mistakes: str) -> str:
    """The rule of the exercise, or one with known mistakes in it."""
    logged, valid = record["logged"], record["valid"]
    clean, goal, last, best = record["clean"], record["goal"], valid[-1], valid.min()
    at_work = logged[-1] > (last if "by valid" in mistakes else AT_WORK * clean)
    if "above" in mistakes and logged[-1] > last:
        return "fit more"
    first = "logged first" in mistakes
    fits = (logged[-1] if "logged" in mistakes or first else clean) <= goal
    if first and not fits:
        return "fit more"
    kept = best if "best for last" in mistakes else last
    if kept <= goal and not ("gap" in mistakes and last > 1.1 * clean):
        return "keep"
    if not fits and "fit unseen" not in mistakes:
        return "fit more"
    if "any rise" in mistakes and last > 1.05 * best:
        return "stop earlier"
    if best <= goal and "never stops" not in mistakes:
        return "stop earlier"
    if "the other way" in mistakes:
        at_work = not at_work
    if "no regularizer seen" in mistakes or "no regularizer missed" in mistakes:
        at_work = "no regularizer missed" in mistakes
    return "collect data" if at_work else "regularize"


def _always(word: str) -> Callable[[dict], str]:
    """The rule, but with this word for whatever does not fit its training data."""

    def cure(record: dict) -> str:
        right = right_cure(record)
        return word if right == "fit more" else right

    return cure


def _rule(*mistakes: str) -> Callable[[dict], str]:
    return lambda record: right_cure(record, *mistakes)


def _regularized(record: dict) -> str:
    """The rule, but what has been good enough is regularized, too."""
    right = right_cure(record)
    return "regularize" if right == "stop earlier" else right


_MISTAKES = {mistake: (_rule(mistake),) for mistake in say.CURE_MISTAKES}
_MISTAKES["logged"] += (_rule("logged first"),)
_MISTAKES["gap"] += tuple(
    _rule("gap", "never stops", *more)
    for more in ((), ("no regularizer seen",), ("no regularizer missed",))
)
_MISTAKES["fit unseen"] += (_always("regularize"), _always("collect data"))
_MISTAKES["never stops"] += (_regularized,)
# Whoever makes one of these and does not see a regularizer at work hears of it first.
for _mistake in ("best for last", "never stops", "any rise"):
    _MISTAKES[_mistake] += tuple(_rule(_mistake, more) for more in _AT_WORK)


def _facts(args: tuple, got: object, right: str, write: object) -> str:
    (record,) = args
    logged, valid = record["logged"][-1], record["valid"]
    goal, clean = describe(record["goal"]), describe(record["clean"])
    lowest = describe(valid.min())
    never = f"its validation loss was {lowest} at best, with {goal} the goal"
    return {
        "keep": f"its validation loss is {describe(valid[-1])}, with {goal} the goal",
        "fit more": (
            f"its clean training loss is {clean}, with {goal} the goal, and its "
            f"validation loss is {describe(valid[-1])}"
        ),
        "stop earlier": (
            f"its validation loss is {describe(valid[-1])} and was {lowest} after "
            f"epoch {int(valid.argmin()) + 1}, with {goal} the goal"
        ),
        "regularize": (
            f"{never}, and its training loss is {clean}, reported as {describe(logged)}"
        ),
        "collect data": (
            f"{never}, and its training loss is {clean}, reported as {describe(logged)}"
        ),
    }[right]


_CURE = Question(
    names=("record",),
    reference=right_cure,
    broken=_facts,
    advice=say.CURE_ADVICE,
    praise=say.CURE_PRAISE,
)


def _misconceptions(mistakes: tuple[str, ...]) -> tuple[Misconception, ...]:
    return tuple(
        Misconception(wrong, say.CURE_MISTAKES[mistake])
        for mistake in mistakes
        for wrong in _MISTAKES[mistake]
    )


def judge_cure(fn: Callable, rng: np.random.Generator) -> Result:
    """Judge `cure`: first what is good or does not fit, then stopping, then the gap."""
    stages = [[(draw_record(kind, rng),) for kind in kinds] for kinds, _ in STAGES]
    asked = in_drawn_order(fn, [*itertools.chain(*stages)], _CURE.names, rng)
    result = None
    for inputs, (_, mistakes) in zip(stages, STAGES, strict=True):
        question = replace(_CURE, misconceptions=_misconceptions(mistakes))
        result = expect_word(asked, inputs, question, WORDS)
        if not result.correct:
            break
    return result
