# %% [markdown] slideshow={"slide_type": "slide"}
# # 9. Regularization
#
# A network learns 500 photographs of clothes by heart. Then we shuffle the labels, so that
# there is nothing to understand any more. It learns those by heart as well, to the last one.
#
# **If it can memorise anything, what makes it prefer the truth when there is one?**

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Ask the hall: what would a network have to be unable to do, so that it cannot
# learn nonsense? Collect answers (fewer weights, smaller weights, less time, more data). Most of
# them are a section of this lesson; tick them off as they come.

# %% [markdown] slideshow={"slide_type": "notes"}
# ## What you will be able to do
#
# - Say what each regularizer forbids: a ball, a diamond, missing units, stopping early.
# - Tell under-fitting from an artifact of dropout in two learning curves.
# - Tell an L2 penalty from weight decay, and know when it matters.
# - Ask a network how sure it is, and check whether its answer can be believed.
#
# About an hour, and another for the exercises. You need lessons 3 and 4 for SELU and batch
# normalization. *Regularization* holds a network back; *normalization* sets means and variances.

# %% slideshow={"slide_type": "skip"}
from functools import partial

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from course_utils import regularization as reg
from course_utils.batch_normalization import BatchNorm
from course_utils.lab import experiments, network, plots, trials
from course_utils.lab import monte_carlo as mc
from course_utils.lab.display import show_source, table
from course_utils.lab.early_stopping import EarlyStopping
from course_utils.lab.layers import Noise
from course_utils.optimizers import SGD, Adam, AdamW

plots.use_style()

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The picture first
#
# Two hidden layers of 100 units, 500 images: once with the true labels, once with the same labels
# dealt out at random.

# %% [markdown] slideshow={"slide_type": "notes"}
# ReLU units, three random starts, 50 passes (epochs) through the data. Solid: accuracy on the 500
# images. Dashed: on 2,000 others, with their true labels.

# %% slideshow={"slide_type": "skip"}
images = trials.images()
x, y = images.train.x[:500], images.train.y[:500]
others = images.valid.x[:2000], images.valid.y[:2000]
shuffled = np.random.default_rng(0).permutation(y)

# %% slideshow={"slide_type": "skip"}
he = {"initializer": "he_normal"}


def small_net(seeds=0, **settings):
    sizes = [784, 100, 100, 10]
    return network.mlp(sizes, seeds=seeds, **he, **settings)


# %% slideshow={"slide_type": "skip"}
def memorise(labels):
    net, sgd = small_net([0, 1, 2]), SGD(0.01, momentum=0.9)
    run = net.fit(x, labels, 50, optimizer=sgd, valid=others)
    return net, run.frame


# %% slideshow={"slide_type": "skip"}
learned, frame = memorise(y)
heard = {"true": frame, "shuffled": memorise(shuffled)[1]}

# %% slideshow={"slide_type": "-", "show": "output"} alt="Line chart of accuracy over 50 epochs. With true labels the training accuracy soon reaches 1 and the accuracy on other images stays near 0.8. With shuffled labels the training accuracy climbs more slowly and reaches 1 as well, while the accuracy on other images stays close to guessing." tags=["readme"]
fig, ax = plt.subplots()
for k, (name, frame) in enumerate(heard.items()):
    mean = frame.groupby("epoch").mean()
    look = {"color": plots.PALETTE[k], "lw": 3}
    own, new = f"{name}, training", f"{name}, other images"
    ax.plot(mean.accuracy, "-", label=own, **look)
    ax.plot(mean.valid_accuracy, "--", label=new, **look)
ax.axhline(0.1, color="0.4", ls=":", label="guessing")
ax.set(xlabel="epoch", ylabel="accuracy", ylim=(0, 1.03))
legend = ax.legend(title="labels", loc="center right")

# %% slideshow={"slide_type": "skip"}
for name, frame in heard.items():
    last = frame[frame.epoch == 50].mean()
    own, new = last.accuracy, last.valid_accuracy
    print(f"{name:8}: {own:.3f} of its own, {new:.2f} of others")
print(small_net().n_parameters, "parameters, 500 images")
by_luck = np.mean(shuffled == y)
print(f"of the dealt labels {by_luck:.2f} are true")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Perfect training accuracy says nothing about understanding.

# %% [markdown] slideshow={"slide_type": "notes"}
# Many parameters, little data: this network *can* memorise everything. **Overfitting** is what we
# call it when it is much better on what it has seen than on what it has not. With shuffled labels
# nearly all it knows is that gap (0.14 on others, not 0.10: by chance 12 % of the dealt labels
# are true). With true ones the gap is more than a fifth, and nearly four of five new images come
# out right.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: what does the loss say?
#
# The run with true labels again. Its accuracy on other images stays near 0.78 for forty epochs.
# What does the **cross-entropy** on those images do meanwhile?
#
# - **A** it falls, as the training loss does
# - **B** it stays, as the accuracy does
# - **C** it falls, turns round and climbs

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* B is the usual vote: the same number of wrong answers, so the same loss. Ask
# what the cross-entropy charges for a wrong answer given with 99 %, and for one given with 60 %.
# Then let them say where they would have stopped.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## One curve more

# %% slideshow={"slide_type": "-", "show": "output"} alt="Line chart over 50 epochs. The training loss falls to zero. The loss on other images falls until a grey line at about epoch 7, then turns and climbs for the rest of the run. The share of wrong answers on other images stays level from there on."
mean = heard["true"].groupby("epoch").mean()
fig, ax = plt.subplots()
ax.plot(mean.loss, label="loss, training", lw=3)
ax.plot(mean.valid_loss, "--", label="loss, other images", lw=3)
wrong = 1 - mean.valid_accuracy
ax.plot(wrong, ":", label="wrong answers, other images", lw=3)
best = int(mean.valid_loss.idxmin())
look = {"color": "0.4", "lw": 1, "label": "lowest loss, others"}
ax.axvline(best, **look)
ax.set(xlabel="epoch", ylabel="loss, or share", ylim=(0, 1.5))
legend = ax.legend()

# %% slideshow={"slide_type": "skip"}
earlier = small_net([0, 1, 2])
earlier.fit(x, y, best, optimizer=SGD(0.01, momentum=0.9))
for epoch, net in {best: earlier, 50: learned}.items():
    row, p = mean.loc[epoch], mc.probabilities(net, others[0])
    wrong, sure = p.argmax(-1) != others[1], p.max(-1)
    print(f"epoch {epoch:2}: loss {row.valid_loss:.2f},", end=" ")
    print(f"accuracy {row.valid_accuracy:.3f};", end=" ")
    says = f"{sure[wrong].mean():.2f}, {sure[~wrong].mean():.2f}"
    print(f"how sure if wrong, if right: {says}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **C.** The loss turns round early; the accuracy does not fall with it. What gets worse is
# not *how many* answers are wrong but **how sure the network is of them**.

# %% [markdown] slideshow={"slide_type": "notes"}
# Its probability for the answer it gives, its **confidence**, grows. **Early stopping** ends
# training where the validation loss has stopped falling for some epochs (the *patience*) and goes
# back to the best weights (grey line).

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What a regularizer forbids
#
# Two weights, one bowl of a loss, its lowest point (cross) far out. Each regularizer keeps the
# weights from going there.

# %% slideshow={"slide_type": "skip"}
bowl = np.array([[1.0, 0.35], [0.35, 0.25]])
far = np.array([0.9, 1.5])


def ball(penalty):
    """Where bowl and l2 together are lowest: linear equations."""
    both = bowl + 2 * penalty * np.eye(2)
    return np.linalg.solve(both, bowl @ far)


# %% slideshow={"slide_type": "skip"}
def walk(shrink=0.0, steps=150, rate=0.5):
    """Gradient descent from zero; a soft threshold for l1."""
    way = [np.zeros(2)]
    for _ in range(steps):
        w = way[-1] - rate * bowl @ (way[-1] - far)
        way.append(reg.soft_threshold(w, rate * shrink))
    return np.array(way)


# %% slideshow={"slide_type": "skip"}
strengths = np.logspace(1, -3, 200)
ways = {
    "l2: a ball": np.array([ball(s) for s in strengths]),
    "l1: a diamond": np.array([walk(s)[-1] for s in strengths]),
    "stopping early": walk(steps=60),
}


# %% slideshow={"slide_type": "skip"}
def forbidden(ax, name, way):
    a, b = np.meshgrid(*[np.linspace(-0.6, 2, 80)] * 2)
    d = np.stack([a - far[0], b - far[1]], axis=-1)
    height = ((d @ bowl) * d).sum(axis=-1)
    ax.contour(a, b, np.sqrt(height), 10, colors="0.7")
    angle = np.linspace(0, 2 * np.pi, 5 if "l1" in name else 90)
    if name != "stopping early":
        ax.fill(np.cos(angle), np.sin(angle), alpha=0.2)
    look = {"color": plots.PALETTE[1], "markersize": 4}
    some = way if name == "stopping early" else way[::5]
    ax.plot(*np.transpose(some), "o-", **look)
    ax.plot(*far, "kx", ms=12, mew=3)
    ax.set(title=name, aspect="equal", xlabel="first weight")
    ax.set(xlim=(-0.6, 2), ylim=(-0.6, 2))


# %% slideshow={"slide_type": "skip"}
def touch(ax, name, way):
    """The point of the way that just reaches the drawn edge."""
    order = 1 if "l1" in name else 2
    size = np.linalg.norm(way, ord=order, axis=1)
    stop = way[np.argmin(np.abs(size - 1))]
    ax.plot(*stop, "o", color="black", ms=13)
    return [float(w) for w in np.round(stop, 2)]


# %% slideshow={"slide_type": "-", "show": "output"} alt="Three contour plots of the same bowl over two weights, each with a path of dots from zero to the cross at the lowest point. l2: a shaded ball, and the path leaves zero obliquely; the best allowed point has two weights. l1: a shaded diamond, and the path first runs along an axis; the best allowed point is a corner, with one weight exactly zero. Stopping early: a path close to that of l2." tags=["readme"]
fig, axes = plt.subplots(1, 3, figsize=(13, 4.6))
for ax, (name, way) in zip(axes, ways.items(), strict=True):
    forbidden(ax, name, way)
axes[0].set_ylabel("second weight")
ball_way, diamond_way, _ = ways.items()
in_ball = touch(axes[0], *ball_way)
in_diamond = touch(axes[1], *diamond_way)

# %% slideshow={"slide_type": "skip"}
print("best in the ball:   ", in_ball)
print("best in the diamond:", in_diamond)

# %% [markdown] slideshow={"slide_type": "fragment"}
# In the diamond the best point (black) is a **corner**: one weight is exactly zero.

# %% [markdown] slideshow={"slide_type": "notes"}
# **l2** and **max-norm** want the weights inside a ball, **l1** inside a diamond; **stopping
# early** leaves them wherever the way from zero has come. Small dots: where the weights end, from
# strong (at zero) to weak, or after each step. l1 goes **along an axis** for a while, l2 never.
# And stopping early comes a similar way as l2: training time is a strength, too. (Dropout forbids
# something else: to rely on any unit.)

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Ask why the black point of the ball has no zero in it, and what the bowl would
# have to look like for it to have one.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Penalties: weights cost
#
# Add to the loss what the weights of each layer cost, with strength $\lambda$:
#
# $$\ell_1:\ \lambda \sum |w| \qquad\qquad \ell_2:\ \lambda \sum w^2$$

# %% [markdown] slideshow={"slide_type": "fragment"}
# What each weight feels of it:
#
# $$\ell_1:\ \lambda\, \mathrm{sign}(w) \qquad\qquad \ell_2:\ 2\lambda w$$

# %% [markdown] slideshow={"slide_type": "fragment"}
# **l2** pulls a weight the harder the larger it is; **l1** pulls all with the same force.

# %% [markdown] slideshow={"slide_type": "notes"}
# $\ell_1\ell_2$ adds both. $\ell_2$ is the squared length, with **no root**. Each layer's penalty
# is added once to the loss, not once for each weight.

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Ask which of the two forces is still there when a weight is almost zero. That
# is the next question.

# %% [markdown] slideshow={"slide_type": "skip"}
# Here is the code of all three; `axes` leaves room for networks trained side by side.

# %% slideshow={"slide_type": "skip"}
show_source(reg.L1L2.loss, reg.L1L2.gradient, doc=False)

# %% slideshow={"slide_type": "skip"}
w = np.array([[3.0, -4.0]])
print("l2(0.01):", reg.l2(0.01).loss(w), reg.l2(0.01).gradient(w))
print("l1(0.01):", reg.l1(0.01).loss(w), reg.l1(0.01).gradient(w))
length = np.sqrt((w**2).sum())
print("of the root it would be", 0.01 * w / length)

# %% [markdown] slideshow={"slide_type": "skip"}
# (Many texts write $\frac{\lambda}{2}\sum w^2$, with gradient $\lambda w$: their number is twice
# Keras' for the same pull.) l2's root, by mistake, would pull all *together* with a force of
# $\lambda$, at any size.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: how many zeros?
#
# "l1 makes weights exactly zero." We train the small network on the 500 images with
# `reg.l1(0.01)`, 30 epochs, by gradient descent as always. It has 89,400 weights. How many of
# them are **exactly** zero afterwards?
#
# - **A** none
# - **B** about one in ten
# - **C** more than half

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Point at the diamond before the vote: there a weight was zero on a whole piece
# of the way. So most will say C. Ask afterwards: what does a step of fixed size do to a number
# that is nearer to zero than the step is long?

# %% slideshow={"slide_type": "skip"}
rate, strength = 0.01, 0.01
step_back = partial(reg.soft_threshold, amount=rate * strength)

# %% slideshow={"slide_type": "skip"}
shrinking = {
    "no penalty": {},
    "l2(0.01)": {"penalty": reg.l2(0.01)},
    "l1(0.01), its gradient": {"penalty": reg.l1(strength)},
    "l1(0.01), soft threshold": {"constraint": step_back},
}


# %% slideshow={"slide_type": "skip"}
def shrunk(setting):
    net = small_net(**setting)
    net.fit(x, y, 30, optimizer=SGD(rate))
    arrays = [a.ravel() for a in net.get_weights()[::2]]
    right = net.evaluate(*others)["accuracy"]
    return np.concatenate(arrays), right


# %% slideshow={"slide_type": "skip"}
shrunken = {name: shrunk(s) for name, s in shrinking.items()}

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A step jumps over zero

# %% slideshow={"slide_type": "-", "show": "output"}
rows = {
    name: {
        "share exactly 0": np.mean(w == 0),
        "share below 0.001": np.mean(np.abs(w) < 0.001),
        "length": np.linalg.norm(w),
        "accuracy": right,
    }
    for name, (w, right) in shrunken.items()
}
table(pd.DataFrame(rows).T, digits=3, index=True)

# %% [markdown] slideshow={"slide_type": "fragment"}
# **A.** A step of fixed size $\eta\lambda$ jumps *over* zero and back again. A **soft threshold**
# (last row) stops there.

# %% [markdown] slideshow={"slide_type": "notes"}
# For exact zeros the step must not be allowed to pass zero: `soft_threshold` moves every weight
# by $\eta\lambda$ toward it and stops. (Both l1 rows have the same strength.) Keras' `l1` uses
# the gradient, so its weights get small, never zero.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: is weight decay l2?
#
# **Weight decay** shortens every weight by a share: $w \leftarrow w - \eta\lambda w$. The
# gradient of l2 does $w \leftarrow w - \eta\, 2\lambda w$. Books take them for the same thing.
#
# Two weights start at 1. Their gradients only change sign in each step, a *loud* one of size 1
# and a *quiet* one of size 0.01. With SGD and l2 both fade alike. **With Adam and l2: which fades
# more?**
#
# - **A** the loud one
# - **B** the quiet one
# - **C** both alike

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* C is the usual answer, because the penalty's gradient does not know loud from
# quiet. Ask what Adam divides every step by. Some will then say A ("the loud one gets the larger
# steps"); let them write down what the pull becomes once it has been divided.

# %% slideshow={"slide_type": "skip"}
signs = (-1.0) ** np.arange(2000)
rattling = signs[:, None] * [1, 0.01]


# %% slideshow={"slide_type": "skip"}
def faded(optimizer, l2=0.0, decay=0.0):
    w, state = np.ones(2), optimizer.init(np.ones(2))
    for g in rattling:
        w -= optimizer.learning_rate * decay * w
        g = g + reg.l2(l2).gradient(w)
        w, state = optimizer.step(w, g, state)
    return w


# %% slideshow={"slide_type": "skip"}
lam = 0.1
kinds = {
    "SGD": SGD(0.001),
    "SGD, momentum": SGD(0.001, momentum=0.9),
    "Adam": Adam(0.001),
}

# %% slideshow={"slide_type": "skip"}
fading = {
    name: np.r_[faded(o, l2=lam / 2), faded(o, decay=lam)]
    for name, o in kinds.items()
}
adamw = AdamW(0.001, weight_decay=lam)
fading["AdamW"] = np.r_[np.nan, np.nan, faded(adamw)]

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Adam divides the pull as well

# %% slideshow={"slide_type": "-", "show": "output"}
columns = ["l2: loud", "l2: quiet", "decay: loud", "decay: quiet"]
frame = pd.DataFrame(fading, index=columns).T
table(frame, "Weights after 2,000 steps", digits=3, index=True)

# %% [markdown] slideshow={"slide_type": "fragment"}
# **B.** In Adam, l2 is divided by the size of the gradients: the **quiet weight is wiped out**.
# Decay *beside* the gradient treats both alike. Adam with that is **AdamW**.

# %% [markdown] slideshow={"slide_type": "notes"}
# With plain SGD, l2 with $\lambda/2$ *is* weight decay with $\lambda$, digit by digit. With
# momentum l2 goes through the velocity, and pulls ten times as hard (as the loss does, too). The
# loss here only rattles the weights, so all that fades them is the pull. The last row, AdamW, has
# the same numbers as decay beside Adam.

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Does overfitting come from large weights?
#
# So many texts explain penalties. Take a trained network and make its weights longer without
# changing what it says. ReLU: all weights and biases of layer 1 times 10, the weights of layer 2
# divided by 10. Batch normalization: layer 1 times 10, and nothing else. (Its moving averages
# would follow by themselves; here they are scaled along.)


# %% slideshow={"slide_type": "skip"}
def lengthen(net, factor):
    first, second, _ = net.dense_layers()
    for array in net.parameters[first].values():
        array *= factor
    if second == 2:  # dense, ReLU, dense: nothing between
        net.parameters[second]["weights"] /= factor
        return
    net.state[1]["moving_mean"] *= factor
    net.state[1]["moving_variance"] *= factor**2


# %% slideshow={"slide_type": "skip"}
def before_and_after(piece):
    net = small_net(normalization=piece)
    net.fit(x, y, 10, optimizer=SGD(0.01, momentum=0.9))
    yield np.linalg.norm(net.flat), mc.probabilities(net, x)
    lengthen(net, 10)
    yield np.linalg.norm(net.flat), mc.probabilities(net, x)


# %% slideshow={"slide_type": "skip"}
for name, piece in {"ReLU": None, "BN": BatchNorm(0.9)}.items():
    (short, before), (long, after) = before_and_after(piece)
    moved = np.abs(after - before).max()
    print(f"{name:4}: length {short:.0f} -> {long:.0f},", end=" ")
    print(f"largest change of a probability: {moved:.3f}")

# %% [markdown] slideshow={"slide_type": "skip"}
# About six or seven times as long, the same function, so exactly the same overfitting. **Length alone cannot
# be the cause.** What a penalty does to a layer in front of batch normalization is to change the
# size of its steps, relative to the weights (van Laarhoven 2017). Penalties can help all the
# same; the evidence below will show what they change.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What each one does to a boundary
#
# Two moons, some points on the wrong side. Go through the regularizers.

# %% [markdown] slideshow={"slide_type": "notes"}
# Forty points in each moon. A network with two layers of 100 units learns them, always from the
# same start. Left its boundary (blue: sure of the circles, red: sure of the squares), right its
# weights. The slider goes from none to l2, weak to strong, and to dropout, little to much.

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Before you move it: which of them will change the picture on the right, and
# which only the one on the left? Stop at the strongest l2 and ask what it would take to do worse
# on new points than with nothing.


# %% slideshow={"slide_type": "skip"}
def moons(n=40, noise=0.3, seed=3):
    rng = np.random.default_rng(seed)
    angle = rng.uniform(0, np.pi, size=(2, n))
    upper = np.stack([np.cos(angle[0]), np.sin(angle[0])], axis=1)
    lower = [1 - np.cos(angle[1]), 0.5 - np.sin(angle[1])]
    points = np.concatenate([upper, np.stack(lower, axis=1)])
    points += noise * rng.normal(size=points.shape)
    return points.astype(np.float32), np.repeat([0, 1], n)


# %% slideshow={"slide_type": "skip"}
points, side = moons()
fresh = moons(1000, seed=4)
spans = np.linspace(-2, 3, 60), np.linspace(-1.7, 2.2, 60)
grid = np.meshgrid(*spans)
plane = np.stack(grid, axis=-1).reshape(-1, 2)

# %% slideshow={"slide_type": "skip"}
held_back = {"nothing": {}}
for s in (0.001, 0.003, 0.01, 0.03):
    held_back[f"l2({s})"] = {"penalty": reg.l2(s)}
for p in (0.1, 0.3, 0.7):
    held_back[f"dropout {p}"] = {"dropout": reg.Dropout(p)}


# %% slideshow={"slide_type": "skip"}
def draw_plane(ax, net):
    p = mc.probabilities(net, plane)[:, 1].reshape(60, 60)
    ax.contourf(*grid, p, np.linspace(0, 1, 11), cmap="RdBu_r")
    ax.contour(*grid, p, [0.5], colors="black", linewidths=3)
    for k, mark in enumerate("os"):
        here = points[side == k].T
        ax.plot(*here, mark, color="bk"[k], mfc="w", ms=7)
    right = net.evaluate(*fresh)["accuracy"]
    ax.set_title(f"accuracy on new points: {right:.2f}")


# %% slideshow={"slide_type": "skip"}
def boundary(name):
    net = network.mlp([2, 100, 100, 2], **he, **held_back[name])
    net.fit(points, side, 150, 40, optimizer=SGD(0.05, 0.9))
    fig, (left, right) = plt.subplots(1, 2, figsize=(11, 4.4))
    draw_plane(left, net)
    weights = [w.ravel() for w in net.get_weights()[::2]]
    bins = np.linspace(-0.8, 0.8, 81)
    right.hist(np.concatenate(weights), bins, log=True)
    right.set(xlabel="weight", ylabel="number", ylim=(0.8, 2e4))
    return fig


# %% slideshow={"slide_type": "skip"}
def boundary_in_words(name):
    shapes = {
        "nothing": "winds around single points",
        "l2(0.001)": "still winds around single points",
        "l2(0.003)": "is a smooth wave",
        "l2(0.01)": "is a gentle bow with a broad edge",
        "l2(0.03)": "is a line that misses the moons",
        "dropout 0.1": "still winds around single points",
        "dropout 0.3": "is a smooth wave",
        "dropout 0.7": "is a gentle bow",
    }
    near = "closer to zero" if "l2" in name else "broad"
    left = f"Held back by {name}, the boundary between two moons"
    return f"{left} {shapes[name]}; the weights are {near}."


# %% slideshow={"slide_type": "-", "show": "output"}
plots.frame_slider(
    boundary,
    list(held_back),
    "held back by",
    alt=boundary_in_words,
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# **Two kinds of holding back:** short weights, or weights that have to work in any company.

# %% [markdown] slideshow={"slide_type": "notes"}
# With nothing, the boundary winds around single points. l2 straightens it and piles the weights
# up at zero; too strong, and it cannot follow the moons at all. Dropout smooths as well, yet its
# histogram stays as broad as before.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Dropout: who is missing today?
#
# In every training step each unit is absent (white) with probability $p$, drawn anew for every
# step, unit *and example*.

# %% [markdown] slideshow={"slide_type": "notes"}
# $p$ is the **dropout rate**. Inputs may be dropped too; outputs never. Usual rates are 0.1 to
# 0.5. Here ten examples of one batch, 40 units, $p = 0.5$; white is missing.

# %% slideshow={"slide_type": "-", "show": "output"} alt="Chessboard-like picture of 40 units for ten examples of one batch: about half of the squares are blue, half white, without any pattern. Each example misses other units."
kept = reg.keep_mask((10, 40), 0.5, np.random.default_rng(0))
fig, ax = plt.subplots(figsize=(9, 3))
ax.imshow(kept, cmap="Blues", vmin=0, vmax=1.3)
ax.grid(False)
label = ax.set(xlabel="unit", ylabel="example of the batch")

# %% [markdown] slideshow={"slide_type": "fragment"}
# The next layer would receive less. **Inverted dropout**, in every library today: divide by
# $1 - p$ in training, and do nothing after.

# %% [markdown] slideshow={"slide_type": "notes"}
# With a share $p$ of the units missing, what the next layer receives has to be scaled, in one of
# two ways. **First published:** train with zeros, and multiply by the *keep* rate $1 - p$ ever
# after. The inverted way does it in training.

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Ask what happens to a network that was trained with zeros and then used without
# any scaling: every layer suddenly receives $1/(1-p)$ times what it is used to.

# %% slideshow={"slide_type": "skip"}
ones, p = np.ones(100_000), 0.2
draw = partial(np.random.default_rng, 0)
zeros = reg.dropout(ones, p, draw(), inverted=False).mean()
inverted = reg.dropout(ones, p, draw()).mean()

# %% slideshow={"slide_type": "skip"}
print(f"in training: {zeros:.2f}, inverted {inverted:.2f}")
print(f"after, times keep rate {1 - p:.1f}: {1 - p:.2f}")
print(f"after, times drop rate {p:.1f}: {p:.2f}")
for rate in (0.1, 0.2, 0.5):
    print(f"p = {rate}: keep / drop = {(1 - rate) / rate:.0f}")

# %% [markdown] slideshow={"slide_type": "skip"}
# In both, training and afterwards agree: 0.80 and 0.80, or 1.00 and 1.00. Mixing the two is off
# by a factor $1 - p$. Scaling by the share that was *dropped* (you may find that in print) sends
# on four times too little here, nine times at $p = 0.1$, and goes unnoticed at $p = 0.5$. Writing
# the inverted form is exercise 1.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Why it works: nobody relies on anybody
#
# Train with three dropout rates; then take units away, drawn anew for each image.

# %% [markdown] slideshow={"slide_type": "notes"}
# The usual story: units that cannot count on one another learn features that are useful alone,
# instead of *co-adapting*. Then a network trained with dropout should survive the loss of units
# better.

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Ask for the order of the three lines at the left end (nearly level) and in the
# middle before you point at them.


# %% slideshow={"slide_type": "skip"}
def survivors(trained_at, lost):
    piece = reg.Dropout(trained_at)
    net = small_net([0, 1, 2], dropout=piece)
    net.fit(x, y, 20, optimizer=SGD(0.01, momentum=0.9))
    scores = []
    for rate in lost:
        piece.rate = rate
        ask = mc.Sampler(net) if piece.rate else net.scores
        hits = ask(others[0]).argmax(axis=-1) == others[1]
        scores.append(hits.mean(axis=-1))
    return np.transpose(scores)


# %% slideshow={"slide_type": "skip"}
lost = np.arange(0, 1, 0.1)
survived = {p: survivors(p, lost) for p in (0.0, 0.2, 0.5)}

# %% slideshow={"slide_type": "-", "show": "output"} alt="Line chart of the accuracy on other images against the share of hidden units missing, for networks trained with dropout 0, 0.2 and 0.5. All start level near 0.77. Without dropout the line falls at once; with dropout 0.5 it stays high until half of the units are missing. Bands of three starts are narrow."
fig, ax = plt.subplots()
for p, each in survived.items():
    look = {"label": f"trained with p = {p}", "lw": 3}
    ax.plot(lost, each.mean(axis=0), "o-", **look)
    ends = each.min(axis=0), each.max(axis=0)
    ax.fill_between(lost, *ends, alpha=0.2)
ax.set(xlabel="share of hidden units missing", ylim=(0, 0.85))
ax.set_ylabel("accuracy on other images")
legend = ax.legend(title="band: lowest to highest of 3 starts")

# %% slideshow={"slide_type": "skip"}
for p, each in survived.items():
    all_there, half = each.mean(axis=0)[[0, 5]]
    print(f"p = {p}: {all_there:.2f}, half missing {half:.2f}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# With half of its units gone, the network that always had them all loses three times as much.

# %% [markdown] slideshow={"slide_type": "notes"}
# The prediction holds: nine points for the one trained that way, thirty-one for the one that
# always had them all. (That its features are useful *alone* would need more to show.) With every
# unit there, all three are within two points: to need no one in particular is what dropout surely
# buys.

# %% [markdown] slideshow={"slide_type": "skip"}
# ## An average of $2^N$ networks?
#
# The other story: with $N$ units that may be missing there are $2^N$ networks, sharing their
# weights. Each step trains another one. And the whole network, scaled, "gives the **average** of
# them all".
#
# Ten units, so 1,024 networks: we can ask them all. **Predict** for which output the average is
# exact: **A** a linear output **B** a softmax **C** two hidden layers

# %% slideshow={"slide_type": "skip"}
rng = np.random.default_rng(0)
h, w = np.abs(rng.normal(size=10)), rng.normal(size=(10, 4))
between = rng.normal(size=(10, 10))
masks, shares = reg.every_mask(10, 0.5)
thinned = masks * h / 0.5  # the 1,024 hidden layers, inverted


# %% slideshow={"slide_type": "skip"}
def bent(h):
    return np.maximum(h @ between, 0) @ w


scores, softmax = thinned @ w, mc.softmax
geometric = reg.geometric_mean(softmax(scores), shares)

# %% slideshow={"slide_type": "skip"}
whole = softmax(h @ w)
averages = {
    "linear": (shares @ scores, h @ w),
    "softmax, arithmetic": (shares @ softmax(scores), whole),
    "softmax, geometric": (geometric, whole),
    "a ReLU layer between": (shares @ bent(thinned), bent(h)),
}
for name, (average, one) in averages.items():
    print(f"{name:21}: {np.abs(average - one).max():.3f}")

# %% [markdown] slideshow={"slide_type": "skip"}
# **A**, and only A. With a softmax the whole network gives the **geometric** mean (made to sum to 1
# again), and that exactly; the average of the probabilities is something else. With a bend behind the missing
# units it is not exact, unless no unit ever crosses the bend. Training does not visit $2^N$ networks either: for 200 units that is
# $10^{60}$. An *approximate* ensemble, then. To average for real, one has to ask many times: that
# comes later.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: is this under-fitting?
#
# 2,000 images, dropout 0.5, ten epochs. In the log of training the loss on the *training* images
# lies **above** that on the validation images, all the time. What do you do?
#
# - **A** a larger network: it under-fits
# - **B** more epochs, or less dropout
# - **C** distrust the log

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Let the hall commit to an action; A and B together usually win, because that is
# what the two curves mean without dropout. Then ask: which network was the training loss measured
# on, and which one the validation loss? Not everyone sees at once that they are two.

# %% slideshow={"slide_type": "skip"}
more = images.train.x[:2000], images.train.y[:2000]
net, state = small_net(range(5), dropout=reg.Dropout(0.5)), None
rows, awake = [], []
for epoch in range(10):
    again = {"first_epoch": epoch, "optimizer_state": state}
    history = net.fit(*more, 1, optimizer=SGD(0.01, 0.9), **again)
    state = history.optimizer_state
    logged = np.array([row["loss"] for row in history.rows])
    clean = net.evaluate(*more)["loss"]
    rows.append((logged, clean, net.evaluate(*others)["loss"]))
    p = mc.Sampler(net)(more[0])
    nll = [reg.negative_log_likelihood(q, more[1]) for q in p]
    awake.append(np.mean(nll))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Two losses, two networks

# %% slideshow={"slide_type": "-", "show": "output"} alt="Line chart of the cross-entropy over ten epochs with bands of five seeds. The training loss as logged lies highest, the validation loss below it. The training loss of the same networks with all their units lies lowest, under the validation loss in every epoch."
names = "training, as logged", "training, all units", "validation"
curves = np.moveaxis(np.array(rows), 0, -1)
by_name = dict(zip(names, curves, strict=True))
ax = plots.learning_curves(
    by_name, "loss", ylabel="cross-entropy"
)

# %% slideshow={"slide_type": "skip"}
for name, curve in by_name.items():
    first, last = curve[:, 0].mean(), curve[:, -1].mean()
    print(f"{name:20}: epoch 1 {first:.2f}, epoch 10 {last:.2f}")
print(f"dropout on, then    : {awake[0]:.2f}, {awake[-1]:.2f}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **C, an artifact.** The log is of networks with half of their units missing; validation asks the
# whole one. Compare `model.evaluate(x_train, y_train)`.

# %% [markdown] slideshow={"slide_type": "notes"}
# Evaluated without dropout, training lies *below* validation, as it should. (In epoch 1 more than
# half of the gap is another thing: the log is an average over an epoch that is still learning.)
# So it is the **training loss without dropout** that belongs beside the validation loss. And if
# dropout is really too strong, put it behind the last hidden layer only: see the evidence.

# %% [markdown] slideshow={"slide_type": "skip"}
# ## SELU needs its own: alpha dropout
#
# SELU keeps mean 0 and variance 1 through many layers (lesson 3). Zeros in their middle raise the
# variance to $1/(1-p)$ at once. **Alpha dropout** sets units to SELU's *lowest* value,
# $\alpha' \approx -1.758$, and then corrects with $a x + b$, so that both are kept. (The $a$ and
# $b$ are exercise 2.) Twenty layers, $p = 0.1$, before training:


# %% slideshow={"slide_type": "skip"}
def spread(piece, seeds=range(5)):
    start = {"seeds": seeds, "dropout": piece}
    net = trials.deep("selu", "lecun_normal", **start)
    rng = Noise([np.random.default_rng(s) for s in seeds], True)
    seen = net.record(x[:200], y[:200], training=True, rng=rng)
    hidden = seen.layers[:-1]
    return np.array([k.a.std(axis=(-2, -1)) for k in hidden]).T


# %% slideshow={"slide_type": "skip"}
selu = {
    "no dropout": None,
    "dropout 0.1": reg.Dropout(0.1),
    "alpha dropout 0.1": reg.AlphaDropout(0.1),
}
stds = {name: spread(piece) for name, piece in selu.items()}

# %% slideshow={"slide_type": "skip"} alt="Line chart of the standard deviation of the outputs in each of 20 SELU layers, with error bars of five seeds. Without dropout and with alpha dropout it stays close to 1; with plain dropout it climbs from layer to layer and settles about a quarter higher."
ax = plots.by_layer(stds, log=False, ylabel="std of the outputs")
limits = ax.set_ylim(0.8, 1.3)

# %% slideshow={"slide_type": "skip"}
for name, each in stds.items():
    last = each[:, -1].mean()
    print(f"{name:17}: {last:.2f} in the last layer")

# %% slideshow={"slide_type": "skip"}
z = np.random.default_rng(0).normal(size=100_000)
for p in (0.2, 0.5):
    plain = reg.dropout(z, p, draw()).std()
    alpha = reg.alpha_dropout(z, p, draw()).std()
    print(f"p = {p}: dropout {plain:.2f}, alpha {alpha:.2f}")

# %% [markdown] slideshow={"slide_type": "skip"}
# Plain dropout leaves the network at another variance than the one SELU was built for; alpha
# dropout keeps it. SELU pulls back in each layer, dropout pushes again: here they settle at 1.26. (No l1, l2 or max-norm with SELU either, if you count on its fixed point:
# they change the variance of the weights.)

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Max-norm: a fence instead of a pull
#
# After each step, every unit whose incoming weights are longer than $r$ gets them shortened to
# $r$: $w \leftarrow w\, r / \lVert w \rVert$. Nothing is added to the loss; inside the ball
# nothing pulls. **A smaller $r$ regularizes more.** The only hard part: *along which axis* is a
# unit's length?

# %% slideshow={"slide_type": "skip"}
rng = np.random.default_rng(0)
kernel = rng.normal(size=(3, 3, 32, 64))  # height, width, in, out
dense = rng.normal(size=(100, 10))


def lengths(w):
    norms = np.linalg.norm(w.reshape(-1, w.shape[-1]), axis=0)
    return f"{norms.min():.2f} to {norms.max():.2f}"


# %% slideshow={"slide_type": "skip"}
print("dense:  ", lengths(reg.max_norm(dense, 1.0, axis=0)))
print(
    "filters, axis 0:      ", lengths(reg.max_norm(kernel, 1.0))
)
right = reg.max_norm(kernel, 1.0, axis=(0, 1, 2))
print("filters, axes 0, 1, 2:", lengths(right))

# %% [markdown] slideshow={"slide_type": "skip"}
# A dense layer's matrix is (inputs, units): axis 0. A convolution's kernel is (height, width,
# channels, filters): all axes but the last. With `axis=0`, the default of Keras, nobody
# complains and the filters are many times too long.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Monte Carlo dropout: ask again
#
# Leave dropout awake *after* training and ask a hundred times. Five images, and one network that
# is more than 97 % sure of each:

# %% [markdown] slideshow={"slide_type": "notes"}
# In general: ask $K$ times. The answers differ; their average is the prediction, and how far they
# disagree says how sure the network is (Gal and Ghahramani 2016, who read it as an approximate
# Bayesian model). It works with any network trained with dropout. Here we ask two networks:
# **over-fit**, 500 images for 30 epochs with $p = 0.2$; **under-fit**, 10,000 images for 2 epochs
# with $p = 0.5$.


# %% slideshow={"slide_type": "skip"}
def dropped(p, n, epochs, rate, seeds=range(5)):
    net = small_net(list(seeds), dropout=reg.Dropout(p))
    known = images.train.x[:n], images.train.y[:n]
    net.fit(*known, epochs, optimizer=SGD(rate, momentum=0.9))
    return net


# %% slideshow={"slide_type": "skip"}
pair = {
    "over-fit": dropped(0.2, 500, 30, 0.01),
    "under-fit": dropped(0.5, 10_000, 2, 0.003),
}

# %% slideshow={"slide_type": "skip"}
show_source(reg.mc_predict, doc=False)

# %% [markdown] slideshow={"slide_type": "skip"}
# Stacked, 100 passes over 10,000 images are an array of shape (100, 10000, 10), then averaged
# over its first axis. Here nothing is stacked: `moments` update mean and variance pass by pass
# (exercise 4), so memory does not grow with $K$. `mc.Sampler` keeps only dropout awake. Of the
# images of which the over-fit network is sure we draw the two on which 100 passes agree most, and
# the three on which they agree least.

# %% slideshow={"slide_type": "skip"}
net = pair["over-fit"]
some = others[0][:500]
usual = mc.probabilities(net, some)[0]
seen = reg.mc_predict(mc.Sampler(net), some, samples=100)
torn = np.argsort(seen.mutual_information[0])
certain = torn[usual[torn].max(axis=-1) > 0.97]
chosen = certain[[0, 1, -3, -2, -1]]

# %% slideshow={"slide_type": "-", "show": "output"} alt="Five pictures of clothes, and under each a bar chart of the ten class probabilities: the mean of 100 answers with its standard deviation, and a black mark for the one usual answer. The mark is near 1 in all five. For two trousers the mean agrees with it; for a coat, a dress and a sandal the bars are spread over several classes with long error bars."
fig, axes = plt.subplots(2, 5, figsize=(11, 5.6), sharey="row")
for top, bottom, k in zip(*axes, chosen, strict=True):
    top.imshow(images.valid.images[k], cmap="gray_r")
    top.set_title(images.class_names[others[1][k]], fontsize=16)
    top.axis("off")
    mean, std = seen.mean[0, k], seen.std[0, k]
    look = {"xerr": np.minimum(std, [mean, 1 - mean])}
    look |= {"color": plots.PALETTE[4], "label": "mean, std"}
    bottom.barh(range(10), mean, **look)
    look = {"ms": 14, "mew": 3, "label": "one answer"}
    bottom.plot(usual[k], range(10), "k|", **look)
    bottom.set(xlim=(0, 1.03), xlabel="probability")
axes[1, 0].set_yticks(range(10), images.class_names)
legend = axes[1, 1].legend(fontsize=11, handlelength=1)

# %% [markdown] slideshow={"slide_type": "fragment"}
# One answer (black) looks certain in all five. A hundred contradict one another in three.

# %% [markdown] slideshow={"slide_type": "notes"}
# Black: the usual answer, with all units. Bars: the mean of 100 answers, and their **standard
# deviation** (cut off at 0 and 1; not the variance, as some texts call their `std`). To the left
# the hundred agree with the usual answer, to the right they do not.

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Ask which of the five answers you would act on, first with the bars covered.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: whose probabilities get better?
#
# **ECE**, expected calibration error: when the network says 80 %, is it right 80 % of the time?
# The mean gap, in bins of confidence.
#
# MC dropout is said to give better probabilities. One network is **over-fit** (500 images, 30
# epochs), one **under-fit** (10,000 images, 2 epochs, strong dropout). For which does ECE
# improve?
#
# - **A** the over-fit one
# - **B** the under-fit one
# - **C** both

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* C is what papers say, and so most of the hall. Ask what averaging does to a
# confidence of 99 %, and whether every network has too much of it.

# %% [markdown] slideshow={"slide_type": "notes"}
# To judge *how sure* an answer is we need two numbers. **NLL**: the mean of $-\log p$ of the
# right class (the loss). **ECE** sorts answers by confidence; each bin counts by its number of
# images. MC dropout is said to improve accuracy, too.

# %% slideshow={"slide_type": "skip"}
labels = np.tile(others[1], 5)


def three_marks(p):
    right = (p.argmax(axis=-1) == labels).mean()
    nll = reg.negative_log_likelihood(p, labels)
    return right, nll, reg.expected_calibration_error(p, labels)


# %% slideshow={"slide_type": "skip"}
answers = {}
for name, net in pair.items():
    once = mc.probabilities(net, others[0])
    many = reg.mc_predict(mc.Sampler(net), others[0], 30).mean
    answers[name, "one answer"] = once.reshape(-1, 10)
    answers[name, "MC dropout"] = many.reshape(-1, 10)

# %% slideshow={"slide_type": "skip"}
rows = [(*key, *three_marks(p)) for key, p in answers.items()]
columns = ["network", "asked", "accuracy", "NLL", "ECE"]
table(pd.DataFrame(rows, columns=columns), digits=3)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Averaging takes confidence away

# %% slideshow={"slide_type": "-", "show": "output"} alt="Two charts of accuracy against confidence, with a diagonal for honest answers. Left the over-fit network: one answer lies far below the diagonal, MC dropout closer to it. Right the under-fit network: one answer lies above the diagonal already, and MC dropout further above." tags=["readme"]
fig, axes = plt.subplots(1, 2, figsize=(11, 4.8), sharey=True)
marks_of = {"one answer": "s--", "MC dropout": "o-"}
for (name, way), p in answers.items():
    ax = axes[list(pair).index(name)]
    found = reg.reliability(p, labels, bins=10)
    full = found.share > 0.005
    line = found.confidence[full], found.accuracy[full]
    ax.plot(*line, marks_of[way], label=way, lw=3)
    ax.set(title=name, xlabel="confidence")
for ax in axes:
    ax.plot([0, 1], [0, 1], color="0.5", label="honest")
axes[0].set_ylabel("accuracy")
legend = axes[0].legend()

# %% [markdown] slideshow={"slide_type": "fragment"}
# **A.** The over-fit network boasts (below the diagonal). The under-fit one is too *modest*
# already, and averaging makes it worse.

# %% [markdown] slideshow={"slide_type": "notes"}
# For the under-fit one both numbers get worse, ECE and NLL. Accuracy hardly moves either way.
# Averaging takes confidence away; whether that is good depends on whether there was too much.

# %% [markdown] slideshow={"slide_type": "skip"}
# ### How many passes?
#
# NLL against $K$ on 1,000 images, relative to the usual answer (0). The band goes from the lowest
# to the highest of five starts. Where would you stop asking? And will enough patience help the
# under-fit network, too?

# %% slideshow={"slide_type": "skip"}
passes = [1, 2, 3, 5, 10, 20, 50, 100]
asked, answer = others[0][:1000], others[1][:1000]
nll = partial(reg.negative_log_likelihood, labels=answer)


def by_passes(net):
    usual = [nll(p) for p in mc.probabilities(net, asked)]
    draw = mc.Sampler(net).prepared(asked)
    total, found = 0, []
    for k in range(1, passes[-1] + 1):
        total = total + draw()
        if k in passes:
            found.append([nll(p) for p in total / k])
    return np.transpose(found) - np.array(usual)[:, None]


# %% slideshow={"slide_type": "skip"} alt="Line chart of the change of NLL against the number of passes, on a logarithmic axis, with bands of five starts. For the over-fit network it begins above zero with one pass, falls below zero with two and levels off between ten and a hundred. For the under-fit one it falls as well but stays above zero."
changed = {name: by_passes(net) for name, net in pair.items()}
fig, ax = plt.subplots()
for mark, name in zip("os", changed, strict=True):
    change = changed[name]
    mean = change.mean(axis=0)
    ax.plot(passes, mean, mark + "-", label=name, lw=3)
    ends = change.min(axis=0), change.max(axis=0)
    ax.fill_between(passes, *ends, alpha=0.2)
ax.axhline(0, color="0.4", lw=1)
ax.set(xscale="log", xlabel="passes K", ylabel="change of NLL")
legend = ax.legend()

# %% slideshow={"slide_type": "skip"}
gain = changed["over-fit"].mean(axis=0)
for k in (10, 20, 50):
    share = gain[passes.index(k)] / gain[-1]
    print(f"{k} passes bring {share:.2f} of what 100 bring")

# %% [markdown] slideshow={"slide_type": "skip"}
# One pass is worse than the usual answer: it is one thinned network. Ten passes bring three
# quarters of the gain, fifty nearly all. More passes cannot repair the under-fit network: it
# levels off on the wrong side.

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Pictures that are not clothes
#
# A network must answer with one of ten classes, whatever it sees. Does it at least notice? Real
# images, upside down, with their pixels in another order (one for all), pure noise. **Entropy**
# of the mean $\bar p$: all doubt, $H(\bar p)$ with $H(p) = -\sum p \log p$. **Mutual
# information**: the part that comes from passes *contradicting* one another,
# $H(\bar p) - \frac1K \sum_k H(p_k)$.

# %% slideshow={"slide_type": "skip"}
real = others[0][:500]
mixed = np.random.default_rng(0).permutation(real, axis=1)
snow = np.random.default_rng(1).normal(size=real.shape)

# %% slideshow={"slide_type": "skip"}
strange = {
    "clothes": real,
    "upside down": real[:, ::-1],
    "pixels shuffled": mixed,
    "noise": snow.astype(np.float32),
}


# %% slideshow={"slide_type": "skip"}
def doubts(net, pictures):
    once = mc.probabilities(net, pictures)
    many = reg.mc_predict(mc.Sampler(net), pictures, samples=20)
    sure = [np.mean(p.max(-1) > 0.9) for p in (once, many.mean)]
    kinds = {
        "one answer": reg.entropy(once),
        "MC entropy": many.entropy,
        "mutual information": many.mutual_information,
    }
    return sure, kinds


# %% slideshow={"slide_type": "skip"}
def told_apart(net):
    """How often a stranger gets more doubt than a garment."""
    _, normal = doubts(net, strange["clothes"])
    for what, pictures in strange.items():
        sure, odd = doubts(net, pictures)
        for kind, values in odd.items():
            for seed, many in enumerate(values):
                more = many[:, None] > normal[kind][seed]
                yield what, kind, seed, more.mean(), *sure


# %% slideshow={"slide_type": "skip"}
columns = ["pictures", "arm", "seed", "told", "sure", "sure, MC"]
told = {
    name: pd.DataFrame(told_apart(net), columns=columns)
    for name, net in pair.items()
}

# %% slideshow={"slide_type": "skip"}
frame = told["over-fit"]
apart = frame.pivot_table("told", "pictures", "arm", sort=False)
sure = frame.groupby("pictures", sort=False)[columns[-2:]].mean()
both = sure.join(apart.drop("clothes"))
table(both, "Over-fit network", digits=2, index=True)

# %% [markdown] slideshow={"slide_type": "skip"}
# *Sure*: the share of pictures that get more than 90 %. The network is sure of many shuffled
# ones; MC dropout of far fewer, but of fewer clothes, too. The last three columns: how often a
# stranger gets more doubt than a garment (0.5: it is not noticed). Averaging, and looking at
# disagreement, gains one to ten in a hundred. A picture upside down still passes often: **uncertainty
# is no reliable detector** of what was never seen.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Holding back by the data
#
# The best regularizer is **more data**. One can try to make some.

# %% [markdown] slideshow={"slide_type": "notes"}
# Move or mirror images (**augmentation**; a mirrored shoe is a shoe, a mirrored 3 is no digit),
# mix two images and their labels (**mixup**), or be less sure of the labels (**label smoothing**:
# $1 - s$ for the true class plus $s/C$ for each of $C$ classes). The evidence tries the last two.

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Let the hall name a task in which a flip or a shift would change the right
# answer.

# %% slideshow={"slide_type": "skip"}
rng = np.random.default_rng(5)
few, kinds = x[[7, 8, 0, 3]], y[[7, 8, 0, 3]]
one_hot = reg.smooth_labels(kinds, 10, 0.0)
shown = {
    "shift": reg.shift(few, 3, rng),
    "flip": reg.flip(few, rng),
    "mixup": reg.mixup(few, one_hot, 8.0, rng)[0],
}

# %% slideshow={"slide_type": "-", "show": "output"} alt="Sixteen pictures in two rows. Above, a boot, two sneakers and a dress as they are, and the same moved by a few pixels; below, the same with some of them mirrored, and mixtures in which two garments shine through each other."
gallery = np.concatenate([few, *shown.values()])
titles = ["original"] * 4 + [n for n in shown for _ in range(4)]
ax = plots.image_grid(gallery, titles, columns=8)

# %% slideshow={"slide_type": "skip"}
soft = reg.smooth_labels(np.array([2]), classes=5, amount=0.1)
print("smoothed label:", soft[0])

# %% [markdown] slideshow={"slide_type": "skip"}
# Two more you have met. **Batch normalization** regularizes by accident: an image's mean and
# variance depend on its random company (lesson 4). **Early stopping** (above): its patience is a
# hyperparameter like any other, and the images it watches are used up: judge on others.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The same in Keras
#
# Ten classes, three dense layers with `l2(0.01)`, untrained: the loss should be near
# $\log 10 = 2.3$. What does `evaluate` report?

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Ask for a number before you uncover the code. Then ask what a student concludes
# who compares the `val_loss` of a model with l2 and one without.

# %% [markdown] slideshow={"slide_type": "notes"}
# Regularizers and constraints are arguments of a layer. `functools.partial` makes a layer with
# your own defaults, so that nothing has to be repeated; each call may still override them.

# %% slideshow={"slide_type": "skip"}
import keras

from course_utils.in_keras import dropout as kd

layers = keras.layers
ce = keras.losses.SparseCategoricalCrossentropy()
keras.utils.set_random_seed(0)

# %% slideshow={"slide_type": "skip"}
RegularizedDense = partial(
    layers.Dense,
    activation="relu",
    kernel_initializer="he_normal",
    kernel_regularizer=keras.regularizers.l2(0.01),
)

# %% slideshow={"slide_type": "skip"}
on_top = {
    "activation": "softmax",
    "kernel_initializer": "glorot_uniform",
}
model = keras.Sequential([keras.Input([784])])
model.add(RegularizedDense(300))
model.add(RegularizedDense(100))
model.add(RegularizedDense(10, **on_top))

# %% [markdown] slideshow={"slide_type": "skip"}
# (Give a partial *names* such as `"he_normal"`; one initializer *object*, seeded or not, would
# give layers of one shape the same numbers.)

# %% slideshow={"slide_type": "fragment"}
model.compile("sgd", ce, metrics=[ce.__class__(name="ce")])
reported = model.evaluate(x, y, verbose=0)[0]
plain = float(ce(y, model(x)))
penalty = float(sum(model.losses))
print(f"reported {reported:.2f} = {plain:.2f} + {penalty:.2f}")

# %% slideshow={"slide_type": "skip"}
kernels = model.get_weights()[::2]
ours = sum(reg.l2(0.01).loss(w) for w in kernels)
print("our penalty agrees:", np.isclose(ours, penalty, rtol=1e-5))
nothing = keras.regularizers.l1_l2()
print("l1_l2() without numbers:", float(nothing(np.ones([9, 9]))))

# %% [markdown] slideshow={"slide_type": "fragment"}
# **`loss` and `val_loss` contain the penalty**, in `evaluate` too. Compare models by accuracy, or
# by cross-entropy as a *metric*.

# %% [markdown] slideshow={"slide_type": "notes"}
# A regularized model looks four times as bad here.

# %% [markdown] slideshow={"slide_type": "skip"}
# `l1_l2()` without its two strengths is no penalty at all (`l1()` and `l2()` mean 0.01). Max-norm
# agrees with ours, along the right axes and along the wrong one:

# %% slideshow={"slide_type": "skip"}
max_norm = keras.constraints.max_norm
for axis in (0, (0, 1, 2)):
    theirs = np.array(max_norm(1.0, axis=axis)(kernel))
    ours = reg.max_norm(kernel, 1.0, axis=axis)
    same = np.allclose(theirs, ours, atol=1e-5)
    print(f"axis {axis}: {lengths(theirs)}, agrees: {same}")
print("without a number:", max_norm().max_value)

# %% [markdown] slideshow={"slide_type": "skip"}
# `kernel_constraint=keras.constraints.max_norm(1.0)`, and for a convolution
# `max_norm(1.0, axis=[0, 1, 2])`. Dropout is a layer, `layers.Dropout(0.2)`, behind what it drops;
# with SELU, `layers.AlphaDropout(0.1)`. Both do nothing at inference, where `training` is False.

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Monte Carlo in Keras, beside batch normalization
#
# The textbook line is `np.stack([model(x, training=True) for _ in range(100)])`, then
# `mean(axis=0)` and `std(axis=0)`. It switches **everything** to training. With batch
# normalization in the model, what does that do?

# %% slideshow={"slide_type": "skip"}
start = {"activation": "relu", "kernel_initializer": "he_normal"}
model = keras.Sequential([keras.Input([784])])
model.add(layers.Dense(100, **start))
model.add(layers.BatchNormalization(momentum=0.9))
model.add(layers.Dropout(0.2))
model.add(layers.Dense(10, "softmax"))

# %% slideshow={"slide_type": "skip"}
sgd = keras.optimizers.SGD(0.05, momentum=0.9)
model.compile(sgd, ce)
log = model.fit(x, y, epochs=20, verbose=0)

# %% slideshow={"slide_type": "skip"}
asked, answer = others[0][:100], others[1][:100]


def accuracy(p):
    return np.mean(np.asarray(p).argmax(axis=-1) == answer)


def unchanged(weights):
    now = model.get_weights()
    return all(map(np.array_equal, now, weights))


# %% slideshow={"slide_type": "skip"}
saved = model.get_weights()
before = model(asked).numpy()
company = accuracy(model(asked, training=True))
alone = [model(one[None], training=True)[0] for one in asked]
moved = np.abs(model(asked) - before).max()
same = unchanged(saved)

# %% slideshow={"slide_type": "skip"}
model.set_weights(saved)
sampler = kd.Sampler(model)
awake = [sampler(one[None])[0] for one in asked]

# %% slideshow={"slide_type": "skip"} tolerance={"relative": 0.05, "why": "Keras training does not repeat"}
print(f"as usual:                       {accuracy(before):.2f}")
print(f"training=True, all at once:     {company:.2f}")
guessing = accuracy(alone) < 0.2
print("training=True, one by one:      guessing", guessing)
print("the weights are what they were:", same)
print("asked as usual after it, some differ:", moved > 0.1)

# %% slideshow={"slide_type": "skip"}
print(f"only dropout awake, one by one: {accuracy(awake):.2f}")
print("the weights are what they were:", unchanged(saved))

# %% [markdown] slideshow={"slide_type": "skip"}
# All at once looks fine: a hundred images are company enough. Alone in its batch an image *is* its own mean: every unit puts out its beta, the same for all
# images. That is guessing. And asking has **overwritten the moving averages**, so that even the usual answers are others
# afterwards. What is needed is a dropout that is always awake, and nothing else:
#
# ```python
# class MCDropout(keras.layers.Dropout):
#     def call(self, inputs, training=False):
#         return super().call(inputs, training=True)
# ```

# %% [markdown] slideshow={"slide_type": "skip"}
# `kd.to_mc(model)` swaps the layers in a trained model, nested ones too, and copies the weights;
# `kd.Sampler` does that and compiles the pass. Does it agree with the textbook's stack, and with
# the course's own network?

# %% slideshow={"slide_type": "skip"}
mc_model = kd.to_mc(model)
normalize = {"normalization": BatchNorm(0.9)}
normalize["normalize_first"] = False  # behind the ReLU
pieces = {"dropout": reg.Dropout(0.2)} | normalize
twin = network.mlp([784, 100, 10], **pieces)

# %% slideshow={"slide_type": "skip"}
w_1, b_1, gamma, beta, mean, variance, *top = saved
twin.set_weights([w_1, b_1, gamma, beta, *top])
twin.state[2]["moving_mean"][...] = mean
twin.state[2]["moving_variance"][...] = variance

# %% slideshow={"slide_type": "skip"}
stack = np.stack([mc_model(asked) for _ in range(100)])
keras_says = reg.mc_predict(sampler, asked, samples=100)
numpy_says = reg.mc_predict(mc.Sampler(twin), asked, samples=100)
print(stack.shape, keras_says.mean.shape)

# %% slideshow={"slide_type": "skip"}
for says in (keras_says, numpy_says):
    off = np.abs(says.mean - stack.mean(axis=0))
    spread = np.abs(says.std - stack.std(axis=0))
    print("agree:", off.mean() < 0.01 and spread.mean() < 0.01)

# %% slideshow={"slide_type": "skip"}
print([type(layer).__name__ for layer in mc_model.layers])
plain = keras.Sequential([keras.Input([4]), layers.Dense(2)])
try:
    kd.to_mc(plain)
except ValueError as error:
    print(str(error).partition(", got")[0])

# %% [markdown] slideshow={"slide_type": "skip"}
# Both layers are *registered*: a saved model finds them again once
# `course_utils.in_keras.dropout` is imported. A class of your own needs
# `@keras.saving.register_keras_serializable()`, or `load_model` refuses.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: which cure gains accuracy?
#
# 500 images, so the network over-fits, and nine cures: dropout (two rates), l2, max-norm, batch
# normalization, BN + dropout, early stopping, label smoothing, mixup. Which of them gain accuracy
# on new images, at both of two learning rates?
#
# - **A** nearly all
# - **B** dropout, with or without BN
# - **C** none

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* After an hour of cures the hall expects A or B. Ask what the cures did to the
# two moons, and what the second picture of this lesson said gets worse first when a network
# over-fits.

# %% [markdown] slideshow={"slide_type": "notes"}
# The evidence runs each arm at two learning rates, 0.003 and 0.01, the **same for all**:
# confidence depends on the rate as much as on any cure, so two arms at different rates would be
# no comparison. Five seeds: **500** images for 30 epochs (over-fit without a cure), **2,000** for
# 8, **10,000** for 2 (under-fit). Judged on 2,000 validation images, of which early stopping has
# seen none. ("Training" is measured on the first 2,000 images at most.)


# %% slideshow={"slide_type": "skip"}
def build(seeds, last_only=False, **settings):
    piece = settings.pop("dropout") if last_only else None
    net = small_net(list(seeds), **settings)
    if not last_only:
        return net
    pieces = [*net.layers[:-1], piece, net.layers[-1]]
    return network.Network(784, pieces, seeds=list(seeds))


# %% slideshow={"slide_type": "skip"}
def epoch_by_epoch(net, x, targets, epochs, sgd, change):
    rng, state = np.random.default_rng(0), None
    for epoch in range(epochs):
        again = {"first_epoch": epoch, "optimizer_state": state}
        now = change(x, targets, rng)
        history = net.fit(*now, 1, optimizer=sgd, **again)
        state = history.optimizer_state
    return history


# %% slideshow={"slide_type": "skip"}
def mixed_up(x, targets, rng):
    return reg.mixup(x, targets, 0.4, rng)


# %% slideshow={"slide_type": "skip"}
def go(net, n, epochs, sgd, smooth=None, change=None, wait=None):
    data, watch = trials.images(), {}
    x, y = data.train.x[:n], data.train.y[:n]
    if smooth is not None:
        y = reg.smooth_labels(y, 10, smooth)
    if change:
        return epoch_by_epoch(net, x, y, epochs, sgd, change)
    if wait:
        seen = data.valid.x[2000:3000], data.valid.y[2000:3000]
        rule = EarlyStopping(wait)
        watch = {"valid": seen, "early_stopping": rule}
    return net.fit(x, y, epochs, optimizer=sgd, **watch)


# %% slideshow={"slide_type": "skip"}
def fit(seeds, learning_rate, n, epochs, plan=None, **arm):
    """Train several seeds of an arm side by side, judge each."""
    again, plan = arm.pop("again", False), plan or {}
    if "smooth" in plan:
        arm["loss"] = reg.soft_cross_entropy
    net, sgd = build(seeds, **arm), SGD(learning_rate, 0.9)
    gone = go(net, n, epochs, sgd, **plan).diverged
    return judged(net, gone, min(n, 2000), again)


# %% slideshow={"slide_type": "skip"}
def marks(p, labels, name=""):
    return {
        f"{name}accuracy": np.mean(p.argmax(axis=-1) == labels),
        f"{name}NLL": reg.negative_log_likelihood(p, labels),
        f"{name}ECE": reg.expected_calibration_error(p, labels),
    }


# %% slideshow={"slide_type": "skip"}
def judged(net, gone, n, again):
    data, rows = trials.images(), []
    new, labels = data.valid.x[:2000], data.valid.y[:2000]
    known = net.evaluate(data.train.x[:n], data.train.y[:n])
    once = mc.probabilities(net, new)
    if again:
        many = reg.mc_predict(mc.Sampler(net), new, samples=20)
    for r, seed in enumerate(net.seeds):
        row = {"seed": seed, "diverged": gone.get(seed)}
        if seed not in gone:
            row |= marks(once[r], labels) | weight_marks(net, r)
            row["training"] = known["accuracy"][r]
            row |= sure_marks(many, r, labels) if again else {}
        rows.append(row)
    return rows


# %% slideshow={"slide_type": "skip"}
def sure_marks(many, r, labels):
    guess = many.labels[r]
    spread = many.std[r, np.arange(len(labels)), guess]
    wrong = guess != labels
    stds = {"std wrong": spread[wrong].mean()}
    stds["std right"] = spread[~wrong].mean()
    return marks(many.mean[r], labels, "MC ") | stds


# %% slideshow={"slide_type": "skip"}
def weight_marks(net, r):
    layers = [net.parameters[k] for k in net.dense_layers()]
    squares = [(p["weights"][r] ** 2).sum() for p in layers]
    return {"length": np.sqrt(np.sum(squares))}


# %% slideshow={"slide_type": "skip"}
half_out, some_out = reg.Dropout(0.5), reg.Dropout(0.2)
arms = {
    "nothing": {},
    "dropout 0.2": {"dropout": some_out},
    "dropout 0.5": {"dropout": half_out},
    "l2": {"penalty": reg.l2(0.01)},
    "max-norm": {"constraint": reg.MaxNorm(1.0)},
    "BN": {"normalization": BatchNorm(0.9)},
}
arms["BN + dropout 0.5"] = arms["BN"] | arms["dropout 0.5"]

# %% slideshow={"slide_type": "skip"}
only_500 = {
    "early stopping": {"plan": {"wait": 5}},
    "label smoothing": {"plan": {"smooth": 0.1}},
    "mixup": {"plan": {"smooth": 0.0, "change": mixed_up}},
}
top_only = arms["dropout 0.5"] | {"last_only": True}

# %% slideshow={"slide_type": "skip"}
top, few_rates = "last layer 0.5", dict(list(arms.items())[:3])
under = {k: arms[k] for k in arms if k != "max-norm"}
plans = {
    ("", 500, 30): arms | only_500,
    (", 2000", 2000, 8): few_rates,
    (", 10000", 10_000, 2): under | {top: top_only},
}

# %% slideshow={"slide_type": "skip"}
cases = {
    name + end: arm | {"n": n, "epochs": epochs}
    for (end, n, epochs), plan in plans.items()
    for name, arm in plan.items()
}

# %% slideshow={"slide_type": "skip"}
two_rates = 0.003, 0.01
at_rates = {
    f"{name} @ {rate}": arm | {"learning_rate": rate}
    for name, arm in cases.items()
    for rate in two_rates
}
for name in ("dropout 0.2", "dropout 0.5, 10000"):
    for rate in two_rates:  # and ask it many times
        at_rates[f"{name} @ {rate}"]["again"] = True

# %% slideshow={"slide_type": "skip"}
five = {"seeds": range(5), "seeds_at_once": 5}
runs = experiments.run(fit, at_rates, **five)
parts = runs.arm.str.split(" @ ", expand=True)
runs["arm"], runs["rate"] = parts[0], parts[1].astype(float)
final, slow = [runs[runs.rate == rate] for rate in (0.01, 0.003)]

# %% slideshow={"slide_type": "skip"}
for _, n, epochs in plans:
    steps = -(-n // 32) * epochs
    print(f"{n:6} images, {epochs:2} epochs: {steps} steps")
print(len(runs), "networks")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What the cures buy is honesty
#
# NLL: the cross-entropy on new images. ECE: how far confidence and accuracy lie apart there.

# %% slideshow={"slide_type": "-", "show": "output"}
columns = ["training", "accuracy", "NLL", "ECE", "length"]
result = final.groupby("arm", sort=False)[columns].mean()
caption = "500 images, learning rate 0.01"
table(result[:10], caption, digits=3, index=True)

# %% [markdown] slideshow={"slide_type": "fragment"}
# **C.** No gain in accuracy holds at both rates. NLL falls by up to 37 %, ECE to a quarter at best.

# %% slideshow={"slide_type": "skip"}
slower = slow.groupby("arm", sort=False)[columns].mean()
caption = "The same, learning rate 0.003"
table(slower[:10], caption, digits=3, index=True)

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Somebody will point at BN + dropout, 0.784 against 0.777. Seed by seed no
# difference is seen there, at either rate (+0.003 and +0.008); all cures stay within two points.

# %% [markdown] slideshow={"slide_type": "notes"}
# The second table repeats it at the smaller rate. "Nothing" is more honest there, too: NLL 0.78
# in place of 0.97. **A smaller step is a regularizer like the others.** Had each arm been given
# "its own best rate" for accuracy, we would have compared rates, and called them cures. So a
# claim counts only where both rates agree.

# %% slideshow={"slide_type": "skip"}
caption = "2,000 and 10,000 images, learning rate 0.01"
table(result[10:], caption, digits=3, index=True)

# %% [markdown] slideshow={"slide_type": "skip"}
# Compare with the first table. What the cures bought at 500 images is *honesty*; only dropout 0.2
# left NLL and ECE about where they were. More images bought both (and had a few more steps, 626
# for 480).

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How much dropout?
#
# Three sizes of the data. At which does dropout help most, at which does it do harm?

# %% [markdown] slideshow={"slide_type": "notes"}
# Accuracy and NLL against the dropout rate; learning rate 0.01, the band from the lowest to the
# highest of five seeds.

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Let the hall answer before the picture appears. Nearly all see that dropout 0.5
# costs accuracy with more images; fewer expect that with 500 it gains only in the right-hand
# picture.

# %% slideshow={"slide_type": "fragment", "show": "output"} alt="Two line charts against the dropout rate for 500, 2,000 and 10,000 images. Left accuracy: level for 500 images, falling for more, steeply at rate 0.5. Right NLL, where low is good: it falls with dropout for 500 images, is lowest at 0.2 for 2,000 and rises throughout for 10,000."
fig, axes = plt.subplots(1, 2, figsize=(12, 4.6))
kinds = {"nothing": 0.0, "dropout 0.2": 0.2, "dropout 0.5": 0.5}
at = list(kinds.values())
for end, mark in {"": "o", ", 2000": "s", ", 10000": "^"}.items():
    look = {"marker": mark, "label": f"{end[2:] or 500} images"}
    for ax, metric in zip(axes, ("accuracy", "NLL"), strict=True):
        each = final.groupby("arm")[metric]
        part = each.agg(["mean", "min", "max"])
        part = part.loc[[name + end for name in kinds]]
        ax.plot(at, part["mean"], **look)
        ax.fill_between(at, part["min"], part["max"], alpha=0.2)
        ax.set(xlabel="dropout rate", ylabel=metric, xticks=at)
legend = axes[1].legend()

# %% [markdown] slideshow={"slide_type": "fragment"}
# No rate is best everywhere. **Tune it like a learning rate.**

# %% [markdown] slideshow={"slide_type": "notes"}
# By NLL: the more the network over-fits, the more dropout it bears: with 500 images NLL falls all
# the way; at 2,000 the best lies between; under-fit, each bit of dropout costs. Start at 0.2,
# raise it while training is much better than validation, lower it where training itself is poor.
# Try $\lambda$ in the same way, in powers of ten.

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Does max-norm allow larger rates?
#
# The same 500 images, ten epochs, rates up to 0.2, with and without the fence at $r = 1$.

# %% slideshow={"slide_type": "skip"}
fences = {}
for name in ("nothing", "max-norm"):
    for rate in (0.01, 0.03, 0.1, 0.2):
        size = {"n": 500, "epochs": 10, "learning_rate": rate}
        fences[f"{name} @ {rate}"] = arms[name] | size
fenced = experiments.run(fit, fences, **five)

# %% slideshow={"slide_type": "skip"} alt="Line chart of accuracy against the learning rate, on a logarithmic axis, with bands of five seeds. Up to a rate of 0.03 both lines are level. Beyond it the network without a cure falls down to guessing at the largest rate, while max-norm falls far less."
parts = fenced.arm.str.split(" @ ", expand=True)
shown = fenced.assign(arm=parts[0], rate=parts[1].astype(float))
look = {"x": "rate", "chance": 0.1, "band": "bootstrap"}
ax = plots.learning_curves(shown, "accuracy", **look)
ax.set(xscale="log", xlabel="learning rate", ylim=(0, 0.85))
legend = ax.get_legend()

# %% [markdown] slideshow={"slide_type": "skip"}
# ## The claims, judged
#
# A verdict compares two arms seed by seed: its mean difference has a 95 % bootstrap interval,
# wholly above zero (*holds*), wholly below (*contradicted*), or neither. For NLL and ECE lower is
# better, so a difference above zero means *less* of them. Two numbers: at rate 0.003, at 0.01.
# Where the words differ, it says "rates disagree", and nothing is claimed. Of so many verdicts
# one or two may still be luck.

# %% slideshow={"slide_type": "skip"}
evidence = []
worst = {"accuracy": 0.1, "NLL": np.log(10), "ECE": 0.9}


def judge(claim, where, better, than, metric, frame, rate=0):
    less = metric in ("NLL", "ECE", "loss")
    more = {"higher_is_better": not less}
    more["diverged_as"] = worst.get(metric, 0.0)
    pair = better, than, metric
    verdict = experiments.verdict(frame, *pair, **more)
    row = verdict.row(claim, where, metric)
    evidence.append(row | {"rate": rate})


# %% slideshow={"slide_type": "skip"}
def both(where, better, than, claim=None):
    end = sizes[where]
    claim, pair = claim or better, (better + end, than + end)
    for rate in two_rates:
        frame = runs[runs.rate == rate]
        for metric in ("accuracy", "NLL"):
            judge(claim, where, *pair, metric, frame, rate)


# %% slideshow={"slide_type": "skip"}
sizes = {"500": "", "2,000": ", 2000", "10,000": ", 10000"}
for name in list(arms | only_500)[1:]:
    both("500", name, "nothing")
for name in list(few_rates)[1:]:
    both("2,000", name, "nothing")
for name in list(under)[1:]:
    both("10,000", name, "nothing")
n_against_nothing = len(evidence)

# %% slideshow={"slide_type": "skip"}
for where in ("500", "10,000"):
    both(where, "dropout 0.5", "l2", "dropout 0.5 beats l2")
    for alone in ("BN", "dropout 0.5"):
        claim = f"BN + dropout 0.5 beats {alone} alone"
        both(where, "BN + dropout 0.5", alone, claim)
both("10,000", top, "dropout 0.5", f"{top} beats everywhere")
sizes["10,000 v. 500"] = ""
few, lots = "BN + dropout 0.5", "nothing, 10000"
claim = "20 times the images beat BN + dropout"
both("10,000 v. 500", lots, few, claim)


# %% slideshow={"slide_type": "skip"}
def once_and_again(name, rate):
    rows = runs[(runs.arm == name) & (runs.rate == rate)]
    kept = ["seed", "diverged", "accuracy", "NLL", "ECE"]
    many = rows[kept[:2]].copy()
    for metric in kept[2:]:
        many[metric] = rows["MC " + metric]
    both = [rows[kept].assign(arm="once"), many.assign(arm="MC")]
    for arm in ("wrong", "right"):
        std = rows[f"std {arm}"]
        both.append(rows[kept].assign(arm=arm, std=std))
    return pd.concat(both)


# %% slideshow={"slide_type": "skip"}
n_of_networks = len(evidence)
dropouts = {
    "over-fit (500, p = .2)": "dropout 0.2",
    "under-fit (10,000, p = .5)": "dropout 0.5, 10000",
}
for where, name in dropouts.items():
    for rate in two_rates:
        now = once_and_again(name, rate)
        for metric in ("accuracy", "NLL", "ECE"):
            each = "MC", "once", metric, now, rate
            judge("MC dropout improves", where, *each)

# %% slideshow={"slide_type": "skip"}
n_with_mc = len(evidence)
for where, name in dropouts.items():
    for rate in two_rates:
        now = once_and_again(name, rate)
        each = "wrong", "right", "std", now
        at = f"{where}, rate {rate}"
        judge("std is larger where it is wrong", at, *each)
claim = "label smoothing shortens weights"
for rate in two_rates:
    frame = runs[runs.rate == rate]
    each = "nothing", "label smoothing", "length", frame
    judge(claim, f"500 images, rate {rate}", *each)

# %% slideshow={"slide_type": "skip"}
for rate in (0.03, 0.1, 0.2):
    each = f"max-norm @ {rate}", f"nothing @ {rate}", "accuracy"
    claim = "max-norm stabilizes"
    judge(claim, f"500 images, rate {rate}", *each, fenced)

# %% slideshow={"slide_type": "skip"}
for name, frame in told.items():
    rows = frame.assign(diverged=False)
    for what in ("pixels shuffled", "upside down"):
        part = rows[rows.pictures == what]
        each = "MC entropy", "one answer", "told", part
        judge(f"MC entropy notices: {what}", name, *each)

# %% slideshow={"slide_type": "skip"}
ends = [
    pd.DataFrame({"arm": k, "seed": range(5), "loss": c[:, -1]})
    for k, c in by_name.items()
]
losses = pd.concat(ends).assign(diverged=False)
for each in ((names[2], names[0]), (names[1], names[2])):
    claim = " below ".join(each)
    judge(claim, "2,000, p = 0.5", *each, "loss", losses)


# %% slideshow={"slide_type": "skip"}
def in_words(verdicts):
    one = verdicts.verdict.nunique() == 1
    word = verdicts.verdict.iloc[0] if one else "rates disagree"
    numbers = verdicts.difference.map("{:+.2g}".format)
    return f"{word} {', '.join(numbers)}"


# %% slideshow={"slide_type": "skip"}
def wide(start, end, first, second="images"):
    part = pd.DataFrame(evidence[start:end])
    keys = ["condition", "claim", "unit"]
    words = {k: in_words(v) for k, v in part.groupby(keys)}
    rows = {}
    for where, claim, unit in part[keys].to_numpy():
        row = rows.setdefault((where, claim), {})
        row |= {second: where, first: claim}
        row[unit] = words[where, claim, unit]
    return pd.DataFrame(list(rows.values()))


# %% slideshow={"slide_type": "skip"}
alone = wide(0, n_against_nothing, "against nothing")
table(alone[:9], "500 images: difference at 0.003, at 0.01")

# %% slideshow={"slide_type": "skip"}
table(alone[9:], "More images: difference at 0.003, at 0.01")

# %% slideshow={"slide_type": "skip"}
pairs = wide(n_against_nothing, n_of_networks, "claim")
table(pairs, "One against another: at 0.003, at 0.01")

# %% slideshow={"slide_type": "skip"}
asking = wide(n_of_networks, n_with_mc, "claim", "network")
table(asking, "MC dropout against one answer: at 0.003, at 0.01")

# %% slideshow={"slide_type": "skip"}
others_too = pd.DataFrame(evidence[n_with_mc:])
table(others_too.drop(columns="rate"), digits=2)
print(len(evidence), "verdicts")

# %% [markdown] slideshow={"slide_type": "skip"}
# At 500 images **no cure gained accuracy at both rates**; all but dropout 0.2 improved
# the *probabilities* at both. Under-fit, none of those tried helped, and dropout 0.5 and l2 cost.
# Dropout with batch normalization, said to quarrel: over-fit, better probabilities than batch
# normalization alone, and in accuracy no difference seen; under-fit, dropout only costs. It depends on
# which disease you have.

# %% [markdown] slideshow={"slide_type": "skip"}
# MC dropout followed the same rule. Its std is larger where an over-fit network is wrong; in the
# under-fit one we saw no such difference. Max-norm is a fence: where the plain network breaks down it
# goes on, though worse than at a small rate. All of this is for small dense networks, one strength of
# each cure and about 500 steps.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What goes wrong in other texts
#
# | You may read | What we found |
# |---|---|
# | Weight decay is l2. | For plain SGD alone. |
# | l1 makes weights zero. | Its gradient does not; a soft threshold does. |
# | Overfitting comes from large weights. | The same function can have weights of very different length. |
# | Training loss above validation loss: under-fitting. | With dropout, first look without. |
# | Deep networks need dropout; weight decay is not enough. | Dropout 0.5 beat l2 at both rates nowhere; under-fit it lost in both measures. |
# | MC dropout improves accuracy and probabilities. | The probabilities of a network that boasts. A modest one gets worse. |

# %% [markdown] slideshow={"slide_type": "skip"}
# And six more:
#
# | You may read | What we found |
# |---|---|
# | The l2 norm is added to the loss, for each weight. | Its *square*, once; Keras' gradient is $2\lambda w$. |
# | At inference multiply by the share that was dropped. | By the share that was kept. |
# | Dropout averages $2^N$ networks. | Exactly for a linear output; the geometric mean for a softmax right behind; else only nearly, or not at all. |
# | Dropout and batch normalization quarrel (or: get on). | Over-fit, better probabilities than BN alone. Under-fit, dropout costs. |
# | Max-norm stabilizes and regularizes. | It stabilizes at rates where the plain network breaks, and over-fit it gives better probabilities. |
# | Each method at its own best rate: a fair comparison. | Not of confidence, which follows the rate itself. |

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Summary
#
# - A network can memorise anything. A regularizer forbids something: length (l2, max-norm), many weights at once (l1), relying on one another (dropout), time (early stopping). A small learning rate is one, too: compare cures at equal rates.
# - Overfitting shows first as false confidence, later or never as lost accuracy.
# - l2 and weight decay part with momentum and Adam: use AdamW.
# - Compare losses without dropout and without the penalty.
# - MC dropout: average twenty passes or more, wake dropout only, and check the calibration.
# - More data first. Then tune the strength like a learning rate.

# %% [markdown] slideshow={"slide_type": "notes"}
# ## Now you
#
# [The exercises](exercises/09_regularization.ipynb) answer at once. Warm-up: inverted dropout.
# Hardest: which cure for which curve.
#
# Or change this lesson: raise `noise` in `moons`, or train the over-fit network of the Monte
# Carlo part with $p = 0.5$. Does averaging still help?

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Further reading
#
# - C. Zhang et al., *Understanding deep learning requires rethinking generalization*, ICLR 2017,
#   arXiv:1611.03530. The shuffled labels.
# - G. Hinton et al., 2012, arXiv:1207.0580; N. Srivastava et al., *Dropout*, JMLR 2014. Max-norm is
#   there, too.
# - I. Loshchilov, F. Hutter, *Decoupled weight decay regularization*, 2019, arXiv:1711.05101.
# - T. van Laarhoven, *L2 regularization versus batch and weight normalization*, 2017,
#   arXiv:1706.05350; X. Li et al., *Understanding the disharmony between dropout and batch
#   normalization*, 2019, arXiv:1801.05134.
# - Y. Gal, Z. Ghahramani, *Dropout as a Bayesian approximation*, 2016, arXiv:1506.02142; C. Guo et
#   al., *On calibration of modern neural networks*, 2017, arXiv:1706.04599.
# - C. Szegedy et al., 2016, arXiv:1512.00567 (label smoothing); H. Zhang et al., *mixup*, 2018,
#   arXiv:1710.09412.
