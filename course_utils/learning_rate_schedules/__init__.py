r"""Learning-rate schedules: the rate of each step, as a function of the step.

A schedule is a function of the step $t$ (0 for the first). The functions here take
the step first and their settings after it; `functools.partial` fixes the settings. One
has a memory and is told the validation loss (`Performance`), one moves momentum as well
(`one_cycle`). `lr_range_test` looks for a rate to begin with, and the noisy bowl in
`bowl` has closed forms for what all of this is good for.

Example:
    >>> from functools import partial
    >>> schedule = partial(power, learning_rate=0.12, s=100)
    >>> schedule(0), schedule(100), schedule(200)
    (0.12, 0.06, 0.04)
"""

from __future__ import annotations

from course_utils.learning_rate_schedules.bowl import (
    best_rates,
    descend,
    expected_loss,
    floor,
)
from course_utils.learning_rate_schedules.counting import by_epoch, steps_per_epoch
from course_utils.learning_rate_schedules.decays import (
    cosine,
    exponential,
    inverse_time,
    linear,
    piecewise_constant,
    power,
    step_decay,
)
from course_utils.learning_rate_schedules.performance import Performance
from course_utils.learning_rate_schedules.range_test import (
    RangeTest,
    lr_range_test,
    rising_rates,
)
from course_utils.learning_rate_schedules.rises import one_cycle, warmup

__all__ = [
    "Performance",
    "RangeTest",
    "best_rates",
    "by_epoch",
    "cosine",
    "descend",
    "expected_loss",
    "exponential",
    "floor",
    "inverse_time",
    "linear",
    "lr_range_test",
    "one_cycle",
    "piecewise_constant",
    "power",
    "rising_rates",
    "step_decay",
    "steps_per_epoch",
    "warmup",
]
