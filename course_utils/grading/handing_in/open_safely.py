"""The files of a stranger's folder: read without being led out of it.

No link is followed, nothing but a regular file is opened, and a file that has a second
name (a hard link) is refused, since its other name may be anybody's. Every folder is
opened by its descriptor, so that none can be exchanged for a link in between. Where a
system offers that not, as on Windows, each step is looked at before it is taken.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from course_utils.grading.handing_in.handed_in import (
    Found,
    Remarks,
    Room,
    shown,
    visible,
    wanted,
)

_BY_DESCRIPTOR = os.open in os.supports_dir_fd and os.scandir in os.supports_fd
_NO_LINK = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_FOLDER = os.O_RDONLY | _NO_LINK | getattr(os, "O_DIRECTORY", 0)
_FILE = (
    os.O_RDONLY | _NO_LINK | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
)


def read_folder(folder: Path, remarks: Remarks, room: Room) -> list[Found]:
    """What lies in ``submitted/STUDENT/ASSIGNMENT`` and can matter.

    Where there is no such folder, a file in its place is read, or one beside it that
    has its name and an ending, such as ``ASSIGNMENT.zip``.

    Args:
        folder: of the submission. What lies above the student's is trusted.
        remarks: where to say what was refused.
        room: how much may be read; what is read is taken off.
    """
    found: list[Found] = []
    try:
        with (
            _Folder(str(folder.parent.parent)) as above,
            above.inner(folder.parent.name) as student,
        ):
            names = [entry.name for entry in student.entries(room)]
            if folder.name in names:
                names = [folder.name]
            else:
                start = folder.name + "."
                names = [n for n in names if n.startswith(start) and wanted(n)]
            for name in names:
                _read(student, name, (), remarks, room, found)
    except FileNotFoundError:
        pass
    except OSError as error:
        _refuse(remarks, folder.name, _reason(error))
    return found


class _Folder:
    """An open folder, by its descriptor where the system can, and by its path."""

    def __init__(self, path: str, name: str | None = None, parent: int | None = None):
        self.path, self.descriptor = path, None
        if _BY_DESCRIPTOR:
            flags = _FOLDER if name is not None else os.O_RDONLY
            self.descriptor = os.open(name or path, flags, dir_fd=parent)
        elif name is not None and not stat.S_ISDIR(os.lstat(path).st_mode):
            raise NotADirectoryError(path)

    def __enter__(self) -> _Folder:
        return self

    def __exit__(self, *_: object) -> None:
        if self.descriptor is not None:
            os.close(self.descriptor)

    def inner(self, name: str) -> _Folder:
        return _Folder(os.path.join(self.path, name), name, self.descriptor)

    def entries(self, room: Room) -> list[os.DirEntry]:
        """Its entries by name, as far as there is room for them."""
        listed = []
        target = self.path if self.descriptor is None else self.descriptor
        with os.scandir(target) as entries:
            for entry in entries:
                if room.files <= 0:
                    break
                room.files -= 1
                listed.append(entry)
        return sorted(listed, key=lambda entry: entry.name)

    def look(self, name: str) -> os.stat_result:
        if self.descriptor is None:
            return os.lstat(os.path.join(self.path, name))
        return os.stat(name, dir_fd=self.descriptor, follow_symlinks=False)

    def open(self, name: str) -> int:
        if self.descriptor is None:
            return os.open(os.path.join(self.path, name), _FILE)
        return os.open(name, _FILE, dir_fd=self.descriptor)


def _read(
    folder: _Folder,
    name: str,
    above: tuple[str, ...],
    remarks: Remarks,
    room: Room,
    found: list[Found],
) -> None:
    """Add a file, or what lies in a folder, to `found`."""
    path = (*above, name)
    said = shown("/".join(path))
    try:
        mode = folder.look(name).st_mode
        if stat.S_ISDIR(mode):
            if len(path) > room.depth:
                _refuse(remarks, said, "it lies too deep in folders")
                return
            with folder.inner(name) as inner:
                for entry in inner.entries(room):
                    if visible(entry.name):
                        _read(inner, entry.name, path, remarks, room, found)
                if room.files <= 0:
                    _refuse(remarks, "The rest", "there are too many files")
        elif stat.S_ISLNK(mode):
            _refuse(remarks, said, "it is a link to somewhere else")
        elif not stat.S_ISREG(mode):
            _refuse(remarks, said, "it is not an ordinary file")
        elif len(path) == 1 or wanted(name):
            data = _contents(folder, name, said, remarks, room)
            if data is not None:
                found.append(Found(path, data))
        else:
            remarks.others.append(said)
    except OSError as error:
        _refuse(remarks, said, _reason(error))


def _contents(
    folder: _Folder, name: str, said: str, remarks: Remarks, room: Room
) -> bytes | None:
    """The bytes of a file, unless it is too large or has another name elsewhere."""
    with os.fdopen(folder.open(name), "rb", buffering=0) as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            _refuse(remarks, said, "it is not an ordinary file")
            return None
        if status.st_nlink > 1:
            _refuse(remarks, said, "it is a hard link: the file has another name too")
            return None
        return room.take(said, status.st_size, file.read, remarks)


def _refuse(remarks: Remarks, said: str, why: str) -> None:
    remarks.note(f"{said} was not read: {why}.")
    remarks.flag(f"{said} was not read: {why}.")


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
