# %% [markdown] slideshow={"slide_type": "slide"}
# # 7. Optimizers
#
# The gradient says which way is down, here and now. It does not say how far, and it forgets
# what it said a moment ago. Eleven rules with famous names make a step of it.
#
# **Six of them race downhill. Who wins where?**

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Ask which optimizer people use, and why. Write the names on the board with a
# tally. Most say Adam, and the reason is seldom more than "it works". Come back to the tally at
# the table of stars.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What you will be able to do
#
# - Write each rule as an earlier one plus one line, from gradient descent to Adam.
# - Say from the shape of a problem which rule will be fast on it, and which will not.
# - Predict what a missing correction does, and where decay belongs.
# - Compare optimizers fairly, and read a comparison that is not.

# %% [markdown] slideshow={"slide_type": "notes"}
# About an hour and a quarter, and another hour for the exercises. You need gradients, and the
# eigenvalues of a 2 by 2 matrix.

# %% slideshow={"slide_type": "skip"}
from functools import partial

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from course_utils import optimizers as opt
from course_utils.lab import experiments, network, plots, trials
from course_utils.lab.display import show_source, table

# %% slideshow={"slide_type": "skip"}
plots.use_style()

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: who is down first?
#
# A ravine: a hundred times as steep across as along. Six rules start at the same place. Each
# has its own best learning rate, the one out of 33 that gets it down soonest.
#
# **Who is down first, and who is last?**
#
# - **A** gradient descent
# - **B** momentum: keeps its speed
# - **C** Nesterov: also looks ahead
# - **D** AdaGrad: a scale for each weight
# - **E** RMSprop: a scale that forgets
# - **F** Adam: momentum and RMSprop

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Let everybody bet on the first and on the last. Adam and Nesterov get most of the
# bets. Ask for reasons, and do not comment yet: what comes says more about the hill than about the
# rules.

# %% slideshow={"slide_type": "skip"}
skiers = {
    "gradient descent": "sgd",
    "momentum": "momentum",
    "Nesterov": "nesterov",
    "AdaGrad": "adagrad",
    "RMSprop": "rmsprop",
    "Adam": "adam",
}
rates = np.logspace(-3, 1, 33)


# %% slideshow={"slide_type": "skip"}
def steps_needed(rule, land, start, n=300, below=0.1):
    path = opt.descend(rule, land, start, n)
    reached = opt.steps_until(land.value(path), below)
    return float(np.median(reached))


# %% slideshow={"slide_type": "skip"}
def tuned(name, land, start, **more):
    """The rule, at the rate that gets it down soonest."""
    def needed(rule):
        return steps_needed(rule, land, start, **more)

    rules = [opt.get(name, learning_rate=r) for r in rates]
    return min(rules, key=needed)


# %% slideshow={"slide_type": "skip"}
def draw_map(ax, land, ways, spans):
    def height(x, y):
        return land.value(np.stack([x, y], axis=-1))

    area = {"xlim": spans[0], "ylim": spans[1], "levels": 12}
    names = {"xlabel": "first weight", "ylabel": "second weight"}
    plots.contour_paths(height, ways, **area, **names, ax=ax)
    ax.get_legend().remove()


# %% slideshow={"slide_type": "skip"}
def draw_race(step, land, ways, spans, floor=1e-6):
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 4.4))
    seen = {name: way[: step + 1] for name, way in ways.items()}
    draw_map(left, land, seen, spans)
    for name, way in seen.items():
        right.plot(land.value(way) + floor, label=name, lw=3)
    left.plot(0, 0, "k+", ms=14, mew=3, zorder=6)
    right.axhline(0.1, color="0.5", lw=2, ls=":", label="down")
    last = len(next(iter(ways.values()))) - 1
    right.set(xlim=(0, last), ylim=(floor / 2, 1e7), yscale="log")
    right.set(xlabel="step", ylabel="height")
    right.legend(loc="upper right", fontsize=11, ncols=2)
    return figure


# %% slideshow={"slide_type": "skip"}
start, wide = [-8.0, 4.0], ((-9.5, 3), (-5, 5))
ravine = opt.quadratic(kappa=100)
chosen = {k: tuned(v, ravine, start) for k, v in skiers.items()}
ways = opt.paths(chosen, ravine, start, 120)

# %% slideshow={"slide_type": "skip"}
race_says = {
    0: "all six stand at the start, high on the steep side",
    2: "AdaGrad is nearly down; the others have hardly set out",
    4: "AdaGrad is down; three rules jump from wall to wall",
    8: "momentum still jumps; RMSprop and Adam walk slantwise",
    20: "Adam is ahead of Nesterov; RMSprop is the slowest",
    50: "all but gradient descent and RMSprop are nearly down",
    120: "gradient descent and RMSprop alone"
    " are still on their way",
}


def in_words(what, says):
    return lambda step: f"{what} At step {step} {says[step]}."


# %% [markdown] slideshow={"slide_type": "slide"}
# ## The race: who is below 0.1 first?

# %% [markdown] slideshow={"slide_type": "notes"}
# Press play.

# %% slideshow={"slide_type": "-", "show": "output"} tags=["readme"]
draw = partial(draw_race, land=ravine, ways=ways, spans=wide)
look = {"label": "step", "start": 0, "play": True}
look |= {"dpi": 66, "colors": 96}
what = "Six paths on a map of the ravine, and their heights."
alt = in_words(what, race_says)
plots.frame_slider(draw, list(race_says), alt=alt, **look)

# %% [markdown] slideshow={"slide_type": "fragment"}
# **AdaGrad is down almost at once**; RMSprop, said to improve it, is last from this start.

# %% [markdown] slideshow={"slide_type": "notes"}
# Gradient descent zigzags: a rate that suits the gentle direction would throw it out of the steep
# one. Momentum swings and settles. (Down: from then on lower than 0.1. Plus: the goal.)

# %% slideshow={"slide_type": "skip"}
for name, rule in chosen.items():
    n = steps_needed(rule, ravine, start)
    rate = f"rate {rule.learning_rate:.3g}"
    print(f"{name:16} {rate:13} down after {n:.0f} steps")

# %% [markdown] slideshow={"slide_type": "notes"}
# So AdaGrad is the best? Look at what kind of hill this was.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: turn the ravine by 45 degrees
#
# The hill itself stays the same. Each rule starts from the same 49 points of it both times, and
# chooses its best rate anew. **Who needs more steps?**
#
# - **A** nobody: nothing changes for anybody
# - **B** gradient descent above all
# - **C** AdaGrad, RMSprop and Adam need more, the others do not notice

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Let people vote, then ask voters of each letter *why*: what would a rule have to
# look at to notice the turn? Many vote A, since the hill is the same; ask which of the six treats each
# weight by itself. (There are 49 starts so that no lucky one decides.)

# %% slideshow={"slide_type": "skip"}
turned = opt.quadratic(kappa=100, angle=45)
turn = np.sqrt(0.5) * np.array([[1, -1], [1, 1]])

# %% slideshow={"slide_type": "skip"}
many = np.random.default_rng(0).normal(0, [8, 1], size=(49, 2))
hills = {
    "along the axes": (ravine, many),
    "turned by 45°": (turned, many @ turn.T),
}

# %% slideshow={"slide_type": "skip"}
notice, found = pd.DataFrame(index=[*skiers]), {}
for where, (land, starts) in hills.items():
    found[where] = rules = {
        k: tuned(v, land, starts) for k, v in skiers.items()
    }
    notice[where] = [
        steps_needed(r, land, starts) for r in rules.values()
    ]
again = found["turned by 45°"]

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Who notices the turn?

# %% slideshow={"slide_type": "-", "show": "output"}
caption = "Steps until down for good, median of 49 starts"
table(notice, caption, digits=3, index=True)

# %% [markdown] slideshow={"slide_type": "fragment"}
# **C.** The first three add up arrows: turn the hill, and the arrows turn with it. AdaGrad, RMSprop
# and Adam scale **each weight by itself**. One pays dearly: **AdaGrad, fifty times.**

# %% [markdown] slideshow={"slide_type": "notes"}
# That is superb when the ravine lies along a coordinate. Turned, AdaGrad needs fifty times the steps;
# RMSprop pays a fifth, Adam, which is half momentum, a tenth. Over 49 starts gradient descent is last
# along the axes, with 136 steps to RMSprop's 127; turned, AdaGrad is. In a network nobody knows how
# the ravines lie.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Turned, AdaGrad creeps

# %% slideshow={"slide_type": "-", "show": "output"} alt="Two maps of the ravine turned by 45 degrees. Left, momentum and Nesterov swing down along its floor to the goal. Right, AdaGrad jumps across the floor and back, and then creeps along it without arriving; Adam swings and arrives."
new = opt.paths(again, turned, turn @ [-4.4, -0.3], 120)
spans = (-4.5, 1), (-4.5, 1)
twos = ["momentum", "Nesterov"], ["AdaGrad", "Adam"]
figure, panels = plt.subplots(1, 2, figsize=(12, 5))
for ax, names in zip(panels, twos, strict=True):
    seen = {name: new[name] for name in names}
    draw_map(ax, turned, seen, spans)
    ax.plot(0, 0, "k+", ms=14, mew=3, zorder=6)
    ax.legend(loc="lower right", fontsize=13)

# %% [markdown] slideshow={"slide_type": "notes"}
# (Ring: start; star: after 120 steps; plus: the goal.) AdaGrad jumps across the floor and back, and
# its sums do not forget those steep gradients. As the floor lies along no coordinate, both its
# scales are cut by them, and every step along the floor is short.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## One line at a time
#
# $\theta$ weights, $g$ gradient, $\eta$ rate; $\mu$, $\rho$, $\beta_1$: the share kept; $\varepsilon$
# tiny. **New: in a box.**
#
# | arrows | remembers | and moves |
# |---|---|---|
# | gradient descent | nothing | $\theta \leftarrow \theta - \eta g$ |
# | momentum | $\boxed{v \leftarrow \mu v - \eta g}$ | $\theta \leftarrow \theta + v$ |
# | Nesterov | the same, with $g$ taken at $\boxed{\theta + \mu v}$ | the same |

# %% [markdown] slideshow={"slide_type": "fragment"}
# | scales | remembers | and moves |
# |---|---|---|
# | AdaGrad | $\boxed{s \leftarrow s + g^2}$ | $\theta \leftarrow \theta - \eta g / \boxed{\sqrt{s + \varepsilon}}$ |
# | RMSprop | $s \leftarrow \boxed{\rho} s + \boxed{(1 - \rho)} g^2$ | the same |

# %% [markdown] slideshow={"slide_type": "fragment"}
# | both | remembers | and moves |
# |---|---|---|
# | Adam | $s$, and $\boxed{m \leftarrow \beta_1 m + (1 - \beta_1) g}$ | $\theta \leftarrow \theta - \eta\, \boxed{\hat m} / (\sqrt{\boxed{\hat s}} + \varepsilon)$ |

# %% [markdown] slideshow={"slide_type": "notes"}
# $\varepsilon$ only prevents 0/0; texts differ on where it stands. The hats are Adam's correction,
# explained below.

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Before each part comes up, let the hall say what the next rule should remember that
# those above it do not.

# %% [markdown] slideshow={"slide_type": "notes"}
# Other texts write momentum with the other sign, $m \leftarrow \beta m + \eta g$ and $\theta
# \leftarrow \theta - m$: the same steps. Some put $\eta$ outside, $\theta \leftarrow \theta -
# \eta m$ (PyTorch): the same until $\eta$ changes. And plain descent does not walk "in steps of
# constant size": its *rate* is constant, its step is $\eta \lVert g \rVert$. With all the data
# and a small enough rate every step goes down; without one of the two nothing is promised.

# %% slideshow={"slide_type": "skip"}
show_source(opt.Adagrad.rule, opt.RMSprop.rule, doc=False)


# %% [markdown] slideshow={"slide_type": "skip"}
# Two optimizers as they run in this course (`root` is $\sqrt{s + \varepsilon}$). An optimizer
# knows its settings; what it remembers lies in a dictionary beside it, so `step(parameters,
# gradients, state)` is a pure function, and `update` does the same in place.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Momentum: a ball
#
# Let the loss be the height of a hill. Then $-g$ is the **force** on a ball: it changes the velocity,
# and the velocity changes the place. In each step the share $\mu$ of the velocity is *kept*.

# %% [markdown] slideshow={"slide_type": "notes"}
# That is all of momentum. $\mu$ is called momentum, or even friction, but $1 - \mu$ is the friction.
# Without friction the ball would keep its energy and swing forever.

# %% [markdown] slideshow={"slide_type": "skip"}
# Newton's law with friction: $\ddot\theta = -g - c\,\dot\theta$. In time steps of length $h$, with
# $v = h\dot\theta$: $v \leftarrow (1 - c h) v - h^2 g$ and $\theta \leftarrow \theta + v$. So $\mu =
# 1 - ch$ and $\eta = h^2$: for a ball the learning rate is a *squared time step*. Kinetic energy
# carries it over a bump, friction lets it come to rest.

# %% slideshow={"slide_type": "skip"}
def steps_under(rule, gradients):
    """How far each step goes when these gradients come."""
    theta = np.zeros(1)
    state, places = rule.init(theta), [0.0]
    for g in gradients:
        rule.update(theta, np.array([g]), state)
        places.append(theta[0])
    return -np.diff(places)


# %% slideshow={"slide_type": "-", "show": "output"} alt="Line chart on logarithmic axes: length of the step on an even slope against the number of steps, for four values of mu. Each curve rises and levels off at one over one minus mu: at 0.9 ten times the step of gradient descent, at 0.99 a hundred times."
ax = plt.subplots(figsize=(8, 4.4))[1]
for k, mu in enumerate((0.5, 0.9, 0.95, 0.99)):
    way = steps_under(opt.SGD(1.0, momentum=mu), np.ones(400))
    label = f"μ = {mu}: {way[-1]:.0f} after 400 steps"
    ax.plot(range(1, 401), way, label=label, lw=3)
    ax.axhline(1 / (1 - mu), color=plots.PALETTE[k], lw=1, ls=":")
ax.set(xscale="log", yscale="log", xlabel="step on an even slope")
ax.set_ylabel("length / (rate x gradient)")
legend = ax.legend(loc="upper left")


# %% [markdown] slideshow={"slide_type": "fragment"}
# In the end, at one rate: **at 0.9 ten times as fast as descent, at 0.99 a hundred times** (dotted).

# %% [markdown] slideshow={"slide_type": "notes"}
# On an even slope the velocity grows until friction takes as much as the slope gives: $v = \mu v
# - \eta g$, so $v = -\eta g / (1 - \mu)$ (dotted), after a few times $1/(1-\mu)$ steps. Usual values
# are 0.5, 0.9, 0.95 and 0.99, sometimes rising in training. Who compares momentum with descent at one
# rate compares a rate with ten times that rate.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: three sentences from well-known texts
#
# "Momentum always converges faster than gradient descent." "Nesterov is almost always faster than
# momentum." "0.9 is a good value."
#
# Ravines of $\kappa$ to 1, the steepest curvature over the gentlest. Everybody has their best rate,
# and $\mu = 0.9$. **Who wins at $\kappa$ = 10? Who at 1,000?**
#
# - **A** gradient descent
# - **B** momentum
# - **C** Nesterov

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Collect a winner for each of the two ravines before going on. Most vote C, twice.
# Ask each voter for a reason; if nobody defends gradient descent, ask what a ball does in a bowl that
# is nearly round.

# %% slideshow={"slide_type": "skip"}
def fewest_steps(kappa, rates, mu=0.0, nesterov=False):
    """Steps from nine starts to a thousandth of the way."""
    rate = np.reshape(rates, (-1, 1, 1))
    bend = np.array([1.0, kappa])
    starts = np.random.default_rng(0).normal(size=(18, 2))
    theta = np.tile(starts, (rate.size, 1, 1))
    rule = opt.SGD(1.0, mu, nesterov)
    state, away = rule.init(theta), [np.hypot(*theta.T).T]
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(int(5 * kappa) + 300):
            rule.update(theta, rate * bend * theta, state)
            away.append(np.hypot(*theta.T).T)
        steps = opt.steps_until(np.divide(away, away[0]), 1e-3)
    best = np.median(steps[:, :9], axis=1).argmin()  # on nine
    return steps[best, 9:]  # and the other nine


# %% [markdown] slideshow={"slide_type": "skip"}
# On a bowl only the *products* of rate and curvature matter. So forty rates are one run: forty
# bowls side by side, `rate * bend`, each walked at rate 1. The best rate is chosen on nine random
# starts, and nine others are counted.

# %% slideshow={"slide_type": "skip"}
def best_mu(kappa):
    root = np.sqrt(kappa)
    return ((root - 1) / (root + 1)) ** 2


# %% slideshow={"slide_type": "skip"}
def rates_to_try(kappa, kind):
    """Forty, up to where the rule becomes unstable."""
    top = {"descent": 2, "nesterov": 1.36, "momentum": 3.8}
    return np.linspace(0.02, top[kind], 40) / kappa


# %% slideshow={"slide_type": "skip"}
arms = {
    "gradient descent": lambda k: ("descent", 0.0, False),
    "momentum 0.9": lambda k: ("momentum", 0.9, False),
    "Nesterov 0.9": lambda k: ("nesterov", 0.9, True),
    "momentum, best μ": lambda k: ("momentum", best_mu(k), False),
}

# %% slideshow={"slide_type": "skip"}
kappas = np.array([3, 10, 30, 100, 300, 1000])
counted = {
    (name, kappa): fewest_steps(
        kappa, rates_to_try(kappa, kind), mu, look
    )
    for name, settings in arms.items()
    for kappa in kappas
    for kind, mu, look in [settings(kappa)]
}
needed = pd.Series(counted).map(np.median).unstack(0)[[*arms]]


# %% slideshow={"slide_type": "skip"}
def in_theory(kappa):
    """Steps to a thousandth, by the slowest factor per step."""
    slow = (kappa - 1) / (kappa + 1), np.sqrt(best_mu(kappa))
    return [-np.log(1e3) / np.log(factor) for factor in slow]


# %% [markdown] slideshow={"slide_type": "slide"}
# ## A, then B: descent wins at 10, momentum at 1,000

# %% slideshow={"slide_type": "-", "show": "output"} alt="Chart on logarithmic axes: steps to a thousandth of the way against the condition number, all at their best rates. Gradient descent rises in proportion to kappa, momentum with the best mu like its root, both along the lines of theory. Momentum at 0.9 is flat at over a hundred steps, and Nesterov at 0.9 lies below it until it crosses before the largest kappa." tags=["readme"]
ax = plt.subplots(figsize=(8, 5))[1]
for k, name in enumerate(needed):
    marker = {"marker": "os^D"[k], "ms": 9, "lw": 1}
    ax.plot(kappas, needed[name], label=name, **marker)
fine = np.logspace(0.4, 3.1, 50)
for k, line in zip((0, 3), in_theory(fine), strict=True):
    thick = {"color": plots.PALETTE[k], "lw": 5, "alpha": 0.4}
    label = "theory" if k else None
    ax.plot(fine, line, "-", label=label, **thick)
ax.set(xscale="log", yscale="log", xlabel="condition number κ")
ax.set_ylabel("steps to a thousandth of the way")
legend = ax.legend(title="at their best rates")

# %% slideshow={"slide_type": "skip"}
three = needed.loc[[10, 100, 1000]].rename_axis("κ")
table(three, digits=4, index=True)

# %% slideshow={"slide_type": "skip"}
logs = np.log(needed.loc[30:])
for name in ("gradient descent", "momentum, best μ"):
    slope = np.polyfit(np.log(kappas[2:]), logs[name], 1)[0]
    print(f"{name:16}: steps grow as kappa to the {slope:.2f}")
clock = np.log(1e3) / -np.log(np.sqrt(0.9))
roots = (1 + np.sqrt(0.9)) / (1 - np.sqrt(0.9))
print(f"mu = 0.9: {clock:.0f} steps, fits kappa {roots**2:.0f}")


# %% [markdown] slideshow={"slide_type": "notes"}
# **A, then B. At 10 gradient descent beats both; at 1,000 Nesterov needs three times the steps of momentum.**
# Thick lines are theory: descent needs steps in proportion to $\kappa$, momentum to
# $\sqrt\kappa$. (Its points lie a little higher: with the best $\mu$ the ball first swings out.)
# A fixed 0.9 has its own clock. Even where nothing is difficult a step keeps $\sqrt{0.9}$ of the
# way at best, and $\ln 1000 / \ln(1/\sqrt{0.9})$ are 131 steps. It fits one ravine, $\kappa = 1442$.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Nesterov brakes early, at a price
#
# Plain momentum takes the gradient where it stands; Nesterov a little ahead, at $\theta + \mu v$. Near
# a wall it brakes before it arrives.

# %% slideshow={"slide_type": "skip"}
def arrow(ax, start, way, name, color):
    style = {"arrowstyle": "-|>", "lw": 3, "color": color}
    end = np.add(start, way)
    ax.annotate("", end, start, arrowprops=style | {"shrinkA": 0})
    ax.plot([], [], color=color, lw=3, ls="-", label=name)


# %% slideshow={"slide_type": "-", "show": "output"} alt="Two maps of a bowl with arrows. Left, momentum: the gradient is measured where the ball stands, and the step ends far across the valley. Right, Nesterov: the gradient is measured at the tip of the velocity, is short there, and the step ends near the floor."
hill, place = opt.quadratic(8), np.array([-2.0, 0.9])
v, eta, mu = np.array([1.1, -1.2]), 0.1, 0.9
view = (-2.6, 0.6), (-1.4, 1.2)
figure, panels = plt.subplots(1, 2, figsize=(12, 4.6))
for ax, at in zip(panels, (place, place + mu * v), strict=True):
    draw_map(ax, hill, {"": [place, at]}, view)
    ax.lines[-1].set_markersize(11)
    tip, g = place + mu * v, -eta * hill.gradient(at)
    blue, red, green, *_ = plots.PALETTE
    arrow(ax, place, mu * v, "kept velocity, μ v", blue)
    arrow(ax, tip, g, "-η g, measured at ★", red)
    arrow(ax, place, mu * v + g, "where it goes", green)
    ax.legend(loc="upper right", fontsize=12)
panels[0].set_title("momentum: gradient here")
title = panels[1].set_title("Nesterov: gradient ahead")


# %% slideshow={"slide_type": "skip"}
def steepest(mu, nesterov):
    """The largest rate x curvature that does not fly away."""
    rates = np.linspace(0.01, 4, 400)
    theta = np.ones(400)
    rule = opt.SGD(1.0, mu, nesterov)
    state = rule.init(theta)
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(3000):
            rule.update(theta, rates * theta, state)
    return rates[np.abs(theta) < 1].max()


# %% slideshow={"slide_type": "skip"}
limits = 2 * (1 + mu), 2 * (1 + mu) / (1 + 2 * mu)
for ahead, limit in zip((False, True), limits, strict=True):
    name = "Nesterov" if ahead else "momentum"
    seen = steepest(mu, ahead)
    print(f"{name}: stable to {seen:.2f}, in theory {limit:.2f}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# The price: it is stable only up to **about a third of momentum's rate**.

# %% [markdown] slideshow={"slide_type": "notes"}
# Braking ahead is strong medicine: in a steep direction of curvature $\lambda$ Nesterov needs
# $\eta\lambda < 2(1+\mu)/(1+2\mu)$, momentum only $\eta\lambda < 2(1+\mu)$. At 0.9 that is the third.
# In a mild ravine it damps the swinging, which is what everybody praises; at $\kappa = 1000$ the
# swinging is the lesser evil, and a third of the rate in the gentle direction is what counts.

# %% [markdown] slideshow={"slide_type": "skip"}
# ### Two codes, one method
#
# CS231n gives Nesterov twice. Code 1 keeps $\theta$ and takes the gradient at $x = \theta + \mu v$.
# Code 2 keeps only $x$. Write $v'$ and $\theta'$ for the next ones, $v' = \mu v - \eta\, g(x)$:
#
# $$x' = \theta' + \mu v' = \theta + v' + \mu v'.$$
#
# Put in what $\theta$ is, seen from $x$, and $\theta$ is gone: that is code 2 and, sorted in another
# way, the line of Keras. The exercises ask you for it. **The weights that a library stores are the
# look-ahead.**

# %% slideshow={"slide_type": "skip"}
hill = opt.rosenbrock()

# %% slideshow={"slide_type": "skip"}
theta, v, seen = np.array([-1.2, 1.0]), np.zeros(2), []
for _ in range(200):  # code 1
    x = theta + 0.9 * v
    seen.append(x)
    v = 0.9 * v - 1e-4 * hill.gradient(x)
    theta = theta + v

# %% slideshow={"slide_type": "skip"}
rule = opt.SGD(1e-4, momentum=0.9, nesterov=True)  # code 2
stored = opt.descend(rule, hill, seen[0], 199)
most = np.abs(stored - seen).max()
print(f"200 points differ by {most.round(12)}")

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Over the hill, and out again
#
# "Momentum escapes local minima." Two hollows, the left one deeper. Sixty starts in each, and
# 3,000 steps at rate 0.01: where do they end?

# %% slideshow={"slide_type": "skip"}
wells = opt.double_well(0.1)
right, left = np.linspace(0.2, 2, 60), np.linspace(-2, -0.2, 60)
starts = np.concatenate([right, left])[:, None]
rows = []
for mu in (0, 0.5, 0.9, 0.95, 0.98):
    end = opt.descend(opt.SGD(0.01, mu), wells, starts, 3000)[-1]
    deep = (end[:, 0] < 0).reshape(2, 60).mean(axis=1)
    rows.append([mu, deep[0], 1 - deep[1]])
columns = ["μ", "out of the shallow one", "out of the deep one"]
escapes = pd.DataFrame(rows, columns=columns)

# %% slideshow={"slide_type": "skip"} alt="Line chart of the ball's place against the step. Gradient descent slides into the shallow hollow and stays. Momentum rolls through it, swings in the deep hollow and comes to rest there."
ax = plt.subplots(figsize=(8, 4.2))[1]
for mu, name in {0: "gradient descent", 0.95: "momentum"}.items():
    way = opt.descend(opt.SGD(0.01, mu), wells, [2.0], 400)
    ax.plot(way, label=name, lw=3)
for x, name in ((-1.05, "deep hollow"), (0.95, "shallow hollow")):
    ax.axhline(x, color="0.5", lw=1, ls=":")
    ax.text(395, x + 0.06, name, ha="right")
ax.set(xlabel="step", ylabel="place of the ball", ylim=(-1.9, 2))
legend = ax.legend()

# %% slideshow={"slide_type": "skip"}
caption = "Share of 60 starts that left their hollow"
table(escapes, caption, digits=2)


# %% [markdown] slideshow={"slide_type": "skip"}
# Momentum carries over bumps **in both directions**, though here two to three times as often out of
# the shallow hollow: its wall is lower. It needs no knowledge of depth for that, only speed. What is
# true: it overshoots, swings, and comes to rest later. Whether this is why momentum helps in a loss
# with noise and a million weights, these two hollows cannot tell.

# %% [markdown] slideshow={"slide_type": "skip"}
# ## A scale for each weight: AdaGrad
#
# AdaGrad sums up the squares of each weight's gradients and divides by the root. A steep weight
# has a large sum, so its step is cut more. Three things to try: leave the root away; let it run
# on; and look at what happens to its rate.

# %% slideshow={"slide_type": "skip"}
class NoRoot(opt.Adagrad):
    def rule(self, theta, g, s, *, learning_rate):
        s += g**2
        theta -= learning_rate * g / (s + self.epsilon)


def best_height(make, land, starts, n):
    """The median height after n steps, at the best rate."""
    ends = [
        opt.descend(make(rate), land, starts, n)[-1]
        for rate in np.logspace(-2, 3, 26)
    ]
    return min(np.median(land.value(np.array(ends)), axis=1))


# %% slideshow={"slide_type": "skip"}
for where, (land, starts) in hills.items():
    for make in (opt.Adagrad, NoRoot):
        height = best_height(make, land, starts, n=60)
        short = f"{max(height, 1e-9):.0e}"
        print(f"{where}, {make.__name__:8}: {short}")

# %% [markdown] slideshow={"slide_type": "skip"}
# **The square root matters.** Without it the first step is $\eta / g$: the *smaller* a weight's first
# gradient, the farther it is thrown, and a steep weight is cut twice over. Double the loss, and
# every step is halved. With the root a factor on all gradients cancels, and the first step has
# length $\eta$ for every weight. (Heights after 60 steps; 1e-09: or less.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## AdaGrad adds up, RMSprop forgets
#
# - **AdaGrad**: $s \leftarrow s + g^2$. A sum only grows: on an even slope, steps like $1/\sqrt{t}$
#   in step $t$.
# - **RMSprop**: $s \leftarrow \rho s + (1 - \rho) g^2$. A leaky average: soon its steps
#   keep one length.

# %% slideshow={"slide_type": "skip"}
even = np.ones(10_000)
falling = {
    "AdaGrad": steps_under(opt.Adagrad(1.0), even),
    "RMSprop": steps_under(opt.RMSprop(1.0), even),
}

# %% slideshow={"slide_type": "-", "show": "output"} alt="Line chart on logarithmic axes: length of the step on an even slope against the number of steps. AdaGrad falls along a straight line, a hundredfold in ten thousand steps; RMSprop begins a few times too long and soon stays level."
ax = plt.subplots(figsize=(8, 4))[1]
for name, way in falling.items():
    ax.plot(range(1, 10_001), way, label=name, lw=3)
ax.set(xscale="log", yscale="log", xlabel="step on an even slope")
ax.set_ylabel("length of step / rate")
legend = ax.legend()

# %% [markdown] slideshow={"slide_type": "notes"}
# (All gradients have the same size here.) Texts say that a weight with small
# gradients gets a *growing* rate. Only next to the others: no rate of AdaGrad ever grows. It was made
# for convex problems; the fear is that a network is not at its goal when steps have become tiny.
# RMSprop lets the sum leak. (Its long first steps come back with Adam.)
#
# The weights of its average, $(1-\rho)\rho^k$ for $k$ steps ago, add up to 1. ($\rho$ = 0.9 looks back
# about ten steps; 0.99 and 0.999 are the other usual values.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: RMSprop near the bottom
#
# Near the bottom $g$ is small, and so is $\sqrt s$: $g / \sqrt s$ keeps about the size 1. What does
# RMSprop do there?
#
# - **A** it comes to rest, as everybody does
# - **B** it stops short of the bottom
# - **C** it never comes to rest

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Most vote A. Ask them for the length of a step when $g$ has become a thousandth and
# $s$ has seen only such gradients for a while.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## In the turned ravine: it never arrives

# %% slideshow={"slide_type": "-", "show": "output"} alt="Line chart on logarithmic axes: height on the turned ravine against the step. RMSprop at three rates falls and then stays level, each ten times smaller rate a hundred times lower, but several times later. Momentum falls on and on, off the chart."
ax, here = plt.subplots(figsize=(8, 4.2))[1], turn @ start
for rate in (0.3, 0.03, 0.003):
    way = opt.descend(opt.RMSprop(rate), turned, here, 4000)
    label = f"RMSprop, rate {rate}"
    ax.plot(turned.value(way), label=label, lw=2)
way = opt.descend(again["momentum"], turned, here, 400)
ax.plot(turned.value(way), label="momentum", lw=2)
ax.set(xscale="symlog", yscale="log", ylim=(1e-12, 1e4))
ax.set(xlabel="step", ylabel="height")
legend = ax.legend(fontsize=12)

# %% [markdown] slideshow={"slide_type": "notes"}
# **C.** Each step is about $\eta$ long, so it dances about the bottom at a height in proportion to
# $\eta^2$. Ten times less rate, a hundred times lower, but five to ten times later. That is no
# drawback where gradients are noisy anyway; it is why such rules want a falling rate ([lesson
# 8](08_learning_rate_schedules.ipynb)).

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Adam: both, and a correction
#
# 1. $m \leftarrow \beta_1 m + (1 - \beta_1) g$, a leaky average where momentum has a leaky sum
# 2. $s \leftarrow \beta_2 s + (1 - \beta_2) g^2$, as in RMSprop

# %% [markdown] slideshow={"slide_type": "fragment"}
# Both averages start at 0, so both begin too small. This is corrected, in step $t$:
#
# 3. $\hat m = m / (1 - \beta_1^t)$
# 4. $\hat s = s / (1 - \beta_2^t)$

# %% [markdown] slideshow={"slide_type": "fragment"}
# 5. $\theta \leftarrow \theta - \eta\, \hat m / (\sqrt{\hat s} + \varepsilon)$
#
# with $\beta_1 = 0.9$, $\beta_2 = 0.999$, $\eta = 0.001$.

# %% [markdown] slideshow={"slide_type": "notes"}
# On an even slope $m = (1 - \beta_1^t)\, g$ after $t$ steps; dividing by the bracket gives $g$
# back. $\varepsilon$ is $10^{-8}$ in the paper, $10^{-7}$ in Keras. (Average or sum is only a
# constant, $1 - \beta_1$.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: Adam without lines 3 and 4
#
# "The correction amplifies $m$ and $s$ in the first steps", says a text, rightly.
#
# So **without** the correction, Adam's very first step is
#
# - **A** smaller, about a third
# - **B** about the same
# - **C** larger, about three times

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Most vote A: what is not amplified must be small. Let two voters of different
# letters argue for a minute before you go on, and ask where $s$ stands in line 5. (CS231n first shows
# Adam without lines 3 and 4 and adds them at the end.)

# %% slideshow={"slide_type": "skip"}
even = np.ones(3000)
ways = [
    steps_under(opt.Adam(1.0, bias_correction=on), even)
    for on in (False, True)
]

# %% slideshow={"slide_type": "skip"}
ratio, t = ways[0] / ways[1], np.arange(1, 3001)
theory = (1 - 0.9**t) / np.sqrt(1 - 0.999**t)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The correction shortens the step

# %% slideshow={"slide_type": "-", "show": "output"} alt="Line chart against the step on a logarithmic axis: the step without the correction over that with it, measured and by formula, which agree. It begins at about three, rises to more than six in the first dozen steps, and comes down to one after about two thousand." tags=["readme"]
ax = plt.subplots(figsize=(8, 4.2))[1]
ax.plot(t, ratio, lw=4, label="measured, even slope")
label = "$(1-β_1^t) / \\sqrt{1-β_2^t}$"
ax.plot(t, theory, "k:", lw=2, label=label)
ax.axhline(1, color="0.5", lw=1)
ax.set(xscale="log", xlabel="step t", ylim=(0, 7))
ax.set_ylabel("step without / with correction")
legend = ax.legend()

# %% slideshow={"slide_type": "skip"}
print(f"step 1: {ratio[0]:.2f} times as long")
print(f"step {ratio.argmax() + 1}: {ratio.max():.2f} times")
print(f"below 1.1 from step {t[ratio >= 1.1].max() + 1} on")

# %% [markdown] slideshow={"slide_type": "notes"}
# **C.** $m$ is ten times too small, but $\sqrt s$ is $\sqrt{1000} \approx 32$ times too small, and it
# stands *below* the bar. Uncorrected, Adam's first step is three times too long. Then it grows: 6.6
# times at step 12, and not on even slopes alone: the two factors of lines 3 and 4 do not ask what
# the gradients are. So the correction amplifies both averages and **shortens the step**.

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Where is epsilon?
#
# A small number that keeps the division from 0/0. Texts put it inside the root or outside, and
# Keras somewhere else again. Does it matter? The first step under one gradient, from large to
# tiny, with $\varepsilon = 10^{-7}$ everywhere; 1 is a full step.

# %% slideshow={"slide_type": "skip"}
eps = {"learning_rate": 1.0, "epsilon": 1e-7}
inside = {"epsilon_at": "inside"}
outside = {"epsilon_inside": False}
places = {
    "Adam, paper: √ŝ + ε": opt.Adam(**eps),
    "Adam, Keras: √s + ε": opt.Adam.as_keras(**eps),
    "Adam, in books: √(ŝ + ε)": opt.Adam(**eps, **inside),
    "AdaGrad: √(s + ε)": opt.Adagrad(**eps),
    "AdaGrad: √s + ε": opt.Adagrad(**eps, **outside),
    "AdaGrad in Keras, s from 0.1": opt.Adagrad.as_keras(**eps),
}

# %% slideshow={"slide_type": "skip"}
sizes = np.logspace(-10, 0, 41)
firsts = {
    name: [steps_under(rule, [g])[0] for g in sizes]
    for name, rule in places.items()
}

# %% slideshow={"slide_type": "skip"} alt="Six curves of the first step against the size of the gradient, from tiny to large, all with the same epsilon. All rise from nought to a full step, but at gradients that differ by orders of magnitude: the paper's Adam first, then Keras' Adam, then epsilon inside the root; Keras' AdaGrad does not reach a full step."
ax = plt.subplots(figsize=(11, 4.6))[1]
for name, first in firsts.items():
    ax.plot(sizes, first, label=name, lw=3)
ax.set(xscale="log", xlabel="gradient")
ax.set_ylabel("first step / rate")
beside = {"loc": "center left", "bbox_to_anchor": (1, 0.5)}
legend = ax.legend(fontsize=12, **beside)

# %% slideshow={"slide_type": "skip"}
for name in [*firsts][:3]:
    share = np.interp(1e-6, sizes, firsts[name])
    print(f"gradient 1e-6, {name:25}: {share:.3f} of a step")

# %% [markdown] slideshow={"slide_type": "skip"}
# Inside the root $10^{-7}$ acts like $\sqrt{10^{-7}} \approx 3 \cdot 10^{-4}$ outside: 3,000
# times larger. Keras adds it to the *uncorrected* root, so in the first step it counts 32 times.
# With gradients above a hundredth nobody notices; after [vanishing
# gradients](01_vanishing_gradients.ipynb) the same name and the same epsilon are different
# optimizers. Keras' AdaGrad starts at $s = 0.1$: no full first step at all.

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Relatives
#
# - **AdaMax**: $u \leftarrow \max(\beta_2 u, |g|)$ in place of the root of squares. Some texts
#   forget the bars: with a negative gradient $u$ stays at 0.
# - **Nadam**: Adam with Nesterov's look-ahead, and a warm-up of $\beta_1$.
# - **AMSGrad**: divides by the largest $s$ so far.
# - **AdamW**: shrinks the weights beside the step, below.
# - **Lion** (2023): only the *sign* of a momentum; one memory in place of two. Used today, with
#   rates three to ten times smaller.

# %% slideshow={"slide_type": "skip"}
show_source(opt.Adamax.rule, opt.Lion.rule, doc=False)


# %% slideshow={"slide_type": "skip"}
class NoBars(opt.Adamax):
    def rule(self, theta, g, m, u, *, rate, beta_1):
        m += (1 - beta_1) * (g - m)
        np.maximum(self.beta_2 * u, g, out=u)
        theta -= rate * m / (u + self.epsilon)


for rule in (opt.Adamax(), NoBars()):
    step = steps_under(rule, [-1.0])[0]
    print(f"{type(rule).__name__}: first step {abs(step):.3g}")

# %% [markdown] slideshow={"slide_type": "skip"}
# ### One gradient a hundred times too long
#
# "AdaMax is more stable than Adam." An even slope of 1; after 3,000 steps a single gradient of
# 100 comes along, and then the slope is 1 again. What does each make of it?

# %% slideshow={"slide_type": "skip"}
shock = np.ones(9000)
shock[3000] = 100.0
shocked = {
    name: steps_under(opt.get(name, learning_rate=1.0), shock)
    for name in ("rmsprop", "adam", "adamax")
}

# %% slideshow={"slide_type": "skip"} alt="Line chart on logarithmic axes: the length of the step around one gradient a hundred times too long. RMSprop and Adam jump, AdaMax does not. Then all shorten their steps: RMSprop recovers soonest, Adam and AdaMax need thousands of steps, and AdaMax's are by far the shortest."
ax = plt.subplots(figsize=(8, 4.2))[1]
names = {"rmsprop": "RMSprop", "adam": "Adam", "adamax": "AdaMax"}
for name, way in shocked.items():
    ax.plot(range(-3000, 6000), way, label=names[name], lw=3)
ax.set(xscale="symlog", yscale="log", xlim=(-5, 6000))
ax.set(xlabel="steps since the shock", ylabel="step / rate")
legend = ax.legend()

# %% slideshow={"slide_type": "skip"}
for name, way in shocked.items():
    short = np.flatnonzero(way[3000:] < 0.9)
    print(f"{names[name]:8}: step {way[3000]:.2f} at the shock,")
    print(f"   {way[3000:].min():.2f} at worst,", end=" ")
    print(f"below 0.9 until {short.max()} steps later")


# %% [markdown] slideshow={"slide_type": "skip"}
# AdaMax steps hardly farther than $\eta$; Adam's and RMSprop's steps are three times as long. That
# is the stability. The price is sleep: Adam walks a third of its way at worst, AdaMax a hundredth,
# both for thousands of steps. RMSprop forgets within 80 steps.

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Can Adam walk the wrong way?
#
# Reddi, Kale and Kumar (2018) built a case: on the line from -1 to 1 the slope is 3, then -1 twice,
# and so on. The sum is 1, so the goal is $-1$. With $\beta_1 = 0$ and a short memory $\beta_2 =
# 0.1$, the large slope is forgotten before the second small one comes.

# %% slideshow={"slide_type": "skip"}
def reddi(rule, start=0.0, n=3000, period=3, first=0.1):
    """A slope as large as the period is long, then -1."""
    theta, places = np.array([start]), [start]
    state = rule.init(theta)
    for t in range(1, n):
        large = t % period == 1
        g = np.array([period if large else -1], float)
        rate = first / np.sqrt(t)
        rule.update(theta, g, state, learning_rate=rate)
        np.clip(theta, -1, 1, out=theta)
        places.append(theta[0])
    return np.array(places)


# %% slideshow={"slide_type": "skip"}
built = {"beta_1": 0.0, "beta_2": 0.1}
cases = {
    "Adam, β2 = 0.1": opt.Adam(**built),
    "AMSGrad, β2 = 0.1": opt.Adam(amsgrad=True, **built),
    "Adam, usual settings": opt.Adam(),
}

# %% slideshow={"slide_type": "skip"} alt="Line chart of the weight against the step. Adam with a short memory climbs to plus one, the worst place there is. AMSGrad with the same memory, and Adam with its usual settings, go down to the goal at minus one."
ax = plt.subplots(figsize=(8, 4.2))[1]
for name, rule in cases.items():
    ax.plot(range(1, 3001), reddi(rule), label=name, lw=3)
ax.axhline(-1, color="0.5", lw=1, ls=":")
ax.set(xscale="log", xlabel="step", ylabel="θ (the goal is -1)")
legend = ax.legend(loc="upper left")

# %% slideshow={"slide_type": "skip"}
rare = {"n": 18_000, "period": 3001, "first": 0.5}
for amsgrad in (False, True):
    end = reddi(opt.Adam(amsgrad=amsgrad), **rare)[-1]
    print(f"usual settings, amsgrad={amsgrad!s:5}: {end:.2f}")

# %% [markdown] slideshow={"slide_type": "skip"}
# With the short memory Adam goes to $+1$, the worst place there is: the large slope is divided by
# its own size, the small ones by theirs, and two beat one. AMSGrad never forgets the largest $s$ and
# arrives. So does Adam with its usual settings: three steps are nothing beside a memory of 1,000.
# **What misleads it is a large gradient that is rarer than its memory**: 3,001 once, then -1 3,000
# times (printed).

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: is L2 the same as weight decay?
#
# - **L2**: add $\frac{\lambda}{2} \lVert\theta\rVert^2$ to the loss, so the gradient gets $\lambda\theta$.
# - **Weight decay**: each weight loses the share $\eta\lambda$ in every step.
#
# Two weights start at 1; their gradients are noise, a hundred times smaller for the second.
# After 1,000 steps, for which rules do L2 and decay leave the same?
#
# - **A** for all
# - **B** for gradient descent and momentum, not for Adam
# - **C** for gradient descent only

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Many vote A, as the two names are used for one thing. Ask them to follow
# $\lambda\theta$ through line 5 of Adam: what is it divided by? (No root in the penalty; the noise has
# the size 3 for the first weight and 0.03 for the second, $\lambda = 0.1$, $\eta = 0.005$, and we take
# the mean of 100 runs and their mirror images.)

# %% slideshow={"slide_type": "skip"}
rng = np.random.default_rng(0)
noise = rng.normal(0, [3, 0.03], size=(1000, 100, 2))
noise = np.concatenate([noise, -noise], axis=1)


def after(rule, decay, strength=0.1):
    theta = np.ones((200, 2))
    state = rule.init(theta)
    for g in noise:
        if decay:
            theta *= 1 - rule.learning_rate * strength
        else:
            g = g + strength * theta
        rule.update(theta, g.copy(), state)
    return theta.mean(axis=0)


# %% [markdown] slideshow={"slide_type": "slide"}
# ## Decay belongs beside the step
#
# What is left of a weight of 1 after 1,000 steps:

# %% slideshow={"slide_type": "-", "show": "output"}
rows, text = [], np.format_float_positional
figures = {"precision": 2, "fractional": False}
for name in ("gradient descent", "momentum", "Adam"):
    rule = opt.get(skiers[name], learning_rate=0.005)
    left = [*after(rule, False), *after(rule, True)]
    rows.append([name, *(text(x, **figures) for x in left)])
sides = "L2, weight 1", "L2, weight 2", "decay, 1", "decay, 2"
table(pd.DataFrame(rows, columns=["rule", *sides]))

# %% [markdown] slideshow={"slide_type": "fragment"}
# **C.** Momentum makes the penalty ten times as strong; Adam divides it by $\sqrt{\hat s}$, with the
# whole gradient. Decay beside the step ("decoupled") treats both weights alike: **AdamW**.

# %% [markdown] slideshow={"slide_type": "notes"}
# Momentum makes every gradient ten times as strong in the end, the penalty's too. In Adam the
# weight with small gradients is pressed to zero at full speed, the other hardly feels it. AdamW
# (Loshchilov and Hutter, 2019) is today's usual choice for large models.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: who leaves the saddle?
#
# $x^2 - y^2$ curves up along $x$ and down along $y$. All start a millionth beside the ridge, $y = 10^{-6}$,
# all at rate 0.01.
#
# Who is the last to leave?
#
# - **A** gradient descent: it gets stuck there
# - **B** AdaGrad
# - **C** Adam

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Most vote A: "SGD gets stuck at saddles" is in many texts. Ask how fast a distance
# grows that grows by the same factor in every step.

# %% slideshow={"slide_type": "skip"}
saddle, ridge = opt.saddle(), [1.0, 1e-6]
same = {
    k: opt.get(v, learning_rate=0.01) for k, v in skiers.items()
}
rides = opt.paths(same, saddle, ridge, 1300)


# %% slideshow={"slide_type": "skip"}
def draw_saddle(step):
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 4.4))
    seen = {name: way[: step + 1] for name, way in rides.items()}
    inside = {k: w[w[:, 1] < 1.4] for k, w in seen.items()}
    draw_map(left, saddle, inside, ((-0.6, 1.2), (-0.3, 1.5)))
    for name, way in seen.items():
        right.plot(way[:, 1], label=name, lw=3)
    right.axhline(1, color="0.5", lw=2, ls=":", label="gone")
    right.set(xlim=(0, 1300), ylim=(1e-6, 1e7), yscale="log")
    right.set(xlabel="step", ylabel="distance from ridge")
    low = {"loc": "lower right", "labelspacing": 0.2}
    right.legend(fontsize=12, **low)
    return figure


# %% slideshow={"slide_type": "skip"}
saddle_says = {
    0: "all six stand beside the ridge",
    20: "RMSprop, Adam and AdaGrad walk off the ridge",
    50: "AdaGrad falls behind;"
    " three rules are still on the ridge",
    80: "RMSprop and Adam are gone",
    130: "momentum and Nesterov leave, straight down",
    300: "gradient descent and AdaGrad alone are not gone",
    700: "gradient descent leaves, and AdaGrad is the last",
    1300: "AdaGrad, too, is gone",
}

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Nobody stays, and one crawls

# %% [markdown] slideshow={"slide_type": "notes"}
# Press play.

# %% slideshow={"slide_type": "-", "show": "output"} tags=["readme"]
what = "Six paths on a map of the saddle, and how far they are."
alt = in_words(what, saddle_says)
plots.frame_slider(
    draw_saddle, list(saddle_says), alt=alt, **look
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# **B**, at this rate. Gradient descent does leave, exponentially. **AdaGrad crawls, like $\sqrt t$.**

# %% slideshow={"slide_type": "skip"}
noisy = opt.noisy(saddle, 0.1)

# %% slideshow={"slide_type": "skip"}
crowd = np.tile(ridge, (20, 1))
for name, rule in same.items():
    left = []
    for land in (saddle, noisy):
        way = opt.descend(rule, land, crowd, 2500)[..., 1]
        gone = opt.steps_until(-np.abs(way), -1.0)
        left.append(np.median(gone))
    text = f"{left[0]:.0f} steps, noisy {left[1]:.0f}"
    print(f"{name:16}: gone after {text}")

# %% slideshow={"slide_type": "skip"}
for rate in (0.01, 0.02):
    for name in ("gradient descent", "AdaGrad"):
        rule = opt.get(skiers[name], learning_rate=rate)
        way = opt.descend(rule, saddle, ridge, 2500)[:, 1]
        gone = opt.steps_until(-np.abs(way), -1.0)
        print(f"rate {rate}, {name:16}: gone after {gone:.0f}")

# %% [markdown] slideshow={"slide_type": "notes"}
# (Gone: farther than 1 from the ridge.) RMSprop divides the tiny slope by its own size and walks
# off at full pace. AdaGrad sets off as fast, but its sum grows and its steps shrink like
# $1/\sqrt{t}$. At rate 0.02 it would be a little ahead of gradient descent. What lasts is the
# shape: $\sqrt{t}$ against exponential. **Noise** in the gradients (0.1, median of 20 walks) more than halves the
# time of plain descent; the rules that divide by the size gain nothing. "SGD gets stuck at saddles"
# was said of a descent without its S.

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Ask for the curvature: Newton
#
# The gradient holds the $n$ first derivatives of the loss, the **Hessian** $H$ its second ones:
# $n^2$ numbers, of which $n(n+1)/2$ differ. Newton jumps to where the local parabola is level:
# $\theta \leftarrow \theta - H^{-1} g$. No learning rate, and one step for any ravine.
#
# **Predict**: started beside the saddle, where does Newton go? And on the smooth bowl $\sqrt{1 +
# x^2}$, from 1.1?

# %% [markdown] slideshow={"slide_type": "skip"}
# *For lecturers.* There are no slides on curvature; with ten minutes to spare, go through this part in
# the notebook itself. Ask what "level" means, first on a bowl, then on a saddle, before you run the
# cell.

# %% slideshow={"slide_type": "skip"}
go = partial(opt.newton, n_steps=1)
land = opt.quadratic(kappa=1e6, angle=30)
end = go(land.gradient, land.hessian, [3, -2])[-1]
print("ravine, 1,000,000 : 1 ->", (end + 0).round(6))
end = go(saddle.gradient, saddle.hessian, [1, 0.001])[-1]
print("saddle, (1, 0.001)    ->", (end + 0).round(6))


# %% slideshow={"slide_type": "skip"}
def slope(x):
    return x / np.sqrt(1 + x**2)


def bend(x):
    return np.diag((1 + x**2) ** -1.5)


for damping in (0, 1):
    way = opt.newton(slope, bend, [1.1], 4, damping=damping)
    print(f"damping {damping}:", *(f"{x:.4g}" for x in way[:, 0]))

# %% [markdown] slideshow={"slide_type": "skip"}
# One step through a ravine of a million to one. But also **onto the saddle**, for that is level,
# too; and on $\sqrt{1+x^2}$ it flies away, $x \to -x^3$. So "no learning rate" is no gift: one
# puts it back as *damping*, $(H + \lambda I)^{-1} g$, which is Newton for a small $\lambda$ and short
# steps of gradient descent for a large one, or makes all curvatures positive, $|H|$ (Dauphin et al.,
# 2014).

# %% slideshow={"slide_type": "skip"}
way = opt.newton(
    saddle.gradient, saddle.hessian, ridge, 25, absolute=True
)
gone = np.argmax(way[:, 1] > 1)
print(f"with |H|: off the ridge after {gone} steps")
for n in (15_910, 89_610, 10**6):
    size = opt.hessian_bytes(n)
    print(f"{n:9,} weights: {size / 1e9:13,.5g} GB", end=", ")
    print(f"{size / 2**30:12,.6g} GiB")

# %% [markdown] slideshow={"slide_type": "skip"}
# At 4 bytes a number: 15,910 weights are one hidden layer of 20 units on our images, 89,610 are two
# of 100. A million, a small network today, have a Hessian of 4,000 GB, which are the 3,725 *GiB*
# that CS231n quotes as GB; half of it if equal entries are stored once. And solving costs $n^3$.
# So second-order methods must guess the curvature or see only a part of it.

# %% [markdown] slideshow={"slide_type": "skip"}
# ### Gauss-Newton
#
# For a sum of squares $\frac12 \lVert r \rVert^2$ with Jacobian $J$ of the residuals (one row of
# first derivatives for each), $J^\top J$ is nearly $H$ where residuals are small, and has no negative
# curvature. Fit $a e^{-bt}$ to forty noisy points, and count steps.

# %% slideshow={"slide_type": "skip"}
time = np.linspace(0, 3, 40)
bumps = np.random.default_rng(0).normal(0, 0.02, 40)
points = 2.5 * np.exp(-1.3 * time) + bumps


def residual(p):
    return p[0] * np.exp(-p[1] * time) - points


def jacobian(p):
    fall = np.exp(-p[1] * time)
    return np.stack([fall, -p[0] * time * fall], axis=1)


# %% slideshow={"slide_type": "skip"}
def steps_to_fit(path, goal):
    away = ((path - goal) ** 2).sum(axis=-1)
    return f"{opt.steps_until(away, 1e-8):.0f} steps"


# %% slideshow={"slide_type": "skip"}
from_here = np.array([1.0, 0.5])
way = opt.gauss_newton(residual, jacobian, from_here, 50)
goal = way[-1]
print("found", goal.round(2), "in", steps_to_fit(way, goal))
slope_of = opt.Landscape(
    "fit", None, lambda p: jacobian(p).T @ residual(p), None
)
for rate in (0.03, 0.15, 0.2):
    way = opt.descend(opt.SGD(rate), slope_of, from_here, 5000)
    print(f"descent, rate {rate}: {steps_to_fit(way, goal)}")

# %% slideshow={"slide_type": "skip"}
far = residual, jacobian, np.array([0.1, 3.0])
for damping, n in ((0, 1), (0.1, 5)):
    way = opt.gauss_newton(*far, n, damping=damping)
    b = " ".join(f"{b:.3g}" for b in way[:, 1])
    print(f"b, with damping {damping}: {b}")

# %% [markdown] slideshow={"slide_type": "skip"}
# Four steps in place of 27, without one second derivative; at 0.2 descent no longer arrives. From
# farther off Gauss-Newton can overshoot, and $b$ flies away. Damping mends that, as it did for
# Newton: with it the method bears the names of Levenberg (1944) and Marquardt (1963).

# %% [markdown] slideshow={"slide_type": "skip"}
# ### L-BFGS
#
# A *quasi-Newton* method: it guesses the curvature from its last ten steps and the changes of the
# gradient between them, and searches along each direction for a good length. The searching asks
# for the same loss again, so it wants **all the data** in every step. A network of 20 hidden units
# and 300 images; then the same with a fresh mini-batch of 30 at each call.

# %% slideshow={"slide_type": "skip"}
images = trials.images()
few = images.train.x[:300], images.train.y[:300]


def small_net(seed):
    sizes = [784, 20, 10]
    return network.mlp(sizes, "tanh", "lecun_normal", seeds=seed)


def loss_on(net, theta, x, y):
    net.flat[...] = theta
    loss = net.loss_and_gradients(x, y)[0]
    return float(loss), net.flat_gradient


# %% slideshow={"slide_type": "skip"}
def curved(seed, batch, calls=60):
    """L-BFGS; batch 300 is all there is."""
    net, rng = small_net(seed), np.random.default_rng(seed)

    def some(theta):
        rows = rng.permutation(300)[:batch]
        return loss_on(net, theta, few[0][rows], few[1][rows])

    n = calls * 300 // batch
    found = opt.lbfgs(some, net.flat.copy(), n)
    loss = loss_on(net, found.parameters, *few)[0]
    return {"loss": loss, "images": found.calls * batch}


# %% slideshow={"slide_type": "skip"}
def straight(seed, rule, batch, learning_rate, calls=60):
    net = small_net(seed)
    rule = opt.get(rule, learning_rate=learning_rate)
    net.fit(*few, calls, batch_size=batch, optimizer=rule)
    loss = loss_on(net, net.flat.copy(), *few)[0]
    return {"loss": loss, "images": 300 * calls}


# %% slideshow={"slide_type": "skip"}
first = {
    "Momentum, all": {"rule": "momentum", "batch": 300},
    "Adam, all": {"rule": "adam", "batch": 300},
    "Adam, batches of 30": {"rule": "adam", "batch": 30},
}
grid = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3]
look_at = {"metric": "loss", "higher_is_better": False}
small = experiments.tune(
    straight, first, grid, seeds=[100, 101], **look_at
)

# %% slideshow={"slide_type": "skip"}
second = {"L-BFGS, all": {"batch": 300}}
second["L-BFGS, batches of 30"] = {"batch": 30}

# %% slideshow={"slide_type": "skip"}
full = [
    experiments.run(curved, second, seeds=range(5)),
    experiments.run(straight, small.arms, seeds=range(5)),
]
full = pd.concat(full, ignore_index=True)

# %% slideshow={"slide_type": "skip"}
caption = "Loss on all 300 images: mean, least, most of five"
rows = full.groupby("arm", sort=False)
frame = rows.loss.agg(["mean", "min", "max"])
frame["images seen"] = rows.images.mean().map("{:,.0f}".format)
table(frame, caption, digits=2, index=True)

# %% [markdown] slideshow={"slide_type": "skip"}
# With all the data in each call L-BFGS goes deepest by far, though it saw a fifth more images than
# the rest. With mini-batches it gives up after a dozen calls: the loss it asks for again is another
# one, and a change of gradient is mostly a change of batch. And Adam on mini-batches comes to about
# where L-BFGS does: so in deep learning you hardly meet it.

# %% [markdown] slideshow={"slide_type": "skip"}
# ## The same in Keras
#
# ```python
# keras.optimizers.SGD(learning_rate=0.01, momentum=0.9)
# keras.optimizers.SGD(learning_rate=0.01, momentum=0.9, nesterov=True)
# keras.optimizers.RMSprop(learning_rate=0.001, rho=0.9)
# keras.optimizers.Adam(learning_rate=0.001, beta_1=0.9, beta_2=0.999)
# keras.optimizers.Nadam(learning_rate=0.001)
# ```
#
# and `Adagrad`, `Adamax`, `AdamW`, `Lion`, `Adam(amsgrad=True)`; then
# `model.compile(optimizer=...)`. Not `lr=`, which is refused, and the class is `RMSprop`, not
# `RMSProp`. L-BFGS is not in Keras. Do ours and theirs take the same steps?

# %% slideshow={"slide_type": "skip"}
import keras
import tensorflow as tf

some = np.random.default_rng(0).normal(size=(50, 5)) ** 3
some[:, 4] *= 1e-6  # tiny gradients: where is epsilon?
some = some.astype(np.float32)


# %% slideshow={"slide_type": "skip"}
def apart(ours, theirs):
    """The largest difference in 50 steps, from ones."""
    theta = np.ones(5, np.float32)
    variable = keras.Variable(theta)
    state, most = ours.init(theta), 0.0
    for g in some:
        theirs.apply([tf.constant(g)], [variable])
        ours.update(theta, g.copy(), state)
        most = max(most, np.abs(theta - variable.numpy()).max())
    return most


# %% slideshow={"slide_type": "skip"}
for name in ("SGD", "Adagrad", "RMSprop", "Adam", "AdamW",
             "Adamax", "Nadam", "Lion"):  # fmt: skip
    ours = getattr(opt, name).as_keras(learning_rate=0.01)
    theirs = getattr(keras.optimizers, name)(learning_rate=0.01)
    print(f"{name:8} agrees: {apart(ours, theirs) < 1e-5}")
look_ahead = {"momentum": 0.9, "nesterov": True}
theirs = keras.optimizers.SGD(0.01, **look_ahead)
far = apart(opt.SGD(**look_ahead), theirs)
print(f"Nesterov agrees: {far < 1e-5}")

# %% slideshow={"slide_type": "skip"}
theirs = keras.optimizers.Adam(learning_rate=0.01)
far = apart(opt.Adam(0.01), theirs)
print(f"Adam as in the paper agrees: {far < 1e-5}")
try:
    keras.optimizers.SGD(lr=0.01)
except ValueError as error:
    print(str(error)[:52])


# %% [markdown] slideshow={"slide_type": "skip"}
# `as_keras` is ours with Keras' details: epsilon $10^{-7}$, and where it stands; AdaGrad's sum from
# 0.1; a faster warm-up in Nadam. With the paper's Adam the weight with tiny gradients goes
# elsewhere. Keras clips first, then decays the weights, then steps:

# %% slideshow={"slide_type": "skip"}
def one_step(optimizer, gradients, names=("kernel", "bias")):
    weights = [keras.Variable([1.0], name=name) for name in names]
    constants = [tf.constant([g]) for g in gradients]
    optimizer.apply(constants, weights)
    return [round(float(w.numpy()[0]), 5) for w in weights]


# %% slideshow={"slide_type": "skip"}
w = tf.Variable([1.0])
with tf.GradientTape() as tape:
    penalty = keras.regularizers.L2(0.01)(w)
by_penalty = tape.gradient(penalty, w).numpy()
print("gradient of L2(0.01) at 1:", by_penalty)
plain = keras.optimizers.SGD(0.5)
print("L2(0.01), in the loss:", one_step(plain, [0.3 + 0.02] * 2))
for kind in (keras.optimizers.SGD, keras.optimizers.Adam):
    moved = one_step(kind(0.5, weight_decay=0.02), [0.3, 0.3])
    print(f"{kind.__name__:4} with weight_decay=0.02:", moved)

# %% slideshow={"slide_type": "skip"}
adamw = keras.optimizers.AdamW(0.5, weight_decay=0.02)
adamw.exclude_from_weight_decay(var_names=["bias"])
print("AdamW, bias left out:", one_step(adamw, [0.3, 0.3]))

# %% [markdown] slideshow={"slide_type": "skip"}
# `L2(0.01)` adds $0.01\,w^2$, so its gradient is $0.02\,w$: for plain SGD the same as
# `weight_decay=0.02`. `Adam(weight_decay=...)` *is* AdamW. Decay takes from **all** variables, biases
# and batch normalization's $\gamma$ too, unless you leave them out.

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Evidence: our own table of stars
#
# Eleven rules, one network (two layers of 50 ReLU units, 2,500 images, 5 epochs, batches of 32).
# **The same budget for everyone**: seven learning rates over three decades, two seeds, half of the
# images; then ten other seeds at the best rate. Speed is the validation accuracy after the first
# epoch, quality after the last.

# %% slideshow={"slide_type": "skip"}
task = {
    "hidden": [50, 50],
    "activation": "relu",
    "initializer": "he_normal",
    "epochs": 5,
    "n_train": 2500,
}

# %% slideshow={"slide_type": "skip"}
usual = {
    "SGD": 0.05,
    "momentum": 0.01,
    "Nesterov": 0.01,
    "AdaGrad": 0.01,
    "RMSprop": 0.001,
    "Adam": 0.001,
    "AMSGrad": 0.001,
    "AdaMax": 0.003,
    "Nadam": 0.001,
    "AdamW": 0.001,
    "Lion": 0.0003,
}


# %% slideshow={"slide_type": "skip"}
class Shock:
    """Every 20th gradient comes out a hundred times as long."""

    def __init__(self):
        self.step = 0

    def __call__(self, gradients):
        self.step += 1
        size = 1 if self.step % 20 else 100
        return [size * g for g in gradients]


# %% slideshow={"slide_type": "skip"}
def fit(seed, rule, learning_rate, shock=False, **settings):
    """A rule at some multiple of its usual rate."""
    made = opt.get(
        rule.lower(), learning_rate=usual[rule] * learning_rate
    )
    settings |= {"clipping": Shock()} if shock else {}
    settings |= {"optimizer": lambda learning_rate: made}
    settings |= {"seed": seed, "learning_rate": 1.0}
    with np.errstate(over="ignore", invalid="ignore"):
        return trials.fit_mlp(**settings)


# %% slideshow={"slide_type": "skip"}
arms = {name: {"rule": name} | task for name in usual}
half = {k: arm | {"n_train": 1250} for k, arm in arms.items()}
factors = [10 ** (k / 2) for k in range(-3, 4)]
two = [100, 101]
tuned_rules = experiments.tune(fit, half, factors, seeds=two)

# %% slideshow={"slide_type": "skip"}
for name, factor in tuned_rules.best.items():
    arms[name] |= {"learning_rate": factor, "every_epoch": True}
races = experiments.run(fit, arms, seeds=range(10))
last = races[races.epoch == 5]

# %% slideshow={"slide_type": "skip"} alt="Line chart of validation accuracy over five epochs with intervals over ten seeds. Lion ends highest, momentum just below it, and plain SGD clearly below both, with by far the widest interval."
shown = ["SGD", "momentum", "Lion"]
ax = plots.learning_curves(races[races.arm.isin(shown)])

# %% slideshow={"slide_type": "skip"}
metric = "valid_accuracy"


def stars(frame, arm, best):
    if arm == best:
        return "★★★", "best"
    pair = best, arm, metric
    seen = experiments.verdict(frame, *pair, diverged_as=0.1)
    behind = f"{seen.low:.4f} to {seen.high:.4f}"
    if seen.word != "holds":
        return "★★★", behind
    return ("★★" if seen.difference < 0.03 else "★"), behind


# %% slideshow={"slide_type": "skip"}
rows = {name: {} for name in usual}
for what, epoch in (("speed", 1), ("quality", 5)):
    frame = races[races.epoch == epoch]
    mean = frame.groupby("arm")[metric].mean()
    for name in usual:
        star, behind = stars(frame, name, mean.idxmax())
        rows[name] |= {what: mean[name], f"{what} stars": star}
        rows[name][f"behind best in {what}"] = behind
star_table = pd.DataFrame(rows).T
star_table.insert(0, "rate", [
    usual[k] * tuned_rules.best[k] for k in usual
])

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Who gets three stars?

# %% slideshow={"slide_type": "-", "show": "output"}
caption = (
    "Validation accuracy after epoch 1 (speed) and 5 (quality),"
    " ten seeds. ★★★: not seen behind the best;"
    " ★★: behind by less than 0.03; ★: by more."
)
frame = star_table.filter(regex="^(?!behind)").copy()
for name in ("speed", "quality"):
    frame[name] = frame[name].map("{:.3f}".format)
table(frame, caption, digits=3, index=True)

# %% [markdown] slideshow={"slide_type": "fragment"}
# **Eight of eleven end within three hundredths of the best.**

# %% slideshow={"slide_type": "skip"}
caption = "How far behind, seed by seed: 95 % interval"
table(star_table.filter(like="behind"), caption, index=True)

# %% [markdown] slideshow={"slide_type": "notes"}
# 2,500 images of clothes, two layers of 50. Stars compare seed by seed: Adam's interval in speed,
# 0.0003 to 0.0204, just misses zero, Lion's does not. AMSGrad: the largest $s$ so far. AdaMax: a
# maximum for the root. Nadam: Adam looking ahead. Lion: only the sign of a momentum.

# %% [markdown] slideshow={"slide_type": "notes"}
# A. Géron's table (*Hands-on machine learning*, chapter 11) has one star of speed for SGD, two for
# momentum and Nesterov, three for all the others, and of quality three for those three, one for
# AdaGrad and two or three for the others. Ours agree on SGD's speed; they do not give SGD three
# stars of quality, nor AdaGrad one.

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Back to the tally of the beginning. Eleven rules, one network, and **the same budget
# for everyone**: seven learning rates, two seeds, then ten other seeds at the best rate. Ask who would
# change their optimizer for a hundredth of accuracy.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## "Adam needs no tuning"?

# %% [markdown] slideshow={"slide_type": "notes"}
# "Adam needs less tuning of the learning rate." Five seeds at each of the seven rates: over how many
# decades is the accuracy within 0.03 of the rule's best?

# %% slideshow={"slide_type": "skip"}
wide_arms = {k: half[k] for k in ("SGD", "momentum", "Adam")}
swept = experiments.tune(fit, wide_arms, factors, seeds=range(5))
swept = swept.frame


def width(part):
    at = np.log10(part.learning_rate)
    fine = np.linspace(at.min(), at.max(), 601)
    right = part[metric].fillna(0.1)
    curve = np.interp(fine, at, right)
    return 0.005 * np.sum(curve > curve.max() - 0.03)


# %% slideshow={"slide_type": "skip"}
widths = [
    {"arm": arm, "seed": seed, "decades": width(part)}
    for (arm, seed), part in swept.groupby(["arm", "seed"])
]
widths = pd.DataFrame(widths).assign(diverged=False)

# %% slideshow={"slide_type": "-", "show": "output"} alt="Line chart of validation accuracy against the learning rate, as a multiple of each rule's usual rate, with intervals over five seeds. Momentum and Adam have a broad top of the same height, SGD lies lower. Beyond three times the usual rate SGD and momentum fall to chance; Adam falls only a little."
swept["multiple"] = swept.learning_rate
look = {"x": "multiple", "band": "bootstrap", "chance": 0.1}
guessing = swept.fillna({metric: 0.1})
ax = plots.learning_curves(guessing, metric, **look)
ax.set(xscale="log", xlabel="multiple of the usual rate")
label = ax.set_ylabel("validation accuracy")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Its range of good rates was not seen to be wider than momentum's, but **it forgives too large a
# rate**.

# %% slideshow={"slide_type": "skip"}
for arm, part in widths.groupby("arm", sort=False):
    low, mean, top = part.decades.agg(["min", "mean", "max"])
    print(f"{arm:9}: {mean:.2f} decades ({low:.2f} to {top:.2f})")
much = guessing[np.isclose(guessing.multiple, 10)]
print("\nat ten times the usual rate:")
print(much.groupby("arm")[metric].mean().round(2).to_string())

# %% [markdown] slideshow={"slide_type": "notes"}
# Usual rates: SGD 0.05, momentum 0.01, Adam 0.001; 1,250 images. Ten times too high, Adam has 76 %,
# the others 12 and 14 %.

# %% [markdown] slideshow={"slide_type": "skip"}
# ### Two more trials
#
# **Do adaptive rules generalize worse?** 500 images, 30 epochs, rates chosen for the lowest *training*
# loss: long enough to know them by heart.
# **Is AdaMax more stable?** The first task again, but every 20th gradient comes out a hundred times
# too long.

# %% slideshow={"slide_type": "skip"}
by_heart = task | {"n_train": 500, "epochs": 30}
names = "momentum", "Adam", "AdamW", "RMSprop"
hearts = {k: {"rule": k} | by_heart for k in names}
short = {k: arm | {"epochs": 15} for k, arm in hearts.items()}
best = experiments.tune(
    fit, short, [0.1, 0.3, 1, 3, 10], seeds=[100, 101], **look_at
)
for name in hearts:
    hearts[name]["learning_rate"] = best.best[name]
known = experiments.run(fit, hearts, seeds=range(6))

# %% slideshow={"slide_type": "skip"}
calm = {k: arms[k] | {"every_epoch": False} for k in usual}
names = "momentum", "RMSprop", "Adam", "AdaMax"
shaken = {k: calm[k] | {"shock": True} for k in names}
shaken = experiments.run(fit, shaken, seeds=range(5))

# %% slideshow={"slide_type": "skip"}
default = calm["AdaGrad"] | {"learning_rate": 0.1}  # of 0.01
default = experiments.run(
    fit, {"AdaGrad, 0.001": default}, seeds=range(10)
)

# %% slideshow={"slide_type": "skip"}
rows = known.groupby("arm", sort=False)
frame = rows[["loss", "accuracy", metric]].mean()
caption = "500 images by heart, six seeds"
table(frame, caption, digits=3, index=True)

# %% slideshow={"slide_type": "skip"}
rows = shaken.groupby("arm", sort=False)
frame = rows[metric].agg(["mean", "min", "max"])
frame["diverged"] = rows.diverged.sum()
caption = "With shocks: validation accuracy, five seeds"
table(frame, caption, digits=3, index=True)

# %% [markdown] slideshow={"slide_type": "skip"}
# ## The claims, judged
#
# A verdict compares two arms, pair by pair: seeds for networks, *new* starts for hills. Its
# mean difference has a 95 % bootstrap interval, wholly above zero (*holds*), wholly below
# (*contradicted*), or neither. Steps and losses count in powers of ten, fewer and lower is better.

# %% slideshow={"slide_type": "skip"}
evidence = []


def judge(
    condition, frame, better, than, column=metric, unit="accuracy"
):
    more = {"higher_is_better": column in (metric, "decades")}
    more["diverged_as"] = 0.1 if column == metric else None
    pair = better, than, column
    seen = experiments.verdict(frame, *pair, **more)
    claim = f"{better} beats {than}"
    evidence.append(seen.row(claim, condition, unit))


# %% slideshow={"slide_type": "skip"}
def rows_of(arm, values):
    return pd.DataFrame({
        "arm": arm,
        "seed": range(len(values)),
        "diverged": False,
        "log10": np.log10(np.maximum(values, 1e-30)),
    })


others = np.random.default_rng(1).normal(0, [8, 1], size=(49, 2))
places = {"along the axes": others}
places["turned by 45°"] = others @ turn.T


# %% slideshow={"slide_type": "skip"}
def on_ravine(rules, land, starts, n=600):
    frames = []
    for name, rule in rules.items():
        way = opt.descend(rule, land, starts, n)
        steps = opt.steps_until(land.value(way), 0.1)
        frames.append(rows_of(name, np.minimum(steps, n)))
    return pd.concat(frames)


# %% slideshow={"slide_type": "skip"}
pairs = (
    ("momentum 0.9", "gradient descent"),
    ("Nesterov 0.9", "momentum 0.9"),
)
logs = "log10", "powers of 10"
for kappa in (10, 100, 1000):
    for pair in pairs:
        frame = [rows_of(k, counted[k, kappa]) for k in pair]
        frame = pd.concat(frame)
        judge(f"ravine {kappa} : 1", frame, *pair, *logs)

# %% slideshow={"slide_type": "skip"}
pairs = [("AdaGrad", "momentum"), ("RMSprop", "AdaGrad")]
pairs += [("Adam", "momentum")]
for where, rules in found.items():
    frame = on_ravine(rules, hills[where][0], places[where])
    for pair in pairs:
        judge(f"ravine 100 : 1, {where}", frame, *pair, *logs)

# %% slideshow={"slide_type": "skip"}
for land in (saddle, noisy):
    frames = []
    for name in ("gradient descent", "RMSprop", "AdaGrad"):
        begin = np.array([[1.0, 10.0**-k] for k in range(2, 10)])
        way = opt.descend(same[name], land, begin, 2500)[..., 1]
        left = opt.steps_until(-np.abs(way), -1.0)
        frames.append(rows_of(name, left))
    for name in ("RMSprop", "AdaGrad"):
        pair = name, "gradient descent"
        judge(land.name, pd.concat(frames), *pair, *logs)

# %% slideshow={"slide_type": "skip"}
begin = np.linspace(-0.9, 0.9, 7)
adam, amsgrad, _ = cases

# %% slideshow={"slide_type": "skip"}
frame = pd.concat([
    rows_of(k, [1 + reddi(cases[k], x)[-1] for x in begin])
    for k in (adam, amsgrad)
])
judge("slopes 3, -1, -1", frame, amsgrad, adam, *logs)

# %% slideshow={"slide_type": "skip"}
full["log10"] = np.log10(full.loss)
what = "300 images, loss"
judge(what, full, "L-BFGS, all", "Adam, all", *logs)
judge(what, full, "L-BFGS, all", "Adam, batches of 30", *logs)
ends = "L-BFGS, batches of 30", "Adam, batches of 30"
judge(what, full, *ends, *logs)

# %% slideshow={"slide_type": "skip"}
for better, than in (
    ("Adam", "SGD"),
    ("Adam", "momentum"),
    ("Nesterov", "momentum"),
    ("Adam", "RMSprop"),
    ("Nadam", "Adam"),
    ("AdaMax", "Adam"),
    ("RMSprop", "AdaGrad"),
    ("momentum", "AdaGrad"),
    ("Lion", "Adam"),
):
    judge("clothes, last epoch", last, better, than)

# %% slideshow={"slide_type": "skip"}
rated = pd.concat([last, default])
judge("clothes, last epoch", rated, "AdaGrad", "AdaGrad, 0.001")
soon = races[races.epoch == 1]
judge("clothes, first epoch", soon, "Nesterov", "momentum")
judge("500 images by heart", known, "momentum", "Adam")
judge("500 images by heart", known, "momentum", "AdamW")
judge("500 images by heart", known, "momentum", "RMSprop")
judge("clothes, with shocks", shaken, "AdaMax", "Adam")
judge("clothes, with shocks", shaken, "RMSprop", "AdaMax")
for than in ("SGD", "momentum"):
    what = "width of the good region"
    judge(what, widths, "Adam", than, "decades", "decades")

# %% slideshow={"slide_type": "skip"}
table(pd.DataFrame(evidence[:12]), "On hills", digits=2)

# %% slideshow={"slide_type": "skip"}
table(pd.DataFrame(evidence[12:25]), digits=2)

# %% slideshow={"slide_type": "skip"}
table(pd.DataFrame(evidence[25:]), digits=2)

# %% [markdown] slideshow={"slide_type": "skip"}
# On hills verdicts are clear and turn with the hill. On photographs of clothes most are small. Ten
# seeds put Lion first, by about a hundredth, and Nesterov a hundredth behind momentum; they saw no
# difference between momentum and Adam, or Adam and AdaMax. Plain SGD is behind; RMSprop and Nadam
# are two hundredths behind Adam, at their constant rates.

# %% [markdown] slideshow={"slide_type": "skip"}
# With a gradient a hundred times too long at every 20th step momentum only guesses. Adam falls to
# 0.618, AdaMax to 0.705, and RMSprop, which forgets fastest, keeps 0.755. So AdaMax is more stable
# than Adam, and here a short memory beats both.

# %% [markdown] slideshow={"slide_type": "skip"}
# AdaGrad, "not for networks", beats RMSprop here (five epochs are short); at Keras' default rate it
# looks as bad as its reputation. Adam's good region is wider than SGD's; a difference to momentum's
# was not seen.

# %% [markdown] slideshow={"slide_type": "skip"}
# That adaptive rules generalize worse was seen for RMSprop, which was also the worst at knowing the
# images by heart, and not for Adam and AdamW. All of this is one network, one data set, constant
# rates: other budgets reorder such tables (Choi et al. 2019, Schmidt et al. 2021). CS231n's advice,
# Adam or SGD with Nesterov, is still a fair one.

# %% [markdown] slideshow={"slide_type": "skip"}
# ## What goes wrong in other texts
#
# | You may read | What we found |
# |---|---|
# | Momentum always converges faster. | At 10 : 1 gradient descent wins, with $\mu = 0.9$. |
# | Nesterov is almost always faster. | At 1,000 : 1 it needs three times the steps; on the clothes it was a little behind. |
# | Correction makes Adam's first steps larger. | It makes $m$ and $s$ larger, and the step smaller: a third at first. |
# | AdaGrad suits ravines. | Along the axes. Turned by 45 degrees, no. |
# | Small gradients raise AdaGrad's rate. | It never rises. And it is a sum, not an average. |
# | AdaMax: $\max(\beta_2 u, g)$. | $\lvert g \rvert$, or negative gradients are not seen. |
# | SGD gets stuck on saddles. | It leaves; noise more than halves the time. |

# %% [markdown] slideshow={"slide_type": "skip"}
# | You may read | What we found |
# |---|---|
# | L2 is weight decay. | For plain SGD only. |
# | Newton needs no learning rate: a strength. | It flew off a bowl and landed on a saddle. |
# | A Hessian of a million weights: 3,725 GB. | GiB. 4,000 GB, or half, as it is symmetric. |
# | Momentum escapes local minima. | It left the deep hollow, too, if less often. |
# | Adam needs no tuning. | Its good region was not seen to be wider than momentum's; but too large a rate cost it little. |
# | Adaptive rules generalize badly. | RMSprop did, a little; Adam and AdamW, at rates tuned for each, did not. |

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Summary
#
# - Each rule is an earlier one plus one thing: velocity, look-ahead, a scale, a leak, a correction.
# - Velocities turn with the hill; scales belong to coordinates.
# - At best rates the number of steps grows like $\kappa$, or $\sqrt\kappa$ with a $\mu$ to match.
# - Adam's correction shortens the first steps.
# - Decay belongs beside an adaptive step, not in the loss.
# - Start with momentum or AdamW and tune the rate; it matters more than the name.

# %% [markdown] slideshow={"slide_type": "notes"}
# A fixed 0.9 fits one $\kappa$. And Adam's epsilon does not stand in the same place everywhere.

# %% [markdown] slideshow={"slide_type": "notes"}
# ## Now you
#
# [The exercises](exercises/07_optimizers.ipynb) answer at once. Warm-up: terminal velocity. Then
# Nesterov in the form that libraries store, Adam, two ways to keep weights small, and eight
# problems that each want a rule.
#
# Or change this lesson: write a rule of your own as `NoRoot` did, and race it. Does the sign of
# the gradient alone (`np.sign(g)`) get down the turned ravine?

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Further reading
#
# - B. Polyak, *Some methods of speeding up the convergence of iteration methods*, 1964; Y. Nesterov,
#   1983; I. Sutskever et al., *On the importance of initialization and momentum in deep learning*,
#   ICML 2013, and Sutskever's thesis (2013), section 7.2; Y. Bengio, N. Boulanger-Lewandowski,
#   R. Pascanu, *Advances in optimizing recurrent networks*, 2012, arXiv:1212.0901, section 3.5.
# - J. Duchi, E. Hazan, Y. Singer, *Adaptive subgradient methods*, JMLR 2011; G. Hinton, lecture 6e of
#   *Neural networks for machine learning*, 2012; D. Kingma, J. Ba, *Adam*, ICLR 2015,
#   arXiv:1412.6980; T. Dozat, *Incorporating Nesterov momentum into Adam*, 2016.
# - S. Reddi, S. Kale, S. Kumar, *On the convergence of Adam and beyond*, ICLR 2018,
#   arXiv:1904.09237; I. Loshchilov, F. Hutter, *Decoupled weight decay regularization*, ICLR 2019,
#   arXiv:1711.05101; X. Chen et al., *Symbolic discovery of optimization algorithms* (Lion), 2023,
#   arXiv:2302.06675.

# %% [markdown] slideshow={"slide_type": "skip"}
# - Comparisons: A. Wilson et al., *The marginal value of adaptive gradient methods*, 2017,
#   arXiv:1705.08292; D. Choi et al., *On empirical comparisons of optimizers*, 2019,
#   arXiv:1910.05446; R. Schmidt, F. Schneider, P. Hennig, *Descending through a crowded valley*,
#   ICML 2021, arXiv:2007.01547. A. Géron, *Hands-on machine learning with Scikit-Learn, Keras and
#   TensorFlow*, chapter 11.
# - Curvature: Y. Dauphin et al., *Identifying and attacking the saddle point problem*, 2014,
#   arXiv:1406.2572; D. Liu, J. Nocedal, *On the limited memory BFGS method*, 1989; J. Dean et al.,
#   *Large scale distributed deep networks*, 2012; J. Sohl-Dickstein, B. Poole, S. Ganguli, *Fast
#   large-scale optimization by unifying stochastic gradient and quasi-Newton methods* (SFO), 2014,
#   arXiv:1311.2115.
# - L. Bottou, *Stochastic gradient descent tricks*, 2012; Y. LeCun et al., *Efficient backprop*, 1998;
#   I. Goodfellow, Y. Bengio, A. Courville, *Deep learning*, 2016, chapter 8.
