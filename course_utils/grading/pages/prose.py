r"""A little of Markdown as HTML, built by us from escaped text.

Paragraphs, simple lists, blocks and spans of code, emphasis, and formulas made of
letters, Greek ones, powers and indices. No links, no images, no HTML of a stranger:
what is none of the former stays the text that it was. No element carries an attribute.
"""

from __future__ import annotations

import re
import unicodedata

from markupsafe import Markup, escape

_FENCED = re.compile(r"^```[^\n`]*\n(.*?)\n```[ \t]*$", re.DOTALL | re.MULTILINE)
_BULLET = re.compile(r" {0,3}[-*] +(?=\S)")
_NUMBER = re.compile(r" {0,3}([0-9]{1,3})[.)] +(?=\S)")
# Each span is bounded, so that the work grows as the text does.
_SPAN = re.compile(
    r"`(?P<code>[^`\n]{1,400})`"
    r"|\$(?P<math>(?=\S)[^$\n]{1,200}(?<=\S))\$(?!\d)"
    r"|(?<![\w*])\*\*(?P<strong>(?=\S)[^*\n]{1,400}(?<=\S))\*\*(?![\w*])"
    r"|(?<![\w*])\*(?P<em>(?=\S)[^*\n]{1,400}(?<=\S))\*(?![\w*])"
)
_COMMAND = re.compile(r"\\([a-zA-Z]{1,20})")
_RAISED = re.compile(r"([\^_])(?:\{([^{}^_]*)\}|(\w))")
_SIGNS = {"cdot": "·", "times": "×", "to": "→", "leq": "≤", "geq": "≥", "approx": "≈"}


def prose(text: str) -> Markup:
    r"""Text as HTML; lines in a paragraph stay lines where the page's style says so.

    Args:
        text: with nothing in it that hides, as `pages.visible` leaves it.

    Example:
        >>> print(prose("*Why* is `a * b` <b>? About $10^{-7}$."))
        <p><em>Why</em> is <code>a * b</code> &lt;b&gt;? About 10<sup>−7</sup>.</p>
        >>> print(prose("- one\n- **two**"))
        <ul><li>one</li><li><strong>two</strong></li></ul>
    """
    pieces = []
    for index, part in enumerate(_FENCED.split(text)):
        if index % 2:
            pieces.append(Markup("<pre><code>{}</code></pre>").format(part))
        else:
            pieces += _blocks(part)
    return Markup("").join(pieces)


def _blocks(text: str) -> list[Markup]:
    """Paragraphs and lists."""
    found: list[tuple[str, list[str]]] = []
    blank = True
    for line in text.split("\n"):
        last, lines = found[-1] if found else ("", [])
        kind, rest = "p", line
        if start := _BULLET.match(line):
            kind, rest = "ul", line[start.end() :]
        elif (start := _NUMBER.match(line)) and int(start[1]) == (
            len(lines) + 1 if last == "ol" else 1
        ):
            kind, rest = "ol", line[start.end() :]
        if not line.strip():
            blank = True
            continue
        if kind == last and (kind != "p" or not blank):
            lines.append(rest)
        elif kind == "p" and last in ("ul", "ol") and line.startswith(" "):
            lines[-1] += "\n" + line.strip()
        else:
            found.append((kind, [rest]))
        blank = False
    return [_block(kind, lines) for kind, lines in found]


def _block(kind: str, lines: list[str]) -> Markup:
    if kind == "p":
        return Markup("<p>{}</p>").format(_inline("\n".join(lines)))
    items = Markup("").join(Markup("<li>{}</li>").format(_inline(x)) for x in lines)
    return Markup("<ul>{}</ul>" if kind == "ul" else "<ol>{}</ol>").format(items)


def _inline(text: str) -> Markup:
    pieces, at = [], 0
    for match in _SPAN.finditer(text):
        pieces.append(escape(text[at : match.start()]))
        pieces.append(_span(match))
        at = match.end()
    pieces.append(escape(text[at:]))
    return Markup("").join(pieces)


def _span(match: re.Match) -> Markup:
    kind, inner = match.lastgroup, match[match.lastgroup]
    if kind == "code":
        return Markup("<code>{}</code>").format(inner)
    if kind == "math":
        return _formula(inner, match[0])
    shape = "<strong>{}</strong>" if kind == "strong" else "<em>{}</em>"
    return Markup(shape).format(_inline(inner))


def _formula(inner: str, whole: str) -> Markup:
    """A formula without its dollars, where letters, signs and powers are all of it."""
    plain = _COMMAND.sub(_letter, inner)
    if re.search(r"[\\{}^_]", _RAISED.sub("", plain)):
        return escape(whole)
    pieces, at = [], 0
    for match in _RAISED.finditer(plain := plain.replace("-", "−")):
        shape = "<sup>{}</sup>" if match[1] == "^" else "<sub>{}</sub>"
        pieces.append(escape(plain[at : match.start()]))
        pieces.append(Markup(shape).format(match[2] or match[3] or ""))
        at = match.end()
    return Markup("").join([*pieces, escape(plain[at:])])


def _letter(match: re.Match) -> str:
    name = match[1]
    greek = name.removeprefix("var").lower().replace("lambda", "lamda")
    size = "CAPITAL" if name[0].isupper() else "SMALL"
    try:
        return unicodedata.lookup(f"GREEK {size} LETTER {greek.upper()}")
    except KeyError:
        return _SIGNS.get(name, match[0])
