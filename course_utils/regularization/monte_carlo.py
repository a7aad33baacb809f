r"""Monte Carlo dropout: ask the network many times, with dropout awake.

K passes with fresh masks give K distributions $p_1, \ldots, p_K$ for every image. Their
mean $\bar p$ is the prediction. How far they disagree says how sure the network is:

* the standard deviation of each class's probability;
* the entropy $H(\bar p) = -\sum_c \bar p_c \log \bar p_c$: all doubt;
* the mutual information $H(\bar p) - \frac{1}{K}\sum_k H(p_k)$: the part of the doubt
  that comes from the passes contradicting one another.

Nothing is stacked: mean and variance are updated pass by pass (Welford 1962), so memory
does not grow with K.

Source: Gal & Ghahramani 2016, arXiv:1506.02142; for the last one Houlsby et al. 2011,
arXiv:1112.5745, equation 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from course_utils.regularization.settings import (
    checked_count,
    checked_distributions,
    checked_floats,
)


class RunningMoments:
    r"""Mean and variance of arrays that come one after another; none is kept.

    With $\delta = x_k - \bar x_{k-1}$: $\bar x_k = \bar x_{k-1} + \delta / k$ and
    $M_k = M_{k-1} + \delta\,(x_k - \bar x_k)$; the variance is $M_K / K$.

    Attributes:
        count: how many arrays have come.
        mean: their mean, float64.

    Example:
        >>> moments = RunningMoments()
        >>> for x in ([1.0, 5.0], [3.0, 5.0]):
        ...     moments.add(np.array(x))
        >>> moments.mean, moments.variance
        (array([2., 5.]), array([1., 0.]))
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.count = 0
        self.mean: Any = 0.0
        self._squares: Any = 0.0

    def add(self, x: np.ndarray) -> None:
        """Take one more array of the same shape into account."""
        x = checked_floats(x)
        if self.count and x.shape != self.mean.shape:
            raise ValueError(f"x must have shape {self.mean.shape}, got {x.shape}")
        self.count += 1
        delta = x - self.mean
        self.mean = self.mean + delta / np.float64(self.count)
        self._squares = self._squares + delta * (x - self.mean)

    @property
    def variance(self) -> np.ndarray:
        """The variance, dividing by the count, as `np.var`; never below 0."""
        if not self.count:
            raise ValueError("variance needs at least one array, got none")
        return np.maximum(self._squares / self.count, 0)


@dataclass(frozen=True, eq=False)
class Prediction:
    """What many passes say together.

    Attributes:
        mean: probabilities, (..., n, classes), in the dtype of the passes; the
            prediction.
        std: their standard deviation over the passes (not the variance).
        entropy: of the mean, in nats, (..., n): between 0 and log(classes).
        mutual_information: the part of it that is disagreement between passes.
        samples: how many passes.
    """

    mean: np.ndarray
    std: np.ndarray
    entropy: np.ndarray
    mutual_information: np.ndarray
    samples: int

    @property
    def labels(self) -> np.ndarray:
        """The most probable class of each example."""
        return self.mean.argmax(axis=-1)


def entropy(probabilities: np.ndarray) -> np.ndarray:
    r"""The entropy along the last axis, in nats: $-\sum_c p_c \log p_c$, 0 log 0 = 0.

    Raises:
        ValueError: they are no distributions.
        TypeError: they are no real numbers.

    Example:
        >>> entropy(np.array([[0.5, 0.5], [1.0, 0.0]])).round(4) + 0.0
        array([0.6931, 0.    ])
    """
    return _entropy(checked_distributions(probabilities))


def mc_predict(
    predict: Callable[[np.ndarray], np.ndarray], x: np.ndarray, samples: int = 100
) -> Prediction:
    """Ask `samples` times and keep only what is needed of the answers.

    Args:
        predict: from x to probabilities (..., n, classes), with fresh masks at each
            call; such as a `Sampler` of `course_utils.lab.monte_carlo` or of
            `course_utils.in_keras.dropout`. One that has a method `prepared(x)` is
            asked for a function without arguments first, so that it can compute once
            what all passes share.
        x: the examples.
        samples: K >= 1, how many passes.

    Returns:
        A `Prediction`.

    Raises:
        ValueError: `samples` is below 1, or `predict` returns no distributions, or
            another shape each time.
        TypeError: `samples` is no int, or `predict` no function.

    Example:
        >>> answers = iter([[[1.0, 0.0]], [[0.5, 0.5]]])
        >>> seen = mc_predict(lambda x: np.array(next(answers)), np.zeros((1, 3)), 2)
        >>> seen.mean, seen.std
        (array([[0.75, 0.25]]), array([[0.25, 0.25]]))
    """
    samples = checked_count(samples, "samples")
    if not callable(predict):
        raise TypeError(f"predict must be a function, got {type(predict).__name__}")
    prepare = getattr(predict, "prepared", None)
    draw = (lambda: predict(x)) if prepare is None else prepare(x)
    moments, own_entropy = RunningMoments(), 0.0
    for _ in range(samples):
        p = checked_distributions(draw())
        moments.add(p)
        own_entropy = own_entropy + _entropy(p.astype(np.float64))
    total = _entropy(moments.mean)
    doubt = np.maximum(total - own_entropy / samples, 0)
    return Prediction(
        mean=moments.mean.astype(p.dtype),
        std=np.sqrt(moments.variance).astype(p.dtype),
        entropy=total.astype(p.dtype),
        mutual_information=doubt.astype(p.dtype),
        samples=samples,
    )


def _entropy(p: np.ndarray) -> np.ndarray:
    """The entropy of what is known to be distributions."""
    tiny = np.finfo(p.dtype).tiny
    return -(p * np.log(np.maximum(p, tiny))).sum(axis=-1)
