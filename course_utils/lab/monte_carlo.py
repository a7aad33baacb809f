"""Asking a trained network many times with its dropout awake and all else asleep.

Example:
    >>> from course_utils.lab import network
    >>> from course_utils.regularization import Dropout, mc_predict
    >>> net = network.mlp([4, 8, 3], dropout=Dropout(0.5))
    >>> seen = mc_predict(Sampler(net), np.ones((2, 4)), samples=50)
    >>> seen.mean.shape, bool((seen.std > 0).all())
    ((2, 3), True)
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import TYPE_CHECKING

import numpy as np
from joblib import cpu_count
from threadpoolctl import ThreadpoolController

from course_utils.lab.inputs import checked_inputs
from course_utils.lab.layers import Layer, Noise

if TYPE_CHECKING:
    from course_utils.lab.network import Network


CHUNK = 500
"""How many examples a thread takes at a time: few enough to stay in its cache."""


class Sampler:
    """A trained network whose dropout pieces still drop; each call draws anew.

    Only pieces that say `draws_noise` behave as in training. Batch normalization keeps
    to its moving averages, and nothing that the network remembers is changed. A pass
    goes through the examples in chunks, on all cores; each chunk has a generator of its
    own, so the number of cores changes nothing.

    Args:
        net: the network; one with replicas gives every replica masks of its own.
        seed: of the masks, an int >= 0.

    Raises:
        ValueError: no piece of the network drops anything, or `seed` is negative.
        TypeError: `seed` is no int.
    """

    def __init__(self, net: Network, seed: int = 0) -> None:
        """Find the lowest piece that drops."""
        awake = [_drops(layer) for layer in net.layers]
        if not any(awake):
            raise ValueError(
                "net must have a piece that drops, such as Dropout(0.2), got none: "
                "without one every pass would say the same"
            )
        if isinstance(seed, bool) or not isinstance(seed, int | np.integer):
            raise TypeError(f"seed must be an int, got {type(seed).__name__}")
        if seed < 0:
            raise ValueError(f"seed must be >= 0, got {seed}")
        self.net, self.seed = net, int(seed)
        self._awake, self._first = awake, awake.index(True)
        self._generators = count()

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Probabilities of one pass with fresh masks, shape (..., n, classes)."""
        return self.prepared(x)()

    def prepared(self, x: np.ndarray) -> Callable[[], np.ndarray]:
        """A function that makes one pass over these x, each time with fresh masks.

        What lies below the lowest dropout is the same in every pass, and computed once.

        Raises:
            ValueError: x does not fit the network.
        """
        x = checked_inputs(self.net, x)
        starts = range(0, max(1, x.shape[-2]), CHUNK)
        chunks = [self._below(x[..., i : i + CHUNK, :]) for i in starts]
        noises = [self._noise() for _ in chunks]
        blas = ThreadpoolController()

        def one_pass() -> np.ndarray:
            with blas.limit(limits=1), ThreadPoolExecutor(cpu_count()) as threads:
                parts = list(threads.map(self._above, chunks, noises))
            return np.concatenate(parts, axis=-2)

        return one_pass

    def _noise(self) -> Noise:
        """A generator that no other chunk has, one a replica."""
        number = next(self._generators)
        generators = [
            np.random.default_rng([self.seed, s, number]) for s in self.net.seeds
        ]
        return Noise(generators, self.net.replicas)

    def _below(self, x: np.ndarray) -> np.ndarray:
        """What reaches the lowest dropout."""
        below = self._through(x, slice(0, self._first), None)
        if self.net.replicas and below.ndim == 2:  # else all would share one mask
            below = np.broadcast_to(below, (len(self.net.seeds), *below.shape))
        return below

    def _above(self, x: np.ndarray, noise: Noise) -> np.ndarray:
        """From there to probabilities, with fresh masks."""
        return softmax(self._through(x, slice(self._first, None), noise))

    def _through(self, x: np.ndarray, part: slice, noise: Noise | None) -> np.ndarray:
        """Through some of the pieces."""
        net = self.net
        pieces = zip(net.layers, net.parameters, net.state, self._awake, strict=True)
        for layer, parameters, state, awake in list(pieces)[part]:
            x, _ = layer.forward(x, parameters, state, awake, noise)
        return x


def softmax(scores: np.ndarray) -> np.ndarray:
    """Probabilities from scores, along the last axis.

    Example:
        >>> softmax(np.array([0.0, 0.0]))
        array([0.5, 0.5])
    """
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def probabilities(net: Network, x: np.ndarray) -> np.ndarray:
    """What the network says with everything asleep: the usual prediction.

    Args:
        net: the network.
        x: shape (n, n_inputs).

    Returns:
        Shape (..., n, classes), each row together 1.

    Raises:
        ValueError: x does not fit the network.
    """
    return softmax(net.scores(x))


def _drops(layer: Layer) -> bool:
    """Whether a piece draws noise, and a rate of 0 does not keep it from it."""
    return getattr(layer, "draws_noise", False) and getattr(layer, "rate", 1) > 0
