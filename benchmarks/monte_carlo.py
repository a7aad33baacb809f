"""Monte Carlo dropout: many passes over the test images, beside the usual recipe.

The usual recipe of textbooks: `np.stack([model(x, training=True) for ...])`, then mean
and standard deviation over the stack. All contenders answer the same question for a
network of the same sizes with dropout below every dense layer, and may use all cores.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.elements import on_cpu
from benchmarks.measure import Row, quotients, take_turns
from benchmarks.settings import WIDE, Settings, cores
from benchmarks.starting import fresh

RATE = 0.2
CHUNK = 500

STACK = "Keras, every pass stacked"
OURS = "the course's network"
KERAS = "the course's sampler of a Keras model"
BARE = "bare matrix products"

#: Builds what predicts and asks once without dropout; then, perhaps, many times with.
ALONE = """
import numpy as np
from benchmarks import monte_carlo
images, samples = {images}, {samples}
x = np.random.default_rng(0).random((images, monte_carlo.WIDE[0]), dtype=np.float32)
once, often = monte_carlo.{make}(x, samples)
once()
{often}
"""


def monte_carlo(settings: Settings) -> list[Row]:
    """Monte Carlo dropout over many images, seconds, and MiB beyond one plain pass.

    Raises:
        RuntimeError: a process of its own, for the memory, failed.
    """
    images, samples = settings.mc_images, settings.mc_samples
    x = np.random.default_rng(0).random((images, WIDE[0]), dtype=np.float32)
    contenders = {
        STACK: stacked(x, samples)[1],
        OURS: course_network(x, samples)[1],
        KERAS: course_sampler(x, samples)[1],
        BARE: bare_products(x, samples),
    }
    taken = take_turns({k: timed(v) for k, v in contenders.items()}, settings.rounds)
    rows = [Row("monte_carlo", name, "s", values) for name, values in taken.items()]
    for name, target in ((OURS, 3), (KERAS, 2)):
        faster = quotients(taken[STACK], taken[name])
        title = f"{name}: times as fast"
        rows.append(Row("monte_carlo", title, "x", faster, at_least=target))
    over_bare = quotients(taken[OURS], taken[BARE])
    rows.append(Row("monte_carlo", f"{OURS}: time over bare products", "x", over_bare))

    memory = {
        name: (extra_memory(make, images, samples),)
        for name, make in (
            (STACK, "stacked"),
            (OURS, "course_network"),
            (KERAS, "course_sampler"),
        )
    }
    for name, values in memory.items():
        rows.append(Row("monte_carlo", f"{name}: extra", "MiB", values))
    for name in (OURS, KERAS):
        share = quotients(memory[name], memory[STACK])
        title = f"{name}: extra over the stack's"
        rows.append(Row("monte_carlo", title, "x", share, at_most=0.1))
    return rows


def timed(work: Callable[[], object]) -> Callable[[], float]:
    """A contender that does the work once; seconds."""

    def measure() -> float:
        start = time.perf_counter()
        work()
        return time.perf_counter() - start

    return measure


def extra_memory(make: str, images: int, samples: int) -> float:
    """MiB that the many passes add to the peak of a fresh process, at least 0.1."""
    peaks = [
        fresh(ALONE.format(make=make, images=images, samples=samples, often=often))[1]
        for often in ("", "often()")
    ]
    return max(peaks[1] - peaks[0], 0.1)


Answers = tuple[np.ndarray, np.ndarray]
Pair = tuple[Callable[[], Any], Callable[[], Answers]]


def keras_model() -> Any:
    """The textbook's network: dropout below every dense layer."""
    import keras

    keras.utils.set_random_seed(0)
    layers = [keras.Input((WIDE[0],))]
    for units in WIDE[1:]:
        last = units == WIDE[-1]
        layers.append(keras.layers.Dropout(RATE))
        layers.append(keras.layers.Dense(units, "softmax" if last else "relu"))
    return keras.Sequential(layers)


def stacked(x: np.ndarray, samples: int) -> Pair:
    """One plain pass, and the usual recipe: mean and std over a stack of passes."""
    model = on_cpu(keras_model)()

    def often() -> Answers:
        passes = np.stack([model(x, training=True) for _ in range(samples)])
        return passes.mean(axis=0), passes.std(axis=0)

    return on_cpu(lambda: model(x)), on_cpu(often)


def course_sampler(x: np.ndarray, samples: int) -> Pair:
    """One plain pass, and the course's way with a Keras model."""
    from course_utils.in_keras.dropout import Sampler
    from course_utils.regularization import mc_predict

    model = on_cpu(keras_model)()
    sampler = on_cpu(lambda: Sampler(model))()

    def often() -> Answers:
        seen = mc_predict(sampler, x, samples)
        return seen.mean, seen.std

    return on_cpu(lambda: model(x)), on_cpu(often)


def course_network(x: np.ndarray, samples: int) -> Pair:
    """One plain pass, and the course's way with its own network."""
    from course_utils.lab.layers import Activate, Dense
    from course_utils.lab.monte_carlo import Sampler
    from course_utils.lab.network import Network
    from course_utils.regularization import Dropout, mc_predict

    pieces: list[Any] = []
    for units in WIDE[1:]:
        pieces += [Dropout(RATE), Dense(units), Activate("relu")]
    net = Network(WIDE[0], pieces[:-1], seeds=0)
    sampler = Sampler(net)

    def often() -> Answers:
        seen = mc_predict(sampler, x, samples)
        return seen.mean, seen.std

    return lambda: net.scores(x), often


def bare_products(x: np.ndarray, samples: int) -> Callable[[], None]:
    """Only the matrix products of those passes, in chunks on all cores."""
    rng = np.random.default_rng(0)
    weights = [rng.standard_normal(shape, dtype=np.float32) for shape in pairwise(WIDE)]
    chunks = [x[i : i + CHUNK] for i in range(0, len(x), CHUNK)]

    def multiply(chunk: np.ndarray) -> None:
        for _ in range(samples):
            a = chunk
            for w in weights:
                a = a @ w

    def work() -> None:
        with threadpool_limits(1, "blas"), ThreadPoolExecutor(cores()) as threads:
            list(threads.map(multiply, chunks))

    return work
