"""What is loaded before any student's code: once for all, where children are forked.

Import this before NumPy: libraries start helper threads when they are loaded, and a
process with threads must not be forked. `load` asks them for one thread and runs no
operation of TensorFlow, which would start some.
"""

from __future__ import annotations

import importlib
import os
import threading
from pathlib import Path

_ALONE = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "TF_NUM_INTRAOP_THREADS",
        "TF_NUM_INTEROP_THREADS",
    ),
    "1",
)
#: Set in every child, whatever the environment it comes from says.
ENVIRONMENT = _ALONE | {
    "MPLBACKEND": "Agg",
    "KERAS_BACKEND": "tensorflow",
    "CUDA_VISIBLE_DEVICES": "-1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
}
_NUMPY = ("numpy", "course_utils.grading.inside.child")
_PLOTS = ("matplotlib.pyplot", "matplotlib.backends.backend_agg")
_TENSORFLOW = ("tensorflow", "keras")


def load(kind: str, plots: bool = True) -> None:
    """Import what children of this kind begin with.

    Args:
        kind: "numpy" or "tensorflow".
        plots: whether Matplotlib, too; a process for one student leaves it to them.

    Raises:
        ValueError: there is no such kind.
        ImportError: something is not installed.
    """
    if kind not in ("numpy", "tensorflow"):
        raise ValueError(f"kind must be 'numpy' or 'tensorflow', got {kind!r}")
    os.environ.update(ENVIRONMENT)
    names = _NUMPY + _PLOTS * plots + _TENSORFLOW * (kind == "tensorflow")
    for name in names:
        importlib.import_module(name)
    from course_utils.grading.inside import cells

    cells.shell()


def threads() -> int:
    """How many threads this process has, those of libraries among them.

    Where the system does not tell, those that Python knows of.
    """
    try:
        return len(list(Path("/proc/self/task").iterdir()))
    except OSError:
        return threading.active_count()
