"""The exercises as pages: task and stub open; hints, solution, mark scheme folded."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Mapping
from typing import Any

from nbformat import NotebookNode

from course_utils.notebooks.errors import CourseError
from course_utils.notebooks.stubs import (
    BEGIN,
    END,
    remove_solutions,
    split_mark_scheme,
)
from course_utils.publishing.book.folds import fold
from course_utils.publishing.book.links import Links

HERE = (
    "*This page is for reading: hints, solutions and what an answer should hold are "
    "folded below each task. In the notebook the checks answer.*"
)
SOLUTION = "Our solution. Yours may look different and be as right."


def exercise_page(
    notebook: NotebookNode, name: str, exercises: Mapping[str, Any], links: Links
) -> str:
    """Return the exercises of a lesson as one page of Markdown.

    Args:
        notebook: the exercises with their solutions and mark schemes.
        name: the file that learners open, from the clone's top.
        exercises: by their names, for their hints.
        links: where its links lead.

    Raises:
        CourseError: a solution or a mark scheme cannot be cut out, or a function is
            solved that no exercise knows.
    """
    parts: list[str] = []
    waiting: list[str] = []  # folds that follow the check of what was solved
    for cell in notebook.cells:
        try:
            if cell.cell_type == "markdown":
                text, scheme = split_mark_scheme(links.rewrite(cell.source, name))
                parts += [text] if parts else _opening(text)
                if scheme:
                    parts.append(fold("What an answer should hold", scheme, "scheme"))
                continue
            parts.append(_code(remove_solutions(cell.source)))
        except ValueError as error:
            raise CourseError(f"{name}: {error}") from None
        if BEGIN in cell.source:
            waiting += _folds(cell.source, name, exercises)
        elif waiting:
            parts += waiting
            waiting = []
    return "\n\n".join([*parts, *waiting])


def _opening(text: str) -> list[str]:
    """The first cell, and below its title what is different here."""
    title, _, rest = text.partition("\n")
    return [title, HERE, rest.strip("\n")]


def load_exercises(slug: str) -> dict[str, Any]:
    """Return the exercises of a lesson by their names.

    Raises:
        CourseError: there is no such module of checks.
    """
    try:
        module = importlib.import_module(f"course_utils.checks.{slug}")
    except ModuleNotFoundError as error:
        raise CourseError(f"the checks of {slug} are missing: {error}") from None
    return {exercise.name: exercise for exercise in module.EXERCISES}


def _folds(source: str, name: str, exercises: Mapping[str, Any]) -> list[str]:
    """The hints and the solution of what a cell solves."""
    functions = [
        node.name
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef)
    ]
    asked = [function for function in functions if function in exercises]
    if not asked:
        raise CourseError(
            f"{name}: a cell solves {', '.join(functions) or 'no function'}; expected "
            f"one of {', '.join(exercises)}"
        )
    folded = []
    for function in asked:
        hints = exercises[function].hints
        for i, hint in enumerate(hints, 1):
            folded.append(fold(f"Hint {i} of {len(hints)}", hint, "hint"))
    solved = "\n".join(
        line for line in source.splitlines() if line.strip() not in (BEGIN, END)
    )
    folded.append(fold("Solution", f"{SOLUTION}\n\n{_code(solved)}", "solution"))
    return folded


def _code(source: str) -> str:
    return f"```python\n{source}\n```"
