# %% [markdown] slideshow={"slide_type": "slide"}
# # 2. Initialization
#
# Zero, too small, too big, right. Before a network has seen a single image, one number
# decides whether it will ever learn: the size of its first random weights.
#
# **Which number, and who says so?**

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Ask who has ever changed an initializer. Most have not: the library's
# default was there. Come back to this after the picture of twenty layers.

# %% [markdown] slideshow={"slide_type": "notes"}
# ## What you will be able to do
#
# - Say why equal weights are useless, and what breaks the tie.
# - Derive Glorot, He and LeCun initialization from two wishes, and say what each gives up.
# - Compute the right scale for *any* activation from one integral.
# - Choose between random, orthogonal and measured first weights.
# - Read and set initializers in Keras without its trap.
#
# About an hour. You need lesson 1: forward variance $q$, backward factor $\chi$.

# %% slideshow={"slide_type": "skip"}
from functools import partial

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from course_utils import activations as act
from course_utils import initialization as init
from course_utils.batch_normalization import BatchNorm
from course_utils.lab import experiments, network, plots, trials
from course_utils.lab.display import show_source, table
from course_utils.lab.trials import deep
from course_utils.optimizers import SGD

plots.use_style()

# %% slideshow={"slide_type": "skip"}
images = trials.images()
x, y = images.train.x[:200], images.train.y[:200]
trained = images.train.x[:5000], images.train.y[:5000]

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The picture first
#
# ReLU networks of 2, 10 and 20 layers, trained alike on photographs of clothes. The weights of a
# layer with $n$ inputs have variance $\text{scale}/n$; the **scale** is all that we change.

# %% [markdown] slideshow={"slide_type": "notes"}
# Fashion-MNIST again, 50 units a layer. Each network takes 158 steps (2,500 images twice, in
# batches of 32; momentum 0.9, rate 0.003), from three random starts. Then we validate on 5,000
# other images. (Ninety networks: the cell takes some seconds.)

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Before the picture comes, ask for the shape of the curve: a slope, a hill, a
# cliff? Many expect a gentle hill for all three. That is right for two layers, and only there.

# %% slideshow={"slide_type": "skip"}
def fit_scale(seeds, scale, depth, rate=0.003, **settings):
    draw = partial(init.variance_scaling, scale=scale)
    seeds, data = list(seeds), trials.images()
    net = deep("relu", draw, 50, depth, seeds, **settings)
    few = data.train.x[:2500], data.train.y[:2500]
    net.fit(*few, 2, optimizer=SGD(rate, momentum=0.9))
    seen = net.evaluate(data.valid.x, data.valid.y)
    return pd.DataFrame({
        "seed": seeds,
        "scale": scale,
        "layers": f"{depth} layers",
        "valid_accuracy": seen["accuracy"],
    })

# %% slideshow={"slide_type": "skip"}
scales = [0.125, 0.25, 0.5, 1, 1.4, 2, 2.8, 4, 8, 16]
starts = {
    f"{depth} @ {scale}": {"depth": depth, "scale": scale}
    for depth in (2, 10, 20)
    for scale in scales
}
islands = experiments.run(
    fit_scale, starts, seeds=range(3), seeds_at_once=3
)

# %% slideshow={"slide_type": "skip"}
def draw_islands(frame):
    ax, marks = plt.subplots()[1], iter(("o-", "s--", "^-."))
    for name, part in frame.groupby("layers", sort=False):
        at, score = part.scale, part.valid_accuracy
        (dots,) = ax.plot(at, score, "o", alpha=0.35)
        middle = part.groupby("scale").valid_accuracy.median()
        colour = dots.get_color()
        ax.plot(middle, next(marks), c=colour, label=name)
    ax.axhline(0.1, ls=":", c="gray", label="chance")
    ax.set_xscale("log", base=2)
    ax.xaxis.set_major_formatter("{x:g}")
    label = "scale: n times the variance of the weights"
    ax.set(xlabel=label, ylabel="validation accuracy")
    ax.legend(title="median, 3 seeds", bbox_to_anchor=(1, 1))
    return ax

# %% slideshow={"slide_type": "fragment", "show": "output"} tags=["readme"] alt="Line chart of validation accuracy over the scale of the first weights, with a logarithmic axis, for networks of 2, 10 and 20 ReLU layers. Two layers learn at every scale. Ten layers learn on a hill around scale 2, and twenty layers only on a narrow peak at 2; beside it they stay at chance."
ax = draw_islands(islands)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Two layers forgive almost everything. Twenty layers live on an island around **2**.

# %% [markdown] slideshow={"slide_type": "notes"}
# Half of that, or twice, and after the same steps the network still guesses. Nobody tuned that
# 2: it can be worked out with a pencil. First the other end of the axis: what if there is no
# randomness at all?

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: equal weights
#
# One hidden layer of 16 tanh units between 784 pixels and 10 classes. All weights start at
# the same value, 0.01; one epoch of training follows.
#
# How many *different* units will the hidden layer hold?
#
# - **A** 16
# - **B** about 10, one a class
# - **C** 1

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Ask for a reason with each vote. A usually says "training will sort them
# out": ask which number in the gradient of unit 3 differs from that of unit 7. B thinks of the
# ten outputs: ask to which of them a given hidden unit is tied more strongly.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Sixteen units, one picture
#
# Each picture is one unit's 784 weights after that epoch (darker: larger).

# %% slideshow={"slide_type": "-", "show": "output"} alt="Sixteen small pictures in two rows, the weights of sixteen hidden units after training from equal weights. All sixteen are the same picture."
def train_from(first, epochs=1):
    net = network.mlp([784, 16, 10], "tanh", first)
    net.fit(*trained, epochs, optimizer=SGD(0.01, 0.9))
    return net


equal = train_from(init.constant(0.01))
weights = equal.get_weights()[0]
ax = plots.image_grid(np.abs(weights.T), columns=8)

# %% slideshow={"slide_type": "fragment", "show": "output"}
gap = np.ptp(weights, axis=1).max() / np.abs(weights).max()
score = equal.evaluate(*trained)["accuracy"]
fair = train_from("lecun_normal").evaluate(*trained)
print("all units equal, to 1 % of a weight:", gap < 0.01)
print(f"accuracy, equal start:  {score:.2f}")
print(f"accuracy, random start: {fair['accuracy']:.2f}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **C.** Equal units receive equal gradients and take equal steps. **Randomness is there to
# break the tie.**

# %% [markdown] slideshow={"slide_type": "notes"}
# They see the same inputs and give the same outputs, so nothing in the chain rule can tell them
# apart: sixteen units do the work of one.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## And if all weights are exactly zero?
#
# The same network, the same epoch. How many of its numbers have moved?

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Write the four arrays on the board: weights and biases of the hidden layer,
# $W_1$ and $b_1$, and of the output layer, $W_2$ and $b_2$ ($a_1$: what the hidden layer hands
# on; $\delta_2$: the error at the output). Take guesses before you press on. Most expect "none at
# all"; nearly right. Let someone find the one array whose gradient needs neither $a_1$ nor $W_2$.

# %% slideshow={"slide_type": "fragment", "show": "output"}
zero = train_from(init.constant(0))
names = ["W1", "b1", "W2", "b2"]
for name, array in zip(names, zero.get_weights(), strict=True):
    moved = np.count_nonzero(array)
    print(f"{name}: {moved:2} of {array.size} moved")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Nothing comes up, $a_1 = \tanh 0 = 0$: so $W_2$ gets $a_1^\top \delta_2 = 0$.

# %% [markdown] slideshow={"slide_type": "fragment"}
# Nothing goes down, $\delta_2 W_2^\top = 0$: so $W_1$ and $b_1$ get nothing.

# %% [markdown] slideshow={"slide_type": "fragment"}
# Both stay zero for ever. **Only $b_2$ moves**: its gradient, $\delta_2$, needs neither.

# %% [markdown] slideshow={"slide_type": "notes"}
# The ten output biases alone learn how frequent each class is. Biases may start at zero, as ours
# always do: the weights have broken the tie already.

# %% [markdown] slideshow={"slide_type": "skip"}
# ### Two epochs later
#
# Back to the equal start, 0.01 everywhere, and now three epochs instead of one:

# %% slideshow={"slide_type": "skip"} alt="Sixteen small pictures in two rows, the weights of the same sixteen hidden units after two more epochs. They are no longer all the same: there are groups of equal pictures."
longer = train_from(init.constant(0.01), epochs=3)
weights = longer.get_weights()[0]
ax = plots.image_grid(np.abs(weights.T), columns=8)

# %% [markdown] slideshow={"slide_type": "skip"}
# On the machine that made this page **the tie is broken**: there are groups! Not by the
# mathematics. The processor adds up different columns in different order, so the last bit
# differs, and training makes a difference grow. (On another machine there may be other groups.)
# Rounding is randomness too, but far too little to start a network with.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: one factor, twenty times
#
# Back to random weights: 20 layers of 100 ReLU units, never trained. The scale is **1**, half of
# what the island wants. Push 200 images through.
#
# How large is $z$ in layer 20, relative to layer 1?
#
# - **A** about one half
# - **B** about one twentieth
# - **C** less than 1/500

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* The commonest wrong answer is A, "half the scale, half the signal"; B adds
# the layers up instead of multiplying. Ask both: what does layer 2 receive, and what does it hand
# to layer 3?

# %% slideshow={"slide_type": "skip"}
def signal_and_gradient(activation, draw, hidden):
    sizes = [784, *hidden, 10]
    net = network.mlp(sizes, activation, draw, seeds=range(5))
    seen = net.record(x, y)
    signal = seen.by_layer("z_rms")
    gradient = seen.by_layer("gradient_rms")
    return signal / signal[:, :1], gradient / gradient[:, -1:]

# %% slideshow={"slide_type": "skip"}
def draw_trumpet(scales):
    ax = plt.subplots(figsize=(8, 5))[1]
    colours = plt.get_cmap("coolwarm")(np.linspace(0, 1, 9))
    for scale, colour in zip(scales, colours, strict=True):
        draw = partial(init.variance_scaling, scale=scale)
        z, _ = signal_and_gradient("relu", draw, [100] * 20)
        k = np.arange(20)
        colour = "black" if scale == 2 else colour
        ax.semilogy(k + 1, (scale / 2) ** (k / 2), "-", c=colour)
        ax.semilogy(k + 1, np.median(z, axis=0), "o", c=colour)
        ax.annotate(f" {scale:g}", (20.2, (scale / 2) ** 9.5))
    ax.set(xlabel="layer", ylabel="z, relative to layer 1")
    ax.set_xticks([1, 5, 10, 15, 20])
    ax.set_title("scale", loc="right")
    return ax

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Nine scales, twenty layers, no training
#
# The root mean square of $z$ in each layer. Dots: networks; lines: theory.

# %% slideshow={"slide_type": "-", "show": "output"} tags=["readme"] alt="Line chart, logarithmic upwards: the size of z relative to layer 1, over twenty layers, for nine scales of the weights. The lines leave one point like a trumpet. Only scale 2 stays level; scale 32 climbs by eleven powers of ten and scale 0.125 falls by as many. The dots of real networks follow the straight lines of the theory."
ax = draw_trumpet([2.0**k for k in range(-3, 6)])

# %% [markdown] slideshow={"slide_type": "fragment"}
# **C**, about 1/700: one factor a layer, to the power of the layers. Only scale 2 stays level.

# %% [markdown] slideshow={"slide_type": "notes"}
# A trumpet; each scale is twice the one below it. The lines are $(\text{scale}/2)^{(l-1)/2}$, nothing
# fitted (where the 2 comes from: soon). (All dots sit a little low: they are the same five networks nine
# times, and a typical narrow one loses a little.) What a single layer does hardly shows; this is
# why two layers forgave almost everything.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Two wishes
#
# A layer has $n_\text{in}$ inputs (its *fan-in*) and $n_\text{out}$ outputs (its *fan-out*). Take
# units that do not bend yet, $f(z) = z$. From lesson 1, with weights of variance $\sigma_w^2$:

# %% [markdown] slideshow={"slide_type": "fragment"}
# - **forward**, a signal keeps its variance if $\;n_\text{in}\,\sigma_w^2 = 1$

# %% [markdown] slideshow={"slide_type": "fragment"}
# - **backward**, a gradient keeps its variance if $\;n_\text{out}\,\sigma_w^2 = 1$

# %% [markdown] slideshow={"slide_type": "fragment"}
# One $\sigma_w$, two wishes: both come true only if $n_\text{in} = n_\text{out}$.

# %% [markdown] slideshow={"slide_type": "fragment"}
# Glorot and Bengio's compromise takes the mean, $n_\text{avg} = (n_\text{in} + n_\text{out})/2$,
# and sets $\sigma_w^2 = 1/n_\text{avg}$.

# %% [markdown] slideshow={"slide_type": "notes"}
# (What a fan is in a convolution: near the end.)

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Let the hall say the first wish before you show it: a sum of $n_\text{in}$
# independent products, each of variance $\sigma_w^2$ times that of an input. Someone will swap
# the fans; ask how many terms one unit's gradient is a sum of.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: a zigzag
#
# 20 linear layers of 50 and 200 units in turn. Three ways to set the variance:
#
# - **A** $1/n_\text{in}$
# - **B** $1/n_\text{out}$
# - **C** the compromise, $1/n_\text{avg}$
#
# Which one brings signal *and* gradient through best, and which worst?

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Vote for best and worst. Most choose C as best: a compromise sounds fair. Let
# someone work out two layers, 50 to 200 to 50, on the board before the picture comes: what does
# C multiply the variance by?

# %% slideshow={"slide_type": "skip"}
zigzag = [50, 200] * 10
modes = {
    "1 / fan-in": "fan_in",
    "1 / fan-out": "fan_out",
    "1 / mean": "fan_avg",
}


def hidden_only(shape, rng, mode):
    """The first layer, from 784 pixels, is the same for all."""
    mode = "fan_in" if shape[0] == 784 else mode
    return init.variance_scaling(shape, rng, mode=mode)


# %% slideshow={"slide_type": "skip"}
def draw_zigzag():
    _, (left, right) = plt.subplots(1, 2, figsize=(11, 4.5))
    signals, gradients = {}, {}
    for name, mode in modes.items():
        draw = partial(hidden_only, mode=mode)
        seen = signal_and_gradient("linear", draw, zigzag)
        signals[name], gradients[name] = seen
    plots.by_layer(signals, ylabel="z / layer 1", ax=left)
    side = {"ylabel": "gradient / layer 20", "ax": right}
    plots.by_layer(gradients, **side)
    left.get_legend().remove()
    left.set_ylim(0.03, 3)
    right.set_ylim(0.03, 3)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The compromise is worst, both ways
#
# Left the signal, upward; right the gradient, downward.

# %% slideshow={"slide_type": "-", "show": "output"} alt="Two line charts over twenty layers whose widths alternate between 50 and 200: the signal relative to layer 1 on the left, the gradient relative to layer 20 on the right. With one over fan-in and one over fan-out both zigzag and stay level. With one over the mean both lose about a factor of ten on their way."
draw_zigzag()

# %% [markdown] slideshow={"slide_type": "fragment"}
# **A** and **B** tie. Over a pair of layers, **C** multiplies the variance by
# $\frac{50}{125}\cdot\frac{200}{125} = 0.64$. Every time.

# %% [markdown] slideshow={"slide_type": "notes"}
# A power again (the picture shows roots: 0.8). Either pure wish is safe in
# both directions, as He and colleagues noticed: with $1/n_\text{in}$ the backward factors are
# $\frac{n_\text{out}}{n_\text{in}}$, layer after layer, and in their product everything cancels
# but the two ends. So who follows one wish gives up an exact gradient, who compromises gives up
# exactness in both directions.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Three names, one rule
#
# | | variance $\sigma_w^2$ | std $\sigma_w$ | uniform: $\pm r$ | used for |
# |---|---|---|---|---|
# | LeCun 1998 | $1/n_\text{in}$ | $\sqrt{1/n_\text{in}}$ | $\sqrt{3/n_\text{in}}$ | linear, SELU |
# | Glorot 2010 | $1/n_\text{avg}$ | $\sqrt{1/n_\text{avg}}$ | $\sqrt{3/n_\text{avg}}$ | tanh |
# | He 2015 | $2/n_\text{in}$ | $\sqrt{2/n_\text{in}}$ | $\sqrt{6/n_\text{in}}$ | ReLU and its kin |

# %% [markdown] slideshow={"slide_type": "notes"}
# (LeCun's own units of 1998 were a scaled tanh.) The bound of the uniform kind follows from the
# variance: numbers uniform on $[-r, r]$ have variance $r^2/3$. Others even print
# "$\sigma = 1/n_\text{avg}$".

# %% [markdown] slideshow={"slide_type": "fragment"}
# Some texts print just "Glorot: $1/n_\text{avg}$". Variance or standard deviation? Measured, for
# 1,000 inputs and 500 units:

# %% slideshow={"slide_type": "fragment", "show": "output"}
rng = np.random.default_rng(0)
w = init.glorot_normal((1000, 500), rng)
print(f"1 / mean fan  {1 / 750:.5f}   variance {w.var():.5f}")
print(f"its root      {750**-0.5:.5f}   std      {w.std():.5f}")
print(f"the root is {750**0.5:.0f} times as large")

# %% [markdown] slideshow={"slide_type": "fragment"}
# These are **variances**. Read as a standard deviation, $1/n_\text{avg}$ would be 27 times too
# small.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: now let the units bend
#
# Pre-activations are $z \sim N(0, q)$. In the next layer their variance is
# $n_\text{in}\,\sigma_w^2\,E[f(z)^2]$. Take pencil and paper: what is $E[f(z)^2]$
#
# 1. for **ReLU**, which keeps the positive half?
# 2. for **leaky ReLU**: $z$ above zero, $\alpha z$ below?
#
# For ReLU you have seen the right scale $n_\text{in}\,\sigma_w^2$: 2. *Why* is it 2?

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Give it two minutes in pairs. Most find the half; the commonest slip is a leak
# that comes back as $\alpha$ instead of $\alpha^2$: ask what happens to the square of $\alpha z$.
# Who is done early may try $f(z) = |z|$.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## One integral for any activation

# %% [markdown] slideshow={"slide_type": "fragment"}
# ReLU: half of the mass of $z^2$ is left, $q/2$. So **scale 2**, He's.

# %% [markdown] slideshow={"slide_type": "fragment"}
# With a leak, the other half comes back multiplied by $\alpha^2$:
# $E[f(z)^2] = \frac{q}{2}(1 + \alpha^2)$, so the scale is $\frac{2}{1+\alpha^2}$.

# %% [markdown] slideshow={"slide_type": "fragment"}
# And for any activation at all:
#
# $$\text{scale} = \frac{q}{E[f(z)^2]}, \qquad z \sim N(0, q).$$

# %% [markdown] slideshow={"slide_type": "notes"}
# One integral. The computer can do it:

# %% slideshow={"slide_type": "skip"}
show_source(init.forward_gain, init.scale_for, doc=False)

# %% slideshow={"slide_type": "fragment", "show": "output"}
leaky = act.variant("leaky_relu", alpha=0.2)
print("leaky ReLU, by pencil", round(2 / (1 + 0.2**2), 4))
print("and by integral      ", init.scale_for(leaky).round(4))
for name in ("linear", "relu", "selu", "tanh", "gelu"):
    scale = init.scale_for(act.get(name).function)
    print(f"{name:7} {scale:.3f}")

# %% [markdown] slideshow={"slide_type": "notes"}
# (For $q = 1$; ReLU and its kin have the same scale at any $q$.) SELU comes out at **1**:
# its two constants were chosen so that LeCun's weights fit, lesson 3. tanh asks for
# more than Glorot gives it. With scale 1 its signal shrinks, but ever more slowly: the
# smaller $z$, the more tanh is like a straight line.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: the second wish, bent
#
# Backward, the slope counts: keep $n\,\sigma_w^2\,E[f'(z)^2]$ at 1. So each activation has
# **two** right scales, one for the signal and one for the gradient, even where fan-in and
# fan-out are equal.
#
# - For which of them are the two the **same**?
# - For which are they **far apart**?
#
# linear · SELU · ELU · ReLU · GELU · tanh · SiLU · sigmoid

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* If they have not met ELU, SELU, GELU and SiLU (lesson 3), ask for the other
# four. Same: linear and ReLU come quickly (where $f(z) = z f'(z)$, both integrals
# are one). Far apart: many name ReLU, "because half is zero"; ask what its slope does in that half.
# If nobody names the sigmoid, ask for its largest slope, and for its output at $z = 0$.

# %% slideshow={"slide_type": "skip"}
order = ["sigmoid", "silu", "tanh", "gelu", "relu", "elu"]
order += ["selu", "linear"]
grid = 2.0 ** np.arange(-1, 5.5, 0.5)

# %% slideshow={"slide_type": "skip"}
def draw_gains():
    _, axes = plt.subplots(1, 2, figsize=(12.5, 4.8), sharey=True)
    ways = ("forward", "backward")
    for ax, way in zip(axes, ways, strict=True):
        gains = []
        for name in order:
            f = act.get(name)
            one = init.forward_gain(f.function)
            if way == "backward":
                one = init.backward_gain(f.derivative)
            gains.append(one)
        draw_map(ax, np.array(gains), way)

# %% slideshow={"slide_type": "skip"}
def draw_map(ax, gains, way):
    values = np.log10(np.outer(gains, grid))
    plots.heatmap(
        values,
        rows=order,
        columns=grid,
        annotate=False,
        limit=1.5,
        label="log10 of factor on the square",
        xlabel="scale",
        ylabel="",
        ax=ax,
    )
    ax.set_title(f"{way}, a layer")
    ax.plot(1 / gains, range(len(gains)), "ko", ms=9)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Two right scales
#
# Colour: by how much a layer multiplies the square of the signal (left), of the gradient (right).
# Black dots: the scale where it multiplies by 1 (theory, $q = 1$).

# %% slideshow={"slide_type": "-", "show": "output"} tags=["readme"] alt="Two heat maps, forward and backward: the factor that one layer puts on the square of the signal or the gradient, for eight activations (rows) and scales from 0.5 to 32 (columns). A black dot marks the scale where the factor is one. Forward and backward, the dots of seven activations lie at nearly the same scale, between 1 and 3. For the sigmoid they are far apart: about 3 forward, more than 20 backward."
draw_gains()

# %% [markdown] slideshow={"slide_type": "fragment"}
# The same for linear and ReLU; close for tanh, GELU and kin; far apart for the **sigmoid**.

# %% [markdown] slideshow={"slide_type": "notes"}
# Larger weights make $q$ larger, too, and both integrals change with it. Do the sigmoid's two
# wishes ever meet?

# %% slideshow={"slide_type": "skip"}
f, q = act.get("sigmoid"), np.logspace(-1, 3, 4001)
signal = init.scale_for(f.function, q)
gradient = 1 / init.backward_gain(f.derivative, q)
for name, k in (
    ("at q = 1", np.abs(q - 1).argmin()),
    ("they meet", np.abs(np.log(signal / gradient)).argmin()),
):
    print(f"{name:9}: q {q[k]:3.0f}, signal {signal[k]:5.1f}, "
          f"gradient {gradient[k]:5.1f}")

# %% [markdown] slideshow={"slide_type": "notes"}
# At a scale of about 103 (lesson 1's critical width: $N(0,1)$ weights, 103 units), where half of
# the units are saturated. Glorot's 1 and He's 2 are below both wishes.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## See it in the histograms
#
# 20 layers of 100 units, weights of standard deviation $s/\sqrt{n}$. At which $s$ will tanh
# (left, its outputs $a$) fill its range in all layers? At which will ReLU (right, its inputs $z$)
# look the same from bottom to top?

# %% [markdown] slideshow={"slide_type": "notes"}
# The scale is $s^2$. Decide before you move it. (Above each picture: the size of the gradient in
# layer 1, relative to layer 20.)

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Collect two numbers from the hall and write them down, then move to the
# left end first, to the right end next, and home to the answers. Many say $s = 1$ for both; let
# them look at how ReLU's top layer shrinks there.

# %% slideshow={"slide_type": "skip"}
def draw_start(s):
    figure, axes = plt.subplots(1, 2, figsize=(11, 4.6))
    shown, ranges = [1, 5, 10, 15, 20], [(-1.05, 1.05), (-4, 4)]
    draw = partial(init.variance_scaling, scale=s**2)
    kinds = zip(("tanh", "relu"), axes, ranges, strict=True)
    for name, ax, xlim in kinds:
        seen = deep(name, draw).record(x, y)
        layers = [seen[k - 1] for k in shown]
        values = [k.a if name == "tanh" else k.z for k in layers]
        plots.ridges(values, layers=shown, xlim=xlim, ax=ax)
        rms = seen.by_layer("gradient_rms")[0]
        title = f"gradient, layer 1 / 20: {rms[0] / rms[-1]:.1g}"
        ax.set_title(title)
        ax.set_xlabel("tanh: a" if name == "tanh" else "ReLU: z")
    return figure

# %% slideshow={"slide_type": "skip"}
def what_is_seen(s):
    tanh = "fills its range in every layer"
    if s < 1.1:
        tanh = "narrows towards zero, layer by layer"
    elif s < 1.3:
        tanh = "settles to a broad hill"
    elif s > 1.8:
        tanh = "piles up at its two ends"
    relu = "spreads until it leaves the picture"
    if s < 1.3:
        relu = "shrinks to a spike at zero"
    elif s < 1.5:
        relu = "looks alike in every layer"
    text = f"Histograms of layers 1 to 20, s = {s:.2f}: "
    return f"{text}tanh {tanh}; ReLU {relu}."

# %% slideshow={"slide_type": "-", "show": "output"}
sizes = [0.5, 0.75, 1.0, 1.2, 2**0.5, 1.6, 2.0, 2.5, 3.0]
plots.frame_slider(
    draw_start, sizes, label="s", format=".2f", start=2,
    alt=what_is_seen,
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# tanh: from 1.4 to 1.6. ReLU: 1.41, nowhere else. A bad start is **visible before training**.

# %% [markdown] slideshow={"slide_type": "notes"}
# All mass is in one spike (too small), or at the ends of tanh and out of the picture for ReLU
# (too big). ReLU has its one good place at $\sqrt2 \approx 1.41$. tanh fills its range from 1.4 to
# 1.6 (the integral's $2.54 = 1.59^2$) and copes from about 1, because what grows too much it cuts
# off. When a network of yours does not learn, draw this picture first. (Each row is scaled to its
# own highest bar.)

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Normal, truncated or uniform?
#
# Keras' normal schemes redraw whatever lies beyond two standard deviations, so that no weight
# is an outlier. Cutting costs spread, and many texts give a puzzling formula for it:
# "variance $1.3 \cdot \text{scale}/n$". How much is lost, and who pays?

# %% slideshow={"slide_type": "skip"}
rng = np.random.default_rng(0)
cut = init.truncated_standard_normal((1000, 1000), rng)
print(f"std after the cut   {cut.std():.4f}")
print(f"to make up for it   {1 / cut.var():.4f}")

# %% slideshow={"slide_type": "skip"}
def draw_shapes():
    ax, bins = plt.subplots()[1], np.linspace(-3.2, 3.2, 129)
    kinds = "uniform", "truncated_normal", "untruncated_normal"
    shape, rng = (2000, 500), np.random.default_rng(0)
    for kind in kinds:
        w = init.variance_scaling(shape, rng, 2, "fan_in", kind)
        unit, name = w.ravel() / w.std(), kind.replace("_", " ")
        height, _ = np.histogram(unit, bins, density=True)
        name += f" {w.std():.4f}"
        ax.stairs(height, bins, lw=2.4, label=name)
    ax.set_xlabel("weight / its standard deviation")
    ax.set_ylabel("density")
    ax.legend(title="shape, and std of the weights")
    ax.set_ylim(0, 0.62)
    return ax

# %% slideshow={"slide_type": "skip"} alt="Three histograms over one axis, the weight divided by its standard deviation: a uniform one, flat and cut at about 1.7; a truncated normal, a bell cut at about 2.3; and a normal, a bell with open tails. The legend gives all three the same standard deviation."
ax = draw_shapes()

# %% [markdown] slideshow={"slide_type": "skip"}
# Twelve per cent of the spread, and the *parent* normal pays: it is drawn with 1.29 times
# the variance, so that after the cut the weights have $\text{scale}/n$, as promised. (The cut
# is at two standard deviations of the parent, $2/0.88 = 2.27$ of the weights' own.) The "1.3" is
# no property of the weights. All three shapes have the same standard deviation, and
# for the product of twenty layers that is what counts.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: right on average
#
# With $\sigma_w^2 = 1/n$ a linear layer keeps lengths *on average*. Multiply 20 such matrices
# of 100 by 100.
#
# In how many of 100 directions does the product keep at least a tenth of a length?
#
# - **A** all of them
# - **B** about three quarters
# - **C** about a quarter

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* A says "the variance is right, so all is well": ask what an average hides.
# Draw a circle, and the ellipse that one random matrix makes of it; then the ellipse of that
# ellipse. Twenty times.

# %% slideshow={"slide_type": "skip"}
def spectrum(draw):
    rng = np.random.default_rng(0)
    product = np.eye(100)
    for _ in range(20):
        product = product @ draw((100, 100), rng)
    return np.linalg.svd(product, compute_uv=False)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Not right in every direction
#
# How much the product stretches each direction (its singular values). *Rotations* stretch nothing.

# %% slideshow={"slide_type": "-", "show": "output"} alt="Scatter chart, logarithmic upwards: how much each of 100 directions is stretched by a product of twenty matrices, most stretched first. For random matrices the values fall from a little above one to less than a millionth of a billionth. For orthogonal matrices all are exactly one."
spectra = {
    "random, variance 1/n": spectrum(init.lecun_normal),
    "orthogonal": spectrum(init.orthogonal),
}
ax = plots.by_layer(
    spectra,
    xlabel="direction, most stretched first",
    ylabel="stretched by",
)

# %% slideshow={"slide_type": "fragment", "show": "output"}
for name, s in spectra.items():
    kept = np.count_nonzero(s > 0.1)
    print(f"{name:21} rms {np.sqrt(np.mean(s**2)):.2f}, ", end="")
    print(f"above a tenth: {kept:3} of 100")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **C.** A few directions carry the random product; most others are forgotten.

# %% [markdown] slideshow={"slide_type": "notes"}
# The root mean square is near 1 for both. (Below about $10^{-15}$ the dots are rounding.)
# `orthogonal` starts every layer as a rotation (or a mirror image of one), made by a QR
# decomposition; for ReLU, times $\sqrt2$.

# %% [markdown] slideshow={"slide_type": "skip"}
# The extreme needs no dice at all: a layer that hands its input on as it is. For a convolution
# that is one number in the middle of the window:

# %% slideshow={"slide_type": "skip"}
kernel = init.identity_like((3, 3, 1, 1), rng)
print(kernel[..., 0, 0])

# %% slideshow={"slide_type": "skip"}
show_source(init.orthogonal, doc=False)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Measure instead of calculating
#
# **LSUV**, layer-sequential unit variance: send one batch through and divide each layer's
# weights by the spread of $z$ that you *see*, lowest layer first.

# %% [markdown] slideshow={"slide_type": "notes"}
# He's scale is right for the average network. Yours is one network, with some luck in each
# layer, and luck multiplies too. Mishkin and Matas start from rotations and then measure; that
# asks nothing about the activation.

# %% [markdown] slideshow={"slide_type": "notes"}
# Per layer: send $a$ through, take the standard deviation of $z$, divide $W$ by it, and go on
# with $f$ of the new $z$. You will write it in exercise 4; ours is
# `init.layer_sequential_unit_variance`.

# %% slideshow={"slide_type": "skip"}
lsuv = init.layer_sequential_unit_variance


def measured(net, f):
    """Apply LSUV to each replica of a network, in place."""
    arrays = net.get_weights()
    for k in range(len(net.seeds)):
        found = lsuv([w[k] for w in arrays[::2]], f, x)
        for w, new in zip(arrays[::2], found, strict=True):
            w[k] = new
    net.set_weights(arrays)
    return net

# %% slideshow={"slide_type": "skip"}
def draw_luck():
    ax, seeds, others = plt.subplots()[1], range(8), images.valid
    he = deep("relu", "he_normal", 50, 40, seeds)
    turned = deep("relu", "orthogonal", 50, 40, seeds)
    nets = {"He": he, "LSUV": measured(turned, act.relu)}
    for name, net in nets.items():
        seen = net.record(others.x[:200], others.y[:200])
        std = seen.by_layer("z_std").T
        style = "C1-" if name == "LSUV" else "C0:"
        lines = ax.semilogy(range(1, 41), std, style)
        lines[0].set_label(f"{name}, {len(seeds)} networks")
    ax.set(xlabel="layer", ylabel="standard deviation of z")
    ax.legend()
    return ax

# %% slideshow={"slide_type": "fragment", "show": "output"} alt="Line chart, logarithmic upwards: the standard deviation of z over forty ReLU layers, for eight networks with the weights of He and eight after LSUV. The networks of He drift apart, most of them down, one below a tenth. Those after LSUV run together in a level band at one."
ax = draw_luck()

# %% [markdown] slideshow={"slide_type": "fragment"}
# Forty layers of 50 ReLU units: He's networks drift apart, the measured ones stay near 1.

# %% [markdown] slideshow={"slide_type": "notes"}
# These are images that LSUV did not see. Most of the others drift down. (He keeps the *mean* of the
# squares; a few lucky networks hold it up, the typical one shrinks.) Wider layers have less luck
# to multiply, narrow and deep ones most. The price is one batch forward.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: how deep can it be?
#
# Now everything in one table: four activations, networks of 5, 10, 20 and 40 layers, and six
# starts: $N(0,1)$, Glorot, He, the scale of the integral, rotations of that scale, LSUV. The
# entry is the **deepest that learns**.
#
# Which of these starts takes the **sigmoid** deepest?
#
# - **A** Glorot
# - **B** He
# - **C** $N(0,1)$

# %% [markdown] slideshow={"slide_type": "notes"}
# Each network has 50 units a layer, three seeds, 158 steps at rate 0.003, and at 0.03 where that
# fails. It learns if it gets beyond 20 % of its training images, twice what guessing gets.
# (`integral`: the scale of the integral at $q = 1$; `orthogonal`: rotations times its root;
# `LSUV`: those, measured. 40 is the deepest we tried; 0: not even 5.)

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Draw the empty table on the board and let the hall fill in the sigmoid's
# row, then ReLU's under Glorot. Most trust Glorot, whose paper looks at sigmoids, too. Who votes
# so may look at the map of the two scales again: how far is 1 from both dots?

# %% slideshow={"slide_type": "skip"}
def begin(activation, start, depth, seeds):
    f = act.get(activation).function
    scale = float(init.scale_for(f))
    turned = partial(init.orthogonal, gain=scale**0.5)
    draw = {
        "N(0,1)": init.normal(1),
        "Glorot": "glorot_normal",
        "He": "he_normal",
        "integral": partial(init.variance_scaling, scale=scale),
    }.get(start, turned)
    net = deep(activation, draw, 50, depth, seeds)
    return measured(net, f) if start == "LSUV" else net

# %% slideshow={"slide_type": "skip"}
def best_of(activation, start, depth, seeds):
    best, data = np.zeros(len(seeds)), trials.images().train
    few = data.x[:2500], data.y[:2500]
    for rate in (0.003, 0.03):
        net = begin(activation, start, depth, seeds)
        net.fit(*few, 2, optimizer=SGD(rate, momentum=0.9))
        best = np.fmax(best, net.evaluate(*few)["accuracy"])
        if (best > 0.2).all():
            break
    return best

# %% slideshow={"slide_type": "skip"}
def deepest(seeds, activation, start):
    seeds, got = list(seeds), np.zeros(len(seeds), int)
    for depth in (5, 10, 20, 40):
        score = best_of(activation, start, depth, seeds)
        got[score > 0.2] = depth
        if not (score > 0.2).any():
            break
    at_40 = score if depth == 40 else np.nan
    rows = {"seed": seeds, "depth": got, "at_40": at_40}
    return pd.DataFrame(rows)

# %% slideshow={"slide_type": "skip"}
rows = ["sigmoid", "tanh", "relu", "selu"]
columns = ["N(0,1)", "Glorot", "He"]
columns += ["integral", "orthogonal", "LSUV"]
pairs = {
    f"{a}, {s}": {"activation": a, "start": s}
    for a in rows
    for s in columns
}
reached = experiments.run(
    deepest, pairs, seeds=range(3), seeds_at_once=3
)

# %% slideshow={"slide_type": "skip"}
def matrix(column):
    middle = reached.groupby("arm", sort=False)[column].median()
    square = middle.to_numpy().reshape(len(rows), len(columns))
    names = pd.Index(rows, name="activation")
    return pd.DataFrame(square, names, columns)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The sigmoid's row is the shallow one

# %% slideshow={"slide_type": "-", "show": "output"}
depths = matrix("depth").astype(int)
table(depths, "Deepest that learns (median)", index=True)

# %% [markdown] slideshow={"slide_type": "fragment"}
# **C.** With Glorot's or He's weights not even five sigmoid layers learn; the notorious
# $N(0,1)$ does best.

# %% [markdown] slideshow={"slide_type": "fragment"}
# tanh reaches 40 layers with any scale of about the right size. ReLU loses depth with Glorot's
# name, SELU with He's.

# %% [markdown] slideshow={"slide_type": "notes"}
# At 50 units the scale of $N(0,1)$ is 50, and no other comes as near to the 103 where the
# sigmoid's two wishes meet. The integral, rotations and LSUV get to 40 wherever scale can help.
# (For ReLU the integral *is* He.)

# %% slideshow={"slide_type": "skip"}
at_40 = matrix("at_40").dropna(how="all")
table(at_40, "Accuracy at 40 layers", digits=2, index=True)

# %% [markdown] slideshow={"slide_type": "skip"}
# Getting there is not getting far. `integral` and `orthogonal` have the same variance; yet the
# rotations are ahead in all three rows, as one would expect if more of an image reaches the
# top. LSUV is not better than the rotations it starts from. And tanh: the integral is *behind*
# Glorot. Why?

# %% slideshow={"slide_type": "skip"}
f = act.get("tanh")
scale = init.scale_for(f.function)
chi = scale * init.backward_gain(f.derivative)
print(f"tanh with the integral's scale: chi {chi:.3f}")
print(f"gradient, layer 1 over 40: {chi ** (39 / 2):.0f}")

# %% [markdown] slideshow={"slide_type": "skip"}
# The integral grants the signal's wish. At that scale tanh's gradient grows on its way down, and
# forty layers make a power of it. **The integral is a start; check both wishes.** (Medians of
# three short runs: a hint, not a verdict.)

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Must it be the start?
#
# The scale of the first weights is a hyperparameter like any other, and the island at the
# top of this lesson is its curve; only here theory knows the best value beforehand. A layer
# that rescales $z$ *while training*, batch normalization (lesson 4), makes the choice matter
# less. One argument more, 20 ReLU layers, rate 0.01:

# %% slideshow={"slide_type": "skip"}
bn = {"normalization": BatchNorm(momentum=0.9)}
both = {
    f"{name} @ {scale}": {"scale": scale, "depth": 20, **more}
    for name, more in {"without": {}, "with": bn}.items()
    for scale in (0.125, 0.5, 2, 8)
}
for arm in both.values():
    arm["rate"] = 0.01
eased = experiments.run(
    fit_scale, both, seeds=range(3), seeds_at_once=3
)

# %% slideshow={"slide_type": "skip"}
eased["batch norm"] = eased.arm.str.split(" @").str[0]
frame = eased.fillna({"valid_accuracy": 0.1})
frame = frame.pivot_table("valid_accuracy", "batch norm", "scale")
table(frame[::-1], "Validation accuracy", digits=2, index=True)

# %% [markdown] slideshow={"slide_type": "skip"}
# Without it the island is where it was. With it every scale learns: the start matters **less**.
# (At the right scale it wins nothing here, in so few steps.) "Initialization does not matter
# any more" is too much: many networks do without any normalization, and for them this lesson
# stands. (These are means, at a larger rate than the first picture's.)

# %% [markdown] slideshow={"slide_type": "skip"}
# ## The same in Keras
#
# A layer takes `kernel_initializer="he_normal"`, `"he_uniform"`, `"lecun_normal"`,
# `"orthogonal"`. If you say nothing it is `"glorot_uniform"`, whatever the activation:
# nobody else will change it for your ReLU layers. (Biases start at zero.) Most of these are
# `VarianceScaling` with other arguments. Same seed, same numbers:

# %% slideshow={"slide_type": "skip"}
import keras
import tensorflow as tf

ki = keras.initializers
scaling = partial(ki.VarianceScaling, seed=1)
same = {
    "he_normal": scaling(2.0, "fan_in", "truncated_normal"),
    "glorot_uniform": scaling(1.0, "fan_avg", "uniform"),
    "lecun_normal": scaling(),  # its own defaults
}

# %% slideshow={"slide_type": "skip"}
default = keras.layers.Dense(10).kernel_initializer
print("default:", type(default).__name__)
for name, rule in same.items():
    named = type(ki.get(name))(seed=1)  # a fresh one of that kind
    equal = np.array_equal(named((300, 100)), rule((300, 100)))
    print(f"{name:14} is that VarianceScaling: {equal}")

# %% [markdown] slideshow={"slide_type": "skip"}
# So `VarianceScaling()` alone is LeCun's: scale 1, fan-in, truncated normal. Mind the
# spelling. You may meet `kernal_initializer` in print, and `VarianceScaling` without
# `keras.initializers` in front. Keras takes neither:

# %% slideshow={"slide_type": "skip"}
try:
    keras.layers.Dense(1, kernal_initializer="he_normal")
except ValueError as error:
    print(str(error).split(":")[0])

# %% slideshow={"slide_type": "skip"}
def variances(shape):
    fan_in, fan_out = init.fans(shape)
    mean = (fan_in + fan_out) / 2
    for name, scale, n in (
        ("he_normal", 2, fan_in),
        ("lecun_normal", 1, fan_in),
        ("glorot_uniform", 1, mean),
    ):
        theirs = type(ki.get(name))(seed=1)(shape)
        ours = init.get(name)(shape, np.random.default_rng(0))
        found = {"ours": ours.var(), "Keras": np.var(theirs)}
        size = " x ".join(map(str, shape))
        one = {"scheme": name, "kernel": size}
        yield one | {"promised": scale / n} | found

# %% slideshow={"slide_type": "skip"}
convolution = (3, 3, 32, 64)
print("fan-in and fan-out of it:", init.fans(convolution))
frame = [*variances((300, 100)), *variances(convolution)]
table(pd.DataFrame(frame), "Variance of the weights", digits=3)

# %% [markdown] slideshow={"slide_type": "skip"}
# The numbers differ, for the dice do; the variances agree to the noise of the draw. In a
# convolution one unit sees 3 x 3 pixels of 32 channels: its fan-in is 288, and `init.fans`
# counts as Keras does. Two more lines for your own use:

# %% slideshow={"slide_type": "skip"}
he_avg = ki.VarianceScaling(2.0, "fan_avg", "uniform", seed=1)
w = np.asarray(he_avg((300, 100)))
print(f"variance {w.var():.4f}", end="  ")
print(f"2/mean {2 / 200:.4f}  2/fan-out {2 / 100:.4f}")

gelu = float(init.scale_for(act.gelu))
ours = ki.VarianceScaling(gelu, "fan_in", "untruncated_normal")
layer = keras.layers.Dense(100, "gelu", kernel_initializer=ours)

# %% [markdown] slideshow={"slide_type": "skip"}
# `mode="fan_avg"` is He with Glorot's mean: $2/n_\text{avg}$. (A well-known example prints
# this line and says "based on fan-out"; the variance tells.) The last two lines are the
# general rule: **your own scale for your own activation**.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: one object for all layers
#
# A careful colleague writes the initializer once and uses it everywhere:
#
# `he = keras.initializers.HeNormal()`
#
# Two hidden layers of 100 units get `kernel_initializer=he`. How many different weights do
# the two 100 x 100 kernels hold together?
#
# - **A** 20,000
# - **B** 10,000

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Ask who has written code like this. Nearly all vote A: "it is a random
# initializer". Then ask what equal layers would cost them, and how they would notice.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## One object, one set of numbers

# %% slideshow={"slide_type": "-"}
def two_kernels(he):
    dense = partial(keras.layers.Dense, 100, "relu")
    layers = [dense(kernel_initializer=he) for _ in range(2)]
    model = keras.Sequential([keras.Input([100]), *layers])
    return model.get_weights()[::2]


one_each = {"object": ki.HeNormal(), "string": "he_normal"}
for name, he in one_each.items():
    equal = np.array_equal(*two_kernels(he))
    print(f"one {name}: equal kernels {equal}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **B, 10,000.** An initializer object keeps the seed it was born with. Use the string, or a fresh
# object a layer.

# %% [markdown] slideshow={"slide_type": "notes"}
# It gives the same shape the same numbers each time. A deep network of equal layers becomes one
# matrix applied again and again.

# %% slideshow={"slide_type": "skip"}
def again(set_seed):
    made = []
    for _ in range(2):
        set_seed(42)
        made.append(keras.layers.Dense(5))
        made[-1].build((None, 5))
    return np.array_equal(*(k.get_weights()[0] for k in made))


for set_seed in (tf.random.set_seed, keras.utils.set_random_seed):
    where = set_seed.__module__.split(".")[0]
    print(f"{where}: same start twice: {again(set_seed)}")

# %% [markdown] slideshow={"slide_type": "skip"}
# The opposite accident: many notebooks call `tf.random.set_seed(42)` and believe their
# networks start alike. Keras 3 takes the seeds of its initializers from Python's own `random`,
# which TensorFlow's call does not touch; `keras.utils.set_random_seed` sets them all.

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Evidence
#
# The books make three claims about these names. The one about *both variances* is measured on
# untrained networks of three shapes; the two about *training* on 15 layers of 100 units, two
# epochs, each arm at its own best rate out of five (two seeds, fewer images), then five other
# seeds. (A hundred networks.)

# %% slideshow={"slide_type": "skip"}
shapes = {
    "equal": [100] * 20,
    "funnel": [int(n) for n in np.geomspace(400, 25, 20)],
    "zigzag": zigzag,
}


def decades(activation, draw, shape):
    both = signal_and_gradient(activation, draw, shapes[shape])
    forward, backward = (2 * np.log10(k) for k in both)
    return pd.DataFrame({
        "seed": range(5),
        "signal": forward[:, -1],
        "gradient": backward[:, 0],
    })

# %% slideshow={"slide_type": "skip"}
cases = [(a, k) for a in ("linear", "tanh") for k in shapes]
parts = []
for (activation, shape) in cases:
    for arm, mode in modes.items():
        draw = partial(hidden_only, mode=mode)
        part = decades(activation, draw, shape)
        names = {"units": activation, "shape": shape, "arm": arm}
        parts.append(part.assign(**names))
travel = pd.concat(parts, ignore_index=True)
ends = travel[["signal", "gradient"]]
travel["worse"] = ends.abs().max(axis=1)

# %% slideshow={"slide_type": "skip"}
glorot = travel[travel.arm == "1 / mean"]
keys = ["units", "shape"]
frame = glorot.groupby(keys, sort=False)[["signal", "gradient"]]
caption = "Glorot: variance after 20 layers, in powers of ten"
table(frame.mean().reset_index(), caption, digits=2)

# %% [markdown] slideshow={"slide_type": "skip"}
# Linear units, equal widths: nothing is lost, and any of the three rules would do. In a funnel
# (400 down to 25 units) Glorot's mean shares the damage between the two directions
# ($1/n_\text{in}$ keeps the signal and leaves all of $25/400$, $-1.2$, to the gradient). In the
# zigzag it loses both. tanh shrinks both whatever the widths: away from zero its curve is
# flatter than the straight line that the argument assumed.

# %% slideshow={"slide_type": "skip"}
draws = {
    "N(0,1)": init.normal(1),
    "Glorot": "glorot_normal",
    "He": "he_normal",
}
arms = {}
common = {"hidden": [100] * 15, "epochs": 2}
for name in ("sigmoid", "tanh", "ReLU"):
    for start in draws:
        arms[f"{name}, {start}"] = common | {
            "activation": name.lower(),
            "initializer": draws[start],
        }
del arms["sigmoid, He"], arms["tanh, He"]  # no one claims these

# %% slideshow={"slide_type": "skip"}
rates = [0.001, 0.003, 0.01, 0.03, 0.1]
few = {k: arm | {"n_train": 1500} for k, arm in arms.items()}
tuned = experiments.tune(
    trials.fit_mlp, few, rates, seeds=[100, 101]
)

# %% slideshow={"slide_type": "skip"}
for name, rate in tuned.best.items():
    arms[name]["learning_rate"] = rate or min(rates)
final = experiments.run(trials.fit_mlp, arms, seeds=range(5))

# %% slideshow={"slide_type": "skip"}
result = final.groupby("arm", sort=False).valid_accuracy
frame = result.agg(["mean", "min", "max"])
frame["best rate"] = tuned.best
table(frame, "Validation accuracy", digits=3, index=True)

# %% [markdown] slideshow={"slide_type": "skip"}
# Glorot rescues tanh from $N(0,1)$, He wins for ReLU. ReLU with $N(0,1)$ overflows at every
# rate. And the **sigmoid with Glorot stays at chance** (so its "best rate" means nothing), while
# with $N(0,1)$, which Glorot is said to have replaced, it learns something.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The claims, judged
#
# 1. *He is good with ReLU, Glorot poor.*
# 2. *Glorot trains much faster than* $N(0,1)$.
# 3. *Glorot equalizes both variances.* (You saw the zigzag.)

# %% [markdown] slideshow={"slide_type": "notes"}
# Seed by seed, as in lesson 1: the mean difference has a 95 % bootstrap interval, and the
# claim *holds* if all of it lies above zero, is *contradicted* if all of it lies below.
# "Both variances" means the worse of the two, in powers of ten, after 20 layers. A run that
# diverged counts as guessing.

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* In the table read the columns *condition* and *verdict*, and leave the rest to
# the book. Read the claims aloud and vote on each before the table comes. The
# hall will grant all of them; ask "for which activation?" and point at the depth table's top row.

# %% slideshow={"slide_type": "skip"}
evidence = []


def judge(claim, condition, unit, *arguments, **settings):
    verdict = experiments.verdict(*arguments, **settings)
    evidence.append(verdict.row(claim, condition, unit))

# %% slideshow={"slide_type": "skip"}
claim = "Glorot keeps both variances better than 1 / fan-in"
pair = "1 / mean", "1 / fan-in", "worse", False
for units, shape in cases:
    frame = travel[travel.units == units]
    frame = frame[frame["shape"] == shape]
    where = f"{units}, {shape}"
    judge(claim, where, "powers of ten", frame, *pair)

# %% slideshow={"slide_type": "skip"}
parts = []
for arm in ("Glorot", "He"):
    part = decades("relu", init.get(draws[arm]), "equal")
    parts.append(part.assign(arm=arm, lost=part.signal.abs()))
pair = pd.concat(parts), "He", "Glorot", "lost", False
claim = "He keeps ReLU's signal better than Glorot"
judge(claim, "20 x 100, untrained", "powers of ten", *pair)

pair = final, "ReLU, He", "ReLU, Glorot", "valid_accuracy"
judge("He beats Glorot for ReLU", "15 x 100", "accuracy", *pair)

# %% slideshow={"slide_type": "skip"}
for name in ("tanh", "ReLU", "sigmoid"):
    pair = f"{name}, Glorot", f"{name}, N(0,1)", "valid_accuracy"
    what = "Glorot trains faster than N(0,1)", f"15 x 100, {name}"
    judge(*what, "accuracy", final, *pair, diverged_as=0.1)

# %% slideshow={"slide_type": "skip"}
table(pd.DataFrame(evidence[:6]), digits=2)

# %% slideshow={"slide_type": "fragment", "show": "output"}
table(pd.DataFrame(evidence[6:]), digits=2)

# %% [markdown] slideshow={"slide_type": "fragment"}
# 1 **holds**. 2 **depends on the activation**: the sigmoid says the opposite. 3 **fails** in a
# zigzag.

# %% [markdown] slideshow={"slide_type": "notes"}
# *He is good with ReLU, Glorot poor*: holds. *Glorot keeps both variances*: for linear units of
# equal widths it *is* the other rules (hence 0); better than fan-in in a funnel; **contradicted**
# in a zigzag. (Glorot's ReLU network is He's divided by $\sqrt2$ in each layer, hence no spread:
# $19 \log_{10} 2 = 5.72$.) All with SGD and momentum, 100 units or so, on these images.

# %% [markdown] slideshow={"slide_type": "skip"}
# ## What goes wrong in other texts
#
# | You may read | What we found |
# |---|---|
# | Glorot: $\sigma = 1/n_\text{avg}$. | That is the variance. As a standard deviation it is 27 times too small (1,000 x 500). |
# | Truncated: variance $1.3\,\text{scale}/n$. | The parent's. The weights have $\text{scale}/n$. |
# | Glorot keeps both variances. | Near enough at equal widths; in a zigzag it loses both. |
# | Glorot is what made deep nets train. | tanh, yes; a deep sigmoid network stays at chance. |
# | `Dense(..., "sigmoid", kernel_initializer="he_normal")` | He's 2 is ReLU's. The sigmoid asks for 3.4 upward and 22 downward (at $q = 1$). |
# | Equal weights stay equal for ever. | Until rounding breaks the tie. |

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Summary
#
# - Random weights break the tie; equal ones make one unit of many.
# - One factor a layer, $\text{scale} \cdot E[f(z)^2]/q$: near 1 the signal lives. The gradient has
#   a factor of its own.
# - Fan-in or fan-out, either is safe; where widths alternate, their mean is not.
# - Rotations keep every direction; LSUV measures instead of assuming.
# - In Keras, name an initializer that fits the activation, by its string.

# %% [markdown] slideshow={"slide_type": "notes"}
# LeCun and He set that factor to 1; Glorot compromises between the directions. The deep sigmoid
# network's two wishes lie far apart; where they meet, at a scale of 103, half of its units are
# saturated.

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Close with the opening question: "which number, and who says so?" Expect
# "2, He says so". Ask at once: for which units, and how would you find it for your own? One
# integral, or one batch.

# %% [markdown] slideshow={"slide_type": "notes"}
# ## Now you
#
# [The exercises](exercises/02_initialization.ipynb) answer at once, from the fans of a
# convolution kernel to the scale of an activation you have never met.
#
# Or change this lesson: `act.Activation("sine", np.sin, np.cos)` in `deep`. What does the
# integral say about its scale, and does a network of 40 such layers train? If not, compare its
# two wishes, and try a smaller scale.

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Further reading
#
# - Y. LeCun, L. Bottou, G. Orr, K.-R. Müller, *Efficient BackProp*, 1998. Variance $1/n$.
# - X. Glorot, Y. Bengio, *Understanding the difficulty of training deep feedforward neural
#   networks*, AISTATS 2010. The two wishes, section 4.2.
# - K. He, X. Zhang, S. Ren, J. Sun, *Delving deep into rectifiers*, ICCV 2015,
#   arXiv:1502.01852. The factor 2, and why either wish is enough.
# - A. Saxe, J. McClelland, S. Ganguli, *Exact solutions to the nonlinear dynamics of learning
#   in deep linear neural networks*, ICLR 2014, arXiv:1312.6120. Orthogonal weights.
# - D. Mishkin, J. Matas, *All you need is a good init*, ICLR 2016, arXiv:1511.06422. LSUV.
# - L. Xiao et al., *Dynamical isometry and a mean field theory of CNNs*, ICML 2018,
#   arXiv:1806.05393. Delta kernels, and 10,000 layers without tricks.
