"""Smooth everywhere: softplus, GELU, SiLU and Mish."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import ndtr

from course_utils.activations.ranges import not_negative
from course_utils.activations.squashing import sigmoid, sigmoid_derivative


def softplus(z: np.ndarray) -> np.ndarray:
    """A rounded ReLU: `log(1 + exp(z))`, always above it, by `log 2` at z = 0.

    Written with `exp(-|z|)`, which cannot overflow. Source: Dugas et al. (2000).

    Example:
        >>> softplus(np.array([-1000.0, 1000.0]))
        array([   0., 1000.])
    """
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))


def softplus_derivative(z: np.ndarray) -> np.ndarray:
    """Slope of softplus: `sigmoid(z)`."""
    return sigmoid(z)


def gelu(z: np.ndarray) -> np.ndarray:
    r"""Weigh `z` by the chance that a standard normal is smaller: `z Phi(z)`.

    $\Phi(z) = (1 + \mathrm{erf}(z/\sqrt 2))/2$. Source: Hendrycks & Gimpel (2016),
    section 2.

    Example:
        >>> gelu(np.array([-1.0, 0.0, 1.0])).round(4)
        array([-0.1587,  0.    ,  0.8413])
    """
    return z * ndtr(z)


def gelu_derivative(z: np.ndarray) -> np.ndarray:
    r"""Slope of GELU: `Phi(z) + z phi(z)`, with the normal density phi."""
    density = np.exp(-(np.clip(z, -40, 40) ** 2) / 2) / math.sqrt(2 * math.pi)
    return ndtr(z) + z * density


def gelu_tanh(z: np.ndarray) -> np.ndarray:
    r"""GELU without the error function, as many large models compute it.

    $z\,(1 + \tanh u)/2 = z\,\mathrm{sigmoid}(2u)$ with $u = \sqrt{2/\pi}\,(z +
    0.044715\, z^3)$: at most 5e-4 from `gelu`. Source: Hendrycks & Gimpel (2016),
    section 2.

    Example:
        >>> gelu_tanh(np.array([-1.0, 0.0, 1.0])).round(4)
        array([-0.1588,  0.    ,  0.8412])
    """
    return z * sigmoid(2 * _gelu_argument(z))


def gelu_tanh_derivative(z: np.ndarray) -> np.ndarray:
    """Slope of `gelu_tanh`: `s + z s (1 - s) 2u'` with `s = sigmoid(2u)`."""
    v = 2 * _gelu_argument(z)
    v_slope = 2 * math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * np.clip(z, -30, 30) ** 2)
    return sigmoid(v) + z * sigmoid_derivative(v) * v_slope


def _gelu_argument(z: np.ndarray) -> np.ndarray:
    z = np.clip(z, -30, 30)  # its sigmoid is 0 or 1 beyond; the cube could overflow
    return math.sqrt(2 / math.pi) * (z + 0.044715 * z**3)


def silu(z: np.ndarray, beta: float = 1.0) -> np.ndarray:
    """Weigh `z` by its own sigmoid: `z sigmoid(beta z)`, also called Swish.

    beta = 0 is the line z / 2; towards large beta it becomes ReLU. Source: Elfwing et
    al. (2017), section 2, for beta = 1; Ramachandran et al. (2017) for any.

    Args:
        z: pre-activations.
        beta: how sharply it bends, >= 0.

    Raises:
        ValueError: beta is negative or not finite.

    Example:
        >>> silu(np.array([-1.0, 0.0, 1.0])).round(4)
        array([-0.2689,  0.    ,  0.7311])
    """
    return z * sigmoid(not_negative(beta, "beta") * z)


def silu_derivative(z: np.ndarray, beta: float = 1.0) -> np.ndarray:
    """Slope of SiLU: `s + beta z s (1 - s)` with `s = sigmoid(beta z)`."""
    t = not_negative(beta, "beta") * z
    return sigmoid(t) + t * sigmoid_derivative(t)


def mish(z: np.ndarray) -> np.ndarray:
    """`z tanh(softplus(z))`. Source: Misra (2019), section 1.

    Example:
        >>> mish(np.array([-1.0, 0.0, 1.0])).round(4)
        array([-0.3034,  0.    ,  0.8651])
    """
    return z * np.tanh(softplus(z))


def mish_derivative(z: np.ndarray) -> np.ndarray:
    """Slope of Mish: `t + z (1 - t^2) sigmoid(z)` with `t = tanh(softplus(z))`."""
    t = np.tanh(softplus(z))
    return t + z * (1 - t**2) * sigmoid(z)
