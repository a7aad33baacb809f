"""What the checks of lesson 04 say: to the mistakes we know, and to right answers.

Prose apart from code, so that it can be read, and translated, in one sitting.
"""

BROADCAST = (
    "NumPy lined the wrong things up: one statistic for each {each} came out, and was "
    "then spread along the other axis. Look at the shapes of x and of your mean."
)

NORM_MISTAKES = {
    "everything": (
        "You took one mean and one variance over all entries of x. Each unit, that is "
        "each column, has its own."
    ),
    "examples": (
        "You normalized each example over its units. Batch normalization compares the "
        "examples of a batch with one another, unit by unit."
    ),
    "examples, spread": BROADCAST.format(each="example"),
    "unbiased": (
        "Your variance divides by m - 1. Batch normalization divides by m, in the "
        "formulas above and in Keras; look for a ddof, or use np.var."
    ),
    "variance": (
        "You divide by the variance. Look at the formula's denominator again: "
        "something is done to the variance before the division."
    ),
    "epsilon outside": (
        "Nearly: epsilon has to be added before the square root is taken, not after."
    ),
    "no epsilon": (
        "Epsilon is missing. Where a unit hardly varies it is what decides, and where "
        "it does not vary at all you would divide by zero."
    ),
    "swapped": "You scale by beta and shift by gamma: they have changed places.",
    "shift first": (
        "You shift before you scale, so that gamma multiplies beta, too. Mind the "
        "order, or a pair of brackets."
    ),
    "plain": (
        "Mean 0 and variance 1 are there. The last of the four formulas is missing: "
        "each unit's own scale and shift."
    ),
    "not centred": (
        "You divide by the spread and never subtract the mean, so no unit is centred."
    ),
    "precedence": (
        "Only the mean was divided by the spread. Python divides before it subtracts: "
        "use brackets."
    ),
}
NORM_ADVICE = (
    "These are not the four formulas. Take one column with pencil and paper: its mean, "
    "its variance, then each entry; print what your code has at each step."
)
NORM_PRAISE = (
    "Whatever came in, every unit has the mean and the spread that its gamma and beta "
    "ask for, or nearly so. How nearly is the next question."
)
NORM_HINTS = (
    "How many means do you need for an x of shape (m, n)? One for each unit, so the "
    "mean runs over the examples: which axis is that?",
    "`x.mean(axis=...)` and `x.var(axis=...)` give arrays of shape (n,), and NumPy "
    "then lines the last axis of x up with them by itself.",
    "Three lines: the mean, the variance, and one expression for y. Epsilon stands "
    "beside the variance, under the root.",
)

BACK_MISTAKES = {
    "constants": (
        "Your gradient for x treats the mean and the variance as constants. That is "
        "the classic trap: both are computed from x, so nudging one example moves the "
        "x hat of all."
    ),
    "no mean path": (
        "Your gradient for x has the way through the variance, and not the one through "
        "the mean: nudging one example also moves the mean that all are compared with."
    ),
    "no variance path": (
        "Your gradient for x has the way through the mean, and not the one through the "
        "variance: nudging one example also changes what all are divided by."
    ),
    "no gamma": (
        "The gradient for x leaves out the last step of the forward pass: between "
        "x hat and y stands gamma."
    ),
    "sums": (
        "The ways through mean and variance are there, and too strong: a single "
        "example moves the mean by how much of its own move?"
    ),
    "signs": (
        "The ways through mean and variance are there, with the wrong sign. When one "
        "example grows, the mean grows along: does that raise or lower all x hat?"
    ),
    "variance": (
        "Your gradient for x is divided by the variance plus epsilon. What does the "
        "forward pass divide by?"
    ),
    "upside down": (
        "Your gradient for x is multiplied by what the forward pass divides by. If y "
        "changes slowly with x, the gradient must be small."
    ),
}
BACK_PARAMETERS = {
    "means": (
        "The gradient for x is right. Those for gamma and beta are means: but the loss "
        "is moved by every example that one gamma multiplies, and the moves add up."
    ),
    "raw": (
        "The gradients for x and beta are right. For gamma: what does gamma multiply "
        "in the forward pass? Not x itself."
    ),
    "swapped": (
        "All the numbers are right. The gradients of gamma and beta have changed "
        "places: gamma's comes second, beta's third."
    ),
    "with gamma": (
        "The gradients for x and beta are right. In y = gamma * x hat + beta, the "
        "derivative for gamma does not contain gamma."
    ),
}
BACK_NEAR = (
    "Close, but not to a millionth. Where all of `gradient` is large, most of it "
    "cancels; a difference of two losses then loses the digits that matter, and the "
    "chain rule keeps them."
)
BACK_ADVICE = (
    "Not what nudging says. Draw the graph x, mean, centred, variance, x hat, y, and "
    "go through it backwards, node by node: where two arrows leave, two gradients add."
)
BACK_PRAISE = (
    "All three ways from x to the loss, to six digits. Most people who write this for "
    "the first time forget one; now you know how to find out."
)
BACK_HINTS = (
    "Begin at the easy end: $y = \\gamma \\hat{x} + \\beta$. What does that say for "
    "$\\gamma$, for $\\beta$ and for $\\hat{x}$? One $\\gamma$ serves all examples.",
    "Write $\\hat{x} = (x - \\mu) / s$ with $s = \\sqrt{\\sigma^2 + \\varepsilon}$. "
    "Three ways lead back from the $\\hat{x}_i$ to one $x_j$: directly, through "
    "$\\mu$, through $s$. Each mean contains $x_j$ with the weight $1/m$.",
    "Call $g_i = \\partial\\,\\text{Loss} / \\partial \\hat{x}_i$. Each way gives one "
    "term, all divided by $s$: the first is $g_j$; of the others one subtracts a mean "
    "of the $g_i$, the other $\\hat{x}_j$ times another mean. Which one? "
    "$\\partial s / \\partial x_j = \\hat{x}_j / m$.",
)

RUN_MISTAKES = {
    "other side": (
        "Momentum is on the wrong side: yours forgets nearly all at each batch. With "
        "momentum 0.99, what share of the old value should stay?"
    ),
    "from 0": (
        "The moving variance starts at 0. Before any batch has come, a variance of 0 "
        "would divide by next to nothing: look up where it starts."
    ),
    "from 1": "The moving mean starts at 0, and yours at 1.",
    "first batch": (
        "You start at the statistics of the first batch. That would be sensible; but "
        "this layer, like Keras', starts at a mean of 0 and a variance of 1."
    ),
    "average": (
        "You took the plain average of all batches. The moving one is updated after "
        "each batch, and lets the older ones fade."
    ),
    "pooled": (
        "You put all batches together and took their mean and variance. The layer sees "
        "one batch at a time, and keeps only two vectors."
    ),
    "last": (
        "You return the statistics of the last batch alone: nothing of the past is "
        "left in them."
    ),
    "deviation": (
        "You followed the standard deviation. It is the variance that is followed."
    ),
    "corrected": (
        "You corrected for the start, as Adam does. Batch normalization does not: what "
        "is left of the start stays in."
    ),
    "backwards": "The batches come in order, the first one first.",
    "everything": (
        "One number for each unit: your mean and variance were taken over all entries "
        "of a batch."
    ),
}
RUN_UNBIASED = (
    "Your variances divide by m - 1. Some libraries do that for the moving variance; "
    "here, as in Keras, it is the batch's own, which divides by m."
)
RUN_ADVICE = (
    "Not what the update says. Follow one unit with pencil and paper, from 0 and 1, "
    "through one batch, then a second."
)
RUN_PRAISE = (
    "Two vectors of memory, whatever the number of batches. They lag: what they hold "
    "is a mixture of recent batches and of the start."
)
RUN_HINTS = (
    "Two arrays before the loop, two lines inside it. Where do the two start?",
    "The old value is multiplied by the momentum; what is left to 1 goes to the batch "
    "that has just come.",
    "Each batch brings its mean over the examples, and its variance as in exercise 1. "
    "Never put batches together: their sizes differ, and the layer meets them singly.",
)

FOLD_MISTAKES = {
    "mean forgotten": (
        "The weights are right. In the bias, the moving mean is missing: the layer you "
        "replace subtracts it."
    ),
    "variance": (
        "Your scale divides by the variance. The layer you replace divides by the root "
        "of variance plus epsilon."
    ),
    "no epsilon": "Epsilon is missing: the layer you replace adds it to the variance.",
    "epsilon outside": (
        "Epsilon stands outside the root in your scale, and inside it in the layer."
    ),
    "rows": (
        "You scaled the rows of the weights. A row belongs to an input; what is "
        "normalized is the units, and each unit is a column."
    ),
    "no beta": "Beta is missing in the new bias: it is still to be added at the end.",
    "old bias": (
        "The weights are right, and the bias is the old one. But all that the two "
        "layers add, and do not multiply a by, has to go somewhere."
    ),
    "bias alone": (
        "The weights are right. The new bias keeps the old one as it is, and what "
        "comes out of the dense layer is scaled as a whole, its bias included."
    ),
    "bias lost": (
        "The weights are right. The dense layer's own bias is lost: it takes part in "
        "everything that comes after it."
    ),
    "mean as it is": (
        "The weights are right. You subtract the mean as it is, but the layer "
        "subtracts it before it divides, so it is scaled along."
    ),
    "mean added": "The weights are right. Your bias adds the mean: check a sign.",
    "no gamma": "Gamma is missing: it scales what has been normalized.",
    "beta scaled": "You scale beta as well. In the layer it is added at the very end.",
}
FOLD_ADVICE = (
    "The new layer does not do the work of the two. Write out one unit: z in terms of "
    "a, y in terms of z; then collect all that is multiplied by a, and all that is not."
)
FOLD_PRAISE = (
    "One dense layer does the work of two, to six digits, for every input. Deployed "
    "networks are treated so as a matter of course."
)
FOLD_HINTS = (
    "Take one unit. Put z = a W + b into y = gamma (z - mean) / s + beta, where s "
    "is the root of variance plus epsilon.",
    "Sort the sum into two parts: what is multiplied by a, which makes the new "
    "weights, and all the rest, which makes the new bias.",
    "One factor for each unit, gamma over s, serves both: it multiplies each *column* "
    "of the weights, and two of the three parts of the new bias.",
)

LAYER_MISTAKES = {
    "batch": (
        "This is batch normalization: you compare the examples with one another. Layer "
        "normalization compares the units of one example."
    ),
    "everything": (
        "You took one mean and one variance over the whole of x. Every example has its "
        "own: it must come out the same whatever stands beside it."
    ),
    "spread": (
        "The means are right, and NumPy spread them along the wrong axis: a mean of "
        "shape (m,) is lined up with the last axis of x. Have a look at keepdims."
    ),
    "gamma by example": (
        "You gave each example a gamma and a beta. They still belong to the units."
    ),
    "plain": "The scale and the shift are missing.",
    "unbiased": "Your variance divides by one less than the number of units.",
    "variance": "You divide by the variance: its root is missing.",
    "no epsilon": "Epsilon is missing under the root.",
    "epsilon outside": "Epsilon belongs under the root, beside the variance.",
}
LAYER_DEEPER = {
    "steps": (
        "For two axes all is right. With three, your mean runs over the steps: count "
        "the axis of the units from the end, not from the front."
    ),
    "examples": (
        "For two axes all is right. With three, your mean runs over all of an example, "
        "its steps included. Each step is normalized by itself, over its units."
    ),
}
LAYER_ADVICE = (
    "Not yet. With gamma 1 and beta 0, each example must come out with mean 0 and "
    "variance near 1 over its own units: print both along the last axis."
)
LAYER_PRAISE = (
    "The same four formulas along another axis, for tables and for sequences. A small "
    "change of the code, and a large one in what an example's output depends on."
)
LAYER_HINTS = (
    "Which axis holds the units of one example? Count it from the end, and sequences "
    "come for free.",
    "A mean over the last axis has one axis less, and NumPy then lines it up with the "
    "wrong one. `keepdims=True` leaves an axis of length 1 in its place.",
)

CAUSE_MISTAKES = {
    "moving first": (
        "You look at the moving statistics before you look at what the layer put out. "
        "Where the test itself overwrote them, they are a trace of it, not the cause."
    ),
    "moving against test": (
        "You compare the moving statistics with the test images. They differ for two "
        "reasons: the layer did not follow its training, or the test images are other "
        "ones. Which third set of numbers tells the two apart?"
    ),
    "test against moving": (
        "You call a layer's images other data because they do not fit the moving "
        "statistics. Then who is wrong, images or statistics? Ask the training images."
    ),
    "frozen is lagging": (
        "You call a layer lagging whose statistics did not move at all. After one "
        "batch they would no longer be exactly where they start."
    ),
    "lagging is frozen": (
        "You call every layer never updated whose moving statistics are wrong. Some of "
        "them did move, and are on their way."
    ),
    "means only": (
        "You compare means only. Images that were centred keep a mean of 0 at any "
        "scale; only the variance tells."
    ),
    "variances only": (
        "You compare variances only. A mean that nobody subtracted leaves them as they "
        "are."
    ),
    "large passes": (
        "Your comparison of variances looks one way only: one that is far too large "
        "passes for the same."
    ),
    "small passes": (
        "Your comparison of variances looks one way only: one that is far too small "
        "passes for the same."
    ),
    "signed": (
        "Your difference of means has a sign, and is judged as if it had none: a mean "
        "that is far off to one side passes for the same."
    ),
    "momentum alone": (
        "You judge lag by the momentum alone. 0.999 is fine after many batches, and "
        "0.9 is not after few: it takes both numbers."
    ),
    "steps alone": (
        "You judge lag by the number of batches alone. How many are enough depends on "
        "the momentum."
    ),
    "too exact": (
        "You ask statistics of two samples to agree too closely: they never do. The "
        "exercise says how near counts as the same."
    ),
}
CAUSE_ADVICE = (
    "That is not the cause here. Ask what the layer used in the test, whether it knows "
    "its training images, and whether the test images are like them."
)
CAUSE_PRAISE = (
    "Every layer's trouble, found from its numbers alone. These comparisons cost "
    "nothing: make them before you change the network."
)
CAUSE_HINTS = (
    "Three questions, each about two sets of numbers: what came *out* of the layer in "
    "the test; moving against training; training against test.",
    "What is the $\\hat{x}$ of a batch that holds a single example, whatever the "
    "example? That word can be told first, and from one entry of the record.",
    "Moving statistics that were never followed are exactly where they start. Those "
    "that lag are somewhere between the start and the training images. (Or use "
    "$m^t$, what is left of the start after $t$ batches.)",
)
