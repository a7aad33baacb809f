"""The fork server: it loads the libraries once and forks a child per submission.

It runs inside bubblewrap, never runs a student's code, and talks to the process that
grades over an inherited socket, one small message a request. Started as ``fresh``, it
is the child itself: bubblewrap has then been started for one submission alone.
"""

from __future__ import annotations

import base64
import contextlib
import gc
import importlib
import json
import os
import signal
import socket
import struct
import sys

from course_utils.grading.inside import namespaces as ns
from course_utils.grading.inside import walls

INSIDE = "course_utils.grading.inside"
_LENGTH = struct.Struct("!I")
_MOST = 1 << 20
_CHILD = 3  # the number of the only descriptor that a child keeps


def send_text(sock: socket.socket, text: str) -> None:
    """Send one text, before the wire protocol proper begins."""
    data = text.encode()
    sock.sendall(_LENGTH.pack(len(data)) + data)


def receive_text(sock: socket.socket) -> str:
    """Receive what `send_text` sent, and not a byte more.

    Raises:
        EOFError: the other side is gone, or what it sent is no such text.
    """

    def exactly(count: int) -> bytes:
        parts = b""
        while len(parts) < count:
            part = sock.recv(count - len(parts))
            if not part:
                raise EOFError("the other side is gone")
            parts += part
        return parts

    (length,) = _LENGTH.unpack(exactly(_LENGTH.size))
    if length > _MOST:
        raise EOFError(f"a text of {length} bytes")
    return exactly(length).decode("utf-8", "replace")


def load(kind: str, plots: bool) -> None:
    """Import what children of this kind begin with; no thread may be left behind."""
    preload = importlib.import_module(f"{INSIDE}.preload")
    preload.load(kind, plots)
    gc.collect()
    gc.freeze()  # a collection in a child then copies no page of these objects


def become_child(sock: socket.socket) -> None:
    """Take the order from the socket, put up the walls, then serve; never returns."""
    status = 1
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sock = _keep_only(sock)
        try:
            order = json.loads(receive_text(sock))
            order["filter"] = base64.b64decode(order["filter"])
            order["data"] += walls.private_bytes()
            walls.part(order["disk"], order["uid"] or os.getuid())
            _silence()
            walls.confine(order)
        except Exception as error:
            send_text(sock, f"{type(error).__name__}: {error}")
            raise
        send_text(sock, "")
        module, name = order["serve"].split(":")
        getattr(importlib.import_module(module), name)(sock)
        status = 0
    except BaseException:
        status = 1
    finally:
        os._exit(status)  # nothing that the student left behind is run at exit


def _keep_only(sock: socket.socket) -> socket.socket:
    """Close every descriptor but the socket and the standard streams."""
    if sock.fileno() != _CHILD:
        os.dup2(sock.fileno(), _CHILD, inheritable=False)
    sock.detach()
    os.closerange(_CHILD + 1, os.sysconf("SC_OPEN_MAX"))
    return socket.socket(fileno=_CHILD)


def _silence() -> None:
    """Let the standard streams lead nowhere, and not out of these walls."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    os.close(nowhere)


def serve_forks(control: socket.socket) -> None:
    """Answer requests until the process that grades is gone."""
    own = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
    while True:
        data, fds, _, _ = socket.recv_fds(control, 4096, 1)
        if not data:
            return
        request = json.loads(data)
        if "start" in request:
            _fork(control, socket.socket(fileno=fds[0]), own)
        else:
            _, status, used = os.wait4(request["wait"], 0)
            seconds = used.ru_utime + used.ru_stime
            answer = {"code": os.waitstatus_to_exitcode(status), "cpu": seconds}
            control.send(json.dumps(answer).encode())


def _fork(control: socket.socket, sock: socket.socket, own: int) -> None:
    """Fork a child into a pid namespace of its own and hand out a pidfd of it."""
    threads = len(os.listdir("/proc/self/task"))
    if threads != 1:
        text = f"the fork server has {threads} threads where 1 is expected"
        control.send(json.dumps({"error": text}).encode())
        return
    pid = -1
    try:
        ns.unshare(ns.CLONE_NEWPID)
        try:
            pid = os.fork()
        finally:
            if pid:
                ns.setns(own, ns.CLONE_NEWPID)
    except OSError as error:
        control.send(json.dumps({"error": str(error)}).encode())
        return
    if not pid:
        become_child(sock)
    sock.close()
    pidfd = os.pidfd_open(pid)
    socket.send_fds(control, [json.dumps({"pid": pid}).encode()], [pidfd])
    os.close(pidfd)


def main(mode: str, kind: str, number: str) -> None:
    """Run as ``python -m course_utils.grading.inside.server MODE KIND FD``."""
    sock = socket.socket(fileno=int(number))
    sock.set_inheritable(False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if mode == "fresh":
        load(kind, plots=False)
        become_child(sock)
    try:
        load(kind, plots=True)
    except Exception as error:
        sock.send(json.dumps({"error": f"{type(error).__name__}: {error}"}).encode())
        return
    sock.send(json.dumps({"ready": os.getpid()}).encode())
    with contextlib.suppress(OSError):
        serve_forks(sock)


if __name__ == "__main__":
    main(*sys.argv[1:])
