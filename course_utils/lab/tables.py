"""Tables of results: plain HTML, Markdown and text that repeat from run to run.

A pandas Styler writes random ids into its HTML; these tables hold none.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from math import isnan
from numbers import Integral, Real
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


NO_NUMBER = "\u2013"


@dataclass(frozen=True)
class Table:
    """A table that a notebook displays: text in rows, with one name per column.

    Attributes:
        columns: Names of the columns.
        rows: The cells as text, one tuple per row.
        numeric: For each column, whether it holds numbers (set right).
        caption: What the table shows, or an empty text.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    caption: str = ""

    def __repr__(self) -> str:
        """Return the table as aligned text."""
        lines = [self.columns, *self.rows]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        text = [
            "  ".join(
                cell.rjust(width) if right else cell.ljust(width)
                for cell, width, right in zip(line, widths, self.numeric, strict=True)
            ).rstrip()
            for line in lines
        ]
        return "\n".join([self.caption, *text] if self.caption else text)

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> dict[str, str]:
        return {
            "text/html": self._html(),
            "text/markdown": self._markdown(),
            "text/plain": repr(self),
        }

    def _html(self) -> str:
        sides = ["right" if right else "left" for right in self.numeric]

        def line(cells: tuple[str, ...], tag: str) -> str:
            # A corner without a name heads nothing.
            tags = [tag if cell else "td" for cell in cells]
            return "".join(
                f'<{tag} style="text-align:{side};padding:0.25em 0.8em">'
                f"{escape(cell)}</{tag}>"
                for cell, side, tag in zip(cells, sides, tags, strict=True)
            )

        caption = (
            f'<caption style="caption-side:top;text-align:left">{escape(self.caption)}'
            "</caption>"
            if self.caption
            else ""
        )
        body = "\n".join(f"<tr>{line(row, 'td')}</tr>" for row in self.rows)
        return (
            f'<div style="overflow-x:auto"><table style="color:inherit">{caption}\n'
            f"<thead><tr>{line(self.columns, 'th')}</tr></thead>\n"
            f"<tbody>\n{body}\n</tbody></table></div>"
        )

    def _markdown(self) -> str:
        def line(cells: tuple[str, ...]) -> str:
            return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

        rule = line(tuple("---:" if right else ":---" for right in self.numeric))
        lines = [line(self.columns), rule, *map(line, self.rows)]
        return "\n".join([self.caption, "", *lines] if self.caption else lines)


def table(
    frame: pd.DataFrame,
    caption: str = "",
    *,
    digits: int = 4,
    index: bool = False,
) -> Table:
    """Show a frame as a plain table: floats to ``digits`` figures, no random ids.

    Args:
        frame: What to show.
        caption: What the table shows, above it.
        digits: Significant digits of floating-point numbers, at least 1.
        index: Show the frame's index as first column; one without a name gets none.

    Returns:
        An object that a notebook displays, in a slide and in plain text too.

    Raises:
        TypeError: If ``frame`` is not a DataFrame.
        ValueError: If ``digits`` is below 1.

    Example:
        >>> import pandas as pd
        >>> table(pd.DataFrame({"arm": ["He", "Glorot"], "accuracy": [0.87654, None]}))
        arm     accuracy
        He        0.8765
        Glorot         –
    """
    if not (hasattr(frame, "columns") and hasattr(frame, "reset_index")):
        raise TypeError(f"frame must be a DataFrame, got {type(frame).__name__}")
    if digits < 1:
        raise ValueError(f"digits must be at least 1, got {digits}")
    names = list(frame.columns)
    if index:
        names[:0] = ["" if name is None else name for name in frame.index.names]
        frame = frame.reset_index()
    values = [list(frame.iloc[:, k]) for k in range(frame.shape[1])]
    numeric = tuple(
        bool(column)
        and all(isinstance(v, Real) and not isinstance(v, bool) for v in column)
        for column in values
    )
    cells = [[as_text(value, digits) for value in column] for column in values]
    rows = tuple(zip(*cells, strict=True))
    return Table(tuple(str(name) for name in names), rows, numeric, caption)


def as_text(value: object, digits: int = 4) -> str:
    """Return a cell as text: floats to ``digits`` figures, yes or no for booleans.

    Example:
        >>> as_text(0.123456), as_text(3), as_text(True), as_text(float("nan"))
        ('0.1235', '3', 'yes', '–')
        >>> as_text(72345.6, digits=3), as_text(7.23456e12, digits=3)
        ('72300', '7.23e+12')
    """
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, Real) and not isinstance(value, Integral):
        return NO_NUMBER if isnan(value) else _figures(float(value), digits)
    return str(value)


def _figures(value: float, digits: int) -> str:
    text = f"{value:.{digits}g}"
    # Below ten million zeros are read faster than a power of ten.
    return f"{float(text):.0f}" if "e+0" in text and abs(value) < 1e7 else text
