"""What can be read off the lines of a cell, without parsing a stranger's text."""

from __future__ import annotations

import re
from collections import Counter

_DEFINED = re.compile(
    r"^(?:(?:async[ \t]+)?def[ \t]+(\w+)[ \t]*[(\[]|(\w+)[ \t]*=(?!=))", re.MULTILINE
)
_CODE = re.compile(r"[ \t)\]}#@]|(?:async|def|from|import)\b|\w+[ \t]*=|$")
IMPORT = re.compile(
    r"^(?:import|from)[ \t][^\n(]*(?:\([^)]{0,999}\))?[^\n]*", re.MULTILINE
)


def names_defined(source: str) -> list[str]:
    r"""The names that a cell's own lines define, without those inside functions.

    >>> names_defined("def f(x):\n    y = x\n    return y\nz = f(2)")
    ['f', 'z']
    """
    return [found[1] or found[2] for found in _DEFINED.finditer(source)]


def plain(source: str) -> str:
    """A text without what an editor may change: blanks at line ends, empty lines."""
    return "\n".join(
        line.rstrip() for line in source.strip().splitlines() if line.strip()
    )


def alike(one: str, other: str) -> float:
    """The share of lines that two texts have in common, from 0 to 1 (Dice)."""
    a = Counter(map(str.strip, one.splitlines()))
    b = Counter(map(str.strip, other.splitlines()))
    return 2 * (a & b).total() / max(1, a.total() + b.total())


def unfenced(source: str) -> str:
    """Code without the fence that Markdown has around it."""
    text = source.strip()
    inside = text.startswith("```") and text.endswith("```") and "\n" in text
    return text.partition("\n")[2].removesuffix("```") if inside else source


def all_code(source: str) -> bool:
    """Whether a text cell holds Python alone, and no prose around it."""
    return all(map(_CODE.match, unfenced(source).splitlines()))


def imported(source: str) -> list[str]:
    """The names that the one-line imports of a cell bind."""
    names = []
    for line in IMPORT.findall(source):
        what = re.sub(r"#.*", "", re.split(r"\bimport\b", line, maxsplit=1)[-1])
        for part in re.sub(r"[()\\]", " ", what).split(","):
            words = part.split()
            if words:
                names.append(words[-1] if "as" in words else words[0].split(".")[0])
    return names
