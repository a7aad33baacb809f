r"""Max-norm: no unit's incoming weights may be longer than a radius.

After every step, $w \leftarrow w\, r / \lVert w \rVert_2$ for each unit whose
$\lVert w \rVert_2 > r$. A smaller r regularizes more. Nothing is added to the loss.

Source: Srebro, Rennie & Jaakkola 2005; Srivastava et al. 2014, section 5.1.
"""

from __future__ import annotations

import numpy as np

from course_utils.regularization.settings import checked_floats, checked_positive

Axes = int | tuple[int, ...]


def max_norm(weights: np.ndarray, radius: float, axis: Axes = 0) -> np.ndarray:
    r"""Shorten what is longer than the radius: $w \min(1, r / \lVert w \rVert)$.

    Args:
        weights: float; (inputs, units) of a dense layer, or (height, width, channels,
            filters) of a convolution.
        radius: r > 0.
        axis: along what the norm of *one unit's* weights runs: 0 for a dense layer,
            (0, 1, 2) for a convolution, whose last axis holds the filters.

    Returns:
        A new array of the same shape and dtype. What is short enough comes back bit by
        bit.

    Raises:
        ValueError: `radius` is not positive and finite, or an axis does not exist.
        TypeError: `weights` holds no real numbers, or `radius` is none.

    Example:
        >>> max_norm(np.array([[3.0, 0.3], [4.0, 0.4]]), 1.0)
        array([[0.6, 0.3],
               [0.8, 0.4]])
    """
    radius, w = checked_positive(radius, "radius"), checked_floats(weights, "weights")
    try:
        # In float64, where the square of no float32 overflows.
        squares = np.square(w, dtype=np.float64).sum(axis=axis, keepdims=True)
    except np.exceptions.AxisError as error:
        raise ValueError(
            f"axis must be within the {w.ndim} axes of the weights, got {axis}"
        ) from error
    norms = np.sqrt(squares)
    return w * (radius / np.maximum(norms, radius)).astype(w.dtype)


class MaxNorm:
    """Max-norm as the `constraint` of a network.

    Args:
        radius: r > 0.
        axis: as in `max_norm`. The default, the axis before the last, is the inputs of
            a dense layer whether or not there is a replica axis in front; a kernel
            needs (-4, -3, -2).

    Raises:
        ValueError: `radius` is not positive and finite.
        TypeError: `radius` is no number.

    Example:
        >>> MaxNorm(1.0)(np.array([[3.0, 0.3], [4.0, 0.4]]))
        array([[0.6, 0.3],
               [0.8, 0.4]])
    """

    def __init__(self, radius: float, axis: Axes = -2) -> None:
        """Keep the settings."""
        self.radius, self.axis = checked_positive(radius, "radius"), axis

    def __call__(self, weights: np.ndarray) -> np.ndarray:
        """The weights, each unit's shortened to the radius."""
        return max_norm(weights, self.radius, self.axis)

    def __repr__(self) -> str:
        return f"MaxNorm({self.radius:g})"
