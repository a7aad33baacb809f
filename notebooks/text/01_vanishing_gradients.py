# %% [markdown] slideshow={"slide_type": "slide"}
# # 1. Vanishing gradients
#
# Two layers learn these images in seconds. Twenty layers of the very same units learn
# nothing at all, at every learning rate we tried. Nothing is wrong with the code.

# %% [markdown] slideshow={"slide_type": "fragment"}
# **Why?**

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Let the hall guess before anything is shown: "twenty layers, is that too
# hard, too slow, or something else?" Most say too slow. Come back to the guess on the slide that
# counts the weights that moved.

# %% [markdown] slideshow={"slide_type": "skip"}
# ## What you will be able to do
#
# - Say by which factor one layer shrinks or grows a gradient, before training anything.
# - Tell *vanishing*, *exploding* and *saturated* apart in a network that does not learn.
# - Explain why the textbook sentence "sigmoid with $N(0,1)$ weights vanishes" is true of
#   narrow networks only.
# - Read gradients layer by layer, in NumPy and in Keras.
#
# About an hour, and another for the exercises. You need backpropagation and the chain
# rule, no more.

# %% slideshow={"slide_type": "skip"}
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from course_utils import activations as act
from course_utils import initialization as init
from course_utils import vanishing_gradients as vg
from course_utils.lab import experiments, network, plots, trials
from course_utils.lab.display import show_source, table
from course_utils.lab.layers import Activate, Dense
from course_utils.lab.trials import deep
from course_utils.optimizers import SGD

plots.use_style()

# %% slideshow={"slide_type": "skip"}
images = trials.images()
x, y = images.train.x[:200], images.train.y[:200]
trained = images.train.x[:5000], images.train.y[:5000]
momentum = SGD(0.1, momentum=0.9)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The picture first
#
# Fashion-MNIST: photographs of clothes, ten classes. Same sigmoid units, 100 a layer, same
# steps. Only the number of layers differs.

# %% [markdown] slideshow={"slide_type": "notes"}
# We train on 5,000 images of 28 by 28 pixels, three times from different random starts, and
# validate on 5,000 others (momentum 0.9, batches of 32, rate 0.1). The cells below train six
# networks: some seconds.

# %% slideshow={"slide_type": "skip"}
sigmoid_net = {
    "activation": "sigmoid",
    "initializer": "lecun_normal",
    "learning_rate": 0.1,
    "epochs": 5,
    "every_epoch": True,
}
depths = {
    f"{n} layers": {"hidden": [100] * n, **sigmoid_net}
    for n in (2, 20)
}

# %% slideshow={"slide_type": "skip"}
curves = experiments.run(trials.fit_mlp, depths, seeds=range(3))

# %% slideshow={"slide_type": "-", "show": "output"} alt="Line chart of validation accuracy over five epochs of training. The network of 2 layers climbs to about 80 percent within two epochs; the network of 20 layers lies flat on the dotted line of chance, one image in ten, from first to last."
ax = plots.learning_curves(curves, chance=0.1)

# %% [markdown] slideshow={"slide_type": "notes"}
# The deep network answers as if it had never seen an image: one class in ten, by chance.
# `lecun_normal` draws weights with variance $1/n$ for a layer of $n$ inputs. Where inputs
# and outputs are equally many, that is also the size that textbooks list for sigmoid units.
# So what about the learning rate? We will come to it.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: how small?
#
# Take the untrained 20-layer network and show it 200 images. Let $z$ be a unit's sum before the
# sigmoid, and $\partial\,\text{Loss}/\partial z$ its gradient.
# **How many times smaller is it in layer 1 than in layer 20?**
#
# - **A** about 2
# - **B** about 100
# - **C** about a million
# - **D** about a million million

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Take a show of hands for each letter. Expect B and C to lead: a hundred
# sounds small enough for "does not learn". Ask somebody who chose B what one layer then loses.
# Over 19 steps a hundred is a factor of 1.3 each, a million is 2, a million million is 4. Do
# not say which is right; the next slide does.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## D: about a million million
#
# The size of the gradient $\partial\,\text{Loss}/\partial z$, layer by layer.

# %% [markdown] slideshow={"slide_type": "notes"}
# Plotted is the root mean square over units and images: how much one unit's pre-activation $z$
# matters for the loss. Layer 20 is next to the output.

# %% slideshow={"slide_type": "-", "show": "output"} alt="Dot chart of gradient size by layer on a logarithmic axis, for 20 layers of sigmoid units. The dots lie on a straight line that falls by twelve powers of ten from layer 20 down to layer 1."
nets = deep("sigmoid", "lecun_normal", seeds=range(5))
records = nets.record(x, y)
gradients = records.by_layer("gradient_rms")
ax = plots.by_layer({"sigmoid": gradients}, ylabel="gradient")

# %% slideshow={"slide_type": "skip"}
factor = np.median(gradients[:, 0] / gradients[:, -1])
print(f"layer 1 over layer 20: {factor:.1e}")
print(f"per layer:             {factor ** (1 / 19):.2f}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **A straight line on a log axis is a product**: a little less than 1/4 a layer.

# %% [markdown] slideshow={"slide_type": "notes"}
# Every layer multiplies by about the same factor, and 19 such factors make the million million.
# The gradients that training uses, those of the weights, fall nearly alike.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Does it matter?
#
# A gradient of $10^{-14}$ is still a gradient. But a 32-bit weight does not feel a step a hundred
# million times smaller than itself. Weights that one epoch changed:

# %% [markdown] slideshow={"slide_type": "notes"}
# A weight's gradient is that number times the activation below it, so it is about as small.
# Train for one epoch and count the weights that are different afterwards.

# %% slideshow={"slide_type": "skip"}
net = deep("sigmoid", "lecun_normal")
before = net.get_weights()[::2]  # every second array is a bias
net.fit(*trained, epochs=1, optimizer=momentum)
after = net.get_weights()[::2]

# %% slideshow={"slide_type": "fragment", "show": "output"}
for k in (1, 2, 3, 4, 8, 12, 20):
    moved = np.count_nonzero(after[k - 1] != before[k - 1])
    print(f"layer {k:2}: {moved:5} of {after[k - 1].size} moved")

# %% [markdown] slideshow={"slide_type": "fragment"}
# The lowest layers are not slow. They are **frozen**. (Then why do the top ones not learn without
# them?)

# %% [markdown] slideshow={"slide_type": "notes"}
# After 157 steps nearly all of their weights are, bit for bit, the random numbers they started
# with. Only a weight next to zero can feel so small a step.

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Before the counts appear: "10,000 weights in layer 2, 157 steps. How many
# have changed?" Answers between "all, a little" and "half" are usual. Then return to the
# opening guess: "too slow" would be a small change, and this is none. Leave the last question
# open until somebody asks it again: a frozen layer is still a random one, and many networks learn
# on top of random layers. Here nothing of the image arrives there; the notebook counts it, under
# "The mean of one half".

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A larger learning rate, then?
#
# The gradient is too small, so multiply it: by ten, by a hundred, by a thousand.

# %% slideshow={"slide_type": "fragment", "show": "output"}
rates = {
    str(rate): depths["20 layers"] | {"learning_rate": rate}
    for rate in (0.1, 1, 10, 100)
}
tried = experiments.run(trials.fit_mlp, rates, seeds=[0])
best = tried.groupby("arm", sort=False).valid_accuracy.max()
for rate, score in best.items():
    print(f"rate {rate:>3}: best accuracy {score:.3f}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Chance, at every rate: a thousand is a few layers' worth of a million million.

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Ask what would happen if we multiplied by the whole million million. Layer 1
# would move, and layer 20, whose gradient was fine, would be thrown out of the picture: one
# rate cannot serve both.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Where the factor comes from
#
# A layer computes $z_l = a_{l-1} W_l + b_l$ and $a_l = f(z_l)$. Call the error signal
# $\delta_l = \partial\,\text{Loss} / \partial z_l$.

# %% [markdown] slideshow={"slide_type": "fragment"}
# The chain rule passes it down, one layer at a time:
#
# $$\delta_l = \left(\delta_{l+1} W_{l+1}^\top\right) \odot f'(z_l)$$

# %% [markdown] slideshow={"slide_type": "fragment"}
# Two things multiply it on its way: **the weights**, and **the slope** $f'$.

# %% [markdown] slideshow={"slide_type": "notes"}
# A weight's own gradient follows from it: $\partial\,\text{Loss}/\partial W_l =
# a_{l-1}^\top \delta_l$. In the notebook the chain rule's line stands as code, from the network we
# just trained, in two halves (`swapaxes` transposes; `slope_from_output` is a shortcut, see
# exercise 1).

# %% slideshow={"slide_type": "skip"}
show_source(Dense.backward, Activate.backward)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The slope: never above 1/4
#
# The sigmoid, and below it its slope $f'$:

# %% slideshow={"slide_type": "-", "show": "output"} alt="The S-shaped sigmoid over its input z, and its slope, a low bell. The slope reaches one quarter at z = 0 and nearly nothing beyond z = 4 on either side, where the curve is flat and the picture shaded."
curve = {"sigmoid": (act.sigmoid, act.sigmoid_derivative)}
ax = plots.function_and_slope(curve, saturated=0.05 / 4)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Weights of variance $1/n$ keep the size. The 19 slopes alone cost at least $4^{19} \approx 3 \cdot
# 10^{11}$.

# %% [markdown] slideshow={"slide_type": "notes"}
# Weights of variance $1/n$ in a layer of $n$ units neither grow nor shrink what they carry, so
# slopes are all that is left. Where the curve is flat (shaded: less than 5 % of the steepest
# slope) a unit is *saturated* and passes on almost nothing.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Two numbers a layer
#
# In a wide layer each $z$ is a sum of $n$ small random terms, so it is close to normal:
# $z \sim N(0, q)$. Let $\sigma_w$ be the weights' standard deviation, and $E$ the mean over $z$.

# %% [markdown] slideshow={"slide_type": "fragment"}
# **Forward**, the variance becomes
#
# $$q_{\text{next}} = n\,\sigma_w^2\; E[f(z)^2]$$

# %% [markdown] slideshow={"slide_type": "fragment"}
# **Backward**, the squared gradient is multiplied by
#
# $$\chi = n\,\sigma_w^2\; E[f'(z)^2]$$

# %% [markdown] slideshow={"slide_type": "fragment"}
# $\chi$ below 1: gradients **vanish**. $\chi$ above 1: they **explode**.

# %% [markdown] slideshow={"slide_type": "notes"}
# Biases are 0. Going forward $n$ counts a layer's inputs, going backward its outputs. From layer
# 20 down to layer 1 the square is multiplied by $\chi^{19}$, the gradient by $\chi^{19/2}$.

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* The one formula worth writing on the board. Ask: "weights ten times as large,
# what happens to $\chi$?" The hall says "a hundred times larger", and forgets that $q$ grows,
# too, so that $f'$ falls. Leave it there: the second prediction lives on it.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The formula is the code
#
# One line of Python for each: `fan_in` and `fan_out` are $n$, `gaussian_mean` is $E$.

# %% slideshow={"slide_type": "-", "show": "output"}
show_source(vg.forward_variance, vg.backward_gain, doc=False)

# %% [markdown] slideshow={"slide_type": "fragment"}
# For **ReLU** half of the units have slope 1, the others 0: $E[f'(z)^2] = 1/2$, and weights of
# variance $2/n$ make $\chi$ exactly 1.

# %% [markdown] slideshow={"slide_type": "notes"}
# That needs no computer, and it is He initialization, one lesson early. (The computer takes the
# mean as a sum over a grid of $z$.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Theory as lines, networks as dots
#
# Nothing is fitted. Variance of the weights: $1/n$ with sigmoid and tanh, $2/n$ with ReLU.

# %% [markdown] slideshow={"slide_type": "notes"}
# The lines need the scale of the weights and the variance of the first layer's $z$;
# `vg.propagate` applies the two formulas from there, layer after layer. The dots come from five
# random networks of each kind and 200 real images. In a layer as wide as the one below, Glorot's
# weights are those of variance $1/n$; He's are those of variance $2/n$.

# %% slideshow={"slide_type": "skip"}
kinds = {
    "sigmoid, 1/n": ("sigmoid", "lecun_normal"),
    "tanh, Glorot": ("tanh", "glorot_normal"),
    "ReLU, He": ("relu", "he_normal"),
}


def theory(activation, std, records, width=100, depth=20):
    f = act.get(activation)
    first = np.mean(records.by_layer("z_rms")[:, 0] ** 2)
    return vg.propagate(
        f.function, f.derivative, width, std, depth, first
    )

# %% slideshow={"slide_type": "skip"}
measured, expected, rows = {}, {}, []
for name, (activation, initializer) in kinds.items():
    nets = deep(activation, initializer, seeds=range(5))
    seen = nets.record(x, y)
    rms = seen.by_layer("gradient_rms")
    measured[name] = rms / rms[:, -1:]
    line = theory(activation, seen[1].weights.std(), seen)
    expected[name] = line.gradient
    seen_factor = np.median(rms[:, 9] / rms[:, 18]) ** (1 / 9)
    chi = line.gain[-1]
    rows.append([name, chi, np.sqrt(chi), seen_factor])
columns = ["network", "chi", "root of chi", "measured a layer"]
factors = pd.DataFrame(rows, columns=columns)

# %% slideshow={"slide_type": "-", "show": "output"} tags=["readme"] alt="Gradient size by layer, relative to layer 20, on a logarithmic axis, for three kinds of network. Theory's lines run through the measured dots: sigmoid units fall by twelve powers of ten towards layer 1, tanh with Glorot's weights by less than one, ReLU with He's weights not at all."
ax = plots.by_layer(
    measured, expected, ylabel="gradient, relative to layer 20"
)

# %% [markdown] slideshow={"slide_type": "notes"}
# A few lines of arithmetic know the gradients of a network before it sees a batch. The notebook
# lists the factor per layer, in theory and between layers 19 and 10.

# %% slideshow={"slide_type": "skip"}
table(factors, digits=3)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The sigmoid loses a factor of four a layer, tanh a little, ReLU nothing.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: which ones vanish?
#
# "Sigmoid units with weights from $N(0, 1)$: that is the combination that made gradients
# vanish." You can read it in well-known books. These weights are *much* larger than before: at
# 100 units a layer, ten times.
#
# 20 such layers, 10, 100 or 1,000 units wide. **Where do gradients vanish?**
#
# - **A** at every width
# - **B** only in narrow networks
# - **C** only in wide networks
# - **D** nowhere

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Let people vote, then ask for a reason. Most choose A, because they have read
# it, or C: "more inputs, larger $z$, flatter units, smaller gradients". That chain is right up
# to its last step: a gradient also passes through the weights, and these are large. Do not
# correct it yet.

# %% slideshow={"slide_type": "skip"}
def by_layer(seed, weights, width):
    net = deep("sigmoid", weights, width, seeds=seed)
    seen = net.record(x, y)
    hidden, frame = seen.layers[:-1], seen.frame[:-1]
    slope = act.sigmoid_derivative
    flat = [vg.saturated_fraction(k.z, slope) for k in hidden]
    return pd.DataFrame({
        "layer": frame.layer,
        "gradient": np.log10(frame.gradient_rms),
        "variance": 2 * np.log10(frame.z_rms),
        "saturated": flat,
        "width": width,
    })

# %% slideshow={"slide_type": "skip"}
small = {"weights": "lecun_normal", "width": 100}
looks = {"1/n, width 100": small}
for width in (10, 22, 46, 100, 220, 460, 1000):
    large = {"weights": init.normal(1), "width": width}
    looks[f"N(0,1), width {width}"] = large
sweep = experiments.run(by_layer, looks, seeds=range(5))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## B: only the narrow ones
#
# Each column is one width, five networks. Gradient against layer 20's: blue smaller, red larger,
# black line equal.

# %% slideshow={"slide_type": "-", "show": "output"} tags=["readme"] alt="Heat map of gradient over layer 20's gradient in powers of ten, layers upwards, widths from 10 to 1,000 units to the right. Narrow networks turn deep blue towards layer 1, wide ones deep red; the line where nothing changes stands near a width of 100."
unit = sweep[sweep.arm.str.startswith("N(0,1)")]
gradient = unit.pivot_table("gradient", "layer", "width")
ratio = (gradient - gradient.loc[20]).loc[:19]
ax = plots.heatmap(
    ratio.to_numpy(),
    rows=ratio.index,
    columns=ratio.columns,
    xlabel="units a layer",
    ylabel="layer",
    label="log10 of gradient over layer 20's",
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Narrow networks lose gradient on the way down; in wide ones it **explodes**.

# %% [markdown] slideshow={"slide_type": "notes"}
# At 1,000 units and 20 layers they grow by more than a factor of $10^4$.

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Give the hall a moment: what does white mean, where is layer 1? Then ask who
# chose A, and which book it was. Nobody has to defend it: in narrow networks it is true.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Saturated is not vanishing
#
# The line stands about where $\chi = 1$. For wide layers theory can say where that is:

# %% slideshow={"slide_type": "-", "show": "output"}
f, slope = act.sigmoid, act.sigmoid_derivative
critical = vg.critical_width(f, slope)
print(f"theory: chi = 1 at a width of {critical:.0f}")


def deep_chi(width):
    q = vg.deep_variance(f, width, 1.0)
    return float(vg.backward_gain(q, slope, width, 1.0))

# %% slideshow={"slide_type": "fragment", "show": "output"}
summary = pd.DataFrame({
    "log10(layer 1 / layer 20)": ratio.loc[1],
    "in theory": [9.5 * np.log10(deep_chi(n)) for n in ratio],
    "share saturated": unit.groupby("width").saturated.mean(),
})
table(summary, digits=2, index=True)

# %% [markdown] slideshow={"slide_type": "fragment"}
# At 1,000 units most are saturated, and gradients *grow*: **saturated and vanishing are two
# different things.**

# %% [markdown] slideshow={"slide_type": "notes"}
# A few steep units, met through huge weights, carry more than all the flat ones lose. So look
# at both before you name the disease.

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* "Which column would you look at to find a vanishing gradient?" Expect "the
# last". Read its bottom row with the hall: most units flat, gradients up by four powers
# of ten.

# %% [markdown] slideshow={"slide_type": "skip"}
# In a wide layer $q \approx n/2$, so $z$ has density $1/\sqrt{\pi n}$ near 0, where all the
# slope is, and $\int f'(z)^2 dz = 1/6$. Hence $\chi = n\,E[f'(z)^2] \approx
# \sqrt{n}/(6\sqrt{\pi})$, which is 1 at $n = 36\pi \approx 113$: a pencil gets within a
# tenth of the computer's 103.
#
# Theory averages over the units of a wide layer. In narrow ones gradients shrink by more than it
# says: ten units and twenty layers, by more than a power of ten. From 100 units on the two
# columns agree to half a power.

# %% [markdown] slideshow={"slide_type": "skip"}
# ### Where are the saturated units?
#
# The same networks, by layer. Texts say that variance grows from layer to layer until the
# top saturates.

# %% slideshow={"slide_type": "skip"}
flat = unit.pivot_table("saturated", "width", "layer")
table(flat[[1, 2, 5, 10, 15, 20]], digits=2, index=True)

# %% [markdown] slideshow={"slide_type": "skip"}
# Layer 1 is saturated at every width, because 784 pixels feed it. Above it the share depends
# on the width, not on the height: it neither grows nor shrinks toward the top.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What Glorot and Bengio saw, repeated
#
# Four sigmoid layers, weights of variance $1/(3n)$, as in 2010. **In training** the outputs of one
# layer fall to nearly 0. Which?

# %% [markdown] slideshow={"slide_type": "notes"}
# The 2010 paper that made this famous did not use $N(0,1)$: its "standard" weights were uniform
# on $\pm 1/\sqrt{n}$, variance $1/(3n)$, and its nets had up to five hidden layers. It reports that
# the *top* hidden layer saturates, stays there for a while, and then frees itself. Let us look,
# with four hidden layers.

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Take the vote before the picture: first, last, or all? Most say the first,
# because the heat map was darkest there. Ask which layer the loss can change most easily: the one
# whose gradient has not vanished.

# %% slideshow={"slide_type": "skip"}
uniform = "glorot_2010_standard"
nets = deep("sigmoid", uniform, depth=4, seeds=range(5))
sleep = nets.fit(
    *trained, 10, optimizer=momentum, record_every=25
)

# %% slideshow={"slide_type": "skip"}
def draw_sleep(frame, epochs):
    _, (top, below) = plt.subplots(2, sharex=True, figsize=(9, 6))
    means = frame.pivot_table("a_mean", "step", "layer")
    for k, style in enumerate(("--", "-.", ":", "-"), start=1):
        top.plot(means[k], style, lw=1 + k, label=f"layer {k}")
    accuracy = epochs.groupby("epoch").accuracy.mean()
    below.plot(157 * accuracy.index, accuracy, "ko-")
    below.axhline(0.1, ls=":", color="gray")
    top.set_ylabel("mean activation")
    top.legend(ncols=2)
    below.set(xlabel="training step", ylabel="accuracy")

# %% slideshow={"slide_type": "fragment", "show": "output"} alt="Two line charts over the same training steps. Above, each layer's mean activation starts at one half; layer 4's alone drops to nearly 0 at once, stays, and rises a little later. Below, accuracy sits at chance for as long as layer 4 is down, and climbs when it wakes up."
draw_sleep(sleep.record_frame, sleep.frame)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The *top* layer falls asleep. Until it wakes up, accuracy sits at chance.

# %% [markdown] slideshow={"slide_type": "notes"}
# Layer 4's mean activation falls from 0.5 to nearly 0, the flat end of the sigmoid, within the
# first epoch. Glorot and Bengio's explanation: the top is still random noise, so the quickest
# way to a better loss is not to listen to it. Later signal arrives from below, and layer 4
# begins to wake up. With five layers, they report, it never did.

# %% [markdown] slideshow={"slide_type": "skip"}
# ## The mean of one half
#
# A sigmoid's output is always positive, 0.5 on average. That constant travels up through
# every layer and is the same for **every image**. What remains of the image itself? Split
# the mean square of $z$ into what all images share and what tells them apart.

# %% slideshow={"slide_type": "skip"}
shares = {}
for name, (activation, initializer) in kinds.items():
    seen = deep(activation, initializer).record(x, y)
    hidden = seen.layers[:-1]
    share = [vg.image_share(layer.z) for layer in hidden]
    shares[name] = np.array(share)

# %% slideshow={"slide_type": "skip"} alt="Line chart, by layer and on a logarithmic axis, of the share of a pre-activation that tells images apart. With tanh and ReLU it stays within a power of ten; with sigmoid units it falls by more than a power of ten a layer and levels off from layer 13 on, where 32-bit numbers end."
ax = plots.by_layer(shares, ylabel="share that shows the image")

# %% slideshow={"slide_type": "skip"}
share = shares["sigmoid, 1/n"]
print(f"layer 10: images differ by {np.sqrt(share[9]):.0e} of z")
per_layer = (share[8] / share[3]) ** (1 / 5)
print(f"per layer: share times {per_layer:.3f}")
print(f"theory:            chi {factors.chi[0]:.3f}")

# %% [markdown] slideshow={"slide_type": "skip"}
# Ten sigmoid layers up, what tells two images apart is a few millionths of $z$ (further up,
# the dots level off where 32-bit numbers end). So the top layers, whose gradients are fine,
# learn nothing either: **nothing about the image reaches them.** It is the same disease: a
# small difference, squared, is multiplied by $\chi$ a layer going up, as the squared
# gradient is coming down.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## One knob: the scale of the starting weights
#
# tanh, 20 layers of 100 units, weights with standard deviation $s/\sqrt{n}$. At which $s$ is the
# ratio above the right panel nearest to 1? What does the left one do at $s = 4$?

# %% slideshow={"slide_type": "skip"}
def record_tanh(s):
    def weights(shape, rng):
        return init.variance_scaling(shape, rng, s**2)

    return deep("tanh", weights).record(x, y)

# %% slideshow={"slide_type": "skip"}
def draw_scale(s):
    seen = record_tanh(s)
    rms = seen.by_layer("gradient_rms")[0]
    line = theory("tanh", s / 10, seen).gradient
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.6))
    shown = [1, 5, 10, 15, 20]
    a = [seen[k - 1].a for k in shown]
    plots.ridges(a, layers=shown, xlim=(-1.05, 1.05), ax=left)
    dots = {"network": rms / rms[-1]}
    plots.by_layer(dots, {"network": line}, ax=right)
    left.set_xlabel("activation")
    right.set(ylim=(1e-13, 1e7), ylabel="gradient / layer 20")
    right.set_title(f"layer 1 / layer 20: {rms[0] / rms[-1]:.2g}")
    return figure

# %% slideshow={"slide_type": "skip"}
def describe(s):
    what = "activations and gradients get through all layers"
    if s < 1:
        what = "activations shrink going up, gradients going down"
    if s > 1.5:
        what = "most activations near -1 or 1, and gradients grow"
    return (
        f"Scale {s:g}. Left, histograms of activations by layer; "
        f"right, gradients by layer on a log axis: {what}."
    )

# %% slideshow={"slide_type": "-", "show": "output"}
scales = [0.25, 0.5, 0.75, 0.9, 1.0, 1.1, 1.25, 1.5, 2, 4]
plots.frame_slider(
    draw_scale,
    scales,
    label="scale s",
    alt=describe,
    start=1,
    dpi=110,
)

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Let the hall say "left" or "right" and move for them (arrow keys work once the
# slider has the focus). Most expect exactly $s = 1$. Then ask for a prediction at 4: "vanishing,
# since all units are saturated" is the usual answer, and the wrong one.

# %% [markdown] slideshow={"slide_type": "notes"}
# Well below 1 both shrink: the signal dies on its way up, the gradient on its way down. From
# about 1 to 1.5 both get through; the right panel is flattest a little above 1, because the
# slope of tanh is below 1 away from 0. At 4 most units sit at $\pm 1$ and the gradient grows
# by a factor of thousands. Activations spread evenly over their range, in every layer: that
# is what good weights are for; [lesson 2](02_initialization.ipynb) finds them for any activation.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: which one overflows?
#
# Now let them explode: 20 layers, 100 units wide, learning rate 0.01. One network has **tanh**
# units and $N(0,1)$ weights, the other **ReLU** and weights 1.5 times He's.
# **Which reaches infinity, and at which step?**
#
# - **A** only tanh
# - **B** only ReLU
# - **C** both
# - **D** neither

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Expect C: "both explode, so both overflow". Ask those who chose B what stops
# tanh: its outputs end at 1, whatever the weights. If somebody says "after some hundred steps",
# remember the number for the next slide.

# %% slideshow={"slide_type": "skip"}
def larger_he(shape, rng):
    return 1.5 * init.he_normal(shape, rng)


def explode(net):
    sgd = SGD(0.01)
    return net.fit(*trained, 1, optimizer=sgd, record_every=1)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## B: only ReLU, in the third step

# %% slideshow={"slide_type": "-"}
tanh_net = deep("tanh", init.normal(1))
thrown = explode(tanh_net)
print(f"tanh: loss {thrown.frame.loss[0]:.2f}, no error")
try:
    explode(deep("relu", larger_he))
except network.DivergenceError as error:
    print(f"ReLU: {error}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# ReLU has no ceiling, tanh's outputs have one. **Explosion need not end in infinity or NaN**: here it ends in a loss far worse than guessing ($\ln 10 = 2.30$).

# %% [markdown] slideshow={"slide_type": "notes"}
# Steps count from 0, and the run says where it broke. The tanh network is easy to mistake for
# bad luck. What happened to it? (Explosions are met most often in recurrent networks, which
# apply one layer hundreds of times: [lesson 5](05_gradient_clipping.ipynb).)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Look at the bottom, in the first step
#
# The tanh network: size of the step over size of the weights. Red: the step is larger.

# %% slideshow={"slide_type": "-", "show": "output"} alt="Heat map of the size of each update relative to the weights, in powers of ten, over the first 20 steps and by layer. At step 0 the lowest layers are deep red, updates more than a thousand times the weights. Right after it they are deep blue and hardly move again."
first = thrown.record_frame.query("step < 20 and layer <= 20")
update = first.pivot_table("update_ratio", "layer", "step")
ax = plots.heatmap(
    np.log10(update.clip(lower=1e-4)).to_numpy(),
    rows=update.index,
    columns=update.columns,
    contour=None,
    xlabel="training step",
    ylabel="layer",
    label="log10 of update / weights (-4: or less)",
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The lowest layers are thrown a thousand times their own size, then lie still: **an explosion that
# ends as a vanishing.**

# %% slideshow={"slide_type": "skip"}
print(f"step 0, layer 1: {update[0][1]:.0f} times the weights")
after_it = tanh_net.record(x, y)
for k in (1, 2, 5, 20):
    zero = np.mean(1 - after_it[k - 1].a ** 2 == 0)
    print(f"layer {k:2}: slope exactly 0 in {zero:6.1%} of units")

# %% [markdown] slideshow={"slide_type": "notes"}
# After that first step nearly all units in the lowest layers are so flat that their slope is zero
# to the last bit. It shows first at the bottom, and at once; a loss curve would only say "does
# not learn".

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The same network in Keras
#
# `GradientTape` shows the gradients of each layer. (Layer 21 is the output; layer 1 has 784 inputs.)

# %% [markdown] slideshow={"slide_type": "notes"}
# We hand Keras our weights, so that its numbers can be held against ours.

# %% slideshow={"slide_type": "skip"}
import keras
import tensorflow as tf

ours = deep("sigmoid", "lecun_normal")
hidden = [keras.layers.Dense(100, "sigmoid") for _ in range(20)]
model = keras.Sequential([keras.Input([784]), *hidden])
model.add(keras.layers.Dense(10))
model.set_weights(ours.get_weights())

# %% slideshow={"slide_type": "-", "show": "input"}
cross_entropy = keras.losses.SparseCategoricalCrossentropy
loss = cross_entropy(from_logits=True)
with tf.GradientTape() as tape:
    value = loss(y, model(x, training=True))
tape_gradients = tape.gradient(value, model.trainable_variables)

# %% slideshow={"slide_type": "fragment", "show": "output"} alt="Dot chart of the norm of each layer's weight gradient on a logarithmic axis, over 21 layers. Every ring from Keras encloses a dot from our own NumPy code."
by_hand = ours.record(x, y).frame.weight_gradient_norm
by_tape = [np.linalg.norm(g) for g in tape_gradients[::2]]
ax = plots.by_layer({"NumPy": by_hand}, ylabel="norm of dLoss/dW")
rings = {"fillstyle": "none", "markersize": 13, "label": "Keras"}
ax.plot(range(1, 22), by_tape, "o", color="black", **rings)
_ = ax.legend()

# %% slideshow={"slide_type": "skip"}
agree = np.allclose(by_tape, by_hand, rtol=1e-3)
print("Keras and NumPy agree in every layer:", agree)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict: who learns?
#
# Four networks of 20 layers, 100 units wide, each at its own best learning rate, three epochs.
# **Which ends last, and which first?**
#
# - **A** sigmoid, weights of variance $1/n$
# - **B** sigmoid, weights from $N(0,1)$
# - **C** tanh, Glorot's weights
# - **D** ReLU, He's weights

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Have two votes. For the last place most choose B, the weights that books blame,
# for the first D, because "everybody uses ReLU". Let somebody argue from the heat map: what was
# $\chi$ for B at a width of 100? That is all one needs to get the last place right.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## A ends last, C first
#
# Best of five learning rates for each (first row: a tie of all), then five *other* seeds.

# %% [markdown] slideshow={"slide_type": "notes"}
# One run proves nothing, and one learning rate may favour one side. The rates are chosen on two
# seeds and half of the images. The same seed means the same batches for everyone. (Sixty
# networks: the next cells take a while.)

# %% slideshow={"slide_type": "skip"}
common = {"hidden": [100] * 20, "epochs": 3}
arms = {
    "sigmoid, 1/n": {"initializer": "lecun_normal"},
    "sigmoid, N(0,1)": {"initializer": init.normal(1)},
    "tanh, Glorot": {"initializer": "glorot_normal"},
    "ReLU, He": {"initializer": "he_normal"},
}
for name, arm in arms.items():
    arm |= {"activation": name.split(",")[0].lower(), **common}

# %% slideshow={"slide_type": "skip"}
rates = [0.0003, 0.001, 0.003, 0.01, 0.03]
half = {k: arm | {"n_train": 2500} for k, arm in arms.items()}
tuned = experiments.tune(
    trials.fit_mlp, half, rates, seeds=[100, 101]
)

# %% slideshow={"slide_type": "skip"}
for name, rate in tuned.best.items():
    arms[name]["learning_rate"] = rate
final = experiments.run(trials.fit_mlp, arms, seeds=range(5))

# %% slideshow={"slide_type": "-", "show": "output"}
result = final.groupby("arm", sort=False).valid_accuracy
frame = result.agg(["mean", "min", "max"])
frame["best rate"] = tuned.best
frame = frame.rename_axis("network")
table(frame, "Validation accuracy", digits=3, index=True)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The blamed weights, $N(0,1)$, make the *better* deep sigmoid network of the two: at 100
# units their $\chi$ happens to be close to 1.

# %% [markdown] slideshow={"slide_type": "fragment"}
# tanh wins here, though its $\chi$ is a little below 1: nearest to 1 is not best. $\chi$ speaks of
# the start, not of all that follows.

# %% [markdown] slideshow={"slide_type": "notes"}
# **A** ends last, **C** first. With the smaller weights the sigmoid network stays at chance at
# every rate (so its "best" is a tie). The networks in the two lower rows learn well; and all
# of this is after three epochs.

# %% [markdown] slideshow={"slide_type": "skip"}
# ## The claims, judged
#
# A verdict compares two arms seed by seed. Its mean difference has a 95 % bootstrap
# interval: wholly above zero, the claim *holds*; wholly below, it is *contradicted*; else *no
# difference* was *seen*. Gradients and variances are compared in powers of ten.

# %% slideshow={"slide_type": "skip"}
evidence = []


def judge(claim, condition, unit, *arguments):
    verdict = experiments.verdict(*arguments)
    evidence.append(verdict.row(claim, condition, unit))

# %% slideshow={"slide_type": "skip"}
claims = {
    "gradient larger in layer 20 than 1": ("1", "gradient"),
    "variance larger in layer 20 than 2": ("2", "variance"),
    "more saturated in layer 20 than 2": ("2", "saturated"),
}
units = {"saturated": "share of units"}
layered = sweep.assign(arm="layer " + sweep.layer.astype(str))
for claim, (low, metric) in claims.items():
    for width in (10, 100, 1000):
        condition = f"N(0,1), width {width}"
        frame = layered[sweep.arm == condition]
        unit = units.get(metric, "powers of ten")
        pair = "layer 20", f"layer {low}", metric
        judge(claim, condition, unit, frame, *pair)

# %% slideshow={"slide_type": "skip"}
frame = layered[sweep.arm == "1/n, width 100"]
pair = "layer 20", "layer 1", "gradient"
claim = "gradient larger in layer 20 than 1"
judge(claim, "1/n, width 100", "powers of ten", frame, *pair)

frame = sleep.record_frame.query("layer == 4")
frame = frame[frame.step.isin([0, 300])]
frame = frame.assign(arm="step " + frame.step.astype(str))
pair = "step 0", "step 300", "a_mean"
claim = "top layer's output falls in training"
judge(claim, "1/(3n), 4 layers", "activation", frame, *pair)

# %% slideshow={"slide_type": "skip"}
for better, than in (
    ("sigmoid, 1/n", "sigmoid, N(0,1)"),
    ("tanh, Glorot", "sigmoid, N(0,1)"),
    ("ReLU, He", "tanh, Glorot"),
):
    pair = better, than, "valid_accuracy"
    claim = f"{better} beats {than}"
    judge(claim, "20 layers, tuned", "accuracy", final, *pair)

# %% slideshow={"slide_type": "skip"}
table(pd.DataFrame(evidence[:10]), digits=2)

# %% slideshow={"slide_type": "skip"}
table(pd.DataFrame(evidence[10:]), digits=2)

# %% [markdown] slideshow={"slide_type": "skip"}
# Gradients in deep sigmoid networks vanish with weights of variance $1/n$. With $N(0,1)$ it
# *depends on the width*. Variance and saturation do not grow toward the top at any width; what
# does saturate is the top layer, *in training*, with the small weights of 2010. The first
# table is all for 20 layers at the start of training, on these images.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What goes wrong in other texts
#
# | You may read | What we found |
# |---|---|
# | Sigmoid with $N(0,1)$ makes gradients vanish. | Below about 100 units a layer; above, they explode. |
# | Variance grows layer by layer until the top saturates. | It does not grow. In the small nets of 2010 the top falls to nearly 0 *in training*. |
# | Glorot and Bengio blamed $N(0,1)$. | Their "standard" is uniform, variance $1/(3n)$. |
# | Saturated units, so vanishing gradients. | At 1,000 units most are saturated and gradients grow. |
# | An explosion shows as NaN. | Not in our tanh network: every number stayed finite. |
# | Be patient, or raise the rate. | Steps below the last bit never add up. A thousand times the rate: still chance. |

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Read the left column first, row by row: "who has read this sentence, and what
# would you answer now?" What we say about $N(0,1)$ has its verdicts over five seeds in the
# notebook, under "The claims, judged".

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Ways out
#
# The first two set $\chi$ near 1; the third holds what each layer receives; the fourth begins with
# trained layers; the fifth copes. (Shortcuts around layers are a sixth.)
#
# 1. weights of the right size: [lesson 2, initialization](02_initialization.ipynb)
# 2. an activation whose slope is 1 where it matters:
#    [lesson 3, activations](03_activations.ipynb)
# 3. giving every layer inputs of one mean and variance, as you train:
#    [lesson 4, batch normalization](04_batch_normalization.ipynb)
# 4. starting from layers that already work:
#    [lesson 6, transfer learning](06_transfer_learning.ipynb)
# 5. steps that bear it: [lesson 5, gradient clipping](05_gradient_clipping.ipynb), when they
#    explode, and [lesson 7, optimizers](07_optimizers.ipynb), when layers differ

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Summary
#
# - Backpropagation multiplies the error by one factor a layer; depth makes it a power.
# - For wide random layers the squared factor is $\chi = n\,\sigma_w^2\,E[f'(z)^2]$.
# - $\chi$ governs images going up as well as gradients coming down.
# - Saturated, vanishing and exploding are three findings; record all layers to tell them.
# - In 32-bit numbers a step far below the last digit moves nothing, however often it is taken.

# %% [markdown] slideshow={"slide_type": "notes"}
# *For lecturers.* Close with the opening question: "twenty layers, nothing is wrong with the code.
# Why?" A good answer has one sentence: each layer multiplies by about a quarter, and twenty of
# them leave less than a weight's last digit. The third point is in the notebook, under "The mean
# of one half".

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Now you
#
# [The exercises](exercises/01_vanishing_gradients.ipynb) answer at once. Warm-up: the slope of
# a sigmoid from its value. Hardest: the scale at which a network of any width neither
# vanishes nor explodes.
#
# Or change this lesson: `act.Activation("softplus", f, slope)` makes an activation of your
# own for `deep`; find the scale that keeps its $\chi$ at 1.

# %% [markdown] slideshow={"slide_type": "skip"}
# ## Further reading
#
# - X. Glorot, Y. Bengio, *Understanding the difficulty of training deep feedforward neural
#   networks*, AISTATS 2010. The figure with the sleeping top layer is theirs (figure 2).
# - S. Hochreiter, *Untersuchungen zu dynamischen neuronalen Netzen*, 1991; Y. Bengio,
#   P. Simard, P. Frasconi, *Learning long-term dependencies with gradient descent is
#   difficult*, 1994. Where the problem was first described.
# - B. Poole et al., *Exponential expressivity in deep neural networks through transient
#   chaos*, NeurIPS 2016, and S. Schoenholz et al., *Deep information propagation*, ICLR
#   2017. Where $q$ and $\chi$ come from.
# - H. Xiao, K. Rasul, R. Vollgraf, *Fashion-MNIST*, 2017, arXiv:1708.07747. The images.
