r"""Rates that only fall: power, exponential, in steps, along a line or a cosine.

$t$ is the step, 0 for the first; $\eta_0$ the rate that training starts with. Every
function takes one step and returns a float, or an array of steps and returns an array.
`functools.partial(power, learning_rate=0.1, s=1000)` is a function of the step alone,
which is what `fit(schedule=)` wants; unlike a closure it can be saved and sent to
another process.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from course_utils.learning_rate_schedules.checking import (
    Rate,
    as_rate,
    check_above_zero,
    check_end,
    check_factor,
    check_rate,
    check_whole,
    steps,
)

Step = int | np.ndarray


def power(step: Step, learning_rate: float, s: float, c: float = 1.0) -> Rate:
    r"""Power scheduling: fast at first, then ever more slowly.

    $$\eta(t) = \frac{\eta_0}{(1 + t/s)^c}$$

    With c = 1 the rate is a half of $\eta_0$ after s steps, a third after 2s, a quarter
    after 3s. Source: Robbins & Monro (1951) for rates that fall as 1/t; Senior et al.
    (2013) for this form.

    Args:
        step: t, >= 0, an int or an array.
        learning_rate: $\eta_0$, > 0.
        s: steps until it is halved (c = 1), > 0.
        c: how steep, > 0.

    Returns:
        $\eta(t)$, a float or an array.

    Raises:
        ValueError: a value is out of its range.

    Example:
        >>> power(np.array([0, 100, 200, 300]), 0.12, s=100)
        array([0.12, 0.06, 0.04, 0.03])
    """
    check_rate(learning_rate)
    check_above_zero(s=s, c=c)
    return as_rate(learning_rate / (1 + steps(step) / s) ** c)


def inverse_time(step: Step, learning_rate: float, k: float) -> Rate:
    r"""1/t decay, which is power scheduling with s = 1/k and c = 1.

    $$\eta(t) = \frac{\eta_0}{1 + k t}$$

    Args:
        step: t, >= 0, an int or an array.
        learning_rate: $\eta_0$, > 0.
        k: the `decay` of old optimizers, per step, > 0.

    Raises:
        ValueError: a value is out of its range.

    Example:
        >>> inverse_time(100, 0.12, k=0.01)
        0.06
    """
    check_rate(learning_rate)
    check_above_zero(k=k)
    return as_rate(learning_rate / (1 + k * steps(step)))


def exponential(step: Step, learning_rate: float, s: float, rate: float = 0.1) -> Rate:
    r"""Exponential scheduling: the same share is lost in every stretch of s steps.

    $$\eta(t) = \eta_0\, r^{\,t/s}$$

    With r = 0.1, a tenth is left after s steps, a hundredth after 2s. $\eta_0 e^{-kt}$
    is the same thing: r = 1/e and s = 1/k.

    Args:
        step: t, >= 0, an int or an array.
        learning_rate: $\eta_0$, > 0.
        s: steps until r of it is left, > 0.
        rate: r, in (0, 1].

    Raises:
        ValueError: a value is out of its range.

    Example:
        >>> exponential(np.array([0, 100, 200]), 0.1, s=100)
        array([0.1  , 0.01 , 0.001])
    """
    check_rate(learning_rate)
    check_above_zero(s=s)
    check_factor(rate=rate)
    return as_rate(learning_rate * rate ** (steps(step) / s))


def piecewise_constant(
    step: Step, boundaries: Sequence[int], values: Sequence[float]
) -> Rate:
    """A rate for each stretch of training, written down by hand.

    As in Keras a boundary still belongs to the stretch before it: the rate changes at
    the step *after* it. So the first stretch has `boundaries[0] + 1` steps.

    Args:
        step: t, >= 0, an int or an array.
        boundaries: last steps of all stretches but the last, rising, >= 0.
        values: the rates, each > 0; one more than boundaries.

    Raises:
        ValueError: boundaries do not rise, or are not one fewer than values; a value
            is out of its range.
        TypeError: boundaries are not numbers.

    Example:
        >>> piecewise_constant(np.array([0, 100, 101]), [100], [0.01, 0.005])
        array([0.01 , 0.01 , 0.005])
    """
    edges, levels = np.asarray(boundaries), np.asarray(values, dtype=np.float64)
    if edges.ndim != 1 or levels.shape != (len(edges) + 1,):
        raise ValueError(
            "values must be one more than boundaries, "
            f"got {len(values)} for {np.size(edges)} boundaries"
        )
    if edges.size and edges.dtype.kind not in "iuf":
        raise TypeError(f"boundaries must be numbers, got {list(boundaries)}")
    if (edges < 0).any() or not (np.diff(edges) > 0).all():
        raise ValueError(f"boundaries must be >= 0 and rising, got {list(boundaries)}")
    for value in levels:
        check_rate(value, "values")
    return as_rate(levels[np.searchsorted(edges, steps(step), side="left")])


def step_decay(
    step: Step, learning_rate: float, every: int, factor: float = 0.5
) -> Rate:
    r"""Step decay: constant, then a factor less, again and again.

    $$\eta(t) = \eta_0\, f^{\lfloor t / n \rfloor}$$

    Args:
        step: t, >= 0, an int or an array.
        learning_rate: $\eta_0$, > 0.
        every: n, steps between two drops, >= 1.
        factor: $f$, what a drop leaves, in (0, 1].

    Raises:
        ValueError: a value is out of its range.

    Example:
        >>> step_decay(np.array([0, 99, 100, 200]), 0.1, every=100)
        array([0.1  , 0.1  , 0.05 , 0.025])
    """
    check_rate(learning_rate)
    check_whole(every=every)
    check_factor(factor=factor)
    return as_rate(learning_rate * factor ** np.floor(steps(step) / every))


def linear(step: Step, learning_rate: float, n_steps: int, end: float = 0.0) -> Rate:
    r"""A straight line from the first rate to the last, reached at step T.

    $$\eta(t) = \eta_0 + (\eta_T - \eta_0)\, \min(t / T,\ 1)$$

    Args:
        step: t, >= 0, an int or an array.
        learning_rate: $\eta_0$, > 0.
        n_steps: T, >= 1. The last of T steps is T - 1, just before the end.
        end: $\eta_T$, in [0, learning_rate].

    Raises:
        ValueError: a value is out of its range.

    Example:
        >>> linear(np.array([0, 50, 100, 200]), 0.1, n_steps=100)
        array([0.1 , 0.05, 0.  , 0.  ])
    """
    done = _share_done(step, learning_rate, n_steps, end)
    return as_rate(learning_rate + (end - learning_rate) * done)


def cosine(step: Step, learning_rate: float, n_steps: int, end: float = 0.0) -> Rate:
    r"""Half a cosine wave: slow, fast, slow again, down to the last rate at step T.

    $$\eta(t) = \eta_T + \tfrac{1}{2} (\eta_0 - \eta_T)
    \left(1 + \cos(\pi \min(t / T,\ 1))\right)$$

    Source: Loshchilov & Hutter (2017), equation 5, without restarts.

    Args:
        step: t, >= 0, an int or an array.
        learning_rate: $\eta_0$, > 0.
        n_steps: T, >= 1.
        end: $\eta_T$, in [0, learning_rate]. (Keras' `alpha` is end / learning_rate.)

    Raises:
        ValueError: a value is out of its range.

    Example:
        >>> cosine(np.array([0, 50, 100, 200]), 0.1, n_steps=100)
        array([0.1 , 0.05, 0.  , 0.  ])
    """
    done = _share_done(step, learning_rate, n_steps, end)
    return as_rate(end + (learning_rate - end) * (1 + np.cos(np.pi * done)) / 2)


def _share_done(
    step: Step, learning_rate: float, n_steps: int, end: float
) -> np.ndarray:
    """How much of the way lies behind, from 0 to 1."""
    check_rate(learning_rate)
    check_whole(n_steps=n_steps)
    check_end(end, learning_rate)
    return np.minimum(steps(step) / n_steps, 1.0)
