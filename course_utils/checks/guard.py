"""Calling a stranger's function: safely, on copies, with every mishap put in words.

`call` runs a learner's function and either returns an `Outcome` or raises `Stopped`
with the `Result` to show. What it guards against: changed inputs (the function gets
copies), prints (captured), warnings (silenced: results are what is judged), exceptions
of every kind including `SystemExit`, and loops that never end, within limits: after
`TIME_LIMIT` seconds an exception is thrown into the function. That reaches Python code
only; a single endless call into compiled code needs the notebook's stop button. A
`KeyboardInterrupt` always passes through. None of this holds back hostile code: where
that matters, the function lives elsewhere, and `Remote` stands for it here.
"""

from __future__ import annotations

import ast
import contextlib
import copy
import ctypes
import dis
import inspect
import io
import linecache
import textwrap
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from types import FunctionType

import numpy as np

from course_utils.checks.result import Result, Status, describe

TIME_LIMIT = 10.0
_TRIVIAL = {"RESUME", "NOP", "LOAD_CONST", "POP_TOP", "RETURN_VALUE", "RETURN_CONST"}
_STUB = _TRIVIAL | {"LOAD_GLOBAL", "PUSH_NULL", "PRECALL", "CALL", "RAISE_VARARGS"}
RETURNED_NONE = "Your function returned None. Is `return` missing?"


class Stopped(Exception):
    """Judging ends here, with this result."""

    def __init__(self, result: Result) -> None:
        """Carry the result past everything that would still have been judged."""
        super().__init__(str(result))
        self.result = result


@contextlib.contextmanager
def adding(advice: str, where: str = "") -> Iterator[None]:
    """Add advice to what is said of a function that raises here.

    Args:
        advice: a sentence or two.
        where: add it only where the message has these words.
    """
    try:
        yield
    except Stopped as stopped:
        result = stopped.result
        if result.status is Status.CRASHED and where in result.message:
            message = f"{result.message}\n{advice}"
            raise Stopped(replace(result, message=message)) from None
        raise


class TooLong(BaseException):
    """Thrown into a function that has run for longer than `TIME_LIMIT`."""


@dataclass(frozen=True)
class Outcome:
    """What one call gave.

    Attributes:
        value: the value returned.
        printed: what was printed meanwhile, shortened.
        changed: the positions of the arguments that the function altered.
    """

    value: object
    printed: str
    changed: tuple[int, ...]


class Remote:
    """A function that lives elsewhere: it cannot be called here, only asked.

    A check hands it to `call` like any other, and must not call it itself.
    """

    def __call__(self, *args: object) -> object:
        """Refuse: only `call` knows how to ask."""
        raise TypeError(f"{type(self).__name__} must be called through guard.call")

    def guarded_call(self, args: tuple, names: tuple[str, ...]) -> Outcome:
        """What `call` is to give; it may raise `Stopped`, too."""
        raise NotImplementedError

    def peak(self, args: tuple, names: tuple[str, ...]) -> int:
        """What `memory.peak` is to give."""
        raise NotImplementedError

    def lend(self, loan: object, n_layers: int, names: tuple[str, ...]) -> tuple:
        """What `_transfer_seen.lend` is to give."""
        raise NotImplementedError


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Throw `TooLong` into the running thread once `seconds` have passed.

    Works on every platform and in any thread of CPython; where there are no threads
    or no CPython, it does nothing. It throws once at most: were it to throw again, it
    could hit its own clearing up. So a loop around a bare `except:` outlives it.
    """
    target, finished, lock = threading.get_ident(), threading.Event(), threading.Lock()
    thrown = False

    def watch() -> None:
        nonlocal thrown
        if finished.wait(seconds):
            return
        with lock:
            if not finished.is_set():
                thrown = True
                ctypes.pythonapi.PyThreadState_SetAsyncExc(
                    ctypes.c_ulong(target), ctypes.py_object(TooLong)
                )

    try:
        if hasattr(ctypes, "pythonapi"):
            with contextlib.suppress(RuntimeError):
                threading.Thread(target=watch, daemon=True).start()
        yield
    finally:
        with lock:
            finished.set()
        for _ in range(1000 if thrown else 0):
            pass  # an exception already on its way arrives here, inside the guard


def call(fn: Callable, args: tuple, names: tuple[str, ...] = ()) -> Outcome:
    """Call `fn(*args)` on copies of `args`.

    Args:
        fn: the learner's function.
        args: the arguments; they stay as they are whatever `fn` does.
        names: the arguments' names, for messages.

    Raises:
        Stopped: the function was not written yet, cannot take these arguments, or
            raised.
    """
    if isinstance(fn, Remote):
        return fn.guarded_call(args, names)
    _check_signature(fn, args, names)
    given, screen, error, value = copy.deepcopy(args), io.StringIO(), None, None
    try:
        with (
            contextlib.redirect_stdout(screen),
            contextlib.redirect_stderr(screen),
            warnings.catch_warnings(),
            np.errstate(),
            time_limit(TIME_LIMIT),
        ):
            warnings.simplefilter("ignore")
            value = fn(*given)
    except KeyboardInterrupt:
        raise
    except BaseException as caught:
        error = caught
    printed = "" if screen.closed else _shorten(screen.getvalue())
    if error is not None:
        raise Stopped(_explain(error, fn, printed)) from None
    if value is Ellipsis or value is NotImplemented or (value is None and empty(fn)):
        raise Stopped(not_attempted())
    pairs = enumerate(zip(args, given, strict=True))
    return Outcome(value, printed, tuple(i for i, (a, b) in pairs if not _same(a, b)))


def not_attempted() -> Result:
    """The result for a function that is still the stub."""
    return Result(
        Status.NOT_ATTEMPTED,
        "The function is still empty. Write it, run its cell, then run this one again.",
    )


def empty(fn: Callable) -> bool:
    """Whether a function's body does nothing at all: `pass`, `...`, a docstring.

    A lone value (`0.25` without its `return`) leaves no trace in the byte code, so
    the source decides where it is at hand.
    """
    if not _only(fn, _TRIVIAL):
        return False
    try:
        first, *rest = ast.parse(textwrap.dedent(inspect.getsource(fn))).body[0].body
    except Exception:  # a lambda, or no source
        return True
    body = rest if _is_constant(first, str) else [first, *rest]
    return all(isinstance(s, ast.Pass) or _is_constant(s, type(...)) for s in body)


def _is_constant(statement: ast.stmt, kind: type) -> bool:
    value = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, kind)


def _only(fn: Callable, operations: set[str]) -> bool:
    """Whether a function written in Python consists of these operations."""
    code = getattr(fn, "__code__", None)
    return code is not None and all(
        instruction.opname in operations for instruction in dis.get_instructions(code)
    )


def _check_signature(fn: Callable, args: tuple, names: tuple[str, ...]) -> None:
    if _plainly_takes(fn, len(args)):
        return
    try:
        signature = inspect.signature(fn)
    except (TypeError, ValueError):  # some built-in functions tell nothing
        return
    try:
        signature.bind(*args)
    except TypeError:
        wanted = f"({', '.join(names)})" if names else f"{len(args)} arguments"
        raise Stopped(
            Result(
                Status.CRASHED,
                f"The check calls your function with {wanted}, but it is written to "
                f"take {signature}. Keep the first line as the exercise gave it.",
            )
        ) from None


def _plainly_takes(fn: Callable, count: int) -> bool:
    """Whether a function takes so many arguments, where that is seen at a glance."""
    if type(fn) is not FunctionType or fn.__dict__:
        return False
    code = fn.__code__
    return count == code.co_argcount and not code.co_kwonlyargcount


def _same(before: object, after: object) -> bool:
    if isinstance(before, np.ndarray):
        equal_nan = before.dtype.kind == "f"
        return np.array_equal(before, after, equal_nan=equal_nan)
    return callable(before) or describe(before, 17) == describe(after, 17)


def _shorten(text: str, lines: int = 6, width: int = 80) -> str:
    rows = text.strip().splitlines()
    short = [row if len(row) <= width else row[: width - 3] + "..." for row in rows]
    more = [f"... and {len(rows) - lines} more lines"] if len(rows) > lines else []
    return "\n".join(short[:lines] + more)


def _explain(error: BaseException, fn: Callable, printed: str) -> Result:
    """Turn what a learner's function raised into a result."""
    if isinstance(error, NotImplementedError):
        if _only(fn, _STUB):
            return not_attempted()
        message = "The line that raises NotImplementedError is still there: remove it."
        return Result(Status.NOT_ATTEMPTED, message, line=_line(error, fn))
    if isinstance(error, TooLong):
        message = (
            f"Your function ran for more than {TIME_LIMIT:g} seconds and was stopped. "
            "Is there a loop that never ends?"
        )
    elif isinstance(error, RecursionError):
        message = "Your function calls itself without end."
    elif isinstance(error, SystemExit):
        message = (
            "Your function tried to end Python (exit or sys.exit). Return instead."
        )
    else:
        try:
            text = str(error)
        except Exception:
            text = ""
        message = f"{type(error).__name__}: {_shorten(text, 3, 200)}".rstrip(": ")
        if isinstance(error, NameError):
            message += "\nIs it spelled right, and did you run the cells above?"
    return Result(Status.CRASHED, message, line=_line(error, fn), printed=printed)


def _line(error: BaseException, fn: Callable) -> tuple[int, str] | None:
    """The last line of the learner's own code in the traceback, and its number."""
    world = getattr(inspect.unwrap(fn), "__globals__", None)
    frames = [
        (frame, number)
        for frame, number in traceback.walk_tb(error.__traceback__)
        if frame.f_globals is world
    ]
    if not frames:
        return None
    frame, number = frames[-1]
    code = linecache.getline(frame.f_code.co_filename, number, frame.f_globals)
    return number, code.strip()
