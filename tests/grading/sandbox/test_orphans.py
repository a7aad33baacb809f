"""What a killed grader left half begun is ended by the next one, and nothing else."""

import subprocess
import sys
import time

import psutil

from course_utils.grading.sandbox.linux import _SERVER, end_orphans

# A process with bubblewrap's name, whose parent ends at once or stays.
SLEEPER = (
    "import ctypes, sys, time; ctypes.CDLL(None).prctl(15, b'bwrap'); time.sleep(60)"
)


def begin(word, orphan):
    script = '"$0" -c "$1" "$2" & echo $!; [ "$3" = orphan ] || wait'
    shell = subprocess.Popen(
        [
            "bash",
            "-c",
            script,
            sys.executable,
            SLEEPER,
            word,
            "orphan" if orphan else "",
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    return shell, psutil.Process(int(shell.stdout.readline()))


def wait_until(true):
    end = time.monotonic() + 10
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return true()


def settled(process, parent=None):
    """Whether it has its name and its parent; or another test's wall has ended it."""
    try:
        right = parent is None or process.ppid() == parent
        return right and process.name() == "bwrap"
    except psutil.NoSuchProcess:
        return True


def test_only_an_orphan_of_ours_is_ended():
    made = [begin(_SERVER, True), begin("another.program", True), begin(_SERVER, False)]
    ours, stranger, kept = (process for _, process in made)
    try:
        assert wait_until(lambda: all(settled(p) for _, p in made))
        assert wait_until(lambda: settled(ours, 1) and settled(stranger, 1))
        end_orphans()
        assert wait_until(lambda: not ours.is_running())
        assert stranger.is_running()
        assert kept.is_running()
    finally:
        for shell, process in made:
            if process.is_running():
                process.kill()
            shell.wait()
            shell.stdout.close()
