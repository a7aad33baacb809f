"""Running a student's cells, one after the other, whatever each of them does."""

from __future__ import annotations

import builtins
import getpass
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from course_utils.checks import guard
from course_utils.grading.inside.alarm import Alarm
from course_utils.grading.inside.capture import captured
from course_utils.grading.inside.quiet_shell import QuietShell, make

TOO_LONG = "It ran for more than {seconds:g} seconds and was stopped."


@cache
def shell() -> QuietShell:
    """The shell in which cells run, made on the first call."""
    return make()


@dataclass(frozen=True)
class Ran:
    """How a cell ended.

    Attributes:
        error: what was raised, in a line; empty where nothing was.
        too_long: whether it was stopped for its time.
        printed: what it printed, up to a point.
        defined: the names of the functions that it defined.
    """

    error: str
    too_long: bool
    printed: str
    defined: tuple[str, ...]


def run(source: str, seconds: float, alarm: Alarm, keep: Iterable[str] = ()) -> Ran:
    """Run a cell.

    Args:
        source: of the cell, as a notebook has it.
        seconds: it may take.
        alarm: which sees to that.
        keep: names that keep the value they have, if they have one: what later cells
            made of them counts, where an earlier one is run once more.
    """
    names = shell().user_ns
    kept = {name: names[name] for name in keep if name in names}
    before = {name: id(thing) for name, thing in names.items()}
    error: BaseException | None = None
    with captured() as screen:
        try:
            with alarm.limit(seconds):
                result = shell().run_cell(source, silent=True)
            error = result.error_before_exec or result.error_in_exec
        except BaseException as caught:
            error = caught
    names.update(kept)
    _close_figures()
    defined = [
        name
        for name, thing in list(names.items())
        if isinstance(name, str)
        and before.get(name) != id(thing)
        and getattr(thing, "__code__", None) is not None
        and getattr(thing, "__globals__", None) is names
    ]
    too_long = isinstance(error, guard.TooLong)
    text = TOO_LONG.format(seconds=seconds) if too_long else in_words(error)
    return Ran(text, too_long, screen.text, tuple(defined))


def function(name: str) -> object:
    """What the cells define under a name, if it can be called; None otherwise."""
    thing = shell().user_ns.get(name)
    return thing if callable(thing) else None


def in_words(error: BaseException | None, most: int = 300) -> str:
    """An exception in a line or two; empty for None."""
    if error is None:
        return ""
    try:
        text = str(error)
    except BaseException:
        text = ""
    return f"{type(error).__name__}: {text[:most]}".rstrip(": ")


def without_keyboard() -> None:
    """Let `input()` and its like fail with a sentence, instead of waiting."""

    def refuse(prompt: object = "", *args: object, **options: object) -> str:
        raise EOFError("input() has nobody to ask while your work is graded")

    builtins.input = getpass.getpass = refuse


def _close_figures() -> None:
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        try:
            pyplot.close("all")
        except BaseException:
            return
