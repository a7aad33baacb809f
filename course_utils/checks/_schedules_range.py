"""A check of lesson 08: reading a learning-rate range test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from course_utils.checks import _schedules_reading_messages as say
from course_utils.checks._schedules_readings import FACTOR, WRONG, near, read
from course_utils.checks.judging import Misconception, Question, expect, numbers
from course_utils.checks.result import Result

A_DECADE = 20  # steps in a power of ten


# What is drawn ------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class RangeTest:
    """A range test and the curve behind its noise.

    Attributes:
        rates: rising by equal factors.
        losses: noisy.
        steepest: the rate at which the curve falls most steeply over log10(rate).
        lowest: the rate at which the curve is lowest.
    """

    rates: np.ndarray
    losses: np.ndarray
    steepest: float
    lowest: float

    def slope(self, rate: float) -> float:
        """How fast the curve falls at a rate, as a share of its steepest fall."""
        z = np.log10(rate / self.steepest) / _WIDTH
        return float(1 / np.cosh(z / 2) ** 2)


_WIDTH = 0.22  # of the fall, in powers of ten: 10 to 90 % of it take about one


def _draw(flat: float, gap: float, tail: bool, rng: np.random.Generator) -> RangeTest:
    """One range test.

    Args:
        flat: powers of ten before the steepest point.
        gap: powers of ten between it and the explosion.
        tail: whether the last losses are infinite or NaN.
        rng: where the rest comes from.
    """
    first = -flat + rng.uniform(-2.5, -1)
    size = round((flat + gap + 1.2) * A_DECADE)
    x = first + np.arange(size) / A_DECADE
    steep, high, fall = first + flat, rng.uniform(2.2, 2.6), rng.uniform(1.2, 1.8)
    curve = high - fall / (1 + np.exp(-(x - steep) / _WIDTH))
    curve += 0.3 * 10 ** np.minimum((x - steep - gap) / 0.12, 2)
    lowest = 10 ** x[np.argmin(curve)]
    noise = rng.normal(0, 0.03 * fall, size)
    noise[:A_DECADE] *= 5
    losses = np.maximum(curve + noise, 0.01)
    wild = x > steep + gap + 0.2  # up, down by a lot, and up again
    waves = np.sin(np.arange(np.count_nonzero(wild)) / 3.5)
    losses[wild] = high * 10 ** (1 + waves + rng.uniform(-0.2, 0.2, waves.size))
    if tail:
        losses[-4:] = [np.inf, np.nan, np.inf, np.nan]
    return RangeTest(10**x, losses, float(10**steep), float(lowest))


# What is asked -----------------------------------------------------------------------

_RANGE = Question(
    names=("rates", "losses"),
    reference=read,
    misconceptions=tuple(
        Misconception(function, say.RANGE_MISTAKES[how], slack=0.1)
        for how, functions in WRONG.items()
        if how != "lagging"  # told by where it ends: see below
        for function in functions
    ),
    advice=say.RANGE_ADVICE,
    praise=say.RANGE_PRAISE,
    near=(FACTOR**2, say.RANGE_NEAR),
    not_finite=say.RANGE_NAN,
)


def _clear(test: RangeTest, wrong: tuple[str, ...]) -> bool:
    """Whether every good way to smooth finds the point, and none of these mistakes."""
    args = test.rates, test.losses
    functions = [function for how in wrong for function in WRONG[how]]
    return all(
        near(read(*args, window), test.steepest, 0.7) for window in (7, 9, 11, 15, 21)
    ) and not any(near(wrong(*args), test.steepest, 1.2) for wrong in functions)


_ALWAYS = (
    "lowest",
    "explosion",
    "not smoothed",
    "after the lowest",
    "not logarithmic",
    "rising",
)
# Powers of ten before the steepest point, and from there to the explosion; the end.
_TESTS = ((2.6, 0.72, False), (3.0, 1.8, False), (2.6, 1.2, True), (3.6, 0.8, True))


def draw_tests(rng: np.random.Generator) -> list[RangeTest]:
    """Four range tests: the explosion near the fall and far off, with NaN and not."""
    tests = []
    for flat, gap, tail in _TESTS:
        wrong = (*_ALWAYS, "tenth", "lagging") if gap < 0.75 else _ALWAYS
        for _ in range(1000):
            test = _draw(
                flat + rng.uniform(-0.2, 0.4), gap + rng.uniform(0, 0.1), tail, rng
            )
            with np.errstate(all="ignore"):
                if _clear(test, wrong):
                    tests.append(test)
                    break
        else:
            raise RuntimeError("no clear range test in 1000 draws")
    return tests


def _leaky(test_of: Callable) -> tuple[Misconception, ...]:
    """Leaky averages: too high, for they lag, or too low, by the noise of the start."""

    def above(function: Callable) -> Callable:
        def lagging(rates: np.ndarray, losses: np.ndarray) -> float:
            rate = function(rates, losses)
            return rate if rate > test_of(rates).steepest else np.nan

        return lagging

    said, functions = say.RANGE_MISTAKES, WRONG["lagging"]
    return (
        *(Misconception(above(f), said["lagging"], slack=0.1) for f in functions),
        *(Misconception(f, said["few losses"], slack=0.1) for f in functions),
    )


def _advice(test: RangeTest, got: float) -> str:
    """What to say of a rate for which there is no better word: where it is."""
    if test.lowest < got <= test.rates[-1]:
        return say.RANGE_TOO_LATE
    if test.rates[0] <= got <= test.rates[A_DECADE]:
        return say.RANGE_TOO_EARLY
    return say.RANGE_ADVICE


def judge_range(fn: Callable, rng: np.random.Generator) -> Result:
    """Judge `choose_rate` on whole range tests, then on some that end in NaN."""
    tests = draw_tests(rng)
    advice = say.RANGE_ADVICE

    def test_of(rates: np.ndarray) -> RangeTest:
        return next(test for test in tests if test.rates is rates)

    def broken(args: tuple, got: float, right: float, write: Callable) -> str:
        nonlocal advice
        rates = args[0]
        advice = _advice(test_of(rates), got)
        if not (np.isfinite(got) and got > 0):
            return "a rate is a positive number"
        if not rates[0] <= got <= rates[-1]:
            return f"the rates go from {write(rates[0])} to {write(rates[-1])}"
        share = test_of(rates).slope(got)
        return (
            "there the curve without noise falls "
            f"{share:.2g} times as steeply as at its steepest"
        )

    def same(returned: np.ndarray, right: np.ndarray, slack: float = 1.0) -> bool:
        if right <= 0:  # a mistake whose answers are no rates
            return bool(abs(returned - right) < slack)
        return near(float(returned), right, slack)

    question = replace(
        _RANGE,
        reference=lambda rates, losses: test_of(rates).steepest,
        misconceptions=(*_RANGE.misconceptions, *_leaky(test_of)),
        broken=broken,
    )
    result = None
    for part in (tests[:2], tests[2:]):
        inputs = [(test.rates, test.losses) for test in part]
        result = expect(fn, inputs, question, numbers, same, near=2.0)
        if not result.correct:
            break
    return replace(result, message=result.message.replace(say.RANGE_ADVICE, advice))
