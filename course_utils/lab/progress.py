"""A progress bar for what takes longer than a moment."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tqdm import tqdm

AFTER = 2.0  # seconds: what is over sooner needs no bar


def bar(total: int, done: int = 0, unit: str = "run") -> tqdm:
    """Return a bar to be used as a context manager and moved on by ``.update(1)``.

    It is a widget in a notebook and text on stderr elsewhere, appears after `AFTER`
    seconds and is gone at the end. Where the environment says ``TQDM_DISABLE=1``, as
    for a recorded notebook, it never appears.

    Args:
        total: The number of steps, at least 0.
        done: How many of them are done already.
        unit: What a step is called.

    Example:
        >>> with bar(total=3) as progress:
        ...     for step in range(3):
        ...         _ = progress.update(1)
    """
    from tqdm.auto import tqdm

    # tqdm itself reads the variable only once, when it is imported.
    off = os.environ.get("TQDM_DISABLE", "").lower() not in ("", "0", "false")
    return tqdm(
        total=total, initial=done, delay=AFTER, disable=off, unit=unit, leave=False
    )
