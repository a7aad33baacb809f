"""Activations that are more than one function: learned, random, or of several units.

Pieces for `network.mlp(activation=...)`, after the protocol of
`course_utils.lab.layers.Layer`; the functions are those of
`course_utils.activations`.

Example:
    >>> from course_utils.lab import network
    >>> net = network.mlp([784, 100, 10], activation=PReLU(0.25))
    >>> net.parameters[1]["alpha"].shape
    (100,)
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from course_utils import activations as act
from course_utils.lab.layers import Arrays, Layer


class PReLU(Layer):
    """A leaky ReLU whose slope below zero is learned, one for each unit.

    Source: He et al. (2015), section 2.1.

    Args:
        initial: the slope to start from; 0.25 in the paper, 0 in Keras.

    Raises:
        ValueError: `initial` is not finite.
    """

    def __init__(self, initial: float = 0.25) -> None:
        """Keep the slope to start from."""
        if not math.isfinite(initial):
            raise ValueError(f"initial must be finite, got {initial}")
        self.initial = float(initial)

    def initialize(self, n_inputs: int, rng: np.random.Generator) -> Arrays:
        """`alpha`, shape (n_inputs,)."""
        return {"alpha": np.full(n_inputs, self.initial)}

    def forward(
        self, x: np.ndarray, parameters: Arrays, state: Arrays, training: bool, rng: Any
    ) -> tuple[np.ndarray, np.ndarray]:
        """`z` where z > 0, else `alpha z`."""
        alpha = parameters["alpha"][..., None, :]
        return np.where(x > 0, x, alpha * x), x

    def backward(
        self, gradient: np.ndarray, cache: Any, parameters: Arrays, gradients: Arrays
    ) -> np.ndarray:
        """To z as through a leaky ReLU; to alpha, summed over the examples."""
        alpha = parameters["alpha"][..., None, :]
        to_alpha = gradient * act.prelu_alpha_derivative(cache)
        gradients["alpha"][...] = to_alpha.sum(axis=-2)
        return np.where(cache > 0, gradient, gradient * alpha)


class RReLU(Layer):
    """A leaky ReLU with random slopes in training, and their mean at inference.

    Source: Xu et al. (2015), section 2.4.

    Args:
        low: smallest slope below zero.
        high: largest; 0 <= low <= high <= 1.

    Raises:
        ValueError: the bounds are not as they should be.
    """

    def __init__(self, low: float = 1 / 8, high: float = 1 / 3) -> None:
        """Keep the bounds."""
        self.low, self.high = float(low), float(high)
        act.rrelu_slopes(np.zeros(1), None, low, high)  # refuses bad bounds

    def forward(
        self, x: np.ndarray, parameters: Arrays, state: Arrays, training: bool, rng: Any
    ) -> tuple[np.ndarray, np.ndarray]:
        """`z` where z > 0, else `alpha z` with an alpha for each entry of z.

        Raises:
            ValueError: there is no `rng` to draw from in training.
        """
        if training and rng is None:
            raise ValueError("rng must be a Noise in training, got None")
        alpha = act.rrelu_slopes(x, rng if training else None, self.low, self.high)
        slopes = np.where(x > 0, np.ones_like(x), alpha)
        return slopes * x, slopes

    def backward(
        self, gradient: np.ndarray, cache: Any, parameters: Arrays, gradients: Arrays
    ) -> np.ndarray:
        """The gradient times the slopes that were used."""
        return gradient * cache


class Maxout(Layer):
    """The largest of each k neighbouring pre-activations; n units become n / k.

    Source: Goodfellow et al. (2013), section 2.

    Args:
        k: how many compete for one output, >= 1.

    Raises:
        ValueError: k is not a whole number >= 1, or does not divide the units below.
    """

    def __init__(self, k: int = 2) -> None:
        """Keep the size of the groups."""
        if not (k == int(k) and k >= 1):
            raise ValueError(f"k must be a whole number >= 1, got {k}")
        self.k = int(k)

    def output_size(self, n_inputs: int) -> int:
        """A k-th of the inputs."""
        if n_inputs % self.k:
            raise ValueError(f"k must divide the {n_inputs} units below, got {self.k}")
        return n_inputs // self.k

    def forward(
        self, x: np.ndarray, parameters: Arrays, state: Arrays, training: bool, rng: Any
    ) -> tuple[np.ndarray, np.ndarray]:
        """The largest of each group."""
        return act.maxout(x, self.k), x

    def backward(
        self, gradient: np.ndarray, cache: Any, parameters: Arrays, gradients: Arrays
    ) -> np.ndarray:
        """To the winner of each group alone."""
        winners = act.maxout_derivative(cache, self.k)
        return np.repeat(gradient, self.k, axis=-1) * winners
