"""What is left behind: nothing, however it ends."""

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from course_utils.grading.sandbox import Kind, Limits
from course_utils.grading.sandbox.children import PROOF
from course_utils.grading.sandbox.fork_server import ForkServer
from course_utils.grading.sandbox.fresh import Bwrap
from course_utils.grading.sandbox.trial import ask
from tests.grading.sandbox.conftest import FOUND
from tests.grading.sandbox.engines import mounts

CLASSES = {"fork server": ForkServer, "bwrap": Bwrap}
_GRADER = """
import json, os, sys, threading, time
from course_utils.grading.sandbox import Kind, Limits
from course_utils.grading.sandbox.children import PROOF
from course_utils.grading.sandbox.trial import ask
from tests.grading.sandbox.test_ends import CLASSES, descendants
tier = CLASSES[sys.argv[1]]()
children = [tier.start(Kind.NUMPY, Limits(processes=8), PROOF) for _ in range(2)]
source = '''
import os, signal
for number in range(1, 32):
    if number not in (9, 17, 19):
        signal.signal(number, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    while True:
        pass
'''
for child in children:
    ask(child, source)
print(json.dumps(descendants(os.getpid())), flush=True)
time.sleep(60)
"""


def descendants(pid):
    """All processes below one, by number and the time they began."""
    import psutil

    found = psutil.Process(pid).children(recursive=True)
    return [(process.pid, process.create_time()) for process in found]


def groups(pid=None):
    """The control groups that a grader has made, this process if none is named."""
    found = {str(p) for p in Path("/sys/fs/cgroup").glob("**/course-grading-*")}
    return {name for name in found if f"-{pid or os.getpid()}-" in name}


def eventually(true, seconds=10):
    """Wait for something to come true."""
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return true()


def gone(processes):
    """Whether none of these exists any more."""
    import psutil

    def alive(pid, began):
        try:
            process = psutil.Process(pid)
            dead = process.status() == psutil.STATUS_ZOMBIE
            return not dead and process.create_time() == began
        except psutil.NoSuchProcess:
            return False

    return not any(alive(pid, began) for pid, began in processes)


@pytest.mark.parametrize("name", FOUND)
def test_closing_leaves_no_process_mount_descriptor_or_group(name):
    """After `close` everything is as it was; another start begins anew."""
    mounted = mounts()
    files, before = set(os.listdir("/proc/self/fd")), groups()
    running = descendants(os.getpid())
    tier = CLASSES[name]()
    for _ in range(2):
        first = tier.start(Kind.NUMPY, Limits(), PROOF)
        tier.start(Kind.NUMPY, Limits(), PROOF)
        assert first.end() == first.end() == ""
        started = [p for p in descendants(os.getpid()) if p not in running]
        assert len(started) >= 2
        tier.close()
        assert eventually(partial(gone, started))
        assert groups() == before
    assert mounts() == mounted
    assert eventually(lambda: set(os.listdir("/proc/self/fd")) <= files, 2)


@pytest.mark.parametrize("name", FOUND)
def test_killing_the_grader_ends_everything(name):
    """With SIGKILL for the grader, all goes; the next one clears its groups away."""
    grader = subprocess.Popen(
        [sys.executable, "-c", _GRADER, name], stdout=subprocess.PIPE, text=True
    )
    with grader:
        processes = json.loads(grader.stdout.readline())
        assert len(processes) >= 5
        grader.send_signal(signal.SIGKILL)
    assert eventually(lambda: gone(processes))
    tier = CLASSES[name]()
    tier.start(Kind.NUMPY, Limits(), PROOF)
    tier.close()
    assert groups(grader.pid) == set()


@pytest.mark.parametrize("name", [n for n in FOUND if n == "fork server"])
def test_a_fork_server_that_dies_is_replaced(name):
    """Its children are lost and say so; the next start works."""
    tier = CLASSES[name]()
    child = tier.start(Kind.NUMPY, Limits(), PROOF)
    os.kill(tier._servers[Kind.NUMPY]._wrapped.pid, signal.SIGKILL)
    assert child._dead(20)  # in a moment: it may answer until then
    with pytest.raises((EOFError, ConnectionError)):
        ask(child, "told['alive'] = True")
    assert child.end() == ""
    child = tier.start(Kind.NUMPY, Limits(), PROOF)
    assert ask(child, "told['alive'] = True") == {"alive": True}
    tier.close()
