import json
import random
import re
import tarfile
import threading
import time
import tracemalloc
import zipfile

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from course_utils.grading.handing_in.archives import unpack_archive
from course_utils.grading.handing_in.handed_in import Found, Remarks, Room
from course_utils.grading.handing_in.submissions import Submission, read_submission
from tests.grading.handing_in import (
    ASSIGNMENT,
    HIS_ANSWER,
    MINE,
    NAME,
    ONE,
    TWO,
    book,
    cell,
    changed,
    exported,
    old,
    outside,
    percent,
    read_one,
    solved,
    tarred,
    text,
    write,
    zipped,
)


def test_the_digest_follows_all_that_is_marked_and_nothing_else(tmp_path):
    first = read_one(tmp_path, text())
    assert re.fullmatch("[0-9a-f]{64}", first.digest)
    assert read_one(tmp_path, text(metadata={"x": 1})).digest == first.digest
    assert read_one(tmp_path, changed(3, outputs=[{}])).digest == first.digest
    others = {
        read_one(tmp_path, changed(2, source=ONE + "  # quick")).digest,
        read_one(tmp_path, changed(5, source="Else.")).digest,
        read_one(tmp_path, changed(7, source="1")).digest,
        read_one(tmp_path, text(), student="ben").digest,
        read_one(tmp_path / "2", text()).digest,
    }
    assert len(others) == 5
    assert first.digest in others
    write("a = 1", "helper.py")(tmp_path / "2" / "submitted" / "ana" / "00_start_here")
    assert read_one(tmp_path / "2", text()).digest != first.digest


def test_many_small_bombs_are_not_all_unpacked(tmp_path):
    """Each is below every cap; together they would come to 160 MB."""
    noise = random.Random(0).randbytes(80_000)
    data = zipped({f"{i}.ipynb": noise + bytes(10 << 20) for i in range(16)})
    room = Room()
    files = unpack_archive(Found(("a.zip",), data), Remarks(), room)
    assert 4 < len(files) < 12
    assert sum(len(file.data) for file in files) <= Room().bytes
    before = time.process_time()
    read = read_one(tmp_path, data, "a.zip")
    assert time.process_time() - before < 5
    assert not read.cells
    assert any("too large" in flag for flag in read.flags)


def test_a_zip_that_lies_about_its_sizes(tmp_path):
    """Its table says one byte a file: what is read counts, not what is claimed."""
    data = bytearray(zipped({NAME: text()}))
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = (1).to_bytes(4, "little")
    read = read_one(tmp_path, bytes(data), "a.zip")
    assert not read.cells
    assert any("could not be unpacked" in note for note in read.notes)


def test_memory_stays_bounded(tmp_path):
    content = '{"cells": [' + ",".join(['{"":0}'] * 740_000) + "]}"
    tracemalloc.start()
    try:
        read = read_one(tmp_path, content)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert read.flags
    assert peak < 300 << 20


def test_text_that_is_slow_to_search(tmp_path):
    """Each of these makes a careless regular expression go back and forth."""
    worst = {
        "imports": "from a(\n" * 9000,
        "fences": "```\n" * 19_000,
        "equals": "a " * 39_000 + "\n" + " " * 70_000,
        "definitions": "def standardize" * 5000,
        "quotes": '"\\' * 25_000,
    }
    for name, source in worst.items():
        cells = solved() + [
            cell(kind, source, label)
            for kind in ("code", "markdown")
            for label in ("", "standardize", "answer-standardize")
        ]
        began = time.process_time()
        read_one(tmp_path / name, text(cells))
        read_one(tmp_path / name / "cut", text(cells)[:-9])
        read_one(tmp_path / name / "py", "# %% " + source, "a.py")
        assert time.process_time() - began < 5, name


def test_a_file_exchanged_for_a_link_while_it_is_read(tmp_path):
    """What is elsewhere has labels; what the student has is without."""
    folder = tmp_path / "submitted" / "ana" / "00_start_here"
    unlabelled = text([cell(c["cell_type"], c["source"]) for c in solved()])
    write(unlabelled)(folder)
    stop = threading.Event()

    def swap():
        real, link = folder / NAME, outside(folder)
        while not stop.is_set():
            real.unlink(missing_ok=True)
            real.symlink_to(link)
            real.unlink()
            real.write_text(unlabelled)

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        for _ in range(200):
            read = read_submission(folder, "ana", ASSIGNMENT)
            assert not read.sources or any("is gone" in note for note in read.notes)
    finally:
        stop.set()
        thread.join()


def is_plain(read):
    """Nothing but a submission comes out, and it can be kept as a record."""
    assert isinstance(read, Submission)
    assert not any("could not be read. Your teacher" in note for note in read.notes)
    parts = [read.cells, read.sources, read.answers, read.notes, read.flags]
    json.dumps(parts, ensure_ascii=False).encode("utf-8")
    assert all(type(c) is str and "\0" not in c for c in read.cells)
    assert set(read.sources) <= set(MINE)
    assert set(read.answers) <= set(HIS_ANSWER)
    assert all(len(note) < 700 for note in (*read.notes, *read.flags))


leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)
words = st.sampled_from(
    [
        "cells", "source", "cell_type", "code", "markdown", "metadata", "nbgrader",
        "grade_id", "standardize", "answer-standardize", "halve", "worksheets", "input",
        "nbformat", ONE, TWO, "```\n" + ONE + "\n```", "import numpy as np",
        "\ud800", "\0",
    ]
)  # fmt: skip
jsons = st.recursive(
    leaves | words,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(words | st.text(), inner)
    ),
    max_leaves=15,
)
cell_like = st.fixed_dictionaries(
    {},
    optional={
        "cell_type": st.sampled_from(["code", "markdown", "raw", "heading"]) | jsons,
        "source": words | st.lists(words) | jsons,
        "input": words,
        "metadata": jsons | st.builds(lambda g: {"nbgrader": {"grade_id": g}}, words),
    },
)
books = st.builds(book, st.lists(cell_like | jsons, max_size=8), nbformat=jsons | words)
slow = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@slow
@given(jsons | books)
def test_anything_in_json(tmp_path, tree):
    is_plain(read_one(tmp_path, json.dumps(tree)))


@st.composite
def damaged(draw, originals):
    data = bytearray(draw(st.sampled_from(originals)))
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(data)))
        what = draw(st.sampled_from(("change", "cut", "insert", "repeat", "end")))
        if what == "change" and place < len(data):
            data[place] = draw(st.integers(0, 255))
        elif what == "cut":
            del data[place : place + draw(st.integers(1, 40))]
        elif what == "insert":
            data[place:place] = draw(st.binary(max_size=9) | st.just(b'"[{'))
        elif what == "repeat":
            data[place:place] = data[max(0, place - 200) : place]
        else:
            del data[max(place, len(data) // 2) :]
    return bytes(data)


NOTEBOOKS = [text().encode(), old(3).encode(), text().encode("utf-16")]
PYTHONS = [percent().encode(), exported().encode()]
PACKED = [
    zipped({NAME: text(), "a.py": "a = 1"}),
    zipped({NAME: text()}, zipfile.ZIP_STORED),
    tarred({NAME: text()}, "w"),
    tarred({"d" * 99 + "/" + NAME: text()}, "w", form=tarfile.GNU_FORMAT),
    tarred({"é" * 99 + "/" + NAME: text()}, "w"),
    tarred({NAME: text()}),
]


@slow
@given(st.binary(max_size=300), st.sampled_from([NAME, "a.py", "a.zip", "a.tgz"]))
def test_any_bytes(tmp_path, data, name):
    is_plain(read_one(tmp_path, data, name))
    (tmp_path / "submitted" / "ana" / "00_start_here" / name).unlink()


@slow
@given(damaged(NOTEBOOKS))
def test_damaged_notebooks(tmp_path, data):
    is_plain(read_one(tmp_path, data))


@slow
@given(damaged(PYTHONS))
def test_damaged_python_files(tmp_path, data):
    is_plain(read_one(tmp_path, data, "a.py"))


@slow
@given(damaged(PACKED))
def test_damaged_archives(tmp_path, data):
    is_plain(read_one(tmp_path, data, "a.zip"))


def test_the_last_net_holds(tmp_path, monkeypatch):
    """A fault of ours costs a look by the teacher, not the whole batch."""
    monkeypatch.setattr(
        "course_utils.grading.handing_in.submissions.best", lambda *_: 1 / 0
    )
    read = read_one(tmp_path, text())
    assert any("could not be read" in note for note in read.notes)
    assert any("ZeroDivisionError" in flag for flag in read.flags)
