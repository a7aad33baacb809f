"""What a student's function returns, as plain values: what cannot cross stays here.

A thing that stays is kept, and the other side gets its number, what kind of thing it
is, and as much as a check may want to know: the numbers that NumPy finds in it, or the
name of its type. If the other side hands the number back, as an argument of the next
call, the student's function gets the thing itself. `foreign.py` on the trusted side
makes of each kind something that checks can look at.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Mapping

import numpy as np

from course_utils.grading.inside import generators
from course_utils.grading.inside.plain import DTYPES, SCALARS, Plain, Ref

MOST_BYTES = 48 << 20
_DEPTH, _ITEMS, _TEXT, _BITS, _DIMS = 9, 50_000, 10_000, 250, 8
_BASES = (tuple, list, dict, str, int, float)
_KEYS = (str, bool, float, *SCALARS)
_PAIRS = 1000  # in a dict whose keys are not all plain
_PACKED = 64  # lists of numbers that are longer cross as an array


class TooLarge(Exception):
    """An answer is more than can cross; the text says so to the student."""


class Keeper:
    """Numbers the things that stay on this side."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._things: list[object] = []

    def keep(self, thing: object) -> int:
        """A number for a thing."""
        self._things.append(thing)
        return len(self._things) - 1

    def __getitem__(self, number: int) -> object:
        """The thing that was given this number."""
        return self._things[number]


class Shower:
    """Turns one answer into plain values.

    Args:
        keeper: where what cannot cross is kept.
    """

    def __init__(self, keeper: Keeper) -> None:
        """Begin with nothing counted."""
        self._keeper, self._items, self._bytes = keeper, 0, 0

    def show(self, value: object, depth: int = 0) -> Plain:
        """A value as it may cross.

        Raises:
            TooLarge: it holds more than that.
        """
        self._count()
        kind = type(value)
        if value is None or kind in (bool, float) or kind in SCALARS:
            return value
        if kind is int and value.bit_length() <= _BITS:
            return value
        if kind is str and len(value) <= _TEXT:
            return value
        if isinstance(value, np.ndarray):
            return self._array(value, depth)
        if depth < _DEPTH:
            if kind is list:
                packed = _packed(value) if len(value) > _PACKED else None
                if packed is not None:
                    self._count(0, packed.nbytes)
                    return Ref("list", -1, {"array": packed})
                return [self.show(item, depth + 1) for item in value]
            if kind is tuple:
                return tuple(self.show(item, depth + 1) for item in value)
            if kind is dict and all(_is_key(key) for key in value):
                return {k: self.show(item, depth + 1) for k, item in value.items()}
        return self._stranger(value, depth)

    def _array(self, value: np.ndarray, depth: int) -> Plain:
        array = np.asarray(value)
        name = array.dtype.newbyteorder("=").str[1:]
        if name not in DTYPES and array.dtype.kind == "f":
            array, name = array.astype(np.float64), "f8"
        if name not in DTYPES or array.ndim > _DIMS:
            facts = {"dtype": str(array.dtype), "shape": array.shape[:_DIMS]}
            if array.dtype.kind == "O" and array.size <= 24 and depth < _DEPTH:
                parts = array.ravel().tolist()
                facts["items"] = [self.show(part, depth + 1) for part in parts]
            return Ref("array of other things", self._keeper.keep(value), facts)
        self._count(0, array.nbytes)
        return np.array(array, dtype=np.dtype(name), order="C")

    def _stranger(self, value: object, depth: int) -> Ref:
        facts = {"type": str(type(value).__name__)[:100]}
        try:
            kind, more, kept = self._look(value, depth)
        except TooLarge:
            raise
        except Exception:
            kind, more, kept = "other", {}, value
        return Ref(kind, self._keeper.keep(kept), facts | more)

    def _look(self, value: object, depth: int) -> tuple[str, dict, object]:
        if isinstance(value, np.longdouble):
            return "float", {"value": float(value)}, value
        if isinstance(value, int) and not -(1 << _BITS) < value < 1 << _BITS:
            return "huge", {"negative": value < 0}, value
        if isinstance(value, bytes):
            return "other", {"copies": True}, value
        for base in _BASES:
            if isinstance(value, base) and depth < _DEPTH:
                return base.__name__, self._inner(value, base, depth), _copied(value)[0]
        if isinstance(value, Mapping) and depth < _DEPTH:
            return "dict", self._inner(dict(value), dict, depth), _copied(value)[0]
        if callable(value):
            name = getattr(value, "__name__", None)
            return (
                "callable",
                {"name": name[:100]} if isinstance(name, str) else {},
                value,
            )
        array = _numbers(value)
        if array is not None:
            self._count(0, array.nbytes)
            more = {"array": self._array(array, depth), "ndim": hasattr(value, "ndim")}
            return "array", more, _copied(value)[0]
        kept, copies = _copied(value)
        more = {"copies": copies}
        if depth < _DEPTH and hasattr(value, "__iter__"):
            spare = _copied(value)[0] if copies else value
            parts = list(itertools.islice(iter(spare), 16))
            more["items"] = [self.show(part, depth + 1) for part in parts]
        return "other", more, kept

    def _inner(self, value: object, base: type, depth: int) -> dict[str, Plain]:
        if base is dict:
            items = dict.items(value) if isinstance(value, dict) else value.items()
            if len(value) > _PAIRS:
                raise TooLarge(
                    f"Your function returned a dict of {len(value)} entries."
                )
            pairs = [
                (self.show(key, depth + 2), self.show(item, depth + 2))
                for key, item in items
            ]
            return {"value": pairs}
        if base in (list, tuple):
            return {"value": [self.show(item, depth + 1) for item in base(value)]}
        plain = base.__str__(value)[:_TEXT] if base is str else base(value)
        return {"value": plain}

    def _count(self, items: int = 1, size: int = 0) -> None:
        self._items += items
        self._bytes += size
        if self._items > _ITEMS:
            raise TooLarge(
                f"Your function returned more than {_ITEMS:,} separate values: return "
                "an array."
            )
        if self._bytes > MOST_BYTES:
            raise TooLarge(
                f"Your function returned more than {MOST_BYTES >> 20} MiB, far more "
                "than was asked for."
            )


def asked(value: object, keeper: Keeper) -> Plain:
    """An argument that a student's code gives to a function of the other side."""
    if value is np.random:
        value = np.random.mtrand._rand
    if isinstance(value, np.random.Generator | np.random.RandomState):
        return Ref("generator", -1, generators.taken_apart(value))
    if type(value) in (list, tuple):
        return type(value)(asked(item, keeper) for item in value)
    return Shower(keeper).show(value)


def _is_key(key: object) -> bool:
    return (
        key is None
        or type(key) in _KEYS
        or (type(key) is int and key.bit_length() < 63)
    )


def _copied(value: object) -> tuple[object, bool]:
    """A copy, or the thing itself where there is no copying it; and which it is."""
    try:
        return copy.deepcopy(value), True
    except Exception:
        return value, False


def _numbers(value: object) -> np.ndarray | None:
    """What NumPy makes of a thing, if that is numbers."""
    try:
        array = np.array(value)
    except Exception:
        return None
    return array if array.dtype.kind in "biuf" else None


def _packed(value: list) -> np.ndarray | None:
    """A list of floats or of small integers, or of such lists of one length."""
    kinds = set()
    rows = [value]
    while type(rows[0]) is list:
        if any(type(row) is not list or len(row) != len(rows[0]) for row in rows):
            return None
        rows = [item for row in rows for item in row]
        if not rows or len(rows) > 5_000_000:
            return None
    kinds = set(map(type, rows))
    if kinds <= {float, np.float64}:
        return np.array(value, dtype=np.float64)
    small = kinds == {int} and max(map(abs, rows)) < 1 << 62
    return np.array(value, dtype=np.int64) if small else None
