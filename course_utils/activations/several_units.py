"""Activations that look at several units at once: maxout and softmax."""

from __future__ import annotations

import numpy as np


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
