"""Losses: how wrong the scores are, and in which direction.

Each loss is a function of the network's scores, shape (..., n, units), and the targets,
and returns the mean loss over the n examples, shape (...,), and its gradient with
respect to the scores.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Loss = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def softmax_cross_entropy(
    scores: np.ndarray, labels: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Mean of `-log softmax(scores)[label]`; its gradient is `(softmax - one-hot) / n`.

    Args:
        scores: shape (..., n, classes), float.
        labels: shape (..., n), integers in [0, classes).

    Example:
        >>> loss, gradient = softmax_cross_entropy(np.zeros((1, 2)), np.array([0]))
        >>> float(loss.round(4)), gradient
        (0.6931, array([[-0.5,  0.5]]))
    """
    n, classes = scores.shape[-2:]
    one_hot = np.eye(classes, dtype=scores.dtype)[labels]
    shifted = scores - scores.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    loss = -(one_hot * log_p).sum(axis=(-2, -1)) / n
    return loss, (np.exp(log_p) - one_hot) / n


def mean_squared_error(
    scores: np.ndarray, targets: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Mean of `(score - target)^2` over examples and units.

    Args:
        scores: shape (..., n, units), float.
        targets: the same shape.

    Example:
        >>> mean_squared_error(np.array([[3.0]]), np.array([[1.0]]))[1]
        array([[4.]])
    """
    error = scores - targets
    size = error.shape[-1] * error.shape[-2]
    return (error**2).mean(axis=(-2, -1)), 2 * error / size


LOSSES: dict[str, Loss] = {
    "softmax_cross_entropy": softmax_cross_entropy,
    "mean_squared_error": mean_squared_error,
}


def get(loss: str | Loss) -> Loss:
    """Look a loss up by name; a function is returned as it is.

    Raises:
        ValueError: the name is not one of `LOSSES`.

    Example:
        >>> get("mean_squared_error") is mean_squared_error
        True
    """
    if callable(loss):
        return loss
    if loss not in LOSSES:
        raise ValueError(
            f"loss must be one of {', '.join(LOSSES)} or a function, got {loss!r}"
        )
    return LOSSES[loss]
