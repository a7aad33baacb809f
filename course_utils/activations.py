"""Activation functions: the bend between two layers, and its slope.

Each function takes an array of pre-activations `z` of any shape and float dtype and
returns an array of that shape and dtype; its derivative stands beside it. All of them
stay finite, without a warning, wherever `z` is finite.

Example:
    >>> import numpy as np
    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    >>> sigmoid_derivative(np.array([0.0]))
    array([0.25])
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

ArrayFunction = Callable[[np.ndarray], np.ndarray]


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


def relu(z: np.ndarray) -> np.ndarray:
    """Keep what is positive: `max(z, 0)` (Nair & Hinton 2010)."""
    return np.maximum(z, 0)


def relu_derivative(z: np.ndarray) -> np.ndarray:
    """Slope of ReLU: 1 where z > 0, else 0 (0 is chosen at the kink itself)."""
    return np.where(z > 0, np.ones_like(z), np.zeros_like(z))


def linear(z: np.ndarray) -> np.ndarray:
    """No bend at all: `z`."""
    return z


def linear_derivative(z: np.ndarray) -> np.ndarray:
    """Slope of the identity: 1 everywhere."""
    return np.ones_like(z)


def softmax(z: np.ndarray) -> np.ndarray:
    """Turn the scores of the last axis into probabilities: `exp(z) / sum(exp(z))`.

    Subtracting the largest score first changes nothing in the quotient and keeps the
    exponential from overflowing.

    Example:
        >>> softmax(np.array([1000.0, 1000.0]))
        array([0.5, 0.5])
    """
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


@dataclass(frozen=True)
class Activation:
    """A function and its slope, as a network needs them.

    Attributes:
        name: the field's name for it.
        function: `f(z)`.
        derivative: `f'(z)`.
        slope_from_output: `f'(z)` computed from `a = f(z)`, where that is cheaper
            (for the sigmoid, `a (1 - a)`); None where only `z` will do. A slope that is
            only ever 0 or 1 may come as booleans, which multiply faster.
    """

    name: str
    function: ArrayFunction
    derivative: ArrayFunction
    slope_from_output: ArrayFunction | None = None

    def __call__(self, z: np.ndarray) -> np.ndarray:
        """`f(z)`."""
        return self.function(z)


# Named functions rather than lambdas, so that a network can be pickled and sent to
# another process.
def _sigmoid_slope_from_output(a: np.ndarray) -> np.ndarray:
    return a * (1 - a)


def _tanh_slope_from_output(a: np.ndarray) -> np.ndarray:
    return 1 - a * a


def _relu_slope_from_output(a: np.ndarray) -> np.ndarray:
    return a > 0


ACTIVATIONS = {
    activation.name: activation
    for activation in (
        Activation("sigmoid", sigmoid, sigmoid_derivative, _sigmoid_slope_from_output),
        Activation("tanh", tanh, tanh_derivative, _tanh_slope_from_output),
        Activation("relu", relu, relu_derivative, _relu_slope_from_output),
        Activation("linear", linear, linear_derivative),
    )
}


def get(activation: str | Activation) -> Activation:
    """Look an activation up by name; an `Activation` is returned as it is.

    Raises:
        ValueError: the name is not one of `ACTIVATIONS`.

    Example:
        >>> get("relu")(np.array([-1.0, 2.0]))
        array([0., 2.])
    """
    if isinstance(activation, Activation):
        return activation
    if activation not in ACTIVATIONS:
        raise ValueError(
            f"activation must be one of {', '.join(ACTIVATIONS)} or an Activation, "
            f"got {activation!r}"
        )
    return ACTIVATIONS[activation]
