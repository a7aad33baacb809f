"""``course run``: execute copies of the lessons and save them as HTML pages."""

from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from course_utils.notebooks.errors import NotebookError
from course_utils.notebooks.execute import execute
from course_utils.notebooks.lessons import Lesson, choose
from course_utils.notebooks.text import read_notebook, write_atomically


def run_lessons(root: Path, wanted: list[str], out: Path | None) -> int:
    """Execute lessons and save each as a page; the notebooks stay as they are.

    Args:
        root: the course's folder.
        wanted: see `course_utils.notebooks.lessons.choose`.
        out: folder for the pages, made when it is not there; ``build/html`` in the
            course when None.

    Returns:
        0, or 1 when a lesson failed; its page then ends in the error.

    Raises:
        CourseError: a lesson is not there.
    """
    chosen = choose(root, wanted)
    folder = root / "build" / "html" if out is None else out
    folder.mkdir(parents=True, exist_ok=True)
    console = Console()
    failed = [lesson.name for lesson in chosen if not _run(lesson, folder, console)]
    console.print(f"The pages are in {folder}.", soft_wrap=True, highlight=False)
    if failed:
        names = ", ".join(failed)
        console.print(f"{len(failed)} of {len(chosen)} failed: {names}", soft_wrap=True)
    return 1 if failed else 0


def _run(lesson: Lesson, folder: Path, console: Console) -> bool:
    page = folder / f"{lesson.name}.html"
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("cells"),
    )
    try:
        notebook = read_notebook(lesson.notebook)
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task(lesson.name, total=None)
            cost = execute(
                notebook,
                lesson.notebook.parent,
                name=lesson.name,
                strict=False,
                on_cell=lambda i, n: progress.update(task, completed=i, total=n),
            )
    except NotebookError as error:
        console.print(f"FAILED  {error}", markup=False, highlight=False, soft_wrap=True)
        if error.cell is not None:
            write_page(page, notebook, lesson.name)
        return False
    write_page(page, notebook, lesson.name)
    console.print(
        f"ok      {lesson.name}  {cost.seconds:.1f} s, {cost.peak_mib:.0f} MiB",
        markup=False,
        highlight=False,
    )
    return True


def write_page(path: Path, notebook: object, title: str) -> None:
    """Write a notebook as one HTML page, pictures included.

    The formulas are drawn by MathJax, which the page loads from the network; without
    one they are shown as TeX.
    """
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(embed_images=True)
    page, _ = exporter.from_notebook_node(
        notebook, resources={"metadata": {"name": title}}
    )
    write_atomically(path, page)
