"""No wall at all: a plain process, for work that is trusted, and for development."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from course_utils.grading.errors import GradingError
from course_utils.grading.inside.preload import ENVIRONMENT
from course_utils.grading.sandbox.base import Kind, Limits

try:
    import resource
except ImportError:  # Windows
    resource = None

_ROOT = str(Path(__file__).resolve().parents[3])
_POSIX = os.name == "posix"
_START = """
import sys
sys.path.insert(0, sys.argv.pop(1))
from course_utils.grading.inside.child import main
main(sys.argv[1:])
"""
# Windows hands no descriptor down: there the socket comes through standard input.
_START_SHARED = """
import socket, sys
sys.path.insert(0, sys.argv.pop(1))
line = socket.fromshare(sys.stdin.buffer.read())
from course_utils.grading.inside.child import main
main([str(line.detach()), sys.argv[2]])
"""


class Unprotected:
    """Starts a new process for each child. What it can reach, a student can reach."""

    name = "none"
    holds = (
        "nothing is held back: a submission can read and change whatever you can. Only "
        "time, memory and the number of open files are limited, where the system can"
    )

    def __init__(self) -> None:
        """Begin without children."""
        self._children: set[UnprotectedChild] = set()
        self._lock = threading.Lock()

    def start(self, kind: Kind, limits: Limits) -> UnprotectedChild:
        """Begin a process.

        Raises:
            GradingError: the system begins none.
        """
        child = UnprotectedChild(kind, limits)
        with self._lock:
            self._children = {c for c in self._children if not c.ended} | {child}
        return child

    def close(self) -> None:
        """End all that were begun."""
        with self._lock:
            children, self._children = self._children, set()
        for child in children:
            child.end()


class UnprotectedChild:
    """A process and its private folder.

    Attributes:
        socket: to the process.
        ended: whether `end` was called.
    """

    def __init__(self, kind: Kind, limits: Limits) -> None:
        """Begin the process."""
        self.ended = False
        self._why = ""
        self._folder = tempfile.mkdtemp(prefix="course-grading-")
        self.socket, theirs = socket.socketpair()
        arguments = [_ROOT, str(theirs.fileno()), str(kind)]
        start = _START if _POSIX else _START_SHARED
        try:
            with theirs:
                self._process = subprocess.Popen(
                    [sys.executable, "-s", "-P", "-c", start, *arguments],
                    stdin=subprocess.DEVNULL if _POSIX else subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    cwd=self._folder,
                    env=_environment(self._folder),
                    **_started(limits, theirs),
                )
                if not _POSIX:
                    self._process.stdin.write(theirs.share(self._process.pid))
                    self._process.stdin.close()
        except OSError as error:
            self.socket.close()
            shutil.rmtree(self._folder, ignore_errors=True)
            raise GradingError(f"no process can be begun: {error}") from None

    def end(self) -> str:
        """Kill the process and all of its group, and remove its folder."""
        if self.ended:
            return self._why
        self.ended = True
        with contextlib.suppress(OSError):
            if _POSIX:
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()
        code = self._process.wait()
        if _POSIX and code == -signal.SIGXCPU:
            self._why = "cpu"
        self.socket.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        return self._why


def _started(limits: Limits, theirs: socket.socket) -> dict:
    """How the process is begun: with limits, and as the head of a group of its own."""
    if not _POSIX:
        return {}

    def limited() -> None:
        if sys.platform.startswith("linux"):
            resource.setrlimit(resource.RLIMIT_DATA, (limits.memory, limits.memory))
        cpu = limits.cpu_seconds
        resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 5))
        resource.setrlimit(resource.RLIMIT_FSIZE, (limits.disk, limits.disk))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    return {
        "pass_fds": [theirs.fileno()],
        "start_new_session": True,
        "preexec_fn": limited,
    }


def _environment(folder: str) -> dict[str, str]:
    """Of the teacher's environment, only what a system needs to run Python at all."""
    needed = ("SYSTEMROOT", "PATH", "LANG", "LC_ALL", "DYLD_LIBRARY_PATH")
    kept = {name: os.environ[name] for name in needed if name in os.environ}
    places = dict.fromkeys(("HOME", "TMPDIR", "TEMP", "TMP", "MPLCONFIGDIR"), folder)
    return kept | places | {"PYTHONHASHSEED": "0"} | ENVIRONMENT
