"""What names mean in code that is read and not run: imports, aliases, own functions."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

_OPEN = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler)
_LISTS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_GETTERS = {"getattr", "builtins.getattr"}
_IMPORTERS = {"__import__", "builtins.__import__"}


class Scope:
    """The names of a notebook or of one function, and what each stands for.

    Attributes:
        names: what a name bound here stands for: dotted names; none where it is the
            student's own.
        stars: modules from which everything was imported.
    """

    def __init__(self, outer: Scope | None = None) -> None:
        """Begin with nothing bound."""
        self.outer = outer
        self.names: dict[str, list[str]] = {}
        self.stars: list[str] = []

    def learn(self, statement: ast.AST) -> None:
        """Take in what a statement binds, in its order; the last binding counts."""
        for node in own_nodes(statement):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    whole, root = alias.name, alias.name.partition(".")[0]
                    self.names[alias.asname or root] = [whole if alias.asname else root]
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names if not node.level else ():
                    if alias.name == "*":
                        self.stars.append(str(node.module))
                    else:
                        full = f"{node.module}.{alias.name}"
                        self.names[alias.asname or alias.name] = [full]
            elif isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr):
                targets = (
                    node.targets if isinstance(node, ast.Assign) else [node.target]
                )
                meaning = self.resolve(node.value) if node.value else []
                for target in targets:
                    if isinstance(target, ast.Name):
                        self.names[target.id] = meaning
                    else:
                        self._own(target)
            elif isinstance(node, _NAMED) and node.name:
                self.names[node.name] = []
            elif isinstance(node, ast.For | ast.AsyncFor):
                self._own(node.target)
            elif isinstance(node, ast.withitem) and node.optional_vars:
                self._own(node.optional_vars)

    def take(self, arguments: ast.arguments) -> None:
        """Bind a function's arguments."""
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        for one in (*every, arguments.vararg, arguments.kwarg):
            if one is not None:
                self.names[one.arg] = []

    def _own(self, target: ast.AST) -> None:
        for node in ast.walk(target):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                self.names[node.id] = []

    def resolve(self, node: ast.AST) -> list[str]:
        """The dotted names that an expression may stand for; none where it is open."""
        if isinstance(node, ast.Name):
            return self._look_up(node.id)
        if isinstance(node, ast.Attribute):
            return [f"{base}.{node.attr}" for base in self.resolve(node.value)]
        if isinstance(node, ast.Call):
            words = [a.value for a in node.args if isinstance(a, ast.Constant)]
            word = next((w for w in words if isinstance(w, str)), None)
            called = set(self.resolve(node.func)) if word else set()
            if called & _GETTERS:
                return [f"{base}.{word}" for base in self.resolve(node.args[0])]
            if called & _IMPORTERS:
                return [str(word).partition(".")[0]]
            if "importlib.import_module" in called:
                return [str(word)]
        return []

    def _look_up(self, name: str) -> list[str]:
        if name in self.names:
            return self.names[name]
        if self.outer is not None:
            return self.outer._look_up(name)
        found = [f"{star}.{name}" for star in self.stars]
        return [*found, name] if hasattr(builtins, name) else found


def own_nodes(statement: ast.AST) -> Iterator[ast.AST]:
    """A statement and what is in it, in order, without the insides of functions."""
    stack = [statement]
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, _OPEN + _LISTS):
            stack += reversed([*ast.iter_child_nodes(node)])


def uses(node: ast.AST, scope: Scope) -> Iterator[tuple[str, int]]:
    """Every dotted name that a piece of code imports or uses, and its line."""
    if isinstance(node, ast.Import):
        yield from ((alias.name, node.lineno) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        for alias in node.names if not node.level else ():
            yield f"{node.module}.{alias.name}", node.lineno
    elif isinstance(node, ast.Name | ast.Attribute | ast.Call) and (
        found := scope.resolve(node)
    ):
        yield from ((name.removeprefix("builtins."), node.lineno) for name in found)
        if isinstance(node, ast.Call):
            for child in ast.iter_child_nodes(node):
                yield from uses(child, scope)
    else:
        yield from _inside(node, scope)


def _inside(node: ast.AST, scope: Scope) -> Iterator[tuple[str, int]]:
    inner = scope
    if isinstance(node, _OPEN):
        inner = Scope(scope)
        if not isinstance(node, ast.ClassDef):
            inner.take(node.args)
        for statement in node.body if isinstance(node.body, list) else ():
            inner.learn(statement)
    elif isinstance(node, _LISTS):
        inner = Scope(scope)
        for generator in node.generators:
            inner._own(generator.target)
    for child in ast.iter_child_nodes(node):
        yield from uses(child, inner)
