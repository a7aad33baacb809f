r"""Calibration: when the network says 80 %, is it right 80 % of the time?

Confidence is the largest probability of an answer. Cut [0, 1] into equal bins; in
bin b, holding a share $n_b / n$ of the examples, compare how many answers are right
with how sure they were:

$$\mathrm{ECE} = \sum_b \frac{n_b}{n}\, \left|\mathrm{acc}_b - \mathrm{conf}_b\right|$$

Source: Naeini, Cooper & Hauskrecht 2015; Guo et al. 2017, arXiv:1706.04599, section 2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from course_utils.regularization.settings import (
    checked_count,
    checked_distributions,
    checked_labels,
)


@dataclass(frozen=True, eq=False)
class Reliability:
    """Confidence and accuracy, bin by bin.

    Attributes:
        edges: float (bins + 1,), from 0 to 1.
        confidence: the mean confidence in each bin, float (bins,); NaN in an empty one.
        accuracy: the share of right answers, likewise.
        share: of all examples, float (bins,), together 1.
    """

    edges: np.ndarray
    confidence: np.ndarray
    accuracy: np.ndarray
    share: np.ndarray

    @property
    def error(self) -> float:
        """The expected calibration error."""
        full = self.share > 0
        gap = np.abs(self.accuracy - self.confidence)[full]
        return float((self.share[full] * gap).sum())


def reliability(
    probabilities: np.ndarray, labels: np.ndarray, bins: int = 15
) -> Reliability:
    """Sort answers by confidence into equal bins, and see how many are right in each.

    A bin holds what is above its lower edge, up to and including its upper one.

    Args:
        probabilities: float (n, classes).
        labels: ints (n,) in [0, classes).
        bins: how many, >= 1.

    Raises:
        ValueError: shapes or values do not fit.
        TypeError: an argument is of another kind.

    Example:
        >>> p = np.array([[0.9, 0.1], [0.7, 0.3], [0.65, 0.35]])
        >>> seen = reliability(p, np.array([0, 0, 1]), bins=5)
        >>> seen.accuracy[3:], seen.confidence[3:].round(4)
        (array([0.5, 1. ]), array([0.675, 0.9  ]))
    """
    p, bins = checked_distributions(probabilities), checked_count(bins, "bins")
    if p.ndim != 2:
        raise ValueError(f"probabilities must have shape (n, classes), got {p.shape}")
    labels = checked_labels(labels, p.shape[:1], p.shape[1])
    confidence = p.max(axis=-1).astype(np.float64)
    right = p.argmax(axis=-1) == labels
    edges = np.linspace(0, 1, bins + 1)
    which = np.clip(np.searchsorted(edges, confidence) - 1, 0, bins - 1)
    counts = np.bincount(which, minlength=bins)

    def mean(values: np.ndarray) -> np.ndarray:
        total = np.bincount(which, values, minlength=bins)
        return np.where(counts > 0, total / np.maximum(counts, 1), np.nan)

    return Reliability(edges, mean(confidence), mean(right), counts / len(labels))


def expected_calibration_error(
    probabilities: np.ndarray, labels: np.ndarray, bins: int = 15
) -> float:
    """The mean gap between confidence and accuracy, in [0, 1]; see above.

    Arguments and errors as in `reliability`.

    Example:
        >>> p = np.array([[0.9, 0.1], [0.9, 0.1]])
        >>> round(expected_calibration_error(p, np.array([0, 1])), 4)
        0.4
    """
    return reliability(probabilities, labels, bins).error


def negative_log_likelihood(probabilities: np.ndarray, labels: np.ndarray) -> float:
    r"""The mean of $-\log p_{\text{label}}$, in nats; infinite where that p is 0.

    Args:
        probabilities: float (n, classes).
        labels: ints (n,) in [0, classes).

    Raises:
        ValueError: shapes or values do not fit.
        TypeError: an argument is of another kind.

    Example:
        >>> round(negative_log_likelihood(np.array([[0.5, 0.5]]), np.array([1])), 4)
        0.6931
    """
    p = checked_distributions(probabilities)
    if p.ndim != 2:
        raise ValueError(f"probabilities must have shape (n, classes), got {p.shape}")
    labels = checked_labels(labels, p.shape[:1], p.shape[1])
    of_label = p[np.arange(len(labels)), labels].astype(np.float64)
    with np.errstate(divide="ignore"):
        return float(-np.log(of_label).mean())
