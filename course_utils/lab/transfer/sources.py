"""What a network can learn before task B: task A, or something without labels."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from course_utils.lab.network import Network, mlp
from course_utils.lab.transfer import shelf
from course_utils.lab.transfer.tasks import Task, tasks_of
from course_utils.lab.trials import images
from course_utils.optimizers import SGD, Adam

HIDDEN = (100, 100, 100)  # the layers that can be reused

# How each source is learned; found once, on validation images of the source.
LABELS = {"optimizer": SGD(0.03, momentum=0.9), "batch_size": 32}
PIXELS = {"optimizer": Adam(0.002), "batch_size": 64}


def task_a(split: int) -> Task:
    """The eight classes of task A."""
    return tasks_of(split)[0]


def shuffled(split: int) -> Task:
    """Task A with the pixels of all images in one other order: less similar to B."""
    x, y = task_a(split)
    order = np.random.default_rng([split, 7]).permutation(x.shape[1])
    return Task(x.take(order, axis=1), y)


def turns(split: int) -> Task:
    """All training images, turned by quarter turns; the label is how many, 0 to 3.

    No label of the data set is used. The images of B are among them, as they would be
    among the pictures that nobody has labelled.
    """
    x = images().train.x.reshape(-1, 28, 28)
    y = np.random.default_rng([split, 8]).integers(4, size=len(x))
    turned = np.stack([np.rot90(x, k, axes=(1, 2)) for k in range(4)])
    return Task(turned[y, np.arange(len(x))].reshape(len(x), -1), y)


def autoencoder(split: int) -> Task:
    """All training images, and as their targets the images themselves."""
    x = images().train.x
    return Task(x, x)


SOURCES = {
    "A": task_a,
    "shuffled": shuffled,
    "turns": turns,
    "autoencoder": autoencoder,
}
# These look at all images, whatever the split: three networks serve all splits.
WITHOUT_LABELS = {"turns": 3, "autoencoder": 3}


@lru_cache(maxsize=64)
def source(split: int, name: str = "A", epochs: int = 4) -> Network:
    """A network with `HIDDEN` layers that has learned a source task.

    Learned once: this process keeps the network, so do not train it further, and
    other processes of the session are handed its weights.

    Args:
        split: which split of the classes, see `pair_of`; also the seed. Of the sources
            without labels there are three networks, for the splits 0, 3, 6, ... and so
            on.
        name: one of `SOURCES`.
        epochs: passes through the source task.

    Raises:
        ValueError: there is no such source.
    """
    if name not in SOURCES:
        raise ValueError(f"source must be one of {', '.join(SOURCES)}, got {name!r}")
    first = split % WITHOUT_LABELS.get(name, split + 1)
    if first != split:
        return source(first, name, epochs)
    known = f"{name}-{split}-{epochs}"
    weights = shelf.find(known)
    if weights is not None:
        net = _untrained(split, name, weights[-1].size)
        net.set_weights(weights)
        return net
    x, y = SOURCES[name](split)
    pixels = y.ndim == 2
    net = _untrained(split, name, y.shape[1] if pixels else int(y.max()) + 1)
    net.fit(x, y, epochs, **(PIXELS if pixels else LABELS))
    shelf.keep(known, net.get_weights())
    return net


def _untrained(split: int, name: str, outputs: int) -> Network:
    loss = "mean_squared_error" if name == "autoencoder" else "softmax_cross_entropy"
    sizes = [images().train.x.shape[1], *HIDDEN, outputs]
    # Seeds 1,000 up: no weight of this network is one that task B's network draws.
    return mlp(sizes, "relu", "he_normal", seeds=1000 + split, loss=loss)
