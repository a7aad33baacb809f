"""What the checks of lesson 03 say: to the mistakes we know, and to right answers.

Prose apart from code, so that it can be read, and translated, in one sitting.
"""

SOFTPLUS_AS_WRITTEN = (
    "That is the formula as it stands in books, and it fails at both ends. Far above "
    "zero the exponential overflows. Far below, 1 plus a tiny number is rounded to 1, "
    "and its logarithm to 0."
)
SOFTPLUS_OVERFLOW = (
    "Below zero you keep every digit: well done. Above zero the exponential still "
    "overflows. What does softplus look like far to the right, and how far is it from "
    "that?"
)
SOFTPLUS_LOST = (
    "Nothing overflows any more. But far below zero you add a tiny number to 1, which "
    "rounds it away before the logarithm sees it. NumPy has a logarithm made for this."
)
SOFTPLUS_CLIPPED = (
    "Cutting large z off keeps the exponential from overflowing, and makes the result "
    "wrong there: softplus goes on rising with z."
)
SOFTPLUS_RELU = (
    "That is ReLU. Softplus is rounded at the kink: at z = 0 it is log(2), and it is "
    "positive everywhere."
)
SOFTPLUS_SYMMETRIC = (
    "Your result is the same for z and -z. That is right below zero; above zero "
    "softplus rises with z, so a part is missing."
)
SOFTPLUS_SLOPE = (
    "That is the sigmoid, which is the slope of softplus and not softplus itself."
)
SOFTPLUS_MIRRORED = (
    "Above zero you keep every digit. Far below, the exponential of -z overflows, and "
    "already at z = -40 two large numbers cancel and leave nothing."
)
SOFTPLUS_TOO_SOON = (
    "Below zero you return the exponential alone. Softplus comes close to that far to "
    "the left, and not before: at z = 0 it is log(2), and the exponential is 1."
)
SOFTPLUS_ADVICE = (
    "That is not log(1 + exp(z)). Compare at z = 0, where it is log(2) = 0.6931."
)
SOFTPLUS_PRAISE = (
    "Right from -1500 to 1500, tiny values to their last digits. The formula is the "
    "same; only what the computer has to hold on the way is different."
)
SOFTPLUS_HINTS = (
    "Far to the right softplus is almost the line $z$, far to the left almost $0$. "
    "Write it as ReLU plus something small.",
    "What is $\\log(1 + e^z) - z$ for a large $z$? Put both under one logarithm: only "
    "an exponential of something negative is left.",
    "Both sides have the same small part, a function of $|z|$ alone. And "
    "`np.log1p(t)` is $\\log(1 + t)$ without the detour through $1 + t$.",
)

SOFTMAX_OVERFLOW = (
    "Right for small scores. Large ones overflow, and infinity over infinity is nan; "
    "scores far below zero all become 0, and 0 / 0 is nan as well. Only differences of "
    "scores matter: use that freedom."
)
SOFTMAX_UNDERFLOW = (
    "You subtract the largest score of the whole array. A row that is far below it "
    "becomes all zeros, and 0 / 0 is nan: each row needs a number of its own."
)
SOFTMAX_MEAN = (
    "You subtract each row's mean. A score far above the mean still overflows: which "
    "number of a row leaves nothing above it?"
)
SOFTMAX_EPSILON = (
    "A small number added to the sum hides the 0 / 0 and leaves zeros, which do not "
    "add up to 1; and large scores still overflow. Only differences of scores matter: "
    "use that freedom."
)
SOFTMAX_COLUMNS = (
    "Your columns add up to 1. The scores of one image stand along the last axis: it "
    "is these that must add up to 1."
)
SOFTMAX_WHOLE = (
    "All your numbers together add up to 1. Each row is an image of its own, with its "
    "own probabilities."
)
SOFTMAX_NOT_DIVIDED = (
    "These are the exponentials. To be probabilities, those of a row have to add up "
    "to 1."
)
SOFTMAX_LOG = "These are the logarithms of the probabilities."
SOFTMAX_NO_EXPONENTIAL = (
    "You divided the scores themselves by their sum. A score may be negative, a "
    "probability may not: that is what the exponential is for."
)
SOFTMAX_CLIPPED = (
    "Cutting large scores off makes different scores alike: 1000 and 999 then get the "
    "same probability. Move the scores instead of cutting them."
)
SOFTMAX_NO_SECOND_AXIS = (
    "A single image's scores come as an array of shape (classes,): use axis=-1."
)
SOFTMAX_ADVICE = (
    "These are not the probabilities. Take the scores of one image, exponentiate them "
    "and divide by their own sum. The classes are on the last axis, be there one axis "
    "or three."
)
SOFTMAX_PRAISE = (
    "Right for scores of any size and arrays of any shape. This is what stands at the "
    "end of every classifier of the course."
)
SOFTMAX_HINTS = (
    "Add the same number to all scores of a row: what happens to the quotient? Choose "
    "that number so that no exponential can overflow.",
    "If the largest exponent of a row is 0, nothing overflows, and the sum is at least "
    "1. Take care that every row gets its own number.",
    "`z.max(axis=-1, keepdims=True)` has one number a row, in a shape that can be "
    "combined with z again. The sum needs the same two arguments.",
)

PRELU_NOT_TWO = (
    "Two arrays are expected, as in `return for_z, for_alpha`: the gradient for z and "
    "the gradient for alpha."
)
PRELU_SWAPPED = "Two arrays of the right shapes, in the wrong order: z comes first."
PRELU_PER_IMAGE = (
    "For alpha you return one number for each image and unit. But a unit has one slope "
    "that all images share, so it has one derivative."
)
PRELU_ONE_FOR_ALL = (
    "For alpha you return a single number. Each unit has a slope of its own, so there "
    "is one derivative a unit."
)
PRELU_PER_ROW = (
    "For alpha you return one number for each image. A unit has one slope that all "
    "images share, so there is one derivative a unit: along which axis did you add up?"
)
PRELU_Z_NO_INCOMING = (
    "For z you return the slopes alone. By the chain rule they multiply the gradient "
    "that comes in from above."
)
PRELU_Z_SIDE = (
    "For z the two sides are swapped: which one does alpha belong to? Draw the "
    "function."
)
PRELU_Z_RELU = (
    "For z that is the gradient of a plain ReLU: nothing gets through below zero. Here "
    "something does."
)
PRELU_Z_BOTH_SIDES = "For z you use alpha everywhere. It is the slope on one side only."
PRELU_Z_VALUE = (
    "For z you multiply by the unit's output. The chain rule asks for its slope."
)
PRELU_Z_MAXIMUM = (
    "Your gradient for z picks the branch by which of alpha z and z is larger. That is "
    "right only up to alpha = 1; training may take a slope beyond. What decides is the "
    "sign of z."
)
PRELU_Z_MEAN = (
    "For z you divide by the number of images. Whether the loss is a mean has been "
    "settled above, and is in the incoming gradient already."
)
PRELU_Z_ADVICE = (
    "The gradient for z does not match. Take one entry with z > 0 and one with z < 0, "
    "and write down what a is, and how a small change of z changes it."
)
PRELU_ALPHA_MEAN = (
    "The gradient for z is right. For alpha you took the mean over the images. One "
    "slope moves the loss through every image, and these changes come together."
)
PRELU_ALPHA_NO_INCOMING = (
    "The gradient for z is right. For alpha you left out the gradient that comes in "
    "from above: a change of a matters as much as the loss depends on a."
)
PRELU_ALPHA_SIDE = (
    "The gradient for z is right. For alpha you use the images with z > 0. Does a "
    "depend on alpha there?"
)
PRELU_ALPHA_BOTH_SIDES = (
    "The gradient for z is right. For alpha you let all images count. For some of "
    "them, a does not depend on alpha at all."
)
PRELU_ALPHA_TWICE = (
    "The gradient for z is right. For alpha there is a factor alpha too many: if "
    "a = alpha z, what is the derivative of a with respect to alpha?"
)
PRELU_ALPHA_NO_Z = (
    "The gradient for z is right. For alpha a factor is missing: a steeper slope moves "
    "the output more where z is farther from 0."
)
PRELU_ALPHA_SIGN = (
    "The gradient for z is right. For alpha the sign is wrong: where z is negative, a "
    "larger alpha makes a smaller."
)
PRELU_ALPHA_MAXIMUM = (
    "For alpha you pick the images by which of alpha z and z is larger. That is right "
    "only up to alpha = 1. What decides is the sign of z."
)
PRELU_ALPHA_ADVICE = (
    "The gradient for z is right, the one for alpha does not match. Take one unit and "
    "two images: which of its outputs depend on alpha, and how?"
)
PRELU_PRAISE = (
    "Both gradients are right, for slopes of 0, below 0 and above 1. With these two a "
    "network learns its activation along with its weights."
)
PRELU_HINTS = (
    "Write a as two cases, and differentiate each case once for z and once for alpha. "
    "Four small derivatives are all there is.",
    "`np.where(z > 0, this, that)` puts two cases together. Then the chain rule: what "
    "comes in from above multiplies each entry.",
    "One alpha serves every image, so its derivative collects what all of them say. "
    "Along which axis do the images stand?",
)

DEAD_ZEROS = (
    "That is the share of zeros. A healthy ReLU gives zero for about half of the "
    "images: dead is a unit that gives it for all of them."
)
DEAD_SOMETIMES = (
    "You count units that are zero for some image. That is what a ReLU is for; dead is "
    "a unit that is zero for every one."
)
DEAD_ON_AVERAGE = (
    "You look at the mean of z. A unit that is negative on average and positive for a "
    "single image learns from that image: it is not dead."
)
DEAD_MOSTLY = (
    "You count units that are zero for most images. A unit that answers a few images "
    "only is a specialist, and still learns from these."
)
DEAD_IMAGES = (
    "You went along the wrong axis: this is the share of images for which all units "
    "are zero."
)
DEAD_LAYER = (
    "You ask whether all units are dead. Ask each unit, then take the share of those "
    "that are."
)
DEAD_COUNTED = "You counted them. The share is asked for, from 0 to 1."
DEAD_DIVIDED = (
    "You divide by the number of images. It is a share of the units that is asked for."
)
DEAD_PERCENT = "These are percent. The share is asked for, from 0 to 1."
DEAD_ALIVE = "That is the share of units that are alive."
DEAD_AT_ZERO = (
    "One case is missing: a unit without weights has z = 0 exactly, for every image. "
    "What does a ReLU return there, and what is its slope?"
)
DEAD_ADVICE = (
    "That is not the share of dead units. Take the small case below, and for each "
    "column say whether this unit ever gives anything but 0."
)
DEAD_PRAISE = (
    "Right, from a layer all awake to one all dead, units at exactly 0 included."
)
DEAD_HINTS = (
    "First one answer for each unit, then the share of yes. Which axis are the units "
    "on?",
    "A unit is dead when its output is zero for the first image *and* the second *and* "
    "so on. NumPy has a method for such an *and* along an axis.",
    "The mean of an array of True and False is the share of True.",
)

SELU_UNCUT = (
    "Below zero only: h is called on positive z as well. Use h(np.minimum(z, 0))."
)
SELU_MEAN = (
    "That lambda is enormous: the mean of a is 0 by now, so dividing by it is dividing "
    "by 0. The second equation is about the mean *square*."
)
SELU_MISTAKES = {
    "no mean": (
        "The mean square comes out as q, but the mean is not 0, and every unit of the "
        "next layer would be shifted by it. There are two numbers to choose, because "
        "there are two wishes."
    ),
    "variance only": (
        "The variance comes out right, but the mean is not 0, and every unit of the "
        "next layer would be shifted by it. There are two numbers to choose, because "
        "there are two wishes."
    ),
    "scale first": (
        "alpha is right. But you found lambda with alpha = 1, and then alpha "
        "changed the variance: the order matters."
    ),
    "no scale": (
        "alpha is right and the mean is 0. The variance is not q yet: lambda is "
        "still to be chosen."
    ),
    "one branch": (
        "You let lambda stretch the upper branch alone. In the exercise it "
        "multiplies both, alpha only the lower one."
    ),
    "no root": (
        "alpha is right. But lambda multiplies a, so what does it do to the "
        "variance of a?"
    ),
    "upside down": (
        "alpha is right. Your lambda goes the wrong way: where the variance is too "
        "small, a must be stretched."
    ),
    "target": (
        "alpha is right. You brought the variance to 1: for z of variance q it shall "
        "be q that comes out."
    ),
    "q as std": "You use q as the standard deviation. It is the variance of z.",
    "other variance": (
        "`gaussian_mean(g, q)` takes the variance; you seem to use 1 (or the root) for "
        "every q."
    ),
    "SELU's bend": (
        "These are the constants of one bend, e^z - 1. Each h needs its own, and each "
        "q as well."
    ),
    "alpha's sign": (
        "Your alpha has the wrong sign. With it the lower branch is positive as well, "
        "and the mean cannot be 0."
    ),
    "scale's sign": (
        "Your equations hold, with a turned upside down: they do not tell lambda from "
        "its negative. The exercise asks for the positive one."
    ),
    "swapped": "Both numbers are right, in the wrong order: alpha comes first.",
}
SELU_NEAR = (
    "Close, but not to 0.1 %. Random samples come this near, and so does a coarse "
    "search; `gaussian_mean` is exact to many digits."
)
SELU_ADVICE = (
    "The pair does not do both: below stands what becomes of mean and variance. See "
    "which of the two is off, and take the mean first."
)
SELU_PRAISE = (
    "For h = np.expm1 and q = 1 these are SELU's two constants, with all the digits "
    "of the paper; for other shapes nobody has printed them."
)
SELU_HINTS = (
    "Two unknowns, two equations: the mean of a is 0, the mean of its square is q. "
    "Which of the unknowns does the first equation not need?",
    "Split the mean at 0. The part above is the mean of ReLU; the part below is alpha "
    "times a mean of h. Both are calls of `gaussian_mean`.",
    "With alpha known, compute the mean square of a for lambda = 1. What does lambda "
    "do to a mean *square*?",
)

REMEDY_MISTAKES = {
    "by name": (
        "You answer by the activation's name. Each of the three also comes in networks "
        "that are fine: look into z."
    ),
    "units first": (
        "You look at the units before the inputs. Raw inputs make any unit look sick: "
        "put these right first, and see whether it is still."
    ),
    "std only": (
        "You check how widely the inputs spread, and not where they lie. Inputs of "
        "mean -4 and standard deviation 1 are not standardized."
    ),
    "mean only": (
        "You check where the inputs lie, and not how widely they spread. Inputs of "
        "mean 0 and standard deviation 60 are not standardized."
    ),
    "above only": (
        "You find inputs that lie too high. They may also lie too low: here it is the "
        "distance from 0 that counts."
    ),
    "wide only": (
        "You find inputs that spread too widely. Inputs may also be too small: with a "
        "standard deviation of 0.1, so is every z they make."
    ),
    "zeros": (
        "You count zeros. A ReLU network can give zero three times out of four while "
        "no unit is dead: count what exercise 4 counts."
    ),
    "one unit": (
        "You call a network sick that has a dead unit or two. Most units of a layer "
        "are meant."
    ),
    "average": (
        "You take the layers together. One sick layer among healthy ones is enough: "
        "what it does not pass on, nobody else can."
    ),
    "top only": (
        "You look at the last layer only. The sick one may lie anywhere below."
    ),
    "first only": (
        "You look at the first layer only. The sick one may lie anywhere above."
    ),
    "variance": (
        "You hold the variance against 1/2 and 2. These are limits of the standard "
        "deviation: one of 1.5 is fine, and its square is above 2."
    ),
    "each feature": (
        "You ask every feature alone. Taken together the inputs are fit, though one "
        "feature lies off and spreads widely."
    ),
    "upper end": (
        "You see units that are flat at the upper end. A sigmoid has two flat ends."
    ),
    "absolute": (
        "You compare the slopes with 5 %, and not with 5 % of the steepest. How steep "
        "is a sigmoid at most?"
    ),
    "growth": (
        "You see a signal that grows. With weights too small it fades, and that is no "
        "better."
    ),
    "dead everywhere": (
        "You look for dead units in networks of other units, too. A sigmoid below zero "
        "is neither zero nor flat: only of a ReLU is this a disease."
    ),
}
REMEDY_ADVICE = (
    "That is not what this network needs. First: are the inputs fit? Then: which "
    "disease can units of this name have, and does a layer have it?"
)
REMEDY_PRAISE = (
    "Right for eighteen networks. Seven of those that were ill needed no other "
    "activation, only other inputs or other weights."
)
REMEDY_HINTS = (
    "Three questions, in this order: are the inputs fit; what can go wrong with units "
    "of this name; has it gone wrong in any layer?",
    "Write a helper for each disease that takes the z of *one* layer and says yes or "
    "no. `any(... for layer in z)` then asks all layers.",
    "`act.sigmoid_derivative(layer)` gives the slopes; the steepest is 1/4. Your "
    "`dead_share(layer)` does ReLU. The standard deviation of a whole layer, images "
    "and units together, is `layer.std()`.",
)
