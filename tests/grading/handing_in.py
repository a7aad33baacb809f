"""A small assignment, and what students make of it, by accident or not."""

import io
import json
import os
import socket
import tarfile
import zipfile
from pathlib import Path

from course_utils.checks.exercise import Exercise
from course_utils.checks.start_here import standardize
from course_utils.grading.assignments import Assignment, Given, Question, Task
from course_utils.grading.handing_in.submissions import read_submission
from course_utils.grading.placeholder import WRITE_HERE

STUB = "def {0}(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
IMPORTS = "import numpy as np\nfrom course_utils.checks import start_here as exercises"
INTRO, ASK = "# Exercise 00: Meet the checks", "**Then explain.** Why?"
GIVEN = (
    Given("", "markdown", "text", INTRO),
    Given("", "code", "text", IMPORTS),
    Given("standardize", "code", "solution", STUB.format("standardize")),
    Given("check-standardize", "code", "check", "exercises.standardize.check(0)"),
    Given("question-standardize", "markdown", "text", ASK),
    Given("answer-standardize", "markdown", "answer", WRITE_HERE),
    Given("halve", "code", "solution", STUB.format("halve")),
    Given("check-halve", "code", "check", "exercises.halve.check(halve)"),
)
ASSIGNMENT = Assignment(
    "00_start_here",
    (
        Task(standardize, "standardize", "check-standardize"),
        Task(
            Exercise("halve", "start_here", standardize.judging), "halve", "check-halve"
        ),
    ),
    (Question("answer-standardize", 2.0, ""),),
    GIVEN,
    False,
    "0" * 64,
)
NAME = "00_start_here.ipynb"
ONE = "def standardize(x, mean, std):\n    return (x - mean) / std"
TWO = "def halve(x):\n    return x / 2"
ANSWER = "Because networks learn faster."


def cell(kind, source, grade_id=""):
    made = {"cell_type": kind, "source": source, "metadata": {}}
    if grade_id:
        made["metadata"]["nbgrader"] = {"grade_id": grade_id, "schema_version": 3}
    if kind == "code":
        made |= {"outputs": [], "execution_count": None}
    return made


def solved():
    """The cells as a careful student hands them in."""
    work = {"standardize": ONE, "halve": TWO, "answer-standardize": ANSWER}
    return [cell(g.kind, work.get(g.grade_id, g.source), g.grade_id) for g in GIVEN]


def answer(source):
    return cell("markdown", source, "answer-standardize")


def book(cells, **more):
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5} | more


def text(cells=None, **more):
    return json.dumps(book(solved() if cells is None else cells, **more))


def changed(place, **fields):
    cells = solved()
    cells[place] |= fields
    return text(cells)


def without(*places):
    return text([c for i, c in enumerate(solved()) if i not in places])


def relabelled(**labels):
    cells = solved()
    for c in cells:
        mark = c["metadata"].get("nbgrader")
        if mark and mark["grade_id"] in labels:
            mark["grade_id"] = labels[mark["grade_id"]]
    return text(cells)


def zipped(files, kind=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", kind) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def zipped_link():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        link = zipfile.ZipInfo(NAME)
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("work/" + NAME, text())
    return buffer.getvalue()


def tarred(files, mode="w:gz", links=(), form=tarfile.PAX_FORMAT):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode, format=form) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content.encode()))
        for name, kind in links:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    return buffer.getvalue()


def percent(cells=None, mark="# %%"):
    lines = ["# ---", "# jupyter: {}", "# ---", ""]
    for c in solved() if cells is None else cells:
        label = c["metadata"].get("nbgrader")
        options = f" nbgrader={json.dumps(label)}" if label else ""
        prose = c["cell_type"] == "markdown"
        body = c["source"]
        if prose:
            body = "\n".join(f"# {line}" for line in body.splitlines())
        lines += [mark + " [markdown]" * prose + options, body, ""]
    return "\n".join(lines)


def exported():
    code = [c["source"] for c in solved() if c["cell_type"] == "code"]
    return "#!/usr/bin/env python\n# coding: utf-8\n\n" + "\n\n".join(
        f"# In[{i or ' '}]:\n\n\n{source}" for i, source in enumerate(code)
    )


def old(version):
    cells = []
    for c in solved():
        name = "input" if c["cell_type"] == "code" else "source"
        meta = {} if version < 3 else {"metadata": c["metadata"]}
        cells.append(
            {"cell_type": c["cell_type"], name: c["source"].splitlines(True)} | meta
        )
    cells.insert(0, {"cell_type": "heading", "level": 1, "source": "A title"})
    sheets = [{"cells": cells[:4]}, {"cells": cells[4:]}]
    return json.dumps({"worksheets": sheets, "nbformat": version, "metadata": {}})


def write(content, name=NAME):
    """A maker: one file in the folder."""
    return lambda folder: write_all({name: content})(folder)


def write_all(files):
    """A maker: files in the folder; ".." leads to the student's own."""

    def make(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            path = Path(os.path.normpath(folder / name))
            path.parent.mkdir(parents=True, exist_ok=True)
            data = content if isinstance(content, bytes) else content.encode()
            path.write_bytes(data)

    return make


def instead(content, ending=""):
    """A maker: a file in place of the folder."""

    def make(folder):
        folder.parent.mkdir(parents=True)
        data = content if isinstance(content, bytes) else content.encode()
        (folder.parent / (folder.name + ending)).write_bytes(data)

    return make


def outside(folder):
    """A file that is not the student's, with full marks in it."""
    path = folder.parents[2] / "elsewhere" / NAME
    path.parent.mkdir(exist_ok=True)
    path.write_text(text())
    return path


def linked(folder):
    folder.mkdir(parents=True)
    (folder / NAME).symlink_to(outside(folder))


def hard_linked(folder):
    folder.mkdir(parents=True)
    os.link(outside(folder), folder / NAME)


def folder_linked(folder):
    folder.parent.mkdir(parents=True)
    folder.symlink_to(outside(folder).parent)


def student_linked(folder):
    folder.parent.parent.mkdir(parents=True)
    real = folder.parents[2] / "elsewhere"
    write(text())(real / folder.name)
    folder.parent.symlink_to(real)


def inner_linked(folder):
    folder.mkdir(parents=True)
    (folder / "work").symlink_to(outside(folder).parent)


def fifo(folder):
    write(text())(folder)
    os.mkfifo(folder / "helper.py")


def bound(folder):
    write(text())(folder)
    with socket.socket(socket.AF_UNIX) as server:
        here = os.open(folder, os.O_RDONLY)  # such a path may have 100 characters
        server.bind(f"/proc/self/fd/{here}/helper.py")
        os.close(here)


def sparse(name=NAME, size=200 << 20):
    def make(folder):
        folder.mkdir(parents=True)
        with open(folder / name, "wb") as file:
            file.truncate(size)

    return make


def deep(folder):
    write(text(), "/".join("abcdefg") + "/" + NAME)(folder)


MINE = {"standardize": ONE, "halve": TWO}
HIS_ANSWER = {"answer-standardize": ANSWER}
CODE = [IMPORTS, ONE, "exercises.standardize.check(0)", TWO]
CODE += ["exercises.halve.check(halve)"]


def read_one(tmp_path, content, name=NAME, student="ana"):
    folder = tmp_path / "submitted" / student / "00_start_here"
    write(content, name)(folder)
    return read_submission(folder, student, ASSIGNMENT)
