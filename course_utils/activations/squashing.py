"""Activations with a ceiling and a floor: sigmoid and tanh."""

from __future__ import annotations

import numpy as np


def sigmoid(z: np.ndarray) -> np.ndarray:
    """Squash to (0, 1): `1 / (1 + exp(-z))`.

    Far below zero the exponential overflows to infinity, and `1 / infinity = 0` is the
    right answer; only the warning is turned off.
    """
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-z))


def sigmoid_derivative(z: np.ndarray) -> np.ndarray:
    """Slope of the sigmoid, `sigmoid(z) (1 - sigmoid(z))`: at most 1/4, at z = 0."""
    e = np.exp(-np.abs(z))
    return e / (1 + e) ** 2


def tanh(z: np.ndarray) -> np.ndarray:
    """Squash to (-1, 1), odd: `tanh(z) = 2 sigmoid(2z) - 1`."""
    return np.tanh(z)


def tanh_derivative(z: np.ndarray) -> np.ndarray:
    """Slope of tanh, `1 - tanh(z)^2`: at most 1, at z = 0."""
    return 1 - np.tanh(z) ** 2
