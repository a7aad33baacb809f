"""Runs of two arms, side by side by their seed, with those that diverged."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


def pairs(
    frame: pd.DataFrame, first: str, second: str, metric: str
) -> tuple[np.ndarray, np.ndarray]:
    """Return the metric of two arms seed by seed.

    Args:
        frame: Runs with ``arm``, ``seed`` and the metric, one row an arm and seed; a
            column ``diverged`` says which diverged.
        first: An arm.
        second: Another arm.
        metric: A column of numbers.

    Returns:
        Float64 values (seeds, 2), ordered by seed, NaN where a run diverged; and which
        diverged, bool (seeds, 2).

    Raises:
        TypeError: If `frame` is not a DataFrame.
        ValueError: If an arm, a column or a seed is missing, a run has several rows, or
            a run that did not diverge has no finite number.
    """
    if not hasattr(frame, "columns") or not hasattr(frame, "loc"):
        raise TypeError(f"frame must be a DataFrame, got {type(frame).__name__}")
    for name in ("arm", "seed", metric):
        if name not in frame.columns and not (name == metric and _all_diverged(frame)):
            raise ValueError(
                f"frame must have a column {name!r}, got {list(frame.columns)}"
            )
    one, other = (_by_seed(frame, arm, metric) for arm in (first, second))
    if set(one) != set(other):
        raise ValueError(
            "arms are compared seed by seed, so both must have the same seeds, got "
            f"{sorted(one)} of {first!r} and {sorted(other)} of {second!r}"
        )
    values = np.array([[one[seed], other[seed]] for seed in sorted(one)], dtype=float)
    return values, np.isnan(values)


def fill(
    values: np.ndarray,
    diverged: np.ndarray,
    diverged_as: float | None,
    higher_is_better: bool,
) -> tuple[np.ndarray, float | None]:
    """Return values in which a diverged run has a number, and that number.

    It is `diverged_as`, or the worst of the other values if that is worse still: a run
    that diverged is not better than one that did not.

    Raises:
        ValueError: If a run diverged and `diverged_as` is None.

    Example:
        >>> values = np.array([[0.8, np.nan], [0.9, 0.05]])
        >>> fill(values, np.isnan(values), 0.1, higher_is_better=True)
        (array([[0.8 , 0.05],
               [0.9 , 0.05]]), 0.05)
    """
    if not diverged.any():
        return values, None
    if diverged_as is None:
        raise ValueError(
            f"{int(diverged.sum())} runs diverged; diverged_as must say what they are "
            "worth (what guessing gives, such as an accuracy of 0.1 for ten classes), "
            "got None"
        )
    worst = min if higher_is_better else max
    counted = float(worst([diverged_as, *values[~diverged]]))
    return np.where(diverged, counted, values), counted


def _by_seed(frame: pd.DataFrame, arm: str, metric: str) -> dict[int, float]:
    rows = frame[frame["arm"] == arm]
    if not len(rows):
        raise ValueError(
            f"frame must hold the arm {arm!r}, got {sorted(set(frame['arm']))}"
        )
    values: dict[int, float] = {}
    for row in rows.to_dict("records"):
        seed = row["seed"]
        if seed in values:
            count = int((rows["seed"] == seed).sum())
            raise ValueError(
                f"frame must hold one row per arm and seed, got {count} of arm {arm!r} "
                f"with seed {seed}; reduce it first, for example to the last epoch "
                "with experiments.last(frame)"
            )
        if row.get("diverged", False):
            values[seed] = math.nan
            continue
        values[seed] = float(row[metric])
        if not math.isfinite(values[seed]):
            raise ValueError(
                f"{metric} must be finite where a run did not diverge, got "
                f"{values[seed]} of arm {arm!r} with seed {seed}"
            )
    return values


def _all_diverged(frame: pd.DataFrame) -> bool:
    return "diverged" in frame.columns and bool(frame["diverged"].all())
