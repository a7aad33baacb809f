import os
import re
import threading
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from course_utils.lab import files


@given(
    arrays.arrays(
        st.sampled_from([np.uint8, np.int32]),
        arrays.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=5),
    ),
    st.binary(max_size=9),
)
def test_idx_gives_back_what_was_written_and_where_it_ends(array, before):
    data = before + files.to_idx(array)
    read, end = files.from_idx(data + b"more", len(before))
    np.testing.assert_array_equal(read, array)
    assert read.dtype == array.dtype
    assert end == len(data)


def test_idx_is_big_endian_and_c_ordered_whatever_the_array_in_memory():
    array = np.array([[1, 2], [3, 256]], dtype=np.int32)
    expected = "00000c02 00000002 00000002 00000001 00000002 00000003 00000100"
    for same in (array, np.asfortranarray(array), array.astype(">i4")):
        assert files.to_idx(same) == bytes.fromhex(expected)


def test_idx_refuses_what_it_cannot_say():
    with pytest.raises(TypeError, match="array must be uint8 or int32, got float64"):
        files.to_idx(np.zeros(3))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("", "must hold a whole IDX header"),
        ("00000801 000000", "must hold a whole IDX header"),
        ("00000801 00000003 0102", "must be 11 bytes long or more, got 10"),
        ("00000d01 00000000", "got 00 00 0d"),
        ("89504e47 0d0a1a0a", "whole IDX header"),
        ("01000801 00000000", "got 01 00 08"),
    ],
)
def test_idx_refuses_bytes_that_are_not_a_whole_array(data, message):
    with pytest.raises(ValueError, match=message):
        files.from_idx(bytes.fromhex(data))


def test_a_check_tells_good_altered_missing_and_unreadable_apart(tmp_path):
    path = tmp_path / "a.bin"
    expected = files.sha256(b"good")
    assert files.read_checked(path, expected) == (
        files.FileCheck(str(path), False, expected, "missing"),
        b"",
    )
    path.write_bytes(b"goo")
    check, data = files.read_checked(path, expected)
    assert (check.ok, check.found, data) == (False, files.sha256(b"goo"), b"")
    path.write_bytes(b"good")
    check, data = files.read_checked(path, expected)
    assert (check.ok, check.found, data) == (True, expected, b"good")
    check, data = files.read_checked(tmp_path, expected)
    assert not check.ok
    assert re.match("unreadable \\(.+\\)", check.found)


def test_a_full_disk_leaves_the_old_file_and_no_half_one(tmp_path, monkeypatch):
    path = tmp_path / "a.bin"
    files.write_atomic(path, b"old")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        files.write_atomic(path, b"new and longer")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_only_old_part_files_are_swept_away(tmp_path):
    old, fresh = tmp_path / ".a.bin.1-aa.part", tmp_path / ".a.bin.2-bb.part"
    for part in (old, fresh):
        part.write_bytes(b"half")
    os.utime(old, (time.time() - 7200,) * 2)
    files.write_atomic(tmp_path / "a.bin", b"whole")
    assert sorted(tmp_path.iterdir()) == [fresh, tmp_path / "a.bin"]


def test_a_reader_never_sees_half_a_file(tmp_path):
    path = tmp_path / "deep" / "a.bin"
    contents = [bytes([letter]) * 200_000 for letter in b"abc"]
    files.write_atomic(path, contents[0])
    seen, stop = set(), threading.Event()

    def read():
        while not stop.is_set():
            seen.add(path.read_bytes())

    def write(content):
        for _ in range(10):
            files.write_atomic(path, content)

    reader = threading.Thread(target=read)
    writers = [threading.Thread(target=write, args=(content,)) for content in contents]
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    reader.join()
    assert seen
    assert seen <= set(contents)
    assert list(path.parent.iterdir()) == [path]
