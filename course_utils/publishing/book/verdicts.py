"""One page with the verdicts of all lessons, read out of their stored outputs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nbformat import NotebookNode

WORDS = ("holds", "no difference seen", "contradicted", "rates disagree")
_CELL = re.compile(r"(?<!\\)\|")
_VERDICT = re.compile(rf"({'|'.join(WORDS)})(?![\w-])(.*)", re.DOTALL)


@dataclass(frozen=True)
class VerdictTable:
    """A table of a lesson whose cells hold verdicts.

    Attributes:
        caption: what stands above it, or an empty text.
        columns: the headings.
        rows: the cells as text.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def counts(self) -> Counter[str]:
        """How often each verdict stands in the table."""
        found = (_VERDICT.match(cell) for row in self.rows for cell in row)
        return Counter(match[1] for match in found if match)

    def markdown(self) -> str:
        """The table as Markdown; verdicts carry a class for the style sheet."""
        lines = [_line(self.columns), _line([":---"] * len(self.columns))]
        lines += [_line([_marked(cell) for cell in row]) for row in self.rows]
        return "\n".join([f"**{self.caption}**", "", *lines] if self.caption else lines)


def verdict_tables(notebook: NotebookNode) -> list[VerdictTable]:
    """Return the tables of verdicts among a lesson's stored outputs, in their order.

    A table counts when a cell of it begins with a verdict: one of `WORDS`.
    """
    return [table for table in _tables(notebook) if table.counts()]


def verdict_page(lessons: Sequence[tuple[str, str, NotebookNode]]) -> str:
    """Return the page.

    Args:
        lessons: of each its page's source, its title and its notebook.

    Raises:
        ValueError: no lesson has a verdict.
    """
    parts, total = [], Counter[str]()
    for page, title, notebook in lessons:
        tables = verdict_tables(notebook)
        if not tables:
            continue
        counts = sum((table.counts() for table in tables), Counter())
        total += counts
        parts.append(f"## {title}\n\n{in_words(counts)}. [To the lesson]({page}).")
        parts += [table.markdown() for table in tables]
    if not parts:
        raise ValueError("no stored output of any lesson holds a verdict")
    head = (
        "# All verdicts\n\n"
        "What textbooks claim, run with several seeds and judged. A verdict holds "
        "under its condition and for networks of the size that the lesson names; it is "
        "no law. Two sides of a comparison share their seeds, and the differences of "
        "these pairs get a 95 % bootstrap interval: wholly above zero the claim "
        "*holds*, wholly below it is *contradicted*, else there is *no difference "
        "seen*. Where a lesson tried two learning rates and their verdicts differ, the "
        "table says so.\n\n"
        f"Together: {in_words(total)}."
    )
    return "\n\n".join([head, *parts])


def in_words(counts: Counter[str]) -> str:
    """Say in a line how often each verdict was given.

    Example:
        >>> in_words(Counter({"holds": 3, "contradicted": 1}))
        '4 verdicts: holds 3, contradicted 1'
    """
    said = ", ".join(f"{word} {counts[word]}" for word in WORDS if counts[word])
    n = counts.total()
    return f"{n} verdict{'s' if n != 1 else ''}: {said}"


def _tables(notebook: NotebookNode) -> Iterator[VerdictTable]:
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            text = output.get("data", {}).get("text/markdown", "")
            text = "".join(text) if isinstance(text, list) else text
            lines = [line for line in text.splitlines() if line.startswith("|")]
            if len(lines) > 2:
                caption = text[: text.index("|")].strip()
                head, _, *rows = (_cells(line) for line in lines)
                yield VerdictTable(caption, head, tuple(rows))


def _cells(line: str) -> tuple[str, ...]:
    inner = line.strip().removeprefix("|").removesuffix("|")
    return tuple(cell.strip().replace("\\|", "|") for cell in _CELL.split(inner))


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _marked(cell: str) -> str:
    found = _VERDICT.match(cell)
    if not found:
        return cell.replace("*", "\\*").replace("_", "\\_").replace("$", "\\$")
    kind = found[1].replace(" ", "-")
    return f"[{found[1]}]{{.verdict .verdict-{kind}}}{found[2]}"
