"""``course slides``: a deck for every lesson, in one folder that needs no network."""

from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from course_utils.notebooks.lessons import Lesson, choose, lessons
from course_utils.notebooks.text import read_notebook, write_atomically
from course_utils.publishing import assets, deck
from course_utils.publishing.browser import find_browser
from course_utils.publishing.pdf import is_printed, mark_of, print_deck


def write_decks(root: Path, wanted: list[str], out: Path | None, pdf: bool) -> int:
    """Write a deck for each lesson; what is up to date already is left alone.

    Args:
        root: the course's folder.
        wanted: see `course_utils.notebooks.lessons.choose`.
        out: folder for the decks, made when it is not there; ``build/slides`` in the
            course when None.
        pdf: also print each of them to a PDF file beside it.

    Returns:
        0.

    Raises:
        CourseError: a lesson, reveal.js or MathJax is not there; with `pdf`, also when
            no browser is found or it fails.
    """
    chosen = choose(root, wanted)
    folder = root / "build" / "slides" if out is None else out
    templates = root / "docs"
    console = Console()
    written = _write_static(templates / "deck" / "static", folder / "_static")
    there = {lesson.name for lesson in lessons(root) if _page(folder, lesson).is_file()}
    linked = there | {lesson.name for lesson in chosen}
    for lesson in chosen:
        new = _write_deck(lesson, folder, templates, linked)
        _say(console, "written" if new else "same", _page(folder, lesson).name)
        written += new
    if pdf:
        written += sum(_print(lesson, folder, console) for lesson in chosen)
    decks = [lesson for lesson in lessons(root) if lesson.name in linked]
    written += _write_list(decks, folder, templates / "deck")
    console.print(
        f"{written} files written. Open {folder / 'index.html'} in any browser.",
        soft_wrap=True,
        highlight=False,
    )
    return 0


def _page(folder: Path, lesson: Lesson) -> Path:
    return folder / f"{lesson.name}.html"


def _say(console: Console, done: str, what: str) -> None:
    console.print(f"{done:<7} {what}", markup=False, highlight=False, soft_wrap=True)


def _write_deck(
    lesson: Lesson, folder: Path, templates: Path, linked: set[str]
) -> bool:
    page = _page(folder, lesson)
    notebook = read_notebook(lesson.notebook)
    mark = deck.fingerprint_of(lesson.notebook, templates, linked - {lesson.name})
    if deck.fingerprint_in(page) == mark:
        return False
    write_atomically(page, deck.make_page(notebook, templates, linked, mark))
    return True


def _print(lesson: Lesson, folder: Path, console: Console) -> bool:
    page = _page(folder, lesson)
    target = page.with_suffix(".pdf")
    new = not is_printed(target, mark_of(page))
    if new:
        print_deck(find_browser(), page, target)
    _say(console, "printed" if new else "same", target.name)
    return new


def _static_files(own: Path) -> Iterator[tuple[Path, str]]:
    reveal = assets.reveal()
    for path in sorted(own.iterdir()):
        yield path, path.name
    yield reveal / "dist" / "reveal.js", "reveal/reveal.js"
    yield reveal / "dist" / "reveal.css", "reveal/reveal.css"
    yield reveal / "plugin" / "notes" / "notes.js", "reveal/notes.js"
    yield reveal / "LICENSE", "reveal/LICENSE"
    yield assets.mathjax() / "tex-svg-full.js", "mathjax/tex-svg-full.js"


def _write_static(own: Path, folder: Path) -> int:
    files = list(_static_files(own))
    count = sum(
        assets.copy_when_different(source, folder / name) for source, name in files
    )
    return count + _write_when_different(folder / "code.css", deck.code_css())


def _write_list(decks: list[Lesson], folder: Path, templates: Path) -> bool:
    import jinja2

    loader = jinja2.FileSystemLoader(templates)
    template = jinja2.Environment(loader=loader).get_template("list.html.j2")
    entries = [
        {"name": one.name, "title": deck.title(read_notebook(one.notebook), one.name)}
        for one in decks
    ]
    page = template.render(decks=entries) + "\n"
    return _write_when_different(folder / "index.html", page)


def _write_when_different(path: Path, text: str) -> bool:
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return False
    write_atomically(path, text)
    return True
