"""The small Fashion-MNIST that ships with the course: which images, in which files.

20,000 of the 70,000 images. Each part has as many images of one class as of another;
train and valid are disjoint parts of the original's 60,000, test is a part of its
10,000. `data/README.md` tells the story; `tools/build_data.py` writes the files.
"""

import hashlib
from collections.abc import Callable, Mapping

import numpy as np

from course_utils.lab.files import from_idx, to_idx

PER_CLASS = {"train": 1000, "valid": 500, "test": 500}
# SHA-256 of each file, and of the C-ordered bytes of each array in them.
CHECKSUMS = dict(
    line.split()
    for line in """
train-rows.idx      be638dbddfa6c36378a967a68dd1de79e674b059d8081f0f6a574600850f3fcb
train-labels.idx    aa7f85bee3573ac0517c48f704cec681e97e8cb1ada6c07975b9c28ab5faf429
train-images.packed c4246229c643caab2e756a32e0b6fd5a91dc1f580c06b4676a06f5fa98af073e
valid-rows.idx      b16e5e1eb95a6cb23446d4b16b2b99780cf3b387c647b3c6e5a165ed5d2e4252
valid-labels.idx    072adb48c9ed169fcb1f6496e69714ac0b7967821f5b3270e2b2fbdb2f03789b
valid-images.packed 8fb18b408c9cd95f4b136ce51d597c7338ff7d6e367ecc1a13af1097ff7d5335
test-rows.idx       b7301a7d5bde2c384c41196410faa04ecc9606054c8c4c93d0a331da0861603f
test-labels.idx     14d54b73ac4344c72cf88221c42eaf05342e1c4742c28c063c2b2c02d113b50a
test-images.packed  e9f29d6b54cc0a38337749ea5af8e1670c2f53177a0c2e6c2f4f9b84476f5312
""".strip().splitlines()
)
ARRAY_CHECKSUMS = dict(
    line.split()
    for line in """
train.images 401304cc25dd3e5102c0ea1823e82366514b47db97b0cc07adf322266a6c6bde
train.labels 8d4a99c44dc8c51665bda2201b60fb62359fe3cffe44e727c89ac69b7ab7d699
valid.images ce3b3f85c89efe22dcbb516ad02b44f427d0515592fd3df1802e62fa5c789859
valid.labels 2964c9952bfe38b845abc5601be7280a72815aca8d1eac8de73735d3d3de9317
test.images  9e9b32968bcd7c35ce212a76f204670d71ecf4ab4253cbcb3a328c189af1fbc0
test.labels  6ec2d58b1627c5694f4698fa74f737d23a0152a83bea26da47496552f6a945ca
""".strip().splitlines()
)

Arrays = dict[str, np.ndarray]


def pick_rows(labels: np.ndarray, sizes: Mapping[str, int], source: str) -> Arrays:
    """Choose the rows of some parts: disjoint, and equally many of every class.

    Within a class, rows stand in the order of SHA-256(`"course_utils/{source}/{row}"`):
    as good as shuffled, and the same for ever, which no library promises of its random
    numbers. The first part takes the first `sizes[part]` of them, and so on.

    Args:
        labels: integers (n,).
        sizes: how many rows of each class go to each part.
        source: a word that tells this draw from others.

    Returns:
        For each part its rows, int32, ascending.

    Raises:
        ValueError: a class has too few rows for the parts.

    Example:
        >>> pick_rows(np.array([0, 1, 0, 1, 0, 1]), {"a": 1, "b": 2}, "example")
        {'a': array([0, 3], dtype=int32), 'b': array([1, 2, 4, 5], dtype=int32)}
    """

    def rank(row: int) -> bytes:
        return hashlib.sha256(f"course_utils/{source}/{row}".encode()).digest()

    needed = sum(sizes.values())
    chosen: dict[str, list[int]] = {part: [] for part in sizes}
    for label in np.unique(labels):
        rows = sorted(np.flatnonzero(labels == label).tolist(), key=rank)
        if len(rows) < needed:
            raise ValueError(
                f"every class must have at least {needed} rows, "
                f"got {len(rows)} of class {label}"
            )
        start = 0
        for part, size in sizes.items():
            chosen[part] += rows[start : start + size]
            start += size
    return {part: np.array(sorted(r), dtype=np.int32) for part, r in chosen.items()}


def rows_of_train_file(labels: np.ndarray) -> Arrays:
    """Return the small set's train and valid rows in the original's 60,000."""
    return pick_rows(labels, {p: PER_CLASS[p] for p in ("train", "valid")}, "train")


def rows_of_test_file(labels: np.ndarray) -> Arrays:
    """Return the small set's test rows in the original's 10,000."""
    return pick_rows(labels, {"test": PER_CLASS["test"]}, "t10k")


def pack(images: np.ndarray) -> bytes:
    """Write images in five eighths of their size, with no compressor.

    Half the pixels of Fashion-MNIST are 0. So: one bit a pixel that says whether it is
    more than 0, then the pixels that are, as two IDX arrays one after the other.

    Args:
        images: uint8 (n, 28, 28).

    Example:
        >>> len(pack(np.zeros((1, 28, 28), dtype=np.uint8)))  # 12 + 98 bytes, 8 + 0
        118
    """
    ink = images > 0
    bits = np.packbits(ink.reshape(len(images), 784), axis=1)
    return to_idx(bits) + to_idx(images[ink])


def unpack(data: bytes) -> np.ndarray:
    """Read what `pack` wrote.

    Returns:
        Images, uint8 (n, 28, 28).

    Raises:
        ValueError: `data` is not what `pack` writes.
    """
    bits, start = from_idx(data)
    pixels, _ = from_idx(data, start)
    ink = np.unpackbits(bits, axis=1).view(bool).reshape(len(bits), 28, 28)
    images = np.zeros(ink.shape, dtype=np.uint8)
    images[ink] = pixels
    return images


def build(read: Callable[[str], np.ndarray]) -> dict[str, bytes]:
    """Make the files of the small set from the full one.

    Args:
        read: gives the array of one of `full_set.FILES` by its name.

    Returns:
        Name and bytes of each file: rows, labels and images of each part.
    """
    files = {}
    for source, rule in (("train", rows_of_train_file), ("t10k", rows_of_test_file)):
        labels = read(f"{source}-labels-idx1-ubyte.gz")
        images = read(f"{source}-images-idx3-ubyte.gz")
        for part, rows in rule(labels).items():
            files[f"{part}-rows.idx"] = to_idx(rows)
            files[f"{part}-labels.idx"] = to_idx(labels[rows])
            files[f"{part}-images.packed"] = pack(images[rows])
    return files


def decode(files: Mapping[str, bytes]) -> dict[str, Arrays]:
    """Turn the files into arrays.

    Returns:
        For train, valid and test: `images` uint8 (n, 28, 28), `labels` uint8 (n,) and
        `rows` int32 (n,), the place of each image in the original's file.
    """
    return {
        part: {
            "images": unpack(files[f"{part}-images.packed"]),
            "labels": from_idx(files[f"{part}-labels.idx"])[0],
            "rows": from_idx(files[f"{part}-rows.idx"])[0],
        }
        for part in PER_CLASS
    }
