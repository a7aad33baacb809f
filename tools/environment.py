"""Make the course's own environment, `.venv`, from `requirements.lock`; once.

A stamp in the environment says what it was made from and for which extras. It is
written last: an environment without one is unfinished and is made anew, which is quick
because all that was downloaded is still in the installer's cache.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterable
from pathlib import Path

import bootstrap
import lockfile
from refusals import Refusal, cause_of, sentence

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
PYPROJECT = ROOT / "pyproject.toml"
VENV = Path(bootstrap.VENV).absolute()
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
SUFFIX = ".exe" if os.name == "nt" else ""
PYTHON = BIN / f"python{SUFFIX}"
STAMP = VENV / "course-stamp.json"
LOG = VENV / "install.log"
ALWAYS = "install"  # the extra that holds the installer itself

GIGABYTE = 10**9
WHOLE = 2.5 * GIGABYTE  # the environment with every extra, and some air
UPDATE = 0.5 * GIGABYTE


def ensure(extras: Iterable[str] = ()) -> None:
    """Make the environment hold the core and `extras`; do nothing if it does already.

    Raises:
        Refusal: It cannot; the message says what to do.
    """
    wanted = {ALWAYS, *extras}
    stamp = _read_stamp()
    if stamp is not None and stamp["made_from"] == _made_from():
        wanted |= set(stamp["extras"])
        if wanted == set(stamp["extras"]):
            return
    try:
        _make(wanted, stamp)
    except lockfile.LockError as error:
        raise Refusal(f"{error}.") from error
    except OSError as error:
        cause = cause_of(f"{error} errno {error.errno}")
        if not cause:
            raise
        raise refuse(cause) from error


def _make(wanted: set[str], stamp: dict | None) -> None:
    started = time.perf_counter()
    _check_space()
    if stamp is not None:
        wanted = wanted | set(stamp["extras"])
    entries = lockfile.subset(LOCK, PYPROJECT, wanted)
    if stamp is None:
        create()
    names = ", ".join(sorted(wanted - {ALWAYS}))
    more = f" with what {names} needs" if names else ""
    print(f"Installing the locked packages{more}: minutes the first time.", flush=True)
    STAMP.unlink(missing_ok=True)
    try:
        install(entries)
    except Refusal as refusal:
        if stamp is not None and refusal.cause in ("network", "hash", "wheel"):
            STAMP.write_text(json.dumps(stamp), encoding="utf-8")  # nothing was changed
        raise
    stamp = {"made_from": _made_from(), "extras": sorted(wanted)}
    STAMP.write_text(json.dumps(stamp), encoding="utf-8")
    print(f"The environment is ready ({time.perf_counter() - started:.0f} s).")


def _made_from() -> str:
    """Return a hash of what decides which packages and programs there are."""
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))
    parts = [project["project"], project["build-system"]]
    digest = hashlib.sha256(LOCK.read_bytes())
    digest.update(json.dumps(parts, sort_keys=True).encode())
    return digest.hexdigest()


def _read_stamp() -> dict | None:
    """Return the stamp of a finished environment that still works here, or None."""
    try:
        config = (VENV / "pyvenv.cfg").read_text(encoding="utf-8")
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    home = re.search(r"^home *= *(.+)$", config, re.MULTILINE)
    moved = re.search(r"^course *= *(.+)$", config, re.MULTILINE)
    alive = PYTHON.exists() and home is not None and Path(home[1].strip()).is_dir()
    # Scripts name the folder they were installed in: a moved project starts anew.
    return stamp if alive and moved and moved[1] == f"{ROOT} in {VENV}" else None


def _check_space() -> None:
    there = VENV if VENV.exists() else VENV.parent
    there.mkdir(parents=True, exist_ok=True)
    held = 0
    if VENV.exists():
        walk = os.walk(VENV)
        files = (Path(base) / name for base, _, names in walk for name in names)
        held = sum(path.lstat().st_size for path in files)
    needed = max(WHOLE - held, UPDATE)
    free = shutil.disk_usage(there).free
    if free < needed:
        raise Refusal(
            f"The disk of {there} has {free / GIGABYTE:.1f} GB left and the course "
            f"needs {needed / GIGABYTE:.1f} GB: free some and run the same command "
            "again."
        )


def refuse(cause: str) -> Refusal:
    """Return the refusal for a cause that `refusals` knows."""
    return Refusal(sentence(cause, VENV, LOG), cause)


def create() -> None:
    """Make an empty environment in the place of whatever was there.

    Raises:
        Refusal: This Python cannot make one.
    """
    python = bootstrap.probe([sys.executable])
    if python is None or bootstrap.problem(python) is not None:
        raise Refusal(bootstrap.refusal([python] if python else []))
    if VENV.exists():
        print(f"Found an unfinished or moved environment in {VENV}: making it anew.")
        shutil.rmtree(VENV)
    # Not through a link that a system update would point at another version.
    base = getattr(sys, "_base_executable", None) or sys.executable
    base = base if os.name == "nt" else os.path.realpath(base)
    version = ".".join(str(number) for number in python["version"])
    print(f"Making the environment {VENV} with Python {version}.", flush=True)
    done = subprocess.run(
        [base, "-m", "venv", str(VENV)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        print(done.stdout + done.stderr, file=sys.stderr)
        raise refuse(cause_of(done.stdout + done.stderr))
    with (VENV / "pyvenv.cfg").open("a", encoding="utf-8") as config:
        config.write(f"course = {ROOT} in {VENV}\n")


def install(entries: list[lockfile.Entry]) -> None:
    """Install locked entries, then the course itself, with uv or else with pip.

    Every file is checked against its locked hash. pip reads configuration that uv does
    not (an index named in pip.conf), so it is tried where uv reaches none.

    Raises:
        Refusal: Neither could.
    """
    chosen = VENV / "requirements.txt"
    chosen.write_text("".join(entry.text for entry in entries), encoding="utf-8")
    fetch_uv(entries)
    locked = ["--require-hashes", "--only-binary", ":all:", "-r", str(chosen)]
    itself = ["--no-deps", "--no-build-isolation", "-e", str(ROOT)]
    pip = [str(PYTHON), "-m", "pip", "install", "--no-input", "--retries", "2"]
    uv = [str(BIN / f"uv{SUFFIX}"), "pip", "install", "--python", str(PYTHON)]
    cause = _run(uv + locked) if Path(uv[0]).exists() else "network"
    if cause in ("network", "wheel", ""):
        print("Trying once more with pip, which is slower.", flush=True)
        cause = _run(pip + locked)
    if cause is None:
        cause = _run([*pip, "--no-index", *itself])
    if cause is not None:
        raise refuse(cause)


def fetch_uv(entries: list[lockfile.Entry]) -> None:
    """Install the locked uv, which installs the rest in a tenth of pip's time.

    Raises:
        Refusal: There is no network, no space or no right to write.
    """
    own = VENV / "requirements-uv.txt"
    text = "".join(entry.text for entry in entries if entry.name == "uv")
    own.write_text(text, encoding="utf-8")
    pip = [str(PYTHON), "-m", "pip", "install", "--no-input", "--retries", "2"]
    locked = ["--require-hashes", "--only-binary", ":all:", "-r", str(own)]
    cause = _run(pip + locked)
    if cause not in (None, "", "wheel"):  # those two: pip will have to do it all
        raise refuse(cause)


def _run(command: list[str]) -> str | None:
    """Run an installer; return None, or the cause of its failure.

    Its output goes to the log, all but the lines that show it is getting on.
    """
    own = {"PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PYTHONUTF8": "1"}
    environment = {**os.environ, **own, "UV_NO_PROGRESS": "1"}
    for name in ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX"):
        environment.pop(name, None)
    lines = []
    with LOG.open("a", encoding="utf-8") as log:
        log.write("$ " + " ".join(command) + "\n")
        with subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        ) as process:
            for line in process.stdout:
                log.write(line)
                lines.append(line)
                if re.match(r"\s*Downloading .*[\d.]+ ?[MG]i?B\)", line):
                    print("  " + line.strip(), flush=True)
    if process.returncode == 0:
        return None
    cause = cause_of("".join(lines))
    if not cause:
        print("".join(lines[-15:]), file=sys.stderr)
    return cause
