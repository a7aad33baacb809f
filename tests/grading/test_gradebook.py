"""The gradebook holds what nbgrader itself would have put there, whatever happens."""

import csv
import io
import logging
import re
import shutil
import time
from dataclasses import replace
from datetime import datetime

import nbformat
import pytest
from nbconvert import HTMLExporter
from nbgrader.apps.api import NbGraderAPI
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    OverwriteCells,
    SaveAutoGrades,
)
from sqlalchemy import text

from course_utils.grading.books import gradebook as filling
from course_utils.grading.books import submitted_rows
from course_utils.grading.books.clean_notebooks import (
    COLUMNS,
    as_typed,
    clean_notebook,
    handed_out,
)
from course_utils.grading.books.database import GRADED, open_gradebook
from course_utils.grading.books.gradebook import fill, grades, write_grades
from course_utils.grading.course import Course
from course_utils.grading.errors import GradingError
from course_utils.grading.handing_out.nbgrader_course import settings
from course_utils.grading.pages.comments import read_comments
from course_utils.grading.pages.feedback import feedback_page
from tests.grading import books, small_class
from tests.grading.small_class import NAME, assignment, hand_in, mark, record

LATE = '\nc.LateSubmissionPlugin.penalty_method = "zero"\n'
HOSTILE = (
    "<script>alert(1)</script> $$<img src=x onerror=alert(1)>$$\n```\n"
    "<style>*{}</style>\n\\begin{x}<b onclick=alert(1)>\\end{x} ```` "
    "[a](javascript:alert(1)) \\href{javascript:alert(1)}{x} \x1b[31m\x00\ud800\n"
)


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    return small_class.make_course(tmp_path_factory.mktemp("class") / "course")


@pytest.fixture
def course(released, tmp_path):
    shutil.copytree(released.folder, tmp_path / "course")
    return Course(tmp_path / "course")


def the_class():
    """Right, partly right, nothing at all, and late."""
    return [
        record("ada"),
        record("bob", 2.6667, 0, answers={"answer-double": "No.", "answer-half": "1"}),
        record("cleo", 0, 0, answers={}, sources={}),
        record("dan", 4, 1),
    ]


def due(course, when, db=None):
    with books.opened(course, db) as book:
        book.update_or_create_assignment(NAME, duedate=when)


def by_nbgrader(course, records):
    """Grade the marked copies by nbgrader's own converter, but run nothing."""
    blank = assignment(course)
    for one in records:
        folder = course.submitted / one.student / NAME
        folder.mkdir(parents=True, exist_ok=True)
        nbformat.write(clean_notebook(blank, one), folder / f"{NAME}.ipynb")
    config = settings(course)
    config.CourseDirectory.db_url = course.database
    del config["Autograde"]["exporter_class"]
    config.Autograde.sanitize_preprocessors = [OverwriteCells, CheckCellMetadata]
    config.OverwriteCells.add_missing_cells = True
    config.Autograde.autograde_preprocessors = [
        SaveAutoGrades,
        AssignLatePenalties,
        CheckCellMetadata,
    ]
    log = logging.Logger("nbgrader", logging.CRITICAL)
    coursedir = CourseDirectory(config=config, log=log)
    coursedir.assignment_id = NAME
    converter = Autograde(coursedir=coursedir, config=config, log=log)
    converter.force = True
    converter.start()


def test_every_row_is_as_nbgrader_itself_would_have_it(course, tmp_path):
    config = course.folder / "nbgrader_config.py"
    config.write_text(config.read_text(encoding="utf-8") + LATE, encoding="utf-8")
    due(course, "2026-02-01 12:00:00 UTC")
    for student in ("ada", "bob", "cleo"):
        hand_in(course, student, "2026-02-01 11:00:00.000000 UTC")
    hand_in(course, "dan", "2026-02-01 12:00:01.000000 UTC")
    shutil.copytree(course.folder, tmp_path / "theirs")
    theirs = Course(tmp_path / "theirs")

    fill(course, assignment(course), the_class())
    by_nbgrader(theirs, the_class())
    assert books.dump(course) == books.dump(theirs)
    assert len(books.dump(course)) > 40

    changed = [
        record("ada", 4, 2, answers={"answer-double": "Now longer."}),
        record("dan", 0, 4),
    ]
    for one in (course, theirs):
        marked = {"answer-double": 1.5, "check-half": 3.5}
        books.by_hand(one, NAME, "ada", marked, {"answer-double": "Nearly."})
        books.by_hand(one, NAME, "dan", {"answer-double": 2})
    fill(course, assignment(course), changed)
    by_nbgrader(theirs, [*changed, *the_class()[1:3]])
    assert books.cells(course, NAME, "ada")["check-half"] == (2.0, 3.5, True)
    # The one difference, on purpose: nbgrader puts up for review whatever a human
    # marked, and Dan's answer is the one that was marked.
    assert books.cells(course, NAME, "dan")["answer-double"] == (None, 2.0, False)
    assert books.cells(theirs, NAME, "dan")["answer-double"] == (None, 2.0, True)
    books.by_hand(theirs, NAME, "dan", {"answer-double": 2})
    assert books.dump(course) == books.dump(theirs)


def test_only_what_changed_is_put_up_for_review_and_page_and_table_agree(course):
    asked, name = assignment(course), "ada"
    answers = {"answer-double": "It has a 2.", "answer-half": "6 and 3."}
    fill(course, asked, [record(name, answers=answers)])
    given = {"answer-double": 1.5, "answer-half": 2, "check-double": 3}
    books.by_hand(course, NAME, name, given)
    with books.opened(course) as book:
        book.find_grade("answer-half", NAME, NAME, name).extra_credit = 0.5
        book.db.commit()

    def both(**changes):
        one = record(name, **changes)
        fill(course, asked, [one])
        page = feedback_page(asked, one, read_comments(course, asked)[name])
        (row,) = grades(course)
        total = f"{row.points:g} of {row.possible:g} points</strong>"
        assert total in page
        cells = books.cells(course, NAME, name)
        return {cell for cell in cells if cells[cell][2]}, page, row.needs_manual

    other = answers | {"answer-double": "It has a 2 in it."}
    waiting, page, count = both(half=2, answers=other)
    assert (waiting, count) == ({"answer-double"}, 1)
    assert "1.5 of 2 points, to be looked at again" in page
    assert "2.5 of 2 points" in page
    assert "not marked yet" not in page
    # What waits goes on waiting, whatever else changes; a function by hand as well.
    sources = small_class.WRITTEN | {"double": "def double(x):\n    return 2 * x"}
    waiting, page, _ = both(half=2, answers=other, sources=sources)
    assert waiting == {"answer-double", "check-double"}
    assert "Points for 2 things count as they were" in page
    books.by_hand(course, NAME, name, {"answer-double": 2, "check-double": 4})
    assert both(half=1, answers=other, sources=sources)[0] == set()
    with books.opened(course) as book:
        book.db.execute(GRADED.delete())  # a gradebook from before this was noted
        book.db.commit()
    assert len(both(half=4, answers=other, sources=sources)[0]) == 3


def test_formgrader_shows_what_waits_for_a_human(course):
    hand_in(course, "ada", "2026-02-01 11:00:00.000000 UTC")
    hand_in(course, "cleo", "not a date; $(reboot)")
    fill(course, assignment(course), the_class())
    shown = NbGraderAPI(CourseDirectory(config=settings(course)))
    ada = shown.get_submission(NAME, "ada")
    assert ada["autograded"]
    assert ada["needs_manual_grade"]
    assert (ada["score"], ada["max_score"]) == (8.0, 12.0)
    assert ada["timestamp"] == "2026-02-01T11:00:00"
    cleo = shown.get_submission(NAME, "cleo")
    assert cleo["autograded"]
    assert not cleo["needs_manual_grade"]
    assert cleo["timestamp"] is None
    assert books.cells(course, NAME, "bob")["check-double"] == (2.6667, None, False)


def test_nothing_is_touched_where_nothing_has_changed(course):
    fill(course, assignment(course), the_class())
    books.by_hand(course, NAME, "ada", {"answer-double": 2}, {"answer-double": "Good."})
    before = books.dump(course)
    copies = {p: p.stat().st_mtime_ns for p in course.autograded.rglob("*.ipynb")}
    slower = [replace(one, seconds=9.0) for one in the_class()]
    assert fill(course, assignment(course), slower) == 0
    assert books.dump(course) == before
    assert {p: p.stat().st_mtime_ns for p in copies} == copies
    assert fill(course, assignment(course), [record("ada", 3)]) == 1
    assert books.cells(course, NAME, "ada")["answer-double"] == (None, 2.0, False)


def test_a_deadline_that_moves_is_minded_without_grading_anew(course):
    config = course.folder / "nbgrader_config.py"
    config.write_text(config.read_text(encoding="utf-8") + LATE, encoding="utf-8")
    hand_in(course, "ada", "2026-02-01 13:00:00.000000 +0200")
    points = []
    for when in ("2026-02-01 10:59:59 UTC", "2026-02-01 11:00:00 UTC", None):
        due(course, when)
        fill(course, assignment(course), [record("ada")])
        points.append((grades(course)[0].points, grades(course)[0].late_penalty))
    assert points == [(0.0, 8.0), (8.0, 0.0), (8.0, 0.0)]


@pytest.mark.parametrize("step", ["_write", "_save_grades", "_penalty"])
def test_a_run_that_breaks_off_is_completed_by_the_next(course, monkeypatch, step):
    whole = course.folder.with_name("whole")
    shutil.copytree(course.folder, whole)
    fill(Course(whole), assignment(course), the_class())
    module = filling if hasattr(filling, step) else submitted_rows
    original, calls = getattr(module, step), []

    def breaks(*args):
        calls.append(args)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return original(*args)

    monkeypatch.setattr(module, step, breaks)
    with pytest.raises(KeyboardInterrupt):
        fill(course, assignment(course), the_class())
    monkeypatch.undo()
    with books.opened(course) as book:
        assert [s.student_id for s in book.assignment_submissions(NAME)] == [
            "ada",
            "bob",
        ]
    assert fill(course, assignment(course), the_class()) == 2
    assert books.dump(course) == books.dump(Course(whole))
    assert not list(course.folder.rglob("*.part"))


def test_a_second_gradebook_learns_of_the_assignment(course, tmp_path):
    db = f"sqlite:///{tmp_path / 'other.db'}"
    assert fill(course, assignment(course), the_class(), db=db) == 4
    assert fill(course, assignment(course), the_class()) == 4
    assert books.dump(course, db) == books.dump(course)
    assert [row.points for row in grades(course, db)] == [8.0, 2.6667, 0.0, 5.0]


def test_a_marked_copy_is_what_was_handed_out_filled_in(course):
    given = nbformat.read(course.release / NAME / f"{NAME}.ipynb", as_version=4)
    asked = assignment(course)
    for theirs, ours in zip(given.cells, handed_out(asked).cells, strict=True):
        meta = ours.metadata.get("nbgrader", {})
        if not meta.get("grade_id", "").startswith("question"):
            assert ours.source == theirs.source
            assert meta == theirs.metadata.get("nbgrader", {})
        else:
            assert ours.source.startswith(f"{theirs.source}\n\n**Mark scheme**\n\n2 p")
    notebook = clean_notebook(asked, record("ada", 4, 2.5))
    nbformat.validate(notebook)
    MetadataValidator().validate_nb(notebook)
    cells = {c.metadata.nbgrader.grade_id: c for c in notebook.cells[2:]}
    assert cells["double"].source == small_class.WRITTEN["double"]
    assert cells["check-half"].outputs[-1].data == {"text/plain": "2.5"}
    assert "x = 3" in cells["check-half"].outputs[0].data["text/plain"]
    assert len(cells["check-double"].outputs) == 2
    assert not cells["half"].outputs


def test_nothing_that_a_student_wrote_is_active_in_the_marked_copy(course):
    marks = (mark("double", 0, HOSTILE), mark("half", 0, HOSTILE))
    hostile = replace(
        record("eve"),
        marks=tuple(replace(m, rows=((HOSTILE, HOSTILE),)) for m in marks),
        answers={"answer-double": HOSTILE, "answer-half": "\n\n" + HOSTILE},
        sources={"double": HOSTILE, "half": HOSTILE},
    )
    fill(course, assignment(course), [hostile])
    path = course.autograded / "eve" / NAME / f"{NAME}.ipynb"
    page, _ = HTMLExporter(template_name="classic").from_filename(str(path))
    body = page[page.index("<body") :]
    assert body.count("alert(1)") >= 6
    assert not re.search(r"<script>alert|<img src=x|<b onclick|<style>\*", body)
    assert not re.search(r"href=[\"']?javascript", body)
    for block in re.findall(r"[^<>]*\\href\{javascript[^<>]*", body):
        assert "$" in block or "\\" in block
    assert "\x1b" not in path.read_text(encoding="utf-8")


def test_names_come_from_the_class_list(course):
    (course.folder / "students.csv").write_text(
        "id;first_name;last_name;group\nada;Ada;=cmd()\nzoe;Zoë;Ångström;3\n",
        encoding="utf-8-sig",
    )
    fill(course, assignment(course), the_class())
    rows = {row.student: row for row in grades(course)}
    assert (rows["ada"].first_name, rows["ada"].last_name) == ("Ada", "=cmd()")
    assert (rows["zoe"].points, rows["zoe"].flags) == (0.0, "nothing handed in")
    assert rows["bob"].last_name == ""


def test_only_what_was_handed_in_and_who_is_in_the_class_is_in_the_table(course):
    for name in ("quiet", "later"):
        with books.opened(course) as book:
            book.add_assignment(name)
    with books.opened(course) as book:
        book.add_student("tried-once")
    assert grades(course) == []
    fill(course, assignment(course), the_class())
    hand_in(course, "ada", "2026-02-01 11:00:00.000000 UTC")
    assert {(r.assignment, r.student) for r in grades(course)} == {
        (NAME, student) for student in ("ada", "bob", "cleo", "dan")
    }
    (course.submitted / "ada" / "later").mkdir()
    (course.folder / "students.csv").write_text("id\nzoe\n", encoding="utf-8")
    fill(course, assignment(course), the_class())
    rows = {(r.assignment, r.student): r.flags for r in grades(course)}
    assert {who for what, who in rows if what == "later"} == {"ada", "zoe"}
    assert {who for what, who in rows if what == NAME} == {
        "ada",
        "bob",
        "cleo",
        "dan",
        "zoe",
    }
    assert rows["later", "zoe"] == rows[NAME, "zoe"] == "nothing handed in"
    assert rows["later", "ada"] == "handed in, and not graded yet"


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (b"name,first_name\nada,Ada\n", "must name a column id"),
        (b"id\nada\nada\n", "line 3: ada is there twice"),
        (b"id\n../ada\n", "line 2: a student's folder"),
        (b"id\n\xff\n", "must be UTF-8"),
    ],
)
def test_a_class_list_that_cannot_be_read_says_why(course, table, said):
    (course.folder / "students.csv").write_bytes(table)
    with pytest.raises(GradingError, match=said):
        fill(course, assignment(course), the_class())


def test_grades_csv_is_safe_to_open_in_a_spreadsheet(course):
    odd = "=HYPERLINK(1)"
    flagged = replace(record(odd, 1.25), flags=("@look, please", "twice"))
    fill(course, assignment(course), [flagged, record("+ada"), record("æ, ø")])
    file = course.records / NAME / f"{odd}.json"
    file.parent.mkdir(parents=True)
    file.write_text(flagged.to_json(), encoding="utf-8")
    books.by_hand(course, NAME, "æ, ø", {"check-half": 1, "answer-double": 2})
    text = write_grades(course).read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["student"] for row in rows] == ["'+ada", f"'{odd}", "æ, ø"]
    assert rows[1]["flags"] == "'@look, please; twice"
    assert rows[1]["points"] == "5.25"
    counted = ("points", "possible", "auto", "manual", "late_penalty", "needs_manual")
    assert [rows[2][name] for name in counted] == ["7", "12", "8", "3", "0", "0"]
    assert rows[2]["assignment"] == NAME


def test_a_gradebook_that_cannot_be_used_says_so_and_keeps_the_password(course):
    for db, said in (
        ("postgresql://ada:hush@127.0.0.1:1/db", "ada:\\*\\*\\*@127.0.0.1:1/db"),
        ("postgresql://127.0.0.1:1/db?password=hush", "cannot be used"),
        ("oracle9://ada:hush@h/db", "sqlite or postgresql"),
        ("hush", "must read sqlite"),
        (f"sqlite:///{course.folder}/no/such/hush.db", "unable to open"),
    ):
        with pytest.raises(GradingError, match=said) as raised:
            fill(course, assignment(course), the_class(), db=db)
        assert "hush" not in str(raised.value).replace("hush.db", "")
    with open_gradebook(course) as book:
        book.db.execute(text("UPDATE alembic_version SET version_num = 'older'"))
        book.db.commit()
    with pytest.raises(GradingError, match="another version of nbgrader"):
        grades(course)


def test_records_of_something_else_are_refused(course):
    other = replace(record("ada"), assignment="07_optimizers")
    with pytest.raises(GradingError, match="one of 07_optimizers by ada"):
        fill(course, assignment(course), [other])
    with pytest.raises(GradingError, match="plain name"):
        fill(course, assignment(course), [record("..")])


def test_the_time_of_an_earlier_submission_does_not_outlive_it(course):
    hand_in(course, "ada", "2026-02-01 13:00:00.000000 UTC")
    fill(course, assignment(course), [record("ada")])
    with books.opened(course) as book:
        assert book.find_submission(NAME, "ada").timestamp == datetime(2026, 2, 1, 13)
    hand_in(course, "ada", "2026-02-02 13:00:00.000000 UTC")
    assert fill(course, assignment(course), [record("ada")]) == 0
    with books.opened(course) as book:
        assert book.find_submission(NAME, "ada").timestamp == datetime(2026, 2, 2, 13)


@pytest.mark.parametrize("blank", ["\t", " ", "a", "-", "word ", "a\t"])
def test_an_answer_without_end_is_shown_in_time(blank):
    start = time.process_time()
    shown = as_typed(blank * 200_000)
    assert time.process_time() - start < 2
    assert max(map(len, shown.splitlines())) <= COLUMNS
    assert shown.count(blank.strip()) >= 200_000 or not blank.strip()
