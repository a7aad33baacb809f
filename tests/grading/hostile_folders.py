"""Hostile submissions that attack by files: links, archives, names and sizes."""

import io
import os
import socket
import stat
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import tests.grading.hostile_class as hostile

BOOK = f"{hostile.NAME}.ipynb"
RIGHT = hostile.notebook(hostile.RIGHT)
WRONG = hostile.notebook(
    ["def double(x):\n    return x", "def centre(x):\n    return x"]
)
STARTUP = "import os\nos._exit(3)\n"


@dataclass(frozen=True)
class Folder:
    """A hostile submission that is files.

    Attributes:
        name: of the student.
        tries: what it is up to.
        make: puts the files into ``submitted/NAME``, which exists.
        points: that it must get; empty where it must not be taken for a student.
    """

    name: str
    tries: str
    make: Callable[[Path], object]
    points: dict


FOLDERS: list[Folder] = []
NOTHING = {"double": 0.0, "centre": 0.0}
ALL = {"double": 4.0, "centre": 4.0}


def folder(points):
    """Add a function to `FOLDERS`, under its own name and with what it says."""

    def add(make):
        FOLDERS.append(Folder(make.__name__, make.__doc__, make, points))
        return make

    return add


def inner(top, text=None):
    """The folder of the assignment, with a notebook in it or empty."""
    made = top / hostile.NAME
    made.mkdir()
    if text is not None:
        (made / BOOK).write_text(text, encoding="utf-8")
    return made


def write_zip(top, *entries, beside=None):
    """An archive with these (name or ZipInfo, text) entries in place of a notebook."""
    path = inner(top, beside) / f"{hostile.NAME}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in entries:
            archive.writestr(name, text)
    return path


def write_tar(top, *entries, kind="w:gz"):
    """A tar file of these (TarInfo, text) entries."""
    with tarfile.open(inner(top) / f"{hostile.NAME}.tar.gz", kind) as archive:
        for info, text in entries:
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))


# Links and what is no file ------------------------------------------------------------


@folder({})
def folder_linked(top):
    """The student's own folder leads to another student's."""
    top.rmdir()
    top.symlink_to("aaron")


@folder(NOTHING)
def assignment_linked(top):
    """The assignment's folder leads to another student's, by a relative path."""
    (top / hostile.NAME).symlink_to(f"../aaron/{hostile.NAME}")


@folder(NOTHING)
def course_linked(top):
    """The assignment's folder leads to the course's own, with the solution."""
    (top / hostile.NAME).symlink_to(top.parent.parent / "source" / hostile.NAME)


@folder(NOTHING)
def notebook_linked(top):
    """The notebook leads to another student's."""
    (inner(top) / BOOK).symlink_to(f"../../aaron/{hostile.NAME}/{BOOK}")


@folder(ALL)
def secrets_linked(top):
    """What lies beside the notebook leads to the secret and the gradebook."""
    made, course = inner(top, RIGHT), top.parent.parent
    for name, target in (
        ("helper.py", course / "secret.key"),
        ("timestamp.txt", course / "secret.key"),
        ("submission_secret.txt", course / "secret.key"),
        ("feedback.ipynb", course / "gradebook.db"),
        ("users.py", "/etc/passwd"),
        ("loop.py", "loop.py"),
        ("endless.ipynb", "/dev/zero"),
    ):
        (made / name).symlink_to(target)


@folder(NOTHING)
def hard_link(top):
    """The notebook is a second name of the solved one."""
    source = top.parent.parent / "source" / hostile.NAME / BOOK
    os.link(source, inner(top) / BOOK)


@folder(NOTHING)
def pipe(top):
    """The notebook is a pipe: whoever opens it waits for ever."""
    os.mkfifo(inner(top) / BOOK)


@folder(ALL)
def pipes_beside(top):
    """Pipes and a socket beside the notebook, under names that are read."""
    made = inner(top, RIGHT)
    for name in ("timestamp.txt", "submission_secret.txt", "helper.py", "x.zip"):
        os.mkfifo(made / name)
    with socket.socket(socket.AF_UNIX) as listener:
        before = Path.cwd()
        os.chdir(made)  # such a name must be short
        listener.bind("socket.py")
        os.chdir(before)


@folder(NOTHING)
def device(top):
    """The notebook is a device without an end (for root; others make a pipe)."""
    if os.geteuid():
        os.mkfifo(inner(top) / BOOK)
    else:
        os.mknod(inner(top) / BOOK, stat.S_IFCHR | 0o666, os.makedev(1, 5))


@folder(NOTHING)
def folder_as_notebook(top):
    """The notebook is a folder, and another in it, and so on."""
    (inner(top) / "/".join([BOOK] * 40)).mkdir(parents=True)


# Archives -----------------------------------------------------------------------------


@folder(NOTHING)
def climbing_zip(top):
    """An archive whose entries lead out of every folder it could be unpacked in."""
    names = [f"/tmp/{BOOK}", f"../../aaron/{hostile.NAME}/{BOOK}", f"C:\\{BOOK}"]
    names += [f"a/../../../../{BOOK}", f"..\\..\\{BOOK}", "../../../secret.key"]
    write_zip(top, *((name, RIGHT) for name in names))


@folder(NOTHING)
def linked_zip(top):
    """An archive with a symbolic link, and an entry that goes through it."""
    link = zipfile.ZipInfo(BOOK)
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    write_zip(top, (link, f"../../aaron/{hostile.NAME}/{BOOK}"))


@folder(NOTHING)
def bomb(top):
    """A notebook that grows from a megabyte to a gigabyte."""
    path = inner(top) / f"{hostile.NAME}.zip"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open(BOOK, "w", force_zip64=True) as file,
    ):
        for _ in range(128):
            file.write(bytes(1 << 20))


@folder(NOTHING)
def lying_bomb(top):
    """The same, and the archive says that it is small."""
    path = write_zip(top, (BOOK, " " * (64 << 20) + RIGHT))
    data = bytearray(path.read_bytes())
    size = ((64 << 20) + len(RIGHT.encode())).to_bytes(4, "little")
    path.write_bytes(data.replace(size, (5000).to_bytes(4, "little")))


@folder(NOTHING)
def archive_in_archive(top):
    """An archive in an archive in an archive."""
    data, name = RIGHT.encode(), BOOK
    for _ in range(6):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr(name, data)
        data, name = file.getvalue(), f"{hostile.NAME}.zip"
    (inner(top) / name).write_bytes(data)


@folder(NOTHING)
def overlapping_zip(top):
    """A thousand entries that are all the same megabyte of the archive."""
    path = write_zip(top, (BOOK, " " * (1 << 20)))
    data = path.read_bytes()
    start, end = data.index(b"PK\x01\x02"), data.index(b"PK\x05\x06")
    entry, tail = data[start:end], bytearray(data[end:])
    tail[8:12] = (1000).to_bytes(2, "little") * 2
    tail[12:16] = (1000 * len(entry)).to_bytes(4, "little")
    path.write_bytes(data[:start] + entry * 1000 + bytes(tail))


@folder(NOTHING)
def crowded_zip(top):
    """Thousands of entries, and a notebook behind them."""
    write_zip(top, *((f"{i}.ipynb", "") for i in range(6000)), (BOOK, RIGHT))


@folder(NOTHING)
def encrypted_zip(top):
    """An archive that asks for a password."""
    path = write_zip(top, (BOOK, RIGHT))
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)


@folder(NOTHING)
def hostile_tar(top):
    """Links, devices and absolute paths in a tar file."""
    entries = []
    for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):
        info = tarfile.TarInfo(BOOK)
        info.type, info.linkname = kind, f"../../aaron/{hostile.NAME}/{BOOK}"
        entries.append((info, ""))
    for name in (f"/tmp/{BOOK}", f"../{BOOK}"):
        entries.append((tarfile.TarInfo(name), RIGHT))
    write_tar(top, *entries)


@folder(NOTHING)
def tar_bomb(top):
    """A tar file that grows a thousandfold when it is inflated."""
    write_tar(top, (tarfile.TarInfo(BOOK), " " * (100 << 20) + RIGHT))


# Sizes and forms ----------------------------------------------------------------------


@folder(NOTHING)
def heavy(top):
    """A notebook of 200 megabytes."""
    with open(inner(top, RIGHT) / BOOK, "r+b") as file:
        file.truncate(200 << 20)


@folder(NOTHING)
def deep_json(top):
    """A notebook of brackets, a million deep."""
    inner(top, '{"cells": ' + "[" * 1_000_000 + "]" * 1_000_000 + "}")


@folder(ALL)
def odd_json(top):
    """Numbers of a million digits, NaN and names twice around a right notebook."""
    odd = '{"x": ' + "9" * 1_000_000 + ', "y": NaN, "y": 1e999, "z": "\\ud800", '
    inner(top, RIGHT.replace("{", odd, 1))


@folder(ALL)
def deep_folders(top):
    """Folders in folders beside the notebook, as deep as the system lets them be."""
    made, before = inner(top, RIGHT), Path.cwd()
    os.chdir(made)
    for _ in range(60):
        os.mkdir("d" * 200)
        os.chdir("d" * 200)
    Path(BOOK).write_text(WRONG)
    os.chdir(before)


@folder(ALL)
def crowded(top):
    """Thousands of files beside the notebook."""
    data = inner(top, RIGHT) / "data"
    data.mkdir()
    for number in range(2500):
        (data / f"{number}.py").touch()


# Names --------------------------------------------------------------------------------


@folder(ALL)
def odd_names(top):
    """Names that turn around, begin with a dash, end a line, or are in no encoding."""
    made = os.fsencode(inner(top, RIGHT))
    for name in (
        b"-rf.ipynb", b"a\nb.ipynb", "\u202ebnypi.exe.py".encode(), b"\xff\xfe.ipynb",
        b"$(touch owned).ipynb", b"<script>.ipynb", b"%s{0}.py", b"x" * 249 + b".ipynb",
        hostile.NAME.upper().encode() + b".IPYNB", "e\u0301.py".encode(), b"\\..\\a.py",
    ):  # fmt: skip
        Path(os.fsdecode(os.path.join(made, name))).write_text("{}")


@folder(ALL)
def shadows(top):
    """Modules with the names of libraries, and files that Python starts with."""
    made = inner(top, RIGHT)
    for name in (
        "numpy.py", "re.py", "json.py", "IPython.py", "course_utils.py", "socket.py",
        "sitecustomize.py", "usercustomize.py", "conftest.py", "evil.pth",
        "ipython_config.py", "nbgrader_config.py", "jupyter_config.py", "__main__.py",
    ):  # fmt: skip
        (made / name).write_text(STARTUP)
    for name in ("numpy", "course_utils/grading/inside", ".ipython/profile_default"):
        (made / name).mkdir(parents=True)
        (made / name / "__init__.py").write_text(STARTUP)
    (made / "nbgrader_config.json").write_text('{"NbGrader": {"db_url": "x"}}')
