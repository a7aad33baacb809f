import ast
import re

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq

from course_utils import activations
from course_utils import vanishing_gradients as vg
from course_utils.activations import sigmoid, sigmoid_derivative
from course_utils.checks import _vanishing_diagnosis as diagnosis
from course_utils.checks import _vanishing_messages as say
from course_utils.checks import vanishing_gradients as exercises
from course_utils.checks._vanishing_critical import critical_products
from course_utils.checks.deep_records import Network, record
from course_utils.checks.result import Status
from tests.checks.shared import ROOT, prose, section

TEXT = "01_vanishing_gradients"
EVERY = exercises.EXERCISES


# Right answers, written the reference's way and in others ----------------------------


def slope_by_logit(a):
    with np.errstate(divide="ignore"):
        e = a / (1 - a)  # exp(z)
    return np.where(a < 1, 1 / (1 + e) - 1 / (1 + e) ** 2, 0.0)


def chain_forward_mode(weights, x):
    """Carry all derivatives upward together: no backward pass at all."""
    a, tangent = x, np.zeros(len(weights))
    for i, w in enumerate(weights):
        tangent = w * tangent
        tangent[i] += a
        a = 1 / (1 + np.exp(-w * a))
        tangent = tangent * a * (1 - a)
    return tuple(tangent)


def mean_by_adaptive_quadrature(g, q):
    def density(z):
        return np.exp(-(z**2) / (2 * q)) / np.sqrt(2 * np.pi * q)

    width = 12 * np.sqrt(q)
    return quad(lambda z: g(np.array([z]))[0] * density(z), -width, width, limit=200)[0]


def critical_by_its_law(n):
    """Solve for q: at chi = 1 the product n sigma_w^2 is q / E[f^2] as well."""

    def excess(q):
        f2 = vg.gaussian_mean(lambda z: sigmoid(z) ** 2, q)
        return q * vg.gaussian_mean(lambda z: sigmoid_derivative(z) ** 2, q) / f2 - 1

    q = brentq(excess, 1, 1000)
    return np.sqrt(q / vg.gaussian_mean(lambda z: sigmoid(z) ** 2, q) / n)


def diagnose_by_logs(gradient_norms, saturated):
    size = np.log10(np.abs(gradient_norms))
    fall = size[-1] - size[0]
    if np.isnan(size).any() or np.isinf(gradient_norms).any() or fall < -2:
        return "exploding"
    word = "saturated" if sum(saturated) / len(saturated) > 0.5 else "healthy"
    return "vanishing" if fall > 2 else word


def predict_in_any_order():
    healthy = dict.fromkeys("D", "healthy")
    return {"F": "1/4", **dict.fromkeys("BCE", "vanishing"), "A": "exploding"} | healthy


@pytest.mark.parametrize(
    "fn",
    [
        slope_by_logit,
        chain_forward_mode,
        mean_by_adaptive_quadrature,
        critical_by_its_law,
        diagnose_by_logs,
        predict_in_any_order,
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_another_right_way_is_right(fn, seed):
    exercise = dict(zip(OTHER_WAYS, EVERY, strict=True))[fn]
    result = exercise.judge(fn, np.random.default_rng(seed))
    assert result.correct, result


OTHER_WAYS = (
    slope_by_logit,
    chain_forward_mode,
    mean_by_adaptive_quadrature,
    critical_by_its_law,
    diagnose_by_logs,
    predict_in_any_order,
)


# Wrong answers, as learners write them ------------------------------------------------


def sampled_mean(g, q):
    return g(np.random.default_rng(1).normal(0, np.sqrt(q), 200_000)).mean()


def hermite(change=lambda q: np.sqrt(2 * q), total=np.pi**0.5, nodes=50):
    x, w = np.polynomial.hermite.hermgauss(nodes)
    return lambda g, q: np.sum(w * g(change(q) * x)) / total


def hermite_weighted_twice(g, q):
    x, w = np.polynomial.hermite.hermgauss(50)
    return np.sum(w * np.exp(-(x**2)) * g(np.sqrt(2 * q) * x)) / np.sqrt(np.pi)


def chain(step, reverse=True):
    """Backpropagation with `step(a, weights, i, carried) -> (entry, carried)`."""

    def gradient(weights, x):
        a = [x]
        for w in weights:
            a.append(sigmoid(w * a[-1]))
        out, carried = [], 1.0
        for i in range(len(weights) - 1, -1, -1):
            entry, carried = step(a, weights, i, carried)
            out.append(entry)
        return np.array(out[::-1] if reverse else out)

    return gradient


def s(a):
    return a * (1 - a)


def right_step(a, w, i, c):
    return c * s(a[i + 1]) * a[i], c * s(a[i + 1]) * w[i]


def finite_difference(weights, x):
    def output(weights):
        a = x
        for w in weights:
            a = sigmoid(w * a)
        return a

    nudges = 1e-5 * np.eye(len(weights))
    return [(output(weights + d) - output(weights - d)) / 2e-5 for d in nudges]


def bisect_std(chi):
    def critical(n):
        low, high = 0.01, 100.0
        while high / low > 1.0001:
            middle = np.sqrt(low * high)
            low, high = (low, middle) if chi(n, middle) > 1 else (middle, high)
        return low

    return critical


def mean_slope(q, power=2):
    return float(vg.gaussian_mean(lambda z: sigmoid_derivative(z) ** power, q))


def chi_with(signal, power=2, n_layers=20):
    def chi(n, std):
        q = 1.0
        for _ in range(n_layers):
            q = n * std**2 * max(0.0, float(vg.gaussian_mean(signal, q)))
        return n * std**2 * mean_slope(max(q, 1e-9), power)

    return chi


def diagnose_by(ratio=lambda n: n[0] / n[-1], often=np.mean, first="", finite=True):
    def fn(norms, saturated):
        if first and often(saturated) > 0.5:
            return first
        if finite and not np.isfinite(norms).all():
            return "exploding"
        if ratio(norms) < 0.01:
            return "vanishing"
        if ratio(norms) > 100:
            return "exploding"
        return "saturated" if often(saturated) > 0.5 else "healthy"

    return fn


def predict_with(**changed):
    return lambda: predict_in_any_order() | changed


WRONG = {
    exercises.sigmoid_slope: [
        (lambda a: sigmoid(a) * (1 - sigmoid(a)), say.SLOPE_SQUASHED_TWICE),
        (lambda a: a * (a - 1), say.SLOPE_SIGN),
        (lambda a: a * (1 + a), say.SLOPE_GROWS),
        (lambda a: 1 - a, say.SLOPE_ONE_END),
        (lambda a: a, say.SLOPE_ONE_END),
        (lambda a: 1 - a * a, say.SLOPE_OF_TANH),
        (lambda a: a * (1 - a) / 2, say.SLOPE_ADVICE),
    ],
    exercises.chain_gradient: [
        (chain(lambda a, w, i, c: (c * a[i], c * w[i])), "no slope"),
        (
            chain(lambda a, w, i, c: (c * s(a[i + 1]) * a[i], c * s(a[i + 1]))),
            "no weight",
        ),
        (
            chain(
                lambda a, w, i, c: (
                    c * s(sigmoid(a[i + 1])) * a[i],
                    c * s(sigmoid(a[i + 1])) * w[i],
                )
            ),
            "squashed",
        ),
        (chain(lambda a, w, i, c: (c * a[i], c * s(a[i + 1]) * w[i])), "own slope"),
        (
            chain(
                lambda a, w, i, c: (
                    c * s(a[i + 1]) * a[i],
                    c * s(a[i + 1]) * w[max(i - 1, 0)],
                )
            ),
            "shifted",
        ),
        (
            chain(
                lambda a, w, i, c: (
                    c * s(a[i + 1]) * a[i + 1],
                    c * s(a[i + 1]) * w[i],
                )
            ),
            "output",
        ),
        (
            chain(lambda a, w, i, c: (c * s(a[i + 1]), c * s(a[i + 1]) * w[i])),
            "no input",
        ),
        (chain(right_step, reverse=False), "order"),
        (finite_difference, say.CHAIN_NEAR),
        (lambda weights, x: weights * x, say.CHAIN_ADVICE),
    ],
    exercises.hermite_mean: [
        (hermite(change=np.sqrt), "no root 2"),
        (hermite(total=1.0), "not normalized"),
        (hermite(change=lambda q: np.sqrt(2) * q), "q as std"),
        (hermite(change=np.sqrt, total=1.0), "neither"),
        (hermite(total=np.sqrt(2 * np.pi)), "root 2 pi"),
        (hermite_weighted_twice, "weighted twice"),
        (sampled_mean, say.MEAN_NEAR),
        (hermite(nodes=4), say.MEAN_NEAR),
        (lambda g, q: g(np.zeros(1))[0], say.MEAN_ADVICE),
    ],
    exercises.critical_std: [
        (lambda n: critical_by_its_law(n) ** 2, say.CRITICAL_SQUARE),
        (
            bisect_std(lambda n, std: n * std**2 * mean_slope(n * std**2)),
            "unit activations",
        ),
        (bisect_std(lambda n, std: n * std**2 * mean_slope(1.0)), "fixed q"),
        (bisect_std(chi_with(lambda z: sigmoid(z) ** 2, n_layers=1)), "once"),
        (
            bisect_std(chi_with(lambda z: sigmoid(z) ** 2, n_layers=2)),
            say.CRITICAL_NEAR,
        ),
        (
            bisect_std(chi_with(lambda z: sigmoid(z) ** 2, power=1)),
            "slope not squared",
        ),
        (
            bisect_std(chi_with(lambda z: sigmoid(z) ** 2 - 0.25)),
            "variance of a",
        ),
        (
            bisect_std(chi_with(lambda z: sigmoid(z) ** 2 - 0.25, n_layers=150)),
            "variance of a",
        ),
        (lambda n: np.sqrt(36 * np.pi / n), "step"),
        (
            lambda n: 1 / np.sqrt(n * vg.gaussian_mean(lambda z: sigmoid(z) ** 2, 1)),
            "forward only",
        ),
        (lambda n: n**-0.5, "lecun"),
        (lambda n: critical_by_its_law(n) * 1.03, say.CRITICAL_NEAR),
        (lambda n: 10.0, say.CRITICAL_ADVICE),
        (lambda n: -1.0, say.CRITICAL_ADVICE),
        (lambda n: 1e30, say.CRITICAL_ADVICE),
    ],
    exercises.diagnose: [
        (diagnose_by(ratio=lambda n: n[0]), "absolute"),
        (diagnose_by(ratio=lambda n: n[-1] / n[0]), "upside down"),
        (diagnose_by(first="saturated"), "saturated first"),
        (diagnose_by(first="vanishing"), "saturated is vanishing"),
        (diagnose_by(often=np.max), "any layer"),
        (diagnose_by(finite=False), "nan"),
        (lambda norms, saturated: "vanishing", say.DIAGNOSE_ADVICE),
    ],
    exercises.predict: [
        (predict_with(A="vanishing"), "5 of 6 are right. Look at A again."),
        (predict_with(E="healthy"), "5 of 6 are right. Look at E again."),
        (predict_with(F="1/16"), "5 of 6 are right. Look at F again."),
        (predict_with(A="healthy", B="healthy"), "4 of 6 are right. Look at A again."),
    ],
}
MISTAKES = {
    exercises.chain_gradient: say.CHAIN_MISTAKES,
    exercises.hermite_mean: say.MEAN_MISTAKES,
    exercises.critical_std: say.CRITICAL_MISTAKES,
    exercises.diagnose: say.DIAGNOSE_MISTAKES,
}


@pytest.mark.parametrize("seed", [0, 11, 2**31])
@pytest.mark.parametrize(
    ("exercise", "number"),
    [(exercise, i) for exercise in EVERY for i in range(len(WRONG[exercise]))],
    ids=lambda value: getattr(value, "name", value),
)
def test_each_mistake_has_its_own_words(exercise, number, seed):
    wrong, message = WRONG[exercise][number]
    result = exercise.judge(wrong, np.random.default_rng(seed))
    assert result.status is Status.INCORRECT
    assert result.message == MISTAKES.get(exercise, {}).get(message, message)
    assert result.counterexample is not None


@pytest.mark.parametrize("exercise", MISTAKES, ids=lambda e: e.name)
def test_every_message_is_reached_and_none_twice(exercise):
    words = MISTAKES[exercise]
    assert set(words) <= {message for _, message in WRONG[exercise]}
    assert len(set(words.values())) == len(words)


# Counterexamples ----------------------------------------------------------------------


def test_the_slope_shown_is_the_measured_one():
    shown = exercises.sigmoid_slope.check(lambda a: 0 * a).counterexample
    a = np.array(ast.literal_eval(dict(shown.given)["a"]))
    z = np.log(a / (1 - a))
    measured = (sigmoid(z + 1e-4) - sigmoid(z - 1e-4)) / 2e-4
    stated = np.array(ast.literal_eval(shown.broken.split(": ")[1]))
    assert stated == pytest.approx(measured, rel=1e-3)


def test_the_chain_gradient_shown_is_the_measured_one():
    shown = exercises.chain_gradient.check(lambda weights, x: 0 * weights)
    given = {k: ast.literal_eval(v) for k, v in shown.counterexample.given}
    stated = ast.literal_eval(shown.counterexample.broken.split("by ")[-1])
    measured = finite_difference(np.array(given["weights"]), given["x"])
    assert stated == pytest.approx(measured, rel=1e-3)


def test_in_a_long_chain_the_worst_entry_is_pointed_out():
    def late(weights, x):
        gradient = np.array(chain_forward_mode(weights, x))
        gradient[min(4, len(gradient) - 1)] *= 1 if len(gradient) < 12 else 1.01
        return gradient

    shown = exercises.chain_gradient.check(late).counterexample
    assert "the entry for w_5 is" in shown.broken


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (0.3, "gradients shrink"),
        (3.0, "gradients grow"),
        (1e9, "gradients grow"),
        (0.0, "must be positive"),
        (-1.0, "must be positive"),
    ],
)
def test_a_wrong_scale_is_told_what_it_does_and_not_what_is_right(answer, words):
    result = exercises.critical_std.judge(lambda n: answer, np.random.default_rng(4))
    n = int(dict(result.counterexample.given)["n"])
    assert words in result.counterexample.broken
    assert f"{critical_by_its_law(n):.3g}" not in str(result)


# The text and the answers ------------------------------------------------------------


def test_praise_for_a_mean_is_true_of_a_mean_without_hermite():
    result = exercises.hermite_mean.check(lambda g, q: float(vg.gaussian_mean(g, q)))
    assert result.correct
    assert "0.01 %" in result.message
    assert "hermgauss" not in result.message


def library_calls(text):
    return set(re.findall(r"\bvg\.(\w+)", text))


def test_hints_use_only_what_lesson_and_exercise_have_shown():
    lesson = ROOT / "notebooks" / "text" / f"{TEXT}.py"
    shown = library_calls(prose(TEXT) + lesson.read_text(encoding="utf-8"))
    hints = " ".join(hint for exercise in EVERY for hint in exercise.hints)
    assert {"forward_variance", "backward_gain"} <= library_calls(hints) <= shown
    assert not library_calls("`vg.settled_variance` gives q") <= shown


def test_the_last_hint_for_the_critical_scale_is_the_loop_in_words():
    hint = exercises.critical_std.hint(3)
    order = ["q at 1", "vg.forward_variance", "no longer changes", "vg.backward_gain"]
    places = [hint.index(words) for words in order]
    assert places == sorted(places)


def dictated(text):
    """Whether a text says which test comes at which place."""
    return re.findall(r"\b\d\. `|first word|lines?\b.*order|five `if`s", text)


def test_the_diagnosis_is_described_and_not_dictated():
    text = section(TEXT, 5)
    said = [text, say.DIAGNOSE_ADVICE, *say.DIAGNOSE_HINTS]
    assert not any(dictated(part) for part in said)
    assert dictated('Return the first word: 1. `"exploding"` if any norm is')
    assert dictated("Go through its five lines in order.")
    for needed in ("100 times", "half of all units", "`nan` or infinity"):
        assert needed in text
    assert "so compare layers, not sizes" in text
    assert text.count("gradient goes first, since it stops training") == 1
    for word in diagnosis.WORDS:
        assert f"**{word}**: " in text


def test_points_are_counted_only_where_the_reader_meets_them():
    def count(text):
        return set(re.findall(r"(\d+) points", text))

    assert count(section(TEXT, 3)) == {"50"}
    assert count("The lesson takes it on a grid of 1000 points.") == {"1000"}


# What a function does to its arguments ------------------------------------------------


@pytest.mark.parametrize("exercise", EVERY[:2] + EVERY[4:5], ids=lambda e: e.name)
def test_spoiling_an_argument_is_reported(exercise, reference):
    right = reference[exercise.name]

    def spoils(*args):
        answer = right(*args)
        args[0][...] = -1
        return answer

    result = exercise.check(spoils)
    assert result.status is Status.INCORRECT
    assert result.message.startswith("The numbers are right. But: ")
    assert "in place" in result.message


# What the checks take for true --------------------------------------------------------


def test_one_product_decides_the_critical_scale():
    width = vg.critical_width(sigmoid, sigmoid_derivative, 1.0)
    assert critical_products()["right"] == pytest.approx(width, rel=1e-3)
    assert critical_by_its_law(100) ** 2 * 100 == pytest.approx(width, rel=1e-3)


PREDICTED = {
    "A": ("sigmoid", 1000, 1.0),
    "B": ("sigmoid", 20, 1.0),
    "C": ("sigmoid", 1000, 1000**-0.5),
    "D": ("tanh", 1000, 1000**-0.5),
    "E": ("relu", 1000, 1000**-0.5),
}


def word(ratio):
    return "vanishing" if ratio < 0.01 else "exploding" if ratio > 100 else "healthy"


@pytest.mark.parametrize("key", PREDICTED)
def test_the_predictions_called_right_are_what_theory_says(key):
    name, width, std = PREDICTED[key]
    f = activations.get(name)
    gradient = vg.propagate(f.function, f.derivative, width, std, 20, 1.0).gradient
    assert diagnosis.SCENARIOS[key].right == word(gradient[0])
    if key == "C":
        numerator, denominator = diagnosis.SCENARIOS["F"].right.split("/")
        factor = int(numerator) / int(denominator)
        assert gradient[0] ** (1 / 19) == pytest.approx(factor, rel=0.1)


@pytest.mark.parametrize("key", ["A", "B"])
def test_the_predictions_called_right_are_what_networks_do(key):
    name, width, std = PREDICTED[key]
    network = Network(name, width, 20, weight_std=std * np.sqrt(width))
    norms, _ = record(network, np.random.default_rng(0), batch=4)
    assert diagnosis.SCENARIOS[key].right == word(norms[0] / norms[-1])


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu", "linear"])
def test_records_hold_the_gradients_of_the_network_they_describe(activation):
    """The theory of wide layers, for inputs of variance 1."""
    norms, saturated = record(
        Network(activation, 300, 2, weight_std=1.3), np.random.default_rng(5), batch=64
    )
    f = activations.get(activation)
    q1 = 1.3**2
    gain = vg.backward_gain(q1, f.derivative, 300, 1.3 / np.sqrt(300))
    q2 = vg.forward_variance(q1, f.function, 300, 1.3 / np.sqrt(300))
    top = vg.gaussian_mean(lambda z: f.derivative(z) ** 2, q2)
    assert norms[1] == pytest.approx(np.sqrt(top), rel=0.1)
    assert norms[0] / norms[1] == pytest.approx(np.sqrt(gain), rel=0.1)
    assert saturated.shape == (2,)


@pytest.mark.parametrize(("network", "word"), diagnosis._KINDS)
@pytest.mark.parametrize("seed", range(5))
def test_drawn_records_are_what_they_should_be_and_clear(network, word, seed):
    norms, saturated = diagnosis.draw_record(network, word, np.random.default_rng(seed))
    assert diagnosis._rule(norms, saturated) == word
    ratio = norms[0] / norms[-1]
    assert not 1 / 200 < ratio < 1 / 50
    assert not 50 < ratio < 200
    assert abs(saturated.mean() - 0.5) > 0.04


def test_a_kind_that_never_comes_is_an_error_and_not_a_wrong_check():
    with pytest.raises(RuntimeError, match="no clear case of exploding"):
        diagnosis.draw_record(
            Network("tanh", 8, 3), "exploding", np.random.default_rng(0)
        )
