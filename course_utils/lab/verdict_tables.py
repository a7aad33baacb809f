"""Verdicts, one row each, as a lesson's evidence shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from course_utils.lab.verdicts import Verdict

if TYPE_CHECKING:
    import pandas as pd


def verdict_table(
    verdicts: Sequence[Verdict],
    claims: Sequence[str] | None = None,
    conditions: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Return verdicts as a table, one row each.

    Args:
        verdicts: What `verdict` returned.
        claims: How the table words each claim; by default "He beats Glorot on loss".
        conditions: Under what circumstances each was tried; by default empty.

    Returns:
        The columns ``claim``, ``condition``, ``verdict``, ``difference`` (positive
        speaks for the claim), ``interval``, ``seeds``.

    Raises:
        ValueError: If there is no verdict, or not one claim or condition for each.
    """
    import pandas as pd

    verdicts = list(verdicts)
    if not verdicts:
        raise ValueError("verdicts must hold at least one verdict, got none")
    for name, texts in (("claims", claims), ("conditions", conditions)):
        if isinstance(texts, str) or (texts and len(texts) != len(verdicts)):
            raise ValueError(
                f"{name} must hold a text for each of {len(verdicts)} verdicts, "
                f"got {texts!r}"
            )
    rows = zip(
        verdicts,
        claims or [None] * len(verdicts),
        conditions or [""] * len(verdicts),
        strict=True,
    )
    return pd.DataFrame([v.row(claim, condition) for v, claim, condition in rows])
