"""A deck on paper: the browser's own print, without a window."""

import contextlib
import hashlib
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil

from course_utils.notebooks.errors import CourseError

SECONDS = 180
# The browser prints when the page has had this long, in milliseconds of a clock that
# runs as fast as the page can work: formulas and slides are laid out by then. On a very
# busy machine a browser may still be too early; then it gets longer.
_PAGE_CLOCKS = (60_000, 120_000, 300_000)

_PAGE = re.compile(rb"/Type\s*/Page\b")
_SLIDE = re.compile(rb"<section\b")


def print_deck(browser: Path, page: Path, target: Path) -> None:
    """Print a deck, one page a slide with everything on it, whole or not at all.

    Args:
        browser: see :func:`course_utils.publishing.browser.find_browser`.
        page: the deck.
        target: the PDF file to write.

    Raises:
        CourseError: the browser fails, takes longer than `SECONDS`, or does not
            print as many pages as there are slides.
    """
    slides = len(_SLIDE.findall(page.read_bytes()))
    part = target.with_name(f".{target.stem}.{os.getpid()}.part.pdf").absolute()
    try:
        for clock in _PAGE_CLOCKS:
            pages = _print(browser, page, part, clock)
            if pages == slides:
                break
        else:
            raise CourseError(
                f"{browser} printed {pages} pages of {page.name}, which has {slides} "
                "slides: try again when the machine is less busy"
            )
        with part.open("ab") as file:  # a comment: no program shows it
            file.write(_comment(mark_of(page)))
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)


def _print(browser: Path, page: Path, target: Path, clock: int) -> int:
    """Print once, and return how many pages that made."""
    # Not in the system's folder for such files: some packaged browsers see none.
    with tempfile.TemporaryDirectory(
        prefix=".printing-", dir=target.parent, ignore_cleanup_errors=True
    ) as profile:
        _run(_command(browser, Path(profile), page, target, clock), browser)
    contents = target.read_bytes() if target.is_file() else b""
    if not contents.startswith(b"%PDF-"):
        raise CourseError(f"{browser} ended without an error and wrote no PDF")
    return len(_PAGE.findall(contents))


def _command(
    browser: Path, profile: Path, page: Path, target: Path, clock: int
) -> list[str]:
    command = [
        str(browser),
        "--headless",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-quic",
        "--host-resolver-rules=MAP * ~NOTFOUND",  # a deck asks the network nothing
        f"--user-data-dir={profile.absolute()}",
        f"--virtual-time-budget={clock}",
        "--no-pdf-header-footer",
        f"--print-to-pdf={target}",
    ]
    if sys.platform == "linux" and os.geteuid() == 0:
        command.append("--no-sandbox")  # the administrator has no sandbox to go into
    return [*command, f"{page.resolve().as_uri()}?print-pdf"]


def _run(command: list[str], browser: Path) -> None:
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
    except OSError as error:
        raise CourseError(f"{browser} does not start: {error}") from error
    try:
        _, stderr = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        raise CourseError(
            f"{browser} did not finish printing within {SECONDS} seconds"
        ) from None
    finally:
        _end(process)
    if process.returncode:
        said = stderr.decode(errors="replace").strip().splitlines()[-3:]
        lines = "".join(f"\n    {line}" for line in said)
        raise CourseError(f"{browser} ended with code {process.returncode}{lines}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a browser that still runs, and the processes that it started."""
    if process.poll() is not None:
        return
    family = psutil.Process(process.pid)
    for one in [*family.children(recursive=True), family]:
        with contextlib.suppress(psutil.NoSuchProcess):
            one.kill()
    process.communicate()


def mark_of(page: Path) -> str:
    """Return a hash of a deck and of all that it loads, which its PDF keeps.

    Args:
        page: the deck; what it loads lies beside it, in ``_static``.
    """
    digest = hashlib.sha256()
    for path in [page, *sorted(page.with_name("_static").rglob("*"))]:
        if path.is_file():
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def is_printed(target: Path, mark: str) -> bool:
    """Say whether a PDF was printed from the deck with this mark."""
    return target.is_file() and target.read_bytes().endswith(_comment(mark))


def _comment(mark: str) -> bytes:
    return f"%course-deck {mark}\n".encode()
