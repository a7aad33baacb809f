"""Records of small deep networks, drawn for exercises that read them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from course_utils import activations
from course_utils import vanishing_gradients as vg


@dataclass(frozen=True)
class Network:
    """A stack of equal random layers.

    Attributes:
        activation: its name.
        width: units in a layer.
        depth: layers.
        weight_std: of the weights, times the square root of the width.
        bias: the same for every unit.
        loud_layer: the index of a layer whose weights are 30 times larger, or None.
    """

    activation: str
    width: int
    depth: int
    weight_std: float = 1.0
    bias: float = 0.0
    loud_layer: int | None = None


def record(
    network: Network, rng: np.random.Generator, batch: int = 16
) -> tuple[np.ndarray, np.ndarray]:
    """Send a batch up and a gradient down, and measure each layer.

    Returns:
        The root mean square of dLoss/dz, shape (depth,), and the fraction of saturated
        units, shape (depth,); layer 1 (nearest the input) first.
    """
    f = activations.get(network.activation)
    a = rng.standard_normal((batch, network.width))
    weights, inputs = [], []
    for layer in range(network.depth):
        std = network.weight_std / np.sqrt(network.width)
        std *= 30 if layer == network.loud_layer else 1
        weights.append(rng.normal(0, std, (network.width, network.width)))
        inputs.append(a @ weights[-1] + network.bias)
        a = f(inputs[-1])
    gradient = rng.standard_normal(a.shape)
    norms = np.empty(network.depth)
    for layer in reversed(range(network.depth)):
        gradient = gradient * f.derivative(inputs[layer])
        norms[layer] = np.sqrt(np.mean(gradient**2))
        gradient = gradient @ weights[layer].T
    saturated = [vg.saturated_fraction(z, f.derivative) for z in inputs]
    return norms, np.array(saturated)
