"""Variance scaling, and the schemes that are settings of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np

Initializer = Callable[[tuple[int, ...], np.random.Generator], np.ndarray]

#: Standard deviation of a standard normal cut off at two: what truncation costs.
TRUNCATED_STD = 0.8796256610342398


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """Connections into and out of one unit of a kernel.

    A dense kernel has shape `(fan_in, fan_out)`. A convolution kernel has shape
    `(*window, channels_in, channels_out)`: each unit sees the whole window.

    Raises:
        ValueError: fewer than two axes, or an axis shorter than 1.

    Example:
        >>> fans((300, 100))
        (300, 100)
        >>> fans((3, 3, 16, 32))
        (144, 288)
    """
    if len(shape) < 2 or min(shape) < 1:
        raise ValueError(
            "shape must be (fan_in, fan_out) or (*window, channels_in, channels_out) "
            f"with positive lengths, got {tuple(shape)}"
        )
    window = math.prod(shape[:-2])
    return window * shape[-2], window * shape[-1]


def variance_scaling(
    shape: tuple[int, ...],
    rng: np.random.Generator,
    scale: float = 1.0,
    mode: str = "fan_in",
    distribution: str = "truncated_normal",
) -> np.ndarray:
    """Draw weights with mean 0 and variance `scale / n`.

    Args:
        shape: of the kernel, see `fans`.
        rng: where the randomness comes from.
        scale: the numerator of the variance, > 0.
        mode: `n` is "fan_in", "fan_out" or "fan_avg", their mean.
        distribution: "truncated_normal" (nothing beyond two standard deviations of
            the parent normal, whose variance is raised so that the *weights* have
            variance `scale / n`), "untruncated_normal" or "uniform".

    Returns:
        A float64 array of the given shape.

    Raises:
        ValueError: `scale`, `mode` or `distribution` is not one of the above.

    Example:
        >>> w = variance_scaling((500, 400), np.random.default_rng(0), scale=2.0)
        >>> bool(abs(w.var() * 500 - 2.0) < 0.02)
        True
    """
    if not scale > 0:
        raise ValueError(f"scale must be > 0, got {scale}")
    fan_in, fan_out = fans(shape)
    counts = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}
    if mode not in counts:
        raise ValueError(f"mode must be one of {', '.join(counts)}, got {mode!r}")
    std = math.sqrt(scale / counts[mode])
    if distribution == "uniform":
        limit = math.sqrt(3) * std  # the variance of U[-r, r] is r^2 / 3
        return rng.uniform(-limit, limit, shape)
    if distribution == "untruncated_normal":
        return std * rng.standard_normal(shape)
    if distribution == "truncated_normal":
        return std / TRUNCATED_STD * truncated_standard_normal(shape, rng)
    raise ValueError(
        "distribution must be one of truncated_normal, untruncated_normal, uniform, "
        f"got {distribution!r}"
    )


def truncated_standard_normal(
    shape: tuple[int, ...], rng: np.random.Generator
) -> np.ndarray:
    """Draw from a standard normal, again and again where a draw lies beyond two."""
    z = rng.standard_normal(shape)
    while (outside := np.abs(z) > 2).any():
        z[outside] = rng.standard_normal(np.count_nonzero(outside))
    return z


def glorot_uniform(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Variance `1 / fan_avg`, uniform (Glorot & Bengio 2010); Keras' default."""
    return variance_scaling(shape, rng, 1.0, "fan_avg", "uniform")


def glorot_normal(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Variance `1 / fan_avg`, truncated normal (Glorot & Bengio 2010)."""
    return variance_scaling(shape, rng, 1.0, "fan_avg", "truncated_normal")


def he_uniform(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Variance `2 / fan_in`, uniform (He et al. 2015)."""
    return variance_scaling(shape, rng, 2.0, "fan_in", "uniform")


def he_normal(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Variance `2 / fan_in`, truncated normal (He et al. 2015)."""
    return variance_scaling(shape, rng, 2.0, "fan_in", "truncated_normal")


def lecun_uniform(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Variance `1 / fan_in`, uniform (LeCun et al. 1998)."""
    return variance_scaling(shape, rng, 1.0, "fan_in", "uniform")


def lecun_normal(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Variance `1 / fan_in`, truncated normal (LeCun et al. 1998)."""
    return variance_scaling(shape, rng, 1.0, "fan_in", "truncated_normal")


def normal(std: float) -> Initializer:
    """An initializer that draws every weight from N(0, std^2), whatever the fans.

    Raises:
        ValueError: `std` is negative.

    Example:
        >>> normal(1.0)((2, 3), np.random.default_rng(0)).shape
        (2, 3)
    """
    if not std >= 0:
        raise ValueError(f"std must be >= 0, got {std}")
    return partial(_draw_normal, std)


def _draw_normal(
    std: float, shape: tuple[int, ...], rng: np.random.Generator
) -> np.ndarray:
    # Not a function inside `normal`, which could not be pickled for another process.
    return std * rng.standard_normal(shape)


def constant(value: float) -> Initializer:
    """An initializer that gives every weight the same value: units stay copies.

    Raises:
        ValueError: `value` is not finite.

    Example:
        >>> constant(0.5)((1, 2), np.random.default_rng(0))
        array([[0.5, 0.5]])
    """
    if not math.isfinite(value):
        raise ValueError(f"value must be finite, got {value}")
    return partial(_fill, value)


def _fill(value: float, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    return np.full(shape, float(value))


def glorot_2010_standard(
    shape: tuple[int, ...], rng: np.random.Generator
) -> np.ndarray:
    """What Glorot & Bengio (2010, eq. 1) call the standard of their day.

    Uniform on `[-1/sqrt(n), 1/sqrt(n)]` with `n = fan_in`: variance `1 / (3n)`.
    """
    return variance_scaling(shape, rng, 1 / 3, "fan_in", "uniform")
