r"""Residual networks: pieces that a signal may also bypass.

A residual piece adds what its branch computes to what came in, $y = x + F(x)$ (He et
al. 2016). `fixup_network` stacks such pieces so that they train without any
normalization (Fixup: Zhang, Dauphin and Ma 2019, arXiv:1901.09321).

Example:
    >>> net = fixup_network([6, 16, 3], blocks=10)
    >>> net.n_parameters
    5334
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from course_utils.initialization import constant, variance_scaling
from course_utils.lab.layers import Activate, Arrays, Dense, Layer
from course_utils.lab.network import Network


class Residual(Layer):
    """`y = x + F(x)`, where F, the branch, is pieces in a row.

    The parameters and the state of the branch's pieces appear as the piece's own, under
    names such as "0.weights" for the lowest. A network's penalty, constraint and
    records are for dense layers that stand in it themselves, not in a branch.

    Args:
        branch: pieces, lowest first; as many units must come out as go in.

    Raises:
        ValueError: the branch is empty.
    """

    def __init__(self, branch: Sequence[Layer]) -> None:
        """Keep the branch."""
        self.branch = list(branch)
        if not self.branch:
            raise ValueError("branch must hold at least one piece, got none")

    def _sizes(self, n_inputs: int) -> list[int]:
        """What goes into each piece of the branch, and what comes out of the last."""
        sizes = [n_inputs]
        for piece in self.branch:
            sizes.append(piece.output_size(sizes[-1]))
        return sizes

    def output_size(self, n_inputs: int) -> int:
        """As many as go in.

        Raises:
            ValueError: the branch returns another number of units.
        """
        if (units := self._sizes(n_inputs)[-1]) != n_inputs:
            raise ValueError(
                f"branch must return as many units as go in, got {units} for {n_inputs}"
            )
        return n_inputs

    def initialize(self, n_inputs: int, rng: np.random.Generator) -> Arrays:
        """The parameters of all pieces, drawn from one stream, lowest first."""
        return {
            f"{k}.{name}": array
            for k, (piece, size) in enumerate(self._pieces_and_sizes(n_inputs))
            for name, array in piece.initialize(size, rng).items()
        }

    def initial_state(self, n_inputs: int) -> Arrays:
        """The states of all pieces."""
        return {
            f"{k}.{name}": array
            for k, (piece, size) in enumerate(self._pieces_and_sizes(n_inputs))
            for name, array in piece.initial_state(size).items()
        }

    def _pieces_and_sizes(self, n_inputs: int) -> list[tuple[Layer, int]]:
        return list(zip(self.branch, self._sizes(n_inputs)[:-1], strict=True))

    def forward(
        self, x: np.ndarray, parameters: Arrays, state: Arrays, training: bool, rng: Any
    ) -> tuple[np.ndarray, list[Any]]:
        """`x + F(x)`."""
        out, caches = x, []
        for k, piece in enumerate(self.branch):
            own = _of_piece(k, parameters), _of_piece(k, state)
            out, cache = piece.forward(out, *own, training, rng)
            caches.append(cache)
        return x + out, caches

    def backward(
        self, gradient: np.ndarray, cache: Any, parameters: Arrays, gradients: Arrays
    ) -> np.ndarray:
        """`dL/dx = dL/dy + (dL/dy through F)`: the gradient too has a way around."""
        below = gradient
        for k, piece in reversed(list(enumerate(self.branch))):
            own = _of_piece(k, parameters), _of_piece(k, gradients)
            below = piece.backward(below, cache[k], *own)
        return gradient + below


def _of_piece(k: int, arrays: Arrays) -> Arrays:
    """The k-th piece's own arrays, by the names it knows; not copies."""
    prefix = f"{k}."
    return {
        name.removeprefix(prefix): array
        for name, array in arrays.items()
        if name.startswith(prefix)
    }


class Scale(Layer):
    """One learned number for all units: `y = s x`, with s = 1 at the start."""

    def initialize(self, n_inputs: int, rng: np.random.Generator) -> Arrays:
        """The number, shape (1,)."""
        return {"scale": np.ones(1)}

    def forward(
        self, x: np.ndarray, parameters: Arrays, state: Arrays, training: bool, rng: Any
    ) -> tuple[np.ndarray, np.ndarray]:
        """`s x`."""
        return parameters["scale"][..., None, :] * x, x

    def backward(
        self, gradient: np.ndarray, cache: Any, parameters: Arrays, gradients: Arrays
    ) -> np.ndarray:
        """`dL/ds`: the sum of `dL/dy x`; `dL/dx = s dL/dy`."""
        gradients["scale"][..., 0] = (gradient * cache).sum(axis=(-2, -1))
        return parameters["scale"][..., None, :] * gradient


class Shift(Layer):
    """One learned number for all units: `y = x + b`, with b = 0 at the start."""

    def initialize(self, n_inputs: int, rng: np.random.Generator) -> Arrays:
        """The number, shape (1,)."""
        return {"shift": np.zeros(1)}

    def forward(
        self, x: np.ndarray, parameters: Arrays, state: Arrays, training: bool, rng: Any
    ) -> tuple[np.ndarray, None]:
        """`x + b`."""
        return x + parameters["shift"][..., None, :], None

    def backward(
        self, gradient: np.ndarray, cache: Any, parameters: Arrays, gradients: Arrays
    ) -> np.ndarray:
        """`dL/db`: the sum of `dL/dy`; `dL/dx = dL/dy`."""
        gradients["shift"][..., 0] = gradient.sum(axis=(-2, -1))
        return gradient


def fixup_block(units: int, blocks: int) -> Residual:
    r"""One residual piece of two dense layers, started by Fixup's three rules.

    1. The branch's last layer starts at 0, so that every piece starts as the identity.
    2. Its other layer starts at He's scale times $L^{-1/(2m-2)}$, with L pieces in the
       network and m = 2 layers in a branch: $L^{-1/2}$.
    3. In place of the layers' own biases, one learned number before each layer and
       before each activation, and one learned factor for the branch.

    Args:
        units: how many come in and go out, >= 1.
        blocks: L, how many such pieces the network has.

    Raises:
        ValueError: `units` or `blocks` is below 1.
    """
    if blocks < 1:
        raise ValueError(f"blocks must be >= 1, got {blocks}")
    shrunken_he = partial(variance_scaling, scale=2 / blocks)
    lower = [Shift(), Dense(units, shrunken_he, use_bias=False), Shift()]
    upper = [Shift(), Dense(units, constant(0.0), use_bias=False), Scale(), Shift()]
    return Residual([*lower, Activate("relu"), *upper])


def fixup_network(
    sizes: Sequence[int], blocks: int, seeds: int | Sequence[int] = 0, **settings: Any
) -> Network:
    """A deep residual network without normalization.

    One dense layer and a ReLU, then `blocks` residual pieces with a ReLU behind each,
    then the scores; that layer starts at 0 too, as Fixup's first rule has it.

    Args:
        sizes: inputs, units of all hidden layers, outputs.
        blocks: how many residual pieces, of two dense layers each.
        seeds: one int, or several for replicas.
        **settings: further arguments of `Network`.

    Raises:
        ValueError: there are not three sizes, or `blocks` is below 1.
    """
    if len(sizes) != 3:
        raise ValueError(f"sizes must be (inputs, units, outputs), got {tuple(sizes)}")
    n_inputs, units, n_outputs = sizes
    layers: list[Layer] = [Dense(units, "he_normal"), Activate("relu")]
    for _ in range(blocks):
        layers += [fixup_block(units, blocks), Activate("relu")]
    layers += [Shift(), Dense(n_outputs, constant(0.0))]
    return Network(n_inputs, layers, seeds=seeds, **settings)
