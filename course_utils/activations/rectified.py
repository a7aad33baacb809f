"""Straight lines, with a kink at zero: ReLU and its leaky kin."""

from __future__ import annotations

from typing import Any

import numpy as np

from course_utils.activations.ranges import finite, not_negative


def relu(z: np.ndarray) -> np.ndarray:
    """Keep what is positive: `max(z, 0)` (Nair & Hinton 2010)."""
    return np.maximum(z, 0)


def relu_derivative(z: np.ndarray) -> np.ndarray:
    """Slope of ReLU: 1 where z > 0, else 0 (0 is chosen at the kink itself)."""
    return np.where(z > 0, np.ones_like(z), np.zeros_like(z))


def leaky_relu(z: np.ndarray, alpha: float = 0.01) -> np.ndarray:
    """Let a little through below zero: `z` where z > 0, else `alpha z`.

    `max(alpha z, z)`, as it is often written, is the same up to alpha = 1 and something
    else beyond. Source: Maas et al. (2013), section 2, with alpha = 0.01.

    Args:
        z: pre-activations.
        alpha: the slope below zero, >= 0.

    Raises:
        ValueError: alpha is negative or not finite.

    Example:
        >>> leaky_relu(np.array([-1.0, 2.0]), alpha=0.2)
        array([-0.2,  2. ])
    """
    return np.where(z > 0, z, not_negative(alpha) * z)


def leaky_relu_derivative(z: np.ndarray, alpha: float = 0.01) -> np.ndarray:
    """Slope of the leaky ReLU: 1 where z > 0, else alpha."""
    return np.where(z > 0, np.ones_like(z), np.full_like(z, not_negative(alpha)))


def prelu(z: np.ndarray, alpha: float | np.ndarray) -> np.ndarray:
    """A leaky ReLU whose slope below zero is a parameter, learned as weights are.

    Source: He et al. (2015), section 2.1, one alpha a channel, 0.25 at the start.

    Args:
        z: pre-activations, units on the last axis.
        alpha: the slope below zero, one number or one a unit; any finite value, since
            training may carry it anywhere.

    Raises:
        ValueError: alpha is not finite.

    Example:
        >>> prelu(np.array([[-1.0, -1.0]]), alpha=np.array([0.25, 0.5]))
        array([[-0.25, -0.5 ]])
    """
    return np.where(z > 0, z, finite(alpha, z) * z)


def prelu_derivative(z: np.ndarray, alpha: float | np.ndarray) -> np.ndarray:
    """Slope of the parametric ReLU in z: 1 where z > 0, else alpha."""
    return np.where(z > 0, np.ones_like(z), finite(alpha, z))


def prelu_alpha_derivative(z: np.ndarray) -> np.ndarray:
    """Slope of the parametric ReLU in alpha: 0 where z > 0, else z.

    The slope of one alpha is moved by every example with z < 0: sum over them.
    """
    return np.minimum(z, 0)


def rrelu(
    z: np.ndarray, rng: Any = None, low: float = 1 / 8, high: float = 1 / 3
) -> np.ndarray:
    """A leaky ReLU with a random slope in training and the mean slope afterwards.

    Each entry draws its own alpha, uniform between `low` and `high`, in every pass.
    Source: Xu et al. (2015), section 2.4; there the slope is 1/a, a from 3 to 8.

    Args:
        z: pre-activations.
        rng: a generator (with `random(shape, dtype)`) draws the slopes, as in training;
            None takes their mean, as at inference.
        low: smallest slope.
        high: largest slope; 0 <= low <= high <= 1.

    Raises:
        ValueError: the bounds are not as they should be.

    Example:
        >>> rrelu(np.array([-1.0, 2.0]), low=0.2, high=0.4)
        array([-0.3,  2. ])
    """
    return np.where(z > 0, z, rrelu_slopes(z, rng, low, high) * z)


def rrelu_derivative(
    z: np.ndarray, rng: Any = None, low: float = 1 / 8, high: float = 1 / 3
) -> np.ndarray:
    """Slope of the randomized ReLU: 1 where z > 0, else the drawn alpha.

    A generator in the same state as `rrelu` had draws the same slopes.
    """
    return np.where(z > 0, np.ones_like(z), rrelu_slopes(z, rng, low, high))


def rrelu_slopes(
    z: np.ndarray, rng: Any = None, low: float = 1 / 8, high: float = 1 / 3
) -> np.ndarray:
    """The slopes that `rrelu` uses below zero: an array of the shape of z."""
    if not 0 <= low <= high <= 1:
        raise ValueError(f"low and high must be 0 <= low <= high <= 1, got {low, high}")
    if rng is None:
        return np.full_like(z, (low + high) / 2)
    return low + (high - low) * rng.random(z.shape, dtype=z.dtype)


def linear(z: np.ndarray) -> np.ndarray:
    """No bend at all: `z`."""
    return z


def linear_derivative(z: np.ndarray) -> np.ndarray:
    """Slope of the identity: 1 everywhere."""
    return np.ones_like(z)
