"""What every schedule refuses, and how a step of any kind becomes an answer."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

Rate = float | np.ndarray


def check_rate(value: float, name: str = "learning_rate") -> None:
    """Refuse a rate that is not above 0 and finite with a ValueError."""
    if not 0 < value < math.inf:
        raise ValueError(f"{name} must be > 0, got {value}")


def check_above_zero(**values: float) -> None:
    """Refuse any of the named values that is not above 0 and finite."""
    for name, value in values.items():
        if not 0 < value < math.inf:
            raise ValueError(f"{name} must be > 0, got {value}")


def check_factor(**values: float) -> None:
    """Refuse any of the named factors that does not lie in (0, 1]."""
    for name, value in values.items():
        if not 0 < value <= 1:
            raise ValueError(f"{name} must be in (0, 1], got {value}")


def check_end(end: float, learning_rate: float) -> None:
    """Refuse a last rate below 0 or above the first one."""
    if not 0 <= end <= learning_rate:
        raise ValueError(f"end must be in [0, {learning_rate}], got {end}")


def check_whole(lowest: int = 1, **values: int) -> None:
    """Refuse any of the named values that is no whole number, or too small."""
    for name, value in values.items():
        if not (lowest <= value < math.inf and value == int(value)):
            raise ValueError(f"{name} must be a whole number >= {lowest}, got {value}")


def steps(step: Any) -> np.ndarray:
    """The step or steps as float64, if none is below 0."""
    t = np.asarray(step, dtype=np.float64)
    if not (t >= 0).all():
        raise ValueError(f"step must be >= 0, got {step}")
    return t


def as_rate(value: np.ndarray) -> Rate:
    """A float for a single step, the array for an array of them."""
    return float(value) if np.ndim(value) == 0 else value
