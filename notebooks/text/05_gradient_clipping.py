# %% [markdown] slideshow={"slide_type": "slide"}
# # 5. Gradient clipping
#
# A network learns for hundreds of steps. Then one gradient comes out thirty times as long as
# the others, one step is taken, and what was learned is gone. Every library has a cure:
# make the gradient shorter.
#
# **The gradient is too long. Is it also wrong?**

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Ask the hall what "wrong" could mean for a gradient: wrong length, or wrong
# direction? Write both words on the board. Then ask which of the two a clip should leave
# alone, and come back to it at every picture.

# %% [markdown] slideshow={"slide_type": "subslide"}
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
# ## The picture first
#
# Two weights have the gradient $g = (0.9,\ 100)$. That is long; we want no more than 1. There
# are two obvious ways. **By value**: hold each entry to $[-1, 1]$. **By norm**: multiply the
# whole by one factor, so that its length $\lVert g \rVert$ becomes 1.

# %% slideshow={"slide_type": "fragment"}
g = [np.array([0.9, 100.0])]
clipped = {
    "by value": gc.clip_by_value(g, 1.0),
    "by norm": gc.clip_by_norm(g, 1.0),
}

# %% slideshow={"slide_type": "fragment"}
for name, short in clipped.items():
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

# %% slideshow={"slide_type": "subslide"} tags=["readme"]
ends = {name: short[0] for name, short in clipped.items()}
names = "first weight", "second weight", "lower right"
ax = arrows(ends, g[0], (-0.1, 2.2), (-0.05, 1.3), *names)

# %% [markdown] slideshow={"slide_type": "subslide"}
# By norm the arrow keeps its way: almost straight up, as the gradient says. By value it
# **turns to the diagonal**: only the large entry was cut, and now both weights count the same.
# The second weight mattered a hundred times more, and the step no longer knows.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict
#
# A network has many arrays of weights. Take two, with the gradients $(3, 4)$ and
# $(0.3, 0.4)$, and clip by norm at 1. This is what `clipnorm=1.0` does in Keras, and books
# say that it "keeps the direction of the whole gradient".
#
# What comes out? **A** both arrays a fifth as long, nearly **B** only the first one shorter
# **C** both of length 1

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Take a show of hands. Many vote A, because the sentence in the books says
# so. Let somebody compute the two norms before the next slide (5 and 0.5).

# %% slideshow={"slide_type": "subslide"}
g = [np.array([3.0, 4.0]), np.array([0.3, 0.4])]
clips = {
    "each array alone": gc.clip_by_norm,
    "all together": gc.clip_by_global_norm,
}

# %% slideshow={"slide_type": "fragment"}
for name, clip in clips.items():
    first, second = clip(g, 1.0)
    turned = gc.angle(g, [first, second])
    cosine = np.cos(np.radians(turned))
    print(f"{name:17}", first.round(4), second.round(4))
    print(f"   turned by {turned:.1f}°, cosine {cosine:.3f}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **B.** The first array had length 5 and was cut to 1; the second had length 0.5, so it was
# left alone. Each array kept *its* direction. The step through both did not. To see it, draw
# the step with one axis for each array: how far along $(3,4)$, how far along $(0.3, 0.4)$.

# %% slideshow={"slide_type": "subslide"} tags=["readme"]
lengths = {
    name: [np.linalg.norm(a) for a in clip(g, 1.0)]
    for name, clip in clips.items()
}
names = "length of array 1", "length of array 2", "upper left"
ax = arrows(lengths, (5, 0.5), (-0.05, 1.3), (-0.05, 0.8), *names)

# %% [markdown] slideshow={"slide_type": "subslide"}
# One clip that keeps the direction of the whole step, **the global norm**: the length of all
# arrays taken as one vector $g$,
# $\lVert g \rVert^2 = \sum_k \lVert g^{(k)} \rVert^2$ with array number $k$ written
# $g^{(k)}$, and one factor $\min(1,\, c / \lVert g \rVert)$ for all of them. The limit $c$ is
# called the threshold. In Keras that is `global_clipnorm`. In code the two differ by a
# bracket:

# %% slideshow={"slide_type": "fragment"}
show_source(gc.clip_by_norm, gc.clip_by_global_norm, doc=False)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## By how much, in a real network?
#
# Twenty layers of 100 ReLU units with He's weights, 200 photographs of clothes, five random
# starts. We clip the first gradient at thresholds from a ten-thousandth of its length up to
# its whole length, in the three ways, and measure the angle to the true one.

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

# %% slideshow={"slide_type": "subslide"}
ax = plots.learning_curves(
    mlp_turns, "angle", x="threshold / norm"
)
ax.set(xscale="log", xlabel="threshold / norm of the gradient")
label = ax.set_ylabel("angle (degrees)")

# %% [markdown] slideshow={"slide_type": "subslide"}
# The global norm turns nothing, ever. Array by array, the step turns as soon as the longest
# array is cut; once all are, they are equally long and the angle stays. By value it turns
# least at mild thresholds, because only a few entries are cut, and most at strict ones: in
# the end nothing is left but the signs.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Where long gradients come from
#
# In lesson 1 every layer multiplied the gradient by a factor of its own. A **recurrent**
# network reads a sequence, one $x_t$ at a time, and has *one* layer for all steps:
#
# $$h_t = \tanh(x_t W + h_{t-1} U + b)$$
#
# $h_t$ is what it knows after step $t$. On the way back the error signal
# $\delta_t = \partial\,\text{Loss}/\partial z_t$ meets the same matrix $U$ every time: not a
# product of many factors but a **power of one**.

# %% slideshow={"slide_type": "subslide"}
show_source(rnn.back_through_time, doc=False)

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
        back = net.loss(scores, some[1])[1] @ top["weights"].T
        states, u = caches[0][1], lower["recurrent"]
        delta = rnn.back_through_time(back, states, u)
        sizes.append(np.sqrt((delta**2).mean(axis=(-2, -1))))
    return np.array(sizes) / np.array(sizes)[:, -1:]

# %% slideshow={"slide_type": "subslide"}
gains = {f"U x {s}": signal_by_step(s) for s in (0.8, 1.0, 1.25)}
steps_back = "step (60 = the last)"
ax = plots.by_layer(
    gains, xlabel=steps_back, ylabel="error signal / last step's"
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# All three start from a rotation $U$, which keeps lengths, times a number. Slightly smaller,
# and what happened 60 steps ago leaves no trace. Slightly larger, and it grows until the bend
# of tanh holds it. **Clipping is for the upper curve only.** It multiplies every step's share
# by the same factor: a vanished share stays vanished.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict
#
# A task of memory: one of four symbols, then 59 steps of noise; at the end, which symbol was
# it? Guessing gets a quarter. We train at seven learning rates (momentum 0.9), with no clip
# and with clips at 1.
#
# At how many of the seven rates does each learn the task? Which is the largest rate that
# works, without the clip and with it?

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

# %% slideshow={"slide_type": "subslide"} tags=["readme"]
look = {"chance": 0.25, "band": "bootstrap"}
ax = plots.learning_curves(
    tuned.frame, "accuracy", x="learning_rate", **look
)
ax.set(xscale="log", xlabel="learning rate", ylim=(0, 1.05))
label = ax.set_ylabel("sequences remembered")

# %% slideshow={"slide_type": "fragment"}
good = tuned.scores[tuned.scores["mean"] > 0.9]  # 90 %
for arm, part in good.groupby("arm", sort=False):
    top = max(part.learning_rate)
    print(f"{arm:11}: {len(part)} of 7 rates work, up to {top}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# The task is not too hard for the plain network, and no number ever overflows. It learns
# where the rate is small enough for its *longest* gradient. Clipping lets the rate suit all the
# others: the window opens upward, more than tenfold. **What a clip buys first is a choice of
# learning rates.**

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The cliff
#
# Why is one gradient so much longer than the others? The smallest recurrent network has one
# unit and two numbers to learn: $h_t = \tanh(w\,h_{t-1} + b)$, 50 times over, from $h_0 = 0.5$. It is
# to end at 0.7. For $w > 1$ there are two places where it can come to rest, one above 0, one
# below. Where a slightly smaller $b$ makes it fall from the one to the other, the loss has a
# **cliff**.

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
def walk(start, limit=None, rate=0.3, steps=20):
    path = [np.array(start)]
    for _ in range(steps):
        h, *slopes = one_unit(*path[-1])
        g = [2 * (h - 0.7) * np.array(slopes)]
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
def draw_walk(step):
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 5))
    seen = {name: p[: step + 1] for name, p in paths.items()}
    area = {"xlim": (0.5, 2.5), "ylim": (-0.8, 2.4), "levels": 12}
    names = {"xlabel": "w", "ylabel": "b"}
    plots.contour_paths(loss, seen, **area, **names, ax=left)
    left.get_legend().remove()
    for k, (name, path) in enumerate(seen.items()):
        look = {"color": plots.PALETTE[k], "marker": "os"[k]}
        right.plot(loss(*path.T), label=name, lw=3, **look)
    right.set(xlim=(-0.5, 20), ylim=(1e-4, 5), yscale="log")
    right.set(xlabel="step", ylabel="loss")
    right.legend(loc="upper right")
    return figure

# %% slideshow={"slide_type": "subslide"} tags=["readme"]
stops = [*range(9), 10, 14, 20]
plots.frame_slider(draw_walk, stops, label="step", play=True)

# %% slideshow={"slide_type": "fragment"}
for name, path in paths.items():
    moved = np.linalg.norm(np.diff(path, axis=0), axis=1)
    print(f"{name:14}: steps", moved[:5].round(2))
    print(f"   after 20: loss {loss(*path[-1]):.4f}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Both start below the cliff (grey: high loss) and walk to its foot. On the wall the gradient
# is many times as long. The one without a clip is **thrown across the valley**, to where the
# loss is flat and no gradient leads back. The clipped one takes the same direction, only not
# so far, and finds the valley. The gradient was not wrong; it was *true for a short way only*.

# %% [markdown] slideshow={"slide_type": "skip"}
# That sentence has a theory. J. Zhang and others (2020) measured that a loss bends more where
# its gradient is longer: curvature at most $L_0 + L_1 \lVert g \rVert$. Under that condition a
# step must shrink as the gradient grows, which is what clipping does, and plain descent at any
# fixed rate can be arbitrarily slower. Clipping is then not a repair but the right step size.

# %% slideshow={"slide_type": "skip"}
w, b = np.linspace(1.2, 3.2, 41), np.linspace(-1, 0.6, 33)
starts = np.reshape(np.meshgrid(w, b), (2, -1))
moves = np.diff(walk(starts), axis=0)
longest = np.linalg.norm(moves, axis=1).max(axis=0)
print(f"of {starts.shape[1]} starts in this region,")
print(f"{np.mean(longest > 1):.1%} make a step longer than 1")

# %% [markdown] slideshow={"slide_type": "skip"}
# The start in the picture was chosen; few others are thrown like this at rate 0.3. Rare is what
# makes it dangerous: training goes well for a long time before it happens.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict
#
# Three histories: the global norm of every gradient, in training without a clip. The recurrent
# network at a rate where it learns, the same at ten times that rate, and 20 ReLU layers whose
# first weights are half as large again as He's.
#
# Which threshold would you choose for each? And **in which of them will clipping help?**

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Let people point at a height in each panel. Ask what share of the gradients
# their threshold would touch, and what the rest of the training would look like then.

# %% slideshow={"slide_type": "skip"}
def larger_he(shape, rng):
    return 1.5 * init.he_normal(shape, rng)


few = images.train.x[:3000], images.train.y[:3000]
too_large = partial(deep, "relu", larger_he)

# %% slideshow={"slide_type": "skip"}
trainings = {
    "memory, rate 0.0003": (memory_net, sequences, 6, 3e-4),
    "memory, rate 0.003": (memory_net, sequences, 6, 3e-3),
    "20 ReLU layers": (too_large, few, 2, 1e-5),
}

# %% slideshow={"slide_type": "skip"}
histories = {}
for name, (make, data, epochs, rate) in trainings.items():
    histories[name] = history = gc.norm_history()
    net = make(seeds=1, clipping=history)
    net.fit(*data, epochs, optimizer=SGD(rate, momentum=0.9))

# %% slideshow={"slide_type": "subslide"}
figure, panels = plt.subplots(1, 3, figsize=(14, 4.4))
for ax, name in zip(panels, histories, strict=True):
    ax.plot(histories[name].norms, color=plots.PALETTE[0], lw=1.5)
    ax.set(title=name, xlabel="step", ylim=(0, None))
label = panels[0].set_ylabel("norm of the gradient")

# %% slideshow={"slide_type": "subslide"}
rows = []
for name, history in histories.items():
    half, most = np.quantile(history.norms, [0.5, 1])
    limit = gc.threshold_from(history, quantile=0.9)
    rows.append([name, half, most, most / half, limit])
columns = ["training", "median", "longest", "ratio", "90 % below"]
table(pd.DataFrame(rows, columns=columns), digits=3)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **The rule.** Train for a while at a rate that is safe, look at the norms, and put the
# threshold where it would have cut few of them: `gc.threshold_from` takes a quantile of the
# *left* panel. In the middle, spikes come up without a warning: there is something to cut.
# On the right the longest gradient comes first, and all are hundreds of times longer than 1.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### What the threshold does
#
# The memory task again, at ten and at thirty times the safe rate, with thresholds over
# several powers of ten. The dotted line is the rule's.

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

# %% slideshow={"slide_type": "subslide"}
look = {"x": "threshold", "chance": 0.25, "band": "bootstrap"}
ax = plots.learning_curves(swept, "accuracy", **look)
rule = gc.threshold_from(histories["memory, rate 0.0003"])
line = ax.axvline(rule, color="black", ls=":", lw=2)
ax.set(xscale="log", ylim=(0, 1.05))
label = ax.set_ylabel("sequences remembered")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Too low, and every step is equally short: too slow. Too high, and the spikes come through.
# In between there is room, at ten times the rate more than at thirty: it is **threshold times
# rate** that says how long a step may be. The rule's threshold is a good start, and 1 is a
# custom, not a law.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What clipping cannot do: a network that is simply too large
#
# The 20 ReLU layers whose gradients are *always* too long; at each rate two seeds and half of
# the images (hatched: a run diverged). The last arm also holds the *weights*: **max-norm**
# shortens each unit's incoming weights to a length of at most $\sqrt{2}$, about He's, after
# every step. (In Keras a `kernel_constraint`, with `axis=0` for dense layers and `[0, 1, 2]`
# for convolutions.)

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
held = big_arms["global norm"] | {"constraint": max_norm}
big_arms["global, max-norm"] = held

# %% slideshow={"slide_type": "skip"}
half = {k: arm | {"n_train": 1250} for k, arm in big_arms.items()}
big_rates = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1]
big_tuned = experiments.tune(
    trials.fit_mlp, half, big_rates, seeds=[100, 101]
)

# %% slideshow={"slide_type": "subslide"}
score = big_tuned.scores.pivot(
    index="arm", columns="learning_rate", values="mean"
)
upward = list(big_arms)[::-1]
axes = upward, [f"{rate:.0e}" for rate in score.columns]
names = {"xlabel": "learning rate", "ylabel": ""}
names["label"] = "validation accuracy"
ax = plots.heatmap(score.loc[upward], *axes, center=None, **names)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Clipped networks survive every rate. **To survive is not to learn**: none comes far, and the
# plain one, at its own tiny rate, is no worse. Where *all* gradients are too long, one small
# rate does what a clip does. What helps is to mend the weights. Clipping is for gradients that
# are too long now and then; for those that always are, see lessons 2 and 4.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Why recurrent networks
#
# Deep networks got batch normalization (lesson 4), and clipping is rarely what keeps them
# alive. In a recurrent network it is hard to use: every step of the sequence would need its own
# means and variances, test sequences may be longer than any in training, and one $U$ serves all
# steps. So there it is clipping that holds the gradient, with a good $U$ to start from; max-norm
# too was proposed for networks without normalization.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The same in Keras
#
# An argument of the optimizer, any optimizer. To see exactly what Keras does we let SGD take
# one step at rate 1 from weights of zero: where it arrives is minus the gradient that it used.

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

# %% slideshow={"slide_type": "fragment"}
real = gradients_of(memory_net(0), *sequences)
near = partial(np.allclose, atol=1e-7)

# %% slideshow={"slide_type": "fragment"}
for name, clip in zip(settings, ways.values(), strict=True):
    theirs = keras_uses(real, **{name: 0.1})
    same = all(map(near, theirs, clip(real, 0.1)))
    angle = gc.angle(real, theirs)
    print(f"{name:15} agrees: {same}, turned by {angle:.1f}°")

# %% [markdown] slideshow={"slide_type": "fragment"}
# So `clipnorm` is *each array alone*, also in Keras; the one that keeps the direction is
# `global_clipnorm`. You would write `keras.optimizers.SGD(0.01, global_clipnorm=1.0)`, or
# `clipvalue=1.0`, and `compile` with it. Only one of the three:

# %% slideshow={"slide_type": "subslide"}
try:
    keras.optimizers.SGD(0.01, clipnorm=1.0, global_clipnorm=1.0)
except ValueError as error:
    print(str(error)[:64])

# %% slideshow={"slide_type": "fragment"}
g = [np.float32([3e30, 4e30])]
print("clipnorm       ", *keras_uses(g, clipnorm=1.0))
print("global_clipnorm", *keras_uses(g, global_clipnorm=1.0))
print("ours           ", *gc.clip_by_global_norm(g, 1.0))
print("clipnorm=-1    ", *keras_uses(g, clipnorm=-1.0))

# %% [markdown] slideshow={"slide_type": "fragment"}
# Keras squares in float32, where $10^{60}$ is infinity: a gradient of $10^{30}$ becomes a step
# of zero, or NaN, without a word. (Ours takes the largest entry out first.) And a limit that
# makes no sense is not refused; it just does not clip. The order is clip, weight decay, step:

# %% slideshow={"slide_type": "fragment"}
weight = keras.Variable([100.0])
decay = {"weight_decay": 0.1, "global_clipnorm": 1.0}
keras.optimizers.SGD(1.0, **decay).apply([[1000.0]], [weight])
print("100, decay of 10 %, gradient 1000:", weight.numpy())

# %% [markdown] slideshow={"slide_type": "fragment"}
# The gradient was allowed its 1; the decay took 10 on top. A clip does not limit what decay
# takes.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Adam does not care
#
# Adam (lesson 7) divides each step by the recent size of its gradients. So what does a clip
# change that cuts every gradient? We let both take 30 steps on the clothes, clipped at 0.1 and
# not, and compare how far the weights have moved.

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

# %% slideshow={"slide_type": "fragment"} tolerance={"relative": 0.02, "why": "Keras training does not repeat"}
for make in (keras.optimizers.SGD, keras.optimizers.Adam):
    clipped = travelled(make(0.001, global_clipnorm=0.1))
    ratio = clipped / travelled(make(0.001))
    print(f"{make.__name__:4}: clipped, {ratio:.2f} times as far")

# %% [markdown] slideshow={"slide_type": "fragment"}
# A factor that all gradients share cancels in Adam. Only what *stands out* is still cut, and
# that too is felt less. Why, and what remains, is an exercise.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Evidence
#
# Each arm at its own best rate, found on other seeds, and again at one and the same rate: five
# new seeds each. The recurrent task has its 1,000 sequences and 1,000 others to answer; the
# deep network 2,500 images and 5,000 others.

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
five = range(5)
large = experiments.run(trials.fit_mlp, large_arms, seeds=five)
large["accuracy"] = large.valid_accuracy

# %% slideshow={"slide_type": "subslide"}
caption = "Memory: sequences remembered"
frame = summary(recurrent, memory_arms)
table(frame, caption, digits=3, index=True)

# %% slideshow={"slide_type": "subslide"}
caption = "20 ReLU layers, too large: validation accuracy"
frame = summary(large, large_arms)
table(frame, caption, digits=3, index=True)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Where gradients are long *now and then*, clipping wins: by far at the same large rate, by a
# little where the plain network may choose its own. Where they are long *always*, it prevents
# the overflow, and that is all; shorter weights do the rest.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The claims, judged
#
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
        near = frame[np.isclose(share, limit)]
        near = near.assign(diverged=False)
        for way in ("by value", "each array"):
            claim = f"global norm turns less than {way}"
            condition = f"{what}, at {limit} of norm"
            arms = "global norm", way
            judge(claim, condition, near, *arms, "angle")

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
    ):
        claim = f"{better} beats {than}"
        pair = better + end, than + end, "accuracy"
        if pair[0] in set(frame.arm):
            judge(claim, condition, frame, *pair)

# %% slideshow={"slide_type": "subslide"}
table(pd.DataFrame(evidence[:8]), digits=2)

# %% slideshow={"slide_type": "subslide"}
table(pd.DataFrame(evidence[8:]), digits=2)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Clipping array by array turns the whole step, by 40 degrees and more at strict thresholds; by
# value it turns as far there, and hardly at mild ones. But look at the lower table: the turned
# step is **not worse**. At their own best rates no difference is seen, and at the same rate
# array by array does better. That clipping rescues holds for the memory task; in the network
# with too large weights it holds only where the other overflows.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What goes wrong in other texts
#
# | You may read | What we found |
# |---|---|
# | `clipnorm` keeps the direction of the whole gradient. | Of each array. Strict limits turned our whole step by 40 degrees and more; `global_clipnorm` keeps it. |
# | Clipping by value destroys the direction. | At mild thresholds it turned the step *less* than `clipnorm`. |
# | A turned step is a worse step. | Not here: `clipnorm` trained at least as well as `global_clipnorm`. |
# | Clipping rescues a network that explodes. | The recurrent one, yes. The one with too large weights only survives. |
# | Without a clip it cannot be trained. | At a small enough rate it could. |
# | Clipping cures unstable gradients. | Only long ones. What vanished stays vanished. |
# | Set the threshold to 1. | Look at the norms; then threshold times rate is what counts. |

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Summary
#
# - The gradient is true, for a short way. Clipping shortens the way.
# - By value and array by array the step turns; by global norm never. Ask Keras for
#   `global_clipnorm`.
# - A recurrent network meets one matrix again and again: its loss has cliffs.
# - Clipping helps against spikes and allows larger rates. It does not help against gradients
#   that are always too long, nor against those that vanished.
# - The threshold comes from a history of norms.

# %% [markdown] slideshow={"slide_type": "subslide"}
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
