"""What can be seen behind the wall: the libraries, and what of the course is needed.

The list says what is shown, never what is hidden, so that a new module of the course
stays outside until somebody names it here.
"""

from __future__ import annotations

import os
import site
import sys
import sysconfig
from pathlib import Path

from course_utils.grading.inside import preload
from course_utils.grading.inside.facade import REAL

PACKAGE = Path(__file__).resolve().parents[2]
COURSE = "/course"  # where the package stands inside, whatever it is called outside

_SHOWN = (
    "__init__.py",
    "activations",
    "batch_normalization",
    "checks/__init__.py",
    *(f"checks/{name}.py" for name in REAL),
    "gaussian.py",
    "gradient_clipping.py",
    "grading/__init__.py",
    "grading/inside",
    "in_keras",
    "initialization",
    "lab",
    "learning_rate_schedules",
    "optimizers",
    "regularization",
    "transfer_learning",
    "vanishing_gradients.py",
)

ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": "/tmp",
    "USER": "student",
    "LOGNAME": "student",
    "LANG": "C.UTF-8",
    "PYTHONPATH": COURSE,
    "PYTHONHASHSEED": "0",  # the same order of sets, so the same marks
    "PYTHONNOUSERSITE": "1",
    "MPLCONFIGDIR": "/tmp/.matplotlib",
    "IPYTHONDIR": "/tmp/.ipython",
    "KERAS_HOME": "/tmp/.keras",
    **preload.ENVIRONMENT,
}


def course_files() -> list[tuple[str, str]]:
    """The course's files to show, as (path outside, path inside)."""
    pairs = [
        (str(PACKAGE / name), f"{COURSE}/course_utils/{name}")
        for name in _SHOWN
        if (PACKAGE / name).exists()
    ]
    data = PACKAGE.parent / "data" / "fashion_mnist"
    if data.is_dir():
        pairs.append((str(data), f"{COURSE}/data/fashion_mnist"))
    return pairs


def python_folders() -> list[str]:
    """Where Python and its libraries lie, beyond /usr: the outermost folders only."""
    found = {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}
    found |= {os.path.realpath(folder) for folder in found}
    executable = os.path.realpath(sys.executable)
    found.add(str(Path(executable).parent.parent))
    folders = sorted(f for f in found if f not in ("/", "/usr"))
    return [
        folder
        for folder in folders
        if not any(_within(folder, other) for other in [*folders, "/usr"])
    ]


def hidden_folders() -> list[str]:
    """Installed copies of the course, which lie among the libraries and say all."""
    places = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    for prefix in (sys.prefix, sys.base_prefix, "/usr", "/usr/local"):
        places.update(site.getsitepackages([prefix]))
    found = sorted(f"{place}/course_utils" for place in places)
    shown = [*python_folders(), "/usr"]
    return [
        folder
        for folder in found
        if os.path.isdir(folder)
        and not os.path.islink(folder)  # leads to where nothing is shown
        and any(_within(folder, other) for other in shown)
    ]


def _within(path: str, folder: str) -> bool:
    return path != folder and Path(path).is_relative_to(folder)
