"""Weights that one process has learned, kept for the other processes of a session."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import numpy as np

FOLDER = "COURSE_UTILS_SHELF"  # where the shelf is; processes started later inherit it


def folder() -> Path:
    """The folder of the shelf; who asks first makes it, and clears it away at exit."""
    if FOLDER not in os.environ:
        made = tempfile.mkdtemp(prefix="course_utils_")
        os.environ[FOLDER] = made
        atexit.register(shutil.rmtree, made, ignore_errors=True)
    return Path(os.environ[FOLDER])


def find(name: str) -> list[np.ndarray] | None:
    """The weights kept under a name, or None."""
    try:
        with np.load(folder() / f"{name}.npz") as kept:
            return [kept[key] for key in kept.files]
    except FileNotFoundError:
        return None


def keep(name: str, weights: list[np.ndarray]) -> None:
    """Keep weights for whoever asks next; a file is there as a whole or not at all.

    Without a folder, as when the session that made it has ended, nothing is kept.
    """
    path = folder() / f"{name}.npz"
    if not path.parent.is_dir():
        return
    part = path.with_name(f"{name}.{os.getpid()}.part.npz")
    np.savez(part, *weights)
    part.replace(path)
