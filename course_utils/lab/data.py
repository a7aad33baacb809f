"""Fashion-MNIST, ready to learn from.

70,000 grey pictures of 28 by 28 pixels, ten kinds of clothes. The course ships 20,000
of them; `load_fashion_mnist(full=True)` finds or downloads them all.

Source: Xiao, Rasul and Vollgraf, *Fashion-MNIST: a novel image dataset for benchmarking
machine learning algorithms*, 2017, arXiv:1708.07747. MIT licence, Zalando SE.
"""

import numpy as np

from course_utils.lab import full_set, shipped, small_set
from course_utils.lab.files import DataFileError, FileCheck
from course_utils.lab.selection import (
    binary_task,
    class_counts,
    subset,
    without_classes,
)
from course_utils.lab.splits import FashionMNIST, Split, pixel_statistics, standardize

__all__ = [
    "CLASS_NAMES",
    "DataFileError",
    "FashionMNIST",
    "FileCheck",
    "Split",
    "binary_task",
    "class_counts",
    "load_fashion_mnist",
    "subset",
    "verify_data",
    "without_classes",
]

CLASS_NAMES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)


def load_fashion_mnist(full: bool = False) -> FashionMNIST:
    """Load Fashion-MNIST.

    The small set has 10,000 training, 5,000 validation and 5,000 test images, as many
    of one class as of another. It ships with the course and needs no network. A file of
    it that is missing or damaged is made anew where this machine has the full set.

    The full set has 55,000, 5,000 and 10,000. It is taken from the course's cache, else
    from the Debian and Ubuntu package `dataset-fashion-mnist`, else downloaded (31 MB)
    and kept in the cache. Each part of the small set lies within the same part of the
    full one, and both validate on the same 5,000 images: what one holds back, the other
    never trains on.

    `x` is standardized with the mean and the standard deviation of all pixels of the
    training images of the set that is loaded; valid and test have no say in it.

    Args:
        full: all 70,000 images rather than the 20,000 that ship.

    Returns:
        Train, valid and test with read-only arrays, the class names, mean and std.

    Raises:
        TypeError: `full` is not a bool.
        DataFileError: a file is missing or damaged and cannot be mended, or the full
            set is neither here nor to be downloaded. Says what to do.

    Example:
        >>> data = load_fashion_mnist()
        >>> data
        FashionMNIST(10,000 + 5,000 + 5,000 images of 10 classes)
        >>> data.class_names[data.train.y[0]], data.train.x.shape
        ('Sandal', (10000, 784))
    """
    if not isinstance(full, bool):
        raise TypeError(f"full must be True or False, got {full!r}")
    arrays = _full_arrays() if full else shipped.load()
    mean, std = pixel_statistics(arrays["train"]["images"])
    train, valid, test = (
        Split(
            images=arrays[part]["images"],
            x=standardize(arrays[part]["images"], mean, std),
            y=arrays[part]["labels"].astype(np.int64),
        )
        for part in ("train", "valid", "test")
    )
    return FashionMNIST(train, valid, test, CLASS_NAMES, mean, std)


def _full_arrays() -> dict[str, small_set.Arrays]:
    images, labels, test_images, test_labels = map(full_set.read, full_set.FILES)
    valid = np.zeros(len(labels), dtype=bool)
    valid[small_set.rows_of_train_file(labels)["valid"]] = True
    return {
        "train": {"images": images[~valid], "labels": labels[~valid]},
        "valid": {"images": images[valid], "labels": labels[valid]},
        "test": {"images": test_images, "labels": test_labels},
    }


def verify_data() -> list[FileCheck]:
    """Hold every file of the small set against its checksum; change nothing.

    Returns:
        For each file (file, ok, expected, found): its path, whether it is as it should
        be, the SHA-256 sum it should have, and the one it has, `"missing"` or
        `"unreadable (why)"`. To mend what is bad, call `load_fashion_mnist()`.

    Example:
        >>> all(check.ok for check in verify_data())
        True
    """
    return shipped.check()
