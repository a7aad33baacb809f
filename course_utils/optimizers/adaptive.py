"""AdaGrad and RMSprop: every parameter gets a step size of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from course_utils.optimizers.base import (
    State,
    must_be_positive,
    must_be_share,
    must_not_be_negative,
)
from course_utils.optimizers.elementwise import Elementwise
from course_utils.optimizers.sgd import with_velocity


@dataclass(frozen=True)
class Adagrad(Elementwise):
    r"""AdaGrad: divide each step by the root of all squares so far (Duchi et al. 2011).

    $$s \leftarrow s + g^2 \qquad
    \theta \leftarrow \theta - \eta\, g / \sqrt{s + \varepsilon}$$

    A sum, not an average: it only grows, so steps only shrink. `Adagrad.as_keras()`
    starts the sum at 0.1 and has an epsilon of 1e-7.

    Attributes:
        learning_rate: eta, > 0.
        initial_accumulator: what s starts at, >= 0.
        epsilon: keeps the division safe, > 0.
        epsilon_inside: add it to s, under the root; else to the root (CS231n).

    Raises:
        ValueError: a hyperparameter is outside its range.

    Example:
        >>> adagrad, theta = Adagrad(0.5), np.array([0.0, 0.0])
        >>> adagrad.step(theta, np.array([3.0, -0.01]), adagrad.init(theta))[0].round(3)
        array([-0.5,  0.5])
    """

    learning_rate: float = 0.001
    initial_accumulator: float = 0.0
    epsilon: float = 1e-10
    epsilon_inside: bool = True

    keras: ClassVar = {"initial_accumulator": 0.1, "epsilon": 1e-7}

    def __post_init__(self) -> None:
        must_be_positive(self, "learning_rate", "epsilon")
        must_not_be_negative(self, "initial_accumulator")

    def memory(self) -> tuple[str, ...]:
        """The sum of squares."""
        return ("s",)

    def init(self, parameters: np.ndarray) -> State:
        """The sum at its start."""
        return {"s": np.full_like(parameters, self.initial_accumulator)}

    def rule(
        self, theta: np.ndarray, g: np.ndarray, s: np.ndarray, *, learning_rate: float
    ) -> None:
        """One step in place."""
        s += g**2
        theta -= learning_rate * g / root(s, self.epsilon, self.epsilon_inside)


@dataclass(frozen=True)
class RMSprop(Elementwise):
    r"""RMSprop: AdaGrad with a memory that leaks (Hinton 2012, lecture 6e).

    $$s \leftarrow \rho s + (1 - \rho) g^2 \qquad
    \theta \leftarrow \theta - \eta\, g / \sqrt{s + \varepsilon}$$

    With `momentum` that step is added to a velocity, as in `SGD`. With `centered` the
    square of the leaky average of g is taken off s, which then is a variance.

    Attributes:
        learning_rate: eta, > 0.
        rho: share of s that is kept, in [0, 1).
        momentum: mu, in [0, 1).
        centered: divide by a standard deviation.
        epsilon: keeps the division safe, > 0.
        epsilon_inside: add it to s, under the root; else to the root (CS231n).

    Raises:
        ValueError: a hyperparameter is outside its range.

    Example:
        >>> rmsprop, theta = RMSprop(0.1), np.array([0.0])
        >>> rmsprop.step(theta, np.array([5.0]), rmsprop.init(theta))[0].round(3)
        array([-0.316])
    """

    learning_rate: float = 0.001
    rho: float = 0.9
    momentum: float = 0.0
    centered: bool = False
    epsilon: float = 1e-7
    epsilon_inside: bool = True

    adjustable: ClassVar = {"learning_rate": "learning_rate", "momentum": "momentum"}

    def __post_init__(self) -> None:
        must_be_positive(self, "learning_rate", "epsilon")
        must_be_share(self, "rho", "momentum")

    def memory(self) -> tuple[str, ...]:
        """The leaky average of squares, and what else was asked for."""
        more = ("mean",) if self.centered else ()
        return ("s", *more, *(("velocity",) if self.momentum else ()))

    def settings(self, state: State, **now: float) -> dict[str, Any]:
        """Momentum for one step needs a velocity to carry it.

        Raises:
            ValueError: there is none.
        """
        return with_velocity(self, now)

    def rule(
        self,
        theta: np.ndarray,
        g: np.ndarray,
        s: np.ndarray,
        *more: np.ndarray,
        learning_rate: float,
        momentum: float,
    ) -> None:
        """One step in place."""
        s *= self.rho
        s += (1 - self.rho) * g**2
        square = s
        if self.centered:
            mean = more[0]
            mean *= self.rho
            mean += (1 - self.rho) * g
            square = np.maximum(s - mean**2, 0)
        step = learning_rate * g / root(square, self.epsilon, self.epsilon_inside)
        if self.momentum:
            v = more[-1]
            v *= momentum
            v -= step
            theta += v
        else:
            theta -= step


def root(s: np.ndarray, epsilon: float, inside: bool) -> np.ndarray:
    """The root of s, kept away from 0: by epsilon inside the root, or outside.

    Example:
        >>> root(np.zeros(1), 1e-8, inside=True), root(np.zeros(1), 1e-8, inside=False)
        (array([0.0001]), array([1.e-08]))
    """
    return np.sqrt(s + epsilon) if inside else np.sqrt(s) + epsilon
