"""Optimizers: how a gradient becomes a step.

An optimizer is a small object that knows its hyperparameters and nothing else. What it
remembers between steps, its *state*, is a dictionary that it makes with `init` and that
the caller keeps. Parameters and gradients are float arrays of one shape, any shape.
"""

from __future__ import annotations

from course_utils.optimizers.base import Optimizer, State
from course_utils.optimizers.sgd import SGD

__all__ = ["SGD", "Optimizer", "State"]
