"""One page with what goes wrong in other texts, collected from all lessons."""

from __future__ import annotations

from collections.abc import Sequence

from nbformat import NotebookNode

from course_utils.publishing.book.lessons import FOR_LECTURERS, section

TITLE = "What goes wrong in other texts"


def errata_page(lessons: Sequence[tuple[str, str, NotebookNode]]) -> str:
    """Return the page.

    Args:
        lessons: of each its page's source, its title, and its notebook as the book
            shows it but for links, which lead where the lesson's lead.

    Raises:
        ValueError: no lesson has such a section.
    """
    parts = []
    for page, title, notebook in lessons:
        texts = [
            cell.source
            for cell in section(notebook, TITLE)
            if cell.cell_type == "markdown"
            and not cell.source.startswith((FOR_LECTURERS, "<details"))
        ]
        if texts:
            texts[0] = texts[0].split("\n", 1)[-1].strip()  # without its heading
            parts.append(f"## {title}\n\n[To the lesson]({page}).")
            parts += [text for text in texts if text]
    if not parts:
        raise ValueError(f"no lesson has a section {TITLE!r}")
    head = (
        f"# {TITLE}\n\n"
        "Sentences that stand in good books, well-known papers and many posts, beside "
        "what the lessons found. Most are true somewhere; the right column says where. "
        "If we are wrong, tell us."
    )
    return "\n\n".join([head, *parts])
