# %% [markdown] slideshow={"slide_type": "slide"}
# # 1. Vanishing gradients
#
# Two layers learn these images in seconds. Twenty layers of the very same units learn
# nothing at all, at any learning rate. Nothing is wrong with the code.
#
# **Why?**

# %% [markdown] slideshow={"slide_type": "notes"}
# Let the hall guess before anything is shown: "twenty layers, is that too hard, too slow,
# or something else?" Most say too slow. Come back to the guess on the slide that counts
# the weights that moved.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ## What you will be able to do
#
# - Say by which factor one layer shrinks or grows a gradient, before training anything.
# - Tell *vanishing*, *exploding* and *saturated* apart in a network that does not learn.
# - Explain why the textbook sentence "sigmoid with $N(0,1)$ weights vanishes" is true of
#   narrow networks only.
# - Read gradients layer by layer, in NumPy and in Keras.
#
# About 45 minutes. You need backpropagation and the chain rule, no more.

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
# Fashion-MNIST: photographs of clothes, 28 by 28 pixels, ten classes. We train on 5,000 of
# them, three times from different random starts. Same units (sigmoid, 100 a layer), same
# learning rate, same data. Only the number of layers differs.

# %% slideshow={"slide_type": "fragment"}
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

# %% slideshow={"slide_type": "fragment"}
curves = experiments.run(trials.fit_mlp, depths, seeds=range(3))

# %% slideshow={"slide_type": "fragment"}
ax = plots.learning_curves(curves, chance=0.1)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The deep network answers as if it had never seen an image: one class in ten, by chance.
# `lecun_normal` draws weights with variance $1/n$ for $n$ inputs, the size that books
# recommend. It is not the learning rate either; the evidence below tries five of them.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict
#
# Training moves every weight along its gradient. Take the untrained 20-layer network,
# show it 200 images and compare the gradients of layer 1 and layer 20.
#
# Which one is smaller, and by what factor?
#
# **A** about 2  **B** about 100  **C** about a million  **D** about a million million

# %% [markdown] slideshow={"slide_type": "notes"}
# Take a show of hands for each letter. Expect most hands at B: a hundred sounds bold. The
# answer is on the next picture; let somebody read it off the axis.

# %% slideshow={"slide_type": "subslide"}
nets = deep("sigmoid", "lecun_normal", seeds=range(5))
records = nets.record(x, y)
gradients = records.by_layer("gradient_rms")
ax = plots.by_layer({"sigmoid": gradients}, ylabel="gradient")

# %% slideshow={"slide_type": "fragment"}
factor = np.median(gradients[:, 0] / gradients[:, -1])
print(f"layer 1 over layer 20: {factor:.1e}")
print(f"per layer:             {factor ** (1 / 19):.2f}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **D.** What is plotted is the root mean square of $\partial\,\text{Loss}/\partial z$: how
# much one unit's pre-activation $z$ matters for the loss. On a logarithmic axis it is a
# straight line, and **a straight line on a log axis is a product**: every layer multiplies
# by about the same factor.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Does it matter?
#
# A gradient of $10^{-14}$ is still a gradient. But weights are stored with about seven
# digits: adding something ten million times smaller changes nothing, not even the last
# bit. Train for one epoch and count the weights that are different afterwards.

# %% slideshow={"slide_type": "fragment"}
net = deep("sigmoid", "lecun_normal")
before = net.get_weights()[::2]  # every second array is a bias
net.fit(*trained, epochs=1, optimizer=momentum)
after = net.get_weights()[::2]

# %% slideshow={"slide_type": "fragment"}
for k in (1, 2, 3, 4, 8, 12, 20):
    moved = np.count_nonzero(after[k - 1] != before[k - 1])
    print(f"layer {k:2}: {moved:5} of {after[k - 1].size} moved")

# %% [markdown] slideshow={"slide_type": "fragment"}
# The lowest layers are not slow. They are **frozen**: after 157 steps their weights are
# the random numbers they started with, bit for bit. No patience will change that.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Where the factor comes from
#
# A layer computes $z_l = a_{l-1} W_l + b_l$ and $a_l = f(z_l)$. Call the error signal
# $\delta_l = \partial\,\text{Loss} / \partial z_l$. The chain rule passes it down, one
# layer at a time:
#
# $$\delta_l = \left(\delta_{l+1} W_{l+1}^\top\right) \odot f'(z_l)$$
#
# Two things multiply it: the weights, and the slope $f'$ of the activation. Here is that
# line in the network we just trained, in two halves.

# %% slideshow={"slide_type": "fragment"}
show_source(Dense.backward, Activate.backward)

# %% slideshow={"slide_type": "subslide"}
curve = {"sigmoid": (act.sigmoid, act.sigmoid_derivative)}
ax = plots.function_and_slope(curve, saturated=0.05 / 4)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The sigmoid's slope is never above **1/4**. In a chain of one-unit layers with weights
# of 1, twenty slopes alone cost a factor of at least $4^{20} \approx 10^{12}$. Where the
# curve is flat (shaded: less than 5 % of the steepest slope) a unit is *saturated*. It
# passes on almost nothing.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Two numbers tell the whole story
#
# In a layer of many units, each $z$ is a sum of many small random terms, so it is close to
# normal: $z \sim N(0, q)$. Let weights have standard deviation $\sigma_w$ and let $n$ units
# feed, or be fed by, a unit. Then one layer does this:
#
# - **forward**, the variance becomes $\;q' = n\,\sigma_w^2\; E[f(z)^2]$
# - **backward**, the squared gradient is multiplied by
#   $\;\chi = n\,\sigma_w^2\; E[f'(z)^2]$
#
# Twenty layers: $\chi^{20}$. Below 1 it vanishes, above 1 it explodes.

# %% slideshow={"slide_type": "subslide"}
show_source(vg.forward_variance, vg.backward_gain, doc=False)

# %% [markdown] slideshow={"slide_type": "notes"}
# The mean over $z$ is a one-dimensional integral, computed on a grid (`gaussian_mean`).
# Ask: "for ReLU, what is $E[f'(z)^2]$?" Half the units have slope 1, so 1/2; then weights
# of variance $2/n$ make chi exactly 1. That is He initialization, one lesson early.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Theory as lines, networks as dots
#
# Nothing is fitted here. The lines come from the two formulas and the variance of the
# first layer; the dots from five random networks of each kind and 200 real images.

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
measured, expected = {}, {}
for name, (activation, initializer) in kinds.items():
    nets = deep(activation, initializer, seeds=range(5))
    seen = nets.record(x, y)
    rms = seen.by_layer("gradient_rms")
    measured[name] = rms / rms[:, -1:]
    std = seen[1].weights.std()
    expected[name] = theory(activation, std, seen).gradient

# %% slideshow={"slide_type": "subslide"} tags=["readme"]
ax = plots.by_layer(
    measured, expected, ylabel="gradient, relative to layer 20"
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Ten lines of code know the size of a gradient in a network that nobody has built yet.
# The sigmoid loses a factor of four a layer. tanh with Glorot's weights loses a little,
# ReLU with He's weights nothing: their $\chi$ is 1, or nearly.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict
#
# "Sigmoid units with weights from $N(0, 1)$: that is the combination that made gradients
# vanish." You can read it in well-known books. $N(0,1)$ weights are *much* larger than
# before: at 100 units a layer, ten times.
#
# Three networks of 20 sigmoid layers with $N(0,1)$ weights: 10, 100 and 1,000 units wide.
# **In which of them do gradients vanish?**

# %% [markdown] slideshow={"slide_type": "notes"}
# Let people vote for each width. The book sentence makes "all three" the popular answer.
# Then ask what happens to the units: at large $z$ they are all flat, so surely nothing
# comes through? That argument is what the next picture breaks.

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
one = init.normal(1)
looks = {"1/n, width 100": ("lecun_normal", 100)}
for width in (10, 22, 46, 100, 220, 460, 1000):
    looks[f"N(0,1), width {width}"] = one, width
looks = {
    name: {"weights": weights, "width": width}
    for name, (weights, width) in looks.items()
}
sweep = experiments.run(by_layer, looks, seeds=range(5))

# %% slideshow={"slide_type": "subslide"} tags=["readme"]
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
# Only the narrow ones vanish. Left of the line gradients shrink on their way down, right
# of it they **explode**: at 1,000 units and 20 layers by more than a factor of $10^4$.

# %% slideshow={"slide_type": "subslide"}
critical = vg.critical_width(act.sigmoid, act.sigmoid_derivative)
print(f"theory: chi = 1 at a width of {critical:.1f}")
summary = pd.DataFrame({
    "log10 of layer 1 over 20": ratio.loc[1],
    "saturated": unit.groupby("width").saturated.mean(),
})
table(summary, digits=2, index=True)

# %% [markdown] slideshow={"slide_type": "fragment"}
# At 1,000 units most are saturated, and gradients *grow*. A few steep units, met through
# huge weights, carry more than all the flat ones lose:
# $\chi = n\,E[f'(z)^2] \approx \sqrt{n} / (6\sqrt{\pi})$ for wide layers. **Saturated and
# vanishing are two different things**; look at both before you name the disease.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What Glorot and Bengio really saw
#
# The 2010 paper that made this famous did not use $N(0,1)$. Its "standard" weights were
# uniform on $\pm 1/\sqrt{n}$, variance $1/(3n)$, and its nets had up to five hidden layers.
# What it reports is something else: the *top* hidden layer saturates **during training**,
# stays there for a while, and then frees itself. Let us look, with four hidden layers.

# %% slideshow={"slide_type": "fragment"}
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

# %% slideshow={"slide_type": "subslide"}
draw_sleep(sleep.record_frame, sleep.frame)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The top layer's mean activation falls from 0.5 to nearly 0, the flat end of the sigmoid,
# within the first epoch. While it sits there, accuracy sits at chance. The top is still
# random noise at that time, so the output layer silences it: the quickest way to a better
# loss is not to listen. Later signal arrives from below, and layer 4 wakes up.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The mean of one half
#
# A sigmoid's output is always positive, 0.5 on average. That constant travels up through
# every layer and is the same for **every image**. What remains of the image itself? Split
# the mean square of $z$ into what all images share and what tells them apart.

# %% slideshow={"slide_type": "fragment"}
shares = {}
for name, (activation, initializer) in kinds.items():
    seen = deep(activation, initializer).record(x, y)
    hidden = seen.layers[:-1]
    share = [vg.image_share(layer.z) for layer in hidden]
    shares[name] = np.array(share)
ax = plots.by_layer(shares, ylabel="share that shows the image")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Ten sigmoid layers up, all images look the same to one part in a million million (the dots
# level off where 32-bit numbers end). So the top layers, whose gradients are fine, learn
# nothing either: **nothing about the image reaches them.** It is the same disease. A small
# difference between two images grows by $\chi$ a layer going up, as gradients do coming down.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## One knob: the scale of the first weights
#
# tanh, 20 layers of 100 units, weights with standard deviation $s/\sqrt{n}$. Move $s$ and
# watch activations (left) and gradients (right). Find the $s$ at which the right panel is
# flat. What happens to the left one at $s = 4$?

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
    return figure

# %% slideshow={"slide_type": "subslide"}
scales = [0.25, 0.5, 0.75, 0.9, 1.0, 1.1, 1.25, 1.5, 2, 4]
plots.frame_slider(draw_scale, scales, label="scale s")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Below 1 both shrink: the signal dies on its way up, the gradient on its way down. Above 1
# the units pile up at $\pm 1$ and the gradient explodes. Near 1, and only there, both get
# through. Lesson 2 is about hitting that point for any activation.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Predict
#
# Now let them explode. Two networks of 20 layers, 100 units wide, learning rate 0.01: one
# of **tanh** with $N(0,1)$ weights, one of **ReLU** with weights half as large again as
# He's. Which of them ends in NaN, and after how many steps?

# %% slideshow={"slide_type": "skip"}
def large(shape, rng):
    return 1.5 * init.he_normal(shape, rng)


def explode(activation, weights):
    net = deep(activation, weights)
    sgd = SGD(0.01)
    return net.fit(*trained, 1, optimizer=sgd, record_every=1)

# %% slideshow={"slide_type": "subslide"}
thrown = explode("tanh", init.normal(1))
print(f"tanh: loss {thrown.frame.loss[0]:.2f}, no error")
try:
    explode("relu", large)
except network.DivergenceError as error:
    print(f"ReLU: {error}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# ReLU has no ceiling: activations overflow after a few steps, and the run says where. tanh
# keeps every number finite. **Explosion need not end in NaN**; here it ends in a loss worse
# than guessing ($\ln 10 = 2.30$), which is easy to mistake for bad luck. What happened?

# %% slideshow={"slide_type": "subslide"}
first = thrown.record_frame.query("step < 20 and layer <= 20")
ratio = first.pivot_table("update_ratio", "layer", "step")
ax = plots.heatmap(
    np.log10(ratio.clip(lower=1e-4)).to_numpy(),
    rows=ratio.index,
    columns=ratio.columns,
    contour=None,
    xlabel="training step",
    ylabel="layer",
    label="log10 of update size / weight size",
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# In the very first step the lowest layers are thrown hundreds of times further than their
# weights were large. From then on every unit there is saturated, the slopes are zero, and
# the layers stand still: an explosion that ends as a vanishing. It shows **first at the
# bottom, in the first step**; a loss curve would only say "does not learn".

# %% [markdown] slideshow={"slide_type": "slide"}
# ## The same network in Keras
#
# In practice you will not write the backward pass. You will still want to see gradients by
# layer; `GradientTape` gives them. We hand Keras our weights, so that its numbers can be
# held against ours.

# %% slideshow={"slide_type": "skip"}
import keras
import tensorflow as tf

ours = deep("sigmoid", "lecun_normal")
hidden = [keras.layers.Dense(100, "sigmoid") for _ in range(20)]
model = keras.Sequential([keras.Input([784]), *hidden])
model.add(keras.layers.Dense(10))
model.set_weights(ours.get_weights())

# %% slideshow={"slide_type": "subslide"}
loss = keras.losses.SparseCategoricalCrossentropy(True)  # scores
with tf.GradientTape() as tape:
    value = loss(y, model(x, training=True))
tape_gradients = tape.gradient(value, model.trainable_variables)

# %% slideshow={"slide_type": "fragment"}
by_hand = ours.record(x, y).frame.weight_gradient_norm
by_tape = [np.linalg.norm(g) for g in tape_gradients[::2]]
norms = {"Keras": np.array(by_tape), "NumPy": np.array(by_hand)}
ax = plots.by_layer(norms, ylabel="norm of dLoss/dW")

# %% slideshow={"slide_type": "fragment"}
agree = np.allclose(norms["Keras"], norms["NumPy"], rtol=1e-3)
print("Keras and NumPy agree in every layer:", agree)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Evidence
#
# One run proves nothing, and one learning rate may favour one side. So: four networks of
# 20 layers, each at its own best rate out of five (chosen on two seeds), then five *other*
# seeds at that rate. The same seed means the same batches for everyone.

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
tuned = experiments.tune(
    trials.fit_mlp, arms, rates, seeds=[100, 101]
)

# %% slideshow={"slide_type": "skip"}
final = experiments.run(
    trials.fit_mlp, tuned.arms, seeds=range(5)
)

# %% slideshow={"slide_type": "subslide"}
result = final.groupby("arm", sort=False).valid_accuracy
frame = result.agg(["mean", "min", "max"])
frame["best rate"] = tuned.best
table(frame, "Validation accuracy", digits=3, index=True)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The blamed weights, $N(0,1)$, make the *best* deep sigmoid network of the two: at 100
# units their $\chi$ happens to be close to 1. The recommended ones make it unable to learn.
# Neither is good. The two right-hand answers, tanh with Glorot and ReLU with He, are.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Three claims, judged
#
# A verdict compares two arms seed by seed and asks whether the mean difference, with its
# 95 % bootstrap interval, lies clearly above zero (*holds*), clearly below
# (*contradicted*) or neither. First: is the gradient larger in layer 20 than in layer 1?

# %% slideshow={"slide_type": "skip"}
evidence = []


def judge(claim, condition, *arguments):
    verdict = experiments.verdict(*arguments, diverged_as=0.1)
    evidence.append(verdict.row(claim, condition))

# %% slideshow={"slide_type": "skip"}
claims = {
    "C01/C02: vanishing": ("layer 20", "layer 1", "gradient"),
    "C03: variance grows": ("layer 20", "layer 2", "variance"),
}
layered = sweep.assign(arm="layer " + sweep.layer.astype(str))
for claim, pair in claims.items():
    for look in [*looks][::3]:
        judge(claim, look, layered[sweep.arm == look], *pair)

# %% slideshow={"slide_type": "skip"}
frame = sleep.record_frame.query("layer == 4")
frame = frame[frame.step.isin([0, 300])]
frame = frame.assign(arm="step " + frame.step.astype(str))
pair = "step 0", "step 300", "a_mean"
judge("C03: top falls to 0 in training", "4 layers", frame, *pair)
for better, than in (
    ("sigmoid, 1/n", "sigmoid, N(0,1)"),
    ("tanh, Glorot", "sigmoid, N(0,1)"),
    ("ReLU, He", "tanh, Glorot"),
):
    claim = f"{better} beats {than}"
    pair = better, than, "valid_accuracy"
    judge(claim, "20 layers, tuned", final, *pair)

# %% slideshow={"slide_type": "subslide"}
table(pd.DataFrame(evidence), digits=2)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Gradients in deep sigmoid networks shrink when weights have the recommended size. With
# $N(0,1)$ it *depends on the width*. The variance does not grow from layer to layer in
# either case: with $N(0,1)$ units are saturated from the start, at every height. All this is
# for 20 layers at the start of training, on these images.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What goes wrong in other texts
#
# | You may read | What we measured |
# |---|---|
# | Sigmoid with $N(0,1)$ makes gradients vanish. | Below about 100 units a layer; above, they explode. |
# | Variance grows layer by layer until the top saturates. | With $N(0,1)$ all layers saturate at once; with smaller weights the top saturates *in training*. |
# | Glorot and Bengio blamed $N(0,1)$. | Their "standard" is uniform, variance $1/(3n)$. |
# | Saturated units, so vanishing gradients. | At 1,000 units most are saturated and gradients grow. |
# | An explosion shows as NaN. | Only where activations have no ceiling. |

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Four ways out, and a fifth
#
# All of them keep $\chi$ near 1, at the start or all the way:
#
# 1. weights of the right size: lesson 2, initialization
# 2. an activation whose slope is 1 where it matters: lesson 3
# 3. measuring and correcting the variance as you train: lesson 4, batch normalization
# 4. starting from layers that already work: lesson 6, transfer learning
# 5. and steps that cope with what is left: lesson 5, clipping; lesson 7, optimizers

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Summary
#
# - Backpropagation multiplies the error by one factor a layer; depth makes it a power.
# - For wide random layers the squared factor is $\chi = n\,\sigma_w^2\,E[f'(z)^2]$.
# - $\chi$ governs images going up as well as gradients coming down.
# - Saturated, vanishing and exploding are three findings; record all layers to tell them.
# - In 32-bit numbers a vanished gradient moves nothing, not even slowly.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ## Now you
#
# The exercises answer at once: open `exercises/01_vanishing_gradients.ipynb`. Warm-up: the
# slope of a sigmoid from its value. Hardest: name the disease of a network you have not
# seen.

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
