"""Activation layers that Keras 3 does not have: a random slope, and maxout.

Both are registered, so that a saved model finds them again once this module has been
imported.

Example:
    >>> import numpy as np
    >>> Maxout(2)(np.array([[1.0, 3.0, -2.0, -5.0]])).numpy()
    array([[ 3., -2.]], dtype=float32)
"""

from __future__ import annotations

from typing import Any

import keras

PACKAGE = "course_utils"


@keras.saving.register_keras_serializable(package=PACKAGE)
class RReLU(keras.layers.Layer):
    """A leaky ReLU with random slopes in training, and their mean at inference.

    As `course_utils.activations.rrelu`: each entry draws its own slope, uniform
    between `low` and `high`. Source: Xu et al. (2015), section 2.4.

    Args:
        low: smallest slope below zero.
        high: largest; 0 <= low <= high <= 1.
        seed: of the slopes, an int, or None for one that Keras chooses.
        **settings: of any Keras layer, such as `name`.

    Raises:
        ValueError: the bounds are not as they should be.
    """

    def __init__(
        self,
        low: float = 1 / 8,
        high: float = 1 / 3,
        seed: int | None = None,
        **settings: Any,
    ) -> None:
        """Keep the bounds and a generator of its own."""
        super().__init__(**settings)
        if not 0 <= low <= high <= 1:
            raise ValueError(
                f"low and high must be 0 <= low <= high <= 1, got {low, high}"
            )
        self.low, self.high, self.seed = float(low), float(high), seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.supports_masking = True
        self.built = True

    def call(self, inputs: Any, training: bool = False) -> Any:
        """`z` where z > 0, else `alpha z`."""
        alpha: Any = (self.low + self.high) / 2
        if training:
            alpha = keras.random.uniform(
                keras.ops.shape(inputs),
                self.low,
                self.high,
                dtype=inputs.dtype,
                seed=self.seed_generator,
            )
        return keras.ops.where(inputs > 0, inputs, alpha * inputs)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        """What comes in."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """What a new one is made from."""
        own = {"low": self.low, "high": self.high, "seed": self.seed}
        return super().get_config() | own


@keras.saving.register_keras_serializable(package=PACKAGE)
class Maxout(keras.layers.Layer):
    """The largest of each k neighbouring units of the last axis; n become n / k.

    As `course_utils.activations.maxout`. Source: Goodfellow et al. (2013), section 2.

    Args:
        k: how many compete for one output, >= 1.
        **settings: of any Keras layer, such as `name`.

    Raises:
        ValueError: k is not a whole number >= 1, or does not divide the units below.
    """

    def __init__(self, k: int = 2, **settings: Any) -> None:
        """Keep the size of the groups."""
        super().__init__(**settings)
        if not (k == int(k) and k >= 1):
            raise ValueError(f"k must be a whole number >= 1, got {k}")
        self.k = int(k)
        self.built = True

    def call(self, inputs: Any) -> Any:
        """The largest of each group."""
        *leading, units = keras.ops.shape(inputs)
        groups = self.compute_output_shape((units,))[-1]
        return keras.ops.max(
            keras.ops.reshape(inputs, (*leading, groups, self.k)), axis=-1
        )

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        """The last axis shrinks to a k-th."""
        *leading, units = input_shape
        if units is None or units % self.k:
            raise ValueError(f"k must divide the {units} units below, got {self.k}")
        return (*leading, units // self.k)

    def get_config(self) -> dict[str, Any]:
        """What a new one is made from."""
        return super().get_config() | {"k": self.k}
