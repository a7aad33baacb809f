"""Writing a message: see `plain` for its form."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np

from course_utils.grading.inside.plain import (
    ALIGN,
    CAPS,
    DTYPES,
    KEY_BITS,
    MAGIC,
    SCALARS,
    Caps,
    Plain,
    Ref,
    at_most,
    numbers_in,
)

_ENCODER = json.JSONEncoder(check_circular=False, separators=(",", ":"))
_KEYS = {str, float, bool, *SCALARS}


def pack(
    value: object, convert: Callable[[object], Plain] | None = None, caps: Caps = CAPS
) -> bytes:
    """A value as bytes; see `unpack`.

    Args:
        value: built of None, bool, int, float, str, bytes, list, tuple, dict (keys: all
            but the last four, and NumPy scalars), arrays and NumPy scalars of booleans,
            integers and floats of up to 64 bits, and `Ref`. Types are taken at their
            word: an object of a subclass is not plain.
        convert: makes something plain, or a `Ref`, of what is not.
        caps: what the message may hold.

    Raises:
        TypeError: there is something in it that is not plain.
        WireError: it exceeds a cap.

    >>> from course_utils.grading.inside.unpacking import unpack
    >>> unpack(pack({"losses": [0.5, float("inf")], "shape": (2, 3)}))
    {'losses': [0.5, inf], 'shape': (2, 3)}
    """
    return b"".join(pack_parts(value, convert, caps))


def pack_parts(
    value: object, convert: Callable[[object], Plain] | None, caps: Caps
) -> list:
    """The pieces of `pack`, not yet joined: bytes, and flat views of the arrays."""
    writer = _Writer(convert, caps)
    header = _ENCODER.encode(writer.node(value, 0)).encode("ascii")
    at_most(len(header), caps.header, "bytes of header")
    start = MAGIC + len(header).to_bytes(8, "big") + header
    parts, size = [start], len(start)
    for piece in writer.raw:
        if gap := -size % ALIGN:
            parts.append(bytes(gap))
        parts.append(piece)
        size += gap + len(piece)
    at_most(size, caps.frame, "bytes")
    return parts


class _Writer:
    """Makes the JSON tree of a value, and gathers what goes to the raw part."""

    def __init__(self, convert: Callable | None, caps: Caps) -> None:
        self.convert, self.caps = convert, caps
        self.raw: list = []
        self.items = 0

    def node(self, value: object, depth: int) -> object:
        kind = type(value)
        if value is None or kind is bool or kind is float:
            return value
        if kind is int:
            at_most(value.bit_length(), self.caps.bits, "bits of an integer")
            return value
        if kind is str:
            at_most(len(value), self.caps.text, "characters of a string")
            return value
        if kind in SCALARS:
            return ["s", SCALARS[kind], value.item()]
        if kind is np.ndarray and value.dtype.str[1:] in DTYPES:
            return self.array(value)
        if kind is bytes:
            self.add(value)
            return ["b", len(value)]
        at_most(depth + 1, self.caps.depth, "levels of nesting")
        if kind is list or kind is tuple:
            self.count(len(value))
            below = [self.node(item, depth + 1) for item in value]
            return ["l" if kind is list else "t", *below]
        if kind is dict:
            return ["d", *self.pairs(value, depth)]
        if kind is Ref:
            if type(value.kind) is not str or type(value.id) is not int:
                raise TypeError(f"a Ref needs a str and an int, got {value!r:.80}")
            head = self.node(value.kind, depth), self.node(value.id, depth)
            return ["r", *head, *self.pairs(value.facts, depth)]
        if self.convert is None:
            raise TypeError(f"expected plain values and arrays, got {kind.__name__}")
        return self.node(self.convert(value), depth + 1)

    def pairs(self, value: dict, depth: int) -> list:
        self.count(2 * len(value))
        nodes = []
        for key, item in value.items():
            kind = type(key)
            if kind is int:
                at_most(key.bit_length(), KEY_BITS, "bits of a dict's key")
            elif key is not None and kind not in _KEYS:
                raise TypeError(f"expected a plain key of a dict, got {kind.__name__}")
            nodes += self.node(key, depth + 1), self.node(item, depth + 1)
        return nodes

    def array(self, value: np.ndarray) -> list:
        name = value.dtype.str[1:]
        shape = list(value.shape)
        at_most(len(shape), self.caps.dims, "dimensions of an array")
        numbers_in(shape, self.caps)
        flat = np.ascontiguousarray(value, DTYPES[name]).reshape(-1)
        self.add(memoryview(flat.view(np.uint8)))
        return ["a", name, shape]

    def add(self, piece: bytes | memoryview) -> None:
        self.raw.append(piece)
        at_most(len(self.raw), self.caps.arrays, "arrays")

    def count(self, number: int) -> None:
        self.items += number
        at_most(self.items, self.caps.items, "items")
