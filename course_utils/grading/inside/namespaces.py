"""The few calls of Linux that Python 3.11 lacks: namespaces, mounts, privileges.

Each function is the system call of its name, its errors turned into `OSError`; what
they are called for, and in which order, is said in `walls`. Numbers come from the
kernel's public headers (linux/sched.h, linux/mount.h, linux/prctl.h,
linux/capability.h) and are the same on every processor.
"""

from __future__ import annotations

import ctypes
import errno
import os

CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_NOSUID, MS_NODEV, MS_NOEXEC = 2, 4, 8
MS_REC, MS_PRIVATE = 1 << 14, 1 << 18

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
PR_CAPBSET_DROP = 24
PR_SET_SECUREBITS = 28
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 47, 4

CAP_SETPCAP = 8
# Root is nobody special and stays so: NOROOT, NO_SETUID_FIXUP, NO_CAP_AMBIENT_RAISE,
# each with its lock.
SECURE_BITS = 0b11001111

_LIBC = None


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def _call(name: str, *args: object) -> int:
    global _LIBC
    if _LIBC is None:  # not at import: other systems import this module, too
        _LIBC = ctypes.CDLL(None, use_errno=True)
    result = getattr(_LIBC, name)(*args)
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def unshare(flags: int) -> None:
    """Leave the shared namespaces named by `flags` for new ones."""
    _call("unshare", ctypes.c_int(flags))


def setns(fd: int, flags: int) -> None:
    """Enter the namespace that `fd` refers to."""
    _call("setns", ctypes.c_int(fd), ctypes.c_int(flags))


def mount(kind: str, target: str, flags: int, options: str = "") -> None:
    """Mount a new file system of this kind; without one, change a mount."""
    name = kind.encode() or None
    _call(
        "mount",
        name,
        target.encode(),
        name,
        ctypes.c_ulong(flags),
        options.encode() or None,
    )


def prctl(option: int, value: int = 0) -> None:
    """Change a property of this process."""
    numbers = (value, 0, 0, 0)
    _call("prctl", ctypes.c_int(option), *map(ctypes.c_ulong, numbers))


def drop_bounding_set() -> None:
    """No program that is executed from here on can gain a capability.

    Raises:
        OSError: this process may not; it needs CAP_SETPCAP.
    """
    for capability in range(64):
        try:
            prctl(PR_CAPBSET_DROP, capability)
        except OSError as error:
            if error.errno != errno.EINVAL:  # the kernel knows no more of them
                raise
            break
    prctl(PR_SET_SECUREBITS, SECURE_BITS)


def drop_capabilities() -> None:
    """Give up every capability of this process, for good."""
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    header = _Header(0x20080522, 0)  # version 3: two words for each of the three sets
    _call("capset", ctypes.byref(header), (ctypes.c_uint32 * 6)())


def load_filter(program: bytes) -> None:
    """Let the kernel refuse what a seccomp filter does not list, here and below.

    Args:
        program: BPF instructions of 8 bytes each, as libseccomp exports them.
    """
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    filters = _Program(len(program) // 8, program)
    address = ctypes.addressof(filters)
    _call(
        "prctl",
        ctypes.c_int(PR_SET_SECCOMP),
        ctypes.c_ulong(SECCOMP_MODE_FILTER),
        ctypes.c_ulong(address),
        ctypes.c_ulong(0),
        ctypes.c_ulong(0),
    )
