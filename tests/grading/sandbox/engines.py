"""Real container engines for tests, and something for containers to stand on.

There is no image to download in a test: the containers stand on an empty one, with
this machine's own system and Python mounted read-only.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from course_utils.grading.sandbox.containers import Container, Docker, Ground, Podman
from course_utils.grading.sandbox.image import copy_course

TIERS: dict[str, type[Container]] = {"podman": Podman, "docker": Docker}
EMPTY = "course-test:empty"
PREFIX = "engines-"
# What Podman needs where the cgroups are the old ones and limits cannot be raised.
_OLD_LINUX = """
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
"""
_OLD_OPTIONS = ("--ulimit=nproc=4096:4096", "--ulimit=nofile=256:256")


def _empty_root() -> bytes:
    """A tar file of a root folder without a single file."""
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode="w") as tar:
        for name in ("dev", "proc", "sys", "tmp", "usr", "etc", "course"):
            folder = tarfile.TarInfo(name)
            folder.type = tarfile.DIRTYPE
            folder.mode = 0o1777 if name == "tmp" else 0o755
            tar.addfile(folder)
        for name in ("bin", "lib", "lib64", "sbin"):
            link = tarfile.TarInfo(name)
            link.type, link.linkname = tarfile.SYMTYPE, f"usr/{name}"
            tar.addfile(link)
    return memory.getvalue()


def mounts() -> set[str]:
    """What is mounted here, but for the containers that other tests run meanwhile."""
    lines = Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
    return {line for line in lines if f"/{PREFIX}" not in line}


def _mounts(course: Path) -> tuple[str, ...]:
    folders = {"/usr": "/usr", str(course): "/course"}
    for prefix in (sys.prefix, sys.base_prefix):
        if not prefix.startswith("/usr"):
            folders[prefix] = prefix
    return tuple(f"--volume={here}:{there}:ro" for here, there in folders.items())


class Engines:
    """The engines that run containers on this machine.

    Attributes:
        options: of the usable ones by name, what else their `run` needs here.
    """

    def __init__(self) -> None:
        """Find out, with everything that Podman keeps in a folder of its own.

        A short one: Podman waits for ever for a container whose socket has a long name.
        """
        self.folder = folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        self.options = {}
        settings = ("CONTAINERS_STORAGE_CONF", "CONTAINERS_CONF")
        self._before = {name: os.environ.get(name) for name in settings}
        self._write(
            "CONTAINERS_STORAGE_CONF",
            f'[storage]\ndriver = "vfs"\ngraphroot = "{folder}/graph"\n'
            f'runroot = "{folder}/run"\n',
        )
        for name, tier in TIERS.items():
            if tier.why_not():
                continue
            if self._runs(name):
                self.options[name] = ()
                continue
            self._write("CONTAINERS_CONF", _OLD_LINUX)
            if self._runs(name, *_OLD_OPTIONS):
                self.options[name] = _OLD_OPTIONS

    def _write(self, variable: str, text: str) -> None:
        path = self.folder / f"{variable.lower()}.toml"
        path.write_text(text)
        os.environ[variable] = str(path)

    def _runs(self, name: str, *options: str) -> bool:
        """Whether the engine makes an image and runs a container of it."""
        made = [name, "import", "-", EMPTY]
        run = [name, "run", "--rm", "--network=none", "--volume=/usr:/usr:ro"]
        done = subprocess.run(made, input=_empty_root(), capture_output=True)
        if not done.returncode:
            run += [*options, EMPTY, "/usr/bin/true"]
            done = subprocess.run(run, capture_output=True)
        return not done.returncode

    def close(self) -> None:
        """Leave nothing behind."""
        for name in self.options:
            subprocess.run([name, "rmi", "--force", EMPTY], capture_output=True)
        for name, value in self._before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
        shutil.rmtree(self.folder, ignore_errors=True)

    def tiers(self, course: Path, replaced: dict[str, str]) -> dict[str, Container]:
        """Tiers by name, with this machine's Python in otherwise empty containers.

        Args:
            course: an empty folder for the visible part of the course.
            replaced: files in `inside` that tests bring themselves.
        """
        copy_course(course)
        for file, text in replaced.items():
            (course / "course_utils" / "grading" / "inside" / file).write_text(text)
        for path in (course, *course.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        python = Path(sys.prefix, "bin", Path(sys.executable).name)
        return {
            name: TIERS[name](Ground(EMPTY, (*_mounts(course), *options), str(python)))
            for name, options in self.options.items()
        }
