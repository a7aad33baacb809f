"""The command `course`: what it says, what it leaves behind, and its exit codes."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections import namedtuple
from pathlib import Path

import pytest

from course_utils.cli import doctor, installation, main, serve, skeleton
from course_utils.lab import data
from course_utils.lab.files import FileCheck
from course_utils.notebooks import environment, rules
from course_utils.notebooks.errors import CourseError
from course_utils.notebooks.lessons import Lesson
from course_utils.notebooks.stubs import make_stub
from course_utils.notebooks.text import (
    from_cells,
    read_notebook,
    read_text,
    write_notebook,
)

ROOT = Path(__file__).resolve().parents[1]


def course(*arguments):
    """Call the command in this process; return its exit code."""
    with pytest.raises(SystemExit) as stop:
        main([str(argument) for argument in arguments])
    return stop.value.code or 0


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A course with a lesson that works and one that does not; we stand in it."""
    root = tmp_path / "course"
    (root / "notebooks" / "text").mkdir(parents=True)
    (root / "pyproject.toml").write_text("[project]\ndependencies = []\n")
    good = from_cells("import sys\nprint('noise', file=sys.stderr)", "6 * 7")
    bad = from_cells("print('so far, so good')", "1 / 0", "print('never')")
    write_notebook(root / "notebooks" / "00_good.ipynb", good)
    write_notebook(root / "notebooks" / "01_bad.ipynb", bad)
    monkeypatch.chdir(root / "notebooks")
    return root


# ------------------------------------------------------------------ help and usage


def test_help_names_the_commands_and_imports_nothing_heavy():
    code = (
        "import sys\n"
        "from course_utils.cli import main\n"
        "try:\n"
        "    main(['--help'])\n"
        "except SystemExit as stop:\n"
        "    print('exit code', stop.code)\n"
        "heavy = {'numpy', 'pandas', 'matplotlib', 'nbformat', 'nbclient',\n"
        "         'nbconvert', 'jupyter_client', 'jupyterlab', 'tensorflow'}\n"
        "print('imported', sorted(heavy & set(sys.modules)))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
        check=True,
    )
    assert "exit code 0" in run.stdout
    assert "imported []" in run.stdout
    for command in ("lab", "run", "check", "new-lesson"):
        assert command in run.stdout


@pytest.mark.parametrize("command", ["lab", "run", "check", "new-lesson"])
def test_every_command_has_its_help(command, capsys):
    assert course(command, "--help") == 0
    assert command in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [["labb"], ["lab", "--port", "x"], ["new-lesson"], ["run", "--fast"]]
    + [["lab", "--port", port] for port in ("0", "70000")],
)
def test_what_is_not_understood_exits_with_2(arguments, capsys):
    assert course(*arguments) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_outside_a_course_the_package_knows_where_it_lies(tmp_path, monkeypatch):
    from course_utils import cli

    monkeypatch.chdir(tmp_path)
    assert cli._root() == ROOT


# ------------------------------------------------------------------------ course run


def test_run_keeps_every_page_and_says_which_lesson_failed(root, capsys):
    before = {p.name: p.read_bytes() for p in (root / "notebooks").glob("*.ipynb")}
    assert course("run") == 1
    out = capsys.readouterr().out
    assert "ok      00_good" in out
    assert "FAILED  01_bad, code cell 2: it raises ZeroDivisionError" in out
    assert "1 of 2 failed: 01_bad" in out
    assert "Traceback" not in out.split("FAILED")[0]
    pages = root / "build" / "html"
    good = (pages / "00_good.html").read_text(encoding="utf-8")
    assert "42" in good
    assert "noise" in good
    bad = (pages / "01_bad.html").read_text(encoding="utf-8")
    assert "so far, so good" in bad
    assert "ZeroDivisionError" in bad
    after = {p.name: p.read_bytes() for p in (root / "notebooks").glob("*.ipynb")}
    assert after == before


def test_run_takes_a_lesson_and_a_folder(root, capsys):
    assert course("run", "0", "--out", "pages") == 0
    pages = root / "notebooks" / "pages"
    assert [page.name for page in pages.iterdir()] == ["00_good.html"]
    assert "FAILED" not in capsys.readouterr().out


def test_run_suggests_the_nearest_lesson(root, capsys):
    assert course("run", "goood") == 1
    err = capsys.readouterr().err
    assert err == "course: there is no lesson 'goood'; did you mean 00_good?\n"


def test_run_says_when_the_folder_cannot_be(root, capsys):
    (root / "taken").write_text("a file")
    assert course("run", "0", "--out", root / "taken") == 1
    err = capsys.readouterr().err
    assert err.startswith("course: ")
    assert "taken" in err


# ---------------------------------------------------------------------- course check


def test_check_looks_at_everything_and_ends_in_a_verdict(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    code = course("check")
    lines = capsys.readouterr().out.splitlines()
    subjects = [line.split()[1] for line in lines[:-1] if not line.startswith(" ")]
    expected = "Python packages versions data disk memory cores BLAS kernel TensorFlow"
    assert subjects == expected.split()
    failed = sum(line.startswith("FAILED") for line in lines)
    assert code == (failed > 0)
    assert lines[-1] == "All is well." or lines[-1].startswith(f"{failed} failed")


def only(findings):
    (finding,) = findings
    return finding


def test_a_python_that_does_not_fit_is_named(monkeypatch):
    assert only(installation.python()).state == "ok"
    version = namedtuple("version", "major minor micro")
    for number in ((3, 10, 1), (3, 14, 0)):
        monkeypatch.setattr(sys, "version_info", version(*number))
        finding = only(installation.python())
        assert finding.state == "FAILED"
        assert "Install Python 3.11" in finding.advice


def test_missing_and_old_packages_are_named(tmp_path):
    (tmp_path / "pyproject.toml").write_text(
        '[project]\ndependencies = ["numpy>=2", "no-such-package>=1", "pytest>=999",\n'
        "\"other-system>=1; python_version < '3'\"]\n"
    )
    (tmp_path / "requirements.lock").write_text(
        "numpy==0.1 \\\n    --hash=sha256:0\nno-such-package==1\n"
        "rich==1 ; os_name == 'other'\n"
    )
    needed, versions = installation.packages(tmp_path)
    assert needed.state == "FAILED"
    assert "no-such-package is missing" in needed.found
    assert "pytest" in needed.found
    assert "numpy" not in needed.found
    assert "other-system" not in needed.found
    assert "make install" in needed.advice
    assert versions.state == "note"
    assert "numpy" in versions.found
    assert "tested with 0.1" in versions.found
    assert "no-such-package" not in versions.found


def test_a_missing_lock_is_named(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[project]\ndependencies = []\n")
    assert [f.state for f in installation.packages(tmp_path)] == ["ok", "FAILED"]


def test_damaged_data_are_named_with_both_sums(monkeypatch):
    path = ROOT / "data" / "fashion_mnist" / "a.bin"
    checks = [FileCheck(str(path), False, "abc", "def"), FileCheck("b", True, "", "")]
    monkeypatch.setattr(data, "verify_data", lambda: checks)
    finding = only(doctor.data_files(ROOT))
    assert finding.state == "FAILED"
    assert finding.found == "a.bin: def, expected abc"
    assert "git checkout -- data/fashion_mnist/a.bin" in finding.advice


def test_a_full_disk_and_little_memory_are_named(monkeypatch):
    import psutil

    disk = namedtuple("usage", "total used free")(2**40, 2**40, 2**20)
    memory = namedtuple("memory", "available")(2**29)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: disk)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    found = {f.subject: f for f in doctor.resources(ROOT)}
    assert [f.state for f in found.values()] == ["FAILED", "note", "note"]
    assert all(f.advice for f in found.values())


def test_a_kernel_that_does_not_start_is_named(monkeypatch):
    monkeypatch.setattr(
        environment,
        "get_kernel_dict",
        lambda **_: {
            "argv": [sys.executable, "-c", "raise SystemExit('broken install')"],
            "display_name": "",
            "language": "python",
        },
    )
    finding = only(doctor.kernel())
    assert finding.state == "FAILED"
    assert "broken install" in finding.found


def test_a_missing_or_broken_tensorflow_is_named(monkeypatch):
    assert only(installation.tensorflow(deep=False)).state == "ok"
    broken = subprocess.CompletedProcess([], 1, "", "first\nImportError: no AVX")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: broken)
    finding = only(installation.tensorflow(deep=True))
    assert finding.state == "FAILED"
    assert "ImportError: no AVX" in finding.found
    fine = subprocess.CompletedProcess([], 0, "6.0\n", "")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: fine)
    assert only(installation.tensorflow(deep=True)).state == "ok"
    monkeypatch.setattr(installation, "installed", lambda _: None)
    assert only(installation.tensorflow(deep=False)).state == "FAILED"


def test_a_failure_exits_with_1_and_says_what_to_do(monkeypatch, capsys):
    found = [
        installation.Finding("a", "ok", "fine"),
        installation.Finding("b", "FAILED", "[broken]", "Mend [it]."),
    ]
    monkeypatch.setattr(doctor, "findings", lambda *_: iter(found))
    assert course("check") == 1
    out = capsys.readouterr().out
    assert "FAILED  b           [broken]" in out
    assert "-> Mend [it]." in out
    assert "1 failed" in out


# ------------------------------------------------------------------- course new-lesson

SLUGS = ("x", "a_lesson_of_a_quite_long_title")


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the course with two new lessons, one of them recorded."""
    copy = tmp_path_factory.mktemp("copy") / "course"
    ignore = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    for folder in ("course_utils", "notebooks", "data"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=ignore)
    for file in ("pyproject.toml", "tests/conftest.py", "tests/checks/conftest.py"):
        (copy / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, copy / file)
    with contextlib.chdir(copy):
        assert [course("new-lesson", slug) for slug in SLUGS] == [0, 0]
    return copy


def in_copy(copy, *arguments):
    run = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=copy,
        env=os.environ | {"PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def new(copy):
    first = max(int(p.name[:2]) for p in (ROOT / "notebooks" / "text").glob("*.py")) + 1
    return [
        Lesson(f"{number:02d}_{slug}", copy) for number, slug in enumerate(SLUGS, first)
    ]


def test_a_new_lesson_gets_the_next_number_and_all_its_files(copy):
    for lesson in new(copy):
        for part in ("text", "module", "test", "exercise_text", "check"):
            text = getattr(lesson, part).read_text(encoding="utf-8")
            assert "@" not in text.replace("@pytest", "").replace("@given", "")


def test_a_new_lesson_passes_lint_and_its_own_tests(copy):
    files = [str(path) for lesson in new(copy) for path in skeleton.contents(lesson)]
    in_copy(copy, "ruff", "check", *files)
    in_copy(copy, "ruff", "format", "--check", *files)
    tests = [file for file in files if "text" not in file]
    said = in_copy(copy, "pytest", "-q", "-p", "no:cacheprovider", *tests)
    assert " passed" in said
    assert "skipped" not in said


def test_a_new_lesson_keeps_the_rules_once_it_is_recorded(copy):
    lesson = new(copy)[1]
    in_copy(copy, "course_utils.notebooks", "record", lesson.name)
    notebook, stub = read_notebook(lesson.notebook), read_notebook(lesson.stub)
    assert rules.lesson_problems(notebook, read_text(lesson.text), copy) == []
    assert rules.exercise_problems(stub, make_stub(lesson.exercise_text), copy) == []


@pytest.mark.parametrize(
    ("slug", "message"),
    [
        ("02_fancy", "without a number"),
        ("Fancy", "slug must be lower-case"),
        ("fancy-lesson", "slug must be lower-case"),
        ("fancy__lesson", "slug must be lower-case"),
        ("größe", "slug must be lower-case"),
        ("../fancy", "slug must be lower-case"),
        ("lambda", "has a meaning here"),
        ("match", "has a meaning here"),
        ("lab", "has a meaning here"),
        ("numpy", "name of an installed module: numpy"),
        ("f" * 31, "at most 30 letters"),
        ("good", "there is a lesson of that name already: 00_good"),
    ],
)
def test_a_bad_slug_is_refused(root, slug, message, capsys):
    before = sorted(root.rglob("*"))
    assert course("new-lesson", slug) == 1
    assert message in capsys.readouterr().err
    assert sorted(root.rglob("*")) == before


def test_a_file_in_the_way_stops_all_unless_it_may_stay(root, capsys):
    module = root / "course_utils" / "fancy.py"
    module.parent.mkdir()
    module.write_text("mine")
    before = sorted(root.rglob("*"))
    assert course("new-lesson", "fancy") == 1
    assert "because of what is there: course_utils/fancy.py" in capsys.readouterr().err
    assert sorted(root.rglob("*")) == before
    assert course("new-lesson", "fancy", "--keep") == 0
    out = capsys.readouterr().out
    assert "kept     course_utils/fancy.py" in out
    assert "written  notebooks/text/02_fancy.py" in out
    assert module.read_text() == "mine"


def test_a_disk_that_fills_up_leaves_nothing_behind(root, monkeypatch, capsys):
    real = skeleton.write_atomically
    written = []

    def fill(path, text):
        if len(written) == 2:
            raise OSError("No space left on device")
        written.append(path)
        real(path, text)

    monkeypatch.setattr(skeleton, "write_atomically", fill)
    assert course("new-lesson", "fancy") == 1
    assert "No space left" in capsys.readouterr().err
    assert not [path for path in root.rglob("*fancy*")]


# ------------------------------------------------------------------------ course lab


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """`course lab`, port taken, a new home: what it said, process, port, home."""
    home = tmp_path_factory.mktemp("home")
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    port = taken.getsockname()[1]
    process = subprocess.Popen(
        [
            *(sys.executable, "-u", "-m", "course_utils.cli"),
            *("lab", "--no-browser", "--port", str(port)),
        ],
        cwd=ROOT,
        env=os.environ | {"HOME": str(home), "USERPROFILE": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said = []
    for line in process.stdout:
        said.append(line)
        if "stops it" in line:
            break
    yield "".join(said), process, port, home
    process.kill()
    process.wait()
    taken.close()


def ask(said, path, body=None):
    address = next(word for word in said.split() if word.startswith("http"))
    server, _, token = (
        address.partition("/lab/tree/")[0],
        *address.partition("token=")[1:],
    )
    request = urllib.request.Request(
        f"{server}{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"token {token}"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def test_lab_takes_the_next_port_and_prints_the_address(served):
    said, _, port, _ = served
    assert f"Port {port} is taken; using " in said
    assert "/lab/tree/notebooks/00_start_here.ipynb?token=" in said
    assert "LabApp]" not in said


def test_lab_serves_the_course_and_trusts_its_notebooks(served):
    said, _, _, _ = served
    notebook = ask(said, "/api/contents/notebooks/00_start_here.ipynb")["content"]
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert code
    assert all(cell["metadata"]["trusted"] for cell in code)


def test_lab_asks_nobody_about_news(served):
    said, _, _, _ = served
    plugin = "/lab/api/settings/@jupyterlab/apputils-extension:notification"
    properties = ask(said, plugin)["schema"]["properties"]
    assert properties["fetchNews"]["default"] == "false"
    assert properties["checkForUpdates"]["default"] is False


def test_a_kernel_finds_the_command_and_leaves_the_home_alone(served):
    """A kernel has the environment of the server, as a terminal of JupyterLab has."""
    from websocket import create_connection

    said, _, _, home = served
    kernel = ask(said, "/api/kernels", {"name": "python3"})["id"]
    address = next(word for word in said.split() if word.startswith("http"))
    server, token = address.partition("/lab/")[0], address.partition("token=")[2]
    channel = create_connection(
        f"ws{server.removeprefix('http')}/api/kernels/{kernel}/channels?token={token}",
        timeout=60,
    )
    code = "import shutil, sys; print(shutil.which('course'), sys.executable)"
    header = {"msg_id": "1", "msg_type": "execute_request", "session": "s"}
    header |= {"username": "", "version": "5.3", "date": "2026-01-01T00:00:00Z"}
    content = {"code": code, "silent": False, "store_history": True}
    content |= {"user_expressions": {}, "allow_stdin": False}
    message = {"channel": "shell", "header": header, "parent_header": {}}
    channel.send(json.dumps(message | {"metadata": {}, "content": content}))
    printed = {}
    while printed.get("msg_type") != "stream":
        printed = json.loads(channel.recv())
    channel.close()
    found, python = (Path(word) for word in printed["content"]["text"].split())
    assert found.parent == python.parent == Path(sys.executable).parent
    wrote = {path.name for path in home.iterdir()}
    assert not wrote & {".jupyter", ".ipython", ".local", "Library", "AppData"}


def test_lab_stops_when_it_is_told_to(served):
    said, process, _, _ = served
    ask(said, "/api/status")
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 0
    with pytest.raises(urllib.error.URLError, match=r"refused|reset"):
        ask(said, "/api/status")


def test_lab_does_not_start_on_damaged_data(root, monkeypatch, capsys):
    def refuse():
        raise data.DataFileError("train.bin is damaged: do this")

    bad = [FileCheck("train.bin", False, "a", "b")]
    monkeypatch.setattr(data, "verify_data", lambda: bad)
    monkeypatch.setattr(data, "load_fashion_mnist", refuse)
    assert course("lab") == 1
    assert capsys.readouterr().err == "course: train.bin is damaged: do this\n"


def test_lab_says_when_jupyterlab_does_not_start(root, monkeypatch, capsys):
    command = [sys.executable, "-c", "raise SystemExit(3)"]
    monkeypatch.setattr(serve, "_command", lambda *_: command)
    handler = signal.getsignal(signal.SIGTERM)
    assert course("lab", "--no-browser") == 1
    signal.signal(signal.SIGTERM, handler)
    assert "JupyterLab stopped with exit code 3" in capsys.readouterr().err


def test_lab_opens_a_browser_only_where_there_is_one(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    assert not serve.has_browser()
    monkeypatch.setenv("DISPLAY", ":0")
    assert serve.has_browser()
    monkeypatch.delenv("DISPLAY")
    monkeypatch.setattr(sys, "platform", "darwin")
    assert serve.has_browser()


def test_lab_gives_up_when_all_ports_are_taken(monkeypatch):
    monkeypatch.setattr(serve, "_taken", lambda port: port < 65535)
    assert serve.free_port(65500) == 65535
    with pytest.raises(CourseError, match="8888 to 8937 are all taken"):
        serve.free_port(8888)


def test_settings_of_the_user_are_kept_beside_ours(monkeypatch):
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "theirs")
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", "home")
    found = serve.environment(ROOT, "secret", Path("runtime"))["JUPYTER_CONFIG_PATH"]
    assert found.split(os.pathsep) == [str(serve.SETTINGS), "theirs", "home"]


def test_what_the_server_writes_lies_in_the_build_folder(root, monkeypatch):
    monkeypatch.setenv("PATH", "before")
    found = serve.environment(root, "secret", Path("runtime"))
    kept = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTERLAB_WORKSPACES_DIR")
    for name in (*kept, "IPYTHONDIR"):
        assert Path(found[name]).parent == root / "build" / "jupyter"
    assert found["JUPYTER_RUNTIME_DIR"] == "runtime"
    programs = [str(Path(sys.executable).parent), "before"]
    assert found["PATH"].split(os.pathsep) == programs


def test_a_lecture_has_large_type_and_keeps_what_its_lecturer_changed(root):
    found = serve.environment(root, "secret", Path("runtime"), lecture=True)
    settings = Path(found["JUPYTERLAB_SETTINGS_DIR"])
    (file,) = settings.rglob("*.jupyterlab-settings")
    assert file.parent == settings / "@jupyterlab" / "apputils-extension"
    sizes = json.loads(file.read_text(encoding="utf-8"))["overrides"]
    assert int(sizes["content-font-size1"].removesuffix("px")) >= 20
    file.write_text("{}", encoding="utf-8")
    serve.environment(root, "secret", Path("runtime"), lecture=True)
    assert file.read_text(encoding="utf-8") == "{}"
    plain = serve.environment(root, "secret", Path("runtime"))
    assert plain.get("JUPYTERLAB_SETTINGS_DIR") != str(settings)
