"""Random generators as plain data: taken apart here, put together on the other side.

NumPy believes a state that it is given, also where a number in it points outside of its
own array; so each part is looked at first.
"""

from __future__ import annotations

import numpy as np

from course_utils.grading.inside.plain import Plain

_WORDS = {"MT19937": (("key", 624, np.uint32),)}
_WORDS["Philox"] = (("counter", 4, np.uint64), ("key", 2, np.uint64))
_WORDS["SFC64"] = (("state", 4, np.uint64),)
_WORDS["PCG64"] = _WORDS["PCG64DXSM"] = ()
Random = np.random.Generator | np.random.RandomState


def taken_apart(rng: Random) -> dict[str, Plain]:
    """Kind and state of a generator.

    Raises:
        TypeError: its bit generator is not one of NumPy's own.
    """
    legacy = isinstance(rng, np.random.RandomState)
    bits = rng._bit_generator if legacy else rng.bit_generator
    name = type(bits).__name__
    if name not in _WORDS:
        raise TypeError(f"a random generator over {name} cannot be handed over")
    return {"legacy": legacy, "state": bits.state}


def put_together(facts: dict[str, Plain]) -> Random:
    """The generator that `taken_apart` described.

    Raises:
        ValueError: these are not the parts of a generator.
    """
    try:
        given = facts["state"]
        name = given["bit_generator"]
        inner = given["state"]
        bits = getattr(np.random, name if name in _WORDS else "")(0)
        state = {"bit_generator": name, "state": {}}
        if name.startswith("PCG64"):
            state["state"] = {key: _whole(inner[key], 128) for key in ("state", "inc")}
        for key, length, dtype in _WORDS[name]:
            state["state"][key] = _words(inner[key], length, dtype)
        if name == "MT19937":
            state["state"]["pos"] = _below(inner["pos"], 625)
        else:
            state["has_uint32"] = _below(given["has_uint32"], 2)
            state["uinteger"] = _whole(given["uinteger"], 32)
        if name == "Philox":
            state["buffer"] = _words(given["buffer"], 4, np.uint64)
            state["buffer_pos"] = _below(given["buffer_pos"], 5)
        bits.state = state
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"no state of a random generator: {error}") from None
    return np.random.RandomState(bits) if facts["legacy"] else np.random.Generator(bits)


def follow(rng: Random, facts: dict[str, Plain]) -> None:
    """Bring a generator to where its copy on the other side is by now."""
    new = put_together(facts)
    legacy = isinstance(rng, np.random.RandomState)
    mine = rng._bit_generator if legacy else rng.bit_generator
    mine.state = (new._bit_generator if facts["legacy"] else new.bit_generator).state


def _whole(value: object, bits: int) -> int:
    number = int(value)
    if not 0 <= number < 1 << bits:
        raise ValueError(f"{bits} bits are expected")
    return number


def _below(value: object, end: int) -> int:
    number = int(value)
    if not 0 <= number < end:
        raise ValueError(f"a number below {end} is expected")
    return number


def _words(value: object, length: int, dtype: type) -> np.ndarray:
    words = np.array(value, dtype)
    if words.shape != (length,):
        raise ValueError(f"{length} numbers are expected")
    return words
