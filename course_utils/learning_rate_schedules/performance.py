"""Performance scheduling: lower the rate when validation stops improving."""

from __future__ import annotations

import math

import numpy as np

from course_utils.learning_rate_schedules.checking import (
    Rate,
    as_rate,
    check_rate,
    check_whole,
    steps,
)


class Performance:
    """A rate that falls by a factor when the validation loss has stalled.

    Unlike other schedules this one has a memory: it must be told what happens.
    `fit(schedule=)` calls `observe` after each epoch (and `reset` before the first).
    It decides as Keras' `ReduceLROnPlateau` does.

    Args:
        learning_rate: to begin with, > 0.
        factor: what is left of the rate after a drop, in (0, 1).
        patience: epochs without improvement before a drop, >= 1.
        min_delta: how much lower the loss must be to count as improved, >= 0.
        cooldown: epochs after a drop in which nothing is counted, >= 0.
        smallest: the rate never falls below this, >= 0.

    Attributes:
        rate: the rate now.
        best: the lowest loss that counted as an improvement; infinity at first.
        waited: epochs without improvement so far.
        cooling: epochs of cooldown that are left.
        rates: the rate that each observed epoch was trained with.

    Raises:
        ValueError: a value is out of its range.

    Example:
        >>> plateau = Performance(0.1, factor=0.5, patience=2)
        >>> for loss in [1.0, 0.8, 0.8, 0.9, 0.7]:
        ...     plateau.observe(loss)
        >>> plateau.rates, plateau(step=0)
        ([0.1, 0.1, 0.1, 0.1, 0.05], 0.05)
    """

    def __init__(
        self,
        learning_rate: float,
        factor: float = 0.5,
        patience: int = 5,
        min_delta: float = 1e-4,
        cooldown: int = 0,
        smallest: float = 0.0,
    ) -> None:
        """Check the settings and begin."""
        check_rate(learning_rate)
        if not 0 < factor < 1:
            raise ValueError(f"factor must be in (0, 1), got {factor}")
        check_whole(patience=patience)
        check_whole(0, cooldown=cooldown)
        for name, value in (("min_delta", min_delta), ("smallest", smallest)):
            if not 0 <= value < math.inf:
                raise ValueError(f"{name} must be >= 0, got {value}")
        self.learning_rate, self.factor = learning_rate, factor
        self.patience, self.min_delta = patience, min_delta
        self.cooldown, self.smallest = cooldown, smallest
        self.reset()

    def reset(self) -> None:
        """Forget all that was observed."""
        self.rate, self.best = float(self.learning_rate), math.inf
        self.waited = self.cooling = 0
        self.rates: list[float] = []

    def observe(self, valid_loss: float) -> None:
        """Take notice of the validation loss after an epoch; NaN is no improvement."""
        self.rates.append(self.rate)
        if self.cooling:
            self.cooling -= 1
            self.waited = 0
        if math.isinf(self.best) or valid_loss + self.min_delta < self.best:
            self.best = math.inf if math.isnan(valid_loss) else float(valid_loss)
            self.waited = 0
        elif not self.cooling:
            self.waited += 1
            if self.waited >= self.patience and self.rate > self.smallest:
                self.rate = max(self.rate * self.factor, self.smallest)
                self.waited, self.cooling = 0, self.cooldown

    def __call__(self, step: int | np.ndarray) -> Rate:
        """The rate now, whatever the step."""
        return as_rate(np.full(np.shape(steps(step)), self.rate))
