r"""The learning-rate range test: one short run that tries every rate once.

The rate grows by the same factor at every step, from much too small to much too large.
The loss first stays, then falls, then explodes; where it does what hints at a good rate
(Smith 2015, section 3.3).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from course_utils.learning_rate_schedules.checking import check_rate, check_whole

RULES = ("tenth", "steepest")


@dataclass(frozen=True)
class RangeTest:
    """What a range test saw, one entry a step.

    Attributes:
        rates: the rate of each step, float64, shape (steps,), rising.
        losses: the loss of each batch before its step, float64, shape (steps,).

    Raises:
        ValueError: they are not two equally long, finite rows of at least 3.

    Example:
        >>> rates = np.logspace(-4, 1, 51)
        >>> test = RangeTest(rates, 1 / (1 + 20 * rates) + rates**2)
        >>> round(test.suggestion(smoothing=0), 4)
        0.0251
    """

    rates: np.ndarray
    losses: np.ndarray

    def __post_init__(self) -> None:
        """Check and convert both rows."""
        for name in ("rates", "losses"):
            row = np.asarray(getattr(self, name), dtype=np.float64)
            if row.ndim != 1 or len(row) < 3 or not np.isfinite(row).all():
                raise ValueError(
                    f"{name} must be a row of at least 3 finite numbers, got {row}"
                )
            object.__setattr__(self, name, row)
        if len(self.rates) != len(self.losses):
            raise ValueError(
                "rates and losses must be equally long, "
                f"got {len(self.rates)} and {len(self.losses)}"
            )
        if not ((self.rates > 0).all() and (np.diff(self.rates) > 0).all()):
            raise ValueError("rates must be > 0 and rising")

    def smoothed(self, smoothing: float = 0.9) -> np.ndarray:
        """A leaky average of the losses, corrected for its start.

        Args:
            smoothing: share of the past that stays, in [0, 1).
        """
        return smooth(self.losses, smoothing)

    def suggestion(self, rule: str = "tenth", smoothing: float = 0.9) -> float:
        """A rate to try.

        Args:
            rule: "tenth", a tenth of the rate at the lowest loss, where it turns; or
                "steepest", the rate at which the loss falls fastest on a log axis,
                without the first tenth of the steps, where little is averaged yet.
            smoothing: of the losses, see `smoothed`.

        Raises:
            ValueError: an unknown rule, or a smoothing outside [0, 1).
        """
        if rule not in RULES:
            raise ValueError(f"rule must be one of {', '.join(RULES)}, got {rule!r}")
        losses = self.smoothed(smoothing)
        lowest = int(losses.argmin())
        if rule == "tenth":
            return float(self.rates[lowest] / 10)
        slopes = np.gradient(losses, np.log(self.rates))
        first = min(len(slopes) // 10, lowest)
        return float(self.rates[first + slopes[first : lowest + 1].argmin()])


def smooth(losses: np.ndarray, smoothing: float = 0.9) -> np.ndarray:
    """A leaky average, each value divided by the weights it has collected so far.

    Args:
        losses: shape (n,).
        smoothing: share of the past that stays, in [0, 1).

    Raises:
        ValueError: smoothing is outside [0, 1).

    Example:
        >>> smooth(np.array([1.0, 1.0, 0.0]), 0.5).round(3)
        array([1.   , 1.   , 0.429])
    """
    if not 0 <= smoothing < 1:
        raise ValueError(f"smoothing must be in [0, 1), got {smoothing}")
    average, weight, row = 0.0, 0.0, []
    for loss in losses:
        average = smoothing * average + (1 - smoothing) * loss
        weight = smoothing * weight + (1 - smoothing)
        row.append(average / weight)
    return np.array(row)


def rising_rates(smallest: float, largest: float, n_steps: int) -> np.ndarray:
    """Rates that grow by one factor, float64, shape (n_steps,).

    Raises:
        ValueError: not 0 < smallest < largest, or fewer than 3 steps.
    """
    check_rate(smallest, "smallest")
    check_rate(largest, "largest")
    if not smallest < largest:
        raise ValueError(f"smallest must be < largest, got {smallest} and {largest}")
    check_whole(3, n_steps=n_steps)
    return np.geomspace(smallest, largest, n_steps)


def lr_range_test(
    step: Callable[[float], float],
    smallest: float = 1e-5,
    largest: float = 10.0,
    n_steps: int = 100,
    give_up: float = 4.0,
) -> RangeTest:
    """Train one batch at each rate, from the smallest to the largest.

    It ends early when a loss is not finite, or above `give_up` times the lowest one so
    far. What it trains on is changed: give it a copy, or put the weights back.

    Args:
        step: trains one batch at the rate it gets and returns that batch's loss from
            before the step.
        smallest: rate of the first step, > 0.
        largest: of the last, > smallest.
        n_steps: how many, >= 3.
        give_up: end when the loss has grown to this multiple of its minimum, > 1.

    Raises:
        ValueError: a value is out of its range, or no 3 steps had a finite loss.

    Example:
        >>> seen = lr_range_test(lambda rate: (rate - 0.1) ** 2 + 1, 0.001, 10, 50)
        >>> round(float(seen.rates[seen.losses.argmin()]), 1)
        0.1
    """
    if not give_up > 1:
        raise ValueError(f"give_up must be > 1, got {give_up}")
    rates, losses = [], []
    for rate in rising_rates(smallest, largest, n_steps):
        loss = float(step(float(rate)))
        if not math.isfinite(loss):
            break
        rates.append(rate)
        losses.append(loss)
        if loss > give_up * min(losses):
            break
    return RangeTest(np.array(rates), np.array(losses))
