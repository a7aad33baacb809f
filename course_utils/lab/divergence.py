"""The one error by which a training run says that it diverged."""

from __future__ import annotations


class DivergenceError(RuntimeError):
    """A training run met NaN or infinity and stopped.

    `course_utils.lab.network` raises it; `course_utils.lab.experiments` records it
    as a result ("this arm diverges") instead of stopping a whole experiment. It
    survives pickling, so it may be raised in another process.

    Attributes:
        step: The optimizer step, counted from 0, at which it was noticed.
        layer: Where it was seen first, such as ``"layer 3 (pre-activation)"``.
        what: What was found, such as ``"loss is NaN"``.

    Args:
        step: See the attribute; an int of at least 0.
        layer: See the attribute.
        what: See the attribute.

    Example:
        >>> raise DivergenceError(12, "layer 3 (pre-activation)", "loss is NaN")
        Traceback (most recent call last):
            ...
        course_utils.lab.divergence.DivergenceError: loss is NaN at step 12, first \
seen in layer 3 (pre-activation)
    """

    def __init__(self, step: int, layer: str, what: str) -> None:
        super().__init__(f"{what} at step {step}, first seen in {layer}")
        self.step = int(step)
        self.layer = layer
        self.what = what

    def __reduce__(self) -> tuple:
        # The default would call the class with the finished message as its only
        # argument, which fails; pickling happens whenever a worker process raises.
        return type(self), (self.step, self.layer, self.what), self.__dict__.copy()
