"""A check of lesson 06: which images of one task occur among those of another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from course_utils.checks import _transfer_messages as say
from course_utils.checks.judging import Misconception, Question, expect_close
from course_utils.checks.result import Result


def _grey(b: np.ndarray, mean: float, std: float) -> np.ndarray:
    return np.round(b.astype(float) * std + mean).astype(int)


def _apart(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Differences (m, n, pixels) in grey values: each image of b with each of a."""
    a, b = (x.reshape(len(x), -1).astype(int) for x in (a, b))
    return np.abs(b[:, None] - a[None])


def _leaked(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (_apart(a, b) == 0).all(axis=2).any(axis=1)


def _same_place(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    same = (_apart(a, b) == 0).all(axis=2)
    return np.array([k < len(a) and same[k, k] for k in range(len(b))])


def _any_order(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    flat_a, flat_b = (np.sort(x.reshape(len(x), -1)) for x in (a, b))
    return _leaked(flat_a, flat_b)


def _by_sum(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.isin(b.sum(axis=(1, 2)), a.sum(axis=(1, 2)))


def _by_pixels(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.isin(b, a).all(axis=(1, 2))


def _within_b(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    twice = (_apart(b, b) == 0).all(axis=2).sum(axis=1) > 1
    return _leaked(a, b) | twice


def _once(a: np.ndarray, b: np.ndarray, last: bool = False) -> np.ndarray:
    """Only one copy of each leaked image of b."""
    same, step = (_apart(b, b) == 0).all(axis=2), -1 if last else 1
    chosen = [np.flatnonzero(row)[::step][0] == k for k, row in enumerate(same)]
    return _leaked(a, b) & np.array(chosen)


_WRONG = {
    "none": (lambda a, b: np.zeros(len(b), bool),),
    "all": (lambda a, b: np.ones(len(b), bool),),
    "same place": (_same_place,),
    "tolerance": (lambda a, b: (_apart(a, b) <= 1).all(axis=2).any(axis=1),),
    "any order": (_any_order,),
    "sum": (_by_sum,),
    "pixels": (_by_pixels,),
    "one pixel": (lambda a, b: (_apart(a, b) == 0).any(axis=(1, 2)),),
    "within b": (_within_b,),
    "once": (_once, lambda a, b: _once(a, b, last=True)),
    "inverted": (lambda a, b: ~_leaked(a, b),),
}


def _facts(args: tuple, got: np.ndarray, right: np.ndarray, write: Callable) -> str:
    """The first image that is judged wrongly, and what is true of it."""
    a, b = args[0], _grey(*args[1:])
    k = int(np.flatnonzero(got != right)[0])
    apart = _apart(a, b)[k]
    pixels = np.count_nonzero(apart, axis=1)
    if right[k]:
        return f"b[{k}] shows the same as a[{int(np.argmin(pixels))}]"
    fewest = int(pixels.min())
    return (
        f"b[{k}] is not in a: from every image there it differs in at least {fewest} "
        f"pixel{'s' * (fewest > 1)}"
    )


def _in_grey(judge: Callable) -> Callable:
    """A function of grey values as one of the exercise's arguments."""
    return lambda a, b, mean, std: judge(a, _grey(b, mean, std))


_LEAK = Question(
    names=("a", "b", "mean", "std"),
    reference=_in_grey(_leaked),
    misconceptions=tuple(
        Misconception(_in_grey(wrong), say.LEAK_MISTAKES[how])
        for how, wrongs in _WRONG.items()
        for wrong in wrongs
    ),
    broken=_facts,
    advice=say.LEAK_ADVICE,
    praise=say.LEAK_PRAISE,
)


def _cut_differs(a: np.ndarray, mean: float, std: float) -> bool:
    """Whether each image has grey values that come back a little too small."""
    back = _standardized(a, mean, std).astype(float) * std + mean
    return bool((back < a).reshape(len(a), -1).any(axis=1).all())


def _standardized(images: np.ndarray, mean: float, std: float) -> np.ndarray:
    return ((images - mean) / std).astype(np.float32)


def draw_images(rng: np.random.Generator) -> list[tuple]:
    """Arguments for `leaked`: images of 2 x 2 pixels, each case with its traps."""
    cases = []
    while len(cases) < 3:
        mean, std = np.round(rng.uniform((65, 80), (80, 95)), 1)
        values = rng.permutation(np.arange(3, 252, 2))[:16]
        a = values.reshape(4, 2, 2).astype(np.uint8)
        other = rng.permutation(np.arange(4, 253, 4))[:8].reshape(2, 2, 2)
        nearly = a[1].copy()
        nearly[tuple(rng.integers(2, size=2))] += 1
        turned = a[2][::-1]
        mixed = np.stack([a[0, 0], a[3, 1]])
        same_sum = a[1] + np.array([[1, -1], [0, 0]])
        if not _cut_differs(a, mean, std):
            continue
        a, b = [
            (a[:3], [a[2], nearly]),
            (a, [a[3], other[0], a[3], turned, mixed, other[0], a[2]]),
            (a, [other[1], a[1], same_sum, a[0], turned, nearly]),
        ][len(cases)]
        cases.append((a, _standardized(np.array(b), mean, std), mean, std))
    return cases


def judge_leaked(fn: Callable, rng: np.random.Generator) -> Result:
    """Judge `leaked` on a few images with copies, near copies and rearranged ones."""
    inputs = draw_images(rng)
    result = expect_close(fn, inputs, _LEAK, tolerance=1e-9)
    if f"of shape ({len(inputs[0][0])},) where" in result.message:
        result = replace(result, message=f"{result.message} {say.LEAK_OF_A}")
    return result
