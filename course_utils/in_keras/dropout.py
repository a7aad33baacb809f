"""Monte Carlo dropout for Keras: layers that drop in inference, and a fast sampler.

`model(x, training=True)` keeps dropout awake, but wakes everything else with it: batch
normalization then normalizes by the batch it happens to see, and moves its averages.
The layers here drop always, whatever `training` is, so that the rest can sleep. They
are registered: a saved model finds them again once this module has been imported.

Example:
    >>> model = keras.Sequential([keras.Input([4]), keras.layers.Dropout(0.5)])
    >>> [type(layer).__name__ for layer in to_mc(model).layers]
    ['MCDropout']
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from course_utils.regularization.alpha import DROPPED_VALUE, affine_correction
from course_utils.regularization.settings import checked_rate

PACKAGE = "course_utils"


def _keep(layer: keras.layers.Dropout, x: Any) -> Any:
    """1 where an entry of x stays and 0 where it is dropped, in the dtype of x.

    An entry takes 16 random bits, half of what Keras takes. So the rate is met to
    within 2^-16.
    """
    wanted = layer.noise_shape or [None] * len(x.shape)
    sizes = tf.unstack(tf.shape(x))
    shape = [size if w is None else w for size, w in zip(sizes, wanted, strict=True)]
    n = tf.reduce_prod(shape)
    seed = tf.cast(layer.seed_generator.next(), tf.int64)
    words = tf.random.stateless_uniform(
        [(n + 1) // 2], seed, minval=None, maxval=None, dtype=tf.uint32
    )
    digits = tf.reshape(tf.bitcast(words, tf.uint16), [-1])[:n]
    dropped = min(round(layer.rate * 2**16), 2**16 - 1)
    keep = tf.reshape(digits, shape) >= tf.constant(dropped, tf.uint16)
    return tf.cast(keep, x.dtype)


@keras.saving.register_keras_serializable(package=PACKAGE)
class MCDropout(keras.layers.Dropout):
    """Dropout that also drops in inference. Arguments as `keras.layers.Dropout`.

    Raises:
        ValueError: the rate is outside [0, 1); Keras itself lets 1 pass.
    """

    def __init__(self, rate: float, **settings: Any) -> None:
        """Refuse to drop everything."""
        super().__init__(checked_rate(rate), **settings)

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Drop, whatever `training` says."""
        if self.rate == 0:
            return inputs
        return inputs * _keep(self, inputs) * (1 / (1 - self.rate))


@keras.saving.register_keras_serializable(package=PACKAGE)
class MCAlphaDropout(keras.layers.AlphaDropout):
    """Alpha dropout that also drops in inference, for SELU.

    Arguments as `keras.layers.AlphaDropout`.

    Raises:
        ValueError: the rate is outside [0, 1); Keras itself lets 1 pass.
    """

    def __init__(self, rate: float, **settings: Any) -> None:
        """Refuse to drop everything."""
        super().__init__(checked_rate(rate), **settings)

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Drop, whatever `training` says."""
        if self.rate == 0:
            return inputs
        a, b = affine_correction(self.rate)
        keep = _keep(self, inputs)
        return (inputs - DROPPED_VALUE) * (keep * a) + (DROPPED_VALUE * a + b)


ALWAYS = {"Dropout": MCDropout, "AlphaDropout": MCAlphaDropout}


def to_mc(model: keras.Model) -> keras.Model:
    """A copy of a trained model in which dropout never sleeps.

    Every `Dropout` and `AlphaDropout` becomes its Monte Carlo twin, also within nested
    models and wrappers. All weights are copied, all other layers stay as they are; so
    batch normalization keeps to its moving averages. The copy is not compiled, and
    shares nothing with the model. Layers that drop inside themselves, such as
    `LSTM(dropout=0.2)`, are left asleep.

    Args:
        model: Sequential or functional, built.

    Raises:
        ValueError: the model has no dropout with a rate above 0, has not been built, or
            is a subclass of `keras.Model`, which Keras cannot clone.
        TypeError: it is no Keras model.
    """
    if not isinstance(model, keras.Model):
        raise TypeError(f"model must be a Keras model, got {type(model).__name__}")
    if not model.built:
        raise ValueError("model must be built, got one without weights: add an Input")
    found: list[str] = []

    def copied(layer: keras.layers.Layer) -> keras.layers.Layer:
        before = len(found)
        config = _swapped(keras.saving.serialize_keras_object(layer), found)
        if len(found) > before:
            return keras.saving.deserialize_keras_object(config)
        return type(layer).from_config(layer.get_config())

    if not isinstance(model, keras.Sequential) and not hasattr(model, "operations"):
        raise ValueError(
            "model must be Sequential or functional, got a subclass of keras.Model "
            f"({type(model).__name__}): use MCDropout in its own code"
        )
    copy = keras.models.clone_model(model, clone_function=copied, recursive=True)
    if not found and not any(_drops_always(layer) for layer in _all(copy)):
        raise ValueError(
            "model must have a Dropout or AlphaDropout layer with a rate above 0, got "
            "none: every pass would say the same"
        )
    copy.set_weights(model.get_weights())
    return copy


def _all(model: keras.Model) -> list[keras.layers.Layer]:
    """All layers, also of models within the model."""
    return list(model._flatten_layers(include_self=False))


def _drops_always(layer: keras.layers.Layer) -> bool:
    """Whether a layer is one of ours, and has something to drop."""
    return isinstance(layer, tuple(ALWAYS.values())) and layer.rate > 0


def _swapped(config: Any, found: list[str]) -> Any:
    """A serialized layer with every dropout in it swapped; names go to `found`."""
    if isinstance(config, list | tuple):
        return type(config)(_swapped(item, found) for item in config)
    if not isinstance(config, dict):
        return config
    new = {key: _swapped(value, found) for key, value in config.items()}
    twin = ALWAYS.get(str(config.get("class_name")))
    if twin is not None and str(config.get("module")).startswith("keras"):
        if config["config"]["rate"] > 0:
            found.append(config["config"]["name"])
        shell = keras.saving.serialize_keras_object(twin(0.5))
        new |= {k: shell[k] for k in ("module", "class_name", "registered_name")}
    return new


CHUNK = 1_000
"""How many examples go through the model at a time: many calls would cost time."""


class Sampler:
    """One pass after the other through a model with Monte Carlo dropout, compiled.

    For `course_utils.regularization.mc_predict`, which keeps no pass.

    Args:
        model: a model with `MCDropout` or `MCAlphaDropout`; one with plain dropout is
            copied by `to_mc` first. Its outputs must be probabilities.

    Raises:
        ValueError, TypeError: as `to_mc`.
    """

    def __init__(self, model: keras.Model) -> None:
        """Make the copy, and let TensorFlow compile the pass."""
        self.model = to_mc(model)
        self._pass = tf.function(
            lambda x: self.model(x, training=False), reduce_retracing=True
        )

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """One pass with fresh masks, shape (n, classes)."""
        return self.prepared(x)()

    def prepared(self, x: np.ndarray) -> Callable[[], np.ndarray]:
        """A function that makes one pass over these x, each time with fresh masks.

        It goes through x in chunks, so that little memory is needed beside the answer.
        """
        x = np.asarray(x, dtype=self.model.compute_dtype)
        chunks = [x[i : i + CHUNK] for i in range(0, max(1, len(x)), CHUNK)]
        return lambda: np.concatenate(
            [self._pass(c).numpy() for c in map(tf.constant, chunks)]
        )
