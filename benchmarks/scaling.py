"""Many seeds: as replicas in one array axis, as processes, or both."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from benchmarks.contenders import train
from benchmarks.measure import Row, quotients, take_turns
from benchmarks.settings import NARROW, WIDE, Settings

NETWORKS = {"wide": WIDE, "narrow": NARROW}


def scaling(settings: Settings) -> list[Row]:
    """An epoch of several seeds, in one process, several, or both, seconds.

    "wide" is 784-300-100-10, "narrow" has 20 hidden layers of 20. Replicas share the
    cost of calling NumPy, so they win where layers are narrow and many: on two cores,
    half of 16 narrow seeds as replicas on each take less than half the time of one
    seed after the other on each. Where a layer's product takes much longer than its
    call, as in the wide network, replicas gain nothing, and the weights of several no
    longer fit a core's cache: processes are as fast, or faster.
    """
    import joblib

    rows = []
    with joblib.Parallel(n_jobs=settings.n_jobs) as parallel:
        for name, sizes in NETWORKS.items():
            for seeds in settings.scaling_seeds:
                rows += three_ways(parallel, name, sizes, seeds, settings)
    return rows


def three_ways(
    parallel: Any, name: str, sizes: Sequence[int], seeds: int, settings: Settings
) -> list[Row]:
    """One number of seeds, each way in turn."""
    chunks = split(seeds, settings.n_jobs)
    ways = {
        "replicas": lambda: timed([list(range(seeds))]),
        "processes": lambda: timed(list(range(seeds)), parallel),
        "both": lambda: timed(chunks, parallel),
    }

    def timed(jobs: list, pool: Any = None) -> float:
        import joblib

        n = settings.scaling_images
        start = time.perf_counter()
        if pool is None:
            for job in jobs:
                train(sizes, job, n, 1)
        else:
            pool(joblib.delayed(train)(sizes, job, n, 1) for job in jobs)
        return time.perf_counter() - start

    seconds = take_turns(ways, settings.rounds)
    rows = [
        Row("scaling", f"{name} x {seeds}: {way}", "s", values)
        for way, values in seconds.items()
    ]
    if seeds == max(settings.scaling_seeds):
        gain = quotients(seconds["processes"], seconds["both"])
        rows.append(Row("scaling", "throughput of both over processes", "x", gain))
    return rows


def split(seeds: int, jobs: int) -> list[list[int]]:
    """Deal seeds 0, 1, ... into as many lists as there are jobs, none of them empty.

    Example:
        >>> split(5, 2)
        [[0, 2, 4], [1, 3]]
    """
    return [list(range(first, seeds, jobs)) for first in range(min(seeds, jobs))]
