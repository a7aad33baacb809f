"""What is done of an experiment and what is left."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from course_utils.lab.journal import Journal, key, signature

if TYPE_CHECKING:
    import pandas as pd

Rows = list[dict[str, Any]]


class Ledger:
    """The finished runs of one experiment, in memory and in a file if one is named.

    Args:
        function: What the experiment calls.
        arms: Keyword arguments by arm name.
        seeds: The seeds every arm is run with.
        resume: A file of finished runs to start from and to keep up, or None.

    Attributes:
        done: The rows of each finished run, by arm and seed.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        arms: Mapping[str, Mapping[str, Any]],
        seeds: tuple[int, ...],
        resume: str | os.PathLike[str] | None,
    ) -> None:
        self.arms, self.seeds = tuple(arms), seeds
        self.done: dict[tuple[str, int], Rows] = {}
        self._journal: Journal | None = None
        if resume is None:
            return
        self._digests = {
            arm: signature(function, kwargs) for arm, kwargs in arms.items()
        }
        self._journal = Journal(resume)
        for arm in self.arms:
            for seed in seeds:
                rows = self._journal.runs.get(key(arm, seed, self._digests[arm]))
                if rows is not None:
                    self.done[arm, seed] = rows

    @property
    def total(self) -> int:
        """The number of runs, done or not."""
        return len(self.arms) * len(self.seeds)

    def todo(self, seeds_at_once: int) -> list[tuple[str, tuple[int, ...]]]:
        """Return the jobs that are left, each an arm with up to so many seeds."""
        jobs = []
        for arm in self.arms:
            left = [seed for seed in self.seeds if (arm, seed) not in self.done]
            for at in range(0, len(left), seeds_at_once):
                jobs.append((arm, tuple(left[at : at + seeds_at_once])))
        return jobs

    def keep(self, arm: str, seed: int, rows: Rows) -> None:
        """Note a finished run, in memory and in the file."""
        self.done[arm, seed] = rows
        if self._journal is not None:
            name = key(arm, seed, self._digests[arm])
            self._journal.write(name, arm, seed, rows)

    def so_far(self) -> str:
        """Return how much is done and where, up to the words "and" or "they are"."""
        text = f"{len(self.done)} of {self.total} runs had finished; they are"
        if self._journal is None:
            return text
        return f"{text} in {self._journal.path.name}, where a new call goes on, and"

    def table(self) -> pd.DataFrame:
        """Return the finished runs by arm and seed, whichever finished first."""
        import pandas as pd

        rows = [
            {"arm": arm, "seed": seed, **row}
            for arm in self.arms
            for seed in self.seeds
            for row in self.done.get((arm, seed), [])
        ]
        if not rows:
            return pd.DataFrame(columns=["arm", "seed", "diverged"])
        frame = pd.DataFrame(rows)
        if "diverged_at" in frame:
            frame["diverged_at"] = frame["diverged_at"].astype("Int64")
        return order_columns(frame)


def order_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with what is said of diverged runs in its last columns."""
    final = [name for name in ("diverged_at", "message") if name in frame]
    return frame[[name for name in frame if name not in final] + final]


def last(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the last row of every run: a table of epochs becomes one of results.

    Example:
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"arm": "He", "seed": [0, 0], "loss": [2.0, 1.0]})
        >>> last(frame)
          arm  seed  loss
        0  He     0   1.0
    """
    keys = [name for name in ("arm", "learning_rate", "seed") if name in frame]
    return frame.groupby(keys, sort=False).tail(1).reset_index(drop=True)
