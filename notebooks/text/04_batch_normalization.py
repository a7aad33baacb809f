# %% [markdown] slideshow={"slide_type": "slide"}
# # 4. Batch normalization
#
# One layer, four steps (2015), and the same network bears learning rates ten times larger.
# That it works, few doubt. Why it works is still argued about.
#
# **What did it do to the problem?**

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Ask who uses batch normalization, then who could say what it does to a
# gradient. Write the explanations down: scale, shift, noise, smoothness. On the slide with
# the shaken network, cross out what it contradicts.

# %% [markdown] slideshow={"slide_type": "skip"}
# ## What you will be able to do
#
# - Write the layer forward and backward, and say what its gradient can never contain.
# - Tell its two machines apart, training and inference, and find the bug that mixes them.
# - Place it, size its momentum, and fold it away when training is over.
# - Judge by experiment what is said for it: steadier inputs, larger rates, good starts made
#   needless, less overfitting.
#
# About an hour and a half, and another for the exercises. You need lesson 1; lesson 2 helps.

# %% slideshow={"slide_type": "skip"}
from functools import partial

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from course_utils import batch_normalization as bn
from course_utils import initialization as init
from course_utils.lab import experiments, network, plots, trials
from course_utils.lab.display import show_source, table
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
# Helpers, to skip at first: train networks, return accuracies
# (a run that overflows is marked); and, below, tune, then judge.
def fit_and_score(net, seeds, data, epochs, batch, sgd):
    (x, y), valid = data
    lost = net.fit(x, y, epochs, batch, sgd).diverged
    known = net.evaluate(x[:1000], y[:1000])["accuracy"]
    rows = pd.DataFrame({
        "seed": list(seeds), "train_accuracy": known,
        "valid_accuracy": net.evaluate(*valid)["accuracy"],
    }).to_dict("records")
    return [r | {"diverged": lost.get(r["seed"])} for r in rows]

# %% slideshow={"slide_type": "skip"}
def train(
    seeds, learning_rate, n=5000, epochs=1, batch=32,
    momentum=0.9, build=network.mlp, **settings
):
    train, valid = trials.images().train, trials.images().valid
    data = (train.x[:n], train.y[:n]), (valid.x, valid.y)
    net = build(seeds=seeds, **settings)
    sgd = SGD(learning_rate, momentum)
    return fit_and_score(net, seeds, data, epochs, batch, sgd)

# %% slideshow={"slide_type": "skip"}
def judge_arms(arms, rates, **fewer):
    half = {name: arm | fewer for name, arm in arms.items()}
    tuned = experiments.tune(
        train, half, rates, seeds=[100, 101], seeds_at_once=2
    )
    best = {name: arm | {"learning_rate": tuned.best[name]}
            for name, arm in arms.items()}
    frame = experiments.run(
        train, best, range(5), seeds_at_once=5
    )
    return frame, tuned

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: what does the layer bring?
#
# The images of lesson 1, four hidden layers of 100 ReLU units with He's weights, plain gradient
# descent at nine learning rates. One network has a batch normalization before every ReLU, the
# other has none. **What does the layer bring?**
#
# - **A** a much higher best accuracy
# - **B** a wider range of good rates
# - **C** a higher accuracy at every rate

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Let the hall vote. A and C get most hands, because the layer is known as an
# improvement. Ask somebody of A what should raise the best accuracy: the
# network computes nothing now that it could not compute before. Ask somebody of C what happens
# at a rate that is already too small.

# %% [markdown] slideshow={"slide_type": "notes"}
# Both are trained for two passes through 5,000 images, from three random starts. (Some seconds.)
# A run that overflows counts as guessing.

# %% slideshow={"slide_type": "skip"}
relu = {"sizes": four, "activation": "relu",
        "initializer": "he_normal"}
normed = relu | {"normalization": bn.BatchNorm(0.9)}
plain_sgd = {"momentum": 0, "epochs": 2}

# %% slideshow={"slide_type": "skip"}
arms = {"without": relu | plain_sgd, "with": normed | plain_sgd}
rates = experiments.log_grid(0.001, 10)
swept = experiments.tune(
    train, arms, rates, seeds=[100, 101, 102], seeds_at_once=3
)
frame = swept.frame.fillna({"valid_accuracy": 0.1})

# %% [markdown] slideshow={"slide_type": "slide"}
# ## B: a plateau

# %% slideshow={"slide_type": "-", "show": "output"} alt="Line chart of validation accuracy over the learning rate, from a thousandth to ten on a logarithmic axis, without and with batch normalization. Both hills are about equally high. Without the layer accuracy falls to chance beyond a rate of a tenth; with it, it stays high up to a rate of 1, so the range of good rates reaches about ten times further up. At the smallest rates the network without the layer is ahead." tags=["readme"]
ax = plots.learning_curves(frame, x="learning_rate", chance=0.1)
limits = ax.set(xscale="log", ylim=(0, 1))

# %% slideshow={"slide_type": "skip"}
mean = frame.pivot_table("valid_accuracy", "learning_rate", "arm")
for arm in ("without", "with"):
    top = mean[arm].max()
    good = mean.index[mean[arm] > top - 0.1]
    print(f"{arm:7}: best {top:.2f}, within 10 points of it "
          f"from {good.min():g} to {good.max():g}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# The top of the hill moves little. What the layer adds is the **plateau**: a range of
# rates, reaching much further up, at which the same network learns well.

# %% [markdown] slideshow={"slide_type": "notes"}
# At the smallest rates the network *without* is ahead. (Where a band fills the picture, the three
# runs went different ways: without the layer some overflow and others learn; with it, all get
# through, some of them badly.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Four steps
#
# For each unit by itself, its pre-activations $z_1, \dots, z_m$ in one batch
# ($\varepsilon$: tiny, against division by 0):

# %% [markdown] slideshow={"slide_type": "fragment"}
# 1. the mean: $\quad\displaystyle\mu = \frac{1}{m}\sum_i z_i$

# %% [markdown] slideshow={"slide_type": "fragment"}
# 2. the variance: $\quad\displaystyle\sigma^2 = \frac{1}{m}\sum_i (z_i - \mu)^2$

# %% [markdown] slideshow={"slide_type": "fragment"}
# 3. standardize: $\quad\displaystyle\hat z_i = \frac{z_i - \mu}{\sqrt{\sigma^2 + \varepsilon}}$

# %% [markdown] slideshow={"slide_type": "fragment"}
# 4. scale and shift: $\quad y_i = \gamma\,\hat z_i + \beta$, where $\gamma$ and $\beta$ are
#    **learned**, like weights

# %% [markdown] slideshow={"slide_type": "notes"}
# So Ioffe and Szegedy (2015). A batch has $m$ examples, and $\gamma$ and $\beta$ are two numbers a
# unit. (In this lesson $y$ with an index is what leaves the layer.)

# %% slideshow={"slide_type": "skip"}
rng = np.random.default_rng(0)
turn = np.array([[1.3, 0.9], [0.0, 0.6]])
z = rng.normal(size=(400, 2)) @ turn + [3, 1.5]
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
    return axes

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The steps, in pictures
#
# Two units, 400 examples, one dot each; colour is the order along unit 1.

# %% slideshow={"slide_type": "-", "show": "output"} alt="Four scatter plots of the same 400 examples, unit 1 across and unit 2 up. At first the cloud lies right of and above the origin and is tilted. Minus the mean, it is centred on the origin; divided by the standard deviation, it is equally wide along both axes; after gamma and beta it is narrow and tall and lies elsewhere. The tilt stays throughout." tags=["readme"]
axes = clouds({
    "z": z, "minus the mean": z - mu,
    "over the std": z_hat, "gamma, beta": y_out,
})

# %% [markdown] slideshow={"slide_type": "fragment"}
# Subtract the mean, divide by the standard deviation; then $\gamma$ and $\beta$ put the cloud
# where the next layer wants it. The two units stay **correlated**.

# %% [markdown] slideshow={"slide_type": "notes"}
# With $\gamma = \sqrt{\sigma^2 + \varepsilon}$ and $\beta = \mu$ it would be back where it was:
# nothing is lost.

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Ask what the four steps left as it was. Expect "the shape"; what is meant is
# the cloud's tilt, the correlation of the two units. The next picture is about it.

# %% slideshow={"slide_type": "skip"}
show_source(bn.standardize, bn.batch_norm, doc=False)

# %% [markdown] slideshow={"slide_type": "skip"}
# The code that runs: `x` is our $z$; `row` only lines up shapes; `axis=-2` runs over the examples
# (remember that argument). It works on **pre-activations or activations, never on weights**, as
# some texts say.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Is it whitening?
#
# Old advice: inputs should be uncorrelated, each with variance 1. **Whitening** centres the
# cloud, turns it onto its axes and divides by the width along each (PCA); ZCA then turns it back.

# %% [markdown] slideshow={"slide_type": "notes"}
# In every layer and step that would mean a covariance matrix and its eigenvectors, so Ioffe and
# Szegedy settled for the cheap half.

# %% slideshow={"slide_type": "-", "show": "output"} alt="Four scatter plots of the same 400 examples: as they are, standardized, whitened by PCA and by ZCA. The first two clouds are tilted, and equally so. The two whitened ones are round, without any tilt."
pca, zca = bn.whiten(z), bn.whiten(z, "zca")
axes = clouds({
    "z": z, "standardized": z_hat, "PCA": pca, "ZCA": zca
})
label = axes[2].set(xlabel="direction 1", ylabel="direction 2")

# %% slideshow={"slide_type": "skip"}
for name, points in (("z", z), ("standardized", z_hat),
                     ("PCA", pca), ("ZCA", zca)):
    correlation = np.corrcoef(points.T)[0, 1]
    print(f"{name:12}: correlation {abs(correlation):.2f}")
print(f"for 784 inputs: eigenvectors of {784**2:,} numbers")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Standardizing leaves every correlation exactly where it was: batch normalization is what remains
# of whitening when you cannot pay for the rotation.

# %% [markdown] slideshow={"slide_type": "notes"}
# (Nor may a layer be whitened behind gradient descent's back: a step that the whitening then
# undoes is wasted. That is why the gradient has to know.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Backward, node by node
#
# Move one $z_i$, and mean and variance move, so **every** $\hat z_j$ does. Draw each operation as
# a node: each dotted arrow is one simple derivative.

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
    at = {"bbox": {"boxstyle": "round", "fc": "white"},
          "ha": "center", "va": "center"}
    boxes = {k: ax.text(*xy, k, **at) for k, xy in nodes.items()}
    for start, end in edges:
        a, b = (boxes[k].get_bbox_patch() for k in (start, end))
        ends = {"patchA": a, "patchB": b, "lw": 2}
        for props in (there, back):
            ax.annotate("", nodes[end], nodes[start],
                        arrowprops=ends | props)
    ax.set(xlim=(-0.4, 7.6), ylim=(-0.4, 1.5))
    ax.axis("off")

# %% slideshow={"slide_type": "-", "show": "output"} alt="Graph of the layer's computation, with solid arrows forward and dotted arrows back. z goes to the mean and to the centered value; the mean goes to the centered value; that goes to the variance and to z_hat; the variance goes through inverse_std to z_hat; z_hat, gamma and beta go to y. Against every solid arrow runs a dotted one, so two gradients come back to z, and two to the centered value."
draw_graph()

# %% [markdown] slideshow={"slide_type": "fragment"}
# Solid: forward. Dotted: the gradient on its way back. A node that feeds two others **adds up**
# what comes back.

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Before the text appears, let somebody follow the gradient from *y* back to *z*
# aloud. Most forget the way through the mean; a few forget the variance, too. That is the trap
# on the next slide.

# %% [markdown] slideshow={"slide_type": "notes"}
# The chain rule looks hopeless, until you draw it. *z* feeds *mean* and *centered*; *centered*
# feeds *variance* and *z_hat*. Follow the dotted arrows from the right, and read the code at the
# same time, in the notebook, below this: `d_node` is short for
# $\partial\,\text{Loss}/\partial\,$node.

# %% slideshow={"slide_type": "skip"}
show_source(bn.standardize_backward, doc=False)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The classic trap
#
# With $\delta = \partial\,\text{Loss}/\partial y$ and mean and variance held constant, the gradient
# would be $\gamma\,\delta / \sqrt{\sigma^2 + \varepsilon}$. Nudge each $z_i$, and watch the loss.

# %% [markdown] slideshow={"slide_type": "notes"}
# Each $z_i$ is nudged up and down. The loss here is $\sum_i \delta_i y_i$ (`above` is $\delta$), with
# $\gamma = 1$, $\beta = 0$ and a very small $\varepsilon$; there are six examples.

# %% slideshow={"slide_type": "skip"}
batch, above = np.random.default_rng(0).normal(size=(2, 6, 1))
unit_layer = np.ones(1), np.zeros(1), 1e-9
_, cache = bn.batch_norm(batch, *unit_layer)
derived = bn.batch_norm_backward(above, cache)[0].ravel()
trap = (above / np.sqrt(batch.var() + 1e-9)).ravel()

# %% slideshow={"slide_type": "fragment", "show": "output"}
nudged = []
for k in range(6):
    step = 1e-5 * np.eye(6)[:, [k]]
    up, _ = bn.batch_norm(batch + step, *unit_layer)
    down, _ = bn.batch_norm(batch - step, *unit_layer)
    nudged.append(np.sum(above * (up - down)) / 2e-5)
table(pd.DataFrame({
    "nudged": nudged, "derived": derived, "constants": trap
}), digits=3)

# %% slideshow={"slide_type": "fragment", "show": "output"}
z_hat6 = bn.standardize(batch, 0, 1e-9)[0].ravel()
for name, slope in (("derived", derived), ("constants", trap)):
    print(f"{name:9}: |sum| {abs(slope.sum()):.3f}, "
          f"|sum of it times z_hat| {abs(slope @ z_hat6):.3f}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Close, and wrong. Right, with bars for means:
# $\dfrac{\gamma}{\sqrt{\sigma^2 + \varepsilon}}\,(\delta_i - \bar\delta - \hat z_i\,\overline{\delta \hat z})$.
# It has **two holes**: no part along "all up", none along "all further out".

# %% [markdown] slideshow={"slide_type": "notes"}
# "Further out" is away from the mean. (The second hole is exact but for $\varepsilon$.) The layer
# forgets a unit's mean and scale, so the loss cannot ask for another one. We will meet these
# holes again.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: how many zeros?
#
# "$\gamma$ and $\beta$ keep ReLU from zeroing the negative half." Without them, a normalized
# unit is negative for about half of the images. A unit learns $\gamma = 3$, with $\beta = 0$.
# **For which share of the images is it zero now?**
#
# - **A** about 16 %
# - **B** about 50 %, as before
# - **C** about 84 %

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Expect A, "three times larger, so fewer zeros". Ask those who chose it for the
# sign of $3\hat z$ where $\hat z = -0.1$. Then ask what $\beta = 1$ would do.

# %% slideshow={"slide_type": "skip"}
weights = init.he_normal((784, 100), np.random.default_rng(1))
before_relu = images.train.x[:2000] @ weights


def zeroed(g, b, z=before_relu):
    units = np.ones(z.shape[1])
    y, _ = bn.batch_norm(z, g * units, b * units)
    return np.mean(y <= 0)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## B: a positive $\gamma$ changes no sign

# %% slideshow={"slide_type": "-", "show": "output"}
grid = pd.DataFrame({
    f"beta {b}": [zeroed(g, b) for g in (0.5, 1, 3)]
    for b in (-1, 0, 1)
}, index=["gamma 0.5", "gamma 1", "gamma 3"])
grid = grid.rename_axis("set to")
table(grid, "Share of zeros behind ReLU", digits=2, index=True)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The boundary lies at $\hat z = -\beta/\gamma$. With $\beta = 0$ it stays at 0, whatever $\gamma$
# is.

# %% [markdown] slideshow={"slide_type": "fragment"}
# They are there for something else: to let a layer have *any* mean and scale, if that is worth
# it. And they are learned: not hyperparameters that somebody sets.

# %% [markdown] slideshow={"slide_type": "notes"}
# "Any" includes the identity. He's weights alone, without the layer, give about half zeros on
# average; single units range widely:

# %% slideshow={"slide_type": "skip"}
zeros = np.mean(before_relu <= 0, axis=0)
print(f"without BN: {zeros.mean():.2f} on average, "
      f"a unit {zeros.min():.2f} to {zeros.max():.2f}")

# %% [markdown] slideshow={"slide_type": "skip"}
# ## How small is $\varepsilon$?
#
# Texts call it a tiny smoothing term, "usually 1e-5". In Keras it is `1e-3` for batch
# normalization. Feed a unit whose standard deviation is 0.01, and the layer should return 1.
# What comes out is $\sigma/\sqrt{\sigma^2 + \varepsilon}$.

# %% slideshow={"slide_type": "skip"}
standard = bn.whiten(rng.normal(size=(1000, 1)))


def std_out(std, epsilon):
    return bn.standardize(std * standard, 0, epsilon)[0].std()

# %% slideshow={"slide_type": "skip"} alt="Line chart on two logarithmic axes: standard deviation of the output over that of the input, for epsilon 0.001 and 0.00001. Both curves lie at 1 for large inputs and fall in proportion to small ones; with the larger epsilon the fall begins ten times earlier, so that at an input of 0.01 less than a third comes out."
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

# %% [markdown] slideshow={"slide_type": "skip"}
# Where signals are small, $\varepsilon$ switches the layer off: less than a third is left of
# the promised 1. Not an academic case: unscaled inputs, tiny first weights, or layers whose
# signal vanishes have such variances. (In Keras, layer and group normalization also use 1e-3, RMS
# normalization 1e-6. PyTorch's batch, layer and group normalization use 1e-5.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: one image at a time?
#
# A network of two hidden layers with batch normalization knows about four images out of five.
# Now evaluate it **as in training**: each batch normalized by its own mean and variance. In
# batches of 300, of 10, of 2, and finally one image at a time.
#
# **What accuracy, one at a time?**
#
# - **A** 80 %
# - **B** 60 %
# - **C** 30 %
# - **D** 10 %

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Expect B, "less exact statistics, so somewhat worse": ask
# them for the mean of a single number, and then for the number minus its mean. Ask for batches of
# two as well, it separates those who picture the layer from those who remember a rule. Two images
# in a batch: each unit can only say which of the two is larger.

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

# %% [markdown] slideshow={"slide_type": "slide"}
# ## D: alone, all images look the same

# %% slideshow={"slide_type": "-", "show": "output"} alt="Line chart of accuracy over the number of images in a batch, from 1 to 300 on a logarithmic axis. With the batch's own statistics, accuracy rises from chance for one image, over less than a half for two, to the level as at test time, a dashed line at about four images in five, for thirty and more."
company = [1, 2, 3, 4, 6, 10, 30, 100, 300]
scores = [as_in_training(size) for size in company]
_, ax = plt.subplots()
ax.semilogx(company, scores, "o-", label="batch statistics")
usual = net.evaluate(shown, labels)["accuracy"]
ax.axhline(usual, color="k", ls="--", label="as at test time")
ax.set(xlabel="images in a batch", ylabel="accuracy", ylim=(0, 1))
ticks = ax.set_xticks([1, 2, 10, 100], [1, 2, 10, 100])
legend = ax.legend(loc="lower right")

# %% slideshow={"slide_type": "skip"}
for size, score in zip(company[:2], scores[:2], strict=True):
    print(f"{size} at a time: {score:.3f}")
try:
    net.forward(shown[:1], training=True)
except ValueError as error:
    print(str(error)[:52])

# %% [markdown] slideshow={"slide_type": "fragment"}
# A single image is its own mean, so $\hat z = 0$ and every unit says $\beta$: all 3,000
# images get one and the same answer.

# %% [markdown] slideshow={"slide_type": "notes"}
# The network was trained for two epochs. Our layer refuses to train on a single example, which
# may also be the last, odd one of an epoch. Keras does not refuse; we will meet that.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Two machines

# %% [markdown] slideshow={"slide_type": "fragment"}
# **Training** uses the batch's $\mu$ and $\sigma^2$. An image's output depends on its company,
# which changes every epoch: a kind of noise.

# %% [markdown] slideshow={"slide_type": "fragment"}
# **Inference** uses two constants per unit, estimates of $\mu$ and $\sigma^2$ from the training
# images. An image's output is its own affair.

# %% [markdown] slideshow={"slide_type": "fragment"}
# So each unit has four numbers: $\gamma$ and $\beta$, learned, and two estimates, only averaged.

# %% slideshow={"slide_type": "skip"}
show_source(bn.BatchNorm.forward, doc=False)

# %% [markdown] slideshow={"slide_type": "notes"}
# Where do the estimates come from?
#
# **A. Afterwards.** Training done, pass the training set through once more and average the
# batches' statistics. Clean, but one more thing to forget.
#
# **B. On the way.** This is what libraries do:

# %% [markdown] slideshow={"slide_type": "fragment"}
# After every batch, the estimate $\hat v$ (of $\mu$, of $\sigma^2$) moves towards the batch's $v$:
# $\;\hat v \leftarrow \rho\,\hat v + (1 - \rho)\,v$, with *momentum* $\rho$ (not the optimizer's).

# %% [markdown] slideshow={"slide_type": "notes"}
# It looks back about $1/(1-\rho)$ batches: 10 for 0.9, 100 for 0.99, 1,000 for 0.999. More nines
# for more and smaller batches, says the rule (as long as there are steps enough). PyTorch's
# momentum is $1 - \rho$: its 0.1 is our 0.9. (Keras averages the batch's own variance, a sum divided
# by the number of images; the paper and PyTorch divide by one less.)

# %% slideshow={"slide_type": "skip"}
# way A: with momentum k / (k + 1), a moving average is a plain
# mean of all batches; the network's four layers share `norm`
def settle(net, norm):
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

# %% slideshow={"slide_type": "skip"}
columns = ["momentum", "start's share", "B: averages", "A: pass"]
table(pd.DataFrame(rows, columns=columns), digits=3)

# %% [markdown] slideshow={"slide_type": "skip"}
# Column A is the same in each row: proof that training did not care. With 0.999 the averages are
# still mostly what they started as, 0 and 1, and only the *evaluation* suffers. If validation is
# far below training in the first epochs, look here first.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: which momentum?
#
# A moving average with momentum $\rho$ looks back about $1/(1-\rho)$ batches. It is to follow the
# mean of one unit through 200 training steps, once with batches of 4, once with batches of 64,
# while the weights below learn. **Which momentum is closest over the last 50 steps?**
#
# - **A** 0.999 for both, the steadiest
# - **B** 0.8 to 0.9 for both
# - **C** 0.98 for batches of 4, 0.8 for batches of 64

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Expect C from those who know the rule (more nines for small batches): ask them
# what a long memory costs when the thing remembered moves. To those
# of A: after 200 steps, how much of the starting value is left? ($0.999^{200}$ is four fifths.)

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

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Chasing the truth
#
# Dots: the batch's mean. Black: the mean over 500 images. Orange: the moving average. Find a
# momentum for each panel.

# %% slideshow={"slide_type": "skip"}
# the slider's pictures in words, for whoever cannot see them
def describe(momentum):
    orange = {
        0: "jumps from dot to dot",
        0.5: "still jumps with batches of 4, and follows with 64",
        0.8: "follows both truths, shaking with batches of 4",
        0.9: "follows both truths, a little late",
        0.95: "is smooth, and late when the left truth rises",
        0.98: "misses the rise on the left, is late on the right",
        0.99: "barely bends: it misses the rise on the left",
        0.999: "lies level at its start, zero, all the time",
    }[momentum]
    return (f"Two line charts, a unit's mean over 200 steps, "
            f"with batches of 4 and 64. The average, at momentum "
            f"{momentum:g}, {orange}.")

# %% slideshow={"slide_type": "-", "show": "output"}
around = np.percentile(followed[4][0][:, unit], [2, 98])
bounds = around.min(), around.max()
momenta = [0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999]
plots.frame_slider(
    draw_chase, momenta, "momentum", alt=describe, start=3
)

# %% slideshow={"slide_type": "skip"}
off = {}
for size, both in followed.items():
    seen, truth = (means[:, unit] for means in both)
    for rho in momenta:
        error = np.subtract(averaged(seen, rho), truth)[-50:]
        rms = np.sqrt(np.mean(error**2))
        off[f"batches of {size}", f"{rho:g}"] = rms
off = pd.Series(off).unstack(sort=False).rename_axis("momentum")
table(off, "RMS error, last 50 steps", digits=2, index=True)

# %% [markdown] slideshow={"slide_type": "notes"}
# The unit of the first layer whose mean moved most (with batches of 64) in 200 training steps; each
# panel trains a network of its own. The black line moves as the weights below learn.

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Begin at 0.9, go down to 0 (the average is the last batch), then up to 0.999
# (it has not arrived). Ask each time which of the two panels suffers more, and why.

# %% [markdown] slideshow={"slide_type": "notes"}
# At 0 the average is noisy, and hopeless with four images. At 0.999 it stands where it began.
# RMS error over the last 50 steps, with batches of 4, at 0.8, 0.9, 0.98: 0.33, 0.40, 0.92; with
# batches of 64: 0.064, 0.061, 0.12. Four images would like more nines for the noise, but this
# unit's mean moves fast, and 0.98 misses the rise at the end.

# %% [markdown] slideshow={"slide_type": "fragment"}
# **B.** 0.8 to 0.9 comes closest in both: the average is of the **recent past**.

# %% [markdown] slideshow={"slide_type": "notes"}
# It comes right when weights slow down, as they do under a falling learning rate.

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Folding it away
#
# "Batch normalization slows down prediction." In inference all four numbers are constants, so the
# layer is a multiplication and an addition for each unit, behind a layer that multiplies and
# adds:
#
# $$W' = W s \qquad b' = (b - \mu)\,s + \beta \qquad s = \gamma / \sqrt{\sigma^2 + \varepsilon}$$
#
# Put it into the weights, and the layer is gone.

# %% slideshow={"slide_type": "skip"}
# pieces: Dense, BN, ReLU, Dense, BN, ReLU, Dense
light = network.mlp(**two)
taken = []
for k in (0, 3):
    dense, norm = net.parameters[k : k + 2]
    taken += bn.fold(*dense.values(), *norm.values(),
                     *net.state[k + 1].values())
light.set_weights([*taken, *net.get_weights()[-2:]])

# %% slideshow={"slide_type": "skip"}
gap = np.abs(light.scores(shown) - net.scores(shown)).max()
print(f"pieces: {len(net.layers)}, folded {len(light.layers)}")
print("scores agree to 1e-4:", gap < 1e-4)

# %% [markdown] slideshow={"slide_type": "skip"}
# The same scores, up to rounding, from a network without the layer: nothing is left that could cost
# time. (Folding works for the layer *before* the activation, and for convolutions, channel by
# channel. A deployed model usually has it done by its converter.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: weights ten times as large?
#
# Back to the plateau. Multiply all weights of the first layer by ten, with a batch normalization
# behind them. **What happens to the loss, and to the gradient of these weights?**
#
# - **A** both become ten times larger
# - **B** the loss stays, the gradient stays
# - **C** the loss stays, the gradient becomes ten times smaller

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Nearly all see that the loss stays: the layer forgets a unit's
# scale. Then most say B. Ask: what share of a weight of 10 is a nudge of 0.1, and what of a
# weight of 1? Can the same nudge still do as much to the loss?

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
    share = abs(np.sum(w * slope)) / norm(w) / norm(slope)
    bias = norm(slopes[0]["bias"]) / norm(slope)
    return np.array(seen), share, bias

# %% [markdown] slideshow={"slide_type": "slide"}
# ## C: same loss, a tenth of the gradient

# %% slideshow={"slide_type": "-", "show": "output"}
exact = bn.BatchNorm(epsilon=1e-9)
exactly = {"without": {}, "with": {"normalization": exact}}
rows = {}
for name, kind in exactly.items():
    seen, share, bias = tenfold(**kind)
    loss, slope = seen[1] / seen[0]
    rows[name] = {
        "loss ×": loss, "gradient ×": slope,
        "cosine with weights": round(share, 3),
        "exactly 0": share < 1e-10,
    }
rows = pd.DataFrame.from_dict(rows, "index")
table(rows.rename_axis("normalization"), digits=3, index=True)

# %% slideshow={"slide_type": "skip"}
print("gradient of the bias below it vanishes:", bias < 1e-6)

# %% [markdown] slideshow={"slide_type": "fragment"}
# And the gradient stands at a right angle to the weights, *exactly*. Such a step makes the
# weights **longer**, and longer weights have smaller gradients.

# %% [markdown] slideshow={"slide_type": "fragment"}
# The larger the rate, the more the layer **turns its own step size down**.

# %% [markdown] slideshow={"slide_type": "notes"}
# The right angle is the second hole. In 78,400 dimensions any two directions are nearly at a
# right angle; *exactly* (below 1e-10) is the news. A step of plain gradient descent (no momentum)
# at a right angle never makes the weights shorter. And the bias below the layer has no gradient
# at all, since $\beta$ does its work: hence `use_bias=False`.

# %% slideshow={"slide_type": "skip"}
steps = {}
for rate in (0.1, 1.0, 3.0):
    one = network.mlp(**normed)
    path = one.fit(x, y, 1, optimizer=SGD(rate), record_every=1)
    frame = path.record_frame.query("layer == 2")
    length = frame.weight_norm / frame.weight_norm.iloc[0]
    steps[f"rate {rate:g}"] = length, frame.update_ratio

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The brake

# %% slideshow={"slide_type": "-", "show": "output"} alt="Two line charts over the training steps, for the learning rates 0.1, 1 and 3. Left, the length of the second layer's weights over their first length: level at the smallest rate, slowly rising at 1, and at 3 a jump by about two fifths in the first steps. Right, on a logarithmic axis, the step over the length of the weights: at rate 3 it begins near a half and falls within a few steps to the level of rate 1."
_, axes = plt.subplots(1, 2, figsize=(11, 4.2))
for name, series in steps.items():
    for ax, values in zip(axes, series, strict=True):
        ax.plot(np.arange(len(values)), values, label=name)
axes[0].set(xlabel="step",
            ylabel="length of $W_2$ / first length")
axes[1].set(xlabel="step", ylabel="step / length of $W_2$",
            yscale="log")
legend = axes[0].legend()

# %% [markdown] slideshow={"slide_type": "fragment"}
# Step over length falls with the **square** of the length: at rate 3 by a factor of 2.2, of 24 in
# all. The brake is real; most of the fall has other causes.

# %% slideshow={"slide_type": "skip"}
for name, (length, ratio) in steps.items():
    fall = ratio.iloc[0] / ratio.iloc[-50:].median()
    longer = length.iloc[-50:].median() ** 2
    print(f"{name:8}: relative steps fall by {fall:4.1f}, "
          f"of it {longer:.1f} by longer weights")

# %% slideshow={"slide_type": "skip"}
length, ratio = steps["rate 3"]
print(f"rate 3: the first step is {ratio.iloc[0]:.2f} of the "
      f"length,\nwhich is {length.iloc[5]:.1f} times as much "
      "five steps later")

# %% [markdown] slideshow={"slide_type": "notes"}
# Layer 2 of the network above. Twice the length means half the gradient, so a quarter of step over
# length. At rate 3 the first step is half as long as the weights, and they grow by 40 % within a
# few steps; in the end longer weights have lowered step over length by a factor of 2.2 at rate 3, of
# 1.2 at rate 1, not at all at 0.1.

# %% [markdown] slideshow={"slide_type": "notes"}
# The other causes: gradients get smaller as the network learns. And at rate 3 the brake is not
# enough (first picture). (The last point jumps because the last batch holds 8 images. *Weight
# decay*, which shortens all weights a little in every step, here acts on the *rate*: van
# Laarhoven, 2017.)

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Ask which of the three curves on the left is a straight consequence of
# Pythagoras: all of them. A step at a right angle can only lengthen.

# %% [markdown] slideshow={"slide_type": "skip"}
# ## He and ELU fix the start
#
# Lesson 2 gives every layer the right variance with the right weights, *before the first step*.
# Nothing keeps it there. Ten layers of ELU (lesson 3: $z$ above zero, $e^z - 1$ below) with He's
# weights, three epochs, three seeds: what does the standard deviation of the activations look like,
# layer by layer, before and after?

# %% slideshow={"slide_type": "skip"}
elu = {"sizes": [784, *[100] * 10, 10], "activation": "elu",
       "initializer": "he_normal", "seeds": [0, 1, 2]}
spread = {}
for name, norm in (("He", None), ("BN", bn.BatchNorm(0.9))):
    ten = network.mlp(**elu, normalization=norm)
    for when in ("start", "after training"):
        seen = ten.record(*small, training=True)
        spread[f"{name}, {when}"] = seen.by_layer("a_std")
        if when == "start":
            ten.fit(x, y, 3, optimizer=SGD(0.02))

# %% slideshow={"slide_type": "skip"} alt="Line chart of the standard deviation of the activations over the layers 1 to 10, for He's weights and for batch normalization, at the start and after training. With He's weights it rises from layer to layer, differs much between seeds, and training moves it up. With batch normalization both lines are level and lie on one another."
ax = plots.by_layer(spread, ylabel="std of a", log=False)

# %% slideshow={"slide_type": "skip"}
for name in ("He", "BN"):
    start = spread[f"{name}, start"]
    moved = abs(spread[f"{name}, after training"] / start - 1)
    first, *_, last = np.mean(start, axis=0)
    print(f"{name}: layers 1 and 10 start at {first:.2f} and "
          f"{last:.2f}; training moves a layer by "
          f"{moved.mean():.1%}, at most {moved.max():.0%}")

# %% [markdown] slideshow={"slide_type": "skip"}
# He's start is not level to begin with: the factor 2 is made for ReLU, and under ELU the scale
# grows on the way up, in each seed by another amount (bars). Then training moves it; a problem
# solved at the start may return. With batch normalization it is held in every batch ($\gamma$ may
# move it, on purpose), at 1 in $z$: we measure behind the ELU, which takes a fifth. What enters a
# layer changes while the layers below learn. That change has a name.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: is it the shift?
#
# **Internal covariate shift**: a layer's inputs change *over training*, as the layers below
# learn. Ioffe and Szegedy (2015): it works because it reduces that shift. **Disputed.**
#
# So put the shift back: after every normalization, shake each unit by a random scale and offset
# of about 1/4, new in every step. **20 sigmoid layers (79 % unshaken): shaken?**
#
# - **A** 10 %, as without the layer
# - **B** about 40 %
# - **C** above 70 %

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Whoever trusts the paper's reason has to say A or B; let
# somebody of each say what the shaking takes away from layer 11, and what it leaves (the right
# size of the signals). Return to the explanations on the board.

# %% [markdown] slideshow={"slide_type": "notes"}
# (The shift is not the change from one layer to the next.) It was Santurkar and others (2018) who
# put it back in this way. The accuracy is that of validation, in lesson 1's network, which without
# normalization learns nothing.

# %% slideshow={"slide_type": "skip"}
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
deep = {
    k: twenty | {"normalization": v} for k, v in kinds.items()
}

# %% slideshow={"slide_type": "skip"}
shaken, tuned_deep = judge_arms(
    deep, [0.001, 0.005, 0.03], n=1500
)

# %% slideshow={"slide_type": "skip"}
def drift(arm, steps=40, layer=10):
    rate = tuned_deep.best[arm]
    net, means = network.mlp(**deep[arm]), []
    noise = Noise([np.random.default_rng(0)], False)
    for k in range(steps):
        rows = slice(32 * k, 32 * k + 32)
        net.fit(x[rows], y[rows], 1, 32, SGD(rate, 0.9))
        seen = net.record(*small, training=True, rng=noise)
        a = seen[layer - 1].a
        means.append(a.mean(axis=0))
    return np.array(means)


means = {arm: drift(arm) for arm in deep}

# %% [markdown] slideshow={"slide_type": "slide"}
# ## C: shaken, it still learns

# %% slideshow={"slide_type": "-", "show": "output"} alt="Three line charts over 40 training steps, without, with and with shaken batch normalization: the mean input of layer 11 from eight units, one line each. Without, eight level lines at different heights, nothing moves. With, all lie on one level line in the middle. Shaken, all jump up and down around the middle in every step."
_, axes = plt.subplots(1, 3, figsize=(11, 3.6), sharey=True)
for ax, (arm, path) in zip(axes, means.items(), strict=True):
    ax.plot(path[:, :8], lw=1.5, ls="-")
    ax.set(title=arm, xlabel="training step", ylim=(0.2, 0.9))
label = axes[0].set_ylabel("mean input of layer 11")

# %% slideshow={"slide_type": "fragment", "show": "output"}
result = shaken.groupby("arm", sort=False).valid_accuracy.mean()
for arm, path in means.items():
    moved = np.sqrt(np.mean(np.diff(path, axis=0) ** 2))
    how = f"moves {moved:.1g} a step"
    how = how if moved > 1e-6 else "does not move"
    print(f"{arm:7}: rate {tuned_deep.best[arm]:g}, {how}, "
          f"accuracy {result[arm]:.2f}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Without: **no shift, and no learning**. Shaken, the inputs jump in every step, and the network
# still learns, six points less well.

# %% [markdown] slideshow={"slide_type": "notes"}
# Eight units of layer 10, one line each. Behind a normalization a sigmoid's mean is 0.5. Each arm
# runs at its own best rate; that of the shaken one is the highest tried, so the six points may
# shrink.
#
# So steady inputs are worth something, but do not rescue the network. Better supported:
# signals of the right size, a smoother loss (Santurkar 2018), larger usable rates (Bjorck 2018).

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: and the gradients?
#
# Take 20 layers of ReLU with He's weights, whose gradients have the same size in all layers
# (lesson 1), and put a batch normalization before every ReLU. Nothing is trained. **Their size,
# from layer 20 down to layer 1:**
#
# - **A** stays the same
# - **B** goes up and down
# - **C** shrinks
# - **D** grows

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Expect A, "it normalizes", and hardly a hand for D. Ask them *what* it
# normalizes: the activations, on the way up. Nothing in the four steps speaks of gradients.

# %% slideshow={"slide_type": "skip"}
deep_relu = {"sizes": twenty["sizes"], "activation": "relu",
             "initializer": "he_normal", "seeds": [0, 1, 2, 3, 4]}
sizes_of = {}
for name, norm in (("He", None), ("He and BN", bn.BatchNorm())):
    untrained = network.mlp(**deep_relu, normalization=norm)
    seen = untrained.record(*small, training=True)
    rms = seen.by_layer("gradient_rms")
    sizes_of[name] = rms / rms[:, -1:]

# %% [markdown] slideshow={"slide_type": "slide"}
# ## D: it does not normalize gradients

# %% slideshow={"slide_type": "-", "show": "output"} alt="Line chart of the size of the gradient, relative to layer 20, over the layers 1 to 20, on a logarithmic axis. With He's weights alone it is level. With batch normalization it grows by the same factor from layer to layer on the way down, and is tens of times larger at the bottom than at the top."
ax = plots.by_layer(sizes_of, ylabel="dLoss/dz, over layer 20's")

# %% [markdown] slideshow={"slide_type": "fragment"}
# They grow by about a fifth per layer on the way down, to about 30 times. The layer keeps the size
# of **activations, not of gradients**.

# %% slideshow={"slide_type": "skip"}
rms = np.median(sizes_of["He and BN"], axis=0)
spread_z = np.sqrt(1 - 1 / np.pi)
print(f"measured, a layer: {(rms[4] / rms[16]) ** (1 / 12):.2f}")
print(f"theory: 1 / {spread_z:.2f} = {1 / spread_z:.2f}")
print(f"layer 1 over layer 20: {rms[0]:.0f}")

# %% [markdown] slideshow={"slide_type": "notes"}
# A normalized unit behind ReLU has mean $1/\sqrt{2\pi}$ and variance $\frac12 - \frac1{2\pi}$.
# He's weights double that variance, to $1 - 1/\pi$ in the next $z$. That layer divides by its
# root, 0.83, forward and backward, so the gradient grows by $1/0.83 = \sqrt{\pi/(\pi-1)} = 1.21$
# (Yang et al. 2019). Layer 1 sees pixels, not ReLU's output; hence the kink. Deep networks that
# use it have *skip connections*, too: a block adds its input to its output.

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Where to put it
#
# - **Before or after the activation?** The paper: before, between $W$ and $f$. Many put it after.
#   Both are legal; try both (below we do).
# - **In which layers?** In principle all hidden ones; never behind the output.
# - **In a convolutional network**: Conv, BN, activation. One $\mu$ and one $\sigma^2$ a *channel*,
#   over all images and all places.
# - **As the first layer**, on the inputs, it replaces standardizing the data. Here are pixels as they
#   are stored, from 0 to 255:

# %% slideshow={"slide_type": "skip"}
def with_first(sizes, seeds, **settings):
    net = network.mlp(sizes, seeds=seeds, **settings)
    pieces = [bn.BatchNorm(0.9), *net.layers]
    return network.Network(sizes[0], pieces, seeds=seeds)


def on_pixels(seeds, largest, build):
    data, scale = [], np.float32(largest / 255)
    for part, n in (("train", 5000), ("valid", None)):
        part = getattr(trials.images(), part)
        grey = scale * part.images[:n].reshape(-1, 784)
        data.append((grey, part.y[:n]))
    net, sgd = build(seeds=seeds, **relu), SGD(0.01, 0.9)
    return fit_and_score(net, seeds, data, 1, 32, sgd)

# %% slideshow={"slide_type": "skip"}
inputs = {
    "pixels 0 to 1": {"largest": 1, "build": network.mlp},
    "pixels 0 to 255": {"largest": 255, "build": network.mlp},
    "0 to 255, BN first": {"largest": 255, "build": with_first},
}
first = experiments.run(
    on_pixels, inputs, range(3), seeds_at_once=3
)

# %% slideshow={"slide_type": "skip"}
first = first.fillna({"valid_accuracy": 0.1})
for arm, frame in first.groupby("arm", sort=False):
    print(f"{arm:18}: accuracy {frame.valid_accuracy.mean():.2f}")

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Another axis
#
# A recurrent network applies one layer at every time step. Its statistics differ from step to
# step, so one moving average fits none of them; with one for each step, what about sequences
# longer than any in training? **Layer normalization** takes mean and variance over the units of
# *one example*: no batch, no averages, the same in training and inference.

# %% slideshow={"slide_type": "skip"}
rng = np.random.default_rng(0)
w = rng.normal(0, 1.2 / 10, (100, 100))
u = rng.normal(size=(5, 100))
series = rng.normal(0, 0.3, (25, 64, 5)) + 0.3
h, stds = np.zeros((64, 100)), []
for step in series:
    z_t = h @ w + step @ u
    normalized, _ = bn.batch_norm(
        z_t, np.ones(100), np.zeros(100), axis=-1
    )
    stds.append([z_t.std(), normalized.std()])
    h = np.maximum(z_t, 0)

# %% slideshow={"slide_type": "skip"} alt="Line chart of the standard deviation of z over 25 time steps of a recurrent network. As it is, it rises for about ten steps and then levels off; with layer normalization it is 1 at every step. A dotted line, one average for all steps, lies above the first steps and below the last."
_, ax = plt.subplots()
plain, normed_too = np.array(stds).T
lines = {"as it is": plain, "layer norm": normed_too}
for name, line in lines.items():
    ax.plot(np.arange(1, 26), line, label=name)
ax.axhline(np.mean(stds, axis=0)[0], color="k", ls=":",
           label="one average for all")
ax.set(xlabel="time step", ylabel="std of z", ylim=0)
legend = ax.legend()

# %% slideshow={"slide_type": "skip"}
show_source(bn.LayerNorm.forward, doc=False)

# %% [markdown] slideshow={"slide_type": "skip"}
# As it is, the spread changes in the first ten steps only, and one average for all is too large
# for those. The code is this lesson's function, with `axis=-1`. Between the two axes lies group
# normalization (some units of one example, `bn.GroupNorm`); without the mean it is RMS
# normalization (`bn.RMSNorm`), which large language models use.

# %% [markdown] slideshow={"slide_type": "skip"}
# ## The same in Keras
#
# A well-known example: batch normalization on the pixels and behind each of two hidden layers,
# 784, 300 and 100 units. "A batch normalization layer learns four vectors." How many numbers is
# that, and how many of them are *learned*?

# %% slideshow={"slide_type": "skip"}
import keras
from keras import layers

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

# %% slideshow={"slide_type": "skip"}
first_norm = book.layers[0]
for v in first_norm.variables:
    print(f"{v.name:16} {v.shape}  learned: {v.trainable}")
fixed = sum(v.shape[0] for v in book.non_trainable_variables)
print(f"first layer: {first_norm.count_params():,} numbers")
print(f"not learned, in all three: {fixed:,} of {2 * fixed:,}")
print("list of update operations:",
      getattr(first_norm, "updates", "none"))

# %% [markdown] slideshow={"slide_type": "skip"}
# $784 \times 4 = 3{,}136$, and half of it is not learned but averaged; $(784 + 300 + 100) \times
# 2 = 2{,}368$ in all, which `book.summary()` lists as non-trainable. It is the *variance* that is
# kept, not the standard deviation. The "two update operations" of older texts are gone: a call in
# training mode moves the averages at once. Mind that last sentence.

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

# %% slideshow={"slide_type": "skip"}
theirs = model(shown, training=False).numpy()
print("same scores:  ", np.allclose(theirs, net.scores(shown),
                                    atol=1e-3))
theirs = model(x[:100], training=True).numpy()
ours = net.forward(x[:100], training=True)[0]
print("same, training:", np.allclose(theirs, ours, atol=1e-3))
kept = [s for state in net.state for s in state.values()]

# %% slideshow={"slide_type": "skip"}
moved = [v.numpy() for v in model.non_trainable_variables]
same = np.allclose(np.ravel(moved), np.ravel(kept), atol=1e-4)
print("same averages: ", same)

# %% [markdown] slideshow={"slide_type": "skip"}
# Keras and our NumPy agree, in both machines, and in what each remembers afterwards.
#
# Now the trap. "Call the model with `training=True`, so that dropout stays on": a popular way to
# get many answers for one image ([lesson 9](09_regularization.ipynb)). What does it do to a
# network with batch normalization? **Predict** its accuracy, before, one image at a time, and
# *after*.

# %% slideshow={"slide_type": "skip"}
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

# %% [markdown] slideshow={"slide_type": "skip"}
# Keras does not complain about a batch of one; it answers from $\beta$. And each call
# **overwrote the moving averages**: a single image has variance 0, so 300 looks have pulled
# every variance to 0. The network stays like that: less often right, and far too sure of itself,
# as the loss shows. Call in inference mode, keep only dropout layers in training mode, or set
# `layer.trainable = False`, which in Keras also means inference mode for this layer.

# %% slideshow={"slide_type": "skip"}
conv = keras.Sequential([
    keras.Input([28, 28, 1]),
    layers.Conv2D(16, 3, use_bias=False),
    layers.BatchNormalization(),
    layers.Activation("relu"),
])
print(f"for 16 channels: {conv.layers[1].count_params()} numbers")

# %% slideshow={"slide_type": "skip"}
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

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Evidence
#
# Now the claims. Networks of four ReLU layers, each arm at its own best rate of seven (chosen on
# two seeds and fewer images), then five *other* seeds, one epoch. The arms: no batch
# normalization, before the ReLU, after it, only in the first hidden layer, only in the last; and
# all initial weights 0.3 and 2 times He's.

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
for name, where in (("first", [0]), ("last", [3])):
    arms[name] = {"build": placed, "sizes": four, "where": where}

# %% slideshow={"slide_type": "skip"}
for factor in (0.3, 2):
    start = {"initializer": partial(he_times, factor=factor)}
    arms[f"none x{factor}"] = relu | start
    arms[f"before x{factor}"] = normed | start
rates = [0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3]
final, tuned = judge_arms(arms, rates, n=2000)

# %% slideshow={"slide_type": "skip"}
def scores_table(frame, tuned):
    score = frame.fillna({"valid_accuracy": 0.1})
    score = score.groupby("arm", sort=False).valid_accuracy
    shown = score.agg(["mean", "min", "max"])
    shown["best rate"] = pd.Series(tuned.best)
    caption = "Validation accuracy"
    return table(shown, caption, digits=3, index=True)


scores_table(final, tuned)

# %% [markdown] slideshow={"slide_type": "skip"}
# At their best rates the arms lie close together, except where the first weights are wrong, too
# small or too large: batch normalization repairs that. Next: tiny batches, **with equally many
# steps** (300) for every batch size. Comparisons with equal epochs give the larger batches fewer
# steps.

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
by_size, tuned_size = judge_arms(tiny, rates[:5], epochs=1)

# %% slideshow={"slide_type": "skip"}
scores_table(by_size, tuned_size)

# %% [markdown] slideshow={"slide_type": "skip"}
# Two more. **Does it regularize?** A thousand images, 15 epochs; the gap is training minus
# validation accuracy; one arm adds dropout (a third of the units). **Is it necessary?** *Residual
# networks* of 41 layers, width 50: each block computes $a + \text{branch}(a)$. With batch
# normalization, without, and with *Fixup* (Zhang et al. 2019), which only starts them differently:
# the last layer of each branch at zero, the other smaller by $1/\sqrt{20}$, and single numbers as
# biases and scales.

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
of_none = relu | few | {"learning_rate": tuned.best["none"]}
of_bn = normed | few | {"learning_rate": tuned.best["before"]}
regular = {"none": of_none, "batch norm": of_bn,
           "and dropout": of_bn | {"dropout": Drop()}}
overfit = experiments.run(
    train, regular, range(5), seeds_at_once=5
)
overfit["gap"] = overfit.train_accuracy - overfit.valid_accuracy

# %% slideshow={"slide_type": "skip"}
columns = ["train_accuracy", "valid_accuracy", "gap"]
average = overfit.groupby("arm", sort=False)[columns].mean()
table(average, digits=3, index=True)

# %% [markdown] slideshow={"slide_type": "skip"}
# It did not narrow the gap between training and validation (0.185 against 0.155), though it
# validated better (0.802 against 0.785). Dropout on top lowered validation after 15 epochs to
# 0.778, with training far from done (0.845).

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
branched = {
    "plain": shape | {"build": residual},
    "normalized": shape | {
        "build": residual, "norm": [bn.BatchNorm(0.9)]},
    "Fixup": shape | {"build": fixup_network},
}
branches, tuned_branches = judge_arms(
    branched, [1e-7, 1e-6, 1e-5, 0.003, 0.01, 0.03, 0.1], n=1500
)

# %% slideshow={"slide_type": "skip"}
scores_table(branches, tuned_branches)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The claims, judged

# %% [markdown] slideshow={"slide_type": "notes"}
# Verdicts as in lesson 1: seed by seed, with a 95 % bootstrap interval of the mean difference.
# "Learning faster" is accuracy after the same number of steps.

# %% slideshow={"slide_type": "skip"}
evidence = []


def judge(frame, condition, *claims,
          metric="valid_accuracy", higher_is_better=True):
    for claim, better, than in claims:
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
speed = experiments.run(train, fixed, range(5), seeds_at_once=5)

# %% slideshow={"slide_type": "skip"}
faster = "BN learns faster"
judge(speed, "rate 0.003", (faster, "norm, 0.003", "none, 0.003"))
judge(speed, "rate 1", (faster, "norm, 1", "none, 1"))
judge(final, "4 layers, tuned", (faster, "before", "none"))

# %% slideshow={"slide_type": "skip"}
judge(
    shaken, "20 sigmoid, tuned",
    ("BN lets 20 sigmoid layers learn", "with", "without"),
    ("it does so though inputs are shaken", "shaken", "without"),
    ("steady inputs beat shaken ones", "with", "shaken"),
)

# %% slideshow={"slide_type": "skip"}
score = final.pivot(index="seed", columns="arm",
                    values="valid_accuracy")
lost = pd.DataFrame({
    f"{arm} x{factor}": score[arm] - score[f"{arm} x{factor}"]
    for arm in ("none", "before") for factor in (0.3, 2)
}).melt(var_name="arm", value_name="loss", ignore_index=False)
lost = lost.reset_index().assign(diverged=False)

# %% slideshow={"slide_type": "skip"}
less = {"higher_is_better": False}
claim = "BN suffers less from bad first weights"
for factor in (0.3, 2):
    pair = f"before x{factor}", f"none x{factor}"
    judge(lost, f"He times {factor}", (claim, *pair),
          metric="loss", **less)

# %% slideshow={"slide_type": "skip"}
judge(overfit, "1,000 images",
      ("BN narrows the gap", "batch norm", "none"),
      metric="gap", **less)
judge(overfit, "1,000 images",
      ("dropout on top of BN helps", "and dropout", "batch norm"))

# %% slideshow={"slide_type": "skip"}
judge(final, "4 layers, tuned",
      ("before the ReLU beats after it", "before", "after"),
      ("all layers beat the first only", "before", "first"),
      ("all layers beat the last only", "before", "last"))

# %% slideshow={"slide_type": "skip"}
for size in (2, 32):
    pair = f"batch, {size}", f"none, {size}"
    condition = f"batches of {size}, 300 steps"
    judge(by_size, condition, ("BN beats none", *pair))
judge(by_size, "batches of 2, 300 steps",
      ("layer norm beats BN", "layer, 2", "batch, 2"))

# %% slideshow={"slide_type": "skip"}
judge(branches, "41 layers, tuned",
      ("Fixup beats plain", "Fixup", "plain"),
      ("Fixup beats BN", "Fixup", "normalized"))

# %% slideshow={"slide_type": "skip"}
table(pd.DataFrame(evidence[:10]), digits=2)

# %% slideshow={"slide_type": "skip"}
table(pd.DataFrame(evidence[10:]), digits=2)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Its effect **depends on the learning rate**: 7 points worse at 0.003, 59 better at 1, 2 better
# at the best.

# %% [markdown] slideshow={"slide_type": "fragment"}
# First weights 0.3 or 2 times He's hardly hurt (without it: 26 and 6 points); 20 sigmoid layers
# learn, even shaken.

# %% [markdown] slideshow={"slide_type": "fragment"}
# The gap to validation was wider (18.5 points, not 15.5); before or after the ReLU: no difference
# seen; **batches of two ruin it** (24 %, not 67).

# %% [markdown] slideshow={"slide_type": "fragment"}
# With a good start (Fixup), a residual network of 41 layers does better *without* it: 78 % against
# 72.

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Before each press let the hall vote, "holds, contradicted, or no difference
# seen?", on the claims that it judges. First: it learns faster (at a small rate, at a large one,
# at the best). Second: bad first weights hurt less; it lets 20 sigmoid layers learn, and only
# with steady inputs. Third: it narrows the gap between training and validation; before the ReLU
# is better than after it; it helps with batches of two. Fourth: deep residual networks need it.
# The hall is usually wrong about the gap.

# %% [markdown] slideshow={"slide_type": "notes"}
# Each sentence stands in the tables of the notebook, with its conditions: five seeds, each arm at
# its best rate unless one is named. Batches of two: 300 steps. Gap: 1,000 images, 15 epochs.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What goes wrong in other texts
#
# | You may read | What we found |
# |---|---|
# | BN gives the *weights* mean 0, variance 1. | The pre-activations: per unit, per batch. |
# | $\gamma$ and $\beta$ are hyperparameters. | Learned. Momentum, $\varepsilon$, axis are set. |
# | All four parameters are learned. | Two; mean and *variance* are averaged. |
# | $\gamma$, $\beta$ stop ReLU from zeroing half. | $\gamma$ alone never; $\beta$ does. |
# | $\mathrm{BN}(x) = \gamma (x - \mu)/\sigma + \beta$, $\varepsilon$ = 1e-5. | $\sqrt{\sigma^2 + \varepsilon}$; $\varepsilon$ is 1e-3 in Keras, 1e-5 in PyTorch. |
# | BN uses mean 0 and variance 1. | It uses the batch's own; 0 and 1 come *out*, before $\gamma$ and $\beta$. |

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Cover the right column: who has read this sentence, and what would you answer
# now? There are more of them in the notebook.

# %% [markdown] slideshow={"slide_type": "skip"}
# | You may read | What we found |
# |---|---|
# | $\mu$: "number of samples". | $\mu$ is the mean; $m$ the number. |
# | Whitening, by a trick. | Correlations stay. |
# | Shift is change from layer to layer. | It is change over training; learning survives without steady inputs, at some points less. |
# | Initialization stops mattering. | It matters less. |
# | It ends overfitting. | The gap was wider; validation was better. |
# | Prediction gets slower. | Not after folding. |
# | The layer creates two update operations. | Averages move in the call itself. |

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Summary
#
# - **What did it do to the problem?** It made the loss blind to each unit's mean and scale: a step
#   too large lengthens the weights, and so shortens the next.
# - It bears larger rates, and gains little at the best one.
# - Why it works: not by steady inputs (shaken, it learns), nor by equal gradients (they grow).
# - $\gamma$, $\beta$ learned; $\mu$, $\sigma^2$ averaged for inference.
# - In training mode all images look the same, one at a time.

# %% [markdown] slideshow={"slide_type": "notes"}
# "Shortens" is meant relative to the length of the weights. LayerNorm needs no batch, Fixup no
# normalization; and after training the layer can be folded away (in the notebook).

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Go back to the explanations on the board: scale, shift, noise, smoothness. Which
# are crossed out, and what would one have to measure for the others?

# %% [markdown] slideshow={"slide_type": "skip"}
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
