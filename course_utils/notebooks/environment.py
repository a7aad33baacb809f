"""The kernel that records a notebook and the one that replays it: one and the same.

Numbers printed to four digits repeat from machine to machine only when the same code
path computes them. OpenBLAS and NumPy choose theirs by the processor, so a recorded run
asks both for the AVX2 path that every x86-64 machine able to run TensorFlow has. On
other processors there is no such choice and nothing is asked.
"""

import os
import platform
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
from ipykernel.kernelspec import RESOURCES, get_kernel_dict
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager

KERNEL_NAME = "python3"
CELL_TIMEOUT = 300  # seconds; a machine may be old, or busy with another notebook
STARTUP_TIMEOUT = 120  # seconds; a cold disk is slow

KERNEL_ARGUMENTS = (
    # What native code writes to the file descriptors differs between machines (log
    # lines of TensorFlow, of a graphics driver) and arrives at any time.
    "--IPKernelApp.capture_fd_output=False",
    "--HistoryManager.hist_file=:memory:",
)


def _same_path_on_every_cpu() -> dict[str, str]:
    """Settings that choose the AVX2 code path; empty where there is no such path."""
    if platform.machine().lower() not in {"x86_64", "amd64"}:
        return {}
    report = np.show_config(mode="dicts")["SIMD Extensions"]
    # NumPy warns of names it was not built with, so only its own are used.
    known = {name for names in report.values() for name in names}
    settings = {}
    if {"AVX2", "X86_V3"} & {*report.get("found", ()), *report.get("baseline", ())}:
        settings["OPENBLAS_CORETYPE"] = "Haswell"
    beyond = known - set(report.get("baseline", ()))
    wide = sorted(name for name in beyond if name.startswith(("AVX512", "X86_V4")))
    if wide:
        settings["NPY_DISABLE_CPU_FEATURES"] = " ".join(wide)
    return settings


RECORDED: dict[str, str] = {
    "CUDA_VISIBLE_DEVICES": "-1",
    "KERAS_BACKEND": "tensorflow",
    # What ipykernel chooses when nothing is set; said here because a terminal or a
    # test run may have chosen another one.
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "TQDM_DISABLE": "1",
    **_same_path_on_every_cpu(),
}
"""Environment variables of every kernel that records or replays a notebook."""


def kernel_environment() -> dict[str, str]:
    """This process' environment with `RECORDED` over it, without pytest's own marks.

    Example:
        >>> kernel_environment()["TQDM_DISABLE"]
        '1'
    """
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    return inherited | RECORDED


class ThisPython(KernelSpecManager):
    """Answers every kernel name with the Python that runs this code.

    A kernel called ``python3`` in a user's home may belong to another environment, in
    which the course is not installed.
    """

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return the kernel of this environment, whatever it is called."""
        spec = get_kernel_dict(extra_arguments=list(KERNEL_ARGUMENTS))
        return KernelSpec(resource_dir=RESOURCES, **spec)


def launch_options(folder: Path, log: Any) -> dict[str, Any]:
    """Options of `KernelManager.start_kernel` for a notebook that lies in `folder`.

    Args:
        folder: the notebook's folder, the kernel's working directory.
        log: binary file that takes what the kernel's native code writes to its
            standard error; read when the kernel dies.
    """
    return {
        "cwd": str(folder),
        "env": kernel_environment(),
        "stdout": subprocess.DEVNULL,
        "stderr": log,
    }
