"""Which cell of a student's notebook is which of those that were handed out.

A solution is looked for by its grade id, then by the function that a cell defines, then
by likeness to what was handed out; an answer by its grade id, then by its place behind
its question. What a cell defines is read off its lines and not parsed: a stranger's
text has no business in a parser on this side, and a cell with an error is matched too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from course_utils.grading.assignments import Assignment, Question, Task
from course_utils.grading.handing_in.answers import find_answer
from course_utils.grading.handing_in.cell_lines import (
    IMPORT,
    alike,
    all_code,
    imported,
    names_defined,
    plain,
    unfenced,
)
from course_utils.grading.handing_in.handed_in import Remarks
from course_utils.grading.handing_in.notebook_cells import Cell

_ALIKE = 0.5


@dataclass
class Matched:
    """A notebook, read with the assignment beside it.

    Attributes:
        cells: the code to run, in the student's order.
        sources: the source of each solution cell, by its grade id.
        answers: the text of each answer cell, by its grade id.
        written: how many of those differ from what was handed out.
    """

    cells: list[str] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    written: int = 0


def match(cells: list[Cell], assignment: Assignment, remarks: Remarks) -> Matched:
    """Find what was asked for in a notebook, and the code to run.

    Args:
        cells: as the student left them.
        assignment: what was handed out.
        remarks: where to say what had to be mended.
    """
    return _Matching(cells, assignment, remarks).all()


class _Matching:
    def __init__(
        self, cells: list[Cell], assignment: Assignment, remarks: Remarks
    ) -> None:
        self.cells, self.assignment, self.remarks = list(cells), assignment, remarks
        self.given = {
            given.grade_id: given for given in assignment.cells if given.grade_id
        }
        self.answers = {question.answer for question in assignment.questions}
        self.result = Matched()
        self.prose: set[int] = set()  # answers in code cells, which are not run
        self.taken: set[int] = set()
        self.unlabelled: list[str] = []

    def all(self) -> Matched:
        for task in self.assignment.tasks:
            self.solution(task)
        if self.unlabelled:
            self.remarks.note(
                f"The label of the cell for {', '.join(self.unlabelled)} is gone; it "
                "was found by the function in it."
            )
        for question in self.assignment.questions:
            self.answer(question)
        self.order()
        self.missing()
        code = [
            cell.source
            for i, cell in enumerate(self.cells)
            if cell.kind == "code" and i not in self.prose and cell.source.strip()
        ]
        self.result.cells = self.imports(code) + code
        return self.result

    def with_id(self, grade_id: str) -> list[int]:
        return [i for i, cell in enumerate(self.cells) if cell.grade_id == grade_id]

    def released(self, grade_id: str) -> str:
        given = self.given.get(grade_id)
        return given.source if given else ""

    def solution(self, task: Task) -> None:
        """Find the cell with a solution, and turn it back into code if need be."""
        name = task.exercise.name
        marked = self.with_id(task.solution)
        for i in marked:
            self.as_code(i, name)
        defining = self.defining(name)
        chosen = defining or marked
        if not chosen:
            chosen = self.similar(task)
            if not chosen:
                self.remarks.note(f"No cell defines `{name}`. Was its cell deleted?")
                self.remarks.flag(f"No cell for `{name}` was found.")
                return
            self.remarks.note(
                f"The cell for `{name}` was recognised by its text: its label is "
                "gone, and the function has another name."
            )
            self.remarks.flag(f"The cell for `{name}` was recognised by its text only.")
        elif not marked:
            self.unlabelled.append(f"`{name}`")
        if len(defining) > 1:
            self.remarks.note(
                f"`{name}` is defined in {len(defining)} cells. As always in Python, "
                "the last one counts."
            )
        elif len(marked) > 1:
            self.remarks.note(
                f"The cell for `{name}` is there {len(marked)} times; all were run."
            )
        elif defining and marked and defining != marked:
            self.remarks.note(
                f"`{name}` is defined in another cell than the one handed out for it; "
                "that is where it was read."
            )
        source = self.cells[chosen[-1]].source
        self.taken.update(chosen)
        self.result.sources[task.solution] = source
        self.result.written += plain(source) != plain(self.released(task.solution))

    def defining(self, name: str) -> list[int]:
        """The cells that define a function: code, or where there is none, text."""
        found = [
            i
            for i, cell in enumerate(self.cells)
            if name in names_defined(unfenced(cell.source))
            and cell.grade_id not in self.answers
        ]
        code = [i for i in found if self.cells[i].kind == "code"]
        if code:
            return code
        texts = [i for i in found if all_code(self.cells[i].source)]
        for i in texts:
            self.as_code(i, name)
        return texts

    def as_code(self, i: int, name: str) -> None:
        """Turn a cell that became text back into code."""
        cell = self.cells[i]
        if cell.kind != "code":
            self.cells[i] = replace(cell, kind="code", source=unfenced(cell.source))
            self.remarks.note(
                f"The cell for `{name}` had been turned into text; it was run as code."
            )

    def similar(self, task: Task) -> list[int]:
        """The code cell most like the one handed out, if it is like it at all."""
        stub = self.released(task.solution)
        best = max(
            (
                (alike(cell.source, stub), i)
                for i, cell in enumerate(self.cells)
                if cell.kind == "code"
                and i not in self.taken
                and cell.grade_id not in self.given
            ),
            default=(0.0, 0),
        )
        return [best[1]] if best[0] >= _ALIKE else []

    def answer(self, question: Question) -> None:
        """Take over the text that answers a question."""
        text, written, in_code = find_answer(
            self.cells, question.answer, self.assignment, self.remarks
        )
        self.prose.update(in_code)
        self.result.written += written
        if text is not None:
            self.result.answers[question.answer] = text

    def order(self) -> None:
        """Say so where cells are in another order than they were handed out in."""
        place = {grade_id: n for n, grade_id in enumerate(self.given)}
        order = [place[c.grade_id] for c in self.cells if c.grade_id in place]
        if list(dict.fromkeys(order)) != sorted(set(order)):
            self.remarks.note(
                "Some cells stand in another order than they were handed out in; they "
                "were run in yours."
            )

    def missing(self) -> None:
        """Say how many of the other cells are gone."""
        asked = {*self.result.sources, *self.result.answers}
        asked |= {task.solution for task in self.assignment.tasks}
        asked |= {question.answer for question in self.assignment.questions}
        there = {cell.grade_id for cell in self.cells}
        texts = {plain(cell.source) for cell in self.cells}
        gone = [
            grade_id
            for grade_id, given in self.given.items()
            if grade_id not in asked | there and plain(given.source) not in texts
        ]
        if gone:
            self.remarks.note(
                f"{len(gone)} of the other cells that were handed out "
                f"{'is' if len(gone) == 1 else 'are'} missing. That costs nothing."
            )

    def imports(self, code: Iterable[str]) -> list[str]:
        """The imports that were handed out and are gone, to be run first."""
        there = {name for source in code for name in imported(source)}
        lost = [
            line
            for given in self.assignment.cells
            if given.kind == "code" and given.role == "text"
            for line in IMPORT.findall(given.source)
            if not set(imported(line)) <= there
        ]
        if not lost:
            return []
        self.remarks.note(
            "Imports that were handed out are missing; they were put back: "
            + "; ".join(lost)
        )
        return ["\n".join(lost)]
