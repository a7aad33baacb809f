"""Experiments: every arm with every seed, a tuned learning rate, and a verdict.

An *arm* is one of the things compared, described by keyword arguments. A lesson writes
one function that trains once and returns a row of numbers; `run` calls it for every
arm and seed on all cores and returns one tidy table, `tune` gives each arm the
learning rate that suits it, and `verdict` says what the table shows.

The function may be defined in a notebook. What it returns must depend on its arguments
alone; then the table is the same however many processes work and whoever finishes
first. Arrays that it uses from outside are shared between processes on this machine
(memory-mapped above 1 MB), so they must only be read. On a cluster they travel to
each worker once; better to call a loader inside the function.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from numbers import Integral
from typing import TYPE_CHECKING, Any

from course_utils.lab import jobs, progress, run_errors, tuning
from course_utils.lab.arms import check_arms, check_seeds
from course_utils.lab.divergence import DivergenceError
from course_utils.lab.ledger import Ledger, last
from course_utils.lab.run_errors import InterruptedRun, RunError
from course_utils.lab.tuning import BorderWarning, Tuned, log_grid
from course_utils.lab.verdicts import Verdict, verdict

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "BorderWarning",
    "DivergenceError",
    "InterruptedRun",
    "RunError",
    "Tuned",
    "Verdict",
    "last",
    "log_grid",
    "run",
    "tune",
    "verdict",
]

MOST_EXTRA = 6  # rates that `tune(extend=True)` may add for one arm

interrupted: pd.DataFrame | None = None
"""What the last interrupted `run` or `tune` had finished."""


def run(
    function: Callable[..., Any],
    arms: Mapping[str, Mapping[str, Any]],
    seeds: Iterable[int],
    *,
    seeds_at_once: int = 1,
    n_jobs: int = -1,
    resume: str | os.PathLike[str] | None = None,
) -> pd.DataFrame:
    """Call a function for every arm and seed, and return all results as one table.

    Each run has one BLAS thread, and all cores are used; a progress bar appears after
    two seconds (never where ``TQDM_DISABLE=1``). Under
    ``joblib.parallel_config(backend="dask")`` the runs go to a Dask cluster.

    A run that raises `DivergenceError` is a result: a row with ``diverged`` True, no
    metrics, and (in columns that exist only when something diverged) the step,
    ``diverged_at``, and the ``message``. Any other error cancels what is left.

    Args:
        function: Called as ``function(seed=3, **arm)``; returns a dict, a list of
            dicts (one an epoch, say) or a DataFrame of numbers and texts, or the
            history of ``fit`` as it is. With `seeds_at_once` above 1 it is called as
            ``function(seeds=(0, 1), **arm)`` and each row names its ``seed``. Where
            one of several seeds diverges, its row says so by ``diverged``, the error
            that a history keeps for it; if the function raises, each is run alone.
        arms: Keyword arguments by the arm's name.
        seeds: Distinct ints of at least 0, the same for every arm, so that arms can be
            compared seed by seed.
        seeds_at_once: How many seeds the function trains side by side.
        n_jobs: How many processes work, -1 for one a core; 1 works in this process,
            where a debugger can follow.
        resume: A file to keep finished runs in. Called again with it, the experiment
            does only what is missing. A run is found again by arm, seed, arguments and
            the function's own source (not that of what the function calls).

    Returns:
        The columns ``arm``, ``seed``, ``diverged`` and those of the rows, ordered by
        arm and seed as given.

    Raises:
        TypeError: If an argument or a result is of a wrong type.
        ValueError: If an argument or a result is out of range.
        RunError: If the function raises; it carries what had finished.
        InterruptedRun: On an interrupt (a KeyboardInterrupt); what had finished is its
            ``frame``, and `experiments.interrupted`.

    Example:
        >>> def train(seed, rate):
        ...     return {"loss": rate + seed}
        >>> run(train, {"slow": {"rate": 1}, "fast": {"rate": 5}}, range(2), n_jobs=1)
            arm  seed  diverged  loss
        0  slow     0     False     1
        1  slow     1     False     2
        2  fast     0     False     5
        3  fast     1     False     6
    """
    return _run(function, arms, seeds, seeds_at_once, n_jobs, resume)


def _run(
    function: Callable[..., Any],
    arms: Mapping[str, Mapping[str, Any]],
    seeds: Iterable[int],
    seeds_at_once: int,
    n_jobs: int,
    resume: str | os.PathLike[str] | None,
    required: str | None = None,
) -> pd.DataFrame:
    if not callable(function):
        raise TypeError(f"function must be callable, got {function!r}")
    arms, seeds = check_arms(arms), check_seeds(seeds)
    for name, value in (("seeds_at_once", seeds_at_once), ("n_jobs", n_jobs)):
        if isinstance(value, bool) or not isinstance(value, Integral):
            raise TypeError(f"{name} must be an int, got {value!r}")
    if seeds_at_once < 1:
        raise ValueError(f"seeds_at_once must be at least 1, got {seeds_at_once}")
    if n_jobs == 0:
        raise ValueError("n_jobs must be at least 1, or -1 for all cores, got 0")

    ledger = Ledger(function, arms, seeds, resume)
    work = jobs.Work(function, arms, seeds_at_once > 1, required)
    failed = None
    try:
        results = jobs.outcomes(work, ledger.todo(seeds_at_once), int(n_jobs))
        # Closing the results cancels what still runs when one fails.
        with progress.bar(ledger.total, len(ledger.done)) as bar, closing(results):
            for outcome in results:
                if outcome.error is not None:
                    failed = outcome
                    break
                for seed, rows in outcome.rows.items():
                    ledger.keep(outcome.arm, seed, rows)
                bar.update(len(outcome.seeds))
    except KeyboardInterrupt:
        stop = run_errors.stopped(ledger)
        global interrupted
        interrupted = stop.frame
        raise stop from None
    except jobs.WorkersError as lost:
        error = lost.__cause__
        raise run_errors.failed(ledger, str(lost), error) from error
    except OSError as error:
        raise run_errors.failed(ledger, f"writing {resume}", error) from error
    if failed is not None and failed.unusable:
        raise type(failed.error)(f"{run_errors.which(failed)}: {failed.error}")
    if failed is not None:
        where = run_errors.which(failed)
        raise run_errors.failed(ledger, where, failed.error) from failed.error
    return ledger.table()


def tune(
    function: Callable[..., Any],
    arms: Mapping[str, Mapping[str, Any]],
    learning_rates: Iterable[float],
    seeds: Iterable[int],
    *,
    metric: str = "valid_accuracy",
    higher_is_better: bool = True,
    extend: bool = False,
    seeds_at_once: int = 1,
    n_jobs: int = -1,
    resume: str | os.PathLike[str] | None = None,
) -> Tuned:
    """Find the learning rate that suits each arm.

    The rate with the fewest diverged runs wins; among those the best mean over the
    seeds of the metric in a run's last row; among equals the smaller rate. A metric of
    NaN or infinity counts as diverged.

    To compare arms fairly, tune with other seeds than those that give the evidence:
    the best of several noisy means looks better than it is.

    Args:
        function: As for `run`; it also gets ``learning_rate=``.
        arms: As for `run`, without ``learning_rate``.
        learning_rates: The rates to try, such as ``log_grid(0.001, 1)``.
        seeds: As for `run`.
        metric: The column to judge by.
        higher_is_better: Whether more of it is better.
        extend: Whether to go on outward, at the grid's spacing, while the best rate is
            on the border or all diverge, by at most 6 rates an arm.
        seeds_at_once: As for `run`.
        n_jobs: As for `run`.
        resume: As for `run`.

    Returns:
        A `Tuned`; its ``arms`` go into `run` as they are.

    Raises:
        TypeError, ValueError, RunError, InterruptedRun: As `run` does.

    Warns:
        BorderWarning: If the best rate of an arm is the first or last that was tried,
            and no rate inside comes as close as the spread over seeds.
    """
    arms = check_arms(arms)
    for name, kwargs in arms.items():
        if "learning_rate" in kwargs:
            raise ValueError(
                f"arms[{name!r}] must leave the learning rate to tune, "
                f"got {kwargs['learning_rate']!r}"
            )
    grid = tuning.check_rates(learning_rates)
    seeds = check_seeds(seeds)
    tried = {arm: list(grid) for arm in arms}
    missing, frames = tried, []
    while missing:
        cases = {
            f"{arm} @ {rate!r}": (arm, rate)
            for arm, rates in missing.items()
            for rate in rates
        }
        named = {
            name: {**arms[arm], "learning_rate": rate}
            for name, (arm, rate) in cases.items()
        }
        frame = _run(function, named, seeds, seeds_at_once, n_jobs, resume, metric)
        frames.append(tuning.split_names(frame, cases))
        joined = tuning.join(frames, list(arms))
        scores = tuning.scores(joined, metric)
        best = {arm: tuning.choose(scores, arm, higher_is_better) for arm in arms}
        border = {
            arm: None
            if best[arm] is not None and tuning.tied_inside(scores, arm, best[arm])
            else tuning.side(tried[arm], best[arm])
            for arm in arms
        }
        missing = {
            arm: [tuning.beyond(tried[arm], where)]
            for arm, where in border.items()
            if extend and where and len(tried[arm]) < len(grid) + MOST_EXTRA
        }
        for arm, rates in missing.items():
            tried[arm] = sorted(tried[arm] + rates)
    return tuning.conclude(arms, joined, scores, best, border, metric, higher_is_better)
