"""Answers in parts, for the checks of lesson 08."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from course_utils.checks import guard
from course_utils.checks.judging import Complaint, Question, expect_close, numbers
from course_utils.checks.replay import replay
from course_utils.checks.result import Counterexample, Result, Status, describe


def refuse(
    complaint: Complaint | str,
    args: tuple,
    names: tuple[str, ...],
    outcome: guard.Outcome,
    expected: str,
) -> Result:
    """What is said of an answer that is of the wrong kind."""
    given = tuple(zip(names, map(describe, args), strict=True))
    case = Counterexample(given, describe(outcome.value), expected)
    return Result(Status.INCORRECT, str(complaint), case, printed=outcome.printed)


def expect_parts(
    fn: Callable,
    inputs: Sequence[tuple],
    parts: Sequence[Question],
    *,
    tolerance: float,
) -> Result:
    """Judge a function that returns several numbers, the first of them first.

    Args:
        fn: the learner's function.
        inputs: tuples of arguments that cannot be changed, the easiest to read first.
        parts: what is asked of each number; their references return one number.
        tolerance: largest accepted error, relative to the right value.

    Raises:
        guard.Stopped: the function is not written yet, or it raised.
    """
    names, answers, printed = parts[0].names, [], []
    for args in inputs:
        outcome = guard.call(fn, args, names)
        try:
            answers.append(numbers(outcome.value, np.zeros(len(parts))))
        except Complaint as complaint:
            expected = f"{len(parts)} numbers are expected here"
            return refuse(complaint, args, names, outcome, expected)
        printed.append(outcome.printed)
    result = None
    for k, question in enumerate(parts):
        given = replay([answer[k] for answer in answers], printed)
        result = expect_close(given, inputs, question, tolerance=tolerance)
        if not result.correct:
            break
    return result
