"""What `course check` looks at in the installation: Python and its packages."""

import os
import platform
import re
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path
from typing import Literal

from packaging.requirements import Requirement

OK, NOTE, FAILED = "ok", "note", "FAILED"
REINSTALL = "Run `make install` (or `python tools/bootstrap.py install`)."


@dataclass(frozen=True)
class Finding:
    """What one look found.

    Attributes:
        subject: what was looked at.
        state: ``ok``; ``note``, worth knowing; or ``FAILED``, the course will not work.
        found: what was found, in a few words.
        advice: what to do; empty when all is well.
    """

    subject: str
    state: Literal["ok", "note", "FAILED"]
    found: str
    advice: str = ""


def python() -> Iterator[Finding]:
    """Look at the version of Python."""
    found = f"{platform.python_version()} in {sys.prefix}"
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        advice = "Install Python 3.11, 3.12 or 3.13, then `make install`."
        yield Finding("Python", FAILED, found, advice)
    else:
        yield Finding("Python", OK, found)


def packages(root: Path) -> Iterator[Finding]:
    """Hold the installed packages against what the course needs and was tested with."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    needs = [Requirement(text) for text in project["project"]["dependencies"]]
    bad = []
    for need in needs:
        if need.marker is not None and not need.marker.evaluate():
            continue
        version = installed(need.name)
        if version is None:
            bad.append(f"{need.name} is missing")
        elif not need.specifier.contains(version, prereleases=True):
            bad.append(f"{need.name} {version} is not {need.specifier}")
    if bad:
        yield Finding("packages", FAILED, "; ".join(bad), REINSTALL)
    else:
        yield Finding("packages", OK, f"all {len(needs)} that a lesson imports")
    lock = root / "requirements.lock"
    if not lock.is_file():
        yield Finding("versions", FAILED, "requirements.lock is missing", "Restore it.")
        return
    other = [
        f"{name} {installed(name)}, tested with {version}"
        for name, version in locked(lock.read_text(encoding="utf-8")).items()
        if installed(name) not in (None, version)
    ]
    if other:
        shown = "; ".join(other[:5]) + (" ..." if len(other) > 5 else "")
        advice = f"Printed numbers may differ. {REINSTALL}"
        yield Finding("versions", NOTE, shown, advice)
    else:
        yield Finding("versions", OK, "those the course was tested with")


def installed(name: str) -> str | None:
    """Return the version of an installed distribution, None when there is none."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def locked(text: str) -> dict[str, str]:
    r"""Return name and version of every locked package that this machine takes.

    Example:
        >>> locked("a==1.0 \\\n    --hash=sha256:0\nb==2 ; python_version < '3'\n")
        {'a': '1.0'}
    """
    found = {}
    for line in text.splitlines():
        line = line.rstrip(" \\")
        if re.match(r"[A-Za-z0-9]", line) and "==" in line:
            need = Requirement(line)
            if need.marker is None or need.marker.evaluate():
                found[need.name] = next(iter(need.specifier)).version
    return found


def tensorflow(deep: bool) -> Iterator[Finding]:
    """Look whether TensorFlow is installed; import it only when asked to."""
    version = installed("tensorflow-cpu") or installed("tensorflow")
    if version is None or util.find_spec("tensorflow") is None:
        yield Finding("TensorFlow", FAILED, "not installed", REINSTALL)
        return
    if not deep:
        yield Finding("TensorFlow", OK, f"{version} (--deep tries it out)")
        return
    code = "import keras; print(float(keras.ops.matmul([[2.0]], [[3.0]])[0, 0]))"
    start = time.perf_counter()
    run = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    seconds = time.perf_counter() - start
    if run.returncode == 0 and run.stdout.split()[-1:] == ["6.0"]:
        found = f"{version}, imported and used in {seconds:.1f} s"
        yield Finding("TensorFlow", OK, found)
    else:
        last = (run.stderr.strip().splitlines() or [f"exit code {run.returncode}"])[-1]
        yield Finding(
            "TensorFlow", FAILED, f"{version} does not work: {last}", REINSTALL
        )
