"""Showing code and tables in a lesson: the real source, and plain HTML tables.

What these functions return repeats from run to run: no memory addresses, no random
ids, no paths of this machine.
"""

from __future__ import annotations

import ast
import functools
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from course_utils.lab.tables import Table, table

__all__ = ["Source", "Table", "show_source", "table"]

# Middle tones: contrast 4.5 : 1 on white and 4.1 : 1 on a dark page (#111111).
_COLOURS = (
    ("Comment", "#6E767F;font-style:italic"),
    ("Literal.String", "#B35F1C"),
    ("Literal.Number", "#208650"),
    ("Keyword", "#9A57C8;font-weight:bold"),
    ("Name.Function", "#2577CB"),
    ("Name.Class", "#2577CB"),
    ("Name.Decorator", "#9A57C8"),
    ("Name.Builtin", "#0B8289"),
    ("Operator.Word", "#9A57C8;font-weight:bold"),
)
_PRE = (
    "margin:0.2em 0;padding:0.5em 0.8em;border-left:3px solid #8A8A8A;"
    "background-color:transparent;color:inherit;overflow-x:auto;"
    "white-space:pre;line-height:1.4;text-align:left"
)


@dataclass(frozen=True)
class Source:
    """Source code that a notebook displays highlighted.

    Attributes:
        code: The lines as they stand in the file, without common indentation.
        places: Where each object lives, such as ``"course_utils.initialization"``.
    """

    code: str
    places: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the code."""
        return self.code

    __repr__ = __str__

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> dict[str, str]:
        fence = "`" * max(3, 1 + max(map(len, re.findall("`+", self.code)), default=0))
        return {
            "text/html": self._html(),
            "text/markdown": f"{fence}python\n{self.code}\n{fence}",
            "text/plain": self.code,
        }

    def _html(self) -> str:
        where = ", ".join(dict.fromkeys(self.places))
        caption = (
            f'<div style="font-size:85%;opacity:0.8">from <code>{escape(where)}</code>'
            "</div>"
            if where
            else ""
        )
        return (
            f'<div class="shown-source">{caption}'
            f'<pre style="{_PRE}"><code>{_highlight(self.code)}</code></pre></div>'
        )


def show_source(obj: object, *objs: object, doc: bool = True) -> Source:
    """Show the real source of functions, classes, methods or modules.

    Decorated functions and ``functools.partial`` objects show the function inside.

    Args:
        obj: What to show.
        *objs: More of them, shown below with two empty lines between.
        doc: False leaves the docstrings out, so that code fits on a slide. A function
            with nothing but a docstring keeps it.

    Returns:
        An object that a notebook displays, and whose ``str`` is the code.

    Raises:
        TypeError: If an object has no Python source, such as a built-in or a value.

    Example:
        >>> from course_utils.lab.tables import as_text
        >>> print(show_source(as_text, doc=False))
        def as_text(value: object, digits: int = 4) -> str:
            if isinstance(value, bool | np.bool_):
                return "yes" if value else "no"
            if isinstance(value, Real) and not isinstance(value, Integral):
                return NO_NUMBER if isnan(value) else _figures(float(value), digits)
            return str(value)
    """
    shown = [_inner(each) for each in (obj, *objs)]
    codes = [_source(each) for each in shown]
    if not doc:
        codes = [_without_docstrings(code) for code in codes]
    places = (_place(each) for each in shown)
    return Source("\n\n\n".join(codes), tuple(place for place in places if place))


def _inner(obj: object) -> object:
    """Return what stands inside wrappers, partials, properties and methods."""
    while True:
        if isinstance(obj, functools.partial):
            obj = obj.func
        elif isinstance(obj, property) and obj.fget is not None:
            obj = obj.fget
        elif isinstance(obj, functools.cached_property):
            obj = obj.func
        elif hasattr(obj, "__wrapped__"):
            obj = obj.__wrapped__
        else:
            return obj


def _source(obj: object) -> str:
    kind = f"a value of type {type(obj).__name__}"
    wanted = (
        "obj must be a function, class, method or module written in Python, got "
        f"{getattr(obj, '__qualname__', kind)}"
    )
    try:
        lines = inspect.getsource(obj).splitlines()
    except TypeError as error:
        raise TypeError(wanted) from error
    except OSError as error:
        raise TypeError(f"{wanted}, whose source is not to be found") from error
    first = lines[0] if lines else ""
    margin = first[: len(first) - len(first.lstrip())]
    code = "\n".join(line.removeprefix(margin).rstrip() for line in lines)
    return code.strip("\n")


def _place(obj: object) -> str:
    name = obj.__name__ if inspect.ismodule(obj) else getattr(obj, "__module__", "")
    return "" if name in ("__main__", None) else name


def _without_docstrings(code: str) -> str:
    try:
        tree = ast.parse(code)
    except SyntaxError:  # a lambda in the middle of a statement has no docstring
        return code
    lines = code.splitlines()
    dropped = {
        k for first, last in _docstrings(tree, lines) for k in range(first, last)
    }
    kept = [line for k, line in enumerate(lines) if k not in dropped]
    return "\n".join(kept).strip("\n")


def _docstrings(tree: ast.Module, lines: list[str]) -> Iterator[tuple[int, int]]:
    """Yield the line ranges that hold a docstring and nothing else."""
    owners = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    for node in ast.walk(tree):
        if not isinstance(node, owners) or ast.get_docstring(node, clean=False) is None:
            continue
        text = node.body[0]
        first, last = text.lineno - 1, text.end_lineno
        before = lines[first].encode()[: text.col_offset]
        alone = not before.strip() and len(node.body) > 1
        if alone and node.body[1].lineno > text.end_lineno:
            while last < len(lines) and not lines[last].strip():
                last += 1
            yield first, last


def _highlight(code: str) -> str:
    from pygments.lexers import PythonLexer

    parts: list[tuple[str, str]] = []
    for kind, text in PythonLexer(stripnl=False, ensurenl=False).get_tokens(code):
        name = str(kind).removeprefix("Token.")
        colour = next((c for prefix, c in _COLOURS if name.startswith(prefix)), "")
        if parts and (parts[-1][0] == colour or not text.strip()):
            parts[-1] = (parts[-1][0], parts[-1][1] + text)
        else:
            parts.append((colour, text))
    return "".join(
        f'<span style="color:{colour}">{escape(text)}</span>'
        if colour
        else escape(text)
        for colour, text in parts
    )
