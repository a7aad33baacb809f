"""How busy other programs kept the machine while something was measured."""

from __future__ import annotations

import psutil


def busy_seconds() -> tuple[float, float, float]:
    """Core-seconds so far: of all cores together, spent by anybody, spent by us.

    "Us" is this process, its living descendants, and those it has waited for.
    """
    times = psutil.cpu_times()
    idle = times.idle + getattr(times, "iowait", 0.0)
    # Time of guests and, on Linux, of nice programs is counted in other fields too or
    # not at all; what is named here exists on every system.
    spent = times.user + times.system + getattr(times, "nice", 0.0)
    return spent + idle, spent, own_seconds()


def own_seconds() -> float:
    """Core-seconds of this process and its descendants."""
    this = psutil.Process()
    total = 0.0
    for process in [this, *this.children(recursive=True)]:
        try:
            times = process.cpu_times()
        except psutil.Error:  # it has just ended
            continue
        total += times.user + times.system
        total += getattr(times, "children_user", 0.0)
        total += getattr(times, "children_system", 0.0)
    return total


class Neighbours:
    """Watches from its making until it is asked.

    Example:
        >>> 0 <= Neighbours().share() <= 1
        True
    """

    def __init__(self) -> None:
        """Begin to watch."""
        self._start = busy_seconds()

    def share(self) -> float:
        """The share of the machine's core-seconds since then that others took."""
        all_cores, anybody, us = (
            now - then for now, then in zip(busy_seconds(), self._start, strict=True)
        )
        if all_cores <= 0:
            return 0.0
        return min(1.0, max(0.0, anybody - us) / all_cores)
