# %% [markdown] slideshow={"slide_type": "slide"}
# # 5. Gradient clipping
#
# A network learns. Then a few gradients come out many times as long as the others, and what
# was learned is gone. Every library has a cure: make the gradient shorter.
#
# **The gradient is too long. Is it also wrong?**

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Ask the hall what "wrong" could mean for a gradient: wrong length, or wrong
# direction? Write both words on the board. Then ask which of the two a clip should leave
# alone, and come back to it at every picture.

# %% [markdown] slideshow={"slide_type": "skip"}
# ## What you will be able to do
#
# - Clip a gradient by value, by norm and by global norm, and say which of them turns the step.
# - Say which of the three a line of Keras asks for.
# - Explain why recurrent networks have cliffs, and what a step over the edge costs.
# - Choose a threshold from a history of norms, and see in it whether clipping can help.
#
# About an hour, and another for the exercises. You need gradient descent, and the chain of
# factors of lesson 1.

# %% slideshow={"slide_type": "skip"}
from functools import partial

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from course_utils import gradient_clipping as gc
from course_utils import initialization as init
from course_utils.lab import experiments, network, plots, trials
from course_utils.lab import recurrent as rnn
from course_utils.lab.display import show_source, table
from course_utils.lab.layers import Dense
from course_utils.lab.trials import deep
from course_utils.optimizers import SGD

plots.use_style()

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: where does the arrow point?
#
# Two weights have the gradient $g = (0.9,\ 100)$. That is long; we want no more than 1.
#
# - **By value**: hold each entry to $[-1, 1]$.
# - **By norm**: multiply the whole by one factor, so that its length $\lVert g \rVert$ becomes 1.
#
# **Where does the arrow point afterwards?**
#
# - **A** in both cases as before
# - **B** by value it turns a little, less than 10°
# - **C** by value it turns by about 40°

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Expect B, "only one entry was cut, and cutting is no turning": let somebody
# write down the two entries by value, $(0.9,\ 1)$, and draw that arrow on the board.

# %% slideshow={"slide_type": "skip"}
g = [np.array([0.9, 100.0])]
held_to_1 = {
    "by value": gc.clip_by_value(g, 1.0),
    "by norm": gc.clip_by_norm(g, 1.0),
}

# %% slideshow={"slide_type": "skip"}
for name, short in held_to_1.items():
    turned = gc.angle(g, short)
    print(f"{name:8} {short[0].round(8)} turned by {turned:.1f}°")

# %% slideshow={"slide_type": "skip"}
def arrows(vectors, gradient, xlim, ylim, xlabel, ylabel, corner):
    ax = plt.subplots(figsize=(8, 4.8))[1]
    way = np.array(gradient)[:, None] * [0, 10]
    ax.plot(*way, ":", color="0.35", label="gradient (longer)")
    arrow = {"scale": 1, "scale_units": "xy", "angles": "xy"}
    for k, (name, end) in enumerate(vectors.items()):
        look = {"color": plots.PALETTE[k], "width": 0.014}
        ax.quiver(0, 0, *end, label=name, **look, **arrow)
    ax.set(xlim=xlim, ylim=ylim, xlabel=xlabel, ylabel=ylabel)
    ax.set_aspect("equal")
    ax.legend(loc=corner)
    return ax

# %% [markdown] slideshow={"slide_type": "slide"}
# ## C: by value, the arrow turns

# %% slideshow={"slide_type": "-", "show": "output"} alt="Two arrows from the origin, the first weight's gradient across, the second's up. By norm, the arrow lies on the dotted line of the gradient, almost straight up. By value, it points to the upper right, near the diagonal." tags=["readme"]
ends = {name: short[0] for name, short in held_to_1.items()}
names = "gradient, first weight", "gradient, second weight"
spans = (-0.1, 2.2), (-0.05, 1.3)
ax = arrows(ends, g[0], *spans, *names, "lower right")

# %% [markdown] slideshow={"slide_type": "fragment"}
# By norm the arrow keeps its way. By value it **turns to the diagonal**: the second weight
# mattered a hundred times more, and the step no longer knows.

# %% [markdown] slideshow={"slide_type": "notes"}
# Almost straight up is what the gradient says. By value only the large entry was cut, and now
# both weights count the same.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: two arrays, one clip
#
# A network has many arrays of weights. Take two, with the gradients $(3, 4)$ and $(0.3, 0.4)$,
# and clip by norm at 1. This is what `clipnorm=1.0` does in Keras, and books say that it "keeps
# the direction of the whole gradient". **What comes out?**
#
# - **A** both arrays a fifth as long, nearly
# - **B** only the first one shorter
# - **C** both of length 1

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Take a show of hands. Many vote A, because the sentence in the books says
# so. Let somebody compute the two norms before the next slide (5 and 0.5), and
# ask a voter of A which of the two is too long.

# %% slideshow={"slide_type": "skip"}
g = [np.array([3.0, 4.0]), np.array([0.3, 0.4])]
clips = {
    "each array alone": gc.clip_by_norm,
    "all together": gc.clip_by_global_norm,
}

# %% slideshow={"slide_type": "skip"}
for name, clip in clips.items():
    first, second = clip(g, 1.0)
    turned = gc.angle(g, [first, second])
    print(f"{name:17}", first.round(4), second.round(4))
    print(f"   turned by {turned:.1f}°")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## B: each array keeps its direction; the step does not

# %% slideshow={"slide_type": "-", "show": "output"} alt="Two arrows from the origin, the length of array 1 across, the length of array 2 up. All arrays clipped together, the arrow lies on the dotted line of the gradient, nearly level. Each array clipped alone, it points clearly higher, because only array 1 became shorter." tags=["readme"]
lengths = {
    name: [np.linalg.norm(a) for a in clip(g, 1.0)]
    for name, clip in clips.items()
}
names = "length of array 1", "length of array 2", "upper left"
ax = arrows(lengths, (5, 0.5), (-0.05, 1.3), (-0.05, 0.8), *names)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The first array had length 5 and was cut to 1; the second had length 0.5, so it was left
# alone.

# %% [markdown] slideshow={"slide_type": "notes"}
# To see it, we draw the step with one axis for each array: how far along $(3,4)$, how far along
# $(0.3, 0.4)$.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## One clip keeps the direction: the global norm
#
# It takes all arrays $g^{(k)}$ as **one** vector $g$.

# %% [markdown] slideshow={"slide_type": "fragment"}
# One length: $\quad\displaystyle\lVert g \rVert^2 = \sum_k \lVert g^{(k)} \rVert^2$

# %% [markdown] slideshow={"slide_type": "fragment"}
# One factor: $\quad g \leftarrow g\, \min(1,\, c / \lVert g \rVert)$, with the threshold $c$.

# %% [markdown] slideshow={"slide_type": "fragment"}
# By norm, each array has a factor of its own:
# $\quad g^{(k)} \leftarrow g^{(k)} \min(1,\, c / \lVert g^{(k)} \rVert)$

# %% [markdown] slideshow={"slide_type": "notes"}
# In Keras the global norm is `global_clipnorm`. Read the factor aloud: if $g$ is shorter than $c$,
# it is 1 and nothing happens; if $g$ is twice as long as $c$, it is a half, for every entry.

# %% slideshow={"slide_type": "skip"}
show_source(gc.clip_by_norm, gc.clip_by_global_norm, doc=False)

# %% [markdown] slideshow={"slide_type": "skip"}
# In code the two differ by a bracket: `_shortened` multiplies a list by that factor, safe from
# overflow; `_checked` refuses NaN.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: which turns the step most?
#
# How much does a clip turn the step in a real network? Twenty layers of 100 ReLU units, the first
# gradient, clipped to a **hundredth** of its length. **Which way of clipping turns the step most?**
#
# - **A** by value
# - **B** each array by its norm
# - **C** all by the global norm

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* After the first picture nearly all say A. Ask how many of the 270,000 entries can
# be as long as a hundredth of the whole, and how many of the 42 arrays.

# %% [markdown] slideshow={"slide_type": "notes"}
# The layers have He's weights, the batch is 200 photographs of clothes, there are five random
# starts. We take thresholds from a ten-thousandth of the gradient's length up to its whole length,
# and measure the angle to the true one.

# %% slideshow={"slide_type": "skip"}
images = trials.images()
x, y = images.train.x[:200], images.train.y[:200]
ways = {
    "by value": gc.clip_by_value,
    "each array": gc.clip_by_norm,
    "global norm": gc.clip_by_global_norm,
}

# %% slideshow={"slide_type": "skip"}
def gradients_of(net, x, y):
    _, found = net.loss_and_gradients(x, y)
    return [a.copy() for piece in found for a in piece.values()]

# %% slideshow={"slide_type": "skip"}
def turns(make, x, y, seeds=range(5)):
    rows = []
    for seed in seeds:
        g = gradients_of(make(seed), x, y)
        norm = gc.global_norm(g)
        for share in np.logspace(-4, 0, 13):
            for way, clip in ways.items():
                turned = gc.angle(g, clip(g, share * norm))
                rows.append((way, seed, share, turned))
    columns = ["arm", "seed", "threshold / norm", "angle"]
    return pd.DataFrame(rows, columns=columns).round(5)

# %% slideshow={"slide_type": "skip"}
def relu_net(seed):
    return deep("relu", "he_normal", seeds=seed)


mlp_turns = turns(relu_net, x, y)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## B: array by array

# %% slideshow={"slide_type": "-", "show": "output"} alt="Line chart of the angle between the clipped step and the true gradient, in degrees, over the threshold divided by the gradient's norm, on a logarithmic axis. The global norm stays at zero. Array by array the angle rises early and stays at about 40 degrees for strict thresholds. By value it begins to rise at far stricter ones, and ends highest of all."
ax = plots.learning_curves(
    mlp_turns, "angle", x="threshold / norm"
)
ax.set(xscale="log", xlabel="threshold / norm of the gradient")
label = ax.set_ylabel("angle (degrees)")

# %% [markdown] slideshow={"slide_type": "fragment"}
# At a hundredth ($10^{-2}$ on the axis) array by array turns by 40°, by value by about 12°. By value
# turns most only from a thousandth down ($10^{-3}$), where little is left but the signs. The global
# norm turns nothing, ever.

# %% [markdown] slideshow={"slide_type": "notes"}
# Array by array, the step turns as soon as the longest array is cut; once all are, they are
# equally long and the angle stays. By value only a few entries are cut at mild thresholds.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Where long gradients come from
#
# A **recurrent** network reads a sequence, one $x_t$ at a time, with *one* layer for all time
# steps:

# %% [markdown] slideshow={"slide_type": "fragment"}
# $$h_t = \tanh(x_t W + h_{t-1} U + b)$$

# %% [markdown] slideshow={"slide_type": "fragment"}
# On the way back the error signal meets the same matrix $U$ at every time step: not a product of
# many factors, as in lesson 1, but a **power of one**.

# %% [markdown] slideshow={"slide_type": "notes"}
# $h_t$ is what the network knows after time step $t$; the error signal is
# $\delta_t = \partial\,\text{Loss}/\partial z_t$. In lesson 1 every layer multiplied the gradient
# by a factor of its own.

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Ask what $0.8^{59}$ and $1.25^{59}$ are, roughly: two millionths, half a
# million. Keep both numbers for the next picture, and let the hall guess which of them will
# come true.

# %% slideshow={"slide_type": "skip"}
show_source(rnn.back_through_time, doc=False)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A task of memory
#
# One of four symbols, then 59 time steps of noise; at the end: which symbol was it?

# %% [markdown] slideshow={"slide_type": "fragment"}
# So the error signal has to come back from time step 60 to 1. We call it $\delta_t$: the slope of
# the loss in what tanh is given at time step $t$.

# %% [markdown] slideshow={"slide_type": "fragment"}
# $U$ starts as a **rotation**, which keeps every length, times 0.8, 1 or 1.25.
#
# **How long is $\delta_1$, beside $\delta_{60}$, for each of the three?**

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* The network is untrained; guessing gets a quarter of the symbols. Let the hall
# set the two numbers from the last slide against the three starts. Most expect a mirror image: 0.8
# shrinks by as much as 1.25 grows. Ask what tanh will say to a large $h$.

# %% slideshow={"slide_type": "skip"}
STEPS = 60
sequences = rnn.first_symbol(1000, STEPS, seed=0)
others = rnn.first_symbol(1000, STEPS, seed=1)
some = sequences[0][:200], sequences[1][:200]

# %% slideshow={"slide_type": "skip"}
def memory_net(seeds, gain=1.0, clipping=None):
    u = partial(init.orthogonal, gain=gain)
    layer = rnn.Recurrent(32, STEPS, recurrent_initializer=u)
    shape = sequences[0].shape[-1], [layer, Dense(4)]
    return network.Network(*shape, seeds=seeds, clipping=clipping)

# %% slideshow={"slide_type": "skip"}
def signal_by_step(gain):
    sizes = []
    for seed in range(5):
        net = memory_net(seed, gain)
        scores, caches, _ = net.forward(some[0])
        lower, top = net.parameters
        # error signal at the last h
        back = net.loss(scores, some[1])[1] @ top["weights"].T
        states, u = caches[0][1], lower["recurrent"]
        delta = rnn.back_through_time(back, states, u)
        # root mean square for every time step
        sizes.append(np.sqrt((delta**2).mean(axis=(-2, -1))))
    return np.array(sizes) / np.array(sizes)[:, -1:]

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Sixty time steps back

# %% slideshow={"slide_type": "-", "show": "output"} alt="Line chart of the error signal, relative to the last time step's, over the time steps 1 to 60, on a logarithmic axis, for three starts. With a rotation times 0.8 it shrinks to about a millionth on the way back to step 1; with the rotation itself it loses less than a factor of ten; times 1.25 it grows less than tenfold."
gains = {f"U x {s}": signal_by_step(s) for s in (0.8, 1.0, 1.25)}
steps_back = "time step (60 = the last)"
ax = plots.by_layer(
    gains, xlabel=steps_back, ylabel="error signal / last one's"
)

# %% slideshow={"slide_type": "skip"}
for name, sizes in gains.items():
    left = sizes[:, 0].mean()
    print(f"{name:8}: {left:.2g} of it at time step 1")
print(f"1.25 to the power of 59: {1.25**59:.0f}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **A clip shortens.** It cannot bring the blue curve ($U \times 0.8$) back.

# %% [markdown] slideshow={"slide_type": "notes"}
# All three start from a rotation $U$, which keeps lengths, times a number. Times 0.8, what
# happened 60 time steps ago leaves a trace of a millionth. Times 1, the slope of tanh (below 1)
# takes a little at a time: a seventh remains. Times 1.25 it grows, by far less than $1.25^{59}$,
# because the bend of tanh holds it. And a clip has one factor for the whole gradient: it leaves a
# vanished part as small beside the others as before.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: what does a clip buy?
#
# Now we train for the task of memory, starting from a rotation, at seven learning rates from
# 0.0001 to 0.1. Without a clip **one** of the seven learns it. **With a clip at 1?**
#
# - **A** the same one, only more surely
# - **B** three of the seven, up to a rate thirty times as large
# - **C** all seven

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Expect C from those who think of clipping as a safety belt: ask them what a clip
# does to a step at a rate of 0.1 (it may still be 0.1 long), and what it does at the smallest rate,
# where steps are short already.

# %% [markdown] slideshow={"slide_type": "notes"}
# 1,000 sequences, momentum 0.9. To learn the task means: to name the symbol in more than 90 % of
# 1,000 new sequences.

# %% slideshow={"slide_type": "skip"}
def fit_memory(seeds, learning_rate, clipping=None, epochs=6):
    net = memory_net(seeds, clipping=clipping)
    sgd = SGD(learning_rate, momentum=0.9)
    gone = net.fit(*sequences, epochs, optimizer=sgd).diverged
    right = net.evaluate(*others)["accuracy"]
    return [
        {"seed": s, "diverged": s in gone, "accuracy": right[k]}
        for k, s in enumerate(net.seeds)
    ]

# %% slideshow={"slide_type": "skip"}
short_arms = {
    "no clip": {"clipping": None},
    "each array": {"clipping": partial(gc.clip_by_norm, limit=1)},
    "global norm": {
        "clipping": partial(gc.clip_by_global_norm, limit=1)
    },
}

# %% slideshow={"slide_type": "skip"}
rates = [1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1]
four = {"seeds": range(100, 104), "seeds_at_once": 4}
tuned = experiments.tune(
    fit_memory, short_arms, rates, metric="accuracy", **four
)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## B: a choice of learning rates

# %% slideshow={"slide_type": "-", "show": "output"} alt="Line chart of the share of sequences remembered over the learning rate, on a logarithmic axis, without a clip, clipped array by array and by the global norm. Without a clip there is one peak, at a small rate, and a long decline above it. Both clipped ones stay near 100 % up to a rate about thirty times as large, and lie lower at the smallest rates." tags=["readme"]
look = {"chance": 0.25, "band": "bootstrap"}
ax = plots.learning_curves(
    tuned.frame, "accuracy", x="learning_rate", **look
)
ax.set(xscale="log", xlabel="learning rate", ylim=(0, 1.05))
label = ax.set_ylabel("sequences remembered")

# %% [markdown] slideshow={"slide_type": "fragment"}
# The window opens upward, **thirtyfold** at the top. That is what a clip buys first.

# %% slideshow={"slide_type": "skip"}
good = tuned.scores[tuned.scores["mean"] > 0.9]  # 90 %
for arm, part in good.groupby("arm", sort=False):
    top = max(part.learning_rate)
    print(f"{arm:11}: {len(part)} of 7 rates work, up to {top}")
gone = tuned.frame.diverged
print(f"overflowed: {gone.sum()} of {len(gone)}")

# %% [markdown] slideshow={"slide_type": "notes"}
# The task is not too hard for the plain network, and no number ever overflows. It learns
# where the rate is small enough for its *longest* gradients. The window (0.0003 to 0.01 at the
# top) also closes below: at the smallest rates the clipped ones are behind, for their steps are
# short already.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The cliff
#
# Why is one gradient so much longer than the others? The smallest recurrent network has one unit
# and two numbers to learn:

# %% [markdown] slideshow={"slide_type": "fragment"}
# $$h_t = \tanh(w\,h_{t-1} + b), \qquad 50 \text{ times over}$$

# %% [markdown] slideshow={"slide_type": "fragment"}
# From $h_0 = 0.5$ it is to end at 0.7: the loss is $(h_{50} - 0.7)^2$, best 0.

# %% [markdown] slideshow={"slide_type": "fragment"}
# For $w > 1$ there are two places where $h$ can come to rest, one above 0, one below. Where a
# slightly smaller $b$ makes it fall from the one to the other, the loss has a **cliff**.

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* The next slide is to be played step by step. Ask first: two walks start at the
# same place, one clipped, one not. Which is ahead after five steps, which after twenty? Most give
# one answer for both questions.

# %% slideshow={"slide_type": "skip"}
def one_unit(w, b, steps=50):
    """The last h, and its slopes in w and in b."""
    h, by_w, by_b = 0.5 + 0 * w, 0 * w, 0 * w
    for _ in range(steps):
        new = np.tanh(w * h + b)
        slope = 1 - new**2
        by_w = slope * (h + w * by_w)
        by_b = slope * (1 + w * by_b)
        h = new
    return h, by_w, by_b

# %% slideshow={"slide_type": "skip"}
def loss(w, b):
    return (one_unit(w, b)[0] - 0.7) ** 2

# %% slideshow={"slide_type": "skip"}
def loss_gradient(w, b):
    h, *slopes = one_unit(w, b)
    return 2 * (h - 0.7) * np.array(slopes)

# %% slideshow={"slide_type": "skip"}
def walk(start, limit=None, rate=0.3, steps=20):
    """Gradient descent, from one start or from many at once."""
    path = [np.array(start)]
    for _ in range(steps):
        g = [loss_gradient(*path[-1])]
        if limit is not None:
            g = gc.clip_by_global_norm(g, limit)
        path.append(path[-1] - rate * g[0])
    return np.array(path)

# %% slideshow={"slide_type": "skip"}
start = (1.5, -0.5)
paths = {
    "no clip": walk(start),
    "clipped at 0.3": walk(start, limit=0.3),
}

# %% slideshow={"slide_type": "skip"}
sides = np.linspace(0.5, 2.5, 400), np.linspace(-0.8, 2.4, 400)
grid = np.meshgrid(*sides)
heights = loss(*grid)

# %% slideshow={"slide_type": "skip"}
def draw_map(ax, seen):
    area = {"xlim": (0.5, 2.5), "ylim": (-0.8, 2.4), "levels": 12}
    names = {"xlabel": "w", "ylabel": "b"}
    plots.contour_paths(loss, seen, **area, **names, ax=ax)
    ax.get_legend().remove()
    low = {"levels": [0, 0.001], "colors": [plots.PALETTE[2]]}
    ax.contourf(*grid, heights, **low)
    ax.text(0.7, 0.47, "valley", color=plots.PALETTE[2])

# %% slideshow={"slide_type": "skip"}
def draw_walk(step):
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 5))
    seen = {name: p[: step + 1] for name, p in paths.items()}
    draw_map(left, seen)
    for k, (name, path) in enumerate(seen.items()):
        look = {"color": plots.PALETTE[k], "marker": "os"[k]}
        right.plot(loss(*path.T), label=name, lw=3, **look)
    right.set(xlim=(-0.5, 20), ylim=(1e-4, 5), yscale="log")
    right.set(xlabel="step", ylabel="loss")
    right.legend(loc="upper right")
    return figure

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Two walks to the edge
#
# One start, one rate: without a clip, and clipped at 0.3. Grey: the high plain; lines: equal loss;
# circle: the start; stars: where the walks are now.

# %% slideshow={"slide_type": "skip"}
# the slider's pictures in words, for whoever cannot see them
def describe(step):
    free = held = "walks over the high plain"
    if step >= 3:
        free = "is at the tip of the cliff"
    if step >= 4:
        free = "was thrown far away and stays there"
    if step >= 7:
        held = "is on the wall of the cliff"
    if step >= 8:
        held = "is in the valley"
    return (f"A map of the loss over w and b with two walks, and "
            f"the loss over the steps. After step {step} the "
            f"free walk {free}, the clipped one {held}.")

# %% slideshow={"slide_type": "-", "show": "output"} tags=["readme"]
stops = [*range(9), 10, 14, 20]
plots.frame_slider(
    draw_walk, stops, label="step", alt=describe, play=True
)

# %% slideshow={"slide_type": "skip"}
for name, path in paths.items():
    norms = np.linalg.norm(loss_gradient(*path.T), axis=0)
    moved = np.linalg.norm(np.diff(path, axis=0), axis=1)
    k, losses = norms.argmax(), loss(*path.T)
    print(f"{name}: gradient {norms[0]:.1f} at the start,")
    free = 0.3 * norms[k]
    print(f"   {norms[k]:.0f} at most; x 0.3 = {free:.1f},")
    print(f"   the step {moved[k]:.2f}; loss {losses[k]:.0e},")
    print(f"   two steps later {losses[k + 2]:.0e}")

# %% [markdown] slideshow={"slide_type": "notes"}
# Press play first, and pause it at step 20; only then the arrow key, for it brings the conclusion.
# The goal is the green valley. Both start on the high plain and walk to its edge. On the wall,
# where the orange walk meets it, the gradient is 152, and 0.4 at the start. One factor would have
# thrown it 46 far; clipped, it goes 0.09 and is in the valley two steps later. The blue one jumps
# past the tip of the cliff, and the gradient there, 7, throws it 2.2 far, to where the loss is
# flat. At first it looks better (right), but no gradient leads back.

# %% [markdown] slideshow={"slide_type": "fragment"}
# The gradient was not wrong; it was **true for a short way only**.

# %% [markdown] slideshow={"slide_type": "skip"}
# That sentence has a theory. J. Zhang and others (2020) measured that a loss bends more where
# its gradient is longer: curvature at most $L_0 + L_1 \lVert g \rVert$, with two constants $L_0$
# and $L_1$. Under that condition a step must shrink as the gradient grows, which is what
# clipping does, and plain descent at any fixed rate can be arbitrarily slower. Clipping is then
# not a repair but the right step size.

# %% slideshow={"slide_type": "skip"}
w, b = np.linspace(1.2, 3.2, 41), np.linspace(-1, 0.6, 33)
starts = np.reshape(np.meshgrid(w, b), (2, -1))
moves = np.diff(walk(starts), axis=0)  # all starts at once
longest = np.linalg.norm(moves, axis=1).max(axis=0)
thrown = np.mean(longest > 1)
print(f"{starts.shape[1]} starts in this region;")
print(f"one in {1 / thrown:.0f} makes a step longer than 1")

# %% [markdown] slideshow={"slide_type": "skip"}
# The start in the picture was chosen; at rate 0.3 one start in 15 of this region is thrown like
# this, farther than 1 in one step.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: where will clipping help?

# %% [markdown] slideshow={"slide_type": "notes"}
# How would you see that a training needs a clip? Write down the global norm of every gradient.
# Here are three such histories: the recurrent network at a rate where it learns, the same at ten
# times that rate, and 20 ReLU layers whose first weights are half as large again as He's.

# %% slideshow={"slide_type": "skip"}
def larger_he(shape, rng):
    return 1.5 * init.he_normal(shape, rng)


few = images.train.x[:3000], images.train.y[:3000]
too_large = partial(deep, "relu", larger_he)

# %% slideshow={"slide_type": "skip"}
trainings = {
    "memory, rate 0.0003": (memory_net, 1, 3e-4),
    "memory, rate 0.003": (memory_net, 103, 3e-3),
    "20 ReLU layers": (too_large, 1, 1e-5),
}

# %% slideshow={"slide_type": "skip"}
histories, remembered = {}, {}
for name, (make, seed, rate) in trainings.items():
    histories[name] = history = gc.norm_history()
    net = make(seeds=seed, clipping=history)
    sgd = SGD(rate, momentum=0.9)
    if make is too_large:
        net.fit(*few, 2, optimizer=sgd)
    else:
        seen = net.fit(*sequences, 6, optimizer=sgd, valid=others)
        right = [row["valid_accuracy"] for row in seen.rows]
        remembered[name] = right

# %% slideshow={"slide_type": "-", "show": "output"} alt="Three line charts of the norm of the gradient over the training steps, on one logarithmic axis. Left, the recurrent network at a small rate: level, with small spikes. Middle, at ten times the rate: it rises more than tenfold within the first steps, stays there for a while and falls again. Right, 20 ReLU layers: it begins tens of thousands high, falls all the time and never comes below a hundred."
look = {"figsize": (11.5, 4.6), "sharey": True}
figure, panels = plt.subplots(1, 3, **look)
for ax, name in zip(panels, histories, strict=True):
    ax.plot(histories[name].norms, color=plots.PALETTE[0], lw=1.5)
    ax.set(title=name, xlabel="step", yscale="log")
label = panels[0].set_ylabel("norm of the gradient")

# %% [markdown] slideshow={"slide_type": "notes"}
# The share of new sequences remembered, after each of six epochs: at the small rate it climbs from
# 0.41 to 0.99; at ten times the rate it is 0.99 after the first, and about a quarter, which is
# guessing, from the second on.

# %% slideshow={"slide_type": "skip"}
for name, right in remembered.items():
    print(f"{name:19}:", *(f"{share:.2f}" for share in right))

# %% [markdown] slideshow={"slide_type": "notes"}
# The middle one was among the seeds of the picture of the learning rates.

# %% [markdown] slideshow={"slide_type": "fragment"}
# At which height would you put the threshold in each? **And in which will clipping help?**
#
# **A** left: it learns · **B** in the middle: it learned, and forgot · **C** right: always long

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Let people point at a height in each panel. Ask what share of the gradients their
# threshold would touch, and what the rest of the training would look like then. C gets many hands,
# because those gradients are the longest. Ask those of C which steps would *not* be cut.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## B: look at when the long ones come

# %% slideshow={"slide_type": "-", "show": "output"}
rows = []
for name, history in histories.items():
    median, most = np.quantile(history.norms, [0.5, 1])
    limit = gc.threshold_from(history, quantile=0.9)
    rows.append([name, median, most, most / median, limit])
columns = ["training", "median", "longest", "ratio", "90 % below"]
table(pd.DataFrame(rows, columns=columns), digits=3)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Rows: left, middle, right. **Ratio**: the longest by the median. **90 % below**: nine norms in ten
# are shorter. On the right that is: half are below 430, nine in ten below three thousand, the
# longest is 72 thousand.

# %% [markdown] slideshow={"slide_type": "fragment"}
# In the middle the norms grow, and *there* memory is lost: here a clip can help. On the
# right the longest comes first: **every step would be cut**.

# %% [markdown] slideshow={"slide_type": "fragment"}
# **The rule**: train at a safe rate, and put the threshold where it would have cut few of the
# norms.

# %% [markdown] slideshow={"slide_type": "notes"}
# `gc.threshold_from` takes a quantile of the norms (left panel, nine in ten left alone: 4.94). The
# ratio alone misleads.

# %% [markdown] slideshow={"slide_type": "notes"}
# The norms of the middle panel reach ten times those of the left one and more: nearly all is right
# after one epoch (32 steps), guessing from the second on. On the left the network learns without a
# clip. On the right all gradients are more than a hundred long.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What the threshold does
#
# The memory task at ten and at thirty times the safe rate; dotted: the rule.

# %% [markdown] slideshow={"slide_type": "notes"}
# The thresholds span several powers of ten.

# %% slideshow={"slide_type": "skip"}
thresholds = {}
for rate in (0.003, 0.01):
    for limit in (0.01, 0.1, 1, 5, 30):
        clip = partial(gc.clip_by_global_norm, limit=limit)
        arm = {"clipping": clip, "learning_rate": rate}
        thresholds[f"rate {rate}: {limit}"] = arm

# %% slideshow={"slide_type": "skip"}
swept = experiments.run(
    fit_memory, thresholds, seeds=range(10, 13), seeds_at_once=3
)
parts = swept.arm.str.split(": ", expand=True)
swept["arm"] = parts[0]
swept["threshold"] = parts[1].astype(float)

# %% slideshow={"slide_type": "-", "show": "output"} alt="Line chart of the share of sequences remembered over the threshold, on a logarithmic axis, for two learning rates. Both rise from little to all as the threshold grows to about 1. At the smaller rate it stays there; at the larger one it falls again for large thresholds. The rule's threshold, a dotted line, lies where both are good."
look = {"x": "threshold", "chance": 0.25, "band": "bootstrap"}
ax = plots.learning_curves(swept, "accuracy", **look)
rule = gc.threshold_from(histories["memory, rate 0.0003"])
line = ax.axvline(rule, color="black", ls=":", lw=2)
ax.set(xscale="log", ylim=(0, 1.05))
label = ax.set_ylabel("sequences remembered")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Too low: too slow. Too high: the long ones come through. It is **threshold times rate** that
# says how long a step may be.

# %% [markdown] slideshow={"slide_type": "notes"}
# At too low a threshold every step is equally short. At too high a one the long gradients hurt,
# but only at 0.01; at 0.003 these three seeds would nearly have done without a clip. In between
# there is room, at ten times the rate more than at thirty. The rule's threshold is a good start,
# and 1 is a custom, not a law.

# %% slideshow={"slide_type": "skip"}
def share_cut(limit, rate):
    clip = partial(gc.clip_by_global_norm, limit=limit)
    history = gc.norm_history(clip)
    net = memory_net(range(5), clipping=history)
    net.fit(*sequences, 6, optimizer=SGD(rate, momentum=0.9))
    return np.mean(np.array(history.norms) > limit)

# %% slideshow={"slide_type": "skip"}
for limit, at in ((rule, (0.0003, 0.01)), (1.0, (0.003, 0.01))):
    for rate in at:
        cut = f"{share_cut(limit, rate):.0%} cut"
        print(f"threshold {limit:.2f}, rate {rate}: {cut}")

# %% [markdown] slideshow={"slide_type": "skip"}
# The rule's threshold was to cut one gradient of ten at the *safe* rate; on five other starts
# it cuts 18 %. At thirty times the rate gradients grow, and it cuts nearly half of them. And a
# threshold of 1, at both larger rates? Nine of ten. Almost every gradient then has one and the
# same length.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: a network that is simply too large
#
# The 20 ReLU layers whose first weights are half as large again as He's: their gradients are
# *always* too long. Without a clip they overflow at all but tiny rates. **With one?**
#
# - **A** they learn like any other network
# - **B** they survive every rate, and hardly learn
# - **C** they overflow all the same

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Most say A, after what they have just seen. Ask them: if every
# step is cut, which gradient is the exception that a clip is made for? Then ask what else could be
# made shorter (the weights).

# %% [markdown] slideshow={"slide_type": "notes"}
# At each rate two seeds and half of the images. Two more arms hold the *weights*, with and
# without a clip: **max-norm** shortens each unit's incoming weights to a length of at most
# $\sqrt{2}$, about He's, after every step. (In Keras a `kernel_constraint`, with `axis=0` for
# dense layers and `[0, 1, 2]` for convolutions.)

# %% slideshow={"slide_type": "skip"}
def max_norm(weights):
    norms = np.sqrt((weights**2).sum(axis=-2, keepdims=True))
    return weights * np.minimum(1, np.sqrt(2) / (norms + 1e-12))

# %% slideshow={"slide_type": "skip"}
exploding = {
    "hidden": [100] * 20,
    "activation": "relu",
    "initializer": larger_he,
    "n_train": 2500,
    "epochs": 2,
}

# %% slideshow={"slide_type": "skip"}
big_arms = {k: arm | exploding for k, arm in short_arms.items()}
held = {"constraint": max_norm}
big_arms["max-norm"] = big_arms["no clip"] | held
big_arms["global, max-norm"] = big_arms["global norm"] | held

# %% slideshow={"slide_type": "skip"}
half = {k: arm | {"n_train": 1250} for k, arm in big_arms.items()}
big_rates = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1]
big_tuned = experiments.tune(
    trials.fit_mlp, half, big_rates, seeds=[100, 101]
)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## B: to survive is not to learn
#
# **Max-norm**: after every step each unit's incoming weights are shortened to at most $\sqrt{2}$.

# %% slideshow={"slide_type": "-", "show": "output"} alt="Heat map of validation accuracy: five ways of training down the side, learning rates from a millionth to a tenth across. Without a clip the four larger rates are hatched: a run diverged. Clipped rows are never hatched, but mostly dark, near chance; so is max-norm alone. Only max-norm together with the global norm turns bright, at the two largest rates."
score = big_tuned.scores.pivot(
    index="arm", columns="learning_rate", values="mean"
)
upward = list(big_arms)[::-1]
axes = upward, [f"{rate:.0e}" for rate in score.columns]
names = {"xlabel": "learning rate", "ylabel": ""}
names["label"] = "validation accuracy"
ax = plots.heatmap(score.loc[upward], *axes, center=None, **names)

# %% [markdown] slideshow={"slide_type": "fragment"}
# With the clip alone none comes far: 0.287 at best, and **no clip** at its tiny rate gets
# 0.275. What helps is shorter weights **and** a clip: 0.528.

# %% [markdown] slideshow={"slide_type": "notes"}
# Hatched: a run diverged. "So why clip at all, if no clip does as well at a tiny rate?" Quite
# right: here the clip buys rates, not learning. With five seeds, all images and each at its own
# best rate no difference is seen (0.36 without, 0.28 with the global norm). Max-norm alone only
# guesses. For gradients that are always too long see lessons 2 and 4. (Below 0.1, left: weights
# hardly moved; with two seeds that is luck.)

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Why recurrent networks
#
# Deep networks got batch normalization (lesson 4), and clipping is rarely what keeps them
# alive. In a recurrent network **batch normalization** is hard to use: every time step would
# need its own means and variances, test sequences may be longer than any in training, and one
# $U$ serves all time steps. So there it is clipping that holds the gradient, with a good $U$ to
# start from. Max-norm, too, bounds what a layer can multiply by; alone it was not enough above.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The same in Keras
#
# An argument of the optimizer, any optimizer, and only one of the three. One gradient of the memory
# network, threshold 0.1. **Agrees**: with our function, to a millionth. **Turned**:
# away from the gradient before the clip.

# %% [markdown] slideshow={"slide_type": "notes"}
# To see exactly what Keras does we let SGD take one step at rate 1 from weights of zero: where it
# arrives is minus the gradient that it used.

# %% slideshow={"slide_type": "skip"}
import keras
import tensorflow as tf

settings = "clipvalue", "clipnorm", "global_clipnorm"

# %% slideshow={"slide_type": "skip"}
def keras_uses(gradients, **setting):
    variables = [keras.Variable(0 * a) for a in gradients]
    sgd = keras.optimizers.SGD(learning_rate=1.0, **setting)
    sgd.apply([tf.constant(a) for a in gradients], variables)
    return [-v.numpy() for v in variables]

# %% slideshow={"slide_type": "skip"}
real = gradients_of(memory_net(0), *sequences)
equal = partial(np.allclose, atol=1e-7)

# %% slideshow={"slide_type": "fragment", "show": "output"}
for name, clip in zip(settings, ways.values(), strict=True):
    theirs = keras_uses(real, **{name: 0.1})
    same = all(map(equal, theirs, clip(real, 0.1)))
    angle = gc.angle(real, theirs)
    print(f"{name:15} agrees: {same}, turned by {angle:.1f}°")

# %% [markdown] slideshow={"slide_type": "fragment"}
# So `clipnorm` is *each array alone*. The one that keeps the direction is `global_clipnorm`:

# %% [markdown] slideshow={"slide_type": "fragment"}
# ```python
# keras.optimizers.SGD(0.01, global_clipnorm=1.0)
# ```

# %% [markdown] slideshow={"slide_type": "notes"}
# Give that to `compile`. Two of the three at once are refused: Keras raises a `ValueError`.

# %% slideshow={"slide_type": "skip"}
try:
    keras.optimizers.SGD(0.01, clipnorm=1.0, global_clipnorm=1.0)
except ValueError as error:
    print(str(error)[:64])

# %% slideshow={"slide_type": "skip"}
g = [np.float32([3e30, 4e30])]
print("clipnorm       ", *keras_uses(g, clipnorm=1.0))
print("global_clipnorm", *keras_uses(g, global_clipnorm=1.0))
print("ours           ", *gc.clip_by_global_norm(g, 1.0))
print("clipnorm=-1    ", *keras_uses(g, clipnorm=-1.0))

# %% [markdown] slideshow={"slide_type": "skip"}
# Keras squares in float32, where $10^{60}$ is infinity: a gradient of $10^{30}$ becomes a step
# of zero, or NaN, without a word. (Ours takes the largest entry out first.) And a limit that
# makes no sense is not refused; it just does not clip. The order is clip, weight decay (each
# step also takes a share of every weight away), step:

# %% slideshow={"slide_type": "skip"}
weight = keras.Variable([100.0])
decay = {"weight_decay": 0.1, "global_clipnorm": 1.0}
keras.optimizers.SGD(1.0, **decay).apply([[1000.0]], [weight])
print("100, decay of 10 %, gradient 1000:", weight.numpy())

# %% [markdown] slideshow={"slide_type": "skip"}
# The gradient was allowed its 1; the decay took 10 on top. A clip does not limit what decay
# takes.

# %% [markdown] slideshow={"slide_type": "skip"}
# ### What a clip does to Adam
#
# Adam ([lesson 7](07_optimizers.ipynb)) divides each step by the recent size of its gradients. So
# what does a clip change that cuts every gradient? We let both take 30 steps on the clothes,
# clipped at 0.1 and not, and compare how far the weights have moved.

# %% slideshow={"slide_type": "skip"}
def travelled(optimizer, steps=30):
    net = deep("relu", "he_normal", depth=3)
    start = net.get_weights()
    variables = [keras.Variable(w) for w in start]
    for k in range(steps):
        batch = slice(32 * k, 32 * (k + 1))
        g = gradients_of(net, few[0][batch], few[1][batch])
        optimizer.apply([tf.constant(a) for a in g], variables)
        net.set_weights([v.numpy() for v in variables])
    moved = map(np.subtract, net.get_weights(), start)
    return gc.global_norm(list(moved))

# %% slideshow={"slide_type": "skip"} tolerance={"relative": 0.02, "why": "Keras training does not repeat"}
for make in (keras.optimizers.SGD, keras.optimizers.Adam):
    way = travelled(make(0.001, global_clipnorm=0.1))
    ratio = way / travelled(make(0.001))
    print(f"{make.__name__:4}: clipped, {ratio:.2f} times as far")

# %% [markdown] slideshow={"slide_type": "skip"}
# A factor that all gradients share cancels in Adam. Here each has its own (0.1 over its norm),
# but they are alike. What is left is an exercise.

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Evidence
#
# Each arm at its own best rate, found on other seeds, and again at one and the same rate: five
# new seeds each. (Where the two rates are the same, so are the rows.) The recurrent task has its
# 1,000 sequences and 1,000 others to answer; the deep network 2,500 images and 5,000 others.
#
# One more: 42 arrays of length 1 make a step of length $\sqrt{42} \approx 6.5$. So the global
# norm gets a limit of 6.5, too.

# %% slideshow={"slide_type": "skip"}
def own_and_same(arms, best, rate):
    own = {
        name: arm | {"learning_rate": best[name]}
        for name, arm in arms.items()
    }
    same = {
        f"{name}, {rate}": arm | {"learning_rate": rate}
        for name, arm in arms.items()
    }
    return own | same

# %% slideshow={"slide_type": "skip"}
def summary(frame, arms):
    rows = frame.groupby("arm", sort=False)
    result = rows.accuracy.agg(["mean", "min", "max"])
    result["diverged"] = rows.diverged.sum()
    result["rate"] = [a["learning_rate"] for a in arms.values()]
    return result

# %% slideshow={"slide_type": "skip"}
memory_arms = own_and_same(short_arms, tuned.best, 0.01)
recurrent = experiments.run(
    fit_memory, memory_arms, seeds=range(5), seeds_at_once=5
)

# %% slideshow={"slide_type": "skip"}
large_arms = own_and_same(big_arms, big_tuned.best, 0.001)
longer = {"clipping": partial(gc.clip_by_global_norm, limit=6.5)}
equal_arm = large_arms["global norm, 0.001"] | longer
large_arms["global norm to 6.5, 0.001"] = equal_arm
del large_arms["max-norm, 0.001"]  # at no rate more than guessing
five = range(5)
large = experiments.run(trials.fit_mlp, large_arms, seeds=five)
large["accuracy"] = large.valid_accuracy

# %% slideshow={"slide_type": "skip"}
caption = "Memory: sequences remembered"
frame = summary(recurrent, memory_arms)
table(frame, caption, digits=3, index=True)

# %% slideshow={"slide_type": "skip"}
caption = "20 ReLU layers, too large: validation accuracy"
frame = summary(large, large_arms)
table(frame, caption, digits=3, index=True)

# %% [markdown] slideshow={"slide_type": "skip"}
# In the memory task clipping wins: by far at the same large rate, by a little where the plain
# network may choose its own. A threshold of 1 cuts nine gradients of ten there, so it does more
# than remove spikes: it sets the length of nearly every one. In the network with too large
# weights it prevents the overflow, and that is all.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The claims, judged
#
# 1. The global norm turns the step less than the other two.
# 2. A turned step is a worse step.
# 3. Clipping rescues the memory task.
# 4. Clipping rescues the network with too large weights.

# %% [markdown] slideshow={"slide_type": "notes"}
# A verdict compares two arms seed by seed: its mean difference has a 95 % bootstrap interval,
# wholly above zero (*holds*), wholly below (*contradicted*), or neither. A run that diverged
# counts as guessing. Differences of angles are in degrees *less*; a tenth of one does not count.

# %% slideshow={"slide_type": "skip"}
evidence = []


def judge(claim, condition, frame, better, than, metric):
    trained = metric == "accuracy"
    more = {"higher_is_better": trained}
    more |= {"diverged_as": 0.1} if trained else {"margin": 0.1}
    pair = better, than, metric
    verdict = experiments.verdict(frame, *pair, **more)
    unit = "accuracy" if trained else "degrees"
    evidence.append(verdict.row(claim, condition, unit))

# %% slideshow={"slide_type": "skip"}
rnn_turns = turns(memory_net, *some)
nets = {"20 ReLU layers": mlp_turns, "recurrent": rnn_turns}
for what, frame in nets.items():
    share = frame["threshold / norm"]
    for limit in (0.001, 0.1):
        at_limit = frame[np.isclose(share, limit)]
        at_limit = at_limit.assign(diverged=False)
        for way in ("by value", "each array"):
            claim = f"global norm turns less than {way}"
            condition = f"{what}, at {limit} of norm"
            arms = "global norm", way
            judge(claim, condition, at_limit, *arms, "angle")

# %% slideshow={"slide_type": "skip"}
trained = {
    "memory, own best rates": (recurrent, ""),
    "memory, rate 0.01": (recurrent, ", 0.01"),
    "20 layers, own best rates": (large, ""),
    "20 layers, rate 0.001": (large, ", 0.001"),
}

# %% slideshow={"slide_type": "skip"}
for condition, (frame, end) in trained.items():
    for better, than in (
        ("global norm", "no clip"),
        ("each array", "global norm"),
        ("global, max-norm", "global norm"),
        ("global, max-norm", "max-norm"),
        ("each array", "global norm to 6.5"),
    ):
        claim = f"{better} beats {than}"
        pair = better + end, than + end, "accuracy"
        if {*pair[:2]} <= set(frame.arm):
            judge(claim, condition, frame, *pair)

# %% slideshow={"slide_type": "skip"}
table(pd.DataFrame(evidence[:8]), digits=2)

# %% slideshow={"slide_type": "skip"}
table(pd.DataFrame(evidence[8:]), digits=2)

# %% [markdown] slideshow={"slide_type": "fragment"}
# **1 holds**, by 40 degrees and more at strict thresholds; at mild ones against array by array only.

# %% [markdown] slideshow={"slide_type": "fragment"}
# **2: no difference seen**, each way of clipping at its own best rate.

# %% [markdown] slideshow={"slide_type": "notes"}
# On 2: at the *same* rate array by array comes out ahead of the global norm, by 0.07 of accuracy in
# both tasks. That is no fair race: in the deep network 42 arrays of length 1 make a step of length
# $\sqrt{42}$, six times as long as the other's. Give the global norm a limit of 6.5 there, and the
# two are level.

# %% [markdown] slideshow={"slide_type": "fragment"}
# **3 holds**: by half of all sequences at the large rate, by 2 % where each has its own best rate.

# %% [markdown] slideshow={"slide_type": "fragment"}
# **4 holds** only at a rate where the other overflows; at own best rates no difference is seen.

# %% [markdown] slideshow={"slide_type": "notes"}
# On 4: what helps the network with too large weights is shorter weights, and only with a clip.

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Go back to the two words on the board. A clip leaves the direction or it does
# not, and where we measured it mattered little; it is the length that mattered. Ask who would
# have believed the second sentence after the first picture.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What goes wrong in other texts
#
# | You may read | What we found |
# |---|---|
# | `clipnorm` keeps the direction of the whole gradient. | Of each array. Strict limits turned our whole step by 40 degrees and more; `global_clipnorm` keeps it. |
# | Clipping by value destroys the direction. | At mild thresholds it turned the step *less* than `clipnorm`. |
# | A turned step is a worse step. | Not here, at equal chances. |
# | Clipping rescues a network that explodes. | The recurrent one, yes. The one with too large weights only survives. |
# | Without a clip it cannot be trained. | At a small enough rate it could. |
# | Clipping cures unstable gradients. | Only long ones. What vanished stays vanished. |
# | Set the threshold to 1. | Look at the norms; then threshold times rate is what counts. |

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Cover the right column: who has read this sentence, and what would you answer
# now? The first row is the one that a hall will defend; the picture of the two arrays settles it.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Summary
#
# - The gradient is true, for a short way. Clipping shortens the way.
# - By value and array by array the step turns; by global norm never.
# - A recurrent network meets one matrix again and again: its loss has cliffs.
# - Clipping limits how long any step can be, so it allows larger rates. It does not mend a
#   network whose gradients are always too long, nor gradients that vanished.
# - The threshold comes from a history of norms.

# %% [markdown] slideshow={"slide_type": "notes"}
# Ask Keras for `global_clipnorm` if you want the direction kept; we saw no harm in `clipnorm`.

# %% [markdown] slideshow={"slide_type": "fragment"}
# **Now you**: exercise 5, which begins with the three clips and the angle.

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Now you
#
# [The exercises](exercises/05_gradient_clipping.ipynb) answer at once. Warm-up: the three
# clips and the angle. Hardest: what a clip changes for Adam, and what it does not.
#
# Or change this lesson: start the recurrent network with `gain=1.2`, or let it remember for
# 100 steps instead of 60. Which of the curves moves?

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Further reading
#
# - R. Pascanu, T. Mikolov, Y. Bengio, *On the difficulty of training recurrent neural
#   networks*, ICML 2013, arXiv:1211.5063. The cliff, and clipping by norm.
# - T. Mikolov, *Statistical language models based on neural networks*, 2012. Clipping by value.
# - J. Zhang, T. He, S. Sra, A. Jadbabaie, *Why gradient clipping accelerates training*, ICLR
#   2020, arXiv:1905.11881. Why the step should shrink as the gradient grows.
# - J. Elman, *Finding structure in time*, 1990; P. Werbos, *Backpropagation through time*,
#   1990. The network, and its gradient.
# - C. Laurent et al., *Batch normalized recurrent neural networks*, 2015, arXiv:1510.01378;
#   J. Ba, J. Kiros, G. Hinton, *Layer normalization*, 2016, arXiv:1607.06450. What is hard,
#   and what is used instead.
