"""Hostile submissions get what they deserve, and nobody else gets less for them."""

import hashlib
import json
import os
import re
import time
from pathlib import Path

import psutil
import pytest
from nbgrader.api import Gradebook

import tests.grading.hostile_class as hostile
from course_utils.grading.sandbox import available
from course_utils.grading.sandbox.image import find_image
from tests.grading.hostile_folders import FOLDERS
from tests.grading.sandbox import engines

NOTEBOOKS = hostile.attacks()
ATTACKS = [*NOTEBOOKS, *(made for made in FOLDERS if made.points)]
# On this machine; `none` is no wall, and a container needs an image, which is not
# downloaded for a test.
LACKING = available()
TIERS = [name for name, lacking in LACKING.items() if not lacking]
TIERS = [
    name
    for name in TIERS
    if name != "none" and (name not in engines.TIERS or find_image(name))
]


# Files that attacks write to a /tmp, which is not this machine's.
WRITTEN = re.compile(r"/tmp/([\w.-]+)")
NAMES = {name for a in NOTEBOOKS for cell in a.cells for name in WRITTEN.findall(cell)}


def theirs(path):
    """Whether a new file is a submission's and not another program's of this user."""
    if re.match(r"joblib_|sem\.|psm_|pym-|loky", path.name):
        return False  # shared memory of other tests that run at the same time
    owned = not path.is_relative_to("/tmp") or path.lstat().st_uid != os.geteuid()
    return owned or path.name in NAMES or path.name.startswith(hostile.NAME)


def graded_now(group):
    """Whether a control group belongs to a grader that is running."""
    grader = re.fullmatch(r"course-grading-\d+-(\d+)-.*", group)[1]
    return Path("/proc", grader).exists()


def machine():
    """What a submission might leave behind: mounts, groups, files."""
    groups = {
        folder
        for folder, _, _ in os.walk("/sys/fs/cgroup")
        if Path(folder).name.startswith("course-grading-")
        and not graded_now(Path(folder).name)
    }
    files = {path for top in ("/tmp", "/dev/shm") for path in Path(top).iterdir()}
    return {"mounts": engines.mounts(), "groups": groups, "files": files}


def children():
    """Processes of a sandbox or a grader that have lost their parent.

    A grader that somebody else runs at the same time has its processes still.
    """
    running = {p.pid: p for p in psutil.process_iter(["cmdline", "ppid", "name"])}
    found = set()
    for process in running.values():
        line = " ".join(process.info["cmdline"] or [])
        parent = running.get(process.info["ppid"])
        orphan = parent is None or parent.pid == 1 or parent.info["name"] == "systemd"
        if orphan and ("bwrap" in line or "course_utils.grading" in line):
            found.add(process.pid)
    return found


@pytest.fixture(scope="module", params=TIERS)
def graded(request, tmp_path_factory):
    """The class, graded behind one of this machine's walls."""
    folder = tmp_path_factory.mktemp("class")
    hostile.write_class(folder, NOTEBOOKS, FOLDERS)
    secret = (folder / "secret.key").read_bytes()
    before, running = machine(), children()
    said, sent = hostile.grade_watched(folder, request.param)
    # What other tests do at the same time goes by; what a submission left stays.
    for _ in range(60):
        left = {key: now - before[key] for key, now in machine().items()}
        left["running"] = children() - running
        if not (left["mounts"] or left["groups"] or left["running"]):
            break
        time.sleep(1.0)
    return {
        "folder": folder,
        "sent": sent,
        "left": left,
        "files": [f for f in left["files"] if os.path.lexists(f) and theirs(f)],
        "secret": secret,
        "said": said.stdout + said.stderr,
    }


def record(graded, student):
    path = graded["folder"] / "records" / hostile.NAME / f"{student}.json"
    return json.loads(path.read_text(encoding="utf-8"))


def points(graded, student):
    return {m["exercise"]: m["points"] for m in record(graded, student)["marks"]}


def test_there_are_walls_to_test():
    assert TIERS, LACKING
    # A wall that is refused for a hole would not be tested, and nobody would notice.
    assert not [why for why in LACKING.values() if "leak" in why or "proof" in why]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_gets_what_it_deserves(graded, attack):
    assert points(graded, attack.name) == attack.points


def test_honest_students_get_their_points(graded):
    with Gradebook(f"sqlite:///{graded['folder']}/gradebook.db") as book:
        for student, (_, expected) in hostile.HONEST.items():
            assert sum(points(graded, student).values()) == expected
            assert book.find_submission(hostile.NAME, student).score == expected


def test_the_gradebook_is_intact(graded):
    names = {*hostile.HONEST, *(attack.name for attack in ATTACKS)}
    with Gradebook(f"sqlite:///{graded['folder']}/gradebook.db") as book:
        assert {student.id for student in book.students} == names
        for attack in ATTACKS:
            submission = book.find_submission(hostile.NAME, attack.name)
            assert submission.score == sum(attack.points.values())
            assert submission.max_score == 8


def test_nothing_is_left_and_nothing_was_sent(graded):
    assert not graded["left"]["running"]
    assert not graded["left"]["mounts"]
    assert not graded["left"]["groups"]
    assert not graded["files"]
    assert (graded["sent"]["packets"], graded["sent"]["met"]) == (0, 0)


def test_no_page_shows_the_secret(graded):
    secret = graded["secret"].decode().strip()
    digest = hashlib.sha256(bytes.fromhex(secret)).hexdigest()
    ours = [path for path in graded["folder"].iterdir() if path.name != "secret.key"]
    for top in ours:
        inside = top.rglob("*") if top.name != "submitted" else ()
        for path in [top, *inside]:
            assert not path.is_symlink()
            if path.is_file():
                data = path.read_bytes()
                assert secret.encode() not in data, path
                assert digest.encode() not in data, path


def test_a_link_in_place_of_a_student_is_no_student(graded):
    strangers = [made.name for made in FOLDERS if not made.points]
    assert strangers
    for name in strangers:
        for top in ("records", "autograded", "feedback", "reports"):
            assert not [p for p in (graded["folder"] / top).rglob(f"{name}*")]
