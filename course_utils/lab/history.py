"""What a training run leaves behind."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from course_utils.lab.divergence import DivergenceError
from course_utils.optimizers import State

if TYPE_CHECKING:
    import pandas as pd


@dataclass
class History:
    """Metrics by epoch, records by step, and what is needed to go on.

    Attributes:
        rows: one a seed and epoch; see `frame`.
        records: one a seed, recorded step and layer; see `record_frame`.
        diverged: for each replica that met NaN or infinity, where and when. Its metrics
            are NaN from then on; the other replicas train as if alone.
        optimizer_state: the optimizer's memory at the end, to go on with.
        steps: optimizer steps taken, counted from the first epoch on.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)
    diverged: dict[int, DivergenceError] = field(default_factory=dict)
    optimizer_state: State = field(default_factory=dict)
    steps: int = 0

    @property
    def frame(self) -> pd.DataFrame:
        """Tidy: one row a seed and epoch.

        Columns: `seed`, `epoch` (from 1), `loss` and `accuracy` (running means over the
        epoch's batches, as they were met), `valid_loss` and `valid_accuracy` (after the
        epoch, in inference mode). Losses are without penalty.
        """
        import pandas as pd

        return pd.DataFrame(self.rows)

    @property
    def record_frame(self) -> pd.DataFrame:
        """Tidy: one row a seed, recorded step and layer.

        The columns of `Records.frame`, and `step`, `update_norm` (Frobenius norm of
        the change of W in that step) and `update_ratio` (that over the norm of W).
        """
        import pandas as pd

        return pd.DataFrame(self.records)
