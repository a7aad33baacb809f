"""A student's process: runs the cells, then answers calls until the line is closed.

Whatever is said here is said by the student, for all that the other side knows.
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from course_utils.checks import guard, memory
from course_utils.checks.result import Result, Status
from course_utils.grading.inside import cells, facade, preload
from course_utils.grading.inside.alarm import Alarm
from course_utils.grading.inside.capture import Screen
from course_utils.grading.inside.plain import Plain, WireError
from course_utils.grading.inside.stubs import Line
from course_utils.grading.inside.values import Keeper, Shower, TooLarge
from course_utils.grading.inside.weight import heaviest
from course_utils.grading.inside.wire import Channel

MUCH = "Your function returned far more than was asked for."
_MODULE = re.compile(r"\w+\.py")


class Student:
    """One student's process.

    Args:
        channel: to the trusted side.
    """

    def __init__(self, channel: Channel) -> None:
        """Begin before the first message."""
        self._channel, self._alarm = channel, Alarm()
        self._line = Line(channel, self._alarm, Keeper())

    def answer(self, message: dict[str, Plain]) -> dict[str, Plain]:
        """What to say to a message."""
        return getattr(self, "_" + message["do"])(message)

    def _begin(self, message: dict[str, Plain]) -> dict[str, Plain]:
        for name, source in message["modules"].items():
            if _MODULE.fullmatch(name):
                Path(name).write_bytes(source)
        sys.path.insert(0, os.getcwd())
        facade.install(tuple(message["facades"]))
        cells.without_keyboard()
        sys.stdout = sys.stderr = Screen()
        guard.TIME_LIMIT = message["call_seconds"]
        guard.time_limit = self._alarm.limit
        cells.shell()
        return {"is": "ready"}

    def _cell(self, message: dict[str, Plain]) -> dict[str, Plain]:
        ran = cells.run(
            message["source"], message["seconds"], self._alarm, message["keep"]
        )
        return {
            "is": "ran",
            "error": ran.error,
            "too_long": ran.too_long,
            "printed": ran.printed,
            "defined": list(ran.defined)[:1000],
        }

    def _find(self, message: dict[str, Plain]) -> dict[str, Plain]:
        return {"is": "found", "found": cells.function(message["name"]) is not None}

    def _call(self, message: dict[str, Plain]) -> dict[str, Plain]:
        fn = cells.function(message["name"])
        args = self._line.restored(tuple(message["args"]))
        self._line.open = True
        try:
            reply = _told(message["how"], fn, args, message, self._line.keeper)
            heaviest(reply)
            return reply
        except guard.Stopped as stopped:
            return _stopped(stopped.result)
        except TooLarge as error:
            return _stopped(Result(Status.CRASHED, str(error)))
        except WireError:
            return _stopped(Result(Status.CRASHED, MUCH))
        except BaseException as error:
            return _stopped(Result(Status.CRASHED, cells.in_words(error)))
        finally:
            self._line.open = False


def _told(
    how: str, fn: object, args: tuple, message: dict[str, Plain], keeper: Keeper
) -> dict[str, Plain]:
    """Call in one of three ways, and say what came of it."""
    names = tuple(message["names"])
    show = Shower(keeper).show
    if how == "peak":
        return {"is": "peak", "bytes": memory.peak(fn, args, names)}
    if how == "lend":
        from course_utils.checks import _transfer_seen

        loan, n_layers = args
        outcome, seen = _transfer_seen.lend(
            fn, _transfer_seen.Loan(**loan), n_layers, names
        )
        more = {"seen": show(vars(seen))}
    else:
        outcome, more = guard.call(fn, args, names), {}
    return {
        "is": "outcome",
        "value": show(outcome.value),
        "printed": outcome.printed,
        "changed": list(outcome.changed),
        **more,
    }


def _stopped(result: Result) -> dict[str, Plain]:
    return {
        "is": "stopped",
        "status": str(result.status),
        "message": result.message[:2000],
        "line": [result.line[0], result.line[1][:500]] if result.line else None,
        "printed": result.printed[:2000],
    }


def serve(sock: socket.socket) -> None:
    """Answer whoever sits at the other end of a socket, until they hang up.

    The working folder must be private and writable: the student's own modules go there.
    """
    channel = Channel(sock)
    student = Student(channel)
    with contextlib.suppress(EOFError, WireError, TimeoutError, OSError):
        channel.send({"is": "here"})
        while True:
            channel.send(student.answer(channel.receive()))


def main(arguments: Sequence[str]) -> None:
    """Serve in a process of its own.

    Args:
        arguments: the number of an inherited descriptor, and a kind as in `preload`.
    """
    descriptor, kind = arguments
    preload.load(kind, plots=False)
    serve(socket.socket(fileno=int(descriptor)))


if __name__ == "__main__":
    main(sys.argv[1:])
