"""What `make` and `python tools/bootstrap.py` do, one function a command.

Runs on any Python that fits the course, with nothing installed: it makes the
environment first, and calls the environment's own programs for the rest.
"""

import os
import shlex
import shutil
import subprocess
import sys
import time

import environment
from environment import BIN, PYTHON, ROOT, SUFFIX
from refusals import Refusal

TESTING = ("dev", "grading", "scale", "slides", "book", "browser")
PYTEST = [PYTHON, "-m", "pytest"]
# One worker runs all of a file: its tests may share what takes long to make, and count
# what is left on the machine. Notebooks go out with the largest first, files of tests
# in their order: those that take longest, in a browser and of grading, come early.
WORKERS = ["-n", "2", "--dist", "loadfile"]
IN_ORDER = "--no-loadscope-reorder"
NOTEBOOKS = [PYTHON, "-m", "course_utils.notebooks"]
RUFF = BIN / f"ruff{SUFFIX}"
COURSE = BIN / f"course{SUFFIX}"


def lab(arguments: list[str]) -> int:
    """Open the course in JupyterLab."""
    environment.ensure()
    return call([COURSE, "lab", *arguments])


def check(arguments: list[str]) -> int:
    """Tell whether this machine, the environment and the data are in order."""
    environment.ensure()
    return call([COURSE, "check", *arguments])


def run(arguments: list[str]) -> int:
    """Run a program of the environment: ARGS="course --help"."""
    environment.ensure()
    if not arguments:
        raise Refusal(
            "`run` needs a program to run, such as `make run ARGS='course run 01'`."
        )
    program = shutil.which(arguments[0], path=str(BIN))
    if program is None:
        raise Refusal(f"The environment has no program named {arguments[0]!r}.")
    return call([program, *arguments[1:]])


def install(arguments: list[str]) -> int:
    """Make the environment and stop there; ARGS="dev book" adds extras."""
    environment.ensure(arguments)
    return 0


def test(arguments: list[str]) -> int:
    """Verify everything: lint, unit tests, doctests, and every notebook's outputs."""
    environment.ensure(TESTING)
    return steps(
        {
            "Lint": [RUFF, "check"],
            "Formatting": [RUFF, "format", "--check"],
            "Unit tests and doctests": [*PYTEST, *WORKERS, IN_ORDER, *arguments],
            "Every notebook, replayed and compared": [*NOTEBOOKS, "replay", *WORKERS],
        }
    )


def notebooks(arguments: list[str]) -> int:
    """Execute and save notebooks as tests replay them: all, or LESSON="04 05"."""
    environment.ensure(TESTING)
    return steps({"Executing and saving": [*NOTEBOOKS, "record", *arguments]})


def slides(arguments: list[str]) -> int:
    """Make decks that run without a network: all, or LESSON="04 05"; ARGS=--pdf."""
    environment.ensure(("slides",))
    return call([COURSE, "slides", *arguments])


def book(arguments: list[str]) -> int:
    """Make the whole course a book of web pages that are read without a network."""
    environment.ensure(("book",))
    return call([COURSE, "book", *arguments])


def bench(arguments: list[str]) -> int:
    """Time the engine, the imports and the notebooks; print and save one table."""
    environment.ensure(TESTING)
    return call([PYTHON, "-m", "benchmarks", *arguments])


def lint(arguments: list[str]) -> int:
    """Look for mistakes in the code and in the notebooks' text."""
    environment.ensure(TESTING)
    return steps({"Lint": [RUFF, "check"], "Formatting": [RUFF, "format", "--check"]})


def format(arguments: list[str]) -> int:
    """Mend what the linter can mend, and format the rest."""
    environment.ensure(TESTING)
    return steps({"Mending": [RUFF, "check", "--fix"], "Formatting": [RUFF, "format"]})


def lock(arguments: list[str]) -> int:
    """Lock what pyproject.toml asks for; ARGS=--upgrade takes the newest."""
    uv = BIN / f"uv{SUFFIX}"
    if not uv.exists():
        environment.create()
        environment.fetch_uv(environment.lockfile.read(environment.LOCK))
    command = [uv, "pip", "compile", "--universal", "--generate-hashes"]
    command += ["--all-extras", "--fork-strategy", "fewest", "--no-emit-index-url"]
    command += ["--custom-compile-command", "make lock", "--quiet"]
    command += ["-o", "requirements.lock", "pyproject.toml", *arguments]
    return steps({"Locking": command})


def clean(arguments: list[str]) -> int:
    """Remove the environment and all caches; the next command makes them anew."""
    shutil.rmtree(environment.VENV, ignore_errors=True)
    for name in (".pytest_cache", ".ruff_cache", ".hypothesis", "build", "dist"):
        shutil.rmtree(ROOT / name, ignore_errors=True)
    for pattern in ("__pycache__", ".ipynb_checkpoints"):
        for path in list(ROOT.rglob(pattern)):
            shutil.rmtree(path, ignore_errors=True)
    return 0


def help(arguments: list[str]) -> int:
    """Print this list."""
    print(
        "make COMMAND, or where there is no make: python tools/bootstrap.py COMMAND\n"
        "(there, what LESSON or ARGS holds follows the command without its quotes)\n"
    )
    for name, function in COMMANDS.items():
        print(f"  {name:<11}{function.__doc__.splitlines()[0]}")
    return 0


COMMANDS = {
    function.__name__: function
    for function in (
        lab,
        test,
        notebooks,
        slides,
        book,
        check,
        bench,
        lint,
        format,
        lock,
        install,
        run,
        clean,
        help,
    )
}


def call(command: list) -> int:
    """Give the terminal to a program; return its exit code."""
    words = [str(word) for word in command]
    sys.stdout.flush()
    try:
        if os.name != "nt":  # the program takes this one's place, Ctrl-C and all
            os.chdir(ROOT)
            os.execv(words[0], words)
        return subprocess.call(words, cwd=ROOT)
    except OSError as error:
        raise Refusal(
            f"{words[0]} cannot be run ({error.strerror}): remove the environment "
            "with `make clean` and run the same command again."
        ) from error


def steps(commands: dict[str, list]) -> int:
    """Run programs one after the other, failures and all; say how each of them went."""
    failed = []
    for title, command in commands.items():
        words = [str(word) for word in command]
        shown = shown_as(words)
        print(f"== {title}: {shown}", flush=True)
        started = time.perf_counter()
        code = subprocess.call(words, cwd=ROOT)
        seconds = time.perf_counter() - started
        print(f"== {title}: {'FAILED' if code else 'ok'}, {seconds:.1f} s", flush=True)
        if code:
            failed.append(f"{title} failed; to run it alone: {shown}")
    for line in failed:
        print(line, file=sys.stderr)
    return 1 if failed else 0


def shown_as(words: list[str]) -> str:
    """Return a command as one would type it in the project's folder."""
    try:
        first = os.path.relpath(words[0], ROOT)
    except ValueError:  # another drive
        first = words[0]
    if first.startswith(os.pardir):
        first = words[0]
    join = subprocess.list2cmdline if os.name == "nt" else shlex.join
    return join([first, *words[1:]])


def main(arguments: list[str]) -> int:
    """Run one command; return its exit code."""
    name, *rest = arguments or ["help"]
    name = "help" if name in ("-h", "--help") else name
    if name not in COMMANDS:
        print(f"There is no command {name!r}; there are:\n", file=sys.stderr)
        help([])
        return 2
    try:
        return COMMANDS[name](rest)
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Run the same command to go on.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
