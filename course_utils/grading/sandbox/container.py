"""One container: its name, the line to the child inside, and its end."""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import socket
import subprocess
import tempfile
import threading

import psutil

from course_utils.grading.errors import GradingError
from course_utils.grading.inside.piped import READY, REASONS
from course_utils.grading.sandbox.base import Limits

START_SECONDS = 120.0
_BLOCK = 1 << 16
_TAIL = 2000
_KILLED = 128 + 9


def _began(pid: int) -> str:
    """When a process began, to tell it from a later one with the same number."""
    return format(int(psutil.Process(pid).create_time()), "x")


# An engine may serve several machines: a grader sweeps away what its own machine left.
_HOST = hashlib.sha256(platform.node().encode()).hexdigest()[:8]
LABEL = f"course-sandbox={_HOST}"
OWNER = f"course-sandbox-{os.getpid()}-{_began(os.getpid())}"


def is_stale(name: str) -> bool:
    """Whether the grader that named this container has ended.

    >>> is_stale(f"{OWNER}-1"), is_stale("course-sandbox-1-abc-1")
    (False, True)
    """
    try:
        *_, pid, began, _ = name.split("-")
        return _began(int(pid)) != began
    except (ValueError, psutil.Error):
        return name.startswith("course-sandbox-")


def run_engine(
    program: str, *arguments: str, timeout: float = 60.0
) -> subprocess.CompletedProcess[str]:
    """Ask the engine something short.

    Raises:
        GradingError: it is not there, or does not answer in time.
    """
    try:
        return subprocess.run(
            [program, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
        )
    except OSError as error:
        raise GradingError(f"{program} cannot be run: {error}") from None
    except subprocess.TimeoutExpired:
        raise GradingError(
            f"{program} {arguments[0]} did not answer within {timeout:g} seconds"
        ) from None


def first_line(text: str) -> str:
    """The first line that says something."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "nothing")


class ContainerChild:
    """A container and the line to the process inside.

    Attributes:
        name: of the container.
        socket: `inside.child.serve` sits at the other end.
        ended: whether the container is removed.
    """

    def __init__(
        self, program: str, name: str, arguments: list[str], limits: Limits
    ) -> None:
        """Run the engine; see `greet` for waiting until the child is there.

        Raises:
            GradingError: the engine's program cannot be run.
        """
        self.ended, self._reason = False, ""
        self._program, self.name = program, name
        self._lock = threading.Lock()
        pipe = subprocess.PIPE
        # conmon, which watches Podman's containers, leaves a note where it was started
        # when memory runs out.
        self._folder = tempfile.TemporaryDirectory(prefix="container-")
        try:
            self._engine = subprocess.Popen(
                [program, *arguments],
                stdin=pipe,
                stdout=pipe,
                stderr=pipe,
                cwd=self._folder.name,
            )
        except OSError as error:
            raise GradingError(f"{program} cannot be run: {error}") from None
        self.socket, self._line = socket.socketpair()
        self._said, self._silent = bytearray(), threading.Event()
        self._pumps = [
            threading.Thread(target=work, daemon=True)
            for work in (self._inward, self._outward, self._complaints)
        ]
        for pump in self._pumps:
            pump.start()
        # The first process inside keeps time, too; this is for one that cannot.
        self._clock = threading.Timer(
            START_SECONDS + limits.wall_seconds, self._time_is_up
        )
        self._clock.daemon = True
        self._clock.start()

    def greet(self) -> None:
        """Wait until the child has loaded its libraries.

        Raises:
            GradingError: it could not begin, or took too long; it is ended.
        """
        self.socket.settimeout(START_SECONDS)
        try:
            word, why = self.socket.recv(1), "it ended at once"
        except OSError:
            word, why = b"", f"it was not ready within {START_SECONDS:g} seconds"
        if word != READY:
            self.end()
            said = self._said.decode("utf-8", "replace").strip()
            raise GradingError(
                f"{self._program} could not begin a container: {said or why}"
            )
        self.socket.settimeout(None)

    def end(self) -> str:
        """Remove the container with all that runs in it.

        Returns:
            Why it ended by itself: "memory", "cpu", "processes", "wall", or "".

        Raises:
            GradingError: the engine does not answer.
        """
        with self._lock:
            if self.ended:
                return self._reason
            self._clock.cancel()
            self._reason = self._why()
            self._kill()
            with contextlib.suppress(OSError):
                self.socket.shutdown(socket.SHUT_RDWR)
            try:
                self._engine.wait(10.0)
            except subprocess.TimeoutExpired:
                self._engine.kill()
                self._engine.wait()
            for pump in self._pumps:
                pump.join(5.0)
            self.socket.close()
            self._line.close()
            self._folder.cleanup()
            self.ended = True
            return self._reason

    def _why(self) -> str:
        """Why the container has ended, if it has."""
        try:
            # Where the line is closed already, the engine needs a moment to say why.
            code = self._engine.wait(5.0 if self._silent.is_set() else 0.0)
        except subprocess.TimeoutExpired:
            return ""
        # Nothing inside can kill the first process, so that was for want of memory.
        return "memory" if code == _KILLED else REASONS.get(code, "")

    def _kill(self) -> None:
        run_engine(self._program, "rm", "--force", self.name)

    def _time_is_up(self) -> None:
        with contextlib.suppress(GradingError):  # `end` will try again, and say so
            self._kill()

    def _inward(self) -> None:
        """From our socket into the container."""
        with contextlib.suppress(OSError), self._engine.stdin as pipe:
            while block := self._line.recv(_BLOCK):
                pipe.write(block)
                pipe.flush()

    def _outward(self) -> None:
        """From the container to our socket; its end is the line's end."""
        with contextlib.suppress(OSError), self._engine.stdout as pipe:
            while block := pipe.read1(_BLOCK):
                self._line.sendall(block)
        self._silent.set()
        with contextlib.suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)

    def _complaints(self) -> None:
        """Keep the last that the engine said, and read away the rest."""
        with contextlib.suppress(OSError), self._engine.stderr as pipe:
            while block := pipe.read1(_BLOCK):
                self._said += block
                del self._said[:-_TAIL]
