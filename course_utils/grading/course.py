"""The folder of one class: where everything lies, and the secret that nobody sees.

The layout is nbgrader's own, so that its tools find what they expect; beside it stand
the secret and the records of what was marked.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from course_utils.grading.errors import GradingError

_STUDENT = re.compile(r"[^\x00-\x1f/\\]{1,120}")
_BYTES = 32
# Names of files are made of it, and most systems take 255 bytes.
_LONGEST = 200


@dataclass(frozen=True)
class Course:
    """One class and its folder.

    Attributes:
        folder: holds `source`, `release`, `submitted`, `autograded`, `feedback`.
    """

    folder: Path

    @property
    def source(self) -> Path:
        """Assignments with their solutions, one folder each."""
        return self.folder / "source"

    @property
    def release(self) -> Path:
        """What students get."""
        return self.folder / "release"

    @property
    def submitted(self) -> Path:
        """What came back: submitted/STUDENT/ASSIGNMENT/."""
        return self.folder / "submitted"

    @property
    def autograded(self) -> Path:
        """Marked copies, which formgrader shows."""
        return self.folder / "autograded"

    @property
    def feedback(self) -> Path:
        """A page for each student and assignment."""
        return self.folder / "feedback"

    @property
    def exercises(self) -> Path:
        """The teacher's own exercises, one folder each."""
        return self.folder / "exercises"

    @property
    def records(self) -> Path:
        """What marking found: records/ASSIGNMENT/STUDENT.json."""
        return self.folder / "records"

    @property
    def reports(self) -> Path:
        """A page an assignment about the whole class."""
        return self.folder / "reports"

    @property
    def secret_file(self) -> Path:
        """Where the secret lies, readable by its owner only."""
        return self.folder / "secret.key"

    @property
    def database(self) -> str:
        """The address of the gradebook unless another is given."""
        return f"sqlite:///{(self.folder / 'gradebook.db').resolve()}"

    def make_secret(self) -> bytes:
        """The secret; a new one where there is none yet.

        Raises:
            GradingError: there is a file, but no secret in it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        part = self.folder / f".secret.{os.getpid()}-{secrets.token_hex(4)}.part"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        try:
            with os.fdopen(os.open(part, flags, 0o600), "w", encoding="ascii") as file:
                file.write(secrets.token_hex(_BYTES) + "\n")
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(part, self.secret_file)
            except FileExistsError:
                pass
            except OSError:  # a file system without links
                if not self.secret_file.exists():
                    os.replace(part, self.secret_file)
        finally:
            part.unlink(missing_ok=True)
        return self.secret()

    def secret(self) -> bytes:
        """The secret of this class, 32 bytes.

        Raises:
            GradingError: the file is missing or damaged.
        """
        try:
            value = bytes.fromhex(self.secret_file.read_text(encoding="ascii").strip())
        except FileNotFoundError:
            if self.records.is_dir():
                raise GradingError(
                    f"{self.folder} has lost its secret.key: put back your copy of it. "
                    "Without one, `course release` makes a new secret, and everybody "
                    "is asked other inputs"
                ) from None
            raise GradingError(
                f"{self.folder} has no secret.key: is it a course folder? "
                "`course release` makes one"
            ) from None
        except ValueError:
            value = b""
        if len(value) != _BYTES:
            raise GradingError(
                f"{self.secret_file} is damaged: {2 * _BYTES} hexadecimal digits are "
                "expected. Put back your copy of it; a new secret gives every student "
                "other inputs"
            )
        return value


def derive(secret: bytes, *words: str) -> bytes:
    """A key of 32 bytes for one purpose: HMAC-SHA256 of length-prefixed words.

    Source: RFC 2104.

    >>> derive(b"s", "ab", "c") == derive(b"s", "a", "bc")
    False
    """
    message = b"".join(
        len(data).to_bytes(8, "big") + data for data in (w.encode() for w in words)
    )
    return hmac.new(secret, message, hashlib.sha256).digest()


def generator(key: bytes, *words: str) -> np.random.Generator:
    """A random generator that only who knows `key` can repeat."""
    return np.random.default_rng(list(derive(key, *words)))


def check_student(name: str) -> str:
    """The name of a student's folder, if it can be one.

    Raises:
        GradingError: it is empty, hidden, too long, or would lead elsewhere.
    """
    data = name.encode("utf-8", "replace")
    plain = data.decode() == name and len(data) <= _LONGEST
    if not plain or name.startswith(".") or not _STUDENT.fullmatch(name):
        raise GradingError(
            "a student's folder must have a plain name of 1 to 120 characters, at most "
            f"{_LONGEST} bytes, that does not begin with a dot, got {name[:40]!r}"
        )
    return name
