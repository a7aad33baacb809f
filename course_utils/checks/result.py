"""What a check says: a status, a sentence, and at most one small counterexample."""

from __future__ import annotations

import html
from dataclasses import dataclass
from enum import StrEnum

import numpy as np


class Status(StrEnum):
    """The four things a check can find."""

    CORRECT = "correct"
    INCORRECT = "incorrect"
    NOT_ATTEMPTED = "not attempted"
    CRASHED = "crashed"


# One symbol and one mid-tone colour a status: the border carries the colour, the text
# keeps the notebook's own, so both light and dark themes stay readable.
_SYMBOLS = {
    Status.CORRECT: ("✓", "#2a9d5c"),
    Status.INCORRECT: ("✗", "#d1495b"),
    Status.NOT_ATTEMPTED: ("○", "#8d99ae"),
    Status.CRASHED: ("⚡", "#c77d0a"),
}


def describe(value: object, digits: int = 4, depth: int = 4) -> str:
    """Write a value for a reader: few digits, functions by name, strangers by type.

    Args:
        value: anything at all.
        digits: significant digits of a float.
        depth: how far to look into lists and dicts.

    Example:
        >>> describe(np.array([1 / 3, 2.0]))
        '[0.3333, 2]'
        >>> describe(np.square), describe("a word"), describe(object())
        ('square', "'a word'", 'a value of type object')
    """
    if value is None or isinstance(value, (bool, np.bool_)):
        return str(value)
    if isinstance(value, str):
        return repr(str(value) if len(value) <= 40 else value[:37] + "...")
    if isinstance(value, (int, np.integer)):
        return str(value) if abs(value) < 10**15 else "a huge integer"
    if isinstance(value, (float, np.floating)):
        return f"{value:.{digits}g}"
    if callable(value) and hasattr(value, "__name__"):
        return str(value.__name__)
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        if value.size <= 24 and max(value.shape, default=0) <= 24:
            return describe(value.tolist(), digits)
        return f"an array of shape {value.shape}"
    if isinstance(value, (dict, list, tuple)) and depth and len(value) <= 24:
        parts = [describe(item, digits, depth - 1) for item in value]
        if isinstance(value, dict):
            values = (describe(v, digits, depth - 1) for v in value.values())
            pairs = zip(parts, values, strict=True)
            return "{" + ", ".join(f"{k}: {v}" for k, v in pairs) + "}"
        return "[" + ", ".join(parts) + "]"
    return f"a value of type {type(value).__name__}"


@dataclass(frozen=True)
class Counterexample:
    """One case that a wrong function gets wrong.

    Attributes:
        given: the arguments' names and values, as written for a reader.
        returned: what the function gave back, as written for a reader.
        broken: the property that this breaks, as a sentence.
    """

    given: tuple[tuple[str, str], ...]
    returned: str
    broken: str

    def rows(self) -> list[tuple[str, str]]:
        """The lines to show, as (label, text)."""
        rows = [("with", f"{name} = {value}") for name, value in self.given]
        return [*rows, ("you returned", self.returned), ("but", self.broken)]


@dataclass(frozen=True)
class Result:
    """What a check found. Compares equal when it says the same.

    Attributes:
        status: correct, incorrect, not attempted or crashed.
        message: what to know, in plain words.
        counterexample: one case that goes wrong, or None.
        line: where the learner's function raised: (line number in its cell, code).
        printed: what the function printed on that case, shortened.
        exercise: the name of the function asked for.
    """

    status: Status
    message: str
    counterexample: Counterexample | None = None
    line: tuple[int, str] | None = None
    printed: str = ""
    exercise: str = ""

    @property
    def correct(self) -> bool:
        """Whether the answer is right."""
        return self.status is Status.CORRECT

    def _title(self) -> str:
        return f"{self.exercise}: {self.status}" if self.exercise else str(self.status)

    def rows(self) -> list[tuple[str, str]]:
        """The lines below the message, as (label, text)."""
        rows = self.counterexample.rows() if self.counterexample else []
        if self.line:
            number, code = self.line
            where = f"line {number} of its cell" if number else "the function"
            rows.append(("raised in", f"{where}:  {code}" if code else where))
        if self.printed:
            rows.append(("it printed", self.printed))
        return rows

    def __str__(self) -> str:
        """The result in plain text."""
        rows = self.rows()
        width = max((len(label) for label, _ in rows), default=0)
        margin = "\n" + " " * (width + 4)
        lines = [
            f"  {label:<{width}}  " + text.replace("\n", margin) for label, text in rows
        ]
        return "\n".join([self._title(), self.message, *lines])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        symbol, colour = _SYMBOLS[self.status]
        rows = "".join(
            "<tr style='background: none'>"
            f"<td style='text-align: left; opacity: 0.75; vertical-align: top'>"
            f"{html.escape(label)}</td><td style='text-align: left; white-space: "
            f"pre-wrap; font-family: monospace'>{html.escape(text)}</td></tr>"
            for label, text in self.rows()
        )
        table = f"<table style='margin: 0.4em 0 0 0'>{rows}</table>" if rows else ""
        message = html.escape(self.message).replace("\n", "<br>")
        return (
            f"<div style='border-left: 0.4em solid {colour}; padding: 0.3em 0.8em'>"
            f"<strong><span aria-hidden='true'>{symbol}</span> "
            f"{html.escape(self._title())}</strong><br>{message}{table}</div>"
        )
