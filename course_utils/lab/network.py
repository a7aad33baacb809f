"""A multilayer perceptron in NumPy, composed of the lessons' own pieces.

Example:
    >>> x, y = np.float32([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
    >>> net = mlp([2, 8, 2], activation="tanh", seeds=0)
    >>> history = net.fit(x, y, epochs=300, batch_size=4, optimizer=SGD(0.3, 0.9))
    >>> net.evaluate(x, y)["accuracy"]
    1.0
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from course_utils.activations import Activation
from course_utils.initialization import Initializer
from course_utils.lab import losses
from course_utils.lab.divergence import DivergenceError
from course_utils.lab.early_stopping import EarlyStopping
from course_utils.lab.history import History
from course_utils.lab.inputs import checked_batch, checked_inputs
from course_utils.lab.inspection import evaluate, record
from course_utils.lab.layers import Activate, Dense, Layer, Noise
from course_utils.lab.parameters import Arrays, FlatParameters
from course_utils.lab.randomness import (
    OTHER_PARAMETERS,
    WEIGHTS,
    checked_seeds,
    stream,
)
from course_utils.lab.records import Records
from course_utils.lab.training import train
from course_utils.optimizers import SGD, Optimizer

__all__ = ["DivergenceError", "EarlyStopping", "History", "Network", "mlp"]


def mlp(
    sizes: Sequence[int],
    activation: str | Activation | Layer = "relu",
    initializer: str | Initializer = "glorot_uniform",
    normalization: Layer | None = None,
    dropout: Layer | None = None,
    normalize_first: bool = True,
    use_bias: bool = True,
    output_initializer: str | Initializer | None = None,
    **settings: Any,
) -> Network:
    """A stack of dense layers with one activation, and scores at the top.

    Args:
        sizes: inputs, hidden widths, outputs, such as `[784, 100, 100, 10]`.
        activation: of the hidden layers, by name, as an `Activation`, or a piece such
            as a learned one; the output layer has none (the loss applies the softmax).
        initializer: of all dense layers.
        normalization: a piece put between each hidden dense layer and its activation
            (behind the activation if `normalize_first` is False).
        dropout: a piece put behind each hidden activation.
        normalize_first: see `normalization`.
        use_bias: whether the hidden dense layers have a bias.
        output_initializer: of the output layer, where it is to differ.
        **settings: `seeds`, `loss`, `penalty`, ... see `Network`.

    Raises:
        ValueError: fewer than two sizes, or a piece is not as it should be.
    """
    if len(sizes) < 2:
        raise ValueError(f"sizes must name inputs and outputs at least, got {sizes}")
    layers: list[Layer] = []
    bend: list[Layer] = [
        activation if hasattr(activation, "backward") else Activate(activation)
    ]
    for units in sizes[1:-1]:
        middle = [normalization] if normalization is not None else []
        layers.append(Dense(units, initializer, use_bias))
        layers += middle + bend if normalize_first else bend + middle
        layers += [dropout] if dropout is not None else []
    layers.append(Dense(sizes[-1], output_initializer or initializer))
    return Network(sizes[0], layers, **settings)


class Network(FlatParameters):
    """Pieces in a row, their parameters, and the passes through them.

    All parameters live in one flat array, `flat`; `parameters` are views into it, one
    dictionary a piece: see `course_utils.lab.parameters`.

    Args:
        n_inputs: features of one example.
        layers: pieces like `course_utils.lab.layers.Layer`, lowest first.
        seeds: one int, or a list of them for that many replicas along a leading axis.
        loss: a name in `course_utils.lab.losses`, or a function like those.
        penalty: an object with `loss(weights)` and `gradient(weights)`, applied to the
            weights of dense layers; it is not part of the reported loss.
        constraint: a function from weights to allowed weights, applied after a step.
        clipping: a function from a list of gradient arrays to the clipped ones, given
            the gradients of one network at a time.
        dtype: float32, or float64 for checking gradients.

    Raises:
        ValueError: no seeds, negative or repeated seeds, or an unknown loss or dtype.
        TypeError: a seed is not an int.
    """

    def __init__(
        self,
        n_inputs: int,
        layers: Sequence[Layer],
        seeds: int | Sequence[int] = 0,
        loss: str | Callable = "softmax_cross_entropy",
        penalty: Any = None,
        constraint: Callable[[np.ndarray], np.ndarray] | None = None,
        clipping: Callable[[list[np.ndarray]], list[np.ndarray]] | None = None,
        dtype: Any = np.float32,
    ) -> None:
        """Draw the initial parameters."""
        self.replicas, self.seeds = np.ndim(seeds) > 0, checked_seeds(seeds)
        self.n_inputs = int(n_inputs)
        self.layers = list(layers)
        self.loss = losses.get(loss)
        self.penalty, self.constraint, self.clipping = penalty, constraint, clipping
        self.dtype = np.dtype(dtype)
        if self.dtype.kind != "f":
            raise ValueError(f"dtype must be float32 or float64, got {self.dtype}")
        sizes = [self.n_inputs]
        for layer in self.layers:
            sizes.append(layer.output_size(sizes[-1]))
        self._input_sizes, self.n_outputs = sizes[:-1], sizes[-1]
        drawn = [self._draw(seed) for seed in self.seeds]
        self.adopt(drawn, self.dtype, self.replicas)
        self.state = [
            {k: self.for_replicas(v) for k, v in layer.initial_state(size).items()}
            for layer, size in zip(self.layers, self._input_sizes, strict=True)
        ]

    def _draw(self, seed: int) -> list[Arrays]:
        """Initial parameters of one replica; each dense layer has its own stream."""
        drawn, n_dense = [], 0
        for k, (layer, size) in enumerate(
            zip(self.layers, self._input_sizes, strict=True)
        ):
            if isinstance(layer, Dense):
                rng, n_dense = stream(seed, WEIGHTS, n_dense), n_dense + 1
            else:
                rng = stream(seed, OTHER_PARAMETERS, k)
            drawn.append(layer.initialize(size, rng))
        return drawn

    def forward(
        self, x: np.ndarray, training: bool = False, rng: Noise | None = None
    ) -> tuple[np.ndarray, list[Any], list[np.ndarray]]:
        """Scores, what each piece keeps for the way back, and each piece's output."""
        caches, outputs = [], []
        for layer, parameters, state in zip(
            self.layers, self.parameters, self.state, strict=True
        ):
            x, cache = layer.forward(x, parameters, state, training, rng)
            caches.append(cache)
            outputs.append(x)
        return x, caches, outputs

    def backward(self, gradient: np.ndarray, caches: list[Any]) -> list[np.ndarray]:
        """Fill `gradients` from dLoss/d(scores).

        Returns:
            dLoss/d(output) of each piece, lowest first.
        """
        at_output = []
        for k in range(len(self.layers) - 1, -1, -1):
            layer = self.layers[k]
            at_output.append(gradient)
            if k == 0 and isinstance(layer, Dense):
                layer.backward_to_parameters(gradient, caches[0], self.gradients[0])
            else:
                gradient = layer.backward(
                    gradient, caches[k], self.parameters[k], self.gradients[k]
                )
        if self.penalty is not None:
            for k in self.dense_layers():
                weights = self.parameters[k]["weights"]
                self.gradients[k]["weights"] += self.penalty.gradient(weights)
        return at_output[::-1]

    def loss_and_gradients(
        self,
        x: np.ndarray,
        y: np.ndarray,
        training: bool = False,
        rng: Noise | None = None,
    ) -> tuple[np.ndarray, list[Arrays]]:
        """Mean loss on a batch and its gradient for every parameter.

        Args:
            x: shape (n, n_inputs), or (replicas, n, n_inputs).
            y: labels, shape (n,) or (replicas, n); for other losses, their targets.
            training: whether pieces behave as in training (dropout drops, ...).
            rng: a `Noise`, needed by pieces that draw while training.

        Raises:
            ValueError: x or y does not fit the network.

        Returns:
            The loss without penalty, shape () or (replicas,), and the network's own
            gradient arrays (penalty included), one dictionary a piece; the next call
            overwrites them.
        """
        x, y = checked_batch(self, x, y)
        scores, caches, _ = self.forward(x, training, rng)
        loss, gradient = self.loss(scores, y)
        self.backward(gradient, caches)
        return loss, self.gradients

    def penalty_loss(self) -> np.ndarray:
        """The penalty's share of the training objective, shape () or (replicas,)."""
        total = np.zeros(len(self.seeds) if self.replicas else ())
        if self.penalty is not None:
            for k in self.dense_layers():
                total = total + self.penalty.loss(self.parameters[k]["weights"])
        return total

    def scores(self, x: np.ndarray) -> np.ndarray:
        """The top layer's output, shape (..., n, outputs), in inference mode."""
        return self.forward(checked_inputs(self, x))[0]

    def evaluate(
        self, x: np.ndarray, y: np.ndarray, batch: int = 2000
    ) -> dict[str, Any]:
        """Loss and accuracy; see `course_utils.lab.inspection.evaluate`."""
        return evaluate(self, x, y, batch)

    def record(
        self,
        x: np.ndarray,
        y: np.ndarray,
        training: bool = False,
        rng: Noise | None = None,
    ) -> Records:
        """What goes through it; see `course_utils.lab.inspection.record`."""
        return record(self, x, y, training, rng)

    def fit(
        self,
        x: np.ndarray,
        y: np.ndarray,
        epochs: int,
        batch_size: int = 32,
        optimizer: Optimizer | None = None,
        **settings: Any,
    ) -> History:
        """Train; see `course_utils.lab.training.train` for all settings."""
        optimizer = SGD() if optimizer is None else optimizer
        return train(self, x, y, epochs, batch_size, optimizer, **settings)

    def dense_layers(self) -> list[int]:
        """Where the dense layers stand among the pieces."""
        return [k for k, layer in enumerate(self.layers) if isinstance(layer, Dense)]
