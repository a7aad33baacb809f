"""Links in the clone's texts, turned into links of the book.

The book mirrors the clone's folders. So a link from one page to another only changes
its ending; a link to any other file of the clone leads to the public repository, where
that is known, and else is shown as plain text.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from course_utils.publishing.book.repository import Repository

# A fence, a span of code, or a link: what comes first wins, so code stays untouched.
_CODE_OR_LINK = re.compile(
    r"(?P<code>^(?P<fence>```+|~~~+).*?^(?P=fence)[ ]*$|(?P<tick>`+)(?!`).+?(?P=tick))"
    r"|(?P<mark>!?)\[(?P<text>[^\]]*)\]\((?P<target>[^()\s]+)\)",
    re.DOTALL | re.MULTILINE,
)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:|//|#", re.IGNORECASE)


@dataclass(frozen=True)
class Links:
    """Where links between the clone's files lead in the book.

    Attributes:
        root: the clone.
        pages: for each file of the clone that is a page, the page's source in the book.
        repository: where the clone is public, or None.
    """

    root: Path
    pages: Mapping[str, str]
    repository: Repository | None = None

    def rewrite(self, source: str, name: str) -> str:
        """Return Markdown of the clone as Markdown of the book.

        Args:
            source: the Markdown.
            name: the file it stands in, from the clone's top: ``docs/teachers.md``.
        """
        here = posixpath.dirname(self.pages.get(name, name))

        def replace(found: re.Match[str]) -> str:
            if found["code"]:
                return found[0]
            return self._link(found, posixpath.dirname(name), here)

        return _CODE_OR_LINK.sub(replace, source)

    def _link(self, found: re.Match[str], folder: str, here: str) -> str:
        target, hash_mark, anchor = found["target"].partition("#")
        if _SCHEME.match(found["target"]):
            return found[0]
        path = posixpath.normpath(posixpath.join(folder, target))
        if found["mark"]:
            return found[0]
        if path in self.pages:
            page = posixpath.relpath(self.pages[path], here or ".")
            return f"[{found['text']}]({page}{hash_mark}{anchor})"
        if not (self.root / path).exists():
            return found[0]  # a formula, perhaps; a true link that is broken warns
        if self.repository is None:
            return found["text"]
        return f"[{found['text']}]({self.repository.file(path)}{hash_mark}{anchor})"
