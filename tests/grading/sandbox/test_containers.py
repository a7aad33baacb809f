"""The walls of Podman and Docker, on every engine that runs containers here."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from course_utils.grading.errors import GradingError
from course_utils.grading.inside.wire import Channel
from course_utils.grading.sandbox import container, containers, image
from course_utils.grading.sandbox.base import MIB, Kind, Limits
from course_utils.grading.sandbox.containers import Container, Docker, Ground, Podman
from tests.grading.sandbox.engines import TIERS, Engines

# A child that runs what it is told and says what `answer` became: a hostile student
# who may do anything, without the course's own child in the way.
CHILD = """
from course_utils.grading.inside.wire import Channel


def serve(sock):
    channel = Channel(sock)
    while True:
        world = {}
        try:
            exec(channel.receive(60), world)
            answer = world.get("answer")
        except Exception as error:
            answer = f"{type(error).__name__}: {error}"
        channel.send(answer)
"""
PRELOAD = "def load(kind, plots=True):\n    import numpy\n"
LIMITS = Limits(
    wall_seconds=20, cpu_seconds=3, memory=192 * MIB, processes=24, disk=4 * MIB
)


@pytest.fixture(scope="module")
def engines():
    found = Engines()
    yield found
    found.close()


class Asked:
    """A child, and questions to it."""

    def __init__(self, tier: Container, limits: Limits = LIMITS) -> None:
        self.child = tier.start(Kind.NUMPY, limits)
        self.channel = Channel(self.child.socket)

    def __call__(self, code: str, timeout: float = 15.0) -> object:
        self.channel.send(code)
        return self.channel.receive(timeout)


@pytest.fixture(scope="module")
def tiers(engines, tmp_path_factory):
    """A tier of each engine, whose children do what they are told."""
    replaced = {"child.py": CHILD, "preload.py": PRELOAD}
    course = tmp_path_factory.mktemp("course")
    made = engines.tiers(course, replaced)
    yield made
    for tier in made.values():
        tier.close()


# What to try inside, and what must come of it.
HELD = {
    "the network": (
        "import socket\nsocket.create_connection(('1.1.1.1', 53), 2)",
        "Network is unreachable",
    ),
    "a name": ("import socket\nsocket.getaddrinfo('python.org', 80)", "gaierror"),
    "the root": ("open('/new', 'w')", "Read-only file system"),
    "the course": ("open('/course/course_utils/new.py', 'w')", "Read-only file system"),
    "checks": (
        "import os\nanswer = sorted(os.listdir('/course/course_utils/grading'))",
        ["__init__.py", "inside"],
    ),
    "the first process's memory": ("open('/proc/1/mem', 'rb')", "PermissionError"),
    "its descriptors": ("import os\nos.listdir('/proc/1/fd')", "PermissionError"),
    "its life": ("import os\nos.kill(1, 9)\nanswer = 'it lives'", "it lives"),
    "being somebody": ("import os\nos.setuid(0)", "OSError"),
    "a large file": ("open('a', 'wb').write(bytes(5_000_000))", "File too large"),
    "many files": (
        "for i in range(9):\n    open(f'{i}', 'wb').write(bytes(1_000_000))",
        "No space left",
    ),
    "shared memory": ("open('/dev/shm/a', 'wb').write(bytes(5_000_000))", "No space"),
    "a large array": ("import numpy as np\nnp.ones(40_000_000)", "MemoryError"),
    "many processes": (
        "import os, time\nfor _ in range(30):\n    os.fork() or time.sleep(60)",
        "BlockingIOError",
    ),
    "a program of its own": (
        "import os\nopen('p', 'w').write('#!/bin/sh')\nos.chmod('./p', 0o755)\n"
        "os.execv('./p', ['p'])",
        "Permission denied",
    ),
    "the environment": (
        "import os\nanswer = [n for n in os.environ if n in ('https_proxy', 'X')]",
        [],
    ),
    "capabilities": (
        "text = open('/proc/self/status').read()\n"
        "answer = [int(l.split()[1], 16) for l in text.splitlines() if 'Cap' in l]",
        [0] * 5,
    ),
}


def test_what_a_submission_can_do_in_its_container(tiers, monkeypatch):
    monkeypatch.setenv("https_proxy", "http://name:secret@example.org")
    monkeypatch.setenv("X", "secret")
    for name, tier in tiers.items():
        ask = Asked(tier)
        first = ask("import os\nanswer = os.listdir('/tmp') + os.listdir('/dev/shm')")
        assert first == [], name
        seen = ask(
            "import os\nanswer = [n for n in os.listdir('/proc') if n.isdigit()]"
        )
        assert seen == ["1", str(ask("import os\nanswer = os.getpid()"))], name
        for what, (code, expected) in HELD.items():
            found = ask(code)
            right = found == expected
            if isinstance(expected, str):
                right = expected in str(found)
            assert right, (name, what, found)
        assert ask.child.end() == ""


ENDS = {
    "memory": "import os, time\nfor _ in range(4):\n    if not os.fork():\n"
    "        held = bytearray(100_000_000)\n        time.sleep(9)\n"
    "time.sleep(1)\nos._exit(0)",
    "cpu": "while True:\n    pass",
    "processes": "import os\ntry:\n    while True:\n        os.fork()\n"
    "except OSError:\n    os.kill(os.getpid(), 9)",
    "wall": "import time\ntime.sleep(60)",
    "": "import os\nos._exit(3)",
}


@pytest.mark.parametrize("reason", list(ENDS))
def test_why_a_child_ended(tiers, reason):
    limits = replace(LIMITS, wall_seconds=1 if reason == "wall" else 20, cpu_seconds=1)
    for tier in tiers.values():
        ask = Asked(tier, limits)
        with pytest.raises(EOFError):
            ask(ENDS[reason])
        assert ask.child.end() == reason
        assert ask.child.end() == reason  # asked again


def test_the_line_takes_any_bytes_and_any_amount_of_them(tiers):
    for tier in tiers.values():
        ask = Asked(tier)
        # Two of these would detach a caller that does not forbid it.
        every = b"\x10\x11" * 2 + bytes(range(256)) * 40_000
        assert ask(f"answer = bytes.fromhex('{every[:300].hex()}')") == every[:300]
        ask.channel.send("import numpy as np\nanswer = np.arange(4_000_000.0)")
        assert ask.channel.receive(15.0)[-1] == 3_999_999.0
        ask.channel.send("answer = len(" + repr("x" * 90_000) + ")")
        assert ask.channel.receive(15.0) == 90_000
        ask.child.end()


FLOOD = """
import gc, socket
line = next(o for o in gc.get_objects() if isinstance(o, socket.socket))
line.setblocking(True)
while True:
    line.sendall(b"\\0\\0\\0\\1" * 100_000)
"""


def test_a_flood_is_cut_off_and_nothing_is_left(tiers):
    for name, tier in tiers.items():
        ask, idle = Asked(tier), Asked(tier)
        ask.channel.send(FLOOD)
        time.sleep(0.3)
        started = time.monotonic()
        assert ask.child.end() == ""
        assert time.monotonic() - started < 5.0
        tier.close()  # ends the idle one, too
        with pytest.raises(OSError, match="Bad file descriptor"):
            idle.child.socket.getpeername()
        assert _containers(name) == []
    threads = [t.name for t in threading.enumerate() if "ward" in t.name]
    assert threads == []


def test_what_a_killed_grader_left_is_removed_by_the_next(tiers, monkeypatch):
    for name, tier in tiers.items():
        ended = subprocess.Popen([sys.executable, "-c", ""])
        ended.wait()
        mine = containers.OWNER
        gone = mine.replace(f"-{os.getpid()}-", f"-{ended.pid}-")
        monkeypatch.setattr(containers, "OWNER", gone)
        left = Asked(tier)
        monkeypatch.setattr(containers, "OWNER", mine)
        assert [n.startswith(gone) for n in _containers(name)] == [True]
        after = Asked(type(tier)(tier.ground)).child
        assert _containers(name) == [after.name]
        after.end()
        left.child.end()


def _containers(engine: str) -> list[str]:
    found = container.run_engine(
        engine,
        "ps",
        "-a",
        "--filter",
        f"label={container.LABEL}",
        "--format",
        "{{.Names}}",
    )
    return found.stdout.split()


FAKE = """#!/bin/sh
echo "$@" >> {log}
case $1 in
    info) echo '{info}' ;;
    run) printf "$GREETING"; echo trouble >&2; test -z "$GREETING" || exec cat ;;
    image) exit 1 ;;
    build) exit {build} ;;
esac
"""


class Fake:
    """An engine's program that writes down what it is told, and echoes the line."""

    def __init__(self, folder: Path, monkeypatch, name: str, **answers: str) -> None:
        self.log, program = folder / "log", folder / name
        texts = {"info": "{}", "build": "0", "log": str(self.log)} | answers
        text = FAKE
        for key, value in texts.items():
            text = text.replace(f"{{{key}}}", value)
        program.write_text(text)
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.setenv("GREETING", "+")

    def lines(self) -> list[str]:
        return self.log.read_text().splitlines()


GOOD = {
    "podman": '{"host": {"cgroupControllers": ["cpu", "memory", "pids"]}}',
    "docker": '{"OSType": "linux", "MemoryLimit": true, "PidsLimit": true, '
    '"CpuCfsQuota": true}',
}
BAD = {
    ("podman", '{"host": {"cgroupControllers": ["cpu", "pids"]}}'): "limit memory here",
    ("podman", '{"host": {}}'): "limit memory and processes and processor time here",
    ("podman", "[]"): "does not answer as expected",
    ("docker", "no JSON"): "does not answer as expected",
    ("docker", GOOD["docker"].replace("linux", "windows")): "set to Windows containers",
    ("docker", GOOD["docker"].replace("true", "false")): "limit memory and processes",
}


@pytest.mark.parametrize(("name", "info"), list(BAD))
def test_an_engine_that_cannot_hold_is_refused(tmp_path, monkeypatch, name, info):
    Fake(tmp_path, monkeypatch, name, info=info)
    assert BAD[name, info] in TIERS[name].why_not()
    with pytest.raises(GradingError, match=name):
        TIERS[name]()


def test_an_engine_that_is_missing_or_silent_is_refused(tmp_path, monkeypatch):
    Fake(tmp_path, monkeypatch, "podman", info="'; echo no service >&2; exit 1; echo '")
    assert "is it running? It says: no service" in Podman.why_not()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Docker.why_not() == "docker is not installed"


WALLS = """
--network=none --read-only --cap-drop=ALL --security-opt=no-new-privileges
--user=65534:65534 --ipc=private --pull=never --log-driver=none --cpus=1
--pids-limit=24 --memory=201326592 --memory-swap=201326592 --ulimit=core=0:0
--ulimit=cpu=3:3 --ulimit=fsize=4194304:4194304 --volume=/a:/b:ro
--tmpfs=/tmp:rw,noexec,nosuid,nodev,size=4194304,mode=1777
"""


@pytest.mark.parametrize("name", list(GOOD))
def test_every_wall_is_asked_for(tmp_path, monkeypatch, name):
    fake = Fake(tmp_path, monkeypatch, name, info=GOOD[name])
    tier = TIERS[name](Ground("an-image", ("--volume=/a:/b:ro",)))
    child = tier.start(Kind.TENSORFLOW, LIMITS)
    child.socket.sendall(b"heard")
    assert child.socket.recv(5) == b"heard"
    (run,) = [line for line in fake.lines() if line.startswith("run ")]
    options, _, command = run.partition(" an-image ")
    for option in WALLS.split():
        assert option in options.split()
    for word in ("--privileged", "--cap-add", "--device", "--pid=", "unconfined"):
        assert word not in options
    assert "-m course_utils.grading.inside.piped tensorflow 20 181193932" in command
    child.end()
    assert fake.lines()[-1] == f"rm --force {child.name}"
    assert (name == "podman") == ("--http-proxy=false --no-hosts" in options)


def test_a_container_that_does_not_begin_says_why(tmp_path, monkeypatch):
    fake = Fake(tmp_path, monkeypatch, "podman", info=GOOD["podman"])
    monkeypatch.setenv("GREETING", "")
    with pytest.raises(GradingError, match="could not begin a container: trouble"):
        Podman(Ground("an-image")).start(Kind.NUMPY, LIMITS)
    assert fake.lines()[-1].startswith("rm --force course-sandbox-")


def test_the_image_holds_what_a_student_may_see_and_is_built_once(
    tmp_path, monkeypatch, capfd
):
    image.fill(tmp_path / "a")
    package = tmp_path / "a" / "course" / "course_utils"
    checks = {path.name for path in (package / "checks").iterdir()}
    assert "judging.py" not in checks
    assert "optimizers.py" not in checks
    assert {path.name for path in (package / "grading").iterdir()} == {
        "__init__.py",
        "inside",
    }
    assert not (package / "notebooks").exists()
    assert not list(package.rglob("*.pyc"))

    before = image.tag(tmp_path / "a")
    (package / "gaussian.py").write_text("x = 1\n")
    assert before.startswith("course-sandbox:")
    assert image.tag(tmp_path / "a") != before

    fake = Fake(tmp_path, monkeypatch, "podman")
    assert image.build_image("podman") == before
    assert "Building the image" in capfd.readouterr().out
    (build,) = [line for line in fake.lines() if line.startswith("build ")]
    assert f"PYTHON={image.PYTHON} --tag {before} " in build
    Fake(tmp_path, monkeypatch, "podman", build="1")
    with pytest.raises(GradingError, match="could not build the sandbox's image"):
        image.build_image("podman")
