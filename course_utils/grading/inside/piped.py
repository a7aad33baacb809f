"""The first process of a container: it passes bytes on, and outlives the student's.

A container offers standard input and output where the other walls offer a socket. So
this process keeps the two pipes and starts another, which serves over a socket and has
no other descriptor. As the first of its process namespace it cannot be killed from
within, it cannot be traced (``PR_SET_DUMPABLE``), and it takes every other process with
it when it ends: when the grader hangs up, when time is up, or with the served process.
Whether it passes bytes on truly matters to nobody but the student inside.
"""

from __future__ import annotations

import base64
import contextlib
import ctypes
import os
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import NoReturn

READY = b"+"  # what a child says first, once it has loaded its libraries
#: What the container's exit code says of why it ended.
REASONS = {110: "memory", 111: "cpu", 112: "processes", 113: "wall"}
_CODES = {reason: code for code, reason in REASONS.items()}
_BLOCK = 1 << 16
_LOAD_SECONDS = 300
_PR_SET_DUMPABLE = 4
_GROUPS = Path("/sys/fs/cgroup")


def main(
    kind: str, seconds: str, memory: str, machine: str = "", program: str = ""
) -> NoReturn:
    """Serve one submission over standard input and output.

    Args:
        kind: what to load first: "numpy" or "tensorflow".
        seconds: from being ready until everything here is ended, at most.
        memory: bytes that a process may ask for once the libraries are loaded; above
            that an array is a `MemoryError`, not its end.
        machine: the processor that `program` was written for.
        program: a filter of system calls as in `namespaces.load_filter`, in base 64.
    """
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        ours.close()
        fits = machine == os.uname().machine
        _serve(kind, theirs, int(memory), base64.b64decode(program) if fits else b"")
    theirs.close()
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    signal.signal(signal.SIGALRM, lambda *_: os._exit(_CODES["wall"]))
    signal.alarm(_LOAD_SECONDS)
    threading.Thread(target=_inward, args=(ours,), daemon=True).start()
    outward = threading.Thread(
        target=_outward, args=(ours, float(seconds)), daemon=True
    )
    outward.start()
    ended, status, used = os.wait3(0)
    while ended != child:  # orphans come to the first process
        ended, status, used = os.wait3(0)
    outward.join(1.0)
    reason = _reason(status, used.ru_utime + used.ru_stime)
    os._exit(_CODES.get(reason, min(status, 1)))


def _serve(kind: str, sock: socket.socket, memory: int, program: bytes) -> NoReturn:
    """Be the process that the student's code runs in."""
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    try:
        import resource  # Linux has it; systems that only import this module may not

        from course_utils.grading.inside import namespaces, preload, walls

        preload.load(kind, plots=False)
        from course_utils.grading.inside.child import serve

        data = memory + walls.private_bytes()
        resource.setrlimit(resource.RLIMIT_DATA, (data, data))
        if program:
            namespaces.load_filter(program)
    except BaseException:  # standard error is still read outside
        sys.excepthook(*sys.exc_info())
        os._exit(1)
    os.dup2(nothing, 2)
    os.close(nothing)
    code = 1
    try:
        sock.sendall(READY)
        serve(sock)
        code = 0
    finally:
        os._exit(code)


def _reason(status: int, seconds: float) -> str:
    """Why the served process ended, where a limit did it."""
    if _count("memory/memory.oom_control", "memory.events", "oom_kill"):
        return "memory"
    if not os.WIFSIGNALED(status):
        return ""
    import resource

    # The kernel's two clocks of a process may differ by a tick.
    if seconds > resource.getrlimit(resource.RLIMIT_CPU)[0] - 0.5:
        return "cpu"
    refused = _count("pids/pids.events", "pids.events", "max")
    return "processes" if refused else ""


def _count(old: str, new: str, name: str) -> int:
    """How often the control group did something, in cgroups of version 1 or 2."""
    for file in (old, new):
        with contextlib.suppress(OSError, ValueError):
            lines = (_GROUPS / file).read_text().splitlines()
            return int(dict(line.split() for line in lines)[name])
    return 0


def _inward(sock: socket.socket) -> None:
    """Pass on what the grader says; when it hangs up, all is over."""
    listens = True
    while block := os.read(0, _BLOCK):
        try:
            if listens:
                sock.sendall(block)
        except OSError:  # the served process has closed its end
            listens = False
    os._exit(0)


def _outward(sock: socket.socket, seconds: float) -> None:
    """Pass on what the served process says; time counts from its first word."""
    with contextlib.suppress(OSError):
        os.write(1, sock.recv(len(READY)))
        signal.alarm(max(1, round(seconds)))
        while block := sock.recv(_BLOCK):
            while block:
                block = block[os.write(1, block) :]


if __name__ == "__main__":
    main(*sys.argv[1:])
