"""Execute a notebook as the strict run will replay it, and measure it while it runs."""

import atexit
import logging
import re
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psutil
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode, from_dict

from course_utils.notebooks import environment
from course_utils.notebooks.errors import NotebookError
from course_utils.notebooks.text import METADATA

_SILENT = logging.getLogger("course_utils.notebooks.nbclient")
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False

_UNREPEATABLE = {
    "update_display_data": "it changes an output it has already shown (display_id)",
    "clear_output": "it clears its output (clear_output)",
}


@dataclass(frozen=True)
class Execution:
    """What running a notebook cost.

    Attributes:
        seconds: wall time from the start of the kernel to its end.
        peak_mib: largest sum of resident memory of the kernel and the processes it
            started, in MiB, sampled ten times a second.
    """

    seconds: float
    peak_mib: float


def execute(
    notebook: NotebookNode,
    folder: Path,
    *,
    name: str = "notebook",
    strict: bool = True,
    on_cell: Callable[[int, int], Any] | None = None,
) -> Execution:
    """Execute a notebook in place, in a fresh kernel of this environment.

    Args:
        notebook: changed in place: outputs, and counts 1..n over its code cells. When a
            cell fails, the outputs up to and including its error are in it.
        folder: the kernel's working directory.
        name: what an error calls the notebook.
        strict: also refuse what a replay could not compare or a reader should not see:
            text on standard error, outputs cleared or changed after they were shown.
        on_cell: called as ``on_cell(i, n)`` before code cell i of n starts.

    Returns:
        Time and memory that it took.

    Raises:
        NotebookError: a cell raised, ran longer than `environment.CELL_TIMEOUT`
            seconds, or killed its kernel; or, when strict, broke a rule above.
    """
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
            cell.metadata.pop("execution", None)
    start = time.perf_counter()
    with tempfile.TemporaryFile() as native_log:
        client = _Client(notebook, Path(folder), native_log, name, strict, on_cell)
        try:
            client.execute()
        except NotebookError:
            raise
        except RuntimeError as error:  # jupyter_client, when a kernel does not start
            details = f"{error}\n{_tail(native_log)}".strip()
            problem = "the kernel did not start"
            raise NotebookError(name, problem, details=details) from error
        finally:
            client.memory.stop()
            # nbclient leaves it behind when the kernel does not start.
            atexit.unregister(client._cleanup_kernel)
            notebook.metadata = from_dict(METADATA)  # nbclient writes versions into it
    return Execution(time.perf_counter() - start, client.memory.peak / 2**20)


class _Client(NotebookClient):
    """nbclient, held to the ways of the strict run."""

    def __init__(
        self,
        notebook: NotebookNode,
        folder: Path,
        native_log: IO[bytes],
        name: str,
        strict: bool,
        on_cell: Callable[[int, int], Any] | None,
    ) -> None:
        super().__init__(
            notebook,
            log=_SILENT,
            timeout=environment.CELL_TIMEOUT,
            startup_timeout=environment.STARTUP_TIMEOUT,
            iopub_timeout=30,
            raise_on_iopub_timeout=True,
            force_raise_errors=True,
            record_timing=False,
            coalesce_streams=True,
            store_widget_state=False,
            skip_cells_with_tag="",
        )
        self.folder, self.native_log, self.name = folder, native_log, name
        self.strict, self.on_cell = strict, on_cell
        self.total = sum(cell.cell_type == "code" for cell in notebook.cells)
        self.number = 0
        self.unrepeatable: set[str] = set()
        self.memory = _Memory()

    def create_kernel_manager(self) -> AsyncKernelManager:
        self.km = AsyncKernelManager(
            kernel_name=environment.KERNEL_NAME,
            kernel_spec_manager=environment.ThisPython(),
        )
        return self.km

    async def async_start_new_kernel(self, **kwargs: Any) -> None:
        options = environment.launch_options(self.folder, self.native_log)
        await self.km.start_kernel(**options)
        self.memory.start(self.km.provisioner.pid)

    async def async_execute_cell(
        self, cell: NotebookNode, cell_index: int, **_: Any
    ) -> NotebookNode:
        if cell.cell_type != "code":
            return cell
        self.number += 1
        self.unrepeatable.clear()
        if self.on_cell is not None:
            self.on_cell(self.number, self.total)
        try:
            # Without history, as nbval does: a semicolon then suppresses nothing.
            await super().async_execute_cell(
                cell, cell_index, execution_count=self.number, store_history=False
            )
        except CellExecutionError as error:
            raised = [o for o in cell.outputs if o.output_type == "error"]
            lines = raised[-1].traceback[1:] if raised else [str(error)]
            problem = f"it raises {error.ename}"
            raise self._error(cell, problem, "\n".join(lines)) from None
        except CellTimeoutError:
            problem = f"it runs longer than {environment.CELL_TIMEOUT} seconds"
            raise self._error(cell, problem) from None
        except DeadKernelError:
            problem = "the kernel died while it ran (out of memory, or a native crash)"
            raise self._error(cell, problem, _tail(self.native_log)) from None
        finally:
            cell.execution_count = self.number
            for output in cell.outputs:
                if output.output_type == "execute_result":
                    output.execution_count = self.number
        if self.strict:
            self._check(cell)
        return cell

    def process_message(self, msg: dict, cell: NotebookNode, cell_index: int) -> Any:
        self.unrepeatable.update({msg["msg_type"]} & set(_UNREPEATABLE))
        return super().process_message(msg, cell, cell_index)

    def _check(self, cell: NotebookNode) -> None:
        for kind in sorted(self.unrepeatable):
            problem = f"{_UNREPEATABLE[kind]}, which a replay cannot compare"
            raise self._error(cell, problem)
        said = [o.text for o in cell.outputs if o.get("name") == "stderr"]
        if said:
            problem = "it writes to standard error"
            raise self._error(cell, problem, "".join(said))

    def _error(self, cell: NotebookNode, problem: str, details: str = "") -> Exception:
        return NotebookError(
            self.name,
            problem,
            cell=self.number,
            source=cell.source,
            details=plain(details),
        )


def plain(text: str) -> str:
    r"""Return text without the escape sequences that colour it in a terminal.

    Example:
        >>> plain("\x1b[31mred\x1b[0m")
        'red'
    """
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def _tail(log: IO[bytes], lines: int = 12) -> str:
    """Last lines of what the kernel process wrote to its own standard error."""
    log.seek(0)
    text = log.read().decode("utf-8", errors="replace")
    # The kernel's own greeting says nothing about the cell.
    said = [line for line in text.splitlines() if "[IPKernelApp]" not in line]
    return "\n".join(said[-lines:])


class _Memory:
    """Samples the resident memory of a process and its descendants in a thread."""

    def __init__(self, every: float = 0.1) -> None:
        self.every, self.peak = every, 0
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, pid: int) -> None:
        self._thread = threading.Thread(target=self._run, args=(pid,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self, pid: int) -> None:
        while not self._stopped.wait(self.every):
            try:
                kernel = psutil.Process(pid)
                family = [kernel, *kernel.children(recursive=True)]
            except psutil.Error:
                return
            total = 0
            for process in family:
                try:
                    total += process.memory_info().rss
                except psutil.Error:
                    continue
            self.peak = max(self.peak, total)
