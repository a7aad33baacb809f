"""Podman and Docker: a fresh container for every submission, wherever they run.

A container is made from the course's image (`image`), runs one submission as nobody,
and is removed. What it may do is in `_HELD` and `_arguments`; the rest is the engine's
own default, a filter of system calls among it, and on Linux `filters` besides. Nothing
is shared between containers but the image, which cannot be written to. The line to the
child is the container's standard input and output (`inside.piped`), since no socket
reaches into the virtual machine that an engine uses on macOS and Windows.
"""

from __future__ import annotations

import atexit
import base64
import functools
import json
import platform
import shutil
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import ClassVar

from course_utils.grading.errors import GradingError
from course_utils.grading.sandbox import filters, view
from course_utils.grading.sandbox.base import Kind, Limits
from course_utils.grading.sandbox.container import (
    LABEL,
    OWNER,
    ContainerChild,
    first_line,
    is_stale,
    run_engine,
)
from course_utils.grading.sandbox.image import build_image

_HELD = (
    "--network=none",
    "--read-only",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--ipc=private",
    "--user=65534:65534",
    "--ulimit=core=0:0",
    "--ulimit=nofile=256:256",
    "--pull=never",
    "--log-driver=none",
    "--hostname=sandbox",
    "--workdir=/tmp",
    "--stop-timeout=0",
)
_SHARED_MEMORY = 1 << 20  # /dev/shm: enough for semaphores


@dataclass(frozen=True)
class Ground:
    """What a container stands on.

    Attributes:
        image: its name.
        options: more options for the engine's `run`, such as mounts.
        python: the interpreter inside.
    """

    image: str
    options: tuple[str, ...] = ()
    python: str = "/usr/local/bin/python"


class Container:
    """What Podman and Docker have in common; the tiers are below.

    Attributes:
        name: of the tier, and of the engine's program.
        holds: what it keeps out, for the teacher.
        ground: what containers are made from; None until the image is made sure of.
    """

    name: ClassVar[str]
    holds = (
        "a fresh container for each submission: no network, no other submission, no "
        "file but Python and the course's library, both read-only; as nobody, without "
        "a capability, and a private /tmp of limited size; memory and processes are "
        "limited by control groups"
    )
    own: ClassVar[tuple[str, ...]] = ()

    def __init__(self, ground: Ground | None = None) -> None:
        """Prepare; the image is made sure of when the first child is begun.

        Args:
            ground: what to stand on in place of the course's image.

        Raises:
            GradingError: the engine cannot be used here.
        """
        problem = self.why_not()
        if problem:
            raise GradingError(problem)
        atexit.register(self.close)
        self.ground = ground
        self._swept = False
        self._lock = threading.Lock()
        self._numbers = count(1)
        self._children: set[ContainerChild] = set()

    @classmethod
    def why_not(cls) -> str:
        """Why this engine cannot be used here; empty where it can."""
        if shutil.which(cls.name) is None:
            return f"{cls.name} is not installed"
        try:
            told = run_engine(cls.name, "info", "--format", "{{json .}}", timeout=15)
            if told.returncode:
                return (
                    f"{cls.name} does not answer; is it running? It says: "
                    f"{first_line(told.stderr)}"
                )
            missing = cls.missing(json.loads(told.stdout))
        except (GradingError, ValueError, TypeError, AttributeError) as error:
            return f"{cls.name} does not answer as expected: {error}"
        if missing:
            return f"{cls.name} cannot limit {' and '.join(missing)} here"
        return ""

    @classmethod
    def missing(cls, info: dict) -> Sequence[str]:
        """The limits that the engine cannot set here, from what it tells of itself."""
        raise NotImplementedError

    def start(self, kind: Kind, limits: Limits) -> ContainerChild:
        """Begin a child in a container of its own, from any thread.

        Raises:
            GradingError: the image cannot be built, or no container be begun.
        """
        ground = self._ready()
        name = f"{OWNER}-{next(self._numbers)}"
        child = ContainerChild(
            self.name, name, self._arguments(ground, name, kind, limits), limits
        )
        with self._lock:
            self._children = {c for c in self._children if not c.ended} | {child}
        child.greet()
        return child

    def close(self) -> None:
        """End all children and remove their containers."""
        with self._lock:
            children, self._children = self._children, set()
        for child in children:
            child.end()

    def _ready(self) -> Ground:
        """Make sure of the image; remove what graders that were killed left behind."""
        with self._lock:
            if self.ground is None:
                self.ground = Ground(build_image(self.name))
            if not self._swept:
                label = f"label={LABEL}"
                told = run_engine(
                    self.name, "ps", "-a", "--filter", label, "--format", "{{.Names}}"
                )
                stale = [name for name in told.stdout.split() if is_stale(name)]
                if stale:
                    run_engine(self.name, "rm", "-f", *stale)
                self._swept = True
            return self.ground

    def _arguments(
        self, ground: Ground, name: str, kind: Kind, limits: Limits
    ) -> list[str]:
        """The engine's command line for one child."""
        tmp = f"rw,noexec,nosuid,nodev,size={limits.disk},mode=1777"
        environment = [f"{key}={value}" for key, value in view.ENVIRONMENT.items()]
        cpu = limits.cpu_seconds
        return [
            *("run", "--interactive", f"--name={name}", f"--label={LABEL}"),
            *_HELD,
            *self.own,
            f"--memory={limits.memory}",
            f"--memory-swap={limits.memory}",
            f"--pids-limit={limits.processes}",
            "--cpus=1",
            f"--ulimit=cpu={cpu}:{cpu}",
            f"--ulimit=fsize={limits.disk}:{limits.disk}",
            f"--shm-size={_SHARED_MEMORY}",
            f"--tmpfs=/tmp:{tmp}",
            *ground.options,
            ground.image,
            *("/usr/bin/env", "-i", *environment),
            *(ground.python, "-P", "-m", "course_utils.grading.inside.piped"),
            *(kind.value, str(limits.wall_seconds)),
            str(limits.memory * 9 // 10),
            *_filter(),
        ]


@functools.cache
def _filter() -> tuple[str, ...]:
    """For `inside.piped`: a processor, and the filter of system calls for it."""
    if not sys.platform.startswith("linux"):
        return ()  # libseccomp is Linux's; what the engine filters is left
    return platform.machine(), base64.b64encode(filters.program()).decode()


class Podman(Container):
    """Containers of Podman's, without a service and without root."""

    name = "podman"
    # By default Podman hands on proxies' addresses and this computer's /etc/hosts,
    # makes /run and /var/tmp writable, and lets two bytes of input detach the caller.
    own = (
        "--http-proxy=false",
        "--no-hosts",
        "--read-only-tmpfs=false",
        "--detach-keys=",
    )

    @classmethod
    def missing(cls, info: dict) -> Sequence[str]:
        """See `Container.missing`."""
        have = info["host"].get("cgroupControllers") or ()
        needed = {"memory": "memory", "pids": "processes", "cpu": "processor time"}
        return [words for name, words in needed.items() if name not in have]


class Docker(Container):
    """Containers of Docker's."""

    name = "docker"

    @classmethod
    def missing(cls, info: dict) -> Sequence[str]:
        """See `Container.missing`."""
        if info.get("OSType") != "linux":
            return ["anything, being set to Windows containers,"]
        needed = {
            "MemoryLimit": "memory",
            "PidsLimit": "processes",
            "CpuCfsQuota": "processor time",
        }
        return [words for name, words in needed.items() if not info.get(name)]
