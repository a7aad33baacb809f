"""Small networks with an illness or without, drawn for an exercise that treats them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from course_utils import activations

IMAGES = 64


@dataclass(frozen=True)
class Network:
    """A stack of equal random layers and what it is fed.

    Attributes:
        activation: its name.
        weight_std: of the weights, times the square root of the width.
        width: units in a layer, and features of an input.
        depth: layers.
        input_mean: of all inputs, exactly.
        input_std: of all inputs, exactly.
        bias: the same for every unit of every layer.
        sick_layer: the index of a layer to change, or None.
        sick_bias: what most of that layer's units get for a bias.
        sick_gain: what that layer's weights are multiplied by.
        z_std: of every layer, exactly, its weights stretched to that; None: as drawn.
        odd_feature: (mean, standard deviation) of the first feature, where that of the
            others is (0, 1); then all are moved and stretched together.
    """

    activation: str
    weight_std: float
    width: int = 40
    depth: int = 6
    input_mean: float = 0.0
    input_std: float = 1.0
    bias: float = 0.0
    sick_layer: int | None = None
    sick_bias: float = 0.0
    sick_gain: float = 1.0
    z_std: float | None = None
    odd_feature: tuple[float, float] = (0.0, 1.0)


def record(network: Network, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw a network and inputs, and send the inputs through.

    Returns:
        The inputs, shape (IMAGES, width), and the pre-activations of every layer,
        shape (depth, IMAGES, width), the first layer first.
    """
    f = activations.get(network.activation)
    n = network.width
    x = rng.standard_normal((IMAGES, n))
    x[:, 0] = network.odd_feature[0] + network.odd_feature[1] * x[:, 0]
    x = network.input_mean + network.input_std * (x - x.mean()) / x.std()
    a, layers = x, []
    for layer in range(network.depth):
        sick = layer == network.sick_layer
        std = network.weight_std / np.sqrt(n) * (network.sick_gain if sick else 1)
        weights = rng.normal(0, std, (n, n))
        if network.z_std is not None:
            weights *= network.z_std / (a @ weights).std()
        bias = np.full(n, network.bias)
        if sick:
            bias[rng.permutation(n)[: 4 * n // 5]] += network.sick_bias
        layers.append(a @ weights + bias)
        a = f(layers[-1])
    return x, np.array(layers)
