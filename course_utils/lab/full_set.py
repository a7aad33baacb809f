"""All 70,000 images of Fashion-MNIST: found on this machine, or downloaded.

Three ways lead to the four files, tried in this order: the course's cache, the folder
of the Debian and Ubuntu package `dataset-fashion-mnist`, a download. Whatever the way,
the bytes are believed only when their checksum is right.
"""

import gzip
import os
import tempfile
import warnings
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from course_utils.lab.files import DataFileError, from_idx, sha256, write_atomic


class Sums(NamedTuple):
    """SHA-256 sums of one file: as it is downloaded, and of the IDX array inside it.

    Packagers compress anew (Debian's files lack the name in the gzip header), so what
    is found on a machine is judged by its content.
    """

    archive: str
    content: str


FILES = {
    "train-images-idx3-ubyte.gz": Sums(
        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    ),
    "train-labels-idx1-ubyte.gz": Sums(
        "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    ),
    "t10k-images-idx3-ubyte.gz": Sums(
        "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    ),
    "t10k-labels-idx1-ubyte.gz": Sums(
        "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    ),
}
PACKAGE_FOLDER = Path("/usr/share/datasets/fashion-mnist")
MIRRORS = (
    "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
)
RETRIES = 1


def cache_folder() -> Path:
    """Return the folder where the course keeps what it downloads or repairs.

    That is the environment variable `COURSE_UTILS_CACHE` where it is set (a class may
    share one folder), else the place that the operating system has for caches.
    """
    chosen = os.environ.get("COURSE_UTILS_CACHE")
    if chosen:
        return Path(chosen).expanduser()
    import platformdirs

    return Path(platformdirs.user_cache_dir("course_utils", appauthor=False))


def folders() -> tuple[Path, ...]:
    """Return where the four files may lie; the first is where a download goes."""
    return (cache_folder() / "fashion_mnist_full", PACKAGE_FOLDER)


def read(
    name: str,
    places: Sequence[Path] | None = None,
    mirrors: Sequence[str] = MIRRORS,
) -> np.ndarray:
    """Read one of the four files of Fashion-MNIST.

    Args:
        name: one of `FILES`.
        places: folders to look into, one or more, the first to keep a download in;
            by default the cache and the folder of the Debian and Ubuntu package.
        mirrors: addresses to download from, in this order; none: no download.

    Returns:
        uint8: images (60000, 28, 28) or (10000, 28, 28), labels (60000,) or (10000,).

    Raises:
        ValueError: `name` is not one of the four, or there is no place.
        DataFileError: no place has a good copy and no mirror gave one.
    """
    if name not in FILES:
        raise ValueError(f"name must be one of {', '.join(FILES)}, got {name!r}")
    places = folders() if places is None else places
    if not places:
        raise ValueError("places must name a folder, got none")
    tried = []
    for place in places:
        try:
            return from_idx(_content(place / name))[0]
        except OSError as error:
            tried.append(str(error))
    archive = download(name, places[0], mirrors, tried)
    return from_idx(gzip.decompress(archive))[0]


def _content(path: Path) -> bytes:
    """Unpack a file and hold its content against its checksum."""
    expected = FILES[path.name].content
    if not path.is_file():
        raise DataFileError(f"{path}: not there")
    try:
        content = gzip.decompress(path.read_bytes())
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataFileError(f"{path}: truncated or altered ({error})") from None
    if (found := sha256(content)) != expected:
        raise DataFileError(
            f"{path}: altered: its content has SHA-256 {found}, expected {expected}"
        )
    return content


def download(
    name: str, folder: Path, mirrors: Sequence[str], tried: Sequence[str] = ()
) -> bytes:
    """Download one of the four files and keep it in `folder`.

    The bytes arrive in a folder of their own; only when their checksum is right does
    the file appear in `folder`, whole, in one step. So a killed process leaves no half
    file there, and two processes may download at the same time.

    Args:
        name: one of `FILES`.
        folder: where to keep the file; if that cannot be written to, a warning says so.
        mirrors: addresses, each ending in "/", tried in this order.
        tried: what was looked at before, for the message of the error.

    Returns:
        The file's bytes.

    Raises:
        DataFileError: no mirror gave the right bytes; names three ways out.
    """
    import pooch

    tried = list(tried)
    logger = pooch.get_logger()
    level = logger.level
    logger.setLevel("WARNING")
    try:
        for mirror in mirrors:
            with tempfile.TemporaryDirectory(prefix="course-utils-") as temporary:
                fetcher = pooch.create(
                    path=temporary,
                    base_url=mirror,
                    registry={name: f"sha256:{FILES[name].archive}"},
                    retry_if_failed=RETRIES,
                )
                http = pooch.HTTPDownloader(progressbar=True, timeout=30)
                try:
                    data = Path(fetcher.fetch(name, downloader=http)).read_bytes()
                except (OSError, ValueError) as error:
                    tried.append(f"{mirror}{name}: {error}")
                    continue
            _keep(folder / name, data)
            return data
    finally:
        logger.setLevel(level)
    raise DataFileError(_no_way(name, folder, tried))


def _keep(path: Path, data: bytes) -> None:
    try:
        write_atomic(path, data)
    except OSError as error:
        warnings.warn(f"{path} could not be kept: {error}", stacklevel=4)


def _no_way(name: str, folder: Path, tried: Sequence[str]) -> str:
    return "\n".join(
        [
            f"All of Fashion-MNIST was asked for, and {name} could not be had.",
            "Any one of these three ways helps:",
            "  1. with a network: call load_fashion_mnist(full=True) again;",
            "  2. on Debian or Ubuntu: sudo apt install dataset-fashion-mnist;",
            f"  3. from another machine: copy the four files {', '.join(FILES)}",
            f"     into the folder {folder}",
            f"     (they are published at {MIRRORS[0]}).",
            "The small set, load_fashion_mnist(), needs none of this. Tried:",
            *(f"  - {line}" for line in tried),
        ]
    )
