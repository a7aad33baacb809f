"""Batch normalization as a piece of a network: two machines in one."""

from __future__ import annotations

from typing import Any

import numpy as np

from course_utils.batch_normalization.batch import batch_norm, batch_norm_backward
from course_utils.batch_normalization.shapes import check_epsilon, checked_units, row

Arrays = dict[str, np.ndarray]


class ScaleAndShift:
    """What the layers below have in common: a learned gamma and beta for each unit."""

    def __init__(
        self, epsilon: float = 1e-3, center: bool = True, scale: bool = True
    ) -> None:
        check_epsilon(epsilon)
        self.epsilon, self.center, self.scale = epsilon, center, scale

    def output_size(self, n_inputs: int) -> int:
        """As many as go in."""
        return n_inputs

    def initialize(self, n_inputs: int, rng: np.random.Generator) -> Arrays:
        """Gamma, ones, and beta, zeros, each of shape (n_inputs,)."""
        gamma = {"gamma": np.ones(n_inputs)} if self.scale else {}
        return gamma | ({"beta": np.zeros(n_inputs)} if self.center else {})

    def initial_state(self, n_inputs: int) -> Arrays:
        """Nothing to remember."""
        return {}

    def _gamma_and_beta(self, x: np.ndarray, parameters: Arrays) -> list[np.ndarray]:
        """The learned ones; 1 and 0 where none are learned."""
        gamma = parameters.get("gamma", np.ones(x.shape[-1], x.dtype))
        beta = parameters.get("beta", np.zeros(x.shape[-1], x.dtype))
        return [gamma, beta]

    def _keep(self, d_gamma: np.ndarray, d_beta: np.ndarray, gradients: Arrays) -> None:
        """Write the gradients of what is learned."""
        if self.scale:
            gradients["gamma"][...] = d_gamma
        if self.center:
            gradients["beta"][...] = d_beta


class BatchNorm(ScaleAndShift):
    r"""Batch normalization for a network: two machines in one.

    In training it is `batch_norm` with the batch's own mean and variance, and follows
    both with moving averages, $\hat{v} \leftarrow \rho\,\hat{v} + (1 - \rho)\,v$.
    In inference it uses the moving averages, so that an image's answer no longer
    depends on its company. Both averages are of the batch's biased variance, as in
    Keras (Ioffe & Szegedy 2015 multiply by n / (n - 1)).

    Args:
        momentum: rho, in [0, 1); the averages reach back about 1 / (1 - rho)
            batches.
        epsilon: > 0, added to the variance.
        center: whether there is a beta.
        scale: whether there is a gamma.

    Raises:
        ValueError: `momentum` or `epsilon` is out of range.

    Example:
        >>> layer = BatchNorm(momentum=0.9)
        >>> list(layer.initialize(3, None)), list(layer.initial_state(3))
        (['gamma', 'beta'], ['moving_mean', 'moving_variance'])
    """

    def __init__(
        self,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
    ) -> None:
        """Keep the settings."""
        super().__init__(epsilon, center, scale)
        if not 0 <= momentum < 1:
            raise ValueError(f"momentum must be in [0, 1), got {momentum}")
        self.momentum = momentum

    def initial_state(self, n_inputs: int) -> Arrays:
        """Moving mean, zeros, and moving variance, ones, each of shape (n_inputs,)."""
        return {
            "moving_mean": np.zeros(n_inputs),
            "moving_variance": np.ones(n_inputs),
        }

    def forward(
        self, x: np.ndarray, parameters: Arrays, state: Arrays, training: bool, rng: Any
    ) -> tuple[np.ndarray, Any]:
        """Normalize by the batch in training, by the moving averages in inference.

        Raises:
            ValueError: a shape does not fit, or a training batch holds one example.
        """
        x = checked_units(x, state["moving_mean"])
        gamma, beta = self._gamma_and_beta(x, parameters)
        if not training:
            inverse_std = 1 / np.sqrt(state["moving_variance"] + self.epsilon)
            x_hat = (x - row(state["moving_mean"])) * row(inverse_std)
            return row(gamma) * x_hat + row(beta), (x_hat, gamma * inverse_std)
        if x.shape[-2] < 2:
            raise ValueError(
                "x must hold at least 2 examples in training, got 1: alone, an example "
                "is its own mean, and every unit would come out as beta (in the last "
                "batch of an epoch? choose a batch_size that leaves no single example)"
            )
        y, cache = batch_norm(x, gamma, beta, self.epsilon)
        mean, variance, *_ = cache[2]
        for name, now in (("moving_mean", mean), ("moving_variance", variance)):
            state[name] *= self.momentum
            state[name] += (1 - self.momentum) * now[..., 0, :]
        return y, cache

    def backward(
        self, gradient: np.ndarray, cache: Any, parameters: Arrays, gradients: Arrays
    ) -> np.ndarray:
        """Through the batch's statistics in training; in inference they are constants.

        Writes dLoss/d(gamma) and dLoss/d(beta), returns dLoss/dx.
        """
        if len(cache) == 2:  # of an inference pass
            x_hat, factor = cache
            d_gamma, d_beta = (gradient * x_hat).sum(axis=-2), gradient.sum(axis=-2)
            d_x = gradient * row(factor)
        else:
            d_x, d_gamma, d_beta = batch_norm_backward(gradient, cache)
        self._keep(d_gamma, d_beta, gradients)
        return d_x
