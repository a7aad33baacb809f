"""A check of lesson 09: how far confidence is from being right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from course_utils.checks import _regularization_record_messages as say
from course_utils.checks.guard import adding
from course_utils.checks.judging import Misconception, Question, expect_close
from course_utils.checks.result import Result, describe


@dataclass(frozen=True)
class Bins:
    """What the bins hold.

    Attributes:
        counts: images in each bin.
        right: share of them that is right; 0 in an empty bin.
        confidence: their mean confidence; 0 in an empty bin.
        middles: of the bins.
    """

    counts: np.ndarray
    right: np.ndarray
    confidence: np.ndarray
    middles: np.ndarray


def _edges(confidence: np.ndarray, bins: int, how: str) -> np.ndarray:
    if how == "stretched":
        return np.linspace(confidence.min(), confidence.max(), bins + 1)
    if how == "same number":
        return np.quantile(confidence, np.linspace(0, 1, bins + 1))
    return np.linspace(0, 1, bins + 1)


def sort_into_bins(
    confidence: np.ndarray, right: np.ndarray, bins: int, how: str = ""
) -> Bins:
    """Sort images into bins, the upper end of a bin within it."""
    edges = _edges(confidence, bins, how)
    which = np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, bins - 1)
    counts = np.bincount(which, minlength=bins)
    full = np.maximum(counts, 1)
    sums = [np.bincount(which, weights=w, minlength=bins) for w in (right, confidence)]
    return Bins(counts, sums[0] / full, sums[1] / full, (edges[1:] + edges[:-1]) / 2)


def calibration_error(
    probabilities: np.ndarray, labels: np.ndarray, bins: int, how: str = ""
) -> float:
    """Expected calibration error, or what comes of a known mistake."""
    rows = np.arange(len(labels))
    confidence = probabilities.max(axis=1)
    right = (probabilities.argmax(axis=1) == labels).astype(float)
    if how == "true class":
        confidence = probabilities[rows, labels]
    if how == "all classes":
        one_hot = np.zeros_like(probabilities)
        one_hot[rows, labels] = 1
        confidence, right = probabilities.ravel(), one_hot.ravel()
    if how == "no bins":
        return float(np.mean(np.abs(right - confidence)))
    if how.startswith("fixed"):
        bins = int(how.split()[1])
    sorted_ = sort_into_bins(confidence, right, bins, how)
    claimed = sorted_.middles if how == "middles" else sorted_.confidence
    gaps = np.abs(sorted_.right - claimed) * (sorted_.counts > 0)
    weights = sorted_.counts / sorted_.counts.sum()
    signed = float(np.sum(weights * (sorted_.right - sorted_.confidence)))
    return {
        "unweighted": lambda: float(gaps.sum() / np.count_nonzero(sorted_.counts)),
        "unweighted, all": lambda: float(gaps.mean()),
        "sum": lambda: float(gaps.sum()),
        "signed": lambda: signed,
        "signed, other": lambda: -signed,
        "signed, size": lambda: abs(signed),
        "largest": lambda: float(gaps.max()),
        "squared": lambda: float(weights @ gaps**2),
        "squared, root": lambda: float(np.sqrt(weights @ gaps**2)),
        "percent": lambda: 100 * float(weights @ gaps),
    }.get(how, lambda: float(weights @ gaps))()


def _how(how: str) -> Callable[..., float]:
    return lambda probabilities, labels, bins: calibration_error(
        probabilities, labels, bins, how
    )


_OTHER_WAYS = {
    "unweighted, all": "unweighted",
    "signed, other": "signed",
    "signed, size": "signed",
    "squared, root": "squared",
    "fixed 5": "fixed",
    "fixed 10": "fixed",
    "fixed 15": "fixed",
    "fixed 20": "fixed",
}


def _fullest(args: tuple, got: object, right: object, write: object) -> str:
    """What the bin holds that matters most."""
    probabilities, labels, bins = args
    correct = probabilities.argmax(axis=1) == labels
    found = sort_into_bins(probabilities.max(axis=1), correct, bins)
    k = int(np.argmax(found.counts * np.abs(found.right - found.confidence)))
    n, low, high = found.counts[k], describe(k / bins), describe((k + 1) / bins)
    n_right = round(found.right[k] * n)
    return (
        f"above {low}, up to {high}, lie {n} of the {len(labels)} confidences, with "
        f"the mean {describe(found.confidence[k])}, and {n_right} of these images "
        f"{'is' if n_right == 1 else 'are'} right; the whole is {write(right)}"
    )


_CALIBRATION = Question(
    names=("probabilities", "labels", "bins"),
    reference=_how(""),
    misconceptions=tuple(
        Misconception(_how(how), say.CALIBRATION_MISTAKES[name])
        for how, name in (
            {m: m for m in say.CALIBRATION_MISTAKES if m != "fixed"} | _OTHER_WAYS
        ).items()
    ),
    broken=_fullest,
    advice=say.CALIBRATION_ADVICE,
    praise=say.CALIBRATION_PRAISE,
)


def _row(confidence: float, classes: int, rng: np.random.Generator) -> np.ndarray:
    """Probabilities, of which the first is the highest and the confidence."""
    rest = np.full(classes - 1, (1 - confidence) / (classes - 1))
    for _ in range(100):
        weights = rng.uniform(0.1, 1, classes - 1)
        drawn = weights / weights.sum() * (1 - confidence)
        if drawn.max() < confidence - 0.02:
            rest = drawn
            break
    return np.concatenate([[confidence], rest])


def draw_answers(
    sizes: Sequence[int], classes: int, rng: np.random.Generator, sure: int = 0
) -> tuple[np.ndarray, np.ndarray, int]:
    """Probabilities, labels and the number of bins, in random order.

    Args:
        sizes: how many confidences lie in each bin, those of 1 not counted; they stay
            away from its borders. Three in four are right in every other bin, one in
            three in the rest, and those the less confident: other bins would tell.
        classes: how many; a bin below 1 / classes must be empty.
        rng: where chance comes from.
        sure: images with the confidence 1; the first half of them is right.
    """
    bins = len(sizes)
    rows, labels, side = [], [], 0
    for k, size in enumerate(sizes):
        low = max(k / bins, 1 / classes) + 0.1 / bins
        side += size > 0
        n_right = -(-3 * size // 4) if side % 2 else size // 3
        high = max(low, (k + 0.9) / bins)  # below 1 / classes a bin is empty
        drawn = np.sort(rng.uniform(low, high, size))
        for i, confidence in enumerate(np.round(drawn, 3)):
            order = rng.permutation(classes)
            rows.append(_row(confidence, classes, rng)[np.argsort(order)])
            wrong = order[rng.integers(1, classes)]
            labels.append(order[0] if i < n_right else wrong)
    for i in range(sure):
        rows.append(np.eye(classes)[i % classes])
        labels.append((i if i < sure / 2 else i + 1) % classes)
    shuffle = rng.permutation(len(rows))
    return np.array(rows)[shuffle], np.array(labels)[shuffle], bins


# Easy ones first, then with empty bins, then with certainty.
_STAGES = (
    (((4, 2), 3, 0), ((2, 1, 3), 4, 0)),
    (((0, 0, 0, 0, 2, 0, 3, 0, 3, 0), 3, 0), ((*(0,) * 6, 9, 0, 4, 0, 0, 7), 4, 0)),
    (((0, 0, 2, 1, 1), 3, 3), ((0, 3, 0, 2), 3, 1)),
)


def draw_telling(
    sizes: Sequence[int], classes: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, int]:
    """Answers for which every known mistake gives another error than the right one."""
    for _ in range(1000):
        args = draw_answers(sizes, classes, rng)
        right = calibration_error(*args)
        wrong = [m.wrong(*args) for m in _CALIBRATION.misconceptions]
        if np.abs(np.subtract(wrong, right)).min() > 1e-4:
            return args
    raise RuntimeError("a mistake made no difference in 1000 draws")


def judge_calibration(fn: Callable, rng: np.random.Generator) -> Result:
    """Judge `calibration_error`, also on empty bins and on confidences of 1."""
    words = (
        {},
        {"advice": say.CALIBRATION_EMPTY, "not_finite": say.CALIBRATION_EMPTY},
        {"advice": say.CALIBRATION_ONE, "not_finite": say.CALIBRATION_ONE},
    )
    result = None
    for sizes, said in zip(_STAGES, words, strict=True):
        inputs = [draw_answers(size, n, rng, sure) for size, n, sure in sizes]
        if not said:
            inputs.append(draw_telling((5, 9, 14, 20, 6, 17), 8, rng))
        question = replace(_CALIBRATION, **said)
        if said:
            question = replace(question, misconceptions=())
        with (
            adding(say.CALIBRATION_EMPTY, "ZeroDivision"),
            adding(say.CALIBRATION_ONE, "IndexError"),
        ):
            result = expect_close(fn, inputs, question, tolerance=1e-6, floor=1.0)
        if not result.correct:
            break
    return result
