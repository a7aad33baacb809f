"""Writing the book's sources: only what changed is touched, what is gone goes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from course_utils.notebooks.text import write_atomically


@dataclass
class Sources:
    """A folder of Sphinx sources.

    Sphinx reads a page again when its source is newer than what it knows of it. So a
    file that would be the same is left alone.

    Attributes:
        folder: where the sources lie.
        written: the pages that changed in this run, by their name in the folder.
        kept: the pages that did not.
    """

    folder: Path
    written: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)

    def text(self, name: str, text: str) -> None:
        """Write a page, unless it holds this text already.

        Args:
            name: its path in the folder, with forward slashes.
            text: what it shall hold; ends with one newline when written.
        """
        text = text.rstrip("\n") + "\n"
        path = self.folder / name
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            self.kept.append(name)
        else:
            write_atomically(path, text)
            self.written.append(name)

    def copy(self, name: str, original: Path) -> None:
        """Copy a file such as a picture, unless it is there already."""
        path = self.folder / name
        data = original.read_bytes()
        if path.is_file() and path.read_bytes() == data:
            self.kept.append(name)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self.written.append(name)

    def sweep(self) -> list[str]:
        """Remove what an earlier run left and this one did not ask for."""
        wanted = {*self.written, *self.kept}
        gone = []
        for path in sorted(self.folder.rglob("*")):
            name = path.relative_to(self.folder).as_posix()
            if path.is_file() and name not in wanted:
                path.unlink()
                gone.append(name)
        return gone
