"""A class marked in parallel: resumed, spread, and never stopped by one of them."""

import json

import pytest

import tests.grading.hostile_class as hostile
from course_utils.grading import batch
from course_utils.grading.assignments import load_assignment
from course_utils.grading.course import Course
from course_utils.grading.errors import GradingError
from course_utils.grading.handing_in.roll import overlooked, students
from course_utils.grading.sandbox import choose


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    return hostile.write_class(tmp_path_factory.mktemp("class"), [])


@pytest.fixture(scope="module")
def wall():
    chosen = choose(trust=True)
    yield chosen
    chosen.close()


@pytest.fixture
def course(released, tmp_path):
    """The class with its three honest students, nothing marked."""
    for name in ("source", "exercises", "submitted"):
        (tmp_path / name).symlink_to(released / name)
    (tmp_path / "secret.key").write_bytes((released / "secret.key").read_bytes())
    return Course(tmp_path)


@pytest.fixture
def assignment(course):
    return load_assignment(course, hostile.NAME)


def totals(marked):
    return {record.student: record.points for record in marked.records}


EXPECTED = {student: points for student, (_, points) in hostile.HONEST.items()}


def test_everybody_is_marked_and_has_a_file(course, assignment, wall):
    seen = []
    marked = batch.mark_all(course, assignment, wall, progress=seen.append)
    assert totals(marked) == EXPECTED
    assert marked.marked == len(seen) == 3
    assert marked.failed == {}
    assert batch.read_records(course, assignment.name) == list(marked.records)


def test_a_second_run_marks_nobody_and_again_marks_all(course, assignment, wall):
    first = batch.mark_all(course, assignment, wall)
    second = batch.mark_all(course, assignment, wall)
    assert (first.marked, second.marked) == (3, 0)
    assert second.records == first.records
    third = batch.mark_all(course, assignment, wall, again=True)
    assert third.marked == 3
    assert totals(third) == EXPECTED


def test_an_interrupted_run_goes_on_where_it_stopped(course, assignment, wall):
    class Stop(Exception):
        pass

    def stop(record):
        raise Stop

    with pytest.raises(Stop):
        batch.mark_all(course, assignment, wall, jobs=1, progress=stop)
    kept = batch.read_records(course, assignment.name)
    assert len(kept) == 1
    rest = batch.mark_all(course, assignment, wall)
    assert rest.marked == 2
    assert totals(rest) == EXPECTED
    assert kept[0] in rest.records


def test_half_a_record_is_made_again(course, assignment, wall):
    batch.mark_all(course, assignment, wall)
    path = course.records / assignment.name / "mia.json"
    path.write_text(path.read_text(encoding="utf-8")[:100], encoding="utf-8")
    with pytest.raises(GradingError, match=r"mia\.json: not a grading record"):
        batch.read_records(course, assignment.name)
    again = batch.mark_all(course, assignment, wall)
    assert again.marked == 1
    assert totals(again) == EXPECTED


def test_another_submission_or_secret_is_marked_again(course, assignment, wall):
    batch.mark_all(course, assignment, wall, only=["zoe"])
    shared = course.submitted.resolve()
    course.submitted.unlink()
    for student in ("aaron", "zoe"):
        text = (shared / student / hostile.NAME / f"{hostile.NAME}.ipynb").read_text()
        hostile.write_submission(course.folder, student, text.replace("2 * x", "3 * x"))
    changed = batch.mark_all(course, assignment, wall, only=["zoe"])
    assert (changed.marked, totals(changed)) == (1, {"zoe": 4.0})
    course.secret_file.unlink()
    course.make_secret()
    assert batch.mark_all(course, assignment, wall, only=["zoe"]).marked == 1


def test_only_some_are_marked_and_strangers_are_named(course, assignment, wall):
    marked = batch.mark_all(course, assignment, wall, only=["mia"])
    assert totals(marked) == {"mia": 4.0}
    with pytest.raises(GradingError, match="bob, eve handed in nothing"):
        batch.mark_all(course, assignment, wall, only=["eve", "mia", "bob"])


def test_nobody_handed_in(tmp_path):
    with pytest.raises(GradingError, match=r"nobody has handed in 07_optimizers.*STUD"):
        students(Course(tmp_path), "07_optimizers")


def test_who_handed_in_is_seen_by_exact_names(tmp_path):
    course = Course(tmp_path)
    (tmp_path / "source" / "exam").mkdir(parents=True)
    (tmp_path / "source" / "exam_2").mkdir()
    for path in ("ann/exam/x.ipynb", "bob/exam.zip", "cleo/exam_2/x.ipynb"):
        file = course.submitted / path
        file.parent.mkdir(parents=True)
        file.touch()
    (course.submitted / "dora_77_assign").mkdir()
    (course.submitted / "all.zip").touch()
    assert students(course, "exam") == ["ann", "bob"]
    assert students(course, "exam_2") == ["cleo"]
    assert overlooked(course) == ["all.zip", "dora_77_assign"]


def test_a_wall_that_fails_for_one_leaves_the_others(course, assignment, wall):
    class Failing:
        name, holds = wall.name, wall.holds
        left = 1

        def start(self, kind, limits):
            if self.left:
                self.left -= 1
                raise GradingError("no child can be begun")
            return wall.start(kind, limits)

    marked = batch.mark_all(course, assignment, Failing(), jobs=1)
    assert (len(marked.records), len(marked.failed)) == (2, 1)
    assert set(marked.failed.values()) == {"no child can be begun"}
    assert batch.mark_all(course, assignment, wall).marked == 1


def test_a_link_in_place_of_a_student_is_not_followed(course, tmp_path):
    shared = course.submitted.resolve()
    course.submitted.unlink()
    course.submitted.mkdir()
    (course.submitted / "eve").symlink_to(shared / "mia")
    (course.submitted / ".git").mkdir()
    (course.submitted / "notes.txt").write_text("x", encoding="utf-8")
    with pytest.raises(GradingError, match="nobody has handed in"):
        students(course, hostile.NAME)


def test_a_dask_cluster_gives_the_same_scores(course, assignment, wall):
    from distributed import Client, LocalCluster
    from joblib import parallel_config

    here = batch.mark_all(course, assignment, wall)
    cluster = LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, processes=True
    )
    with cluster, Client(cluster), parallel_config(backend="dask"):
        there = batch.mark_all(course, assignment, wall, again=True)
    assert there.marked == 3
    assert there.failed == {}
    for one, other in zip(here.records, there.records, strict=True):
        a, b = json.loads(one.to_json()), json.loads(other.to_json())
        for marks in (a, b):
            marks.pop("seconds")
            for mark in marks["marks"]:
                mark.pop("seconds")
        assert a == b
