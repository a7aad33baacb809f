import contextlib
import functools
import gzip
import http.server
import multiprocessing
import re
import socket
import threading
import time

import numpy as np
import pytest

from course_utils.lab import full_set
from course_utils.lab.files import DataFileError, sha256
from tests.lab import small_world

NAME = "train-images-idx3-ubyte.gz"
SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture(autouse=True)
def _in_a_small_world(monkeypatch, tmp_path):
    small_world.enter(monkeypatch.setattr)
    monkeypatch.setenv("COURSE_UTILS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("TQDM_DISABLE", "1")


@pytest.fixture
def impatient(monkeypatch):
    """Retries without the second's pause before each."""
    monkeypatch.setattr(time, "sleep", lambda seconds: None)


class Mirror(http.server.BaseHTTPRequestHandler):
    """Answers each request as the next word of the server's plan says."""

    def do_GET(self):
        server = self.server
        name = self.path.rsplit("/", 1)[-1]
        good = small_world.ARCHIVES[name]
        with server.lock:
            server.asked.append(name)
            word = server.plan.pop(0) if server.plan else "good"
        if word == "error":
            self.send_error(500)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(good)))
        self.end_headers()
        if word == "together":
            server.barrier.wait()
        body = {
            "truncated": good[: len(good) // 2],
            "stalled": good[: len(good) // 2],
            "wrong": good[:-1] + bytes([good[-1] ^ 1]),
        }.get(word, good)
        self.wfile.write(body)
        self.wfile.flush()
        if word == "stalled":
            server.half_sent.set()
            server.go_on.wait(30)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def mirror(*plan):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Mirror) as server:
        server.plan, server.asked, server.lock = list(plan), [], threading.Lock()
        server.barrier = threading.Barrier(2, timeout=60)
        server.half_sent, server.go_on = threading.Event(), threading.Event()
        server.address = f"http://127.0.0.1:{server.server_port}/data/"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.go_on.set()
            server.shutdown()
            thread.join()


def closed_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/"


@pytest.mark.parametrize("plan", [("good",), ("error",), ("truncated",), ("wrong",)])
def test_a_download_is_tried_again_until_its_bytes_are_right(tmp_path, impatient, plan):
    with mirror(*plan) as server:
        images = full_set.read(NAME, [tmp_path], [server.address])
        np.testing.assert_array_equal(images, small_world.arrays()[NAME])
        assert len(server.asked) == (1 if plan == ("good",) else 2)
        full_set.read(NAME, [tmp_path], [server.address])
        assert len(server.asked) == (1 if plan == ("good",) else 2), "kept, not asked"
    assert [p.name for p in tmp_path.iterdir()] == [NAME]
    assert (tmp_path / NAME).read_bytes() == small_world.ARCHIVES[NAME]


def test_a_second_mirror_helps_where_the_first_stays_bad(tmp_path, impatient):
    with mirror(*["wrong"] * 9) as bad, mirror() as good:
        full_set.read(NAME, [tmp_path], [bad.address, good.address])
        assert len(bad.asked) == 1 + full_set.RETRIES
        assert good.asked == [NAME]


@pytest.mark.parametrize("word", ["error", "truncated", "wrong"])
def test_when_nothing_helps_no_file_is_left_and_three_ways_are_named(
    tmp_path, impatient, word
):
    with mirror(*[word] * 9) as server, pytest.raises(DataFileError) as caught:
        full_set.read(NAME, [tmp_path], [server.address])
    assert list(tmp_path.iterdir()) == []
    message = str(caught.value)
    assert re.findall(r"^  (\d)\. ", message, re.M) == ["1", "2", "3"]
    assert "load_fashion_mnist(full=True)" in message
    assert "apt install dataset-fashion-mnist" in message
    assert str(tmp_path) in message
    assert all(name in message for name in full_set.FILES)
    assert server.address + NAME in message


def test_without_a_network_the_error_comes_at_once_and_names_what_was_tried(
    tmp_path, impatient
):
    address = closed_port()
    with pytest.raises(DataFileError) as caught:
        full_set.read(NAME, [tmp_path / "a", tmp_path / "b"], [address])
    for tried in (f"{tmp_path / 'a' / NAME}: not there", str(tmp_path / "b"), address):
        assert tried in str(caught.value)


def test_a_damaged_copy_is_replaced_by_a_download(tmp_path):
    good = small_world.ARCHIVES[NAME]
    other = gzip.compress(gzip.decompress(good)[:-1] + b"\xff")
    for damaged in (good[:100], other, b"", b"not gzip at all"):
        (tmp_path / NAME).write_bytes(damaged)
        with mirror() as server:
            images = full_set.read(NAME, [tmp_path], [server.address])
        np.testing.assert_array_equal(images, small_world.arrays()[NAME])
        assert (tmp_path / NAME).read_bytes() == good


def test_the_package_is_good_enough_even_though_it_compressed_anew(tmp_path):
    good = small_world.ARCHIVES[NAME]
    again = gzip.compress(gzip.decompress(good), compresslevel=1, mtime=1)
    assert sha256(again) != full_set.FILES[NAME].archive
    package = small_world.write(tmp_path / "package", {NAME: again})
    images = full_set.read(NAME, [tmp_path / "cache", package], mirrors=())
    np.testing.assert_array_equal(images, small_world.arrays()[NAME])
    assert not (tmp_path / "cache").exists()


def test_a_cache_that_cannot_be_written_still_gives_the_data(tmp_path):
    (tmp_path / "file").write_bytes(b"a file where the folder should be")
    with mirror() as server, pytest.warns(UserWarning, match="could not be kept"):
        images = full_set.read(NAME, [tmp_path / "file"], [server.address])
    np.testing.assert_array_equal(images, small_world.arrays()[NAME])


def test_two_processes_may_download_at_once(tmp_path):
    answers = SPAWN.Queue()
    with mirror("together", "together") as server:
        arguments = (NAME, tmp_path, server.address, answers)
        processes = [
            SPAWN.Process(target=small_world.read_in_a_process, args=arguments)
            for _ in range(2)
        ]
        for process in processes:
            process.start()
        got = [answers.get(timeout=60) for _ in processes]
        for process in processes:
            process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    assert server.asked == [NAME, NAME]
    assert got == [sha256(small_world.arrays()[NAME])] * 2
    assert [p.name for p in tmp_path.iterdir()] == [NAME]
    assert (tmp_path / NAME).read_bytes() == small_world.ARCHIVES[NAME]


def test_a_process_killed_half_way_leaves_no_half_file(tmp_path):
    with mirror("stalled") as server:
        arguments = (NAME, tmp_path, server.address, SPAWN.Queue())
        process = SPAWN.Process(target=small_world.read_in_a_process, args=arguments)
        process.start()
        assert server.half_sent.wait(60)
        process.kill()
        process.join()
        server.go_on.set()
        assert list(tmp_path.iterdir()) == []
        images = full_set.read(NAME, [tmp_path], [server.address])
    np.testing.assert_array_equal(images, small_world.arrays()[NAME])


def test_an_unknown_name_and_no_place_are_refused(tmp_path):
    with pytest.raises(ValueError, match="places must name a folder, got none"):
        full_set.read(NAME, [])
    with pytest.raises(ValueError, match=r"name must be one of train-images.*got 'x'"):
        full_set.read("x", [tmp_path], ())


def test_the_cache_can_be_shared_by_an_environment_variable(monkeypatch, tmp_path):
    assert full_set.folders() == (
        tmp_path / "cache" / "fashion_mnist_full",
        full_set.PACKAGE_FOLDER,
    )
    monkeypatch.delenv("COURSE_UTILS_CACHE")
    assert full_set.cache_folder().is_absolute()
    assert "course_utils" in full_set.cache_folder().parts


def test_read_looks_into_the_cache_by_default(tmp_path):
    cache = tmp_path / "cache" / "fashion_mnist_full"
    small_world.write(cache, small_world.ARCHIVES)
    read = functools.partial(full_set.read, mirrors=())
    for name, array in small_world.arrays().items():
        np.testing.assert_array_equal(read(name), array)
