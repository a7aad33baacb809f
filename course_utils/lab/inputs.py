"""Data as a network takes it, or an error that says what does not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from course_utils.lab.losses import mean_squared_error, softmax_cross_entropy

if TYPE_CHECKING:
    from course_utils.lab.network import Network


def is_labels(y: np.ndarray) -> bool:
    """Whether targets are class labels (integers), not values to come close to."""
    return y.dtype.kind in "iu"


def checked_data(
    net: Network, x: np.ndarray, y: np.ndarray, what: str = "x and y"
) -> tuple[np.ndarray, np.ndarray]:
    """A data set: inputs and, unless they are labels, targets in the network's dtype.

    Args:
        net: the network.
        x: shape (n, n_inputs), n >= 1.
        y: labels, ints of shape (n,); or floats of shape (n, outputs).
        what: names the data in an error.

    Raises:
        ValueError: a shape, a label or the kind of targets does not fit.
    """
    if np.ndim(x) != 2:
        raise ValueError(
            f"{what}: x must have shape (n, {net.n_inputs}), got {np.shape(x)}"
        )
    x = checked_inputs(net, x, what)
    return x, _checked_targets(net, np.asarray(y), x.shape[:1], what)


def checked_batch(
    net: Network, x: np.ndarray, y: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """One batch, shared by all replicas or each its own; targets always one's own.

    Args:
        net: the network.
        x: shape (n, n_inputs) or (replicas, n, n_inputs).
        y: labels, shape (n,) or (replicas, n); or floats, one axis more.

    Raises:
        ValueError: a shape, a label or the kind of targets does not fit.
    """
    x, y = checked_inputs(net, x), np.asarray(y)
    examples = (*net.flat.shape[:-1], x.shape[-2])
    axes = 1 if is_labels(y) else 2
    if net.replicas and y.ndim == axes:
        y = np.broadcast_to(y, (len(net.seeds), *y.shape))
    return x, _checked_targets(net, y, examples, "y")


def checked_inputs(net: Network, x: np.ndarray, what: str = "x") -> np.ndarray:
    """Inputs of shape (n, n_inputs) or (replicas, n, n_inputs), in the network's dtype.

    Raises:
        ValueError: another shape, or no example at all.
    """
    x = np.asarray(x, dtype=net.dtype)
    shared = x.ndim == 2
    own = net.replicas and x.ndim == 3 and x.shape[0] == len(net.seeds)
    if not (shared or own) or x.shape[-1] != net.n_inputs or x.shape[-2] == 0:
        raise ValueError(
            f"{what}: x must have shape (n, {net.n_inputs}) with n >= 1, got {x.shape}"
        )
    return x


def _checked_targets(
    net: Network, y: np.ndarray, examples: tuple[int, ...], what: str
) -> np.ndarray:
    """Labels of shape `examples`, or floats of shape `(*examples, outputs)`."""
    if is_labels(y):
        if net.loss is mean_squared_error:
            raise ValueError(f"{what}: targets must be floats, got {y.dtype}")
        if y.shape != examples:
            raise ValueError(
                f"{what}: labels must have shape {examples}, got {y.shape}"
            )
        if not 0 <= y.min() <= y.max() < net.n_outputs:
            raise ValueError(
                f"{what}: labels must be in [0, {net.n_outputs}), "
                f"got {y.min()} to {y.max()}"
            )
        return y
    if net.loss is softmax_cross_entropy:
        raise ValueError(f"{what}: labels must be integers, got {y.dtype}")
    if y.shape != (*examples, net.n_outputs):
        raise ValueError(
            f"{what}: targets must have shape {(*examples, net.n_outputs)}, "
            f"got {y.shape}"
        )
    return y.astype(net.dtype, copy=False)
