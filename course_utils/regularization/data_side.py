r"""Regularizing through the data: softer labels, mixed images, moved images.

Source: Szegedy et al. 2016, arXiv:1512.00567, section 7 (label smoothing); Zhang et al.
2018, arXiv:1710.09412 (mixup).
"""

from __future__ import annotations

import math

import numpy as np

from course_utils.regularization.settings import (
    checked_count,
    checked_distributions,
    checked_floats,
    checked_labels,
    checked_positive,
    checked_strength,
)


def smooth_labels(labels: np.ndarray, classes: int, amount: float) -> np.ndarray:
    r"""Targets that are not quite sure: $(1 - s)\,\text{one-hot} + s / C$.

    Args:
        labels: ints (n,) in [0, classes).
        classes: C >= 1.
        amount: s in [0, 1]; 0 gives plain one-hot targets.

    Returns:
        float32 (n, classes), each row together 1.

    Raises:
        ValueError: an argument is out of range.
        TypeError: an argument is of another kind.

    Example:
        >>> smooth_labels(np.array([1]), 4, 0.1)
        array([[0.025, 0.925, 0.025, 0.025]], dtype=float32)
    """
    classes, amount = (
        checked_count(classes, "classes"),
        checked_strength(amount, "amount"),
    )
    if amount > 1:
        raise ValueError(f"amount must be in [0, 1], got {amount}")
    labels = checked_labels(labels, np.shape(labels), classes)
    one_hot = np.eye(classes)[labels]
    return ((1 - amount) * one_hot + amount / classes).astype(np.float32)


def soft_cross_entropy(
    scores: np.ndarray, targets: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    r"""Cross-entropy with targets that are distributions, for a network's `loss`.

    $-\frac{1}{n} \sum_i \sum_c t_{ic} \log \mathrm{softmax}(z_i)_c$, with the gradient
    $(\mathrm{softmax}(z) - t) / n$.

    Args:
        scores: shape (..., n, classes), float.
        targets: the same shape, or labels: ints of shape (..., n).

    Returns:
        The mean loss, shape (...,), and its gradient with respect to the scores.

    Example:
        >>> loss, gradient = soft_cross_entropy(
        ...     np.zeros((1, 2)), np.array([[0.9, 0.1]])
        ... )
        >>> float(loss.round(4)), gradient
        (0.6931, array([[-0.4,  0.4]]))
    """
    n, classes = scores.shape[-2:]
    targets = np.asarray(targets)
    if targets.dtype.kind in "iu":
        targets = np.eye(classes, dtype=scores.dtype)[targets]
    shifted = scores - scores.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    loss = -(targets * log_p).sum(axis=(-2, -1)) / n
    return loss, (np.exp(log_p) - targets) / n


def mixup(
    x: np.ndarray, targets: np.ndarray, alpha: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    r"""Mix every example with another one, and their targets alike.

    $x' = m x_i + (1 - m) x_j$, $t' = m t_i + (1 - m) t_j$ with $m$ drawn from
    Beta(alpha, alpha), one for each pair.

    Args:
        x: float (n, ...).
        targets: float (n, classes), distributions.
        alpha: > 0; small: mostly one of the two, 1: any mixture alike.
        rng: a NumPy generator.

    Returns:
        New x and targets, dtypes as they came.

    Raises:
        ValueError: the lengths differ, or `alpha` is not positive.
        TypeError: an argument is of another kind.

    Example:
        >>> x, t = mixup(np.eye(2), np.eye(2), 1.0, np.random.default_rng(0))
        >>> bool(np.allclose(x, t)), t.sum(axis=-1)
        (True, array([1., 1.]))
    """
    alpha, x = checked_positive(alpha, "alpha"), checked_floats(x)
    targets = checked_distributions(targets)
    if targets.ndim != 2 or len(targets) != len(x):
        raise ValueError(
            f"targets must have shape ({len(x)}, classes), got {targets.shape}"
        )
    other, share = rng.permutation(len(x)), rng.beta(alpha, alpha, size=len(x))

    def mixed(a: np.ndarray) -> np.ndarray:
        m = share.reshape(-1, *[1] * (a.ndim - 1)).astype(a.dtype)
        return m * a + (1 - m) * a[other]

    return mixed(x), mixed(targets)


def shift(
    images: np.ndarray, most: int, rng: np.random.Generator, fill: float | None = None
) -> np.ndarray:
    """Move each image by up to `most` pixels, up or down and left or right.

    Args:
        images: (n, height, width), or (n, pixels) of square images.
        most: pixels, >= 1 and less than the height and the width.
        rng: a NumPy generator.
        fill: what comes in from the edge; by default the smallest value of all.

    Returns:
        A new array of the same shape and dtype.

    Raises:
        ValueError: a shape does not fit, or `most` is out of range.
        TypeError: an argument is of another kind.

    Example:
        >>> moved = shift(np.eye(3)[None], 1, np.random.default_rng(0))
        >>> moved.shape
        (1, 3, 3)
    """
    most, pictures = checked_count(most, "most"), _pictures(images)
    n, height, width = pictures.shape
    if most >= min(height, width):
        raise ValueError(f"most must be < {min(height, width)}, got {most}")
    value = pictures.min() if fill is None else fill
    edge = ((0, 0), (most, most), (most, most))
    padded = np.pad(pictures, edge, constant_values=value)
    down, right = rng.integers(0, 2 * most + 1, size=(2, n))
    rows = down[:, None] + np.arange(height)
    columns = right[:, None] + np.arange(width)
    moved = padded[np.arange(n)[:, None, None], rows[:, :, None], columns[:, None, :]]
    return moved.reshape(np.shape(images))


def flip(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Mirror every image, left to right, with probability one half.

    Args, returns and raises as `shift`.

    Example:
        >>> flip(np.arange(4.0).reshape(1, 2, 2), np.random.default_rng(0)).shape
        (1, 2, 2)
    """
    pictures = _pictures(images)
    mirrored = rng.random(len(pictures)) < 0.5
    turned = np.where(mirrored[:, None, None], pictures[:, :, ::-1], pictures)
    return turned.reshape(np.shape(images))


def _pictures(images: np.ndarray) -> np.ndarray:
    """Images as (n, height, width)."""
    images = np.asarray(images)
    if images.ndim == 2 and math.isqrt(images.shape[1]) ** 2 == images.shape[1]:
        side = math.isqrt(images.shape[1])
        images = images.reshape(-1, side, side)
    if images.ndim != 3 or images.size == 0:
        raise ValueError(
            "images must have shape (n, height, width), or (n, pixels) of squares, got "
            f"{images.shape}"
        )
    return images
