"""Which random numbers are for what, so that seeds are paired across experiments.

Initial weights, batch order and noise each have a stream of their own. None of them
depends on how much was drawn from another, so two arms of an experiment with the same
seed share all that they can share; and none equals `np.random.default_rng(seed)`, which
a lesson may use for its data.
"""

from __future__ import annotations

import math
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


def keep_mask(
    rng: np.random.Generator, shape: tuple[int, ...], rate: float
) -> np.ndarray:
    """Independent coins: False with probability `rate`, a byte of randomness each.

    An entry is kept where a uniform number lies below `1 - rate`. Its first byte nearly
    always decides that; only where it equals the bound's own first byte, once in 256
    times, are more digits drawn. That is exact, and needs fewer random bits than
    comparing floats, which matters where thousands of masks are drawn for one answer.

    Args:
        rng: whose bits are used.
        shape: of the mask.
        rate: in [0, 1).

    Raises:
        ValueError: the rate is outside its range.

    Returns:
        bool, of that shape.

    Example:
        >>> keep_mask(np.random.default_rng(0), (2, 5), rate=0.3)
        array([[ True,  True, False, False, False],
               [False,  True,  True,  True, False]])
    """
    if not 0 <= rate < 1:
        raise ValueError(f"rate must be in [0, 1), got {rate}")
    n = math.prod(shape)
    if rate == 0:
        return np.ones(shape, dtype=bool)
    words = rng.integers(0, 2**64, size=-(-n // 8), dtype=np.uint64)
    digits = words.astype("<u8", copy=False).view(np.uint8)[:n]
    first, rest = divmod(256 * (1 - rate), 1)
    keep = digits < np.uint8(first)
    if rest:
        undecided = np.flatnonzero(digits == np.uint8(first))
        keep[undecided] = rng.random(len(undecided)) < rest
    return keep.reshape(shape)


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
