"""Comparing lists of arrays: what a network has in every layer, like gradients."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from course_utils.checks import guard
from course_utils.checks.judging import Complaint, Question, expect, numbers
from course_utils.checks.result import Result


def expect_arrays(
    fn: Callable,
    inputs: Sequence[tuple],
    question: Question,
    *,
    tolerance: float,
    floor: float = 0.0,
) -> Result:
    """Judge a function that returns a list of arrays, of one shape or of many.

    The reference and the misconceptions return lists of arrays, too, and `broken` gets
    two of them. Everything else is as in `expect_close`.

    Raises:
        guard.Stopped: the function is not written yet, or it raised.
    """

    def same(returned: list, right: list, slack: float = 1.0) -> bool:
        limit = tolerance * slack
        return all(
            np.allclose(a, b, rtol=limit, atol=limit * floor)
            for a, b in zip(returned, right, strict=True)
        )

    near = question.near[0] / tolerance if question.near else 1.0
    return expect(fn, inputs, question, _arrays, same, near)


def _arrays(value: object, right: list[np.ndarray]) -> list[np.ndarray]:
    """The answer as a list of float64 arrays of the expected shapes."""
    if value is None:
        raise Complaint(guard.RETURNED_NONE)
    if not isinstance(value, list | tuple) and not getattr(value, "ndim", 0):
        raise Complaint("A list of arrays is expected.")
    there, wanted = len(value), len(right)
    if there != wanted:
        raise Complaint(f"Your list has {there} of the {wanted} arrays expected.")
    arrays = []
    for number, (part, array) in enumerate(zip(value, right, strict=True), start=1):
        try:
            arrays.append(numbers(part, array))
        except Complaint:
            raise Complaint(
                f"Array {number} of your list must hold numbers and have the shape "
                f"{np.shape(array)}."
            ) from None
    return arrays
