"""What an experiment says about a claim such as "He beats Glorot".

Two arms were run with the same seeds: the same split, the same order of batches. So
they are compared seed by seed, and the mean of these differences gets a bootstrap
interval. Never are two best runs compared.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from course_utils.lab import pairing
from course_utils.lab.intervals import mean_interval

if TYPE_CHECKING:
    import pandas as pd

HOLDS = "holds"
NO_DIFFERENCE = "no difference seen"
CONTRADICTED = "contradicted"

FEWEST_SEEDS = 3
ENOUGH_SEEDS = 5

_RANGES = {
    "level": "in (0, 1)",
    "margin": "finite and at least 0",
    "diverged_as": "finite or None",
}


@dataclass(frozen=True)
class Verdict:
    """What the runs say about the claim that one arm is better than another.

    Attributes:
        word: ``"holds"``, ``"no difference seen"`` or ``"contradicted"``.
        better: The arm that is claimed to be better.
        than: The arm it is compared with.
        metric: The column compared.
        higher_is_better: Whether more of it is better.
        difference: Mean over seeds of how much better `better` is, in units of the
            metric: positive speaks for the claim, also where lower is better.
        low: Lower end of the interval of the difference.
        high: Upper end.
        level: Confidence level of the interval, in (0, 1).
        margin: Differences up to this size do not count.
        n_seeds: The number of pairs.
        diverged: How many runs of `better` and of `than` diverged.
        diverged_as: What a diverged run counted as, or None if none did.
    """

    word: str
    better: str
    than: str
    metric: str
    higher_is_better: bool
    difference: float
    low: float
    high: float
    level: float
    margin: float
    n_seeds: int
    diverged: tuple[int, int] = (0, 0)
    diverged_as: float | None = None

    @property
    def claim(self) -> str:
        """The claim in words."""
        lower = "" if self.higher_is_better else " (lower is better)"
        return f"{self.better} beats {self.than} on {self.metric}{lower}"

    @property
    def caution(self) -> str:
        """What a reader must know about the interval, or an empty text."""
        if self.n_seeds >= ENOUGH_SEEDS:
            return ""
        return (
            f"so few that the interval holds the truth at best "
            f"{100 * (1 - 2 ** (1 - self.n_seeds)):.3g}% of the time"
        )

    def __str__(self) -> str:
        text = (
            f"{self.claim}: {self.word}, the mean gain is {_short(self.difference)} "
            f"({100 * self.level:g}% interval {_short(self.low)} to "
            f"{_short(self.high)}, {self.n_seeds} paired seeds"
        )
        if self.caution:
            text += f", {self.caution}"
        if self.margin:
            text += f"; gains up to {_short(self.margin)} do not count"
        if any(self.diverged):
            counts = " and ".join(
                f"{count} of {arm}"
                for count, arm in zip(
                    self.diverged, (self.better, self.than), strict=True
                )
                if count
            )
            text += f"; diverged: {counts}, counted as {_short(self.diverged_as)}"
        return text + ")."

    def row(
        self, claim: str | None = None, condition: str = "", unit: str | None = None
    ) -> dict[str, Any]:
        """Return a row of a verdict table.

        Args:
            claim: The claim as the table shall word it; by default `claim`.
            condition: Under what circumstances it was tried.
            unit: What the difference is measured in; by default the metric's name.
        """
        return {
            "claim": self.claim if claim is None else claim,
            "condition": condition,
            "verdict": self.word,
            "difference": float(_short(self.difference)),
            "interval": f"{_short(self.low)} to {_short(self.high)}",
            "unit": self.metric.removeprefix("valid_") if unit is None else unit,
            "seeds": self.n_seeds,
        }


def verdict(
    frame: pd.DataFrame,
    better: str,
    than: str,
    metric: str,
    higher_is_better: bool = True,
    level: float = 0.95,
    margin: float = 0.0,
    diverged_as: float | None = None,
) -> Verdict:
    """Judge the claim that one arm is better than another.

    The claim *holds* if the whole interval of the mean paired difference lies above
    `margin`, is *contradicted* if it lies below ``-margin``, and otherwise *no
    difference is seen*: which is not evidence that there is none.

    The interval is the expanded percentile bootstrap of `intervals.mean_interval`. On
    Gaussian differences (20,000 simulated experiments) a 95% interval covers the truth
    75% of the time with 3 seeds, 88% with 4, 92% with 5, 94% with 6 and 95% with 10 or
    more. So where two arms are equal, "holds" comes up falsely in 13% of experiments
    with 3 seeds, 6% with 4, 4% with 5 and 3% with more, and "contradicted" as often.
    That is for one verdict: a table of ten has ten chances.

    Args:
        frame: Runs with ``arm``, ``seed`` and the metric, one row an arm and seed.
        better: The arm claimed to be better.
        than: The arm to compare with.
        metric: The column to compare.
        higher_is_better: Whether more of it is better.
        level: Confidence level, in (0, 1).
        margin: The smallest difference that matters, at least 0.
        diverged_as: What a diverged run is worth, such as the accuracy or loss of
            guessing. It never counts as better than a run that did not diverge: where
            one of those is worse still, a diverged run counts as that one. Needed only
            when a run diverged.

    Raises:
        TypeError: If `frame` is not a DataFrame.
        ValueError: If arms, column or seeds are missing, a run has several rows, there
            are fewer than 3 seeds, a number is not finite, an argument is out of range,
            or a run diverged and `diverged_as` is not given.

    Example:
        >>> import pandas as pd
        >>> frame = pd.DataFrame({
        ...     "arm": ["He"] * 5 + ["Glorot"] * 5,
        ...     "seed": [0, 1, 2, 3, 4] * 2,
        ...     "accuracy": [.84, .86, .85, .85, .87, .82, .83, .84, .82, .84],
        ... })
        >>> v = verdict(frame, better="He", than="Glorot", metric="accuracy")
        >>> v.word
        'holds'
        >>> print(v)
        He beats Glorot on accuracy: holds, the mean gain is 0.024 (95% interval 0.012 \
to 0.03, 5 paired seeds).
    """
    for name, value, fits in (
        ("level", level, 0 < level < 1),
        ("margin", margin, 0 <= margin < math.inf),
        ("diverged_as", diverged_as, diverged_as is None or math.isfinite(diverged_as)),
    ):
        if not fits:
            raise ValueError(f"{name} must be {_RANGES[name]}, got {value}")
    if better == than:
        raise ValueError(f"better and than must be two arms, got {better!r} twice")
    values, diverged = pairing.pairs(frame, better, than, metric)
    if len(values) < FEWEST_SEEDS:
        raise ValueError(
            f"a verdict needs at least {FEWEST_SEEDS} seeds, got {len(values)}"
        )
    values, counted = pairing.fill(values, diverged, diverged_as, higher_is_better)
    gains = values[:, 0] - values[:, 1]
    if not higher_is_better:
        gains = -gains
    low, high = mean_interval(gains, level)
    word = NO_DIFFERENCE
    if low > margin:
        word = HOLDS
    elif high < -margin:
        word = CONTRADICTED
    return Verdict(
        word=word,
        better=better,
        than=than,
        metric=metric,
        higher_is_better=higher_is_better,
        difference=float(gains.mean()),
        low=low,
        high=high,
        level=level,
        margin=margin,
        n_seeds=len(gains),
        diverged=(int(diverged[:, 0].sum()), int(diverged[:, 1].sum())),
        diverged_as=counted,
    )


def _short(value: float) -> str:
    """Three digits; what only rounding keeps from 0 is 0, on every machine."""
    return f"{value if abs(value) > 1e-12 else 0.0:.3g}"
