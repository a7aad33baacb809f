"""Find a Python that fits the course, then hand over to `tools/commands.py`.

    python3 tools/bootstrap.py lab      # what `make lab` calls; `help` lists the rest

This file speaks a Python that 2.7 and 3.6 understand, so that they can say politely
what is missing; everything it hands over to is written for the Python it found.
"""

from __future__ import print_function

import os
import subprocess
import sys

OLDEST = (3, 11)
NEWEST = (3, 13)  # TensorFlow, at the locked version, is not built for a later one
WANTED = "Python 3.11, 3.12 or 3.13"
HERE = os.path.dirname(os.path.abspath(__file__))
VENV = os.environ.get("COURSE_VENV") or os.path.join(os.path.dirname(HERE), ".venv")

# One line, read back by `probe`: version, bits, has ensurepip, system, machine, path.
PROBE = """
import platform, struct, sys
try:
    import ensurepip, venv
    pip = 1
except ImportError:
    pip = 0
facts = sys.version_info[:3] + (8 * struct.calcsize("P"), pip, sys.platform)
facts += (platform.machine(), sys.executable)
print("course-probe|" + "|".join(str(fact) for fact in facts))
"""


def candidates():
    """Return the commands to try, best first, each as a list of words."""
    names = ["python3", "python3.13", "python3.12", "python3.11", "python"]
    commands = [[name] for name in names]
    if os.name == "nt":
        commands += [["py", "-3." + minor] for minor in ("13", "12", "11")]
    inside = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    return [[sys.executable]] + commands + [[os.path.join(VENV, *inside)]]


def probe(command):
    """Return what the Python behind `command` says of itself, None if it is none."""
    try:
        process = subprocess.Popen(
            command + ["-c", PROBE], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        answer = process.communicate()[0].decode("utf-8", "replace")
    except OSError:
        return None
    for line in answer.splitlines():
        facts = line.split("|")
        if facts[0] == "course-probe" and len(facts) == 9:
            return {
                "command": command,
                "version": tuple(int(number) for number in facts[1:4]),
                "bits": int(facts[4]),
                "pip": facts[5] == "1",
                "system": facts[6],
                "machine": facts[7],
                "path": facts[8],
            }
    return None


def problem(python):
    """Return why this Python cannot run the course: one word, or None if it can."""
    if python["version"][:2] < OLDEST:
        return "old"
    if python["version"][:2] > NEWEST:
        return "new"
    if python["bits"] < 64:
        return "32-bit"
    if python["system"] == "darwin" and python["machine"] == "x86_64":
        return "intel-mac"
    if not python["pip"]:
        return "no-pip"
    return None


def refusal(found):
    """Return the sentence that says what to do, given the Pythons that were found."""
    again = "then run the same command again."
    problems = [problem(python) for python in found]
    if "no-pip" in problems:
        python = found[problems.index("no-pip")]
        return (
            "%s has no venv and ensurepip modules, which the course needs to make its "
            "own environment: on Debian and Ubuntu run `sudo apt install python3-venv` "
            "(or python%d.%d-venv), %s"
            % ((python["path"],) + python["version"][:2] + (again,))
        )
    if "intel-mac" in problems:
        return (
            "TensorFlow is no longer built for Macs with an Intel processor, nor for "
            "an Intel Python on an Apple one: on an Apple Mac install the arm64 "
            "(universal) Python from python.org, on an Intel Mac read the course "
            "on Colab (README.md says how)."
        )
    if "32-bit" in problems:
        return (
            "This Python is a 32-bit one, for which TensorFlow is not built: install "
            "the 64-bit %s from python.org, %s" % (WANTED, again)
        )
    if not found:
        return "The course needs %s and found no Python here: install one, %s" % (
            WANTED,
            again,
        )
    seen, names = [], []
    for python in found:
        if python["path"] not in seen:
            seen.append(python["path"])
            names.append("%s is %d.%d.%d" % ((python["path"],) + python["version"]))
    return (
        "The course needs %s, and the Python here is too %s (%s): install one of the "
        "three beside it, from python.org or with your system's package manager, %s"
        % (WANTED, "new" if "old" not in problems else "old", "; ".join(names), again)
    )


def main(arguments):
    """Run `arguments` with the first Python that fits; return its exit code."""
    if OLDEST <= sys.version_info[:2] <= NEWEST and os.path.isdir(VENV):
        import commands  # the quick way: no other process is asked anything

        return commands.main(arguments)
    found = []
    for command in candidates():
        python = probe(command)
        if python is None:
            continue
        if problem(python) is None:
            words = python["command"] + [os.path.join(HERE, "commands.py")]
            try:
                return subprocess.call(words + arguments)
            except KeyboardInterrupt:
                return 130
        found.append(python)
    print(refusal(found), file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
