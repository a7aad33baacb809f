"""Cells, and the Python files that hold some: percent format, exported, or plain."""

from __future__ import annotations

import re
from dataclasses import dataclass

MOST_CELLS = 1000
_PERCENT = re.compile(r"^#[ \t]*%%(.*)$", re.MULTILINE)
_EXPORTED = re.compile(r"^#[ \t]*In[ \t]?\[[ \d*]{0,9}\]:?[ \t]*$", re.MULTILINE)
_TEXT = re.compile(r"\[(?:markdown|md|raw)\]")
_GRADE_ID = re.compile(r'"grade_id"\s{0,9}:\s{0,9}"([^"\\]{1,200})"')


@dataclass(frozen=True)
class Cell:
    """A cell as a student left it.

    Attributes:
        kind: "code" or "markdown", which stands for all text.
        grade_id: nbgrader's name for it, as far as it is still there.
        source: its text, with plain line ends and without null characters.
    """

    kind: str
    grade_id: str
    source: str


def whole(text: str) -> str:
    """The text with plain line ends, no null characters and no half surrogate pairs."""
    if not text.isascii():
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


def python_cells(text: str) -> list[Cell]:
    """The cells of a Python file; one where nothing marks where they begin."""
    text = whole(text)
    for marks in (_PERCENT, _EXPORTED):
        found = list(marks.finditer(text))
        if not found:
            continue
        ends = [match.start() for match in found[1:]] + [len(text)]
        head = text[: found[0].start()]
        cells = [Cell("code", "", head.strip("\n"))] if _runs(head) else []
        for match, end in list(zip(found, ends, strict=True))[: MOST_CELLS + 1]:
            title = match[1] if marks is _PERCENT else ""
            kind = (
                "markdown" if re.search(r"\[(?:markdown|md|raw)\]", title) else "code"
            )
            body = text[match.end() : end].strip("\n")
            if kind == "markdown":
                body = re.sub(r"^# ?", "", body, flags=re.MULTILINE)
            grade_id = _GRADE_ID.search(title)
            cells.append(Cell(kind, grade_id[1] if grade_id else "", body))
        return cells
    return [Cell("code", "", text)]


def _runs(text: str) -> bool:
    """Whether there is more than comments and blank lines."""
    lines = map(str.strip, text.splitlines())
    return any(line and not line.startswith("#") for line in lines)
