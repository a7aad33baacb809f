"""Lists of arrays as one vector, for the checks of lesson 05: written apart from it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np

from course_utils.checks.guard import Stopped
from course_utils.checks.result import Status

Arrays = list[np.ndarray]


def norm(array: np.ndarray) -> float:
    """Root of the sum of the squares, whatever the shape."""
    return float(np.sqrt(np.sum(np.square(array))))


def joined(arrays: Arrays) -> np.ndarray:
    """All entries in a row."""
    return np.concatenate([np.ravel(array) for array in arrays])


def cosine(gradients: Arrays, others: Arrays) -> float:
    """Of the angle between two lists, each one vector; rounded as it comes."""
    a, b = joined(gradients), joined(others)
    with np.errstate(all="ignore"):
        return float(a @ b / (norm(a) * norm(b)))


def between(gradients: Arrays, others: Arrays) -> float:
    """The angle in degrees from the two diagonals of a rhombus: no inverse cosine."""
    a, b = joined(gradients), joined(others)
    a, b = a / norm(a), b / norm(b)
    half = np.arctan2(norm(a - b), norm(a + b))
    return float(np.round(np.degrees(2 * half), 9))


@contextmanager
def adding(advice: str, where: str = "") -> Iterator[None]:
    """Add advice to what is said of a function that raises here.

    Args:
        advice: a sentence or two.
        where: add it only where the message has these words.
    """
    try:
        yield
    except Stopped as stopped:
        result = stopped.result
        if result.status is Status.CRASHED and where in result.message:
            message = f"{result.message}\n{advice}"
            raise Stopped(replace(result, message=message)) from None
        raise
