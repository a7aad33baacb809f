"""A child behind a wall of Linux, as the process that grades holds it."""

from __future__ import annotations

import base64
import contextlib
import json
import math
import os
import select
import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from course_utils.grading.errors import GradingError
from course_utils.grading.inside.server import receive_text, send_text
from course_utils.grading.sandbox import filters
from course_utils.grading.sandbox.base import Limits
from course_utils.grading.sandbox.cgroups import Group, Groups

SERVE = "course_utils.grading.inside.child:serve"
PROOF = "course_utils.grading.inside.proof:run"
_PATIENCE = 180.0  # seconds for putting up the walls, on a machine that is busy
_LOOK = 0.2


class Walled:
    """See `base.Child`.

    Attributes:
        socket: the line to the child.
        pid: of its first process, as this process counts.
    """

    def __init__(
        self,
        sock: socket.socket,
        pidfd: int,
        limits: Limits,
        status: Callable[[], tuple[int, float]],
    ) -> None:
        """Take over a process that waits for its order.

        Args:
            sock: this side's end of the line.
            pidfd: refers to the first process of its pid namespace.
            limits: what it may use up.
            status: waits for that process, which is dead by then: its exit code (minus
                the signal that killed it) and the seconds of CPU that it took.
        """
        self.socket = sock
        self.pid = _pid(pidfd)
        self._pidfd, self._limits = pidfd, limits
        self._group: Group | None = None
        self._status, self._why = status, ""
        self._lock, self._ended = threading.Lock(), False
        self._deadline = math.inf
        self._before = 0

    def order(self, groups: Groups | None, **order: object) -> None:
        """Have it put up its walls and begin to serve.

        Args:
            groups: where its control group is to be, if there are such.
            order: what differs between tiers; see `inside.walls.confine`.

        Raises:
            GradingError: it could not.
        """
        limits = self._limits
        order |= {
            "cpu": limits.cpu_seconds,
            # Less than the group has: most get a MemoryError and are not killed.
            "data": limits.memory * 9 // 10,
            "disk": limits.disk,
            # The group refuses first, where there is one, as it tells of it.
            "processes": limits.processes * (2 if groups else 1),
            "filter": base64.b64encode(filters.program()).decode(),
        }
        try:
            if groups:
                self._group = groups.make(limits)
                self._group.add(self.pid)
            self.socket.settimeout(_PATIENCE)
            send_text(self.socket, json.dumps(order))
            problem = receive_text(self.socket)
            self.socket.settimeout(None)
        except (OSError, EOFError) as error:
            problem = f"{type(error).__name__}: {error}"
        if problem:
            self.end()
            raise GradingError(f"a sandbox could not be set up: {problem}")
        self._deadline = time.monotonic() + limits.wall_seconds
        if not self._group:
            self._before = _memory(self.pid)

    def look(self) -> None:
        """End it if it has used up its time, or memory where no group counts that."""
        if self._lock.acquire(blocking=False):  # or it is being ended already
            try:
                if self._ended or self._why:
                    return
                if time.monotonic() > self._deadline:
                    self._why = "wall"
                elif not self._group and self._tree() > self._limits.memory:
                    self._why = "memory"
                if self._why:
                    self._kill()
            finally:
                self._lock.release()

    def end(self) -> str:
        """See `base.Child.end`."""
        with self._lock:
            if self._ended:
                return self._why
            alone = not self._why and self._dead(0)
            self._kill()
            self._dead(_PATIENCE)
            code, seconds = self._status()
            memory, refused = self._group.events() if self._group else (0, 0)
            if memory:
                self._why = "memory"
            elif code == -signal.SIGKILL and (
                # Nobody but the kernel can have sent that. The kernel counts ticks
                # against the limit and reports finer, so both may differ.
                alone or seconds >= 0.8 * self._limits.cpu_seconds
            ):
                self._why = "cpu"
            elif refused:
                self._why = "processes"
            if self._group:
                self._group.remove()
            os.close(self._pidfd)
            self.socket.close()
            self._ended = True
            return self._why

    @property
    def ended(self) -> bool:
        """Whether `end` has been called."""
        return self._ended

    def _dead(self, seconds: float) -> bool:
        """Whether its first process is dead, and so all others, within this time."""
        return bool(select.select([self._pidfd], [], [], seconds)[0])

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    def _tree(self) -> int:
        """Bytes that its processes have taken since it began."""
        try:
            first = psutil.Process(self.pid)
            tree = [first, *first.children(recursive=True)]
        except psutil.Error:
            return 0
        taken = (_memory(process.pid) - self._before for process in tree)
        return sum(max(0, more) for more in taken)


class Watch:
    """A thread that looks after children until all have ended."""

    def __init__(self) -> None:
        """Begin with none."""
        self._children: set[Walled] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def add(self, child: Walled) -> None:
        """Look after one more."""
        with self._lock:
            self._children.add(child)
            if not (self._thread and self._thread.is_alive()):
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()

    def end_all(self) -> None:
        """End those that are left."""
        with self._lock:
            children = list(self._children)
        for child in children:
            child.end()

    def _run(self) -> None:
        while True:
            time.sleep(_LOOK)
            with self._lock:
                self._children = {c for c in self._children if not c.ended}
                if not self._children:
                    self._thread = None
                    return
                children = list(self._children)
            for child in children:
                child.look()


def _pid(pidfd: int) -> int:
    """The number of the process that a pidfd refers to, as this process counts."""
    for line in Path(f"/proc/self/fdinfo/{pidfd}").read_text().splitlines():
        if line.startswith("Pid:"):
            return int(line.split()[1])
    raise GradingError("this kernel tells no numbers of processes; it is too old")


def _memory(pid: int) -> int:
    """Bytes of a process that no file on a disk backs, page tables included."""
    try:
        # A first thread that has ended says nothing of the memory that others use.
        for thread in Path(f"/proc/{pid}/task").iterdir():
            lines = (thread / "status").read_text().splitlines()
            fields = dict(line.split(":", 1) for line in lines)
            if "RssAnon" in fields:
                parts = (fields[name] for name in ("RssAnon", "RssShmem", "VmPTE"))
                return sum(int(part.split()[0]) * 1024 for part in parts)
    except OSError:
        pass
    return 0
