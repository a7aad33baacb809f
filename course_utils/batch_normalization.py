r"""Batch normalization: every unit gets mean 0 and variance 1, then learns its own.

Four steps, for each unit over the m examples of a batch (Ioffe & Szegedy 2015,
algorithm 1):

$$\mu = \frac{1}{m}\sum_i x_i \qquad \sigma^2 = \frac{1}{m}\sum_i (x_i - \mu)^2 \qquad
\hat{x}_i = \frac{x_i - \mu}{\sqrt{\sigma^2 + \varepsilon}} \qquad
y_i = \gamma\,\hat{x}_i + \beta$$

$\gamma$ and $\beta$ are learned by gradient descent, like weights. The same steps along
another axis are layer and group normalization. Arrays have examples on the second axis
from the end and units on the last; axes in front are replicas, each for itself.

Example:
    >>> x = np.array([[1.0, 10.0], [3.0, 10.0], [5.0, 40.0]])
    >>> y, cache = batch_norm(x, np.ones(2), np.zeros(2), epsilon=1e-9)
    >>> y.mean(axis=0).round(6) + 0.0, y.std(axis=0).round(6)
    (array([0., 0.]), array([1., 1.]))
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

Arrays = dict[str, np.ndarray]


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
    _check_epsilon(epsilon)
    x = _checked_units(x, gamma, beta)
    x_hat, nodes = standardize(x, axis, epsilon)
    y = _row(gamma) * x_hat + _row(beta)
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
    d_x_hat = gradient * _row(gamma)
    return standardize_backward(d_x_hat, nodes, axis), d_gamma, d_beta


def fold(
    weights: np.ndarray,
    bias: np.ndarray | None,
    gamma: np.ndarray,
    beta: np.ndarray,
    mean: np.ndarray,
    variance: np.ndarray,
    epsilon: float = 1e-3,
) -> tuple[np.ndarray, np.ndarray]:
    r"""Take a trained batch normalization into the linear layer below it.

    In inference, mean and variance are constants, so two linear maps become one:
    $W' = W s$ and $b' = (b - \mu)\,s + \beta$ with $s = \gamma / \sqrt{\sigma^2 +
    \varepsilon}$, one factor a unit.

    Args:
        weights: a dense or convolution kernel, shape (..., n_inputs, units).
        bias: shape (units,) or (..., units); None where the layer has none.
        gamma: the scale of each unit, shape (units,) or (..., units).
        beta: the shift of each unit.
        mean: the moving mean of each unit.
        variance: the moving variance of each unit, >= 0.
        epsilon: > 0, the layer's.

    Returns:
        New weights and a new bias.

    Raises:
        ValueError: a shape does not fit, a variance is negative, or `epsilon` is not
            above 0.

    Example:
        >>> one, half = np.ones(1), np.full(1, 0.5)
        >>> fold(np.array([[4.0]]), None, 3 * one, half, one, one - 1e-3)
        (array([[12.]]), array([-2.5]))
    """
    _check_epsilon(epsilon)
    bias = np.zeros_like(mean) if bias is None else bias
    units = np.shape(weights)[-1]
    for name, array in (
        ("bias", bias),
        ("gamma", gamma),
        ("beta", beta),
        ("mean", mean),
        ("variance", variance),
    ):
        if np.shape(array)[-1:] != (units,):
            raise ValueError(
                f"{name} must have one number for each of the {units} units of "
                f"weights, got shape {np.shape(array)}"
            )
    if not np.min(variance) >= 0:
        raise ValueError(f"variance must be >= 0, got {np.min(variance)}")
    factor = gamma / np.sqrt(variance + epsilon)
    return weights * _row(factor), (bias - mean) * factor + beta


def whiten(x: np.ndarray, method: str = "pca", epsilon: float = 0.0) -> np.ndarray:
    r"""Make features uncorrelated, each with mean 0 and variance 1.

    With the covariance $C = U \Lambda U^\top$: PCA whitening $(x - \mu)\,U
    \Lambda^{-1/2}$ turns to the axes of the cloud, the widest first; ZCA whitening,
    $(x - \mu)\,U \Lambda^{-1/2} U^\top$, turns back, and of all whitenings changes the
    data least (Kessy et al. 2018). Batch normalization divides by the standard
    deviations alone and leaves the correlations as they are.

    Args:
        x: shape (..., n, features), n > 1.
        method: "pca" or "zca". The sign of each PCA axis is arbitrary; here the largest
            entry of a column of U is positive.
        epsilon: >= 0, added to each variance in Lambda.

    Raises:
        ValueError: `method` is unknown, `epsilon` is negative, there are fewer than two
            examples, or the features are linearly dependent and `epsilon` is 0.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(100, 2)) @ [[2.0, 1.0], [0, 1.0]]
        >>> np.cov(whiten(x), rowvar=False, bias=True).round(6) + 0.0
        array([[1., 0.],
               [0., 1.]])
    """
    if method not in ("pca", "zca"):
        raise ValueError(f"method must be 'pca' or 'zca', got {method!r}")
    if not 0 <= epsilon < math.inf:
        raise ValueError(f"epsilon must be >= 0, got {epsilon}")
    x = np.asarray(x)
    if x.ndim < 2 or x.shape[-2] < 2:
        raise ValueError(f"x must have shape (..., n > 1, features), got {x.shape}")
    centered = x - x.mean(axis=-2, keepdims=True)
    covariance = centered.swapaxes(-1, -2) @ centered / x.shape[-2]
    variances, axes = np.linalg.eigh(covariance)
    variances, axes = variances[..., ::-1], axes[..., ::-1]  # the widest first
    smallest = variances[..., -1] + epsilon
    noise = x.shape[-1] * np.finfo(variances.dtype).eps * variances[..., 0]
    if not (smallest > noise).all():
        raise ValueError(
            "x must have linearly independent features (or take epsilon > 0), got a "
            f"direction of variance {np.min(variances[..., -1]):.1g}"
        )
    largest = np.abs(axes).argmax(axis=-2, keepdims=True)
    axes = axes * np.sign(np.take_along_axis(axes, largest, axis=-2))
    white = centered @ axes / np.sqrt(variances + epsilon)[..., None, :]
    return white if method == "pca" else white @ axes.swapaxes(-1, -2)


class _ScaleAndShift:
    """What the layers below have in common: a learned gamma and beta for each unit."""

    def __init__(
        self, epsilon: float = 1e-3, center: bool = True, scale: bool = True
    ) -> None:
        _check_epsilon(epsilon)
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


class BatchNorm(_ScaleAndShift):
    r"""Batch normalization for a network: two machines in one.

    In training it is `batch_norm` with the batch's own mean and variance, and follows
    both with moving averages, $\hat{v} \leftarrow \hat{v}\,m + v\,(1 - m)$.
    In inference it uses the moving averages, so that an image's answer no longer
    depends on its company. Both averages are of the batch's biased variance, as in
    Keras (Ioffe & Szegedy 2015 multiply by n / (n - 1)).

    Args:
        momentum: m, in [0, 1); the averages reach back about 1 / (1 - m) batches.
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
        x = _checked_units(x, state["moving_mean"])
        gamma, beta = self._gamma_and_beta(x, parameters)
        if not training:
            inverse_std = 1 / np.sqrt(state["moving_variance"] + self.epsilon)
            x_hat = (x - _row(state["moving_mean"])) * _row(inverse_std)
            return _row(gamma) * x_hat + _row(beta), (x_hat, gamma * inverse_std)
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
            d_x = gradient * _row(factor)
        else:
            d_x, d_gamma, d_beta = batch_norm_backward(gradient, cache)
        self._keep(d_gamma, d_beta, gradients)
        return d_x


class LayerNorm(_ScaleAndShift):
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


class GroupNorm(_ScaleAndShift):
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
        x = _checked_units(x, gamma, beta)
        self.output_size(x.shape[-1])
        groups = x.reshape(*x.shape[:-1], self.groups, -1)
        x_hat, nodes = standardize(groups, -1, self.epsilon)
        x_hat = x_hat.reshape(x.shape)
        return _row(gamma) * x_hat + _row(beta), (x_hat, gamma, nodes)

    def backward(
        self, gradient: np.ndarray, cache: Any, parameters: Arrays, gradients: Arrays
    ) -> np.ndarray:
        """Write dLoss/d(gamma) and dLoss/d(beta), return dLoss/dx."""
        x_hat, gamma, nodes = cache
        self._keep((gradient * x_hat).sum(axis=-2), gradient.sum(axis=-2), gradients)
        d_x_hat = gradient * _row(gamma)
        groups = d_x_hat.reshape(*d_x_hat.shape[:-1], self.groups, -1)
        return standardize_backward(groups, nodes, -1).reshape(d_x_hat.shape)


class RMSNorm(_ScaleAndShift):
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
        x = _checked_units(x, gamma)
        inverse_rms = 1 / np.sqrt(np.mean(x**2, -1, keepdims=True) + self.epsilon)
        x_hat = x * inverse_rms
        return _row(gamma) * x_hat, (x_hat, inverse_rms, gamma)

    def backward(
        self, gradient: np.ndarray, cache: Any, parameters: Arrays, gradients: Arrays
    ) -> np.ndarray:
        """Write dLoss/d(gamma), return dLoss/dx."""
        x_hat, inverse_rms, gamma = cache
        gradients["gamma"][...] = (gradient * x_hat).sum(axis=-2)
        d_x_hat = gradient * _row(gamma)
        along = np.mean(d_x_hat * x_hat, -1, keepdims=True)
        return (d_x_hat - x_hat * along) * inverse_rms


def _row(per_unit: np.ndarray) -> np.ndarray:
    """One number a unit, (..., units), as a row that all examples share."""
    return np.asarray(per_unit)[..., None, :]


def _check_epsilon(epsilon: float) -> None:
    if not 0 < epsilon < math.inf:
        raise ValueError(f"epsilon must be > 0, got {epsilon}")


def _checked_units(x: np.ndarray, *per_unit: np.ndarray) -> np.ndarray:
    """X as an array, if there is an example and a number for each unit."""
    x = np.asarray(x)
    units = np.shape(per_unit[0])[-1:]
    if x.ndim < 2 or x.shape[-1:] != units or x.shape[-2] == 0:
        wanted = units[0] if units else "units"
        raise ValueError(
            f"x must have shape (..., n >= 1, {wanted}), one feature for each gamma, "
            f"got {x.shape}"
        )
    for array in per_unit[1:]:
        if np.shape(array)[-1:] != units:
            raise ValueError(
                f"gamma and beta must have one number for each of the {units[0]} "
                f"units, got {np.shape(per_unit[0])} and {np.shape(array)}"
            )
    return x
