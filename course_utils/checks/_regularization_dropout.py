"""A check of lesson 09: what a dropout layer drops, and how it makes up for it.

What is kept must be x over (1 - rate), entry by entry: there chance plays no part. It
does in what is dropped. Of n independent entries the share dropped strays from the rate
by more than e with a probability of at most 2 exp(-2 n e^2) (Hoeffding 1963). With the
numbers below that is 3e-8 a case, 9e-8 for the three cases of a check. Whether
neighbours are dropped independently shows in disjoint pairs, of which the share rate^2
must be missing on both sides: 3e-9 an axis, 2.3e-8 for seven axes. And that a right
mask hits the exact number three times in a row has a probability below 1e-7. So a right
function is refused less than once in a million times.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from course_utils.checks import _regularization_messages as say
from course_utils.checks import guard
from course_utils.checks.judging import CHANGED, Complaint, numbers
from course_utils.checks.result import Counterexample, Result, Status, describe

NAMES = ("x", "rate", "rng", "training")
ENTRIES = 90_000
DISTANCE = 0.01
PAIR_DISTANCE = 0.015
SHAPES = ((300, 300), (100, 900), (30, 60, 50))
# Exact in binary, so that a share times the number of entries is a whole number.
RATES = ((0.125, 0.1875), (0.3125, 0.375), (0.625, 0.75))


@dataclass(frozen=True)
class Case:
    """One call in training.

    Attributes:
        x: what went in.
        rate: the share to be dropped.
        y: what came back.
        printed: what was printed meanwhile.
    """

    x: np.ndarray
    rate: float
    y: np.ndarray
    printed: str

    @property
    def dropped(self) -> np.ndarray:
        """Which entries are 0 now; none was 0 before."""
        return self.y == 0

    @property
    def share(self) -> float:
        """The share of entries dropped."""
        return float(self.dropped.mean())

    def scaled_by(self, factor: float | np.ndarray) -> bool:
        """Whether every entry that is kept is that of x times a factor."""
        expected = np.where(self.dropped, 0, self.x * factor)
        return bool(np.allclose(self.y, expected, rtol=1e-6, atol=0))

    def constant_along(self, axis: int) -> bool:
        """Whether all entries along an axis meet the same fate, everywhere."""
        first = np.take(self.dropped, [0], axis)
        return bool((self.dropped == first).all())

    def pairs_missing(self, axis: int) -> float:
        """The share of disjoint pairs of neighbours of which both are dropped."""
        mask = np.moveaxis(self.dropped, axis, 0)
        return float((mask[0::2] & mask[1::2]).mean())


def near(share: float, expected: float) -> bool:
    """Whether a share of many entries may well be due to this probability."""
    return abs(share - expected) <= DISTANCE


def judge_dropout(fn: Callable, rng: np.random.Generator) -> Result:
    """Judge `dropout`: the factor, the mask, where its chance is from, inference."""
    cases, changed, seeds = [], False, rng.integers(2**32, size=len(SHAPES) + 1)
    for shape, rates, seed in zip(SHAPES, RATES, seeds[1:], strict=True):
        x = np.round(rng.uniform(0.5, 2, shape) * rng.choice([-1, 1], shape), 2)
        case, altered = _call(fn, x, float(rng.choice(rates)), int(seed))
        if isinstance(case, Result):
            return case
        cases.append(case)
        changed = changed or altered
        # Rows and columns first: not everybody's mask fits an array with three axes.
        message = _mistake(cases) if len(cases) > 1 else ""
        if message:
            return _incorrect(cases[0], message)
    first = cases[0]
    for seed, equal, text in (
        (seeds[1], True, say.DROPOUT_GLOBAL),
        (seeds[0], False, say.DROPOUT_OWN_SEED),
    ):
        again, _ = _call(fn, first.x, first.rate, int(seed))
        if isinstance(again, Result):
            return again
        if np.array_equal(again.y, first.y) != equal:
            return _incorrect(first, text, _TWICE[equal])
    problem = _inference(fn, rng)
    if problem:
        return problem
    if changed:
        lead = "The numbers are right. But: "
        return Result(Status.INCORRECT, lead + CHANGED.format(names="x"))
    return Result(Status.CORRECT, say.DROPOUT_PRAISE)


_TWICE = {
    True: "called again with an equal generator, it dropped others",
    False: "called with another generator, it dropped the same",
}


def _call(
    fn: Callable, x: np.ndarray, rate: float, seed: int, training: bool = True
) -> tuple[Case | Result, bool]:
    """One call, or what is wrong with its answer; and whether it altered x."""
    args = x, rate, np.random.default_rng(seed), training
    outcome = guard.call(fn, args, NAMES)
    try:
        y = numbers(outcome.value, x)
    except Complaint as complaint:
        kind = f"an array of numbers of shape {x.shape} is expected here"
        case = Counterexample(_given(*args), describe(outcome.value), kind)
        message = str(complaint)
        return Result(Status.INCORRECT, message, case, printed=outcome.printed), False
    return Case(x, rate, y, outcome.printed), bool(outcome.changed)


def _mistake(cases: list[Case]) -> str:
    """The message that fits all the cases; empty when all is right."""
    if not all(np.isfinite(case.y).all() for case in cases):
        return say.DROPOUT_NOT_FINITE
    if all(np.array_equal(case.y, case.x) for case in cases):
        return say.DROPOUT_NONE
    words = say.DROPOUT_MISTAKES
    if not all(case.scaled_by(1 / (1 - case.rate)) for case in cases):
        return words.get(_wrong_factor(cases), say.DROPOUT_NOT_X)
    stripes = [_stripes(case) for case in cases]
    if any(stripes):
        alike = len(set(stripes)) == 1
        return words[stripes[0] if alike else "in stripes"]
    if all(map(_same_in_every_row, cases)):
        return words["exact"]
    if not all(near(case.share, case.rate) for case in cases):
        expected = {"swapped": lambda p: 1 - p, "normal": ndtr}
        for name, share in expected.items():
            if all(near(case.share, share(case.rate)) for case in cases):
                return words[name]
        return say.DROPOUT_SHARE
    for case in cases:
        for axis in range(case.x.ndim):
            strays = abs(case.pairs_missing(axis) - case.rate**2)
            if strays > PAIR_DISTANCE:
                return words["not by itself"]
    exact = all(case.share == case.rate for case in cases)
    return words["exact"] if exact and len(cases) == len(SHAPES) else ""


def _wrong_factor(cases: list[Case]) -> str:
    """Which known mistake the factor is; empty for none."""
    if all(
        case.scaled_by(1 - case.rate) or case.scaled_by(case.rate) for case in cases
    ):
        return "smaller"
    if all(case.scaled_by(1.0) for case in cases):
        return "no scale"
    if all(case.scaled_by(1 / case.rate) for case in cases):
        kept = all(near(case.share, 1 - case.rate) for case in cases)
        return "rate is kept" if kept else "by the rate"
    return "actual share" if all(map(_by_actual_share, cases)) else ""


def _by_actual_share(case: Case) -> bool:
    """Whether the factor is one over the share kept, in all or along an axis."""
    kept = ~case.dropped
    shares = [kept.mean(axis=a, keepdims=True) for a in (None, *range(case.x.ndim))]
    return any(case.scaled_by(1 / np.maximum(share, 1e-9)) for share in shares)


def _stripes(case: Case) -> str:
    """How entries are dropped together; empty when they are not."""
    last = case.x.ndim - 1
    if case.constant_along(0):
        return "same for all"
    if all(case.constant_along(axis) for axis in range(1, last + 1)):
        return "whole examples"
    return "in stripes" if any(map(case.constant_along, range(last + 1))) else ""


def _same_in_every_row(case: Case) -> bool:
    """Whether the number dropped leaves nothing to chance: no right mask does so."""
    counts = case.dropped.sum(axis=-1)
    return bool((counts == counts.flat[0]).all())


def _inference(fn: Callable, rng: np.random.Generator) -> Result | None:
    """What is wrong with the answer at inference, if anything."""
    x = np.round(rng.uniform(0.5, 3, (4, 3)) * rng.choice([-1, 1], (4, 3)), 1)
    rate, seed = float(rng.choice([0.2, 0.3])), int(rng.integers(2**32))
    case, _ = _call(fn, x, rate, seed, training=False)
    if isinstance(case, Result):
        return case
    if case.scaled_by(1.0) and not case.dropped.any():
        return None
    message = say.DROPOUT_INFERENCE_ADVICE
    if case.dropped.all():
        pass
    elif case.dropped.any():
        message = say.DROPOUT_INFERENCE["drops"]
    elif case.scaled_by(1 - rate):
        message = say.DROPOUT_INFERENCE["scaled down"]
    elif case.scaled_by(1 / (1 - rate)):
        message = say.DROPOUT_INFERENCE["scaled up"]
    given = _given(x, rate, None, False)
    example = Counterexample(given, describe(case.y), f"it should be {describe(x)}")
    return Result(Status.INCORRECT, message, example, printed=case.printed)


def _given(x: np.ndarray, rate: float, rng: object, training: bool) -> tuple:
    named = {"x": x, "rate": rate, "training": training}
    return tuple((name, describe(value)) for name, value in named.items())


def _incorrect(case: Case, message: str, broken: str = "") -> Result:
    start = (0,) * (case.x.ndim - 1)
    before, after = (describe(array[start][:4]) for array in (case.x, case.y))
    value = (
        f"an array with {case.share:.1%} zeros; it begins with {after}, and x begins "
        f"with {before}"
    )
    given = _given(case.x, case.rate, None, True)
    example = Counterexample(given, value, broken or _property(case))
    return Result(Status.INCORRECT, message, example, printed=case.printed)


def _property(case: Case) -> str:
    """Which property of dropout these numbers do not have."""
    if not np.isfinite(case.y).all():
        return "these must be finite numbers"
    if not near(case.share, case.rate) and not _stripes(case):
        return f"{case.rate:.1%} of the entries should be zeros, each by chance"
    mean = float(np.mean(case.y / case.x))
    if abs(mean - 1) > 0.05 and not _stripes(case):
        return (
            f"on average an entry is {describe(mean)} times what it was, and the mean "
            "over many masks must be x"
        )
    return "each entry should be dropped or kept by itself, and then scaled alike"
