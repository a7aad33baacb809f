r"""Dropout: in every training step, each unit is missing with probability p.

With a mask $m$ whose entries are 1 with probability $1 - p$ and 0 otherwise, drawn anew
for every example, unit and step, there are two ways to keep the expected value:

* inverted, as is done today: $y = x \odot m / (1 - p)$ in training, $y = x$ after;
* as first published: $y = x \odot m$ in training, $y = (1 - p)\,x$ after.

In both $E[y]$ in training is what inference computes.

Source: Hinton et al. 2012, arXiv:1207.0580; Srivastava et al. 2014, sections 4 and 10.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from course_utils.regularization.settings import checked_floats, checked_rate

Arrays = dict[str, np.ndarray]


def keep_mask(shape: tuple[int, ...], rate: float, rng: Any) -> np.ndarray:
    """Who stays: True with probability 1 - rate, for each entry on its own.

    Args:
        shape: of the mask.
        rate: p, the share that is dropped, in [0, 1).
        rng: a NumPy generator; or an object with a `keep_mask(shape, rate)` of its
            own, such as a network's noise, which draws faster.

    Returns:
        Booleans of this shape.

    Raises:
        ValueError: `rate` is out of range, or there is no `rng`.
    """
    rate = checked_rate(rate)
    if rng is None:
        raise ValueError("rng must be a random generator, got None")
    if hasattr(rng, "keep_mask"):
        return rng.keep_mask(shape, rate)
    return rng.random(shape) >= rate


def dropout(x: np.ndarray, rate: float, rng: Any, inverted: bool = True) -> np.ndarray:
    r"""What dropout does to `x` in training: $x \odot m / (1 - p)$.

    Args:
        x: any shape, float.
        rate: p, the share that is dropped, in [0, 1).
        rng: as in `keep_mask`.
        inverted: False leaves out the division; inference then multiplies by 1 - p.

    Returns:
        A new array of the shape and dtype of `x`.

    Raises:
        ValueError: `rate` is out of range, or there is no `rng`.
        TypeError: `x` holds no real numbers, or `rate` is none.

    Example:
        >>> y = dropout(np.ones(100_000), 0.2, np.random.default_rng(0))
        >>> np.unique(y).tolist(), float(y.mean().round(2))
        ([0.0, 1.25], 1.0)
    """
    x = checked_floats(x)
    keep = keep_mask(x.shape, rate, rng)
    return x * (keep / (1 - rate) if inverted else keep).astype(x.dtype)


class Dropout:
    r"""Dropout as a piece of a network.

    Args:
        rate: p, the share that is dropped, in [0, 1); 0 changes nothing.
        inverted: divide by 1 - p in training. If False, multiply by it in inference.

    Raises:
        ValueError: `rate` is out of range.
        TypeError: `rate` is no number.

    Example:
        >>> layer, x = Dropout(0.5), np.ones((1, 4), np.float32)
        >>> layer.forward(x, {}, {}, True, np.random.default_rng(1))[0]
        array([[2., 2., 0., 2.]], dtype=float32)
        >>> layer.forward(x, {}, {}, False, None)[0]
        array([[1., 1., 1., 1.]], dtype=float32)
    """

    #: Tells `course_utils.lab.monte_carlo` whom to keep awake after training.
    draws_noise = True

    def __init__(self, rate: float, inverted: bool = True) -> None:
        """Keep the settings."""
        self.rate, self.inverted = checked_rate(rate), bool(inverted)

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
        """Drop in training; in inference pass on, or scale down if not inverted.

        Raises:
            ValueError: there is no `rng` to draw from in training.
        """
        if not training or self.rate == 0:
            keep_rate = 1 if self.inverted else x.dtype.type(1 - self.rate)
            return x * keep_rate, keep_rate
        keep = keep_mask(x.shape, self.rate, rng)
        factor = keep * x.dtype.type(1 / (1 - self.rate) if self.inverted else 1)
        return x * factor, factor

    def backward(
        self, gradient: np.ndarray, cache: Any, parameters: Arrays, gradients: Arrays
    ) -> np.ndarray:
        """The gradient times the same factors: who was missing learns nothing."""
        return gradient * cache

    def __repr__(self) -> str:
        return f"Dropout({self.rate:g})"
