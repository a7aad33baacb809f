"""The lessons offer learners `.solution()`; a class is not offered what is graded."""

from __future__ import annotations

import re
from collections.abc import Sequence

from nbformat import NotebookNode

_OFFER = ".solution()"
_HINT = re.compile(r"`[\w.]+\.hint\(1\)`")


def without_offers(cells: Sequence[NotebookNode]) -> list[NotebookNode]:
    r"""The cells without paragraphs that offer a solution.

    Where such a paragraph offers hints too, sentences about hints take its place; a
    text of which nothing is left goes.

    >>> from nbformat.v4 import new_markdown_cell as text
    >>> [c.source for c in without_offers([text("Call `a.solution()`."), text("b")])]
    ['b']
    """
    kept = []
    for cell in cells:
        if cell.cell_type == "markdown" and _OFFER in cell.source:
            parts = re.split(r"\n[ \t]*\n", cell.source)
            parts = [_hints(part) if _OFFER in part else part for part in parts]
            cell.source = "\n\n".join(filter(None, parts))
            if not cell.source:
                continue
        kept.append(cell)
    return kept


def _hints(paragraph: str) -> str:
    hint = _HINT.search(paragraph)
    return (
        f"Stuck? {hint[0]} gives a nudge, `hint(2)` a bigger one. The same works for\n"
        "every exercise by its name."
        if hint
        else ""
    )
