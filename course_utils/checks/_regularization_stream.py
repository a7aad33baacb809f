"""A check of lesson 09: mean and variance of samples that nobody keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from course_utils.checks import _regularization_record_messages as say
from course_utils.checks.guard import adding
from course_utils.checks.judging import Misconception, Question, expect, numbers
from course_utils.checks.memory import peak
from course_utils.checks.result import Counterexample, Result, Status, describe

SAMPLES = 200
ROOM = 60
SHAPE = (40, 50)
LARGE = 1e8


class Stream(Iterator):
    """Samples that come one at a time, and once; nothing else is known of them.

    Args:
        sample: `sample(k)` makes sample number k, from 0, anew.
        n: how many there are.
    """

    def __init__(self, sample: Callable[[int], np.ndarray], n: int) -> None:
        """Begin before the first sample."""
        self._sample, self._n, self._next = sample, n, 0

    def __next__(self) -> np.ndarray:
        """The next sample."""
        if self._next == self._n:
            raise StopIteration
        self._next += 1
        return self._sample(self._next - 1)

    def __deepcopy__(self, memo: dict) -> Stream:
        """The same samples from the first on: a check calls a function on copies."""
        return Stream(self._sample, self._n)

    def __repr__(self) -> str:
        """Without the address, which differs from run to run."""
        return "a stream of samples"


def stream_of(samples: Sequence[np.ndarray]) -> Stream:
    """A stream of copies of given samples."""
    return Stream(lambda k: samples[k].copy(), len(samples))


def everything(stream: Stream) -> np.ndarray:
    """All samples of a stream at once, which is what a learner cannot have."""
    return np.stack([stream._sample(k) for k in range(stream._n)])


def _right(stream: Stream) -> np.ndarray:
    samples = everything(stream)
    mean = samples.mean(axis=0)
    return np.stack([mean, np.mean((samples - mean) ** 2, axis=0)])


def _walk(samples: np.ndarray, mistake: str) -> np.ndarray:
    """Welford's sum, with the distance from one mean squared."""
    mean = total = 0.0
    for k, x in enumerate(samples, start=1):
        old, mean = mean, mean + (x - mean) / k
        total = total + (x - (old if mistake == "old mean" else mean)) ** 2
    return total / len(samples)


def _halving(samples: np.ndarray, start: float | np.ndarray) -> np.ndarray:
    mean = start
    for x in samples:
        mean = (mean + x) / 2
    return mean


def _wrong(mistake: str) -> Callable[[Stream], np.ndarray]:
    """Mean and variance with one thing wrong; nan where anything may stand."""

    def moments(stream: Stream) -> np.ndarray:
        samples = everything(stream)
        k = len(samples)
        mean, variance = _right(stream)
        means = {
            "halving": lambda: _halving(samples[1:], samples[0]),
            "halving from 0": lambda: _halving(samples, 0.0),
            "one too many": lambda: mean * k / (k + 1),
            "one too few": lambda: mean * k / (k - 1),
            "sums": lambda: mean * k,
            "last": lambda: samples[-1],
        }
        if mistake in means:
            return np.stack([means[mistake](), np.full_like(mean, np.nan)])
        if mistake == "swapped":
            return np.stack([variance, mean])
        variances = {
            "ddof": lambda: variance * k / (k - 1),
            "std": lambda: np.sqrt(variance),
            "std, ddof": lambda: np.sqrt(variance * k / (k - 1)),
            "mean of squares": lambda: variance + mean**2,
            "not divided": lambda: variance * k,
            "no spread": lambda: 0 * variance,
        }
        walk = variances.get(mistake, lambda: _walk(samples, mistake))
        return np.stack([mean, walk()])

    return moments


_OTHER_WAYS = {"halving from 0": "halving", "std, ddof": "std"}
_STREAM = Question(
    names=("samples",),
    reference=_right,
    misconceptions=tuple(
        Misconception(_wrong(mistake), say.STREAM_MISTAKES[name])
        for mistake, name in ({m: m for m in say.STREAM_MISTAKES} | _OTHER_WAYS).items()
    ),
    advice=say.STREAM_ADVICE,
    praise=say.STREAM_PRAISE,
    not_finite=say.STREAM_NOT_FINITE,
)


def _judge(
    fn: Callable, streams: Sequence[Stream], question: Question, tolerance: float
) -> Result:
    """Compare with the right moments; nan in a known mistake stands for any number."""

    def same(returned: np.ndarray, right: np.ndarray, slack: float = 1.0) -> bool:
        told = ~np.isnan(right)
        return np.allclose(returned[told], right[told], tolerance * slack, 1e-12)

    result = expect(fn, [(s,) for s in streams], question, numbers, same, 1.0)
    case = result.counterexample
    if case is None:
        return result
    # Which stream it was: the first whose moments the sentence names.
    shown = next((s for s in streams if _told(s, case)), streams[0])
    digits = 12 if everything(shown).max() > LARGE / 2 else 4
    given = (("samples", "one by one " + describe(everything(shown), digits)),)
    return replace(result, counterexample=replace(case, given=given))


def _told(stream: Stream, case: Counterexample) -> bool:
    right = _right(stream)
    return any(describe(right, digits) in case.broken for digits in (4, 6, 8, 10, 12))


def judge_stream(fn: Callable, rng: np.random.Generator) -> Result:
    """Judge `mean_and_variance`: its numbers, a single sample, digits, memory."""
    few = [np.round(rng.uniform(1, 9, 2), 1) for _ in range(4)]
    more = [np.round(rng.uniform(-5, 5, (2, 2)), 1) for _ in range(5)]
    large = [
        LARGE + rng.permutation(np.arange(5.0))[:, None] * step + np.array([0.25, 3])
        for step in rng.choice([0.75, 1.25, 1.75], 2, replace=False)
    ]
    single = dict(misconceptions=(), advice=say.STREAM_ONE, not_finite=say.STREAM_ONE)
    digits = dict(
        misconceptions=(), advice=say.STREAM_CANCELS, not_finite=say.STREAM_CANCELS
    )
    stages = (
        ([few, more], {}, 1e-6),
        ([few[:1]], single, 1e-6),
        (large, digits, 1e-4),
    )
    result = None
    for samples, words, tolerance in stages:
        question = replace(_STREAM, **words)
        streams = [stream_of(s) for s in samples]
        with (
            adding(say.STREAM_ONCE, "Stream"),
            adding(say.STREAM_ONCE, "sequence"),
            adding(say.STREAM_NOT_FINITE, "ZeroDivision"),
        ):
            result = _judge(fn, streams, question, tolerance)
        if not result.correct:
            return result
    return _judge_memory(fn, rng) or result


def _judge_memory(fn: Callable, rng: np.random.Generator) -> Result | None:
    """What is wrong with what it holds at a time, if anything."""
    first = rng.random(SHAPE)
    limit = ROOM * first.nbytes
    if held(fn, Stream(lambda k: first + k / SAMPLES, SAMPLES)) <= limit:
        return None
    return Result(
        Status.INCORRECT,
        say.STREAM_KEEPS,
        Counterexample(
            (("samples", f"{SAMPLES} arrays of shape {SHAPE}, one by one"),),
            "the right numbers",
            f"it held more than {ROOM} samples' worth of memory at a time",
        ),
    )


def held(fn: Callable, stream: Stream) -> int:
    """The most bytes that a function holds at a time while it reads a stream."""
    return peak(fn, (stream,), ("samples",))
