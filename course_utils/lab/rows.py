"""What a run's function returned, as plain rows of a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from course_utils.lab.divergence import DivergenceError

RESERVED = ("arm", "diverged_at", "message")
Rows = list[dict[str, Any]]


def diverged(error: DivergenceError) -> Rows:
    """Return all that the table says of a run that diverged.

    Example:
        >>> diverged(DivergenceError(12, "layer 3", "loss is NaN"))[0]["diverged_at"]
        12
    """
    return [{"diverged": True, "diverged_at": error.step, "message": str(error)}]


def tidy(
    result: Any, seeds: Sequence[int], together: bool, required: str | None = None
) -> dict[int, Rows]:
    """Return what a function returned as plain rows by seed.

    Args:
        result: A dict, a list of dicts or a DataFrame, whose values are str, bool,
            int, float or None (NumPy scalars too), except that ``diverged`` may be a
            `DivergenceError`. Or a training history: something with such a ``frame``
            and with ``diverged``, a dict of those errors by seed.
        seeds: The seeds the function was given.
        together: Whether rows must name their seed.
        required: A column that the last row of each seed must have, or None.

    Raises:
        TypeError: If `result` or a value in it is of another type.
        ValueError: If a row overwrites a column of the experiment, or a seed has none.

    Example:
        >>> tidy([{"epoch": 0}, {"epoch": 1}], seeds=[7], together=False)[7]
        [{'diverged': False, 'epoch': 0}, {'diverged': False, 'epoch': 1}]
    """
    lost: dict[int, DivergenceError] = {}
    if isinstance(getattr(result, "diverged", None), Mapping):
        lost, result = dict(result.diverged), result.frame
    if hasattr(result, "to_dict") and hasattr(result, "columns"):
        result = result.to_dict("records")
    if isinstance(result, Mapping):
        result = [result]
    if not isinstance(result, list | tuple) or not all(
        isinstance(row, Mapping) for row in result
    ):
        raise TypeError(
            "function must return a dict, a list of dicts, a DataFrame or a history, "
            f"got {type(result).__name__}"
        )
    by_seed: dict[int, Rows] = {seed: [] for seed in seeds}
    for row in result:
        row = dict(row)
        error = row.pop("diverged", None)
        row = {key: _scalar(key, value) for key, value in row.items()}
        for name in RESERVED:
            if name in row:
                raise ValueError(
                    f"a row must not set {name!r}, which the experiment fills in, "
                    f"got {row[name]!r}"
                )
        if together and "seed" not in row:
            raise ValueError(
                f"with several seeds a row must name its 'seed', got {row}"
            )
        seed = row.pop("seed", seeds[0])
        if seed not in by_seed:
            raise ValueError(
                f"a row must be of a seed the function was given, {tuple(seeds)}, "
                f"got seed {seed!r}"
            )
        by_seed[seed].append({"diverged": False, **row})
        if isinstance(error, DivergenceError):
            lost[seed] = error
        elif error is not None and error is not False:
            raise ValueError(
                "'diverged' in a row must be a DivergenceError, None or False, "
                f"got {error!r}"
            )
    for seed, rows in by_seed.items():
        if seed in lost:
            by_seed[seed] = diverged(lost[seed])
            continue
        if not rows:
            raise ValueError(
                f"function must return a row for every seed, got none of {seed}"
            )
        if required and required not in rows[-1]:
            raise ValueError(
                f"function must return {required!r} in a run's last row, got "
                f"{sorted(rows[-1])}"
            )
    return by_seed


def _scalar(key: Any, value: Any) -> Any:
    if not isinstance(key, str):
        raise TypeError(f"a row must have str keys, got {key!r}")
    if isinstance(value, np.generic) or (
        isinstance(value, np.ndarray) and not value.ndim
    ):
        value = value.item()
    if value is None or isinstance(value, str | bool | int | float):
        return value
    raise TypeError(
        f"a row must hold single numbers and texts, got {key}={type(value).__name__}; "
        "of an array make several rows, for example one per layer"
    )
