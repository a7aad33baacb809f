import gzip
import json
import re
import tarfile
import time
import zipfile
from dataclasses import dataclass

import pytest

from course_utils.grading.handing_in.submissions import read_submission
from course_utils.grading.placeholder import WRITE_HERE
from tests.grading.handing_in import (
    ANSWER,
    ASSIGNMENT,
    CODE,
    GIVEN,
    HIS_ANSWER,
    IMPORTS,
    MINE,
    NAME,
    ONE,
    STUB,
    TWO,
    answer,
    book,
    bound,
    cell,
    changed,
    deep,
    exported,
    fifo,
    folder_linked,
    hard_linked,
    inner_linked,
    instead,
    linked,
    old,
    percent,
    relabelled,
    solved,
    sparse,
    student_linked,
    tarred,
    text,
    without,
    write,
    write_all,
    zipped,
    zipped_link,
)


@dataclass(frozen=True)
class Accident:
    """What a student did, and what is expected of it; by default, no harm at all."""

    make: object
    notes: tuple = ()
    flags: tuple = ()
    sources: object = None
    answers: object = None
    cells: object = None
    modules: tuple = ()
    submitted: str = ""


def lost(make, *notes, flags=None, **more):
    """Nothing could be read, and both are told."""
    flags = notes if flags is None else flags
    nothing = {"sources": {}, "answers": {}, "cells": []}
    return Accident(make, notes, flags, **nothing | more)


def fine(make, *notes, **more):
    return Accident(make, notes, **more)


NO_LABELS = [cell(c["cell_type"], c["source"]) for c in solved()]
IDLE = [g.source for g in GIVEN if g.kind == "code"]
DEEP = '{"cells": ' + "[" * 100_000 + "]" * 100_000 + "}"
OLD_ONE = "def standardize(x, mean, std):\n    return x - mean"
WRONG_NAME = ONE.replace("standardize", "standardise")
KEPT = STUB.format("standardize").replace("(x)", "(x, mean, std)")
LOST_ONE = {"sources": {"halve": TWO}, "cells": [CODE[0], *CODE[2:]]}

ACCIDENTS = {
    "all well": fine(write(text())),
    "nothing written": Accident(
        write(text([cell(g.kind, g.source, g.grade_id) for g in GIVEN])),
        ("as it was handed out",), ("Nothing is written",),
        sources={n: STUB.format(n) for n in MINE},
        answers={"answer-standardize": ""},
        cells=IDLE,
    ),
    # Cells
    "solution deleted": Accident(
        write(without(2)), ("No cell defines `standardize`",),
        ("No cell for `standardize`",), **LOST_ONE,
    ),
    "imports deleted": fine(write(without(1)), "Imports .* put back: import numpy"),
    "one import deleted": fine(
        write(changed(1, source=IMPORTS.splitlines()[1])),
        "put back: import numpy as np",
        cells=["import numpy as np", IMPORTS.splitlines()[1], *CODE[1:]],
    ),
    "imports in one's own way": fine(
        write(changed(1, source="import numpy as np, os\nfrom course_utils.checks "
                                "import (\n  start_here as exercises,  # mine\n)")),
        cells=["import numpy as np, os\nfrom course_utils.checks "
               "import (\n  start_here as exercises,  # mine\n)", *CODE[1:]],
    ),
    "texts and checks deleted": fine(
        write(without(0, 3, 4, 7)), "3 of the other cells .* That costs nothing",
        cells=[IMPORTS, ONE, TWO],
    ),
    "check changed": fine(
        write(changed(3, source="print('full marks')")),
        cells=[CODE[0], ONE, "print('full marks')", *CODE[3:]],
    ),
    "answer deleted": Accident(
        write(without(5)), ("answer answer-standardize is missing",), answers={},
    ),
    "answer and question deleted": Accident(
        write(without(4, 5)), ("answer-standardize is missing", "1 of .* is missing"),
        ("Neither the answer",), answers={},
    ),
    "answer empty and without its label": fine(
        write(text([*solved()[:5], cell("markdown", " "), *solved()[6:]])),
        answers={"answer-standardize": ""},
    ),
    "answer untouched": Accident(
        write(changed(5, source=WRITE_HERE)), answers={"answer-standardize": ""},
    ),
    "answer untouched but for blanks": Accident(
        write(changed(5, source=WRITE_HERE.replace(" ", "  \n") + "\n\n")),
        answers={"answer-standardize": ""},
    ),
    "answer untouched and without its label": fine(
        write(text([*solved()[:5], cell("markdown", WRITE_HERE), *solved()[6:]])),
        answers={"answer-standardize": ""},
    ),
    "answer below the line that it should replace": fine(
        write(changed(5, source=f"{WRITE_HERE}\n\n{ANSWER}")),
    ),
    "answer below an untouched cell without its label": fine(
        write(text([*solved()[:5], cell("markdown", WRITE_HERE),
                    cell("markdown", ANSWER), *solved()[6:]])),
        "cell of your own",
    ),
    "answer in a cell of one's own": fine(
        write(text([*solved()[:5], cell("markdown", ANSWER), *solved()[6:]])),
        "cell of your own",
    ),
    "answer below the empty cell": fine(
        write(text([*solved()[:5], answer(""), cell("markdown", "One."),
                    cell("markdown", "Two."), *solved()[6:]])),
        "cell of your own", answers={"answer-standardize": "One.\n\nTwo."},
    ),
    "answer twice": fine(
        write(text([*solved(), cell("markdown", "Also.", "answer-standardize")])),
        "there more than once",
        answers={"answer-standardize": f"{ANSWER}\n\nAlso."},
    ),
    "answer twice, the same": fine(write(text([*solved()[:6], *solved()[5:]]))),
    "answer turned into code": fine(
        write(changed(5, cell_type="code")), "turned into code"
    ),
    "solution duplicated": fine(
        write(text([*solved()[:3], *solved()[2:]])), "defined in 2 cells.* last one",
        cells=[*CODE[:2], *CODE[1:]],
    ),
    "solution duplicated, the last one differs": fine(
        write(text([*solved()[:2], solved()[2] | {"source": OLD_ONE}, *solved()[2:]])),
        "last one counts", cells=[IMPORTS, OLD_ONE, *CODE[1:]],
    ),
    "checks duplicated": fine(
        write(text([*solved(), solved()[3]])), cells=[*CODE, CODE[2]]
    ),
    "reordered": fine(
        write(text(solved()[::-1])), "another order", cells=CODE[::-1]
    ),
    "solution turned into text": fine(
        write(changed(2, cell_type="markdown")), "turned into text"
    ),
    "solution turned into raw text": fine(
        write(changed(2, cell_type="raw")), "turned into text"
    ),
    "solution fenced, without its label": fine(
        write(text([*solved()[:2], cell("markdown", f"```python\n{ONE}\n```"),
                    *solved()[3:]])),
        "turned into text", "label of .*`standardize` is gone",
        sources=MINE | {"standardize": ONE + "\n"},
        cells=[IMPORTS, ONE + "\n", *CODE[2:]],
    ),
    "code quoted in an answer is not run": fine(
        write(changed(5, source=f"I wrote\n{OLD_ONE}\nand then thought.")),
        answers={"answer-standardize": f"I wrote\n{OLD_ONE}\nand then thought."},
    ),
    "an old version kept as text is not run": fine(
        write(text([*solved(), cell("markdown", OLD_ONE)]))
    ),
    "code as an answer is no solution": Accident(
        write(text([*solved()[:2], *solved()[3:5], answer(OLD_ONE), *solved()[6:]])),
        ("No cell defines `standardize`",), ("No cell for `standardize`",),
        answers={"answer-standardize": OLD_ONE}, **LOST_ONE,
    ),
    "answer below empty cells": fine(
        write(text([*solved()[:5], answer(""), cell("markdown", ""),
                    cell("markdown", "One."), *solved()[6:]])),
        "cell of your own", answers={"answer-standardize": "One."},
    ),
    "code quoted in a text is not run": fine(
        write(text([*solved(), cell("markdown", f"I had\n\n{OLD_ONE}")]))
    ),
    # Labels
    "label changed": fine(write(relabelled(standardize="mine")), "label .* is gone"),
    "labels removed": fine(
        write(text(NO_LABELS)),
        "cell for `standardize`, `halve` is gone",
        "right below the answer",
    ),
    "labels exchanged": fine(
        write(relabelled(standardize="halve", halve="standardize")),
        "`standardize` is defined in another cell", "`halve` is defined in another",
        "another order",
    ),
    "function renamed": fine(
        write(changed(2, source=WRONG_NAME)),
        sources=MINE | {"standardize": WRONG_NAME},
        cells=[IMPORTS, WRONG_NAME, *CODE[2:]],
    ),
    "function renamed and label removed": Accident(
        write(text([*solved()[:2], cell("code", KEPT.replace("ize(", "ise(")),
                    *solved()[3:]])),
        ("recognised by its text",), ("recognised by its text",),
        sources=MINE | {"standardize": KEPT.replace("ize(", "ise(")},
        cells=[IMPORTS, KEPT.replace("ize(", "ise("), *CODE[2:]],
    ),
    "label that is no text": Accident(
        write(text([*solved()[:2], cell("code", ONE) | {"metadata": {"nbgrader":
              {"grade_id": ["standardize"]}}}, *solved()[3:]])), ("label .* is gone",),
    ),
    # Files
    "nothing": lost(lambda folder: None, "Nothing was handed in"),
    "empty folder": lost(lambda folder: folder.mkdir(parents=True), "Nothing was"),
    "renamed": fine(write(text(), "my work.ipynb"), "called my work.ipynb and not"),
    "unicode name": fine(write(text(), "тетрадь – 答案.ipynb"), "тетрадь – 答案"),
    "capital letters": fine(write(text(), "00_START_HERE.IPYNB"), "is called"),
    "two notebooks": Accident(
        write_all({NAME: text([cell(g.kind, g.source, g.grade_id) for g in GIVEN]),
                   "00_start_here-Copy1.ipynb": text()}),
        ("2 notebooks .* most was marked: 00_start_here/00_start_here-Copy1.ipynb",),
        ("Of 2 notebooks",),
    ),
    "two equal notebooks": Accident(
        write_all({NAME: text(), "a.ipynb": text()}),
        ("most was marked: 00_start_here/00_start_here.ipynb",), ("Of 2 notebooks",),
    ),
    "a broken one beside a good one": Accident(
        write_all({NAME: text(), "b.ipynb": "hello"}), ("b.ipynb is no notebook",),
        ("b.ipynb is no notebook",),
    ),
    "Jupyter's own copies": fine(
        write_all({NAME: text(), f".ipynb_checkpoints/{NAME}": "old",
                   "__pycache__/x.py": "old", f"__MACOSX/{NAME}": "resources"})
    ),
    "nested folder": fine(
        write(text(), f"00_start_here/{NAME}"), "found in 00_start_here/00_start_here"
    ),
    "too deep a folder": lost(
        deep, "lies too deep", "no notebook", flags=("lies too deep", "no notebook")
    ),
    "other files": fine(
        write_all({NAME: text(), "data.csv": "1,2", "plot.png": b"\x89PNG"}),
        "not find them: 00_start_here/data.csv, 00_start_here/plot.png",
    ),
    "helper modules": fine(
        write_all({NAME: text(), "helper.py": "a = 1", "deeper/other.py": "b = 2"}),
        modules=("helper.py",),
    ),
    "a module called numpy": fine(
        write_all({NAME: text(), "numpy.py": "", "random.py": ""}),
        "numpy.py has the name of a library", "random.py has the name",
    ),
    "a module that is no name": fine(
        write_all({NAME: text(), "my-helper 1.py": "", "class.py": ""}),
        "my-helper 1.py cannot be imported", "class.py cannot be imported",
    ),
    "too many modules": Accident(
        write_all({NAME: text()} | {f"m{i:02}.py": "" for i in range(21)}),
        ("m20.py was left out",), ("m20.py was left out",),
        modules=tuple(f"m{i:02}.py" for i in range(20)),
    ),
    "too large a module": Accident(
        write_all({NAME: text(), "m.py": "#" * 200_001}), ("m.py was left out",),
        ("m.py was left out",),
    ),
    "too many files": Accident(
        write_all({f"{i:04}.txt": "" for i in range(2001)} | {"0.ipynb": text()}),
        ("too many files", "not find them: .* more", "0.ipynb and not|no notebook"),
        ("too many files", ".*"), sources=Ellipsis, answers=Ellipsis, cells=Ellipsis,
    ),
    "timestamp": fine(
        write_all({NAME: text(), "timestamp.txt": "2026-03-01 12:30:00.123456 UTC\n"}),
        submitted="2026-03-01 12:30:00.123456 UTC",
    ),
    "timestamp of garbage": fine(
        write_all({NAME: text(), "timestamp.txt": b"\xff\xfeyesterday" * 1000}),
        "does not hold a time",
    ),
    "timestamp that names a file": fine(
        write_all({NAME: text(), "timestamp.txt": "2026-03-01 12:30:00 /dev/zero"}),
        "does not hold a time",
    ),
    "timestamp of the 31st of February": fine(
        write_all({NAME: text(), "timestamp.txt": "2026-02-31 12:30:00 UTC"}),
        "does not hold a time",
    ),
    # Formats
    "format 4.0 without ids": fine(write(text(nbformat_minor=0))),
    "format 3": fine(write(old(3)), "in the old format 3"),
    "format 2": fine(
        write(old(2)), "in the old format 2", "label .* is gone",
        "right below the answer",
    ),
    "sources as lists": fine(
        write(text([c | {"source": c["source"].splitlines(True)} for c in solved()]))
    ),
    "no format, no metadata": fine(
        write(json.dumps({"cells": [
            {k: c[k] for k in ("cell_type", "source")} for c in solved()]})),
        "label .* is gone", "right below the answer",
    ),
    "cells of other kinds": Accident(
        write(text([*solved(), 3, None, [], {}, {"cell_type": "code", "source": 7}])),
        ("5 cells are damaged",), ("5 cells are damaged",),
    ),
    "NaN in it": fine(write(text(metadata={"x": float("nan"), "y": float("inf")}))),
    "null characters": fine(
        write(changed(2, source=ONE.replace("return", "\0return\0")))
    ),
    "half a surrogate pair": fine(
        write(changed(5, source=ANSWER + " \ud83d")),
        answers={"answer-standardize": ANSWER + " �"},
    ),
    "Windows line ends": fine(write(changed(2, source=ONE.replace("\n", "\r\n")))),
    "BOM": fine(write(b"\xef\xbb\xbf" + text().encode())),
    "UTF-16": fine(write(text().encode("utf-16")), "read as UTF-16"),
    "UTF-16 without BOM": fine(write(text().encode("utf-16-le")), "read as UTF-16"),
    "Latin-1": fine(
        write(json.dumps(book([*solved()[:5], answer("Größe"), *solved()[6:]]),
                         ensure_ascii=False).encode("latin-1")),
        "read as LATIN-1", answers={"answer-standardize": "Größe"},
    ),
    "empty file": lost(write(b""), "there is not even", flags=("empty file",)),
    "empty notebook": Accident(
        write(text([])), ("no cell with anything", "Imports", "No cell defines `stand",
        "No cell defines `halve`", "answer answer-stand", "3 of the other"),
        ("is empty", "No cell for `s", "No cell for `h", "Neither the answer"),
        sources={}, answers={}, cells=[IMPORTS],
    ),
    "not JSON": lost(write("My solutions are below."), "is no notebook"),
    "a picture": lost(
        write(b"\x89PNG\r\n\x1a\n" + bytes(range(256))), "LATIN-1", "no notebook",
        flags=("is no notebook",),
    ),
    "JSON, but a list": lost(write("[1, 2]"), "JSON, but no", flags=("no notebook",)),
    "JSON without cells": lost(write("{}"), "JSON, but no", flags=("no notebook",)),
    "cells that are no list": lost(
        write('{"cells": {"a": 1}}'), "has no cell with", "Imports", "No cell",
        "No cell", "answer", "3 of", flags=("is empty", "No c", "No c", "Neither"),
        cells=[IMPORTS],
    ),
    "nested without end": lost(write(DEEP), "nested too deeply"),
    "cut off": Accident(
        write(text()[: text().index("def halve") + 5]),
        ("damaged or was cut off.* 6 cells", "No cell defines `halve`", "2 of|1 of"),
        ("is damaged; 6 cells", "No cell for `halve`"),
        sources={"standardize": ONE}, cells=CODE[:3],
    ),
    "cut off early": lost(write(text()[:12]), "is no notebook"),
    "an integer of a million digits": fine(
        write(text().replace('"nbformat_minor": 5', '"nbformat_minor": ' + "9" * 10**6))
    ),
    "200 MB": lost(
        sparse(), "too large to be read: 200 MB.*Clear Outputs", "no notebook",
        flags=("too large to be read", "no notebook"),
    ),
    "a large output": fine(
        write(changed(3, outputs=[{"output_type": "stream", "text": "x" * (10 << 20)}]))
    ),
    "too many values": lost(
        write(changed(3, outputs=[[]] * 1_600_000)), "too many values"
    ),
    "many commas in an output": fine(
        write(changed(3, outputs=[{"text": "," * 1_600_000}]))
    ),
    "too many cells": Accident(
        write(text(solved() + [cell("code", "x")] * 1001)), ("very long",),
        ("very long",), cells=[*CODE, *["x"] * 992],
    ),
    "too long a cell": Accident(
        write(text([*solved(), cell("code", "#" * 80_001)])),
        ("80,001 characters was left out",), ("too long",),
    ),
    "too much code": Accident(
        write(text(solved() + [cell("code", "x" * 80_000)] * 20)), ("very long",),
        ("very long",), cells=[*CODE, *["x" * 80_000] * 12],
    ),
    # Python files
    "percent format": Accident(
        write(percent(), "00_start_here.py"), ("00_start_here.py was marked",),
        ("00_start_here.py was marked",),
    ),
    "percent format without labels": Accident(
        write(percent(NO_LABELS, "#%%"), "mine.py"),
        ("mine.py was marked", "label .* is gone", "right below"),
        ("mine.py was marked",),
    ),
    "exported by nbconvert": Accident(
        write(exported(), "00_start_here.py"),
        ("was marked", "label .* is gone", "is missing", "1 of .* is missing"),
        ("was marked", "Neither the answer"), answers={},
        cells=CODE,
    ),
    "plain Python": Accident(
        write_all({"mine.py": f"{IMPORTS}\n{ONE}\n\n\n{TWO}\n", "helper.py": "a = 1"}),
        ("mine.py was marked", "label .* is gone", "is missing", "3 of the other"),
        ("mine.py was marked", "Neither the answer"), answers={},
        sources=dict.fromkeys(MINE, f"{IMPORTS}\n{ONE}\n\n\n{TWO}\n"),
        cells=[f"{IMPORTS}\n{ONE}\n\n\n{TWO}\n"], modules=("helper.py",),
    ),
    "Python that defines nothing asked for": lost(
        write("print(1)", "mine.py"), "no notebook"
    ),
    # Archives
    "zip in the folder": fine(
        write(zipped({NAME: text(), "helper.py": "a = 1"}), "work.zip"), "was unpacked",
        modules=("helper.py",),
    ),
    "zip in place of the folder": fine(instead(zipped({NAME: text()})), "unpacked"),
    "zip beside the folder": fine(instead(zipped({NAME: text()}), ".zip"), "unpacked"),
    "zip called a notebook": fine(write(zipped({NAME: text()})), "was unpacked"),
    "zip of a folder": fine(
        write(zipped({"me/00_start_here/" + NAME: text(), "me/": ""}), "a.zip"),
        "was unpacked", "was found in me/00_start_here",
    ),
    "notebook in place of the folder": fine(instead(text()), "is called|$"),
    "notebook beside the folder": fine(instead(text(), ".ipynb")),
    "notebook called a zip": fine(write(text(), "a.zip"), "called a.zip.ipynb"),
    "tar.gz": fine(write(tarred({NAME: text()}), "work.tar.gz"), "was unpacked"),
    "tar": fine(write(tarred({NAME: text()}, "w"), "work.tar"), "was unpacked"),
    "tar, long names": fine(
        write(tarred({"d" * 90 + "/" + "e" * 90 + "/" + NAME: text()}, "w",
                     form=tarfile.GNU_FORMAT), "a.tar"), "was unpacked", "found in ddd",
    ),
    "tar, long names, pax": fine(
        write(tarred({"d" * 90 + "/" + "é" * 90 + "/" + NAME: text()}), "a.tgz"),
        "was unpacked", "found in ddd",
    ),
    "zip and notebook": fine(
        write_all({NAME: text(), "all.zip": zipped({"x.ipynb": "no"})}),
        "not find them: 00_start_here/all.zip",
    ),
    "a zip in a zip": lost(
        write(zipped({"a.zip": zipped({NAME: text()})}), "b.zip"),
        "holds only another archive", "no notebook",
    ),
    "an empty zip": lost(write(zipped({}), "a.zip"), "Nothing was handed in"),
    "a damaged zip": lost(
        write(zipped({NAME: text()})[:-30], "a.zip"), "could not be unpacked",
        "no notebook",
    ),
    "a zip with a wrong sum": lost(
        write(zipped({NAME: "abc" * 99}, 0).replace(b"abc", b"abd", 1), "a.zip"),
        "could not be unpacked", "no notebook",
    ),
    "a damaged tar": lost(
        write(tarred({NAME: text()}, "w")[:1000], "a.tar"), "could not be unpacked",
        "no notebook",
    ),
    "a damaged gz": lost(
        write(b"\x1f\x8b\x08" + b"\1" * 99, "a.tgz"), "could not be unpacked",
        "no notebook",
    ),
    "gz of something else": lost(
        write(gzip.compress(b"hello" * 99), "a.tar.gz"), "could not be unpacked",
        "no notebook",
    ),
    "paths that lead out of a zip": Accident(
        write(zipped({"../../x.ipynb": text(), "/tmp2/y.ipynb": text(),
                      "C:\\z.ipynb": text(), NAME: text()}), "a.zip"),
        ("x.ipynb in a.zip has a path", "y.ipynb in", "z.ipynb in", "was unpacked"),
        ("leads out", "leads out", "leads out"),
    ),
    "paths that lead out of a tar": Accident(
        write(tarred({"../x.ipynb": text(), NAME: text()}), "a.tgz"),
        ("leads out", "was unpacked"), ("leads out",),
    ),
    "links in a tar": Accident(
        write(tarred({NAME: text()}, links=[("a.py", tarfile.SYMTYPE),
              ("b.py", tarfile.LNKTYPE), ("c.py", tarfile.FIFOTYPE)]), "a.tgz"),
        ("a.py in a.tgz is a link", "b.py in a.tgz is a link", "was unpacked"),
        ("is a link", "is a link"),
    ),
    "a link in a zip": Accident(
        write(zipped_link(), "a.zip"), ("is a link", "was unpacked"), ("is a link",)
    ),
    "a zip bomb": lost(
        write(zipped({NAME: bytes(300 << 20)}), "a.zip"), "beyond all measure",
        "no notebook", flags=("bomb", "no notebook"),
    ),
    "a gz bomb": lost(
        write(gzip.compress(bytes(200 << 20), 1), "a.tgz"), "too large",
        "no notebook",
    ),
    "a zip of too many files": lost(
        write(zipped({f"{i}.txt": "" for i in range(5001)}), "a.zip"),
        "could not be unpacked", "no notebook",
    ),
    "an unusual compression": lost(
        write(zipped({NAME: text()}, zipfile.ZIP_LZMA), "a.zip"), "could not be unp",
        "no notebook",
    ),
    # Where no file should lead
    "symbolic link": lost(linked, "is a link to somewhere", "no notebook"),
    "hard link": lost(hard_linked, "is a hard link", "no notebook"),
    "folder that is a link": lost(folder_linked, "is a link", "no notebook"),
    "student's folder that is a link": lost(student_linked, "not read", "no notebook"),
    "link to a folder": lost(inner_linked, "work was not read: it is a link", "no n"),
    "a pipe": Accident(fifo, ("not an ordinary file",), ("not an ordinary file",)),
    "a socket": Accident(bound, ("not an ordinary file",), ("not an ordinary file",)),
}  # fmt: skip


def told(texts, patterns):
    """Every sentence is expected, and every expected one is there."""
    left = list(texts)
    for pattern in patterns:
        found = [t for t in left if re.search(pattern, t)]
        if not found and re.search(pattern, ""):
            continue
        assert found, (pattern, left)
        left.remove(found[0])
    assert left == []


@pytest.mark.parametrize("name", ACCIDENTS)
def test_accidents_are_read_kindly_and_said_plainly(tmp_path, name):
    accident = ACCIDENTS[name]
    folder = tmp_path / "submitted" / "ana" / "00_start_here"
    accident.make(folder)
    began = time.process_time()
    read = read_submission(folder, "ana", ASSIGNMENT)
    assert time.process_time() - began < 5
    told(read.notes, accident.notes)
    told(read.flags, accident.flags)
    for field, usual in (("sources", MINE), ("answers", HIS_ANSWER)):
        expected = getattr(accident, field)
        if expected is not Ellipsis:
            assert getattr(read, field) == (usual if expected is None else expected)
    if accident.cells is None:
        assert sorted(c.strip() for c in read.cells) == sorted(CODE)
    elif accident.cells is not Ellipsis:
        assert [c.strip() for c in read.cells] == [c.strip() for c in accident.cells]
    assert set(read.sources.values()) <= set(read.cells)
    assert tuple(sorted(read.modules)) == accident.modules
    assert read.submitted == accident.submitted
    assert (read.student, read.assignment) == ("ana", "00_start_here")
