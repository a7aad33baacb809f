"""A check of lesson 06: how many parameters are trained, and how many are not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from course_utils.checks import _transfer_messages as say
from course_utils.checks.judging import Misconception, Question, expect_close
from course_utils.checks.result import Result

Layer = dict


def _of_layer(layer: Layer, mistake: str, depth: int) -> np.ndarray:
    """Trainable and other parameters of a layer that is not frozen."""
    kind = layer["kind"]
    if kind == "dense":
        bias = layer["bias"] or mistake == "bias always"
        biases = layer["inputs" if mistake == "bias of inputs" else "units"] * bias
        biases *= mistake != "no bias"
        return np.array([layer["inputs"] * layer["units"] + biases, 0])
    if kind == "batch norm":
        share = {
            "moving trains": (4, 0),
            "no moving": (2, 0),
            "all frozen norm": (0, 4),
        }
        return layer["units"] * np.array(share.get(mistake, (2, 2)))
    skipped = mistake == "not inside" or (mistake == "one level" and depth > 0)
    if kind == "model" and not skipped:
        return _counted(layer["layers"], mistake, depth + 1)
    return np.zeros(2, dtype=int)


def _counted(layers: list[Layer], mistake: str = "", depth: int = 0) -> np.ndarray:
    """The two counts, or those of a known mistake."""
    counts = np.zeros(2, dtype=int)
    for layer in layers:
        mine = _of_layer(layer, mistake, depth)
        asked = {
            "own switch": layer["kind"] != "model",
            "outer switch": depth == 0,
            "frozen norm trains": layer["kind"] != "batch norm",
            "no switch": False,
        }
        if not layer["trainable"] and asked.get(mistake, True):
            lost = mistake == "frozen is gone" and layer["kind"] != "model"
            mine = np.array([0, mine[1] if lost else mine.sum()])
        counts += mine
    return counts


def _wrong(mistake: str) -> Callable[[list[Layer]], np.ndarray]:
    def count(layers: list[Layer]) -> np.ndarray:
        counts = _counted(layers, mistake)
        if mistake == "total":
            return np.array([counts[0], counts.sum()])
        return counts[::-1] if mistake == "swapped" else counts

    return count


def _facts(args: tuple, got: np.ndarray, right: np.ndarray, write: Callable) -> str:
    if np.sum(got) == np.sum(right):
        return f"of these {right.sum()} parameters, {right[0]} can be trained"
    return f"there are {right.sum()} parameters in all"


_COUNT = Question(
    names=("layers",),
    reference=_counted,
    misconceptions=tuple(
        Misconception(_wrong(mistake), message)
        for mistake, message in say.COUNT_MISTAKES.items()
    ),
    broken=_facts,
    advice=say.COUNT_ADVICE,
    praise=say.COUNT_PRAISE,
)


def draw_layers(rng: np.random.Generator) -> list[list[Layer]]:
    """Lists of layers: single ones first, then models in models."""

    def dense(bias: bool = True, trainable: bool = True) -> Layer:
        inputs, units = map(int, rng.permutation(np.arange(3, 9))[:2])
        sizes = {"kind": "dense", "inputs": inputs, "units": units, "bias": bias}
        return sizes | {"trainable": trainable}

    def norm(trainable: bool = True) -> Layer:
        units = int(rng.integers(3, 9))
        return {"kind": "batch norm", "units": units, "trainable": trainable}

    def model(*layers: Layer, trainable: bool = True) -> Layer:
        return {"kind": "model", "layers": list(layers), "trainable": trainable}

    dropout = {"kind": "dropout", "trainable": True}
    return [
        [dense(), dense(trainable=False)],
        [dense(bias=False), norm(), norm(trainable=False), dropout],
        [model(dense(), dense(), trainable=False), dense()],
        [model(dense(trainable=False), norm()), dense(trainable=False)],
        [model(model(dense(), norm(), trainable=False), dense()), dropout, norm()],
        [model(model(dense(), dense(bias=False)), norm(), trainable=False)],
        [],
    ]


def judge_count(fn: Callable, rng: np.random.Generator) -> Result:
    """Judge `count` on layers that are frozen by themselves and from outside."""
    inputs = [(layers,) for layers in draw_layers(rng)]
    return expect_close(fn, inputs, _COUNT, tolerance=1e-9, floor=1.0)
