"""The arms and seeds of an experiment, checked before anything runs."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral
from typing import Any


def check_arms(arms: Any) -> dict[str, dict[str, Any]]:
    """Return `arms` as plain dicts.

    Raises:
        TypeError: If `arms` is not a mapping of str to mappings with str keys.
        ValueError: If it is empty, or an arm sets its own seed.
    """
    if not isinstance(arms, Mapping):
        raise TypeError(f"arms must be a dict of dicts, got {type(arms).__name__}")
    if not arms:
        raise ValueError("arms must name at least one arm, got an empty dict")
    for name, kwargs in arms.items():
        if not isinstance(name, str):
            raise TypeError(f"arms must have str names, got {name!r}")
        if not isinstance(kwargs, Mapping) or not all(
            isinstance(key, str) for key in kwargs
        ):
            raise TypeError(
                f"arms[{name!r}] must be a dict of keyword arguments, got {kwargs!r}"
            )
        if taken := {"seed", "seeds"} & set(kwargs):
            raise ValueError(
                f"arms[{name!r}] must leave the seed to the experiment, "
                f"got {sorted(taken)[0]!r}"
            )
    return {name: dict(kwargs) for name, kwargs in arms.items()}


def check_seeds(seeds: Any) -> tuple[int, ...]:
    """Return `seeds` as a tuple of distinct ints of at least 0.

    Raises:
        TypeError: If `seeds` is not a sequence of ints.
        ValueError: If it is empty, repeats one or holds a negative one.
    """
    if isinstance(seeds, Integral):
        raise TypeError(
            f"seeds must be a sequence of ints, got {seeds}; for that many write "
            f"range({seeds})"
        )
    seeds = list(seeds)
    for seed in seeds:
        if isinstance(seed, bool) or not isinstance(seed, Integral):
            raise TypeError(f"seeds must be ints, got {seed!r}")
        if seed < 0:
            raise ValueError(f"seeds must be at least 0, got {seed}")
    if not seeds:
        raise ValueError("seeds must hold at least one seed, got none")
    if len(set(seeds)) < len(seeds):
        twice = next(seed for seed in seeds if seeds.count(seed) > 1)
        raise ValueError(f"seeds must be distinct, got {twice} more than once")
    return tuple(int(seed) for seed in seeds)
