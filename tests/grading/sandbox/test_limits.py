"""What a student's code may use up, and what is said of code that tries for more."""

import errno
import os
import time

import pytest

from course_utils.grading.sandbox import cgroups
from course_utils.grading.sandbox.base import MIB
from course_utils.grading.sandbox.trial import ask


@pytest.fixture(scope="module")
def groups():
    """Whether this user may write to control groups, which tell why a child died."""
    try:
        found = cgroups.Groups()
    except OSError:
        return False
    found.close()
    return True


def lost(child, source):
    """Run `source`, which the child must not survive."""
    with pytest.raises((EOFError, ConnectionError)):
        ask(child, source)
    return child.end()


def test_a_huge_array_is_a_memory_error_and_no_end(start):
    """A mistake is answered in Python, and the next line runs."""
    child = start()
    told = ask(
        child,
        """
import numpy as np
try:
    np.ones(10**8)
except MemoryError:
    told["caught"] = True
""",
    )
    assert told == {"caught": True}
    assert ask(child, "told['alive'] = True") == {"alive": True}
    assert child.end() == ""


MANY = f"""
import os, time
for _ in range(5):
    if not os.fork():
        block = bytearray(b"x") * {24 * MIB}
        time.sleep(20)
time.sleep(3)
os._exit(1)
"""
# What is said of a process is said of its first thread, and that one has ended.
LEADERLESS = f"""
import ctypes, os, threading, time
def hoard():
    block = bytearray(b"x") * {24 * MIB}
    time.sleep(20)
for _ in range(5):
    if not os.fork():
        threading.Thread(target=hoard).start()
        ctypes.CDLL(None).syscall({60 if os.uname().machine == "x86_64" else 93}, 0)
time.sleep(3)
os._exit(1)
"""
# Reading takes no page, but tables of pages.
TABLES = """
import mmap
space = mmap.mmap(-1, 1 << 40, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, mmap.PROT_READ)
for place in range(0, 1 << 40, 2 << 20):
    space[place]
"""


@pytest.mark.parametrize("source", [MANY, LEADERLESS, TABLES])
@pytest.mark.parametrize("counted", [True, False])
def test_memory_is_counted_whatever_it_is_called(
    start, tier, monkeypatch, counted, source
):
    """That of all processes and threads, with control groups and without."""
    if not counted:
        monkeypatch.setattr(tier, "_find_groups", lambda: None)
    assert lost(start(), source) == "memory"


def test_memory_that_nobody_counts_is_not_to_be_had(start):
    """Shared memory without a file stays when it is unmapped, and no limit knows."""
    told = ask(
        start(),
        """
import mmap, os
told["errors"] = []
for get in (
    lambda: mmap.mmap(-1, 4096),
    lambda: mmap.mmap(os.open("/dev/zero", os.O_RDWR), 4096),
    lambda: os.memfd_create("memory"),
):
    try:
        get()
        told["errors"].append("got it")
    except OSError as error:
        told["errors"].append(error.errno)
mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)[0] = 1
with open("file", "wb+") as file:
    file.truncate(4096)
    mmap.mmap(file.fileno(), 4096)[0] = 1
""",
    )
    assert told["errors"] == [errno.ENOMEM, errno.ENOENT, errno.ENOSYS]


def test_files_are_limited_in_size_and_number(start):
    """The private folder holds no more than it may, in one file or in many."""
    told = ask(
        start(memory=128 * MIB),
        """
import os
written = 0
try:
    for number in range(100_000):
        folder = "/dev/shm" if number % 2 else "/tmp"
        with open(f"{folder}/{number}", "wb") as file:
            written += file.write(b"x" * 100_000)
except OSError as error:
    told["error"] = error.errno
told["written"] = written
for name in os.listdir("/tmp"):
    if name[0].isdecimal():
        os.remove("/tmp/" + name)
count = 0
try:
    while count < 6000:
        open(f"empty{count}", "w").close()
        count += 1
except OSError:
    pass
told["count"] = count
""",
    )
    assert told["error"] == 28  # no space left
    assert MIB < told["written"] <= 2 * MIB
    assert told["count"] < 5000


def test_a_fork_bomb_goes_out(start, groups):
    """The number of processes is limited; they all die with the first."""
    child = start(processes=12)
    world = os.readlink(f"/proc/{child.pid}/ns/pid")
    told = ask(
        child,
        """
import os, time
born = 0
for _ in range(40):
    try:
        if os.fork() == 0:
            while True:
                try:
                    os.fork()
                except OSError:
                    time.sleep(0.05)
        born += 1
    except OSError:
        time.sleep(0.01)
told["born"] = born
""",
    )
    assert 0 < told["born"] < 12
    assert 1 < len(inhabitants(world)) <= 12
    assert child.end() == ("processes" if groups else "")
    assert inhabitants(world) == []


def test_daemons_die_with_the_child(start):
    """Two forks and a session of its own are no way out."""
    child = start()
    world = os.readlink(f"/proc/{child.pid}/ns/pid")
    ask(
        child,
        """
import os, signal, time
for number in range(1, 32):
    if number not in (9, 17, 19):
        signal.signal(number, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        while True:
            time.sleep(1)
    os._exit(0)
os.wait()
""",
    )
    assert len(inhabitants(world)) == 2
    child.end()
    assert inhabitants(world) == []


def test_spinning_ends_after_the_seconds_of_cpu(start):
    """An endless loop costs what it may, and the reason is told."""
    began = time.monotonic()
    assert lost(start(cpu_seconds=1), "while True: pass") == "cpu"
    assert time.monotonic() - began < 15


def test_sleeping_ends_when_the_time_is_up(start):
    """A child that waits for ever is ended without anybody asking."""
    child = start(wall_seconds=0.5)
    assert lost(child, "import time; time.sleep(60)") == "wall"
    assert child.end() == "wall"


def test_ignoring_every_signal_is_no_way_to_stay(start):
    """A child that blocks all it can is ended at once."""
    child = start()
    ask(
        child,
        "import signal; signal.pthread_sigmask(0, set(range(1, 65)) - {32, 33})",
    )
    began = time.monotonic()
    assert child.end() == ""
    assert time.monotonic() - began < 5


def inhabitants(world):
    """The processes of a pid namespace, seen from outside; the dead do not count."""
    found = []
    for pid in filter(str.isdecimal, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{pid}/ns/pid") == world:
                found.append(int(pid))
        except OSError:
            pass
    return found
