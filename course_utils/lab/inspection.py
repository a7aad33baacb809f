"""Looking at a network on given data: how good it is, and what goes through it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from course_utils.lab.inputs import checked_batch, checked_data, is_labels
from course_utils.lab.layers import Noise
from course_utils.lab.records import LayerRecord, Records

if TYPE_CHECKING:
    from course_utils.lab.network import Network


def evaluate(
    net: Network, x: np.ndarray, y: np.ndarray, batch: int = 2000
) -> dict[str, Any]:
    """Mean loss (without penalty) and, for labels, accuracy in inference mode.

    Args:
        net: the network.
        x: shape (n, n_inputs).
        y: labels of shape (n,), or other targets of shape (n, outputs).
        batch: how many examples to push through at once, to save memory.

    Returns:
        `{"loss": ..., "accuracy": ...}`: floats, or arrays of shape (replicas,).

    Raises:
        ValueError: x or y does not fit the network, or `batch` is below 1.
    """
    x, y = checked_data(net, x, y)
    if batch < 1:
        raise ValueError(f"batch must be >= 1, got {batch}")
    n, loss, correct = len(x), 0.0, 0.0
    for start in range(0, n, batch):
        part_x, part_y = checked_batch(
            net, x[start : start + batch], y[start : start + batch]
        )
        scores, share = net.forward(part_x)[0], part_x.shape[-2] / n
        loss = loss + share * net.loss(scores, part_y)[0]
        if is_labels(y):
            hits = (scores.argmax(axis=-1) == part_y).mean(axis=-1)
            correct = correct + share * hits
    result = {"loss": loss} | ({"accuracy": correct} if is_labels(y) else {})
    return result if net.replicas else {k: float(v) for k, v in result.items()}


def record(
    net: Network,
    x: np.ndarray,
    y: np.ndarray,
    training: bool = False,
    rng: Noise | None = None,
) -> Records:
    """What goes through each dense layer on one batch, forward and backward.

    Looking changes nothing but the gradients: what pieces remember, such as moving
    averages, is put back.

    Args:
        net: the network; its gradients are overwritten.
        x: shape (n, n_inputs), shared by all replicas, or (replicas, n, n_inputs).
        y: labels of shape (n,) or (replicas, n); for other losses, their targets.
        training: whether pieces behave as in training. Batch normalization then uses
            this batch's statistics; before training, its moving averages mean nothing.
        rng: a `Noise`, needed by pieces that draw while training.

    Raises:
        ValueError: x or y does not fit the network.
    """
    x, y = checked_batch(net, x, y)
    remembered = [{k: v.copy() for k, v in state.items()} for state in net.state]
    scores, caches, outputs = net.forward(x, training, rng)
    for state, before in zip(net.state, remembered, strict=True):
        for name, array in before.items():
            state[name][...] = array
    at_output = net.backward(net.loss(scores, y)[1], caches)
    dense = net.dense_layers()
    ends = [*dense[1:], len(net.layers)]
    layers = [
        LayerRecord(
            layer=number,
            z=outputs[k],
            a=outputs[end - 1],
            gradient_z=at_output[k] * x.shape[-2],
            weights=net.parameters[k]["weights"].copy(),
            gradient_weights=net.gradients[k]["weights"].copy(),
        )
        for number, (k, end) in enumerate(zip(dense, ends, strict=True), 1)
    ]
    return Records(layers, net.seeds, net.replicas)
