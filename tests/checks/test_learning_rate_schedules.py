import ast
import math
import re
from fractions import Fraction

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d
from scipy.signal import savgol_filter

from course_utils.checks import _schedules_messages as say
from course_utils.checks import _schedules_reading_messages as reading
from course_utils.checks import guard
from course_utils.checks import learning_rate_schedules as exercises
from course_utils.checks._schedules_range import draw_tests
from course_utils.checks.result import Status
from tests.checks.shared import judge

TEXT = "08_learning_rate_schedules"
EVERY = exercises.EXERCISES

every_exercise = pytest.mark.parametrize("exercise", EVERY, ids=lambda e: e.name)


# Right answers, written the reference's way and in others -----------------------------


def decayed_by_scale(step, learning_rate, half_life, kind):
    """By s, as the lesson writes the schedules."""
    t = np.asarray(step, dtype=float)
    if kind == "exponential":
        s = half_life / math.log10(2)
        return (learning_rate * np.exp(-t * math.log(10) / s)).tolist()
    c = {"power": 1.0, "root": 0.5}[kind]
    s = half_life / (2 ** (1 / c) - 1)
    return learning_rate * (1 + t / s) ** -c


def decayed_one_by_one(step, learning_rate, half_life, kind):
    """A plain loop wherever there are many."""
    if np.ndim(step):
        return [decayed_one_by_one(t, learning_rate, half_life, kind) for t in step]
    left = {
        "power": lambda x: 1 / (1 + x),
        "root": lambda x: (1 + 3 * x) ** -0.5,
        "exponential": lambda x: 2**-x,
    }
    return learning_rate * left[kind](int(step) / half_life)


def resume_by_walking(n, batch_size, epochs, step):
    """Every batch of the run is taken, and the last epoch's beginning kept in mind."""
    steps, begins = 0, []
    for _ in range(epochs):
        begins.append(steps)
        left = n
        while left > 0:
            left -= batch_size
            steps += 1
    epoch = sum(begin <= step for begin in begins) - 1
    return [steps, epoch, begins[epoch]]


def resume_in_floats(n, batch_size, epochs, step):
    size = math.ceil(n / batch_size)
    return np.array([epochs, step // size, step // size]) * [size, 1.0, size]


def cycle_in_cases(step, n_steps, half, peak):
    low = Fraction(peak).limit_denominator(1000) / 10
    if step <= half:
        share = Fraction(step, half)
        return float(low * (1 + 9 * share)), 0.95 - 0.1 * float(share)
    if step <= 2 * half:
        share = Fraction(2 * half - step, half)
        return float(low * (1 + 9 * share)), 0.95 - 0.1 * float(share)
    left = Fraction(n_steps - 1 - step, n_steps - 1 - 2 * half)
    return [float(low / 100 + (low - low / 100) * left), 0.95]


def plateau_with_a_dict(state, loss, start, factor, patience, min_delta):
    """All losses are kept, and everything computed from them anew."""
    losses = [*(state or {"losses": []})["losses"], float(loss)]
    cuts, best, since = 0, None, 0
    for x in losses:
        if not math.isnan(x) and (best is None or best - x > min_delta):
            best, since = x, 0
        else:
            since += 1
        if since == patience:
            cuts, since = cuts + 1, 0
    return {"losses": losses}, np.float32(start * factor**cuts)


class Memory:
    """An object is a state like any other."""

    def __init__(self, cuts=0, best=math.inf, left=None):
        self.cuts, self.best, self.left = cuts, best, left


def plateau_with_an_object(state, loss, start, factor, patience, min_delta):
    old = state or Memory(left=patience)
    better = old.best - loss > min_delta
    left = patience if better else old.left - 1
    cuts = old.cuts + (left == 0)
    new = Memory(cuts, loss if better else old.best, left or patience)
    return [new, np.array(start * factor**cuts)]


def until_lowest(smooth):
    return smooth[: np.argmin(smooth) + 1]


def rate_by_gauss(rates, losses):
    finite = np.minimum(np.nan_to_num(losses, nan=10.0, posinf=10.0), 10.0)
    smooth = until_lowest(gaussian_filter1d(finite, 4))
    return float(rates[np.argmin(np.diff(smooth))])


def rate_by_parabolas(rates, losses):
    kept = losses[np.isfinite(losses)]
    end = np.argmin(gaussian_filter1d(kept, 3)) + 1
    slope = savgol_filter(kept[:end], 15, 2, deriv=1)
    return rates[np.argmin(slope)]


def rate_by_halves(rates, losses):
    """The largest difference between eight losses and the eight before them."""
    end = int(np.nanargmin(losses)) + 1
    falls = [losses[k - 8 : k].mean() - losses[k : k + 8].mean() for k in range(8, end)]
    k = 8 + int(np.argmax(falls))
    return math.sqrt(rates[k - 1] * rates[k])


OTHER_WAYS = [
    (exercises.decayed, decayed_by_scale),
    (exercises.decayed, decayed_one_by_one),
    (exercises.resume, resume_by_walking),
    (exercises.resume, resume_in_floats),
    (exercises.one_cycle, cycle_in_cases),
    (exercises.plateau, plateau_with_a_dict),
    (exercises.plateau, plateau_with_an_object),
    (exercises.choose_rate, rate_by_gauss),
    (exercises.choose_rate, rate_by_parabolas),
    (exercises.choose_rate, rate_by_halves),
]


@pytest.mark.parametrize(
    ("exercise", "fn"), OTHER_WAYS, ids=lambda value: getattr(value, "__name__", "")
)
@pytest.mark.parametrize("seed", range(3))
def test_another_right_way_is_right(exercise, fn, seed):
    result = judge(exercise, fn, seed)
    assert result.correct, result


# Wrong answers, as learners write them ------------------------------------------------


def shape(**wrong):
    """The right schedules, some of them replaced by `fn(t, h)`, what is left."""

    def decayed(step, learning_rate, half_life, kind):
        if kind in wrong:
            return learning_rate * wrong[kind](step, half_life)
        return decayed_by_scale(step, learning_rate, half_life, kind)

    return decayed


def placed(total=None, epoch=None, first=None):
    """The right three numbers, some replaced by `fn(n, batch_size, epochs, step)`."""

    def resume(*args):
        right = resume_by_walking(*args)
        return [
            fn(*args) if fn else x
            for fn, x in zip((total, epoch, first), right, strict=True)
        ]

    return resume


def with_size(size):
    """The whole exercise with one idea of an epoch's length."""

    def resume(n, batch_size, epochs, step):
        length = size(n, batch_size)
        epoch = int(step // length)
        return epochs * length, epoch, epoch * length

    return resume


def right_size(n, b):
    return math.ceil(n / b)


def cycle(rate=None, momentum=None):
    """The right cycle, with one half replaced by `fn(step, n_steps, half, peak)`."""

    def one_cycle(*args):
        right = cycle_in_cases(*args)
        return [
            fn(*args) if fn else x
            for fn, x in zip((rate, momentum), right, strict=True)
        ]

    return one_cycle


def line(steps, values):
    """Straight lines between corners; both of them functions of (n_steps, half)."""
    return lambda t, n, h, p=1.0: np.interp(t, steps(n, h), p * np.array(values))


def corners(n, h):
    return [0, h, 2 * h, n - 1]


def shift(part, by):
    return lambda t, n, h, p: cycle_in_cases(min(max(t + by, 0), n - 1), n, h, p)[part]


def jumping(t, n, h, p):
    """The share of the falling side is counted from the start of the run."""
    if t <= h:
        return p / 10 + 0.9 * p * t / h
    if t <= 2 * h:
        return p - 0.9 * p * t / (2 * h)
    return p / 10 - 0.099 * p * (t - 2 * h) / (n - 1 - 2 * h)


def end_from_the_peak(t, n, h, p):
    if t <= 2 * h:
        return cycle_in_cases(t, n, h, p)[0]
    return np.interp(t, [2 * h, n - 1], [p, p / 1000])


def dropping_at_once(t, n, h, p):
    return p / 1000 if t > 2 * h else cycle_in_cases(t, n, h, p)[0]


def dropping_too_slowly(t, n, h, p):
    if t <= 2 * h:
        return cycle_in_cases(t, n, h, p)[0]
    return p / 10 + (p / 1000 - p / 10) * (t - 2 * h) / n


def geometric(t, n, h, p):
    values = np.log([p / 10, p, p / 10, p / 1000])
    return math.exp(np.interp(t, corners(n, h), values))


def bowed(values):
    def along(t, n, h, p=1.0):
        k = 0 if t <= h else 1 if t <= 2 * h else 2
        a, b = corners(n, h)[k : k + 2]
        share = (1 - math.cos(math.pi * (t - a) / (b - a))) / 2
        return p * (values[k] + (values[k + 1] - values[k]) * share)

    return along


def momentum_of_rate(t, n, h, p):
    rate = cycle_in_cases(t, n, h, p)[0]
    return 0.95 - 0.1 * (rate - p / 10) / (p - p / 10)


def low_again(t, n, h, p):
    return np.interp(t, corners(n, h), [0.95, 0.85, 0.95, 0.85])


def detector(
    better=lambda loss, best, last, delta: loss < best - delta,
    cut=lambda rate, start, factor: rate * factor,
    full=lambda waited, patience: waited >= patience,
    after_cut=lambda best, waited, loss: (best, 0),
    improved=lambda rate, start, waited: (rate, 0),
    follow=lambda best, loss: best,
    returned=lambda before, after: after,
    skip=lambda loss: False,
    best=math.inf,
):
    """A plateau detector by parts, each of which can be got wrong."""

    def plateau(state, loss, start, factor, patience, min_delta):
        rate, top, waited, last = state or (start, best, 0, best)
        if skip(loss):
            return (rate, top, waited, last), rate
        before = rate
        if better(loss, top, last, min_delta):
            top = loss
            rate, waited = improved(rate, start, waited)
        else:
            waited += 1
        top = follow(top, loss)
        if full(waited, patience):
            rate = cut(rate, start, factor)
            top, waited = after_cut(top, waited, loss)
        return (rate, top, waited, loss), returned(before, rate)

    return plateau


def first_loss_is_best(state, loss, start, factor, patience, min_delta):
    if state is None:
        return (start, loss, 0), start
    rate, best, waited = state
    return plateau_from(rate, best, waited, loss, factor, patience, min_delta)


def plateau_from(rate, best, waited, loss, factor, patience, min_delta):
    if loss < best - min_delta:
        best, waited = loss, 0
    else:
        waited += 1
    if waited == patience:
        rate, waited = rate * factor, 0
    return (rate, best, waited), rate


def nan_begins_anew(state, loss, start, factor, patience, min_delta):
    rate, best, waited = state or (start, math.inf, 0)
    if math.isnan(loss):
        return (rate, best, 0), rate
    return plateau_from(rate, best, waited, loss, factor, patience, min_delta)


def never_falls(state, loss, start, factor, patience, min_delta):
    return state, start


def remembers_elsewhere():
    kept = {}

    def plateau(state, loss, start, factor, patience, min_delta):
        if state is None:
            kept["now"] = (start, math.inf, 0)
        answer = plateau_from(*kept["now"], loss, factor, patience, min_delta)
        kept["now"] = answer[0]
        return "elsewhere", answer[1]

    return plateau


def changes_its_state(state, loss, start, factor, patience, min_delta):
    if state is None:
        state = {"rate": start, "best": math.inf, "waited": 0}
    now, rate = plateau_from(*state.values(), loss, factor, patience, min_delta)
    state["rate"], state["best"], state["waited"] = now
    return state, rate


def smoothed(rates, losses, window=9):
    weights = np.ones(window) / window
    return (
        np.convolve(np.log10(rates), weights, "valid"),
        np.convolve(losses, weights, "valid"),
    )


def of_smoothed(pick, window=9):
    def choose(rates, losses):
        x, y = smoothed(rates, losses, window)
        return 10 ** x[pick(x, y)]

    return choose


def lowest(x, y):
    return np.nanargmin(y)


def up_to_lowest(x, y):
    return x[: lowest(x, y) + 1], y[: lowest(x, y) + 1]


def linear(x, y):
    x, y = up_to_lowest(x, y)
    return np.argmin(np.gradient(y, 10**x))


def uncut(x, y):
    return np.nanargmin(np.gradient(np.where(np.isfinite(y), y, np.nan), x))


def steepest_rise(x, y):
    return np.nanargmax(np.gradient(np.where(np.isfinite(y), y, np.nan), x))


def raw(rates, losses):
    end = np.nanargmin(losses) + 1
    return rates[np.argmin(np.diff(losses[:end]))]


def raw_gradient(rates, losses):
    end = np.nanargmin(losses) + 1
    return rates[np.argmin(np.gradient(losses[:end], np.log(rates[:end])))]


def raw_over_the_rate(rates, losses):
    end = np.nanargmin(losses) + 1
    return rates[np.argmin(np.gradient(losses[:end], rates[:end]))]


def raw_and_uncut(rates, losses):
    return rates[np.nanargmin(np.diff(losses))]


def leaky(rates, losses):
    end = np.nanargmin(losses) + 1
    mean, out = losses[0], []
    for loss in losses[:end]:
        mean = 0.9 * mean + 0.1 * loss
        out.append(mean)
    return rates[np.argmin(np.gradient(out))]


def leaky_from_nothing(rates, losses):
    """With the correction of Adam: its first values are the losses themselves."""
    end = np.nanargmin(losses) + 1
    mean, out = 0.0, []
    for t, loss in enumerate(losses[:end], start=1):
        mean = 0.9 * mean + 0.1 * loss
        out.append(mean / (1 - 0.9**t))
    return rates[np.argmin(np.gradient(out))]


def last_finite(rates, losses):
    return rates[np.flatnonzero(np.isfinite(losses))[-1]]


def last_below_the_start(rates, losses):
    low = np.nanargmin(losses)
    above = np.flatnonzero(~(losses[low:] <= losses[0]))
    return rates[low + above[0] - 1]


def off(factor):
    return lambda rates, losses: factor * rate_by_gauss(rates, losses)


HALF = {kind: say.HALF_LIFE | words for kind, words in say.DECAYED.items()}
POWER, ROOT, EXPONENTIAL = HALF["power"], HALF["root"], HALF["exponential"]
STEPS, EPOCH, FIRST = say.RESUME_STEPS, say.RESUME_EPOCH, say.RESUME_FIRST
RATE, MOMENTUM = say.CYCLE_RATE, say.CYCLE_MOMENTUM
PLATEAU, NAN = reading.PLATEAU_MISTAKES, reading.PLATEAU_NAN
RANGE = reading.RANGE_MISTAKES
WRONG = {
    exercises.decayed: [
        (shape(power=lambda t, h: 0.5 ** (t / h)), POWER["exponential"]),
        (shape(power=lambda t, h: 1 - 0.5 * t / h), POWER["linear"]),
        (shape(power=lambda t, h: np.maximum(0, 1 - t / h / 2)), POWER["linear"]),
        (shape(power=lambda t, h: 1 / (1 + h * t)), POWER["upside down"]),
        (shape(power=lambda t, h: 1 / (1 + t / (h / 2))), POWER["scale"]),
        (shape(power=lambda t, h: (1 + t / h) ** -0.5), POWER["other exponent"]),
        (shape(power=lambda t, h: 1 / (1 + t)), POWER["all steps"]),
        (shape(power=lambda t, h: 1 / (1 + t // h)), POWER["stairs"]),
        (shape(power=lambda t, h: 1 / (1 + (t + 1) / h)), POWER["begins decayed"]),
        (shape(power=lambda t, h: t * 0 + 0.7), say.DECAYED_ADVICE["power"]),
        (shape(root=lambda t, h: (1 + t / h) ** -0.5), ROOT["half-life as s"]),
        (shape(root=lambda t, h: 1 / (1 + t / h)), ROOT["no root"]),
        (shape(root=lambda t, h: (1 + t / h) ** -2.0), ROOT["square"]),
        (shape(root=lambda t, h: (1 + 4 * t / h) ** -0.5), ROOT["scale"]),
        (shape(root=lambda t, h: (1 + t / h / 3) ** -0.5), ROOT["upside down"]),
        (shape(root=lambda t, h: (1 + t // h) ** -0.5), ROOT["stairs"]),
        (shape(root=lambda t, h: (1 + 3 * (t // h)) ** -0.5), ROOT["stairs"]),
        (
            shape(root=lambda t, h: (1 + 3 * (t + 1) / h) ** -0.5),
            ROOT["begins decayed"],
        ),
        (shape(root=lambda t, h: t * 0 + 0.7), say.DECAYED_ADVICE["root"]),
        (
            shape(exponential=lambda t, h: 0.1 ** (t / h)),
            EXPONENTIAL["half-life as s"],
        ),
        (shape(exponential=lambda t, h: np.exp(-t / h)), EXPONENTIAL["base e"]),
        (
            shape(exponential=lambda t, h: np.exp(-t / (h * np.log(2)))),
            EXPONENTIAL["upside down"],
        ),
        (
            shape(exponential=lambda t, h: 0.1 ** (t / (h * np.log10(2)))),
            EXPONENTIAL["upside down"],
        ),
        (
            shape(exponential=lambda t, h: np.exp(-t * np.log10(2) / h)),
            EXPONENTIAL["two logarithms"],
        ),
        (shape(exponential=lambda t, h: 1 / (1 + t / h)), EXPONENTIAL["power"]),
        (shape(exponential=lambda t, h: 0.5**t), EXPONENTIAL["every step"]),
        (shape(exponential=lambda t, h: 0.5 ** (t // h)), EXPONENTIAL["stairs"]),
        (
            shape(exponential=lambda t, h: 0.5 ** ((t + 1) / h)),
            EXPONENTIAL["begins decayed"],
        ),
        (
            shape(exponential=lambda t, h: 0.1 ** ((t + 1) / h)),
            EXPONENTIAL["begins decayed"],
        ),
        (
            shape(exponential=lambda t, h: t * 0 + 0.7),
            say.DECAYED_ADVICE["exponential"],
        ),
    ],
    exercises.resume: [
        (with_size(lambda n, b: n // b), STEPS["floor"]),
        (with_size(lambda n, b: n // b + 1), STEPS["one more"]),
        (with_size(lambda n, b: round(n / b)), STEPS["round"]),
        (with_size(lambda n, b: n / b), STEPS["fraction"]),
        (placed(total=lambda n, b, e, t: e * n // b), STEPS["across"]),
        (placed(total=lambda n, b, e, t: math.ceil(e * n / b)), STEPS["across"]),
        (placed(total=lambda n, b, e, t: right_size(n, b)), STEPS["one epoch"]),
        (
            placed(total=lambda n, b, e, t: e * right_size(n, b) - 1),
            STEPS["last number"],
        ),
        (placed(total=lambda n, b, e, t: e * right_size(n, b) - t), STEPS["left"]),
        (placed(total=lambda n, b, e, t: n), say.RESUME_ADVICE[0]),
        (placed(epoch=lambda n, b, e, t: t // (n // b)), EPOCH["floor"]),
        (placed(epoch=lambda n, b, e, t: t * b // n), EPOCH["examples"]),
        (
            placed(epoch=lambda n, b, e, t: t // right_size(n, b) + 1),
            EPOCH["from one"],
        ),
        (
            placed(epoch=lambda n, b, e, t: math.ceil(t / right_size(n, b))),
            EPOCH["rounded up"],
        ),
        (
            placed(epoch=lambda n, b, e, t: round(t / right_size(n, b))),
            EPOCH["rounded up"],
        ),
        (
            placed(epoch=lambda n, b, e, t: (t - 1) // right_size(n, b)),
            EPOCH["boundary"],
        ),
        (placed(epoch=lambda n, b, e, t: t / right_size(n, b)), EPOCH["fraction"]),
        (
            placed(epoch=lambda n, b, e, t: t // right_size(n, b) - 1),
            EPOCH["last complete"],
        ),
        (placed(epoch=lambda n, b, e, t: 0), say.RESUME_ADVICE[1]),
        (placed(first=lambda n, b, e, t: t), FIRST["here"]),
        (placed(first=lambda n, b, e, t: 0), FIRST["restart"]),
        (
            placed(first=lambda n, b, e, t: t - t % right_size(n, b) + 1),
            FIRST["from one"],
        ),
        (
            placed(first=lambda n, b, e, t: t - t % right_size(n, b) - 1),
            FIRST["last complete"],
        ),
        (
            placed(
                first=lambda n, b, e, t: t - t % right_size(n, b) + right_size(n, b)
            ),
            FIRST["other epoch"],
        ),
        (placed(first=lambda n, b, e, t: t % right_size(n, b)), FIRST["within"]),
        (
            placed(first=lambda n, b, e, t: t // right_size(n, b) * (n // b)),
            FIRST["across"],
        ),
        (placed(first=lambda n, b, e, t: t // right_size(n, b) * n), FIRST["examples"]),
        (placed(first=lambda n, b, e, t: 7), say.RESUME_ADVICE[2]),
    ],
    exercises.one_cycle: [
        (
            cycle(line(lambda n, h: [0, h, n - 1], [0.1, 1, 0.1])),
            RATE["no drop"],
        ),
        (cycle(line(lambda n, h: [0, h, 2 * h], [0.1, 1, 0.1])), RATE["no drop"]),
        (cycle(line(lambda n, h: [0, h, n - 1], [0.1, 1, 0.001])), RATE["one fall"]),
        (cycle(line(lambda n, h: [0, n // 2, n - 1], [0.1, 1, 0.1])), RATE["middle"]),
        (
            cycle(line(lambda n, h: [0, (n - 1) / 2, n - 1], [0.1, 1, 0.001])),
            RATE["middle"],
        ),
        (cycle(shift(0, 1)), RATE["shifted"]),
        (cycle(shift(0, -1)), RATE["shifted"]),
        (cycle(dropping_at_once), RATE["at once"]),
        (cycle(jumping), RATE["jump"]),
        (cycle(end_from_the_peak), RATE["jump"]),
        (
            cycle(line(lambda n, h: [0, h, 2 * h, n], [0.1, 1, 0.1, 0.001])),
            RATE["ends late"],
        ),
        (cycle(dropping_too_slowly), RATE["ends late"]),
        (
            cycle(line(lambda n, h: [0, h, 2 * h, n - 2], [0.1, 1, 0.1, 0.001])),
            RATE["ends early"],
        ),
        (cycle(line(corners, [0.1, 1, 0.1, 0])), RATE["end"]),
        (cycle(line(corners, [0.1, 1, 0.1, 0.0001])), RATE["end"]),
        (cycle(line(corners, [0, 1, 0.1, 0.001])), RATE["start"]),
        (cycle(geometric), RATE["geometric"]),
        (cycle(bowed([0.1, 1, 0.1, 0.001])), RATE["bowed"]),
        (cycle(lambda t, n, h, p: p), say.CYCLE_ADVICE["rate"]),
        (lambda *args: cycle_in_cases(*args)[::-1], RATE["swapped"]),
        (cycle(momentum=lambda *args: 0.9), MOMENTUM["constant"]),
        (
            cycle(momentum=lambda t, n, h, p: 1.8 - cycle_in_cases(t, n, h, p)[1]),
            MOMENTUM["not mirrored"],
        ),
        (cycle(momentum=momentum_of_rate), MOMENTUM["goes on"]),
        (
            cycle(
                momentum=lambda t, n, h, p: np.interp(t, [0, h], [0.95, 0.85]),
            ),
            MOMENTUM["stays low"],
        ),
        (
            cycle(
                momentum=lambda t, n, h, p: np.interp(
                    t, [0, h, n - 1], [0.95, 0.85, 0.95]
                )
            ),
            MOMENTUM["stretched"],
        ),
        (cycle(momentum=low_again), MOMENTUM["falls again"]),
        (
            cycle(
                momentum=lambda t, n, h, p: np.interp(
                    t, [0, n // 2, n - 1], [0.95, 0.85, 0.95]
                )
            ),
            MOMENTUM["middle"],
        ),
        (cycle(momentum=shift(1, 1)), MOMENTUM["shifted"]),
        (
            cycle(momentum=lambda t, n, h, p: bowed([0.95, 0.85, 0.95, 0.95])(t, n, h)),
            MOMENTUM["bowed"],
        ),
        (cycle(momentum=lambda *args: 0.5), say.CYCLE_ADVICE["momentum"]),
    ],
    exercises.plateau: [
        (never_falls, PLATEAU["never"]),
        (detector(better=lambda *args: False), PLATEAU["clock"]),
        (detector(better=lambda x, b, last, d: x < last - d), PLATEAU["last"]),
        (detector(improved=lambda r, start, w: (r, w)), PLATEAU["all of them"]),
        (
            detector(better=lambda x, b, last, d: x > b + d, best=-math.inf),
            PLATEAU["upwards"],
        ),
        (detector(after_cut=lambda b, w, x: (b, w)), PLATEAU["not reset"]),
        (
            detector(
                full=lambda w, patience: w == patience,
                after_cut=lambda b, w, x: (b, w),
            ),
            PLATEAU["only once"],
        ),
        (detector(after_cut=lambda b, w, x: (math.inf, 0)), PLATEAU["forgets"]),
        (detector(after_cut=lambda b, w, x: (x, 0)), PLATEAU["takes the loss"]),
        (detector(full=lambda w, patience: w > patience), PLATEAU["late"]),
        (detector(full=lambda w, patience: 0 < w >= patience - 1), PLATEAU["early"]),
        (detector(returned=lambda before, after: before), PLATEAU["one late"]),
        (detector(better=lambda x, b, last, d: x <= b - d), PLATEAU["ties"]),
        (detector(better=lambda x, b, last, d: x < b), PLATEAU["any"]),
        (detector(better=lambda x, b, last, d: x < b + d), PLATEAU["wrong side"]),
        (detector(better=lambda x, b, last, d: x < b * (1 - d)), PLATEAU["relative"]),
        (detector(follow=lambda b, x: min(b, x)), PLATEAU["creeps"]),
        (detector(cut=lambda r, start, f: start * f), PLATEAU["once"]),
        (detector(improved=lambda r, start, w: (start, 0)), PLATEAU["goes back"]),
        (detector(cut=lambda r, start, f: r / f), PLATEAU["divided"]),
        (detector(cut=lambda r, start, f: r - f), PLATEAU["subtracted"]),
        (detector(cut=lambda r, start, f: r * (1 - f)), PLATEAU["by the rest"]),
        (detector(better=lambda x, b, last, d: not x >= b - d), NAN["nan improves"]),
        (first_loss_is_best, NAN["nan stays best"]),
        (detector(skip=math.isnan), NAN["nan skipped"]),
        (nan_begins_anew, reading.PLATEAU_NAN_ADVICE),
        (remembers_elsewhere(), reading.PLATEAU_OUTSIDE),
        (lambda state, loss, *rest: (state, loss), reading.PLATEAU_ADVICE),
        (lambda state, *rest: (state, math.nan), reading.PLATEAU_NOT_FINITE),
        (lambda state, *rest: 0.1, reading.PLATEAU_PAIR),
        (lambda state, *rest: (0.1, state), reading.PLATEAU_NO_RATE),
        (lambda state, *rest: (0.1, "slow"), reading.PLATEAU_NO_RATE),
        (lambda state, *rest: ((x for x in "ab"), 0.1), reading.PLATEAU_STATE),
    ],
    exercises.choose_rate: [
        (lambda rates, losses: rates[np.nanargmin(losses)], RANGE["lowest"]),
        (of_smoothed(lowest), RANGE["lowest"]),
        (lambda rates, losses: rates[np.nanargmin(losses)] / 10, RANGE["tenth"]),
        (lambda *args: of_smoothed(lowest, 11)(*args) / 10, RANGE["tenth"]),
        (last_finite, RANGE["explosion"]),
        (last_below_the_start, RANGE["explosion"]),
        (raw, RANGE["not smoothed"]),
        (raw_gradient, RANGE["not smoothed"]),
        (raw_over_the_rate, reading.RANGE_TOO_EARLY),
        (raw_and_uncut, reading.RANGE_TOO_LATE),
        (of_smoothed(uncut), RANGE["after the lowest"]),
        (of_smoothed(linear), RANGE["not logarithmic"]),
        (of_smoothed(steepest_rise, 7), RANGE["rising"]),
        (leaky, RANGE["lagging"]),
        (leaky_from_nothing, RANGE["few losses"]),
        (
            lambda *args: np.log10(
                of_smoothed(
                    lambda x, y: np.argmin(np.gradient(*up_to_lowest(x, y)[::-1]))
                )(*args)
            ),
            RANGE["exponent"],
        ),
        (off(3.6), reading.RANGE_NEAR),
        (off(1 / 3), reading.RANGE_NEAR),
        (off(20.0), reading.RANGE_TOO_LATE),
        (off(0.05), reading.RANGE_ADVICE),
        (lambda rates, losses: 2 * rates[0], reading.RANGE_TOO_EARLY),
        (lambda rates, losses: 2 * rates[-1], reading.RANGE_ADVICE),
        (lambda rates, losses: -1.0, reading.RANGE_ADVICE),
        (lambda rates, losses: math.inf, reading.RANGE_NAN),
    ],
}
GROUPS = {
    exercises.decayed: (POWER, ROOT, EXPONENTIAL),
    exercises.resume: (STEPS, EPOCH, FIRST),
    exercises.one_cycle: (RATE, MOMENTUM),
    exercises.plateau: (PLATEAU, NAN),
    exercises.choose_rate: (RANGE,),
}
CASES = [(exercise, i) for exercise in EVERY for i in range(len(WRONG[exercise]))]
SEEDED = [(*case, 0) for case in CASES] + [(*case, 2**31) for case in CASES[::4]]


@pytest.mark.parametrize(
    ("exercise", "number", "seed"),
    SEEDED,
    ids=lambda value: getattr(value, "name", value),
)
def test_each_mistake_has_its_own_words(exercise, number, seed):
    wrong, message = WRONG[exercise][number]
    result = judge(exercise, wrong, seed)
    assert result.status is Status.INCORRECT
    said = re.sub(r"^'\w+'( and '\w+' are| is) right\. ", "", result.message)
    assert said == message
    assert result.counterexample is not None


@every_exercise
def test_every_message_is_reached_and_none_twice(exercise):
    reached = {message for _, message in WRONG[exercise]}
    if exercise is exercises.choose_rate:  # needs tests that end in nan: see below
        reached.add(RANGE["first nan"])
    for group in GROUPS[exercise]:
        assert set(group.values()) <= reached
        assert len(set(group.values())) == len(group)


def test_argmin_that_finds_nan_is_told_so():
    """Who reads ordinary tests rightly, and nan not."""

    def choose(rates, losses):
        end = np.argmin(losses)
        if np.isnan(losses[end]):
            return rates[end]
        return rate_by_gauss(rates, losses)

    result = exercises.choose_rate.check(choose)
    assert result.message == RANGE["first nan"]
    no_number = judge(
        exercises.choose_rate,
        lambda rates, losses: rate_by_gauss(rates, losses) + 0 * losses[-1],
    )
    assert no_number.message == reading.RANGE_NAN


def test_a_schedule_is_told_which_kinds_are_right_already():
    result = exercises.decayed.check(shape(root=lambda t, h: 1 / (1 + t / h)))
    assert result.message.startswith("'power' is right. There is no root")
    result = exercises.decayed.check(shape(exponential=lambda t, h: 0.1 ** (t / h)))
    assert result.message.startswith("'power' and 'root' are right. You took the half")


@pytest.mark.parametrize(
    ("fn", "words"),
    [
        (lambda step, rate, h, kind: [rate / (1 + t / h) for t in step], "one"),
        (lambda step, rate, h, kind: rate / (1 + step[0] / h), "one"),
        (
            lambda step, rate, h, kind: rate if step < 1 else rate / (1 + step / h),
            "many",
        ),
        (lambda step, rate, h, kind: rate * math.pow(1 + step / h, -1), "many"),
    ],
)
def test_one_step_and_many_are_both_asked_for(fn, words):
    result = exercises.decayed.check(fn)
    assert result.status is Status.CRASHED
    told = {"one": say.DECAYED_ONE, "many": say.DECAYED_MANY}[words]
    assert result.message.endswith(told)


def test_a_detector_that_does_not_begin_is_told_where_to():
    def unpacks(state, loss, start, factor, patience, min_delta):
        rate, best, waited = state
        return plateau_from(rate, best, waited, loss, factor, patience, min_delta)

    result = exercises.plateau.check(unpacks)
    assert result.status is Status.CRASHED
    assert result.message.endswith(reading.PLATEAU_FIRST)


def test_a_detector_that_forgets_its_return_in_one_case_is_told_so():
    def half_done(state, loss, start, factor, patience, min_delta):
        if state is None:
            return (start, loss, 0), start

    result = exercises.plateau.check(half_done)
    assert result.message == guard.RETURNED_NONE
    given = dict(result.counterexample.given)
    assert given["state"].startswith("[")


# Counterexamples ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda t, h: 1 / (1 + (t + 1) / h), r"at step 0 nothing has decayed"),
        (lambda t, h: 1 / (1 + t / (2 * h)), r"at the half-life the rate is \S+, half"),
        (lambda t, h: 0.5 ** (t / h), r"after 2 half-lives the rate should be"),
        (
            lambda t, h: 1 / (1 + t / h) if np.ndim(t) == 0 else t * 0.0,
            r"it should be \[",
        ),
    ],
)
def test_a_schedule_is_told_the_first_place_where_it_is_wrong(wrong, words):
    result = exercises.decayed.check(shape(power=wrong))
    assert re.match(words, result.counterexample.broken)


def test_the_batches_of_an_epoch_are_listed():
    result = exercises.resume.check(with_size(lambda n, b: n // b))
    n, b, epochs, _ = (int(text) for _, text in result.counterexample.given)
    assert result.counterexample.broken == (
        f"the batches of each of the {epochs} epochs are {n // b} of {b} examples and "
        f"one of {n % b}"
    )
    result = exercises.resume.check(with_size(lambda n, b: n // b + 1))
    assert result.counterexample.broken.endswith("examples")


def test_the_place_of_an_epoch_is_shown():
    result = exercises.resume.check(placed(first=lambda n, b, e, t: t))
    n, b, epochs, step = (int(text) for _, text in result.counterexample.given)
    _, epoch, first = resume_by_walking(n, b, epochs, step)
    assert result.counterexample.returned == str(step)
    assert result.counterexample.broken == (
        f"steps {first} to {first + right_size(n, b) - 1} are one epoch, there are "
        f"{epoch} epochs before it, and the next step would have been {step}"
    )


def test_a_cycle_is_told_at_which_corner_it_is_wrong():
    result = exercises.one_cycle.check(cycle(dropping_too_slowly))
    assert ", the last, the rate is " in result.counterexample.broken
    result = exercises.one_cycle.check(cycle(momentum=lambda *args: 0.95))
    assert result.counterexample.broken == (
        "at step 4, the highest point, the momentum is 0.85"
    )


def test_a_detector_is_told_the_loss_at_which_it_goes_wrong():
    late = detector(full=lambda waited, patience: waited > patience)
    case = exercises.plateau.check(late).counterexample
    losses, start, factor, *_ = (ast.literal_eval(text) for _, text in case.given)
    cut = start * factor
    assert case.broken == (
        f"after loss 4 ({losses[3]}) the rate is {cut:.4g}, and yours {start}; up to "
        "there the last improvement is loss 2"
    )


def test_a_detector_is_told_that_there_was_no_improvement_yet():
    case = exercises.plateau.check(first_loss_is_best).counterexample
    assert "the last improvement is" in case.broken or "no improvement" in case.broken
    assert "nan" in dict(case.given)["losses"]


def test_a_memory_elsewhere_is_shown_with_the_state_it_went_on_from():
    case = exercises.plateau.check(remembers_elsewhere()).counterexample
    assert dict(case.given)["state"] == "'elsewhere'"
    assert re.match(r"going on from there, loss \d+ gave \S+ the first", case.broken)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (-1.0, "a rate is a positive number"),
        (1e9, "the rates go from "),
        (1e-12, "the rates go from "),
    ],
)
def test_a_rate_is_told_what_it_is_not(answer, words):
    result = exercises.choose_rate.check(lambda rates, losses: answer)
    assert result.counterexample.broken.startswith(words)


def test_a_rate_is_told_how_steep_the_curve_is_there_and_not_which_is_right():
    result = exercises.choose_rate.check(of_smoothed(lowest))
    share = re.search(r"falls (\S+) times as steeply", result.counterexample.broken)
    assert float(share[1]) < 0.5
    (test, *_) = draw_tests(np.random.default_rng(0))
    assert f"{test.steepest:.3g}" not in str(result)


# What a function does to its arguments ------------------------------------------------


def test_a_state_changed_in_place_is_reported():
    result = exercises.plateau.check(changes_its_state)
    assert result.status is Status.INCORRECT
    assert result.message == reading.PLATEAU_CHANGED


@pytest.mark.parametrize(
    ("exercise", "at", "name"),
    [(exercises.decayed, 0, "step"), (exercises.choose_rate, 1, "losses")],
)
def test_spoiling_an_array_is_reported(exercise, at, name, reference):
    def spoils(*args):
        answer = reference[exercise.name](*args)
        if np.ndim(args[at]):
            args[at][...] = 5
        return answer

    result = exercise.check(spoils)
    assert result.status is Status.INCORRECT
    assert f"The numbers are right. But: Your function alters its argument {name}" in (
        result.message.replace("'power' is right. ", "")
    )


# What is drawn ------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
def test_every_range_test_is_as_the_text_says(seed):
    tests = draw_tests(np.random.default_rng(seed))
    assert len(tests) == 4
    for number, test in enumerate(tests):
        ratios = test.rates[1:] / test.rates[:-1]
        assert ratios == pytest.approx(np.full(len(ratios), 10 ** (1 / 20)))
        assert 4 <= np.log10(test.rates[-1] / test.rates[0]) <= 7
        assert np.isfinite(test.losses).all() == (number < 2)
        assert test.slope(test.steepest) == 1
        # From 10 to 90 % of the fall: a logistic curve, 4.4 widths.
        assert test.slope(test.steepest * 10**0.48) == pytest.approx(0.36, abs=0.02)
        early = np.diff(test.losses[:20]).std()
        later = np.diff(test.losses[20:40]).std()
        assert early > 1.5 * later
        after = test.losses[np.nanargmin(test.losses) :]
        finite = after[np.isfinite(after)]
        assert finite.max() > 10 * test.losses[0]
        assert np.diff(finite).min() < -1  # it falls again: a trap


@pytest.mark.parametrize("seed", range(6))
def test_resume_is_asked_with_every_kind_of_last_batch_and_stop(seed):
    seen = []
    judge(exercises.resume, lambda *args: seen.append(args) or resume_by_walking(*args))
    left = [n % b for n, b, *_ in seen]
    assert 0 in left
    assert 1 in left
    places = [step % right_size(n, b) for n, b, _, step in seen]
    assert 0 in places
    assert all(step < e * right_size(n, b) for n, b, e, step in seen)
    assert any(step < right_size(n, b) for n, b, _, step in seen)


def test_every_sum_of_the_losses_is_exact():
    """Whoever writes best - loss > min_delta finds the same ties as anybody."""
    seen = set()

    def spy(state, loss, start, factor, patience, min_delta):
        seen.update((loss, min_delta))
        return plateau_with_an_object(state, loss, start, factor, patience, min_delta)

    assert judge(exercises.plateau, spy, 5).correct
    exact = {8 * x for x in seen if not math.isnan(x)}
    assert all(x == int(x) for x in exact)
    assert any(map(math.isnan, seen))


def test_one_cycle_is_asked_at_its_corners_and_never_with_the_peak_in_the_middle():
    seen = []
    fn = cycle()
    judge(exercises.one_cycle, lambda *args: seen.append(args) or fn(*args), 3)
    for n, h in {(n, h) for _, n, h, _ in seen}:
        steps = {t for t, m, *_ in seen if m == n}
        assert {0, h, 2 * h, n - 1} < steps
        assert 2 * h < n - 2
        assert abs(h - (n - 1) / 2) > 1


# The claims of text and messages ------------------------------------------------------


def test_the_old_decay_has_a_half_life_of_ten_thousand_steps(reference):
    rates = reference["decayed"](np.array([0, 500, 10_000]), 0.01, 10_000, "power")
    assert rates == pytest.approx(0.01 / (1 + 1e-4 * np.array([0, 500, 10_000])))


def test_ten_half_lives_tell_the_three_apart(reference):
    """The question after exercise 1: one is lowest early, another late."""
    decayed = reference["decayed"]
    kinds = "power", "root", "exponential"
    early = {kind: decayed(50, 1.0, 100, kind) for kind in kinds}
    late = {kind: decayed(1000, 1.0, 100, kind) for kind in kinds}
    assert min(early, key=early.get) == "root"
    assert min(late, key=late.get) == "exponential"


def test_the_numbers_of_the_well_known_book(reference):
    """Floor and ceiling: next to nothing with 55,000 examples, 5 % with 1,000."""
    for n, error in ((55_000, 0.00033), (1000, 0.054)):
        after_20_epochs = reference["resume"](n, 32, 20, 0)[0]
        rate = 0.1 ** (after_20_epochs / (20 * n // 32))
        assert 1 - rate / 0.1 == pytest.approx(error, rel=0.02)


def test_the_mirror_makes_the_effective_step_rise_less(reference):
    rate, momentum = reference["one_cycle"](np.array([0, 40]), 101, 40, 1.0)
    effective = rate / (1 - momentum)
    assert effective[1] / effective[0] == pytest.approx(10 / 3)


def test_the_lesson_s_own_cycle_would_arrive_a_step_later():
    from course_utils.learning_rate_schedules import one_cycle

    cycle = one_cycle(np.array([100, 101]), 1.0, n_steps=101)["learning_rate"]
    assert cycle[0] > 2 * cycle[1]


def test_noise_alone_lowers_the_rate_however_small_it_is(reference):
    """The question after exercise 4: halving the noise changes nothing."""
    noise = np.random.default_rng(2).normal(size=100)

    def cuts(scale):
        state, count, last = None, 0, 0.1
        for x in noise:
            state, rate = reference["plateau"](state, 1 + scale * x, 0.1, 0.5, 5, 0.0)
            count, last = count + (rate < last), rate
        return count

    assert cuts(0.1) == cuts(0.05) > 5


def test_a_leaky_average_moves_the_steepest_point_up():
    """The question after exercise 5; true behind the noise, too."""
    (test, *_) = draw_tests(np.random.default_rng(1))
    assert leaky(test.rates, test.losses) > 1.5 * test.steepest
