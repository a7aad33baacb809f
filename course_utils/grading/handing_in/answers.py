"""The text that answers an open question, wherever in a notebook it stands."""

from __future__ import annotations

from course_utils.grading.assignments import Assignment
from course_utils.grading.handing_in.cell_lines import names_defined, plain
from course_utils.grading.handing_in.handed_in import Remarks
from course_utils.grading.handing_in.notebook_cells import Cell
from course_utils.grading.placeholder import without_placeholder


def find_answer(
    cells: list[Cell], grade_id: str, assignment: Assignment, remarks: Remarks
) -> tuple[str | None, bool, set[int]]:
    """Find an answer by its grade id, or by its place behind its question.

    Text in cells of the student's own right below it belongs to it.

    Args:
        cells: as the student left them.
        grade_id: of the answer.
        assignment: what was handed out.
        remarks: where to say what had to be mended.

    Returns:
        The text without the line that says where to write, or None where there is no
        such cell; whether anything was written; and
        the code cells that hold nothing but an answer, which need not be run.
    """
    stub = next((c.source for c in assignment.cells if c.grade_id == grade_id), "")
    places = [i for i, cell in enumerate(cells) if cell.grade_id == grade_id]
    in_code = {
        i
        for i in places
        if cells[i].kind == "code" and not names_defined(cells[i].source)
    }
    if in_code:
        remarks.note(
            f"The answer {grade_id} had been turned into code; it was read as text and "
            "not run."
        )
    said = [c.source for c in map(cells.__getitem__, places)]
    said = [without_placeholder(t) for t in said if plain(t) != plain(stub)]
    texts = [t for t in dict.fromkeys(said) if t.strip()]
    if len(texts) > 1:
        remarks.note(
            f"The answer {grade_id} is there more than once; all of it counts."
        )
    start = places[-1] + 1 if places else _behind_question(cells, grade_id, assignment)
    own = [] if start is None else _own_texts(cells[start:], assignment)
    if own:
        remarks.note(
            f"Text in a cell of your own, right below the answer {grade_id} or its "
            "question, was read as part of the answer."
        )
    if texts or own:
        return "\n\n".join(texts + own), True, in_code
    if places:
        return without_placeholder(cells[places[-1]].source), False, in_code
    if start is None:
        remarks.flag(f"Neither the answer {grade_id} nor its question was found.")
    elif start < len(cells) and not without_placeholder(cells[start].source).strip():
        return "", False, in_code
    remarks.note(
        f"The cell for the answer {grade_id} is missing, and there is no text of your "
        "own below its question."
    )
    return None, False, in_code


def _behind_question(
    cells: list[Cell], grade_id: str, assignment: Assignment
) -> int | None:
    """The place behind the cell that was handed out right before an answer."""
    ids = [given.grade_id for given in assignment.cells]
    place = ids.index(grade_id) - 1 if grade_id in ids else -1
    if place < 0:
        return None
    question = assignment.cells[place]
    for i, cell in enumerate(cells):
        labelled = question.grade_id and cell.grade_id == question.grade_id
        if labelled or plain(cell.source) == plain(question.source):
            return i + 1
    return None


def _own_texts(cells: list[Cell], assignment: Assignment) -> list[str]:
    """The text cells from here to the next cell that was handed out, or of code."""
    ids = {given.grade_id for given in assignment.cells if given.grade_id}
    handed_out = {plain(given.source) for given in assignment.cells}
    texts = []
    for cell in cells:
        own = without_placeholder(cell.source)
        known = cell.grade_id in ids or (own.strip() and plain(own) in handed_out)
        if known or cell.kind == "code":
            break
        texts.append(own)
    return [text for text in texts if text.strip()]
