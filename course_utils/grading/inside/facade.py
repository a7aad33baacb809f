"""Stand-ins for the checks, which are not in here: so that check cells run.

``exercises.X.check(fn)``, ``.hint(1)`` and ``.solution()`` answer with a sentence. The
few modules of `course_utils.checks` that hold no answers are the real ones.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
from types import ModuleType

CHECKS = "course_utils.checks"
#: The modules of `course_utils.checks` that are in here; they hold no answers.
REAL = ("guard", "result", "memory", "_transfer_seen")
SAID = {
    "check": "This check is graded on the teacher's side.",
    "hint": "Hints are not at hand while your work is graded.",
    "solution": "Solutions are not at hand while your work is graded.",
}


class Note(str):
    """A sentence that a notebook shows without quotation marks."""

    __repr__ = str.__str__


class StandIn:
    """An exercise, or anything else that the checks offer: it takes every call."""

    def __init__(self, name: str) -> None:
        """Be of this name."""
        self.name = name

    def __getattr__(self, name: str) -> object:
        """Whatever is asked for, as long as it could be meant."""
        if name.startswith("__"):
            raise AttributeError(name)
        return StandIn(name)

    def __call__(self, *args: object, **options: object) -> Note:
        """A sentence."""
        return Note(SAID.get(self.name, SAID["check"]))

    def __iter__(self) -> object:
        """Nothing, one by one."""
        return iter(())


class _Module(ModuleType):
    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        return StandIn(name)


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Answers for modules that are not in here.

    Args:
        names: of further modules to stand in for, such as a teacher's own checks.
    """

    def __init__(self, names: tuple[str, ...] = ()) -> None:
        """Stand in for the course's checks and for these."""
        self._names = names

    def find_spec(self, name: str, path: object = None, target: object = None):
        """A stand-in for a module that is hidden; None for all others."""
        rest = name.removeprefix(CHECKS + ".")
        hidden = rest != name and rest.split(".")[0] not in REAL
        if not hidden and not any(
            name == other or name.startswith(other + ".") for other in self._names
        ):
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        """An empty module that offers everything."""
        return _Module(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing is to be run."""


def install(names: tuple[str, ...] = ()) -> None:
    """Put stand-ins before all that could be found otherwise."""
    sys.meta_path.insert(0, Finder(names))
