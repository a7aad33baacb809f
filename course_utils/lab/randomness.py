"""Which random numbers are for what, so that seeds are paired across experiments.

Initial weights, batch order and noise each have a stream of their own. None of them
depends on how much was drawn from another, so two arms of an experiment with the same
seed share all that they can share; and none equals `np.random.default_rng(seed)`, which
a lesson may use for its data.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence

import numpy as np

#: What a stream is for.
WEIGHTS, OTHER_PARAMETERS, BATCHES, NOISE = range(4)


def stream(seed: int, purpose: int, index: int) -> np.random.Generator:
    """The generator for one purpose: dense layer number `index`, or epoch `index`.

    Example:
        >>> a, b = stream(0, WEIGHTS, 0), stream(0, WEIGHTS, 0)
        >>> bool(a.random() == b.random() != np.random.default_rng(0).random())
        True
    """
    return np.random.default_rng(
        np.random.SeedSequence(seed, spawn_key=(purpose, index))
    )


def checked_seeds(seeds: int | Sequence[int]) -> tuple[int, ...]:
    """One seed or several, as a tuple.

    Raises:
        ValueError: there are none, or one is negative or occurs twice.
        TypeError: one is not an int.
    """
    checked = tuple(operator.index(s) for s in np.atleast_1d(seeds).tolist())
    if not checked or min(checked) < 0:
        raise ValueError(f"seeds must be one or more ints >= 0, got {seeds}")
    if len(set(checked)) < len(checked):
        raise ValueError(f"seeds must differ from one another, got {seeds}")
    return checked
