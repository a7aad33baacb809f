"""A multilayer perceptron in NumPy, composed of the lessons' own pieces.

Example:
    >>> net = mlp([2, 8, 2], activation="tanh", seeds=0)
    >>> x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=np.float32)
    >>> history = net.fit(x, np.array([0, 1, 1, 0]), epochs=300, batch_size=4,
    ...                   optimizer=SGD(0.3, momentum=0.9))
    >>> net.evaluate(x, np.array([0, 1, 1, 0]))["accuracy"]
    1.0
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from course_utils.initialization import Initializer
from course_utils.lab import losses
from course_utils.lab.divergence import DivergenceError
from course_utils.lab.layers import Activate, Arrays, Dense, Layer, Noise
from course_utils.lab.records import LayerRecord, Records
from course_utils.lab.training import EarlyStopping, History, train
from course_utils.optimizers import SGD, Optimizer

__all__ = ["DivergenceError", "EarlyStopping", "History", "Network", "mlp"]

#: First entries of the seed sequences, so that initial weights, batch order and noise
#: are independent of one another and the same in every arm of an experiment.
WEIGHTS, OTHER_PARAMETERS = 0, 1


def mlp(
    sizes: Sequence[int],
    activation: str | Any = "relu",
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
        activation: of the hidden layers; the output layer has none (the loss applies
            the softmax).
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
    for units in sizes[1:-1]:
        middle = [normalization] if normalization is not None else []
        bend: list[Layer] = [Activate(activation)]
        layers.append(Dense(units, initializer, use_bias))
        layers += middle + bend if normalize_first else bend + middle
        layers += [dropout] if dropout is not None else []
    layers.append(Dense(sizes[-1], output_initializer or initializer))
    return Network(sizes[0], layers, **settings)


class Network:
    """Pieces in a row, their parameters, and the passes through them.

    All parameters live in one flat array, `flat`; `parameters` are views into it, one
    dictionary a piece. So an optimizer sees a single array, and a step costs the same
    few NumPy calls however many layers there are.

    Args:
        n_inputs: features of one example.
        layers: pieces after the manner of `course_utils.lab.layers.Layer`, lowest first.
        seeds: one int, or a list of them for that many replicas along a leading axis.
        loss: a name in `course_utils.lab.losses`, or a function like those.
        penalty: an object with `loss(weights)` and `gradient(weights)`, applied to the
            weights of dense layers; it is not part of the reported loss.
        constraint: a function from weights to allowed weights, applied after a step.
        clipping: a function from a list of gradient arrays to the clipped ones, given
            the gradients of one network at a time.
        dtype: float32, or float64 for checking gradients.

    Raises:
        ValueError: no seeds, negative or repeated seeds, or an unknown loss.
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
        self.replicas = not isinstance(seeds, (int, np.integer))
        self.seeds = tuple(int(s) for s in (seeds if self.replicas else [seeds]))
        if not self.seeds or min(self.seeds) < 0:
            raise ValueError(f"seeds must be one or more ints >= 0, got {seeds}")
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError(f"seeds must differ from one another, got {seeds}")
        if isinstance(loss, str) and loss not in losses.LOSSES:
            raise ValueError(
                f"loss must be one of {', '.join(losses.LOSSES)}, got {loss!r}"
            )
        self.n_inputs = int(n_inputs)
        self.layers = list(layers)
        self.loss = losses.LOSSES[loss] if isinstance(loss, str) else loss
        self.penalty, self.constraint, self.clipping = penalty, constraint, clipping
        self.dtype = np.dtype(dtype)
        drawn = [self._draw(seed) for seed in self.seeds]
        self._shapes = [
            {name: array.shape for name, array in piece.items()} for piece in drawn[0]
        ]
        rows = [
            np.concatenate([a.ravel() for piece in one for a in piece.values()] or [[]])
            for one in drawn
        ]
        self.flat = np.stack(rows).astype(self.dtype)
        self.state = [
            {k: self._with_replicas(v) for k, v in layer.initial_state(size).items()}
            for layer, size in zip(self.layers, self._input_sizes(), strict=True)
        ]
        if not self.replicas:
            self.flat = self.flat[0]
        self._attach()

    def _draw(self, seed: int) -> list[Arrays]:
        """Initial parameters of one replica; the k-th dense layer has its own stream."""
        drawn, n_dense = [], 0
        for k, (layer, size) in enumerate(
            zip(self.layers, self._input_sizes(), strict=True)
        ):
            if isinstance(layer, Dense):
                key, n_dense = [seed, WEIGHTS, n_dense], n_dense + 1
            else:
                key = [seed, OTHER_PARAMETERS, k]
            drawn.append(layer.initialize(size, np.random.default_rng(key)))
        return drawn

    def _input_sizes(self) -> list[int]:
        """How many units go into each piece."""
        sizes = [self.n_inputs]
        for layer in self.layers:
            sizes.append(layer.output_size(sizes[-1]))
        return sizes[:-1]

    def _with_replicas(self, array: np.ndarray) -> np.ndarray:
        """A writable copy of `array` for each replica."""
        array = np.asarray(array)
        dtype = self.dtype if array.dtype.kind == "f" else array.dtype
        shape = (len(self.seeds), *array.shape) if self.replicas else array.shape
        return np.broadcast_to(array, shape).astype(dtype)

    def _attach(self) -> None:
        """Make `parameters` and `gradients` views into their flat arrays."""
        self.flat_gradient = np.zeros_like(self.flat)
        self.parameters = self._views(self.flat)
        self.gradients = self._views(self.flat_gradient)

    def _views(self, flat: np.ndarray) -> list[Arrays]:
        """Cut a flat array into the pieces' named arrays, without copying."""
        views, start = [], 0
        for shapes in self._shapes:
            piece = {}
            for name, shape in shapes.items():
                stop = start + int(np.prod(shape))
                piece[name] = flat[..., start:stop].reshape(*flat.shape[:-1], *shape)
                start = stop
            views.append(piece)
        return views

    def __getstate__(self) -> dict[str, Any]:
        """Pickle without the views, which would come back as copies."""
        hidden = ("parameters", "gradients", "flat_gradient")
        return {k: v for k, v in self.__dict__.items() if k not in hidden}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Unpickle, and cut the views again."""
        self.__dict__.update(state)
        self._attach()

    @property
    def n_parameters(self) -> int:
        """Trainable numbers in one replica."""
        return self.flat.shape[-1]

    def get_weights(self) -> list[np.ndarray]:
        """Copies of all parameter arrays, lowest piece first, in Keras' order."""
        return [array.copy() for piece in self.parameters for array in piece.values()]

    def set_weights(self, arrays: Sequence[np.ndarray]) -> None:
        """Take over parameter arrays in the order of `get_weights`.

        Raises:
            ValueError: another number of arrays, or an array of another shape. Nothing
                is changed then.
        """
        targets = [array for piece in self.parameters for array in piece.values()]
        shapes = [np.shape(array) for array in arrays]
        if shapes != [target.shape for target in targets]:
            raise ValueError(
                f"arrays must have shapes {[t.shape for t in targets]}, got {shapes}"
            )
        for target, array in zip(targets, arrays, strict=True):
            target[...] = array

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
            for k in self._dense():
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

        Returns:
            The loss without penalty, shape () or (replicas,), and the network's own
            gradient arrays (penalty included), one dictionary a piece; the next call
            overwrites them.
        """
        scores, caches, _ = self.forward(x, training, rng)
        loss, gradient = self.loss(scores, self._targets(y))
        self.backward(gradient, caches)
        return loss, self.gradients

    def penalty_loss(self) -> np.ndarray:
        """The penalty's share of the training objective, shape () or (replicas,)."""
        total = np.zeros(len(self.seeds) if self.replicas else ())
        if self.penalty is not None:
            for k in self._dense():
                total = total + self.penalty.loss(self.parameters[k]["weights"])
        return total

    def scores(self, x: np.ndarray) -> np.ndarray:
        """The top layer's output, shape (..., n, outputs), in inference mode."""
        return self.forward(x)[0]

    def evaluate(self, x: np.ndarray, y: np.ndarray, batch: int = 2000) -> dict:
        """Mean loss (without penalty) and, for labels, accuracy in inference mode.

        Returns:
            `{"loss": ..., "accuracy": ...}`: floats, or arrays of shape (replicas,).
        """
        n, loss, correct = len(x), 0.0, 0.0
        for start in range(0, n, batch):
            rows = slice(start, min(start + batch, n))
            scores, targets = self.scores(x[rows]), y[rows]
            share = (rows.stop - start) / n
            loss = loss + share * self.loss(scores, self._targets(targets))[0]
            if is_labels(y):
                hits = (scores.argmax(axis=-1) == targets).mean(axis=-1)
                correct = correct + share * hits
        result = {"loss": loss} | ({"accuracy": correct} if is_labels(y) else {})
        return result if self.replicas else {k: float(v) for k, v in result.items()}

    def record(self, x: np.ndarray, y: np.ndarray) -> Records:
        """What goes through each dense layer on one batch, forward and backward.

        Args:
            x: shape (n, n_inputs), shared by all replicas, or (replicas, n, n_inputs).
            y: labels of shape (n,) or (replicas, n).
        """
        scores, caches, outputs = self.forward(x)
        at_output = self.backward(self.loss(scores, self._targets(y))[1], caches)
        dense = self._dense()
        ends = [*dense[1:], len(self.layers)]
        layers = [
            LayerRecord(
                layer=number,
                z=outputs[k],
                a=outputs[end - 1],
                gradient_z=at_output[k] * x.shape[-2],
                weights=self.parameters[k]["weights"].copy(),
                gradient_weights=self.gradients[k]["weights"].copy(),
            )
            for number, (k, end) in enumerate(zip(dense, ends, strict=True), 1)
        ]
        return Records(layers, self.seeds, self.replicas)

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

    def _dense(self) -> list[int]:
        """Where the dense layers stand among the pieces."""
        return [k for k, layer in enumerate(self.layers) if isinstance(layer, Dense)]

    def _targets(self, y: np.ndarray) -> np.ndarray:
        """Targets with a replica axis where the scores have one."""
        if not self.replicas or y.ndim > (1 if is_labels(y) else 2):
            return y
        return np.broadcast_to(y, (len(self.seeds), *y.shape))


def is_labels(y: np.ndarray) -> bool:
    """Whether targets are class labels (integers), not values to come close to."""
    return y.dtype.kind in "iu"
