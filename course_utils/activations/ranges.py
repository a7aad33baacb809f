"""Parameters that make sense, as plain floats.

A float64 of NumPy would turn float32 arrays into float64 ones.
"""

from __future__ import annotations

import math

import numpy as np


def not_negative(number: float, name: str = "alpha") -> float:
    """The number, if it is finite and >= 0; else a ValueError."""
    if not (np.ndim(number) == 0 and 0 <= number < math.inf):
        raise ValueError(f"{name} must be a finite number >= 0, got {number}")
    return float(number)


def positive(alpha: float) -> float:
    """Alpha, if it is finite and > 0; else a ValueError."""
    if not (np.ndim(alpha) == 0 and 0 < alpha < math.inf):
        raise ValueError(f"alpha must be a finite number > 0, got {alpha}")
    return float(alpha)


def finite(alpha: float | np.ndarray, z: np.ndarray) -> np.ndarray:
    """Alpha in the dtype of z, if all of it is finite; else a ValueError."""
    alpha = np.asarray(alpha, dtype=np.asarray(z).dtype)
    if not np.isfinite(alpha).all():
        raise ValueError(f"alpha must be finite, got {alpha}")
    return alpha
