"""Standardizing a batch, and its way back, node by node."""

from __future__ import annotations

from typing import Any

import numpy as np

from course_utils.batch_normalization.shapes import check_epsilon, checked_units, row


def standardize(x: np.ndarray, axis: int, epsilon: float) -> tuple[np.ndarray, Any]:
    r"""Subtract the mean along an axis and divide by the standard deviation there.

    $\varepsilon$ keeps the division finite where the variance is 0; where the variance
    is not much larger than it, what comes out has a variance well below 1.

    Returns:
        $\hat{x}$, of x's shape, and the values of the graph's other nodes: mean,
        variance, x - mean and 1 / sqrt(variance + epsilon).
    """
    mean = x.mean(axis, keepdims=True)
    centered = x - mean
    variance = np.mean(centered**2, axis, keepdims=True)
    inverse_std = 1 / np.sqrt(variance + epsilon)
    x_hat = centered * inverse_std
    return x_hat, (mean, variance, centered, inverse_std)


def standardize_backward(d_x_hat: np.ndarray, nodes: Any, axis: int) -> np.ndarray:
    r"""Turn dLoss/d(x hat) into dLoss/dx: `standardize`, its lines from last to first.

    `d_node` is short for dLoss/d(node). A node that feeds two others collects from
    both: that is where `+=` and the second term of the last line come from.

    In one line: $\partial x = (\partial\hat{x} - \overline{\partial\hat{x}} - \hat{x}\,
    \overline{\partial\hat{x}\,\hat{x}})\,/\sqrt{\sigma^2 + \varepsilon}$, with bars for
    means along the axis.
    """
    _, _, centered, inverse_std = nodes
    # x_hat = centered * inverse_std
    d_centered = d_x_hat * inverse_std
    d_inverse_std = np.sum(d_x_hat * centered, axis, keepdims=True)
    # inverse_std = (variance + epsilon) ** (-1 / 2)
    d_variance = -1 / 2 * inverse_std**3 * d_inverse_std
    # variance = np.mean(centered**2)
    d_centered += d_variance * 2 / centered.shape[axis] * centered
    # centered = x - mean, where mean = np.mean(x)
    d_mean = -np.sum(d_centered, axis, keepdims=True)
    return d_centered + d_mean / centered.shape[axis]


def batch_norm(
    x: np.ndarray,
    gamma: np.ndarray,
    beta: np.ndarray,
    epsilon: float = 1e-3,
    axis: int = -2,
) -> tuple[np.ndarray, Any]:
    r"""Standardize each unit over the batch, then scale and shift it.

    A batch of one comes out as `beta`, whatever its example: it is its own mean.

    Args:
        x: shape (..., n, units), float.
        gamma: the scale of each unit, shape (units,) or (..., units).
        beta: the shift of each unit, the same shape.
        epsilon: > 0, added to the variance.
        axis: -2 for the mean over examples; -1, over the units of one example, makes
            this layer normalization (Ba et al. 2016).

    Returns:
        y, shape (..., n, units), and what `batch_norm_backward` needs.

    Raises:
        ValueError: a shape does not fit, or `epsilon` is not above 0.
    """
    check_epsilon(epsilon)
    x = checked_units(x, gamma, beta)
    x_hat, nodes = standardize(x, axis, epsilon)
    y = row(gamma) * x_hat + row(beta)
    return y, (x_hat, gamma, nodes, axis)


def batch_norm_backward(
    gradient: np.ndarray, cache: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Turn dLoss/dy into dLoss/dx, dLoss/d(gamma) and dLoss/d(beta).

    Args:
        gradient: dLoss/dy, shape (..., n, units).
        cache: the second result of `batch_norm`.

    Example:
        >>> y, cache = batch_norm(np.array([[1.0], [2.0]]), np.ones(1), np.zeros(1))
        >>> d_x, d_gamma, d_beta = batch_norm_backward(np.ones_like(y), cache)
        >>> d_x.ravel(), d_beta  # all outputs moved alike: no input can do that
        (array([0., 0.]), array([2.]))
    """
    x_hat, gamma, nodes, axis = cache
    # y = gamma * x_hat + beta, one gamma and one beta for all examples
    d_beta = np.sum(gradient, axis=-2)
    d_gamma = np.sum(gradient * x_hat, axis=-2)
    d_x_hat = gradient * row(gamma)
    return standardize_backward(d_x_hat, nodes, axis), d_gamma, d_beta
