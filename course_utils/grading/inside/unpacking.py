"""Reading a message, without trusting a byte of it: see `plain` for its form."""

from __future__ import annotations

import json
import re

import numpy as np

from course_utils.grading.inside.plain import (
    ALIGN,
    CAPS,
    DTYPES,
    KEY_BITS,
    MAGIC,
    START,
    Caps,
    Plain,
    Ref,
    WireError,
    at_most,
    numbers_in,
)

_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_SHALLOW = 100  # levels that the parser takes in its stride


def unpack(data: bytes, caps: Caps = CAPS) -> Plain:
    """The value that `pack` wrote, or any other that the bytes can stand for.

    Arrays arrive C-contiguous, native and writeable. Where `data` itself is writeable,
    an array that makes up at least a quarter of it shares its memory. Half a surrogate
    pair in a string arrives as U+FFFD, so that every string can be written to a file.

    Args:
        data: bytes from anybody, or a buffer of them.
        caps: what the message may hold.

    Raises:
        WireError: this is no message, or it exceeds a cap.
    """
    view = memoryview(data).cast("B")
    at_most(len(view), caps.frame, "bytes")
    if len(view) < START or view[: len(MAGIC)] != MAGIC:
        raise WireError(f"not a message: it begins with {bytes(view[:16])!r}")
    length = int.from_bytes(view[len(MAGIC) : START], "big")
    at_most(length, caps.header, "bytes of header")
    if START + length > len(view):
        raise WireError(f"a header of {length} bytes in a message of {len(view)}")
    header = bytes(view[START : START + length])
    if header.count(b"[") > _SHALLOW:
        _check_depth(header)
    try:
        tree = _DECODER.decode(header.decode("ascii"))
    except (ValueError, RecursionError) as error:
        raise WireError(f"the header cannot be read: {error}") from None
    reader = _Reader(view, START + length, caps)
    value = reader.value(tree, 0)
    if reader.position != len(view):
        raise WireError(f"{len(view) - reader.position} bytes more than announced")
    return value


def _check_depth(header: bytes) -> None:
    """Refuse deep nesting before the parser meets it; strings do not count."""
    marks = np.frombuffer(_STRING.sub(b"", header) + b" ", np.uint8)
    steps = (marks == ord("[")).astype(np.int32) - (marks == ord("]"))
    at_most(int(np.cumsum(steps).max()), _SHALLOW, "levels of nesting")


def _integer(text: str) -> int:
    """An integer, but none so long that reading it takes its time."""
    if len(text) > 100:
        raise ValueError(f"an integer of {len(text)} digits")
    return int(text)


def _number(text: str) -> float:
    """A float, for which 24 characters are enough."""
    if len(text) > 100:
        raise ValueError(f"a float of {len(text)} characters")
    return float(text)


def _no_object(pairs: list) -> None:
    raise ValueError("it holds a JSON object, and dicts are written as lists")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_no_object, parse_int=_integer, parse_float=_number
)


class _Reader:
    """Makes values of the JSON tree, taking arrays from the raw part as they come."""

    def __init__(self, view: memoryview, position: int, caps: Caps) -> None:
        self.view, self.position, self.caps = view, position, caps
        self.items = self.arrays = 0

    def value(self, node: object, depth: int) -> Plain:
        kind = type(node)
        if kind is str:
            at_most(len(node), self.caps.text, "characters of a string")
            return node if node.isascii() else _whole(node)
        if kind is int:
            at_most(node.bit_length(), self.caps.bits, "bits of an integer")
        if kind is not list:
            return node
        tag = node[0] if node else None
        if tag == "l" or tag == "t":
            self.open(len(node) - 1, depth)
            below = [self.value(item, depth + 1) for item in node[1:]]
            return below if tag == "l" else tuple(below)
        if tag == "d":
            return self.pairs(node[1:], depth)
        if tag == "r" and len(node) >= 3 and type(node[1]) is str:
            if type(node[2]) is int:
                facts = self.pairs(node[3:], depth)
                if all(type(key) is str for key in facts):
                    name, number = self.value(node[1], 0), self.value(node[2], 0)
                    return Ref(name, number, facts)
        elif len(node) == 3 and tag == "s" and type(node[1]) is str:
            return _scalar(node[1], node[2])
        elif len(node) == 3 and tag == "a" and type(node[1]) is str:
            if node[1] in DTYPES and type(node[2]) is list:
                return self.array(DTYPES[node[1]], node[2])
        elif len(node) == 2 and tag == "b" and type(node[1]) is int:
            return bytes(self.take(node[1]))
        raise WireError(f"the header holds no known thing: {repr(node[:3])[:80]}")

    def open(self, children: int, depth: int) -> None:
        at_most(depth + 1, self.caps.depth, "levels of nesting")
        self.items += children
        at_most(self.items, self.caps.items, "items")

    def pairs(self, nodes: list, depth: int) -> dict:
        self.open(len(nodes), depth)
        if len(nodes) % 2:
            raise WireError("a dict has a key without a value")
        made = {}
        for i in range(0, len(nodes), 2):
            key = nodes[i]
            if type(key) is int:
                at_most(key.bit_length(), KEY_BITS, "bits of a dict's key")
            elif type(key) is list and (not key or key[0] != "s"):
                raise WireError(f"a dict's key cannot be {repr(key)[:80]}")
            made[self.value(key, depth + 1)] = self.value(nodes[i + 1], depth + 1)
        if len(made) != len(nodes) // 2:
            raise WireError("a dict has the same key twice")
        return made

    def array(self, dtype: np.dtype, shape: list) -> np.ndarray:
        at_most(len(shape), self.caps.dims, "dimensions of an array")
        size = numbers_in(shape, self.caps) * dtype.itemsize
        piece = self.take(size)
        if not size:
            return np.empty(shape, dtype.newbyteorder("="))
        flat = np.frombuffer(piece, dtype)
        if dtype.kind == "b" and flat.view(np.uint8).max() > 1:
            raise WireError("a boolean that is neither 0 nor 1")
        if piece.readonly or 4 * size < len(self.view) or not flat.flags.aligned:
            flat = flat.copy()
        return flat.astype(dtype.newbyteorder("="), copy=False).reshape(shape)

    def take(self, size: int) -> memoryview:
        self.arrays += 1
        at_most(self.arrays, self.caps.arrays, "arrays")
        start = self.position + -self.position % ALIGN
        if size < 0 or start + size > len(self.view):
            left = max(len(self.view) - start, 0)
            raise WireError(f"{size} bytes announced, and {left} are left")
        self.position = start + size
        return self.view[start : start + size]


def _scalar(name: str, value: object) -> np.generic:
    wanted = {"b": bool, "f": float}.get(name[:1], int)
    if name not in DTYPES or type(value) is not wanted:
        raise WireError(f"no NumPy scalar: {name[:10]!r}, {repr(value)[:80]}")
    if name == "f8":
        return np.float64(value)
    with np.errstate(all="ignore"):
        try:
            return DTYPES[name].type(value)
        except OverflowError:
            raise WireError(f"{repr(value)[:80]} does not fit into {name}") from None


def _whole(text: str) -> str:
    """The text with U+FFFD for each half of a surrogate pair."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
