"""Which wall is taken, what is said where there is none, and what is shown inside."""

import pickle
import sys
from pathlib import Path

import pytest

from course_utils.grading import sandbox
from course_utils.grading.errors import GradingError
from course_utils.grading.sandbox import bwrap, cgroups, view
from course_utils.grading.sandbox.base import Limits
from tests.grading.sandbox.conftest import FOUND


@pytest.fixture
def bare(monkeypatch):
    """A machine without any program that could make a wall."""
    monkeypatch.setattr(sandbox, "_PROVEN", {})
    monkeypatch.setattr(sandbox, "_REFUSED", {})
    monkeypatch.setenv("PATH", "/nonexistent")


def test_without_a_wall_strangers_are_not_graded(bare):
    """The error names each tier, why not, what to install and how to do without."""
    with pytest.raises(GradingError) as caught:
        sandbox.choose()
    text = str(caught.value)
    for tier in ("fork server", "bwrap", "podman", "docker"):
        assert f"- {tier}: " in text
    assert "--trust-submissions" in text
    assert "install" in text.lower()


def test_trust_is_the_last_resort(bare):
    """Without a wall, trusted work is graded; with one, it is used all the same."""
    assert sandbox.choose(trust=True).name == "none"
    assert sandbox.choose("none", trust=True).name == "none"
    with pytest.raises(GradingError, match="--trust-submissions"):
        sandbox.choose("none")
    with pytest.raises(GradingError, match="bwrap"):
        sandbox.choose("bwrap", trust=True)


def test_the_name_must_be_one_of_the_tiers():
    """A name that is none says which there are."""
    with pytest.raises(GradingError, match=r"'fork server', 'bwrap'.*got 'chroot'"):
        sandbox.choose("chroot")


@pytest.mark.parametrize("name", FOUND)
def test_the_same_wall_serves_a_whole_process(name):
    """Asking twice gives one tier; another process makes its own of that name."""
    tier = sandbox.choose(name)
    assert sandbox.choose(name) is tier
    assert pickle.loads(pickle.dumps(tier)) is tier
    assert "no network" in tier.holds


@pytest.mark.parametrize("name", FOUND)
def test_a_wall_with_a_hole_is_refused(name, monkeypatch):
    """A child that sees what it must not is reason enough, and the error says what."""
    monkeypatch.setattr(sandbox, "_PROVEN", {})
    monkeypatch.setattr(sandbox, "_REFUSED", {})
    hole = (str(view.PACKAGE / "checks"), f"{view.COURSE}/course_utils/checks")
    shown = [*view.course_files(), hole]
    monkeypatch.setattr(view, "course_files", lambda: shown)
    with pytest.raises(GradingError, match=r"the sandbox leaks: .*checks"):
        sandbox.choose(name)


def test_installed_copies_of_the_course_are_masked(tmp_path, monkeypatch):
    """A copy among the libraries holds every answer and is covered."""
    place = tmp_path / "lib" / "site-packages"
    (place / "course_utils").mkdir(parents=True)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(view.site, "getsitepackages", lambda prefixes: [str(place)])
    assert view.hidden_folders() == [str(place / "course_utils")]
    options = bwrap.arguments()
    assert "--tmpfs" in options[options.index(str(place / "course_utils")) - 1]


def test_one_hierarchy_is_used_where_it_is_delegated(tmp_path, monkeypatch):
    """Version 2: the nearest group above that hands on memory and pids."""
    own = tmp_path / "user.slice" / "app.slice" / "shell.scope"
    own.mkdir(parents=True)
    app = own.parent
    for folder in (own, app):
        (folder / "cgroup.procs").write_text("")
        (folder / "cgroup.subtree_control").write_text("")
    (app / "cgroup.subtree_control").write_text("cpu memory pids\n")
    mounts = [("cgroup2", tmp_path, "/", "rw")]
    monkeypatch.setattr(cgroups, "_mounts", lambda: iter(mounts))
    monkeypatch.setattr(cgroups, "_own", lambda _: "/user.slice/app.slice/shell.scope")
    groups = cgroups.Groups()
    group = groups.make(Limits(memory=1000, processes=7))
    (folder,) = set(group._folders.values())
    assert groups.version == 2
    assert folder.parent.parent == app
    assert (folder / "memory.max").read_text() == "1000"
    assert (folder / "pids.max").read_text() == "7"
    (folder / "memory.events").write_text("low 0\noom 2\noom_kill 2\n")
    (folder / "pids.events").write_text("max 5\n")
    assert group.events() == (2, 5)
    (app / "cgroup.subtree_control").write_text("cpu\n")
    with pytest.raises(OSError, match="memory and pids"):
        cgroups.Groups()


def test_the_view_names_what_is_shown():
    """What a new module of the course holds stays outside until it is named."""
    inside = {path for _, path in view.course_files()}
    package = Path(view.PACKAGE)
    assert f"{view.COURSE}/course_utils/grading/inside" in inside
    assert f"{view.COURSE}/course_utils" not in inside
    assert f"{view.COURSE}/course_utils/checks" not in inside
    for outside, _ in view.course_files():
        assert Path(outside).is_relative_to(package.parent)
