"""Limits on memory, processes and CPU shares for a whole tree of processes.

Where this process may write to control groups (root, or a systemd user session that
delegates them), each child gets one of its own. Both versions are used: the first as
separate trees for memory, pids and cpu, the second as one tree.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from course_utils.grading.sandbox.base import Limits

_PREFIX = "course-grading-"
_V1 = ("memory", "pids", "cpu")
_NEEDED = {"memory", "pids"}
_COUNTER = itertools.count()


class Group:
    """The control group of one child; see `Groups.make`."""

    def __init__(self, folders: dict[str, Path]) -> None:
        """Take over folders that exist, one a controller."""
        self._folders = folders

    def add(self, pid: int) -> None:
        """Move a process here, before it has started others."""
        for folder in set(self._folders.values()):
            (folder / "cgroup.procs").write_text(str(pid))

    def events(self) -> tuple[int, int]:
        """How often memory ran out, and how often a process was refused."""
        memory, pids = self._folders["memory"], self._folders["pids"]
        killed = _count(memory / "memory.events", "oom_kill") or _count(
            memory / "memory.oom_control", "oom_kill"
        )
        return killed, _count(pids / "pids.events", "max")

    def remove(self) -> None:
        """Kill what is left and remove the folders."""
        for folder in set(self._folders.values()):
            _remove(folder)


class Groups:
    """Control groups of this process's children.

    Attributes:
        version: 1 or 2.
    """

    def __init__(self) -> None:
        """Find a place, clear away what dead graders left there, and begin.

        Raises:
            OSError: there is no place that this process may write to.
        """
        self._numbers = itertools.count()
        parents = _version_1() or _version_2()
        self.version = 1 if len(set(parents.values())) > 1 else 2
        pid = os.getpid()
        name = f"{_PREFIX}{_world()}-{pid}-{_started(pid)}-{next(_COUNTER)}"
        self._folders = {}
        for controller, parent in parents.items():
            _sweep(parent)
            folder = parent / name
            folder.mkdir(exist_ok=True)
            self._folders[controller] = folder
        if self.version == 2:
            folder = self._folders["memory"]
            wanted = _words(folder / "cgroup.controllers") & set(_V1)
            text = " ".join(f"+{name}" for name in sorted(wanted))
            (folder / "cgroup.subtree_control").write_text(text)

    def make(self, limits: Limits) -> Group:
        """A group with these limits."""
        name = f"child-{next(self._numbers)}"
        folders = {key: folder / name for key, folder in self._folders.items()}
        for folder in set(folders.values()):
            folder.mkdir()
        memory, pids = folders["memory"], folders["pids"]
        if self.version == 1:
            (memory / "memory.limit_in_bytes").write_text(str(limits.memory))
            _try_write(memory / "memory.memsw.limit_in_bytes", limits.memory)
        else:
            (memory / "memory.max").write_text(str(limits.memory))
            _try_write(memory / "memory.swap.max", 0)
            _try_write(memory / "memory.oom.group", 1)
        (pids / "pids.max").write_text(str(limits.processes))
        return Group(folders)

    def close(self) -> None:
        """Remove all that this object made."""
        for folder in set(self._folders.values()):
            _remove(folder)


def _mounts() -> Iterator[tuple[str, Path, str, str]]:
    """Mounted control groups as (kind, where, root, options)."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        left, _, right = line.partition(" - ")
        kind, _, options = right.split(" ", 2)
        if kind in ("cgroup", "cgroup2"):
            fields = left.split(" ")
            yield kind, Path(fields[4]), fields[3], options


def _own(controller: str) -> str:
    """The path of this process in a tree; "" for that of version 2."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, names, path = line.split(":", 2)
        if controller in names.split(","):
            return path
    raise OSError(f"this process is in no control group of {controller or 'version 2'}")


def _place(where: Path, root: str, own: str) -> Path:
    """The folder of this process's own group; a container may see a part only."""
    inside = own[len(root) :] if root != "/" and own.startswith(root) else own
    folder = where / inside.lstrip("/")
    return folder if folder.is_dir() else where


def _version_1() -> dict[str, Path]:
    parents = {}
    for kind, where, root, options in _mounts():
        for controller in set(options.split(",")) & set(_V1):
            folder = _place(where, root, _own(controller)) if kind == "cgroup" else None
            if folder and os.access(folder, os.W_OK):
                parents[controller] = folder
    return parents if parents.keys() >= _NEEDED else {}


def _version_2() -> dict[str, Path]:
    """The nearest group above this process that hands its controllers on."""
    for kind, where, root, _ in _mounts():
        folder = _place(where, root, _own("")) if kind == "cgroup2" else None
        while folder and folder.is_relative_to(where):
            writable = os.access(folder / "cgroup.procs", os.W_OK)
            if writable and _words(folder / "cgroup.subtree_control") >= _NEEDED:
                return {"memory": folder, "pids": folder}
            folder = folder.parent
    raise OSError("no control group with memory and pids that this user may write to")


def _started(pid: int) -> str:
    """When a process began, in clock ticks since the machine did; "" if it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    return text.rpartition(")")[2].split()[19]


def _world() -> int:
    """The pid namespace: numbers of processes mean something within it only."""
    return os.stat("/proc/self/ns/pid").st_ino


def _sweep(parent: Path) -> None:
    """Remove the groups of graders that were killed."""
    for folder in parent.glob(f"{_PREFIX}{_world()}-*"):
        pid, started, _ = folder.name[len(_PREFIX) :].split("-")[1:]
        if _started(int(pid)) != started:
            with contextlib.suppress(OSError):
                _remove(folder)


def _remove(folder: Path) -> None:
    """Remove a group and those below, killing what is in them."""
    if not folder.is_dir():
        return
    for below in folder.iterdir():
        if below.is_dir():
            _remove(below)
    for _ in range(200):
        with contextlib.suppress(OSError):
            for pid in (folder / "cgroup.procs").read_text().split():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
            folder.rmdir()
            return
        time.sleep(0.01)
    folder.rmdir()  # says why it cannot be


def _words(file: Path) -> set[str]:
    try:
        return set(file.read_text().split())
    except OSError:
        return set()


def _count(file: Path, name: str) -> int:
    with contextlib.suppress(OSError):
        for line in file.read_text().splitlines():
            if line.startswith(f"{name} "):
                return int(line.split()[1])
    return 0


def _try_write(file: Path, value: int) -> None:
    """Set what not every kernel has, such as limits on swap."""
    if file.exists():
        file.write_text(str(value))
