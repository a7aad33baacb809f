"""Early stopping: end when validation stops improving, with the best weights so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from course_utils.lab.network import Network


@dataclass(frozen=True)
class EarlyStopping:
    """Stop when validation loss has not improved for a while; keep the best weights.

    Attributes:
        patience: epochs without improvement before stopping, >= 1.
        min_delta: how much lower the loss must be to count as improved, >= 0.

    Raises:
        ValueError: a value is outside its range.
    """

    patience: int = 5
    min_delta: float = 0.0

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not (self.patience >= 1 and self.min_delta >= 0):
            raise ValueError(
                "patience must be >= 1 and min_delta >= 0, "
                f"got {self.patience} and {self.min_delta}"
            )


class BestWeights:
    """The best weights each replica has had, and which replicas have stopped."""

    def __init__(self, net: Network, rule: EarlyStopping) -> None:
        """Begin with the weights and the state that the network has now."""
        r = len(net.seeds)
        self.rule, self.waited = rule, np.zeros(r, dtype=int)
        self.loss = np.full(r, np.inf)
        self.kept = [array.copy() for array in _arrays(net)]

    @property
    def stopped(self) -> np.ndarray:
        """Which replicas have waited long enough, bool, shape (replicas,)."""
        return self.waited >= self.rule.patience

    def stopped_seeds(self, net: Network) -> tuple[int, ...]:
        """The seeds of the replicas that have stopped."""
        return tuple(s for s, done in zip(net.seeds, self.stopped, strict=True) if done)

    def hold_stopped(self, net: Network) -> None:
        """A replica that has stopped keeps its best weights while others go on."""
        if net.replicas and (stopped := self.stopped).any():
            for array, kept in zip(_arrays(net), self.kept, strict=True):
                array[stopped] = kept[stopped]

    def all_stopped(self, net: Network, loss: Any) -> bool:
        """Compare this epoch's validation loss; True when nobody is left training."""
        loss = np.nan_to_num(np.atleast_1d(loss), nan=np.inf)
        better = (loss < self.loss - self.rule.min_delta) & ~self.stopped
        self.loss = np.where(better, loss, self.loss)
        self.waited = np.where(better, 0, self.waited + 1)
        which = better if net.replicas else (... if better[0] else None)
        if which is not None:
            for array, kept in zip(_arrays(net), self.kept, strict=True):
                kept[which] = array[which]
        return bool(self.stopped.all())

    def restore(self, net: Network) -> None:
        """Give every replica the best weights it has had."""
        for array, kept in zip(_arrays(net), self.kept, strict=True):
            array[...] = kept


def _arrays(net: Network) -> list[np.ndarray]:
    """All that training changes in a network: parameters, and what pieces remember."""
    return [net.flat, *(array for piece in net.state for array in piece.values())]
