"""Read `requirements.lock` and cut out of it what some of the extras need.

The lock is what `uv pip compile --universal --generate-hashes` writes: one block for
each package, with its version, marker, hashes, and in `# via` who asks for it.
"""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


class LockError(ValueError):
    """The lock does not hold what `pyproject.toml` asks for."""


@dataclass(frozen=True)
class Entry:
    """One block of the lock.

    Attributes:
        name: The package, in its normalized spelling.
        version: The one version it is locked to.
        marker: The environments it is for, empty if for all.
        hashes: As they stand there, such as `sha256:` and 64 digits.
        wanted_by: Names of the packages that ask for it; the project's own among them.
        text: The block itself, without its comments.
    """

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]
    wanted_by: frozenset[str]
    text: str


def normalize(name: str) -> str:
    """Return a package's name in the one spelling that PEP 503 gives it.

    >>> normalize("Flit_Core")
    'flit-core'
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def requirement_name(requirement: str) -> str:
    """Return the normalized name that a requirement begins with.

    >>> requirement_name("dask[distributed]>=2024.11")
    'dask'
    """
    return normalize(re.match(r"[A-Za-z0-9._-]+", requirement.strip()).group())


def read(path: Path) -> list[Entry]:
    """Return the entries of a lock, in its order.

    Raises:
        LockError: A line is not of the form that `uv pip compile` writes.
    """
    text = path.read_text(encoding="utf-8")
    blocks = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    return [_entry(block) for block in blocks]


def _entry(block: str) -> Entry:
    code = [line for line in block.splitlines() if not line.lstrip().startswith("#")]
    comments = [line for line in block.splitlines() if line.lstrip().startswith("#")]
    head = re.fullmatch(r"([\w.-]+)==([\w.!+]+)(?: ; (.+?))?(?: \\)?", code[0])
    if head is None:
        raise LockError(f"a locked line must be NAME==VERSION, got {code[0]!r}")
    parents = " ".join(line.lstrip("# ") for line in comments).removeprefix("via ")
    return Entry(
        name=normalize(head[1]),
        version=head[2],
        marker=head[3] or "",
        hashes=tuple(re.findall(r"--hash=(\S+)", "\n".join(code[1:]))),
        wanted_by=frozenset(
            normalize(name) for name in re.sub(r"\(.*?\)", "", parents).split()
        ),
        text="\n".join(code).rstrip() + "\n",
    )


def requirements(pyproject: Path, extras: Iterable[str]) -> list[str]:
    """Return the requirements of the core and of some extras, as they are written.

    Raises:
        LockError: There is no such extra.
    """
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    optional = project["optional-dependencies"]
    wanted = list(project["dependencies"])
    for extra in extras:
        if extra not in optional:
            raise LockError(f"extra must be one of {sorted(optional)}, got {extra!r}")
        wanted += optional[extra]
    return wanted


def subset(lock: Path, pyproject: Path, extras: Iterable[str]) -> list[Entry]:
    """Return what the core and some extras need, and all that those need in turn.

    Raises:
        LockError: The lock lacks something that `pyproject.toml` names.
    """
    entries = read(lock)
    names = {requirement_name(item) for item in requirements(pyproject, extras)}
    missing = sorted(names - {entry.name for entry in entries})
    if missing:
        raise LockError(
            f"requirements.lock lacks {', '.join(missing)}, which pyproject.toml asks "
            "for: run `make lock`"
        )
    while True:
        more = {entry.name for entry in entries if entry.wanted_by & names} - names
        if not more:
            return [entry for entry in entries if entry.name in names]
        names |= more
