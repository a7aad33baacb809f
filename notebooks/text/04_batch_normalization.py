# %% [markdown] slideshow={"slide_type": "slide"}
# # 4. Batch normalization
#
# One layer, two lines of arithmetic, and the same network takes steps many times larger.
# No one doubts that it works. Why it works has been argued about ever since.
#
# **What did it do to the problem?**

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Ask who uses batch normalization, then who could say what it does to a
# gradient. Write the explanations down: scale, shift, noise, smoothness. On the slide with
# the shaken network, cross out what it contradicts.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ## What you will be able to do
#
# - Write the layer forward and backward, and say what its gradient can never contain.
# - Tell its two machines apart, training and inference, and find the bug that mixes them.
# - Place it, size its momentum, and fold it away when training is over.
# - Judge four popular reasons for its success by experiment.
#
# About an hour, and another for the exercises. You need lesson 1; lesson 2 helps.

# %% slideshow={"slide_type": "skip"}
from functools import partial
from timeit import repeat

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from course_utils import batch_normalization as bn
from course_utils import initialization as init
from course_utils.lab import experiments, network, plots, trials
from course_utils.lab.display import show_source, table
from course_utils.lab.inspection import record
from course_utils.lab.layers import Activate, Dense, Layer, Noise
from course_utils.lab.residual import Residual, fixup_network
from course_utils.optimizers import SGD

plots.use_style()

# %% slideshow={"slide_type": "skip"}
images = trials.images()
x, y = images.train.x[:5000], images.train.y[:5000]
small = x[:200], y[:200]
four = [784, 100, 100, 100, 100, 10]

# %% slideshow={"slide_type": "skip"}
def scored(net, seeds, pixels, n):
    train, valid = trials.images().train, trials.images().valid
    n = min(n, 1000)
    on_train = pixels * train.x[:n], train.y[:n]
    on_valid = pixels * valid.x, valid.y
    frame = pd.DataFrame({"seed": list(seeds)})
    frame["valid_accuracy"] = net.evaluate(*on_valid)["accuracy"]
    frame["train_accuracy"] = net.evaluate(*on_train)["accuracy"]
    return frame

# %% slideshow={"slide_type": "skip"}
def train(
    seeds, learning_rate, n=5000, epochs=1, batch=32,
    momentum=0.9, pixels=1, build=network.mlp, **settings
):
    train = trials.images().train
    net = build(seeds=seeds, **settings)
    sgd = SGD(learning_rate, momentum)
    x, y = pixels * train.x[:n], train.y[:n]
    lost = net.fit(x, y, epochs, batch, sgd).diverged
    rows = scored(net, seeds, pixels, n).to_dict("records")
    return [r | {"diverged": lost.get(r["seed"])} for r in rows]

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The picture first
#
# The images of lesson 1. Four hidden layers of 100 ReLU units with He's weights, plain
# gradient descent, two passes through 5,000 images. One arm has a batch normalization before
# every ReLU. Each is trained at nine learning rates, from three random starts. (Some seconds.)
# A run that overflows counts as guessing.

# %% slideshow={"slide_type": "skip"}
relu = {"sizes": four, "activation": "relu",
        "initializer": "he_normal"}

# %% slideshow={"slide_type": "skip"}
normed = relu | {"normalization": bn.BatchNorm(0.9)}
plain_sgd = {"momentum": 0, "epochs": 2}

# %% slideshow={"slide_type": "skip"}
arms = {"without": relu | plain_sgd, "with": normed | plain_sgd}

# %% slideshow={"slide_type": "skip"}
rates = experiments.log_grid(0.001, 10)
swept = experiments.tune(
    train, arms, rates, seeds=[100, 101, 102], seeds_at_once=3
)
frame = swept.frame.fillna({"valid_accuracy": 0.1})

# %% slideshow={"slide_type": "subslide"} tags=["readme"]
ax = plots.learning_curves(frame, x="learning_rate", chance=0.1)
limits = ax.set(xscale="log", ylim=(0, 1))

# %% slideshow={"slide_type": "fragment"}
mean = frame.pivot_table("valid_accuracy", "learning_rate", "arm")
for arm in ("without", "with"):
    top = mean[arm].max()
    good = mean.index[mean[arm] > top - 0.1]
    print(f"{arm:7}: best {top:.2f}, within 10 points of it "
          f"from {good.min():g} to {good.max():g}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# The top of the hill moves little. What batch normalization adds is the **plateau**: a range
# of rates, reaching much further up, at which the same network learns well. Its best point is
# not where most of the gain is.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Four steps
#
# For each unit by itself, over the $m$ examples of one batch (Ioffe and Szegedy, 2015): take
# its pre-activations $z_1, \dots, z_m$ and compute
#
# $$\mu = \frac{1}{m}\sum_i z_i \qquad \sigma^2 = \frac{1}{m}\sum_i (z_i - \mu)^2$$
#
# $$\hat z_i = \frac{z_i - \mu}{\sqrt{\sigma^2 + \varepsilon}} \qquad
# y_i = \gamma\,\hat z_i + \beta$$
#
# $\mu$ and $\sigma^2$ are the batch's mean and variance, a small $\varepsilon$ guards the
# division, and $\gamma$, $\beta$ are two numbers a unit that are **learned**, like weights.

# %% slideshow={"slide_type": "skip"}
rng = np.random.default_rng(0)
turn = np.array([[1.3, 0.9], [0.0, 0.6]])
z = rng.normal(size=(400, 2)) @ turn + [3, 1.5]

# %% slideshow={"slide_type": "skip"}
z_hat, (mu, *_) = bn.standardize(z, axis=0, epsilon=1e-3)
gamma, beta = np.array([0.5, 1.5]), np.array([1.5, -0.5])
y_out, _ = bn.batch_norm(z, gamma, beta)

# %% slideshow={"slide_type": "skip"}
def clouds(panels):
    colour = np.argsort(np.argsort(z[:, 0]))
    _, axes = plt.subplots(1, len(panels), figsize=(11, 3.4),
                           sharex=True, sharey=True)
    for ax, (title, points) in zip(axes, panels.items(),
                                   strict=True):
        ax.scatter(*points.T, c=colour, s=9)
        ax.axhline(0, color="k", lw=1)
        ax.axvline(0, color="k", lw=1)
        ax.set(title=title, xlabel="unit 1", aspect="equal")
        ax.set(xlim=(-4, 7), ylim=(-5, 5))
    axes[0].set_ylabel("unit 2")

# %% slideshow={"slide_type": "subslide"} tags=["readme"]
clouds({
    "z": z, "minus the mean": z - mu,
    "over the std": z_hat, "gamma, beta": y_out,
})

# %% [markdown] slideshow={"slide_type": "subslide"}
# Two units, 400 examples, one dot each; colour is the order along unit 1. Subtract the mean,
# divide by the standard deviation, then let $\gamma$ and $\beta$ put the cloud where the next
# layer wants it. With $\gamma = \sigma$ and $\beta = \mu$ it would be back where it was: nothing
# is lost. The cloud stays **tilted**.

# %% slideshow={"slide_type": "subslide"}
show_source(bn.standardize, bn.batch_norm, doc=False)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The code that runs, line by line the formulas. `axis=-2` runs over the examples; remember
# that argument. Batch normalization works on **pre-activations or activations, never on
# weights**: some texts say that it gives weights mean 0 and variance 1.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Is it whitening?
#
# Old advice: inputs should be uncorrelated, each with variance 1. That is *whitening*: turn to
# the axes of the cloud, then divide by the width along each. PCA whitening stops there; ZCA
# turns back. In every layer and step that would mean a covariance matrix and its eigenvectors,
# so Ioffe and Szegedy settled for the cheap half.

# %% slideshow={"slide_type": "subslide"}
pca, zca = bn.whiten(z), bn.whiten(z, "zca")
clouds({"z": z, "standardized": z_hat, "PCA": pca, "ZCA": zca})

# %% slideshow={"slide_type": "fragment"}
for name, points in (("z", z), ("standardized", z_hat),
                     ("PCA", pca), ("ZCA", zca)):
    correlation = np.corrcoef(points.T)[0, 1]
    print(f"{name:12}: correlation {abs(correlation):.2f}")
print(f"for 784 inputs: eigenvectors of {784**2:,} numbers")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Standardizing leaves every correlation exactly where it was. Batch normalization is not a
# trick that whitens; it is what remains of whitening when you cannot pay for the rotation.
# (Nor may a layer be whitened behind gradient descent's back: a step that the whitening then
# undoes is wasted, as the paper shows for a bias. That is why the gradient has to know.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Backward, node by node
#
# Move one $z_i$ and the mean moves, the variance moves, and so **every** $\hat z_j$ in the
# batch. The chain rule looks hopeless, until you draw each small operation as a node. Then
# each arrow is one line, and a node that feeds two others adds up what comes back.

# %% slideshow={"slide_type": "skip"}
nodes = {
    "z": (0, 1), "mean": (1.1, 0), "centered": (2.2, 1),
    "variance": (3.5, 0), "inverse_std": (5.1, 0),
    "z_hat": (5.1, 1), "y": (6.9, 1), "gamma, beta": (6.9, 0),
}

# %% slideshow={"slide_type": "skip"}
edges = [
    ("z", "mean"), ("z", "centered"), ("mean", "centered"),
    ("centered", "variance"), ("variance", "inverse_std"),
    ("inverse_std", "z_hat"), ("centered", "z_hat"),
    ("z_hat", "y"), ("gamma, beta", "y"),
]

# %% slideshow={"slide_type": "skip"}
there = {"arrowstyle": "-|>", "color": "k"}
back = {"arrowstyle": "<|-", "color": "#D55E00", "ls": ":",
        "connectionstyle": "arc3,rad=-0.25"}

# %% slideshow={"slide_type": "skip"}
def draw_graph():
    _, ax = plt.subplots(figsize=(11, 3.4))
    box = {"boxstyle": "round", "fc": "white", "ec": "black"}
    boxes = {
        k: ax.text(*at, k, bbox=box, ha="center", va="center")
        for k, at in nodes.items()
    }
    for start, end in edges:
        ends = {"patchA": boxes[start].get_bbox_patch(), "lw": 2,
                "patchB": boxes[end].get_bbox_patch()}
        for look in (there, back):
            ax.annotate("", nodes[end], nodes[start],
                        arrowprops={**look, **ends})
    ax.set(xlim=(-0.4, 7.6), ylim=(-0.4, 1.5))
    ax.axis("off")

# %% slideshow={"slide_type": "subslide"}
draw_graph()

# %% [markdown] slideshow={"slide_type": "fragment"}
# Solid arrows: forward. Dotted: the gradient on its way back. Two nodes have two ways out:
# *z* feeds the mean and the difference, *centered* feeds the variance and the product.
# Follow the dotted arrows from the right, and read the code below at the same time:
# `d_node` is short for $\partial\,\text{Loss}/\partial\,$node.

# %% slideshow={"slide_type": "subslide"}
show_source(bn.standardize_backward, doc=False)

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### The classic trap
#
# Treat mean and variance as constants, and the gradient is just $\gamma\,\delta /
# \sqrt{\sigma^2 + \varepsilon}$, with $\delta$ what comes from above. It looks harmless. We
# let both answers stand a test: nudge each $z_i$ up and down, and watch the loss.

# %% slideshow={"slide_type": "fragment"}
batch, above = rng.normal(size=(2, 6, 1))
one, zero = np.ones(1), np.zeros(1)
_, cache = bn.batch_norm(batch, one, zero)
derived = bn.batch_norm_backward(above, cache)[0].ravel()
trap = (above / np.sqrt(batch.var() + 1e-3)).ravel()

# %% slideshow={"slide_type": "fragment"}
nudged = []
for k in range(6):
    step = 1e-5 * np.eye(6)[:, [k]]
    up, _ = bn.batch_norm(batch + step, one, zero)
    down, _ = bn.batch_norm(batch - step, one, zero)
    nudged.append(np.sum(above * (up - down)) / 2e-5)
table(pd.DataFrame({
    "nudged": nudged, "derived": derived, "constants": trap
}), digits=3)

# %% slideshow={"slide_type": "fragment"}
z_hat6 = bn.standardize(batch, 0, 1e-9)[0].ravel()
print(f"sum of derived:         {abs(derived.sum()):.3f}")
print(f"sum of derived * z_hat: {abs(derived @ z_hat6):.3f}")
print(f"sum of constants:       {abs(trap.sum()):.3f}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# The trap is plainly wrong. The right gradient has two holes: no part along "all
# examples up" and (but for $\varepsilon$) none along "all further from the mean". The layer
# forgets a unit's mean and scale, so the loss cannot ask for another one. Hold on to that: it
# is half of the answer to this lesson's question.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict
#
# "$\gamma$ and $\beta$ keep ReLU from zeroing the negative half." Without them, a normalized
# unit is negative for about half of the images. A unit learns $\gamma = 3$, with $\beta = 0$.
# For which share of the images is it zero now?
#
# **A** about 16 %  **B** about 50 %, as before  **C** about 84 %

# %% slideshow={"slide_type": "skip"}
weights = init.he_normal((784, 100), np.random.default_rng(1))
before_relu = images.train.x[:2000] @ weights


def zeroed(g, b, z=before_relu):
    units = np.ones(z.shape[1])
    y, _ = bn.batch_norm(z, g * units, b * units)
    return np.mean(y <= 0)

# %% slideshow={"slide_type": "subslide"}
grid = pd.DataFrame({
    f"beta {b}": [zeroed(g, b) for g in (0.5, 1, 3)]
    for b in (-1, 0, 1)
}, index=["gamma 0.5", "gamma 1", "gamma 3"])
table(grid, "Share of zeros behind ReLU", digits=2, index=True)

# %% [markdown] slideshow={"slide_type": "fragment"}
# **B.** Multiplying by $\gamma > 0$ changes no sign. Only $\beta$ moves the boundary, to
# $\hat z = -\beta/\gamma$; with $\beta = 0$, $\gamma$ can do nothing at all. Half zeros is also
# what He's weights give without any normalization. $\gamma$ and $\beta$ are there for
# something else: to let a layer have *any* mean and scale, the identity included, if that is
# worth it. They are learned; they are not hyperparameters that somebody sets.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How small is $\varepsilon$?
#
# Texts call it a tiny smoothing term, "usually 1e-5". In Keras it is `1e-3` for batch
# normalization. Feed a unit whose standard deviation is 0.01, and the layer should return 1.
# What comes out is $\sigma/\sqrt{\sigma^2 + \varepsilon}$.

# %% slideshow={"slide_type": "skip"}
standard = bn.whiten(rng.normal(size=(1000, 1)))


def std_out(std, epsilon):
    return bn.standardize(std * standard, 0, epsilon)[0].std()

# %% slideshow={"slide_type": "subslide"}
stds = np.logspace(-4, 1, 40)
_, ax = plt.subplots()
for epsilon in (1e-3, 1e-5):
    out = [std_out(std, epsilon) for std in stds]
    ax.loglog(stds, out, label=f"epsilon {epsilon:g}")
    print(f"std 0.01, epsilon {epsilon:g}: "
          f"{std_out(0.01, epsilon):.3f} comes out")
ax.set(xlabel="std of the input", ylabel="std of the output")
ax.axvline(0.01, color="gray", ls=":")
legend = ax.legend()

# %% [markdown] slideshow={"slide_type": "fragment"}
# Where signals are small, $\varepsilon$ switches the layer off: less than a third is left of
# the promised 1. Not an academic case: unscaled inputs, tiny first weights, or layers whose
# signal vanishes have such variances. (Layer normalization's default is 1e-3 too, RMS
# normalization's 1e-6. Other libraries use 1e-5 everywhere.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict
#
# Train a network of two hidden layers with batch normalization for two epochs. It then knows
# about four images out of five. Now evaluate it **as in training**: each batch normalized by
# its own mean and variance. In batches of 300, of 10, of 2, and finally one image at a time.
#
# What accuracy, one at a time? **A** 80 %  **B** 60 %  **C** 30 %  **D** 10 %

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Ask for batches of two as well, it separates those who picture the layer
# from those who remember a rule. Two images in a batch: each unit can only say which of the
# two is larger.

# %% slideshow={"slide_type": "skip"}
two = {"sizes": [784, 100, 100, 10], "activation": "relu"}
net = network.mlp(**two, normalization=bn.BatchNorm(0.9))
fit = net.fit(x, y, epochs=2, optimizer=SGD(0.1))

# %% slideshow={"slide_type": "skip"}
shown, labels = images.valid.x[:3000], images.valid.y[:3000]


def as_in_training(size):
    a = shown.reshape(-1, size, 784)
    pairs = zip(net.layers, net.parameters, strict=True)
    for layer, own in pairs:
        if isinstance(layer, bn.BatchNorm):
            a, _ = bn.batch_norm(a, own["gamma"], own["beta"])
        else:
            a, _ = layer.forward(a, own, {}, True, None)
    return np.mean(a.argmax(-1).ravel() == labels)

# %% slideshow={"slide_type": "subslide"}
company = [1, 2, 3, 4, 6, 10, 30, 100, 300]
scores = [as_in_training(size) for size in company]
_, ax = plt.subplots()
ax.semilogx(company, scores, "o-", label="batch statistics")
usual = net.evaluate(shown, labels)["accuracy"]
ax.axhline(usual, color="k", ls="--", label="moving averages")
ax.set(xlabel="images a batch", ylabel="accuracy", ylim=(0, 1))
legend = ax.legend(loc="lower right")

# %% slideshow={"slide_type": "fragment"}
for size, score in zip(company[:2], scores[:2], strict=True):
    print(f"{size} at a time: {score:.3f}")
try:
    net.forward(shown[:1], training=True)
except ValueError as error:
    print(str(error)[:52])

# %% [markdown] slideshow={"slide_type": "subslide"}
# **D.** A single image is its own mean, so $\hat z = 0$ and every unit says $\beta$, whatever
# the image: the network gives all 3,000 images one and the same answer. Our layer refuses to
# train on a single example, which may also be the last, odd one of an epoch. Keras does not
# refuse; we will meet that.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Two machines
#
# - **Training** uses the batch's $\mu$ and $\sigma^2$. An image's output depends on its company,
#   which changes every epoch: a kind of noise.
# - **Inference** uses two constants a unit, estimates of $\mu$ and $\sigma^2$ over all training
#   images. An image's output is its own affair, and a batch of one is no problem.
#
# So each unit has four numbers: $\gamma$ and $\beta$, learned by gradient descent, and two
# estimates, which are only averaged. Where do the estimates come from?

# %% slideshow={"slide_type": "subslide"}
show_source(bn.BatchNorm.forward, doc=False)

# %% [markdown] slideshow={"slide_type": "subslide"}
# **A. Afterwards.** Training done, pass the training set through once more and average the
# batches' statistics. Clean, but one more thing to forget.
#
# **B. On the way.** After every batch, move an estimate $\hat v$ a little:
# $\;\hat v \leftarrow m\,\hat v + (1 - m)\,v$, with the *momentum* $m$. It looks back about
# $1/(1-m)$ batches: 10 for 0.9, 100 for 0.99, 1,000 for 0.999. More nines for more and smaller
# batches, says the rule. This is what libraries do. (Keras averages the batch's own variance, a
# sum divided by the number of images; the paper and PyTorch divide by one less.)

# %% slideshow={"slide_type": "skip"}
def settle(net, norm):  # way A: a plain average
    for k, batch in enumerate(np.split(x, 20)):
        norm.momentum = k / (k + 1)
        net.forward(batch, training=True)



# %% slideshow={"slide_type": "skip"}
rows = []
for momentum in (0.9, 0.99, 0.999):
    norm = bn.BatchNorm(momentum)
    epoch = network.mlp(**relu | {"normalization": norm})
    epoch.fit(x, y, epochs=1, optimizer=SGD(0.1))
    b = epoch.evaluate(shown, labels)["accuracy"]
    settle(epoch, norm)
    a = epoch.evaluate(shown, labels)["accuracy"]
    rows.append([momentum, momentum**157, b, a])

# %% slideshow={"slide_type": "subslide"}
columns = ["momentum", "start's share", "B: averages", "A: pass"]
table(pd.DataFrame(rows, columns=columns), digits=3)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The same four-layer network after the same 157 steps, read with different estimates. With 0.999
# the averages are still mostly what they started as, 0 and 1. Training is fine, its gradients
# never use the averages; only the *evaluation* suffers. If validation is far below training in
# the first epochs, look here first.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Chasing the truth
#
# One unit of the first layer over 200 training steps, with batches of 4 and of 64. Dots: the
# batch's mean. Black: the mean over 500 images, which moves as the weights below learn. Orange:
# the moving average. Find a momentum for each panel. Is there one for both?

# %% slideshow={"slide_type": "skip"}
def follow(size, steps=200, rate=0.05):
    norm = bn.BatchNorm()
    net = network.mlp(**two, normalization=norm, seeds=3)
    order = np.random.default_rng(size)
    batch_means, truth = [], []
    for _ in range(steps):
        rows = order.choice(5000, size)
        pairs = (x[rows], batch_means), (x[:500], truth)
        for seen, into in pairs:
            z = net.forward(seen, training=True)[2][0]
            into.append(z.mean(axis=0))
        net.fit(x[rows], y[rows], 1, size, SGD(rate))
    return np.array(batch_means), np.array(truth)

# %% slideshow={"slide_type": "skip"}
followed = {size: follow(size) for size in (4, 64)}
truth = followed[64][1]
unit = np.abs(truth[-1] - truth[0]).argmax()

# %% slideshow={"slide_type": "skip"}
def averaged(seen, momentum):
    average = [0.0]
    for mean in seen:
        now = momentum * average[-1] + (1 - momentum) * mean
        average.append(now)
    return average[1:]

# %% slideshow={"slide_type": "skip"}
def draw_chase(momentum):
    figure, axes = plt.subplots(1, 2, figsize=(11, 4))
    for ax, size in zip(axes, followed, strict=True):
        both = followed[size]
        seen, truth = (means[:, unit] for means in both)
        average = averaged(seen, momentum)
        ax.plot(seen, ".", color="#A8A8A8", label="batch")
        ax.plot(truth, "k-", label="truth")
        ax.plot(average, "-", color="#D55E00", label="average")
        ax.set(title=f"batches of {size}", xlabel="step")
        ax.set_ylim(*bounds)
    axes[0].set_ylabel("mean of the unit's z")
    axes[1].legend(ncols=3, fontsize=11)
    return figure

# %% slideshow={"slide_type": "subslide"}
around = np.percentile(followed[4][0][:, unit], [2, 98])
bounds = around.min(), around.max()
momenta = [0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999]
plots.frame_slider(draw_chase, momenta, "momentum", start=3)

# %% [markdown] slideshow={"slide_type": "subslide"}
# At 0 the average is the last batch: right on average, noisy, and hopeless with four images. At
# 0.999 it is smooth and has not arrived. Small batches need more nines, and more nines need
# more steps. A moving average is always an estimate of the **recent past**; it is right at the
# end because weights move little then.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Folding it away
#
# "Batch normalization slows down prediction." In inference all four numbers are constants, so
# the layer is a multiplication and an addition for each unit, right behind a layer that
# multiplies and adds:
#
# $$W' = W s \qquad b' = (b - \mu)\,s + \beta \qquad s = \gamma / \sqrt{\sigma^2 + \varepsilon}$$
#
# Two linear maps in a row are one. Put it into the weights, and the layer is gone.

# %% slideshow={"slide_type": "fragment"}
show_source(bn.fold, doc=False)

# %% slideshow={"slide_type": "subslide"}
light = network.mlp(**two)
taken = []
for k in (0, 3):
    dense, norm = net.parameters[k : k + 2]
    taken += bn.fold(*dense.values(), *norm.values(),
                     *net.state[k + 1].values())
light.set_weights([*taken, *net.get_weights()[-2:]])

# %% slideshow={"slide_type": "fragment"}
gap = np.abs(light.scores(shown) - net.scores(shown)).max()
print(f"pieces: {len(net.layers)}, folded {len(light.layers)}")
print("scores agree to 1e-4:", gap < 1e-4)

# %% slideshow={"slide_type": "subslide"}
def milliseconds(net):
    return 1e3 * min(repeat(lambda: net.scores(shown), number=1))


times = {"with": milliseconds(net), "folded": milliseconds(light)}
_, ax = plt.subplots(figsize=(6, 2.6))
bars = ax.barh(list(times), list(times.values()))
label = ax.set_xlabel("milliseconds for 3,000 images")

# %% [markdown] slideshow={"slide_type": "fragment"}
# The same scores, up to rounding, from a network without the layer, at the speed of one that
# never had it. (Folding works for the layer *before* the activation, and for convolutions,
# channel by channel. A deployed model usually has it done by its converter.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What did it do to the problem?
#
# Back to the plateau. The layer forgets a unit's scale: weights ten times as large give the
# same output. So the *gradient* has to be ten times smaller, and (the second hole) it stands at
# a right angle to the weights. Check both: multiply the first layer's weights by 10.

# %% slideshow={"slide_type": "skip"}
def tenfold(**normalization):
    seen = []
    for factor in (1, 10):
        net = network.mlp(
            [784, 100, 10], "relu", **normalization, dtype=float
        )
        net.parameters[0]["weights"][...] *= factor
        loss, slopes = net.loss_and_gradients(*small, True)
        slope = slopes[0]["weights"].copy()
        seen.append([loss, np.linalg.norm(slope)])
    w, norm = net.parameters[0]["weights"], np.linalg.norm
    angle = np.arccos(np.sum(w * slope) / norm(w) / norm(slope))
    bias = norm(slopes[0]["bias"]) / norm(slope)
    return np.array(seen), np.degrees(angle), bias

# %% slideshow={"slide_type": "subslide"}
exact = bn.BatchNorm(epsilon=1e-9)
exactly = {"without": {}, "with": {"normalization": exact}}
for name, kind in exactly.items():
    seen, angle, bias = tenfold(**kind)
    loss, slope = seen[1] / seen[0]
    print(f"{name:7}: loss times {loss:.2f}, gradient "
          f"times {slope:.2f}, angle {angle:.1f} degrees")
    print(f"         bias gradient vanishes: {bias < 1e-6}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# A step at a right angle makes the weights *longer*, never shorter, and longer weights have
# smaller gradients: the layer **turns its own step size down** when the rate is too large. And
# the bias below the layer has no gradient at all, since $\beta$ does its work: hence
# `use_bias=False`.

# %% slideshow={"slide_type": "skip"}
steps = {}
for rate in (0.1, 1.0, 3.0):
    one = network.mlp(**normed)
    path = one.fit(x, y, 1, optimizer=SGD(rate), record_every=1)
    frame = path.record_frame.query("layer == 2")
    length = frame.weight_norm / frame.weight_norm.iloc[0]
    steps[f"rate {rate:g}"] = length, frame.update_ratio

# %% slideshow={"slide_type": "subslide"}
_, axes = plt.subplots(1, 2, figsize=(11, 4.2))
for name, series in steps.items():
    for ax, values in zip(axes, series, strict=True):
        ax.semilogy(np.arange(len(values)), values, label=name)
axes[0].set(xlabel="step", ylabel="length of the weights")
axes[1].set(xlabel="step", ylabel="step / length of the weights")
legend = axes[0].legend()
for name, (_, ratio) in steps.items():
    late = ratio.iloc[-50:].median()
    print(f"{name:8}: first step {ratio.iloc[0]:.1g} of the "
          f"weights, late ones {late:.1g}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Layer 2 of the network above. At rate 3 the first step is half as long as the weights. They grow
# at once, and the relative steps come down by themselves: rates 1 and 3 end with steps of the same
# relative size. So rates over a wide range end up doing much the same. (And weight decay, which
# shortens the weights, here acts on the *rate*: van Laarhoven, 2017.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## He and ELU fix the start
#
# Lesson 2 gives every layer the right variance with the right weights, *before the first step*.
# Nothing keeps it there. Ten layers of ELU with He's weights, three epochs: what does the
# standard deviation of the activations look like, layer by layer, before and after?

# %% slideshow={"slide_type": "skip"}
elu = {"sizes": [784, *[100] * 10, 10], "activation": "elu",
       "initializer": "he_normal", "seeds": 0}

# %% slideshow={"slide_type": "skip"}
spread = {}
for name, norm in (("He", None), ("BN", bn.BatchNorm(0.9))):
    ten = network.mlp(**elu, normalization=norm)
    for when in ("start", "after training"):
        seen = record(ten, *small, training=True)
        spread[f"{name}, {when}"] = seen.by_layer("a_std")
        if when == "start":
            ten.fit(x, y, 3, optimizer=SGD(0.05))

# %% slideshow={"slide_type": "subslide"}
ax = plots.by_layer(spread, ylabel="std of a", log=False)

# %% [markdown] slideshow={"slide_type": "subslide"}
# He's start is a start: training moves the scale of every layer, as the weights go where the
# loss sends them, and a problem solved at the start may return. With batch normalization the
# scale is held in every batch, for as long as training lasts ($\gamma$ may move it, on purpose).
# What enters a layer changes while the layers below learn. That change has a name.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Internal covariate shift?
#
# **Internal covariate shift** is the change of a layer's input distribution *over training*, as
# the layers below learn. (Not, as you may read, the change from one layer to the next.) The
# paper of 2015 says: batch normalization works because it reduces that shift. **Disputed.** The
# test of Santurkar and others (2018): put the shift back. After the normalization, shake every
# unit with a random scale and offset, new ones in every step.

# %% slideshow={"slide_type": "fragment"}
class ShakenBatchNorm(bn.BatchNorm):
    def forward(self, x, parameters, state, training, rng):
        given = parameters, state, training, rng
        y, cache = super().forward(x, *given)
        shape = (*y.shape[:-2], 1, y.shape[-1])
        scale, offset = np.ones(1, y.dtype), 0
        if training:
            draw = rng.standard_normal
            scale = np.exp(draw(shape, y.dtype) / 4)
            offset = draw(shape, y.dtype) / 4
        return scale * y + offset, (scale, cache)

    def backward(self, gradient, cache, *given):
        scale, cache = cache
        return super().backward(gradient * scale, cache, *given)

# %% slideshow={"slide_type": "skip"}
twenty = {
    "sizes": [784, *[100] * 20, 10], "activation": "sigmoid",
    "initializer": "lecun_normal",
}
kinds = {"without": None, "with": bn.BatchNorm(0.9),
         "shaken": ShakenBatchNorm(0.9)}

# %% slideshow={"slide_type": "skip"}
deep = {
    k: twenty | {"normalization": v} for k, v in kinds.items()
}
half = {name: arm | {"n": 1500} for name, arm in deep.items()}

# %% slideshow={"slide_type": "skip"}
tuned_deep = experiments.tune(
    train, half, [0.001, 0.005, 0.03], seeds=[100, 101],
    seeds_at_once=2,
)

# %% slideshow={"slide_type": "skip"}
tuned_arms = {name: arm | {"learning_rate": tuned_deep.best[name]}
              for name, arm in deep.items()}
shaken = experiments.run(
    train, tuned_arms, range(5), seeds_at_once=5
)

# %% slideshow={"slide_type": "skip"}
def drift(arm, steps=40, layer=10):
    rate = tuned_deep.best[arm]
    net, means = network.mlp(**deep[arm]), []
    noise = Noise([np.random.default_rng(0)], False)
    for k in range(steps):
        rows = slice(32 * k, 32 * k + 32)
        net.fit(x[rows], y[rows], 1, 32, SGD(rate, 0.9))
        seen = record(net, *small, training=True, rng=noise)
        a = seen[layer - 1].a
        means.append(a.mean(axis=0))
    return np.array(means)



# %% slideshow={"slide_type": "skip"}
means = {arm: drift(arm) for arm in deep}

# %% slideshow={"slide_type": "subslide"}
_, axes = plt.subplots(1, 3, figsize=(11, 3.6), sharey=True)
for ax, (arm, path) in zip(axes, means.items(), strict=True):
    ax.plot(path[:, :8], lw=1.5, ls="-")
    ax.set(title=arm, xlabel="training step", ylim=(0.2, 0.8))
label = axes[0].set_ylabel("mean input of layer 11")

# %% slideshow={"slide_type": "fragment"}
result = shaken.groupby("arm", sort=False).valid_accuracy.mean()
for arm, path in means.items():
    moved = np.sqrt(np.mean(np.diff(path, axis=0) ** 2))
    print(f"{arm:7}: moves {moved:.0e} a step, "
          f"accuracy {result[arm]:.2f}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Lesson 1's network, 20 sigmoid layers, each arm at its own best rate. Without normalization the
# inputs of layer 11 do not move at all: **no shift, and no learning**. Shaken, they jump in every
# step, and the network learns, at a few points less. What rescues it is not that inputs hold
# still. Better supported: signals of the right size, a smoother loss (Santurkar 2018), larger
# usable rates (Bjorck 2018).

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict
#
# Take 20 layers of ReLU with He's weights, for which lesson 1 found gradients of the same size in
# all layers, and put a batch normalization before every ReLU. Nothing is trained. The gradients,
# from top to bottom:
#
# **A** stay as they are  **B** become more alike  **C** shrink  **D** grow

# %% slideshow={"slide_type": "skip"}
deep_relu = {"sizes": twenty["sizes"], "activation": "relu",
             "initializer": "he_normal", "seeds": [0, 1, 2, 3, 4]}
sizes_of = {}
for name, norm in (("He", None), ("He and BN", bn.BatchNorm())):
    untrained = network.mlp(**deep_relu, normalization=norm)
    seen = record(untrained, *small, training=True)
    rms = seen.by_layer("gradient_rms")
    sizes_of[name] = rms / rms[:, -1:]

# %% slideshow={"slide_type": "subslide"}
ax = plots.by_layer(sizes_of, ylabel="gradient / layer 20's")

# %% slideshow={"slide_type": "fragment"}
rms = np.median(sizes_of["He and BN"], axis=0)
print(f"measured, a layer: {(rms[4] / rms[16]) ** (1 / 12):.2f}")
print(f"theory: {np.sqrt(np.pi / (np.pi - 1)):.2f}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **D.** By about a fifth a layer (theory: $\sqrt{\pi/(\pi-1)}$, Yang et al. 2019): *too large*
# at the bottom, where it is least use. Behind ReLU a unit has mean 0.56 and less spread than
# before; the next layer blows that spread up again, and the gradient with it. Batch normalization
# keeps activations in size, not gradients. Deep networks that use it have skip connections, too.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Where to put it
#
# - **Before or after the activation?** The paper: before, between $W$ and $f$. Many put it after.
#   Some texts say "normalizes the outputs of the activation" over a picture that shows it before.
#   Two placements, both legal; try both (below we do).
# - **In which layers?** In principle all hidden ones; never behind the output.
# - **In a convolutional network**: Conv, BN, activation. One $\mu$ and one $\sigma^2$ a *channel*,
#   over all images and all places.
# - **As the first layer**, on the inputs, it replaces standardizing the data.

# %% slideshow={"slide_type": "skip"}
def with_first(sizes, seeds, **settings):
    net = network.mlp(sizes, seeds=seeds, **settings)
    pieces = [bn.BatchNorm(0.9), *net.layers]
    return network.Network(sizes[0], pieces, seeds=seeds)


raw = relu | {"pixels": 255, "learning_rate": 0.01}

# %% slideshow={"slide_type": "skip"}
inputs = {
    "pixels 0 to 1": raw | {"pixels": 1},
    "pixels 0 to 255": raw,
    "0 to 255, BN first": raw | {"build": with_first},
}
first = experiments.run(train, inputs, range(3), seeds_at_once=3)

# %% slideshow={"slide_type": "fragment"}
first = first.fillna({"valid_accuracy": 0.1})
for arm, frame in first.groupby("arm", sort=False):
    print(f"{arm:18}: accuracy {frame.valid_accuracy.mean():.2f}")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Another axis
#
# A recurrent network applies one layer at every time step. The statistics of its pre-activations
# differ from step to step, so one moving average fits none of them; with one for each step, what
# about sequences longer than any in training? **Layer normalization** takes mean and variance over
# the units of *one example*: no batch, no averages, the same in training and inference.

# %% slideshow={"slide_type": "skip"}
rng = np.random.default_rng(0)
w = rng.normal(0, 1.2 / 10, (100, 100))
u = rng.normal(size=(5, 100))
series = rng.normal(0, 0.3, (25, 64, 5)) + 0.3

# %% slideshow={"slide_type": "skip"}
h, stds = np.zeros((64, 100)), []
for step in series:
    z_t = h @ w + step @ u
    normalized, _ = bn.batch_norm(
        z_t, np.ones(100), np.zeros(100), axis=-1
    )
    stds.append([z_t.std(), normalized.std()])
    h = np.maximum(z_t, 0)

# %% slideshow={"slide_type": "subslide"}
_, ax = plt.subplots()
plain, normed_too = np.array(stds).T
lines = {"as it is": plain, "layer norm": normed_too}
for name, line in lines.items():
    ax.plot(np.arange(1, 26), line, label=name)
ax.axhline(np.mean(stds, axis=0)[0], color="k", ls=":",
           label="one average for all")
ax.set(xlabel="time step", ylabel="std of z", ylim=0)
legend = ax.legend()

# %% slideshow={"slide_type": "fragment"}
show_source(bn.LayerNorm.forward, doc=False)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The function of this lesson, with `axis=-1`. Between the two axes lies group normalization (some
# units of one example, `bn.GroupNorm`); without the mean it is RMS normalization (`bn.RMSNorm`),
# which large language models use.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The same in Keras
#
# A well-known example: batch normalization on the pixels and behind each of two hidden layers,
# 784, 300 and 100 units. "A batch normalization layer learns four vectors." How many numbers is
# that, and how many of them are *learned*?

# %% slideshow={"slide_type": "skip"}
import keras
from keras import layers

# %% slideshow={"slide_type": "subslide"}
book = keras.Sequential([
    keras.Input([784]),
    layers.BatchNormalization(),  # in place of standardizing
    layers.Dense(300, use_bias=False),
    layers.BatchNormalization(),
    layers.Activation("elu"),     # behind it, a layer of its own
    layers.Dense(100, use_bias=False),
    layers.BatchNormalization(),
    layers.Activation("elu"),
    layers.Dense(10, "softmax"),
])

# %% slideshow={"slide_type": "fragment"}
first_norm = book.layers[0]
for v in first_norm.variables:
    print(f"{v.name:16} {v.shape}  learned: {v.trainable}")
fixed = sum(v.shape[0] for v in book.non_trainable_variables)
print(f"first layer: {first_norm.count_params():,} numbers")
print(f"not learned, in all three: {fixed:,} of {2 * fixed:,}")
print("updates to run:", hasattr(first_norm, "updates"))

# %% [markdown] slideshow={"slide_type": "fragment"}
# $784 \times 4 = 3{,}136$, and half of it is not learned but averaged; $(784 + 300 + 100) \times
# 2 = 2{,}368$ in all, which `book.summary()` lists as non-trainable. It is the *variance* that is
# kept, not the standard deviation. The "two update operations" of older texts are gone: calling
# the layer in training mode moves the averages at once. Mind that last sentence.

# %% slideshow={"slide_type": "skip"}
model = keras.Sequential([keras.Input([784])])
weights = []
for k in (0, 3):
    model.add(layers.Dense(100))
    model.add(layers.BatchNormalization(momentum=0.9))
    model.add(layers.Activation("relu"))
    for arrays in (*net.parameters[k : k + 2], net.state[k + 1]):
        weights += list(arrays.values())
model.add(layers.Dense(10))
model.set_weights(weights + net.get_weights()[-2:])

# %% slideshow={"slide_type": "subslide"}
theirs = model(shown, training=False).numpy()
print("same scores:  ", np.allclose(theirs, net.scores(shown),
                                    atol=1e-3))
theirs = model(x[:100], training=True).numpy()
ours = net.forward(x[:100], training=True)[0]
print("same, training:", np.allclose(theirs, ours, atol=1e-3))
kept = [s for state in net.state for s in state.values()]

# %% slideshow={"slide_type": "fragment"}
moved = [v.numpy() for v in model.non_trainable_variables]
same = np.allclose(np.ravel(moved), np.ravel(kept), atol=1e-4)
print("same averages: ", same)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Keras and our NumPy agree, in both machines, and in what each remembers afterwards.
#
# Now the trap. "Call the model with `training=True`, so that dropout stays on": a popular way to
# get many answers for one image (lesson 9). What does it do to a network with batch
# normalization? **Predict** its accuracy, before, one image at a time, and *after*.

# %% slideshow={"slide_type": "subslide"}
def right(training, rows):
    scores = model(shown[rows], training=training).numpy()
    return np.mean(scores.argmax(1) == labels[rows])


def report(when, score):
    variance = model.layers[1].moving_variance.numpy().mean()
    loss = keras.losses.SparseCategoricalCrossentropy(True)
    now = loss(labels, model(shown, training=False))
    print(f"{when:14} accuracy {score:.2f}; variance "
          f"{variance:.2f}, usual loss {now:.1f}")


report("before:", right(False, slice(None)))
alone = [right(True, slice(k, k + 1)) for k in range(300)]
report("one at a time:", np.mean(alone))
report("after:", right(False, slice(None)))

# %% [markdown] slideshow={"slide_type": "fragment"}
# Keras does not complain about a batch of one; it answers from $\beta$. And each of those calls
# **overwrote the moving averages**: a single image has variance 0, so 300 looks have pulled every
# variance to 0, with no weight changed. The network stays like that: its units blown up, a little
# less often right and far too sure of itself, as the loss shows. Call in inference mode, keep only dropout
# layers in training mode, or set `layer.trainable = False`, which in Keras also means inference
# mode for this layer.

# %% slideshow={"slide_type": "subslide"}
conv = keras.Sequential([
    keras.Input([28, 28, 1]),
    layers.Conv2D(16, 3, use_bias=False),
    layers.BatchNormalization(),
    layers.Activation("relu"),
])
print(f"for 16 channels: {conv.layers[1].count_params()} numbers")

# %% slideshow={"slide_type": "fragment"}
axes = {"layer": layers.LayerNormalization(),
        "group": layers.GroupNormalization(4),
        "RMS": layers.RMSNormalization()}
pieces = bn.LayerNorm(), bn.GroupNorm(4), bn.RMSNorm()
for name, piece in zip(axes, pieces, strict=True):
    layer = axes[name]
    own, z_in = piece.initialize(100, None), x[:9, 300:400]
    y_own, _ = piece.forward(z_in, own, {}, False, None)
    same = np.allclose(layer(z_in), y_own, atol=1e-4)
    print(f"{name:5}: same as ours: {same}")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Evidence
#
# Now the claims. Networks of four ReLU layers, each arm at its own best rate of seven (chosen on
# two seeds and fewer images), then five *other* seeds, one epoch. The arms: no batch
# normalization, before the ReLU, after it, only in the first hidden layer, only in the last; and
# the first weights a third and twice as large as He's.

# %% slideshow={"slide_type": "skip"}
def placed(sizes, where, seeds):
    pieces = []
    for k, units in enumerate(sizes[1:-1]):
        pieces.append(Dense(units, "he_normal"))
        if k in where:
            pieces.append(bn.BatchNorm(0.9))
        pieces.append(Activate("relu"))
    pieces.append(Dense(sizes[-1]))
    return network.Network(sizes[0], pieces, seeds=seeds)


def he_times(shape, rng, factor):
    return factor * init.he_normal(shape, rng)

# %% slideshow={"slide_type": "skip"}
arms = {"none": relu, "before": normed,
        "after": normed | {"normalize_first": False}}

# %% slideshow={"slide_type": "skip"}
for name, where in (("first", [0]), ("last", [3])):
    arms[name] = {"build": placed, "sizes": four, "where": where}

# %% slideshow={"slide_type": "skip"}
for factor in (0.3, 2):
    start = {"initializer": partial(he_times, factor=factor)}
    arms[f"none x{factor}"] = relu | start
    arms[f"before x{factor}"] = normed | start
rates = [0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3]

# %% slideshow={"slide_type": "skip"}
half = {name: arm | {"n": 2000} for name, arm in arms.items()}

# %% slideshow={"slide_type": "skip"}
def judge_arms(arms, half, rates):
    tuned = experiments.tune(
        train, half, rates, seeds=[100, 101], seeds_at_once=2
    )
    best = {name: arm | {"learning_rate": tuned.best[name]}
            for name, arm in arms.items()}
    frame = experiments.run(
        train, best, range(5), seeds_at_once=5
    )
    return frame, tuned



# %% slideshow={"slide_type": "skip"}
final, tuned = judge_arms(arms, half, rates)

# %% slideshow={"slide_type": "subslide"}
def scores_table(frame, tuned):
    score = frame.fillna({"valid_accuracy": 0.1})
    score = score.groupby("arm", sort=False).valid_accuracy
    shown = score.agg(["mean", "min", "max"])
    shown["best rate"] = pd.Series(tuned.best)
    caption = "Validation accuracy"
    return table(shown, caption, digits=3, index=True)


scores_table(final, tuned)

# %% [markdown] slideshow={"slide_type": "subslide"}
# At their best rates the arms lie close together, except where the first weights are wrong: batch
# normalization repairs that, whichever way they are wrong. Next: tiny batches, **with equally many steps** for every batch size (300), which is where some
# comparisons go wrong: equal epochs mean fewer steps for the larger batches.

# %% slideshow={"slide_type": "skip"}
tiny = {}
norms = {"none": None, "batch": bn.BatchNorm(0.99),
         "layer": bn.LayerNorm()}
for size in (2, 32):
    images_seen = {"n": 150 * size, "epochs": 2, "batch": size}
    for name, norm in norms.items():
        tiny[f"{name}, {size}"] = (
            relu | images_seen | {"normalization": norm}
        )
half = {k: arm | {"epochs": 1} for k, arm in tiny.items()}
by_size, tuned_size = judge_arms(tiny, half, rates[:5])

# %% slideshow={"slide_type": "subslide"}
scores_table(by_size, tuned_size)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Two more. **Does it regularize?** A thousand images, 15 epochs; the gap is training minus
# validation accuracy; one arm adds dropout (a third of the units). **Is it necessary?** Residual
# networks of 41 layers, width 50: with batch normalization, without, and with *Fixup* (Zhang et
# al. 2019), which only starts them differently: the last layer of each branch at zero, the other
# smaller by $1/\sqrt{20}$, and single numbers as biases and scales.

# %% slideshow={"slide_type": "skip"}
class Drop(Layer):
    def forward(self, x, parameters, state, training, rng):
        if not training:
            return x, np.ones(1, x.dtype)
        kept = rng.random(x.shape, x.dtype) > 1 / 3
        kept = kept.astype(x.dtype) * x.dtype.type(1.5)
        return x * kept, kept

    def backward(self, gradient, cache, parameters, gradients):
        return gradient * cache

# %% slideshow={"slide_type": "skip"}
few = {"n": 1000, "epochs": 15}
regular = {
    "none": relu | few | {"learning_rate": tuned.best["none"]},
    "batch norm": normed | few | {
        "learning_rate": tuned.best["before"]},
    "and dropout": normed | few | {
        "learning_rate": tuned.best["before"],
        "dropout": Drop()},
}

# %% slideshow={"slide_type": "skip"}
overfit = experiments.run(
    train, regular, range(5), seeds_at_once=5
)
overfit["gap"] = overfit.train_accuracy - overfit.valid_accuracy

# %% slideshow={"slide_type": "fragment"}
columns = ["train_accuracy", "valid_accuracy", "gap"]
average = overfit.groupby("arm", sort=False)[columns].mean()
table(average, digits=3, index=True)

# %% slideshow={"slide_type": "skip"}
def residual(sizes, blocks, seeds, norm=()):
    inputs, units, outputs = sizes
    he = [Dense(units, "he_normal"), *norm, Activate("relu")]
    branch = [*he, Dense(units, "he_normal"), *norm]
    pieces = [Dense(units, "he_normal"), Activate("relu")]
    for _ in range(blocks):
        pieces += [Residual(branch), Activate("relu")]
    pieces.append(Dense(outputs))
    return network.Network(inputs, pieces, seeds=seeds)

# %% slideshow={"slide_type": "skip"}
shape = {"sizes": [784, 50, 10], "blocks": 20, "batch": 50}
deep = {
    "plain": shape | {"build": residual},
    "normalized": shape | {
        "build": residual, "norm": [bn.BatchNorm(0.9)]},
    "Fixup": shape | {"build": fixup_network},
}

# %% slideshow={"slide_type": "skip"}
half = {name: arm | {"n": 1500} for name, arm in deep.items()}
branches, tuned_branches = judge_arms(
    deep, half, [1e-7, 1e-6, 1e-5, 0.003, 0.01, 0.03, 0.1]
)

# %% slideshow={"slide_type": "subslide"}
scores_table(branches, tuned_branches)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The claims, judged
#
# Verdicts as in lesson 1: seed by seed, with a 95 % bootstrap interval of the mean difference.
# "Learning faster" is accuracy after the same number of steps. A diverged run counts as guessing.

# %% slideshow={"slide_type": "skip"}
evidence = []


def judge(claim, condition, frame, better, than,
          metric="valid_accuracy", higher_is_better=True):
    verdict = experiments.verdict(
        frame, better, than, metric, higher_is_better,
        diverged_as=0.1,
    )
    row = verdict.row(claim, condition)
    evidence.append(row | {"unit": "accuracy"})

# %% slideshow={"slide_type": "skip"}
fixed = {
    f"{name}, {rate:g}":
        arm | {"learning_rate": rate, "momentum": 0}
    for name, arm in (("none", relu), ("norm", normed))
    for rate in (0.003, 1)
}

# %% slideshow={"slide_type": "skip"}
speed = experiments.run(train, fixed, range(5), seeds_at_once=5)
claim = "BN learns faster"
judge(claim, "rate 0.003", speed, "norm, 0.003", "none, 0.003")
judge(claim, "rate 1", speed, "norm, 1", "none, 1")
judge(claim, "4 layers, tuned", final, "before", "none")

# %% slideshow={"slide_type": "skip"}
claim = "BN lets 20 sigmoid layers learn"
judge(claim, "tuned", shaken, "with", "without")

# %% slideshow={"slide_type": "skip"}
claim = "it does so though inputs are shaken"
judge(claim, "20 sigmoid, tuned", shaken, "shaken", "without")
claim = "steady inputs beat shaken ones"
judge(claim, "20 sigmoid, tuned", shaken, "with", "shaken")

# %% slideshow={"slide_type": "skip"}
lost = []
for arm in ("none", "before"):
    for factor in (0.3, 2):
        best, off = (
            final[final.arm == name].valid_accuracy.to_numpy()
            for name in (arm, f"{arm} x{factor}")
        )
        lost += [{"arm": f"{arm} x{factor}", "seed": s, "loss": d}
                 for s, d in enumerate(best - off)]

# %% slideshow={"slide_type": "skip"}
lost = pd.DataFrame(lost).assign(diverged=False)

# %% slideshow={"slide_type": "skip"}
for factor in (0.3, 2):
    pair = f"before x{factor}", f"none x{factor}", "loss", False
    claim = "BN suffers less from bad first weights"
    judge(claim, f"He times {factor}", lost, *pair)

# %% slideshow={"slide_type": "skip"}
pair = "batch norm", "none", "gap", False
judge("BN narrows the gap", "1,000 images", overfit, *pair)
pair = "and dropout", "batch norm"
claim = "dropout on top of BN helps"
judge(claim, "1,000 images", overfit, *pair)

# %% slideshow={"slide_type": "skip"}
claim = "before the ReLU beats after it"
judge(claim, "4 layers, tuned", final, "before", "after")

# %% slideshow={"slide_type": "skip"}
for where in ("first", "last"):
    claim = f"all layers beat the {where} only"
    judge(claim, "4 layers, tuned", final, "before", where)

# %% slideshow={"slide_type": "skip"}
for size in (2, 32):
    pair = f"batch, {size}", f"none, {size}"
    condition = f"batches of {size}, 300 steps"
    judge("BN beats none", condition, by_size, *pair)

# %% slideshow={"slide_type": "skip"}
pair = "layer, 2", "batch, 2"
claim = "layer norm beats BN"
judge(claim, "batches of 2, 300 steps", by_size, *pair)
pair = "Fixup", "plain"
judge("Fixup beats plain", "41 layers, tuned", branches, *pair)
pair = "Fixup", "normalized"
judge("Fixup beats BN", "41 layers, tuned", branches, *pair)

# %% slideshow={"slide_type": "subslide"}
table(pd.DataFrame(evidence[:10]), digits=2)

# %% slideshow={"slide_type": "subslide"}
table(pd.DataFrame(evidence[10:]), digits=2)

# %% [markdown] slideshow={"slide_type": "fragment"}
# It **depends on the learning rate**: slower at a small one, much faster at a large one, a little
# better at the best. It makes bad first weights harmless and 20 sigmoid layers learn, even with
# shaken inputs. It did not narrow the gap between training and validation. Where it stands hardly
# matters here; batches of two ruin it. And a residual network of 41 layers does better without it,
# if it is started well.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What goes wrong in other texts
#
# | You may read | What we found |
# |---|---|
# | BN gives the *weights* mean 0, variance 1. | The pre-activations: per unit, per batch. |
# | $\gamma$ and $\beta$ are hyperparameters. | Learned. Momentum, $\varepsilon$, axis are set. |
# | All four parameters are learned. | Two; mean and *variance* are averaged. |
# | $\gamma$, $\beta$ stop ReLU from zeroing half. | $\gamma$ alone never; $\beta$ does. |
# | $\mathrm{BN}(x) = \gamma (x - \mu)/\sigma + \beta$, $\varepsilon$ = 1e-5. | $\sqrt{\sigma^2 + \varepsilon}$; in Keras 1e-3. |
# | It uses mean 0 and variance 1. | It uses the batch's, to *make* 0 and 1. |

# %% [markdown] slideshow={"slide_type": "subslide"}
# | You may read | What we found |
# |---|---|
# | $\mu$: "number of samples". | $\mu$ is the mean; $m$ the number. |
# | Whitening, by a trick. | Correlations stay. |
# | Shift is change from layer to layer. | It is change over training; and not why BN works. |
# | Initialization stops mattering. | It matters less. |
# | It ends overfitting. | The gap did not close; it was wider. |
# | Prediction gets slower. | Not after folding. |
# | The layer creates two update operations. | Averages move in the call itself. |

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Summary
#
# - Four steps per unit and batch; $\gamma$, $\beta$ learned, $\mu$, $\sigma^2$ followed for
#   inference.
# - The gradient runs through mean and variance: it cannot ask for another mean or scale, so
#   weights tune their own step size, and the plateau widens.
# - Two machines: most bugs mix them. One image in training mode is no image.
# - At the best learning rate of a well-started network of four layers it gains little.
# - It costs nothing after folding, much with tiny batches; LayerNorm needs no batch, Fixup no
#   normalization.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ## Now you
#
# [The exercises](exercises/04_batch_normalization.ipynb) answer at once. Warm-up: the layer
# forward. Hardest: its backward pass, and a network that is 90 % right in training and 10 % right
# at test time.
#
# Or change this lesson: shake the units with 1/2 instead of 1/4; put `bn.GroupNorm(10)` into the
# tiny batches; train the 20 ReLU layers with and without normalization, and think of $1.21^{20}$.

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Further reading
#
# - S. Ioffe, C. Szegedy, *Batch normalization*, ICML 2015, arXiv:1502.03167.
# - S. Santurkar et al., *How does batch normalization help optimization?*, NeurIPS 2018,
#   arXiv:1805.11604; J. Bjorck et al., *Understanding batch normalization*, 2018,
#   arXiv:1806.02375.
# - T. van Laarhoven, *L2 regularization versus batch and weight normalization*, 2017,
#   arXiv:1706.05350; P. Luo et al., *Towards understanding regularization in batch
#   normalization*, 2019, arXiv:1809.00846.
# - G. Yang et al., *A mean field theory of batch normalization*, 2019, arXiv:1902.08129.
# - J. Ba et al., *Layer normalization*, 2016, arXiv:1607.06450; Y. Wu, K. He, *Group
#   normalization*, 2018, arXiv:1803.08494; B. Zhang, R. Sennrich, *Root mean square layer
#   normalization*, 2019, arXiv:1910.07467.
# - H. Zhang, Y. Dauphin, T. Ma, *Fixup initialization*, 2019, arXiv:1901.09321; A. Brock et al.,
#   *High-performance large-scale image recognition without normalization*, 2021,
#   arXiv:2102.06171.
