"""What a student's code may use up, and what is said of code that tries for more."""

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


def test_memory_is_counted_whatever_it_is_called(start):
    """Shared memory of several processes counts; the reason is told."""
    child = start()
    why = lost(
        child,
        f"""
import mmap, os, time
blocks = []
while True:
    for _ in range(4):
        block = mmap.mmap(-1, {8 * MIB})
        block.write(b"x" * {8 * MIB})
        blocks.append(block)
    if len(blocks) > 16:
        time.sleep(0.5)
    if len(blocks) > 100:
        told["bytes"] = len(blocks) * {8 * MIB}
        break
""",
    )
    assert why == "memory"


def test_files_are_limited_in_size_and_number(start, tier):
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
    # bubblewrap cannot limit their number; each counts as memory of the group there.
    assert told["count"] < 5000 or tier.name == "bwrap"


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
