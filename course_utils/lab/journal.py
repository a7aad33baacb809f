"""A file that keeps the finished runs of an experiment.

One JSON document a line, the first of which says what the file is. Each run is
appended in a single write and forced to disk, so a crash can tear the last line only;
a torn line is cut off when the file is opened again, and its run is done anew.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import inspect
import json
import os
import textwrap
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

HEADER = b'{"file": "finished runs of course_utils.lab.experiments", "version": 1}\n'


class Journal:
    """Finished runs on disk, found again by their key.

    Args:
        path: A file written by an earlier `Journal`, or one to make; its folder is
            made too.

    Raises:
        ValueError: If `path` is a folder or a file of something else, which is then
            left as it is.

    Example:
        >>> import tempfile
        >>> folder = tempfile.TemporaryDirectory()
        >>> path = Path(folder.name) / "runs.jsonl"
        >>> Journal(path).write("some key", "He", 3, [{"loss": 0.5}])
        >>> Journal(path).runs
        {'some key': [{'loss': 0.5}]}
        >>> folder.cleanup()
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self.runs: dict[str, list[dict[str, Any]]] = {}
        if self.path.is_dir():
            raise ValueError(f"resume must name a file, got the folder {self.path}")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        content = self.path.read_bytes() if self.path.exists() else b""
        if not content.startswith(HEADER):
            if not HEADER.startswith(content):
                raise ValueError(
                    "resume must name a new file or one that an experiment wrote, "
                    f"got {self.path}"
                )
            self.path.write_bytes(HEADER)
            return
        *lines, torn = content.split(b"\n")
        if torn:
            os.truncate(self.path, len(content) - len(torn))
        for number, line in enumerate(lines[1:], start=2):
            try:
                entry = json.loads(line)
                self.runs[entry["key"]] = entry["rows"]
            except (ValueError, KeyError, TypeError):
                warnings.warn(
                    f"line {number} of {self.path.name} is damaged; its run is done "
                    "again",
                    stacklevel=3,
                )

    def write(self, key: str, arm: str, seed: int, rows: list[dict[str, Any]]) -> None:
        """Append one finished run and wait until it is on disk."""
        entry = {"key": key, "arm": arm, "seed": seed, "rows": rows}
        line = json.dumps(entry, ensure_ascii=False).encode("utf-8") + b"\n"
        with self.path.open("ab", buffering=0) as file:
            file.write(line)
            os.fsync(file.fileno())
        self.runs[key] = rows


def signature(function: Callable[..., Any], kwargs: Mapping[str, Any]) -> str:
    """Return a digest of a function's source and its arguments.

    The source counts without comments and layout. What the function calls does not
    count: after a change there, start a new file.

    Raises:
        ValueError: If an argument cannot be told from others, such as a lambda.

    Example:
        >>> def train(seed, rate):
        ...     return {"loss": rate}
        >>> one = signature(train, {"rate": 0.1})
        >>> one == signature(train, {"rate": 0.1})
        True
        >>> one == signature(train, {"rate": 0.2})
        False
    """
    import joblib

    fixed: dict[str, Any] = {}
    while isinstance(function, functools.partial):
        fixed = {**function.keywords, **fixed, f"args{len(fixed)}": function.args}
        function = function.func
    digests = [_source(function)]
    for name, value in sorted({**fixed, **kwargs}.items()):
        try:
            digests.append(f"{name}={joblib.hash(value)}")
        except Exception as error:
            raise ValueError(
                f"with resume, {name} must be something that can be pickled, got "
                f"{value!r}; pass its name, and look it up inside the function"
            ) from error
    return hashlib.sha256("\n".join(digests).encode("utf-8")).hexdigest()


def key(arm: str, seed: int, digest: str) -> str:
    """Return what a run is filed under: arm, seed and `signature`."""
    return json.dumps([arm, seed, digest], ensure_ascii=False)


def _source(function: Callable[..., Any]) -> str:
    name = getattr(function, "__qualname__", type(function).__qualname__)
    try:
        source = textwrap.dedent(inspect.getsource(function))
    except (OSError, TypeError):
        return name
    try:
        return f"{name}: {ast.unparse(ast.parse(source))}"
    except SyntaxError:  # a lambda in the middle of a statement
        return f"{name}: {source}"
