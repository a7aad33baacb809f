"""When a submission was handed in, as the exchange noted it beside the notebook.

The note lies within the student's reach before it is collected, so it is read only
where it is a short, plain file that holds a date; anything else is no date at all.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from nbgrader.utils import parse_utc

NAME = "timestamp.txt"
UNREADABLE = "timestamp-unreadable"
_MOST = 100
_DATE = re.compile(
    r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d{1,9})?)?"
    r"(Z|[+-]\d\d:?\d\d| [+-]\d{4}| [A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2})?"
)
_OFFSET = re.compile(r" (?=[+-]\d{4}$)")


@dataclass(frozen=True)
class Timestamp:
    """When something was handed in.

    Attributes:
        text: as it was noted.
        utc: the same, in UTC and without a time zone, as nbgrader keeps it.
    """

    text: str
    utc: datetime


def read_timestamp(folder: Path) -> Timestamp | None:
    """The date noted in a submission's folder; None where there is none to be read."""
    return parse_timestamp(_plain_file(folder / NAME))


def set_aside(folder: Path) -> None:
    """Rename a note that is no date: formgrader would stop at it, for the whole class.

    Raises:
        OSError: the folder cannot be written to.
    """
    note = folder / NAME
    if not folder.is_symlink() and os.path.lexists(note):
        os.replace(note, folder / UNREADABLE)


def parse_timestamp(text: str) -> Timestamp | None:
    """A date as nbgrader writes it, or None.

    >>> parse_timestamp("2026-02-03 12:00:00.000000 +0100").utc
    datetime.datetime(2026, 2, 3, 11, 0)
    >>> parse_timestamp("2026-02-03 12:00:00.000000 UTC").utc.hour
    12
    >>> parse_timestamp("2026-02-31 12:00:00") is parse_timestamp("soon") is None
    True
    """
    text = text.strip()
    if not _DATE.fullmatch(text):
        return None
    # A space before +0100 would have nbgrader take it for a hundred seconds.
    joined = _OFFSET.sub("", text)
    try:
        return Timestamp(text, parse_utc(joined))
    except (ValueError, OverflowError, TypeError, AttributeError, OSError):
        return None


def _plain_file(path: Path) -> str:
    """The text of a short, plain file; "" for anything else."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        with os.fdopen(os.open(path, flags), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return ""
            return file.read(_MOST + 1).decode("ascii")
    except (OSError, UnicodeDecodeError):
        return ""
