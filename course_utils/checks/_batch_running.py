"""A check of lesson 04: what batch normalization remembers of its batches."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from course_utils.checks import _batch_messages as say
from course_utils.checks.judging import Misconception, Question
from course_utils.checks.lists import expect_arrays
from course_utils.checks.result import Result


def follow(
    batches: list[np.ndarray], momentum: float, how: str = "", ddof: int = 0
) -> list[np.ndarray]:
    """Moving mean and variance after some batches; or with a mistake."""
    axis = None if how == "everything" else 0
    m = 1 - momentum if how == "other side" else momentum
    n = batches[0].shape[1]
    if how == "pooled":
        batches = [np.concatenate(batches)]
    means = np.array([x.mean(axis) * np.ones(n) for x in batches])
    spreads = np.array([x.var(axis, ddof=ddof) * np.ones(n) for x in batches])
    if how == "deviation":
        spreads = np.sqrt(spreads)
    if how in ("average", "pooled"):
        return [means.mean(axis=0), spreads.mean(axis=0)]
    if how == "last":
        return [means[-1], spreads[-1]]
    mean = np.full(n, float(how == "from 1"))
    variance = np.full(n, float(how not in ("from 0", "corrected")))
    if how == "first batch":
        mean, variance = means[0], spreads[0]
    step = -1 if how == "backwards" else 1
    for now, spread in zip(means[::step], spreads[::step], strict=True):
        mean = m * mean + (1 - m) * now
        variance = m * variance + (1 - m) * spread
    share = 1 - m ** len(batches) if how == "corrected" else 1.0
    return [mean / share, variance / share]


def _running_broken(args: tuple, got: list, right: list, write: Callable) -> str:
    off = [np.nan_to_num(np.abs(a - b)) for a, b in zip(got, right, strict=True)]
    k = int(off[1].max() > off[0].max())
    unit = int(off[k].argmax())
    batches = ["mean", "variance"][k]
    each = [float((x.mean(0), x.var(0))[k][unit]) for x in args[0]]
    return (
        f"in unit {unit + 1} the {batches} of each batch is {write(each)}; the moving "
        f"one starts at {k}, is updated after each, and ends at {write(right[k][unit])}"
    )


_RUNNING = Question(
    names=("batches", "momentum"),
    reference=follow,
    misconceptions=(
        Misconception(lambda *args: follow(*args, ddof=1), say.RUN_UNBIASED),
        *(
            Misconception(lambda *args, h=how, d=d: follow(*args, h, d), message)
            for how, message in say.RUN_MISTAKES.items()
            for d in (0, 1)
        ),
    ),
    broken=_running_broken,
    advice=say.RUN_ADVICE,
    praise=say.RUN_PRAISE,
)


def judge_running(fn: Callable, rng: np.random.Generator) -> Result:
    """Judge `running_statistics` on lists of two to five batches."""
    inputs = []
    for sizes, n in (((3, 2), 2), ((4, 4, 3), 3), ((2, 5, 5, 5, 3), 1)):
        batches = []
        for m in sizes:
            x = rng.normal(rng.uniform(2, 5, n), rng.uniform(1.5, 4, n), (m, n))
            x[0] += 1
            batches.append(np.round(x, 1))
        inputs.append((batches, float(rng.choice([0.7, 0.8, 0.9]))))
    return expect_arrays(fn, inputs, _RUNNING, tolerance=1e-6, floor=1.0)
