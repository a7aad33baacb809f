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
    >>> import numpy as np
    >>> x = np.array([[1.0, 10.0], [3.0, 10.0], [5.0, 40.0]])
    >>> y, cache = batch_norm(x, np.ones(2), np.zeros(2), epsilon=1e-9)
    >>> y.mean(axis=0).round(6) + 0.0, y.std(axis=0).round(6)
    (array([0., 0.]), array([1., 1.]))
"""

from __future__ import annotations

from course_utils.batch_normalization.batch import (
    batch_norm,
    batch_norm_backward,
    standardize,
    standardize_backward,
)
from course_utils.batch_normalization.folding import fold
from course_utils.batch_normalization.layers import BatchNorm
from course_utils.batch_normalization.relatives import GroupNorm, LayerNorm, RMSNorm
from course_utils.batch_normalization.whitening import whiten

__all__ = [
    "BatchNorm",
    "GroupNorm",
    "LayerNorm",
    "RMSNorm",
    "batch_norm",
    "batch_norm_backward",
    "fold",
    "standardize",
    "standardize_backward",
    "whiten",
]
