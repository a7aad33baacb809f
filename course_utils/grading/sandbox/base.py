"""What every tier offers: children that run `inside.child`, each behind its wall."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

MIB = 1 << 20


class Kind(StrEnum):
    """What a child has loaded when it begins."""

    NUMPY = "numpy"
    TENSORFLOW = "tensorflow"


@dataclass(frozen=True)
class Limits:
    """What a child may use up.

    Attributes:
        wall_seconds: from its start until it is ended.
        cpu_seconds: of each of its processes.
        memory: bytes, of all its processes and its files together.
        processes: and threads, at a time.
        disk: bytes of its private folder for temporary files.
    """

    wall_seconds: float = 120.0
    cpu_seconds: int = 100
    memory: int = 1024 * MIB
    processes: int = 64
    disk: int = 64 * MIB


class Child(Protocol):
    """A process behind a wall, and the one line to it.

    Attributes:
        socket: a connected stream socket; `inside.child.serve` sits at the other end.
    """

    socket: socket.socket

    def end(self) -> str:
        """Kill the child and all it started, and clear away what it left.

        Returns:
            Why it ended, where the wall knows: "memory", "cpu", "processes", "wall"
            (its time was up), or "" where it did not end by itself. May be called
            twice.
        """


class Tier(Protocol):
    """One kind of wall.

    Attributes:
        name: for example "fork server".
        holds: what it keeps out, in words for the teacher.
    """

    name: str
    holds: str

    def start(self, kind: Kind, limits: Limits) -> Child:
        """Begin a child, from any thread.

        Raises:
            GradingError: no child can be begun.
        """

    def close(self) -> None:
        """End every child and server, and clear away what is left."""
