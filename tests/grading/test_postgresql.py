"""The gradebook on a real PostgreSQL server, which this test starts and stops."""

import shutil

import pytest
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory

from course_utils.grading.books.gradebook import fill, grades
from course_utils.grading.course import Course
from course_utils.grading.errors import GradingError
from course_utils.grading.handing_out.nbgrader_course import settings
from tests.grading import books, postgres_server, small_class
from tests.grading.small_class import NAME, assignment, hand_in, record


@pytest.fixture(scope="module")
def server():
    assert postgres_server.programs() is not None, postgres_server.ADVICE
    with postgres_server.server() as address:
        yield address


def test_a_server_holds_the_same_gradebook_as_a_file(server, tmp_path):
    course = small_class.make_course(tmp_path / "course")
    records = [
        record("ada"),
        record("bob", 2.6667, 0),
        record("æsa", 1, 3, answers={"answer-double": "\x00 \ud800 ½"}),
    ]
    hand_in(course, "bob", "2026-02-01 12:00:00.000000 UTC")
    shutil.copytree(course.folder, tmp_path / "file")
    file = Course(tmp_path / "file")

    for one, db in ((course, server), (file, None)):
        assert fill(one, assignment(one), records, db=db) == 3
        books.by_hand(one, NAME, "ada", {"answer-double": 1.5}, {"half": "Ø"}, db=db)
        assert fill(one, assignment(one), records, db=db) == 0
        again = [record("ada", 1), *records[1:]]
        assert fill(one, assignment(one), again, db=db) == 1
    assert books.dump(course, server) == books.dump(file)
    assert grades(course, server) == grades(file)
    assert grades(file)[0].points == 6.5

    config = settings(course)
    config.CourseDirectory.db_url = server
    shown = NbGraderAPI(CourseDirectory(config=config))
    assert shown.get_submission(NAME, "æsa")["score"] == 4.0


def test_a_wrong_password_is_not_repeated(server, tmp_path):
    course = small_class.make_course(tmp_path / "course")
    wrong = server.replace("p%40ss", "hush")
    said = r"teacher:\*\*\*@.*authentication failed"
    with pytest.raises(GradingError, match=said) as raised:
        fill(course, assignment(course), [], db=wrong)
    assert "hush" not in str(raised.value)
