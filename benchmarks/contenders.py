"""Who trains in the training benchmarks: the engine, Keras, and bare matrix products.

The functions at the top run in worker processes, so they import what they need and keep
the data between calls.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.settings import BATCH_SIZE, LEARNING_RATE, MOMENTUM


@cache
def images(n: int) -> tuple[np.ndarray, np.ndarray]:
    """The first n training images, x float32 (n, 784), and their labels, int (n,)."""
    from course_utils.lab.data import load_fashion_mnist

    train = load_fashion_mnist().train
    return train.x[:n], train.y[:n]


def train(
    sizes: Sequence[int], seeds: int | Sequence[int], n: int, epochs: int
) -> float:
    """Train the NumPy engine; the seconds that `fit` took."""
    from course_utils.lab import network
    from course_utils.optimizers import SGD

    net = network.mlp(sizes, activation="relu", seeds=seeds)
    x, y = images(n)
    optimizer = SGD(LEARNING_RATE, momentum=MOMENTUM)
    start = time.perf_counter()
    net.fit(x, y, epochs=epochs, batch_size=BATCH_SIZE, optimizer=optimizer)
    return time.perf_counter() - start


def multiply(sizes: Sequence[int], seed: int, n: int, epochs: int) -> float:
    """Only the matrix products of that training, on one thread; the seconds they took.

    Forward `x W` for each layer, backward `x' d` for each and `d W'` for all but the
    lowest. No biases, no activations, no loss, no step: what no engine that multiplies
    batch by batch can undercut with the same matrix library.
    """
    rng = np.random.default_rng(seed)

    def draw(*shape: int) -> np.ndarray:
        return rng.standard_normal(shape, dtype=np.float32)

    weights = [draw(i, o) for i, o in pairwise(sizes)]
    gradients = [np.empty_like(w) for w in weights]
    inputs = [draw(BATCH_SIZE, size) for size in sizes[:-1]]
    deltas = [draw(BATCH_SIZE, size) for size in sizes[1:]]
    before = [np.empty_like(x) for x in inputs]
    after = [np.empty_like(d) for d in deltas]
    layers = list(zip(inputs, weights, deltas, gradients, before, after, strict=True))
    with threadpool_limits(1, "blas"):
        start = time.perf_counter()
        for _ in range(epochs * n // BATCH_SIZE):
            for x, w, _d, _g, _b, a in layers:
                np.matmul(x, w, out=a)
            for x, w, d, g, b, _a in reversed(layers):
                np.matmul(x.T, d, out=g)
                if w is not weights[0]:
                    np.matmul(d, w.T, out=b)
        return time.perf_counter() - start


def together(
    parallel: Any, work: Callable, sizes: Sequence[int], n: int, epochs: int, jobs: int
) -> Callable[[], float]:
    """A contender that does `work` on as many cores as there are jobs, seed by seed.

    Returns:
        A function that returns seconds an epoch and seed: the wall time of the whole
        call, the way there and back included, over all epochs of all seeds.
    """
    from joblib import delayed

    def measure() -> float:
        start = time.perf_counter()
        parallel(delayed(work)(sizes, seed, n, epochs) for seed in range(jobs))
        return (time.perf_counter() - start) / (jobs * epochs)

    return measure


def keras_fit(
    sizes: Sequence[int], n: int, epochs: int, **compile_options: Any
) -> Callable[[], float]:
    """A contender that trains with Keras as a user would; seconds an epoch and seed."""
    import keras

    keras.utils.set_random_seed(0)
    hidden = [keras.layers.Dense(units, activation="relu") for units in sizes[1:-1]]
    model = keras.Sequential(
        [keras.Input((sizes[0],)), *hidden, keras.layers.Dense(sizes[-1])]
    )
    model.compile(
        optimizer=keras.optimizers.SGD(LEARNING_RATE, momentum=MOMENTUM),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        **compile_options,
    )
    x, y = images(n)

    def measure() -> float:
        start = time.perf_counter()
        model.fit(x, y, batch_size=BATCH_SIZE, epochs=epochs, verbose=0)
        return (time.perf_counter() - start) / epochs

    return measure
