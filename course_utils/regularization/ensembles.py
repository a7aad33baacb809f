r"""The networks inside dropout: one for each choice of missing units.

$N$ units that may each be missing make $2^N$ networks, all with the same weights. For
small N they can all be asked, and their answers averaged exactly.

Example:
    >>> masks, shares = every_mask(2, 0.25)
    >>> masks.tolist()
    [[False, False], [False, True], [True, False], [True, True]]
    >>> shares
    array([0.0625, 0.1875, 0.1875, 0.5625])
"""

from __future__ import annotations

import numpy as np

from course_utils.regularization.settings import (
    checked_count,
    checked_distributions,
    checked_floats,
    checked_rate,
)

MOST_UNITS = 20


def every_mask(n: int, rate: float) -> tuple[np.ndarray, np.ndarray]:
    """All 2^n ways to keep some of n units, and how likely dropout draws each.

    Args:
        n: how many units, from 1 to 20.
        rate: p, the share that is dropped, in [0, 1).

    Returns:
        Masks, bool (2^n, n), True for a unit that stays; probabilities, float (2^n,).

    Raises:
        ValueError: an argument is out of range.
        TypeError: an argument is no number.
    """
    n, rate = checked_count(n, "n"), checked_rate(rate)
    if n > MOST_UNITS:
        raise ValueError(f"n must be <= {MOST_UNITS}, got {n}: that is 2^{n} masks")
    masks = (np.arange(2**n)[:, None] >> np.arange(n)[::-1]) & 1 == 1
    return masks, np.where(masks, 1 - rate, rate).prod(axis=-1)


def geometric_mean(probabilities: np.ndarray, shares: np.ndarray) -> np.ndarray:
    r"""The geometric mean of distributions, made to sum to 1 again.

    $\exp\left(\sum_k s_k \log p_k\right)$, divided by its sum over the classes.

    Args:
        probabilities: (k, ..., classes), all above 0: k answers.
        shares: (k,), how much each answer counts; >= 0, together 1.

    Returns:
        (..., classes).

    Raises:
        ValueError: they are no distributions, one is 0, or the shapes do not fit.
        TypeError: they are no real numbers.

    Example:
        >>> p = np.array([[0.9, 0.1], [0.5, 0.5]])
        >>> geometric_mean(p, np.array([0.5, 0.5]))
        array([0.75, 0.25])
    """
    p, shares = checked_distributions(probabilities), checked_floats(shares, "shares")
    if shares.shape != p.shape[:1]:
        raise ValueError(f"shares must have shape {p.shape[:1]}, got {shares.shape}")
    checked_distributions(shares)
    if p.min() == 0:
        raise ValueError("probabilities must be > 0: one 0 makes the whole mean 0")
    mean = np.exp(np.tensordot(shares, np.log(p), axes=1))
    return mean / mean.sum(axis=-1, keepdims=True)
