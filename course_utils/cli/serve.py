"""``course lab``: verify the data, then open JupyterLab on the first notebook."""

import errno
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import webbrowser
from pathlib import Path

from course_utils.notebooks.errors import CourseError
from course_utils.notebooks.text import write_atomically

FIRST = "notebooks/00_start_here.ipynb"
SETTINGS = Path(__file__).parent / "jupyter"
"""Jupyter configuration of the course: no pop-up asks about news."""
LECTURE = Path(__file__).parent / "jupyter" / "lecture.json"
"""Type sizes for a hall, which JupyterLab takes from a user's settings only."""

_PORTS = 50
_IN_USE = (errno.EADDRINUSE, getattr(errno, "WSAEADDRINUSE", None))
_WAIT = 120  # seconds until the server must answer


def open_lab(root: Path, port: int, browser: bool, lecture: bool = False) -> int:
    """Serve the course's folder with JupyterLab until it is stopped.

    Args:
        root: the course's folder.
        port: the first to try; 1 to 65535.
        browser: open the address in one where there is one.
        lecture: large type, one notebook at a time and a layout of its own.

    Returns:
        0 when the server was stopped, else its exit code.

    Raises:
        CourseError: the data are damaged, no port is free, or JupyterLab is missing.
    """
    verify_data()
    chosen = free_port(port)
    if chosen != port:
        print(f"Port {port} is taken; using {chosen}.")
    token = secrets.token_hex(16)
    mode = "doc/workspaces/lecture" if lecture else "lab"
    address = f"http://localhost:{chosen}/{mode}/tree/{FIRST}?token={token}"
    command = [*_command(root, chosen), f"--NotebookNotary.data_dir={trust(root)}"]
    # Whoever ends this process ends the server with it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # Keys of running kernels must be private, which not every disk a course is
    # unpacked on can promise; the system's folder for such files can.
    runtime = tempfile.TemporaryDirectory(prefix="course-", ignore_cleanup_errors=True)
    surroundings = environment(root, token, Path(runtime.name), lecture=lecture)
    server = subprocess.Popen(command, cwd=root, env=surroundings)
    try:
        if not _answers(server, chosen):
            code = server.poll()
            if code is None:
                raise CourseError(f"JupyterLab did not answer within {_WAIT} seconds")
            raise CourseError(
                f"JupyterLab stopped with exit code {code}; `make check` looks for "
                "the cause"
            )
        opened = browser and has_browser() and webbrowser.open(address)
        print("JupyterLab is running." if opened else "Open this in a browser:")
        print(f"\n    {address}\n")
        print("Ctrl+C stops it.", flush=True)
        return server.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        _stop(server)
        runtime.cleanup()


def verify_data() -> None:
    """Hold the images against their checksums, and mend them where that is possible.

    Raises:
        DataFileError: a file is damaged or missing; its text says what to do.
    """
    from course_utils.lab import data

    if not all(file.ok for file in data.verify_data()):
        print("A data file is missing or damaged; trying to mend it.")
        data.load_fashion_mnist()


def free_port(first: int) -> int:
    """Return the first port from `first` on that nobody listens on.

    Raises:
        CourseError: 50 ports in a row are taken.
    """
    last = min(first + _PORTS, 65536)
    for port in range(first, last):
        if not _taken(port):
            return port
    raise CourseError(
        f"the ports {first} to {last - 1} are all taken: choose another with --port"
    )


def _taken(port: int) -> bool:
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            with socket.socket(family) as probe:
                probe.bind((host, port))
        except OSError as error:
            # A machine without IPv6 refuses its address, not the port.
            if family == socket.AF_INET or error.errno in _IN_USE:
                return True
    return False


def trust(root: Path) -> Path:
    """Sign the course's own notebooks, so that their sliders move when opened.

    JupyterLab runs scripts in saved outputs only where it trusts the notebook. The
    signatures lie in the course's build folder and are used by this server alone.

    Returns:
        The folder with the signatures.
    """
    import nbformat
    from nbformat.sign import NotebookNotary

    from course_utils.notebooks.lessons import lessons

    folder = root / "build" / "jupyter"
    folder.mkdir(parents=True, exist_ok=True)
    notary = NotebookNotary(data_dir=str(folder))
    for lesson in lessons(root):
        for path in (lesson.notebook, lesson.stub):
            if path.is_file():
                text = path.read_text(encoding="utf-8")
                notary.sign(nbformat.reads(text, as_version=4))
    notary.store.close()
    return folder


def _command(root: Path, port: int) -> list[str]:
    command = [
        *(sys.executable, "-m", "jupyterlab", "--log-level=WARN"),
        "--LabApp.log_level=WARN",
        f"--port={port}",
        "--ServerApp.port_retries=0",
        "--ServerApp.ip=localhost",
        f"--ServerApp.root_dir={root}",
        "--ServerApp.open_browser=False",
        "--ServerApp.answer_yes=True",
    ]
    # JupyterLab refuses to serve for root; inside a container there is nobody else.
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    return command


def environment(
    root: Path, token: str, runtime: Path, lecture: bool = False
) -> dict[str, str]:
    """Return the server's environment: what it writes stays out of the user's home.

    Its terminals find the command ``course``; what the user has set up for Jupyter is
    read still, after the course's settings.

    Args:
        root: the course's folder; layout, history and settings are kept in its build.
        token: what the server asks for.
        runtime: a private folder for the files of running kernels.
        lecture: see `open_lab`.
    """
    from jupyter_core.paths import jupyter_config_dir

    kept = root / "build" / "jupyter"
    theirs = os.environ.get("JUPYTER_CONFIG_PATH", "")
    paths = [str(SETTINGS), theirs, jupyter_config_dir()]
    larger = {"JUPYTERLAB_SETTINGS_DIR": str(_larger(kept))} if lecture else {}
    programs = [str(Path(sys.executable).parent), os.environ.get("PATH", "")]
    return os.environ | {
        "PATH": os.pathsep.join(path for path in programs if path),
        "JUPYTER_TOKEN": token,
        "JUPYTER_CONFIG_DIR": str(kept / "config"),
        "JUPYTER_DATA_DIR": str(kept / "data"),
        "JUPYTER_RUNTIME_DIR": str(runtime),
        "JUPYTERLAB_WORKSPACES_DIR": str(kept / "workspaces"),
        "IPYTHONDIR": str(kept / "ipython"),
        "JUPYTER_CONFIG_PATH": os.pathsep.join(path for path in paths if path),
        **larger,
    }


def _larger(kept: Path) -> Path:
    """Settings of JupyterLab with large type; what a lecturer changed there stays."""
    folder = kept / "lecture"
    file = folder / "@jupyterlab" / "apputils-extension" / "themes.jupyterlab-settings"
    if not file.exists():
        write_atomically(file, LECTURE.read_text(encoding="utf-8"))
    return folder


def has_browser() -> bool:
    """Say whether a browser window can be opened here.

    On a Linux machine without a screen Python would open a browser in the terminal.
    """
    if sys.platform.startswith("linux"):
        known = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
        return any(os.environ.get(name) for name in known)
    return True


def _answers(server: subprocess.Popen, port: int) -> bool:
    """Wait until the server answers; False when it stops or takes too long."""
    end = time.monotonic() + _WAIT
    while server.poll() is None and time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"http://localhost:{port}/api", timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    return False


def _stop(server: subprocess.Popen) -> None:
    """End the server and its kernels, at the latest after ten seconds."""
    if server.poll() is not None:
        return
    server.terminate()
    try:
        server.wait(timeout=10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
