# %% [markdown] slideshow={"slide_type": "slide"}
# # 8. Learning-rate schedules
#
# A network has trained for a while at a good learning rate, and its loss no longer falls.
# Somebody divides the rate by ten, and within an epoch the loss drops. It looks like magic, and
# every library has a dozen recipes for it.
#
# **What does lowering the rate buy that patience does not?**

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Ask who has seen such a drop in a loss curve. Then ask what would have happened
# with the old rate and ten times the patience. Collect the guesses; the first picture answers.

# %% [markdown] slideshow={"slide_type": "notes"}
# ## What you will be able to do
#
# - Say how low the loss can get at a constant rate, before training.
# - Draw eight schedules from memory, and write seven with what Keras has built in.
# - Count steps and epochs right, also when training is interrupted.
# - Move momentum in Keras, which is harder than it looks.
# - Choose a peak rate, and say what a range test is worth.
#
# About an hour, and another for the exercises. You need gradient descent with momentum.

# %% slideshow={"slide_type": "skip"}
import warnings
from functools import cache, partial
from itertools import count

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy import stats

from course_utils import learning_rate_schedules as lrs
from course_utils.lab import experiments, network, plots, trials
from course_utils.lab.display import show_source, table
from course_utils.optimizers import SGD

plots.use_style()

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: one noisy valley, three rates
#
# The smallest problem that shows it: one parameter $\theta$, a round valley, the loss
# $\tfrac{1}{2}\theta^2$. As every batch shows a slightly different loss, each gradient comes with
# noise:
#
# $$g = \theta + \epsilon, \qquad \epsilon \text{ drawn anew from } N(0, 1) \text{ at every step.}$$

# %% [markdown] slideshow={"slide_type": "fragment"}
# We start at $\theta = 10$ and take 600 steps. Which one ends lowest?
#
# - **A** a rate of 0.5
# - **B** a rate of 0.005
# - **C** a rate that falls from 0.5 to 0.005

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Nearly all say C, so ask for more: where will A be after 600 steps, and where
# after 6,000? The commonest wrong answer is "lower, it only needs time". Do not correct it yet.
# Ask what noise of size 1 does to a parameter that has arrived at 0.

# %% slideshow={"slide_type": "skip"}
T = 600
t = np.arange(T)
plans = {
    "0.5": np.full(T, 0.5),
    "0.005": np.full(T, 0.005),
    "from 0.5 to 0.005": lrs.exponential(t, 0.5, s=T / 2),
}


# %% slideshow={"slide_type": "skip"}
def draw_bowl(plans, ax):
    for k, (name, rates) in enumerate(plans.items()):
        rng = np.random.default_rng(0)
        walks = lrs.descend(rates, rng, n_runs=300)
        color = plots.PALETTE[k]
        theory = lrs.expected_loss(rates)
        ax.plot(theory, color=color, lw=3, label=name, ls="-")
        ax.plot((walks**2 / 2).mean(axis=0), ":", color="k", lw=2)
        ax.plot(walks[0] ** 2 / 2, "-", color=color, alpha=0.3)
    ax.set(yscale="log", ylim=(3e-4, 90))
    ax.set(xlabel="step", ylabel="loss")


# %% [markdown] slideshow={"slide_type": "slide"}
# ## Hovering, creeping, sinking

# %% slideshow={"slide_type": "-", "show": "output"} alt="Line chart of the loss against 600 steps, on a logarithmic axis. The high rate falls within a dozen steps to a level between 0.1 and 1 and stays there; the low rate comes down slowly and only reaches the same level at the end; the rate that falls drops with the first and goes on sinking, about a hundred times lower. The means of 300 walks lie on the computed lines." tags=["readme"]
figure, ax = plt.subplots(figsize=(9, 5))
draw_bowl(plans, ax)
legend = ax.legend(title="learning rate (dots: mean of 300 runs)")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **C.** The high rate arrives and **hovers**. The low rate is still on its way. The schedule
# arrives, and sinks.

# %% [markdown] slideshow={"slide_type": "notes"}
# The high rate needs a dozen steps to arrive; however long it walks then, it stays on its floor.
# Cut to 0.05, the blue line would fall from 0.17 nearly to 0.013 within fifty steps: that is the
# drop we began with. The schedule arrives with it and ends far below either. Thin lines are
# single walks, dots the mean of 300 of them. The thick lines are no simulation: they are
# computed, in closed form.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Where the floor is
#
# One step, with the rate $\eta$, the bowl's curvature $\lambda$ and the noise's size $\sigma$
# (here $\lambda = \sigma = 1$):
#
# $$\theta_{t+1} = (1 - \eta\lambda)\,\theta_t - \eta\sigma\epsilon_t$$

# %% [markdown] slideshow={"slide_type": "fragment"}
# Square it and take the mean, $m_t = E[\theta_t^2]$:
#
# $$m_{t+1} = (1 - \eta\lambda)^2\, m_t + \eta^2\sigma^2$$

# %% [markdown] slideshow={"slide_type": "fragment"}
# The mean rests where $m_{t+1} = m_t$. For the loss $\tfrac{1}{2}\lambda m$ this gives
#
# $$\text{floor} = \frac{\eta\,\sigma^2}{2\,(2 - \eta\lambda)} \;\approx\; \tfrac{1}{4}\,\eta\,\sigma^2$$

# %% [markdown] slideshow={"slide_type": "fragment"}
# **The floor is proportional to the rate**, as long as $\eta\lambda$ is small.

# %% [markdown] slideshow={"slide_type": "notes"}
# The mixed term is gone, because the noise has mean 0 and knows nothing of $\theta_t$. Each step
# shrinks what is left by a share and adds noise of a fixed size; the two balance, and nothing
# that patience does can shift that balance. At a rate of 0.5 the full formula gives 0.167, as in
# the picture; the short one 0.125.

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Before the third line, ask what "at rest" means for something that never stands
# still. After the last: what do we have to do for a floor ten times lower? (A rate ten times
# lower; the steps then shrink ten times more slowly, too.)

# %% [markdown] slideshow={"slide_type": "skip"}
# That is all the code there is. Below it, what 2,000 walks say, started at rest:

# %% slideshow={"slide_type": "skip"}
show_source(lrs.expected_loss, lrs.floor, doc=False)

# %% slideshow={"slide_type": "skip"}
rng = np.random.default_rng(1)
for rate in (0.5, 0.05, 0.005):
    start = np.sqrt(2 * lrs.floor(rate))  # at rest
    walks = lrs.descend(np.full(T, rate), rng, 2000, start)
    seen = (walks[:, -1] ** 2 / 2).mean()
    floor = lrs.floor(rate)
    print(f"{rate:5}: floor {floor:.4f}, seen {seen:.4f}")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The rate is a temperature
#
# The parameter is a particle, the rate its temperature: hot, it jitters too widely to settle at
# the bottom.


# %% slideshow={"slide_type": "skip"}
def draw_rest(rate, color, ax):
    std = np.sqrt(2 * lrs.floor(rate))
    walks = lrs.descend(np.full(T, rate), rng, 10_000, std)
    bars = {"bins": 60, "density": True, "alpha": 0.35}
    ax.hist(walks[:, -1], color=color, **bars)
    grid = np.linspace(-2, 2, 201)
    density = stats.norm.pdf(grid, scale=std)
    ax.plot(grid, density, color=color, ls="-", label=rate)


# %% slideshow={"slide_type": "-", "show": "output"} alt="Three histograms of the parameter at rest, with the bell curve of the theory drawn on each. At the highest rate it is broad and flat, at a tenth of the rate about a third as broad, at a hundredth a narrow peak around zero. Histograms and curves agree."
figure, ax = plt.subplots(figsize=(8.5, 4.2))
for k, rate in enumerate((0.5, 0.05, 0.005)):
    draw_rest(rate, plots.PALETTE[k], ax)
ax.set(xlim=(-2, 2), xlabel="parameter", ylabel="density")
legend = ax.legend(title="rate (line: theory)")

# %% [markdown] slideshow={"slide_type": "notes"}
# Many texts use this image; in the bowl the bells are exact: at rest $\theta$ is normal, with
# variance twice the floor. Lowering the rate cools. And as with cooling, the pace matters: *too slow*
# wastes steps at a temperature that has nothing more to give, *too fast* freezes the particle
# before it has arrived. Let us see both.

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Ask how much narrower the green bell is than the blue one, whose rate is a
# hundred times higher. (About ten times: the floor is a variance, and the width its root.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: how fast to cool?
#
# The rate falls to a tenth in $s$ steps, $\eta(t) = 0.5 \cdot 0.1^{\,t/s}$, in a walk of 600
# steps. Which $s$ ends lowest?
#
# - **A** $s = 8$: the rate soon falls to almost nothing
# - **B** $s = 200$: to a thousandth by the end
# - **C** $s = 600$: to a tenth, just at the end
# - **D** $s = 6000$: it hardly falls

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Expect C most often: "cool as slowly as time allows". Ask those who chose it
# what the floor is at the end of their walk (a tenth of the first one, and no lower); ask those
# who chose A how far all their steps together can reach.


# %% slideshow={"slide_type": "skip"}
def loss_at_end(s):
    return lrs.expected_loss(lrs.exponential(t, 0.5, s))[-1]


knobs = [8, 20, 100, 200, 600, 6000]
cooling = np.unique(np.geomspace(5, 6000, 90).round())
final = [loss_at_end(s) for s in cooling]

# %% slideshow={"slide_type": "skip"}
look = [
    {"xlabel": "step", "ylabel": "rate", "ylim": (5e-5, 1)},
    {"xlabel": "step", "ylabel": "loss", "ylim": (5e-5, 90)},
    {"xlabel": "s", "ylabel": "final loss", "ylim": (5e-4, 3)},
]


# %% slideshow={"slide_type": "skip"}
def draw_ends(s, ax):
    so_far = [k for k in knobs if k <= s]
    losses = [loss_at_end(k) for k in so_far]
    ax.plot(so_far, losses, "o", color="0.6", ms=9)
    ax.plot(s, losses[-1], "o", color="k", ms=11)
    if s == knobs[-1]:
        ax.plot(cooling, final, color="0.4")
    title = f"final loss {losses[-1]:.4f}"
    ax.set(xscale="log", xlim=(4, 9000), title=title)


# %% slideshow={"slide_type": "skip"}
def draw_cooling(s):
    rates = lrs.exponential(t, 0.5, s)
    floors = [lrs.floor(rate) for rate in rates.clip(1e-9)]
    figure, axes = plt.subplots(1, 3, figsize=(12, 4))
    axes[0].plot(rates)
    axes[1].plot(lrs.expected_loss(rates))
    axes[1].plot(floors, "k--", label="floor of this rate")
    axes[1].legend()
    draw_ends(s, axes[2])
    for ax, names in zip(axes, look, strict=True):
        ax.set(yscale="log", **names)
    return figure


# %% slideshow={"slide_type": "skip"}
def in_words(s):
    ends = {
        8: "freezes at once, far above its floor",
        20: "freezes early, above its falling floor",
        100: "leaves its floor halfway and freezes",
        200: "follows its floor for long: the lowest end",
        600: "follows its floor to the end, which is high",
        6000: "hovers on a floor that hardly falls",
    }
    rest = ", and of all: a valley" if s == knobs[-1] else ""
    return (
        f"Three charts for s = {s}. Left the rate over 600 "
        f"steps, in the middle the loss: it {ends[s]}. Right "
        f"the final loss of this s and of those before{rest}."
    )


# %% [markdown] slideshow={"slide_type": "slide"}
# ## One knob: how fast to cool
#
# Dashed: the floor of the rate *of that moment*. Move $s$.

# %% slideshow={"slide_type": "-", "show": "output"}
plots.frame_slider(draw_cooling, knobs, label="s", alt=in_words)

# %% [markdown] slideshow={"slide_type": "fragment"}
# **B. A schedule is judged by its whole course**, not by its first or last rate.

# %% [markdown] slideshow={"slide_type": "notes"}
# The loss follows its floor down, if it can. At $s = 8$ the particle freezes high up: all its
# steps together are too short to reach the bottom. At $s = 6000$ it hovers at the floor of a rate
# that hardly fell. At $s = 600$ the loss follows its sinking floor to the end. The best $s$ is
# lower, near 200: there it can just no longer keep up. On the right the final losses gather; the
# last $s$ adds the curve through all of them.

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Move the slider through all six values, and let the hall say in which picture
# the loss leaves its floor. Before each move: will the next dot lie higher or lower?

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Every schedule is a shape
#
# $T$: all steps. $s$: the steps to a half (power), to a tenth (exponential).

# %% [markdown] slideshow={"slide_type": "notes"}
# $\eta_0$ is the rate at the first step ($t = 0$).
#
# | name | rate at step $t$ |
# |---|---|
# | power | $\eta_0 / (1 + t/s)^c$: with $c = 1$ a half after $s$ steps, a third after $2s$ |
# | $1/t$ decay | $\eta_0 / (1 + kt)$: the same, $k = 1/s$ |
# | exponential | $\eta_0 \cdot 0.1^{\,t/s}$; or $\eta_0 e^{-kt}$, the same, $k = \ln 10 / s$ |
# | piecewise constant | a list of rates, and of the steps where they change |
# | step decay | times $f$ every $n$ steps: $\eta_0 f^{\lfloor t/n \rfloor}$ |
# | linear, cosine | a straight line, or half a wave, to 0 at $T$ |
# | performance | times $f$ when the validation loss stalls |
# | 1cycle | up to $\eta_1$, down again, then a final drop |

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Cover the titles and let the hall name the shapes; ask of each what one would
# have to know beforehand to use it (for most: the number of all steps).

# %% slideshow={"slide_type": "skip"}
show_source(lrs.step_decay, lrs.cosine, doc=False)

# %% [markdown] slideshow={"slide_type": "skip"}
# Each is a plain function of the step. `partial(lrs.cosine, learning_rate=0.1, n_steps=600)` fixes
# the rest and goes into `net.fit(schedule=...)`; unlike a closure (a function made inside
# another) it can be saved. One array of steps gives one array of rates, so drawing them is easy.

# %% slideshow={"slide_type": "skip"}
plateau = lrs.Performance(1.0, patience=2)
for loss in [9, 7, 5, 5, 5, 4, 4, 4, 4, 4]:
    plateau.observe(loss)

# %% slideshow={"slide_type": "skip"}
cosine = partial(lrs.cosine, learning_rate=1, n_steps=540)
cycle = lrs.one_cycle(t, 1.0, T)
drops = [150, 400], [1, 0.4, 0.1]

# %% slideshow={"slide_type": "skip"}
shapes = {
    "power, s = T/10": lrs.power(t, 1, T / 10),
    "exponential, s = T/2": lrs.exponential(t, 1, T / 2),
    "piecewise constant": lrs.piecewise_constant(t, *drops),
    "step decay": lrs.step_decay(t, 1, T // 5),
    "linear": lrs.linear(t, 1, T),
    "cosine after a warmup": lrs.warmup(t, cosine, 60),
    "performance": np.repeat(plateau.rates, T // 10),
    "1cycle": cycle["learning_rate"],
}

# %% slideshow={"slide_type": "-", "show": "output"} alt="Eight small line charts of the rate, relative to its peak, over the share of all steps: power and exponential sag, piecewise constant and step decay and performance go down in stairs, linear is a straight line, cosine rises in a short warmup and then falls in half a wave, 1cycle rises to the middle, falls back and drops at the end. A dashed line shows its momentum doing the opposite."
figure, axes = plt.subplots(
    2, 4, figsize=(12, 5.4), sharex=True, sharey=True
)
for ax, name in zip(axes.flat, shapes, strict=True):
    ax.plot(t / T, shapes[name])
    ax.set_title(name)
ax.plot(t / T, cycle["momentum"], "--")
ax.text(0.46, 0.08, "dashed:\nmomentum", ha="center")
axes[1, 2].text(0.01, 0.08, "halved\nwhen stuck")
figure.supxlabel("share of all steps")
label = figure.supylabel("rate / its peak")

# %% [markdown] slideshow={"slide_type": "notes"}
# Two begin by rising. A **warmup** is to spare a fresh network large steps while its gradients
# are wild. **1cycle** climbs for nearly half of the time (from $\eta_0 = \eta_1/10$), returns,
# and drops by orders of magnitude in the last tenth; momentum (dashed) mirrors it, 0.95 to 0.85
# and back. **Performance** has no formula: it looks.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: which shape wins?
#
# Back to the bowl, 600 steps. Every shape has its best peak rate, power and exponential the
# better of two paces $s$. Which one ends lowest?
#
# - **A** cosine, today's favourite
# - **B** exponential
# - **C** step decay
# - **D** power, the oldest (1951)

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Take a show of hands; most will trust the cosine. Then ask: would the answer be
# the same for a valley that is steep in one direction and nearly flat in another? Let them commit
# to that, too. The table has a column for each.

# %% [markdown] slideshow={"slide_type": "notes"}
# We try 200 peak rates for each, and compute the final loss exactly; power and exponential also
# get two paces $s$ each.


# %% slideshow={"slide_type": "skip"}
def families(T):
    """Functions of the step and of the peak rate, for T steps."""
    return {
        "constant": partial(lrs.step_decay, every=T, factor=1),
        "power": partial(lrs.power, s=T / 3),
        "exponential to 1/10": partial(lrs.exponential, s=T),
        "exponential to 1/100": partial(lrs.exponential, s=T / 2),
        "step decay": partial(lrs.step_decay, every=-(-T // 5)),
        "linear": partial(lrs.linear, n_steps=T),
        "cosine": partial(lrs.cosine, n_steps=T),
        "1cycle": partial(lrs.one_cycle, n_steps=T),
    }


# %% slideshow={"slide_type": "skip"}
@cache
def final_losses(schedule, curvature):
    """The final loss at each of 200 peak rates."""
    finals = []
    for peak in np.geomspace(0.001, 1.9, 200):
        rates = schedule(t, learning_rate=peak)
        if isinstance(rates, dict):  # 1cycle: no momentum here
            rates = rates["learning_rate"]
        losses = lrs.expected_loss(rates, curvature=curvature)
        finals.append(losses[-1])
    return np.array(finals)


def lowest(schedule, curvatures):
    losses = [final_losses(schedule, c) for c in curvatures]
    return sum(losses).min()


# %% slideshow={"slide_type": "skip"}
tried = families(T) | {"power, s = 2": partial(lrs.power, s=2)}
valleys = {
    "one curvature": [1],
    "three curvatures": [1, 0.1, 0.01],
}
bowls = pd.DataFrame(
    {
        valley: {name: lowest(f, c) for name, f in tried.items()}
        for valley, c in valleys.items()
    }
)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The oldest wins, in a round valley

# %% slideshow={"slide_type": "-", "show": "output"}
shown = bowls.rename({"power": f"power, s = {T // 3}"})
table(
    shown.sort_values("one curvature"),
    "Final loss at the best peak rate; "
    "three curvatures: 1, 0.1, 0.01",
    digits=2,
    index=True,
)

# %% slideshow={"slide_type": "skip"}
best = lrs.best_rates(T)
print(f"no schedule is below {lrs.expected_loss(best)[-1]:.2g}")
print("rates of the best:", *best[:4].round(3), "...")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **D**, but only with $s = 2$. With **three curvatures** the winner becomes the loser: line and
# cosine win, just.

# %% [markdown] slideshow={"slide_type": "notes"}
# That power wins one curvature can be proved (with $s = 200$ it is among the last). Choose each
# rate to make the next $m$ smallest: $\eta_t = \lambda m_t / (\lambda^2 m_t + \sigma^2)$. A
# smaller $m_t$ never makes a later one larger, so what is best at each step is best in the end.
# In the recursion this gives $\eta_t = \eta_0 / (1 + t/s)$, $s = 1/(\lambda\eta_0)$: power
# scheduling. Robbins and Monro showed in 1951 that rates like $1/t$ reach the bottom.

# %% [markdown] slideshow={"slide_type": "notes"}
# In the right column the losses of three directions are added. The good $s$ was $1/(\lambda\eta_0)$,
# another one for each $\lambda$; cooled for the steep direction, the flat ones freeze. And a
# plain line is at least as good as a cosine. A network has thousands of curvatures. Remember this
# order.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A real network: the falling rate wins
#
# 5,000 photographs of clothes, two layers of 50 ReLU units, momentum 0.9, mean of two seeds. Five
# constant rates, one cosine (thick).

# %% slideshow={"slide_type": "skip"}
EPOCHS = 5
STEPS = EPOCHS * lrs.steps_per_epoch(5000, 32)
small = {"hidden": [50, 50], "epochs": EPOCHS}

# %% slideshow={"slide_type": "skip"}
looks = {
    str(rate): {"learning_rate": rate, **small}
    for rate in (0.0025, 0.01, 0.02, 0.04, 0.08)
}

# %% slideshow={"slide_type": "skip"}
falling = partial(lrs.cosine, n_steps=STEPS)
looks["cosine from 0.02"] = looks["0.02"] | {"schedule": falling}

# %% slideshow={"slide_type": "skip"}
every = partial(trials.fit_mlp, every_epoch=True)
curves = experiments.run(every, looks, seeds=range(2))

# %% slideshow={"slide_type": "-", "show": "output"} alt="Line chart of the training loss over five epochs, on a logarithmic axis, for five constant rates and one cosine. The highest constant rate stays above 1, the second highest learns badly, the lowest starts slowly, two in between do best of the constants. The cosine begins level with them and is clearly the lowest from the third epoch on."
means = curves.groupby(["arm", "epoch"], sort=False).loss.mean()
lines = {arm: means[arm].to_numpy() for arm in looks}
ax = plots.learning_curves(lines, ylabel="training loss")
ax.lines[-1].set_linewidth(4)
ax.get_legend().set_title("rate")
ax.set(yscale="log", ylim=(0.25, 1.6))
ticks = ax.set_yticks([0.3, 0.5, 1], [0.3, 0.5, 1])
none = ax.set_yticks([], minor=True)

# %% [markdown] slideshow={"slide_type": "notes"}
# Batches of 32, five epochs; the cosine starts from 0.02. Among the constant rates too low is
# slow (0.0025), and too high learns badly (0.04) or stays above 1 (0.08; blind guessing has
# $\ln 10 = 2.3$). None of the others rests after five epochs. The cosine begins level with the
# constant 0.02 and is ever further below it from the third epoch on. Whether that shows in *new*
# images, and how fairly the rates were chosen, is for the evidence below.

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Ask what would happen to the other lines if their rates fell, too, and what
# this picture does *not* show (new images; other starts).

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: the rate of ten thousand tutorials
#
# Countless tutorials write power scheduling for Keras like this, with the rate
# $0.01 / (1 + 10^{-4}\, t)$:
#
# ```python
# keras.optimizers.SGD(learning_rate=0.01, decay=1e-4)
# ```
#
# In today's Keras, what is the rate after 10,000 steps?
#
# - **A** 0.005
# - **B** 0.01
# - **C** there is an error, none of the steps is taken

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Expect A from those who calculate and C from those who have met Keras 3's
# errors. Both are reasonable, and both would be better than what happens. Ask afterwards: how
# would you have noticed, in a run of your own?

# %% slideshow={"slide_type": "skip"}
import keras

# %% [markdown] slideshow={"slide_type": "slide"}
# ## One warning, and a constant rate for ever

# %% slideshow={"slide_type": "-"}
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    sgd = keras.optimizers.SGD(learning_rate=0.01, decay=1e-4)
sgd.iterations.assign(10_000)
print(f"rate: {float(sgd.learning_rate):.3g}")
print(said[0].message)

# %% [markdown] slideshow={"slide_type": "fragment"}
# **B.** Today that takes a schedule object, given *as* the learning rate:

# %% slideshow={"slide_type": "fragment"}
ready = keras.optimizers.schedules
power = ready.InverseTimeDecay(0.01, 10_000, decay_rate=1.0)
sgd = keras.optimizers.SGD(learning_rate=power)
for step in (0, 10_000, 20_000, 30_000):
    sgd.iterations.assign(step)
    print(f"{step:6}: {float(sgd.learning_rate):.4f}")

# %% [markdown] slideshow={"slide_type": "notes"}
# The warning is easily lost among others. `iterations` is the step counter; we set it instead of
# training. Power scheduling with $c = 1$ is called
# `InverseTimeDecay`.

# %% [markdown] slideshow={"slide_type": "skip"}
# ## All that Keras has built in
#
# Ours on the left, on the right what to write in Keras. Step decay is exponential with
# `staircase=True`; a line is a polynomial of degree 1. Warmup is a part of `CosineDecay`, and the
# decay starts only after it: together they take `warmup_steps + decay_steps`.

# %% slideshow={"slide_type": "skip"}
edges = [200, 500], [0.3, 0.1, 0.02]
pairs = {
    "power": (
        partial(lrs.power, learning_rate=0.3, s=100),
        ready.InverseTimeDecay(0.3, 100, decay_rate=1.0),
    ),
    "exponential": (
        partial(lrs.exponential, learning_rate=0.3, s=100),
        ready.ExponentialDecay(0.3, 100, decay_rate=0.1),
    ),
    "piecewise constant": (
        lambda t: lrs.piecewise_constant(t, *edges),
        ready.PiecewiseConstantDecay(*edges),
    ),
}

# %% slideshow={"slide_type": "skip"}
halves = {"decay_rate": 0.5, "staircase": True}
pairs["step decay"] = (
    partial(lrs.step_decay, learning_rate=0.3, every=64),
    ready.ExponentialDecay(0.3, 64, **halves),
)
pairs["linear"] = (
    partial(lrs.linear, learning_rate=0.3, n_steps=700),
    ready.PolynomialDecay(0.3, 700, end_learning_rate=0.0),
)

# %% slideshow={"slide_type": "skip"}
half_wave = partial(lrs.cosine, learning_rate=0.3, n_steps=600)
rise = {"warmup_target": 0.3, "warmup_steps": 100}
pairs["cosine, warmup"] = (
    partial(lrs.warmup, schedule=half_wave, n_warmup=100),
    ready.CosineDecay(0.0, 600, **rise),
)

# %% slideshow={"slide_type": "skip"}
some = np.unique([*range(0, 800, 9), 199, 200, 201, 500, 501])
for name, (ours, theirs) in pairs.items():
    keras_rates = [float(theirs(step)) for step in some]
    same = np.allclose(ours(some), keras_rates, atol=1e-7)
    print(f"{name:18} agrees with Keras: {same}")

# %% [markdown] slideshow={"slide_type": "skip"}
# ### Two traps at the boundaries
#
# A boundary belongs to the stretch *before* it: with `boundaries=[200]` the rate changes at step
# 201. One step more or less is harmless. What Keras does with boundaries in the wrong order is
# not. Predict the rate at step 300.

# %% slideshow={"slide_type": "skip"}
wrong = [500, 200], [0.3, 0.1, 0.02]
rates = ready.PiecewiseConstantDecay(*wrong)
print([round(float(rates(t)), 3) for t in (100, 300, 600)])

# %% slideshow={"slide_type": "skip"}
try:
    lrs.piecewise_constant(300, *wrong)
except ValueError as error:
    print("ours:", error)

# %% [markdown] slideshow={"slide_type": "skip"}
# 0.32: the first rate **plus** the last, higher than any that was asked for. Keras adds up the
# stretches that a step lies in, and step 300 lies in two.

# %% [markdown] slideshow={"slide_type": "skip"}
# ## By the epoch
#
# `LearningRateScheduler` takes a function of yours and asks it at the start of each **epoch**,
# never between. It tries `f(epoch, rate)` first, and `f(epoch)` if that is a `TypeError`. A
# closure keeps settings out of the call: `exponential_decay` *makes* a function of the epoch.


# %% slideshow={"slide_type": "skip"}
def exponential_decay(lr0, s):
    def rate(epoch):
        return lr0 * 0.1 ** (epoch / s)

    return rate


def from_the_last(epoch, rate):
    return rate * 0.1 ** (1 / 20)


def with_default(epoch, lr0=0.01):
    return lr0 * 0.1 ** (epoch / 20)


# %% [markdown] slideshow={"slide_type": "skip"}
# **Predict.** All three are meant to start at 0.01 and lose a factor of 10 in 20 epochs. Compiled
# with rate 0.01, which rates will the first four epochs have? Two of the three have a surprise in
# them.


# %% slideshow={"slide_type": "skip"}
class Rates(keras.callbacks.Callback):
    """Notes the rate at each epoch's first step."""

    def on_train_begin(self, logs=None):
        self.seen = []

    def on_train_batch_begin(self, batch, logs=None):
        if batch == 0:
            rate = float(self.model.optimizer.learning_rate)
            self.seen.append(round(rate, 5))


# %% slideshow={"slide_type": "skip"}
ones = np.ones((100, 1), np.float32)


# %% slideshow={"slide_type": "skip"}
def tiny_model(rate):
    model = keras.Sequential([keras.Input([1])])
    model.add(keras.layers.Dense(1))
    model.compile(keras.optimizers.SGD(rate), "mse")
    return model


# %% slideshow={"slide_type": "skip"}
def rates_of(model, *callbacks, epochs=4, first=0):
    notes = Rates()
    model.fit(
        ones,
        ones,
        32,
        epochs,
        initial_epoch=first,
        callbacks=[*callbacks, notes],
        verbose=0,
    )
    return notes.seen


# %% slideshow={"slide_type": "skip"}
forms = {
    "closure f(epoch)": exponential_decay(0.01, s=20),
    "f(epoch, rate)": from_the_last,
    "f(epoch, lr0=0.01)": with_default,
}

# %% slideshow={"slide_type": "skip"}
for name, f in forms.items():
    scheduler = keras.callbacks.LearningRateScheduler(f)
    print(f"{name:19}", *rates_of(tiny_model(0.01), scheduler))

# %% [markdown] slideshow={"slide_type": "skip"}
# The closure does what was meant. `f(epoch, rate)` **has already decayed in the first epoch**, and it
# starts from whatever the model was compiled with. The third one, with a harmless default, gets
# the rate of the moment as its `lr0`: the decay is applied to what has decayed, and runs away.

# %% [markdown] slideshow={"slide_type": "skip"}
# ### Steps, by rounding up
#
# "A tenth after 20 epochs" needs the number of steps, and `20 * len(X) // 32` is what books
# write. But the last, smaller batch of an epoch is a step too, so the steps of an epoch are
# $\lceil n / B \rceil$, rounded **up** ($n$ examples, $B$ a batch). Then times 20.

# %% slideshow={"slide_type": "skip"}
for n in (1000, 55_000):
    book, real = 20 * n // 32, 20 * lrs.steps_per_epoch(n, 32)
    off = 0.1 ** (real / book) / 0.1 - 1
    print(f"{n:6}: {book:6} or {real:6}, rate off by {off:.2%}")

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Interrupted
#
# `model.save("net.keras")` keeps the weights, the optimizer's memory, its rate and how many steps
# it took. **The epoch is not saved**: unless told `initial_epoch`, `fit` counts from 0 again. We
# train three epochs, save, load, and train three more. Which of the three ways goes on rightly?

# %% slideshow={"slide_type": "skip"}
import tempfile
from pathlib import Path


def saved_and_loaded(model):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net.keras"
        model.save(path)
        return keras.saving.load_model(path)


# %% slideshow={"slide_type": "skip"}
per_epoch = lrs.steps_per_epoch(len(ones), 32)
built_in = ready.ExponentialDecay(0.01, 20 * per_epoch, 0.1)
Scheduler = keras.callbacks.LearningRateScheduler
closure = exponential_decay(0.01, s=20)
ways = {
    "closure f(epoch)": (0.01, [Scheduler(closure)]),
    "f(epoch, rate)": (0.01, [Scheduler(from_the_last)]),
    "ExponentialDecay": (built_in, []),
}

# %% slideshow={"slide_type": "skip"}
rows = {}
for name, (rate, callbacks) in ways.items():
    model = tiny_model(rate)
    row = {"epochs 0-2": rates_of(model, *callbacks, epochs=3)}
    model = saved_and_loaded(model)
    again = saved_and_loaded(model)
    row["nothing said"] = rates_of(again, *callbacks, epochs=3)
    told = {"epochs": 6, "first": 3}
    row["initial_epoch=3"] = rates_of(model, *callbacks, **told)
    rows[name] = {
        k: " ".join(map(str, r)) for k, r in row.items()
    }

# %% slideshow={"slide_type": "skip"}
table(pd.DataFrame(rows).T, index=True)

# %% [markdown] slideshow={"slide_type": "skip"}
# A function of the epoch starts all over. The other two go on by themselves: one multiplies the
# rate, which was saved, the other counts steps, which were saved as well. A built-in schedule also
# changes the rate at every *step*; a function of the epoch, once in an epoch. (Per step with a
# function of your own: a callback with `on_train_batch_begin`, as below.) What a restart *costs*, we
# measure later.

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Performance scheduling
#
# Lower the rate when validation stops improving. In Keras: `ReduceLROnPlateau`, a callback, with
#
# | argument | default | meaning |
# |---|---|---|
# | `monitor` | `val_loss` | what is watched |
# | `factor` | 0.1 | what a drop leaves of the rate |
# | `patience` | 10 | epochs without improvement before a drop |
# | `mode` | `auto` | whether lower (`min`) or higher (`max`) is better |
# | `min_delta` | 0.0001 | how much counts as improved |
# | `cooldown` | 0 | epochs after a drop that are not counted |
# | `min_lr` | 0 | the rate never falls below |
# | `verbose` | 0 | whether a drop is printed |


# %% slideshow={"slide_type": "skip"}
def plateau_rates(losses, **settings):
    model = tiny_model(0.1)
    callback = keras.callbacks.ReduceLROnPlateau(**settings)
    callback.set_model(model)
    callback.on_train_begin()
    rates = []
    for epoch, loss in enumerate(losses):
        rates.append(float(model.optimizer.learning_rate))
        callback.on_epoch_end(epoch, {"val_loss": loss})
    return rates


# %% slideshow={"slide_type": "skip"}
losses = [9, 7, 5, 5, 5, 4, 4, 4, 4, 4]
ours = lrs.Performance(0.1, factor=0.5, patience=2)
for loss in losses:
    ours.observe(loss)
theirs = plateau_rates(losses, factor=0.5, patience=2)
print("losses", *losses)
print("rates ", *ours.rates)
print("Keras agrees:", np.allclose(ours.rates, theirs))

# %% [markdown] slideshow={"slide_type": "skip"}
# With the default patience of 10 epochs nothing can happen in a run of ten. Without validation data
# it only warns. Some people do it by hand: halve the rate when the validation accuracy turns. Ours
# is told by `fit`, which calls `observe` after each epoch.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: who reads the momentum?
#
# 1cycle moves momentum as well. The callbacks you find for it set both before every batch:
#
# ```python
# self.model.optimizer.learning_rate = ...
# self.model.optimizer.momentum = ...
# ```
#
# Say that momentum is 0.9 for the first batch and 0 for the other 31 of the epoch. What will the
# weights look like, compared to momentum 0.9 throughout?
#
# - **A** far away
# - **B** close
# - **C** the same, to the last digits

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Expect A: without momentum the effective rate is a tenth. C sounds absurd and
# few will dare. Whoever says B should say why. Keep the question "how could that be?" for the
# next slide; somebody in the hall knows what compiling does to a constant.


# %% slideshow={"slide_type": "skip"}
class SetsMomentum(keras.callbacks.Callback):
    def on_train_batch_begin(self, batch, logs=None):
        self.model.optimizer.momentum = 0.0 if batch else 0.9


# %% slideshow={"slide_type": "skip"}
clothes = trials.images().train
x, y = clothes.x[:1000], clothes.y[:1000]
loss_of_scores = keras.losses.SparseCategoricalCrossentropy(True)


# %% slideshow={"slide_type": "skip"}
def keras_net(optimizer, **settings):
    layers = keras.layers
    model = keras.Sequential([keras.Input([784])])
    model.add(layers.Dense(50, "relu"))
    model.add(layers.Dense(10))
    model.compile(optimizer, loss_of_scores, **settings)
    model.set_weights(network.mlp([784, 50, 10]).get_weights())
    return model


# %% slideshow={"slide_type": "skip"}
def trained(optimizer, *callbacks, epochs=1, **settings):
    model = keras_net(optimizer, **settings)
    fixed = {"shuffle": False, "verbose": 0}
    model.fit(x, y, 32, epochs, callbacks=callbacks, **fixed)
    return model.get_weights()[0]


def distance(a, b):
    return np.linalg.norm(a - b) / np.linalg.norm(b)


# %% slideshow={"slide_type": "skip"}
with_momentum = partial(keras.optimizers.SGD, 0.05, momentum=0.9)
still = trained(with_momentum())
moved = trained(with_momentum(), SetsMomentum())
eagerly = {"run_eagerly": True}
eager = trained(with_momentum(), SetsMomentum(), **eagerly)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Nobody does: it was compiled in

# %% slideshow={"slide_type": "-", "show": "output"} tolerance={"relative": 0.02, "why": "Keras training does not repeat"}
print("Momentum 0.9, then 0 from the second batch on.")
same = distance(moved, still) < 1e-5
print("the same weights as with 0.9 throughout:", same)
apart = distance(eager, still)
print(f"but not compiled: they differ by {100 * apart:.0f} %")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **C.** With the first batch Keras *compiles* the training step: a momentum that is a plain
# number becomes a constant in it.

# %% [markdown] slideshow={"slide_type": "fragment"}
# Setting it later changes an attribute that nobody reads. The cure: a subclass of SGD that keeps
# momentum in a `Variable`, as the rate is (in the notebook).

# %% [markdown] slideshow={"slide_type": "notes"}
# 47 % of the weights' length: the distance between the two matrices of the first layer, divided by
# the length of the one with 0.9. (Here it is TensorFlow that compiles. The rate is safe, because a
# compiled step reads a variable anew.) 1cycle code that sets a plain number moves half of what it
# says.

# %% [markdown] slideshow={"slide_type": "skip"}
# ### What works
#
# `MovingMomentumSGD` is Keras' SGD with that one change; it is registered, so a saved model finds
# it again. `OneCycle` then sets both before each batch, and refuses an optimizer that would not
# notice. (With `steps_per_execution` above 1, Keras calls callbacks less often than every step.)

# %% slideshow={"slide_type": "skip"}
from course_utils.in_keras.schedules import (
    LRRangeTest,
    MovingMomentumSGD,
    OneCycle,
)

show_source(
    MovingMomentumSGD.update_step,
    OneCycle.on_train_batch_begin,
    doc=False,
)

# %% slideshow={"slide_type": "skip"}
try:
    trained(with_momentum(), OneCycle(0.05))
except ValueError as error:
    print(str(error)[:67])

# %% slideshow={"slide_type": "skip"}
net = network.mlp([784, 50, 10])
sgd = SGD(0.05, momentum=0.9)
state, steps = sgd.init(net.flat), lrs.steps_per_epoch(1000, 32)

# %% slideshow={"slide_type": "skip"}
for step in range(3 * steps):
    rows = slice(step % steps * 32, step % steps * 32 + 32)
    net.loss_and_gradients(x[rows], y[rows])
    now = lrs.one_cycle(step, 0.05, n_steps=3 * steps)
    sgd.update(net.flat, net.flat_gradient, state, **now)

# %% slideshow={"slide_type": "skip"}
cycle = OneCycle(0.05)
theirs = trained(MovingMomentumSGD(), cycle, epochs=3)
ours = net.get_weights()[0]
print("steps:", len(cycle.history))
print("Keras and NumPy agree:", distance(theirs, ours) < 1e-3)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Momentum raises the effective rate
#
# A gradient counts $1 + \mu + \mu^2 + \dots = 1/(1-\mu)$ times: what pushes is the **effective**
# rate $\eta/(1-\mu)$.

# %% [markdown] slideshow={"slide_type": "notes"}
# Momentum $\mu$ adds up past steps, so the effective rate is larger than the rate. Does the noisy
# bowl agree? Three pairs with the same effective rate of 0.1; then 1cycle's, with momentum moved
# and with momentum left at 0.9:

# %% slideshow={"slide_type": "-", "show": "output"}
for rate, mu in ((0.1, 0.0), (0.015, 0.85), (0.005, 0.95)):
    theta = np.zeros(3000)
    sgd = SGD(rate, momentum=mu)
    state = sgd.init(theta)
    for _ in range(400):
        noisy = theta + rng.normal(size=3000)
        sgd.update(theta, noisy, state)
    rest = (theta**2).mean() / 2
    print(f"bowl, rate {rate}, momentum {mu}: floor {rest:.3f}")

# %% slideshow={"slide_type": "skip"}
now = lrs.one_cycle(t, 0.02, T)
rates, mu = now["learning_rate"], now["momentum"]

# %% slideshow={"slide_type": "-", "show": "output"} alt="Line chart of the effective rate in a 1cycle schedule over the share of all steps. With momentum left at 0.9 it is a sharp tent; with momentum moving from 0.95 to 0.85 it is a flat hill, higher at the beginning and about a third lower at the peak. Both fall to 0 at the end."
figure, ax = plt.subplots(figsize=(8.5, 4.2))
back = "momentum 0.95 to 0.85 and back"
ax.plot(t / T, rates / (1 - mu), label=back)
ax.plot(t / T, rates / (1 - 0.9), "--", label="momentum 0.9")
ax.set(xlabel="share of all steps", ylabel="effective rate")
title = "1cycle, peak rate 0.02"
legend = ax.legend(title=title, loc="lower center")

# %% [markdown] slideshow={"slide_type": "notes"}
# One floor, near $0.1/4$. (True of the floor and of gentle slopes; across a ravine momentum does
# more, as in lesson 7.) So a momentum schedule is a rate schedule (some texts raise $\mu$ from
# 0.5 to 0.99 in training: that *heats*). In 1cycle the two work against each other: the rate
# grows tenfold, the effective rate a little more than threefold. Low momentum at the peak
# flattens the very peak. Is it better so? See the evidence.

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Ask which of the two lines looks like the better schedule before you say that
# the evidence saw no difference.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Which peak? The range test
#
# One epoch, in which the rate grows at each step. A rule of thumb: take **a tenth of the rate at
# which the loss is lowest**.

# %% slideshow={"slide_type": "skip"}
five = clothes.x[:5000], clothes.y[:5000]


# %% slideshow={"slide_type": "skip"}
def range_test(seed):
    net = network.mlp([784, 50, 50, 10], seeds=seed)
    order = np.random.default_rng(seed).permutation(5000)
    sgd, starts = SGD(0.1, momentum=0.9), count(0, 32)
    state = sgd.init(net.flat)

    def step(rate):
        rows = order[(k := next(starts)) : k + 32]
        loss = net.loss_and_gradients(*(a[rows] for a in five))[0]
        now = {"learning_rate": rate}
        sgd.update(net.flat, net.flat_gradient, state, **now)
        return loss

    return lrs.lr_range_test(step, 1e-4, 3, n_steps=156)


# %% slideshow={"slide_type": "skip"}
tests = [range_test(seed) for seed in range(5)]
tenth = [test.suggestion() for test in tests]
steepest = [test.suggestion("steepest") for test in tests]


# %% slideshow={"slide_type": "skip"}
def draw_test(k, test, color):
    smooth = test.smoothed()
    ax.plot(test.rates, smooth, color=color, ls="-", label=k)
    ax.plot(test.rates, test.losses, color=color, alpha=0.15)
    look = {"color": color, "ms": 13, "ls": "none"}
    ax.plot(tenth[k], 0.6, "v", **look)
    ax.plot(steepest[k], 0.25, "*", **look)


# %% slideshow={"slide_type": "-", "show": "output"} alt="Line chart of the loss of one batch against the learning rate, on a logarithmic axis, for five seeds. All fall slowly, reach their lowest value between 0.01 and 0.1 and then rise steeply. Triangles at a tenth of the lowest point spread over a factor of three; stars at the steepest fall spread further, and one is far off to the left."
figure, ax = plt.subplots(figsize=(9, 4.6))
for k, test in enumerate(tests):
    draw_test(k, test, plots.PALETTE[k])
ax.text(0.017, 0.5, "▼ a tenth of that rate")
ax.text(0.017, 0.17, "★ where the loss falls fastest")
ax.set(xscale="log", ylim=(0, 4), xlabel="learning rate")
ax.set_ylabel("loss of one batch (line: smoothed)")
legend = ax.legend(title="seed")

# %% slideshow={"slide_type": "skip"}
print("a tenth: ", *np.round(tenth, 4))
print("steepest:", *np.round(steepest, 4))

# %% [markdown] slideshow={"slide_type": "notes"}
# The rate grows by the same factor at each step, from far too small to far too large. The loss
# falls, turns and explodes. Smoothing lags, so the lines lie above the pale data while it falls.
# Another rule takes the rate at which it falls fastest. The test is
# one noisy run: from seed to seed the suggestions differ by a factor of three or more, and one
# steepest fall is far off. What they are worth is a question for a full grid.

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Ask what a student would report who ran the test once, with the seed of the
# lonely star.

# %% [markdown] slideshow={"slide_type": "skip"}
# For Keras we wrote `LRRangeTest`: it does this in one `fit`, and puts everything back:

# %% slideshow={"slide_type": "skip"} tolerance={"relative": 0.02, "why": "Keras training does not repeat"}
model = keras_net(with_momentum())
before = model.get_weights()[0]
keras_test = LRRangeTest(1e-4, 3, n_steps=100)
model.fit(
    x,
    y,
    32,
    epochs=9,
    callbacks=[keras_test],
    verbose=0,
    shuffle=False,
)
print("first loss:", round(keras_test.result.losses[0], 3))
print("left as it was:", (model.get_weights()[0] == before).all())

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: patience, or a schedule?
#
# The network again: each schedule at its own best peak rate, five epochs, tested on *new* images.
# Its rival is patience: a constant rate and **three times the epochs**. Which ends with the
# better accuracy?
#
# - **A** the patient constant rate
# - **B** a cosine, in a third of the time
# - **C** no difference

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* A is the natural vote (who would bet against three times the training?), and
# the training loss will even agree with it. Whoever remembers the floor says B. Ask what would
# happen if the patient one let its rate fall in its very last epoch: the table has that, too.

# %% [markdown] slideshow={"slide_type": "notes"}
# Eleven choose among four peak rates (on two seeds and half of the images; where the best is at
# the end of the list, the list goes on), then run five *other* seeds at that rate; the patient
# constant is one of them. A twelfth trains just like it, but **its last epoch falls** to 0 along
# a line. (The next cells take a while.)


# %% slideshow={"slide_type": "skip"}
def falls_last(step, learning_rate, n_steps):
    left = (n_steps - step) / (STEPS // EPOCHS)
    return learning_rate * min(1, max(left, 0))


# %% slideshow={"slide_type": "skip"}
def arms_for(n):
    steps = EPOCHS * lrs.steps_per_epoch(n, 32)
    arms = {
        name: {"schedule": f}
        for name, f in families(steps).items()
    }
    cycle = arms["1cycle"]["schedule"]
    still = partial(cycle, momentum=None)
    arms["1cycle, momentum 0.9"] = {"schedule": still}
    waits = partial(lrs.Performance, patience=1)
    arms["performance"] = {"schedule": waits}
    arms["constant, 3 x epochs"] = {"epochs": 3 * EPOCHS}
    common = small | {"n_train": n}
    return {name: common | arm for name, arm in arms.items()}


# %% slideshow={"slide_type": "skip"}
peaks, others = [0.005, 0.01, 0.02, 0.04], [100, 101]
half = arms_for(2500)
tuned = experiments.tune(
    trials.fit_mlp, half, peaks, others, extend=True
)

# %% slideshow={"slide_type": "skip"}
arms = arms_for(5000)
for name, rate in tuned.best.items():
    arms[name]["learning_rate"] = rate
patient = arms["constant, 3 x epochs"]
last = partial(falls_last, n_steps=3 * STEPS)
arms["3 x epochs, last falls"] = patient | {"schedule": last}
final = experiments.run(trials.fit_mlp, arms, seeds=range(5))

# %% slideshow={"slide_type": "skip"}
by_arm = final.groupby("arm", sort=False)
result = by_arm.valid_accuracy.agg(["mean", "min", "max"])
result["training loss"] = by_arm.loss.mean()
result["peak"] = [
    arms[name]["learning_rate"] for name in result.index
]
result = result.sort_values("mean", ascending=False)


# %% slideshow={"slide_type": "skip"}
def accuracies(frame):
    """A table of accuracies, all to three decimals."""
    shown = frame.rename_axis("schedule")
    for name in frame.columns.drop("peak", errors="ignore"):
        shown[name] = [f"{value:.3f}" for value in frame[name]]
    caption = "Validation accuracy, five seeds"
    return table(shown, caption, index=True)


# %% [markdown] slideshow={"slide_type": "slide"}
# ## What patience does not buy

# %% slideshow={"slide_type": "-", "show": "output"}
accuracies(result)

# %% [markdown] slideshow={"slide_type": "fragment"}
# **B.** Patience lowers the *training* loss. On new images a cosine beats it in a third of the
# time, and **one falling epoch** gains a point at once: it was hovering.

# %% [markdown] slideshow={"slide_type": "notes"}
# Patience did buy 1.5 points (0.831 to 0.846), at half the rate; a cosine buys 2.4 in a third of
# the time. The patient constant goes on learning these images, but in new ones it is below the
# cosine. Note the spread of the constant, too: 0.811 to 0.844. What hovers ends where it happens
# to be.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Could the bowl have told us?
#
# Order eight schedules by their final loss in a noisy bowl, and by their accuracy in the network.
# Rank correlation is 1 if both orders are the same, $-1$ if they are opposite. Here it is for
# four bowls, named by their curvatures.

# %% [markdown] slideshow={"slide_type": "notes"}
# The eight schedules are those that ran in the bowl as well (1cycle without its momentum). To the two
# valleys of before we add two with other curvatures.

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Let the hall guess before you press the key: all four numbers come at once. What
# is a calculation with one parameter worth for a network with thousands? And with three?

# %% slideshow={"slide_type": "fragment", "show": "output"}
shared = list(families(T))
accuracy = result["mean"][shared]
for valley in ([1], [1, 0.1, 0.01], [1, 0.1], [1, 0.01]):
    losses = [lowest(tried[name], valley) for name in shared]
    rank = stats.spearmanr(np.negative(losses), accuracy)
    print(f"{valley!s:14} {rank.statistic:+.2f}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **One curvature is no guide.** With a flat direction (0.01) the bowl orders the schedules much as
# forty trained networks do.

# %% [markdown] slideshow={"slide_type": "notes"}
# Do not trust it too far: these curvatures are our choice. It is not their number: two give the
# best guide (1 and 0.01), and a poor one (1 and 0.1). What helps, it seems, is a direction so flat
# that the steps hardly suffice.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: what does a restart cost?
#
# An exponential and a cosine for six epochs are interrupted after the third. Resumed *right*,
# `fit` goes on at epoch 3. *Restarted*, it begins anew at epoch 0, and is stopped at six
# epochs in all. Which loses accuracy when `initial_epoch` (where to go on) is forgotten?
#
# - **A** both
# - **B** only the exponential
# - **C** only the cosine
# - **D** neither

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Most expect damage, and will choose A. Ask what the restarted run looks like at
# its end: where is its rate then? That question decides, and it separates the cosine from the
# exponential.

# %% [markdown] slideshow={"slide_type": "notes"}
# Both schedules start from 0.02 (the exponential falls to a hundredth). A third way restarts and
# then runs to the schedule's end, nine epochs in all.


# %% slideshow={"slide_type": "skip"}
def shifted(step, schedule, by, **rate):
    return schedule(step - by if step >= by else step, **rate)


# %% slideshow={"slide_type": "skip"}
def resumed(seed, schedule, restart, epochs=6):
    half = 3 * (STEPS // EPOCHS)
    plan = partial(schedule, n_steps=2 * half)
    by = half if restart else 0
    plan = partial(shifted, schedule=plan, by=by)
    fit = {"learning_rate": 0.02, **small, "epochs": epochs}
    return trials.fit_mlp(seed=seed, schedule=plan, **fit)


def tenfold_twice(step, learning_rate, n_steps):
    return lrs.exponential(step, learning_rate, s=n_steps / 2)


# %% slideshow={"slide_type": "skip"}
restarts = {}
for name, schedule in {
    "exponential": tenfold_twice,
    "cosine": lrs.cosine,
}.items():
    plan = {"schedule": schedule}
    restarts[f"resumed {name}"] = plan | {"restart": False}
    restarts[f"{name}, restarted"] = plan | {"restart": True}
    longer = plan | {"restart": True, "epochs": 9}
    restarts[f"{name}, restarted, 9 epochs"] = longer
broken = experiments.run(resumed, restarts, seeds=range(5))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Only the cosine pays

# %% slideshow={"slide_type": "-", "show": "output"}
rows = broken.groupby("arm", sort=False).valid_accuracy
frame = rows.agg(["mean", "min", "max"])
accuracies(frame)

# %% [markdown] slideshow={"slide_type": "fragment"}
# **C.** The exponential even gained 0.006, perhaps by chance. The cosine lost 0.007, hardly by
# chance: at the end it is still at **half its peak**.

# %% [markdown] slideshow={"slide_type": "notes"}
# Seed by seed, with 95 % intervals: the exponential gained 0.0055 ($-0.0013$ to 0.0113), the cosine
# lost 0.0074 (0.0030 to 0.0139). The exponential falls to a hundredth, which was too fast, and a
# second chance at high rates did it no harm. Run to its end, a restart *wins* both times, at the
# price of half as many epochs again. (Restarting on purpose has a name, SGDR.) **It costs time
# first, and accuracy only where a high rate is left at the end.**

# %% [markdown] slideshow={"slide_type": "skip"}
# ## What the suggestion is worth
#
# Each seed takes the rate that its own range test suggests, as a constant and as a cosine's peak.
# The grid cost eight runs on half of the images, the test is one epoch.


# %% slideshow={"slide_type": "skip"}
def suggested(seed, schedule, rule):
    rate = {"tenth": tenth, "steepest": steepest}[rule][seed]
    plan = {"schedule": schedule, "learning_rate": rate}
    return trials.fit_mlp(seed=seed, **small, **plan)


# %% slideshow={"slide_type": "skip"}
hints = {
    f"{name}, {rule}": {
        "schedule": arms[name]["schedule"],
        "rule": rule,
    }
    for name in ("constant", "cosine")
    for rule in ("tenth", "steepest")
}
hinted = experiments.run(suggested, hints, seeds=range(5))

# %% slideshow={"slide_type": "skip"}
rows = hinted.groupby("arm", sort=False).valid_accuracy
frame = rows.agg(["mean", "min", "max"])
frame["tuned"] = [
    result["mean"][arm.split(",")[0]] for arm in frame.index
]
accuracies(frame)

# %% [markdown] slideshow={"slide_type": "skip"}
# As a constant rate, a tenth of the lowest is about as good as the grid's. As the peak of a cosine it
# is too low, and costs a point: a schedule that will fall can begin higher, and the test knows
# nothing of what comes after it. The steepest fall depends on the seed; once it was far off.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The claims, judged
#
# A verdict compares two arms seed by seed. Its mean difference has a 95 % bootstrap interval:
# wholly above zero, the claim **holds**; wholly below, it is **contradicted**; else **no
# difference** was seen.

# %% slideshow={"slide_type": "skip"}
evidence = []
everything = pd.concat([final, broken, hinted])


# %% slideshow={"slide_type": "skip"}
def judge(better, than, claim=None, condition="5 epochs, tuned"):
    pair = better, than, "valid_accuracy"
    verdict = experiments.verdict(everything, *pair)
    claim = claim or f"{better} beats {than}"
    evidence.append(verdict.row(claim, condition))


# %% slideshow={"slide_type": "skip"}
names = "power", "exponential to 1/10", "step decay"
for name in (*names, "performance", "1cycle", "cosine"):
    judge(name, "constant")
more = "constant, 3 x epochs"
judge("cosine", more, condition="5 against 15 epochs")
judge("3 x epochs, last falls", more, condition="15 epochs")
judge("exponential to 1/10", "performance")
judge("1cycle", "exponential to 1/10")
judge("step decay", "cosine")
judge("exponential to 1/10", "exponential to 1/100")
judge("cosine", "linear")
judge("linear", "exponential to 1/10")
judge("1cycle", "1cycle, momentum 0.9")

# %% slideshow={"slide_type": "skip"}
for name in ("exponential", "cosine"):
    right, again = f"resumed {name}", f"{name}, restarted"
    words = f"{name}: resuming right beats a restart"
    judge(right, again, words, "6 epochs in all")
    words = f"{name}: resuming right beats a full restart"
    longer = f"{again}, 9 epochs"
    judge(right, longer, words, "6 against 9 epochs")

# %% slideshow={"slide_type": "skip"}
for name in ("constant", "cosine"):
    for rule in ("tenth", "steepest"):
        words = f"{name}: the grid's rate beats the test's"
        arms_here = name, f"{name}, {rule}"
        judge(*arms_here, words, f"5 epochs, {rule}")

# %% slideshow={"slide_type": "skip"}
table(pd.DataFrame(evidence[:12]), digits=2)

# %% slideshow={"slide_type": "skip"}
table(pd.DataFrame(evidence[12:]), digits=2)

# %% [markdown] slideshow={"slide_type": "fragment"}
# - *Holds:* each of six schedules beats the best constant rate, and a cosine beats three times the epochs.

# %% [markdown] slideshow={"slide_type": "fragment"}
# - *No difference seen:* cosine and line; exponential to 1/10 and performance; exponential to 1/10 and 1cycle; 1cycle with its momentum moved, and with 0.9 throughout.

# %% [markdown] slideshow={"slide_type": "fragment"}
# - *Contradicted:* "step decay beats cosine"; "resuming right (6 epochs) beats a full restart (9)". The reverse holds.

# %% [markdown] slideshow={"slide_type": "notes"}
# The six: power, exponential to 1/10, step decay, performance, 1cycle, cosine. "No difference seen"
# does not say that there is none: five seeds are few, and the differences
# are half a point and less. One falling epoch improves three times the patience, too. All of this
# on one small network and 5,000 images.

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Let the hall look for a claim it would have bet on before you uncover the
# lines. The notebook has the tables with every interval.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What goes wrong in other texts
#
# | You may read | What we found |
# |---|---|
# | `SGD(decay=1e-4)` is power scheduling. | Ignored, with a warning. Use `InverseTimeDecay`. |
# | Set `optimizer.momentum` in a callback. | Read once, then compiled in. Use a variable. |
# | Cycling momentum is what makes 1cycle work. | No difference seen. It flattens the effective rate. |
# | Prefer exponential: easy to tune. | Its end matters: to a tenth or to a hundredth are two schedules. A line was better. |
# | Step decay is preferable. | Easier to explain. Worse than a cosine here. |
# | A forgotten `initial_epoch` spoils the run. | It costs time; accuracy only where a high rate is left at the end. |
# | `20 * len(X) // 32` steps are 20 epochs. | `20 * ceil(len(X) / 32)`: the last small batch is a step. |
# | A range test finds the rate. | Its order of magnitude. |

# %% [markdown] slideshow={"slide_type": "notes"}
# 1,000 images are 32 batches an epoch, the last one small: 640 steps in 20 epochs, not 625. And a
# tenth of the lowest, taken as its peak, cost a cosine a good point (0.842 against 0.854).

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Summary
#
# - At a constant rate the loss has a floor, about $\eta\sigma^2/4$ in a bowl. Patience does not lower it; a lower rate does.
# - Too slow a decay wastes steps, too fast a decay freezes. Line and cosine did best here.
# - In Keras: a schedule object as the learning rate counts steps and survives saving and loading; `decay=` is ignored; momentum moves only from a variable.
# - Steps per epoch: round up. With a function of the epoch, resume with `initial_epoch`.
# - A range test gives the order of magnitude. As a peak, try two and four times as much.

# %% [markdown] slideshow={"slide_type": "notes"}
# ## Now you
#
# [The exercises](exercises/08_learning_rate_schedules.ipynb) answer at once. Warm-up: power and
# exponential scheduling from their half-lives. Hardest: a plateau detector with a memory.
#
# Or change this lesson: give `lowest` other curvatures, say `[1, 0.5]`, or noise that differs
# between them. Which shape wins your valley?

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Further reading
#
# - H. Robbins, S. Monro, *A stochastic approximation method*, 1951. Where rates like $1/t$ come from.
# - L. Smith, *Cyclical learning rates for training neural networks*, 2017, arXiv:1506.01186. The
#   range test (section 3.3).
# - L. Smith, *A disciplined approach to neural network hyper-parameters*, 2018, arXiv:1803.09820;
#   L. Smith, N. Topin, *Super-convergence*, 2018, arXiv:1708.07120. 1cycle, with momentum.
# - I. Loshchilov, F. Hutter, *SGDR: stochastic gradient descent with warm restarts*, ICLR 2017,
#   arXiv:1608.03983. The cosine, and restarting it on purpose.
# - P. Goyal et al., *Accurate, large minibatch SGD*, 2017, arXiv:1706.02677. Warmup.
# - A. Senior, G. Heigold, M. Ranzato, K. Yang, *An empirical study of learning rates in deep neural
#   networks for speech recognition*, ICASSP 2013. Power, exponential and performance scheduling,
#   compared.
