"""Task A and task B: the images of some classes, and of two others."""

from __future__ import annotations

from itertools import combinations
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np

from course_utils.lab.data import CLASS_NAMES
from course_utils.lab.trials import images

TEXTBOOK = (5, 6)  # sandals and shirts


class Task(NamedTuple):
    """Images and labels of one task.

    Attributes:
        x: the rows as they were given, shape (n, ...).
        y: labels, shape (n,): int64 from 0 for task A; float32 0 or 1 for task B.
    """

    x: np.ndarray
    y: np.ndarray


def split_tasks(data: Any, classes_b: tuple[int, int] = TEXTBOOK) -> tuple[Task, Task]:
    """Split labelled images into task A (all other classes) and task B (two classes).

    The order of the images stays; no image is in both.

    Args:
        data: `(x, y)`, or an object with `x` and `y` such as `images().train`; y are
            integer labels, shape (n,).
        classes_b: the two classes of task B. The second one's label is 1.

    Returns:
        Task A, its classes renumbered 0, 1, ... in their old order, and task B.

    Raises:
        ValueError: `classes_b` are not two different classes that occur in y, no class
            is left for A, or x and y differ in length.

    Example:
        >>> a, b = split_tasks((np.eye(5), np.array([0, 5, 6, 9, 5])))
        >>> a.y, b.y
        (array([0, 1]), array([0., 1., 0.], dtype=float32))
    """
    x, y = (data.x, data.y) if hasattr(data, "x") else data
    x, y = np.asarray(x), np.asarray(y)
    if y.ndim != 1 or y.dtype.kind not in "iu" or len(x) != len(y):
        raise ValueError(
            "y must be one integer label for each row of x, got "
            f"{y.dtype} {y.shape} for {len(x)} rows"
        )
    classes, numbers = np.unique(y, return_inverse=True)
    pair = tuple(classes_b)
    if len(pair) != 2 or pair[0] == pair[1] or not np.isin(pair, classes).all():
        raise ValueError(
            f"classes_b must be two different classes of {classes}, got {classes_b}"
        )
    in_b = np.isin(classes, pair)
    if in_b.all():
        raise ValueError("y must have a class beside classes_b, got none for task A")
    new = np.where(in_b, -1, np.cumsum(~in_b) - 1)[numbers]
    b = new < 0
    return (
        Task(x[~b], new[~b].astype(np.int64)),
        Task(x[b], (y[b] == pair[1]).astype(np.float32)),
    )


def pair_of(split: int) -> tuple[int, int]:
    """The two classes of task B in a numbered split.

    Split 0 is the textbook's. From 1 on come the 44 other pairs, shuffled once and for
    all before anything was trained, so that nobody picked them.

    Example:
        >>> pair_of(0), pair_of(1) == pair_of(45)
        ((5, 6), True)
    """
    if isinstance(split, bool) or not isinstance(split, Integral):
        raise TypeError(f"split must be an int, got {split!r}")
    if split < 0:
        raise ValueError(f"split must be >= 0, got {split}")
    if split == 0:
        return TEXTBOOK
    pairs = [p for p in combinations(range(len(CLASS_NAMES)), 2) if p != TEXTBOOK]
    order = np.random.default_rng(0).permutation(len(pairs))
    return pairs[order[(split - 1) % len(pairs)]]


def pair_name(split: int) -> str:
    """The classes of task B in words, such as `"Sandal / Shirt"`."""
    return " / ".join(CLASS_NAMES[label] for label in pair_of(split))


def tasks_of(split: int, part: str = "train") -> tuple[Task, Task]:
    """Both tasks of a numbered split, from the course's images; B's labels are ints.

    Args:
        split: see `pair_of`.
        part: `"train"`, `"valid"` or `"test"`.
    """
    a, b = split_tasks(getattr(images(), part), pair_of(split))
    return a, Task(b.x, b.y.astype(np.int64))


def task_b(split: int, part: str = "train") -> Task:
    """Task B alone, as in `tasks_of`, without the time that the images of A take."""
    data = getattr(images(), part)
    rows = np.flatnonzero(np.isin(data.y, pair_of(split)))
    return Task(data.x[rows], (data.y[rows] == pair_of(split)[1]).astype(np.int64))


def few(split: int, n: int) -> Task:
    """The first `n` images of task B's training set, as many of one class as possible.

    Fewer are part of more: the 50 labelled images of a split are among its 200.

    Raises:
        ValueError: n is not in [2, 2000].
    """
    data, rng = images().train, np.random.default_rng([split, 6])
    pair = pair_of(split)
    rows = [rng.permutation(np.flatnonzero(data.y == label)) for label in pair]
    mixed = np.stack(rows, axis=1).ravel()
    if not 2 <= n <= len(mixed):
        raise ValueError(f"n must be in [2, {len(mixed)}], got {n}")
    mixed = mixed[:n]
    return Task(data.x[mixed], (data.y[mixed] == pair[1]).astype(np.int64))
