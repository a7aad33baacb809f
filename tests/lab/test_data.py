import subprocess
import sys
import warnings

import numpy as np
import pytest

from course_utils.lab import data as lab_data
from course_utils.lab import full_set, shipped, small_set
from tests.lab import small_world


@pytest.fixture(scope="module")
def data():
    return lab_data.load_fashion_mnist()


def test_shapes_types_and_balance(data):
    for part, n in ((data.train, 10_000), (data.valid, 5_000), (data.test, 5_000)):
        assert (part.images.shape, part.images.dtype) == ((n, 28, 28), np.uint8)
        assert (part.x.shape, part.x.dtype) == ((n, 784), np.float32)
        assert (part.y.shape, part.y.dtype) == ((n,), np.int64)
        np.testing.assert_array_equal(np.bincount(part.y), [n // 10] * 10)
        assert not any(a.flags.writeable for a in (part.images, part.x, part.y))


def test_train_has_mean_0_and_std_1(data):
    assert data.train.x.mean(dtype=np.float64) == pytest.approx(0.0, abs=1e-5)
    assert data.train.x.std(dtype=np.float64) == pytest.approx(1.0, abs=1e-5)
    assert data.mean == pytest.approx(data.train.images.mean(dtype=np.float64))
    assert data.std == pytest.approx(data.train.images.std(dtype=np.float64))


def test_valid_and_test_are_standardized_with_the_statistics_of_train(data):
    for part in (data.valid, data.test):
        pixels = part.images.reshape(len(part), 784).astype(np.float64)
        expected = (pixels - data.mean) / data.std
        np.testing.assert_allclose(part.x, expected, atol=1e-6)
        own = (pixels - pixels.mean()) / pixels.std()
        assert np.abs(part.x - own).max() > 1e-4


def test_names_fit_the_pictures(data):
    """A trouser is thin on average, a flat shoe low, a pullover has sleeves."""
    ink = {
        name: data.train.images[data.train.y == number].mean(axis=0) > 60
        for number, name in enumerate(data.class_names)
    }
    width = {name: shape.any(axis=0).sum() for name, shape in ink.items()}
    height = {name: shape.any(axis=1).sum() for name, shape in ink.items()}
    area = {name: shape.sum() for name, shape in ink.items()}
    low = {name for name in ink if height[name] < 14}
    assert low == {"Sandal", "Sneaker"}
    assert {name for name in ink if 20 < height[name] < 26} == {"Bag", "Ankle boot"}
    assert {name for name in ink if width[name] < 14} == {"Trouser", "Dress"}
    assert area["Trouser"] < area["Dress"]
    assert area["Sandal"] < area["Sneaker"]
    assert area["Ankle boot"] < area["Bag"]
    assert area["T-shirt/top"] < min(area[n] for n in ("Pullover", "Coat", "Shirt"))


def test_loading_twice_gives_the_same(data):
    again = lab_data.load_fashion_mnist()
    for part in ("train", "valid", "test"):
        for name in ("images", "x", "y"):
            one, other = getattr(data, part), getattr(again, part)
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


@pytest.mark.parametrize("full", [1, "yes", None])
def test_full_must_be_a_bool(full):
    with pytest.raises(TypeError, match="full must be True or False, got"):
        lab_data.load_fashion_mnist(full)


@pytest.fixture
def world(monkeypatch, tmp_path):
    """A small world: its full set in the cache, its small set in a course's folder."""
    small_world.enter(monkeypatch.setattr)
    monkeypatch.setenv("COURSE_UTILS_CACHE", str(tmp_path / "cache"))
    cache = tmp_path / "cache" / "fashion_mnist_full"
    small_world.write(cache, small_world.ARCHIVES)
    folder = tmp_path / "data" / "fashion_mnist"
    small_world.write(folder, small_world.small_files())
    monkeypatch.setattr(shipped, "FOLDER", folder)
    return folder


def test_the_full_set_splits_the_60_000_and_keeps_the_small_sets_promise(world):
    full = lab_data.load_fashion_mnist(full=True)
    small = lab_data.load_fashion_mnist()
    source = small_world.arrays()
    assert [len(part) for part in (full.train, full.valid, full.test)] == [50, 10, 20]

    def images(*parts):
        return {image.tobytes() for part in parts for image in part.images}

    assert images(full.valid) == images(small.valid)
    assert images(small.train) < images(full.train)
    assert images(small.test) < images(full.test)
    assert not images(full.train) & images(full.valid)
    everything = {image.tobytes() for image in source["train-images-idx3-ubyte.gz"]}
    assert images(full.train, full.valid) == everything
    np.testing.assert_array_equal(full.test.y, source["t10k-labels-idx1-ubyte.gz"])
    labels = {
        image.tobytes(): label
        for image, label in zip(
            source["train-images-idx3-ubyte.gz"],
            source["train-labels-idx1-ubyte.gz"],
            strict=True,
        )
    }
    for part in (full.train, full.valid, small.train, small.valid):
        assert [labels[image.tobytes()] for image in part.images] == part.y.tolist()
    assert full.train.x.mean(dtype=np.float64) == pytest.approx(0.0, abs=1e-5)


def test_the_full_set_has_three_ways_to_get_it_when_there_is_none(world, monkeypatch):
    monkeypatch.setattr(full_set, "folders", lambda: (world / "a", world / "b"))
    monkeypatch.setattr(full_set.read, "__defaults__", (None, ()))
    with pytest.raises(lab_data.DataFileError, match="Any one of these three ways"):
        lab_data.load_fashion_mnist(full=True)


def test_verify_reports_and_loading_mends(world):
    assert all(check.ok for check in lab_data.verify_data())
    victim = world / "valid-images.packed"
    good = victim.read_bytes()
    victim.write_bytes(good[:50])
    bad = [check for check in lab_data.verify_data() if not check.ok]
    assert [check.file for check in bad] == [str(victim)]
    with pytest.warns(UserWarning, match=r"valid-images\.packed was bad") as caught:
        lab_data.load_fashion_mnist()
    assert caught[0].filename == __file__, "the warning points at the caller's line"
    assert victim.read_bytes() == good
    assert all(check.ok for check in lab_data.verify_data())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        lab_data.load_fashion_mnist()


def test_verify_names_the_shipped_files():
    checks = lab_data.verify_data()
    assert [check.expected for check in checks] == list(small_set.CHECKSUMS.values())
    assert all(check.ok and check.found == check.expected for check in checks)


def test_import_brings_in_nothing_slow():
    code = (
        "import sys, course_utils.lab.data\n"
        "slow = {'pandas', 'pooch', 'requests', 'platformdirs', 'keras', 'scipy'}\n"
        "print(sorted(slow & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")
