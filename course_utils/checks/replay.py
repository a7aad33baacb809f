"""Answers that were given already, judged as if they were given now.

A check that asks for several things at once calls the learner's function once for all,
and judges the things one by one. And a check whose answers are a word or two asks in an
order that is drawn: otherwise a function that counts its calls would know them all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from course_utils.checks import guard


class _Replay(guard.Remote):
    def __init__(self, outcomes: Sequence[guard.Outcome]) -> None:
        self._outcomes = iter(outcomes)

    def guarded_call(self, args: tuple, names: tuple[str, ...]) -> guard.Outcome:
        return next(self._outcomes)


def replay(answers: Sequence, printed: Sequence[str] = ()) -> Callable:
    """A function that gives these answers one by one, whatever it is asked.

    Nothing of a learner's is called, so nothing is captured: `guard.call` would take
    the whole process's output for that, and others may be printing meanwhile.

    Args:
        answers: what a learner's function has returned, in order.
        printed: what it printed meanwhile.
    """
    texts = [*printed, *[""] * len(answers)]
    pairs = zip(answers, texts, strict=False)
    return _Replay([guard.Outcome(answer, text, ()) for answer, text in pairs])


def in_drawn_order(
    fn: Callable,
    inputs: Sequence[tuple],
    names: tuple[str, ...],
    rng: np.random.Generator,
) -> Callable:
    """Ask a function in an order that is drawn.

    Args:
        fn: the learner's function.
        inputs: tuples of arguments, in the order in which answers are to be judged.
        names: of the arguments.
        rng: where the order comes from.

    Returns:
        A function that gives the answers in the order of `inputs`.

    Raises:
        guard.Stopped: the function is not written yet, or it raised.
    """
    outcomes = {
        int(place): guard.call(fn, inputs[place], names)
        for place in rng.permutation(len(inputs))
    }
    return _Replay([outcomes[place] for place in range(len(inputs))])
