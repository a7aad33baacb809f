r"""Vanishing and exploding gradients: what one layer does to a signal, twenty times.

Two numbers say what a layer of a wide random network does. With weights drawn from
$N(0, \sigma_w^2)$ and pre-activations $z \sim N(0, q)$:

* forward, the variance of the next layer's pre-activations is
  $q' = n \sigma_w^2 \, E[f(z)^2]$, where $n$ is the number of inputs (fan-in);
* backward, the mean square of the gradient is multiplied by
  $\chi = n \sigma_w^2 \, E[f'(z)^2]$, where $n$ is the number of outputs (fan-out).

Depth turns the second into a product, and a product of twenty equal factors is a power.

Source: the mean-field view of Poole et al. 2016 and Schoenholz et al. 2017; the
variance argument is Glorot & Bengio 2010, section 4.2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from course_utils.gaussian import gaussian_mean

ArrayFunction = Callable[[np.ndarray], np.ndarray]


def forward_variance(
    q: float | np.ndarray, f: ArrayFunction, fan_in: float, weight_std: float
) -> np.ndarray:
    r"""Variance of the next pre-activations: $q' = n \sigma_w^2 E[f(z)^2]$.

    Args:
        q: variance of this layer's pre-activations z.
        f: the activation.
        fan_in: n, how many units feed one unit of the next layer.
        weight_std: sigma_w, the standard deviation of the weights.

    Example:
        >>> relu = lambda z: np.maximum(z, 0)
        >>> float(np.round(forward_variance(1.0, relu, 100, np.sqrt(2 / 100)), 6))
        1.0
    """
    return fan_in * weight_std**2 * gaussian_mean(lambda z: f(z) ** 2, q)


def backward_gain(
    q: float | np.ndarray, slope: ArrayFunction, fan_out: float, weight_std: float
) -> np.ndarray:
    r"""Factor on the mean squared gradient, a layer down: $\chi = n\sigma_w^2E[f'^2]$.

    Args:
        q: variance of the pre-activations z at which the slopes are taken.
        slope: f', the derivative of the activation.
        fan_out: n, how many units one unit of this layer feeds.
        weight_std: sigma_w, the standard deviation of the weights.

    Example:
        >>> step = lambda z: (z > 0).astype(float)
        >>> float(np.round(backward_gain(1.0, step, 100, np.sqrt(2 / 100)), 6))
        1.0
    """
    return fan_out * weight_std**2 * gaussian_mean(lambda z: slope(z) ** 2, q)


@dataclass(frozen=True)
class Propagation:
    """What theory expects of L hidden layers of one width, layer 1 (lowest) first.

    Attributes:
        variance: q of each layer's pre-activations, shape (L,).
        gain: chi between a layer and the one above it, shape (L - 1,).
        gradient: root mean square of dLoss/dz in each layer, relative to the top
            hidden layer, shape (L,); the last entry is 1.
    """

    variance: np.ndarray
    gain: np.ndarray
    gradient: np.ndarray


def propagate(
    f: ArrayFunction,
    slope: ArrayFunction,
    width: int,
    weight_std: float,
    n_layers: int,
    first_variance: float,
) -> Propagation:
    """Follow variance up and gradient down through equal layers.

    Args:
        f: the activation.
        slope: its derivative.
        width: units in each hidden layer, n.
        weight_std: sigma_w of the hidden-to-hidden weights.
        n_layers: L >= 1, hidden layers.
        first_variance: q of the first hidden layer, set by the images.

    Raises:
        ValueError: `n_layers` or `width` is below 1, or `weight_std` is negative.

    Example:
        >>> half = lambda z: z / 2
        >>> chain = propagate(half, lambda z: 0 * z + 0.5, 100, 0.1, 3, 1.0)
        >>> chain.variance.round(4), chain.gradient.round(4)
        (array([1.    , 0.25  , 0.0625]), array([0.25, 0.5 , 1.  ]))
    """
    if n_layers < 1 or width < 1 or weight_std < 0:
        raise ValueError(
            "n_layers and width must be >= 1 and weight_std >= 0, "
            f"got {n_layers}, {width} and {weight_std}"
        )
    variance = [float(first_variance)]
    for _ in range(n_layers - 1):
        variance.append(float(forward_variance(variance[-1], f, width, weight_std)))
    gain = backward_gain(np.array(variance[:-1]), slope, width, weight_std)
    upward_product = np.cumprod(np.append(gain, 1.0)[::-1])[::-1]
    return Propagation(np.array(variance), gain, np.sqrt(upward_product))


def deep_variance(
    f: ArrayFunction, width: float, weight_std: float, n_layers: int = 200
) -> float:
    """The variance q at which deep layers settle: `forward_variance`'s fixed point.

    Starts at q = 1 and applies the forward map `n_layers` times, or until nothing
    changes any more; that is enough for bounded activations such as the sigmoid.

    Raises:
        ValueError: the variance grows beyond all bounds, as it may with ReLU.
    """
    q = np.float64(1.0)
    for _ in range(n_layers):
        with np.errstate(over="ignore"):
            before, q = q, forward_variance(q, f, width, weight_std)
        if abs(q - before) <= 1e-14 * before:
            break
    return float(q)


def critical_width(
    f: ArrayFunction,
    slope: ArrayFunction,
    weight_std: float = 1.0,
    narrowest: float = 1.0,
    widest: float = 1e5,
) -> float:
    r"""The width at which gradients neither vanish nor explode: chi = 1 deep down.

    Narrower networks shrink the gradient on its way down, wider ones make it grow.
    Found by bisection. For a sigmoid with N(0, 1) weights, treating the sigmoid as a
    step gives $q = n/2$, $\chi = \sqrt{n} / (6\sqrt{\pi})$ and so $n = 36\pi = 113.1$;
    the sigmoid as it is gives 103.0.

    Args:
        f: the activation, bounded.
        slope: its derivative.
        weight_std: sigma_w, > 0, the same at every width.
        narrowest: where the search begins; chi must be below 1 there.
        widest: where the search ends; chi must be above 1 there.

    Raises:
        ValueError: chi does not cross 1 between `narrowest` and `widest`, or
            `weight_std` is not positive.
    """
    if not weight_std > 0:
        raise ValueError(f"weight_std must be > 0, got {weight_std}")

    def chi(width: float) -> float:
        q = deep_variance(f, width, weight_std)
        return float(backward_gain(q, slope, width, weight_std))

    low, high = narrowest, widest
    if not chi(low) < 1 < chi(high):
        raise ValueError(
            f"chi must cross 1 between the widths {low:g} and {high:g}, "
            f"got {chi(low):.3g} and {chi(high):.3g}"
        )
    while high / low > 1 + 1e-6:
        middle = np.sqrt(low * high)
        low, high = (middle, high) if chi(middle) < 1 else (low, middle)
    return float(middle)


def saturated_fraction(
    z: np.ndarray, slope: ArrayFunction, threshold: float = 0.05
) -> float:
    """How many units pass on less than `threshold` of the steepest slope they could.

    Args:
        z: pre-activations, any shape.
        slope: f', the derivative of the activation.
        threshold: in (0, 1); 0.05 means |z| > 4.36 for a sigmoid.

    Returns:
        A fraction in [0, 1].

    Raises:
        ValueError: `z` is empty, or `threshold` is outside (0, 1).

    Example:
        >>> sigmoid_slope = lambda z: np.exp(-abs(z)) / (1 + np.exp(-abs(z))) ** 2
        >>> saturated_fraction(np.array([0.0, 1.0, -5.0, 9.0]), sigmoid_slope)
        0.5
    """
    z = np.asarray(z)
    if z.size == 0:
        raise ValueError("z must hold at least one pre-activation, got none")
    if not 0 < threshold < 1:
        raise ValueError(f"threshold must be in (0, 1), got {threshold}")
    steepest = slope(np.linspace(-10, 10, 2001)).max()
    return float(np.mean(slope(z) < threshold * steepest))


def image_share(z: np.ndarray) -> float:
    r"""How much of a layer's signal tells one image from another.

    The mean square of the pre-activations splits in two: what all images share (each
    unit's mean over images) and what differs. This is the second part's share. Small
    differences between images grow on their way up by the same factor $\chi$ per layer
    as gradients on their way down (Schoenholz et al. 2017), so where gradients vanish
    the top of the network can no longer see which image came in.

    Args:
        z: pre-activations, shape (n images, units), at least two images.

    Returns:
        A fraction in [0, 1]; 0 for a layer that is silent.

    Raises:
        ValueError: `z` does not have that shape.

    Example:
        >>> image_share(np.array([[1.0, 2.0], [1.0, 4.0]]))
        0.09090909090909091
    """
    z = np.asarray(z, dtype=float)
    if z.ndim != 2 or len(z) < 2:
        raise ValueError(f"z must have shape (images >= 2, units), got {z.shape}")
    total = np.mean(z**2)
    return float(np.mean(z.var(axis=0)) / total) if total else 0.0
