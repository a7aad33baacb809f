"""A made-up assignment and class: records as marking leaves them, real messages."""

import inspect
import textwrap
from functools import cache

import numpy as np

from course_utils.checks import optimizers
from course_utils.checks.result import Status
from course_utils.grading.assignments import Assignment, Given, Question, Task
from course_utils.grading.records import Mark, Outcome, Record

NAME = "07_optimizers"
STUBS = {
    "terminal_velocity": "gradient, learning_rate, momentum, share",
    "nesterov_step": "ahead, v, gradient, learning_rate, momentum",
    "adam_step": "theta, g, m, s, t, learning_rate, betas, epsilon",
}
ASKED = (
    "**Then explain.** You raise $\\mu$ from 0.9 to 0.99. By what must you multiply\n"
    "$\\eta$ so that the ball ends up as fast as before?"
)


def stub(name):
    return (
        f"def {name}({STUBS[name]}):\n"
        '    """As the exercise gave it."""\n'
        "    raise NotImplementedError\n"
    )


def assignment():
    """Three exercises of lesson 07, an open question to each of the first two."""
    tasks = tuple(
        Task(exercise, exercise.name, f"check-{exercise.name}")
        for exercise in optimizers.EXERCISES
        if exercise.name in STUBS
    )
    questions = tuple(
        Question(f"answer-{name}", 2.0, "one point each")
        for name in ("terminal_velocity", "nesterov_step")
    )
    cells = [Given(name, "code", "solution", stub(name)) for name in STUBS]
    for question in questions:
        name = question.answer.removeprefix("answer-")
        cells.append(Given(f"question-{name}", "markdown", "text", ASKED))
        cells.append(Given(question.answer, "markdown", "answer", "Your answer here."))
    return Assignment(NAME, tasks, questions, tuple(cells), False, "0" * 64)


def rightly_terminal(gradient, learning_rate, momentum, share):
    velocity = -learning_rate * gradient / (1 - momentum)
    steps, missing = 1, momentum
    while missing > 1 - share:
        steps, missing = steps + 1, missing * momentum
    return velocity, steps


def uphill(gradient, learning_rate, momentum, share):
    velocity, steps = rightly_terminal(gradient, learning_rate, momentum, share)
    return -velocity, steps


def first_step(gradient, learning_rate, momentum, share):
    return -learning_rate * gradient, 1


def rightly_nesterov(ahead, v, gradient, learning_rate, momentum):
    v_next = momentum * v - learning_rate * gradient(ahead)
    theta_next = ahead - momentum * v + v_next
    return theta_next + momentum * v_next, v_next


def old_velocity(ahead, v, gradient, learning_rate, momentum):
    v_next = momentum * v - learning_rate * gradient(ahead)
    return ahead + v_next, v_next


def misspelt(ahead, v, gradient, learning_rate, momentum):
    v_next = momentum * velocity - learning_rate * gradient(ahead)  # noqa: F821
    return ahead + v_next, v_next


def rightly_adam(theta, g, m, s, t, learning_rate, betas, epsilon):
    beta_1, beta_2 = betas
    t = t + 1
    m = beta_1 * m + (1 - beta_1) * g
    s = beta_2 * s + (1 - beta_2) * g**2
    m_hat, s_hat = m / (1 - beta_1**t), s / (1 - beta_2**t)
    return theta - learning_rate * m_hat / (np.sqrt(s_hat) + epsilon), m, s, t


def uncorrected(theta, g, m, s, t, learning_rate, betas, epsilon):
    beta_1, beta_2 = betas
    t = t + 1
    m = beta_1 * m + (1 - beta_1) * g
    s = beta_2 * s + (1 - beta_2) * g**2
    return theta - learning_rate * m / (np.sqrt(s) + epsilon), m, s, t


WRITTEN = {
    "terminal_velocity": (rightly_terminal, uphill, first_step),
    "nesterov_step": (rightly_nesterov, old_velocity, misspelt),
    "adam_step": (rightly_adam, uncorrected),
}
_OUTCOMES = {
    Status.CORRECT: Outcome.CORRECT,
    Status.INCORRECT: Outcome.INCORRECT,
    Status.CRASHED: Outcome.CRASHED,
    Status.NOT_ATTEMPTED: Outcome.NOT_ATTEMPTED,
}


@cache
def judged(name, fn, right=0):
    """The mark that the real check gives to a function, with so many right rounds."""
    exercise = next(e for e in optimizers.EXERCISES if e.name == name)
    result = exercise.judge(fn, np.random.default_rng(0))
    outcome = Outcome.PARTLY if right and not result.correct else None
    rows = list(result.counterexample.rows()) if result.counterexample else []
    if result.line:
        rows.append(("raised in", f"line {result.line[0]}:  {result.line[1]}"))
    right = 4 if result.correct else right
    return Mark(
        name,
        float(right),
        4.0,
        outcome or _OUTCOMES[result.status],
        result.message,
        tuple(rows),
        right,
        4,
        0.05,
    )


def source_of(name, fn):
    """What a student would have in the cell who wrote `fn`."""
    lines = textwrap.dedent(inspect.getsource(fn)).split("\n", 1)
    return f'def {name}({STUBS[name]}):\n    """As the exercise gave it."""\n{lines[1]}'


def record(student, written=None, right=0, **changes):
    """A student's record; `written` maps an exercise to a function or a Mark."""
    written = written or {name: fns[0] for name, fns in WRITTEN.items()}
    marks, sources = [], {}
    for name in STUBS:
        what = written.get(name)
        if isinstance(what, Mark):
            marks.append(what)
            sources[name] = stub(name)
        else:
            marks.append(judged(name, what, right if what else 0))
            sources[name] = source_of(name, what) if what else stub(name)
    fields = {
        "answers": {"answer-terminal_velocity": "By 0.1: the rest is a tenth of it."},
        "sources": sources,
        "seconds": 0.4,
        "tier": "bwrap",
    } | changes
    return Record(student, NAME, "", tuple(marks), **fields)


def worst():
    """Written for every exercise: something wrong."""
    return {name: fns[-1] for name, fns in WRITTEN.items()}


def crowd(number, seed=0):
    """A class with every kind of outcome."""
    rng = np.random.default_rng(seed)
    ways = {
        "terminal_velocity": (0.75, 0.15, 0.1),
        "nesterov_step": (0.35, 0.5, 0.15),
        "adam_step": (0.7, 0.3),
    }
    records = []
    for index in range(number):
        written = {
            name: WRITTEN[name][rng.choice(len(odds), p=odds)]
            for name, odds in ways.items()
        }
        flags, notes = (), ()
        chance = rng.uniform()
        if chance < 0.04:
            written = {name: None for name in STUBS}
            flags = ("Nothing was attempted.",)
        elif chance < 0.06:
            why = "The function could not be asked to the end: it used too much memory."
            lost = Mark("adam_step", 0, 4, Outcome.KILLED, why, (), 0, 4, 9.7)
            written |= {"adam_step": lost}
            flags = (f"adam_step: {why}",)
        elif chance < 0.09:
            notes = ("nesterov_step was not found. Its cell defines step instead.",)
            flags = notes
        made = record(
            f"student{index:03d}",
            written,
            right=int(rng.choice([0, 0, 2])),
            flags=flags,
            notes=notes,
            seconds=float(rng.gamma(2, 0.3)),
        )
        records.append(made)
    return records
