"""How much memory a function holds while it runs."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

from course_utils.checks import guard


def peak(fn: Callable, args: tuple, names: tuple[str, ...] = ()) -> int:
    """The most bytes that a function holds at a time; see `guard.call`.

    Of a function that lives elsewhere it is what its own side says, unchecked.

    Raises:
        guard.Stopped: the function is not written yet, or it raised.
    """
    if isinstance(fn, guard.Remote):
        return fn.peak(args, names)
    tracing = tracemalloc.is_tracing()
    if not tracing:
        tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        guard.call(fn, args, names)
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        if not tracing:
            tracemalloc.stop()
