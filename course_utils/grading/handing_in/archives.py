"""Zip and tar files of a stranger: what is in them, with nothing ever written to disk.

Names that lead elsewhere, links, encrypted entries and bombs are refused. Tar files are
taken apart here, header by header: the standard library's reader can be led into a loop
that does not end (CVE-2025-8194).
"""

from __future__ import annotations

import io
import stat
import tarfile
import zipfile
import zlib

from course_utils.grading.handing_in.handed_in import (
    MIB,
    Found,
    Remarks,
    Room,
    shown,
    visible,
    wanted,
)

_ENTRY = b"PK\x01\x02"
_MOST = 5000
_RATIO = 200
_BLOCK = 512
_PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_FILES = (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE)


def is_archive(data: bytes) -> bool:
    """Whether these are the bytes of a zip, gzip or tar file."""
    return data[:4] == b"PK\x03\x04" or data[:3] == b"\x1f\x8b\x08" or _is_tar(data)


def unpack_archive(archive: Found, remarks: Remarks, room: Room) -> list[Found]:
    """The files in an archive that can matter.

    Args:
        archive: as it was handed in.
        remarks: where to say what was refused.
        room: how much may be read; what is read is taken off.
    """
    said, data = shown(archive.name), archive.data
    try:
        if data[:2] == b"PK":
            return _unzip(said, data, remarks, room)
        if data[:2] == b"\x1f\x8b":
            inflated = _gunzip(said, data, remarks, room)
            if inflated is None:
                return []
            data = inflated
        if _is_tar(data):
            return _untar(said, data, remarks, room)
        raise zipfile.BadZipFile("neither zip nor tar")
    except Exception as error:  # the readers raise many kinds for damaged files
        remarks.note(
            f"{said} could not be unpacked: it is damaged, or of an unusual kind. "
            "Please hand in the notebook itself."
        )
        remarks.flag(f"{said} could not be unpacked ({type(error).__name__}).")
        return []


def _unzip(said: str, data: bytes, remarks: Remarks, room: Room) -> list[Found]:
    if data.count(_ENTRY) > _MOST:
        raise zipfile.BadZipFile("too many entries")
    found = []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for info in archive.infolist():
            mode = info.external_attr >> 16
            path = _path(said, info.filename, stat.S_ISLNK(mode), remarks, room)
            if path is None or info.is_dir():
                continue
            where = f"{shown(info.filename)} in {said}"
            if info.flag_bits & 1:
                remarks.note(f"{where} is encrypted and was not read.")
                remarks.flag(f"{where} is encrypted.")
            elif info.compress_type not in _PLAIN:
                raise zipfile.BadZipFile("an unusual compression")
            elif info.file_size > max(MIB, _RATIO * info.compress_size):
                _bomb(where, remarks)
            else:
                with archive.open(info) as file:
                    content = room.take(where, info.file_size, file.read, remarks)
                if content is not None:
                    found.append(Found(path, content))
    return found


def _bomb(where: str, remarks: Remarks) -> None:
    remarks.note(f"{where} was not read: it would grow beyond all measure.")
    remarks.flag(f"{where} looks like a bomb: it would grow more than {_RATIO} times.")


def _path(
    said: str, name: str, link: bool, remarks: Remarks, room: Room
) -> tuple[str, ...] | None:
    """The folders and the name of an entry, if it is one that may be read."""
    room.files -= 1
    parts = tuple(p for p in name.replace("\\", "/").split("/") if p not in ("", "."))
    leads_out = ".." in parts or name[:1] in "/\\" or name[1:2] == ":"
    if leads_out or link:
        what = "is a link" if link else "has a path that leads out of its folder"
        remarks.note(f"{shown(name)} in {said} {what}; it was not read.")
        remarks.flag(f"{shown(name)} in {said} {what}.")
        return None
    if not parts or len(parts) > 2 * room.depth or room.files < 0:
        return None
    if not all(map(visible, parts)):
        return None
    if not wanted(parts[-1]):
        if not name.endswith("/"):
            remarks.others.append(shown("/".join(parts)))
        return None
    return parts


def _gunzip(said: str, data: bytes, remarks: Remarks, room: Room) -> bytes | None:
    stream = zlib.decompressobj(wbits=31)
    pending = data

    def read(count: int) -> bytes:
        nonlocal pending
        piece = stream.decompress(pending, count)
        pending = stream.unconsumed_tail
        return piece

    return room.take(said, 0, read, remarks)


def _is_tar(data: bytes) -> bool:
    return data[257:262] == b"ustar"


def _untar(said: str, data: bytes, remarks: Remarks, room: Room) -> list[Found]:
    found, position, long = [], 0, ""
    for _ in range(_MOST):
        header = data[position : position + _BLOCK]
        if len(header) < _BLOCK or not header.strip(b"\0"):
            return found
        info = tarfile.TarInfo.frombuf(header, "utf-8", "replace")
        start = position + _BLOCK
        if not 0 <= info.size <= len(data) - start:
            raise tarfile.ReadError("an entry larger than the archive")
        body = memoryview(data)[start : start + info.size]
        position = start + -(-info.size // _BLOCK) * _BLOCK
        if info.type == tarfile.GNUTYPE_LONGNAME:
            long = bytes(body[:1000]).rstrip(b"\0").decode("utf-8", "replace")
            continue
        if info.type in (tarfile.XHDTYPE, tarfile.XGLTYPE):
            long = _pax_path(bytes(body[:10_000])) or long
            continue
        name, long = long or info.name, ""
        link = info.type in (tarfile.SYMTYPE, tarfile.LNKTYPE)
        if not link and info.type not in _FILES:
            continue
        path = _path(said, name, link, remarks, room)
        if path is not None:
            where = f"{shown(name)} in {said}"
            content = room.take(where, info.size, io.BytesIO(body).read, remarks)
            if content is not None:
                found.append(Found(path, content))
    raise tarfile.ReadError("too many entries")


def _pax_path(body: bytes) -> str:
    """The path in a pax header: records are ``LENGTH path=VALUE`` and a line's end."""
    for record in body.split(b"\n"):
        _, _, pair = record.partition(b" ")
        key, _, value = pair.partition(b"=")
        if key == b"path":
            return value.decode("utf-8", "replace")
    return ""
