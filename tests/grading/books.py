"""Gradebooks as plain rows, whatever ids their tables drew."""

from contextlib import contextmanager

from nbgrader.api import Base, Gradebook
from sqlalchemy import func, select

_DRAWN = {"id"}


@contextmanager
def opened(course, db=None):
    with Gradebook(db or course.database) as gradebook:
        yield gradebook


def dump(course, db=None):
    """Every row that says something, in words, and how many rows each table has."""
    rows = []

    def add(kind, thing, **more):
        fields = {k: v for k, v in thing.to_dict().items() if k not in _DRAWN}
        rows.append((kind, *sorted((k, repr(v)) for k, v in (fields | more).items())))

    with opened(course, db) as book:
        for student in book.students:
            add("student", student, name=student.id)
        for assignment in book.assignments:
            add("assignment", assignment)
            for notebook in assignment.notebooks:
                add("notebook", notebook, kernel=notebook.kernelspec)
                for cell in notebook.source_cells:
                    add("source", cell)
                for cell in (*notebook.grade_cells, *notebook.solution_cells):
                    add("cell", cell)
            for submission in assignment.submissions:
                add("submission", submission, extension=submission.extension)
                for notebook in submission.notebooks:
                    add("submitted", notebook, late=notebook.late_submission_penalty)
                    for grade in notebook.grades:
                        add("grade", grade)
                    for comment in notebook.comments:
                        add("comment", comment)
        for name, table in Base.metadata.tables.items():
            count = book.db.execute(select(func.count()).select_from(table)).scalar()
            rows.append(("rows", name, count))
    return sorted(rows)


def by_hand(course, name, student, points=None, remarks=None, db=None):
    """What a teacher does in formgrader: points and comments for some cells."""
    with opened(course, db) as book:
        for cell, value in (points or {}).items():
            grade = book.find_grade(cell, name, name, student)
            grade.manual_score = value
            grade.needs_manual_grade = False
        for cell, text in (remarks or {}).items():
            comment = book.find_comment(cell, name, name, student)
            comment.manual_comment = text
        book.db.commit()


def cells(course, name, student, db=None):
    """By graded cell: (by machine, by hand, whether it waits for a human)."""
    with opened(course, db) as book:
        notebook = book.find_submission_notebook(name, name, student)
        return {
            grade.name: (grade.auto_score, grade.manual_score, grade.needs_manual_grade)
            for grade in notebook.grades
        }
