"""The marked copy of a submission that formgrader shows, written by us from scratch.

A submitted notebook is a stranger's file: nbgrader never gets to see it. What it gets
is the notebook as it was handed out, with the student's code in the solution cells,
the student's text in the answer cells, and behind each check the points and the message
that marking came to. A student's code is text here and stays it; a student's answer
stands in a block that shows it as it was typed, since Markdown that a stranger wrote
can hold scripts, which would run in the browser of whoever marks.
"""

from __future__ import annotations

import copy
import html
import re
import textwrap

import nbformat.v4 as v4
from nbformat import NotebookNode, from_dict
from nbgrader.utils import compute_checksum

from course_utils.grading.assignments import Assignment, Given
from course_utils.grading.pages.wording import message_of
from course_utils.grading.records import Mark, Record

SCHEMA_VERSION = 3
COLUMNS = 88
_AT_ONCE = 50 * COLUMNS
ABSENT = "# This cell was missing from the submission."
_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
_CONTROL = re.compile(
    r"[^\t\n\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)
_FENCES = re.compile(r"`{3,}")


def handed_out(assignment: Assignment) -> NotebookNode:
    """The notebook as it was handed out, with nbgrader's metadata and checksums.

    A question carries its mark scheme here, for whoever marks.
    """
    points = {task.check: task.exercise.points for task in assignment.tasks}
    points |= {question.answer: question.points for question in assignment.questions}
    rubrics = {
        question.answer.replace("answer-", "question-", 1): question.rubric
        for question in assignment.questions
    }
    cells = []
    for number, given in enumerate(assignment.cells):
        cell = _empty(given, f"cell-{number}")
        rubric = rubrics.get(given.grade_id) if given.role == "text" else None
        if rubric:
            cell.source += f"\n\n**Mark scheme**\n\n{rubric}"
        if given.grade_id:
            cell.metadata["nbgrader"] = _metadata(given, points)
            cell.metadata["nbgrader"]["checksum"] = compute_checksum(cell)
        cells.append(cell)
    metadata = {"kernelspec": _KERNEL, "language_info": {"name": "python"}}
    return v4.new_notebook(cells=cells, metadata=metadata)


def clean_notebook(
    assignment: Assignment, record: Record, blank: NotebookNode | None = None
) -> NotebookNode:
    """A marked copy: what was handed out, filled in from a record and nothing else.

    Args:
        assignment: what was handed out.
        record: what marking the submission came to.
        blank: the same as `handed_out` gives, for who fills in many; it stays as it is.

    Returns:
        A notebook from which nbgrader's `SaveAutoGrades` reads the record's points. A
        code cell that the submission lacked says so; an answer that is empty or as it
        was handed out stays as it was handed out, which nbgrader takes for no response.
    """
    notebook = copy.deepcopy(blank or handed_out(assignment))
    marks = {mark.exercise: mark for mark in record.marks}
    checks = {task.check: marks.get(task.exercise.name) for task in assignment.tasks}
    for given, cell in zip(assignment.cells, notebook.cells, strict=True):
        if given.role == "solution":
            cell.source = plain(record.sources.get(given.grade_id, ABSENT))
        elif given.role == "answer":
            answer = plain(record.answers.get(given.grade_id, ""))
            if answer.strip() not in ("", given.source.strip()):
                cell.source = as_typed(answer)
        elif given.role == "check":
            mark = checks.get(given.grade_id)
            cell.execution_count = 1
            cell.outputs = _outputs(mark)
    return notebook


def plain(text: str) -> str:
    r"""Text without anything that a file, a database or a terminal could trip over.

    >>> plain("a\x1b[31mb\x00\ud800\r\n")
    'a�[31mb��\n'
    """
    return _CONTROL.sub("�", text.replace("\r\n", "\n").replace("\r", "\n"))


def as_typed(text: str) -> str:
    """Markdown that shows a text as it was typed, in lines of readable length.

    >>> print(as_typed("<b> is $x$"))
    ```text
    <b> is $x$
    ```
    """
    longest = max((len(run) for run in _FENCES.findall(text)), default=2)
    fence = "`" * (longest + 1)
    lines = []
    for line in text.strip("\n").expandtabs(4).split("\n"):
        # textwrap takes the square of the time for a word or a gap without end.
        for start in range(0, max(len(line), 1), _AT_ONCE):
            part = line[start : start + _AT_ONCE]
            lines += textwrap.wrap(part, COLUMNS, replace_whitespace=False) or [""]
    return "\n".join([f"{fence}text", *lines, fence])


def message_text(mark: Mark) -> str:
    """The message of a mark, and its counterexample, in plain text."""
    width = max((len(label) for label, _ in mark.rows), default=0)
    margin = "\n" + " " * (width + 4)
    lines = [
        f"  {label:<{width}}  " + text.replace("\n", margin)
        for label, text in mark.rows
    ]
    return plain(
        "\n".join([f"{mark.exercise}: {mark.outcome}", message_of(mark), *lines])
    )


def message_html(mark: Mark) -> str:
    """The same as HTML, in which every character that came from outside is escaped."""
    rows = "".join(
        f"<tr><td style='text-align: left; vertical-align: top'>{_escaped(label)}</td>"
        "<td style='text-align: left; white-space: pre-wrap; font-family: monospace'>"
        f"{_escaped(text)}</td></tr>"
        for label, text in mark.rows
    )
    table = f"<table>{rows}</table>" if rows else ""
    title = _escaped(f"{mark.exercise}: {mark.outcome}")
    message = _escaped(message_of(mark)).replace("\n", "<br>")
    # The class keeps MathJax from reading dollar signs and backslashes as formulas.
    return (
        f"<div class='tex2jax_ignore mathjax_ignore'><strong>{title}</strong><br>"
        f"{message}{table}</div>"
    )


def _escaped(text: str) -> str:
    return html.escape(plain(text))


def _outputs(mark: Mark | None) -> list[NotebookNode]:
    """What stands behind a check: the message, then the points as nbgrader reads them.

    nbgrader gives full points to a check without a number behind it, so there is one
    always.
    """
    if mark is None:
        return [_result("0")]
    points = min(max(float(mark.points), 0.0), float(mark.possible))
    shown = {"text/plain": message_text(mark), "text/html": message_html(mark)}
    display = {"output_type": "display_data", "data": shown, "metadata": {}}
    return [from_dict(display), _result(f"{points:.12g}")]


def _result(number: str) -> NotebookNode:
    return from_dict(
        {
            "output_type": "execute_result",
            "data": {"text/plain": number},
            "execution_count": 1,
            "metadata": {},
        }
    )


def _empty(given: Given, name: str) -> NotebookNode:
    make = v4.new_code_cell if given.kind == "code" else v4.new_markdown_cell
    return make(given.source, id=name)


def _metadata(given: Given, points: dict[str, float]) -> dict:
    """Nbgrader's metadata of a cell, as its format 3 wants it."""
    graded = given.role in ("check", "answer")
    metadata = {
        "cell_type": given.kind,
        "grade": graded,
        "grade_id": given.grade_id,
        "locked": given.role in ("check", "text"),
        "schema_version": SCHEMA_VERSION,
        "solution": given.role in ("solution", "answer"),
        "task": False,
    }
    return metadata | ({"points": float(points[given.grade_id])} if graded else {})
