"""The strict run: nbval replays the saved notebooks, this compares their outputs.

nbval collects the cells, runs them in a kernel and reports; `notebooks/conftest.py`
hands it these classes. They change four things: the kernel is the one that recorded the
notebook, a dead kernel is reported at once and not when the cell's time is up, no mark
in a cell can switch its comparison off, and outputs are compared by `tolerance`.
"""

import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client.manager import KernelManager
from nbval.kernel import RunningKernel
from nbval.plugin import IPyNbCell, IPyNbFile

from course_utils.notebooks import environment
from course_utils.notebooks.execute import plain
from course_utils.notebooks.tolerance import cell_tolerance, differences


def replay(root: Path, arguments: list[str]) -> int:
    """Replay a course's notebooks in pytest and return pytest's exit code.

    Args:
        root: the course's folder.
        arguments: further arguments to pytest; paths among them replace the folder
            notebooks/.
    """
    paths = [a for a in arguments if (root / a.split("::")[0]).exists()]
    command = [
        *(sys.executable, "-m", "pytest", "--nbval", "--import-mode=importlib"),
        f"--nbval-cell-timeout={environment.CELL_TIMEOUT}",
        f"--nbval-kernel-startup-timeout={environment.STARTUP_TIMEOUT}",
        *([] if paths else ["notebooks"]),
        # nbval colours its reports even into a file.
        *([] if sys.stdout.isatty() else ["--color=no"]),
        *arguments,
    ]
    return subprocess.run(command, cwd=root, check=False).returncode


def strict(collected: Any) -> Any:
    """Return what pytest collected, with nbval's notebooks replaced by strict ones."""
    return [
        ReplayedNotebook.from_parent(node.parent, path=node.path)
        if type(node) is IPyNbFile
        else node
        for node in collected
    ]


class KernelDied(RuntimeError):
    """The kernel's process ended while a cell ran."""


class ReplayKernel(RunningKernel):
    """nbval's kernel, started in the recorded environment and watched."""

    def __init__(self, folder: Path) -> None:
        self.log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the kernel
        self.km = KernelManager(
            kernel_name=environment.KERNEL_NAME,
            kernel_spec_manager=environment.ThisPython(),
        )
        self.km.start_kernel(**environment.launch_options(folder, self.log))
        self.kc = self.km.client()
        self.kc.start_channels()
        try:
            self.kc.wait_for_ready(timeout=environment.STARTUP_TIMEOUT)
            self._ensure_iopub_up()
        except BaseException:
            self.stop()
            raise

    def await_reply(self, msg_id: str, timeout: float | None = None) -> None:
        """Wait for the reply to a request, and look whether the kernel still lives.

        Raises:
            queue.Empty: there is none after `timeout` seconds.
            KernelDied: there never will be.
        """
        deadline = time.monotonic() + (timeout or environment.CELL_TIMEOUT)
        while True:
            left = deadline - time.monotonic()
            try:
                return super().await_reply(msg_id, timeout=max(0.0, min(0.5, left)))
            except Empty:
                if not self.is_alive():
                    raise KernelDied from None
                if left <= 0:
                    raise

    def stop(self) -> None:
        """End the kernel and close the file it wrote to."""
        super().stop()
        self.log.close()


class ReplayedNotebook(IPyNbFile):
    """A notebook whose cells are replayed and compared strictly.

    Attributes:
        stopped_by: number of the cell after which no other can run; None without one.
    """

    stopped_by: int | None = None

    def setup(self) -> None:
        """Start the kernel."""
        self.kernel = ReplayKernel(self.path.parent)
        self.setup_sanitize_files()

    def collect(self) -> Iterator["ReplayedCell"]:
        """Yield every code cell; what nbval's marks in them ask for is not heard."""
        for cell in super().collect():
            yield ReplayedCell.from_parent(
                self,
                name=cell.name,
                cell_num=cell.cell_num,
                cell=cell.cell,
                options=defaultdict(bool, check=self.compare_outputs),
            )


class ReplayedCell(IPyNbCell):
    """A code cell whose outputs are compared by `tolerance.differences`."""

    def setup(self) -> None:
        """Add no mark: nbval expects cells to fail after one that timed out."""

    def runtest(self) -> None:
        """Execute the cell and compare; name it when it kills the kernel.

        After a cell that killed the kernel or ran out of time, the others cannot show
        what they should, and fail without being run.
        """
        if self.parent.stopped_by is not None:
            self.raise_cell_error(f"Not run: cell {self.parent.stopped_by} stopped it")
        try:
            super().runtest()
        except KernelDied:
            self.parent.stopped_by = self.cell_num
            self.raise_cell_error("The kernel died while this cell ran")
        finally:
            if self.parent.timed_out:
                self.parent.stopped_by = self.cell_num

    def raise_cell_error(self, message: str, *args: Any, **kwargs: Any) -> None:
        """Fail with a message; a traceback loses its colours."""
        super().raise_cell_error(message, *(plain(text) for text in args), **kwargs)

    def compare_outputs(self, test: Any, ref: Any, skip_compare: Any = None) -> bool:
        """Say whether the outputs agree, and keep how they differ."""
        self.comparison_traceback = []
        try:
            tolerance = cell_tolerance(self.cell.metadata)
        except ValueError as error:
            self.comparison_traceback = [str(error)]
        else:
            self.comparison_traceback = differences(ref, test, tolerance)
        return not self.comparison_traceback
