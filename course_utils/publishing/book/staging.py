"""All sources of the book, written from the clone's own files."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode

from course_utils.notebooks.errors import CourseError
from course_utils.notebooks.lessons import Lesson, lessons
from course_utils.notebooks.text import read_notebook, read_text
from course_utils.publishing.book import concepts
from course_utils.publishing.book.errata import errata_page
from course_utils.publishing.book.exercises import exercise_page, load_exercises
from course_utils.publishing.book.lessons import lesson_page, title_of
from course_utils.publishing.book.links import Links
from course_utils.publishing.book.measured import measured_page
from course_utils.publishing.book.reference import PACKAGE, reference_pages
from course_utils.publishing.book.repository import Repository
from course_utils.publishing.book.verdicts import verdict_page
from course_utils.publishing.book.writing import Sources

PARTS = "docs/book"
TEXTS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")
TITLES = {"README.md": "Install and run"}  # what a page is for, where it is not alone
FRONT = {"intro": None, "lessons": "## Lessons"}


@dataclass(frozen=True)
class Staged:
    """A lesson, read once.

    Attributes:
        lesson: its files.
        notebook: the lesson with its stored outputs.
        title: its first heading.
    """

    lesson: Lesson
    notebook: NotebookNode
    title: str

    @property
    def page(self) -> str:
        """The source of its page in the book."""
        return f"notebooks/{self.lesson.name}.ipynb"


def stage(root: Path, folder: Path, repository: Repository | None) -> Sources:
    """Write the book's sources; only what changed is touched.

    Args:
        root: the clone.
        folder: where the sources go.
        repository: where the clone is public, or None.

    Returns:
        What was written and what was kept.

    Raises:
        CourseError: a file that the book needs is missing or cannot be used.
    """
    sources = Sources(folder)
    read = [_read(lesson) for lesson in lessons(root)]
    if not read:
        raise CourseError(f"there is no lesson in {root / 'notebooks'}")
    links = Links(root, _pages(root, read), repository)
    for one in read:
        _stage_lesson(one, links, sources)
    for name in links.pages:
        if name.endswith(".md"):
            text = links.rewrite((root / name).read_text(encoding="utf-8"), name)
            if name in TITLES:
                text = re.sub(r"\A# .*", f"# {TITLES[name]}", text)
            sources.text(name, text)
    for picture in sorted((root / "docs" / "images").glob("*.*")):
        sources.copy(f"docs/images/{picture.name}", picture)
    for page in reference_pages(root / PACKAGE):
        sources.text(page.name, page.text())
    _stage_collections(root, read, links, sources)
    _stage_front(root, links, sources)
    sources.sweep()
    return sources


def _read(lesson: Lesson) -> Staged:
    notebook = read_notebook(lesson.notebook)
    return Staged(lesson, notebook, title_of(notebook))


def _pages(root: Path, read: list[Staged]) -> dict[str, str]:
    """For each file of the clone that is a page, the page's source in the book."""
    pages = {}
    for one in read:
        pages[one.page] = one.page
        stub = f"notebooks/exercises/{one.lesson.name}.ipynb"
        pages[stub] = stub.removesuffix(".ipynb") + ".md"
    texts = [*TEXTS, *(f"docs/{path.name}" for path in (root / "docs").glob("*.md"))]
    return pages | {name: name for name in sorted(texts) if (root / name).is_file()}


def _stage_lesson(one: Staged, links: Links, sources: Sources) -> None:
    labelled = copy.deepcopy(one.notebook)
    concepts.with_anchors(one.lesson.name, labelled)
    sources.text(one.page, lesson_page(labelled, one.page, links))
    stub = f"notebooks/exercises/{one.lesson.name}.ipynb"
    solved = read_text(one.lesson.exercise_text)
    exercises = load_exercises(one.lesson.slug)
    sources.text(links.pages[stub], exercise_page(solved, stub, exercises, links))


def _stage_collections(
    root: Path, read: list[Staged], links: Links, sources: Sources
) -> None:
    listed = [(one.page, one.title, one.notebook) for one in read]
    sources.text("verdicts.md", verdict_page(listed))
    sources.text("errata.md", errata_page(listed))
    sources.text("measured.md", measured_page(root))
    path = root / PARTS / "terms.txt"
    terms = concepts.read_terms(_needed(path), path.name)
    found = [
        section
        for one in read
        for section in concepts.sections(one.lesson.name, one.title, one.notebook)
    ]
    sources.text("concepts.md", concepts.concept_page(terms, found))


def _stage_front(root: Path, links: Links, sources: Sources) -> None:
    """The front page: a frame of its own around parts of the README."""
    readme = links.rewrite(_needed(root / "README.md"), "README.md")
    frame = _needed(root / PARTS / "index.md.in")
    for mark, heading in FRONT.items():
        place = f"<!-- README: {mark} -->"
        if place not in frame:
            raise CourseError(f"{PARTS}/index.md.in: expected a line {place}")
        frame = frame.replace(place, _part(readme, heading))
    sources.text("index.md", frame)


def _part(text: str, heading: str | None) -> str:
    """A part of the README: from a heading, or below the title, to the next heading."""
    lines = text.splitlines()
    start = 0
    if heading is not None:
        if heading not in lines:
            raise CourseError(f"README.md: expected a line {heading!r}")
        start = lines.index(heading)
    kept = []
    for line in lines[start + 1 :]:
        if line.startswith("## "):
            break
        kept.append(line)
    return "\n".join(kept).strip()


def _needed(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise CourseError(f"the book needs {path}, which is missing") from None
