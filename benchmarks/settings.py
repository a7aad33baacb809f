"""How much a run measures, and the networks it measures on."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

#: The networks of the comparisons: inputs, hidden widths, outputs.
WIDE = (784, 300, 100, 10)
DEEP = (784, *[100] * 20, 10)
NARROW = (784, *[20] * 20, 10)

BATCH_SIZE = 32
LEARNING_RATE, MOMENTUM = 0.01, 0.9


def cores() -> int:
    """How many cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS, not on Windows
        return os.cpu_count() or 1


@dataclass(frozen=True)
class Settings:
    """How long to measure.

    Attributes:
        images: examples an epoch of the training benchmarks, at most 10,000.
        epochs: epochs a measurement.
        rounds: measurements of each contender.
        scaling_images: examples an epoch of the scaling benchmark.
        scaling_seeds: the numbers of seeds it trains.
        mc_images: examples of the Monte Carlo benchmark.
        mc_samples: passes over each of them.
        process_rounds: measurements of each fresh process.
        n_jobs: processes that train at once.
        submissions: a class that is graded, ours beside nbgrader's.
        classes: sizes of the classes that show how grading grows.
    """

    images: int = 10_000
    epochs: int = 2
    rounds: int = 7
    scaling_images: int = 2_000
    scaling_seeds: tuple[int, ...] = (1, 2, 4, 8, 16)
    mc_images: int = 5_000
    mc_samples: int = 100
    process_rounds: int = 5
    n_jobs: int = field(default_factory=cores)
    submissions: int = 40
    classes: tuple[int, ...] = (10, 100, 1_000)

    @classmethod
    def quick(cls) -> Settings:
        """A look at everything in some minutes, notebooks apart."""
        return cls(
            epochs=1,
            rounds=3,
            scaling_images=640,
            mc_samples=20,
            process_rounds=3,
            submissions=10,
            classes=(10, 100),
        )
