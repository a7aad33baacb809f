"""What came from a student's process, as things that checks can look at.

Nothing in here believes what it is told: each part is looked at, and what does not fit
is a `WireError`. Of a thing that stayed with the student there is a stand-in, which
answers a check's questions as the thing would: its type, its numbers, its parts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import numpy as np

from course_utils.grading.inside.plain import Plain, Ref, WireError

_NAME = re.compile(r"[^\W\d]\w{0,99}")
_OTHER = re.compile(
    r"object|complex(64|128|256)|[<>|]?[SU]\d{1,4}|(datetime|timedelta)64"
)
_MOST = 1 << 12
_DEPTH = 16
_PAIRS = 1000  # of keys that could be chosen to share one hash


class Kept:
    """Something that stayed with the student; the number is what they call it by."""

    number: int

    def __deepcopy__(self, memo: dict) -> Kept:
        """Itself: nothing changes it."""
        return self


class Stranger(Kept):
    """A thing of which a check can see the type, and what it gives one by one."""

    copies = True
    items: list | None = None

    def __deepcopy__(self, memo: dict) -> Stranger:
        """Itself, if the student's thing could be copied.

        Raises:
            TypeError: it could not.
        """
        if not self.copies:
            raise TypeError(f"cannot copy a {type(self).__name__}")
        return self

    def __iter__(self) -> Iterator:
        """What it gives one by one.

        Raises:
            TypeError: it gives nothing.
        """
        if self.items is None:
            raise TypeError(f"a {type(self).__name__} cannot be gone through")
        return iter(self.items)


class Numbers(Kept):
    """A thing in which NumPy finds numbers, for example a tensor or a range."""

    _array: np.ndarray

    def __array__(self, dtype: object = None, copy: bool | None = None) -> np.ndarray:
        """The numbers."""
        return np.array(self._array, dtype=dtype)

    def __len__(self) -> int:
        """Of the first axis."""
        return len(self._array)

    def __iter__(self) -> Iterator:
        """Along the first axis."""
        return iter(self._array)

    def __getitem__(self, place: object) -> object:
        """Some of the numbers."""
        return self._array[place]


class Tensor(Numbers):
    """Numbers that say how many axes they have."""

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self._array.ndim

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of the axes."""
        return self._array.shape


class Function(Kept):
    """A function, which only the student's side can call."""

    def __call__(self, *args: object) -> object:
        """Refuse.

        Raises:
            TypeError: always.
        """
        raise TypeError("this function lives with the student")


def received(value: Plain, depth: int = 0) -> object:
    """A student's value, as a check may see it.

    Raises:
        WireError: these are not the parts of a value.
    """
    if depth > _DEPTH:
        raise WireError("values are nested too deeply")
    kind = type(value)
    if kind in (list, tuple):
        return kind(received(item, depth + 1) for item in value)
    if kind is dict:
        return {key: received(item, depth + 1) for key, item in value.items()}
    if kind is not Ref:
        return value
    make = _MAKERS.get(value.kind)
    if make is None:
        raise WireError("a value of an unknown kind came")
    try:
        return make(value, depth)
    except WireError:
        raise
    except Exception as error:
        text = f"the parts of a {value.kind} do not fit: {type(error).__name__}"
        raise WireError(text) from None


def _made(ref: Ref, base: type, *args: object) -> object:
    """A stand-in whose type has the name that the student's thing has."""
    name = ref.facts.get("type", "object")
    if type(name) is not str or not _NAME.fullmatch(name):
        name = "object"
    made = type(name, (base,), {})(*args)
    made.number = ref.id
    return made


def _array(facts: dict[str, Plain], key: str = "array") -> np.ndarray:
    array = facts[key]
    if type(array) is not np.ndarray:
        raise WireError("an array was announced, and something else came")
    return array


def _key(key: object) -> object:
    try:
        hash(key)
    except TypeError:
        return f"a {type(key).__name__}"
    return key


def _from_packed(ref: Ref, depth: int) -> list:
    array = _array(ref.facts)
    if array.ndim < 1 or array.dtype.name not in ("float64", "int64"):
        raise WireError("a list was announced, and something else came")
    return array.tolist()


def _from_base(base: type) -> Callable[[Ref, int], object]:
    def make(ref: Ref, depth: int) -> object:
        given = ref.facts["value"]
        if base in (list, tuple, dict):
            if type(given) is not list:
                raise WireError("a list of parts is expected")
            if base is dict and len(given) > _PAIRS:
                raise WireError(f"a dict of {len(given)} odd keys")
            parts = received(given, depth + 1)
            if base is dict:
                parts = [(_key(key), part) for key, part in parts]
        elif type(given) in (base, int, float):
            parts = given
        else:
            raise WireError("a plain value is expected")
        return _made(ref, _KEPT[base], parts)

    return make


def _from_list(ref: Ref, depth: int) -> object:
    make = _from_packed if "array" in ref.facts else _from_base(list)
    return make(ref, depth)


def _from_array(ref: Ref, depth: int) -> object:
    array = _array(ref.facts)
    stranger = _made(ref, Tensor if ref.facts["ndim"] is True else Numbers)
    stranger._array = array
    return stranger


def _from_callable(ref: Ref, depth: int) -> object:
    made = _made(ref, Function)
    name = ref.facts.get("name")
    if type(name) is str:
        made.__name__ = name[:100]
    return made


def _from_huge(ref: Ref, depth: int) -> int:
    return -(1 << 80) if ref.facts["negative"] is True else 1 << 80


def _from_odd_array(ref: Ref, depth: int) -> np.ndarray:
    """An array of this dtype; what was in it is seen where that is little."""
    text = ref.facts["dtype"]
    dtype = np.dtype(text if _OTHER.fullmatch(text) else object)
    shape = tuple(int(side) for side in ref.facts["shape"])
    sides = [max(side, 1) for side in shape]
    if (
        min(shape, default=0) < 0
        or np.prod(sides, dtype=object) * dtype.itemsize > _MOST
    ):
        shape = ()
    made = np.zeros(shape, dtype)
    items = ref.facts.get("items")
    if dtype.kind == "O" and type(items) is list and len(items) == made.size:
        flat = made.reshape(-1)
        for place, item in enumerate(items):
            flat[place] = received(item, depth + 1)
    made = made.view(_ODD)
    made.number = ref.id
    return made


def _from_other(ref: Ref, depth: int) -> object:
    made = _made(ref, Stranger)
    made.copies = ref.facts.get("copies") is True
    if "items" in ref.facts:
        if type(ref.facts["items"]) is not list:
            raise WireError("a list of parts is expected")
        made.items = received(ref.facts["items"], depth + 1)
    return made


_KEPT = {
    base: type(base.__name__, (Kept, base), {})
    for base in (tuple, list, dict, str, int, float)
}
_ODD = type("ndarray", (Kept, np.ndarray), {})
_MAKERS = {base.__name__: _from_base(base) for base in _KEPT} | {
    "list": _from_list,
    "array": _from_array,
    "callable": _from_callable,
    "huge": _from_huge,
    "array of other things": _from_odd_array,
    "other": _from_other,
}
