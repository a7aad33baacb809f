import copy
import math
import statistics
from itertools import product

import numpy as np
import pytest

from course_utils.checks import _transfer_claims as claims
from course_utils.checks import _transfer_messages as say
from course_utils.checks import _transfer_phases as phases
from course_utils.checks import transfer_learning as exercises
from course_utils.checks._transfer_counts import draw_layers
from course_utils.checks._transfer_leaks import draw_images
from course_utils.checks._transfer_seen import Lent
from course_utils.checks.result import Status
from course_utils.lab.intervals import mean_interval
from tests.checks.shared import judge

TEXT = "06_transfer_learning"


@pytest.fixture(scope="module")
def keras():
    import keras

    return keras


# Right answers, written the reference's way and in others -----------------------------


def test_no_seed_rejects_the_solution_with_keras(reference):
    for seed in range(2):
        result = judge(exercises.reuse, reference["reuse"], seed)
        assert result.correct, result


def leaves(layers, on=True):
    """Every layer that is no model, and whether it can be trained."""
    for layer in layers:
        if layer["kind"] == "model":
            yield from leaves(layer["layers"], on and layer["trainable"])
        else:
            yield layer, on and layer["trainable"]


def count_by_leaves(layers):
    trained = fixed = 0
    for layer, on in leaves(layers):
        if layer["kind"] == "dense":
            sizes = [layer["inputs"] * layer["units"], layer["bias"] * layer["units"]]
        else:
            sizes = [2 * layer.get("units", 0)]
        trained += sum(sizes) * on
        fixed += sum(sizes) * (not on) + sizes[0] * (layer["kind"] == "batch norm")
    return [float(trained), np.int64(fixed)]


def tune_with_lists(body, head, x, y, budget, head_rate, rate):
    """Entry by entry: no array is ever changed, and features are computed once."""
    n, d, m = len(y), len(body), len(head)
    w, v = body.tolist(), head.tolist()

    def features(w):
        return [
            [math.tanh(sum(row[i] * w[i][j] for i in range(d))) for j in range(m)]
            for row in x.tolist()
        ]

    def errors(h, v):
        z = [sum(a * b for a, b in zip(row, v, strict=True)) for row in h]
        return [(1 / (1 + math.exp(-a)) - b) / n for a, b in zip(z, y, strict=True)]

    def of_head(h, e):
        return [sum(e[k] * h[k][j] for k in range(n)) for j in range(m)]

    def of_body(h, e, v):
        return [
            [
                sum(e[k] * v[j] * (1 - h[k][j] ** 2) * x[k, i] for k in range(n))
                for j in range(m)
            ]
            for i in range(d)
        ]

    left, h, norms = budget, features(w), []
    while 2 * left > budget:
        g = of_head(h, errors(h, v))
        norms.append(math.hypot(*g))
        if norms[-1] < 0.1 * norms[0]:
            break
        v = [a - head_rate * b for a, b in zip(v, g, strict=True)]
        left -= 1
    for _ in range(left):
        h = features(w)
        e = errors(h, v)
        g, of_w = of_head(h, e), of_body(h, e, v)
        v = [a - rate * b for a, b in zip(v, g, strict=True)]
        w = [
            [a - rate * b for a, b in zip(*rows, strict=True)]
            for rows in zip(w, of_w, strict=True)
        ]
    return w, v


def leaked_by_pairs(a, b, mean, std):
    return [
        any(np.abs(image * std + mean - other).max() < 0.5 for other in a)
        for image in b
    ]


def leaked_by_standardizing(a, b, mean, std):
    a = ((a - mean) / std).astype("float32")
    return (a[None] == b[:, None]).all(axis=(2, 3)).any(axis=1)


def leaked_by_rows(a, b, mean, std):
    grey = np.rint(b * std + mean).astype(int).reshape(len(b), -1)
    both = np.vstack([a.reshape(len(a), -1), grey])
    _, name = np.unique(both, axis=0, return_inverse=True)
    return np.isin(name.ravel()[len(a) :], name.ravel()[: len(a)])


def verdict_in_words(scratch, transfer, told, t):
    gains = [b - a for a, b in zip(scratch.tolist(), transfer.tolist(), strict=True)]
    if statistics.mean(gains) > t * statistics.stdev(gains) / len(gains) ** 0.5:
        return "holds"
    few = sorted(gains)[-2] < told
    return np.str_("cherry-picked" if few else "does not hold")


OTHER_WAYS = [
    (exercises.count, count_by_leaves),
    (exercises.fine_tune, tune_with_lists),
    (exercises.leaked, leaked_by_pairs),
    (exercises.leaked, leaked_by_standardizing),
    (exercises.leaked, leaked_by_rows),
    (exercises.verdict, verdict_in_words),
]


@pytest.mark.parametrize(
    ("exercise", "fn"), OTHER_WAYS, ids=lambda value: getattr(value, "__name__", "")
)
@pytest.mark.parametrize("seed", range(2))
def test_another_right_way_is_right(exercise, fn, seed):
    result = judge(exercise, fn, seed)
    assert result.correct, result


def cloned(keras, model):
    copied = keras.models.clone_model(model)
    copied.set_weights(model.get_weights())
    return copied


def right_models(keras):
    """Other right ways to reuse, each a function of the model and of how many."""

    def head():
        return keras.layers.Dense(1, "sigmoid")

    def functional(model, n):
        copied = cloned(keras, model)
        return keras.Model(copied.inputs, head()(copied.layers[n - 1].output))

    def popped(model, n):
        copied = copy.deepcopy(model)
        while len(copied.layers) > n:
            copied.pop()
        copied.add(head())
        return copied

    def nested(model, n):
        shape = model.input_shape[1:]
        lower = cloned(keras, model).layers[:n]
        body = keras.Sequential([keras.Input(shape), *lower])
        return keras.Sequential([keras.Input(shape), body, head()])

    def layer_by_layer(model, n):
        new = keras.Sequential([keras.Input(model.input_shape[1:])])
        for layer in model.layers[:n]:
            new.add(type(layer).from_config(layer.get_config()))
            new.layers[-1].set_weights(layer.get_weights())
        new.add(keras.layers.Dense(1))
        new.add(keras.layers.Activation("sigmoid"))
        return new

    return functional, popped, nested, layer_by_layer


def test_another_right_model_is_right(keras):
    for fn in right_models(keras):
        result = judge(exercises.reuse, fn)
        assert result.correct, (fn.__name__, result)


# Wrong answers, as learners write them ------------------------------------------------


def count_with(
    dense=lambda d: (d["inputs"] + d["bias"]) * d["units"],
    norm=(2, 2),
    inside=lambda again, layer: again(layer["layers"]),
    switch=lambda layer, mine, fixed: (
        (mine, fixed) if layer["trainable"] else (0, mine + fixed)
    ),
):
    def again(layers):
        total = np.zeros(2, int)
        for layer in layers:
            mine = fixed = 0
            if layer["kind"] == "dense":
                mine = dense(layer)
            elif layer["kind"] == "batch norm":
                mine, fixed = (k * layer["units"] for k in norm)
            elif layer["kind"] == "model":
                mine, fixed = inside(again, layer)
            total += switch(layer, mine, fixed)
        return total

    return again


right_count = count_with()


def freeze_unless_model(layer, mine, fixed):
    frozen = not layer["trainable"] and layer["kind"] != "model"
    return (0, mine + fixed) if frozen else (mine, fixed)


def norms_go_on(layer, mine, fixed):
    frozen = not layer["trainable"] and layer["kind"] != "batch norm"
    return (0, mine + fixed) if frozen else (mine, fixed)


def all_inside_as_outside(again, layer):
    def all_on(layers):
        return [
            {**x, "trainable": True}
            | ({"layers": all_on(x["layers"])} if "layers" in x else {})
            for x in layers
        ]

    return again(all_on(layer["layers"]))


def one_level(again, layer):
    return again([x for x in layer["layers"] if x["kind"] != "model"])


def forget_frozen(layer, mine, fixed):
    if layer["trainable"]:
        return mine, fixed
    return (0, mine + fixed) if layer["kind"] == "model" else (0, fixed)


def tune_with(
    pace=(0, 1),
    most=0.5,
    calm=True,
    limit=None,
    share=0.1,
    late=False,
    left=None,
    rates=(0, 1),
):
    """The right way, with places to go wrong in."""

    def tune(body, head, x, y, budget, head_rate, rate):
        first_rate, second_rate = ((head_rate, rate)[k] for k in rates)
        steps, first = 0, None
        while steps < most * budget:
            of_body, of_head = phases._gradients(body, head, x, y)
            norm = np.linalg.norm(of_head)
            first = first or norm
            done = calm and norm < (limit or first * share)
            if done and not late:
                break
            head = head - first_rate * of_head
            body = body - pace[0] * (rate if pace[0] == 0.5 else head_rate) * of_body
            steps += 1
            if done:
                break
        for _ in range(left(budget) if left else budget - steps):
            of_body, of_head = phases._gradients(body, head, x, y)
            body = body - pace[1] * second_rate * of_body
            head = head - second_rate * of_head
        return [body, head]

    return tune


def creeping(body, head, x, y, budget, head_rate, rate):
    steps, first = 0, None
    while steps < budget / 2:
        of_body, of_head = phases._gradients(body, head, x, y)
        first = first or np.linalg.norm(of_head)
        if np.linalg.norm(of_head) < first / 10:
            break
        head, body = head - head_rate * of_head, body - rate * of_body
        steps += 1
    for _ in range(budget - steps):
        of_body, of_head = phases._gradients(body, head, x, y)
        body, head = body - rate * of_body, head - rate * of_head
    return [body, head]


def second_phase(change):
    """A right first phase, and then `change(body, head, x, y, rate)` step by step."""

    def tune(body, head, x, y, budget, head_rate, rate):
        args = (body, head, x, y, budget, head_rate, rate)
        body, head, steps = phases._head_first(args, "")
        for _ in range(budget - steps):
            body, head = change(body, head, x, y, rate)
        return [body, head]

    return tune


def body_only(body, head, x, y, rate):
    return body - rate * phases._gradients(body, head, x, y)[0], head


def in_turn(body, head, x, y, rate):
    body = body - rate * phases._gradients(body, head, x, y)[0]
    return body, head - rate * phases._gradients(body, head, x, y)[1]


def head_and_then_body(body, head, x, y, rate):
    head = head - rate * phases._gradients(body, head, x, y)[1]
    return body - rate * phases._gradients(body, head, x, y)[0], head


def impatient_head(body, head, x, y, budget, head_rate, rate):
    def both(body, head, x, y, rate):
        of_body, of_head = phases._gradients(body, head, x, y)
        return body - rate * of_body, head - head_rate * of_head

    return second_phase(both)(body, head, x, y, budget, head_rate, rate)


def uphill(body, head, x, y, rate):
    of_body, of_head = phases._gradients(body, head, x, y)
    return body + rate * of_body, head + rate * of_head


def in_place(body, head, x, y, budget, head_rate, rate):
    args = (body, head, x, y, budget, head_rate, rate)
    body[:], head[:] = phases._tuned(*args)
    return [body, head]


def grey(b, mean, std):
    return np.round(b * std + mean).astype(int)


def leaks(judge_grey):
    return lambda a, b, mean, std: judge_grey(a, grey(b, mean, std))


def flat(x):
    return x.reshape(len(x), -1)


def as_sets(a, b):
    seen = {tuple(sorted(image.ravel().tolist())) for image in a}
    return [tuple(sorted(image.ravel().tolist())) in seen for image in b]


def every_copy_once(a, b):
    seen, out = {tuple(x) for x in flat(a).tolist()}, []
    for image in flat(b).tolist():
        out.append(tuple(image) in seen)
        seen.discard(tuple(image))
    return out


def also_within_b(a, b):
    rows = [tuple(x) for x in flat(b).tolist()]
    seen = {tuple(x) for x in flat(a).tolist()}
    return [row in seen or rows.count(row) > 1 for row in rows]


def verdict_with(
    holds=lambda d, half: d.mean() - half > 0,
    half=lambda d, t, a, b: t * d.std(ddof=1) / len(d) ** 0.5,
    picked=lambda d, told, half: (d >= told).sum() <= 1,
    first="claim",
):
    def verdict(scratch, transfer, told, t):
        d = transfer - scratch
        width = half(d, t, scratch, transfer)
        exception = picked(d, told, width)
        if first == "told" and exception:
            return "cherry-picked"
        if holds(d, width):
            return "holds"
        return "cherry-picked" if exception else "does not hold"

    return verdict


def claim_above_told(scratch, transfer, told, t):
    above = verdict_with(holds=lambda d, half: d.mean() - half > told)
    return above(scratch, transfer, told, t)


def best_against_best(scratch, transfer, told, t):
    if transfer.max() > scratch.max():
        return "holds"
    return verdict_with(holds=lambda d, half: False)(scratch, transfer, told, t)


COUNT, TUNE = say.COUNT_MISTAKES, say.TUNE_MISTAKES
LEAK, VERDICT = say.LEAK_MISTAKES, say.VERDICT_MISTAKES
WRONG = {
    exercises.count: [
        (count_with(dense=lambda d: d["inputs"] * d["units"]), COUNT["no bias"]),
        (count_with(dense=lambda d: (d["inputs"] + 1) * d["units"]), "bias always"),
        (
            count_with(dense=lambda d: d["inputs"] * (d["units"] + d["bias"])),
            "bias of inputs",
        ),
        (count_with(norm=(4, 0)), "moving trains"),
        (count_with(norm=(2, 0)), "no moving"),
        (count_with(norm=(0, 4)), "all frozen norm"),
        (count_with(inside=lambda again, layer: (0, 0)), "not inside"),
        (count_with(inside=one_level), "one level"),
        (count_with(switch=freeze_unless_model), "own switch"),
        (count_with(inside=all_inside_as_outside), "outer switch"),
        (count_with(switch=lambda layer, mine, fixed: (mine, fixed)), "no switch"),
        (count_with(switch=forget_frozen), "frozen is gone"),
        (count_with(switch=norms_go_on), "frozen norm trains"),
        (lambda x: (right_count(x)[0], sum(right_count(x))), "total"),
        (lambda x: right_count(x)[::-1], "swapped"),
        (lambda x: right_count(x) + 1, say.COUNT_ADVICE),
    ],
    exercises.fine_tune: [
        (tune_with(pace=(1, 1)), "body moves"),
        (creeping, "body creeps"),
        (tune_with(pace=(0, 0)), "never unfrozen"),
        (second_phase(body_only), "head frozen"),
        (tune_with(left=lambda budget: budget), "full budget"),
        (tune_with(left=lambda budget: budget // 2), "half and half"),
        (tune_with(calm=False), "never calm"),
        (tune_with(most=1), "no cap"),
        (tune_with(rates=(0, 0)), "one rate"),
        (tune_with(rates=(1, 0)), "swapped"),
        (tune_with(late=True), "looks late"),
        (tune_with(limit=0.1), "absolute"),
        (second_phase(in_turn), "one after the other"),
        (second_phase(head_and_then_body), "body after head"),
        (impatient_head, "head too fast"),
        (tune_with(share=0.1**0.5), "squared"),
        (second_phase(uphill), say.TUNE_ADVICE),
        (in_place, "alters its argument body and head in place"),
        (lambda *args: [args[0] * np.nan, args[1]], say.TUNE_NAN),
    ],
    exercises.leaked: [
        (lambda a, b, mean, std: (a[:, None] == b).all((2, 3)).any(0), "none"),
        (
            lambda a, b, mean, std: leaked_by_pairs(
                a, (b * std + mean).astype(np.uint8), 0, 1.0
            ),
            "none",
        ),
        (lambda a, b, mean, std: leaked_by_pairs(a, b, mean, 1.0), "none"),
        (leaks(lambda a, b: np.ones(len(b), bool)), "all"),
        (
            leaks(
                lambda a, b: [
                    k < len(a) and bool((a[k] == x).all()) for k, x in enumerate(b)
                ]
            ),
            "same place",
        ),
        (
            leaks(
                lambda a, b: [
                    any(np.allclose(x, y, rtol=0, atol=1) for y in a) for x in b
                ]
            ),
            "tolerance",
        ),
        (leaks(as_sets), "any order"),
        (leaks(lambda a, b: np.isin(flat(b).mean(1), flat(a).mean(1))), "sum"),
        (leaks(lambda a, b: np.isin(b, a).all((1, 2))), "pixels"),
        (leaks(lambda a, b: [any((x == y).any() for y in a) for x in b]), "one pixel"),
        (leaks(also_within_b), "within b"),
        (leaks(every_copy_once), "once"),
        (lambda *args: ~leaked_by_rows(*args), "inverted"),
        (lambda a, b, mean, std: np.zeros(len(a), bool), say.LEAK_OF_A),
        (leaks(lambda a, b: np.arange(len(b)) % 2 == 1), say.LEAK_ADVICE),
    ],
    exercises.verdict: [
        (verdict_with(holds=lambda d, half: d.mean() > 0), "mean alone"),
        (verdict_with(holds=lambda d, half: (d > 0).sum() > len(d) / 2), "majority"),
        (verdict_with(holds=lambda d, half: d.mean() + half > 0), "upper end"),
        (claim_above_told, "above told"),
        (best_against_best, "best"),
        (
            verdict_with(
                half=lambda d, t, a, b: (
                    t * ((a.var(ddof=1) + b.var(ddof=1)) / len(a)) ** 0.5
                )
            ),
            "unpaired",
        ),
        (verdict_with(half=lambda d, t, a, b: t * d.std(ddof=1)), "deviation"),
        (
            verdict_with(half=lambda d, t, a, b: t * d.std(ddof=1) / len(d)),
            "variance over n",
        ),
        (
            verdict_with(half=lambda d, t, a, b: 1.96 * d.std(ddof=1) / len(d) ** 0.5),
            "normal",
        ),
        (verdict_with(half=lambda d, t, a, b: t * d.std() / len(d) ** 0.5), "ddof"),
        (
            verdict_with(holds=lambda d, half: abs(d.mean()) > half),
            "excludes zero",
        ),
        (lambda a, b, told, t: verdict_in_words(b, a, told, t), "other way"),
        (verdict_with(first="told"), "told first"),
        (verdict_with(picked=lambda d, told, half: False), "never picked"),
        (verdict_with(picked=lambda d, told, half: True), "always picked"),
        (
            verdict_with(picked=lambda d, told, half: told > d.mean() + half),
            "above the interval",
        ),
        (verdict_with(picked=lambda d, told, half: told > d.max()), "not one"),
        (
            verdict_with(picked=lambda d, told, half: (d > told).sum() == 1),
            "exactly one",
        ),
        (verdict_with(picked=lambda d, told, half: (d > told).sum() < 3), "two"),
        (lambda a, b, told, t: "holds", say.VERDICT_ADVICE),
        (lambda a, b, told, t: "hold", "The answer must be one of the words"),
    ],
}
MISTAKES = {
    exercises.count: COUNT,
    exercises.fine_tune: TUNE,
    exercises.leaked: LEAK,
    exercises.verdict: VERDICT,
}
CASES = [
    pytest.param(
        exercise, fn, MISTAKES[exercise].get(said, said), id=f"{exercise.name}-{k}"
    )
    for exercise, wrong in WRONG.items()
    for k, (fn, said) in enumerate(wrong)
]


@pytest.mark.parametrize(("exercise", "fn", "message"), CASES)
def test_a_mistake_is_met_with_its_own_message(exercise, fn, message):
    for seed in range(2):
        result = judge(exercise, fn, seed)
        assert result.status is Status.INCORRECT, result
        assert message in result.message


@pytest.mark.parametrize("exercise", MISTAKES, ids=lambda e: e.name)
def test_every_message_is_tried(exercise):
    tried = {MISTAKES[exercise].get(said, said) for _, said in WRONG[exercise]}
    assert set(MISTAKES[exercise].values()) <= tried
    assert len(set(MISTAKES[exercise].values())) == len(MISTAKES[exercise])


def wrong_models(keras):
    """Wrong ways to reuse, and what has to be said."""
    dense = keras.layers.Dense

    def head():
        return dense(1, "sigmoid")

    def built(model, layers, *top):
        return keras.Sequential([keras.Input(model.input_shape[1:]), *layers, *top])

    def on_clone(cut, *top):
        return lambda model, n: built(
            model, cut(cloned(keras, model).layers, n), *(make() for make in top)
        )

    def no_statistics(model, n):
        copied = keras.models.clone_model(model)
        pairs = zip(copied.trainable_weights, model.trainable_weights, strict=True)
        for mine, theirs in pairs:
            mine.assign(theirs)
        return built(model, copied.layers[:n], head())

    def new_norm(model, n):
        copied = keras.models.clone_model(model)
        for mine, theirs in zip(copied.layers, model.layers, strict=True):
            if isinstance(mine, dense):
                mine.set_weights(theirs.get_weights())
        return built(model, copied.layers[:n], head())

    def frozen(model, n):
        new = on_clone(lambda layers, n: layers[:n], head)(model, n)
        new.layers[0].trainable = False
        return new

    def beheaded(model, n):
        while len(model.layers) > n:
            model.pop()
        return built(model, cloned(keras, model).layers, head())

    def freezes_the_old(model, n):
        new = on_clone(lambda layers, n: layers[:n], head)(model, n)
        model.layers[0].trainable = False
        return new

    def other_inputs(model, n):
        return keras.Sequential([keras.Input((7,)), head()])

    def first(layers, n):
        return layers[:n]

    return [
        (lambda model, n: keras.Sequential([*model.layers[:n], head()]), "SHARED"),
        (lambda model, n: built(model, model.layers[:n], head()), "SHARED"),
        (
            lambda model, n: keras.Model(
                model.inputs, head()(model.layers[n - 1].output)
            ),
            "SHARED",
        ),
        (
            lambda model, n: built(
                model, keras.models.clone_model(model).layers[:n], head()
            ),
            "FRESH",
        ),
        (
            lambda model, n: keras.Sequential(
                [*cloned(keras, model).layers[:n], head()]
            ),
            "UNBUILT",
        ),
        (no_statistics, "MOVING"),
        (new_norm, "NEW_NORM"),
        (frozen, "FROZEN"),
        (beheaded, "SPOILED"),
        (freezes_the_old, "SPOILED"),
        (lambda model, n: model, "IT_IS_THE_OLD_ONE"),
        (lambda model, n: cloned(keras, model), "OLD_OUTPUT"),
        (on_clone(first), "NO_HEAD"),
        (on_clone(first, lambda: dense(2, "softmax")), "OUTPUT"),
        (on_clone(lambda layers, n: layers, head), "ON_THE_OLD_HEAD"),
        (on_clone(lambda layers, n: layers[: n - 1], head), "ONE_LESS"),
        (on_clone(lambda layers, n: layers[:-1], head), "OTHER_NUMBER"),
        (on_clone(first, lambda: dense(1)), "NO_SIGMOID"),
        (on_clone(first, lambda: dense(1, "tanh")), "OTHER_ACTIVATION"),
        (on_clone(first, lambda: dense(1, "softmax")), "OTHER_ACTIVATION"),
        (on_clone(first, lambda: dense(3, "relu"), head), "FEATURES"),
        (other_inputs, "NOT_CALLABLE"),
        (lambda model, n: model.get_weights(), "NO_MODEL"),
    ]


def test_every_wrong_reuse_is_met_with_its_own_message(keras):
    cases, tried = wrong_models(keras), set()
    for fn, name in cases:
        message = getattr(say, f"REUSE_{name}")
        result = judge(exercises.reuse, fn)
        assert result.status is Status.INCORRECT, (name, result)
        assert result.message == message.format(got=3, right=2, n_layers=2), result
        assert len(result.counterexample.given) == 2
        tried.add(message)
    messages = {
        value
        for name, value in vars(say).items()
        if name.startswith("REUSE_") and not name.endswith(("PRAISE", "HINTS"))
    }
    assert tried == messages


def test_sharing_is_seen_because_the_very_model_is_lent():
    """Everything else is handed over as a copy."""
    lent = Lent(([1], [2]))
    there = copy.deepcopy(lent)
    assert there[0] is lent[0]
    assert type(there) is tuple


def test_training_the_reused_network_leaves_the_old_one_alone(keras, reference):
    keras.utils.set_random_seed(1)
    dense = keras.layers.Dense
    old = keras.Sequential([keras.Input((3,)), dense(4, "relu"), dense(2)])
    kept = old.get_weights()
    new = reference["reuse"](old, 1)
    new.compile("sgd", "binary_crossentropy")
    new.train_on_batch(np.ones((4, 3)), np.ones((4, 1)))
    assert not np.array_equal(new.get_weights()[0], kept[0])
    for before, after in zip(kept, old.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)


def test_a_compiled_model_does_not_notice_that_a_layer_was_frozen(keras, reference):
    """What is asked after exercise 2 has something to find."""
    dense = keras.layers.Dense
    new = reference["reuse"](
        keras.Sequential([keras.Input((3,)), dense(4, "tanh"), dense(2)]), 1
    )

    def moves():
        before = new.layers[0].get_weights()[0]
        new.train_on_batch(np.eye(3), np.ones((3, 1)))
        return not np.array_equal(before, new.layers[0].get_weights()[0])

    new.compile("sgd", "binary_crossentropy")
    assert moves()
    new.layers[0].trainable = False
    assert moves()
    new.compile("sgd", "binary_crossentropy")
    assert not moves()


# What is drawn ------------------------------------------------------------------------


def in_keras(keras, layers):
    """The Keras layers that dicts describe."""
    for layer in layers:
        if layer["kind"] == "dense":
            made = keras.layers.Dense(layer["units"], use_bias=layer["bias"])
            made.build((None, layer["inputs"]))
        elif layer["kind"] == "batch norm":
            made = keras.layers.BatchNormalization()
            made.build((None, layer["units"]))
        elif layer["kind"] == "dropout":
            made = keras.layers.Dropout(0.5)
        else:
            made = Holder(keras, layer["layers"]).layer
        if not layer["trainable"]:
            made.trainable = False
        yield made


class Holder:
    """A Keras layer with layers inside, which need not fit each other."""

    def __init__(self, keras, layers):
        self.layer = keras.layers.Layer()
        self.layer.inner = list(in_keras(keras, layers))


def test_keras_counts_as_the_exercise_does(keras, reference):
    for seed, layers in product(range(2), range(7)):
        drawn = draw_layers(np.random.default_rng(seed))[layers]
        made = Holder(keras, drawn).layer
        groups = made.trainable_weights, made.non_trainable_weights
        counted = [sum(math.prod(w.shape) for w in group) for group in groups]
        assert list(reference["count"](drawn)) == counted


def test_the_order_of_freezing_matters_in_keras(keras):
    """What is asked after exercise 1: the later of two words counts, layer by layer."""
    dense = keras.layers.Dense(2)
    inner = keras.Sequential([keras.Input((3,)), dense, keras.layers.Dense(4)])
    outer = keras.Sequential([keras.Input((3,)), inner, keras.layers.Dense(1)])
    inner.trainable = False
    assert len(outer.trainable_weights) == 2
    dense.trainable = True
    assert len(outer.trainable_weights) == 4


def test_the_first_phase_ends_in_either_way():
    for seed in range(4):
        rng = np.random.default_rng(seed)
        early, late = phases.draw_task(True, rng), phases.draw_task(False, rng)
        taken = [phases._head_first(task, "")[2] for task in (early, late)]
        assert taken[0] < 10 == taken[1]
        assert phases._head_first(late, "no cap")[2] < 20


def test_the_gradients_of_the_notebook_are_those_of_its_loss(reference):
    rng = np.random.default_rng(0)
    body, head = rng.normal(size=(3, 2)), rng.normal(size=2)
    x, y = rng.normal(size=(5, 3)), np.array([0, 1, 1, 0, 1.0])

    def loss(body, head):
        p = 1 / (1 + np.exp(-np.tanh(x @ body) @ head))
        return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))

    for k, gradient in enumerate(reference["gradients"](body, head, x, y)):
        for place in np.ndindex(gradient.shape):
            ends = []
            for step in (1e-6, -1e-6):
                moved = [body.copy(), head.copy()]
                moved[k][place] += step
                ends.append(loss(*moved))
            assert gradient[place] == pytest.approx(
                (ends[0] - ends[1]) / 2e-6, abs=1e-8
            )


def test_a_first_phase_spares_the_body(reference):
    """What is asked after exercise 3 has something to find."""
    far = []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        body, head = rng.normal(0, 0.5, (5, 8)), 10 * rng.normal(0, 8**-0.5, 8)
        x = rng.normal(size=(40, 5))
        y = (x[:, 0] > 0).astype(float)
        calmed = body, head
        for _ in range(20):
            of_head = reference["gradients"](*calmed, x, y)[1]
            calmed = body, calmed[1] - of_head
        moved = []
        for start in ((body, head), calmed):
            now = start
            for _ in range(20):
                gradients = reference["gradients"](*now, x, y)
                now = [a - 0.01 * g for a, g in zip(now, gradients, strict=True)]
            moved.append(np.linalg.norm(now[0] - body))
        far.append(moved)
    without, with_it = np.mean(far, axis=0)
    assert with_it < without / 2


def test_drawn_images_hold_what_only_rounding_brings_back():
    for seed in range(10):
        for a, b, mean, std in draw_images(np.random.default_rng(seed)):
            back = b.astype(float) * std + mean
            assert np.abs(back - np.round(back)).max() < 1e-4
            assert not np.isin(back.astype(int), a).all()
            assert 0 < np.mean(leaked_by_rows(a, b, mean, std)) < 1


@pytest.mark.parametrize("seed", range(10))
def test_studies_have_the_verdicts_they_were_drawn_for(seed):
    rng = np.random.default_rng(seed)
    words = [study.word for study in claims.STUDIES]
    assert set(words) == set(claims.WORDS)
    for study in claims.STUDIES:
        scratch, transfer, told, t = claims.draw_study(study, rng)
        gains = transfer - scratch
        assert claims._verdict(scratch, transfer, told, t) == study.word
        assert np.abs(gains - told).min() > 0.01
        assert max(transfer) < 100
        assert told > 0


def test_students_numbers_are_scipys():
    from scipy import stats

    for n, t in claims.STUDENT.items():
        assert t == pytest.approx(stats.t.ppf(0.975, n - 1), abs=5e-4)


def test_the_courses_own_interval_agrees_where_it_is_clear():
    """Bootstrap or Student: where the mean is 4 errors from 0 they say the same."""
    rng = np.random.default_rng(0)
    for study in claims.STUDIES:
        scratch, transfer, *_ = claims.draw_study(study, rng)
        low, _ = mean_interval(transfer - scratch)
        if study.word == "holds" or study.ratio < 2:
            assert (low > 0) == (study.word == "holds")


def test_the_best_of_a_few_gains_though_nothing_is_gained():
    """What is asked after exercise 5 has something to find."""
    draws = np.random.default_rng(0).normal(size=(20_000, 20))
    assert draws[:, :5].max(axis=1).mean() == pytest.approx(1.16, abs=0.03)
    assert draws.max(axis=1).mean() == pytest.approx(1.87, abs=0.03)
