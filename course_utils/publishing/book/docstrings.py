r"""The course's docstrings as Sphinx wants them: formulas and code between their marks.

They are written to be read in a notebook: ``$...$`` and ``$$...$$`` hold formulas, and
single backticks hold code, as in Markdown.
"""

from __future__ import annotations

import re
from typing import Any

_DISPLAY = re.compile(
    r"^(?P<margin>[ ]*)\$\$(?P<formula>.+?)\$\$[.,]?[ ]*$", re.S | re.M
)
_SPAN = re.compile(
    r"(?P<literal>``.+?``)|(?P<role>:[\w:]+:`[^`]+`)|`(?P<code>[^`]+)`(?P<after>_?)"
    r"|(?<![\\$\w])\$(?P<formula>[^$\s](?:[^$]*?[^$\s])?)\$(?![\w$])",
    re.S,
)
_BARS = re.compile(r"(?<![\\`])\|")


def as_rst(docstring: str) -> str:
    r"""Return a docstring as reStructuredText.

    Args:
        docstring: with formulas between dollars, code between backticks, and examples
            that begin with ``>>>``, which stay as they are.

    Example:
        >>> print(as_rst(r"The mean $\mu$ of `x`, |x| < 1."))
        The mean :math:`\mu` of ``x``, \|x\| < 1.
    """
    blocks, kept = [], []
    for line in docstring.split("\n"):
        kept.append(line)
        if not line.strip():
            blocks.append("\n".join(kept))
            kept = []
    blocks.append("\n".join(kept))
    return "\n".join(map(_block, blocks)).replace("\n\n\n\n", "\n\n\n")


def _block(text: str) -> str:
    """Lines up to an empty one: prose, formulas, or an example that stays."""
    if re.search(r"^\s*>>> ", text, re.M):
        return text
    return _spans(_DISPLAY.sub(_directive, text))


def _directive(found: re.Match[str]) -> str:
    margin = found["margin"]
    lines = [line.strip() for line in found["formula"].strip().splitlines()]
    inner = "\n".join(f"{margin}   {line}" for line in lines)
    return f"\n{margin}.. math::\n\n{inner}\n"


def _spans(text: str) -> str:
    """Formulas and code inside lines; displayed formulas are indented and stay."""
    pieces, position = [], 0
    for found in re.finditer(r"^[ ]*\.\. math::\n\n(?:[ ]+\S.*\n?)+", text, re.M):
        pieces += [_prose(text[position : found.start()]), found[0]]
        position = found.end()
    return "".join([*pieces, _prose(text[position:])])


def _prose(text: str) -> str:
    def replace(found: re.Match[str]) -> str:
        if found["literal"] or found["role"] or found["after"]:
            return found[0]
        if found["code"]:
            return f"``{_one_line(found['code'])}``"
        return f":math:`{_one_line(found['formula'])}`"

    pieces, position = [], 0
    for found in _SPAN.finditer(text):
        pieces.append(_BARS.sub(r"\\|", text[position : found.start()]))
        pieces.append(replace(found))
        # A letter right behind a span, as in `Frame`s, needs an invisible gap.
        gap = found.end() < len(text) and text[found.end()].isalnum()
        pieces.append("\\ " if gap else "")
        position = found.end()
    return "".join([*pieces, _BARS.sub(r"\\|", text[position:])])


def _one_line(text: str) -> str:
    return re.sub(r"\s*\n\s*", " ", text)


def process(
    app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]
) -> None:
    """Rewrite a docstring's lines in place: Sphinx' ``autodoc-process-docstring``."""
    lines[:] = as_rst("\n".join(lines)).split("\n")
