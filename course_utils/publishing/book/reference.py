"""The pages of the API reference: which modules stand on which page."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PACKAGE = "course_utils"
LEFT_OUT = ("cli", "grading/inside")
MOST_ON_A_PAGE = 12  # of more modules, each gets a page of its own


@dataclass(frozen=True)
class Page:
    """A page of the reference.

    Attributes:
        module: the module or package that it is called after.
        sections: the modules below it on the same page.
        children: the modules and packages with pages of their own.
    """

    module: str
    sections: tuple[str, ...] = ()
    children: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The page's source."""
        return f"reference/{self.module}.rst"

    def text(self) -> str:
        """The page as reStructuredText; Sphinx fills in the docstrings."""
        parts = [_title(self.module, "="), *self._above(), _documented(self.module)]
        if self.children:
            entries = "\n".join(f"   {child}" for child in self.children)
            parts.append(f".. toctree::\n   :maxdepth: 1\n\n{entries}")
        for section in self.sections:
            parts += [_title(section, "-"), _documented(section)]
        return "\n\n".join(parts)

    def _above(self) -> list[str]:
        """A line of links to the packages that the module lies in."""
        names = self.module.split(".")[:-1]
        if not names:
            return []
        dotted = [".".join(names[: i + 1]) for i in range(len(names))]
        return ["In " + " / ".join(f":doc:`{name} <{name}>`" for name in dotted)]


def reference_pages(package: Path) -> list[Page]:
    """Return the pages of a package, itself first.

    Public modules only: a name that begins with an underscore is left out, as are the
    commands and what runs behind the wall. A package of a few modules is one page, a
    larger one a page a module.

    Args:
        package: its folder.
    """
    return _pages(package, package.name)


def _pages(folder: Path, module: str, below: str = "") -> list[Page]:
    names = sorted(
        path.stem
        for path in folder.glob("*.py")
        if not path.stem.startswith("_") and f"{below}{path.stem}" not in LEFT_OUT
    )
    packages = sorted(
        path.parent.name
        for path in folder.glob("*/__init__.py")
        if not path.parent.name.startswith("_")
        and f"{below}{path.parent.name}" not in LEFT_OUT
    )
    dotted = tuple(f"{module}.{name}" for name in names)
    apart = len(names) > MOST_ON_A_PAGE or not below
    inner = [
        page
        for name in packages
        for page in _pages(folder / name, f"{module}.{name}", f"{below}{name}/")
    ]
    alone = [Page(name) for name in dotted] if apart else []
    children = [*(dotted if apart else ()), *(f"{module}.{name}" for name in packages)]
    mine = Page(module, () if apart else dotted, tuple(sorted(children)))
    return [mine, *sorted([*alone, *inner], key=lambda page: page.module)]


def _title(module: str, line: str) -> str:
    short = module.removeprefix(f"{PACKAGE}.")
    shown = short.replace("_", "\\_")
    return f"{shown}\n{line * len(shown)}"


def _documented(module: str) -> str:
    # What a package passes on is shown where it is defined, and only there.
    options = ("members", "ignore-module-all", "show-inheritance")
    return "\n".join([f".. automodule:: {module}", *(f"   :{o}:" for o in options)])
