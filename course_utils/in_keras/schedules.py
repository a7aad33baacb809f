"""What Keras 3 lacks for schedules: 1cycle, and the learning-rate range test.

Keras bakes `optimizer.momentum` into the compiled training step when the first batch
comes: whoever sets it later changes nothing, and is not told. `MovingMomentumSGD` keeps
it in a variable, which a compiled step reads anew each time, and `OneCycle` refuses to
move the momentum of an optimizer that would not notice.

Example:
    >>> import numpy as np
    >>> model = keras.Sequential([keras.Input([1]), keras.layers.Dense(1)])
    >>> model.compile(MovingMomentumSGD(0.1), "mse")
    >>> cycle = OneCycle(0.1)
    >>> x = np.ones((12, 1), np.float32)
    >>> _ = model.fit(x, x, batch_size=4, verbose=0, callbacks=[cycle])
    >>> len(cycle.history)
    3
"""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np

from course_utils.learning_rate_schedules import RangeTest, one_cycle, rising_rates

PACKAGE = "course_utils"


@keras.saving.register_keras_serializable(package=PACKAGE)
class MovingMomentumSGD(keras.optimizers.SGD):
    """SGD whose momentum may change while it trains: `optimizer.momentum = 0.85`.

    `v <- mu v - eta g`, then `theta <- theta + v`, as Keras' own SGD, with mu in a
    variable. It is registered, so that a saved model finds it again once this module
    has been imported, with the momentum that it had.

    Args:
        learning_rate: a rate or a Keras schedule.
        momentum: to begin with, in [0, 1].
        **settings: of `keras.optimizers.SGD`; `nesterov=True` works as well.

    Raises:
        ValueError: momentum is not a float in [0, 1].
    """

    def __init__(
        self, learning_rate: Any = 0.01, momentum: float = 0.9, **settings: Any
    ) -> None:
        """Let SGD check the settings, then keep momentum in a variable."""
        super().__init__(learning_rate, momentum, **settings)

    @property
    def momentum(self) -> Any:
        """The variable that holds mu; `float(optimizer.momentum)` is the number."""
        return self._mu

    @momentum.setter
    def momentum(self, value: float) -> None:
        if not 0 <= value <= 1:
            raise ValueError(f"momentum must be in [0, 1], got {value}")
        if not hasattr(self, "_mu"):
            self._mu = keras.Variable(
                value, dtype="float32", trainable=False, name="momentum"
            )
        self._mu.assign(value)

    def build(self, variables: list) -> None:
        """A velocity for every variable, also where momentum begins at 0."""
        if self.built:
            return
        keras.optimizers.Optimizer.build(self, variables)
        self.momentums = self.add_optimizer_variables(variables, "momentum")

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """One step of one variable."""
        ops, dtype = keras.ops, variable.dtype
        step = ops.cast(learning_rate, dtype) * ops.cast(gradient, dtype)
        mu = ops.cast(self._mu, dtype)
        velocity = self.momentums[self._get_variable_index(variable)]
        self.assign(velocity, mu * velocity - step)
        ahead = mu * velocity - step if self.nesterov else velocity
        self.assign_add(variable, ahead)

    def get_config(self) -> dict[str, Any]:
        """What a new one is made from, with the momentum of now."""
        return super().get_config() | {"momentum": float(self._mu)}


class OneCycle(keras.callbacks.Callback):
    """The 1cycle schedule, batch by batch, of the rate and of momentum.

    The numbers are those of `course_utils.learning_rate_schedules.one_cycle`. The step
    is counted from the epoch, so `fit(initial_epoch=)` goes on where it should.

    Args:
        learning_rate: the peak, > 0.
        n_steps: all steps of training; from what `fit` is told unless given.
        momentum: its (high, low); None leaves momentum alone, for any optimizer.
        **settings: `start`, `end` and `last` of `one_cycle`.

    Attributes:
        history: `{"learning_rate": ..., "momentum": ...}` of each batch so far.

    Raises:
        ValueError: a value is out of its range; or, when training begins, the momentum
            of this optimizer cannot be moved, its rate is a schedule already, or the
            number of steps is not known.
    """

    def __init__(
        self,
        learning_rate: float,
        n_steps: int | None = None,
        momentum: tuple[float, float] | None = (0.95, 0.85),
        **settings: Any,
    ) -> None:
        """Check the settings."""
        super().__init__()
        self.settings = {"learning_rate": learning_rate, "momentum": momentum}
        self.settings |= settings
        self.n_steps = n_steps
        one_cycle(0, n_steps=3 if n_steps is None else n_steps, **self.settings)
        self.history: list[dict[str, float]] = []

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Find the number of steps, and refuse what would change nothing."""
        check_rate_can_move(self.model, "OneCycle")
        optimizer = self.model.optimizer
        moves = isinstance(optimizer, MovingMomentumSGD) or (
            self.model.run_eagerly and hasattr(optimizer, "momentum")
        )
        if self.settings["momentum"] is not None and not moves:
            raise ValueError(
                "OneCycle needs an optimizer whose momentum can move, such as "
                "MovingMomentumSGD (or momentum=None, to move the rate alone), "
                f"got {type(optimizer).__name__}: Keras compiles its momentum as a "
                "constant"
            )
        self.steps = self.params.get("steps")
        if not self.steps:
            raise ValueError("OneCycle needs data whose steps an epoch are known")
        self.total = self.n_steps or self.steps * self.params["epochs"]
        self.history = []

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Where this epoch's steps begin."""
        self.first = epoch * self.steps

    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        """Set what this batch is trained with."""
        now = one_cycle(self.first + batch, n_steps=self.total, **self.settings)
        for name, value in now.items():
            setattr(self.model.optimizer, name, value)
        self.history.append(now)


class LRRangeTest(keras.callbacks.Callback):
    """A learning-rate range test: one short `fit` that tries every rate once.

    After it, the model's weights, its optimizer's state and its rate are what they were
    before; `result` has what was seen. It ends when the rates are used up, when a loss
    is not finite, or when one is above `give_up` times the lowest: give `fit` enough
    epochs for `n_steps` batches.

    Args:
        smallest: rate of the first step, > 0.
        largest: of the last, > smallest.
        n_steps: how many, >= 3.
        give_up: end when the loss has grown to this multiple of its minimum, > 1.

    Attributes:
        result: a `course_utils.learning_rate_schedules.RangeTest`, after `fit`.

    Raises:
        ValueError: a value is out of its range; or, when training begins, the rate is
            a schedule already.
    """

    def __init__(
        self,
        smallest: float = 1e-5,
        largest: float = 10.0,
        n_steps: int = 100,
        give_up: float = 4.0,
    ) -> None:
        """Check the settings."""
        super().__init__()
        if not give_up > 1:
            raise ValueError(f"give_up must be > 1, got {give_up}")
        self.rates, self.give_up = rising_rates(smallest, largest, n_steps), give_up
        self.result: RangeTest | None = None

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Remember everything that the test will change."""
        check_rate_can_move(self.model, "LRRangeTest")
        self.model.optimizer.build(self.model.trainable_variables)
        self.losses: list[float] = []
        variables = [*self.model.variables, *self.model.optimizer.variables]
        self._before = [(v, v.numpy().copy()) for v in variables]

    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        """The next rate, and a loss that belongs to one batch."""
        self.model.optimizer.learning_rate = float(self.rates[len(self.losses)])
        self.model.reset_metrics()  # Keras reports the mean since the epoch began

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Keep the loss, and see whether it is time to stop."""
        loss = float((logs or {})["loss"])
        if math.isfinite(loss):
            self.losses.append(loss)
        if (
            not math.isfinite(loss)
            or loss > self.give_up * min(self.losses)
            or len(self.losses) == len(self.rates)
        ):
            self.model.stop_training = True

    def on_train_end(self, logs: dict | None = None) -> None:
        """Put everything back."""
        for variable, value in self._before:
            variable.assign(value)
        rates = self.rates[: len(self.losses)]
        self.result = RangeTest(rates, np.array(self.losses))


def check_rate_can_move(model: keras.Model, who: str) -> None:
    """Refuse an optimizer whose rate is a schedule of its own."""
    schedule = getattr(model.optimizer, "_learning_rate", None)
    if isinstance(schedule, keras.optimizers.schedules.LearningRateSchedule):
        raise ValueError(
            f"{who} sets the learning rate itself: compile with a number, "
            f"got {type(schedule).__name__}"
        )
