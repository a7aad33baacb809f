"""Answers that are the same text, for a human to look at.

White space and capitals do not matter. A text counts where it is too long to be two
people's by chance, was not handed out, and few others in the class have it.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping

from course_utils.grading.pages.similarity import Pair, pairs_of
from course_utils.grading.records import Record

LONG = 200


def same_texts(
    records: Iterable[Record], known: Mapping[str, str] | None = None
) -> list[Pair]:
    """Find pairs that gave the same long answer; the work grows as the class does.

    Args:
        records: of a whole class.
        known: by grade id, the text that stood there when it was handed out.

    Returns:
        The pairs, the heaviest first; their weight is in characters.
    """
    given = {cell: normal_text(text) for cell, text in (known or {}).items()}
    holders: dict[tuple[str, bytes], list[str]] = defaultdict(list)
    sizes: dict[tuple[str, bytes], int] = {}
    writers: dict[str, int] = defaultdict(int)
    for record in sorted(records, key=lambda r: r.student):
        for cell, answer in record.answers.items():
            text = normal_text(answer)
            if not text or text == given.get(cell):
                continue
            writers[cell] += 1
            if len(text) >= LONG:
                digest = hashlib.sha256(text.encode("utf-8", "backslashreplace"))
                holders[cell, digest.digest()].append(record.student)
                sizes[cell, digest.digest()] = len(text)
    return pairs_of(holders, sizes, writers)


def normal_text(text: str) -> str:
    r"""A text without what two who write the same may do differently.

    Example:
        >>> normal_text("  It has\na FACTOR 2. ")
        'it has a factor 2.'
    """
    return " ".join(text.split()).casefold()
