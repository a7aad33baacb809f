"""The command ``course``: open it, run it, check it, show it, add to it, grade it.

What a command needs is imported when it runs, so that ``course --help`` is quick. Exit
codes: 0 all is well, 1 something failed, 2 the command was not understood.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from course_utils.notebooks.errors import CourseError

app = typer.Typer(
    name="course",
    help="Training deep neural networks: a notebook course.",
    epilog="Begin with: course lab",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    # Plain help is there three times as fast, and in every terminal and pipe.
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Lessons = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="LESSON",
        help="1, 01, vanishing_gradients or 01_vanishing_gradients; all when omitted.",
        show_default=False,
    ),
]


@app.command()
def lab(
    port: Annotated[
        int,
        typer.Option(
            min=1, max=65535, help="Port to try first; the next free one is taken."
        ),
    ] = 8888,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Only print the address.")
    ] = False,
    lecture: Annotated[
        bool,
        typer.Option(
            "--lecture", help="Large type for a hall, one notebook at a time."
        ),
    ] = False,
) -> None:
    """Check the data and open JupyterLab on the first notebook."""
    from course_utils.cli.serve import open_lab

    raise typer.Exit(open_lab(_root(), port, browser=not no_browser, lecture=lecture))


@app.command()
def run(
    lesson: Lessons = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for the pages; build/html in the course when omitted.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Execute copies of the lessons and save them as HTML pages.

    A lesson that fails is saved with its error shown, and the others go on.
    """
    from course_utils.cli.pages import run_lessons

    raise typer.Exit(run_lessons(_root(), lesson or [], out))


@app.command()
def check(
    deep: Annotated[
        bool, typer.Option("--deep", help="Also import TensorFlow and use it.")
    ] = False,
) -> None:
    """Say whether machine, environment and data are in order."""
    from course_utils.cli.doctor import examine

    raise typer.Exit(examine(_root(), deep=deep))


@app.command()
def slides(
    lesson: Lessons = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for the decks; build/slides in the course when omitted.",
            show_default=False,
        ),
    ] = None,
    pdf: Annotated[
        bool, typer.Option("--pdf", help="Also print each deck, with a browser.")
    ] = False,
) -> None:
    """Make decks of the lessons that run in any browser, without a network."""
    from course_utils.cli.slides import write_decks

    raise typer.Exit(write_decks(_root(), lesson or [], out, pdf=pdf))


@app.command()
def book(
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for the book; build/book in the course when omitted.",
            show_default=False,
        ),
    ] = None,
    repository: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Where your copy of the course is public, for links to run it.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Make the whole course a book of web pages, readable without Python."""
    from course_utils.cli.book import write_book

    raise typer.Exit(write_book(_root(), out, repository))


@app.command(name="new-lesson")
def new_lesson(
    slug: Annotated[
        str,
        typer.Argument(
            help="What module, test and check will be called: batch_normalization.",
            show_default=False,
        ),
    ],
    keep: Annotated[
        bool,
        typer.Option("--keep", help="Keep the files that exist, write the others."),
    ] = False,
) -> None:
    """Write the skeleton of a lesson and of its tests.

    Text, module, exercises and checks, each ready to run. The lesson gets the next
    number. Nothing is written when a file is in the way.
    """
    from course_utils.cli.skeleton import write_lesson

    raise typer.Exit(write_lesson(_root(), slug, keep=keep))


Folder = Annotated[
    Path,
    typer.Option(
        "--course",
        metavar="DIR",
        help="The folder of the class: releases, submissions, grades.",
        show_default=False,
    ),
]
Assignment = Annotated[
    str,
    typer.Argument(help="For example 07_optimizers.", show_default=False),
]
Database = Annotated[
    str | None,
    typer.Option(
        "--db",
        metavar="URL",
        help="The gradebook: postgresql://user@host/name; DIR/gradebook.db by default.",
        show_default=False,
    ),
]


@app.command()
def release(course: Folder, lesson: Lessons = None) -> None:
    """Build assignments to hand out, without solutions or hidden checks."""
    from course_utils.cli.grading import release_lessons

    raise typer.Exit(release_lessons(_root(), course, lesson or []))


@app.command()
def grade(
    course: Folder,
    assignment: Assignment,
    db: Database = None,
    student: Annotated[
        list[str] | None,
        typer.Option(help="Grade this one only; may be given more than once."),
    ] = None,
    jobs: Annotated[
        int, typer.Option(help="Submissions at a time; -1 is one a core.")
    ] = -1,
    tier: Annotated[
        str | None,
        typer.Option(
            help='"fork server", bwrap, podman or docker; the best one by default.',
            show_default=False,
        ),
    ] = None,
    trust: Annotated[
        bool,
        typer.Option(
            "--trust-submissions",
            help="Run submissions without a sandbox. For work that you wrote yourself.",
        ),
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Mark also what is marked already.")
    ] = False,
    seconds: Annotated[
        float, typer.Option(min=0.1, help="Seconds that one call may take.")
    ] = 10.0,
    dask: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Mark on the Dask cluster whose scheduler is there: tcp://host:8786.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Grade what was handed in: gradebook, feedback, report and grades.csv.

    Submissions run in a sandbox. An interrupted run goes on where it stopped.
    """
    from course_utils.cli.grading import grade_assignment

    raise typer.Exit(
        grade_assignment(
            course,
            assignment,
            db=db,
            only=student or [],
            jobs=jobs,
            tier=tier,
            trust=trust,
            again=again,
            seconds=seconds,
            dask=dask,
        )
    )


@app.command()
def publish(course: Folder, assignment: Assignment, db: Database = None) -> None:
    """Write feedback, report and grades.csv again, after marking by hand."""
    from course_utils.cli.grading import publish_assignment

    raise typer.Exit(publish_assignment(course, assignment, db))


@app.command(name="sandbox-image")
def sandbox_image(
    engine: Annotated[
        str, typer.Argument(help="podman or docker.", show_default=False)
    ],
) -> None:
    """Build the image that Podman or Docker grade in: once, and after an update."""
    from course_utils.cli.grading import build_image

    raise typer.Exit(build_image(engine))


@app.command(name="new-exercise")
def new_exercise(
    course: Folder,
    slug: Annotated[
        str,
        typer.Argument(
            help="What the exercise will be called: moving_average.",
            show_default=False,
        ),
    ],
) -> None:
    """Write an exercise of your own to start from, with its check."""
    from course_utils.cli.grading import write_exercise

    raise typer.Exit(write_exercise(course, slug))


def _root() -> Path:
    from course_utils.notebooks.lessons import find_root

    return find_root()


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command ``course`` and exit with its code.

    Args:
        arguments: what follows ``course``; the process' own arguments when None.
    """
    try:
        app(args=arguments, prog_name="course")
    except (CourseError, OSError) as error:
        # An OSError here is a folder that cannot be written, a full disk, damaged data.
        print(f"course: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("course: interrupted", file=sys.stderr)
        sys.exit(130)
