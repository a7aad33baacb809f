"""Starting: what a learner waits for before anything is seen."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from benchmarks.measure import Row, take_turns
from benchmarks.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
FIRST_PLOT = ROOT / "notebooks" / "text" / "01_vanishing_gradients.py"

#: What the fresh process does around the code it is given: time it, and say at the end
#: how much memory the process has ever held and whether TensorFlow came in.
FRAME = """
import json, sys, time
start = time.perf_counter()
{code}
seconds = time.perf_counter() - start
if sys.platform == "win32":
    import psutil
    peak = psutil.Process().memory_info().peak_wset
elif sys.platform == "linux":
    # Not getrusage: that counts what the process held before it became this one.
    with open("/proc/self/status") as status:
        peak = next(int(x.split()[1]) * 1024 for x in status if x[:5] == "VmHWM")
else:
    import resource
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
keras = any(name.split(".")[0] in ("tensorflow", "keras") for name in sys.modules)
print(json.dumps([seconds, peak / 2**20, keras]))
"""

#: Runs a lesson's cells, as far as the first that leaves a figure.
UNTIL_A_FIGURE = """
import matplotlib
matplotlib.use("Agg")
space = {{"__name__": "__main__"}}
for cell in {cells!r}:
    exec(compile(cell, "cell", "exec"), space)
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot and pyplot.get_fignums():
        import io
        pyplot.gcf().savefig(io.BytesIO())
        break
else:
    raise SystemExit("no cell drew a figure")
"""


def starting(settings: Settings) -> list[Row]:
    """Fresh processes, seconds and peak memory.

    Raises:
        RuntimeError: a process failed, or the course's own imports bring TensorFlow.
    """
    codes = {
        "numpy": "import numpy",
        "course_utils": "import course_utils",
        "course_utils.lab.network": "import course_utils.lab.network",
        "tensorflow": "import tensorflow",
    }
    if FIRST_PLOT.is_file():
        cells = code_cells(FIRST_PLOT)
        codes["lesson 01 to its first plot"] = UNTIL_A_FIGURE.format(cells=cells)
    memory: dict[str, list[float]] = {name: [] for name in codes}

    def measure(name: str) -> float:
        seconds, mib, with_keras = fresh(codes[name])
        if with_keras != (name == "tensorflow"):
            raise RuntimeError(f"{name}: TensorFlow imported is {with_keras}")
        memory[name].append(mib)
        return seconds

    seconds = take_turns(
        {name: lambda name=name: measure(name) for name in codes},
        settings.process_rounds,
    )
    rows = []
    for name, values in seconds.items():
        target = 0.5 if name.startswith("course_utils") else None
        rows.append(Row("starting", name, "s", values, at_most=target))
        peaks = tuple(memory[name][1:])
        rows.append(Row("starting", f"{name}: peak", "MiB", peaks))
    return rows


def fresh(code: str) -> tuple[float, float, bool]:
    """Run code in a fresh process.

    Returns:
        Seconds that the code took, the process' peak memory in MiB, and whether it has
        imported TensorFlow or Keras.
    """
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "TQDM_DISABLE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", FRAME.format(code=code)],
        cwd=ROOT / "notebooks",
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    if done.returncode:
        raise RuntimeError(f"a fresh process failed:\n{code}\n{done.stderr}")
    seconds, mib, keras = json.loads(done.stdout.splitlines()[-1])
    return seconds, mib, keras


def code_cells(text: Path) -> list[str]:
    """The code cells of a lesson's text, in order."""
    from course_utils.notebooks.text import read_text

    cells = read_text(text).cells
    return [cell.source for cell in cells if cell.cell_type == "code"]
