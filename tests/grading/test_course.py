import os
import stat

import numpy as np
import pytest

from course_utils.grading.course import Course, check_student, derive, generator
from course_utils.grading.errors import GradingError


def test_a_secret_is_made_once_and_is_its_owner_s_alone(tmp_path):
    course = Course(tmp_path / "class")
    secret = course.make_secret()
    assert len(secret) == 32
    assert course.make_secret() == course.secret() == secret
    if os.name == "posix":
        assert stat.S_IMODE(course.secret_file.stat().st_mode) == 0o600
    assert [path.name for path in course.folder.iterdir()] == ["secret.key"]


def test_two_classes_have_two_secrets(tmp_path):
    assert Course(tmp_path / "a").make_secret() != Course(tmp_path / "b").make_secret()


@pytest.mark.parametrize("text", ["", "abc", "00" * 31, "zz" * 32, "é"])
def test_a_damaged_secret_is_refused_and_left_alone(tmp_path, text):
    course = Course(tmp_path)
    course.secret_file.write_text(text, encoding="utf-8")
    with pytest.raises(GradingError, match=r"damaged: 64 hexadecimal digits"):
        course.make_secret()
    assert course.secret_file.read_text(encoding="utf-8") == text


def test_a_folder_without_a_secret_is_no_course(tmp_path):
    with pytest.raises(GradingError, match=r"no secret\.key.*course release"):
        Course(tmp_path).secret()


def test_a_lost_secret_is_missed(tmp_path):
    course = Course(tmp_path)
    course.records.mkdir()
    with pytest.raises(GradingError, match=r"has lost its secret\.key: put back"):
        course.secret()


def test_keys_differ_in_every_word_and_in_how_words_are_cut():
    keys = [
        derive(b"s", "student", "a", "b"),
        derive(b"t", "student", "a", "b"),
        derive(b"s", "student", "ab", ""),
        derive(b"s", "student", "b", "a"),
        derive(b"s", "student", "a", "b", ""),
    ]
    assert len(set(keys)) == len(keys)
    assert all(len(key) == 32 for key in keys)


def test_a_generator_repeats_for_who_knows_the_key():
    first, again = (generator(b"k", "exercise", "0").random(5) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, generator(b"k", "exercise", "1").random(5))
    assert not np.array_equal(first, generator(b"l", "exercise", "0").random(5))


@pytest.mark.parametrize(
    "name", ["ann", "Ann-Marie O'Neil", "김영희", "s1234567", "a.b"]
)
def test_plain_names_are_students(name):
    assert check_student(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        ".hidden",
        "a/b",
        "a\\b",
        "a\nb",
        "a\0b",
        "x" * 121,
        "é" * 101,
        "\ud800",
    ],
)
def test_other_names_are_not(name):
    with pytest.raises(GradingError, match=r"plain name of 1 to 120 characters"):
        check_student(name)
