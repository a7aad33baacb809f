"""The line between the trusted side and a student's: messages, each after its length.

Both sides use it, and neither trusts the other: `plain` says what a message is. A frame
is the message's length in four bytes, big end first, and the message. A timeout is for
a whole message, however slowly it drips in or out.
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable

import numpy as np

from course_utils.grading.inside.packing import pack, pack_parts
from course_utils.grading.inside.plain import CAPS, Caps, Plain, Ref, WireError
from course_utils.grading.inside.unpacking import unpack

__all__ = ["CAPS", "Caps", "Channel", "Plain", "Ref", "WireError", "pack", "unpack"]
_LENGTH = 4
_SMALL = 1 << 16  # pieces up to this size are joined before they are sent
_PIECES = 256  # sent at once; systems take at least 1,024


class Channel:
    """Sends and receives values over a connected stream socket, one user at a time.

    Once a message has been cut off, by a timeout or because it was no frame, the line
    is out of step, and all further use of it raises `WireError`.
    """

    def __init__(self, sock: socket.socket, caps: Caps = CAPS) -> None:
        """Take over a socket; it will not block any longer."""
        self.sock, self.caps = sock, caps
        self._broken = ""
        sock.setblocking(False)

    def send(
        self,
        value: object,
        convert: Callable[[object], Plain] | None = None,
        timeout: float | None = None,
    ) -> None:
        """Send a value.

        Args:
            value: see `pack`.
            convert: see `pack`.
            timeout: seconds for the whole message; `caps.seconds` where none is given.

        Raises:
            TypeError: the value is not plain; nothing was sent.
            WireError: it exceeds a cap, and nothing was sent; or the line is broken.
            TimeoutError: the other side did not take it in time.
            EOFError: the other side has closed the line.
        """
        self._check()
        parts = pack_parts(value, convert, self.caps)
        size = sum(map(len, parts))
        pieces = _joined([size.to_bytes(_LENGTH, "big"), *parts])
        deadline = self._deadline(timeout)
        self._broken = "a message was sent in part only"
        first = 0
        while first < len(pieces):
            sent = self._try(self._write, pieces[first:][:_PIECES], False, deadline)
            while first < len(pieces) and sent >= len(pieces[first]):
                sent -= len(pieces[first])
                first += 1
            if sent:
                pieces[first] = memoryview(pieces[first])[sent:]
            if first < len(pieces):
                self._in_time(deadline)
        self._broken = ""

    def receive(self, timeout: float | None = None) -> Plain:
        """Wait for a value.

        Args:
            timeout: seconds for the whole message; `caps.seconds` where none is given.

        Raises:
            WireError: what came is no message, or exceeds a cap; or the line is broken.
            TimeoutError: it did not come, or not all of it, in time.
            EOFError: the other side has closed the line.
        """
        self._check()
        deadline = self._deadline(timeout)
        prefix = memoryview(bytearray(_LENGTH))
        self._fill(prefix, deadline, begun=False)
        size = int.from_bytes(prefix, "big")
        if size > self.caps.frame:
            self._broken = f"a message of {size} bytes was announced"
            raise WireError(f"{self._broken}, and at most {self.caps.frame} may come")
        message = memoryview(np.empty(size, np.uint8))
        self._fill(message, deadline, begun=True)
        return unpack(message, self.caps)

    def close(self) -> None:
        """Close the socket."""
        self._broken = "it was closed"
        self.sock.close()

    def _check(self) -> None:
        if self._broken:
            raise WireError(f"the line cannot be used any more: {self._broken}")

    def _deadline(self, timeout: float | None) -> float:
        return time.monotonic() + (self.caps.seconds if timeout is None else timeout)

    def _fill(self, buffer: memoryview, deadline: float, begun: bool) -> None:
        have = 0
        while have < len(buffer):
            if have or begun:
                self._broken = "a message came in part only"
            if have:  # so what is there already is taken, whatever the time
                self._in_time(deadline)
            count = self._try(self.sock.recv_into, buffer[have:], True, deadline)
            if not count:
                self._broken = "the other side has closed it"
                raise EOFError(self._broken)
            have += count
        self._broken = ""

    def _try(self, work: Callable, data: object, reads: bool, deadline: float) -> int:
        """Read or write some bytes, as soon as that is possible."""
        while True:
            try:
                return work(data)
            except BlockingIOError:
                self._in_time(deadline)
                _wait(self.sock, reads, deadline - time.monotonic())
            except ConnectionError:
                self._broken = "the other side has closed it"
                raise EOFError(self._broken) from None

    def _in_time(self, deadline: float) -> None:
        if time.monotonic() > deadline:
            raise TimeoutError("the other side took too long")

    def _write(self, pieces: list) -> int:
        if hasattr(self.sock, "sendmsg"):
            return self.sock.sendmsg(pieces)
        return self.sock.send(pieces[0])


def _joined(parts: list) -> list:
    """The same bytes in few pieces; only small ones are copied."""
    pieces: list = []
    small: list = []
    for part in parts:
        if len(part) <= _SMALL:
            small.append(part)
            continue
        if small:
            pieces.append(b"".join(small))
            small = []
        pieces.append(part)
    if small:
        pieces.append(b"".join(small))
    return pieces


def _wait(sock: socket.socket, reads: bool, seconds: float) -> None:
    """Sleep until the socket can be read or written, or time is up."""
    seconds = min(max(seconds, 0.0), 3600.0)
    if hasattr(select, "poll"):  # select itself takes no descriptor above 1,023
        poll = select.poll()
        poll.register(sock, select.POLLIN if reads else select.POLLOUT)
        poll.poll(1000 * seconds)
    else:
        select.select([sock] * reads, [sock] * (not reads), [], seconds)
