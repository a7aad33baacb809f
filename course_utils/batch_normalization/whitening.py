"""Whitening: what batch normalization leaves out, decorrelation."""

from __future__ import annotations

import math

import numpy as np


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
