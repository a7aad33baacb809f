"""What a student's code can see and reach: tried from inside."""

import errno
import os
import socket
import threading
from pathlib import Path

import pyseccomp
import pytest

from course_utils.grading.sandbox import view
from course_utils.grading.sandbox.trial import ask

REPOSITORY = Path(__file__).resolve().parents[3]

CALLS = (
    "acct",
    "add_key",
    "bpf",
    "chroot",
    "clone3",
    "delete_module",
    "finit_module",
    "flock",
    "fsmount",
    "fsopen",
    "fspick",
    "init_module",
    "inotify_add_watch",
    "inotify_init1",
    "io_uring_enter",
    "io_uring_register",
    "io_uring_setup",
    "ioperm",
    "iopl",
    "kcmp",
    "kexec_load",
    "keyctl",
    "landlock_restrict_self",
    "lookup_dcookie",
    "memfd_create",
    "memfd_secret",
    "mknodat",
    "mount",
    "mount_setattr",
    "move_mount",
    "msgget",
    "name_to_handle_at",
    "nfsservctl",
    "open_by_handle_at",
    "open_tree",
    "perf_event_open",
    "personality",
    "pidfd_getfd",
    "pidfd_open",
    "pivot_root",
    "process_madvise",
    "process_vm_readv",
    "process_vm_writev",
    "ptrace",
    "quotactl",
    "reboot",
    "request_key",
    "semget",
    "sethostname",
    "setns",
    "setuid",
    "settimeofday",
    "shmat",
    "shmget",
    "swapon",
    "sync",
    "syslog",
    "umount2",
    "unshare",
    "userfaultfd",
)
TOP = {"bin", "course", "dev", "etc", "lib", "lib32", "lib64", "libx32"}
TOP |= {"proc", "sbin", "tmp", "usr"}
DEVICES = ["fd", "full", "null", "random", "shm", "urandom"]


def test_no_network_not_even_to_this_machine(start):
    """Packets and connections reach neither the loopback nor anything else."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0)
    local = socket.socket(socket.AF_UNIX)
    name = f"\0course-{os.getpid()}"
    local.bind(name)
    local.listen()
    local.settimeout(0)
    with listener, local:
        port = listener.getsockname()[1]
        told = ask(
            start(),
            f"""
import socket
told["errors"] = []
def attempt(family, kind, address):
    try:
        sock = socket.socket(family, kind)
        sock.connect(address)
        sock.send(b"x")
        told["errors"].append("reached " + str(address))
    except OSError as error:
        told["errors"].append(error.errno)
for family in (socket.AF_INET, socket.AF_INET6):
    host = "127.0.0.1" if family == socket.AF_INET else "::1"
    attempt(family, socket.SOCK_STREAM, (host, {port}))
    attempt(family, socket.SOCK_DGRAM, (host, {port}))
for family in (socket.AF_NETLINK, socket.AF_PACKET, socket.AF_VSOCK, socket.AF_ALG):
    try:
        told["errors"].append("opened " + str(socket.socket(family, socket.SOCK_RAW)))
    except OSError as error:
        told["errors"].append(error.errno)
attempt(socket.AF_UNIX, socket.SOCK_STREAM, {name!r})
told["lines"] = open("/proc/self/net/dev").read().splitlines()[2:]
""",
        )
        with pytest.raises(BlockingIOError):
            listener.accept()
        with pytest.raises(BlockingIOError):
            local.accept()
    assert told["errors"] == (
        [errno.ENETUNREACH] * 4 + [errno.ENOSYS] * 4 + [errno.ECONNREFUSED]
    )
    (loopback,) = told["lines"]
    assert loopback.split() == ["lo:"] + ["0"] * 16


def test_nothing_is_there_but_python_and_the_library(start, tmp_path):
    """No repository, no home, no class, no checks, not by any path."""
    secret = tmp_path / "secret.key"
    secret.write_text("a secret that everybody may read")
    hidden = [secret, tmp_path, REPOSITORY / "notebooks", REPOSITORY / ".git"]
    hidden += [Path.home() / ".profile", "/run", "/sys", "/boot", "/etc/ssh"]
    hidden += ["/etc/passwd", "/etc/shadow", "/etc/hostname", "/dev/vda", "/dev/tty"]
    told = ask(
        start(),
        f"""
import os
told["seen"] = [path for path in {list(map(str, hidden))!r} if os.path.lexists(path)]
for prefix in ("/proc/self/root", "/proc/self/cwd/..", "/proc/1/root", "//", "/tmp/.."):
    told["seen"] += [prefix] * os.path.exists(prefix + {str(secret)!r})
told["top"] = sorted(os.listdir("/"))
told["course"] = sorted(
    os.path.relpath(os.path.join(folder, name), "/course")
    for folder, _, names in os.walk("/course") for name in names if name.endswith(".py")
)
told["devices"] = sorted(os.listdir("/dev"))
told["tmp"] = [name for name in os.listdir("/tmp") if not name.startswith(".")]
""",
    )
    assert told["seen"] == []
    assert told["tmp"] == []
    assert set(told["top"]) <= TOP | {Path(f).parts[1] for f in view.python_folders()}
    assert told["devices"] == DEVICES
    shown = set(told["course"])
    assert "course_utils/grading/inside/child.py" in shown
    assert "course_utils/lab/shipped.py" in shown
    forbidden = ("cli/", "notebooks/", "grading/sandbox/", "grading/course.py")
    assert not [
        f for f in shown if f.startswith(tuple("course_utils/" + n for n in forbidden))
    ]
    checks = {Path(f).stem for f in shown if f.startswith("course_utils/checks/")}
    assert checks <= {"__init__", *view.REAL}


def test_nothing_can_be_written_but_its_own_folder(start):
    """Every other folder is read-only, and /dev/shm is the same folder."""
    told = ask(
        start(),
        """
import os
told["written"] = []
for folder, names, _ in os.walk("/"):
    if folder.count("/") > 3 or folder.startswith(("/proc/", "/tmp")):
        names.clear()
        if not folder.startswith("/tmp"):
            continue
    try:
        open(os.path.join(folder, "x"), "w").close()
        told["written"].append(folder)
    except OSError:
        pass
for path in ("/course/course_utils/__init__.py", "/proc/sys/kernel/core_pattern"):
    try:
        open(path, "a").close()
        told["written"].append(path)
    except OSError:
        pass
told["shared"] = os.path.realpath("/dev/shm")
told["cwd"] = os.getcwd()
""",
    )
    assert told == {"written": ["/tmp"], "shared": "/tmp", "cwd": "/tmp"}


def test_its_surroundings_say_nothing(start, monkeypatch):
    """No environment, no descriptor and no name of the machine is handed down."""
    monkeypatch.setenv("COURSE_SECRET", "handed down")
    with open(os.devnull) as opened:
        os.set_inheritable(opened.fileno(), True)
        told = ask(
            start(),
            """
import os
told["environment"] = dict(os.environ)
told["began"] = open("/proc/self/environ", "rb").read().decode()
told["files"] = {
    int(fd): os.readlink(f"/proc/self/fd/{fd}").partition(":")[0]
    for fd in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{fd}")
}
told["host"] = os.uname().nodename
told["parent"] = os.getppid(), os.getpid()
""",
        )
    assert told["environment"].keys() <= {*view.ENVIRONMENT, "LC_CTYPE", "PWD"}
    assert "handed down" not in told["began"]
    assert told["files"] == dict.fromkeys("012", "/dev/null") | {"3": "socket"}
    assert (told["host"], told["parent"]) == ("sandbox", [0, 1])


def test_system_calls_that_open_doors_do_not_exist(start):
    """The calls by which one leaves a sandbox, each made for real."""
    arch = pyseccomp.system_arch()
    numbers = {name: pyseccomp.resolve_syscall(arch, name) for name in CALLS}
    numbers = {name: number for name, number in numbers.items() if number >= 0}
    assert len(numbers) > 50
    clone = pyseccomp.resolve_syscall(arch, "clone")
    told = ask(
        start(),
        f"""
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
told["answers"] = {{}}
for name, number in {numbers!r}.items():
    ctypes.set_errno(0)
    value = libc.syscall(number, 0, 0, 0, 0, 0, 0)
    told["answers"][name] = (value, ctypes.get_errno())
flags = (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000)
told["clones"] = []
for flag in flags:
    value = libc.syscall({clone}, flag | 17, 0, 0, 0, 0)
    told["clones"].append((value, ctypes.get_errno()))
for request in (0x5412, 0x541C):
    value = libc.ioctl(3, request, b"x")
    told["clones"].append((value, ctypes.get_errno()))
""",
    )
    refused = [-1, errno.ENOSYS]
    assert {n: a for n, a in told["answers"].items() if a != refused} == {}
    assert told["clones"] == [refused] * 9


def test_calls_have_no_doors_among_their_arguments(start):
    """Who opens a shared file, bytes out of band, core dumps; the rest works."""
    prlimit = pyseccomp.resolve_syscall(pyseccomp.system_arch(), "prlimit64")
    told = ask(
        start(),
        f"""
import ctypes, fcntl, os, resource, socket
libc = ctypes.CDLL(None, use_errno=True)
folder = os.open("/usr", os.O_RDONLY)
one, other = socket.socketpair()
none = (ctypes.c_long * 2)()
told["errors"] = []
for act in (
    lambda: fcntl.fcntl(folder, fcntl.F_NOTIFY, 1),
    lambda: fcntl.fcntl(folder, fcntl.F_SETLEASE, fcntl.F_RDLCK),
    lambda: one.send(b"x", socket.MSG_OOB),
    lambda: one.sendmsg([b"x"], [], socket.MSG_OOB),
    lambda: other.recv(1, socket.MSG_OOB),
    lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)),
):
    try:
        act()
        told["errors"].append("it could")
    except OSError as error:
        told["errors"].append(error.errno)
value = libc.syscall({prlimit}, 0, ctypes.c_long((1 << 32) + 4), none, None)
told["errors"].append(ctypes.get_errno() if value else "it could")
told["core"] = resource.getrlimit(resource.RLIMIT_CORE)
resource.setrlimit(resource.RLIMIT_NOFILE, (100, 200))
told["files"] = resource.getrlimit(resource.RLIMIT_NOFILE)
with open("locked", "w") as file:
    fcntl.lockf(file, fcntl.LOCK_EX)
one.sendmsg([b"in ", b"band"])
told["came"] = other.recvmsg(20)[0].decode()
""",
    )
    assert told["errors"] == [errno.ENOSYS] * 7
    # At 1 no program is started to collect a dump; at 0 one would be.
    assert (told["core"], told["files"]) == ([1, 1], [100, 200])
    assert told["came"] == "in band"


def test_it_has_no_power_and_gains_none(start):
    """No capability, no other user id, no debugging, and no way to get them."""
    told = ask(
        start(),
        """
import os
told["status"] = dict(
    line.strip().split(":", 1) for line in open("/proc/self/status")
)
told["errors"] = []
for act in (
    lambda: os.setuid(0), lambda: os.setgroups([0]), lambda: os.chroot("/tmp"),
    lambda: os.nice(-5), lambda: os.mknod("disk", 0o60600, os.makedev(254, 0)),
):
    try:
        act()
        told["errors"].append("it could")
    except OSError as error:
        told["errors"].append(error.errno)
""",
    )
    status = {name: value.strip() for name, value in told["status"].items()}
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(status[name], 16) == 0
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
    assert "0" not in status["Uid"].split()
    assert status["Groups"] in ("", "65534")
    assert "it could" not in told["errors"]


def test_children_side_by_side_know_nothing_of_each_other(start):
    """No process, file, socket or signal of one reaches the other."""
    first, second = start(), start()
    ask(
        first,
        """
import os, socket
listener = socket.socket(socket.AF_UNIX)
listener.bind("\\0meeting")
listener.listen()
import builtins
builtins.kept = listener
open("letter", "w").write("answers")
open("/dev/shm/letter", "w").write("answers")
""",
    )
    told = ask(
        second,
        """
import os, socket
told["pids"] = [name for name in os.listdir("/proc") if name.isdecimal()]
told["files"] = [os.path.exists(p) for p in ("letter", "/dev/shm/letter")]
try:
    socket.socket(socket.AF_UNIX).connect("\\0meeting")
except OSError as error:
    told["error"] = error.errno
try:
    os.kill(-1, 9)
except OSError as error:
    told["killed"] = error.errno
""",
    )
    assert told["pids"] == ["1"]
    assert told["files"] == [False, False]
    assert (told["error"], told["killed"]) == (errno.ECONNREFUSED, errno.ESRCH)
    assert ask(first, "told['alive'] = True") == {"alive": True}
    worlds = {os.readlink(f"/proc/{child.pid}/ns/net") for child in (first, second)}
    assert len(worlds | {os.readlink("/proc/self/ns/net")}) == 3


def test_what_honest_code_needs_is_there(start):
    """Threads, processes, programs, plots, temporary files, callbacks of C."""
    told = ask(
        start(memory=256 << 20),
        """
import ctypes, multiprocessing, subprocess, tempfile, threading
import matplotlib.pyplot as plt
import numpy as np
found = []
thread = threading.Thread(target=found.append, args=("thread",))
thread.start()
thread.join()
pool = multiprocessing.get_context("fork").Pool(2)
found += pool.map(str, [1, 2])
pool.terminate()
found.append(subprocess.run(["echo", "program"], capture_output=True, text=True).stdout)
with tempfile.NamedTemporaryFile("w+") as file:
    found.append(file.write("file"))
plt.plot([1, 2])
plt.savefig("plot.png")
compare = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)(lambda x: x + 1)
found += [compare(4), float(np.linalg.norm(np.ones((4, 4)) @ np.ones(4)))]
told["found"] = found
""",
    )
    assert told["found"] == ["thread", "1", "2", "program\n", 4, 5, 8.0]


def test_many_threads_start_children_at_once(start):
    """A thread that began a child may end before it."""
    children = []
    threads = [
        threading.Thread(target=lambda: children.append(start())) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(children) == 4
    for child in children:
        assert ask(child, "told['sum'] = 1 + 1") == {"sum": 2}
