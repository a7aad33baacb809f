"""A check of lesson 06: whether a told gain holds on several splits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from course_utils.checks import _transfer_messages as say
from course_utils.checks.judging import Misconception, Question, expect_word
from course_utils.checks.replay import in_drawn_order
from course_utils.checks.result import Result, describe

WORDS = ("holds", "cherry-picked", "does not hold")

# The 97.5 % quantiles of Student's distribution with n - 1 degrees of freedom.
STUDENT = {5: 2.776, 8: 2.365, 10: 2.262, 12: 2.201}


def _interval(
    scratch: np.ndarray, transfer: np.ndarray, t: float, mistake: str = ""
) -> tuple[float, float]:
    gains = transfer - scratch
    n = len(gains)
    error = gains.std(ddof=0 if mistake == "ddof" else 1) / np.sqrt(n)
    if mistake == "unpaired":
        error = np.sqrt((scratch.var(ddof=1) + transfer.var(ddof=1)) / n)
    elif mistake == "deviation":
        error *= np.sqrt(n)
    elif mistake == "variance over n":
        error = gains.std(ddof=1) / n
    half = error * (1.96 if mistake == "normal" else t)
    return float(gains.mean() - half), float(gains.mean() + half)


def _verdict(
    scratch: np.ndarray, transfer: np.ndarray, told: float, t: float, mistake: str = ""
) -> str:
    """The rule of the exercise, or one with a known mistake in it."""
    if mistake == "other way":
        scratch, transfer = transfer, scratch
    gains = transfer - scratch
    low, high = _interval(scratch, transfer, t, mistake)
    reached = int(np.count_nonzero(gains >= told))
    holds = {
        "mean alone": gains.mean() > 0,
        "upper end": high > 0,
        "above told": low > told,
        "majority": np.mean(gains > 0) > 0.5,
        "best": transfer.max() > scratch.max(),
        "excludes zero": low > 0 or high < 0,
    }.get(mistake, low > 0)
    picked = {
        "never picked": False,
        "always picked": True,
        "above the interval": told > high,
        "exactly one": reached == 1,
        "two": reached <= 2,
        "not one": reached == 0,
    }.get(mistake, reached <= 1)
    if mistake == "told first" and picked:
        return "cherry-picked"
    if holds:
        return "holds"
    return "cherry-picked" if picked else "does not hold"


def _facts(args: tuple, got: object, right: object, write: object) -> str:
    scratch, transfer, told, t = args
    gains = transfer - scratch
    ends = " to ".join(describe(end, 3) for end in _interval(scratch, transfer, t))
    reached = np.count_nonzero(gains >= told)
    return (
        f"the mean of the gains is {describe(gains.mean(), 3)}, its interval {ends}, "
        f"and {reached} of {len(gains)} are {describe(told)} or more"
    )


_VERDICT = Question(
    names=("scratch", "transfer", "told", "t"),
    reference=_verdict,
    misconceptions=tuple(
        Misconception(lambda *args, m=mistake: _verdict(*args, m), message)
        for mistake, message in say.VERDICT_MISTAKES.items()
    ),
    broken=_facts,
    advice=say.VERDICT_ADVICE,
    praise=say.VERDICT_PRAISE,
)


@dataclass(frozen=True)
class Study:
    """Splits to draw, and what a text tells of them.

    Attributes:
        word: the right verdict.
        n: the number of splits.
        ratio: the mean gain in standard errors: above t, the claim holds.
        reached: how many splits gain as much as the text tells; at most one makes it
            an exception, and if all but one do, the interval lies above it.
        spread: how far splits differ for both arms alike, in points.
        outlier: in standard deviations, one gain that is far below all the others.
        best_wins: whether the best of transfer beats the best of scratch, where that
            is not left to chance.
        most_win: whether transfer wins on most splits, in the same way.
    """

    word: str
    n: int
    ratio: float
    reached: int = 3
    spread: float = 0.5
    outlier: float = 0.0
    best_wins: bool | None = None
    most_win: bool | None = None


STUDIES = (
    Study("holds", 8, 4.5, reached=7, spread=3.0),
    Study("does not hold", 5, 2.6),
    Study("cherry-picked", 10, 0.6, reached=1),
    Study("holds", 10, 5.0, reached=1, spread=3.0),
    Study("does not hold", 12, 0.8, reached=2, spread=3.0, best_wins=False),
    Study("does not hold", 5, 2.25),
    Study("cherry-picked", 8, 1.5, reached=0),
    Study("does not hold", 12, -2.6, best_wins=False),
    Study("does not hold", 10, -0.4, outlier=6.0, most_win=True),
    Study("holds", 8, 4.5, spread=0.3),
    Study(
        "cherry-picked", 12, -0.5, reached=1, spread=3.0, best_wins=True, most_win=False
    ),
)


def draw_study(
    study: Study, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, float, float]:
    """Accuracies that get the study's verdict, with no gain near the told one."""
    n, t = study.n, STUDENT[study.n]
    for _ in range(1000):
        gains = rng.normal(0, 1, n)
        gains[0] -= study.outlier
        gains = (gains - gains.mean()) / gains.std(ddof=1)
        gains = rng.uniform(0.6, 1.0) * (gains + study.ratio / np.sqrt(n))
        high = np.sort(gains)[::-1]
        place = study.reached
        if place == 0:
            told = high[0] + 0.3
        else:
            told = high[place - 1 : place + 1].mean()
            if high[place - 1] - high[place] < 0.1:
                continue
        told = float(np.round(told, 2))
        scratch = np.round(90 + rng.uniform(-1, 1, n) * study.spread, 2)
        transfer = np.round(scratch + gains, 2)
        clear = told > 0.05
        if study.most_win is not None:
            clear = clear and study.most_win == (np.mean(gains > 0) > 0.5)
        if study.reached == n - 1:
            clear = clear and told < _interval(scratch, transfer, t)[0]
        if study.best_wins is not None:
            clear = clear and study.best_wins == (transfer.max() > scratch.max())
        if clear and _verdict(scratch, transfer, told, t) == study.word:
            return scratch, transfer, told, t
    raise RuntimeError(f"no clear case of {study} in 1000 draws")


def judge_verdict(fn: Callable, rng: np.random.Generator) -> Result:
    """Judge `verdict` on studies of every kind."""
    inputs = [draw_study(study, rng) for study in STUDIES]
    asked = in_drawn_order(fn, inputs, _VERDICT.names, rng)
    return expect_word(asked, inputs, _VERDICT, WORDS)
