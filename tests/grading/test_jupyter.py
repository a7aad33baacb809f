"""Nbgrader's own extensions work with a released course, in real Jupyter servers.

Two servers run here, the teacher's in the course folder and a student's in a home of
its own, and everything goes over HTTP, as from JupyterLab. Between them stands a real
exchange folder, which nbgrader has on Linux and macOS.
"""

import contextlib
import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from jupyter_core.paths import jupyter_path

from course_utils.grading.assignments import load_assignment
from course_utils.grading.course import Course
from course_utils.grading.handing_in.submissions import read_submission
from course_utils.grading.handing_out.own_exercises import new_exercise
from course_utils.grading.handing_out.release import release
from course_utils.notebooks.lessons import choose
from course_utils.notebooks.text import read_text

ROOT = Path(__file__).parents[2]
SECONDS = 120  # the longest wait, on a machine that is busy with other things
UNUSED = (
    *("jupyter_lsp", "jupyter_server_terminals", "jupyterlab", "jupyterlab_jupytext"),
    *("notebook", "notebook_shim", "nbgrader.server_extensions.course_list"),
)


@dataclass
class Server:
    """A running Jupyter server."""

    home: Path
    url: str
    token: str

    def ask(self, path, data=None):
        """GET, or POST with data; the status and the body."""
        body = None if data is None else urllib.parse.urlencode(data).encode()
        request = urllib.request.Request(
            self.url + path, body, {"Authorization": f"token {self.token}"}
        )
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def log(self):
        """The end of what the server said."""
        return (self.home / "server.log").read_text(errors="replace")[-8000:]

    def json(self, path, data=None):
        status, body = self.ask(path, data)
        assert status == 200, body
        return json.loads(body)


@contextlib.contextmanager
def serving(folder, home):
    """A Jupyter server of a person whose home and settings are `home`'s alone."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token = secrets.token_hex(8)
    kept = ("PATH", "LANG", "SYSTEMROOT", "VIRTUAL_ENV")
    env = {name: os.environ[name] for name in kept if name in os.environ}
    for name in ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR"):
        env[f"JUPYTER_{name}"] = str(home / name.lower())
    env |= {"HOME": str(home), "IPYTHONDIR": str(home / "ipython"), "MPLBACKEND": "Agg"}
    # The server imports the very code that is tested, and settings that cannot be
    # loaded stop it: otherwise nbgrader would go on with its own.
    env |= {
        "PYTHONPATH": str(ROOT),
        "TRAITLETS_APPLICATION_RAISE_CONFIG_FILE_ERROR": "1",
    }
    env["JUPYTER_PREFER_ENV_PATH"] = "0"
    settings = home / "config_dir" / "jupyter_server_config.json"
    settings.parent.mkdir()
    off = {"ServerApp": {"jpserver_extensions": dict.fromkeys(UNUSED, False)}}
    settings.write_text(json.dumps(off))
    log = (home / "server.log").open("wb")
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "jupyter_server"),
            "--ServerApp.open_browser=False",
            "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.port={port}",
            f"--IdentityProvider.token={token}",
            f"--ServerApp.root_dir={folder}",
            "--ServerApp.allow_root=True",
        ],
        cwd=folder,
        env=env,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:
        yield Server(home, f"http://127.0.0.1:{port}", token)
    finally:
        server.terminate()
        try:
            server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait(timeout=10)
        log.close()


def wait_for(server):
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if server.ask("/api/status")[0] == 200:
                break
        time.sleep(0.1)
    else:
        raise AssertionError(server.log())
    said = (server.home / "server.log").read_text(errors="replace")
    assert "failed loading" not in said, said


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    """The course, the teacher's server and the student's."""
    base = tmp_path_factory.mktemp("school")
    homes = [base / "teacher", base / "student"]
    exchange = base / "exchange"
    for folder in (*homes, exchange):
        folder.mkdir()
    exchange.chmod(0o777)
    course = Course(homes[0] / "deep")
    new_exercise(course, "smooth")
    release(course, ROOT, ["0", "smooth"])
    place = f"\nc.Exchange.root = {str(exchange)!r}\n"
    own = course.folder / "nbgrader_config.py"
    own.write_text(own.read_text() + place)
    (homes[1] / "nbgrader_config.py").write_text(
        f"c = get_config()\nc.CourseDirectory.course_id = 'deep'{place}"
    )
    with (
        serving(course.folder, homes[0]) as teacher,
        serving(*homes[1:] * 2) as student,
    ):
        wait_for(teacher)
        wait_for(student)
        yield course, teacher, student


def test_formgrader_shows_what_was_released(people):
    _, teacher, _ = people
    status, page = teacher.ask("/formgrader/manage_assignments")
    assert status == 200
    assert "formgrader" in page.lower()
    listed = {a["name"]: a for a in teacher.json("/formgrader/api/assignments")}
    assert set(listed) == {"00_start_here", "smooth"}
    assert listed["smooth"]["max_score"] == 6.0
    assert listed["smooth"]["max_written_score"] == 2.0
    assert listed["smooth"]["status"] == "draft"
    assert teacher.ask("/formgrader/gradebook")[0] == 200


def test_jupyterlab_has_the_extension_installed():
    places = [Path(p) / "labextensions" / "@jupyter" for p in jupyter_path()]
    assert any((place / "nbgrader" / "package.json").is_file() for place in places)


def solve(path, solved):
    """Fill in a student's notebook."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        meta = cell.metadata.get("nbgrader", {})
        if meta.get("solution"):
            cell.source = solved[meta["grade_id"]]
    nbformat.write(notebook, path)


def test_from_the_release_to_the_collected_submission(people):
    course, teacher, student = people
    for name in ("smooth", "00_start_here"):
        succeeds(teacher, f"/formgrader/api/assignment/{name}/release")
    listed = student.json("/assignments?course_id=deep")
    assert listed["success"]
    assert {a["assignment_id"] for a in listed["value"]} == {"smooth", "00_start_here"}
    for name in ("smooth", "00_start_here"):
        wanted = {"course_id": "deep", "assignment_id": name}
        succeeds(student, "/assignments/fetch", wanted)

    # A stub does not pass, and a right answer does: with our check, and with asserts.
    solved = read_text(choose(ROOT, ["0"])[0].exercise_text).cells
    (answer,) = (c.source for c in solved if "BEGIN SOLUTION" in c.source)
    start = "00_start_here/00_start_here.ipynb"
    assert failures(student, start) == ["exercises.standardize.check(standardize)"]
    solve(student.home / start, {"standardize": answer})
    assert failures(student, start) == []
    mine = "smooth/smooth.ipynb"
    code = (
        "def moving_average(x, window):\n"
        '    return np.convolve(x, np.ones(window) / window, "valid")'
    )
    text = "It gets lower and wider."
    solve(student.home / mine, {"moving_average": code, "answer-moving_average": text})
    assert failures(student, mine) == []

    wanted = {"course_id": "deep", "assignment_id": "smooth"}
    succeeds(student, "/assignments/submit", wanted)
    succeeds(teacher, "/formgrader/api/assignment/smooth/collect")
    (folder,) = course.submitted.glob("*/smooth")
    assert (folder / "timestamp.txt").is_file()
    found = read_submission(folder, "ada", load_assignment(course, "smooth"))
    assert found.sources == {"moving_average": code}
    assert found.answers == {"answer-moving_average": text}
    (listed,) = teacher.json("/formgrader/api/submissions/smooth")
    assert listed["student"] == folder.parent.name
    assert not listed["autograded"]

    # The button that would run it without a sandbox says what to do instead.
    path = f"/formgrader/api/submission/smooth/{folder.parent.name}/autograde"
    refused = teacher.json(path, {})
    assert not refused["success"]
    assert "course grade" in refused["error"]


def succeeds(server, path, data=None):
    """POST; what nbgrader and the server said is shown where it fails."""
    answer = server.json(path, data or {})
    assert answer["success"], f"{answer}\n{server.log()}"


def failures(student, path):
    """The sources of the cells that fail when a student presses Validate."""
    answer = student.json("/assignments/validate", {"path": path})
    assert answer["success"], answer
    assert not answer["value"].get("changed"), "no locked cell was altered"
    return [cell["source"].strip() for cell in answer["value"].get("failed", [])]
