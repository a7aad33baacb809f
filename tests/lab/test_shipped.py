import multiprocessing
import warnings

import numpy as np
import pytest

from course_utils.lab import full_set, shipped, small_set
from course_utils.lab.files import DataFileError, sha256, write_atomic
from tests.lab import small_world

SPAWN = multiprocessing.get_context("spawn")
VICTIM = "train-images.packed"


@pytest.fixture(autouse=True)
def _in_a_small_world(monkeypatch):
    small_world.enter(monkeypatch.setattr)


@pytest.fixture
def files():
    return small_world.small_files()


@pytest.fixture
def folder(tmp_path, files):
    return small_world.write(tmp_path / "data" / "fashion_mnist", files)


@pytest.fixture
def spare(tmp_path):
    return tmp_path / "cache" / "fashion_mnist"


@pytest.fixture
def full(tmp_path):
    return small_world.write(tmp_path / "full", small_world.ARCHIVES)


def truncate(path):
    path.write_bytes(path.read_bytes()[:-7])


def alter(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def remove(path):
    path.unlink()


def turn_into_a_folder(path):
    path.unlink()
    path.mkdir()


def bytes_in(folder):
    return {p.name: p.read_bytes() for p in folder.iterdir()}


def test_good_files_are_read_without_a_word(folder, spare, files):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loaded = shipped.load(folder, spare, [spare / "none"])
    images = small_world.arrays()["t10k-images-idx3-ubyte.gz"]
    np.testing.assert_array_equal(
        loaded["test"]["images"], images[loaded["test"]["rows"]]
    )
    assert not spare.exists()


@pytest.mark.parametrize("name", [VICTIM, "valid-labels.idx", "test-rows.idx"])
@pytest.mark.parametrize("harm", [truncate, alter, remove])
def test_a_bad_file_is_named_and_mended_from_the_full_set(
    folder, spare, full, files, name, harm
):
    harm(folder / name)
    found = shipped.check(folder)[list(files).index(name)].found
    with pytest.warns(UserWarning, match=name) as caught:
        loaded = shipped.load(folder, spare, [full])
    message = str(caught[0].message)
    assert found in message
    assert sha256(files[name]) in message
    assert bytes_in(folder) == files
    np.testing.assert_array_equal(
        loaded["train"]["images"], small_set.decode(files)["train"]["images"]
    )


@pytest.mark.parametrize("harm", [truncate, alter, remove, turn_into_a_folder])
def test_without_a_good_source_the_error_says_what_to_do(folder, spare, files, harm):
    harm(folder / VICTIM)
    before = {p.name for p in folder.iterdir()}
    with pytest.raises(DataFileError) as caught:
        shipped.load(folder, spare, [spare / "none"])
    found = {c.file: c for c in shipped.check(folder)}[str(folder / VICTIM)].found
    message = str(caught.value)
    assert f"{VICTIM}: SHA-256 {found}, expected {sha256(files[VICTIM])}" in message
    assert "valid-labels.idx" not in message
    for way in ("git checkout -- data", "apt install", "load_fashion_mnist(full=True)"):
        assert way in message
    assert {p.name for p in folder.iterdir()} == before
    assert not spare.exists()


def test_a_damaged_full_set_is_no_good_source(folder, spare, full):
    truncate(folder / VICTIM)
    truncate(full / "train-images-idx3-ubyte.gz")
    with pytest.raises(DataFileError, match=VICTIM):
        shipped.load(folder, spare, [full])


def test_nothing_is_downloaded_to_mend_a_file(folder, spare, monkeypatch):
    def download(name, folder, mirrors, tried=()):
        assert not mirrors
        raise DataFileError("no mirrors")

    monkeypatch.setattr(full_set, "download", download)
    remove(folder / VICTIM)
    with pytest.raises(DataFileError, match="git checkout"):
        shipped.load(folder, spare, [spare / "none"])


@pytest.fixture
def read_only(monkeypatch):
    """Folders that refuse to be written to, whoever runs the tests."""
    refused = []

    def write(path, data):
        if path.parent in refused:
            raise PermissionError(13, "Permission denied", str(path))
        write_atomic(path, data)

    monkeypatch.setattr(shipped, "write_atomic", write)
    return refused


def test_a_read_only_course_is_mended_in_the_cache_once(
    folder, spare, full, files, read_only
):
    read_only.append(folder)
    alter(folder / VICTIM)
    remove(folder / "test-labels.idx")
    before = bytes_in(folder)
    with pytest.warns(UserWarning, match="put in"):
        first = shipped.load(folder, spare, [full])
    assert bytes_in(folder) == before
    assert set(bytes_in(spare)) == {VICTIM, "test-labels.idx"}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        second = shipped.load(folder, spare, [spare / "none"])
    for loaded in (first, second):
        assert sha256(loaded["train"]["images"]) == sha256(
            small_set.decode(files)["train"]["images"]
        )


def test_a_course_that_can_be_written_again_is_mended_from_the_cache(
    folder, spare, files
):
    small_world.write(spare, {VICTIM: files[VICTIM]})
    alter(folder / VICTIM)
    with pytest.warns(UserWarning, match=VICTIM):
        shipped.load(folder, spare, [spare / "none"])
    assert bytes_in(folder) == files


def test_a_damaged_copy_in_the_cache_is_not_believed(folder, spare, full, files):
    small_world.write(spare, {VICTIM: files[VICTIM][:-1]})
    alter(folder / VICTIM)
    with pytest.warns(UserWarning, match=VICTIM):
        shipped.load(folder, spare, [full])
    assert bytes_in(folder) == files


def test_where_nothing_can_be_written_the_data_still_loads(
    folder, spare, full, files, read_only
):
    read_only += [folder, spare]
    remove(folder / VICTIM)
    for _ in range(2):
        with pytest.warns(UserWarning, match="made in memory"):
            loaded = shipped.load(folder, spare, [full])
        assert sha256(loaded["train"]["images"]) == sha256(
            small_set.decode(files)["train"]["images"]
        )
    assert not (folder / VICTIM).exists()


def test_an_installed_package_without_a_data_folder_uses_the_cache(
    tmp_path, spare, full, files
):
    nowhere = tmp_path / "site-packages" / "data" / "fashion_mnist"
    with pytest.warns(UserWarning, match="missing"):
        shipped.load(nowhere, spare, [full])
    assert not nowhere.parent.exists()
    assert bytes_in(spare) == files


def test_a_builder_that_makes_other_bytes_is_caught(
    folder, spare, full, files, monkeypatch
):
    alter(folder / VICTIM)
    before = bytes_in(folder)
    monkeypatch.setattr(small_set, "build", lambda read: files | {VICTIM: b"other"})
    with pytest.raises(RuntimeError, match=f"{VICTIM} was rebuilt with other bytes"):
        shipped.load(folder, spare, [full])
    assert bytes_in(folder) == before


def test_two_processes_may_mend_at_once(folder, spare, full, files):
    for name in files:
        truncate(folder / name)
    answers = SPAWN.Queue()
    arguments = (folder, spare, full, answers)
    processes = [
        SPAWN.Process(target=small_world.load_in_a_process, args=arguments)
        for _ in range(2)
    ]
    for process in processes:
        process.start()
    expected = sha256(small_set.decode(files)["train"]["images"])
    assert [answers.get(timeout=60) for _ in processes] == [expected] * 2
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    assert bytes_in(folder) == files


def test_check_reports_every_file_and_changes_nothing(folder, full, files):
    alter(folder / VICTIM)
    remove(folder / "test-rows.idx")
    before = bytes_in(folder)
    verdicts = shipped.check(folder)
    assert [v.file for v in verdicts] == [str(folder / name) for name in files]
    for verdict, (name, data) in zip(verdicts, files.items(), strict=True):
        found = sha256(before[name]) if name in before else "missing"
        ok = name not in (VICTIM, "test-rows.idx")
        assert verdict == (str(folder / name), ok, sha256(data), found)
    assert bytes_in(folder) == before
