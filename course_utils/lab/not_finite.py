"""Where NaN or infinity first shows in a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from course_utils.lab.divergence import DivergenceError
from course_utils.lab.layers import Activate, Dense, Layer

if TYPE_CHECKING:
    from course_utils.lab.history import History
    from course_utils.lab.network import Network


def note_divergence(
    net: Network, history: History, healthy: np.ndarray, batch: np.ndarray
) -> None:
    """Remember which replicas diverged, and where; raise if there is only one network.

    Args:
        net: the network.
        history: its `diverged` is filled.
        healthy: bool, shape () or (replicas,).
        batch: inputs of the step, shape (n, n_inputs) or (replicas, n, n_inputs).
    """
    for r in np.flatnonzero(~np.atleast_1d(healthy)):
        seed = net.seeds[r]
        if seed in history.diverged:
            continue
        layer, what = first_not_finite(net, batch, int(r))
        error = DivergenceError(history.steps, layer, what)
        if not net.replicas:
            raise error
        history.diverged[seed] = error


def first_not_finite(net: Network, batch: np.ndarray, r: int) -> tuple[str, str]:
    """The lowest place of replica r that holds NaN or infinity, and which of the two.

    From the inputs upwards: each piece's parameters, then its output.

    Example:
        >>> from course_utils.lab.network import mlp
        >>> net = mlp([2, 3, 2])
        >>> net.parameters[2]["bias"][0] = np.nan
        >>> first_not_finite(net, np.zeros((1, 2), np.float32), 0)
        ('layer 2 (bias)', 'NaN')
    """

    def problem(array: np.ndarray) -> str | None:
        array = array[r] if net.replicas else array
        if np.isnan(array).any():
            return "NaN"
        return "infinity" if np.isinf(array).any() else None

    batch = np.broadcast_to(batch, (len(net.seeds), *batch.shape[-2:]))
    batch = batch if net.replicas else batch[0]
    if found := problem(batch):
        return "the inputs x", found
    number = 0
    outputs = net.forward(batch)[2]
    for layer, parameters, output in zip(
        net.layers, net.parameters, outputs, strict=True
    ):
        number += isinstance(layer, Dense)
        for name, array in parameters.items():
            if found := problem(array):
                return f"layer {number} ({name})", found
        if found := problem(output):
            return f"layer {number} ({_output_name(layer)})", found
    return "the loss", "NaN or infinity"


def _output_name(layer: Layer) -> str:
    """What the output of a piece is called."""
    if isinstance(layer, Dense):
        return "pre-activation"
    if isinstance(layer, Activate):
        return "activation"
    return f"{type(layer).__name__} output"
