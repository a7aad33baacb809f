"""A check of lesson 08: how many steps a run has, and where it goes on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from course_utils.checks import _schedules_messages as say
from course_utils.checks._schedules_answers import expect_parts
from course_utils.checks.judging import Misconception, Question
from course_utils.checks.result import Result


def batches(n: int, batch_size: int) -> int:
    """Batches of an epoch: the full ones, and one more if examples are left."""
    full, left = divmod(n, batch_size)
    return full + (left > 0)


def _epoch(n: int, batch_size: int, epochs: int, step: int) -> int:
    return step // batches(n, batch_size)


def _first(n: int, batch_size: int, epochs: int, step: int) -> int:
    return step - step % batches(n, batch_size)


_WRONG_TOTALS = {
    "floor": (lambda n, b, e, t: e * (n // b),),
    "one more": (lambda n, b, e, t: e * (n // b + 1),),
    "round": (lambda n, b, e, t: e * round(n / b),),
    "across": (
        lambda n, b, e, t: e * n // b,
        lambda n, b, e, t: -(-e * n // b),
        lambda n, b, e, t: round(e * n / b),
    ),
    "fraction": (lambda n, b, e, t: e * n / b,),
    "one epoch": (lambda n, b, e, t: batches(n, b), lambda n, b, e, t: n // b),
    "last number": (lambda n, b, e, t: e * batches(n, b) - 1,),
    "left": (
        lambda n, b, e, t: e * batches(n, b) - t,
        lambda n, b, e, t: e * batches(n, b) - _first(n, b, e, t),
    ),
}
_WRONG_EPOCHS = {
    "floor": (lambda n, b, e, t: t // (n // b),),
    "examples": (lambda n, b, e, t: t * b // n,),
    "from one": (lambda n, b, e, t: _epoch(n, b, e, t) + 1,),
    "rounded up": (
        lambda n, b, e, t: -(-t // batches(n, b)),
        lambda n, b, e, t: round(t / batches(n, b)),
    ),
    "boundary": (
        lambda n, b, e, t: max(0, (t - 1) // batches(n, b)),
        lambda n, b, e, t: (t - 1) // batches(n, b),
    ),
    "fraction": (lambda n, b, e, t: t / batches(n, b),),
    "last complete": (
        lambda n, b, e, t: _epoch(n, b, e, t) - 1,
        lambda n, b, e, t: max(0, _epoch(n, b, e, t) - 1),
    ),
}
_WRONG_FIRSTS = {
    "here": (lambda n, b, e, t: t, lambda n, b, e, t: t - 1, lambda n, b, e, t: t + 1),
    "restart": (lambda n, b, e, t: 0, lambda n, b, e, t: 1),
    "from one": (lambda n, b, e, t: _first(n, b, e, t) + 1,),
    "last complete": (
        lambda n, b, e, t: _first(n, b, e, t) - 1,
        lambda n, b, e, t: max(0, _first(n, b, e, t) - 1),
    ),
    "other epoch": (
        lambda n, b, e, t: _first(n, b, e, t) + batches(n, b),
        lambda n, b, e, t: _first(n, b, e, t) - batches(n, b),
        lambda n, b, e, t: max(0, _first(n, b, e, t) - batches(n, b)),
    ),
    "within": (lambda n, b, e, t: t % batches(n, b),),
    "across": (
        lambda n, b, e, t: _epoch(n, b, e, t) * n // b,
        lambda n, b, e, t: -(-_epoch(n, b, e, t) * n // b),
        lambda n, b, e, t: _epoch(n, b, e, t) * n / b,
        lambda n, b, e, t: _epoch(n, b, e, t) * (n // b),
    ),
    "examples": (lambda n, b, e, t: _epoch(n, b, e, t) * n,),
}


def _total_broken(args: tuple, got: float, right: float, write: Callable) -> str:
    n, batch_size, epochs, _ = args
    full, left = divmod(n, batch_size)
    sizes = f"{full} of {batch_size} examples" + f" and one of {left}" * (left > 0)
    return f"the batches of each of the {epochs} epochs are {sizes}"


def _place_broken(args: tuple, got: float, right: float, write: Callable) -> str:
    *run, step = args
    size = batches(*run[:2])
    first = _first(*args)
    return (
        f"steps {first} to {first + size - 1} are one epoch, there are "
        f"{first // size} epochs before it, and the next step would have been {step}"
    )


def _question(reference: Callable, wrong: dict, said: dict, **rest: object) -> Question:
    return Question(
        names=("n", "batch_size", "epochs", "step"),
        reference=reference,
        misconceptions=tuple(
            Misconception(function, said[how])
            for how, functions in wrong.items()
            for function in functions
        ),
        praise=say.RESUME_PRAISE,
        **rest,
    )


_PARTS = (
    _question(
        lambda n, batch_size, epochs, step: epochs * batches(n, batch_size),
        _WRONG_TOTALS,
        say.RESUME_STEPS,
        broken=_total_broken,
        advice=say.RESUME_ADVICE[0],
    ),
    _question(
        _epoch,
        _WRONG_EPOCHS,
        say.RESUME_EPOCH,
        broken=_place_broken,
        advice=say.RESUME_ADVICE[1],
    ),
    _question(
        _first,
        _WRONG_FIRSTS,
        say.RESUME_FIRST,
        broken=_place_broken,
        advice=say.RESUME_ADVICE[2],
    ),
)


def _draw_runs(rng: np.random.Generator) -> list[tuple[int, int, int, int]]:
    """Runs with a small last batch, a nearly full one, and none; stops of each kind."""
    batch_size, size = int(rng.integers(5, 10)), int(rng.integers(4, 7))
    epochs = int(rng.integers(5, 9))
    small, nearly, none = (
        batch_size * (size - 1) + 1,
        batch_size * size - 1,
        batch_size * size,
    )
    within = int(rng.integers(2, size))
    return [
        (small, batch_size, epochs, 2 * size + within),
        (none, batch_size, epochs + 1, size + within),
        (nearly, batch_size, epochs + 2, 4 * size - 2),
        (nearly, batch_size, epochs, (size - 1) ** 2),
        (small, batch_size, epochs + 1, 3 * size),
        (small, batch_size, epochs, 3 * size - 1),
        (nearly, batch_size, epochs, within),
        (int(rng.integers(1700, 1720)) * 32 + 24, 32, 20, int(rng.integers(9e3, 3e4))),
    ]


def judge_resume(fn: Callable, rng: np.random.Generator) -> Result:
    """Judge `resume`: all steps first, then the epoch, then where it begins."""
    return expect_parts(fn, _draw_runs(rng), _PARTS, tolerance=1e-9)
