"""A trained batch normalization, taken into the layer below it."""

from __future__ import annotations

import numpy as np

from course_utils.batch_normalization.shapes import check_epsilon, row


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
    check_epsilon(epsilon)
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
    return weights * row(factor), (bias - mean) * factor + beta
