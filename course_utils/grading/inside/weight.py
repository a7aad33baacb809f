"""What a message weighs: how much memory it takes once it has been taken apart.

A few bytes can stand for very much: an array without numbers but with millions of empty
rows, one long string among short ones, to all of which NumPy gives the room of the
longest, or a list that crossed as an array. The trusted side asks before it makes
anything of a message; a student's side asks, too, so that an honest student reads why.
"""

from __future__ import annotations

import itertools
import operator

import numpy as np

from course_utils.grading.inside.plain import Plain, Ref, WireError

MOST = 64 << 20
NUMBER, LISTED, LETTER, STRANGER = 8, 40, 4, 3000  # bytes of each


def heaviest(message: Plain) -> None:
    """Refuse a message that would take too much memory.

    Raises:
        WireError: its numbers, lists and strangers, or its texts, would take more than
            `MOST` bytes.

    >>> heaviest([np.zeros((3, 0)), "words"])
    >>> heaviest(np.zeros((50_000_000, 0)))
    Traceback (most recent call last):
    course_utils.grading.inside.plain.WireError: a message weighs too much
    """
    total = items = longest = 0
    stack = [message]
    while stack:
        value = stack.pop()
        kind = type(value)
        items += 1
        if kind is np.ndarray:
            total += NUMBER * widest(value.shape)
        elif kind is str or kind is bytes:
            longest = max(longest, len(value))
        elif kind is dict:
            stack += value
            stack += value.values()
        elif kind is list or kind is tuple:
            stack += value
        elif kind is Ref:
            total += STRANGER
            array = value.facts.get("array")
            if value.kind == "list" and type(array) is np.ndarray:
                total += LISTED * listed(array.shape)
            stack += value.facts.values()
        if total > MOST:
            break
    if max(total, LETTER * longest * items) > MOST:
        raise WireError("a message weighs too much")


def widest(shape: tuple[int, ...]) -> int:
    """The numbers in an array, or the rows where there are more of these.

    >>> widest((3, 4)), widest((5, 0)), widest(())
    (12, 5, 1)
    """
    return max(itertools.accumulate(shape, operator.mul), default=1)


def listed(shape: tuple[int, ...]) -> int:
    """The numbers and the lists in what an array becomes as lists.

    >>> listed((3, 4)), listed((5, 0))
    (15, 5)
    """
    return sum(itertools.accumulate(shape, operator.mul))
