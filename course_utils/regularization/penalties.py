r"""Penalties: what weights cost, added to the loss.

With $w$ for all weights of an array and a strength $\lambda$,

$$\ell_1:\ \lambda \sum_i |w_i| \qquad \ell_2:\ \lambda \sum_i w_i^2 \qquad
\nabla \ell_1 = \lambda\,\mathrm{sign}(w) \qquad \nabla \ell_2 = 2 \lambda w$$

as in Keras. Many texts write $\frac{\lambda}{2} \sum w^2$, with the gradient
$\lambda w$: half as strong for the same number. Neither takes a root.

Source: Tikhonov 1943 and Hoerl & Kennard 1970 (l2), Tibshirani 1996 (l1), Zou & Hastie
2005 (both).

Example:
    >>> w = np.array([[3.0, -4.0]])
    >>> float(l2(0.01).loss(w)), float(l1(0.01).loss(w))
    (0.25, 0.07)
    >>> l2(0.01).gradient(w), l1(0.01).gradient(w)
    (array([[ 0.06, -0.08]]), array([[ 0.01, -0.01]]))
"""

from __future__ import annotations

import numpy as np

from course_utils.regularization.settings import (
    checked_count,
    checked_floats,
    checked_strength,
)


class L1L2:
    r"""Both at once: $\lambda_1 \sum |w| + \lambda_2 \sum w^2$.

    An array holds one network's weights in its last `axes` axes; axes in front are
    replicas, each with a loss of its own.

    Args:
        l1: strength of the sum of sizes, >= 0.
        l2: strength of the sum of squares, >= 0.
        axes: how many of the last axes are one network's: 2 for a matrix, 4 for the
            kernel of a convolution.

    Raises:
        ValueError: a strength is negative or not finite, or `axes` is below 1.
        TypeError: an argument is no number.
    """

    def __init__(self, l1: float, l2: float, axes: int = 2) -> None:
        """Keep the strengths."""
        self.l1, self.l2 = checked_strength(l1, "l1"), checked_strength(l2, "l2")
        self.axes = checked_count(axes, "axes")

    def loss(self, weights: np.ndarray) -> np.ndarray:
        """What the weights cost, shape () or (replicas,), in their dtype."""
        w = checked_floats(weights, "weights")
        axes = tuple(range(-min(self.axes, w.ndim), 0))
        return self.l1 * np.abs(w).sum(axis=axes) + self.l2 * (w * w).sum(axis=axes)

    def gradient(self, weights: np.ndarray) -> np.ndarray:
        """dLoss/dw, shape and dtype of the weights; 0 at 0, where l1 has a kink."""
        w = checked_floats(weights, "weights")
        return self.l1 * np.sign(w) + 2 * self.l2 * w

    def __repr__(self) -> str:
        return f"{type(self).__name__}(l1={self.l1:g}, l2={self.l2:g})"


class L1(L1L2):
    r"""$\lambda \sum |w|$: pulls every weight to zero with the same force.

    Args:
        strength: lambda >= 0.
        axes: see `L1L2`.
    """

    def __init__(self, strength: float, axes: int = 2) -> None:
        """Keep the strength."""
        super().__init__(checked_strength(strength), 0.0, axes)


class L2(L1L2):
    r"""$\lambda \sum w^2$: pulls a weight to zero the harder the larger it is.

    Args:
        strength: lambda >= 0.
        axes: see `L1L2`.
    """

    def __init__(self, strength: float, axes: int = 2) -> None:
        """Keep the strength."""
        super().__init__(0.0, checked_strength(strength), axes)


def l1(strength: float = 0.01) -> L1:
    """The penalty of Keras' `regularizers.l1(strength)`."""
    return L1(strength)


def l2(strength: float = 0.01) -> L2:
    """The penalty of Keras' `regularizers.l2(strength)`."""
    return L2(strength)


def l1_l2(l1: float, l2: float) -> L1L2:
    """The penalty of Keras' `regularizers.l1_l2(l1, l2)`.

    Both strengths have to be given: Keras' default is 0 for both, no penalty at all.
    """
    return L1L2(l1, l2)


def soft_threshold(weights: np.ndarray, amount: float) -> np.ndarray:
    r"""Move every weight toward 0 by `amount`, and not past it.

    $\mathrm{sign}(w) \max(|w| - c, 0)$, the proximal step of l1: what makes weights
    *exactly* zero, which the gradient $\lambda\,\mathrm{sign}(w)$ does not.

    Args:
        weights: any shape, float.
        amount: c >= 0; for a step with rate eta and strength lambda, eta lambda.

    Raises:
        ValueError: `amount` is negative or not finite.
        TypeError: an argument holds no real numbers.

    Source: Donoho & Johnstone 1994; Daubechies, Defrise & De Mol 2004.

    Example:
        >>> soft_threshold(np.array([0.5, -0.5, 0.1]), 0.2) + 0.0
        array([ 0.3, -0.3,  0. ])
    """
    amount = checked_strength(amount, "amount")
    w = checked_floats(weights, "weights")
    return np.sign(w) * np.maximum(np.abs(w) - amount, 0)
