"""Which lessons there are, and how a person names one."""

import pytest

from course_utils.notebooks.errors import CourseError
from course_utils.notebooks.lessons import Lesson, choose, find_root, lessons

NAMES = ["00_start_here", "01_vanishing_gradients", "02_initialization"]


@pytest.fixture
def root(tmp_path):
    (tmp_path / "pyproject.toml").write_text("")
    folder = tmp_path / "notebooks" / "text"
    folder.mkdir(parents=True)
    for name in NAMES[:2]:
        (folder / f"{name}.py").write_text("")
    (folder / "notes.py").write_text("")
    (tmp_path / "notebooks" / f"{NAMES[2]}.ipynb").write_text("")
    return tmp_path


def test_lessons_come_in_order_from_texts_and_notebooks(root):
    assert [lesson.name for lesson in lessons(root)] == NAMES


def test_a_lesson_knows_its_files(tmp_path):
    lesson = Lesson("04_batch_normalization", tmp_path)
    assert (lesson.number, lesson.slug) == (4, "batch_normalization")
    assert {
        part: getattr(lesson, part).relative_to(tmp_path).as_posix()
        for part in ("notebook", "text", "stub", "exercise_text", "module", "test")
    } == {
        "notebook": "notebooks/04_batch_normalization.ipynb",
        "text": "notebooks/text/04_batch_normalization.py",
        "stub": "notebooks/exercises/04_batch_normalization.ipynb",
        "exercise_text": "notebooks/text/exercises/04_batch_normalization.py",
        "module": "course_utils/batch_normalization.py",
        "test": "tests/test_batch_normalization.py",
    }
    assert lesson.check == tmp_path / "course_utils/checks/batch_normalization.py"
    front_door = tmp_path / "course_utils/batch_normalization/__init__.py"
    front_door.parent.mkdir(parents=True)
    front_door.touch()
    assert lesson.module == front_door


@pytest.mark.parametrize(
    "wanted",
    [
        "1",
        "01",
        "001",
        "vanishing_gradients",
        "01_vanishing_gradients",
        "notebooks/01_vanishing_gradients.ipynb",
        "notebooks/text/01_vanishing_gradients.py",
        " 1 ",
    ],
)
def test_a_lesson_goes_by_many_names(root, wanted):
    assert [lesson.name for lesson in choose(root, [wanted])] == [NAMES[1]]


def test_choosing_several_none_and_one_twice(root):
    assert [lesson.number for lesson in choose(root, ["2", "0", "start_here"])] == [
        0,
        2,
    ]
    assert len(choose(root, [])) == 3


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("7", "there is no lesson 7; there are 00_start_here to 02_initialization"),
        ("vanishing", "did you mean 01_vanishing_gradients?"),
        ("initialisation", "did you mean 02_initialization?"),
        ("xyz", "there is no lesson 'xyz'; there are"),
    ],
)
def test_an_unknown_lesson_gets_a_suggestion(root, wanted, message):
    with pytest.raises(CourseError) as caught:
        choose(root, [wanted])
    assert message in str(caught.value)


def test_the_root_is_found_from_below_and_from_elsewhere(root, tmp_path_factory):
    assert find_root(root / "notebooks" / "text") == root.resolve()
    elsewhere = find_root(tmp_path_factory.mktemp("elsewhere"))
    assert (elsewhere / "course_utils" / "notebooks" / "lessons.py").is_file()


def test_no_course_anywhere(tmp_path, monkeypatch):
    from course_utils.notebooks import lessons as module

    monkeypatch.setattr(module, "__file__", str(tmp_path / "site" / "lessons.py"))
    with pytest.raises(CourseError, match="no copy of the course at"):
        find_root(tmp_path)
