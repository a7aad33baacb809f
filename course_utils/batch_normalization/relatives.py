"""The same steps along other axes: layer, group and RMS normalization."""

from __future__ import annotations

from typing import Any

import numpy as np

from course_utils.batch_normalization.batch import (
    batch_norm,
    batch_norm_backward,
    standardize,
    standardize_backward,
)
from course_utils.batch_normalization.layers import ScaleAndShift
from course_utils.batch_normalization.shapes import checked_units, row

Arrays = dict[str, np.ndarray]


class LayerNorm(ScaleAndShift):
    """Normalize each example over its own units (Ba et al. 2016).

    `batch_norm` along the other axis: no batch, no moving averages, one machine for
    training and inference. gamma and beta are still one for each unit.

    Args:
        epsilon: > 0, added to the variance.
        center: whether there is a beta.
        scale: whether there is a gamma.

    Raises:
        ValueError: `epsilon` is not above 0.

    Example:
        >>> layer, x = LayerNorm(epsilon=1e-9), np.array([[1.0, 2.0], [10.0, 30.0]])
        >>> layer.forward(x, layer.initialize(2, None), {}, True, None)[0].round(6)
        array([[-1.,  1.],
               [-1.,  1.]])
    """

    def forward(
        self, x: np.ndarray, parameters: Arrays, state: Arrays, training: bool, rng: Any
    ) -> tuple[np.ndarray, Any]:
        """The same in training and inference."""
        gamma, beta = self._gamma_and_beta(x, parameters)
        return batch_norm(x, gamma, beta, self.epsilon, axis=-1)

    def backward(
        self, gradient: np.ndarray, cache: Any, parameters: Arrays, gradients: Arrays
    ) -> np.ndarray:
        """Write dLoss/d(gamma) and dLoss/d(beta), return dLoss/dx."""
        d_x, d_gamma, d_beta = batch_norm_backward(gradient, cache)
        self._keep(d_gamma, d_beta, gradients)
        return d_x


class GroupNorm(ScaleAndShift):
    """Normalize each example over groups of neighbouring units (Wu & He 2018).

    One group is layer normalization. Made for images, where a group is some channels at
    all places, and for batches too small for their statistics to be trusted.

    Args:
        groups: how many, >= 1; must divide the number of units.
        epsilon: > 0, added to the variance.
        center: whether there is a beta.
        scale: whether there is a gamma.

    Raises:
        ValueError: `groups` or `epsilon` is out of range.

    Example:
        >>> layer, x = GroupNorm(2, epsilon=1e-9), np.array([[1.0, 2.0, 10.0, 30.0]])
        >>> layer.forward(x, layer.initialize(4, None), {}, True, None)[0].round(6)
        array([[-1.,  1., -1.,  1.]])
    """

    def __init__(
        self,
        groups: int,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
    ) -> None:
        """Keep the settings."""
        super().__init__(epsilon, center, scale)
        if groups < 1:
            raise ValueError(f"groups must be >= 1, got {groups}")
        self.groups = groups

    def output_size(self, n_inputs: int) -> int:
        """As many as go in.

        Raises:
            ValueError: the groups cannot be equally large.
        """
        if n_inputs % self.groups:
            raise ValueError(
                f"groups must divide the number of units, got {self.groups} groups for "
                f"{n_inputs} units"
            )
        return n_inputs

    def forward(
        self, x: np.ndarray, parameters: Arrays, state: Arrays, training: bool, rng: Any
    ) -> tuple[np.ndarray, Any]:
        """The same in training and inference."""
        gamma, beta = self._gamma_and_beta(x, parameters)
        x = checked_units(x, gamma, beta)
        self.output_size(x.shape[-1])
        groups = x.reshape(*x.shape[:-1], self.groups, -1)
        x_hat, nodes = standardize(groups, -1, self.epsilon)
        x_hat = x_hat.reshape(x.shape)
        return row(gamma) * x_hat + row(beta), (x_hat, gamma, nodes)

    def backward(
        self, gradient: np.ndarray, cache: Any, parameters: Arrays, gradients: Arrays
    ) -> np.ndarray:
        """Write dLoss/d(gamma) and dLoss/d(beta), return dLoss/dx."""
        x_hat, gamma, nodes = cache
        self._keep((gradient * x_hat).sum(axis=-2), gradient.sum(axis=-2), gradients)
        d_x_hat = gradient * row(gamma)
        groups = d_x_hat.reshape(*d_x_hat.shape[:-1], self.groups, -1)
        return standardize_backward(groups, nodes, -1).reshape(d_x_hat.shape)


class RMSNorm(ScaleAndShift):
    r"""Divide each example by its units' root mean square (Zhang & Sennrich 2019).

    $y = \gamma\,x / r$ with $r = \sqrt{\overline{x^2} + \varepsilon}$: layer
    normalization without the mean and without beta, and nearly as good.

    Args:
        epsilon: > 0, added to the mean square.

    Raises:
        ValueError: `epsilon` is not above 0.

    Example:
        >>> layer, x = RMSNorm(), np.array([[3.0, 4.0, 0.0, 0.0]])
        >>> layer.forward(x, layer.initialize(4, None), {}, True, None)[0].round(4)
        array([[1.2, 1.6, 0. , 0. ]])
    """

    def __init__(self, epsilon: float = 1e-6) -> None:
        """Keep the setting."""
        super().__init__(epsilon, center=False)

    def forward(
        self, x: np.ndarray, parameters: Arrays, state: Arrays, training: bool, rng: Any
    ) -> tuple[np.ndarray, Any]:
        """The same in training and inference."""
        gamma = parameters["gamma"]
        x = checked_units(x, gamma)
        inverse_rms = 1 / np.sqrt(np.mean(x**2, -1, keepdims=True) + self.epsilon)
        x_hat = x * inverse_rms
        return row(gamma) * x_hat, (x_hat, inverse_rms, gamma)

    def backward(
        self, gradient: np.ndarray, cache: Any, parameters: Arrays, gradients: Arrays
    ) -> np.ndarray:
        """Write dLoss/d(gamma), return dLoss/dx."""
        x_hat, inverse_rms, gamma = cache
        gradients["gamma"][...] = (gradient * x_hat).sum(axis=-2)
        d_x_hat = gradient * row(gamma)
        along = np.mean(d_x_hat * x_hat, -1, keepdims=True)
        return (d_x_hat - x_hat * along) * inverse_rms
