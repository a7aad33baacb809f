"""Rules that treat every parameter by itself, and how to apply them quickly.

All optimizers of this folder are such rules: what happens to one parameter depends on
its own gradient and its own memory. So a long array may be worked through in pieces
that fit into the processor's cache: each number is fetched from memory once a step, not
once for every operation of the formula. In this way the formulas stay as they are
written in the papers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

from course_utils.optimizers.base import Optimizer, State

BLOCK = 65_536
"""How many parameters are worked on at a time: 256 kB of float32."""


class Elementwise(Optimizer):
    """An optimizer given by a rule for single parameters; a subclass writes `rule`.

    Attributes:
        adjustable: the keyword arguments of `update` that replace a hyperparameter for
            one step, and which hyperparameter that is.
    """

    adjustable: ClassVar[dict[str, str]] = {"learning_rate": "learning_rate"}
    keras: ClassVar[dict[str, Any]] = {}

    @classmethod
    def as_keras(cls, **settings: Any) -> Elementwise:
        """The optimizer with the settings, and the details, that Keras 3 has.

        Args:
            **settings: those that shall differ from Keras' defaults.
        """
        return cls(**(cls.keras | settings))

    def memory(self) -> tuple[str, ...]:
        """Names of the arrays to remember, one number for each parameter."""
        return ()

    def rule(self, theta: np.ndarray, g: np.ndarray, *args: Any, **now: Any) -> None:
        """One step in place: parameters, gradients, then the arrays of `memory`."""
        raise NotImplementedError

    def settings(self, state: State, **now: float) -> dict[str, Any]:
        """The numbers that `rule` needs for this step, from those of `adjustable`."""
        return now

    def init(self, parameters: np.ndarray) -> State:
        """Zeros for every array of `memory`."""
        return {name: np.zeros_like(parameters) for name in self.memory()}

    def update(
        self, parameters: np.ndarray, gradients: np.ndarray, state: State, **now: float
    ) -> None:
        """Take one step in place; see `Optimizer.update`.

        Args:
            parameters: any shape, floats.
            gradients: the same shape.
            state: from `init`, changed in place.
            **now: see `adjustable`.

        Raises:
            TypeError: `now` names something else.
            ValueError: a shape does not fit, or a value of `now` is out of range.
        """
        if np.shape(gradients) != parameters.shape:
            raise ValueError(
                f"gradients must have the parameters' shape {parameters.shape}, "
                f"got {np.shape(gradients)}"
            )
        settings = self.settings(state, **self._for_this_step(now))
        memory = [state[name] for name in self.memory()]
        for pieces in in_blocks(parameters, gradients, *memory):
            self.rule(*pieces, **settings)

    def _for_this_step(self, now: dict[str, float]) -> dict[str, float]:
        """All adjustable hyperparameters, as Python floats (which keep float32)."""
        fields = dict.fromkeys(self.adjustable.values())
        settings = {field: float(getattr(self, field)) for field in fields}
        for name, value in now.items():
            if name not in self.adjustable:
                raise TypeError(
                    f"{type(self).__name__} can change {', '.join(self.adjustable)} "
                    f"for one step, got {name}"
                )
            rate = name == "learning_rate"
            if not 0 <= value < (np.inf if rate else 1):
                raise ValueError(
                    f"{name} must be {'>= 0' if rate else 'in [0, 1)'}, got {value}"
                )
            settings[self.adjustable[name]] = float(value)
        return settings


def in_blocks(*arrays: np.ndarray) -> Iterator[list[np.ndarray]]:
    """Views of some arrays of one shape, the same short piece of all at a time.

    Arrays that do not lie in one piece in memory come whole.

    Example:
        >>> [a.size for (a,) in in_blocks(np.zeros((2, 40_000)))]
        [65536, 14464]
    """
    in_one_piece = all(array.flags.c_contiguous for array in arrays)
    if arrays[0].size <= BLOCK or not in_one_piece:
        yield list(arrays)
        return
    flat = [array.reshape(-1) for array in arrays]
    for start in range(0, arrays[0].size, BLOCK):
        yield [array[start : start + BLOCK] for array in flat]
