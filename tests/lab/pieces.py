"""Stand-ins for pieces that later lessons bring, written as simply as can be.

They follow the protocol of `course_utils.lab.layers.Layer` and nothing else, so they
prove that the network can be composed of what it does not know.
"""

import numpy as np

from course_utils.lab.layers import Layer


class ScaleShift(Layer):
    """Learned, per unit: `y = gamma x + beta`."""

    def initialize(self, n_inputs, rng):
        return {"gamma": rng.uniform(0.5, 1.5, n_inputs), "beta": np.zeros(n_inputs)}

    def forward(self, x, parameters, state, training, rng):
        gamma, beta = parameters["gamma"], parameters["beta"]
        return gamma[..., None, :] * x + beta[..., None, :], x

    def backward(self, gradient, cache, parameters, gradients):
        gradients["gamma"][...] = (gradient * cache).sum(axis=-2)
        gradients["beta"][...] = gradient.sum(axis=-2)
        return gradient * parameters["gamma"][..., None, :]


class Center:
    """Subtract the batch's mean; in inference a moving average. Inherits nothing."""

    def output_size(self, n_inputs):
        return n_inputs

    def initialize(self, n_inputs, rng):
        return {}

    def initial_state(self, n_inputs):
        return {"mean": np.zeros(n_inputs), "batches": np.array(0)}

    def forward(self, x, parameters, state, training, rng):
        if not training:
            return x - state["mean"][..., None, :], False
        mean = x.mean(axis=-2)
        state["mean"] *= 0.9
        state["mean"] += 0.1 * mean
        state["batches"] += 1
        return x - mean[..., None, :], True

    def backward(self, gradient, cache, parameters, gradients):
        return gradient - gradient.mean(axis=-2, keepdims=True) if cache else gradient


class Mask(Layer):
    """Drop each unit with a probability while training, and scale the rest up."""

    def __init__(self, rate=0.3):
        self.rate = rate

    def forward(self, x, parameters, state, training, rng):
        if not training:
            return x, None
        mask = (rng.random(x.shape) >= self.rate).astype(x.dtype) / (1 - self.rate)
        return x * mask.astype(x.dtype), mask.astype(x.dtype)

    def backward(self, gradient, cache, parameters, gradients):
        return gradient if cache is None else gradient * cache


class Jitter(Layer):
    """Add a little noise while training."""

    def forward(self, x, parameters, state, training, rng):
        if training:
            x = x + 0.1 * rng.standard_normal(x.shape, dtype=x.dtype)
        return x, None

    def backward(self, gradient, cache, parameters, gradients):
        return gradient


class SquarePenalty:
    """`strength / 2` times the sum of squares."""

    def __init__(self, strength):
        self.strength = strength

    def loss(self, weights):
        return 0.5 * self.strength * (weights**2).sum(axis=(-2, -1))

    def gradient(self, weights):
        return self.strength * weights


def clip_by_global_norm(limit):
    def clip(gradients):
        norm = np.sqrt(sum(float((g.astype(float) ** 2).sum()) for g in gradients))
        return [g * min(1.0, limit / norm) if norm else g for g in gradients]

    return clip


def blobs(n=120, n_inputs=6, n_classes=3, seed=0, spread=1.0):
    """A small task with some overlap: float32 inputs, integer labels."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, n_classes, n)
    centers = np.random.default_rng(99).normal(0, 1, (n_classes, n_inputs))
    x = centers[y] + spread * rng.standard_normal((n, n_inputs))
    return x.astype(np.float32), y
