"""Walks on a landscape, and how long they take."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from course_utils.optimizers.base import Optimizer
from course_utils.optimizers.landscapes import Landscape


def descend(
    optimizer: Optimizer,
    landscape: Landscape,
    start: np.ndarray,
    n_steps: int,
    seed: int = 0,
) -> np.ndarray:
    """Walk on a landscape; numbers that overflow become infinite, without a warning.

    Args:
        optimizer: the walker.
        landscape: where to.
        start: a point, shape (d,), or many, shape (..., d).
        n_steps: how many, >= 0.
        seed: of the noise, if the landscape has any.

    Returns:
        The way, the start included: shape (n_steps + 1, ..., d).

    Raises:
        ValueError: n_steps is below 0.

    Example:
        >>> from course_utils.optimizers import SGD, quadratic
        >>> way = descend(SGD(0.5), quadratic(1), [1.0, 2.0], 2)
        >>> way
        array([[1.  , 2.  ],
               [0.5 , 1.  ],
               [0.25, 0.5 ]])
    """
    if n_steps < 0:
        raise ValueError(f"n_steps must be >= 0, got {n_steps}")
    theta = np.array(start, dtype=float)
    path = np.empty((n_steps + 1, *theta.shape))
    path[0] = theta
    state, rng = optimizer.init(theta), np.random.default_rng(seed)
    with np.errstate(over="ignore", invalid="ignore"):
        for t in range(1, n_steps + 1):
            g = landscape.gradient(theta)
            if landscape.noise:
                g = g + landscape.noise * rng.normal(size=g.shape)
            optimizer.update(theta, g, state)
            path[t] = theta
    return path


def paths(
    optimizers: Mapping[str, Optimizer],
    landscape: Landscape,
    start: np.ndarray,
    n_steps: int,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """The ways of several optimizers from one start; see `descend`."""
    return {
        name: descend(optimizer, landscape, start, n_steps, seed)
        for name, optimizer in optimizers.items()
    }


def steps_until(values: np.ndarray, below: float) -> np.ndarray:
    """The step from which on values stay below a limit; infinity where they never do.

    Args:
        values: shape (steps + 1, ...), the first of them before the first step.
        below: the limit.

    Returns:
        Floats, shape (...).

    Example:
        >>> float(steps_until(np.array([5.0, 0.5, 2.0, 0.9, 0.1]), 1.0))
        3.0
    """
    values = np.asarray(values, dtype=float)
    above = ~(values < below)  # NaN, too
    last = len(values) - np.argmax(above[::-1], axis=0)
    return np.where(above.any(axis=0), np.where(above[-1], np.inf, last), 0.0)
