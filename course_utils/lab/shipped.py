"""The small set's files: checked on every load, and mended where that is possible."""

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

from course_utils.lab import full_set, small_set
from course_utils.lab.files import (
    DataFileError,
    FileCheck,
    read_checked,
    sha256,
    write_atomic,
)
from course_utils.lab.small_set import Arrays

FOLDER = Path(__file__).resolve().parents[2] / "data" / "fashion_mnist"


def check(folder: Path | None = None) -> list[FileCheck]:
    """Hold each file in `folder` (`FOLDER`) against its checksum; change nothing."""
    folder = FOLDER if folder is None else folder
    return [
        read_checked(folder / name, sum_)[0]
        for name, sum_ in small_set.CHECKSUMS.items()
    ]


def load(
    folder: Path | None = None,
    spare: Path | None = None,
    places: Sequence[Path] | None = None,
) -> dict[str, Arrays]:
    """Read the small set, and mend what is missing or damaged where that is possible.

    A bad file is made anew from the full set where this machine has it (nothing is
    downloaded), and put back in one step. Where `folder` cannot be written to, the good
    file is kept in `spare`, and where that fails too, in memory only.

    Args:
        folder: where the files should be; by default `FOLDER`, in the course.
        spare: where mended files go when `folder` is read-only; by default a folder
            in the cache.
        places: where the full set may lie; by default as in `full_set.read`.

    Returns:
        As `small_set.decode` does.

    Raises:
        DataFileError: a file is bad and cannot be made anew. Names each such file, its
            expected and found checksum, and what to do.
    """
    folder = FOLDER if folder is None else folder
    reads = {
        n: read_checked(folder / n, sum_) for n, sum_ in small_set.CHECKSUMS.items()
    }
    files = {name: data for name, (verdict, data) in reads.items() if verdict.ok}
    bad = {name: verdict for name, (verdict, _) in reads.items() if not verdict.ok}
    if bad:
        spare = full_set.cache_folder() / "fashion_mnist" if spare is None else spare
        files |= _mend(bad, folder, spare, places)
    return small_set.decode(files)


def _mend(
    bad: Mapping[str, FileCheck],
    folder: Path,
    spare: Path,
    places: Sequence[Path] | None,
) -> dict[str, bytes]:
    kept = {name: read_checked(spare / name, small_set.CHECKSUMS[name]) for name in bad}
    good = {name: data for name, (verdict, data) in kept.items() if verdict.ok}
    if len(good) < len(bad):
        try:
            made = small_set.build(lambda name: full_set.read(name, places, mirrors=()))
        except DataFileError:
            raise DataFileError(_what_to_do(bad, folder)) from None
        good = {name: made[name] for name in bad}
        for name, data in good.items():
            if sha256(data) != small_set.CHECKSUMS[name]:
                raise RuntimeError(f"{name} was rebuilt with other bytes than expected")
    places_put = {n: _put(n, data, folder, spare) for n, data in good.items()}
    news = [
        f"{bad[name].file} was bad (SHA-256 {bad[name].found}, expected "
        f"{bad[name].expected}); a good copy was {where}."
        for name, where in places_put.items()
        if where != "kept before"
    ]
    if news:
        warnings.warn("\n".join(news), stacklevel=4)
    return good


def _put(name: str, data: bytes, folder: Path, spare: Path) -> str:
    """Write a mended file where it is possible, and say where that was."""
    if folder.parent.is_dir() and _written(folder / name, data):
        return f"put in {folder}"
    if read_checked(spare / name, small_set.CHECKSUMS[name])[0].ok:
        return "kept before"
    if _written(spare / name, data):
        return f"put in {spare}"
    return "made in memory, for nowhere could it be written"


def _written(path: Path, data: bytes) -> bool:
    try:
        write_atomic(path, data)
    except OSError:
        return False
    return True


def _what_to_do(bad: Mapping[str, FileCheck], folder: Path) -> str:
    lines = [f"The course's data in {folder} cannot be read:"]
    for name, verdict in bad.items():
        lines.append(f"  {name}: SHA-256 {verdict.found}, expected {verdict.expected}")
    lines += [
        "Any one of these helps:",
        "  1. in the course's folder: git checkout -- data (without git: download the",
        "     course again);",
        "  2. on Debian or Ubuntu: sudo apt install dataset-fashion-mnist, then load",
        "     the data again: the files mend themselves;",
        "  3. with a network: load_fashion_mnist(full=True) once, then load the small",
        "     set again: the files mend themselves.",
    ]
    return "\n".join(lines)
