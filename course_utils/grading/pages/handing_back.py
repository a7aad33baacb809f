"""What nbgrader's exchange needs beside a page to hand it back to its student.

The exchange finds feedback again by a secret that it put beside the submission, and so
in a student's reach: it is read only where it is a plain, short file of its form.
"""

from __future__ import annotations

import os
import re
import secrets
import stat
from pathlib import Path

from course_utils.grading.pages.rendering import write_page

_MOST = 512
_KEPT = {
    "timestamp.txt": re.compile(rb"[0-9A-Za-z :.,+_-]{1,80}\s*"),
    "submission_secret.txt": re.compile(rb"[0-9A-Za-z]{16,256}\s*"),
}


def keep_for_exchange(submitted: Path, folder: Path) -> None:
    """Copy the submission's time and secret to where its feedback lies.

    Where there is no secret, as the submission came by another way, nobody can fetch
    the page; a random one is put there, as releasing would stop at the page without.

    Args:
        submitted: the folder of the submission.
        folder: the folder of its feedback, which exists.

    Raises:
        OSError: the folder cannot be written to.
    """
    for name, form in _KEPT.items():
        data = b"" if submitted.is_symlink() else _read_plain(submitted / name)
        target = folder / name
        if form.fullmatch(data):
            write_page(target, data.decode("ascii"))
        elif not target.exists():
            write_page(target, "" if "secret" not in name else secrets.token_hex(64))


def _read_plain(path: Path) -> bytes:
    """The bytes of a short, plain file; b"" for anything else."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        with os.fdopen(os.open(path, flags), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
                return b""
            data = file.read(_MOST + 1)
    except OSError:
        return b""
    return data if len(data) <= _MOST else b""
