"""What an activation leaves of a signal and a gradient, and the scale it needs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from course_utils.gaussian import gaussian_mean

ArrayFunction = Callable[[np.ndarray], np.ndarray]


def forward_gain(f: ArrayFunction, variance: float | np.ndarray = 1.0) -> np.ndarray:
    r"""What an activation leaves of a signal: $E[f(z)^2] / q$ for $z \sim N(0, q)$.

    Args:
        f: the activation.
        variance: q > 0 of the pre-activations, a number or an array.

    Returns:
        A float64 array of the shape of `variance`.

    Raises:
        ValueError: `variance` is not positive and finite.

    Source: He et al. 2015, section 2.2, where it is 1/2 (ReLU).

    Example:
        >>> float(forward_gain(lambda z: np.maximum(z, 0)).round(6))
        0.5
    """
    q = np.asarray(variance, dtype=float)
    if not (np.isfinite(q).all() and (q > 0).all()):
        raise ValueError(f"variance must be finite and > 0, got {variance}")
    return gaussian_mean(lambda z: f(z) ** 2, q) / q


def backward_gain(
    slope: ArrayFunction, variance: float | np.ndarray = 1.0
) -> np.ndarray:
    r"""What an activation leaves of a squared gradient: $E[f'(z)^2]$, $z \sim N(0, q)$.

    Args:
        slope: f', the derivative of the activation.
        variance: q >= 0 of the pre-activations, a number or an array.

    Returns:
        A float64 array of the shape of `variance`.

    Raises:
        ValueError: `variance` is negative or not finite.

    Source: He et al. 2015, section 2.2; Schoenholz et al. 2017.

    Example:
        >>> float(backward_gain(lambda z: (z > 0).astype(float)).round(6))
        0.5
    """
    return gaussian_mean(lambda z: slope(z) ** 2, variance)


def scale_for(f: ArrayFunction, variance: float | np.ndarray = 1.0) -> np.ndarray:
    r"""The scale that keeps a signal as strong as it came: $q / E[f(z)^2]$.

    With `variance_scaling(..., scale=scale_for(f), mode="fan_in")` the pre-activations
    of every layer have variance q if those of the first have.

    Args:
        f: the activation.
        variance: q > 0. For ReLU and its leaky kin the scale is the same at any q;
            for others it is not, and 1 is the usual choice.

    Returns:
        A float64 array of the shape of `variance`.

    Raises:
        ValueError: `variance` is not positive and finite, or `f` is 0 everywhere.

    Example:
        >>> float(scale_for(lambda z: np.maximum(z, 0)).round(6))
        2.0
        >>> leaky = lambda z: np.where(z > 0, z, 0.2 * z)
        >>> bool(np.isclose(scale_for(leaky), 2 / (1 + 0.2**2)))
        True
    """
    gain = forward_gain(f, variance)
    if not (gain > 0).all():
        raise ValueError(
            f"f must let something through, got E[f(z)^2] = 0 at variance {variance}"
        )
    return 1 / gain
