"""What was handed out: an assignment's exercises, questions and cells.

Everything is read from the instructor's notebook in `source`, which `release` wrote:
its cells carry nbgrader's metadata, and the notebook's own metadata says, under
``course_utils``, where the checks are.
"""

from __future__ import annotations

from dataclasses import dataclass

from course_utils.checks.exercise import Exercise


@dataclass(frozen=True)
class Task:
    """One exercise of an assignment.

    Attributes:
        exercise: its check, with name, points and what it forbids.
        solution: the grade id of the cell in which the function is written.
        check: the grade id of the cell that earns the points.
    """

    exercise: Exercise
    solution: str
    check: str


@dataclass(frozen=True)
class Question:
    """An open question, marked by a human.

    Attributes:
        answer: the grade id of the cell for the answer.
        points: the most there is to earn.
        rubric: what earns them, for the teacher.
    """

    answer: str
    points: float
    rubric: str


@dataclass(frozen=True)
class Given:
    """A cell as it was handed out.

    Attributes:
        grade_id: nbgrader's name for it; empty where it has none.
        kind: "code" or "markdown".
        role: "solution", "check", "answer", or "text" for all that is only read or run.
        source: what a student got.
    """

    grade_id: str
    kind: str
    role: str
    source: str


@dataclass(frozen=True)
class Assignment:
    """What was handed out.

    Attributes:
        name: of the folder and the notebook, for example ``07_optimizers``.
        tasks: the exercises, in their order.
        questions: the open questions, in their order.
        cells: all cells of the released notebook.
        tensorflow: whether submissions may need TensorFlow.
        digest: SHA-256 of the instructor's notebook and its checks, in hexadecimal.
    """

    name: str
    tasks: tuple[Task, ...]
    questions: tuple[Question, ...]
    cells: tuple[Given, ...]
    tensorflow: bool
    digest: str
