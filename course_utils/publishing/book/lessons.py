"""The lessons' notebooks as the book shows them: cells, folds, links, alt texts."""

from __future__ import annotations

import copy
import re

import nbformat
from nbformat import NotebookNode

from course_utils.notebooks.reading import QUESTION
from course_utils.publishing.book.folds import fold
from course_utils.publishing.book.links import Links

FOR_LECTURERS = "*For lecturers.*"
KEEP_LEVEL = ("Evidence",)  # in every lesson, and tells nothing
_HEADING = re.compile(r"^(?P<marks>#{1,6})\s+(?P<title>.+?)\s*#*$", re.MULTILINE)
_FENCE = re.compile(r"^(```+|~~~+).*?^\1[ ]*$", re.DOTALL | re.MULTILINE)


def lesson_page(notebook: NotebookNode, name: str, links: Links) -> str:
    """Return a lesson as a notebook for the book.

    Cells and stored outputs stay. Notes for lecturers are folded, links lead to the
    book's pages, the heading behind a prediction goes below it, and what a cell's
    metadata says about its picture becomes the picture's alternative text.

    Args:
        notebook: the committed notebook; it is not changed.
        name: its file, from the clone's top.
        links: where its links lead.
    """
    page = copy.deepcopy(notebook)
    _put_answers_below(page)
    for cell in page.cells:
        if cell.cell_type == "markdown":
            cell.source = links.rewrite(cell.source, name)
            if cell.source.lstrip().startswith(FOR_LECTURERS):
                said = cell.source.strip().removeprefix(FOR_LECTURERS)
                cell.source = fold("For lecturers", said, "notes")
        elif cell.cell_type == "code":
            alt = cell.metadata.get("alt")
            if alt:
                # Where MyST-NB looks for the options of a cell's pictures.
                cell.metadata["mystnb"] = {"image": {"alt": alt}}
            _let_tables_be(cell)
    return nbformat.writes(page)


def _put_answers_below(notebook: NotebookNode) -> None:
    """Make the heading behind each prediction a level deeper.

    It tells the answer; the list of contents beside the page shows the headings below a
    prediction only to whom they are in sight, see book.css.
    """
    asked = 0  # the level of the prediction that waits for its answer
    for cell in notebook.cells:
        found = headings(cell.source) if cell.cell_type == "markdown" else []
        if not found:
            continue
        level, title = found[0]
        if level == asked and title not in KEEP_LEVEL:
            cell.source = re.sub(r"^#", "##", cell.source, count=1, flags=re.MULTILINE)
        last, title = found[-1]
        asked = last if title.startswith(QUESTION) else 0


def _let_tables_be(cell: NotebookNode) -> None:
    """Drop the Markdown beside HTML: one form of an output is enough for a page."""
    for output in cell.outputs:
        data = output.get("data", {})
        if "text/html" in data:
            for kind in ("text/markdown", "image/png"):
                data.pop(kind, None)


def headings(source: str) -> list[tuple[int, str]]:
    r"""Return level and title of every heading of a Markdown cell, code apart.

    Example:
        >>> headings("## Momentum: a ball\n\nIt rolls.")
        [(2, 'Momentum: a ball')]
    """
    bare = _FENCE.sub("", source)
    return [(len(m["marks"]), m["title"]) for m in _HEADING.finditer(bare)]


def title_of(notebook: NotebookNode) -> str:
    """Return the first heading of a lesson or of its exercises."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for _, title in headings(cell.source):
                return title
    raise ValueError("the notebook has no heading")


def section(notebook: NotebookNode, title: str) -> list[NotebookNode]:
    """Return the cells of a section: from its heading to the next of its level.

    Args:
        notebook: a lesson.
        title: the heading's text; case does not matter.

    Returns:
        The cells in order, the one with the heading first; none where the lesson has
        no such section.
    """
    cells: list[NotebookNode] = []
    level = 0
    for cell in notebook.cells:
        found = headings(cell.source) if cell.cell_type == "markdown" else []
        if level and any(depth <= level for depth, _ in found):
            break
        if not level:
            level = next((d for d, t in found if t.lower() == title.lower()), 0)
        if level:
            cells.append(cell)
    return cells
