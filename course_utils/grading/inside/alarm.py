"""A time limit that can wait while a message is on its way.

Signals reach the main thread wherever it is, also while it sleeps, and raise the
exception there; but were a message cut in two, nothing after it could be understood.
So whoever sends or receives keeps the alarm back until that is done. The student's code
can take the alarm away: then the limit of the trusted side acts, and ends the process.
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator

from course_utils.checks import guard

_BY_THREAD = guard.time_limit  # where there are no such signals


class Alarm:
    """Raises an exception in the main thread when time is up."""

    def __init__(self) -> None:
        """Begin without a limit."""
        self._armed = self._kept_back = self._due = False

    @contextlib.contextmanager
    def limit(self, seconds: float) -> Iterator[None]:
        """Raise `guard.TooLong` in the main thread after so many seconds, once."""
        if not hasattr(signal, "setitimer"):
            with _BY_THREAD(seconds):
                yield
            return
        self._due, self._armed = False, True
        signal.signal(signal.SIGALRM, self._ring)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            yield
        finally:
            self._armed = False
            signal.setitimer(signal.ITIMER_REAL, 0)

    @contextlib.contextmanager
    def kept_back(self) -> Iterator[None]:
        """Let nothing be raised in here; if it was due, it is raised afterwards."""
        self._kept_back = True
        try:
            yield
        finally:
            self._kept_back = False
            if self._due:
                self._due = False
                self._ring()

    def _ring(self, *_: object) -> None:
        if not self._armed:
            return
        if self._kept_back:
            self._due = True
            return
        self._armed = False
        raise guard.TooLong
