"""Models on disk: in the format that keeps everything, whole or not at all."""

from __future__ import annotations

import os
import tempfile
import zipfile
from pathlib import Path

import keras

from course_utils.transfer_learning.reuse import check_built

SUFFIX = ".keras"


def save(model: keras.Model, path: str | os.PathLike[str]) -> None:
    """Save a model: layers, weights, which are frozen, and the optimizer's memory.

    The file is written beside the old one and put in its place when it is whole, so an
    interrupted save leaves the old file as it was.

    Args:
        model: a built model.
        path: where to; it must end in `.keras`. The older `.h5` loses the optimizer's
            memory, and takes the optimizer out of the *live* model's settings.

    Raises:
        ValueError: the path has another ending, or the model is not built.
        FileNotFoundError: the folder does not exist.
    """
    check_built(model)
    path = _checked(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"path must lie in a folder that exists, got {path}")
    handle, name = tempfile.mkstemp(prefix=".", suffix=SUFFIX, dir=path.parent)
    os.close(handle)
    try:
        model.save(name)
        os.replace(name, path)
    finally:
        Path(name).unlink(missing_ok=True)


def load(path: str | os.PathLike[str]) -> keras.Model:
    """Load a model that was saved as `.keras`, compiled as it was.

    Loading can run no code of the file's: Keras' safe mode stays on.

    Args:
        path: the file.

    Raises:
        FileNotFoundError: there is none.
        ValueError: the path has another ending, or the file is damaged or cut short.
    """
    path = _checked(path)
    if not path.is_file():
        raise FileNotFoundError(f"path must be a file, got {path}")
    try:
        with zipfile.ZipFile(path) as file:
            bad = file.testzip()
    except (zipfile.BadZipFile, EOFError, OSError) as error:
        raise ValueError(f"{_damaged(path)}: {error}") from error
    if bad is not None:
        raise ValueError(f"{_damaged(path)}: {bad} does not match its checksum")
    return keras.saving.load_model(path)


def _checked(path: str | os.PathLike[str]) -> Path:
    path = Path(path)
    if path.suffix != SUFFIX:
        raise ValueError(f"path must end in {SUFFIX}, got {path.name!r}")
    return path


def _damaged(path: Path) -> str:
    size = path.stat().st_size
    return f"path must be a whole {SUFFIX} file, got {path.name!r} ({size:,} bytes)"
