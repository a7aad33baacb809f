"""What lies beside a submission is copied to its feedback only where it is its own."""

import os

import pytest

from course_utils.grading.pages.handing_back import keep_for_exchange

SECRET = "0123456789abcdef" * 4


@pytest.fixture
def folders(tmp_path):
    """A submission with a secret of its own, and where feedback goes."""
    for name in ("submitted", "feedback"):
        (tmp_path / name).mkdir()
    (tmp_path / "submitted" / "submission_secret.txt").write_text(SECRET)
    return tmp_path / "submitted", tmp_path / "feedback"


def kept(submitted, feedback):
    keep_for_exchange(submitted, feedback)
    return (feedback / "submission_secret.txt").read_text()


def test_its_own_secret_is_kept(folders):
    assert kept(*folders) == SECRET


def test_a_linked_folder_is_another_students(folders, tmp_path):
    (tmp_path / "linked").symlink_to(folders[0])
    assert kept(tmp_path / "linked", folders[1]) != SECRET


@pytest.mark.parametrize("link", [os.link, os.symlink])
def test_a_link_may_be_to_any_file(folders, tmp_path, link):
    other = tmp_path / "other"
    other.mkdir()
    link(folders[0] / "submission_secret.txt", other / "submission_secret.txt")
    assert kept(other, folders[1]) != SECRET
