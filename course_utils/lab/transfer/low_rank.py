"""A dense layer that keeps its weights and learns a correction of low rank."""

from __future__ import annotations

from typing import Any

import numpy as np

from course_utils.initialization import he_normal
from course_utils.lab.layers import Arrays, Layer


class LowRank(Layer):
    r"""A frozen W, and beside it the product of two thin matrices that learn.

    $$z = x W + x P Q + b$$

    with P of shape (n_inputs, rank), random, and Q of shape (rank, units), zeros: at
    the start the layer does what it did. W is part of the state, so no optimizer sees
    it; the bias learns, as in Keras. Source: Hu et al. (2021), *LoRA*,
    arXiv:2106.09685, section 4.1, with a scale of 1.

    Args:
        weights: W, shape (n_inputs, units).
        bias: b, shape (units,).
        rank: columns of P, in [1, min(n_inputs, units)].

    Raises:
        ValueError: the shapes do not fit, or `rank` is out of range.

    Example:
        >>> piece = LowRank(np.ones((784, 100)), np.zeros(100), rank=4)
        >>> sum(array.size for array in piece.initialize(784, None).values())
        3636
    """

    def __init__(self, weights: np.ndarray, bias: np.ndarray, rank: int) -> None:
        """Keep the weights that were learned."""
        if np.ndim(weights) != 2 or np.shape(bias) != np.shape(weights)[1:]:
            raise ValueError(
                "weights and bias must be (n_inputs, units) and (units,), got "
                f"{np.shape(weights)} and {np.shape(bias)}"
            )
        if not 1 <= rank <= min(np.shape(weights)):
            raise ValueError(f"rank must be in [1, {min(weights.shape)}], got {rank}")
        self.weights, self.bias = np.array(weights), np.array(bias)
        self.rank = int(rank)

    def output_size(self, n_inputs: int) -> int:
        """The number of units; the inputs must be as many as W expects."""
        if n_inputs != len(self.weights):
            raise ValueError(f"inputs must be {len(self.weights)}, got {n_inputs}")
        return self.weights.shape[1]

    def initialize(self, n_inputs: int, rng: np.random.Generator) -> Arrays:
        """P (He), Q (zeros) and the bias as it was; without rng P is zeros too."""
        shape = (n_inputs, self.rank)
        p = np.zeros(shape) if rng is None else he_normal(shape, rng)
        q = np.zeros((self.rank, self.weights.shape[1]))
        return {"p": p, "q": q, "bias": self.bias}

    def initial_state(self, n_inputs: int) -> Arrays:
        """W."""
        return {"weights": self.weights}

    def forward(
        self, x: np.ndarray, parameters: Arrays, state: Arrays, training: bool, rng: Any
    ) -> tuple[np.ndarray, Any]:
        """`z = x W + (x P) Q + b`."""
        thin = x @ parameters["p"]
        z = x @ state["weights"]
        z += thin @ parameters["q"]
        z += parameters["bias"][..., None, :]
        return z, (x, thin, state["weights"])

    def backward(
        self, gradient: np.ndarray, cache: Any, parameters: Arrays, gradients: Arrays
    ) -> np.ndarray:
        """Gradients of P, Q and b, and dL/dx; none of W."""
        x, thin, weights = cache
        at_thin = gradient @ parameters["q"].swapaxes(-1, -2)
        np.matmul(thin.swapaxes(-1, -2), gradient, out=gradients["q"])
        np.matmul(x.swapaxes(-1, -2), at_thin, out=gradients["p"])
        gradient.sum(axis=-2, out=gradients["bias"])
        back = gradient @ weights.swapaxes(-1, -2)
        back += at_thin @ parameters["p"].swapaxes(-1, -2)
        return back
