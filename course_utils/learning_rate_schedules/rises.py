r"""Rates that rise before they fall: a warmup in front of any schedule, and 1cycle."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from course_utils.learning_rate_schedules.checking import (
    Rate,
    as_rate,
    check_rate,
    check_whole,
    steps,
)


def warmup(
    step: int | np.ndarray,
    schedule: Callable[..., Rate],
    n_warmup: int,
    start: float = 0.0,
    **settings: Any,
) -> Rate:
    r"""A straight rise to the first rate of a schedule, and then that schedule.

    $$\eta(t) = \eta_s + (\eta_0 - \eta_s)\, t / n \quad (t < n), \qquad
    \eta(t) = \text{schedule}(t - n) \quad (t \ge n)$$

    Source: Goyal et al. (2017), section 2.2. As in Keras the schedule begins only when
    the rise is over: both together take `n_warmup` steps more than the schedule alone.

    Args:
        step: t, >= 0, an int or an array.
        schedule: a function of the step, such as `partial(cosine, n_steps=900)`.
        n_warmup: n, steps of the rise, >= 0.
        start: $\eta_s$, the rate of step 0, >= 0.
        **settings: passed on to the schedule, such as `learning_rate`.

    Raises:
        ValueError: a value is out of its range.

    Example:
        >>> from course_utils.learning_rate_schedules import cosine
        >>> t = np.array([0, 50, 100, 600, 1100])
        >>> warmup(t, cosine, 100, learning_rate=0.1, n_steps=1000)
        array([0.  , 0.05, 0.1 , 0.05, 0.  ])
    """
    check_whole(0, n_warmup=n_warmup)
    if not 0 <= start < np.inf:
        raise ValueError(f"start must be >= 0, got {start}")
    t = steps(step)
    top = schedule(0, **settings)
    after = schedule(np.maximum(t - n_warmup, 0), **settings)
    rising = start + (top - start) * t / max(n_warmup, 1)
    return as_rate(np.where(t < n_warmup, rising, after))


def one_cycle(
    step: int | np.ndarray,
    learning_rate: float,
    n_steps: int,
    start: float | None = None,
    end: float | None = None,
    last: float = 0.1,
    momentum: tuple[float, float] | None = (0.95, 0.85),
) -> dict[str, Rate]:
    r"""1cycle: the rate climbs and falls once, and momentum does the opposite.

    The last tenth of the T steps is kept for a final drop. What comes before it is cut
    in two halves: the rate climbs along a line from $\eta_0$ to its peak $\eta_1$, then
    returns along a line to $\eta_0$; in the last tenth it falls, still along a line, to
    a thousandth of $\eta_0$, which it would reach at step T. Momentum mirrors the rate:
    from high to low in the first half, back to high in the second, and there it stays.
    Source: Smith (2018), section 4; Smith & Topin (2018).

    Args:
        step: t, >= 0, an int or an array.
        learning_rate: the peak $\eta_1$, > 0.
        n_steps: T, all steps of training, >= 3.
        start: $\eta_0$, in (0, learning_rate]; $\eta_1 / 10$ unless given.
        end: the rate at step T, in [0, start]; start / 1000 unless given.
        last: share of the steps kept for the final drop, in [0, 1).
        momentum: its (high, low), 0 <= low <= high < 1; None leaves momentum alone.

    Returns:
        `{"learning_rate": ..., "momentum": ...}`, floats or arrays, as `fit(schedule=)`
        takes them; without "momentum" where that is left alone.

    Raises:
        ValueError: a value is out of its range.

    Example:
        >>> cycle = one_cycle(np.array([0, 45, 90, 100]), 1.0, n_steps=100)
        >>> cycle["learning_rate"]
        array([1.e-01, 1.e+00, 1.e-01, 1.e-04])
        >>> cycle["momentum"]
        array([0.95, 0.85, 0.95, 0.95])
    """
    check_rate(learning_rate)
    check_whole(3, n_steps=n_steps)
    start = learning_rate / 10 if start is None else start
    if not 0 < start <= learning_rate:
        raise ValueError(f"start must be in (0, {learning_rate}], got {start}")
    end = start / 1000 if end is None else end
    if not 0 <= end <= start:
        raise ValueError(f"end must be in [0, {start}], got {end}")
    if not 0 <= last < 1:
        raise ValueError(f"last must be in [0, 1), got {last}")
    half = (1 - last) * n_steps / 2
    corners = [0, half, 2 * half, n_steps]
    t = steps(step)
    height = np.interp(t, corners, [start, learning_rate, start, end])
    now = {"learning_rate": as_rate(height)}
    if momentum is not None:
        high, low = momentum if len(momentum) == 2 else (0, 1)
        if not 0 <= low <= high < 1:
            raise ValueError(
                "momentum must be (high, low) with 0 <= low <= high < 1, "
                f"got {momentum}"
            )
        now["momentum"] = as_rate(np.interp(t, corners[:3], [high, low, high]))
    return now
