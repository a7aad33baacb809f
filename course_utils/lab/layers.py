"""The pieces a network is stacked from, and what it asks of a piece.

A piece is any object with the methods of `Layer`; a lesson's own class need not inherit
from it. Arrays follow one convention: examples on the second axis from the end, units
on the last. A leading axis, where there is one, holds *replicas*: the same network
with other seeds, trained side by side. Every formula acts on the last axes, so it reads
as in a textbook and serves both.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from course_utils import activations, initialization
from course_utils.lab.randomness import keep_mask

Arrays = dict[str, np.ndarray]


class Noise:
    """Random numbers for one network or for replicas, each from its own generator.

    With replicas, a draw of shape `(r, ...)` takes entry i from generator i, so that
    every replica sees what it would see alone.
    """

    def __init__(self, generators: list[np.random.Generator], replicas: bool) -> None:
        """Keep one generator a replica."""
        self._generators = generators
        self._replicas = replicas

    def random(self, shape: tuple[int, ...], dtype: Any = np.float64) -> np.ndarray:
        """Uniform draws from [0, 1)."""
        if not self._replicas:
            return self._generators[0].random(shape, dtype=dtype)
        return np.stack([g.random(shape[1:], dtype=dtype) for g in self._generators])

    def standard_normal(
        self, shape: tuple[int, ...], dtype: Any = np.float64
    ) -> np.ndarray:
        """Draws from N(0, 1)."""
        if not self._replicas:
            return self._generators[0].standard_normal(shape, dtype=dtype)
        return np.stack(
            [g.standard_normal(shape[1:], dtype=dtype) for g in self._generators]
        )

    def keep_mask(self, shape: tuple[int, ...], rate: float) -> np.ndarray:
        """Which entries dropout keeps: bool, False with probability `rate` in [0, 1).

        See `course_utils.lab.randomness.keep_mask`.
        """
        if not self._replicas:
            return keep_mask(self._generators[0], shape, rate)
        return np.stack([keep_mask(g, shape[1:], rate) for g in self._generators])


class Layer:
    """What a network asks of a piece; the defaults suit a piece without parameters."""

    def output_size(self, n_inputs: int) -> int:
        """How many units come out when `n_inputs` go in."""
        return n_inputs

    def initialize(self, n_inputs: int, rng: np.random.Generator) -> Arrays:
        """Fresh parameters, by name, without a replica axis."""
        return {}

    def initial_state(self, n_inputs: int) -> Arrays:
        """What the piece remembers beside its parameters, such as moving averages."""
        return {}

    def forward(
        self, x: np.ndarray, parameters: Arrays, state: Arrays, training: bool, rng: Any
    ) -> tuple[np.ndarray, Any]:
        """Output of shape (..., n, units), and what `backward` will need.

        Args:
            x: inputs, shape (..., n, n_inputs); must not be changed.
            parameters: the arrays of `initialize`, with the replica axis if any.
            state: the arrays of `initial_state`; may be changed while training.
            training: whether this pass is part of training.
            rng: a `Noise`, for pieces that draw while training.
        """
        raise NotImplementedError

    def backward(
        self, gradient: np.ndarray, cache: Any, parameters: Arrays, gradients: Arrays
    ) -> np.ndarray:
        """Turn dLoss/d(output) into dLoss/d(input).

        Writes dLoss/d(parameter) into the arrays of `gradients`, which have the shapes
        of `parameters` and arbitrary content; writes into, not over: `gradients[k][...]
        = ...`.
        """
        raise NotImplementedError


class Dense(Layer):
    """Every unit looks at every input: `z = x W + b`.

    Args:
        units: how many units, >= 1.
        initializer: a name or function of `course_utils.initialization`, for W;
            b starts at zero.
        use_bias: whether there is a b.

    Raises:
        ValueError: `units` is below 1, or the initializer is unknown.
    """

    def __init__(
        self,
        units: int,
        initializer: str | initialization.Initializer = "glorot_uniform",
        use_bias: bool = True,
    ) -> None:
        """Keep the settings; weights are made by `initialize`."""
        if units < 1:
            raise ValueError(f"units must be >= 1, got {units}")
        self.units = units
        self.initializer = initialization.get(initializer)
        self.use_bias = use_bias

    def output_size(self, n_inputs: int) -> int:
        """The number of units."""
        return self.units

    def initialize(self, n_inputs: int, rng: np.random.Generator) -> Arrays:
        """W, shape (n_inputs, units), and b, shape (units,)."""
        parameters = {"weights": self.initializer((n_inputs, self.units), rng)}
        if self.use_bias:
            parameters["bias"] = np.zeros(self.units)
        return parameters

    def forward(
        self, x: np.ndarray, parameters: Arrays, state: Arrays, training: bool, rng: Any
    ) -> tuple[np.ndarray, np.ndarray]:
        """`z = x W + b`."""
        z = x @ parameters["weights"]
        if self.use_bias:
            z += parameters["bias"][..., None, :]
        return z, x

    def backward(
        self,
        gradient: np.ndarray,
        cache: np.ndarray,
        parameters: Arrays,
        gradients: Arrays,
    ) -> np.ndarray:
        """`dL/dW = x.T dL/dz`, `dL/db = sum dL/dz`, `dL/dx = dL/dz W.T`."""
        self.backward_to_parameters(gradient, cache, gradients)
        return gradient @ parameters["weights"].swapaxes(-1, -2)

    def backward_to_parameters(
        self, gradient: np.ndarray, x: np.ndarray, gradients: Arrays
    ) -> None:
        """The first two; all that the lowest layer needs."""
        np.matmul(x.swapaxes(-1, -2), gradient, out=gradients["weights"])
        if self.use_bias:
            gradient.sum(axis=-2, out=gradients["bias"])


class Activate(Layer):
    """The bend: `a = f(z)`, elementwise.

    Args:
        activation: a name or `Activation` of `course_utils.activations`.
    """

    def __init__(self, activation: str | activations.Activation) -> None:
        """Look the activation up."""
        self.activation = activations.get(activation)

    def forward(
        self, x: np.ndarray, parameters: Arrays, state: Arrays, training: bool, rng: Any
    ) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
        """`a = f(z)`."""
        a = self.activation.function(x)
        return a, (x, a)

    def backward(
        self,
        gradient: np.ndarray,
        cache: tuple[np.ndarray, np.ndarray],
        parameters: Arrays,
        gradients: Arrays,
    ) -> np.ndarray:
        """`dL/dz = dL/da f'(z)`."""
        z, a = cache
        if self.activation.slope_from_output is not None:
            return gradient * self.activation.slope_from_output(a)
        return gradient * self.activation.derivative(z)
