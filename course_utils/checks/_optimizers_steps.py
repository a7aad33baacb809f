"""Judging functions that return several things at once, and steps made in a row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from course_utils.checks import _optimizers_messages as say
from course_utils.checks import guard
from course_utils.checks.judging import (
    Complaint,
    Question,
    expect,
    numbers,
    within,
)
from course_utils.checks.result import Counterexample, Result, Status, describe

STEPS_IN_A_ROW = 10
Parts = list  # of arrays, in the order in which they are returned; None fits anything


def listed(words: Sequence[str]) -> str:
    """Words in a sentence: a, b and c."""
    return f"{', '.join(words[:-1])} and {words[-1]}"


def convert(value: object, right: Parts, parts: tuple[str, ...]) -> Parts:
    """What was returned, as float64 arrays of the right shapes, one for each part.

    Raises:
        Complaint: it cannot be taken for that.
    """
    if value is None:
        raise Complaint(guard.RETURNED_NONE)
    wanted = f"Return {listed(parts)}, in this order"
    if not isinstance(value, tuple | list):
        raise Complaint(f"{wanted}: {len(parts)} things are expected.")
    if len(value) != len(parts):
        raise Complaint(f"{wanted}: you returned {len(value)} of {len(parts)} things.")
    arrays = []
    for part, array, name in zip(value, right, parts, strict=True):
        try:
            arrays.append(numbers(part, array))
        except Complaint:
            shape = np.shape(array)
            what = f"an array of shape {shape}" if shape else "a single number"
            raise Complaint(f"{wanted}, and let {name} be {what}.") from None
    return arrays


def close(
    returned: Parts,
    right: Parts,
    slack: float = 1.0,
    *,
    tolerance: float,
    floor: float,
) -> bool:
    """Whether all parts agree; None stands for a part that may be anything."""
    limit = tolerance * slack
    return all(
        b is None or within(a, b, limit, limit * floor)
        for a, b in zip(returned, right, strict=True)
    )


def expect_parts(
    fn: Callable,
    inputs: Sequence[tuple],
    question: Question,
    parts: tuple[str, ...],
    *,
    tolerance: float,
    floor: float = 0.0,
) -> Result:
    """Judge a function that returns several things; see `judging.expect_close`.

    The reference and the misconceptions return lists of arrays. A misconception may
    leave a part open, as None.
    """
    same = partial(close, tolerance=tolerance, floor=floor)
    return expect(fn, inputs, question, partial(convert, parts=parts), same, 1.0)


def tell(parts: tuple[str, ...], got: Parts, right: Parts, limit: float) -> str:
    """Which parts are off by more than the limit, and what they should be."""
    wrong = []
    for name, a, b in zip(parts, got, right, strict=True):
        if not close([a], [b], tolerance=limit, floor=1.0):
            enough = (d for d in (4, 6, 8) if describe(a, d) != describe(b, d))
            digits = next(enough, 12)
            wrong.append(
                f"{name} is {describe(a, digits)} and not {describe(b, digits)}"
            )
    return "the next " + ", ".join(wrong)


def expect_path(
    fn: Callable,
    calls: Callable[[int, Parts], tuple],
    question: Question,
    parts: tuple[str, ...],
    first: Parts,
    *,
    tolerance: float,
    floor: float,
) -> Result:
    """Judge steps in a row: what one returns, the next one gets.

    Args:
        fn: the learner's step.
        calls: `calls(k, state)` are the arguments of step k, where `state` is what the
            step before it returned.
        question: names, reference and praise are used.
        parts: of what is returned.
        first: what the first step gets.
        tolerance: relative.
        floor: right values smaller than this are treated as this large.
    """
    mine, right = first, first
    for k in range(STEPS_IN_A_ROW):
        args = calls(k, mine)
        outcome = guard.call(fn, args, question.names)
        right = question.reference(*calls(k, right))
        try:
            mine = convert(outcome.value, right, parts)
        except Complaint as complaint:
            return Result(Status.INCORRECT, str(complaint), printed=outcome.printed)
        if not close(mine, right, tolerance=tolerance, floor=floor):
            given = zip(question.names, map(describe, args), strict=True)
            case = Counterexample(
                tuple(given),
                describe(mine),
                f"in step {k + 1} of this path {tell(parts, mine, right, tolerance)}",
            )
            return Result(Status.INCORRECT, say.PATH, case, printed=outcome.printed)
    return Result(Status.CORRECT, question.praise)
