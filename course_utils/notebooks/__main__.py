"""Record the notebooks, or replay them: ``python -m course_utils.notebooks``."""

import argparse
import sys
import time

from course_utils.notebooks.errors import CourseError, NotebookError
from course_utils.notebooks.lessons import choose, find_root

_DESCRIPTION = """\
record   make the notebooks from their texts, execute and save them, exactly as a
         replay will run them; the exercise stubs too
replay   execute the saved notebooks again and compare every output with the saved one
"""


def main(arguments: list[str] | None = None) -> int:
    """Run one of the two commands and return its exit code: 0 ok, 1 failed, 2 usage."""
    parser = argparse.ArgumentParser(
        prog="python -m course_utils.notebooks",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    record = commands.add_parser("record", help="execute and save the notebooks")
    record.add_argument(
        "lesson", nargs="*", help="number, slug or name; all lessons when none is given"
    )
    commands.add_parser(
        "replay",
        add_help=False,
        help="run the saved notebooks again and compare; what follows goes to pytest",
    )
    options, rest = parser.parse_known_args(arguments)
    if options.command == "record" and rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        root = find_root()
        if options.command == "record":
            return _record(choose(root, options.lesson))
        from course_utils.notebooks.replay import replay

        return replay(root, rest)
    except CourseError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; what was saved is complete", file=sys.stderr)
        return 130


def _record(lessons: list) -> int:
    from course_utils.notebooks.record import record_lesson, record_stub

    if not lessons:
        print("there is no lesson yet: notebooks/text holds none")
    failed = 0
    start = time.perf_counter()
    for lesson in lessons:
        parts = [(lesson.name, record_lesson)]
        if lesson.exercise_text.is_file():
            parts.append((f"exercises/{lesson.name}", record_stub))
        for name, record in parts:
            print(f"{name} ...", end=" ", flush=True)
            try:
                cost = record(lesson)
            except NotebookError as error:
                failed += 1
                print("FAILED", flush=True)
                print(error, file=sys.stderr, flush=True)
            else:
                print(f"{cost.seconds:.1f} s, {cost.peak_mib:.0f} MiB", flush=True)
    seconds = time.perf_counter() - start
    if failed:
        print(f"{failed} failed and kept the notebook they had ({seconds:.0f} s)")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
