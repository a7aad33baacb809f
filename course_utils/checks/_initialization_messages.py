"""What the checks of lesson 02 say of counts, scales and layers.

Prose apart from code, so that it can be read, and translated, in one sitting. What they
say of random draws is in `_initialization_draw_messages`.
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
        "That is He's standard deviation. The scale in it, 2, belongs to ReLU: it "
        "stands for the half of the units that are off."
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
        "before f, that shall have it; and only the weights may be changed for that."
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
