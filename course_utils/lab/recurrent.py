r"""A small recurrent network: one layer, applied again at every step of a sequence.

$z_t = x_t W + h_{t-1} U + b$ and $h_t = \tanh(z_t)$, with $h_0 = 0$; what comes out is
the last state. It is a piece like those of `course_utils.lab.layers`, so a `Network`
trains it as any other: the steps of a sequence stand side by side in one row of x.

Example:
    >>> from course_utils.lab.layers import Dense
    >>> from course_utils.lab.network import Network
    >>> x, y = first_symbol(64, n_steps=5, seed=0)
    >>> net = Network(x.shape[-1], [Recurrent(8, n_steps=5), Dense(4)], seeds=0)
    >>> net.scores(x).shape
    (64, 4)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from course_utils import initialization
from course_utils.lab.layers import Arrays, Layer


class Recurrent(Layer):
    r"""Elman's network (1990): $h_t = \tanh(x_t W + h_{t-1} U + b)$; out comes $h_T$.

    Args:
        units: how many, >= 1.
        n_steps: length of a sequence, >= 1.
        initializer: for W, shape (features, units).
        recurrent_initializer: for U, shape (units, units). A scale above that of an
            orthogonal matrix makes gradients explode on their way back.

    Raises:
        ValueError: `units` or `n_steps` is below 1, or an initializer is unknown.
    """

    def __init__(
        self,
        units: int,
        n_steps: int,
        initializer: str | initialization.Initializer = "glorot_uniform",
        recurrent_initializer: str | initialization.Initializer = "orthogonal",
    ) -> None:
        """Keep the settings; weights are made by `initialize`."""
        if units < 1 or n_steps < 1:
            raise ValueError(
                f"units and n_steps must be >= 1, got {units} and {n_steps}"
            )
        self.units, self.n_steps = units, n_steps
        self.initializer = initialization.get(initializer)
        self.recurrent_initializer = initialization.get(recurrent_initializer)

    def output_size(self, n_inputs: int) -> int:
        """The number of units.

        Raises:
            ValueError: the inputs do not divide into that many steps.
        """
        if n_inputs % self.n_steps:
            raise ValueError(
                f"inputs must divide into {self.n_steps} steps, got {n_inputs}"
            )
        return self.units

    def initialize(self, n_inputs: int, rng: np.random.Generator) -> Arrays:
        """W, U and b, in Keras' order; b starts at zero."""
        features = n_inputs // self.n_steps
        return {
            "weights": self.initializer((features, self.units), rng),
            "recurrent": self.recurrent_initializer((self.units, self.units), rng),
            "bias": np.zeros(self.units),
        }

    def forward(
        self, x: np.ndarray, parameters: Arrays, state: Arrays, training: bool, rng: Any
    ) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
        """The last state, shape (..., n, units).

        Args:
            x: shape (..., n, steps * features), step after step.
            parameters: W, U and b.
            state: not used.
            training: not used.
            rng: not used.
        """
        x = x.reshape(*x.shape[:-1], self.n_steps, -1)
        x = np.moveaxis(x, -2, 0)  # (steps, ..., n, features)
        if x.ndim == parameters["weights"].ndim:  # one x, seen by all replicas
            x = x[:, None]
        z_inputs = x @ parameters["weights"] + parameters["bias"][..., None, :]
        states = np.zeros((self.n_steps + 1, *z_inputs.shape[1:]), z_inputs.dtype)
        for t in range(self.n_steps):
            z = z_inputs[t] + states[t] @ parameters["recurrent"]
            np.tanh(z, out=states[t + 1])
        return states[-1], (x, states)

    def backward(
        self,
        gradient: np.ndarray,
        cache: tuple[np.ndarray, np.ndarray],
        parameters: Arrays,
        gradients: Arrays,
    ) -> np.ndarray:
        """Backpropagation through time: every step adds its share to the same W, U, b.

        `dL/dU = sum_t h_(t-1).T delta_t`, and W and b alike.
        """
        x, states = cache
        delta = back_through_time(gradient, states, parameters["recurrent"])
        pairs = (("weights", x), ("recurrent", states[:-1]))
        for name, below in pairs:
            np.sum(below.swapaxes(-1, -2) @ delta, axis=0, out=gradients[name])
        np.sum(delta, axis=(0, -2), out=gradients["bias"])
        to_inputs = delta @ parameters["weights"].swapaxes(-1, -2)
        to_inputs = np.moveaxis(to_inputs, 0, -2)
        return to_inputs.reshape(*to_inputs.shape[:-2], -1)


def back_through_time(
    gradient: np.ndarray, states: np.ndarray, recurrent: np.ndarray
) -> np.ndarray:
    r"""The error signal at every step: $\delta_{t-1} = (\delta_t U^\top) \odot f'$.

    The same U multiplies it once a step. Lesson 1's product of many layers' factors is
    here a power of one and the same matrix (Werbos 1990).

    Args:
        gradient: dLoss/dh of the last state, shape (..., n, units).
        states: h_0 to h_T, shape (T + 1, ..., n, units).
        recurrent: U, shape (..., units, units).

    Returns:
        dLoss/dz of steps 1 to T, shape (T, ..., n, units).
    """
    delta = np.empty_like(states[1:])
    transposed = recurrent.swapaxes(-1, -2)
    for t in range(len(delta) - 1, -1, -1):
        delta[t] = gradient * (1 - states[t + 1] ** 2)
        gradient = delta[t] @ transposed
    return delta


def first_symbol(
    n: int, n_steps: int, seed: int, n_symbols: int = 4, noise: float = 0.1
) -> tuple[np.ndarray, np.ndarray]:
    """Sequences whose first step says which class they are; the rest is noise.

    To answer at the end, a network has to keep what it saw at the start. (A short form
    of the tasks of Hochreiter & Schmidhuber 1997.)

    Args:
        n: how many sequences, >= 1.
        n_steps: their length, >= 1.
        seed: of the draw, >= 0.
        n_symbols: classes, and features a step, >= 2.
        noise: standard deviation of the noise added at every step, >= 0.

    Returns:
        x, float32, shape (n, n_steps * n_symbols); y, int64, shape (n,).

    Raises:
        ValueError: an argument is out of range.
    """
    if n < 1 or n_steps < 1 or n_symbols < 2 or not noise >= 0:
        raise ValueError(
            "n and n_steps must be >= 1, n_symbols >= 2 and noise >= 0, "
            f"got {n}, {n_steps}, {n_symbols} and {noise}"
        )
    rng = np.random.default_rng(seed)
    y = rng.integers(n_symbols, size=n)
    x = noise * rng.standard_normal((n, n_steps, n_symbols))
    x[np.arange(n), 0, y] += 1
    return x.reshape(n, -1).astype(np.float32), y
