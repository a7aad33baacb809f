# %% [markdown] slideshow={"slide_type": "slide"}
# # 3. Activations
#
# Between two layers stands a bend, the **activation**: every unit puts its sum $z$ through a
# curve $f$. There are dozens of curves, and each has a paper that says it is better than the
# last.
#
# **What does a layer need from the bend in its units: a signal, a slope, or both?**

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Ask who has ever changed the activation of a network, and why. Collect
# the names that are called; most of them are on the wall that comes next.

# %% [markdown] slideshow={"slide_type": "notes"}
# ## What you will be able to do
#
# - Judge a curve you have never met by two numbers, before training anything.
# - Find dead units, say at which rate they die, and which of them can come back.
# - Derive SELU's two constants, and name what breaks its promise.
# - Choose an activation for a task by measuring, in NumPy and in Keras.
#
# About an hour, and another for the exercises. Lesson 1 explains $q$ and $\chi$, lesson 2
# the initializers named here.

# %% slideshow={"slide_type": "skip"}
from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from course_utils import activations as act
from course_utils import initialization as init
from course_utils.gaussian import gaussian_mean
from course_utils.lab import activation_pieces as bent
from course_utils.lab import experiments, network, plots, trials
from course_utils.lab.display import show_source, table
from course_utils.lab.layers import Activate, Dense, Layer
from course_utils.lab.trials import deep
from course_utils.optimizers import SGD

# %% slideshow={"slide_type": "skip"}
plots.use_style()
images = trials.images()
x, y = images.train.x[:200], images.train.y[:200]
trained = images.train.x[:3000], images.train.y[:3000]
valid = images.valid.x, images.valid.y

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The picture first
#
# Twelve curves (thick), slopes (dashed). Shaded: slope 0, give or take 5 % of its peak.

# %% [markdown] slideshow={"slide_type": "notes"}
# A unit in the shade is *saturated*: it says something, but it learns almost nothing.

# %% slideshow={"slide_type": "skip"}
wall = {
    "sigmoid": act.get("sigmoid"), "tanh": act.get("tanh"),
    "softplus": act.get("softplus"), "ReLU": act.get("relu"),
    "leaky ReLU, 0.2": act.variant("leaky_relu", alpha=0.2),
    "ELU": act.get("elu"),
    "CELU, 0.3": act.variant("celu", alpha=0.3),
    "SELU": act.get("selu"), "GELU": act.get("gelu"),
    "GELU by tanh": act.get("gelu_tanh"), "SiLU": act.get("silu"),
    "Mish": act.get("mish"),
}

# %% slideshow={"slide_type": "skip"}
def draw(ax, name, f, z):
    slope = f.derivative(z)
    flat = np.abs(slope) < 0.05 * slope.max()
    ax.fill_between(z, -2, 3, where=flat, color="#E4E4E4", lw=0)
    ax.plot(z, f(z), lw=3)
    ax.plot(z, slope, lw=1.6)
    ax.set(title=name, ylim=(-2, 3), xlim=(-5, 5))

# %% slideshow={"slide_type": "-", "show": "output"} alt="Twelve small charts, one an activation: its curve and its slope over inputs from -5 to 5, shaded where it is saturated. Sigmoid and tanh flatten on both sides. ReLU, softplus, ELU, CELU and SELU are flat on the left only, leaky ReLU nowhere. GELU, SiLU and Mish dip below zero before they rise."
figure, axes = plt.subplots(
    3, 4, figsize=(11, 7.4), sharex=True, sharey=True
)
for ax, (name, f) in zip(axes.flat, wall.items(), strict=True):
    draw(ax, name, f, np.linspace(-5, 5, 501))
text = figure.supxlabel("input z", fontsize=14)

# %% [markdown] slideshow={"slide_type": "notes"}
# The two S-shaped curves flatten on both sides; ReLU and its heirs have one open side, the
# right, with a slope near 1: they "do not saturate for positive values", as textbooks put
# it. Below zero they differ: nothing at all, a little slope, or a floor that is
# reached slowly. The last four turn round before zero, in the narrow shaded strip. (Two of
# the twelve you cannot tell apart. That is the point of one of them.)

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Give a minute of silence, then ask: in which of these would you rather not
# be a unit with $z = -4$? Let them sort the twelve into families by their left side.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Signal and slope
#
# Let $z \sim N(0, 1)$: a wide random layer, well scaled. Two means say what the bend does:

# %% [markdown] slideshow={"slide_type": "fragment"}
# - **signal** $E[f(z)^2]$: the mean square that goes *up* to the next layer

# %% [markdown] slideshow={"slide_type": "fragment"}
# - **slope** $E[f'(z)^2]$: how much of the squared gradient comes *down*

# %% [markdown] slideshow={"slide_type": "fragment"}
# The weights' **scale**, $n\,\sigma_w^2$, multiplies both: it can make one of them come out
# right.

# %% [markdown] slideshow={"slide_type": "fragment"}
# It cannot change their **ratio**, and every layer multiplies by it again.

# %% [markdown] slideshow={"slide_type": "notes"}
# (At *this* variance of $z$. Where it grows, curves that flatten have another ratio: that is how
# lesson 1's sigmoid with $N(0,1)$ weights came to $\chi \approx 1$, with half of its units flat.)

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Before "ratio" appears, ask: with the scale in your hand, can you always have
# both right? Let them try ReLU, one half and one half, and then a curve with 0.3 and 0.05.

# %% slideshow={"slide_type": "skip"}
rows = []
for name, f in wall.items():
    signal = gaussian_mean(lambda z, f=f: f(z) ** 2, 1)
    slope = gaussian_mean(lambda z, f=f: f.derivative(z) ** 2, 1)
    rows.append([name, float(signal), float(slope)])

# %% slideshow={"slide_type": "skip"}
columns = ["activation", "signal", "slope"]
both = pd.DataFrame(rows, columns=columns)
both["scale"] = 1 / both.signal
both["ratio"] = both.slope / both.signal
both["in theory"] = both.ratio ** 9.5

# %% slideshow={"slide_type": "skip"}
def layer_1_over_20(f, scale):
    def weights(shape, rng):  # the pixels' variance is 1 already
        at = 1 if shape[0] == 784 else scale
        return init.variance_scaling(shape, rng, at)

    seen = deep(f, weights, seeds=range(5)).record(x, y)
    rms = seen.by_layer("gradient_rms")
    return np.median(rms[:, 0] / rms[:, -1])


pairs = zip(wall.values(), both.scale, strict=True)
both["measured"] = [layer_1_over_20(*pair) for pair in pairs]

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: which of the twelve are fit?
#
# Choose the scale so that the signal keeps its size. From layer 20 down to layer 1 the gradient
# is then multiplied by ratio$^{9.5}$.
#
# In theory, for how many of the twelve is that between 1/10 and 10?
#
# - **A** all
# - **B** ten
# - **C** six
# - **D** ReLU alone

# %% [markdown] slideshow={"slide_type": "notes"}
# (The *squared* gradient is multiplied by ratio$^{19}$.)

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Let the hall vote before the table, then name the curves that they would
# throw out. D is common, and tanh is the curve most often thrown out: ask for its slope at 0,
# where most of $N(0,1)$ lies.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A layer needs both

# %% slideshow={"slide_type": "-", "show": "output"}
caption = "Last two columns: gradient of layer 1 over layer 20"
table(both, caption, digits=3)

# %% [markdown] slideshow={"slide_type": "fragment"}
# **B**, in theory: sigmoid and softplus fail, by far. (Measured, SiLU ends just outside: 10.6.)

# %% [markdown] slideshow={"slide_type": "notes"}
# Their outputs hardly vary around a large mean: signal without news. That sigmoids look like real
# neurons was a reason to try them, not to keep them. The others hand on both in nearly equal
# parts.

# %% [markdown] slideshow={"slide_type": "notes"}
# (Theory and networks agree within a factor of two but for SiLU: there $z$ does not stay at
# variance 1, a little too much grows from layer to layer. *Scale* is what keeps the signal. ReLU's
# 2 is He's; some examples give sigmoids He's weights, but nothing in the sigmoid's row is 2.)

# %% [markdown] slideshow={"slide_type": "skip"}
# ### tanh wants all of its range
#
# tanh is fine by that table *if* $z$ has the right size. Too small, and it is a straight
# line: twenty layers do the work of one. Too large, and it is a switch. Here are the tenth
# layer's outputs for weights of standard deviation $s/\sqrt n$ (the table's 2.54 is $s^2$): the
# shares within 0.1 of zero, beyond 0.95, and between.

# %% slideshow={"slide_type": "skip"}
def tanh_range(s):
    def weights(shape, rng):
        return init.variance_scaling(shape, rng, s**2)

    return np.abs(deep("tanh", weights).record(x, y)[9].a)

# %% slideshow={"slide_type": "skip"}
for s in (0.5, 1.6, 4):
    a = tanh_range(s)
    line, switch = np.mean(a < 0.1), np.mean(a > 0.95)
    print(f"s = {s}: line {line:.2f}, between "
          f"{1 - line - switch:.2f}, switch {switch:.2f}")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: what does a bend cost?
#
# "ELU is slower, because of its exponential." The bend alone, a million numbers through $f$
# and $f'$, takes ELU several times as long as ReLU.
#
# And a whole training step, of a network with two layers of 1,000?
#
# - **A** four times as long, or more
# - **B** two to four times as long
# - **C** less than twice as long

# %% [markdown] slideshow={"slide_type": "notes"}
# A step computes the bend as well as all that lies between: here 784-1000-1000-10 units and 128
# images.

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* A is the textbook's sentence taken at its word. Ask: how many multiplications
# come before one bend, in a layer of 1,000 units?

# %% slideshow={"slide_type": "skip"}
million = np.random.default_rng(0).normal(size=10**6)
million = million.astype(np.float32)

# %% slideshow={"slide_type": "skip"}
def fastest(works, rounds=8):
    best = dict.fromkeys(works, np.inf)
    for _ in range(rounds):
        for name, work in works.items():
            start = perf_counter()
            work()
            best[name] = min(best[name], perf_counter() - start)
    return best

# %% slideshow={"slide_type": "skip"}
def bend(f):
    return lambda: (f(million), f.derivative(million))


def step(f):
    net = deep(f, "lecun_uniform", width=1000, depth=2)
    return lambda: net.loss_and_gradients(x[:128], y[:128])

# %% slideshow={"slide_type": "skip"}
timed = ["ReLU", "leaky ReLU, 0.2", "tanh", "ELU", "SiLU", "GELU"]
cost = pd.DataFrame({
    "bend": fastest({name: bend(wall[name]) for name in timed}),
    "step": fastest({name: step(wall[name]) for name in timed}),
})
cost_in_relus = cost / cost.loc["ReLU"]

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The bend costs much, the step much less

# %% slideshow={"slide_type": "-", "show": "output"} alt="Two bar charts on one scale: computing time in multiples of ReLU's, for six activations. Left, the bend alone: ELU and GELU take several times as long as ReLU. Right, a whole training step: all bars end below twice ReLU's."
figure, axes = plt.subplots(
    1, 2, figsize=(11, 4.4), sharex=True, sharey=True
)
titles = {"bend": "the bend alone", "step": "a training step"}
for ax, (column, title) in zip(axes, titles.items(), strict=True):
    ax.barh(timed, cost_in_relus[column])
    ax.axvline(1, color="black", lw=1)
    ax.set(title=title, xlabel="time (ReLU = 1)")

# %% slideshow={"slide_type": "skip"}
ratio = cost_in_relus.loc["ELU"]
print("bend: ELU takes more than twice ReLU:", ratio.bend > 2)
print("step: ELU takes more than twice ReLU:", ratio.step > 2)

# %% [markdown] slideshow={"slide_type": "fragment"}
# **C.** Each unit does about 1,000 multiplications before its one bend.

# %% [markdown] slideshow={"slide_type": "notes"}
# So the sentence is true of the bend, and in a step only a fraction of the difference is left.
# But its reason is not: tanh has an exponential, too, and is quick. The price is that of NumPy's
# way of computing it, not of the formula. (Forward and backward, without the optimizer; the bars
# are from the machine that ran this, yours will differ.) A curve is a speed-up if it needs fewer
# *steps*, not if its formula is short. We will measure that at the end.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: where do units die?
#
# A ReLU whose $z$ is negative for **all training images** gets no gradient: it is *dead*.
# Three layers of 100 ReLUs, two epochs, learning rates from 0.01 to 0.1.
#
# In which layer will most be dead at 0.1?
#
# - **A** layer 1, next to the images
# - **B** layer 3, next to the output
# - **C** in all about as many

# %% [markdown] slideshow={"slide_type": "notes"}
# ReLU's slope below zero is 0, so nothing comes back through it. (He weights, momentum 0.9.)

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Let them draw it on the board: share of dead units over learning rate, one
# line a layer. Most draw three straight lines from 0. Ask at which rate the first unit dies, and
# whether the loss would show it.

# %% slideshow={"slide_type": "skip"}
def dead_units(net, x, y):
    hidden = net.record(x, y).layers[:-1]
    return [np.all(layer.z <= 0, axis=0) for layer in hidden]

# %% slideshow={"slide_type": "skip"}
def count_dead(seed, activation, learning_rate):
    sizes = [784, 100, 100, 100, 10]
    net = network.mlp(sizes, activation, "he_normal", seeds=seed)
    sgd = SGD(learning_rate, momentum=0.9)
    net.fit(*trained, 2, optimizer=sgd)
    score = net.evaluate(*valid)["accuracy"]
    dead = dead_units(net, *trained)
    return [
        {"layer": k, "never positive": each.mean(),
         "accuracy": score}
        for k, each in enumerate(dead, 1)
    ]

# %% slideshow={"slide_type": "skip"}
rates = [0.01, 0.03, 0.05, 0.07, 0.1]
names = {"ReLU": "relu", "leaky ReLU": "leaky_relu", "ELU": "elu"}
dying = {
    f"{name} at {rate}": {"activation": f, "learning_rate": rate}
    for name, f in names.items()
    for rate in rates
}

# %% slideshow={"slide_type": "skip"}
deaths = experiments.run(count_dead, dying, seeds=range(5))
parts = deaths.arm.str.split(" at ", expand=True)
deaths["unit"] = parts[0]
deaths["learning rate"] = parts[1].astype(float)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Hardly any die, until most of layer 3 does

# %% slideshow={"slide_type": "-", "show": "output"} alt="Line chart: the share of dead ReLU units over the learning rate, one line for each of three layers. Up to 0.05 hardly a unit is dead. From 0.07 to 0.1 the third layer shoots up to most of its units; the first climbs slowly, and the second stays at none until the last step."
relus = deaths.query("unit == 'ReLU' and not diverged")
number = relus.layer.astype(int).astype(str)
relus = relus.assign(hue="layer " + number)
ax = plots.learning_curves(
    relus, "never positive", hue="hue", x="learning rate",
    ylabel="share of units that are dead",
)
limits = ax.set_ylim(-0.02, 1.02)

# %% [markdown] slideshow={"slide_type": "fragment"}
# **B.** The network dies with its third layer (accuracy 0.17), and **every number stays finite**.

# %% [markdown] slideshow={"slide_type": "notes"}
# Nobody, nearly nobody, a few, and then, from 0.07 to 0.1, most of the third layer. (Guessing has
# accuracy 0.1; a later slide has those of the other rates.) Layer 1 loses its units
# slowly; layer 2, in the middle, none until the end. (The bands know nothing of 0 and 1.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: can the dead come back?
#
# A dead unit has no gradient: once its momentum has run out, its weights stand still. We train
# six epochs at rate 0.07, look after each, and count who was dead last time and is not dead now.
#
# **In which of the three layers will there be returns?**
#
# - **A** in none
# - **B** in layer 1 only
# - **C** in layers 2 and 3 only
# - **D** in all three

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Let "never" and "perhaps" argue, each with a reason, before the table. A is
# the commonest, for it is in the books. Ask: what does $z$ depend on besides the unit's own
# weights?

# %% slideshow={"slide_type": "skip"}
def follow(seed, learning_rate=0.07, epochs=6):
    sizes, state, before = [784, 100, 100, 100, 10], None, None
    net = network.mlp(sizes, "relu", "he_normal", seeds=seed)
    sgd, rows = SGD(learning_rate, momentum=0.9), []
    for k in range(epochs):
        state = net.fit(*trained, 1, optimizer=sgd, first_epoch=k,
                        optimizer_state=state).optimizer_state
        now = dead_units(net, *trained)
        for layer in range(3 if before is not None else 0):
            died = (now[layer] & ~before[layer]).sum()
            back = (before[layer] & ~now[layer]).sum()
            rows.append({"layer": layer + 1, "died": died,
                         "came back": back})
        before = now
    return rows

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The living move, and wake the dead

# %% slideshow={"slide_type": "-", "show": "output"}
fates = experiments.run(follow, {"rate 0.07": {}}, seeds=range(4))
counts = fates.groupby("layer")[["died", "came back"]].sum()
table(counts, "Epochs 2 to 6, four networks, 400 units a layer "
      "(some more than once)", index=True)

# %% [markdown] slideshow={"slide_type": "fragment"}
# **C.** Whether a unit is dead depends on what comes from below, and the layers below do move.

# %% [markdown] slideshow={"slide_type": "fragment"}
# In **layer 1 nobody comes back**: its input is the images, which never change.

# %% [markdown] slideshow={"slide_type": "notes"}
# In layers 2 and 3 death is a revolving door: at least as many come back as die (some had died in epoch
# 1). "The unit outputs 0 for ever" is true at the bottom and false above it.

# %% [markdown] slideshow={"slide_type": "skip"}
# ### Dead before the first step
#
# For one image a random ReLU without bias is off with probability 1/2, all $n$ of a layer
# with $2^{-n}$.
# One such layer among 20 and nothing gets through. Share of 200 random networks that are
# silent, for one image and for all of 50 (Lu et al. 2019):

# %% slideshow={"slide_type": "skip"}
rows, depth = [], 20
for width in (3, 5, 10, 50):
    nets = deep("relu", "he_normal", width, depth, range(200))
    silent = np.all(nets.scores(x[:50]) == 0, axis=-1)
    theory = 1 - (1 - 0.5**width) ** depth
    rows.append([width, theory, silent[:, 0].mean(),
                 silent.all(axis=1).mean()])

# %% slideshow={"slide_type": "skip"}
columns = ["width", "theory, 1 image", "1 image", "50 images"]
table(pd.DataFrame(rows, columns=columns), digits=2)

# %% [markdown] slideshow={"slide_type": "skip"}
# Twenty layers of three units: nearly all of them are born dead, before any learning rate
# could kill them. At fifty units a layer it does not happen. Narrow and deep is the
# dangerous corner.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A little slope below zero
#
# The usual cure gives the negative side a slope $\alpha$:

# %% [markdown] slideshow={"slide_type": "fragment"}
# - fixed: **leaky ReLU** (Maas et al. 2013)

# %% [markdown] slideshow={"slide_type": "fragment"}
# - random in training, its mean afterwards: **RReLU** (Xu et al. 2015)

# %% [markdown] slideshow={"slide_type": "fragment"}
# - learned with the weights: **PReLU** (He et al. 2015)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Many texts write $\max(\alpha z, z)$. For which $\alpha$ is that right? At $z = -1$ and $z = 1$:

# %% slideshow={"slide_type": "skip"}
show_source(
    act.leaky_relu, act.rrelu, act.rrelu_slopes,
    act.prelu_alpha_derivative, doc=False,
)

# %% slideshow={"slide_type": "fragment", "show": "output"}
z = np.array([-1.0, 1.0])
for alpha in (0.2, 2.0):
    leaks = act.leaky_relu(z, alpha)
    texts = np.maximum(alpha * z, z)
    print(f"alpha {alpha}: leaky {leaks}, maximum {texts}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Up to 1. Beyond, the maximum picks the other branch on *both* sides.

# %% [markdown] slideshow={"slide_type": "notes"}
# That happens in practice: a *learned* slope may go anywhere, so PReLU must ask for the sign of
# $z$.

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* "For all of them" is the usual answer, for everybody thinks of 0.01. Let
# somebody try $\alpha = 2$ at $z = 1$ aloud before you show the two lines.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: does the cure help?
#
# The same sweep with leaky ReLU ($\alpha = 0.01$) and with ELU ($e^z - 1$ below zero), whose slope
# falls but is never 0.
#
# Do they learn at 0.1, in most of five runs, where ReLU's third layer died?
#
# - **A** both do
# - **B** only the leaky one
# - **C** neither

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Nearly all vote A: they cannot die. Ask what else can happen to a network whose
# steps are too long.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Death was not the disease

# %% slideshow={"slide_type": "-", "show": "output"}
# a run that overflowed has no layers
one = deaths.query("layer == 3 or diverged")


def told(runs):
    score, lost = runs.accuracy.mean(), runs.diverged.sum()
    over = f" ({lost} of {len(runs)} overflowed)"
    return f"{score:.2f}" + (over if lost else "")


by_rate = one.groupby(["learning rate", "unit"], sort=False)
text = by_rate.apply(told, include_groups=False).unstack()
caption = "Mean accuracy of the runs that ended; five runs each"
table(text, caption, index=True)

# %% [markdown] slideshow={"slide_type": "fragment"}
# **C.** The rate is too large. ReLU answers by switching units off; leaky ReLU and ELU overflow in
# four runs of five.

# %% [markdown] slideshow={"slide_type": "notes"}
# (0.61 is *one* run, the one that ended.) ELU falls at a *lower* rate than ReLU: at 0.07 it only
# guesses. At rates that work well, hardly a unit dies, and there is little for a leak to cure.

# %% [markdown] slideshow={"slide_type": "skip"}
# ### What do learned slopes become?
#
# PReLU gets one $\alpha$ a unit. The paper starts at 0.25, Keras at 0: a plain ReLU, which
# then has to learn its own leak. Six layers, both starts, three epochs:

# %% slideshow={"slide_type": "skip"}
learned = {}
for start in (0.25, 0.0):
    net = deep(bent.PReLU(start), "he_normal", depth=6)
    net.fit(*trained, 3, optimizer=SGD(0.01, momentum=0.9))
    alpha = [p["alpha"] for p in net.parameters[1::2]]
    learned[f"from {start}"] = [
        f"{a.mean():.2f} ({a.min():.2f} to {a.max():.2f})"
        for a in alpha
    ]

# %% slideshow={"slide_type": "skip"}
slopes = pd.DataFrame(learned, index=range(1, 7))
slopes.index.name = "layer"
table(slopes, "Learned slopes: mean (least to most)", index=True)

# %% [markdown] slideshow={"slide_type": "skip"}
# Their means stay where they started: in three epochs the start *is* the choice. Some go
# below zero, where `leaky_relu` refuses to be.

# %% [markdown] slideshow={"slide_type": "skip"}
# ## An exponential below zero
#
# ELU (Clevert et al. 2015) is $z$ above zero and $\alpha(e^z - 1)$ below: it saturates at
# $-\alpha$, so the mean output is nearer to 0. "Smooth at 0 for $\alpha = 1$" means that the
# *slope* is continuous; its own slope jumps, from 1 to 0. For another $\alpha$ the slope
# jumps as well. CELU (Barron 2017), $\alpha(e^{z/\alpha} - 1)$, repairs that.

# %% slideshow={"slide_type": "skip"}
h = 1e-6
for alpha in (1.0, 0.3):
    near = np.array([-h, h])
    elu = act.elu_derivative(near, alpha)
    celu = act.celu_derivative(near, alpha)
    print(f"alpha {alpha}: slopes left and right of 0: "
          f"ELU {elu.round(3)}, CELU {celu.round(3)}")

# %% slideshow={"slide_type": "skip"}
left, middle, right = act.elu_derivative(np.array([-h, 0, h]))
print(f"ELU's second derivative: {(middle - left) / h:.3f}, "
      f"then {(right - middle) / h:.3f}")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## SELU: two wishes, two constants
#
# A scaled ELU: $\lambda z$ above zero, $\lambda\alpha(e^z - 1)$ below. Inputs $z \sim N(0, 1)$
# shall come out with

# %% [markdown] slideshow={"slide_type": "fragment"}
# 1. mean 0: $\;E[z; z > 0] + \alpha\, E[e^z - 1; z < 0] = 0$

# %% [markdown] slideshow={"slide_type": "fragment"}
# 2. variance 1: $\;\lambda^2\left(E[z^2; z > 0] + \alpha^2 E[(e^z - 1)^2; z < 0]\right) = 1$

# %% [markdown] slideshow={"slide_type": "fragment"}
# ($E[\cdot\,; z > 0]$ counts only $z > 0$.) The first gives $\alpha$, then the second $\lambda$.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The digits in every library

# %% slideshow={"slide_type": "-"}
above = gaussian_mean(act.relu, 1.0)
below = gaussian_mean(lambda z: np.expm1(np.minimum(z, 0)), 1.0)
alpha = -above / below
variance = gaussian_mean(lambda z: act.elu(z, alpha) ** 2, 1.0)
lambda_ = 1 / np.sqrt(variance)
print(f"on a grid: alpha {alpha:.6f}, lambda {lambda_:.6f}")
exact = act.selu_constants()
print(f"exactly:   alpha {exact[0]:.6f}, lambda {exact[1]:.6f}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# A handful of lines, and out come the digits of the paper (Klambauer et al. 2017).

# %% [markdown] slideshow={"slide_type": "notes"}
# `act.selu_constants(mean, variance)` solves them for any mean and variance you
# want handed on.

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Ask which line of the code is which wish. Then ask what has been promised: one
# layer, at the start, for inputs of mean 0 and variance 1. Nothing about training yet.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: what does SELU mend?
#
# Standardized inputs, LeCun's weights ($1/n$), a plain stack of 100 layers: mean 0 and variance 1
# should stay. **Which of these does SELU repair by itself?**
#
# - **A** raw pixels, 0 to 255
# - **B** He's weights
# - **C** skip connections
# - **D** plain dropout of 10 %
# - **E** weights 10 % too small

# %% [markdown] slideshow={"slide_type": "notes"}
# The first four break what the paper asks for: standardized inputs, weights of variance $1/n$ in
# every layer, a plain stack, and a dropout of its own. The last is everyday practice: penalties
# make weights smaller.

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Let the hall rank the five from harmless to fatal, on the board. Raw pixels
# usually come out as fatal and small weights as harmless. Ask what each of the five does to *one*
# layer, and whether the next layer meets it again.

# %% slideshow={"slide_type": "skip"}
def through(x, gain=1.0, drop=0.0, skip=False):
    rng, std = np.random.default_rng(0), []
    for layer in range(100):
        n = x.shape[1]
        w = rng.standard_normal((n, 200), np.float32)
        z = x @ w * np.float32(gain / np.sqrt(n))
        a = act.selu(z)
        if drop:
            a = a * (rng.random(a.shape) >= drop) / (1 - drop)
        x = x + a if skip and layer else a
        std.append(x.std())
    return np.array(std)

# %% slideshow={"slide_type": "skip"}
low, high = x.min(), x.max()
hundred = x[:100]

# %% slideshow={"slide_type": "skip"}
broken = {
    "as it should be": through(hundred),
    "raw pixels": through(255 * (hundred - low) / (high - low)),
    "He's weights": through(hundred, gain=np.sqrt(2)),
    "dropout of 10 %": through(hundred, drop=0.1),
    "skip connections": through(hundred, skip=True),
    "smaller weights": through(hundred, gain=0.9),
}

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Variance 1 attracts

# %% slideshow={"slide_type": "-", "show": "output"} alt="Line chart, logarithmic upwards: the standard deviation of the outputs over 100 SELU layers. With raw pixels it starts near a hundred and comes down to one within thirty layers, where the undisturbed network is all the time. With skip connections it shoots up, with the weights of He it keeps climbing; with dropout it settles a little above one, with smaller weights below."
ax = plots.learning_curves(
    broken, x="layer", ylabel="standard deviation of outputs"
)
settings = ax.set(yscale="log", ylim=(0.3, 1e4))

# %% [markdown] slideshow={"slide_type": "fragment"}
# **A**, of all things. Dropout and smaller weights move the target; the other two have none.

# %% [markdown] slideshow={"slide_type": "notes"}
# Variance 1 is not only kept, it attracts, and so does mean 0. With He's weights or skips the
# outputs grow without end, with dropout they settle too high, with small weights too low.
# ([Lesson 9](09_regularization.ipynb) brings the dropout that SELU can bear.)

# %% slideshow={"slide_type": "skip"}
for name in ("raw pixels", "dropout of 10 %", "smaller weights"):
    std = broken[name][[0, 9, 29, 99]]
    print(f"{name:15} std in layers 1, 10, 30, 100:", *(
        f"{each:.2f}" for each in std))

# %% slideshow={"slide_type": "skip"}
nets = deep("selu", "lecun_normal", depth=100, seeds=range(3))
gradients = nets.record(x, y).by_layer("gradient_rms")
grown = np.exp(np.log(gradients[:, 0] / gradients[:, -1]).mean())
chi = gaussian_mean(lambda z: act.selu_derivative(z) ** 2, 1)
print(f"gradient, layer 1 over 100: {grown:.0f}, "
      f"in theory {chi ** (99 / 2):.0f}")

# %% [markdown] slideshow={"slide_type": "notes"}
# And only the *signal* was wished for. The mean square of SELU's slope is a little above 1, so
# gradients grow on their way down.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## And while it learns?
#
# All of this holds at the start. Now train 12 layers of 100 SELUs, and look again.

# %% [markdown] slideshow={"slide_type": "notes"}
# On standardized images, on pixels from 0 to 1, with He's weights, with dropout. Each at its own
# best rate, found on two seeds, then five others. (In the notebook the next cell sets a tenth of
# the outputs to 0 in training; you may skip it.)

# %% slideshow={"slide_type": "skip"}
class PlainDropout(Layer):
    """Drop units in training; scale up what is left."""

    def forward(self, x, parameters, state, training, rng):
        if not training:
            return x, 1
        kept = rng.random(x.shape, dtype=x.dtype) >= 0.1
        mask = kept / np.float32(0.9)
        return x * mask, mask

    def backward(self, gradient, mask, parameters, gradients):
        return gradient * mask

# %% slideshow={"slide_type": "skip"}
def pixels_or_not(x, raw):
    return (x - low) / (high - low) if raw else x

# %% slideshow={"slide_type": "skip"}
def fit_selu(seed, learning_rate, raw=False, n=2000, **settings):
    settings = {"initializer": "lecun_normal"} | settings
    net = deep("selu", depth=12, seeds=seed, **settings)
    a, b = pixels_or_not(trained[0][:n], raw), trained[1][:n]
    start = net.record(a[:200], b[:200]).by_layer("a_std")[0]
    net.fit(a, b, 3, optimizer=SGD(learning_rate, momentum=0.9))
    end = net.record(a[:200], b[:200]).by_layer("a_std")[0]
    seen = net.evaluate(pixels_or_not(valid[0], raw), valid[1])
    return {"valid_accuracy": seen["accuracy"],
            "start": start[5:].mean(), "end": end[5:].mean()}

# %% slideshow={"slide_type": "skip"}
cases = {
    "as it should be": {}, "pixels 0 to 1": {"raw": True},
    "He's weights": {"initializer": "he_normal"},
    "dropout of 10 %": {"dropout": PlainDropout()},
}

# %% slideshow={"slide_type": "skip"}
small = {name: case | {"n": 600} for name, case in cases.items()}
grid = [0.0001, 0.0003, 0.001, 0.003, 0.01]
found = experiments.tune(fit_selu, small, grid, seeds=[100, 101])
for name, rate in found.best.items():
    cases[name]["learning_rate"] = rate
selus = experiments.run(fit_selu, cases, seeds=range(5))

# %% slideshow={"slide_type": "fragment", "show": "output"}
shown = selus.groupby("arm", sort=False)[
    ["start", "end", "valid_accuracy"]].mean()
shown.insert(0, "best rate", pd.Series(found.best))
shown.index.name = "network"
shown.columns = ["best rate", "std, untrained", "std, trained",
                 "validation accuracy"]
caption = "Layers 6 to 12, all units on: standard deviation (std)"
table(shown, caption, digits=3, index=True)

# %% [markdown] slideshow={"slide_type": "fragment"}
# "Self-normalizing" describes the untrained network. Three epochs move even the best case from
# 0.97 to 1.26.

# %% [markdown] slideshow={"slide_type": "notes"}
# Training moves the weights, and the standard deviation leaves 1, conditions kept or not. (It is
# measured with all units on, so before training dropout does not show.) He's weights and dropout cost
# accuracy; that pixels from 0 to 1 do could not be told (the verdicts are in the notebook).

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Before the table comes, ask which column the paper's theorem speaks about. Only
# the untrained one; the hall tends to answer "both".

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Smooth, and not monotone
#
# GELU $z\,\Phi(z)$ (Hendrycks & Gimpel 2016; $\Phi$ is the normal's distribution function),
# SiLU $z\,\mathrm{sigmoid}(z)$ (Swish, if a factor in the sigmoid is learned), Mish $z\tanh(\mathrm{softplus}(z))$: the
# input weighed by something between 0 and 1. They *fall* a little before they rise. Large
# language models use the first two; the tanh form of GELU was made to be faster.

# %% slideshow={"slide_type": "skip"}
z = np.linspace(-6, 6, 24001)
for name in ("gelu", "gelu_tanh", "silu", "mish"):
    f = act.get(name)(z)
    low_z = z[f.argmin()]
    print(f"{name:9} lowest: {f.min():.3f} at z = {low_z:.2f}")
apart = np.abs(act.gelu(z) - act.gelu_tanh(z)).max()
print(f"the two GELUs differ by {apart:.1e} at most")

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Kinks, and a unit that learns its own
#
# Maxout (Goodfellow et al. 2013) is the largest of $k$ sums: with two of them it can become a
# ReLU, an absolute value, or a line. The price is $k$ times the weights. Like ReLU it has
# **kinks**. If you check a gradient by $(f(z+h) - f(z-h))/2h$ and step across one, the
# check is wrong, not the gradient (lesson 10, still to come).

# %% slideshow={"slide_type": "skip"}
z, h, f = np.array([1e-6]), 1e-5, act.relu
checked = (f(z + h) - f(z - h)) / (2 * h)
print(f"ReLU at {z[0]}: slope {act.relu_derivative(z)[0]}, "
      f"checked {checked[0]:.2f}")
z = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
pair = np.stack([-z, z], axis=-1)
print("maxout of -z and z:", act.maxout(pair, k=2).ravel())

# %% [markdown] slideshow={"slide_type": "skip"}
# ### Half of the units at zero
#
# ReLU sets half of a centred, normalized input to zero. Batch normalization (lesson 4)
# scales its output by a learned $\gamma$ and shifts it by a learned $\beta$, "to keep ReLU
# from zeroing the negative half". Which of the two can?

# %% slideshow={"slide_type": "skip"}
z = np.random.default_rng(0).normal(size=10**6)
for gamma, beta in ((0.5, 0), (1, 0), (3, 0), (1, 1)):
    zero = np.mean(act.relu(gamma * z + beta) == 0)
    print(f"gamma {gamma}, beta {beta}: {zero:.2f} at zero")

# %% [markdown] slideshow={"slide_type": "skip"}
# Only $\beta$. A positive factor changes no sign, and a negative one swaps the halves.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## One knob: the slope below zero
#
# Back to leaky ReLU, 20 layers: from which $\alpha$ do He's weights ($2/n$) and the matched
# variance, $2/((1+\alpha^2)n)$, part? And what is $\alpha = 1$?

# %% [markdown] slideshow={"slide_type": "notes"}
# Left: the curve, its slope, and $\max(\alpha z, z)$ where that is something else. Right:
# gradients by layer, once with He's weights, once with the variance that this curve asks for.

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Ask for a guess of the $\alpha$ first; most say "at once", since theory says
# they differ. Go up slowly. Stop at 1 and let the hall name what it sees: a line, twenty
# matrices, and no bend.

# %% slideshow={"slide_type": "skip"}
def matched(alpha):
    def weights(shape, rng):
        scale = 2 / (1 + alpha**2)
        return init.variance_scaling(shape, rng, scale)

    return weights

# %% slideshow={"slide_type": "skip"}
def gradient(alpha, weights):
    f = act.variant("leaky_relu", alpha=alpha)
    net = deep(f, weights)
    rms = net.record(x, y).by_layer("gradient_rms")
    return rms / rms[:, -1:]

# %% slideshow={"slide_type": "skip"}
def draw_slope(alpha):
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.6))
    z = np.linspace(-3, 3, 121)
    draw(left, f"slope {alpha}", act.variant(
        "leaky_relu", alpha=alpha), z)
    if alpha > 1:
        left.plot(z, np.maximum(alpha * z, z), "k:", lw=2.5)
        left.text(-2.8, 2.4, r"dotted: $\max(\alpha z, z)$")
    left.set(xlim=(-3, 3), xlabel="z", ylabel="f, slope dashed")
    plots.by_layer({
        "He's weights": gradient(alpha, "he_normal"),
        "matched": gradient(alpha, matched(alpha)),
    }, ax=right, ylabel="gradient / layer 20")
    right.set(ylim=(0.1, 1e6))
    return figure

# %% slideshow={"slide_type": "skip"}
def what_is_seen(alpha):
    he = "stays nearly level over 20 layers"
    if alpha > 0.4:
        he = "grows from layer 20 down to layer 1"
    if alpha > 0.9:
        he = "explodes from layer 20 down to layer 1"
    left = f"Leaky ReLU with slope {alpha} below zero"
    if alpha == 1:
        left += ", a straight line"
    right = f"With He's weights its gradient {he}"
    return f"{left}. {right}; with matched weights it is level."

# %% slideshow={"slide_type": "-", "show": "output"}
alphas = [0, 0.01, 0.1, 0.3, 0.5, 1, 1.5]
plots.frame_slider(
    draw_slope, alphas, label="alpha", start=2, alt=what_is_seen
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# With the matched variance the gradient is level at *every* slope.

# %% [markdown] slideshow={"slide_type": "notes"}
# Up to about 0.3 He's weights do for the whole family, because $1 + \alpha^2$ is still close
# to 1. At $\alpha = 1$ there is no bend left and the variance of He's weights is twice too
# large. Signal and slope of these curves are *equal*, so one scale serves both. What differs is
# only how much bend is left to learn with.

# %% [markdown] slideshow={"slide_type": "skip"}
# ## The same in Keras
#
# Most are a name. Those with a parameter are layers, placed *after* a `Dense` without
# activation. Two are ours: Keras has no RReLU and no maxout.

# %% slideshow={"slide_type": "skip"}
import keras
import tensorflow as tf
from keras.layers import LeakyReLU, PReLU

from course_utils.in_keras import activations as in_keras


def dense(units, bend=None, weights="he_normal"):
    return keras.layers.Dense(
        units, activation=bend, kernel_initializer=weights)

# %% slideshow={"slide_type": "skip"}
model = keras.Sequential([
    keras.Input([784]),
    dense(100, "elu"),
    dense(100, "selu", "lecun_normal"),
    dense(100), LeakyReLU(negative_slope=0.2),
    dense(100), PReLU(),
    dense(100), in_keras.RReLU(),
    dense(100), in_keras.Maxout(2),
    dense(10),
])

# %% slideshow={"slide_type": "skip"}
# all six start as He has it, in both; RReLU takes its mean slope
below = [Dense(100, "he_normal") for _ in range(6)]
leaky = act.variant("leaky_relu", alpha=0.2)
bends = [Activate("elu"), Activate("selu"), Activate(leaky),
         bent.PReLU(0.0), bent.RReLU(), bent.Maxout(2)]
pairs = zip(below, bends, strict=True)
pieces = [p for pair in pairs for p in pair]
ours = network.Network(784, [*pieces, Dense(10)])
model.set_weights(ours.get_weights())

# %% slideshow={"slide_type": "skip"}
loss = keras.losses.SparseCategoricalCrossentropy(True)  # scores
with tf.GradientTape() as tape:
    value = loss(y, model(x))
by_tape = tape.gradient(value, model.trainable_variables)
by_hand = ours.loss_and_gradients(x, y)[1]

# %% slideshow={"slide_type": "skip"}
by_hand = [g for piece in by_hand for g in piece.values()]
for theirs, g in zip(by_tape, by_hand, strict=True):
    close = np.abs(theirs - g).max() < 1e-4 * np.abs(g).max()
    assert close
print(f"{len(by_hand)} gradients agree, slopes of PReLU included")

# %% [markdown] slideshow={"slide_type": "skip"}
# The gradients agree. The defaults do not:

# %% slideshow={"slide_type": "skip"}
minus_one = np.float32([[-1]])
defaults = {
    "LeakyReLU, the layer": LeakyReLU()(minus_one),
    "leaky_relu, the function":
        keras.activations.leaky_relu(minus_one),
    "PReLU, before training": PReLU()(minus_one),
}

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What does Keras take below zero?
#
# Three leaky ReLUs, and nobody set a slope:

# %% slideshow={"slide_type": "fragment", "show": "output"}
for name, value in defaults.items():
    print(f"{name}: slope {abs(float(value[0, 0])):.1f}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Three slopes, and none of them is the papers' 0.01 or 0.25. **Write the slope you mean.**

# %% [markdown] slideshow={"slide_type": "notes"}
# For PReLU: `alpha_initializer=keras.initializers.Constant(0.25)`.

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Ask for the default of `LeakyReLU()`. "0.01" is the usual answer, from the
# paper. Then ask who has compared a result of theirs with one from another library.

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Evidence
#
# Thirteen bends in five layers of 100, each with the initializer that texts give it (LeCun
# for SELU and maxout, Glorot for the S-shaped, He for the rest; maxout gets 200 sums, the larger
# of each two). Each at its own best rate of at least four, chosen on two seeds and fewer
# images. Then five *other* seeds. (Two hundred networks.)

# %% slideshow={"slide_type": "skip"}
bends = {
    "ReLU": "relu", "leaky 0.01": "leaky_relu",
    "leaky 0.2": leaky,
    "PReLU": bent.PReLU(0.25), "RReLU": bent.RReLU(),
    "ELU": "elu", "SELU": "selu", "GELU": "gelu", "SiLU": "silu",
    "Mish": "mish", "maxout": bent.Maxout(2), "tanh": "tanh",
    "sigmoid": "sigmoid",
}

# %% slideshow={"slide_type": "skip"}
own = {"SELU": "lecun_normal", "maxout": "lecun_normal",
       "tanh": "glorot_normal", "sigmoid": "glorot_normal"}
arms = {name: {
    "activation": f, "initializer": own.get(name, "he_normal"),
    "hidden": [200 if name == "maxout" else 100] * 5,
} for name, f in bends.items()}

# %% slideshow={"slide_type": "skip"}
half = {name: arm | {"n_train": 1200, "epochs": 3}
        for name, arm in arms.items()}
tuned = experiments.tune(
    trials.fit_mlp, half, [0.001, 0.003, 0.01, 0.03],
    seeds=[100, 101], extend=True,
)

# %% slideshow={"slide_type": "skip"}
whole = {"n_train": 3000, "epochs": 3}
arms = {name: arm | whole for name, arm in tuned.arms.items()}
final = experiments.run(trials.fit_mlp, arms, seeds=range(5))
short = {k: arms[k] | {"epochs": 1} for k in ("ReLU", "ELU")}
first = experiments.run(trials.fit_mlp, short, seeds=range(5))

# %% slideshow={"slide_type": "skip"} alt="Line chart of validation accuracy over the learning rate, logarithmic, for six activations. Most curves stay within a few points of their best over the whole range; those of ELU and SELU fall off at the largest rate."
few = ["ReLU", "leaky 0.2", "ELU", "SELU", "GELU", "tanh"]
swept = tuned.frame.query("arm in @few")
swept = swept.groupby(["arm", "learning_rate"], sort=False)
swept = swept.valid_accuracy.mean().reset_index()
ax = plots.learning_curves(swept, x="learning_rate")
settings = ax.set(xscale="log", ylim=(0.55, 0.8))

# %% [markdown] slideshow={"slide_type": "skip"}
# Over a thirtyfold range of rates most of these curves stay within a few points of their best;
# ELU and SELU are the first to fall off, on the right.

# %% slideshow={"slide_type": "skip"}
result = final.groupby("arm", sort=False).valid_accuracy
frame = result.agg(["mean", "min", "max"])
frame["best rate"] = tuned.best
table(frame, "Validation accuracy", digits=3, index=True)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: who beats ReLU?
#
# Leaky 0.01 and 0.2, PReLU, RReLU, ELU, SELU, GELU, SiLU, Mish, tanh, and maxout (the larger of
# two sums): five layers of 100, tuned, five seeds.
#
# For how many is the 95 % interval of the gain over ReLU above 0?
#
# - **A** all eleven
# - **B** about half
# - **C** three or fewer

# %% [markdown] slideshow={"slide_type": "notes"}
# The claims are judged as in lesson 1: two arms are compared seed by seed; the mean difference
# has a 95 % bootstrap interval; wholly above zero, the claim *holds*. A run that overflowed counts
# as guessing, 0.1.

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Each of the eleven has a paper in which it wins, so A and B are honest answers.
# After the vote ask how many of eleven true ties one would expect to see "hold" at 95 %. (2.5 %
# each, 0.3 in all; with five seeds somewhat more. And all eleven meet the same five runs of ReLU.)

# %% slideshow={"slide_type": "skip"}
evidence = []


def judge(claim, condition, unit, frame, *pair, **how):
    verdict = experiments.verdict(frame, *pair, **how)
    evidence.append(verdict.row(claim, condition, unit))

# %% slideshow={"slide_type": "skip"}
top = deaths.query("(layer == 3 or diverged) and unit == 'ReLU'")
for less, more in ((0.01, 0.03), (0.03, 0.07), (0.07, 0.1)):
    judge(f"more dead at rate {more} than {less}",
          "layer 3 of 3", "share of units", top,
          f"ReLU at {more}", f"ReLU at {less}",
          "never positive", diverged_as=1)

# %% slideshow={"slide_type": "skip"}
for name in ("leaky ReLU", "ELU"):
    for rate in (0.03, 0.07):
        judge(f"{name} beats ReLU", f"3 layers, rate {rate}",
              "accuracy", one, f"{name} at {rate}",
              f"ReLU at {rate}", "accuracy", diverged_as=0.1)

# %% slideshow={"slide_type": "skip"}
stds = selus[selus.arm == "as it should be"].melt(
    ["seed", "diverged"], ["start", "end"], "arm", "std")
stds["off"] = np.abs(np.log10(stds["std"]))
judge("SELU's outputs leave std 1 in training", "12 layers",
      "powers of ten", stds, "end", "start", "off")

# %% slideshow={"slide_type": "skip"}
for name in ("pixels 0 to 1", "He's weights", "dropout of 10 %"):
    judge(f"{name}: SELU does worse", "12 layers, tuned",
          "accuracy", selus, "as it should be", name,
          "valid_accuracy", diverged_as=0.1)

# %% slideshow={"slide_type": "skip"}
judge("ELU beats ReLU after one epoch", "5 layers, tuned",
      "accuracy", first, "ELU", "ReLU", "valid_accuracy")

# %% slideshow={"slide_type": "skip"}
judge("sigmoid beats tanh", "5 layers, tuned", "accuracy",
      final, "sigmoid", "tanh", "valid_accuracy")
for name in bends:
    if name not in ("ReLU", "sigmoid"):
        judge(f"{name} beats ReLU", "5 layers, tuned", "accuracy",
              final, name, "ReLU", "valid_accuracy")

# %% [markdown] slideshow={"slide_type": "skip"}
# First the claims of the earlier pages, then ELU's first epoch, and the sigmoid:

# %% slideshow={"slide_type": "skip"}
table(pd.DataFrame(evidence[:13]), digits=2)

# %% [markdown] slideshow={"slide_type": "skip"}
# Units die in numbers only where the rate is already too high, and neither leak nor exponential
# saves such a run. (At 0.03 the leak is worth two points though nearly nobody is dead there:
# whatever it helps with, it is not dying.) And the eleven:

# %% slideshow={"slide_type": "skip"}
eleven = pd.DataFrame(evidence[13:])
ends = eleven.interval.str.split(" to ", expand=True)
ends = ends.astype(float).map("{:.3f}".format)
eleven["interval"] = ends[0] + " to " + ends[1]
eleven["difference"] = eleven.difference.map("{:.3f}".format)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Three beat ReLU, by about a point

# %% slideshow={"slide_type": "-", "show": "output"}
columns = ["claim", "verdict", "difference", "interval"]
caption = "Accuracy: five layers, each tuned, five seeds"
table(eleven[columns], caption)

# %% [markdown] slideshow={"slide_type": "fragment"}
# **C.** RReLU, SiLU and SELU: intervals wholly above 0. Size alone does not count (leaky 0.2). With
# eleven comparisons on five seeds, one win may be luck.

# %% [markdown] slideshow={"slide_type": "notes"}
# That is after three epochs; the other eight cannot be told from ReLU. After *one* epoch ELU
# cannot be told from ReLU: the promised speed-up was not seen. Which curve wins is a *tuning
# question*, and a late one. The rate matters more.

# %% [markdown] slideshow={"slide_type": "skip"}
# ## What goes wrong in other texts
#
# | You may read | What we found |
# |---|---|
# | Dead units output 0 for ever. | In layer 1. Above it, at least as many came back as died. |
# | Leaky ReLU or ELU cures dying, so it wins. | At that rate they overflow or collapse; at good rates hardly a unit dies. |
# | Leaky ReLU is $\max(\alpha z, z)$. | Only for $\alpha \le 1$. |
# | ELU is smooth for $\alpha = 1$. | Its slope is; the second derivative jumps. |
# | ELU is slower, but needs fewer epochs. | The bend is, a training step much less; and after one epoch it was not ahead. |
# | PReLU and RReLU beat ReLU. | PReLU did not; its slopes stayed near their start. RReLU did, by a point. |
# | SELU keeps mean 0 and variance 1. | Before training. The scale of raw pixels it mends with depth; dropout, skips, other weights not. |
# | He's weights, for sigmoids too. | The 2 belongs to ReLU. At $z \sim N(0,1)$ a sigmoid hands on 0.15 as much slope as signal. |
# | $\gamma$ keeps ReLU from zeroing half. | Only $\beta$ does. |

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Summary
#
# - A layer needs a signal going up *and* a slope coming down; at a given variance of $z$ their
#   ratio is the curve's own.
# - ReLU units die at rates that are too high anyway; the bottom layer's stay dead.
# - SELU's constants solve two equations about an untrained layer, not about training.
# - Write the slope and the initializer that you mean.
# - After tuning, eight of eleven could not be told from ReLU.

# %% [markdown] slideshow={"slide_type": "notes"}
# Defaults differ between libraries, and even within one. We saw no curve that trains reliably
# much faster than ReLU. Defaults that serve: ReLU or leaky ReLU with He's weights; SELU, with
# LeCun's, in plain stacks; GELU or SiLU where others have tuned around them.

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Return to the names collected at the beginning: which of them would the hall
# change now, and for which reason that this hour has shown? "Because it is newer" is no longer one.

# %% [markdown] slideshow={"slide_type": "notes"}
# ## Now you
#
# [The exercises](exercises/03_activations.ipynb) answer at once. Warm-up: a softplus for all
# numbers. Hardest: one remedy for a network that does not learn, and why that one.
#
# Or change this lesson: put seven more 100s into the `sizes` of `count_dead`, or let `through`
# use GELU with `gain=np.sqrt(2.35)`, the root of the table's scale. Does its signal stay?

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Further reading
#
# - V. Nair, G. Hinton, *Rectified linear units improve restricted Boltzmann machines*, 2010;
#   A. Maas et al., *Rectifier nonlinearities improve neural network acoustic models*, 2013.
# - K. He et al., *Delving deep into rectifiers*, 2015, arXiv:1502.01852. PReLU.
# - B. Xu et al., *Empirical evaluation of rectified activations*, 2015, arXiv:1505.00853.
# - D. Clevert et al., *Fast and accurate deep network learning by ELUs*, 2015,
#   arXiv:1511.07289; J. Barron, *CELU*, 2017, arXiv:1704.07483.
# - G. Klambauer et al., *Self-normalizing neural networks*, 2017, arXiv:1706.02515.
# - L. Lu et al., *Dying ReLU and initialization*, 2019, arXiv:1903.06733.
# - I. Goodfellow et al., *Maxout networks*, 2013, arXiv:1302.4389.
# - D. Hendrycks, K. Gimpel, *GELUs*, 2016, arXiv:1606.08415; S. Elfwing et al., *SiLU*,
#   2017, arXiv:1702.03118; P. Ramachandran et al., *Searching for activation functions*,
#   2017, arXiv:1710.05941; D. Misra, *Mish*, 2019, arXiv:1908.08681.
