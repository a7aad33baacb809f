"""What one job of an experiment is, and how jobs are spread over processes.

A job is one arm with one seed (or with a few seeds that train side by side). It is
described by an arm's name and its seeds; the function and the arms travel once, in a
`Work`. `experiments.run` is what lessons call; this module is what it stands on.
"""

from __future__ import annotations

import copy
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from course_utils.lab.divergence import DivergenceError
from course_utils.lab.rows import Rows, diverged, tidy


@dataclass(frozen=True)
class Outcome:
    """What came of one job: rows for each of its seeds, or the error it ended with.

    Attributes:
        arm: The arm's name.
        seeds: The seeds of the job.
        rows: Rows by seed; empty where there is an error.
        error: What the function raised, or what is wrong with its result.
        unusable: Whether the error is about the result.
    """

    arm: str
    seeds: tuple[int, ...]
    rows: dict[int, Rows] = field(default_factory=dict)
    error: Exception | None = None
    unusable: bool = False


class WorkersError(RuntimeError):
    """The workers failed, not the function; the cause is what joblib raised."""


class _UnusableError(Exception):
    """Carries a TypeError or ValueError about a result, apart from the function's."""


@dataclass(eq=False)
class Work:
    """The function, its arms, and how it wants its seeds.

    Attributes:
        function: Called as ``function(seed=3, **arm)``, or as
            ``function(seeds=(0, 1), **arm)`` where `together`.
        arms: Keyword arguments by arm name.
        together: Whether the function takes several seeds at once.
        required: A column that the last row of each run must have, or None.
    """

    function: Callable[..., Any]
    arms: Mapping[str, Mapping[str, Any]]
    together: bool = False
    required: str | None = None

    def __sizeof__(self) -> int:
        # Dask sends an argument of over a kilobyte to each worker once, and smaller
        # ones with every task. The function may close over a whole data set.
        return 1 << 20


def measure(work: Work, arm: str, seeds: tuple[int, ...]) -> dict[int, Rows]:
    """Call the function once, and note a divergence as a row.

    Where several seeds train side by side and one diverges, each is run again alone:
    so only those that diverge are recorded as such.
    """
    # A copy, so that a function which changes an argument cannot change later runs.
    kwargs = copy.deepcopy(dict(work.arms[arm]))
    try:
        if work.together:
            result = work.function(seeds=seeds, **kwargs)
        else:
            result = work.function(seed=seeds[0], **kwargs)
    except DivergenceError as error:
        if len(seeds) > 1:
            alone = [measure(work, arm, (seed,)) for seed in seeds]
            return {seed: rows for one in alone for seed, rows in one.items()}
        return {seeds[0]: diverged(error)}
    try:
        return tidy(result, seeds, work.together, work.required)
    except (TypeError, ValueError) as error:
        raise _UnusableError(error) from None


def call(work: Work, arm: str, seeds: tuple[int, ...]) -> Outcome:
    """Do one job with one BLAS thread; an error comes back in the outcome."""
    from threadpoolctl import threadpool_limits

    try:
        with threadpool_limits(limits=1):
            return Outcome(arm, seeds, rows=measure(work, arm, seeds))
    except _UnusableError as unusable:
        return Outcome(arm, seeds, error=unusable.args[0], unusable=True)
    except Exception as error:
        return Outcome(arm, seeds, error=error)


def call_elsewhere(work: Work, arm: str, seeds: tuple[int, ...]) -> Outcome:
    """Do one job in a worker process: an error must survive the way back."""
    import cloudpickle

    outcome = call(work, arm, seeds)
    error = outcome.error
    if error is None or outcome.unusable:
        return outcome
    where = "".join(traceback.format_exception(error)).rstrip()
    try:
        cloudpickle.loads(cloudpickle.dumps(error))
    except Exception:
        error = RuntimeError(f"{type(error).__name__}: {error}")
    error.add_note(f"In the worker process:\n{where}")
    return Outcome(arm, seeds, error=error)


def outcomes(
    work: Work, todo: Sequence[tuple[str, tuple[int, ...]]], n_jobs: int
) -> Iterator[Outcome]:
    """Yield the outcome of each job as it finishes, in any order.

    Closing the iterator cancels what is still running.

    Args:
        work: What to call.
        todo: An arm's name and seeds for each job.
        n_jobs: 1 runs in this process; otherwise as in `joblib.Parallel`, on
            whatever backend `joblib.parallel_config` names.
    """
    if n_jobs == 1:
        for arm, seeds in todo:
            yield call(work, arm, seeds)
        return
    if not todo:
        return
    from joblib import Parallel, delayed
    from threadpoolctl import threadpool_limits

    # One job a batch, so that each is kept as soon as it is done.
    try:
        pool = Parallel(n_jobs, batch_size=1, return_as="generator_unordered")
    except ValueError:  # a backend that hands over its results only at the end
        pool = Parallel(n_jobs, batch_size=1)
    results: Any = ()
    # The limit here is for backends whose workers are threads of this process.
    with threadpool_limits(limits=1):
        try:
            results = pool(
                delayed(call_elsewhere)(work, arm, seeds) for arm, seeds in todo
            )
            # Not "yield from", which would pass a closing on before the finally below.
            for outcome in results:  # noqa: UP028
                yield outcome
        except Exception as error:
            raise WorkersError(
                "a worker process died, or a job cannot be sent to one "
                "(n_jobs=1 needs none)"
            ) from error
        finally:
            if hasattr(results, "close"):
                with warnings.catch_warnings():
                    # To cancel what still runs is what closing is for.
                    warnings.simplefilter("ignore")
                    results.close()
