"""Compare the outputs of a replayed cell with the recorded ones.

Everything is compared, in order, and strictly, with two exceptions:

- **Pictures** must be there, but their bytes are not compared: the same figure comes
  out differently wherever FreeType, a font or zlib has another version. Their size in
  inches and number of axes are in the text beside them, which is compared.
- **Numbers with a point or an exponent** may differ by a stated tolerance in a cell
  whose metadata asks for one and says why::

      # %% tolerance={"relative": 0.02, "why": "Keras training does not repeat"}

  Integers, words and the order of everything stay strict there; blanks do not count,
  because a number with one digit more moves its column.
"""

import difflib
import itertools
import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

ABSOLUTE = 1e-6
"""Absolute tolerance of a cell that states none: for numbers that should be zero."""

_PICTURES = ("image/png", "image/jpeg", "image/gif", "application/pdf")
_RANDOM_IDS = ("application/vnd.jupyter.widget-view+json",)
_INLINE_PICTURE = re.compile(r"data:(image/[\w.+-]+);base64,[A-Za-z0-9+/=\s%]+")

_NUMBER = re.compile(
    r"(?<![\w.#])"  # not the middle of a name, a version, a colour or another number
    r"[-+]?"
    r"(?P<digits>\d+\.\d+|\.\d+|\d+\.(?=\s*[-\d.,\]])|\d+)"  # "3." only inside a list
    r"(?P<exponent>[eE][-+]?\d+)?"
    r"(?!\.?\d)"
)


@dataclass(frozen=True)
class Tolerance:
    """How far a number may lie from the recorded one: the larger of the two.

    Attributes:
        relative: as a fraction of the recorded number's size, in (0, 0.5].
        absolute: in the number's own unit, >= 0.
    """

    relative: float
    absolute: float = ABSOLUTE

    def allows(self, recorded: float, found: float) -> bool:
        """Say whether `found` is close enough to `recorded`."""
        bound = max(self.relative * abs(recorded), self.absolute)
        return recorded == found or abs(found - recorded) <= bound


def cell_tolerance(metadata: Mapping[str, Any]) -> Tolerance | None:
    """Return the tolerance that a cell's metadata asks for, None without one.

    Raises:
        ValueError: it is not ``{"relative": number, "why": text}``, with ``absolute``
            if need be, or it is given as a tag.

    Example:
        >>> cell_tolerance({"tolerance": {"relative": 0.02, "why": "Keras training"}})
        Tolerance(relative=0.02, absolute=1e-06)
        >>> cell_tolerance({"tolerance": {"relative": 0.02}})
        Traceback (most recent call last):
        ValueError: tolerance must say why, got {'relative': 0.02}
    """
    for tag in metadata.get("tags", ()):
        if str(tag).startswith("tolerance"):
            raise ValueError(
                "tolerance must be cell metadata, "
                f'tolerance={{"relative": 0.02, "why": "..."}}, got the tag {tag!r}'
            )
    if "tolerance" not in metadata:
        return None
    given = metadata["tolerance"]
    if not isinstance(given, Mapping) or set(given) - {"relative", "absolute", "why"}:
        raise ValueError(
            f"tolerance must be of the keys relative, absolute and why, got {given!r}"
        )
    why = given.get("why")
    if not isinstance(why, str) or len(why.split()) < 2:
        raise ValueError(f"tolerance must say why, got {dict(given)!r}")
    relative, absolute = given.get("relative"), given.get("absolute", ABSOLUTE)
    if not _is_real(relative) or not 0 < relative <= 0.5:
        raise ValueError(f"relative must be a number in (0, 0.5], got {relative!r}")
    if not _is_real(absolute) or not 0 <= absolute < math.inf:
        raise ValueError(f"absolute must be a number >= 0, got {absolute!r}")
    return Tolerance(float(relative), float(absolute))


def _is_real(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def differences(
    recorded: Iterable[Mapping[str, Any]],
    found: Iterable[Mapping[str, Any]],
    tolerance: Tolerance | None = None,
) -> list[str]:
    """Say in sentences how a cell's outputs differ from the recorded ones.

    Args:
        recorded: outputs as in a notebook file, streams merged.
        found: outputs of the replay, the same way.
        tolerance: None to compare every number as text.

    Returns:
        One sentence, or a sentence and a diff, for each difference; empty when the
        outputs agree.
    """
    problems: list[str] = []
    pairs = itertools.zip_longest(recorded, found)
    for number, (left, right) in enumerate(pairs, start=1):
        if left is None:
            problems.append(f"output {number} is new: {_kind(right)}")
        elif right is None:
            problems.append(f"output {number} is missing: {_kind(left)}")
        elif _kind(left) != _kind(right):
            problems.append(
                f"output {number} is {_kind(right)}, recorded is {_kind(left)}"
            )
        else:
            for mime, was in _contents(left).items():
                problem = _difference(mime, was, _contents(right)[mime], tolerance)
                if problem:
                    problems.append(f"output {number} ({mime}): {problem}")
    return problems


def _contents(output: Mapping[str, Any]) -> dict[str, Any]:
    """Return an output's contents by what they are: MIME type, or stream's name."""
    if output["output_type"] == "stream":
        return {output["name"]: output["text"]}
    if output["output_type"] == "error":
        return {"error": f"{output['ename']}: {output['evalue']}"}
    return dict(output["data"])


def _kind(output: Mapping[str, Any]) -> str:
    kinds = ", ".join(sorted(_contents(output)))
    return f"{output['output_type']} ({kinds})"


def _difference(
    mime: str, recorded: Any, found: Any, tolerance: Tolerance | None
) -> str | None:
    if mime in _PICTURES:
        return None if bool(found) == bool(recorded) else "the picture is empty"
    if mime in _RANDOM_IDS:
        return None
    if not isinstance(recorded, str):
        recorded, found = _flat(recorded), _flat(found)
    recorded, found = _without_pictures(recorded), _without_pictures(found)
    if recorded == found:
        return None
    if tolerance is not None:
        return _beyond(recorded, found, tolerance)
    return "the text differs\n" + _diff(recorded, found)


def _flat(value: Any) -> str:
    """Return JSON as text, a part a line."""
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False)


def _without_pictures(text: str) -> str:
    return _INLINE_PICTURE.sub(r"data:\1;base64,[picture]", text)


def _beyond(recorded: str, found: str, tolerance: Tolerance) -> str | None:
    """Compare two texts that may differ in their floating-point numbers."""
    template, numbers = _split(recorded)
    other, others = _split(found)
    if template != other or len(numbers) != len(others):
        return "the text around the numbers differs\n" + _diff(template, other)
    for was, now in zip(numbers, others, strict=True):
        if was == now:
            continue
        if not (_is_float(was) or _is_float(now)):
            return f"an integer differs: {now}, recorded {was}"
        if not tolerance.allows(float(was), float(now)):
            return (
                f"a number differs too much: {now}, recorded {was}; allowed are "
                f"{tolerance.relative:g} relative, {tolerance.absolute:g} absolute"
            )
    return None


def _split(text: str) -> tuple[str, list[str]]:
    """Return a text with its numbers taken out and its blanks evened, and the numbers.

    Example:
        >>> _split("[ 0.25 -1e-3] in step 3 of 2.4.6")
        ('[ <number> <number> ] in step <number> of 2.4.6', ['0.25', '-1e-3', '3'])
    """
    numbers = [match.group() for match in _NUMBER.finditer(text)]
    template = _NUMBER.sub(" <number> ", text)
    # Tables are drawn as wide as their numbers: blanks and rules follow the digits.
    template = re.sub(r"-{3,}", "---", template)
    lines = (" ".join(line.split()) for line in template.splitlines())
    return "\n".join(lines), numbers


def _is_float(number: str) -> bool:
    return any(mark in number for mark in ".eE")


def _diff(recorded: str, found: str, limit: int = 30) -> str:
    lines = list(
        difflib.unified_diff(
            recorded.splitlines(),
            found.splitlines(),
            "recorded",
            "found",
            lineterm="",
            n=1,
        )
    )
    if len(lines) > limit:
        lines = [*lines[:limit], f"... and {len(lines) - limit} lines more"]
    return "\n".join(line[:200] for line in lines)
