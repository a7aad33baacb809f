"""Gradient descent, with momentum and with Nesterov's look-ahead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from course_utils.optimizers.base import State, must_be_positive, must_be_share
from course_utils.optimizers.elementwise import Elementwise


@dataclass(frozen=True)
class SGD(Elementwise):
    r"""Gradient descent, with momentum if asked for (Polyak 1964).

    Plain: $\theta \leftarrow \theta - \eta g$. With momentum, a velocity remembers past
    steps: $v \leftarrow \mu v - \eta g$, then $\theta \leftarrow \theta + v$. With
    `nesterov=True` (Nesterov 1983, in the form of Sutskever et al. 2013 that stores the
    look-ahead point): $\theta \leftarrow \theta + \mu v - \eta g$, with the new $v$.
    These are Keras' conventions.

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

    adjustable: ClassVar = {"learning_rate": "learning_rate", "momentum": "momentum"}

    def __post_init__(self) -> None:
        must_be_positive(self, "learning_rate")
        must_be_share(self, "momentum")

    def memory(self) -> tuple[str, ...]:
        """A velocity; nothing at all without momentum."""
        return ("velocity",) if self.momentum else ()

    def settings(self, state: State, **now: float) -> dict[str, float]:
        """Momentum for one step needs a velocity to carry it.

        Raises:
            ValueError: there is none.
        """
        return with_velocity(self, now)

    def rule(
        self,
        theta: np.ndarray,
        g: np.ndarray,
        v: np.ndarray | None = None,
        *,
        learning_rate: float,
        momentum: float,
    ) -> None:
        """One step in place."""
        step = np.multiply(g, -learning_rate, out=g)
        if v is None:
            theta += step
            return
        v *= momentum
        v += step
        if self.nesterov:
            theta += momentum * v + step
        else:
            theta += v


def with_velocity(optimizer: Elementwise, now: dict[str, float]) -> dict[str, float]:
    """Let a momentum for one step through only where there is a velocity.

    Raises:
        ValueError: there is none.
    """
    if now["momentum"] and not optimizer.momentum:
        raise ValueError(
            f"momentum must be > 0 from the start to be changed, got {optimizer}"
        )
    return now
