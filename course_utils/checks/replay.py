"""Answers that were given already, judged as if they were given now.

A check that asks for several things at once calls the learner's function once for all,
and judges the things one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from course_utils.checks import guard


class _Replay(guard.Remote):
    def __init__(self, answers: Sequence, printed: Sequence[str]) -> None:
        texts = [*printed, *[""] * len(answers)]
        self._pairs = iter([*zip(answers, texts, strict=False)])

    def guarded_call(self, args: tuple, names: tuple[str, ...]) -> guard.Outcome:
        answer, text = next(self._pairs)
        return guard.Outcome(answer, text, ())


def replay(answers: Sequence, printed: Sequence[str] = ()) -> Callable:
    """A function that gives these answers one by one, whatever it is asked.

    Nothing of a learner's is called, so nothing is captured: `guard.call` would take
    the whole process's output for that, and others may be printing meanwhile.

    Args:
        answers: what a learner's function has returned, in order.
        printed: what it printed meanwhile.
    """
    return _Replay(answers, printed)
