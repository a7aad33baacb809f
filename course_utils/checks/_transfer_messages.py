"""What the checks of lesson 06 say: to the mistakes we know, and to right answers.

Prose apart from code, so that it can be read, and translated, in one sitting.
"""

COUNT_MISTAKES = {
    "no bias": "Your dense layers have weights only. Where `bias` is True, add biases.",
    "bias always": (
        "You count biases where `bias` is False, too. Such a layer has weights only: a "
        "batch normalization that follows would undo its biases anyway."
    ),
    "bias of inputs": (
        "You count a bias for each input of a dense layer. What is it that a bias is "
        "added to?"
    ),
    "moving trains": (
        "You count all four numbers of a batch normalization as trainable. Two of them "
        "are averages of what passes by: no gradient ever reaches them."
    ),
    "no moving": (
        "The moving mean and variance of batch normalization are missing. They are not "
        "trained, and they are parameters all the same."
    ),
    "all frozen norm": (
        "You count nothing of a batch normalization as trainable. Two of its four "
        "numbers are learned by gradients."
    ),
    "not inside": (
        "You do not count what is inside of a model. It has layers of its own, and "
        "there may be models among them: your function knows how to count layers."
    ),
    "one level": (
        "You look into a model, but not into a model inside of a model. Count its "
        "layers in the same way as the outermost ones."
    ),
    "own switch": (
        "A layer inside of a frozen model is counted as trainable because its own "
        "`trainable` is True. What does the model around it say?"
    ),
    "outer switch": (
        "Where a model is trainable, you count all of its layers as trainable. There "
        "each layer decides for itself."
    ),
    "no switch": (
        "You never look at `trainable`. The numbers of a frozen layer are there, and "
        "they count among the others."
    ),
    "frozen is gone": (
        "The parameters of frozen layers have vanished from your count. They still "
        "exist: count them among the others."
    ),
    "total": (
        "Your second number is the count of all parameters. Those that are not "
        "trainable are asked for."
    ),
    "frozen norm trains": (
        "A batch normalization that is frozen trains nothing: gamma and beta are held, "
        "too."
    ),
    "swapped": "You return the two numbers the other way round: trainable ones first.",
}
COUNT_ADVICE = (
    "Something is counted wrongly. Go through the layers with a pencil: how many "
    "numbers has each, and which of them would a gradient change?"
)
COUNT_PRAISE = (
    "Right for layers frozen by themselves, from outside, and not at all. Such a "
    "count before and after freezing costs a second and finds many a mistake."
)
COUNT_HINTS = (
    "For each layer find two numbers: what a gradient could change, and what it never "
    "does. If the layer is frozen, the first goes over to the second.",
    "A function may call itself: what a model inside has is what your function returns "
    "for its `layers`.",
    "Dense: inputs times units, plus units if there is a bias. Batch normalization: "
    "twice the units that can be trained, twice the units that never are.",
)

REUSE_NO_MODEL = (
    "A new Keras model is expected, such as `keras.Sequential` or `keras.Model` makes."
)
REUSE_IT_IS_THE_OLD_ONE = (
    "That is the old model itself. A new one is asked for, on copies of its layers."
)
REUSE_SPOILED = (
    "The old model is no longer what it was: it has lost a layer, or its weights have "
    "changed, or its layers are frozen now. Somebody else still uses it. Work on a "
    "copy."
)
REUSE_SHARED = (
    "The new model uses the very layers of the old one. A list of layers holds the "
    "layers themselves, not copies. So training for task B would spoil the network for "
    "task A."
)
REUSE_NOT_CALLABLE = (
    "Your model cannot be called with the images that the old one takes. Begin with an "
    "`Input` of the same shape, and let each layer follow the one below."
)
REUSE_NO_HEAD = (
    "These are the reused layers with nothing on top. A new layer of one unit is "
    "missing."
)
REUSE_OLD_OUTPUT = (
    "Your model answers what the old one answers. Task B has one output, from a new "
    "layer, in place of the old classes."
)
REUSE_OUTPUT = (
    "One output for each image is expected, from a new dense layer of one unit."
)
REUSE_ON_THE_OLD_HEAD = (
    "You took the old head along and put the new one on top of it. So all that task B "
    "gets to see is how probable each class of task A is."
)
REUSE_ONE_LESS = (
    "You reused one layer fewer than asked. In a `Sequential`, `model.layers` does not "
    "count the `Input`."
)
REUSE_OTHER_NUMBER = (
    "You reused {got} layers, and {right} are asked for: not always all but the last."
)
REUSE_FRESH = (
    "The layers look like the old ones, and their weights are new: nothing that the "
    "old network has learned is in them. `clone_model` copies the plan only."
)
REUSE_MOVING = (
    "All trained weights are copied, and the moving statistics of batch normalization "
    "are not: they stand at mean 0 and variance 1 still. What a network has gathered "
    "belongs to it as well."
)
REUSE_NEW_NORM = (
    "The dense layers are copied, and the batch normalization is new: its gamma, beta "
    "and averages are those of a fresh layer."
)
REUSE_NO_SIGMOID = (
    "Without the sigmoid, the outputs are not between 0 and 1. Which activation has "
    "your new layer?"
)
REUSE_OTHER_ACTIVATION = (
    "The new layer needs the sigmoid, and it has another activation."
)
REUSE_FEATURES = (
    "What reaches the new layer differs from what layer {n_layers} of the old model "
    "puts out. Compare the two on a few random images."
)
REUSE_FROZEN = (
    "Some layers of your model are frozen. Freezing is often wise at first, but here "
    "every layer shall be trainable; who trains it may decide."
)
REUSE_UNBUILT = (
    "All is copied, but the model is not built: without an `Input` it cannot know what "
    "it will be given, and has no head until it sees data. `model.input_shape` has the "
    "shape."
)
REUSE_PRAISE = (
    "Copies, weights and moving statistics included, and a new head: train it as you "
    "like, and task A will not notice."
)
REUSE_HINTS = (
    "`model.layers[:n_layers]` are the old layers themselves. Before you take layers, "
    "copy the whole model.",
    "`keras.models.clone_model` makes a model of the same plan, with new weights. "
    "`get_weights` and `set_weights` carry everything over, moving statistics too.",
    "Three parts for `keras.Sequential`: an `Input` of the old shape (without its "
    "first entry, which stands for the batch), the copied layers, a new `Dense` layer.",
)

TUNE_MISTAKES = {
    "body moves": (
        "Your body moves in phase 1 as well. The head is random then, and what it asks "
        "of the body means nothing yet."
    ),
    "body creeps": (
        "Your body moves in phase 1, at the lower rate. Slow is not frozen: in this "
        "phase it stays as it is."
    ),
    "never unfrozen": (
        "Your body never moves. In phase 2 it learns together with the head."
    ),
    "head frozen": (
        "In phase 2 you train the body alone. The head goes on learning, at the lower "
        "rate."
    ),
    "full budget": (
        "Your phase 2 takes as many steps as the whole budget has. Those of phase 1 "
        "were paid for already."
    ),
    "half and half": (
        "Your phase 2 always has half of the budget. Where phase 1 is over early, its "
        "unused steps are left for phase 2."
    ),
    "never calm": (
        "Your phase 1 always takes half of the budget. It is over before, once the "
        "gradient of the head, and of nothing else, has fallen below a tenth of the "
        "first one (not of the one before)."
    ),
    "no cap": (
        "Your phase 1 goes on until the head's gradient is small, however long that "
        "takes. It ends at half of the budget, too."
    ),
    "one rate": "You use `head_rate` in both phases. Phase 2 has a rate of its own.",
    "swapped": "You have swapped the two rates: `head_rate` belongs to phase 1.",
    "looks late": (
        "Your phase 1 takes one step more than it should. Look at the gradient before "
        "you take the step."
    ),
    "one after the other": (
        "In phase 2 you move the body first and take the head's gradient afterwards. "
        "Take both at the same point."
    ),
    "body after head": (
        "In phase 2 you move the head first and take the body's gradient afterwards. "
        "Take both at the same point."
    ),
    "head too fast": (
        "In phase 2 your head still moves at `head_rate`. Both move at `rate`."
    ),
    "squared": (
        "You compare squared norms: below a tenth of the square is below a third of "
        "the norm."
    ),
    "absolute": (
        "Your phase 1 ends when the gradient is below a tenth, not below a tenth of "
        "what it was."
    ),
}
TUNE_ADVICE = (
    "Something differs. Print, for each step, the phase, the norm of the head's "
    "gradient and how far the body is from where it began."
)
TUNE_PRAISE = (
    "Right: the head first, then everything, and not a step more than the budget. In "
    "Keras the same plan is two calls of `fit` and two of `compile`."
)
TUNE_NAN = (
    "Numbers became nan or infinite. Is a step taken against the gradient, and of the "
    "right length?"
)
TUNE_HINTS = (
    "Count the steps of phase 1 while you take them: what is left for phase 2 follows "
    "from it.",
    "Two loops. The first may end in two ways, and only the head changes in it. Its "
    "yardstick, the first gradient's norm, is computed once, before the loop.",
    "`body = body - rate * ...` makes a new array, and `body -= ...` changes the one "
    "that the caller still has.",
)

LEAK_MISTAKES = {
    "none": (
        "You find no image at all. Undo the scaling first: grey = b * std + mean; "
        "check one pixel by hand. Then: numbers stored in half as many digits are "
        "almost what they were, not equal, and cut off to whole numbers they may be "
        "one too small. Which whole grey value does each one come from?"
    ),
    "all": "You call every image seen before. Look at whole images, not single pixels.",
    "same place": (
        "You compare each image with the one at the same index only. The two lists "
        "have no common order."
    ),
    "tolerance": (
        "You take images for equal that differ by a grey value in one pixel. The "
        "rounding of B is far finer than a grey value."
    ),
    "any order": (
        "You compare which grey values an image has, and not where. The same pixels in "
        "another order are another image."
    ),
    "sum": (
        "You compare a single number for each image, such as its mean. Different "
        "images may share it."
    ),
    "pixels": (
        "You ask of each pixel whether its grey value occurs anywhere in A. What has "
        "to occur is the image, all its pixels together."
    ),
    "one pixel": "One pixel that agrees is not enough. All of them have to.",
    "within b": (
        "You call an image leaked because it occurs twice in B. Only what occurs in A "
        "is asked for."
    ),
    "once": (
        "Of an image that occurs several times in B you report one copy. Each of them "
        "has been seen."
    ),
    "inverted": (
        "You report the images that are new. Those that occur in A are asked for."
    ),
}
LEAK_OF_A = (
    "Your answer has one entry for each image of A. One for each image of B is asked "
    "for."
)
LEAK_ADVICE = (
    "Some image is judged wrongly. Bring both lists to whole grey values first, then "
    "compare whole images, each of B with all of A."
)
LEAK_PRAISE = (
    "Found by what they show, in whatever order and precision they were stored. It "
    "costs a few lines, and well-known benchmarks have been caught by it."
)
LEAK_HINTS = (
    "Two steps: undo the scaling of B, so that both lists hold whole grey values; then "
    "compare images as wholes.",
    "Multiply by std, add the mean; then `np.round` goes to the nearest whole number, "
    "and `astype` alone cuts off.",
    "Every image with every other is slow for many. The bytes of an array, "
    "`image.tobytes()`, can be put in a `set`; mind that both have the same dtype.",
)

VERDICT_MISTAKES = {
    "mean alone": (
        "You look at the sign of the mean gain. Ten splits of a coin have a mean as "
        "well: how sure is it?"
    ),
    "majority": (
        "You count in how many splits transfer wins. How much it wins and loses there "
        "matters, too."
    ),
    "upper end": (
        "You look at the upper end of the interval. The claim holds if the whole "
        "interval lies above zero, so the lower end decides."
    ),
    "above told": (
        "You ask whether the interval lies above the told gain. The rule asks whether "
        "it lies above zero."
    ),
    "best": (
        "You compare the best split of one with the best of the other. These are two "
        "different splits, and two lucky ones."
    ),
    "unpaired": (
        "Your interval is that of two separate samples. Both arms ran on the same "
        "splits: subtract split by split first, and what makes a split easy for both "
        "is gone."
    ),
    "deviation": (
        "Your interval tells where single splits lie. The mean of n splits is more "
        "certain than one of them."
    ),
    "variance over n": (
        "Your interval's half width has the wrong unit somewhere: is it the root of n "
        "that you divide by?"
    ),
    "normal": (
        "Your interval is too narrow for so few splits: 1.96 is meant for many. You "
        "were given a number for n."
    ),
    "ddof": (
        "Your standard deviation has n below the line, and so your interval is too "
        "narrow. NumPy does that unless told otherwise: look for `ddof`."
    ),
    "excludes zero": (
        "An interval that lies below zero also leaves out zero, and then transfer "
        "loses. The claim is that it gains."
    ),
    "other way": (
        "You subtract the other way round: a gain is what transfer has more than "
        "scratch."
    ),
    "told first": (
        "You ask first whether the told gain is an exception. A claim that holds is "
        "not spoiled by a text that shows its best split."
    ),
    "never picked": (
        "You never say 'cherry-picked'. Where the claim does not hold, ask how many "
        "of the splits gain what the text tells."
    ),
    "always picked": (
        "You call every claim that does not hold 'cherry-picked'. Some texts show "
        "quite an ordinary split."
    ),
    "above the interval": (
        "You call a gain cherry-picked when it lies above the interval. That interval "
        "is one for the mean, and many ordinary splits lie above it."
    ),
    "exactly one": (
        "You say 'cherry-picked' only where exactly one split reaches what the text "
        "tells. Where none does, it is an exception all the more: at most one includes "
        "none."
    ),
    "two": (
        "You say 'cherry-picked' where two splits reach what the text tells. One may "
        "be an exception; two are not, by our rule."
    ),
    "not one": (
        "You say 'cherry-picked' only where no split at all reaches what the text "
        "tells. One that does is still an exception."
    ),
}
VERDICT_ADVICE = (
    "One of the cases is judged otherwise. Compute the gains, their mean and the ends "
    "of the interval, and then go through the three words in their order."
)
VERDICT_PRAISE = (
    "Right, and by the same rule whether you like the claim or not. Two points on one "
    "split need readers like you."
)
VERDICT_HINTS = (
    "Subtract first: one gain for each split. All the rest is about these gains.",
    "The interval reaches as far to both sides of the mean: t times the standard "
    "deviation over the root of n. `np.std` has an argument `ddof`.",
    "Ask in this order: is the lower end above zero? If not: how many gains are as "
    "large as the told one?",
)
