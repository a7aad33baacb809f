"""Gradient descent, with momentum and with Nesterov's look-ahead."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from course_utils.optimizers.base import Optimizer, State


@dataclass(frozen=True)
class SGD(Optimizer):
    """Gradient descent, with momentum if asked for (Polyak 1964).

    Plain: `theta <- theta - eta g`. With momentum, a velocity remembers past steps:
    `v <- mu v - eta g`, then `theta <- theta + v`. With `nesterov=True` (Nesterov 1983,
    in the form of Sutskever et al. 2013 that stores the look-ahead point):
    `theta <- theta + mu v - eta g`, with the new `v`. These are Keras' conventions.

    Attributes:
        learning_rate: eta, > 0.
        momentum: mu, in [0, 1).
        nesterov: look ahead; has no effect while momentum is 0.

    Raises:
        ValueError: a hyperparameter is outside its range.

    Example:
        >>> theta, g = np.array([1.0]), np.array([2.0])
        >>> SGD(0.1).step(theta, g, {})[0]
        array([0.8])
    """

    learning_rate: float = 0.01
    momentum: float = 0.0
    nesterov: bool = False

    def __post_init__(self) -> None:
        if not self.learning_rate > 0:
            raise ValueError(f"learning_rate must be > 0, got {self.learning_rate}")
        if not 0 <= self.momentum < 1:
            raise ValueError(f"momentum must be in [0, 1), got {self.momentum}")

    def init(self, parameters: np.ndarray) -> State:
        """A velocity of zeros; nothing at all without momentum."""
        return {"velocity": np.zeros_like(parameters)} if self.momentum else {}

    def update(
        self,
        parameters: np.ndarray,
        gradients: np.ndarray,
        state: State,
        learning_rate: float | None = None,
        momentum: float | None = None,
    ) -> None:
        """Take one step in place; see `Optimizer.update`.

        Raises:
            ValueError: momentum for this step, where there is no velocity to carry it.
        """
        eta = self.learning_rate if learning_rate is None else learning_rate
        mu = self.momentum if momentum is None else momentum
        step = np.multiply(gradients, -eta, out=gradients)
        if not self.momentum:
            if mu:
                raise ValueError(
                    f"momentum must be > 0 from the start to be changed, got {self}"
                )
            parameters += step
            return
        velocity = state["velocity"]
        velocity *= mu
        velocity += step
        if self.nesterov:
            parameters += mu * velocity + step
        else:
            parameters += velocity
