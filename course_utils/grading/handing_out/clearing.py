"""What nbgrader does to the instructor's notebook before students get it, our way.

These take the place of nbgrader's own steps of the same names in a course's
`nbgrader_config.py`, so that formgrader's Generate button gives the very notebook that
`course release` gives.
"""

from __future__ import annotations

from typing import Any

from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbgrader import preprocessors as steps
from nbgrader.converters import NbGraderException
from nbgrader.utils import is_solution

from course_utils.grading.placeholder import WRITE_HERE
from course_utils.notebooks.stubs import BEGIN, remove_solutions, split_mark_scheme


class ClearSolutions(steps.ClearSolutions):
    """As nbgrader's, but at the top of a cell a solution becomes ``name = None``.

    An error there, as nbgrader has it, would stop the notebook. An answer cell says
    where to write, whatever stands in it in `source`.
    """

    def _replace_solution_region(self, cell: NotebookNode, language: str) -> bool:
        if cell.cell_type != "code":
            answer = is_solution(cell)
            if answer:
                cell.source = WRITE_HERE
            return answer or super()._replace_solution_region(cell, language)
        if BEGIN not in cell.source:
            return False
        cell.source = remove_solutions(cell.source)
        return True


class ClearMarkScheme(steps.ClearMarkScheme):
    """As nbgrader's, but a mark scheme stands in the question and leaves no gap."""

    def _remove_mark_scheme_region(self, cell: NotebookNode) -> bool:
        if cell.cell_type == "markdown":
            cell.source, _ = split_mark_scheme(cell.source)
        return False


GENERATE = [
    steps.LockCells,
    ClearSolutions,
    steps.ClearOutput,
    steps.CheckCellMetadata,
    steps.ComputeChecksums,
    steps.SaveCells,
    ClearMarkScheme,
    steps.ComputeChecksums,
    steps.CheckCellMetadata,
]
"""The steps from `source` to `release`. SaveCells comes before ClearMarkScheme: so the
gradebook keeps the mark scheme for whoever marks."""


class NotHere(NotebookExporter):
    """In place of what nbgrader's own autograding would write with: it refuses."""

    def __init__(self, **kwargs: Any) -> None:
        """Stop before a submission is run or a mark is touched.

        Raises:
            NbGraderException: always.
        """
        raise NbGraderException(
            "submissions of this class are graded by `course grade`, behind a sandbox: "
            "nbgrader would run them with your rights. See nbgrader_config.py"
        )
