"""What went through a network: activations, gradients and weights, layer by layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class LayerRecord:
    """One dense layer and what follows it, seen on one batch.

    A leading replica axis, where the network has one, is kept.

    Attributes:
        layer: its number, 1 for the lowest; the output layer is the last.
        z: pre-activations, the dense layer's output, shape (..., n, units).
        a: what the next dense layer receives, shape (..., n, units).
        gradient_z: dLoss/dz of the mean loss, times n: one example's share,
            shape (..., n, units).
        weights: W, shape (..., n_inputs, units).
        gradient_weights: dLoss/dW, the penalty's share included, the same shape.
    """

    layer: int
    z: np.ndarray
    a: np.ndarray
    gradient_z: np.ndarray
    weights: np.ndarray
    gradient_weights: np.ndarray


@dataclass(frozen=True)
class Records:
    """All dense layers of a network on one batch, lowest first.

    Attributes:
        layers: one `LayerRecord` each; `records[0]` is the lowest.
        seeds: one for each replica.
        replicas: whether the arrays have a leading replica axis.
    """

    layers: list[LayerRecord]
    seeds: tuple[int, ...]
    replicas: bool

    def __getitem__(self, index: int) -> LayerRecord:
        """The record of one layer, counted from 0."""
        return self.layers[index]

    def __len__(self) -> int:
        """How many dense layers there are, the output layer included."""
        return len(self.layers)

    def rows(self) -> list[dict[str, float]]:
        """One row a seed and layer; the numbers behind `frame`."""
        rows = []
        for position, seed in enumerate(self.seeds):
            for record in self.layers:

                def of(array: np.ndarray, at: int = position) -> np.ndarray:
                    return (array[at] if self.replicas else array).astype(np.float64)

                z, a, delta = of(record.z), of(record.a), of(record.gradient_z)
                weights, gradient = of(record.weights), of(record.gradient_weights)
                rows.append(
                    {
                        "seed": seed,
                        "layer": record.layer,
                        "z_mean": z.mean(),
                        "z_std": z.std(),
                        "z_rms": rms(z),
                        "a_mean": a.mean(),
                        "a_std": a.std(),
                        "gradient_rms": rms(delta),
                        "weight_norm": np.linalg.norm(weights),
                        "weight_gradient_norm": np.linalg.norm(gradient),
                    }
                )
        return rows

    @property
    def frame(self) -> pd.DataFrame:
        """Tidy summary: one row a seed and layer.

        Columns: `seed`, `layer`, mean and standard deviation of `z` and `a`, `z_rms`,
        `gradient_rms` (root mean square of dLoss/dz, one example's share),
        `weight_norm` and `weight_gradient_norm` (Frobenius).
        """
        import pandas as pd

        return pd.DataFrame(self.rows())

    def by_layer(self, column: str) -> np.ndarray:
        """One column of `frame` as an array, shape (seeds, hidden layers).

        The output layer is left out: its scores have no activation.

        Raises:
            ValueError: `frame` has no such column.
        """
        frame = self.frame
        if column not in frame or column in ("seed", "layer"):
            known = ", ".join(frame.columns.drop(["seed", "layer"]))
            raise ValueError(f"column must be one of {known}, got {column!r}")
        return frame[column].to_numpy().reshape(len(self.seeds), -1)[:, :-1]


def rms(array: np.ndarray) -> float:
    """Root mean square, safe from overflow and underflow: the largest is taken out.

    Example:
        >>> round(rms(np.array([3.0, 4.0])) ** 2, 6)
        12.5
    """
    largest = np.abs(array).max(initial=0.0)
    if largest == 0 or not np.isfinite(largest):
        return float(largest)
    return float(largest * np.sqrt(np.mean((array / largest) ** 2)))
