"""Shapes and settings that fit, for all normalizations."""

from __future__ import annotations

import math

import numpy as np


def row(per_unit: np.ndarray) -> np.ndarray:
    """One number a unit, (..., units), as a row that all examples share."""
    return np.asarray(per_unit)[..., None, :]


def check_epsilon(epsilon: float) -> None:
    """Refuse an epsilon that is not above 0 and finite with a ValueError."""
    if not 0 < epsilon < math.inf:
        raise ValueError(f"epsilon must be > 0, got {epsilon}")


def checked_units(x: np.ndarray, *per_unit: np.ndarray) -> np.ndarray:
    """X as an array, if there is an example and a number for each unit."""
    x = np.asarray(x)
    units = np.shape(per_unit[0])[-1:]
    if x.ndim < 2 or x.shape[-1:] != units or x.shape[-2] == 0:
        wanted = units[0] if units else "units"
        raise ValueError(
            f"x must have shape (..., n >= 1, {wanted}), one feature for each gamma, "
            f"got {x.shape}"
        )
    for array in per_unit[1:]:
        if np.shape(array)[-1:] != units:
            raise ValueError(
                f"gamma and beta must have one number for each of the {units[0]} "
                f"units, got {np.shape(per_unit[0])} and {np.shape(array)}"
            )
    return x
