"""Starting a program in bubblewrap: what it sees, and what it may do."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from course_utils.grading.errors import GradingError
from course_utils.grading.inside.walls import STUDENT
from course_utils.grading.sandbox import view
from course_utils.grading.sandbox.base import Kind

INSTALL = "sudo apt install bubblewrap"
# Not "zero": a shared mapping of it is memory that nobody counts without cgroups.
_DEVICES = ("null", "full", "random", "urandom")
_ETC = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "localtime")
_TOP = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
# User ids on the machine that belong to nobody: above those which systemd hands to
# containers (up to 1879048191).
_FIRST, UIDS = 0x70000000, 4096
# bubblewrap asks the kernel to be killed when the thread that started it ends, so the
# thread has to be one that lives as long as this process.
_KEEPER = ThreadPoolExecutor(1, "sandbox-keeper")


def _new_keeper() -> None:
    global _KEEPER
    _KEEPER = ThreadPoolExecutor(1, "sandbox-keeper")


os.register_at_fork(after_in_child=_new_keeper)  # threads do not survive a fork


@dataclass
class Wrapped:
    """A program in bubblewrap.

    Attributes:
        process: bubblewrap itself.
        pid: the first process inside, as this process counts.
        pidfd: refers to that process.
        errors: the file that standard error is written to.
        said: its last lines, once it has ended.
    """

    process: subprocess.Popen
    pid: int
    pidfd: int
    errors: IO[bytes]
    said: str = ""

    def end(self) -> tuple[int, float]:
        """End it with everything inside; to be called once.

        Returns:
            Its exit code, or minus the signal that ended it, and its seconds of CPU.
        """
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
        _, status, used = os.wait4(self.process.pid, 0)
        code = os.waitstatus_to_exitcode(status)
        self.process.returncode = code  # nobody else has to wait for it
        os.close(self.pidfd)
        self.said = _tail(self.errors)
        self.errors.close()
        # bubblewrap says 128 + N for signal N, as shells do.
        return (128 - code if code > 128 else code), used.ru_utime + used.ru_stime


def mapped() -> bool:
    """Whether this process may give students user ids that belong to nobody."""
    return os.geteuid() == 0


def capabilities() -> tuple[str, ...]:
    """What a program needs within its own namespaces until its walls are up."""
    return ("SYS_ADMIN", "SETPCAP", *(("SETUID", "SETGID") if mapped() else ()))


def arguments() -> list[str]:
    """The options that say what is shown and what may be done inside."""
    uid = "0" if mapped() else str(STUDENT)
    options = ["--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc"]
    options += ["--unshare-uts", "--unshare-cgroup-try", "--hostname", "sandbox"]
    options += ["--uid", uid, "--gid", uid, "--die-with-parent", "--new-session"]
    options += ["--as-pid-1", "--clearenv", "--cap-drop", "ALL"]
    for name in capabilities():
        options += ["--cap-add", f"CAP_{name}"]
    for name, value in view.ENVIRONMENT.items():
        options += ["--setenv", name, value]
    options += _files()
    options += ["--proc", "/proc", "--tmpfs", "/dev"]
    for name in _DEVICES:
        options += ["--dev-bind", f"/dev/{name}", f"/dev/{name}"]
    options += ["--symlink", "/proc/self/fd", "/dev/fd", "--symlink", "/tmp"]
    # Shared memory counts as files in /tmp and falls under the same limit. The child
    # mounts a /tmp of its own above this one, for bubblewrap limits no number of files.
    options += ["/dev/shm", "--remount-ro", "/dev"]
    options += ["--perms", "1777", "--tmpfs", "/tmp", "--remount-ro", "/"]
    return [*options, "--chdir", "/tmp"]


def _files() -> list[str]:
    folders = view.python_folders()
    inside = [*folders, "/etc/ld.so.cache", *(name for _, name in view.course_files())]
    parents = {str(parent) for name in inside for parent in Path(name).parents}
    options = []
    for parent in sorted(parents - {"/", "/usr"}):
        options += ["--dir", parent]  # or only root could pass through them
    options += ["--ro-bind", "/usr", "/usr"]
    for name in _TOP:
        path = Path("/", name)
        if path.is_symlink():
            options += ["--symlink", os.readlink(path), str(path)]
        elif path.is_dir():
            options += ["--ro-bind", str(path), str(path)]
    for name in _ETC:
        options += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    for folder in folders:
        options += ["--ro-bind", folder, folder]
    for folder in view.hidden_folders():
        options += ["--tmpfs", folder, "--remount-ro", folder]
    for outside, inside in view.course_files():
        options += ["--ro-bind", outside, inside]
    return options


def launch(options: list[str], mode: str, kind: Kind, sock: socket.socket) -> Wrapped:
    """Start `inside.server` in bubblewrap.

    Args:
        options: for bubblewrap.
        mode: "fork" or "fresh".
        kind: what it loads.
        sock: the end of a line that it inherits.

    Raises:
        GradingError: bubblewrap is missing, or cannot do it here.
    """
    return _KEEPER.submit(_launch, options, mode, kind, sock).result()


def _launch(options: list[str], mode: str, kind: Kind, sock: socket.socket) -> Wrapped:
    if any(Path(f).is_relative_to("/tmp") for f in view.python_folders()):
        raise GradingError(
            f"Python lies in {sys.prefix}, and a sandbox has a /tmp of its own: put "
            "the environment elsewhere"
        )
    program = shutil.which("bwrap")
    if not program:
        raise GradingError(f"bubblewrap is not installed: {INSTALL}")
    errors = tempfile.TemporaryFile()  # noqa: SIM115 (lives as long as the process)
    told, tell = os.pipe()
    block, unblock = os.pipe()
    given = [tell, sock.fileno()]
    command = [program, *options, "--info-fd", str(tell)]
    if mapped():
        command += ["--userns-block-fd", str(block)]
        given.append(block)
    command += ["--", sys.executable, "-P", "-m", "course_utils.grading.inside.server"]
    command += [mode, str(kind), str(sock.fileno())]
    process = None
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            pass_fds=given,
            start_new_session=True,  # an interrupt from the keyboard is ours to handle
        )
        os.close(tell)
        tell = -1
        pid = _first_process(told)
        if mapped():
            _map_users(pid)
            os.write(unblock, b"1")
        return Wrapped(process, pid, os.pidfd_open(pid), errors)
    except (OSError, ValueError) as error:
        if process:
            process.kill()
            process.wait()
        said = _tail(errors) or str(error)
        errors.close()
        raise GradingError(f"bubblewrap cannot make a sandbox here: {said}") from None
    finally:
        for fd in (told, tell, block, unblock):
            if fd >= 0:
                os.close(fd)


def _first_process(told: int) -> int:
    """The process that bubblewrap says it started."""
    text = b""
    while part := os.read(told, 4096):
        text += part
        with contextlib.suppress(ValueError):
            return int(json.loads(text)["child-pid"])
    raise ValueError("it said nothing")


def _map_users(pid: int) -> None:
    """Root stays root inside, without power; students are ids that own nothing."""
    for name in ("uid_map", "gid_map"):
        ranges = Path(f"/proc/self/{name}").read_text().split()
        starts, counts = map(int, ranges[0::3]), map(int, ranges[2::3])
        end = max(start + count for start, count in zip(starts, counts, strict=True))
        first = min(_FIRST, end - UIDS)
        Path(f"/proc/{pid}/{name}").write_text(f"0 0 1\n1 {first} {UIDS}\n")


def _tail(errors) -> str:
    errors.seek(0, os.SEEK_END)
    errors.seek(max(0, errors.tell() - 2000))
    lines = errors.read().decode("utf-8", "replace").strip().splitlines()
    return " / ".join(lines[-3:])
