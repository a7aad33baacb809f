"""The checks of lesson 07: velocity, Nesterov, Adam, weight decay, and a choice."""

from __future__ import annotations

from course_utils.checks import _optimizers_adam_messages as adam
from course_utils.checks import _optimizers_messages as say
from course_utils.checks._optimizers_adam import judge_adam
from course_utils.checks._optimizers_choices import judge_choices
from course_utils.checks._optimizers_decay import judge_decay
from course_utils.checks._optimizers_momentum import judge_velocity
from course_utils.checks._optimizers_nesterov import judge_nesterov
from course_utils.checks.exercise import Exercise

SLUG = "optimizers"

FORBIDDEN = ("course_utils.optimizers",)
"""The module that has the answers, where they are graded."""

terminal_velocity = Exercise(
    "terminal_velocity", SLUG, judge_velocity, say.VELOCITY_HINTS
)
nesterov_step = Exercise(
    "nesterov_step", SLUG, judge_nesterov, say.NESTEROV_HINTS, forbidden=FORBIDDEN
)
adam_step = Exercise(
    "adam_step", SLUG, judge_adam, adam.ADAM_HINTS, forbidden=FORBIDDEN
)
decayed_step = Exercise(
    "decayed_step", SLUG, judge_decay, adam.DECAY_HINTS, forbidden=FORBIDDEN
)
choose = Exercise("choose", SLUG, judge_choices, say.CHOOSE_HINTS, all_rounds=True)
EXERCISES = (terminal_velocity, nesterov_step, adam_step, decayed_step, choose)
