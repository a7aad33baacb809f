"""What a student's code prints, kept up to a point."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator

MOST = 20_000


class Screen(io.TextIOBase):
    """Keeps the first characters written to it, and drops the rest.

    Attributes:
        text: what was kept.
    """

    encoding = "utf-8"

    def __init__(self, most: int = MOST) -> None:
        """Begin empty; keep so many characters."""
        self._parts: list[str] = []
        self._room = most

    @property
    def text(self) -> str:
        """What was kept so far."""
        return "".join(self._parts)

    def writable(self) -> bool:
        """Yes."""
        return True

    def write(self, text: str) -> int:
        """Keep what there is room for."""
        if not isinstance(text, str):
            raise TypeError(f"text is expected, got {type(text).__name__}")
        if self._room > 0:
            self._parts.append(text[: self._room])
            self._room -= len(text)
        return len(text)

    def close(self) -> None:
        """Stay open: what is printed later is still taken."""


@contextlib.contextmanager
def captured() -> Iterator[Screen]:
    """Catch standard output and standard error, warnings among them."""
    screen = Screen()
    before = sys.stdout, sys.stderr
    sys.stdout = sys.stderr = screen
    try:
        yield screen
    finally:
        sys.stdout, sys.stderr = before
