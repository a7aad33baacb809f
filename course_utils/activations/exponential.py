"""An exponential below zero: ELU, CELU, and SELU with its two constants."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import ndtr

from course_utils.activations.ranges import positive


def elu(z: np.ndarray, alpha: float = 1.0) -> np.ndarray:
    r"""Saturate below zero, at -alpha: `z` where z > 0, else `alpha (exp(z) - 1)`.

    With alpha = 1 the slope is continuous at 0; the second derivative jumps from 1 to 0
    there. With any other alpha the slope jumps, from alpha to 1. Source: Clevert et
    al. (2015), equation (15).

    Args:
        z: pre-activations.
        alpha: minus the value it saturates at, > 0.

    Raises:
        ValueError: alpha is not positive or not finite.

    Example:
        >>> elu(np.array([-1000.0, 2.0]), alpha=0.5)
        array([-0.5,  2. ])
    """
    return np.where(z > 0, z, positive(alpha) * np.expm1(np.minimum(z, 0)))


def elu_derivative(z: np.ndarray, alpha: float = 1.0) -> np.ndarray:
    """Slope of ELU: 1 where z > 0, else `alpha exp(z)`."""
    below = positive(alpha) * np.exp(np.minimum(z, 0))
    return np.where(z > 0, np.ones_like(z), below)


def celu(z: np.ndarray, alpha: float = 1.0) -> np.ndarray:
    """ELU with a continuous slope for every alpha: `alpha (exp(z / alpha) - 1)` below.

    Source: Barron (2017), equation (2).

    Args:
        z: pre-activations.
        alpha: minus the value it saturates at, > 0.

    Raises:
        ValueError: alpha is not positive or not finite.

    Example:
        >>> celu(np.array([-1000.0, 2.0]), alpha=0.5)
        array([-0.5,  2. ])
    """
    alpha = positive(alpha)
    return np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0) / alpha))


def celu_derivative(z: np.ndarray, alpha: float = 1.0) -> np.ndarray:
    """Slope of CELU: 1 where z > 0, else `exp(z / alpha)`."""
    return np.exp(np.minimum(z, 0) / positive(alpha))


def selu_constants(mean: float = 0.0, variance: float = 1.0) -> tuple[float, float]:
    r"""The alpha and scale with which SELU hands on a mean and a variance.

    For $z \sim N(\mu, \nu)$ and $f(z) = \lambda z$ above zero, $\lambda \alpha
    (e^z - 1)$ below, two equations are solved for $\alpha$ and $\lambda$:

    $$E[f(z)] = \mu, \qquad E[f(z)^2] = \nu + \mu^2.$$

    Their four half-line means have closed forms, from $E[e^{kz}; z < 0] =
    e^{k\mu + k^2\nu/2}\, \Phi(-(\mu + k\nu)/\sqrt\nu)$. The first equation gives
    alpha for any scale, and then the second is quadratic in the scale. Source:
    Klambauer et al. (2017), section 2 and appendix A1, for mean 0 and variance 1.

    Args:
        mean: what comes in on average and shall come out, in [-1, 1].
        variance: the same for the variance, in [0.01, 100].

    Returns:
        alpha and scale, both positive.

    Raises:
        ValueError: mean or variance is out of range, or no such alpha exists.

    Example:
        >>> [round(constant, 6) for constant in selu_constants()]
        [1.673263, 1.050701]
    """
    if not (abs(mean) <= 1 and 0.01 <= variance <= 100):
        raise ValueError(
            "mean must be in [-1, 1] and variance in [0.01, 100], "
            f"got {mean} and {variance}"
        )
    std = math.sqrt(variance)

    def below_zero(k: int) -> float:
        """The mean of exp(k z) over z < 0, times the probability of z < 0."""
        grown = math.exp(k * mean + k**2 * variance / 2)
        return grown * float(ndtr(-(mean + k * variance) / std))

    density = math.exp(-(mean**2) / (2 * variance)) / math.sqrt(2 * math.pi)
    above = float(ndtr(mean / std))
    line = mean * above + std * density  # E[z; z > 0]
    line_squared = (mean**2 + variance) * above + mean * std * density
    bend = below_zero(1) - below_zero(0)  # E[e^z - 1; z < 0]
    bend_squared = below_zero(2) - 2 * below_zero(1) + below_zero(0)
    # scale (line + alpha bend) = mean
    # scale^2 (line_squared + alpha^2 bend_squared) = variance + mean^2
    r = bend_squared / bend**2
    a, half_b = line_squared + line**2 * r, -mean * line * r
    c = mean**2 * r - variance - mean**2
    root = math.sqrt(max(half_b**2 - a * c, 0))
    scale = (root - half_b) / a
    alpha = (mean / scale - line) / bend if scale > 0 else 0.0
    if not (root > 0 and alpha > 0):
        raise ValueError(
            "mean and variance must be ones that some SELU hands on, "
            f"got {mean} and {variance}"
        )
    return alpha, scale


SELU_ALPHA, SELU_SCALE = selu_constants()


def selu(z: np.ndarray) -> np.ndarray:
    """The scaled ELU that keeps mean 0 and variance 1: `scale * elu(z, alpha)`.

    The two constants solve two equations: see `selu_constants`. Source: Klambauer et
    al. (2017).

    Example:
        >>> selu(np.array([-1000.0, 1.0])).round(4)
        array([-1.7581,  1.0507])
    """
    return SELU_SCALE * elu(z, SELU_ALPHA)


def selu_derivative(z: np.ndarray) -> np.ndarray:
    """Slope of SELU: `scale` where z > 0, else `scale alpha exp(z)`."""
    return SELU_SCALE * elu_derivative(z, SELU_ALPHA)
