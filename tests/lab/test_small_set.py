import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from course_utils.lab import full_set, shipped, small_set
from course_utils.lab.files import DataFileError, sha256, to_idx
from tests.lab import small_world

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def on_disk():
    return {name: (shipped.FOLDER / name).read_bytes() for name in small_set.CHECKSUMS}


@pytest.fixture(scope="module")
def decoded(on_disk):
    return small_set.decode(on_disk)


def test_the_files_are_byte_for_byte_what_the_script_builds(on_disk, decoded):
    """From the full set where this machine has it, else from the stored arrays."""
    try:
        built = small_set.build(lambda name: full_set.read(name, mirrors=()))
    except DataFileError:
        built = {}
        for part, kept in decoded.items():
            built[f"{part}-rows.idx"] = to_idx(kept["rows"])
            built[f"{part}-labels.idx"] = to_idx(kept["labels"])
            built[f"{part}-images.packed"] = small_set.pack(kept["images"])
    assert list(built) == list(on_disk)
    for name, data in built.items():
        assert data == on_disk[name], name
        assert sha256(data) == small_set.CHECKSUMS[name]


def test_the_arrays_have_their_checksums(decoded):
    found = {
        f"{part}.{kind}": sha256(decoded[part][kind])
        for part in ("train", "valid", "test")
        for kind in ("images", "labels")
    }
    assert found == small_set.ARRAY_CHECKSUMS


def test_every_class_is_equally_frequent_in_every_part(decoded):
    for part, each in (("train", 1000), ("valid", 500), ("test", 500)):
        np.testing.assert_array_equal(np.bincount(decoded[part]["labels"]), [each] * 10)
        assert decoded[part]["images"].shape == (10 * each, 28, 28)
        assert decoded[part]["images"].dtype == np.uint8


def test_rows_are_ascending_in_range_and_train_and_valid_share_none(decoded):
    for part, n in (("train", 60_000), ("valid", 60_000), ("test", 10_000)):
        rows = decoded[part]["rows"]
        assert rows[0] >= 0
        assert rows[-1] < n
        assert np.all(np.diff(rows) > 0)
    assert not set(decoded["train"]["rows"]) & set(decoded["valid"]["rows"])


def test_no_image_stands_in_two_parts(decoded):
    every = [image.tobytes() for kept in decoded.values() for image in kept["images"]]
    assert len(set(every)) == 20_000


def test_the_readme_lists_every_checksum_and_size(on_disk):
    text = (shipped.FOLDER.parent / "README.md").read_text(encoding="utf-8")
    for name, data in on_disk.items():
        assert f"| `{name}` | {len(data):,} | `{small_set.CHECKSUMS[name]}` |" in text
    for name, sum_ in small_set.ARRAY_CHECKSUMS.items():
        assert re.search(rf"\| {re.escape(name)} \| [^|]+ \| `{sum_}` \|", text)


def test_the_licence_goes_with_the_data():
    text = (shipped.FOLDER / "LICENSE").read_text(encoding="utf-8")
    assert "Copyright © 2017 Zalando SE" in text
    assert "Permission is hereby granted, free of charge" in text


@given(
    arrays.arrays(
        np.uint8,
        st.tuples(st.integers(0, 3), st.just(28), st.just(28)),
        elements=st.sampled_from([0, 0, 0, 1, 127, 255]),
    )
)
def test_unpack_gives_back_what_was_packed(images):
    unpacked = small_set.unpack(small_set.pack(images))
    np.testing.assert_array_equal(unpacked, images)
    assert unpacked.dtype == np.uint8


def test_the_packed_format_is_bits_then_pixels():
    image = np.zeros((1, 28, 28), dtype=np.uint8)
    image[0, 0, [0, 9]] = 5, 6
    bits = bytes([0b1000_0000, 0b0100_0000]) + bytes(96)
    expected = bytes.fromhex("00000802 00000001 00000062") + bits
    expected += bytes.fromhex("00000801 00000002 0506")
    assert small_set.pack(image) == expected


def test_unpack_refuses_a_file_that_lacks_pixels():
    packed = small_set.pack(np.full((2, 28, 28), 9, dtype=np.uint8))
    with pytest.raises(ValueError, match="must be 1784 bytes long or more, got 1783"):
        small_set.unpack(packed[:-1])


@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.integers(0, 4))
def test_pick_rows_is_stratified_disjoint_and_repeatable(seed, first, second):
    labels = np.random.default_rng(seed).permutation(np.repeat([0, 3, 5], 8))
    sizes = {"a": first, "b": second}
    picked = small_set.pick_rows(labels, sizes, "x")
    for part, size in sizes.items():
        np.testing.assert_array_equal(
            np.bincount(labels[picked[part]], minlength=6),
            np.eye(6)[[0, 3, 5]].sum(0) * size,
        )
    assert not set(picked["a"]) & set(picked["b"])
    again = small_set.pick_rows(labels, sizes, "x")
    assert all(np.array_equal(picked[part], again[part]) for part in sizes)


def test_pick_rows_depends_on_the_source_and_needs_enough_rows():
    labels = np.zeros(100, dtype=int)
    one, other = (small_set.pick_rows(labels, {"a": 50}, s)["a"] for s in ("x", "y"))
    assert not np.array_equal(one, other)
    with pytest.raises(ValueError, match="at least 101 rows, got 100 of class 0"):
        small_set.pick_rows(labels, {"a": 60, "b": 41}, "x")


@pytest.fixture
def build_data(monkeypatch, tmp_path):
    """The script, in a small world whose full set lies in the cache."""
    small_world.enter(monkeypatch.setattr)
    monkeypatch.setenv("COURSE_UTILS_CACHE", str(tmp_path / "cache"))
    full = tmp_path / "cache" / "fashion_mnist_full"
    small_world.write(full, small_world.ARCHIVES)
    path = ROOT / "tools" / "build_data.py"
    spec = importlib.util.spec_from_file_location("build_data", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main


def test_the_script_writes_checks_and_notices_a_changed_byte(
    build_data, tmp_path, capsys
):
    out = tmp_path / "out"
    assert build_data(["--check", "--output", str(out)]) == 1
    assert not out.exists()
    assert build_data(["--output", str(out)]) == 0
    written = {path.name: path.read_bytes() for path in out.iterdir()}
    assert written == small_world.small_files()
    assert build_data(["--check", "--output", str(out)]) == 0
    changed = out / "valid-labels.idx"
    changed.write_bytes(written[changed.name][:-1] + b"\x09")
    capsys.readouterr()
    assert build_data(["--check", "--output", str(out)]) == 1
    assert capsys.readouterr().err == f"differs: {changed}\n"
    assert changed.read_bytes()[-1:] == b"\x09"


def test_the_script_says_so_when_it_has_no_full_set(
    build_data, tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("COURSE_UTILS_CACHE", str(tmp_path / "empty"))
    monkeypatch.setattr(full_set, "PACKAGE_FOLDER", tmp_path / "none")
    monkeypatch.setattr(full_set.read, "__defaults__", (None, ()))
    assert build_data(["--output", str(tmp_path / "out")]) == 1
    assert "apt install dataset-fashion-mnist" in capsys.readouterr().err
