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
SLIDE_TYPES = ("slide", "fragment", "skip", "notes", "-")
SHOWS = ("input", "output")
SLIDES_PER_NOTE = 3
QUESTION = "Predict"  # how the heading of a slide begins that asks the hall
ALT_CHARACTERS = (30, 600)
MEDIAN_WORDS = (15, 90)


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """Return the code cells in order."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def slides(notebook: NotebookNode, least: int = SLIDES[0]) -> list[str]:
    """Every cell has its place in a deck of a lecture's length: one line of slides."""
    problems = []
    for number, cell in enumerate(notebook.cells, start=1):
        kind = _slide_type(cell)
        if kind not in SLIDE_TYPES:
            problems.append(f"cell {number} has the slide type {kind!r}")
        problems += _shown(number, cell)
    decks = _by_slide(notebook)
    if notebook.cells and _slide_type(notebook.cells[0]) != "slide":
        problems.append("the first cell does not begin a slide")
    if not least <= len(decks) <= SLIDES[1]:
        problems.append(f"{len(decks)} slides, not {least} to {SLIDES[1]}")
    return problems + _notes(decks)


def _slide_type(cell: NotebookNode) -> str | None:
    return cell.metadata.get("slideshow", {}).get("slide_type")


def _by_slide(notebook: NotebookNode) -> list[list[NotebookNode]]:
    """Return the cells of each slide; the first of them begins it."""
    found: list[list[NotebookNode]] = []
    for cell in notebook.cells:
        if _slide_type(cell) == "slide":
            found.append([])
        if found:
            found[-1].append(cell)
    return found


def _shown(number: int, cell: NotebookNode) -> list[str]:
    """Say what is wrong with which part of a cell its slide shows."""
    show = cell.metadata.get("slideshow", {}).get("show")
    if show is not None and (show not in SHOWS or cell.cell_type != "code"):
        return [
            f"cell {number}, a {cell.cell_type} cell, shows {show!r}: a code cell may "
            f'show "input" or "output" alone'
        ]
    on_slide = _slide_type(cell) in ("slide", "fragment", "-")
    lines = len(cell.source.splitlines())
    if cell.cell_type == "code" and on_slide and show != "output" and lines > MAX_LINES:
        return [f"cell {number} puts {lines} lines of code on a slide"]
    return []


def _notes(decks: list[list[NotebookNode]]) -> list[str]:
    """Say which slides leave a lecturer without a word."""
    problems = []
    noted = 0
    for number, cells in enumerate(decks, start=1):
        has_notes = any(_slide_type(cell) == "notes" for cell in cells)
        noted += has_notes
        first = cells[0].source.partition("\n")[0]
        asks = first.startswith("#") and first.lstrip("# ").startswith(QUESTION)
        if asks and cells[0].cell_type == "markdown" and not has_notes:
            problems.append(f"slide {number} asks the hall and has no notes: {first}")
    if noted * SLIDES_PER_NOTE < len(decks):
        problems.append(
            f"{noted} of {len(decks)} slides have notes, 1 in {SLIDES_PER_NOTE} must"
        )
    return problems


def described_pictures(notebook: NotebookNode) -> list[str]:
    """A picture says in its cell's ``alt`` what it shows, for who cannot see it.

    The pictures of a frame slider each have their own.
    """
    problems = []
    low, high = ALT_CHARACTERS
    for number, cell in enumerate(code_cells(notebook), start=1):
        alt = cell.metadata.get("alt")
        if alt is None:
            if any(_bare_picture(output) for output in cell.outputs):
                problems.append(f"code cell {number} shows a picture and has no alt")
        elif not isinstance(alt, str) or not low <= len(alt.strip()) <= high:
            problems.append(
                f"code cell {number} has an alt that is no text of {low} to {high} "
                f"characters: {alt!r}"
            )
    return problems


def _bare_picture(output: NotebookNode) -> bool:
    data = output.get("data", {})
    if "data-frame" in data.get("text/html", ""):
        return False
    return any(kind.startswith("image/") for kind in data)


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
