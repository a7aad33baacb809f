"""Opening the gradebook: nbgrader's tables in SQLite or on a PostgreSQL server.

SQLite is one file in the course folder. A school that has a server says
``postgresql://user@host/name``; the driver is psycopg. nbgrader makes its tables one by
one and asks a program on the search path for their version; here they are made in one
transaction, so a process that is killed leaves either all of them or none.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from nbgrader.api import Base, Gradebook
from nbgrader.dbutil import ALEMBIC_DIR
from sqlalchemy import (
    Column,
    Connection,
    MetaData,
    String,
    Table,
    create_engine,
    insert,
    inspect,
    select,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from course_utils.grading.course import Course
from course_utils.grading.errors import GradingError
from course_utils.grading.handing_out.nbgrader_course import database, settings

SECONDS = 10
_PATIENT = ("postgresql+psycopg", "postgresql+psycopg2")
_OURS = MetaData()
VERSION = Table("alembic_version", _OURS, Column("version_num", String(32)))
# What each submission was filled from, in the transaction that filled it. nbgrader
# neither reads nor removes this table.
FILLED = Table(
    "course_utils_filled",
    _OURS,
    Column("submission_id", String(32), primary_key=True),
    Column("digest", String(64), nullable=False),
)
# What stood in each graded cell then: points given by hand are for that.
GRADED = Table(
    "course_utils_graded",
    _OURS,
    Column("submission_id", String(32), primary_key=True),
    Column("cell_id", String(32), primary_key=True),
    Column("digest", String(64), nullable=False),
)


@contextlib.contextmanager
def open_gradebook(course: Course, db: str | None = None) -> Iterator[Gradebook]:
    """An open gradebook; its tables are made where there are none.

    Args:
        course: the class.
        db: the gradebook's address; by default the one in the class's settings, and
            else the SQLite file in its folder.

    Raises:
        GradingError: the address is none, the database cannot be reached, is of
            another version, or fails while it is open. No password is in the text.
    """
    url = parse(database(course, db))
    try:
        prepare(url)
        name = settings(course).CourseDirectory.get("course_id", "")
        gradebook = Gradebook(address(url), str(name or "default_course"))
    except (SQLAlchemyError, ImportError) as error:
        raise GradingError(_sentence(url, error)) from None
    try:
        with gradebook:
            yield gradebook
    except SQLAlchemyError as error:
        raise GradingError(_sentence(url, error)) from None


def parse(address: str) -> URL:
    """The parts of a database's address; plain ``postgresql://`` means psycopg.

    >>> parse("postgresql://ada@host/db").drivername
    'postgresql+psycopg'

    Raises:
        GradingError: it is no address.
    """
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        raise GradingError(
            "the address of a gradebook must read sqlite:///FILE or "
            "postgresql://USER:PASSWORD@HOST/NAME; this one cannot be read"
        ) from None
    if url.drivername in ("postgres", "postgresql"):
        url = url.set(drivername="postgresql+psycopg")
    return url


def address(url: URL) -> str:
    """An address for who connects: with its password."""
    return url.render_as_string(hide_password=False)


def hidden(url: URL) -> str:
    """An address to print: without any password.

    >>> hidden(parse("postgresql://ada:secret@host/db"))
    'postgresql://ada:***@host/db'
    """
    url = url.set(drivername=url.get_backend_name())
    if "password" in url.query:
        url = url.update_query_dict({"password": "***"})
    return url.render_as_string(hide_password=True)


def prepare(url: URL) -> None:
    """Make nbgrader's tables, and ours, where there are none.

    Raises:
        GradingError: the tables are of another version of nbgrader.
    """
    limits = {"connect_timeout": SECONDS} if url.drivername in _PATIENT else {}
    engine = create_engine(url, connect_args=limits)
    try:
        with engine.connect() as connection, _transaction(connection):
            tables = set(inspect(connection).get_table_names())
            Base.metadata.create_all(connection)
            _OURS.create_all(connection)
            if VERSION.name not in tables or "assignment" not in tables:
                connection.execute(VERSION.delete())
                connection.execute(insert(VERSION).values(version_num=_head()))
            found = connection.execute(select(VERSION.c.version_num)).scalars().all()
    finally:
        engine.dispose()
    if found != [_head()]:
        raise GradingError(
            f"the gradebook {hidden(url)} was made by another version of nbgrader. "
            "Make a copy of it, then bring it up to date: nbgrader db upgrade"
        )


@contextlib.contextmanager
def _transaction(connection: Connection) -> Iterator[None]:
    """One transaction that also holds the making of tables, and keeps others waiting.

    Python's SQLite driver begins one by itself only before rows are changed.
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    elif connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(4711)")
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def _head() -> str:
    """The version of the tables that the installed nbgrader makes."""
    from alembic.script import ScriptDirectory

    return str(ScriptDirectory(ALEMBIC_DIR).get_current_head())


def _sentence(url: URL, error: Exception) -> str:
    """What went wrong with a database, without its password."""
    if isinstance(error, NoSuchModuleError):
        return (
            f"gradebooks are kept in sqlite or postgresql, not in {url.drivername}: "
            "sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME"
        )
    if isinstance(error, ImportError):
        return (
            f"the gradebook {hidden(url)} needs a driver that is not installed "
            f"({error}): pip install 'psycopg[binary]'"
        )
    cause = getattr(error, "orig", None) or error
    why = (str(cause).strip() or type(cause).__name__).splitlines()[0]
    for secret in (url.password, *_listed(url.query.get("password"))):
        why = why.replace(str(secret), "***") if secret else why
    return (
        f"the gradebook {hidden(url)} cannot be used: {why}. Is its address right, its "
        "server running, and nobody else writing to it?"
    )


def _listed(value: object) -> tuple:
    return value if isinstance(value, tuple) else (value,)
