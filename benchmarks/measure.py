"""Measured numbers, and how contenders take turns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Row:
    """One line of the table: a quantity, measured once or several times.

    Attributes:
        benchmark: the benchmark it belongs to.
        name: what was measured.
        unit: `"s"`, `"us"`, `"MiB"`, `"a minute"`, or `"x"` for a ratio.
        values: the measurements, at least one.
        at_least: a target that the median is to reach from above.
        at_most: a target that the median is to reach from below.

    Raises:
        ValueError: there are no values.

    Example:
        >>> row = Row("a", "fit / engine", "x", (6.5, 7.0, 6.8), at_least=6)
        >>> row.median, row.low, row.high, row.reached
        (6.8, 6.5, 7.0, True)
    """

    benchmark: str
    name: str
    unit: str
    values: tuple[float, ...]
    at_least: float | None = None
    at_most: float | None = None

    def __post_init__(self) -> None:
        """Refuse a row without a measurement."""
        if not self.values:
            raise ValueError(f"values must hold at least one number, got none: {self}")

    @property
    def median(self) -> float:
        """The middle measurement."""
        return float(median(self.values))

    @property
    def low(self) -> float:
        """The smallest measurement."""
        return float(min(self.values))

    @property
    def high(self) -> float:
        """The largest measurement."""
        return float(max(self.values))

    @property
    def reached(self) -> bool | None:
        """Whether the median meets the target; None where there is no target."""
        if self.at_least is not None:
            return self.median >= self.at_least
        if self.at_most is not None:
            return self.median <= self.at_most
        return None

    def as_dict(self) -> dict[str, Any]:
        """Everything above, for JSON."""
        return {
            "benchmark": self.benchmark,
            "name": self.name,
            "unit": self.unit,
            "median": self.median,
            "low": self.low,
            "high": self.high,
            "values": list(self.values),
            "at_least": self.at_least,
            "at_most": self.at_most,
            "reached": self.reached,
        }


def take_turns(
    contenders: Mapping[str, Callable[[], float]], rounds: int
) -> dict[str, tuple[float, ...]]:
    """Call each contender once a round, in order, after one round that is not counted.

    Args:
        contenders: functions that do their work and return what they measured.
        rounds: how many measurements of each, >= 1.

    Raises:
        ValueError: `rounds` is below 1.

    Example:
        >>> clock = iter(range(6))
        >>> take_turns({"a": lambda: next(clock), "b": lambda: next(clock)}, rounds=2)
        {'a': (2, 4), 'b': (3, 5)}
    """
    if rounds < 1:
        raise ValueError(f"rounds must be >= 1, got {rounds}")
    for measure in contenders.values():
        measure()
    measured: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, measure in contenders.items():
            measured[name].append(measure())
    return {name: tuple(values) for name, values in measured.items()}


def quotients(above: Sequence[float], below: Sequence[float]) -> tuple[float, ...]:
    """Divide round by round: what was slow in one round was slow for both.

    Example:
        >>> quotients((4.0, 9.0), (2.0, 3.0))
        (2.0, 3.0)
    """
    return tuple(a / b for a, b in zip(above, below, strict=True))
