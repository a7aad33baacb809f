"""The middle of several seeds, and how sure of it we may be."""

from __future__ import annotations

import numpy as np

BANDS = ("t", "bootstrap")


def mean_and_interval(
    values: np.ndarray, *, band: str = "t", level: float = 0.95
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    r"""Return the mean over seeds and an interval for it, ignoring non-finite values.

    ``band="t"`` gives :math:`\bar v \pm t_{n-1}\, s/\sqrt n` (Student, 1908), which
    takes the seeds' results as roughly normal; ``band="bootstrap"`` the percentile
    interval over 2,000 resamples of the seeds (Efron, 1979), always the same ones.

    Args:
        values: float array (seeds, points).
        band: ``"t"`` or ``"bootstrap"``.
        level: Coverage of the interval, in (0, 1).

    Returns:
        Three float64 arrays (points,): mean, low end, high end. Where fewer than two
        seeds are finite, low and high are NaN; where none is, so is the mean.

    Raises:
        ValueError: If ``values`` is not two-dimensional, or ``band`` or ``level`` is
            not one of the above.

    Example:
        >>> middle, low, high = mean_and_interval([[1.0, 5.0], [3.0, 5.0]])
        >>> middle.tolist(), low.round(2).tolist(), high.round(2).tolist()
        ([2.0, 5.0], [-10.71, 5.0], [14.71, 5.0])
    """
    values = np.array(values, dtype=np.float64)
    if values.ndim != 2:
        raise ValueError(f"values must be (seeds, points), got shape {values.shape}")
    if band not in BANDS:
        raise ValueError(f"band must be one of {BANDS}, got {band!r}")
    if not 0 < level < 1:
        raise ValueError(f"level must be in (0, 1), got {level}")
    values[~np.isfinite(values)] = np.nan
    n = np.isfinite(values).sum(axis=0)
    total = np.nansum(values, axis=0)
    mean = np.divide(total, n, out=np.full(n.shape, np.nan), where=n > 0)
    if band == "t":
        half = _t_half_width(values, mean, n, level)
        return mean, mean - half, mean + half
    low, high = _bootstrap(values, n, level)
    return mean, low, high


def _t_half_width(
    values: np.ndarray, mean: np.ndarray, n: np.ndarray, level: float
) -> np.ndarray:
    half = np.full(mean.shape, np.nan)
    many = n > 1
    if not many.any():
        return half
    from scipy.special import stdtrit

    squares = np.nansum((values[:, many] - mean[many]) ** 2, axis=0)
    spread = np.sqrt(squares / (n[many] - 1))
    half[many] = stdtrit(n[many] - 1, (1 + level) / 2) * spread / np.sqrt(n[many])
    return half


def _bootstrap(
    values: np.ndarray, n: np.ndarray, level: float
) -> tuple[np.ndarray, np.ndarray]:
    low = np.full(n.shape, np.nan)
    high = np.full(n.shape, np.nan)
    tails = [(1 - level) / 2, (1 + level) / 2]
    for point in np.flatnonzero(n > 1):
        kept = values[np.isfinite(values[:, point]), point]
        rng = np.random.default_rng(0)  # the same resamples at every point
        chosen = rng.integers(len(kept), size=(2000, len(kept)))
        low[point], high[point] = np.quantile(kept[chosen].mean(axis=1), tails)
    return low, high


def band_name(band: str, level: float) -> str:
    """Name an interval in words, for a legend.

    Example:
        >>> band_name("bootstrap", 0.95)
        '95 % bootstrap interval'
    """
    return f"{level * 100:g} % {band} interval"
