"""How an experiment ends early: a run failed, or somebody interrupted it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from course_utils.lab.jobs import Outcome
from course_utils.lab.ledger import Ledger

if TYPE_CHECKING:
    import pandas as pd


class RunError(RuntimeError):
    """A run failed for another reason than divergence; the original error is its cause.

    Attributes:
        frame: The runs that had finished, as a table.
    """

    def __init__(self, message: str, frame: pd.DataFrame) -> None:
        super().__init__(message)
        self.frame = frame


class InterruptedRun(KeyboardInterrupt):
    """An experiment was interrupted.

    Attributes:
        frame: The runs that had finished, as a table; also `experiments.interrupted`.
    """

    def __init__(self, message: str, frame: pd.DataFrame) -> None:
        super().__init__(message)
        self.frame = frame


def which(outcome: Outcome) -> str:
    """Return the arm and seeds of a job in words."""
    plural = "s" if len(outcome.seeds) > 1 else ""
    return f"arm {outcome.arm!r}, seed{plural} {', '.join(map(str, outcome.seeds))}"


def failed(ledger: Ledger, where: str, error: Exception) -> RunError:
    """Return the error to raise from `error`, with what is done so far."""
    return RunError(
        f"{where}: {type(error).__name__}: {error} "
        f"({ledger.so_far()} in this error's .frame)",
        ledger.table(),
    )


def stopped(ledger: Ledger) -> InterruptedRun:
    """Return the interrupt to raise, with what is done so far."""
    return InterruptedRun(
        f"{ledger.so_far()} in experiments.interrupted", ledger.table()
    )
