"""Training: the engine against Keras and against the bare matrix products.

Batches of 32 out of 10,000 images, SGD with momentum 0.9, float32.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from benchmarks.contenders import keras_fit, multiply, together, train
from benchmarks.measure import Row, quotients, take_turns
from benchmarks.settings import DEEP, WIDE, Settings

ENGINE = "engine, a seed on each core"
ALONE = "engine, one seed alone"
BARE = "bare matrix products, each core"
FIT = "Keras fit"
COMPILED = "Keras fit, compiled"


def wide(settings: Settings) -> list[Row]:
    """784-300-100-10, seconds an epoch and seed."""
    return compare("wide", WIDE, settings, times_fit=6.0, times_bare=1.5)


def deep(settings: Settings) -> list[Row]:
    """20 hidden layers of 100, seconds an epoch and seed."""
    return compare("deep", DEEP, settings, times_fit=4.0, times_bare=None)


def compare(
    benchmark: str,
    sizes: Sequence[int],
    settings: Settings,
    times_fit: float | None,
    times_bare: float | None,
) -> list[Row]:
    """Seconds an epoch and seed of every contender, and the ratios within a round.

    Args:
        benchmark: the rows' benchmark.
        sizes: inputs, hidden widths, outputs.
        settings: how long to measure.
        times_fit: the throughput of plain `fit` that the engine is to reach at least.
        times_bare: the time of the bare products that it is to take at most.
    """
    import joblib

    jobs, n, epochs = settings.n_jobs, settings.images, settings.epochs
    with joblib.Parallel(n_jobs=jobs) as parallel:
        engine = together(parallel, train, sizes, n, epochs, jobs)
        first = engine()
        alone = together(joblib.Parallel(n_jobs=1), train, sizes, n, epochs, 1)
        seconds = take_turns(
            {
                ENGINE: engine,
                FIT: keras_fit(sizes, n, epochs),
                BARE: together(parallel, multiply, sizes, n, epochs, jobs),
                COMPILED: keras_fit(
                    sizes, n, epochs, jit_compile=True, steps_per_execution=50
                ),
                ALONE: alone,
            },
            settings.rounds,
        )
    rows = [Row(benchmark, name, "s", values) for name, values in seconds.items()]
    own = seconds[ENGINE]
    start = max(0.0, first - median(own)) * jobs * epochs
    rows.append(Row(benchmark, "starting the processes, once", "s", (start,)))
    return [
        *rows,
        Row(
            benchmark,
            "throughput over Keras fit",
            "x",
            quotients(seconds[FIT], own),
            at_least=times_fit,
        ),
        Row(
            benchmark,
            "throughput over compiled fit",
            "x",
            quotients(seconds[COMPILED], own),
        ),
        Row(
            benchmark,
            "time over bare matrix products",
            "x",
            quotients(own, seconds[BARE]),
            at_most=times_bare,
        ),
    ]
