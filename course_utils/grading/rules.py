"""Names that an exercise forbids, looked for in a student's code without running it.

An exercise may forbid names, such as the library function that is its answer. Here the
code is read as a syntax tree: imports under any alias, attributes, calls, names passed
on by an assignment, ``getattr`` and ``__import__`` with the name written out. This sees
plain use. It does not see disguise, such as a name put together from letters, ``exec``
of a decoded text or a copy of the library's code; no reading of the source holds
against that.
"""

from __future__ import annotations

import ast
import contextlib
import re
import symtable
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from course_utils.grading.scopes import Scope, own_nodes, uses

# What IPython reads and Python does not; tried where a cell is no Python.
_TIMED = re.compile(
    r"^([ \t]*(?:[\w, ]{1,99}=)?[ \t]*)%(?:time|timeit|prun)\b[ \t]*", re.M
)
_ASSIGNED = re.compile(r"^([ \t]*[\w, ]{1,99}=[ \t]*)[%!].*$", re.M)
_COMMAND = re.compile(r"^([ \t]*)(?:[%!?].*|[\w.]{1,99}\?{1,2}[ \t]*)$", re.M)
_BLOCK = re.compile(r"\n(?=\n\S)")  # an empty line, then a margin
_LONGEST = 100
_CHECKS = "course_utils.checks"
_MOST = 5
TOO_DEEP = "Code that is nested so deeply cannot be read: {text}"


def broken_rules(
    source: str | Sequence[str],
    forbidden: Sequence[str],
    function: str | None = None,
    modules: Mapping[str, str] | None = None,
) -> list[str]:
    r"""Say where code uses what it may not.

    Args:
        source: of a cell, or of all the cells of a notebook. A part that Python cannot
            read is passed over, as it cannot run either.
        forbidden: dotted names. A module's name forbids all that is in it, ``a.b.f``
            also ``a.b.inner.f``, and the name of a builtin, such as ``eval``, its use.
        function: look only at this function and at what it needs of the rest, so that
            a student may compare with the library elsewhere. Everything is looked at
            where it is None or not defined at the top of a cell.
        modules: the sources of the student's own modules, by the names that they are
            imported by; one that is needed is looked at as a whole.

    Returns:
        A sentence for each forbidden name that is used, the first few of them; empty
        where the rules are kept.

    Examples:
        >>> code = "import numpy as np\nx = np.linalg.solve(A, b)\ndef f(): return 1"
        >>> broken_rules(code, ["numpy.linalg"])
        ['numpy.linalg.solve is used in the line: x = np.linalg.solve(A, b)']
        >>> broken_rules(code, ["numpy.linalg"], "f")
        []
    """
    if not forbidden:
        return []
    modules = modules or {}
    found: dict[str, str] = {}
    whole = _Text([source] if isinstance(source, str) else source)
    imported = whole.look(forbidden, function, found)
    seen: set[str] = set()
    while left := sorted((imported & modules.keys()) - seen):
        seen.add(left[0])
        imported |= _Text([modules[left[0]]]).look(forbidden, None, found)
    return list(found.values())[:_MOST]


@dataclass
class _Text:
    """Cells that are read together, each for itself: none can hide another.

    Attributes:
        cells: their sources.
        lines: of all of them.
    """

    cells: Sequence[str]
    lines: list[str] = field(default_factory=list)

    def look(
        self, forbidden: Sequence[str], function: str | None, found: dict[str, str]
    ) -> set[str]:
        """Note what is broken; returns the modules that the code imports."""
        statements = list(self.statements())
        world = Scope()
        imported: set[str] = set()
        for statement in statements:
            with contextlib.suppress(RecursionError):
                world.learn(statement)
        for statement in _needed(statements, function):
            try:
                for name, line in uses(statement, world):
                    imported.add(name.partition(".")[0])
                    if any(_breaks(name, rule) for rule in forbidden):
                        text = self.lines[line - 1].strip()[:_LONGEST]
                        told = f"{name[:_LONGEST]} is used in the line: {text}"
                        found.setdefault(name, told)
            except RecursionError:  # nested deeper than people write
                text = self.lines[statement.lineno - 1].strip()[:_LONGEST]
                found.setdefault("", TOO_DEEP.format(text=text))
        return imported

    def statements(self) -> Iterator[ast.stmt]:
        """The statements that can be read, with their lines in the whole."""
        for cell in self.cells:
            start = len(self.lines)
            self.lines += cell.split("\n")
            for statement in _statements(cell):
                yield ast.increment_lineno(statement, start)


def _breaks(name: str, rule: str) -> bool:
    """Whether a dotted name is what a rule forbids, in it, or offered by it from below.

    The checks, which every notebook imports, hold no answers where students' code runs.

    >>> [_breaks(name, "a.f") for name in ("a.f", "a.f.g", "a.inner.f", "a.g", "a.ff")]
    [True, True, True, False, False]
    """
    if f"{name}.".startswith(f"{_CHECKS}.") and not rule.startswith(_CHECKS):
        return False
    module, _, last = rule.rpartition(".")
    below = bool(module) and name.startswith(f"{module}.") and name.endswith(f".{last}")
    return below or f"{name}.".startswith(f"{rule}.")


def _statements(source: str) -> Iterator[ast.stmt]:
    """The statements of a cell that can be read."""
    text = source
    for _ in range(2):
        try:
            yield from ast.parse(text).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            text = _ASSIGNED.sub(r"\1None", _TIMED.sub(r"\1", source))
            text = _COMMAND.sub(r"\1pass", text)
            continue
        return
    line = 0
    for block in _BLOCK.split(text):
        try:
            for statement in ast.parse(block).body:
                yield ast.increment_lineno(statement, line)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            pass
        line += block.count("\n") + 1


def _needed(statements: list[ast.stmt], function: str | None) -> list[ast.stmt]:
    """The statements that make a function what it is; imports count where used."""
    binding = [(statement, _bound(statement)) for statement in statements]
    if function is None or all(function not in names for _, names in binding):
        return statements
    wanted, open_names, needed = {function}, [function], set()
    while open_names:
        name = open_names.pop()
        for number, (statement, names) in enumerate(binding):
            if name in names and number not in needed:
                needed.add(number)
                loaded = _loaded(statement)
                open_names += loaded - wanted
                wanted |= loaded
    return [statements[number] for number in sorted(needed)]


def _loaded(statement: ast.stmt) -> set[str]:
    """The names of the notebook that a statement reads, not those of its own."""
    try:
        tables = [symtable.symtable(ast.unparse(statement), "cell", "exec")]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {n.id for n in ast.walk(statement) if isinstance(n, ast.Name)}
    found = {s.get_name() for s in tables[0].get_symbols() if s.is_referenced()}
    while tables:
        inner = tables.pop().get_children()
        tables += inner
        found |= {s.get_name() for t in inner for s in t.get_symbols() if s.is_global()}
    return found


def _bound(statement: ast.stmt) -> set[str]:
    """The names that a statement gives a value, or whose value it alters."""
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return set()
    scope = Scope()
    with contextlib.suppress(RecursionError):
        scope.learn(statement)
    names = set(scope.names)
    for node in own_nodes(statement):
        if isinstance(node, ast.Subscript | ast.Attribute) and isinstance(
            node.ctx, ast.Store
        ):
            root: ast.AST = node
            while isinstance(root, ast.Subscript | ast.Attribute):
                root = root.value
            names |= {root.id} if isinstance(root, ast.Name) else set()
    return names
