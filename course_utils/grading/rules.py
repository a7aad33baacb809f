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
from collections.abc import Iterator, Sequence

from course_utils.grading.scopes import Scope, own_nodes, uses

_COMMAND = re.compile(r"^(\s*)[%!?].*$", re.MULTILINE)
_LONGEST = 100


def broken_rules(
    source: str, forbidden: Sequence[str], function: str | None = None
) -> list[str]:
    r"""Say where code uses what it may not.

    Args:
        source: of all the cells of a notebook, one after the other. A part that Python
            cannot read is passed over.
        forbidden: dotted names. A module's name forbids all that is in it, ``a.b.f``
            also ``a.b.inner.f``, and the name of a builtin, such as ``eval``, its use.
        function: look only at this function and at what it needs of the rest, so that
            a student may compare with the library elsewhere. Everything is looked at
            where it is None or not defined at the top of a cell.

    Returns:
        A sentence for each forbidden name that is used; empty where the rules are kept.

    Examples:
        >>> code = "import numpy as np\nx = np.linalg.solve(A, b)\ndef f(): return 1"
        >>> broken_rules(code, ["numpy.linalg"])
        ['numpy.linalg.solve is used in the line: x = np.linalg.solve(A, b)']
        >>> broken_rules(code, ["numpy.linalg"], "f")
        []
    """
    if not forbidden:
        return []
    statements = list(_statements(source))
    world = Scope()
    for statement in statements:
        with contextlib.suppress(RecursionError):
            world.learn(statement)
    lines = source.splitlines()
    found: dict[str, str] = {}
    for statement in _needed(statements, function):
        with contextlib.suppress(RecursionError):  # nested deeper than people write
            for name, line in uses(statement, world):
                if any(_breaks(name, rule) for rule in forbidden):
                    found.setdefault(name, lines[line - 1].strip()[:_LONGEST])
    return [f"{name} is used in the line: {text}" for name, text in found.items()]


def _breaks(name: str, rule: str) -> bool:
    """Whether a dotted name is what a rule forbids, in it, or offered by it from below.

    >>> [_breaks(name, "a.f") for name in ("a.f", "a.f.g", "a.inner.f", "a.g", "a.ff")]
    [True, True, True, False, False]
    """
    module, _, last = rule.rpartition(".")
    below = bool(module) and name.startswith(f"{module}.") and name.endswith(f".{last}")
    return below or f"{name}.".startswith(f"{rule}.")


def _statements(source: str) -> Iterator[ast.stmt]:
    """The statements that can be read, with their lines in the whole."""
    for text in (source, _COMMAND.sub(r"\1pass", source)):
        try:
            yield from ast.parse(text).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        return
    line = 0
    for block in re.split(r"(\n\n+)(?=\S)", text):  # a blank line, then a margin
        try:
            for statement in ast.parse(block).body:
                yield ast.increment_lineno(statement, line)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            pass
        line += block.count("\n")


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
