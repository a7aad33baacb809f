"""Two small pictures for a page, as SVG: what is drawn is also said in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from course_utils.grading.pages.rendering import LOOKS, number

_SYMBOLS = {kind: symbol for symbol, kind, _ in reversed(LOOKS.values())}
_WORDS = {
    "right": "right",
    "partly": "partly right",
    "wrong": "not right",
    "stopped": "stopped by an error or a limit",
    "empty": "nothing to judge",
}
_WIDTH, _HEIGHT = 360, 26
_COLUMN, _TALL, _ABOVE, _BELOW = 44, 90, 18, 20


def in_words(kinds: Mapping[str, int]) -> str:
    """What a bar shows, as a sentence's part.

    Example:
        >>> in_words({"right": 3, "partly": 0, "wrong": 1})
        '3 right, 1 not right'
    """
    return ", ".join(f"{n} {_WORDS[kind]}" for kind, n in kinds.items() if n)


def legend() -> list[tuple[str, str]]:
    """The symbols of a bar, and what they stand for."""
    return [(_SYMBOLS[kind], words) for kind, words in _WORDS.items()]


def bar(kinds: Mapping[str, int]) -> Markup:
    """One bar, divided as a class is; each part with its symbol and its number.

    Hidden from those who hear the page: `in_words` belongs beside it.
    """
    total = sum(kinds.values()) or 1
    parts, left = [], 0.0
    for kind, count in kinds.items():
        if not count:
            continue
        width = _WIDTH * count / total
        parts.append(
            Markup('<rect class="f-{}" x="{}" y="1" width="{}" height="{}"/>').format(
                kind, number(left), number(max(width - 1.5, 0.8)), _HEIGHT - 2
            )
        )
        text = f"{_SYMBOLS[kind]} {count}"
        if width > 9 * len(text):
            parts.append(
                Markup('<text x="{}" y="18" text-anchor="middle">{}</text>').format(
                    number(left + width / 2), text
                )
            )
        left += width
    return _svg(_WIDTH, _HEIGHT, 'aria-hidden="true"', parts)


def histogram(columns: Sequence[tuple[str, int]], what: str) -> Markup:
    """Upright bars with a number above and a label below each.

    Args:
        columns: (label, count).
        what: is counted, for those who hear the page.
    """
    top = max((count for _, count in columns), default=0) or 1
    step = max(_COLUMN, 8 * max((len(label) for label, _ in columns), default=0) + 10)
    parts = []
    for index, (label, count) in enumerate(columns):
        height = _TALL * count / top
        middle = number(step * (index + 0.5))
        y = _ABOVE + _TALL - height
        if count:
            parts.append(
                Markup(
                    '<rect class="f-points" x="{}" y="{}" width="{}" height="{}"/>'
                ).format(number(step * index + 5), number(y), step - 10, number(height))
            )
        for text, at in ((count or "–", y - 5), (label, _ABOVE + _TALL + 15)):
            parts.append(
                Markup(
                    '<text class="beside" x="{}" y="{}" text-anchor="middle">{}</text>'
                ).format(middle, number(at), text)
            )
    words = what + ": " + ", ".join(f"{label} by {n}" for label, n in columns if n)
    size = (step * len(columns), _ABOVE + _TALL + _BELOW)
    return _svg(*size, Markup('role="img" aria-label="{}"').format(words), parts)


def _svg(width: float, height: float, role: str, parts: Sequence[Markup]) -> Markup:
    head = Markup('<svg {} viewBox="0 0 {} {}" width="{}" height="{}">')
    return (
        head.format(Markup(role), width, height, width, height)
        + Markup("").join(parts)
        + Markup("</svg>")
    )
