"""The cells of a stranger's notebook, whatever its format, encoding and state.

Read are notebooks of formats 1 to 4, what is left of one that was cut off, and Python
files: in percent format, as exported by nbconvert (``# In[3]:``), or plain.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace

from course_utils.grading.handing_in.handed_in import Found, Remarks, shown
from course_utils.grading.handing_in.notebook_cells import (
    MOST_CELLS,
    Cell,
    python_cells,
    whole,
)

MOST_CODE = 1_000_000
MOST_CELL = 80_000  # what the wire to the sandbox takes in any script
_MOST_VALUES = 1_500_000
_FORMAT = 4
_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_BETWEEN = re.compile(r"[\s,]*")


def read_notebook(file: Found, remarks: Remarks) -> list[Cell] | None:
    """The cells of a notebook or of a Python file; None where there is no reading it.

    Args:
        file: as it was handed in.
        remarks: where to say what was mended and what was refused.
    """
    said = shown(file.name)
    text = decode(file, remarks)
    if file.name.lower().endswith(".py"):
        return _within_caps(python_cells(text), said, remarks)
    if not text.strip():
        remarks.note(f"{said} is empty: there is not even a notebook's frame in it.")
        remarks.flag(f"{said} is an empty file.")
        return None
    tree = _parse(text, said, remarks)
    if tree is None:
        return None
    cells = _cells(tree, said, remarks)
    if cells is not None and not any(cell.source.strip() for cell in cells):
        remarks.note(f"{said} has no cell with anything in it.")
        remarks.flag(f"{said} is empty.")
    return cells if cells is None else _within_caps(cells, said, remarks)


def decode(file: Found, remarks: Remarks) -> str:
    """The text of a file, in the first encoding of UTF-8, 16, 32 and Latin-1 that fits.

    Half surrogate pairs become U+FFFD, so that the text can be written everywhere.
    """
    data, said = file.data, shown(file.name)
    encoding = json.detect_encoding(data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        encoding, text = "latin-1", data.decode("latin-1")
    if not encoding.startswith("utf-8"):
        remarks.note(
            f"{said} is not in UTF-8; it was read as {encoding.upper()}. Where letters "
            "look wrong, save it in UTF-8."
        )
    return text.removeprefix("﻿")


def _parse(text: str, said: str, remarks: Remarks) -> object:
    """The JSON in a text, or what is left of a notebook that was cut off."""
    if sum(map(text.count, "[{,")) > _MOST_VALUES:
        bare = _STRING.sub("", text)
        if sum(map(bare.count, "[{,")) > _MOST_VALUES:
            remarks.note(
                f"{said} holds too many values to be read. Please clear all outputs, "
                "save it and hand it in again."
            )
            remarks.flag(f"{said} holds too many values to be read.")
            return None
    try:
        return _DECODER.decode(text)
    except RecursionError:
        remarks.note(f"{said} is nested too deeply to be a notebook.")
        remarks.flag(f"{said} is nested too deeply to be a notebook.")
        return None
    except ValueError:
        cells = _salvage(text)
    if not cells:
        remarks.note(
            f"{said} is no notebook: a notebook is JSON, and this is not. Does it open "
            "in JupyterLab? Please hand in the file that does."
        )
        remarks.flag(f"{said} is no notebook.")
        return None
    remarks.note(
        f"{said} is damaged or was cut off; what could be read of it was marked: "
        f"{len(cells)} cells."
    )
    remarks.flag(f"{said} is damaged; {len(cells)} cells of it were marked.")
    return {"cells": cells, "nbformat": _FORMAT}


def _salvage(text: str) -> list:
    """The cells before the place where a notebook is cut off."""
    start = re.search(r'"cells"\s{0,99}:\s{0,99}\[', text)
    cells: list = []
    position = start.end() if start else len(text)
    while position < len(text) and len(cells) <= MOST_CELLS:
        position = _BETWEEN.match(text, position).end()
        try:
            cell, position = _DECODER.raw_decode(text, position)
        except (ValueError, RecursionError):
            break
        cells.append(cell)
    return cells


def _number(text: str) -> int:
    return int(text) if len(text) < 20 else 0


_DECODER = json.JSONDecoder(parse_int=_number)


def _cells(tree: object, said: str, remarks: Remarks) -> list[Cell] | None:
    """The cells of a notebook of any format."""
    found: list = []
    if isinstance(tree, dict):
        sheets = tree.get("worksheets")
        for part in (tree, *(sheets if isinstance(sheets, list) else ())):
            inner = part.get("cells") if isinstance(part, dict) else None
            if isinstance(inner, list):
                found += inner
    if not isinstance(tree, dict) or not (found or "cells" in tree):
        remarks.note(f"{said} is JSON, but no notebook: it has no cells.")
        remarks.flag(f"{said} is no notebook: it has no cells.")
        return None
    version = tree.get("nbformat")
    if isinstance(version, int) and version < _FORMAT:
        remarks.note(
            f"{said} is in the old format {version}; it was read all the same."
        )
    cells, odd = [], 0
    for cell in found[: MOST_CELLS + 1]:
        source = _source(cell) if isinstance(cell, dict) else None
        if source is None:
            odd += 1
        else:
            kind = "code" if cell.get("cell_type") == "code" else "markdown"
            cells.append(Cell(kind, _grade_id(cell), whole(source)))
    if odd:
        remarks.note(f"In {said}, {odd} cells are damaged: they have no text.")
        remarks.flag(f"In {said}, {odd} cells are damaged.")
    return cells


def _source(cell: dict) -> str | None:
    """A cell's text: under "source", or as formats 1 to 3 call it; a list is joined."""
    for name in ("source", "input", "code", "text"):
        if name in cell:
            value = cell[name]
            if isinstance(value, str):
                return value
            if isinstance(value, list):
                return "".join(line for line in value if isinstance(line, str))
            return None
    return None


def _grade_id(cell: dict) -> str:
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    return grade_id if isinstance(grade_id, str) else ""


def _within_caps(cells: list[Cell], said: str, remarks: Remarks) -> list[Cell]:
    """As many cells as there may be, and as much text."""
    kept, size = [], 0
    for cell in cells[:MOST_CELLS]:
        if len(cell.source) > MOST_CELL:
            remarks.note(
                f"A cell of {said} with {len(cell.source):,} characters was left out: "
                f"there may be {MOST_CELL:,}."
            )
            remarks.flag(f"A cell of {said} was left out: it is too long.")
            cell = replace(cell, source="")
        size += len(cell.source)
        if size > MOST_CODE:
            break
        kept.append(cell)
    if len(kept) < len(cells):
        remarks.note(
            f"{said} is very long: only its first {len(kept)} cells were read. There "
            f"may be {MOST_CELLS} cells and {MOST_CODE:,} characters of text."
        )
        remarks.flag(f"{said} is very long; its first {len(kept)} cells were read.")
    return kept
