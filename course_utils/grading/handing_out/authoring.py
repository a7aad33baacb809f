"""From a solved exercise text to the instructor's notebook, in nbgrader's own terms.

The text says it all: a cell with a solution is where a function is written, a cell that
checks it earns its points, and a question with a mark scheme is answered in a cell of
its own and marked by a human. Here these cells get nbgrader's metadata.

Why questions are two cells and no task cell: nbgrader's task cell is question, answer
and points in one, and whoever marks it finds the answer wherever the student put it. A
locked question with an answer cell below keeps the two apart. The mark scheme stays in
the question: nbgrader keeps it for the gradebook and cuts it out of what is handed out,
and the marked copy that formgrader shows has it above the answer.
"""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Sequence
from typing import Any

from nbformat import NotebookNode, v4

from course_utils.checks.exercise import Exercise
from course_utils.grading.errors import GradingError
from course_utils.grading.handing_out.offers import without_offers
from course_utils.grading.placeholder import WRITE_HERE
from course_utils.notebooks.stubs import BEGIN, remove_solutions, split_mark_scheme
from course_utils.notebooks.text import set_ids

QUESTION_POINTS = 2.0
ASKS = "**Then explain.**"
_UNREAD = "incorrectly_encoded_metadata"  # jupytext's name for it
_MEANT = re.compile(r"(points|check)\s*([:=]|$)")
_GRADE_ID = re.compile(r"[A-Za-z0-9_-]+")


def instructors_notebook(
    solved: NotebookNode, exercises: Sequence[Exercise], checks: str, name: str
) -> NotebookNode:
    """The solved notebook with nbgrader's metadata and cells for answers.

    Args:
        solved: the exercises with solutions and mark schemes. A cell's metadata may say
            ``check="NAME"``, where it does not call ``NAME.check``, and ``points=3`` in
            a question.
        exercises: their checks, all of which must be asked for.
        checks: where they are, as `assignments.load_checks` takes it.
        name: of the assignment, for errors.

    Raises:
        GradingError: an exercise is not asked for, is asked for twice, or is never
            checked; a solution belongs to none; a mark is wrong.
    """
    notebook = copy.deepcopy(solved)
    notebook.metadata["course_utils"] = {"checks": checks}
    known = {exercise.name: exercise for exercise in exercises}
    cells, solved_in, checked_in, last, asked = [], set(), set(), "", {}
    for number, cell in enumerate(notebook.cells, start=1):
        where = f"{name}, cell {number}"
        _refuse_unread(cell, where)
        cells.append(cell)
        if cell.cell_type == "code":
            written = _written(cell, known, where)
            checked = _checked(cell, known, where)
            for found, seen, what in (
                (written, solved_in, "solved"),
                (checked, checked_in, "checked"),
            ):
                if found in seen:
                    raise GradingError(f"{where}: {found} is {what} a second time")
                seen.update({found} - {""})
            if written:
                cell.metadata["nbgrader"] = _metadata(written, solution=True)
            elif checked:
                points = float(known[checked].points)
                cell.metadata["nbgrader"] = _metadata(
                    f"check-{checked}", grade=True, locked=True, points=points
                )
            last = written or checked or last
        elif is_question(cell):
            asked[last] = asked.get(last, 0) + 1
            topic = "-".join(filter(None, [last, str(asked[last])]))
            topic = last if last and asked[last] == 1 else topic
            points = _question_points(cell, where)
            cell.metadata["nbgrader"] = _metadata(f"question-{topic}", locked=True)
            answer = v4.new_markdown_cell(
                WRITE_HERE, metadata=copy.deepcopy(cell.metadata)
            )
            answer.metadata["nbgrader"] = _metadata(
                f"answer-{topic}", grade=True, solution=True, points=points
            )
            cells.append(answer)
    for what, seen in (("is solved in", solved_in), ("is checked in", checked_in)):
        if missing := [one for one in known if one not in seen]:
            raise GradingError(
                f"{name}: {', '.join(missing)} stands in EXERCISES of {checks}, but "
                f"{what} no cell"
            )
    notebook.cells = without_offers(cells)
    _set_ids(notebook, name)
    return notebook


def is_question(cell: NotebookNode) -> bool:
    """Whether a text cell asks something that a human marks."""
    return cell.cell_type == "markdown" and (
        cell.source.startswith(ASKS) or "BEGIN MARK SCHEME" in cell.source
    )


def checked_names(source: str) -> list[str]:
    """The names in calls of ``anything.NAME.check(...)`` or ``NAME.check(...)``.

    >>> checked_names("exercises.clip.check(clip)"), checked_names("check(clip)")
    (['clip'], [])
    """
    names = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            if node.func.attr == "check":
                names.append(getattr(owner, "attr", getattr(owner, "id", "")))
    return [name for name in names if name]


def _written(cell: NotebookNode, known: dict[str, Exercise], where: str) -> str:
    """The exercise whose solution stands in a cell, or none."""
    if BEGIN not in cell.source:
        return ""
    tree = _parse(cell.source, where)
    names = [n.name for n in tree.body if isinstance(n, ast.FunctionDef)]
    found = [name for name in names if name in known]
    if len(found) != 1:
        raise GradingError(
            f"{where}: a cell with a solution must define one function of EXERCISES "
            f"({', '.join(known)}), got {', '.join(names) or 'no function'}"
        )
    return found[0]


def _checked(cell: NotebookNode, known: dict[str, Exercise], where: str) -> str:
    """The exercise that a cell checks, or none."""
    said = cell.metadata.pop("check", None)
    names = checked_names_or_none(cell.source, where) if said is None else [str(said)]
    if said is None:
        names = [name for name in names if name in known]
    if not names:
        return ""
    if len(names) > 1 or names[0] not in known:
        raise GradingError(
            f"{where}: a cell must check one function of EXERCISES "
            f"({', '.join(known)}), got {', '.join(names)}"
        )
    return names[0]


def checked_names_or_none(source: str, where: str) -> list[str]:
    """As `checked_names`; a cell that Python cannot read is an error of the text."""
    _parse(source, where)
    return checked_names(source)


def _parse(source: str, where: str) -> ast.Module:
    try:
        return ast.parse(source)
    except SyntaxError as error:
        raise GradingError(f"{where}: line {error.lineno}: {error.msg}") from None


def _refuse_unread(cell: NotebookNode, where: str) -> None:
    """Stop at options such as ``points=two``, which would be passed over in silence."""
    said = cell.metadata.get(_UNREAD)
    title = str(cell.metadata.get("title", ""))
    if said is None and _MEANT.match(title):
        said = title
    if said is not None:
        raise GradingError(
            f"{where}: what stands behind # %% must be options such as points=2 or "
            f'check="name", got {said}'
        )


def _question_points(cell: NotebookNode, where: str) -> float:
    points: Any = cell.metadata.pop("points", QUESTION_POINTS)
    if isinstance(points, bool) or not isinstance(points, int | float) or points <= 0:
        raise GradingError(f"{where}: points must be a number > 0, got {points!r}")
    return float(points)


def _metadata(
    grade_id: str,
    *,
    grade: bool = False,
    solution: bool = False,
    locked: bool = False,
    points: float | None = None,
) -> NotebookNode:
    """What nbgrader wants to know of a cell, in its schema's version 3."""
    if not _GRADE_ID.fullmatch(grade_id):
        raise GradingError(
            f"an exercise's name must be ASCII letters, digits and _, got {grade_id!r}"
        )
    fields: dict[str, Any] = {
        "grade": grade,
        "grade_id": grade_id,
        "locked": locked,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }
    if points is not None:
        fields["points"] = points
    return NotebookNode(fields)


def _set_ids(notebook: NotebookNode, name: str) -> None:
    """Give cells ids that follow from what students see, never from a solution.

    A short hash of a solution would let a student try answers until it fits.
    """
    seen = copy.deepcopy(notebook)
    for number, cell in enumerate(seen.cells, start=1):
        try:
            if cell.cell_type == "code":
                cell.source = remove_solutions(cell.source)
            else:
                cell.source = split_mark_scheme(cell.source)[0]
        except ValueError as error:
            raise GradingError(f"{name}, cell {number}: {error}") from None
    set_ids(seen)
    for cell, public in zip(notebook.cells, seen.cells, strict=True):
        cell["id"] = public["id"]
