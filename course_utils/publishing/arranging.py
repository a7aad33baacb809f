"""Which cell stands on which slide: a notebook's cells in the order of a deck."""

import copy
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode

from course_utils.notebooks.reading import QUESTION

OPENING = ("slide", "subslide")


@dataclass(frozen=True)
class Slide:
    """The cells of one slide in order, its notes last."""

    shown: tuple[NotebookNode, ...]
    notes: tuple[NotebookNode, ...]


def slide_type(cell: NotebookNode) -> str:
    """Return the place that a cell's metadata give it; ``-`` when they say nothing."""
    return cell.metadata.get("slideshow", {}).get("slide_type") or "-"


def slides(notebook: NotebookNode) -> list[Slide]:
    """Return the slides of a notebook; cells to skip are on none of them.

    Notes belong to the whole slide, wherever between its cells they stand. Cells before
    the first ``slide`` begin one.
    """
    found: list[tuple[list[NotebookNode], list[NotebookNode]]] = []
    for cell in notebook.cells:
        kind = slide_type(cell)
        if kind == "skip" or cell.cell_type == "raw":
            continue
        if kind in OPENING or not found:
            found.append(([], []))
        found[-1][kind == "notes"].append(cell)
    return [Slide(tuple(shown), tuple(notes)) for shown, notes in found]


def arrange(notebook: NotebookNode) -> NotebookNode:
    """Return a copy whose cells are a deck's, each with its place under ``deck``.

    The template reads there: does the cell open or close a slide, is it a note or a
    fragment, of what kind is it, and does it show its code and its outputs?
    """
    deck = copy.deepcopy(notebook)
    deck.cells = []
    for number, slide in enumerate(slides(notebook)):
        cells = [copy.deepcopy(cell) for cell in (*slide.shown, *slide.notes)]
        for index, cell in enumerate(cells):
            place = _place(cell) | {
                "opens": index == 0,
                "closes": index == len(cells) - 1,
                "look": "title-slide" if number == 0 else _look(slide),
            }
            cell.metadata["deck"] = NotebookNode(place)
        deck.cells += cells
    return deck


def heading(cell: NotebookNode) -> str:
    """Return the text of a Markdown cell's first line when it is a heading, else ""."""
    first = cell.source.lstrip().partition("\n")[0]
    if cell.cell_type != "markdown" or not first.startswith("#"):
        return ""
    return first.lstrip("#").strip()


def _look(slide: Slide) -> str:
    """Return the classes of a slide: its text is larger where it stands alone."""
    looks = []
    if slide.shown and heading(slide.shown[0]).startswith(QUESTION):
        looks.append("question")
    if not any(cell.cell_type == "code" for cell in slide.shown):
        looks.append("words")
    return " ".join(looks)


def has_picture(cell: NotebookNode) -> bool:
    """Say whether a cell's outputs contain a picture or pictures behind a slider."""
    return any(
        kind.startswith("image/")
        for output in cell.get("outputs", [])
        for kind in output.get("data", {})
    )


def _place(cell: NotebookNode) -> dict[str, Any]:
    show = cell.metadata.get("slideshow", {}).get("show")
    outputs = show != "input"
    kind = "text" if cell.cell_type == "markdown" else "run"
    if outputs and has_picture(cell):
        kind += " pictured"
    return {
        "notes": slide_type(cell) == "notes",
        "fragment": slide_type(cell) == "fragment",
        "kind": kind,
        "code": show != "output",
        "outputs": outputs,
    }
