"""Lists of arrays as one vector, for the checks of lesson 05: written apart from it."""

from __future__ import annotations

import numpy as np

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
