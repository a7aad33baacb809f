"""Choosing a learning rate per arm: the grid, the rule, and what came of it."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any

from course_utils.lab import ledger

if TYPE_CHECKING:
    import pandas as pd


class BorderWarning(UserWarning):
    """The best learning rate is the first or last tried: the grid is too narrow."""


def log_grid(low: float, high: float, per_decade: int = 2) -> list[float]:
    """Return rates from `low` to `high`, evenly spaced on a log scale.

    Both ends belong to the grid; what lies between is rounded to 3 significant digits.

    Args:
        low: The smallest rate, above 0.
        high: The largest rate, above `low`.
        per_decade: About how many steps a factor of ten takes, from 1 to 50.

    Raises:
        TypeError: If `per_decade` is not an int.
        ValueError: If an argument is out of range.

    Example:
        >>> log_grid(0.001, 1)
        [0.001, 0.00316, 0.01, 0.0316, 0.1, 0.316, 1.0]
    """
    if isinstance(per_decade, bool) or not isinstance(per_decade, int):
        raise TypeError(f"per_decade must be an int, got {per_decade!r}")
    if not 1 <= per_decade <= 50:
        raise ValueError(f"per_decade must be from 1 to 50, got {per_decade}")
    if not 0 < low < high < math.inf:
        raise ValueError(f"low and high must satisfy 0 < low < high, got {low}, {high}")
    steps = max(1, round(math.log10(high / low) * per_decade))
    inner = [low * (high / low) ** (step / steps) for step in range(1, steps)]
    return [float(low), *(float(f"{rate:.3g}") for rate in inner), float(high)]


def check_rates(learning_rates: Iterable[float]) -> list[float]:
    """Return the rates sorted.

    Raises:
        TypeError: If they are not numbers.
        ValueError: If there is none, or one is repeated, or not positive and finite.
    """
    if isinstance(learning_rates, Real | str):
        raise TypeError(f"learning_rates must be a sequence, got {learning_rates!r}")
    rates = list(learning_rates)
    for rate in rates:
        if isinstance(rate, bool) or not isinstance(rate, Real):
            raise TypeError(f"learning_rates must be numbers, got {rate!r}")
        if not 0 < rate < math.inf:
            raise ValueError(f"learning_rates must be positive and finite, got {rate}")
    if not rates:
        raise ValueError("learning_rates must hold at least one rate, got none")
    if len(set(rates)) < len(rates):
        raise ValueError(f"learning_rates must be distinct, got {rates}")
    return sorted(float(rate) for rate in rates)


def beyond(rates: list[float], border: str) -> float:
    """Return the next rate outside a sorted grid, at the spacing it has there.

    A grid of one rate is taken to have the spacing of half a decade.

    Example:
        >>> beyond([0.01, 0.1], "highest"), beyond([0.01, 0.1], "lowest")
        (1.0, 0.001)
    """
    if len(rates) == 1:
        ratio = math.sqrt(10)
    elif border == "highest":
        ratio = rates[-1] / rates[-2]
    else:
        ratio = rates[1] / rates[0]
    rate = rates[-1] * ratio if border == "highest" else rates[0] / ratio
    return float(f"{rate:.3g}")


@dataclass(frozen=True)
class Tuned:
    """What `experiments.tune` found.

    Attributes:
        frame: Every run, as from `experiments.run` with a column ``learning_rate``.
        scores: One row an arm and rate: mean and standard deviation of the metric over
            the runs that did not diverge, and how many of how many diverged.
        best: The best rate by arm; None for an arm that diverged at every rate.
        arms: The arms with their best ``learning_rate``, ready for `experiments.run`;
            without those that have none.
        border: By arm, ``"lowest"`` or ``"highest"`` where the best rate is the first
            or last that was tried, and no rate inside is as good but for chance.
        metric: The column the rates were judged by.
        higher_is_better: Whether more of it is better.
    """

    frame: pd.DataFrame
    scores: pd.DataFrame
    best: dict[str, float | None]
    arms: dict[str, dict[str, Any]]
    border: dict[str, str]
    metric: str
    higher_is_better: bool

    @property
    def failed(self) -> tuple[str, ...]:
        """The arms that diverged at every rate."""
        return tuple(arm for arm, rate in self.best.items() if rate is None)

    def __repr__(self) -> str:
        better = "higher" if self.higher_is_better else "lower"
        lines = [f"Learning rates by mean {self.metric} ({better} is better)"]
        width = max(map(len, self.best))
        for arm, rate in self.best.items():
            if rate is None:
                lines.append(f"  {arm:<{width}}  diverged at every rate")
                continue
            rows = self.scores[
                (self.scores["arm"] == arm) & (self.scores["learning_rate"] == rate)
            ]
            text = f"  {arm:<{width}}  {rate:.4g} ({rows['mean'].item():.4g})"
            if arm in self.border:
                text += f", the {self.border[arm]} rate tried"
            lines.append(text)
        return "\n".join(lines)


def split_names(
    frame: pd.DataFrame, cases: Mapping[str, tuple[str, float]]
) -> pd.DataFrame:
    """Return runs of named cases with the columns ``arm`` and ``learning_rate``."""
    arm = frame["arm"].map({name: case[0] for name, case in cases.items()})
    rate = frame["arm"].map({name: case[1] for name, case in cases.items()})
    frame = frame.drop(columns="learning_rate", errors="ignore").assign(arm=arm)
    frame.insert(1, "learning_rate", rate)
    return frame


def join(frames: list[pd.DataFrame], arms: list[str]) -> pd.DataFrame:
    """Return frames as one, ordered by arm as given and by learning rate."""
    import pandas as pd

    frame = pd.concat(frames, ignore_index=True)
    place = frame["arm"].map({arm: at for at, arm in enumerate(arms)})
    order = frame.assign(place=place).sort_values(
        ["place", "learning_rate"], kind="stable"
    )
    return ledger.order_columns(frame.loc[order.index].reset_index(drop=True))


def side(rates: list[float], best: float | None) -> str | None:
    """Return which border of the sorted rates the best is on, or None if inside.

    Where every rate diverged (None), smaller ones are what is left to try.

    Example:
        >>> side([0.01, 0.1, 1.0], 1.0), side([0.01, 0.1, 1.0], 0.1)
        ('highest', None)
    """
    if best is None or best == rates[0]:
        return "lowest"
    return "highest" if best == rates[-1] else None


def scores(frame: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Return one row an arm and learning rate: mean, std over seeds, diverged, runs.

    The last row of a run counts. A run whose metric is NaN or infinite there counts as
    diverged.
    """
    runs = frame.groupby(["arm", "learning_rate", "seed"], sort=False).tail(1)
    value = runs[metric] if metric in runs else runs["learning_rate"] * math.nan
    finite = value.astype(float).map(math.isfinite) & ~runs["diverged"]
    runs = runs.assign(value=value.astype(float).where(finite), lost=~finite)
    groups = runs.groupby(["arm", "learning_rate"], sort=False)
    table = groups.agg(
        mean=("value", "mean"),
        std=("value", "std"),
        diverged=("lost", "sum"),
        runs=("lost", "size"),
    )
    return table.reset_index()


def choose(table: pd.DataFrame, arm: str, higher_is_better: bool) -> float | None:
    """Return the best rate of an arm, or None where it diverged at every rate.

    Fewest diverged runs first, then the best mean, then the smaller rate.
    """
    candidates = [
        (row.diverged, -row.mean if higher_is_better else row.mean, row.learning_rate)
        for row in table[table["arm"] == arm].itertuples()
        if row.diverged < row.runs
    ]
    return min(candidates)[2] if candidates else None


def tied_inside(table: pd.DataFrame, arm: str, best: float) -> bool:
    """Whether a rate inside the grid is as good as `best`, as far as seeds can tell.

    As good means: no more diverged runs, and a mean that differs from the best one by
    no more than the standard deviation over seeds (pooled over the arm's rates). Then
    a best rate on the border is chance and no reason to look further, as for an arm
    that learns nothing at any rate. With one seed there is nothing to tell by.
    """
    rows = table[table["arm"] == arm].sort_values("learning_rate")
    winner = rows[rows["learning_rate"] == best].iloc[0]
    inside = rows.iloc[1:-1]
    inside = inside[inside["diverged"] <= winner["diverged"]]
    noise = math.sqrt((rows["std"] ** 2).mean())
    return bool(((inside["mean"] - winner["mean"]).abs() <= noise).any())


def conclude(
    arms: dict[str, dict[str, Any]],
    frame: pd.DataFrame,
    table: pd.DataFrame,
    best: dict[str, float | None],
    border: dict[str, str | None],
    metric: str,
    higher_is_better: bool,
) -> Tuned:
    """Return what tuning found, and warn of winners on the border."""
    on_border = {arm: at for arm, at in border.items() if at and best[arm] is not None}
    if on_border:
        which = ", ".join(
            f"{arm!r} ({best[arm]:.4g}, the {at})" for arm, at in on_border.items()
        )
        warnings.warn(
            f"the best learning rate is the first or last tried for {which}; "
            "try a wider grid, or extend=True",
            BorderWarning,
            stacklevel=3,
        )
    return Tuned(
        frame=frame,
        scores=table,
        best=best,
        arms={
            arm: {**kwargs, "learning_rate": best[arm]}
            for arm, kwargs in arms.items()
            if best[arm] is not None
        },
        border=on_border,
        metric=metric,
        higher_is_better=higher_is_better,
    )
