"""A class in numbers: what each exercise earned, and what went wrong how often."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

from course_utils.grading.pages.rendering import LOOKS, number
from course_utils.grading.records import Mark, Outcome, Record

KINDS = tuple(dict.fromkeys(kind for _, kind, _ in LOOKS.values()))
# In a class that is not small, a mistake is named that two submissions have.
SHOWN_MISTAKES, TWICE, FIRST, SMALL = 8, 2, 400, 20
_NO_MISTAKE = (Outcome.CORRECT, Outcome.NOT_ATTEMPTED, Outcome.MISSING)
MOST_COLUMNS = 13


@dataclass(frozen=True)
class Mistake:
    """What a check said to several submissions.

    Attributes:
        symbol: of the outcome that it led to.
        message: the check's own words.
        count: the submissions that it was said to.
    """

    symbol: str
    message: str
    count: int


@dataclass(frozen=True)
class Tally:
    """One exercise, or one whole assignment, in a class.

    Attributes:
        name: of the exercise.
        possible: the most there is to earn.
        mean: points, on average.
        median: points; half of the class have as many or more.
        kinds: submissions by kind of outcome: right, partly, wrong, stopped, empty.
        columns: (points, submissions), from none to all.
        mistakes: the commonest first: all in a class below 20 submissions, else those
            said to two at least.
        rest: submissions with any other mistake.
        seconds: the median of the time it took, where it ran.
        slowest: the longest time, and whose it was.
    """

    name: str
    possible: float
    mean: float
    median: float
    kinds: dict[str, int]
    columns: tuple[tuple[str, int], ...]
    mistakes: tuple[Mistake, ...]
    rest: int
    seconds: float
    slowest: tuple[float, str]

    @property
    def share(self) -> float:
        """The mean as a share of what there is to earn."""
        return self.mean / self.possible if self.possible else 1.0


def tally(name: str, marks: Sequence[tuple[str, Mark]]) -> Tally:
    """Count one exercise.

    Args:
        name: of the exercise.
        marks: (student, mark), one at least.
    """
    points = [mark.points for _, mark in marks]
    possible = max(mark.possible for _, mark in marks)
    kinds = Counter(LOOKS[mark.outcome][1] for _, mark in marks)
    said = Counter(
        (LOOKS[mark.outcome][0], mark.message.strip()[:FIRST])
        for _, mark in marks
        if mark.outcome not in _NO_MISTAKE
    )
    small = len(marks) < SMALL
    by_message: dict[str, Counter] = defaultdict(Counter)
    for (symbol, message), count in said.items():
        by_message[message][symbol] += count
    named = sorted(
        (
            Mistake(symbols.most_common(1)[0][0], message, symbols.total())
            for message, symbols in by_message.items()
            if message and (small or symbols.total() >= TWICE)
        ),
        key=lambda mistake: (-mistake.count, mistake.message),
    )[: None if small else SHOWN_MISTAKES]
    times = [(mark.seconds, student) for student, mark in marks if mark.seconds > 0]
    return Tally(
        name,
        possible,
        fmean(points),
        median(points),
        {kind: kinds.get(kind, 0) for kind in KINDS},
        columns(points, possible),
        tuple(named),
        said.total() - sum(mistake.count for mistake in named),
        median(seconds for seconds, _ in times) if times else 0.0,
        max(times, default=(0.0, "")),
    )


def tallies(records: Sequence[Record]) -> list[Tally]:
    """Count every exercise of a class, in the order of the records."""
    marks: dict[str, list[tuple[str, Mark]]] = {}
    for record in records:
        for mark in record.marks:
            marks.setdefault(mark.exercise, []).append((record.student, mark))
    return [tally(name, found) for name, found in marks.items()]


def columns(points: Sequence[float], possible: float) -> tuple[tuple[str, int], ...]:
    """Points and how many have them: each value, or ranges where there are many.

    Where all are whole numbers, those that nobody has stand between the others.

    Example:
        >>> columns([0, 4, 4, 2], 4)
        (('0', 1), ('1', 0), ('2', 1), ('3', 0), ('4', 2))
        >>> columns([0.5 * n for n in range(41)], 20)[0]
        ('0 to 2', 4)
    """
    counts = Counter(round(float(value), 2) for value in points)
    values = sorted({0.0, round(float(possible), 2), *counts})
    if possible < MOST_COLUMNS and all(value.is_integer() for value in values):
        values = [float(value) for value in range(int(max(values)) + 1)]
    if len(values) <= MOST_COLUMNS:
        return tuple((number(value), counts.get(value, 0)) for value in values)
    step = possible / 10
    bins = [0] * 10
    for value, count in counts.items():
        bins[min(max(int(value / step), 0), 9)] += count
    return tuple(
        (f"{number(step * n)} to {number(step * (n + 1))}", count)
        for n, count in enumerate(bins)
    )
