"""Files that are whole or not there: checksums, atomic replacement, the IDX format."""

import contextlib
import hashlib
import os
import secrets
import struct
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

_IDX_TYPES = {8: np.dtype("u1"), 12: np.dtype(">i4")}
_STALE_SECONDS = 3600.0


class DataFileError(OSError):
    """A data file is missing, damaged or out of reach; the message says what to do."""


class FileCheck(NamedTuple):
    """What a file should be, and what it is.

    Attributes:
        file: the path that was looked at.
        ok: whether the file is there and its bytes are the expected ones.
        expected: the SHA-256 sum its bytes should have, 64 hexadecimal digits.
        found: the sum they have, or `"missing"`, or `"unreadable (why)"`.
    """

    file: str
    ok: bool
    expected: str
    found: str


def sha256(data: bytes) -> str:
    """Return the SHA-256 sum of some bytes as 64 hexadecimal digits.

    Args:
        data: bytes, or any object that gives its bytes away, such as a C-ordered array.

    Example:
        >>> sha256(b"")[:16]
        'e3b0c44298fc1c14'
    """
    return hashlib.sha256(data).hexdigest()


def read_checked(path: Path, expected: str) -> tuple[FileCheck, bytes]:
    """Read a file and compare its SHA-256 sum with the expected one.

    Args:
        path: the file.
        expected: its sum, 64 hexadecimal digits.

    Returns:
        The check, and the bytes (empty where the check is not ok). A file that cannot
        be read is a failed check, not an exception.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return FileCheck(str(path), False, expected, "missing"), b""
    except OSError as error:
        found = f"unreadable ({error.strerror or error})"
        return FileCheck(str(path), False, expected, found), b""
    found = sha256(data)
    ok = found == expected
    return FileCheck(str(path), ok, expected, found), data if ok else b""


def write_atomic(path: Path, data: bytes) -> None:
    """Put `data` at `path` so that nobody ever sees half of it.

    The bytes go into a file of another name in the same folder, which then takes the
    place of `path` in one step. Processes may do this at the same time: the last one
    wins, and a reader finds either the old bytes or the new. A process killed half way
    leaves only its `.part` file, which a later call sweeps away after an hour.

    Args:
        path: where to put the bytes; the folder is made if needed.
        data: the bytes.

    Raises:
        OSError: the folder cannot be written to, or the disk is full. `path` is then
            as it was before.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    for stale in path.parent.glob(".*.part"):
        with contextlib.suppress(OSError):
            if time.time() - stale.stat().st_mtime > _STALE_SECONDS:
                stale.unlink()
    part = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def _replace(part: Path, path: Path, attempts: int = 20) -> None:
    """Rename, again if needed: Windows refuses while another process reads `path`."""
    for attempt in range(attempts):
        try:
            os.replace(part, path)
            return
        except PermissionError:
            if os.name != "nt" or attempt == attempts - 1:
                raise
            time.sleep(0.05)


def to_idx(array: np.ndarray) -> bytes:
    """Write an array in the IDX format of MNIST.

    Two zero bytes, one that names the type, one that counts the axes; then the length
    of each axis and the values, all big-endian. The same array always gives the same
    bytes, whatever the machine and the versions of its libraries.

    Source: LeCun, Cortes and Burges, *The MNIST database of handwritten digits*, 1998.

    Args:
        array: uint8 or int32 of any byte order, one axis or more.

    Raises:
        TypeError: `array` has another dtype.

    Example:
        >>> to_idx(np.array([7, 8], dtype=np.uint8)).hex(" ")
        '00 00 08 01 00 00 00 02 07 08'
    """
    for code, dtype in _IDX_TYPES.items():
        if array.dtype.newbyteorder("=") == dtype.newbyteorder("="):
            header = struct.pack(">HBB", 0, code, array.ndim)
            sizes = struct.pack(f">{array.ndim}I", *array.shape)
            return header + sizes + array.astype(dtype, order="C").tobytes()
    raise TypeError(f"array must be uint8 or int32, got {array.dtype}")


def from_idx(data: bytes, start: int = 0) -> tuple[np.ndarray, int]:
    """Read an array in the IDX format.

    Args:
        data: bytes that hold one or more IDX arrays.
        start: where the array begins.

    Returns:
        The array, in the machine's own byte order, and where the next one begins.

    Raises:
        ValueError: there is no whole IDX array of uint8 or int32 at `start`.

    Example:
        >>> from_idx(to_idx(np.array([[7, 8]], dtype=np.uint8)))
        (array([[7, 8]], dtype=uint8), 14)
    """
    try:
        zero, code, axes = struct.unpack_from(">HBB", data, start)
        shape = struct.unpack_from(f">{axes}I", data, start + 4)
    except struct.error as error:
        raise ValueError(f"data must hold a whole IDX header, got {error}") from None
    if zero != 0 or code not in _IDX_TYPES:
        raise ValueError(
            "data must begin with 00 00 08 (uint8) or 00 00 0c (int32), "
            f"got {bytes(data[start : start + 3]).hex(' ')}"
        )
    dtype = _IDX_TYPES[code]
    begin = start + 4 + 4 * axes
    count = int(np.prod(shape, dtype=np.int64))
    end = begin + count * dtype.itemsize
    if end > len(data):
        raise ValueError(f"data must be {end} bytes long or more, got {len(data)}")
    array = np.frombuffer(data, dtype, count, begin).reshape(shape)
    return array.astype(dtype.newbyteorder("="), copy=False), end
