"""How a notebook reads, on a screen and on a wall: rules on cells, slides and text.

Each rule takes a notebook and answers with a list of sentences, as in `rules`.
"""

import statistics

from nbformat import NotebookNode

MEDIAN_LINES = 6
MAX_LINES = 15
MAX_COLUMNS = 66  # what a projector shows in a lecture hall
EXERCISE_COLUMNS = 88
SLIDES = (15, 25)
SLIDE_TYPES = ("slide", "subslide", "fragment", "skip", "notes", "-")
MEDIAN_WORDS = (15, 90)


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """Return the code cells in order."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def slides(notebook: NotebookNode, least: int = SLIDES[0]) -> list[str]:
    """Every cell has its place in a deck of a lecture's length."""
    problems = []
    types = [
        cell.metadata.get("slideshow", {}).get("slide_type") for cell in notebook.cells
    ]
    for number, kind in enumerate(types, start=1):
        if kind not in SLIDE_TYPES:
            problems.append(f"cell {number} has the slide type {kind!r}")
    if types and types[0] != "slide":
        problems.append("the first cell does not begin a slide")
    count = types.count("slide")
    if not least <= count <= SLIDES[1]:
        problems.append(f"{count} slides, not {least} to {SLIDES[1]}")
    return problems


def short_cells(notebook: NotebookNode) -> list[str]:
    """Code cells are short enough to read at a glance; blank lines do not count."""
    problems = []
    lengths = []
    for number, cell in enumerate(code_cells(notebook), start=1):
        lengths.append(sum(bool(line.strip()) for line in cell.source.splitlines()))
        if lengths[-1] > MAX_LINES:
            problems.append(f"code cell {number} has {lengths[-1]} lines")
    if lengths and statistics.median(lengths) > MEDIAN_LINES:
        problems.append(f"the median code cell has {statistics.median(lengths)} lines")
    return problems


def narrow_cells(notebook: NotebookNode, columns: int = MAX_COLUMNS) -> list[str]:
    """No line of code is wider than a slide."""
    return [
        f"code cell {number} has a line of {len(line)} columns, {columns} fit: {line}"
        for number, cell in enumerate(code_cells(notebook), start=1)
        for line in cell.source.splitlines()
        if len(line) > columns
    ]


def prose(notebook: NotebookNode) -> list[str]:
    """The text comes in paragraphs: neither captions nor an essay."""
    words = [
        len(cell.source.split())
        for cell in notebook.cells
        if cell.cell_type == "markdown"
    ]
    if not words:
        return ["there is no text"]
    median = statistics.median(words)
    if MEDIAN_WORDS[0] <= median <= MEDIAN_WORDS[1]:
        return []
    low, high = MEDIAN_WORDS
    return [f"the median text cell has {median:g} words, not {low} to {high}"]
