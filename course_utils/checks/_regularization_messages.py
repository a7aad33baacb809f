"""What three checks of lesson 09 say: dropout, alpha dropout, max-norm.

Prose apart from code, so that it can be read, and translated, in one sitting.
"""

DROPOUT_MISTAKES = {
    "no scale": (
        "What is kept is as large as before, and the rest is gone: on average less "
        "arrives at the next layer than it will at inference. What makes up for it?"
    ),
    "by the rate": (
        "You scaled by the share that is dropped. Try a rate of 0.01: hardly anything "
        "is missing then. How much larger should the rest be?"
    ),
    "smaller": (
        "What is kept became smaller. Something is missing in training, so the rest "
        "has to make up for it, and that in the other direction."
    ),
    "actual share": (
        "You divided by the share that this mask happened to keep. So one entry's "
        "value depends on the luck of the others; the factor is meant to be a "
        "constant, known from the rate alone."
    ),
    "rate is kept": (
        "Your function does all of it with `rate` as the share that is *kept*. Some "
        "texts have it so (early TensorFlow, too); here it is the share dropped."
    ),
    "swapped": (
        "The factor is right, and the mask is upside down: you keep what should be "
        "dropped. Which is true with probability `rate`, `u < rate` or `u > rate`?"
    ),
    "normal": (
        "Your share is that of a normal random number below `rate`. A number that is "
        "below `rate` with the probability `rate` comes from another distribution."
    ),
    "same for all": (
        "All examples of the batch lose the same entries: one mask, used for each of "
        "them. Draw for each entry of x, not for each unit."
    ),
    "whole examples": (
        "Some examples are lost altogether, and the others come through complete. "
        "Draw for each entry of x, not for each example."
    ),
    "in stripes": (
        "Along one axis all entries are dropped together. Draw for each entry of x."
    ),
    "not by itself": (
        "The share is right, but neighbours are not dropped independently: what "
        "happens to one entry tells what happens to the next."
    ),
    "exact": (
        "Your masks always drop exactly the same number of entries. That is no longer "
        "each entry by itself: when nine of ten are decided, so is the last."
    ),
}
DROPOUT_NONE = (
    "In training nothing is dropped: x came back as it was. Which of the two cases is "
    "`training=True`?"
)
DROPOUT_NOT_X = (
    "The entries that are not 0 are not all the same multiple of those of x. A unit "
    "that is kept is scaled by a constant, and nothing else."
)
DROPOUT_SHARE = (
    "The factor is right, and another share is dropped than `rate` asks for. Compare "
    "`np.mean(mask)` of a large mask with it."
)
DROPOUT_NOT_FINITE = (
    "Some of your numbers are nan or infinite. A rate is at least 0 and below 1: what "
    "did you divide by?"
)
DROPOUT_GLOBAL = (
    "Called again with an equal generator, your function drops other entries: some of "
    "its randomness does not come from `rng`, so no experiment could be repeated."
)
DROPOUT_OWN_SEED = (
    "Whatever the generator, the same entries are dropped: `rng` is not used, or it is "
    "made anew with a seed of your own. A mask must be new at every step."
)
DROPOUT_INFERENCE = {
    "drops": (
        "In training all is right, and at inference units are still missing. With "
        "`training=False` nothing is dropped: the same x gives the same answer."
    ),
    "scaled down": (
        "In training all is right, and at inference you scale once more. There are two "
        "kinds of dropout: scale in training, or scale at inference. Who has done the "
        "one need not do the other."
    ),
    "scaled up": (
        "In training all is right, and at inference x became larger. Nothing is "
        "missing there, so there is nothing to make up for."
    ),
}
DROPOUT_INFERENCE_ADVICE = (
    "In training all is right. With `training=False`, x should come back as it is."
)
DROPOUT_PRAISE = (
    "Right share, right factor, every entry by itself, and reproducible. Share, factor "
    "and mask are easily mixed up, and a network trains with any of these mistakes, "
    "only worse."
)
DROPOUT_HINTS = (
    "There are two cases, and `training=False` is the short one: x itself. For the "
    "other, draw one uniform random number for each entry of x.",
    "`rng.random(x.shape)` is below `rate` with the probability `rate`. Those entries "
    "become 0; use `np.where`, or multiply by a mask of zeros and ones, and leave x "
    "itself alone.",
    "On average a share of 1 - rate of the entries arrives. So that the mean over many "
    "masks is x, what arrives has to be divided by just that.",
)

ALPHA_MISTAKES = {
    "plain dropout": (
        "That is ordinary dropout: the mean is kept because nothing is added. Here a "
        "dropped unit is not 0 but v, and the variance is to be kept, too."
    ),
    "dropped is 0": (
        "That would be right if dropped units were 0. They are v here, and v is not in "
        "your numbers."
    ),
    "no b": (
        "The variance is 1, and the mean has moved: dropped units are all on one side. "
        "What has to be added so that it is 0 again?"
    ),
    "no a": (
        "The mean is 0 again, and the variance is not 1. How far do kept and dropped "
        "units spread about their common mean?"
    ),
    "b not scaled": (
        "Your b makes up for the mean as it was before a. It is added *after* the "
        "multiplication: what is the mean then?"
    ),
    "sign of b": "Your b has the wrong sign: it moves the mean even further from 0.",
    "second moment": (
        "You took the mean of the squares for the variance. They are equal only where "
        "the mean is 0, and with dropped units at v it is not."
    ),
    "mean not squared": (
        "Mean of squares minus mean: something has to be squared before you subtract."
    ),
    "only the kept": (
        "Your a makes up for the units that are missing, as if dropped ones were 0. "
        "They are v, and v spreads the units, too: where is it in your a?"
    ),
    "no root": (
        "Your a is 1 / variance. When all numbers are multiplied by a, what is their "
        "variance multiplied by?"
    ),
    "a upside down": (
        "Your a makes the variance larger where it should become smaller. A spread of "
        "2 becomes a spread of 1 by which factor?"
    ),
    "rate is kept": (
        "Your numbers are right for a network that *keeps* the share `rate`. It is the "
        "share dropped."
    ),
    "only the dropped": (
        "Your variance has the full variance of the units plus that of the dropped "
        "ones. Of the kept units, only a share of 1 - rate is there."
    ),
    "selu only": (
        "That is right for SELU's v, and v is an argument: the check asks for others."
    ),
    "swapped": "These are the right two numbers in the other order: first a, then b.",
}
ALPHA_ADVICE = (
    "With these two numbers, mean 0 and variance 1 do not come out. Draw 100,000 "
    "normal numbers, replace a share of them by v, and measure mean and variance."
)
ALPHA_PRAISE = (
    "Mean 0 and variance 1 come out, for every rate and every v. SELU's constants are "
    "one case of it."
)
ALPHA_HINTS = (
    "First forget a and b. With probability `rate` a unit is v, else it is x with mean "
    "0 and variance 1. What is its mean now?",
    "Its variance is the mean of its square, minus the square of its mean. The mean of "
    "the square has two parts again: of kept units and of dropped ones.",
    "Multiplied by a, the variance becomes a squared times as large, which gives a. "
    "Then the mean is a times what it was, and b is what brings it back to 0.",
)

NORM_MISTAKES = {
    "axis 0": (
        "You took norms along axis 0, and that is right for a dense kernel. In this "
        "one axis 0 is the height of the window: each of your norms is that of a "
        "column of a few weights, and the filters stay too long."
    ),
    "window": (
        "You took one norm for each window and each channel that comes in. A filter "
        "looks at *all* channels that come in at once."
    ),
    "inputs": (
        "You took one norm for each channel that comes *in*. Max-norm holds the "
        "weights that lead into one unit: which axis counts those?"
    ),
    "channels in": (
        "You took norms along the channels that come in, one for each place in the "
        "window. A filter is all of its places together."
    ),
    "outputs": (
        "You took norms along the last axis: across the filters, one weight of each. A "
        "filter is what has the same *last* index."
    ),
    "all": (
        "You took one norm for the whole kernel. Each filter has a norm of its own, "
        "and a short one beside long ones must not change."
    ),
    "longest": (
        "You shortened all filters by the factor that the longest of them needs. A "
        "filter inside the ball stays as it is, whatever the others do."
    ),
    "stretches": (
        "Long filters come out right, and short ones are stretched to the radius. "
        "Max-norm never makes anything longer."
    ),
    "unit": "Long filters come out with norm 1. Where does the radius enter?",
    "radius twice": (
        "All of this is right, and then divided by the radius once more: long filters "
        "have the norm 1, and short ones shrank."
    ),
    "squared": (
        "Your norm is the sum of the squares. Try a filter with the weights 3 and 4: "
        "how long is that arrow?"
    ),
    "sizes": (
        "You added up the sizes of the weights. The norm here is the other one: root "
        "of the sum of squares."
    ),
    "entries": (
        "You held each weight by itself. Max-norm shortens a whole filter, so all of "
        "its weights shrink by the same factor."
    ),
    "reshaped": (
        "Reshaping put weights of different filters into one row. The last axis is the "
        "fastest: keep it last, `reshape(-1, channels_out)`, or name the axes."
    ),
}
NORM_ZERO = (
    "One filter here is all zeros, as a new or a dead one may be, and was divided by "
    "its norm, which is 0. It is inside any ball, so nothing need be divided."
)
NORM_AXES = (
    "`np.linalg.norm` takes one axis, or two for a matrix. Over more axes, take the "
    "root of the sum of squares yourself: `np.sum` takes any number of them."
)
NORM_SHAPES = (
    "The norms and the kernel do not fit together. Norms of shape (channels_out,) "
    "stand beside the last axis by themselves; `keepdims=True` keeps the others in "
    "place."
)
NORM_ADVICE = (
    "Compute the norm of each filter, `kernel[..., k]` for each k, before and after: "
    "none may be longer than the radius, and those that were not must not change."
)
NORM_PRAISE = (
    "Every filter is inside the ball, the short ones are untouched, and one of zeros "
    "does no harm."
)
NORM_HINTS = (
    "A filter is all weights that lead to one channel going out: `kernel[..., k]`. How "
    "many filters, so how many norms are there?",
    "`np.sum(kernel**2, axis=...)` takes a tuple of axes: all that are to disappear. "
    "What is left should have the shape (channels_out,).",
    "Each filter is multiplied by r / norm where the norm is above r, else by 1. "
    "Dividing by the larger of norm and r does both at once, and never by 0.",
)
