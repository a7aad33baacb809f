"""The best tier: bubblewrap around a fork server whose children part from it."""

from __future__ import annotations

import json
import socket
import threading

from course_utils.grading.errors import GradingError
from course_utils.grading.sandbox import bwrap
from course_utils.grading.sandbox.base import Kind, Limits
from course_utils.grading.sandbox.children import SERVE, Walled
from course_utils.grading.sandbox.linux import LinuxTier

_LOADING = 180.0  # seconds to import TensorFlow from a slow disk


class _Server:
    """A fork server of one kind."""

    def __init__(self, kind: Kind) -> None:
        self._lock, self._number = threading.Lock(), 0
        self._line, inner = socket.socketpair(
            socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_CLOEXEC
        )
        with inner:
            options = bwrap.arguments()
            self._wrapped = bwrap.launch(options, "fork", kind, inner)
        self._line.settimeout(_LOADING)
        try:
            self._receive()
        except OSError as error:
            self.close()
            said = " / ".join(filter(None, (str(error), self._wrapped.said)))
            raise GradingError(f"the fork server cannot begin: {said}") from None

    def _receive(self) -> tuple[dict, list[int]]:
        data, fds, _, _ = socket.recv_fds(self._line, 4096, 1)
        answer = json.loads(data) if data else {"error": "it is gone"}
        if "error" in answer:
            raise ConnectionError(answer["error"])
        return answer, fds

    def fork(self, sock: socket.socket) -> tuple[int, int, int]:
        """A child's pidfd, its number for the server, and the user id it gets.

        Raises:
            OSError: the server is gone or cannot fork.
        """
        with self._lock:
            socket.send_fds(self._line, [b'{"start": 1}'], [sock.fileno()])
            answer, fds = self._receive()
            self._number += 1
            return fds[0], answer["pid"], 1 + self._number % (bwrap.UIDS - 1)

    def wait(self, number: int) -> tuple[int, float]:
        """The exit code of a child that is dead and the CPU seconds it took."""
        try:
            with self._lock:
                self._line.send(json.dumps({"wait": number}).encode())
                answer, _ = self._receive()
        except OSError:  # the server has died, and all its children with it
            return 0, 0.0
        return answer["code"], answer["cpu"]

    def close(self) -> None:
        self._line.close()
        self._wrapped.end()


class ForkServer(LinuxTier):
    """See `base.Tier`."""

    name = "fork server"

    def __init__(self) -> None:
        """Begin with no server; each starts when it is first needed."""
        super().__init__()
        self._servers: dict[Kind, _Server] = {}
        self._starting = {kind: threading.Lock() for kind in Kind}

    def start(self, kind: Kind, limits: Limits, serve: str = SERVE) -> Walled:
        """See `base.Tier.start`; `serve` names what the child is to run."""
        try:
            return self._start(kind, limits, serve)
        except ConnectionError:  # the server has died: once more, with another
            try:
                return self._start(kind, limits, serve)
            except ConnectionError as error:
                raise GradingError(f"no child can be begun: {error}") from None

    def _start(self, kind: Kind, limits: Limits, serve: str) -> Walled:
        with self._starting[kind]:
            if kind not in self._servers:
                self._servers[kind] = _Server(kind)
            server = self._servers[kind]
        outer, inner = socket.socketpair()
        try:
            with inner:
                pidfd, number, uid = server.fork(inner)
        except OSError as error:
            outer.close()
            with self._starting[kind]:
                if self._servers.get(kind) is server:
                    del self._servers[kind]
                    server.close()
            raise ConnectionError(str(error)) from None
        order = {"uid": uid if bwrap.mapped() else 0, "serve": serve}
        return self._begin(outer, pidfd, limits, lambda: server.wait(number), order)

    def close(self) -> None:
        """See `base.Tier.close`; another `start` begins anew."""
        super().close()
        for kind in Kind:
            with self._starting[kind]:
                server = self._servers.pop(kind, None)
                if server:
                    server.close()
