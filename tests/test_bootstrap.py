"""The installer: which Python it takes, what it installs when, and what it says."""

import ast
import base64
import errno
import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

import bootstrap
import commands
import environment
import refusals

ROOT = Path(__file__).resolve().parent.parent

FITTING = {
    "command": ["python3"],
    "version": (3, 12, 4),
    "bits": 64,
    "pip": True,
    "system": "linux",
    "machine": "x86_64",
    "path": "/usr/bin/python3",
}

# --- which Python -----------------------------------------------------------------


def test_the_first_file_reads_on_old_pythons():
    """Nothing newer than Python 2.7 and 3.6 share, or they stop at a SyntaxError."""
    tree = ast.parse((ROOT / "tools" / "bootstrap.py").read_text(encoding="utf-8"))
    newer = (ast.JoinedStr, ast.NamedExpr, ast.AnnAssign, ast.AsyncFunctionDef)
    newer += (ast.Nonlocal, ast.YieldFrom, ast.Match, ast.Await, ast.MatMult)
    for node in ast.walk(tree):
        assert not isinstance(node, newer), ast.dump(node)
        if isinstance(node, ast.FunctionDef):
            assert node.returns is None
            assert not node.args.kwonlyargs
            assert not node.args.posonlyargs
            assert all(argument.annotation is None for argument in node.args.args)
        if isinstance(node, ast.ClassDef):
            assert not node.keywords
        if isinstance(node, ast.Raise):
            assert node.cause is None
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            assert not any(isinstance(item, ast.Starred) for item in node.elts)
    first = next(node for node in tree.body if isinstance(node, ast.ImportFrom))
    assert (first.module, first.names[0].name) == ("__future__", "print_function")


@pytest.mark.parametrize(
    ("changed", "word", "said"),
    [
        ({"version": (3, 6, 15)}, "old", "too old .*is 3.6.15.*install one"),
        ({"version": (2, 7, 18)}, "old", "too old .*is 2.7.18.*install one"),
        ({"version": (3, 10, 13)}, "old", "needs Python 3.11, 3.12 or 3.13"),
        ({"version": (3, 14, 0)}, "new", "too new .*is 3.14.0.*beside it"),
        ({"bits": 32}, "32-bit", "install the 64-bit"),
        ({"pip": False}, "no-pip", r"apt install python3-venv` \(or python3.12-venv"),
        ({"system": "darwin"}, "intel-mac", "Macs with an Intel.*arm64.*Colab"),
    ],
)
def test_a_python_that_does_not_fit_is_refused_with_what_to_do(
    changed, word, said, monkeypatch, capsys, tmp_path
):
    python = {**FITTING, **changed}
    assert bootstrap.problem(python) == word
    monkeypatch.setattr(bootstrap, "VENV", str(tmp_path / "none"))
    monkeypatch.setattr(bootstrap, "probe", lambda command: python)
    assert bootstrap.main(["lab"]) == 1
    out, err = capsys.readouterr()
    assert not out
    assert re.search(said, err)
    assert err.count("\n") == 1, "one sentence"


def test_the_pythons_in_range_fit():
    for version in [(3, 11, 0), (3, 12, 9), (3, 13, 5)]:
        assert bootstrap.problem({**FITTING, "version": version}) is None
    arm = {**FITTING, "system": "darwin", "machine": "arm64"}
    assert bootstrap.problem(arm) is None


def test_no_python_at_all_is_said_too():
    assert "found no Python here: install one" in bootstrap.refusal([])


def test_the_first_python_that_fits_is_given_the_command(monkeypatch, tmp_path):
    answers = {
        "python3": {**FITTING, "version": (3, 9, 6)},
        "python3.12": {**FITTING, "command": ["python3.12"]},
    }
    given = []
    monkeypatch.setattr(bootstrap, "VENV", str(tmp_path / "none"))
    monkeypatch.setattr(bootstrap, "probe", lambda command: answers.get(command[0]))
    monkeypatch.setattr(subprocess, "call", lambda words: given.append(words) or 7)
    assert bootstrap.main(["notebooks", "04"]) == 7
    program = str(ROOT / "tools" / "commands.py")
    assert given == [["python3.12", program, "notebooks", "04"]]


def test_a_real_python_is_probed():
    python = bootstrap.probe([sys.executable])
    assert python["version"] == sys.version_info[:3]
    assert bootstrap.problem(python) is None
    assert bootstrap.probe([str(ROOT / "no-such-python")]) is None
    assert bootstrap.probe([sys.executable, "-c", "print('I am a shim')"]) is None


def test_an_old_python_hands_over_to_a_good_one(tmp_path):
    """The real file, in a process that believes it is Python 3.6."""
    pretend = (
        "import runpy, sys; sys.version_info = (3, 6, 15, 'final', 0); "
        f"sys.argv = ['bootstrap.py', 'help']; "
        f"runpy.run_path({str(ROOT / 'tools' / 'bootstrap.py')!r}, run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", pretend], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Open the course in JupyterLab" in done.stdout


def test_an_unknown_command_lists_the_known_ones(capsys):
    assert commands.main(["teach"]) == 2
    out, err = capsys.readouterr()
    assert "no command 'teach'" in err
    for name in commands.COMMANDS:
        assert f"  {name} " in out


# --- the environment ---------------------------------------------------------------


@pytest.fixture
def house(tmp_path, monkeypatch):
    """An environment of its own, whose installers only take notes."""
    venv = tmp_path / "venv"
    monkeypatch.setattr(environment, "VENV", venv)
    monkeypatch.setattr(environment, "BIN", venv / "bin")
    monkeypatch.setattr(environment, "PYTHON", venv / "bin" / "python")
    monkeypatch.setattr(environment, "STAMP", venv / "course-stamp.json")
    monkeypatch.setattr(environment, "LOG", venv / "install.log")
    for name in ("LOCK", "PYPROJECT"):
        copy = tmp_path / getattr(environment, name).name
        shutil.copy(getattr(environment, name), copy)
        monkeypatch.setattr(environment, name, copy)
    notes = SimpleNamespace(venv=venv, created=0, runs=[], answers=[])

    def create():
        shutil.rmtree(venv, ignore_errors=True)
        (venv / "bin").mkdir(parents=True)
        (venv / "bin" / "python").touch()
        (venv / "bin" / f"uv{environment.SUFFIX}").touch()
        config = f"home = {tmp_path}\ncourse = {environment.ROOT} in {venv}\n"
        (venv / "pyvenv.cfg").write_text(config, encoding="utf-8")
        notes.created += 1

    def run(command):
        notes.runs.append(" ".join(command))
        return notes.answers.pop(0) if notes.answers else None

    monkeypatch.setattr(environment, "create", create)
    monkeypatch.setattr(environment, "_run", run)
    return notes


def test_the_second_time_does_nothing(house):
    environment.ensure()
    assert (house.created, len(house.runs)) == (1, 3)
    environment.ensure()
    assert (house.created, len(house.runs)) == (1, 3)


def test_everything_is_installed_by_hash_and_the_course_from_here(house):
    environment.ensure()
    uv, locked, itself = house.runs
    for command in (uv, locked):
        assert "--require-hashes --only-binary :all:" in command
    assert "requirements-uv.txt" in uv
    assert itself.endswith(f"--no-build-isolation -e {environment.ROOT}")
    assert "--no-index" in itself
    chosen = (house.venv / "requirements.txt").read_text(encoding="utf-8")
    assert "\nnumpy==" in chosen
    assert "\npytest==" not in chosen


def test_extras_are_added_and_kept(house):
    environment.ensure()
    environment.ensure(["dev"])
    assert (house.created, len(house.runs)) == (1, 6)
    assert "\npytest==" in (house.venv / "requirements.txt").read_text(encoding="utf-8")
    environment.ensure()
    environment.ensure(["dev"])
    assert (house.created, len(house.runs)) == (1, 6)
    environment.ensure(["scale"])
    chosen = (house.venv / "requirements.txt").read_text(encoding="utf-8")
    assert "\npytest==" in chosen
    assert "\ndistributed==" in chosen


def test_a_changed_lock_is_installed(house):
    environment.ensure()
    with environment.LOCK.open("a", encoding="utf-8") as lock:
        lock.write("# changed\n")
    environment.ensure()
    assert (house.created, len(house.runs)) == (1, 6)


def test_a_changed_dependency_counts_and_a_changed_setting_does_not(house):
    environment.ensure()
    text = environment.PYPROJECT.read_text(encoding="utf-8")
    settings = text.replace("line-length = 88", "line-length = 99")
    assert settings != text
    environment.PYPROJECT.write_text(settings, encoding="utf-8")
    environment.ensure()
    assert len(house.runs) == 3
    needs = settings.replace('"joblib', '"packaging", "joblib')
    environment.PYPROJECT.write_text(needs, encoding="utf-8")
    environment.ensure()
    assert (house.created, len(house.runs)) == (1, 6)


@pytest.mark.parametrize("harm", ["no stamp", "no python", "moved", "torn stamp"])
def test_a_half_made_environment_is_made_anew(house, harm):
    environment.ensure()
    if harm == "no stamp":
        environment.STAMP.unlink()
    elif harm == "no python":
        environment.PYTHON.unlink()
    elif harm == "moved":
        config = house.venv / "pyvenv.cfg"
        text = config.read_text(encoding="utf-8")
        config.write_text(text.replace(str(environment.ROOT), "elsewhere"), "utf-8")
    else:
        environment.STAMP.write_text('{"made_fr', encoding="utf-8")
    environment.ensure()
    assert (house.created, len(house.runs)) == (2, 6)


def test_a_failed_installation_is_begun_again(house):
    house.answers = [None, "full"]
    with pytest.raises(refusals.Refusal, match="The disk is full: free about"):
        environment.ensure()
    assert not environment.STAMP.exists()
    environment.ensure()
    assert house.created == 2
    assert environment.STAMP.exists()


def test_a_failed_update_leaves_what_worked(house):
    environment.ensure()
    house.answers = ["network"]
    with pytest.raises(refusals.Refusal, match="index cannot be reached"):
        environment.ensure(["dev"])
    house.runs.clear()
    environment.ensure()
    assert (house.created, house.runs) == (1, [])


def test_pip_helps_where_uv_reaches_no_index(house):
    house.answers = [None, "network", None, None]
    environment.ensure()
    assert len(house.runs) == 4
    assert "-m pip install" in house.runs[2]
    assert "--require-hashes --only-binary :all: -r" in house.runs[2]


@pytest.mark.parametrize("cause", ["hash", "full", "denied"])
def test_pip_is_not_asked_to_do_what_must_not_be_done(house, cause):
    house.answers = [None, cause]
    with pytest.raises(refusals.Refusal) as caught:
        environment.ensure()
    assert caught.value.cause == cause
    assert len(house.runs) == 2


def test_too_little_space_is_seen_before_anything_is_made(house, monkeypatch):
    usage = SimpleNamespace(free=1.2e9)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(refusals.Refusal, match=r"has 1\.2 GB left .* needs 2\.5 GB"):
        environment.ensure()
    assert (house.created, house.runs) == (0, [])


@pytest.mark.parametrize(
    ("number", "said"),
    [(errno.ENOSPC, "The disk is full"), (errno.EACCES, "may not be written")],
)
def test_the_system_s_errors_become_sentences(house, monkeypatch, number, said):
    def fail(entries):
        raise OSError(number, "as the system says it")

    monkeypatch.setattr(environment, "install", fail)
    with pytest.raises(refusals.Refusal, match=said):
        environment.ensure()


def test_an_unknown_extra_is_a_sentence_too(house, capsys):
    assert commands.main(["install", "gpu"]) == 1
    assert "extra must be one of" in capsys.readouterr().err
    assert house.created == 0


def test_a_real_environment_can_be_made_over_a_broken_one(
    tmp_path, monkeypatch, capsys
):
    venv = tmp_path / "a folder with spaces" / "venv"
    venv.mkdir(parents=True)
    (venv / "half").touch()
    inside = venv / environment.BIN.name / environment.PYTHON.name
    monkeypatch.setattr(environment, "VENV", venv)
    environment.create()
    assert "unfinished" in capsys.readouterr().out
    assert not (venv / "half").exists()
    done = subprocess.run(
        [inside, "-m", "pip", "--version"], capture_output=True, text=True, check=True
    )
    assert str(venv) in done.stdout


# --- what the installers say -------------------------------------------------------


@pytest.mark.parametrize(
    ("cause", "output"),
    [
        ("network", "error: Failed to fetch: `https://index.example/simple/uv/`"),
        ("network", "  Caused by: dns error: failed to lookup address information"),
        ("network", "ConnectionError: [Errno 111] Connection refused"),
        ("network", "Failed to establish a new connection: [Errno -3]"),
        (
            "full",
            "Could not install packages: [Errno 28] No space left on device",
        ),
        ("full", "failed to copy file: No space left on device (os error 28)"),
        ("full", "There is not enough space on the disk. (os error 112)"),
        ("denied", "failed to remove file `uv.exe`: Access is denied. (os error 5)"),
        ("wheel", "Because keras==3.9 has no wheels with a matching platform tag"),
        ("", "SomethingElse: it did not work"),
    ],
)
def test_an_installer_s_failure_is_understood(cause, output):
    assert refusals.cause_of(output) == cause
    sentence = refusals.sentence(cause, Path("V"), Path("L"))
    assert "{" not in sentence


def tiny_wheel(folder):
    """Write a package of one module as a wheel; return its path and its hash."""
    path = folder / "coursetiny-1.0-py3-none-any.whl"
    info = "coursetiny-1.0.dist-info"
    files = {
        "coursetiny.py": "",
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: coursetiny\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\n"
        "Root-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = [f"{info}/RECORD,,"]
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
            digest = hashlib.sha256(text.encode()).digest()
            code = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            record.append(f"{name},sha256={code},{len(text)}")
        wheel.writestr(f"{info}/RECORD", "\n".join(record) + "\n")
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("installer", ["pip", "uv"])
def test_an_altered_file_is_never_installed(tmp_path, installer):
    """What is promised of hashes, asked of the real installers, without a network."""
    right = tiny_wheel(tmp_path)
    command = [sys.executable, "-m", installer]
    command += ["pip", "install"] if installer == "uv" else ["install"]
    command += ["--no-index", "--find-links", tmp_path, "--require-hashes"]
    command += ["--only-binary", ":all:", "--target", tmp_path / "into"]
    wanted = tmp_path / "requirements.txt"
    for digest, cause in [("0" * 64, "hash"), (right, None)]:
        text = f"coursetiny==1.0 \\\n    --hash=sha256:{digest}\n"
        wanted.write_text(text, encoding="utf-8")
        done = subprocess.run(
            [*command, "-r", wanted], capture_output=True, text=True, check=False
        )
        installed = (tmp_path / "into" / "coursetiny.py").exists()
        if cause is None:
            assert done.returncode == 0, done.stderr
            assert installed
        else:
            assert done.returncode != 0
            assert refusals.cause_of(done.stdout + done.stderr) == cause
            assert not installed


# --- the steps ---------------------------------------------------------------------


def test_each_step_says_what_it_does_and_a_failed_one_how_to_run_it_alone(capfd):
    good = [sys.executable, "-c", "print('fine')"]
    bad = [sys.executable, "-c", "raise SystemExit(3)"]
    assert commands.steps({"First": good, "Second": bad, "Third": good}) == 1
    out, err = capfd.readouterr()
    assert out.count("fine\n") == 2, "a failure does not hide what comes after it"
    assert re.search(r"^== First: ok, \d+\.\d s$", out, re.MULTILINE)
    assert re.search(r"^== Second: FAILED, \d+\.\d s$", out, re.MULTILINE)
    shown = commands.shown_as(bad)
    assert err == f"Second failed; to run it alone: {shown}\n"
    again = subprocess.run(shown, shell=True, cwd=ROOT, check=False)
    assert again.returncode == 3
    assert commands.steps({"First": good}) == 0


def test_a_program_of_the_course_is_shown_as_one_types_it():
    command = [str(ROOT / ".venv" / "bin" / "ruff"), "check"]
    shown = commands.shown_as(command).replace("\\", "/")
    assert shown == ".venv/bin/ruff check"


def test_make_knows_the_commands():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.search(r"^COMMANDS = (.*)$", makefile, re.MULTILINE)[1].split()
    assert {*targets, "lab", "notebooks", "slides"} == set(commands.COMMANDS)


@pytest.mark.parametrize("words", [["notebooks", "01"], ["01", "lab"], ["teach"]])
def test_make_does_nothing_when_a_word_is_no_command(words):
    if shutil.which("make") is None:  # as on Windows: nothing to mistake there
        return
    done = subprocess.run(
        ["make", "--no-print-directory", *words, "PYTHON=echo"],
        cwd=ROOT,
        env={k: v for k, v in os.environ.items() if not k.startswith("MAKE")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "No such command: " in done.stderr
    assert 'make notebooks LESSON="01 02", make lab ARGS=--no-browser' in done.stderr
    assert not done.stdout


def test_run_without_a_program_says_how_to_name_one(monkeypatch, capsys):
    monkeypatch.setattr(environment, "ensure", lambda: None)
    assert commands.main(["run"]) == 1
    assert "make run ARGS='course run 01'" in capsys.readouterr().err


def test_help_names_arguments_as_make_takes_them(capsys):
    assert commands.main(["help"]) == 0
    out = capsys.readouterr().out
    for words in ('all, or LESSON="04 05"', "ARGS=--upgrade", 'ARGS="dev book"'):
        assert words in out
