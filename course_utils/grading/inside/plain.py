"""Plain values as bytes and back, without ever loading code: no pickle, npy or zip.

A message is the word "plain", the byte 1 for this version, two zero bytes, the header's
length in eight bytes (big end first), the header, and raw data. The header is JSON in
ASCII: None, booleans, integers, floats and strings stand for themselves, and all else
is a list that begins with a tag::

    ["l", items...]  list           ["a", dtype, shape]     array, bytes in the raw part
    ["t", items...]  tuple          ["s", dtype, value]     NumPy scalar
    ["d", key, value, ...]  dict    ["b", length]           bytes, in the raw part
    ["r", kind, id, key, value, ...]  Ref

The raw part holds what the header announces, in that order, little end first, each
piece moved up to a multiple of eight; so there are no offsets that could lie. Whoever
reads trusts none of it: every size is compared with a cap and with what is there before
anything is made of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

Plain = Any  # None, bool, int, float, str, bytes, list, tuple, dict, array, Ref
MAGIC = b"plain\x01\0\0"
START = len(MAGIC) + 8
ALIGN = 8
KEY_BITS = 64  # larger ones can be chosen to share one hash, which makes a dict crawl
DTYPES = {
    name: np.dtype("<" + name)
    for name in ["b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"]
}
SCALARS = {np.dtype(char).type: np.dtype(char).str[1:] for char in "?bhilqBHILQefd"}


class WireError(Exception):
    """What came is no message, or a value exceeds a cap; the text says which."""


@dataclass(frozen=True)
class Caps:
    """The most that one message may hold.

    Attributes:
        frame: bytes of the whole message.
        header: bytes of its JSON.
        depth: how deep lists, tuples and dicts may be nested.
        items: values altogether, keys included.
        text: characters of one string.
        arrays: arrays and bytes objects altogether.
        dims: dimensions of an array.
        bits: of an integer.
        seconds: how long a channel waits where no timeout is given.
    """

    frame: int = 64 << 20
    header: int = 1 << 20
    depth: int = 16
    items: int = 100_000
    text: int = 1 << 18
    arrays: int = 10_000
    dims: int = 8
    bits: int = 256
    seconds: float = 3600.0


CAPS = Caps()


@dataclass(frozen=True)
class Ref:
    """A thing that stays on its own side, for example a function.

    Attributes:
        kind: what it is.
        id: its number on that side.
        facts: what the other side may know of it.
    """

    kind: str
    id: int
    facts: dict[str, Plain] = field(default_factory=dict)


def at_most(size: int, cap: int, what: str) -> None:
    """Raise `WireError` where a size exceeds its cap."""
    if size > cap:
        raise WireError(f"{size} {what}, and at most {cap} are allowed")


def numbers_in(shape: list[int], caps: Caps) -> int:
    """How many numbers an array holds; none of its sides may exceed what could come."""
    items = filled = 1
    for side in shape:
        if type(side) is not int or side < 0:
            raise WireError(f"an array's side must be an integer >= 0, got {side!r}")
        items, filled = items * side, filled * max(side, 1)
    at_most(filled, caps.frame, "numbers in an array")
    return items
