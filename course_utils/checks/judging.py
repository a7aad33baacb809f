"""Comparing a learner's answers with the right ones, and naming the mistake.

Every helper calls the function on drawn inputs and returns a `Result`. When all
answers equal those of a known wrong function, that misconception's own message is
shown; otherwise a general one, with one counterexample.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from course_utils.checks import guard
from course_utils.checks.result import Counterexample, Result, Status, describe

CHANGED = (
    "Your function alters its argument {names} in place, so whoever calls it finds "
    "other numbers there afterwards. Compute a new array instead."
)
NOT_FINITE = (
    "Some of your numbers are nan (not a number) or infinite: look for a division by "
    "zero, or an exponential or a logarithm out of its range."
)


class Complaint(Exception):
    """An answer is of the wrong kind; the text says what is expected."""


@dataclass(frozen=True)
class Misconception:
    """A wrong function that learners really write, and what to tell them.

    Attributes:
        wrong: takes the same arguments as the right function.
        message: names the mistake and where to look, without giving the answer.
        slack: how many times the tolerance an answer may differ and still be taken for
            this mistake.
    """

    wrong: Callable
    message: str
    slack: float = 1.0


@dataclass(frozen=True)
class Question:
    """What is asked of a function, apart from the inputs it is asked on.

    Attributes:
        names: of the arguments, as the exercise calls them.
        reference: the right function.
        advice: what to say when an answer is wrong for no reason we know by name.
        praise: what to say when all is right.
        misconceptions: wrong functions to recognise, the likeliest first.
        broken: `broken(args, returned, expected, write)` says which property a wrong
            answer breaks; `write` puts a number in words, with as many digits as it
            takes to tell right from wrong. Without it, the expected value is shown.
        near: `(tolerance, message)`: what to say when all answers are that close, yet
            not close enough.
        not_finite: what to say when some answers are nan or infinite.
    """

    names: tuple[str, ...]
    reference: Callable
    advice: str
    praise: str
    misconceptions: tuple[Misconception, ...] = ()
    broken: Callable[[tuple, object, object, Callable], str] | None = None
    near: tuple[float, str] | None = None
    not_finite: str = NOT_FINITE


def expect_close(
    fn: Callable,
    inputs: Sequence[tuple],
    question: Question,
    *,
    tolerance: float,
    floor: float = 0.0,
) -> Result:
    """Judge a function that returns a number or an array of numbers.

    Args:
        fn: the learner's function.
        inputs: tuples of arguments, the easiest to read first.
        question: what is asked.
        tolerance: largest accepted error, relative to the right value.
        floor: right values smaller than this are treated as this large.

    Raises:
        guard.Stopped: the function is not written yet, or it raised.
    """

    def same(returned: np.ndarray, right: np.ndarray, slack: float = 1.0) -> bool:
        if np.shape(returned) != np.shape(right):
            return False
        limit = tolerance * slack
        return within(returned, right, limit, limit * floor)

    near = question.near[0] / tolerance if question.near else 1.0
    return expect(fn, inputs, question, numbers, same, near)


def within(a: np.ndarray, b: np.ndarray, rtol: float, atol: float) -> bool:
    """Whether all entries agree, as `np.allclose` with `equal_nan` has it.

    Most answers are right and finite, and for these a comparison in one go is enough.
    """
    with np.errstate(all="ignore"):
        if np.all(np.abs(np.subtract(a, b, dtype=float)) <= atol + rtol * np.abs(b)):
            return bool(np.isfinite(b).all()) or np.allclose(
                a, b, rtol=rtol, atol=atol, equal_nan=True
            )
    return np.allclose(a, b, rtol=rtol, atol=atol, equal_nan=True)


def expect_word(
    fn: Callable, inputs: Sequence[tuple], question: Question, words: tuple[str, ...]
) -> Result:
    """Judge a function that returns one of `words`. See `expect_close`."""

    def convert(value: object, _: object) -> str:
        if isinstance(value, str) and value in words:
            return str(value)
        if value is None:
            raise Complaint(guard.RETURNED_NONE)
        listed = ", ".join(map(repr, words[:-1])) + f" or {words[-1]!r}"
        raise Complaint(f"The answer must be one of the words {listed}.")

    return expect(fn, inputs, question, convert, lambda a, b, _=1.0: a == b, 1.0)


def expect(
    fn: Callable,
    inputs: Sequence[tuple],
    question: Question,
    convert: Callable,
    same: Callable,
    near: float,
) -> Result:
    """Judge any function; what the other helpers share.

    Args:
        fn: the learner's function.
        inputs: tuples of arguments, the easiest to read first.
        question: what is asked.
        convert: `convert(value, right)` is what was returned, ready to compare; raises
            `Complaint` where that cannot be.
        same: `same(a, b, slack)`, whether two answers agree, within so many tolerances.
        near: the tolerances of `question.near`.
    """
    expected = [question.reference(*args) for args in inputs]
    returned, changed, first_wrong = [], set(), None
    for args, right in zip(inputs, expected, strict=True):
        outcome = guard.call(fn, args, question.names)
        changed.update(outcome.changed)
        try:
            returned.append(convert(outcome.value, right))
        except Complaint as complaint:
            return Result(
                Status.INCORRECT,
                _also(str(complaint), changed, question),
                _counterexample(args, outcome.value, right, question, kind=True),
                printed=outcome.printed,
            )
        if first_wrong is None and not same(returned[-1], right):
            first_wrong = (args, returned[-1], right, outcome.printed)
    if first_wrong is None:
        if changed:
            return Result(Status.INCORRECT, _also("", changed, question))
        return Result(Status.CORRECT, question.praise)
    message = _name_mistake(inputs, returned, expected, question, same, near)
    *case, printed = first_wrong
    return Result(
        Status.INCORRECT,
        _also(message, changed, question),
        _counterexample(*case, question),
        printed=printed,
    )


def _name_mistake(inputs, returned, expected, question, same, near) -> str:
    """The message that fits all the answers."""
    with np.errstate(all="ignore"):
        for misconception in question.misconceptions:
            wrong = [misconception.wrong(*args) for args in inputs]
            slack = misconception.slack
            if all(same(r, w, slack) for r, w in zip(returned, wrong, strict=True)):
                return misconception.message
    if not all(map(_finite, returned)):
        return question.not_finite
    pairs = zip(returned, expected, strict=True)
    if question.near and all(same(r, e, near) for r, e in pairs):
        return question.near[1]
    return question.advice


def _finite(answer: str | list | np.ndarray) -> bool:
    if isinstance(answer, list):
        return all(map(_finite, answer))
    return isinstance(answer, str) or bool(np.isfinite(answer).all())


def _also(message: str, changed: set[int], question: Question) -> str:
    if not changed:
        return message
    names = " and ".join(question.names[i] for i in sorted(changed))
    lead = f"{message}\nAlso: " if message else "The numbers are right. But: "
    return lead + CHANGED.format(names=names)


def _counterexample(args, value, right, question, kind=False) -> Counterexample:
    given = tuple(zip(question.names, map(describe, args), strict=True))
    enough = (d for d in (4, 6, 8, 10) if describe(value, d) != describe(right, d))
    write = partial(describe, digits=next(enough, 12))
    if kind:
        broken = f"{_kind(right)} is expected here"
    elif question.broken:
        with np.errstate(all="ignore"):
            broken = question.broken(args, value, right, write)
    else:
        broken = f"it should be {write(right)}"
    return Counterexample(given, write(value), broken)


def _kind(right: object) -> str:
    """What a right answer is, in words."""
    if isinstance(right, str):
        return "one of the words asked for"
    if isinstance(right, list):
        return "a list of arrays with the shapes " + ", ".join(
            str(np.shape(array)) for array in right
        )
    shape = np.shape(right)
    return f"an array of numbers of shape {shape}" if shape else "a single number"


def numbers(value: object, right: object) -> np.ndarray:
    """The answer as a float64 array of the expected shape.

    Lists, tuples, NumPy scalars, other libraries' arrays: all are welcome.
    """
    shape = np.shape(right)
    if value is None:
        raise Complaint(guard.RETURNED_NONE)
    if callable(value) and not hasattr(value, "__array__"):
        raise Complaint("Your function returned a function. Call it, return its value.")
    try:
        array = np.array(value)
        if array.dtype.kind not in "biuf":
            raise TypeError
        array = array.astype(float)
    except Exception:
        what = type(value).__name__
        what = f"array of {value.dtype}" if isinstance(value, np.ndarray) else what
        raise Complaint(f"Your function returned: {what}, not numbers.") from None
    if array.shape != shape:
        raise Complaint(
            f"Your function returned {_shape(array.shape)} where {_shape(shape)} is "
            "expected."
        )
    return array


def _shape(shape: tuple[int, ...]) -> str:
    return f"an array of shape {shape}" if shape else "a single number"
