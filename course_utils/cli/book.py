"""``course book``: the whole course as web pages."""

from pathlib import Path

from rich.console import Console

from course_utils.publishing.book.building import build
from course_utils.publishing.book.repository import find


def write_book(root: Path, out: Path | None, repository: str | None) -> int:
    """Make the book, or bring it up to date.

    Args:
        root: the course's folder.
        out: folder of the book, made when it is not there; ``build/book`` in the course
            when None.
        repository: where the clone is public; what the settings or the clone's own
            remote say when None.

    Returns:
        0.

    Raises:
        CourseError: an address that cannot be understood, a missing package, or a text
            that Sphinx cannot make a page of.
    """
    public = find(root, repository)
    folder = (root / "build" / "book" if out is None else out).resolve()
    console = Console()
    with console.status("Making the book; the first time this takes a minute or two."):
        written = build(root, folder, public)
    linked = f" Its pages link to {public.url}." if public else ""
    begin = folder / "index.html"
    console.print(
        f"{written} files written. Open {begin} in any browser.{linked}",
        soft_wrap=True,
        highlight=False,
    )
    return 0
