"""Pages that may hold anything a stranger wrote, and do nothing but show it.

Templates are Jinja's with autoescaping; a policy in each page forbids scripts, images,
frames, forms and every address, and allows one style sheet, by its hash. What a text
could do without any markup, such as turning the direction of a line around, is made
visible first, in everything that a template puts in.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import itertools
import re
from collections.abc import Mapping
from pathlib import Path

import jinja2
from markupsafe import Markup, escape
from pygments.lexers import PythonLexer
from pygments.token import STANDARD_TYPES

from course_utils.grading.pages.prose import prose
from course_utils.grading.records import Outcome
from course_utils.notebooks.text import write_atomically

TEMPLATES = Path(__file__).with_name("templates")

# Each outcome's symbol, the class that colours it, and what it is called on a page. The
# symbols are those of `checks.result`; the half circle stands between two of them.
LOOKS: Mapping[Outcome, tuple[str, str, str]] = {
    Outcome.CORRECT: ("✓", "right", "right"),
    Outcome.PARTLY: ("◐", "partly", "partly right"),
    Outcome.INCORRECT: ("✗", "wrong", "not right yet"),
    Outcome.FORBIDDEN: ("✗", "wrong", "solved with what it forbids"),
    Outcome.CRASHED: ("⚡", "stopped", "raised an error"),
    Outcome.UNFINISHED: ("⚡", "stopped", "not finished in time"),
    Outcome.KILLED: ("⚡", "stopped", "ended from outside"),
    Outcome.NOT_ATTEMPTED: ("○", "empty", "not attempted"),
    Outcome.MISSING: ("○", "empty", "not found"),
}

TEXT, LINES, WIDTH = 20_000, 400, 1_000

# Controls but newline and tab, what is invisible, what turns the direction of writing,
# halves of characters, and tags. The two joiners stay: some scripts need them.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-"
    "\u180f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb"
    "\ud800-\udfff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_TRIPLE = re.compile(r"(\"\"\"[\s\S]*?\"\"\"|'''[\s\S]*?''')")
_LONGEST_HIGHLIGHTED = 200


def visible(text: object) -> str:
    r"""Text with every character that hides or misleads written out by its number.

    Args:
        text: anything; shortened to 400 lines of 1,000 characters, 20,000 in all.

    Example:
        >>> visible("a fine tünïcode"), visible("a\u202eb\x1b[31m")
        ('a fine tünïcode', 'a[U+202E]b[U+001B][31m')
    """
    whole = str(text)
    short = whole[:TEXT].replace("\r\n", "\n").replace("\r", "\n")
    rows = short.split("\n")
    cut = len(whole) > TEXT or len(rows) > LINES or max(map(len, rows)) > WIDTH
    if cut:
        short = "\n".join(
            row if len(row) <= WIDTH else row[:WIDTH] + " ..." for row in rows[:LINES]
        )
        short += "\n... (shortened here: the rest is in the notebook)"
    return _UNSEEN.sub(lambda match: f"[U+{ord(match[0]):04X}]", short)


def _shown(value: object) -> object:
    """What stands for a value in a page, before it is escaped."""
    return value if isinstance(value, (Markup, int)) else visible(value)


def number(value: float) -> str:
    """Points for a reader: two digits behind the point at most.

    Example:
        >>> number(3.0), number(2.666667), number(0)
        ('3', '2.67', '0')
    """
    return f"{value:.2f}".rstrip("0").rstrip(".")


def code(source: str) -> Markup:
    """Python source as HTML, highlighted by Pygments.

    Highlighted line by line, as lines recur in a class and are remembered, with strings
    in triple quotes in one piece; long lines stay plain.

    Example:
        >>> print(code("x = '<b>'  # why"))
        x = <span class="s1">&#39;&lt;b&gt;&#39;</span>  <span class="c1"># why</span>
    """
    pieces = []
    for index, part in enumerate(_TRIPLE.split(visible(source).strip("\n"))):
        if index % 2:
            pieces.append(f'<span class="s2">{escape(part)}</span>')
        else:
            pieces.extend(map(_line, part.splitlines(keepends=True)))
    return Markup("".join(pieces))


def _line(line: str) -> str:
    if len(line) > _LONGEST_HIGHLIGHTED:
        return str(escape(line))
    return _highlighted(line)


@functools.lru_cache(maxsize=8192)
def _highlighted(line: str) -> str:
    tokens = _lexer().get_tokens_unprocessed(line)
    pieces = []
    for name, run in itertools.groupby(tokens, lambda token: _class(token[1])):
        text = escape("".join(text for _, _, text in run))
        pieces.append(f'<span class="{name}">{text}</span>' if name else text)
    return "".join(pieces)


def _class(kind: tuple[str, ...]) -> str:
    """Pygments' own short name for a kind of token, where it has a look here."""
    name = STANDARD_TYPES.get(kind, "")
    return "" if name in ("n", "o", "p", "w", "err") else name


@functools.cache
def _lexer() -> PythonLexer:
    return PythonLexer()


@functools.cache
def _environment() -> jinja2.Environment:
    style = (TEMPLATES / "page.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.filters.update(number=number, code=code)
    environment.filters["prose"] = lambda text: prose(visible(text))
    # Markup, as escaping it would change what is hashed.
    environment.globals.update(style=Markup(style), style_hash=digest, LOOKS=LOOKS)
    return environment


@functools.cache
def _template(name: str) -> jinja2.Template:
    return _environment().get_template(name)


def render(name: str, **values: object) -> str:
    """A page from a template of this package; values are escaped where they stand."""
    return _template(name).render(**values)


def write_page(path: Path, html: str) -> Path:
    """Write a page atomically.

    Raises:
        OSError: the folder cannot be written to, or the disk is full.
    """
    write_atomically(path, html)
    return path
