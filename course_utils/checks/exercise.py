"""An exercise: a check that answers at once, hints, and the solution."""

from __future__ import annotations

import ast
import os
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from course_utils.checks.guard import Stopped, not_attempted
from course_utils.checks.result import Result, Status, describe

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
VALIDATING = "NBGRADER_VALIDATING"
SOURCES = Path(__file__).resolve().parents[2] / "notebooks" / "text" / "exercises"


class Note(str):
    """Text that a notebook shows as Markdown and a console as it is."""

    def __repr__(self) -> str:
        """The text itself, without quotation marks."""
        return str(self)

    def _repr_markdown_(self) -> str:
        return str(self)


@dataclass(frozen=True)
class Exercise:
    """A function for the learner to write.

    Attributes:
        name: of the function.
        slug: of the lesson, which names the file that holds the solution.
        judging: `judging(fn, rng) -> Result`, drawing its inputs from `rng`; may raise
            `guard.Stopped`.
        hints: from a nudge to nearly there.
        points: what a right answer earns where it is graded.
        forbidden: dotted names that graded code may not use, such as the course's own
            function that is the answer; a module's name forbids all that is in it.
        all_rounds: whether points are earned only by being right in every round: for
            answers with so few choices that guessing gets some right.
    """

    name: str
    slug: str
    judging: Callable[[Callable, np.random.Generator], Result]
    hints: tuple[str, ...] = ()
    points: float = 4.0
    forbidden: tuple[str, ...] = ()
    all_rounds: bool = False

    def judge(self, fn: Callable, rng: np.random.Generator, rounds: int = 1) -> Result:
        """Judge `fn` on inputs drawn from `rng`, up to the first round that goes wrong.

        Args:
            fn: the learner's function; anything else gets a sentence that says so.
            rng: where the inputs come from.
            rounds: how often to draw; at least 1.

        Raises:
            ValueError: `rounds` is below 1.
        """
        if rounds < 1:
            raise ValueError(f"rounds must be >= 1, got {rounds}")
        if fn is None or fn is Ellipsis:
            return replace(not_attempted(), exercise=self.name)
        if not callable(fn):
            return Result(
                Status.NOT_ATTEMPTED,
                f"The check needs the function itself, and got {describe(fn)}. Write "
                f".check({self.name}), with nothing after the name.",
                exercise=self.name,
            )
        for _ in range(rounds):
            try:
                result = self.judging(fn, rng)
            except Stopped as stopped:
                result = stopped.result
            if not result.correct:
                break
        return replace(result, exercise=self.name)

    def check(self, fn: Callable) -> Result:
        """Judge `fn` on the same inputs every time; a notebook shows the result.

        Raises:
            AssertionError: the result is not right, and nbgrader is validating the
                notebook: it counts a check as failed only where one raises.
        """
        result = self.judge(fn, np.random.default_rng(0))
        if VALIDATING in os.environ and not result.correct:
            raise AssertionError(str(result))
        return result

    def hint(self, number: int = 1) -> Note:
        """Show a hint, the first being number 1."""
        count = len(self.hints)
        if not isinstance(number, int) or number < 1:
            return Note(f"Hints are numbered from 1 to {count}: try .hint(1).")
        if number > count:
            has = {0: "no hint", 1: "1 hint"}.get(count, f"{count} hints")
            return Note(
                f"This exercise has {has}, and this asks for number {number}. "
                "What is left is .solution()."
            )
        return Note(f"**Hint {number} of {count}.** {self.hints[number - 1]}")

    def solution(self) -> Note:
        """Show the reference solution: the very code that the tests run."""
        source = read_solution(self.name, self.slug)
        if source is None:
            return Note(
                f"The solution of {self.name} is not at hand: solutions live in the "
                "course's repository, in notebooks/text/exercises, and this copy of "
                "course_utils stands outside it."
            )
        return Note(f"```python\n{source}\n```")


def read_solution(name: str, slug: str, folder: Path | None = None) -> str | None:
    """The first line of a function and what stands between its solution marks.

    Args:
        name: of the function.
        slug: of the lesson.
        folder: where the solved sources are; the repository's own by default.

    Returns:
        Python source, or None when there is no such file or function.
    """
    files = sorted((folder or SOURCES).glob(f"[0-9][0-9]_{slug}.py"))
    if not files:
        return None
    text = files[0].read_text(encoding="utf-8")
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            lines = text.splitlines()
            head = lines[node.lineno - 1 : node.body[0].lineno - 1]
            marked, inside = [], False
            for line in lines[node.lineno - 1 : node.end_lineno + 1]:
                if line.strip() in (BEGIN, END):
                    inside = line.strip() == BEGIN
                elif inside:
                    marked.append(line)
            return textwrap.dedent("\n".join(head + marked))
    return None
