"""Which of the files that were handed in is marked, and which lie beside it."""

from __future__ import annotations

import keyword
import re
import sys

from course_utils.grading.assignments import Assignment
from course_utils.grading.handing_in.archives import is_archive, unpack_archive
from course_utils.grading.handing_in.handed_in import (
    ARCHIVES,
    Found,
    Remarks,
    Room,
    shown,
)
from course_utils.grading.handing_in.matching import Matched, match
from course_utils.grading.handing_in.notebook_reading import read_notebook

UNPACKED = "{name} was unpacked. Next time, please hand in the notebook itself."
ONLY_ARCHIVES = (
    "{name} holds only another archive, which was not opened. Please hand in the "
    "notebook itself."
)
_MOST_NOTEBOOKS = 10
_MOST_ARCHIVES = 3
_MOST_MODULES = 20
_MODULE = 200_000
_MODULES = 1_000_000
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,60}")
_LIBRARIES = sys.stdlib_module_names | {
    "IPython", "course_utils", "ipykernel", "joblib", "keras", "matplotlib", "numpy",
    "pandas", "scipy", "tensorflow",
}  # fmt: skip


def is_a(file: Found, ending: str) -> bool:
    """Whether a file's name ends so, in large letters or small."""
    return file.name.lower().endswith(ending)


def opened(files: list[Found], remarks: Remarks, room: Room) -> list[Found]:
    """The files, with archives unpacked where there is no notebook beside them."""
    plain, archives = [], []
    for file in files:
        if is_a(file, ".py") or is_a(file, "timestamp.txt"):
            plain.append(file)
        elif is_archive(file.data):
            archives.append(file)
        elif is_a(file, ".ipynb"):
            plain.append(file)
        elif file.data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
            plain.append(Found((*file.path[:-1], file.name + ".ipynb"), file.data))
        elif file.name.lower().endswith(ARCHIVES):
            archives.append(file)
        else:
            remarks.others.append(shown("/".join(file.path)))
    if any(is_a(file, ".ipynb") for file in plain):
        remarks.others += [shown("/".join(archive.path)) for archive in archives]
        return plain
    for archive in archives[:_MOST_ARCHIVES]:
        name = shown(archive.name)
        inside = unpack_archive(archive, remarks, room)
        if any(is_a(file, (".ipynb")) or is_a(file, ".py") for file in inside):
            remarks.note(UNPACKED.format(name=name))
        elif any(is_archive(file.data) for file in inside):
            remarks.note(ONLY_ARCHIVES.format(name=name))
            remarks.flag(f"{name} holds only another archive.")
        plain += [file for file in inside if not is_archive(file.data)]
    return plain


def best(
    files: list[Found], assignment: Assignment, remarks: Remarks
) -> tuple[Found | None, Matched]:
    """The notebook that fits the assignment best, and what was found in it."""
    expected = assignment.name + ".ipynb"
    for ending in (".ipynb", ".py"):
        files_so = [file for file in files if is_a(file, ending)]
        files_so.sort(key=lambda f: (f.name != expected, len(f.path), f.path))
        tried = []
        for place, file in enumerate(files_so[:_MOST_NOTEBOOKS]):
            own = Remarks()
            cells = read_notebook(file, own)
            if cells is not None:
                matched = match(cells, assignment, own)
                found = len(matched.sources) + len(matched.answers)
                tried.append(((matched.written, found, -place), file, matched, own))
            elif ending == ".ipynb":
                remarks.add(own)
        if ending == ".py":
            tried = [one for one in tried if one[2].sources]
        if tried:
            (_, _, _), chosen, matched, own = max(tried, key=lambda one: one[0])
            remarks.add(own)
            _say_chosen(chosen, [one[1] for one in tried], assignment, remarks)
            return chosen, matched
    return None, Matched()


def _say_chosen(
    chosen: Found, tried: list[Found], assignment: Assignment, remarks: Remarks
) -> None:
    said, expected = shown(chosen.name), assignment.name + ".ipynb"
    if is_a(chosen, ".py"):
        remarks.note(f"There is no notebook that could be read; {said} was marked.")
        remarks.flag(f"{said} was marked, since no notebook could be read.")
    elif len(tried) > 1:
        names = ", ".join(sorted(shown("/".join(file.path)) for file in tried))
        remarks.note(
            f"You handed in {len(tried)} notebooks ({names}). The one that answers "
            f"most was marked: {shown('/'.join(chosen.path))}."
        )
        remarks.flag(f"Of {len(tried)} notebooks, {said} was marked: {names}.")
    elif chosen.name != expected:
        remarks.note(
            f"Your notebook is called {said} and not {expected}; it was marked all the "
            "same."
        )
    if len(chosen.path) > 2:
        remarks.note(f"{said} was found in {shown('/'.join(chosen.path[:-1]))}.")


def modules_beside(
    files: list[Found], chosen: Found, remarks: Remarks
) -> dict[str, bytes]:
    """The Python files in the notebook's folder that it may import, by file name."""
    modules: dict[str, bytes] = {}
    for file in files:
        beside = file.path[:-1] == chosen.path[:-1] and file is not chosen
        if not (beside and is_a(file, ".py")):
            continue
        name, said = file.name.removesuffix(".py"), shown(file.name)
        size = len(file.data) + sum(map(len, modules.values()))
        if not _PLAIN.fullmatch(name) or keyword.iskeyword(name):
            remarks.note(f"{said} cannot be imported: its name is no name in Python.")
        elif name in _LIBRARIES:
            remarks.note(
                f"{said} has the name of a library and would stand in its way; it was "
                "left out. Rename it if you need it."
            )
        elif (
            len(file.data) > _MODULE or size > _MODULES or len(modules) >= _MOST_MODULES
        ):
            remarks.note(
                f"{said} was left out: beside a notebook there may be {_MOST_MODULES} "
                f"Python files of {_MODULE:,} bytes, {_MODULES:,} bytes in all."
            )
            remarks.flag(f"{said} was left out: too many or too large Python files.")
        else:
            modules[file.name] = file.data
    return modules
