"""What was handed in, as found: files, and what is to be said of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

MIB = 1 << 20
TOO_LARGE = (
    "{name} is too large to be read: {size:.0f} MB, where {most:.0f} MB are left. In a "
    "notebook almost all of that is output: in JupyterLab choose Edit > Clear Outputs "
    "of All Cells, save it, and hand it in again."
)
ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz")
_NOT_OURS = {"__pycache__", "__MACOSX"}


@dataclass
class Remarks:
    """What is to be said of a submission, each sentence once.

    Attributes:
        notes: for the student.
        flags: for the teacher.
        others: files of no use to marking, by name.
    """

    notes: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Tell the student."""
        _append(self.notes, text)

    def flag(self, text: str) -> None:
        """Ask the teacher to look."""
        _append(self.flags, text)

    def add(self, others: Remarks) -> None:
        """Take over what is said elsewhere."""
        for text in others.notes:
            self.note(text)
        for text in others.flags:
            self.flag(text)


def _append(texts: list[str], text: str, most: int = 40) -> None:
    if text not in texts and len(texts) < most:
        texts.append(text)


@dataclass
class Room:
    """How much may still be read.

    Attributes:
        files: entries that may still be looked at.
        bytes: that may still be read, of all files together.
        file: bytes of the largest file.
        depth: levels of folders that are looked into.
    """

    files: int = 2000
    bytes: int = 96 * MIB
    file: int = 32 * MIB
    depth: int = 5

    def take(
        self, said: str, size: int, read: Callable[[int], bytes], remarks: Remarks
    ) -> bytes | None:
        """Read a file, but not more than there is room for, whatever size it claims.

        Args:
            said: its name, for a sentence.
            size: that it claims to have.
            read: gives up to as many bytes as it is asked for, and b"" at the end.
            remarks: where to say that it is too large.
        """
        most = min(self.file, self.bytes)
        pieces: list[bytes] = []
        have = 0
        while size <= most and have <= most:
            piece = read(min(MIB, most + 1 - have))
            if not piece:
                self.bytes -= have
                return b"".join(pieces)
            pieces.append(piece)
            have += len(piece)
        self.bytes -= have
        size = max(size, have) / MIB
        remarks.note(TOO_LARGE.format(name=said, size=size, most=most / MIB))
        remarks.flag(f"{said} is too large to be read ({size:.0f} MB).")
        return None


@dataclass(frozen=True)
class Found:
    """A file that was handed in.

    Attributes:
        path: its folders and its name.
        data: its bytes.
    """

    path: tuple[str, ...]
    data: bytes

    @property
    def name(self) -> str:
        """Without folders."""
        return self.path[-1]


def wanted(name: str) -> bool:
    """Whether a file of this name can matter."""
    low = name.lower()
    return low.endswith((".ipynb", ".py", *ARCHIVES)) or low == "timestamp.txt"


def visible(name: str) -> bool:
    """Whether a name is a student's, and no trace of Jupyter, Python or a Mac."""
    return not name.startswith(".") and name not in _NOT_OURS


def shown(name: str) -> str:
    """A name as a sentence can hold it: short, and nothing but printable characters."""
    text = name.encode("utf-8", "replace").decode()
    text = "".join(c if c.isprintable() else "?" for c in text)
    return text if len(text) <= 60 else text[:57] + "..."
