r"""Alpha dropout: dropout that leaves mean 0 and variance 1 as they are, for SELU.

Ordinary dropout sets units to 0, the middle of what SELU puts out, and raises the
variance from 1 to $1/(1-p)$ when the mean is 0. Alpha dropout sets them to the value
that SELU sends out far below zero, $\alpha' = -\lambda\alpha \approx -1.758$, and then
applies $a x + b$ with

$$a = \left((1-p)(1 + p\,\alpha'^2)\right)^{-1/2} \qquad b = -a\,p\,\alpha'$$

so that an input with mean 0 and variance 1 keeps both.

Source: Klambauer et al. 2017, arXiv:1706.02515, section "New dropout technique".
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from course_utils.regularization.dropping import Arrays, keep_mask
from course_utils.regularization.settings import checked_floats, checked_rate

SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805
DROPPED_VALUE = -SELU_SCALE * SELU_ALPHA


def affine_correction(rate: float) -> tuple[float, float]:
    """The a and b that give mean 0 and variance 1 back; see above.

    Args:
        rate: p, the share that is dropped, in [0, 1).

    Raises:
        ValueError: `rate` is out of range.
        TypeError: `rate` is no number.

    Example:
        >>> affine_correction(0.0)
        (1.0, 0.0)
    """
    p = checked_rate(rate)
    a = 1 / math.sqrt((1 - p) * (1 + p * DROPPED_VALUE**2))
    return a, 0.0 - a * p * DROPPED_VALUE


def alpha_dropout(x: np.ndarray, rate: float, rng: Any) -> np.ndarray:
    """What alpha dropout does to `x` in training.

    Args:
        x: any shape, float; meant for mean 0 and variance 1.
        rate: p, the share that is dropped, in [0, 1).
        rng: a NumPy generator, or a network's noise.

    Returns:
        A new array of the shape and dtype of `x`.

    Raises:
        ValueError: `rate` is out of range, or there is no `rng`.
        TypeError: `x` holds no real numbers, or `rate` is none.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> y = alpha_dropout(rng.normal(size=100_000), 0.5, rng)
        >>> abs(y.mean()) < 0.02 and abs(y.var() - 1) < 0.02
        np.True_
    """
    x = checked_floats(x)
    keep, (a, b) = keep_mask(x.shape, rate, rng), affine_correction(rate)
    dtype = x.dtype.type
    return dtype(a) * np.where(keep, x, dtype(DROPPED_VALUE)) + dtype(b)


class AlphaDropout:
    """Alpha dropout as a piece of a network; in inference it passes x on.

    Args:
        rate: p, the share that is dropped, in [0, 1); 0 changes nothing.

    Raises:
        ValueError: `rate` is out of range.
        TypeError: `rate` is no number.
    """

    #: As in `Dropout`.
    draws_noise = True

    def __init__(self, rate: float) -> None:
        """Keep the rate."""
        self.rate = checked_rate(rate)

    def output_size(self, n_inputs: int) -> int:
        """As many as go in."""
        return n_inputs

    def initialize(self, n_inputs: int, rng: np.random.Generator) -> Arrays:
        """Nothing to learn."""
        return {}

    def initial_state(self, n_inputs: int) -> Arrays:
        """Nothing to remember."""
        return {}

    def forward(
        self, x: np.ndarray, parameters: Arrays, state: Arrays, training: bool, rng: Any
    ) -> tuple[np.ndarray, Any]:
        """Drop and correct in training; in inference pass on.

        Raises:
            ValueError: there is no `rng` to draw from in training.
        """
        if not training or self.rate == 0:
            return x.copy(), 1
        keep, (a, b) = keep_mask(x.shape, self.rate, rng), affine_correction(self.rate)
        dtype = x.dtype.type
        y = dtype(a) * np.where(keep, x, dtype(DROPPED_VALUE)) + dtype(b)
        return y, dtype(a) * keep.astype(x.dtype)

    def backward(
        self, gradient: np.ndarray, cache: Any, parameters: Arrays, gradients: Arrays
    ) -> np.ndarray:
        """The gradient times a where the unit stayed, 0 where it was dropped."""
        return gradient * cache

    def __repr__(self) -> str:
        return f"AlphaDropout({self.rate:g})"
