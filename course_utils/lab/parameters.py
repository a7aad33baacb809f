"""All parameters of a network in one flat array, and named views into it.

An optimizer sees a single array, so a step costs the same few NumPy calls however many
layers there are; the layers see their own arrays, which are views of that one.

Example:
    >>> store = FlatParameters()
    >>> store.adopt([[{"weights": np.zeros((2, 3)), "bias": np.zeros(3)}]], np.float32)
    >>> store.flat.shape
    (1, 9)
    >>> store.flat += 1
    >>> store.parameters[0]["bias"]
    array([[1., 1., 1.]], dtype=float32)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Arrays = dict[str, np.ndarray]


class FlatParameters:
    """Parameters and their gradients, each one array and at once many named ones.

    Attributes:
        flat: all parameters, shape (p,), or (replicas, p).
        flat_gradient: the gradients, in the same order and shape.
        parameters: views into `flat`, one dictionary a piece.
        gradients: views into `flat_gradient`, likewise.
    """

    flat: np.ndarray
    flat_gradient: np.ndarray
    parameters: list[Arrays]
    gradients: list[Arrays]

    def adopt(
        self, drawn: list[list[Arrays]], dtype: Any, replicas: bool = True
    ) -> None:
        """Lay parameters out flat.

        Args:
            drawn: for each replica, one dictionary of arrays a piece; the same names
                and shapes for all.
            dtype: of the flat array.
            replicas: whether to keep the replica axis, even if it has length 1.
        """
        self._shapes = [
            {name: array.shape for name, array in piece.items()} for piece in drawn[0]
        ]
        rows = [
            np.concatenate([a.ravel() for piece in one for a in piece.values()] or [[]])
            for one in drawn
        ]
        flat = np.stack(rows).astype(dtype)
        self.flat = flat if replicas else flat[0]
        self._attach()

    def _attach(self) -> None:
        """Make `parameters` and `gradients` views into their flat arrays."""
        self.flat_gradient = np.zeros_like(self.flat)
        self.parameters = self.views(self.flat)
        self.gradients = self.views(self.flat_gradient)

    def views(self, flat: np.ndarray) -> list[Arrays]:
        """Cut an array like `flat` into the pieces' named arrays, without copying."""
        views, start = [], 0
        for shapes in self._shapes:
            piece = {}
            for name, shape in shapes.items():
                stop = start + int(np.prod(shape))
                piece[name] = flat[..., start:stop].reshape(*flat.shape[:-1], *shape)
                start = stop
            views.append(piece)
        return views

    def for_replicas(self, array: np.ndarray) -> np.ndarray:
        """A writable copy of `array` for each replica, floats in `flat`'s dtype."""
        array = np.asarray(array)
        dtype = self.flat.dtype if array.dtype.kind == "f" else array.dtype
        shape = (*self.flat.shape[:-1], *array.shape)
        return np.broadcast_to(array, shape).astype(dtype)

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
                is changed then, nor when an array does not hold numbers.
        """
        targets = [array for piece in self.parameters for array in piece.values()]
        arrays = [np.asarray(array, dtype=self.flat.dtype) for array in arrays]
        expected, got = [t.shape for t in targets], [a.shape for a in arrays]
        if got != expected:
            raise ValueError(f"arrays must have shapes {expected}, got {got}")
        for target, array in zip(targets, arrays, strict=True):
            target[...] = array
