"""A PostgreSQL server of a test's own: a free port, a temporary folder, then gone."""

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

PLACES = ("/usr/lib/postgresql", "/usr/pgsql", "/opt/homebrew/opt", "/usr/local/opt")
ADVICE = (
    "PostgreSQL's server programs initdb and postgres are not on this machine. "
    "On Debian or Ubuntu: apt-get install postgresql"
)
PASSWORD = "p@ss:w/rd%41"


def programs() -> Path | None:
    """The folder of initdb and postgres, the newest where there are several."""
    found = [path for place in PLACES for path in Path(place).glob("*/bin/initdb")]
    found = sorted(found, key=lambda p: _number(p.parent.parent.name), reverse=True)
    if named := shutil.which("initdb"):
        found.append(Path(named).resolve())
    both = (p.parent for p in found if (p.parent / "postgres").exists())
    return next(both, None)


@contextlib.contextmanager
def server():
    """Run a server; yields the address of an empty database on it.

    PostgreSQL refuses to run as root, so root has another user run it.
    """
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    user = _unprivileged()
    try:
        if user:
            os.chown(folder, user.pw_uid, user.pw_gid)
        _initialize(folder, user)
        port, process = _start(folder, user)
        try:
            yield _database(folder, port, process)
        finally:
            process.terminate()  # ends once nobody is connected; then at once
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    finally:
        shutil.rmtree(folder)


def _number(name: str) -> float:
    digits = "".join(c for c in name if c.isdigit() or c == ".").strip(".")
    return float(digits) if digits.count(".") <= 1 and digits else 0.0


def _unprivileged() -> tuple | None:
    if os.getuid() != 0:
        return None
    import pwd  # there is none on Windows, where this file is imported, too

    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise AssertionError("PostgreSQL does not run as root: a user is needed")


def _as(user: tuple | None) -> dict:
    plain = {"env": {"LC_ALL": "C", "PATH": os.defpath}, "cwd": "/"}
    if user is None:
        return plain
    return plain | {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _initialize(folder: Path, user: tuple | None) -> None:
    secret = folder / "password"
    secret.write_text(PASSWORD, encoding="ascii")
    if user:
        os.chown(secret, user.pw_uid, user.pw_gid)
    command = [programs() / "initdb", "-D", folder / "data", "-U", "teacher"]
    command += ["--auth=scram-sha-256", f"--pwfile={secret}", "--no-sync", "-E", "UTF8"]
    done = subprocess.run(command, capture_output=True, text=True, **_as(user))
    assert done.returncode == 0, done.stderr


def _start(folder: Path, user: tuple | None):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [programs() / "postgres", "-D", folder / "data", "-p", str(port)]
    command += ["-k", folder, "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]
    with (folder / "log").open("wb") as log:
        return port, subprocess.Popen(command, stdout=log, stderr=log, **_as(user))


def _database(folder: Path, port: int, process: subprocess.Popen) -> str:
    """Wait for the server and make a database on it."""
    import psycopg
    from sqlalchemy.engine import URL

    name, end = f"class_{secrets.token_hex(4)}", time.monotonic() + 30
    where = {"host": "127.0.0.1", "port": port, "user": "teacher"}
    while True:
        try:
            with psycopg.connect(
                **where, password=PASSWORD, dbname="postgres", autocommit=True
            ) as connection:
                connection.execute(f"CREATE DATABASE {name}")
            break
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > end:
                raise AssertionError((folder / "log").read_text()) from None
            time.sleep(0.05)
    url = URL.create(
        "postgresql", "teacher", PASSWORD, "127.0.0.1", port=port, database=name
    )
    return url.render_as_string(hide_password=False)
