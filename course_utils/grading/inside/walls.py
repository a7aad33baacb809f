"""What a child does to itself before it may run a line of a student's.

The outer wall is bubblewrap's. A child of the fork server shares that with its
siblings, so `part` gives it namespaces of its own; `confine` takes away what is left.
A fresh bubblewrap process does the same, for a /proc and a /tmp of the same kind.
"""

from __future__ import annotations

import errno
import os
import resource
from pathlib import Path

from course_utils.grading.inside import namespaces as ns

STUDENT = 1000  # what a student's code sees as its own user id
_FILES = 256
_STACK = 8 << 20
_INODES = 4096


def part(disk: int, uid: int) -> None:
    """Leave everything that the fork server's children share.

    Args:
        disk: bytes of the private /tmp, to which /dev/shm is a link.
        uid: who may write there.
    """
    # The process is pid 1 of its own pid namespace since it was forked. The network
    # namespace has a loopback that is down, and abstract Unix sockets of its own.
    ns.unshare(
        ns.CLONE_NEWNS
        | ns.CLONE_NEWNET
        | ns.CLONE_NEWIPC
        | ns.CLONE_NEWUTS
        | ns.CLONE_NEWCGROUP
    )
    ns.mount("", "/", ns.MS_REC | ns.MS_PRIVATE)
    plain = ns.MS_NOSUID | ns.MS_NODEV | ns.MS_NOEXEC
    # Its own processes are all that /proc shows: nothing of the machine, no /proc/sys.
    ns.mount("proc", "/proc", plain, "subset=pid")
    ns.mount(
        "tmpfs",
        "/tmp",
        plain,
        f"size={disk},nr_inodes={_INODES},mode=700,uid={uid},gid={uid}",
    )
    # Everything else that could be written to is read-only since bubblewrap began.


def confine(order: dict) -> None:
    """Become nobody, within limits, with few system calls left.

    Args:
        order: `uid` to become (0 to stay who one is, the only one there is), `filter`
            (bytes), and the limits `cpu`, `data`, `disk` and `processes`.
    """
    if os.getsid(0) != os.getpid():
        os.setsid()
    os.umask(0o077)
    ns.drop_bounding_set()
    if order["uid"]:
        os.setgroups([])
        os.setresgid(*[order["uid"]] * 3)
        os.setresuid(*[order["uid"]] * 3)
        # Whoever changes its user id cannot read its own /proc/self otherwise.
        ns.prctl(ns.PR_SET_DUMPABLE, 1)
    os.chdir("/tmp")
    # The kernel counts the processes of a user in each user namespace: in one of its
    # own, RLIMIT_NPROC counts this child's and nobody else's.
    uid, gid = os.getuid(), os.getgid()
    ns.unshare(ns.CLONE_NEWUSER)
    own = Path("/proc/self")
    (own / "setgroups").write_text("deny")
    (own / "uid_map").write_text(f"{STUDENT} {uid} 1")
    (own / "gid_map").write_text(f"{STUDENT} {gid} 1")
    ns.drop_bounding_set()
    ns.drop_capabilities()
    _limit(order)
    # Cleared by every change of user above, so it comes after them.
    ns.prctl(ns.PR_SET_PDEATHSIG, 9)
    ns.load_filter(order["filter"])


def _limit(order: dict) -> None:
    cpu, data = order["cpu"], order["data"]
    for name, soft, hard in (
        ("CPU", cpu, cpu),
        # Private memory that a process can ask for, so that a huge array is a
        # MemoryError in the student's code and not its end. Address space as such is
        # free: TensorFlow reserves far more than it uses.
        ("DATA", data, data),
        ("FSIZE", order["disk"], order["disk"]),
        ("NOFILE", _FILES, _FILES),
        ("NPROC", order["processes"], order["processes"]),
        ("STACK", _STACK, _STACK),
        # Programs that collect core dumps are started at 0, too, and not at 1.
        ("CORE", 1, 1),
        ("MEMLOCK", 0, 0),
        ("MSGQUEUE", 0, 0),
        ("RTPRIO", 0, 0),
        ("NICE", 0, 0),
    ):
        kind = getattr(resource, f"RLIMIT_{name}")
        most = resource.getrlimit(kind)[1]
        if most != resource.RLIM_INFINITY:
            soft, hard = min(soft, most), min(hard, most)
        try:
            resource.setrlimit(kind, (soft, hard))
        except ValueError as error:
            raise OSError(errno.EINVAL, f"RLIMIT_{name}: {error}") from None


def private_bytes() -> int:
    """What this process counts against RLIMIT_DATA already."""
    pages = int(Path("/proc/self/statm").read_text().split()[5])
    return pages * resource.getpagesize()
