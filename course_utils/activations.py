"""Activation functions: the bend between two layers, and its slope.

Each function takes an array of pre-activations `z` of any shape and float dtype and
returns an array of that shape and dtype; its derivative stands beside it. All of them
stay finite, without a warning, from -1e4 to 1e4 and far beyond, in float32 as well.

Where two branches meet in a kink, the slope there is the left one: 0 for ReLU.

Example:
    >>> import numpy as np
    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    >>> sigmoid_derivative(np.array([0.0]))
    array([0.25])
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from scipy.special import ndtr

ArrayFunction = Callable[[np.ndarray], np.ndarray]


# --- squashing ---------------------------------------------------------------------


def sigmoid(z: np.ndarray) -> np.ndarray:
    """Squash to (0, 1): `1 / (1 + exp(-z))`.

    Far below zero the exponential overflows to infinity, and `1 / infinity = 0` is the
    right answer; only the warning is turned off.
    """
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-z))


def sigmoid_derivative(z: np.ndarray) -> np.ndarray:
    """Slope of the sigmoid, `sigmoid(z) (1 - sigmoid(z))`: at most 1/4, at z = 0."""
    e = np.exp(-np.abs(z))
    return e / (1 + e) ** 2


def tanh(z: np.ndarray) -> np.ndarray:
    """Squash to (-1, 1), odd: `tanh(z) = 2 sigmoid(2z) - 1`."""
    return np.tanh(z)


def tanh_derivative(z: np.ndarray) -> np.ndarray:
    """Slope of tanh, `1 - tanh(z)^2`: at most 1, at z = 0."""
    return 1 - np.tanh(z) ** 2


# --- a kink at zero ----------------------------------------------------------------


def relu(z: np.ndarray) -> np.ndarray:
    """Keep what is positive: `max(z, 0)` (Nair & Hinton 2010)."""
    return np.maximum(z, 0)


def relu_derivative(z: np.ndarray) -> np.ndarray:
    """Slope of ReLU: 1 where z > 0, else 0 (0 is chosen at the kink itself)."""
    return np.where(z > 0, np.ones_like(z), np.zeros_like(z))


def leaky_relu(z: np.ndarray, alpha: float = 0.01) -> np.ndarray:
    """Let a little through below zero: `z` where z > 0, else `alpha z`.

    `max(alpha z, z)`, as it is often written, is the same up to alpha = 1 and something
    else beyond. Source: Maas et al. (2013), section 2, with alpha = 0.01.

    Args:
        z: pre-activations.
        alpha: the slope below zero, >= 0.

    Raises:
        ValueError: alpha is negative or not finite.

    Example:
        >>> leaky_relu(np.array([-1.0, 2.0]), alpha=0.2)
        array([-0.2,  2. ])
    """
    return np.where(z > 0, z, _not_negative(alpha) * z)


def leaky_relu_derivative(z: np.ndarray, alpha: float = 0.01) -> np.ndarray:
    """Slope of the leaky ReLU: 1 where z > 0, else alpha."""
    return np.where(z > 0, np.ones_like(z), np.full_like(z, _not_negative(alpha)))


def prelu(z: np.ndarray, alpha: float | np.ndarray) -> np.ndarray:
    """A leaky ReLU whose slope below zero is a parameter, learned as weights are.

    Source: He et al. (2015), section 2.1, one alpha a channel, 0.25 at the start.

    Args:
        z: pre-activations, units on the last axis.
        alpha: the slope below zero, one number or one a unit; any finite value, since
            training may carry it anywhere.

    Raises:
        ValueError: alpha is not finite.

    Example:
        >>> prelu(np.array([[-1.0, -1.0]]), alpha=np.array([0.25, 0.5]))
        array([[-0.25, -0.5 ]])
    """
    return np.where(z > 0, z, _finite(alpha, z) * z)


def prelu_derivative(z: np.ndarray, alpha: float | np.ndarray) -> np.ndarray:
    """Slope of the parametric ReLU in z: 1 where z > 0, else alpha."""
    return np.where(z > 0, np.ones_like(z), _finite(alpha, z))


def prelu_alpha_derivative(z: np.ndarray) -> np.ndarray:
    """Slope of the parametric ReLU in alpha: 0 where z > 0, else z.

    The slope of one alpha is moved by every example with z < 0: sum over them.
    """
    return np.minimum(z, 0)


def rrelu(
    z: np.ndarray, rng: Any = None, low: float = 1 / 8, high: float = 1 / 3
) -> np.ndarray:
    """A leaky ReLU with a random slope in training and the mean slope afterwards.

    Each entry draws its own alpha, uniform between `low` and `high`, in every pass.
    Source: Xu et al. (2015), section 2.4; there the slope is 1/a, a from 3 to 8.

    Args:
        z: pre-activations.
        rng: a generator (with `random(shape, dtype)`) draws the slopes, as in training;
            None takes their mean, as at inference.
        low: smallest slope.
        high: largest slope; 0 <= low <= high <= 1.

    Raises:
        ValueError: the bounds are not as they should be.

    Example:
        >>> rrelu(np.array([-1.0, 2.0]), low=0.2, high=0.4)
        array([-0.3,  2. ])
    """
    return np.where(z > 0, z, rrelu_slopes(z, rng, low, high) * z)


def rrelu_derivative(
    z: np.ndarray, rng: Any = None, low: float = 1 / 8, high: float = 1 / 3
) -> np.ndarray:
    """Slope of the randomized ReLU: 1 where z > 0, else the drawn alpha.

    A generator in the same state as `rrelu` had draws the same slopes.
    """
    return np.where(z > 0, np.ones_like(z), rrelu_slopes(z, rng, low, high))


def rrelu_slopes(
    z: np.ndarray, rng: Any = None, low: float = 1 / 8, high: float = 1 / 3
) -> np.ndarray:
    """The slopes that `rrelu` uses below zero: an array of the shape of z."""
    if not 0 <= low <= high <= 1:
        raise ValueError(f"low and high must be 0 <= low <= high <= 1, got {low, high}")
    if rng is None:
        return np.full_like(z, (low + high) / 2)
    return low + (high - low) * rng.random(z.shape, dtype=z.dtype)


# --- an exponential below zero ------------------------------------------------------


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
    return np.where(z > 0, z, _positive(alpha) * np.expm1(np.minimum(z, 0)))


def elu_derivative(z: np.ndarray, alpha: float = 1.0) -> np.ndarray:
    """Slope of ELU: 1 where z > 0, else `alpha exp(z)`."""
    below = _positive(alpha) * np.exp(np.minimum(z, 0))
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
    alpha = _positive(alpha)
    return np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0) / alpha))


def celu_derivative(z: np.ndarray, alpha: float = 1.0) -> np.ndarray:
    """Slope of CELU: 1 where z > 0, else `exp(z / alpha)`."""
    return np.exp(np.minimum(z, 0) / _positive(alpha))


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


# --- smooth everywhere ---------------------------------------------------------------


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
    return z * sigmoid(_not_negative(beta, "beta") * z)


def silu_derivative(z: np.ndarray, beta: float = 1.0) -> np.ndarray:
    """Slope of SiLU: `s + beta z s (1 - s)` with `s = sigmoid(beta z)`."""
    t = _not_negative(beta, "beta") * z
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


def linear(z: np.ndarray) -> np.ndarray:
    """No bend at all: `z`."""
    return z


def linear_derivative(z: np.ndarray) -> np.ndarray:
    """Slope of the identity: 1 everywhere."""
    return np.ones_like(z)


# --- several units at once -----------------------------------------------------------


def maxout(z: np.ndarray, k: int) -> np.ndarray:
    """The largest of each k neighbouring pre-activations: a learned, convex bend.

    Source: Goodfellow et al. (2013), section 2.

    Args:
        z: pre-activations, shape (..., n) with n a multiple of k.
        k: how many compete for one output, >= 1.

    Returns:
        Shape (..., n / k); output j is the largest of z[..., j k : (j + 1) k].

    Raises:
        ValueError: k is below 1 or does not divide n.

    Example:
        >>> maxout(np.array([[1.0, 3.0, -2.0, -5.0]]), k=2)
        array([[ 3., -2.]])
    """
    return _groups(z, k).max(axis=-1)


def maxout_derivative(z: np.ndarray, k: int) -> np.ndarray:
    """Slope of each group's output in its members: 1 for the largest, else 0.

    Of equals, the first wins.

    Returns:
        The shape of z.
    """
    groups = _groups(z, k)
    winners = np.arange(k) == groups.argmax(axis=-1)[..., None]
    return winners.astype(z.dtype).reshape(z.shape)


def _groups(z: np.ndarray, k: int) -> np.ndarray:
    n = np.shape(z)[-1] if np.ndim(z) else 0
    if not (k == int(k) and k >= 1 and n >= 1 and n % k == 0):
        raise ValueError(f"k must be a whole number that divides {n} units, got {k}")
    return z.reshape(*z.shape[:-1], n // k, k)


def softmax(z: np.ndarray) -> np.ndarray:
    """Turn the scores of the last axis into probabilities: `exp(z) / sum(exp(z))`.

    Subtracting the largest score first changes nothing in the quotient and keeps the
    exponential from overflowing.

    Example:
        >>> softmax(np.array([1000.0, 1000.0]))
        array([0.5, 0.5])
    """
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def softmax_backward(z: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    r"""Carry dLoss/d(probabilities) back to dLoss/d(scores).

    Every probability depends on every score: $\partial p_i / \partial z_j = p_i
    ([i = j] - p_j)$. Multiplied by the gradient g, without building the matrix:
    $p\,(g - \sum_i g_i p_i)$.

    Args:
        z: scores, shape (..., classes).
        gradient: g, the same shape.

    Returns:
        The shape of z; each row sums to 0.

    Example:
        >>> softmax_backward(np.array([0.0, 0.0]), np.array([1.0, 0.0]))
        array([ 0.25, -0.25])
    """
    p = softmax(z)
    return p * (gradient - (gradient * p).sum(axis=-1, keepdims=True))


# --- parameters that make sense ------------------------------------------------------
# As Python floats: a float64 of NumPy would turn float32 arrays into float64 ones.


def _not_negative(number: float, name: str = "alpha") -> float:
    if not (np.ndim(number) == 0 and 0 <= number < math.inf):
        raise ValueError(f"{name} must be a finite number >= 0, got {number}")
    return float(number)


def _positive(alpha: float) -> float:
    if not (np.ndim(alpha) == 0 and 0 < alpha < math.inf):
        raise ValueError(f"alpha must be a finite number > 0, got {alpha}")
    return float(alpha)


def _finite(alpha: float | np.ndarray, z: np.ndarray) -> np.ndarray:
    alpha = np.asarray(alpha, dtype=np.asarray(z).dtype)
    if not np.isfinite(alpha).all():
        raise ValueError(f"alpha must be finite, got {alpha}")
    return alpha


# --- by name -------------------------------------------------------------------------


@dataclass(frozen=True)
class Activation:
    """A function and its slope, as a network needs them.

    Attributes:
        name: the field's name for it.
        function: `f(z)`.
        derivative: `f'(z)`.
        slope_from_output: `f'(z)` computed from `a = f(z)`, where that is cheaper
            (for the sigmoid, `a (1 - a)`); None where only `z` will do. A slope that is
            only ever 0 or 1 may come as booleans, which multiply faster.
    """

    name: str
    function: ArrayFunction
    derivative: ArrayFunction
    slope_from_output: ArrayFunction | None = None

    def __call__(self, z: np.ndarray) -> np.ndarray:
        """`f(z)`."""
        return self.function(z)


# Named functions rather than lambdas, so that a network can be pickled and sent to
# another process.
def _sigmoid_slope_from_output(a: np.ndarray) -> np.ndarray:
    return a * (1 - a)


def _tanh_slope_from_output(a: np.ndarray) -> np.ndarray:
    return 1 - a * a


def _relu_slope_from_output(a: np.ndarray) -> np.ndarray:
    return a > 0


def _elu_slope_from_output(a: np.ndarray, alpha: float = 1.0) -> np.ndarray:
    return np.where(a > 0, np.ones_like(a), a + float(alpha))


def _selu_slope_from_output(a: np.ndarray) -> np.ndarray:
    return np.where(a > 0, np.full_like(a, SELU_SCALE), a + SELU_SCALE * SELU_ALPHA)


ACTIVATIONS = {
    activation.name: activation
    for activation in (
        Activation("sigmoid", sigmoid, sigmoid_derivative, _sigmoid_slope_from_output),
        Activation("tanh", tanh, tanh_derivative, _tanh_slope_from_output),
        Activation("relu", relu, relu_derivative, _relu_slope_from_output),
        Activation("leaky_relu", leaky_relu, leaky_relu_derivative),
        Activation("elu", elu, elu_derivative, _elu_slope_from_output),
        Activation("celu", celu, celu_derivative),
        Activation("selu", selu, selu_derivative, _selu_slope_from_output),
        Activation("softplus", softplus, softplus_derivative),
        Activation("gelu", gelu, gelu_derivative),
        Activation("gelu_tanh", gelu_tanh, gelu_tanh_derivative),
        Activation("silu", silu, silu_derivative),
        Activation("mish", mish, mish_derivative),
        Activation("linear", linear, linear_derivative),
    )
}


def get(activation: str | Activation) -> Activation:
    """Look an activation up by name; an `Activation` is returned as it is.

    Raises:
        ValueError: the name is not one of `ACTIVATIONS`.

    Example:
        >>> get("relu")(np.array([-1.0, 2.0]))
        array([0., 2.])
    """
    if isinstance(activation, Activation):
        return activation
    if activation not in ACTIVATIONS:
        raise ValueError(
            f"activation must be one of {', '.join(ACTIVATIONS)} or an Activation, "
            f"got {activation!r}"
        )
    return ACTIVATIONS[activation]


# Which of them have a parameter, and what it is called.
PARAMETERS = {"leaky_relu": "alpha", "elu": "alpha", "celu": "alpha", "silu": "beta"}


def variant(name: str, **parameters: float) -> Activation:
    """An activation with its parameter set, for a network.

    Args:
        name: one of `ACTIVATIONS`.
        **parameters: `alpha` for the leaky ReLU, ELU and CELU, `beta` for SiLU; without
            any, the activation as it is.

    Raises:
        ValueError: the name or the parameter is unknown, or its value out of range.

    Example:
        >>> activation = variant("leaky_relu", alpha=0.2)
        >>> activation.name, activation(np.array([-1.0]))
        ('leaky_relu(alpha=0.2)', array([-0.2]))
    """
    plain = get(name)
    if not parameters:
        return plain
    if set(parameters) != {PARAMETERS.get(name)}:
        raise ValueError(
            f"parameters must be {PARAMETERS.get(name, 'none')} for {name}, "
            f"got {', '.join(parameters)}"
        )
    plain.function(np.zeros(1), **parameters)  # refuses a value out of range
    slope = plain.slope_from_output
    settings = ", ".join(f"{key}={value:g}" for key, value in parameters.items())
    return Activation(
        f"{name}({settings})",
        partial(plain.function, **parameters),
        partial(plain.derivative, **parameters),
        partial(slope, **parameters) if slope is not None else None,
    )
