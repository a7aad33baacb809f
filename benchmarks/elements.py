"""Initializers, activations and batch normalization, beside Keras' in the same run.

Arrays of a million float32 entries, 1,000 by 1,000. The course's functions use one
core; Keras runs as it is installed, on the CPU, and may use all cores. Ratios are taken
within a round: what was slow in one was slow for both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.measure import Row, quotients, take_turns
from benchmarks.settings import BATCH_SIZE, Settings
from benchmarks.steps import each

Work = Callable[[], Any]

SHAPE = (1_000, 1_000)
SMALL = (BATCH_SIZE, 100)

INITIALIZERS = {
    "glorot_uniform": "GlorotUniform",
    "glorot_normal": "GlorotNormal",
    "he_uniform": "HeUniform",
    "he_normal": "HeNormal",
    "lecun_uniform": "LecunUniform",
    "lecun_normal": "LecunNormal",
    "orthogonal": "Orthogonal",
}
ACTIVATIONS = (
    "sigmoid",
    "tanh",
    "relu",
    "leaky_relu",
    "elu",
    "selu",
    "celu",
    "gelu",
    "gelu_tanh",
    "silu",
    "mish",
    "softplus",
    "softmax",
)


def initializers(settings: Settings) -> list[Row]:
    """A million weights drawn, microseconds, and over Keras' time."""
    return beside("initializers", initializer_pairs(SHAPE), settings, 1)


def activations(settings: Settings) -> list[Row]:
    """An activation of a million inputs, microseconds, and over Keras' time."""
    return beside("activations", activation_pairs(SHAPE), settings, 5)


def normalization(settings: Settings) -> list[Row]:
    """Batch normalization there and back, microseconds, and over Keras' time."""
    rows = []
    for shape, times in ((SMALL, 100), (SHAPE, 5)):
        name = f"{shape[0]} x {shape[1]}"
        pairs = {name: normalization_pair(shape)}
        rows += beside("normalization", pairs, settings, times)
    return rows


def beside(
    benchmark: str, pairs: Mapping[str, tuple[Work, Work]], settings: Settings, k: int
) -> list[Row]:
    """For each pair of ours and theirs, taking turns: our time, and over theirs.

    Args:
        benchmark: the rows' benchmark.
        pairs: by name, our work and Keras' of the same kind.
        settings: how long to measure.
        k: how many times the work is done a measurement.
    """
    rows = []
    with threadpool_limits(1, "blas"):
        for name, (ours, theirs) in pairs.items():
            contenders = {"ours": each(ours, k), "theirs": each(theirs, k)}
            taken = take_turns(contenders, settings.rounds)
            ratio = quotients(taken["ours"], taken["theirs"])
            rows.append(Row(benchmark, name, "us", taken["ours"]))
            rows.append(Row(benchmark, f"{name}: time over Keras", "x", ratio))
    return rows


def initializer_pairs(shape: tuple[int, int]) -> dict[str, tuple[Work, Work]]:
    """Our initializers and Keras', each drawing an array of that shape."""
    import keras

    from course_utils import initialization

    rng = np.random.default_rng(0)
    pairs = {}
    for name, keras_name in INITIALIZERS.items():
        theirs = getattr(keras.initializers, keras_name)(seed=0)
        ours = partial(initialization.get(name), shape, rng)
        pairs[name] = ours, on_cpu(partial(theirs, shape))
    return pairs


def activation_pairs(shape: tuple[int, int]) -> dict[str, tuple[Work, Work]]:
    """Our activations and Keras', each of the same standard normal inputs."""
    import keras

    from course_utils import activations

    z = np.random.default_rng(0).standard_normal(shape, dtype=np.float32)
    kept = on_cpu(partial(keras.ops.convert_to_tensor, z))()
    others = {
        "leaky_relu": partial(keras.activations.leaky_relu, negative_slope=0.01),
        "gelu": partial(keras.activations.gelu, approximate=False),
        "gelu_tanh": partial(keras.activations.gelu, approximate=True),
    }
    pairs = {}
    for name in ACTIVATIONS:
        theirs = others.get(name) or getattr(keras.activations, name)
        ours = partial(getattr(activations, name), z)
        pairs[name] = ours, on_cpu(partial(theirs, kept))
    return pairs


def normalization_pair(shape: tuple[int, int]) -> tuple[Work, Work]:
    """Ours and Keras' in training: output, and gradients for x, gamma and beta.

    Keras' runs as a traced graph, as it does in `fit`.
    """
    import keras
    import tensorflow as tf

    from course_utils.batch_normalization import BatchNorm

    rng = np.random.default_rng(0)
    x, above = rng.standard_normal((2, *shape), dtype=np.float32)
    piece = BatchNorm()
    drawn = piece.initialize(shape[1], rng), piece.initial_state(shape[1])
    parameters, state = ({k: np.float32(v) for k, v in d.items()} for d in drawn)
    gradients = {name: np.empty_like(array) for name, array in parameters.items()}

    def ours() -> list[np.ndarray]:
        y, cache = piece.forward(x, parameters, state, True, None)
        down = piece.backward(above, cache, parameters, gradients)
        return [y, down, gradients["gamma"], gradients["beta"]]

    layer = keras.layers.BatchNormalization()
    layer.build((None, shape[1]))

    @tf.function
    def traced(x: Any, above: Any) -> list[Any]:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, training=True)
        wanted = [x, layer.gamma.value, layer.beta.value]
        return [y, *tape.gradient(y, wanted, output_gradients=above)]

    tensors = on_cpu(lambda: [tf.constant(x), tf.constant(above)])()
    return ours, on_cpu(partial(traced, *tensors))


def on_cpu(work: Work) -> Work:
    """The same work, where Keras is kept from a graphics card."""
    import keras

    def there() -> Any:
        with keras.device("cpu:0"):
            return work()

    return there
