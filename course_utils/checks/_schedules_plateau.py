"""A check of lesson 08: performance scheduling, with its memory handed over."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from course_utils.checks import _schedules_reading_messages as say
from course_utils.checks import guard
from course_utils.checks._schedules_answers import refuse
from course_utils.checks._schedules_rates import rates_of, wrong_rates
from course_utils.checks.guard import adding
from course_utils.checks.judging import (
    Complaint,
    Misconception,
    Question,
    expect_close,
    numbers,
)
from course_utils.checks.replay import replay
from course_utils.checks.result import Counterexample, Result, Status, describe

NAMES = ("state", "loss", "start", "factor", "patience", "min_delta")


# What is asked -----------------------------------------------------------------------


def _wrong(how: str) -> Callable:
    return lambda *args: wrong_rates(*args, how=how)


def _broken(args: tuple, got: np.ndarray, right: np.ndarray, write: Callable) -> str:
    losses, *_, min_delta = args
    k = int(np.argmin(np.isclose(got, right, rtol=1e-6)))
    seen = np.asarray(losses[: k + 1], dtype=float)
    best, last_improvement = np.inf, None
    for number, loss in enumerate(seen, start=1):
        if loss < best - min_delta:
            best, last_improvement = loss, number
    where = (
        f"the last improvement is loss {last_improvement}"
        if last_improvement
        else "there was no improvement"
    )
    return (
        f"after loss {k + 1} ({describe(float(seen[k]))}) the rate is "
        f"{write(right[k])}, and yours {write(got[k])}; up to there {where}"
    )


_PLATEAU = Question(
    names=("losses", "start", "factor", "patience", "min_delta"),
    reference=rates_of,
    misconceptions=tuple(
        Misconception(_wrong(how), message)
        for how, message in say.PLATEAU_MISTAKES.items()
    ),
    broken=_broken,
    advice=say.PLATEAU_ADVICE,
    praise=say.PLATEAU_PRAISE,
    not_finite=say.PLATEAU_NOT_FINITE,
)
_WITH_NAN = replace(
    _PLATEAU,
    misconceptions=tuple(
        Misconception(_wrong(how), message) for how, message in say.PLATEAU_NAN.items()
    ),
    advice=say.PLATEAU_NAN_ADVICE,
)


# A learner's function, loss by loss ---------------------------------------------------


@dataclass
class Run:
    """What a learner's function gave, loss by loss.

    Attributes:
        rates: after each loss.
        states: after each loss.
        changed: whether it altered a state that it was given.
        printed: all that it printed.
        refused: what is said where an answer is of the wrong kind.
    """

    rates: list[float]
    states: list[object]
    changed: bool = False
    printed: str = ""
    refused: Result | None = None


def _pair(value: object) -> tuple[object, float]:
    """State and rate as returned; the state can be kept apart."""
    if value is None:
        raise Complaint(guard.RETURNED_NONE)
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise Complaint(say.PLATEAU_PAIR)
    state, rate = value
    if rate is None:
        raise Complaint(say.PLATEAU_NO_RATE)
    try:
        rate = float(numbers(rate, 0.0))
    except Complaint:
        raise Complaint(say.PLATEAU_NO_RATE) from None
    try:
        return copy.deepcopy(state), rate
    except Exception:
        raise Complaint(say.PLATEAU_STATE) from None


def follow(fn: Callable, losses: Sequence[float], settings: tuple, state=None) -> Run:
    """Hand a function its losses one by one, and its state back each time."""
    run = Run([], [])
    for loss in losses:
        args = (state, loss, *settings)
        outcome = guard.call(fn, args, NAMES)
        run.changed |= 0 in outcome.changed
        run.printed = outcome.printed or run.printed
        try:
            state, rate = _pair(outcome.value)
        except Complaint as complaint:
            expected = "the new state and the rate are expected here"
            run.refused = refuse(complaint, args, NAMES, outcome, expected)
            break
        run.rates.append(rate)
        run.states.append(state)
    return run


def _judge_runs(
    fn: Callable, inputs: Sequence[tuple], question: Question
) -> tuple[Result, list[Run]]:
    runs = []
    for losses, *settings in inputs:
        runs.append(follow(fn, losses, tuple(settings)))
        if runs[-1].refused:
            return runs[-1].refused, runs
    given = replay([run.rates for run in runs], [run.printed for run in runs])
    return expect_close(given, inputs, question, tolerance=1e-6), runs


def _go_back(fn: Callable, inputs: Sequence[tuple], runs: list[Run]) -> Result | None:
    """Start again in the middle of each run; what goes otherwise then, if anything."""
    for (losses, *settings), run in zip(inputs, runs, strict=True):
        k = len(losses) // 2
        again = follow(fn, losses[k:], tuple(settings), run.states[k - 1])
        if again.refused:
            return again.refused
        if not np.allclose(again.rates, run.rates[k:], rtol=1e-6, atol=0):
            args = (run.states[k - 1], losses[k], *settings)
            given = tuple(zip(NAMES, map(describe, args), strict=True))
            off = int(np.argmin(np.isclose(again.rates, run.rates[k:], rtol=1e-6)))
            broken = (
                f"going on from there, loss {off + 1} gave "
                f"{describe(run.rates[k + off])} the first time and now gives "
                f"{describe(again.rates[off])}"
            )
            case = Counterexample(given, describe(again.rates[0]), broken)
            return Result(Status.INCORRECT, say.PLATEAU_OUTSIDE, case)
    return None


# What is drawn ------------------------------------------------------------------------


def _draw_losses(rng: np.random.Generator) -> list[tuple]:
    """Runs for single mistakes, in eighths: all sums are exact; then long ones."""
    top = float(rng.integers(30, 45)) / 8
    one = 1 / 8

    def losses(*down: int) -> list[float]:
        return [top - drop * one for drop in down]

    start = float(rng.choice([0.1, 0.2, 0.4]))
    factor = float(rng.choice([0.1, 0.2, 0.3]))
    level = rng.integers(0, 16, 14)
    falling = rng.integers(0, 16, 16) + np.arange(16)
    return [
        (losses(0, 4, 1, 3, 2, 2), start, factor, 2, 0.0),
        (losses(0, 4, 2, 6, 5, 8, 7, 9), start, factor, 2, 0.0),
        (losses(0, 4, 4, 4, 4, 6, 6, 6, 6), start, factor, 3, 0.0),
        (losses(0, 4, 6, 5, 5, 8, 10, 8), start, factor, 2, 2 * one),
        (losses(0, 1, 2, 3, 4, 5, 6, 7), start, factor, 3, 2 * one),
        (losses(0, 1, 0, 1, 2, 2, 3), start, factor, 1, 0.0),
        (losses(0, 6, 1, 2, 3, 1, 2, 0, 1, 2), start, factor, 2, 0.0),
        (losses(*level), start, factor, 2, 0.0),
        (losses(*falling), start, factor, 3, one),
    ]


def _draw_nan(rng: np.random.Generator) -> list[tuple]:
    top = float(rng.integers(30, 45)) / 8
    start = float(rng.choice([0.1, 0.2, 0.4]))
    nan = float("nan")
    return [
        ([top, top - 0.5, nan, top, top, top - 1, nan, nan], start, 0.1, 2, 0.0),
        ([top, top - 1, top, nan, top, top], start, 0.1, 3, 0.0),
        ([nan, nan, nan, top, top, top - 0.5, top], start, 0.2, 3, 0.25),
    ]


def judge_plateau(fn: Callable, rng: np.random.Generator) -> Result:
    """Judge `plateau` on whole runs, then with NaN, then from a state kept before."""
    usual = _draw_losses(rng)
    with adding(say.PLATEAU_FIRST, "NoneType"):
        result, runs = _judge_runs(fn, usual, _PLATEAU)
    if not result.correct:
        return result
    result, _ = _judge_runs(fn, _draw_nan(rng), _WITH_NAN)
    if not result.correct:
        return result
    wrong = _go_back(fn, usual[:3], runs[:3])
    if wrong is not None:
        return wrong
    if any(run.changed for run in runs):
        return Result(Status.INCORRECT, say.PLATEAU_CHANGED)
    return result
