"""Transfer learning in Keras: reuse layers, freeze them, tune them, keep them on disk.

A network that was trained for task A knows something that helps with task B. Its lower
layers go into a new network below a new head. Keras lets you do that in three lines,
and two of them can go wrong in silence: the new network may *share* its layers with the
old one, and a model that has trained may *ignore* that a layer was frozen. The
functions here do the same work, and refuse to do it silently wrong.

This lesson module imports Keras; what needs none (the tasks, the experiments on many
splits) lives in `course_utils.lab.transfer`.

Example:
    >>> import keras
    >>> keras.utils.set_random_seed(0)
    >>> layers = [keras.layers.Dense(9, "relu"), keras.layers.Dense(8, "softmax")]
    >>> model_a = keras.Sequential([keras.Input([4]), *layers])
    >>> model_b = reuse_layers(model_a, 1, keras.layers.Dense(1, "sigmoid"))
    >>> model_b.built, model_b.layers[0] is model_a.layers[0]
    (True, False)
    >>> trainable_parameters(freeze(model_b, 1))  # the head's 9 weights and its bias
    10
"""

from course_utils.lab.transfer import Task, split_tasks
from course_utils.transfer_learning.files import load, save
from course_utils.transfer_learning.freezing import (
    freeze,
    ignores_changes,
    trainable_parameters,
    unfreeze,
)
from course_utils.transfer_learning.reuse import clone_with_weights, reuse_layers
from course_utils.transfer_learning.tuning import fine_tune

__all__ = [
    "Task",
    "clone_with_weights",
    "fine_tune",
    "freeze",
    "ignores_changes",
    "load",
    "reuse_layers",
    "save",
    "split_tasks",
    "trainable_parameters",
    "unfreeze",
]
