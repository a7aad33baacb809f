"""Trying a wall before it is trusted: a child says what it can see and do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Protocol

from course_utils.grading.errors import GradingError
from course_utils.grading.inside.server import receive_text, send_text
from course_utils.grading.sandbox.base import MIB, Kind, Limits
from course_utils.grading.sandbox.children import PROOF, Walled
from course_utils.grading.sandbox.view import PACKAGE, python_folders

# Runs inside. What it should find is an empty list.
_SOURCE = """
import os, socket
from pathlib import Path

def possible(act):
    try:
        act()
    except OSError:
        return False
    return True

open_doors = []
if possible(lambda: socket.create_connection(("127.0.0.1", 9), 1)):
    open_doors.append("the network")
with open("/proc/self/net/dev") as file:
    names = [line.split(":")[0].strip() for line in file if ":" in line]
if names != ["lo"]:
    open_doors.append("network interfaces: " + ", ".join(names))
for path in FORBIDDEN:
    if os.path.exists(path):
        open_doors.append(path)
for folder in ("/", "/usr", "/course", "/course/course_utils", "/dev", "/proc"):
    if possible(lambda: Path(folder, "written").write_text("")):
        open_doors.append("writing to " + folder)
others = [name for name in os.listdir("/proc") if name.isdecimal() and name != "1"]
if others or os.getpid() != 1:
    open_doors.append("other processes: " + ", ".join(others))
with open("/proc/self/status") as file:
    status = dict(line.split(":", 1) for line in file)
status = {name: value.strip() for name, value in status.items()}
for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
    if int(status[name], 16):
        open_doors.append(name + " " + status[name])
if (status["NoNewPrivs"], status["Seccomp"]) != ("1", "2"):
    open_doors.append("system calls are not filtered")
Path("own").write_text("works")
told["open"] = open_doors
"""


class Provable(Protocol):
    """A tier whose children can be told what to run."""

    def start(self, kind: Kind, limits: Limits, serve: str) -> Walled:
        """See `base.Tier.start`."""


def ask(child: Walled, source: str) -> dict:
    """Run `source` in a child that serves `PROOF`.

    Returns:
        What it left in `told`.

    Raises:
        GradingError: it raised; the text is its traceback.
        EOFError: the child is gone.
    """
    send_text(child.socket, source)
    answer = json.loads(receive_text(child.socket))
    if "error" in answer:
        raise GradingError(f"a proof failed in the sandbox: {answer['error']}")
    return answer["told"]


def _at_home() -> list[str]:
    """What lies in the user's home, but for what leads to Python."""
    try:
        found = [str(path) for path in Path.home().iterdir()]
    except (OSError, RuntimeError):  # no home, or not readable
        return []
    shown = [Path(folder) for folder in python_folders()]
    return [path for path in found if not any(f.is_relative_to(path) for f in shown)]


def prove(tier: Provable) -> None:
    """Start a child and have it try what it must not be able to do.

    Raises:
        GradingError: it could, or no child can be started at all.
    """
    forbidden = [str(PACKAGE / "cli"), str(PACKAGE.parent / "notebooks"), __file__]
    forbidden += ["/course/course_utils/checks/exercise.py", *_at_home()]
    limits = Limits(wall_seconds=30, cpu_seconds=10, disk=MIB)
    child = tier.start(Kind.NUMPY, limits, PROOF)
    try:
        child.socket.settimeout(30)
        told = ask(child, f"FORBIDDEN = {forbidden!r}\n{_SOURCE}")
    except (OSError, EOFError, ValueError) as error:
        raise GradingError(f"a proof failed in the sandbox: {error!r}") from None
    finally:
        child.end()
    if told["open"]:
        raise GradingError(f"the sandbox leaks: {'; '.join(told['open'])}")
