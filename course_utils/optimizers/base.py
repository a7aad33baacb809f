"""What every optimizer offers, and what it remembers between steps."""

from __future__ import annotations

import numpy as np

State = dict[str, np.ndarray]


class Optimizer:
    """What every optimizer offers; a subclass writes `init` and `update`."""

    learning_rate: float

    def init(self, parameters: np.ndarray) -> State:
        """A fresh state for parameters of this shape."""
        raise NotImplementedError

    def update(
        self, parameters: np.ndarray, gradients: np.ndarray, state: State, **now: float
    ) -> None:
        """Take one step in place: `parameters` and `state` change.

        `gradients` is used up: it is where the step is computed, so that no new array
        is needed. Its content afterwards means nothing; `step` leaves it alone.

        Keyword arguments replace hyperparameters for this step alone, which is how a
        schedule speaks to the optimizer: `update(..., learning_rate=0.01)`.
        """
        raise NotImplementedError

    def step(
        self, parameters: np.ndarray, gradients: np.ndarray, state: State, **now: float
    ) -> tuple[np.ndarray, State]:
        """The same step as a pure function: returns new parameters and a new state."""
        parameters, gradients = parameters.copy(), gradients.copy()
        state = {name: array.copy() for name, array in state.items()}
        self.update(parameters, gradients, state, **now)
        return parameters, state


def must_be_positive(optimizer: Optimizer, *names: str) -> None:
    """Refuse hyperparameters that are not numbers above 0.

    Raises:
        ValueError: one is 0, negative, infinite or NaN.
    """
    for name in names:
        if not 0 < getattr(optimizer, name) < np.inf:
            raise ValueError(f"{name} must be > 0, got {getattr(optimizer, name)}")


def must_be_share(optimizer: Optimizer, *names: str) -> None:
    """Refuse hyperparameters outside [0, 1).

    Raises:
        ValueError: one is outside, or NaN.
    """
    for name in names:
        if not 0 <= getattr(optimizer, name) < 1:
            raise ValueError(
                f"{name} must be in [0, 1), got {getattr(optimizer, name)}"
            )


def must_not_be_negative(optimizer: Optimizer, *names: str) -> None:
    """Refuse hyperparameters below 0.

    Raises:
        ValueError: one is negative, infinite or NaN.
    """
    for name in names:
        if not 0 <= getattr(optimizer, name) < np.inf:
            raise ValueError(f"{name} must be >= 0, got {getattr(optimizer, name)}")
