"""`course lab` on a copy of the notebooks, and a notebook in it as one works there."""

import contextlib
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat.reader import NotJSONError
from playwright.sync_api import Locator, Page

from tests.browser.watching import Visit

ROOT = Path(__file__).parents[2]
CANCELED = "Canceled future for "  # a question to the kernel that was stopped
SECONDS = 480  # the longest wait, on a machine that is busy with other things


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab.

    Attributes:
        course: the copy of the course that it serves.
        home: the server's address.
        first: the address that a learner is told to open.
        token: what the server asks for.
    """

    course: Path
    home: str
    first: str
    token: str

    def address(self, notebook: str) -> str:
        """Where a notebook, named from the course's folder, opens with no other tab."""
        alone = f"lab/workspaces/{secrets.token_hex(4)}"
        return f"{self.home}/{alone}/tree/{notebook}?token={self.token}"


@contextlib.contextmanager
def lab(folder: Path) -> Iterator[Lab]:
    """Copy the notebooks to a folder and run `course lab` there, as `make lab` does.

    Raises:
        RuntimeError: it does not answer; the text ends with what it said.
    """
    course = folder / "course"
    shutil.copytree(ROOT / "notebooks", course / "notebooks")
    shutil.copy(ROOT / "pyproject.toml", course)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = folder / "lab.log"
    command = [sys.executable, "-m", "course_utils.cli", "lab", "--no-browser"]
    with log.open("wb") as said:
        server = subprocess.Popen(
            [*command, "--port", str(port)], cwd=course, stdout=said, stderr=said
        )
    try:
        first = _address(server, log)
        home, token = re.fullmatch(r"(http://[^/]+)/.*token=(\w+)", first).groups()
        yield Lab(course, home, first, token)
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _address(server: subprocess.Popen, log: Path) -> str:
    end = time.monotonic() + SECONDS
    while server.poll() is None and time.monotonic() < end:
        said = log.read_text(encoding="utf-8", errors="replace")
        found = re.search(r"(http://\S+token=\w+)\s", said)
        if found and "Ctrl+C stops it" in said:
            return found[1]
        time.sleep(0.1)
    raise RuntimeError(f"course lab did not start: {log.read_text()[-2000:]}")


class Notebook:
    """A notebook in JupyterLab, opened in a visit's page.

    Args:
        visit: the window.
        running: JupyterLab.
        name: the notebook, named from the course's folder.
    """

    def __init__(self, visit: Visit, running: Lab, name: str) -> None:
        self.visit, self.path = visit, running.course / name
        self.page: Page = visit.page
        self.page.goto(running.address(name))
        self.panel = self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
        self.panel.locator(".jp-CodeCell").first.wait_for(timeout=1000 * SECONDS)
        # The sign of an idle kernel is there before the kernel is.
        self.page.get_by_text("(ipykernel) | Idle").wait_for(timeout=1000 * SECONDS)
        self._status("idle").wait_for(timeout=1000 * SECONDS)

    def restart_and_run_all(self) -> None:
        """Press the button for it, confirm, and see that the kernel stops."""
        self.panel.locator('[data-command="notebook:restart-run-all"]').first.click()
        self.page.locator(".jp-Dialog .jp-mod-accept").click()
        # A restart takes seconds; being busy may be over before anybody looks.
        self._status("idle").wait_for(state="detached", timeout=1000 * SECONDS)

    def wait(self) -> None:
        """Wait until everything asked for has run: idle for a second on end."""
        end, since = time.monotonic() + SECONDS, None
        while time.monotonic() < end:
            waiting = self.panel.get_by_text("[*]:", exact=True).count()
            if waiting or not self._status("idle").count():
                since = None
            elif since is None:
                since = time.monotonic()
            elif time.monotonic() - since > 1:
                return
            self.page.wait_for_timeout(200)
        raise AssertionError(f"{self.path.name} ran for more than {SECONDS} seconds")

    def save(self) -> nbformat.NotebookNode:
        """Save it from the keyboard, and read what is on the disk."""
        before = self.path.stat().st_mtime_ns
        self.page.keyboard.press("Control+s")
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            # A file that is being written is empty, or ends in the middle.
            with contextlib.suppress(NotJSONError):
                if self.path.stat().st_mtime_ns != before:
                    return nbformat.read(self.path, as_version=4)
            self.page.wait_for_timeout(100)
        raise AssertionError(f"{self.path.name} was not saved within {SECONDS} seconds")

    def complaints(self) -> list[str]:
        """The visit's, without what JupyterLab says of a kernel that is restarted."""
        return [line for line in self.visit.complaints() if CANCELED not in line]

    def cell(self, text: str) -> Locator:
        """The code cell that holds a text, scrolled to."""
        cell = self.panel.locator(".jp-CodeCell").filter(has_text=text).first
        cell.scroll_into_view_if_needed()
        return cell

    def write(self, text: str, lines: list[str]) -> None:
        """Write over the code cell that holds a text, with Enter between the lines."""
        self.cell(text).locator(".cm-content").click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.press("Delete")
        for line in lines[:-1]:
            self.page.keyboard.type(line)
            self.page.keyboard.press("Enter")
        self.page.keyboard.type(lines[-1])

    def run_two(self) -> None:
        """Run the cell with the cursor and the next one: Shift+Enter, twice."""
        for _ in range(2):
            self.page.keyboard.press("Shift+Enter")
        self.wait()

    def _status(self, status: str) -> Locator:
        return self.panel.locator(
            f".jp-Notebook-ExecutionIndicator[data-status={status}]"
        )
