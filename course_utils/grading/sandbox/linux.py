"""What the tiers of Linux share: control groups, a watch, a clean end."""

from __future__ import annotations

import atexit
import contextlib
import os
import socket
import threading
from collections.abc import Callable

import psutil

from course_utils.grading.sandbox import bwrap
from course_utils.grading.sandbox.base import Limits
from course_utils.grading.sandbox.cgroups import Groups
from course_utils.grading.sandbox.children import Walled, Watch

_SERVER = "course_utils.grading.inside.server"  # as `bwrap.launch` names it


def end_orphans() -> None:
    """End what a grader that was killed may have left of a bubblewrap just begun.

    Its first process dies with the grader. Were that to happen in the moment before its
    second one is told to go on, that one would wait for ever, empty-handed.
    """
    for process in psutil.process_iter(["name", "ppid", "cmdline"]):
        info = process.info
        ours = _SERVER in (info["cmdline"] or ())  # None of one that is dead already
        if info["name"] == "bwrap" and info["ppid"] == 1 != os.getpid() and ours:
            with contextlib.suppress(psutil.Error):
                process.kill()


class LinuxTier:
    """What `ForkServer` and `Bwrap` have in common; see `base.Tier`.

    Attributes:
        name: of the tier.
    """

    name = ""

    def __init__(self) -> None:
        """Begin with no child."""
        self._owner = os.getpid()
        self._watch = Watch()
        self._lock = threading.Lock()
        self._groups: Groups | None = None
        self._groupless = ""
        end_orphans()
        atexit.register(self.close)

    def __reduce__(self) -> tuple:
        """Another process that is sent this tier has its own of the same name."""
        from course_utils.grading import sandbox

        return sandbox.choose, (self.name,)

    @property
    def holds(self) -> str:
        """See `base.Tier`."""
        groups = self._find_groups()
        who = "as a user id that owns nothing" if bwrap.mapped() else "as nobody"
        text = (
            "no network, no other submission, no file but Python and the course's "
            f"library, both read-only; {who}, with few system calls, and a private "
            "/tmp of limited size"
        )
        if groups:
            return f"{text}; memory and processes are limited by control groups"
        return (
            f"{text}; there are no control groups to write to ({self._groupless}), so "
            "memory is limited for each process and looked at five times a second for "
            "all of them, and a submission that keeps the processor busy slows others"
        )

    def _find_groups(self) -> Groups | None:
        with self._lock:
            if self._groups is None and not self._groupless:
                try:
                    self._groups = Groups()
                except OSError as error:
                    self._groupless = str(error)
            return self._groups

    def _begin(
        self,
        sock: socket.socket,
        pidfd: int,
        limits: Limits,
        status: Callable[[], tuple[int, float]],
        order: dict,
    ) -> Walled:
        groups = self._find_groups()
        child = Walled(sock, pidfd, limits, status)
        child.order(groups, **order)
        self._watch.add(child)
        return child

    def close(self) -> None:
        """See `base.Tier.close`."""
        if os.getpid() != self._owner:  # a copy, in a process that was forked
            return
        self._watch.end_all()
        with self._lock:
            if self._groups:
                self._groups.close()
                self._groups = None
