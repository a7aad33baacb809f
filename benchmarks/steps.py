"""Where one training step of the engine spends its time, piece by piece."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.contenders import images, multiply
from benchmarks.measure import Row, take_turns
from benchmarks.settings import (
    BATCH_SIZE,
    DEEP,
    LEARNING_RATE,
    MOMENTUM,
    WIDE,
    Settings,
)


def steps(settings: Settings) -> list[Row]:
    """Where a step's time goes in one process alone, microseconds."""
    with threadpool_limits(1, "blas"):
        return [
            *parts("wide", WIDE, settings),
            *parts("deep", DEEP, settings),
        ]


def parts(network_name: str, sizes: Sequence[int], settings: Settings) -> list[Row]:
    """The parts of a step, in turn, each many times."""
    from course_utils.lab import network
    from course_utils.optimizers import SGD

    net = network.mlp(sizes, activation="relu", seeds=0)
    x, y = images(settings.images)
    rows = np.random.default_rng(0).permutation(len(x))[:BATCH_SIZE]
    batch_x, batch_y = x[rows], y[rows]
    scores, caches, _ = net.forward(batch_x, training=True)
    _, gradient = net.loss(scores, batch_y)
    # The same gradient again and again must not carry the weights away.
    optimizer = SGD(LEARNING_RATE * 1e-6, momentum=MOMENTUM)
    state = optimizer.init(net.flat)
    times = 100

    def bare() -> float:
        return multiply(sizes, 0, times * BATCH_SIZE, 1) / times * 1e6

    measured = take_turns(
        {
            "gather the batch": each(lambda: x.take(rows, axis=0), times),
            "forward": each(lambda: net.forward(batch_x, training=True), times),
            "loss": each(lambda: net.loss(scores, batch_y), times),
            "backward": each(lambda: net.backward(gradient, caches), times),
            "update": each(
                lambda: optimizer.update(net.flat, net.flat_gradient, state), times
            ),
            "bare products": bare,
        },
        settings.rounds,
    )
    return [
        Row("steps", f"{network_name}: {name}", "us", values)
        for name, values in measured.items()
    ]


def each(work: Callable[[], object], times: int) -> Callable[[], float]:
    """A contender that does `work` many times; microseconds for one of them."""

    def measure() -> float:
        start = time.perf_counter()
        for _ in range(times):
            work()
        return (time.perf_counter() - start) / times * 1e6

    return measure
