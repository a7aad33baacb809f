"""What the checks of lesson 02 say: to the mistakes we know, and to right answers.

Prose apart from code, so that it can be read, and translated, in one sitting.
"""

FANS_MISTAKES = {
    "last two": (
        "You took the last two axes and left the window out. A unit of a convolution "
        "looks at all pixels of its window, not at one."
    ),
    "swapped": (
        "The two numbers are right and stand in the wrong order: fan_in, the "
        "connections coming into a unit, is first."
    ),
    "product": (
        "You counted all weights of the kernel. Only a part of them belongs to any one "
        "unit, and only a part touches any one value."
    ),
    "window in only": (
        "fan_in is right. Now follow one value upward: how many windows contain it, "
        "away from the border?"
    ),
    "window out only": (
        "fan_out is right. Now look at one unit: how many pixels does it see?"
    ),
    "ends": (
        "You took the first axis and the last. In a convolution kernel the channels "
        "coming in are elsewhere, and the window has more axes than one."
    ),
    "first two": (
        "You took the first two axes. They are the fans of a dense kernel; the kernel "
        "of a convolution begins with its window."
    ),
    "all but the first": (
        "fan_in is right. For fan_out you took all axes but the first: which of them "
        "has to do with one value on its way up?"
    ),
    "window added": (
        "You added the lengths of the window's axes. How many pixels has a window of "
        "3 by 3?"
    ),
    "channels first": (
        "You read the axes as some other libraries order them, with the channels "
        "first. Here the window comes first, then channels in, then channels out."
    ),
}
FANS_ADVICE = (
    "That is not the count. Draw one unit of a small convolution, a window of 3 pixels "
    "with 2 channels in, and count the lines that arrive at it."
)
FANS_PRAISE = (
    "Right for dense kernels and for windows on a line, an image and a volume. A dense "
    "layer is the case without a window."
)
FANS_HINTS = (
    "Begin with the dense kernel: each of its units has one weight for each input.",
    "A unit of a convolution sees a whole window, all channels of it. How many numbers "
    "are that?",
    "What the window does for fan_in it does for fan_out: a value lies in as many "
    "windows as a window has pixels. `shape[:-2]` is the window; the product of no "
    "numbers at all is 1.",
)

DRAW_MISTAKES = {
    "variance as std": (
        "scale / n became the standard deviation of your weights. It is asked for as "
        "their variance."
    ),
    "scale outside": (
        "Your standard deviation grows in step with scale. But scale stands in the "
        "variance."
    ),
    "no scale": "Your weights do not depend on scale.",
    "always fan_in": "You divide by fan_in whatever mode says.",
    "always fan_out": "You divide by fan_out whatever mode says.",
    "always fan_avg": "You divide by the mean of the fans whatever mode says.",
    "swapped": (
        "fan_in and fan_out are swapped. `init.fans(shape)` returns fan_in first."
    ),
    "sum": "For fan_avg, n is the mean of the two fans, and you took their sum.",
    "no window": (
        "Your dense kernels are right. For a convolution you took the last two axes as "
        "the fans, and left the window out."
    ),
    "normal for uniform": (
        "You draw from a normal where a uniform distribution is asked for. The "
        "variance alone does not make one."
    ),
    "not rooted": (
        "The interval is r = scale / n. What is the variance of a uniform distribution "
        "from -r to r? (Not r, and not r squared.)"
    ),
    "r is std": (
        "Your interval ends at the standard deviation asked for. But most draws lie "
        "well inside the interval, so their own standard deviation is smaller."
    ),
    "r is 3 std": (
        "Your uniform weights are too wide by a constant factor. Of r^2 / 3 the square "
        "root is wanted: all of it."
    ),
    "r is a third": (
        "Your interval is too narrow: its ends lie closer to 0 than one standard "
        "deviation, so no weight is as large as the typical one should be."
    ),
    "glorot's 6": (
        "Your uniform weights have twice the variance asked for. The 6 in Glorot's "
        "interval stands over the sum of the fans; over n it is another number."
    ),
    "width": (
        "Your uniform weights are twice as wide as they should be: the interval from "
        "-r to r has the width 2r, not r."
    ),
    "one-sided": (
        "Your uniform weights are never negative. The interval is from -r to r, and "
        "the mean 0."
    ),
    "not paid back": (
        "Your uniform weights are right; the truncated ones have 3/4 of the variance "
        "asked for, or a little more. Cutting took the tails away. Draw many numbers "
        "by `init.truncated_standard_normal` and look at their standard deviation."
    ),
    "1.3": (
        "Your truncated weights are too wide. The 1.3 that textbooks give belongs to "
        "the variance of the normal that is cut: you multiplied its standard deviation "
        "by it."
    ),
    "paid the wrong way": (
        "Your truncated weights are even narrower than cutting made them: the "
        "correction works the wrong way round."
    ),
    "not cut": (
        "The variance is right, and nothing was cut: some of your truncated weights "
        "lie where none should."
    ),
    "paid, not cut": (
        "You pay for a truncation that did not take place: your normal weights reach "
        "far out, and are too wide."
    ),
}
DRAW_NOT_FINITE = "Some of your weights are nan (not a number) or infinite."
DRAW_CLIPPED = (
    "Many of your weights sit exactly on the edge. Truncated means drawn again, not "
    "moved to the edge: np.clip makes another distribution."
)
DRAW_REPEATED = (
    "Most of your weights occur more than once, as if one row or one number had been "
    "copied. Each weight is drawn on its own."
)
DRAW_OWN_SEED = (
    "Two different generators gave the very same weights, so the randomness is not "
    "from `rng`. Two layers of one shape would start as twins."
)
DRAW_GLOBAL = (
    "The same generator gave different weights the second time, so some of the "
    "randomness is not from `rng`, and no experiment could be repeated."
)
DRAW_ADVICE = (
    "These weights do not spread as asked. Draw a large kernel and compare `w.var()` "
    "with scale / n, for each mode and each distribution; then look at `abs(w).max()`."
)
DRAW_PRAISE = (
    "Both distributions, all three fans, cut and paid back. Every named initializer of "
    "the lesson is one call of your function."
)
DRAW_HINTS = (
    "First n, then the standard deviation you want, `np.sqrt(scale / n)`. Only then "
    "look at the distribution.",
    "Uniform: the variance of an interval from $-r$ to $r$ is $r^2/3$. Which $r$ has "
    "the variance you want?",
    "Truncated: the draws you are given do not have the standard deviation 1. "
    "`init.TRUNCATED_STD` is what they have. Multiply by what makes it the one you "
    "want.",
)

STD_MISTAKES = {
    "variance": "That is the weights' variance. Give their standard deviation.",
    "scale": (
        "That is the scale, the numerator of scale / n. One unit adds up n such terms: "
        "what does each weight's standard deviation have to be?"
    ),
    "root of scale": "n is missing: one unit adds up n terms.",
    "variance of f": (
        "You took the variance of f(z). The mean of f(z) does not go away when it is "
        "multiplied by random weights: it adds to the variance of the next z, too."
    ),
    "q as std": (
        "You gave `gaussian_mean` a standard deviation. It takes the variance of z."
    ),
    "unit target": (
        "The mean is taken at the right q. But the next z shall have the variance q "
        "too, and yours has variance 1."
    ),
    "unit q": (
        "q does not enter: this is right where z has variance 1, and only there."
    ),
    "mean at 1": (
        "You took the mean at q = 1. The units below have z of variance q, and f may "
        "do other things to a wide z than to a narrow one."
    ),
    "slope": (
        "You averaged the squared slope. That is what the gradient meets on its way "
        "down; the question is about the signal on its way up."
    ),
    "q outside": ("q stands outside the root: an error that shows where q is not 1."),
    "reciprocal": (
        "That is one over the answer: weights would have to grow with n, and the sum "
        "of n terms with them."
    ),
    "f of q": (
        "You put the number q into f. What goes into f is z, which is random with the "
        "variance q: take a mean over it."
    ),
    "mean of f": (
        "You took the mean of f(z). What adds up in the next layer is the mean of its "
        "square."
    ),
    "inverse": (
        "Upside down: the stronger a signal f passes on, the smaller the weights must "
        "be."
    ),
    "squared mean": (
        "You squared a mean. What adds up in the next layer is the mean of the square."
    ),
    "mean size": (
        "You squared the mean of the size of f(z). What adds up in the next layer is "
        "the mean of the square."
    ),
    "he": (
        "That is He's scale. Its 2 belongs to ReLU: it stands for the half of the "
        "units that are off."
    ),
    "lecun": "That is right where f(z) = z. This f does something to z.",
}
STD_NEAR = (
    "Close, but not to 1 %. A mean over random draws comes this near; `gaussian_mean` "
    "needs no luck."
)
STD_ADVICE = (
    "The variance does not stay. Write z of the next layer as a sum of n products, and "
    "take its variance: which mean of f appears in it?"
)
STD_PRAISE = (
    "Right for activations that have no name and for any variance you like. All that "
    "an initializer has to know about an activation is this one mean."
)
STD_HINTS = (
    "One unit: $z' = w_1 f(z_1) + \\ldots + w_n f(z_n)$. The weights have mean 0 and "
    "are independent. What is the mean of $z'^2$?",
    "You should have $n\\,\\sigma_w^2\\,E[f(z)^2]$. Set it equal to what the variance "
    "of $z'$ shall be.",
    "`gaussian_mean(lambda z: f(z) ** 2, q)` is the mean you need; then solve for "
    "$\\sigma_w$.",
)

LAYERS_MISTAKES = {
    "unscaled below": (
        "You measured every z in the network as it was. But once layer 1 is rescaled, "
        "layer 2 receives something else: measure again before you go on."
    ),
    "first for all": (
        "You multiply all layers by the number that is right for the first. Each has "
        "one of its own."
    ),
    "last for all": (
        "You multiply all layers by the number that the last one suggests. Each has "
        "one of its own."
    ),
    "variance": (
        "You divide by the variance of z. If W is multiplied by c, what is the "
        "variance of z multiplied by?"
    ),
    "multiplied": (
        "You multiply by the standard deviation of z: a z that is too wide becomes "
        "wider still."
    ),
    "activations": (
        "You give the activations a = f(z) unit variance. It is the pre-activations z, "
        "before f, that shall have it."
    ),
    "activations divided": (
        "You divide the activations a and hand them on. In the finished network only "
        "the weights have changed, and nobody divides a; and it is z, before f, that "
        "shall have unit variance."
    ),
    "mean square": (
        "You divide by the root of the mean square of z. That and the standard "
        "deviation are the same only where the mean is 0, and here it is not."
    ),
    "linear": ("You left out f: the layer above receives f(z), not z."),
    "weights": (
        "You gave the weights unit variance. z adds up many of them, times what comes "
        "in: it is z that shall have unit variance."
    ),
    "last untouched": (
        "All layers but the last are right. The last z shall have unit variance, too."
    ),
    "each unit": (
        "You scale the units of a layer one by one, each column by its own number. A "
        "layer is multiplied by one number, from the variance of all its z together."
    ),
    "mean of units": (
        "You took the standard deviation of each unit and averaged. Take the variance "
        "over all numbers in z, all examples and units together."
    ),
    "inputs": (
        "You divide each layer by the standard deviation of what comes into it. What "
        "counts is what comes out, its z."
    ),
}
LAYERS_NEAR = "Close, but more than 2 % off somewhere: measure and divide once more."
LAYERS_ADVICE = (
    "These are not the arrays asked for. Each W_l is multiplied by one positive number "
    "and by nothing else. Send x up through the weights that you return and print "
    "`z.std()` at each layer: which is the first that is not 1?"
)
LAYERS_PRAISE = (
    "Unit variance in every layer, on this batch, with no theory of f at all: one "
    "measurement a layer, from the bottom up."
)
LAYERS_HINTS = (
    "Start with one layer. What happens to `(x @ W).std()` when W is multiplied by 3?",
    "Go from the bottom to the top, and carry along the activation a that the "
    "*finished* lower layers produce.",
    "In a loop: measure the z that this layer makes of a; rescale its weights; then "
    "compute a anew, with the rescaled weights, for the next layer.",
)

BUG_MISTAKES = {
    "all twins": (
        "You call everything twins. Two generators with the same seed make the same "
        "numbers, in any good initializer: two layers share one generator, and draw "
        "from it one after the other."
    ),
    "std measured": (
        "You call it healthy when the standard deviation is 2 / fan_in. That is what "
        "was promised of the variance."
    ),
    "healthy is truncation": (
        "You find a bug in healthy ones: truncation. Which variance do their weights "
        "have, compared with the one promised?"
    ),
    "root is fans": (
        "You take root for fans. Both change the variance; by how much depends on the "
        "shape, and you choose the shape."
    ),
    "root unseen": (
        "You do not see when the variance was used as standard deviation. Compare the "
        "variance of the weights with the one promised."
    ),
    "fans unseen": (
        "You do not see when fan_out stands where fan_in belongs. Which shapes can "
        "show it?"
    ),
    "fans is root": (
        "You take fans for root. What does each of them make of the variance, in "
        "numbers, for the shape that you ask for?"
    ),
    "fans is truncation": (
        "You take fans for truncation. With your shape they change the variance by "
        "much the same: choose another."
    ),
    "truncation unseen": (
        "You call it healthy when truncation is not paid back. That costs a quarter of "
        "the variance, and your test is too generous to see it, or looks elsewhere."
    ),
    "truncation is fans": (
        "You take truncation for fans. By how much does each of them change the "
        "variance, for the shape that you ask for?"
    ),
    "twins unseen": (
        "You call twins healthy. One array alone cannot show that the next one is "
        "going to be the same."
    ),
}
BUG_LUCK = (
    "Two initializers that differ in nothing but luck got different answers from you. "
    "Your kernels are small: how far does the variance of so few draws stray?"
)
BUG_ADVICE = (
    "That is not what is wrong with this one. Which number would each of the four bugs "
    "change, and to what? Print it for the four initializers above."
)
BUG_PRAISE = (
    "Found from outside, code unseen, and the healthy ones left in peace. Such a test, "
    "run once, is worth more than reading the code twice."
)
BUG_HINTS = (
    "One of the bugs cannot be seen in any single array. The other three can be told "
    "by one number.",
    "Draw one large kernel that is far from square, and divide its variance by the one "
    "promised, 2 / fan_in. What does that ratio become for each bug?",
    "With 200 inputs and 500 outputs the ratio is 1, or 200/500, or 2/200, or what "
    "`init.TRUNCATED_STD` squared tells. For twins draw twice from one generator.",
)
