"""A second network from the first one's layers, without harm to the first."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any

import keras

Layers = Sequence[keras.layers.Layer]


def clone_with_weights(model: keras.Model) -> keras.Model:
    """A copy of a model: the same function, and no array in common.

    `keras.models.clone_model` alone copies the shape of a network and draws *new*
    weights. Moving averages of `BatchNormalization` are weights too and are copied, and
    so is which layers are frozen. The memory of the optimizer is not: if `model` is
    compiled, Keras compiles the copy likewise, with a fresh optimizer.

    Args:
        model: any model that has been built.

    Raises:
        ValueError: the model has no weights yet, because it has not seen a shape.

    Example:
        >>> model = keras.Sequential([keras.Input([3]), keras.layers.Dense(2)])
        >>> copy = clone_with_weights(model)
        >>> bool((copy.get_weights()[0] == model.get_weights()[0]).all())
        True
    """
    check_built(model)
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    return copy


def reuse_layers(
    model: keras.Sequential,
    n_layers: int,
    head: keras.layers.Layer | Layers,
    share: bool = False,
) -> keras.Sequential:
    """A new network: the lowest layers of a trained one, and a new head.

    Unless asked, it works on copies: training the new network leaves `model` as it is.
    It is built, so it has its weights at once; it is not compiled.

    Args:
        model: a `Sequential` that has been built.
        n_layers: how many of `model.layers` to reuse, lowest first, with their weights;
            in [0, number of layers]. Layers without weights count; the input does not.
            Those that are frozen stay frozen.
        head: a new layer, or several, put on top in this order.
        share: reuse the layers themselves rather than copies. Then whatever trains one
            network changes the other.

    Returns:
        A built `keras.Sequential` with the input shape of `model`.

    Raises:
        TypeError: `model` is not a `Sequential`, or `n_layers` not an int.
        ValueError: `model` is not built, `n_layers` is out of range, or the head is
            empty or has weights already.

    Example:
        >>> old = keras.Sequential([keras.Input([3]), keras.layers.Dense(2)])
        >>> new = reuse_layers(old, 1, keras.layers.Dense(5), share=True)
        >>> new.output_shape, new.layers[0] is old.layers[0]
        ((None, 5), True)
    """
    if not isinstance(model, keras.Sequential):
        raise TypeError(f"model must be a keras.Sequential, got {type(model).__name__}")
    check_built(model)
    if isinstance(n_layers, bool) or not isinstance(n_layers, Integral):
        raise TypeError(f"n_layers must be an int, got {n_layers!r}")
    if not 0 <= n_layers <= len(model.layers):
        raise ValueError(
            f"n_layers must be in [0, {len(model.layers)}], got {n_layers}"
        )
    head = _checked_head(head)
    source = model if share else clone_with_weights(model)
    reused = source.layers[:n_layers]
    _give_other_names(head, {layer.name for layer in reused})
    # A Sequential made from layers alone has no shape, so no weights for its head.
    bottom = keras.Input(model.input_shape[1:], dtype=model.inputs[0].dtype)
    return keras.Sequential([bottom, *reused, *head])


def check_built(model: Any) -> None:
    """Refuse what is not a model with weights."""
    if not isinstance(model, keras.Model):
        raise TypeError(f"model must be a keras.Model, got {type(model).__name__}")
    if not model.built:
        raise ValueError(
            "model must be built: begin it with keras.Input(shape), or show it a batch "
            f"first; got {model.name!r}, which has seen no shape yet"
        )


def _checked_head(head: Any) -> list[keras.layers.Layer]:
    layers = list(head) if isinstance(head, list | tuple) else [head]
    wrong = [x for x in layers if not isinstance(x, keras.layers.Layer)]
    if wrong or not layers:
        raise ValueError(
            f"head must be a Keras layer or a list of at least one, got {head!r}"
        )
    old = [layer.name for layer in layers if layer.weights]
    if old:
        raise ValueError(f"head must be new layers, got {old} with weights already")
    return layers


def _give_other_names(head: list[keras.layers.Layer], taken: set[str]) -> None:
    """Rename head layers where a name is taken.

    A model loaded in a fresh session has a "dense", and so has the next new layer;
    Keras refuses two layers of one name in a model.
    """
    for layer in head:
        name, k = layer.name, 1
        while layer.name in taken:
            layer.name, k = f"{name}_{k}", k + 1
        taken.add(layer.name)
