"""A Fashion-MNIST of 80 images, so that files can be broken, mended and served fast."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from course_utils.lab import full_set, shipped, small_set
from course_utils.lab.files import sha256, to_idx

PER_CLASS = {"train": 3, "valid": 1, "test": 1}


def arrays() -> dict[str, np.ndarray]:
    """The full set of this world: 60 images to learn from, 20 to test on."""
    rng = np.random.default_rng(0)
    full = {}
    for source, n in (("train", 60), ("t10k", 20)):
        images = rng.integers(1, 256, (n, 28, 28), dtype=np.uint8)
        images *= rng.integers(0, 2, images.shape, dtype=np.uint8)
        full[f"{source}-images-idx3-ubyte.gz"] = images
        full[f"{source}-labels-idx1-ubyte.gz"] = (np.arange(n) % 10).astype(np.uint8)
    return {name: full[name] for name in REAL_FILES}


REAL_FILES = tuple(full_set.FILES)
ARCHIVES = {name: gzip.compress(to_idx(a), mtime=0) for name, a in arrays().items()}


def enter(set_attribute: Callable[[Any, str, Any], None] = setattr) -> None:
    """Make the library believe in this world: with `monkeypatch.setattr` in a test.

    A process started by a test has its own library; there the plain `setattr` will do.
    """
    sums = {
        name: full_set.Sums(sha256(data), sha256(gzip.decompress(data)))
        for name, data in ARCHIVES.items()
    }
    set_attribute(full_set, "FILES", sums)
    set_attribute(small_set, "PER_CLASS", PER_CLASS)
    checksums = {name: sha256(data) for name, data in small_files().items()}
    set_attribute(small_set, "CHECKSUMS", checksums)


def small_files() -> dict[str, bytes]:
    """The right bytes of the small set's files, in the world that is entered."""
    return small_set.build(arrays().__getitem__)


def write(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def load_in_a_process(folder: Path, spare: Path, full: Path, answers: Any) -> None:
    """What a second process does: load, and answer with a checksum of what it got."""
    enter()
    loaded = shipped.load(folder, spare, [full])
    answers.put(sha256(loaded["train"]["images"]))


def read_in_a_process(name: str, folder: Path, mirror: str, answers: Any) -> None:
    """What a second process does: read a file that must be downloaded."""
    enter()
    answers.put(sha256(full_set.read(name, [folder], [mirror])))
