"""Epochs and steps: how many of the one make the other."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from course_utils.learning_rate_schedules.checking import check_whole


def steps_per_epoch(n: int, batch_size: int) -> int:
    r"""Steps that pass n examples once: the last, smaller batch is a step as well.

    $$\lceil n / B \rceil$$

    Args:
        n: examples, >= 1.
        batch_size: B, >= 1.

    Raises:
        ValueError: a value is out of its range.

    Example:
        >>> steps_per_epoch(1000, 32), 1000 // 32
        (32, 31)
    """
    check_whole(n=n, batch_size=batch_size)
    return -(-int(n) // int(batch_size))


def by_epoch(schedule: Callable[[int], Any], steps: int) -> Callable[[int], Any]:
    """A schedule of the epoch as one of the step: constant within an epoch.

    Args:
        schedule: from the epoch (0 for the first) to a rate.
        steps: in an epoch, >= 1; see `steps_per_epoch`.

    Raises:
        ValueError: fewer than one step.

    Example:
        >>> halved = by_epoch(lambda epoch: 0.5**epoch, steps=10)
        >>> halved(9), halved(10)
        (1.0, 0.5)
    """
    check_whole(steps=steps)
    return partial(_of_epoch, schedule=schedule, steps=int(steps))


def _of_epoch(step: int, schedule: Callable[[int], Any], steps: int) -> Any:
    return schedule(step // steps)
