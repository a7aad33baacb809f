"""Settings and arrays that fit, for all of this lesson."""

from __future__ import annotations

import math
from numbers import Integral, Real

import numpy as np


def checked_number(value: float, name: str, wanted: str, fits: bool) -> float:
    """The value as a float, where it is a number that fits.

    Raises:
        TypeError: it is no real number.
        ValueError: it does not fit.
    """
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number, got {type(value).__name__}")
    if not fits:
        raise ValueError(f"{name} must be {wanted}, got {value}")
    return float(value)


def checked_rate(rate: float, name: str = "rate") -> float:
    """A share that is dropped: a float in [0, 1)."""
    fits = isinstance(rate, Real) and 0 <= rate < 1
    return checked_number(rate, name, "in [0, 1)", fits)


def checked_strength(strength: float, name: str = "strength") -> float:
    """A float >= 0, finite."""
    fits = isinstance(strength, Real) and 0 <= strength < math.inf
    return checked_number(strength, name, ">= 0 and finite", fits)


def checked_positive(value: float, name: str) -> float:
    """A float > 0, finite."""
    fits = isinstance(value, Real) and 0 < value < math.inf
    return checked_number(value, name, "> 0 and finite", fits)


def checked_count(value: int, name: str) -> int:
    """A whole number >= 1."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be an int, got {type(value).__name__}")
    if value < 1:
        raise ValueError(f"{name} must be >= 1, got {value}")
    return int(value)


def checked_floats(x: np.ndarray, name: str = "x") -> np.ndarray:
    """An array of real floats; whole numbers become float64.

    Raises:
        TypeError: it holds something else.
    """
    x = np.asarray(x)
    if x.dtype.kind not in "fiu":
        raise TypeError(f"{name} must hold real numbers, got dtype {x.dtype}")
    return x if x.dtype.kind == "f" else x.astype(np.float64)


def checked_distributions(probabilities: np.ndarray) -> np.ndarray:
    """Probabilities along the last axis: not negative, and 1 together.

    Raises:
        ValueError: they are not.
        TypeError: they are no real numbers.
    """
    p = checked_floats(probabilities, "probabilities")
    if p.ndim < 1 or p.size == 0:
        raise ValueError(
            f"probabilities must have a last axis of classes, got {p.shape}"
        )
    sums = p.sum(axis=-1)
    if not (p.min() >= 0 and np.abs(sums - 1).max() < 1e-3):
        raise ValueError(
            "probabilities must be >= 0 and sum to 1 along the last axis, got a "
            f"smallest of {p.min():.3g} and sums from {sums.min():.3g} to "
            f"{sums.max():.3g} (scores? apply a softmax first)"
        )
    return p


def checked_labels(labels: np.ndarray, shape: tuple[int, ...], k: int) -> np.ndarray:
    """Labels of this shape, whole numbers in [0, k).

    Raises:
        TypeError: they are no whole numbers.
        ValueError: another shape, or a label out of range.
    """
    labels = np.asarray(labels)
    if labels.dtype.kind not in "iu":
        raise TypeError(f"labels must be integers, got dtype {labels.dtype}")
    if labels.shape != shape:
        raise ValueError(f"labels must have shape {shape}, got {labels.shape}")
    if labels.size and not 0 <= labels.min() <= labels.max() < k:
        raise ValueError(
            f"labels must be in [0, {k}), got {labels.min()} to {labels.max()}"
        )
    return labels
