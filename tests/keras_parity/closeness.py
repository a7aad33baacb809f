"""How the tests beside this one meet Keras, and how close is close.

Both sides compute in float32, whose rounding is 6e-8, and sum in different orders, so
errors are measured against the largest entry of the array they are in.
"""

import os

import numpy as np

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
import tensorflow as tf

# Each traced graph runs a few times only: optimizing it takes longer than that saves.
tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})


def error(ours, theirs):
    """The largest difference, in units of the largest entry."""
    ours, theirs = np.asarray(ours, float), np.asarray(theirs, float)
    return np.abs(ours - theirs).max() / np.abs(theirs).max()
