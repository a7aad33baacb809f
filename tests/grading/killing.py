"""Grade a class, be killed at random moments, grade again: what is there in the end?

Run as a program, since it forks: ``python -m tests.grading.killing FOLDER TIER KILLS``.
Prints what it found as JSON. Every fork grades the class as ``course grade`` does.
"""

import ctypes
import json
import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path

import psutil

from course_utils.grading import batch
from course_utils.grading.books.gradebook import fill, grades, write_grades
from course_utils.grading.course import Course
from course_utils.grading.pages import comments, feedback, report, similarity
from course_utils.grading.pipeline import grade
from course_utils.grading.sandbox import choose
from tests.grading import books
from tests.grading.small_class import NAME

WARM = (batch, comments, feedback, report, similarity, fill, grades, write_grades)
STUDENTS = ("ada", "bob", "cleo")
GRACE = 60.0


def grading(course: Course, tier: str, log: Path) -> int:
    """Begin a process that grades the class; its id."""
    process = os.fork()
    if process:
        return process
    try:
        os.setsid()

        def note(record):
            with log.open("a", encoding="utf-8") as file:
                file.write(record.student + "\n")

        wall = choose(tier, trust=True)
        try:
            done = grade(course, NAME, wall, jobs=2, progress=note)
        finally:
            wall.close()
        os._exit(0 if not done.failed and len(done.records) == len(STUDENTS) else 3)
    except BaseException as error:
        print(repr(error), file=sys.stderr, flush=True)
        os._exit(2)


def until_gone() -> list[str]:
    """Wait for all processes that a killed one left behind; those that stay."""
    end = time.monotonic() + GRACE
    while True:
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return []
        left = psutil.Process().children(recursive=True)
        if time.monotonic() > end:
            return [" ".join(process.cmdline())[:200] for process in left]
        time.sleep(0.002)


def records(course: Course) -> dict[str, bytes]:
    """What is marked, by student."""
    return {p.stem: p.read_bytes() for p in (course.records / NAME).glob("*.json")}


def state(course: Course) -> dict[str, object]:
    """What must be the same however often grading was killed."""
    files = sorted(
        str(path.relative_to(course.folder))
        for path in course.folder.rglob("*")
        # A write that was cut off leaves its part, which a later one sweeps away.
        if path.is_file() and not path.name.endswith((".part", "_secret.txt"))
    )
    table = (course.folder / "grades.csv").read_text(encoding="utf-8")
    return {"rows": books.dump(course), "files": files, "grades": table}


def main(folder: Path, tier: str, kills: int) -> dict[str, object]:
    """Kill and rerun until there were so many kills, and what went wrong."""
    if sys.platform.startswith("linux"):  # inherit what a killed process leaves
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
    clean, wrong, rng = folder / "clean", [], random.Random(8)
    log, course = folder / "log", Course(folder / "whole")
    shutil.copytree(clean, course.folder)
    began = time.monotonic()
    _, status = os.waitpid(grading(course, tier, log), 0)
    whole = time.monotonic() - began
    if status or until_gone():
        return {"wrong": [f"the run that is not killed ended with {status}"]}
    expected, killed, rounds = state(course), 0, 0
    course, duration = Course(folder / "course"), min(whole, 1.5)
    while killed < kills:
        shutil.rmtree(course.folder, ignore_errors=True)
        shutil.copytree(clean, course.folder)
        log.write_text("", encoding="utf-8")
        seen, rounds = {}, rounds + 1
        while True:
            process = grading(course, tier, log)
            time.sleep(duration * rng.random())
            os.kill(process, signal.SIGKILL)
            _, status = os.waitpid(process, 0)
            now = records(course)
            if any(now.get(name) != data for name, data in seen.items()):
                wrong.append(f"round {rounds}: marked again what was marked")
            seen = now
            killed += os.WIFSIGNALED(status)
            print(rounds, killed, sorted(now), file=sys.stderr, flush=True)
            if not os.WIFSIGNALED(status):
                if os.WEXITSTATUS(status):
                    wrong.append(f"round {rounds}: ended with {status}")
                break
        noted = log.read_text(encoding="utf-8").split()
        if len(set(noted)) != len(noted):
            wrong.append(f"round {rounds}: marked twice: {noted}")
        found = state(course)
        if found != expected:
            wrong.append(f"round {rounds}: {found} instead of {expected}")
    wrong += [f"left behind: {one}" for one in until_gone()]
    return {"wrong": wrong, "killed": killed, "rounds": rounds, "seconds": whole}


if __name__ == "__main__":
    where, kind, number = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    print(json.dumps(main(where, kind, number)))
