"""The line in an answer cell that says where to write, and answers that still have it.

An empty text cell cannot be seen in JupyterLab, so an answer cell is handed out with a
line in it. It is no part of what a student says.
"""

from __future__ import annotations

import re

WRITE_HERE = "_Write your answer here, in place of this line._"
_LEFT = re.compile(
    r"[_*]?" + r"\s+".join(map(re.escape, WRITE_HERE.strip("_").split())) + r"[_*]?"
)


def without_placeholder(text: str) -> str:
    r"""What a student wrote: a text without the line that says where to write.

    Where the line is not in it, the text stays as it is.

    >>> without_placeholder(WRITE_HERE), without_placeholder(" Why not?")
    ('', ' Why not?')
    >>> without_placeholder("_Write your answer\nhere, in place of this line._\nNo.")
    'No.'
    """
    shorter, found = _LEFT.subn("", text)
    return shorter.strip() if found else text
