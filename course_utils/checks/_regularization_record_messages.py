"""What the other checks of lesson 09 say: samples, calibration, the right cure."""

STREAM_MISTAKES = {
    "ddof": (
        "You divided by K - 1. That estimates the variance of *all* samples one might "
        "draw; here that of these K is asked for. With a single sample you would "
        "divide by 0."
    ),
    "std": "That is the standard deviation. The variance is asked for.",
    "halving": (
        "Your mean is (mean + sample) / 2 at each step. There `mean` stands for all "
        "samples before it, and counts as much as one: the last sample makes up half "
        "of the result. How much weight should sample number 10 have?"
    ),
    "one too many": (
        "You divided by K + 1. Where does the counting begin, and does the 0 you start "
        "from count as a sample?"
    ),
    "one too few": (
        "Your mean is too large by the factor K / (K - 1). Where does the counting "
        "begin?"
    ),
    "sums": "You never divided by the number of samples.",
    "last": "Your mean is the last sample. What becomes of those before it?",
    "mean of squares": (
        "That is the mean of the squares. The variance is that of the distances from "
        "the mean."
    ),
    "not divided": (
        "Your mean is right. Your variance is K times too large: a sum of squares, and "
        "not yet their mean."
    ),
    "old mean": (
        "You squared the distance from the mean *before* the sample came in, and that "
        "is too far. The mean moves at each step: two distances are in play, and the "
        "right product has one of each."
    ),
    "new mean": (
        "You squared the distance from the mean *after* the sample came in, and the "
        "mean had gone to meet it. Two distances are in play, and the right product "
        "has one of each."
    ),
    "no spread": (
        "Your mean is right, and the variance is 0: was it a second loop over the "
        "samples? An iterator gives each of them once."
    ),
    "swapped": (
        "These are the right numbers in the other order: first the mean, then the "
        "variance."
    ),
}
STREAM_KEEPS = (
    "The numbers are right, but your function holds on to the samples: the memory it "
    "takes grows with their number. After a sample has been worked in, nothing of it "
    "should be needed any more."
)
STREAM_CANCELS = (
    "The mean is near 100 million, its square has 17 digits, and a float has 16: what "
    "tells these samples apart is lost before you subtract. Work with distances from "
    "the mean, and they are small numbers from the start."
)
STREAM_ONE = (
    "There is one sample only. It is its own mean, and all samples are at distance 0 "
    "from it."
)
STREAM_ONCE = (
    "A stream has no length, no index and no stack: all there is to do is to loop over "
    "it, `for sample in samples`, and to count on the way."
)
STREAM_NOT_FINITE = (
    "Some of your numbers are nan or infinite. Was something divided by a count that "
    "was 0 still? And was it the samples' first time through the loop?"
)
STREAM_ADVICE = (
    "Take two samples, 1 and 3, and go through your loop by hand: the mean is 1 after "
    "the first and 2 after the second; the variance is 0, and then 1."
)
STREAM_PRAISE = (
    "Each sample seen once, none kept, and no digits lost. (Welford found this in "
    "1962, when memory was dear.)"
)
STREAM_HINTS = (
    "Begin with the mean. When sample number k comes, the old mean stands for k - 1 "
    "samples. By what share of its distance from the new sample should it move?",
    "For the variance, keep the sum of squared distances from the mean, and divide by "
    "the count at the very end. What a sample adds to it has two factors.",
    "One factor is the distance of the sample from the mean before the update, the "
    "other its distance from the mean after it.",
)

CALIBRATION_MISTAKES = {
    "true class": (
        "You took the probability of the *true* class. The network does not know it: "
        "its confidence is the probability of the class that it chooses."
    ),
    "all classes": (
        "You put every probability of every class into a bin. That is another measure; "
        "here each image has one confidence, that of its choice."
    ),
    "unweighted": (
        "Every bin counts the same in your mean, whether it holds one image or a "
        "hundred."
    ),
    "sum": "You added up the distances of the bins. Each has a weight n_m / n.",
    "signed": (
        "You took one gap for all images, or gaps with a sign: too much confidence in "
        "one bin and too little in another then make up for each other. Each bin has a "
        "distance, and a distance has no sign."
    ),
    "largest": (
        "That is the largest distance of any bin (the *maximum* calibration error). "
        "The mean is asked for."
    ),
    "squared": "You squared the distances. Here they are taken as they are.",
    "middles": (
        "You compared with the middle of the bin. Images need not lie there: take the "
        "mean of their confidences."
    ),
    "stretched": (
        "Your bins begin at the lowest confidence and end at the highest. They cut the "
        "interval from 0 to 1, whatever the confidences are."
    ),
    "same number": (
        "Your bins hold the same number of images each. Here they are of the same "
        "*width*."
    ),
    "fixed": "You use a number of bins of your own. How many there are is an argument.",
    "no bins": (
        "That is the mean distance between confidence and 0 or 1, image by image. A "
        "single image is right or wrong: only among many can 80 % be."
    ),
    "percent": "That is in percent. A number from 0 to 1 is asked for.",
}
CALIBRATION_EMPTY = (
    "Some of these bins are empty: there is no mean of nothing. A bin without images "
    "has no weight either."
)
CALIBRATION_ONE = (
    "Some confidences are exactly 1 here. The last bin ends at 1, and 1 belongs to it: "
    "where does your function put it?"
)
CALIBRATION_ADVICE = (
    "Take two bins and three images by hand: confidences 0.6, 0.8 and 0.4, of which "
    "the first two are right. The upper bin: 1 is right, 0.7 is claimed. The lower: 0, "
    "and 0.4. So 2/3 of 0.3 and 1/3 of 0.4."
)
CALIBRATION_PRAISE = (
    "Right, with empty bins and with certainty. It is the number behind a reliability "
    "diagram."
)
CALIBRATION_HINTS = (
    "Each image gives two numbers: its confidence, the largest of its row, and whether "
    "the class that has it is the label. After that the probabilities are not needed.",
    "Loop over the bins from `np.linspace(0, 1, bins + 1)`. A boolean array says which "
    "images are in a bin: above its lower end, and up to its upper end.",
    "Within a bin take the difference of two means, without its sign, times the number "
    "of images in it over all; leave a bin out if it has none.",
)

CURE_MISTAKES = {
    "logged": (
        "You judged the fit by the reported training loss. It was measured with units "
        "missing, each batch in another network. What does the finished one do?"
    ),
    "above": (
        "You take a training loss above the validation loss for under-fitting. With a "
        "regularizer at work it is mostly an artefact: the two were not measured on "
        "the same network."
    ),
    "gap": (
        "You want to close the gap between training and validation, where validation "
        "is good enough already. A gap alone is no illness."
    ),
    "fit unseen": (
        "One of these does not fit its own training data as well as the goal asks. "
        "What should a regularizer, or more data, do for it?"
    ),
    "best for last": (
        "You looked at the best epoch. The network that you have is that of the last "
        "one."
    ),
    "never stops": (
        "You looked at the end of the validation curve only. Where was it on the way?"
    ),
    "any rise": (
        "You stop wherever the validation loss has risen. Stopping gets you its lowest "
        "point, at best: would that be good enough?"
    ),
    "no regularizer seen": (
        "You regularize what is regularized already. Compare the reported training "
        "loss with the clean one: what makes them differ?"
    ),
    "no regularizer missed": (
        "You collect data for a network that nothing holds back. There is a cheaper "
        "thing to try: compare the reported training loss with the clean one."
    ),
    "the other way": (
        'You have "regularize" and "collect data" the wrong way round. What does it '
        "mean when reported and clean training loss are nearly the same?"
    ),
    "by valid": (
        "You compared the reported training loss with the validation loss. Whether a "
        "regularizer is at work shows beside the clean training loss."
    ),
}
CURE_ADVICE = (
    "Ask one question after the other. Is the network good enough? If not, does it fit "
    "its training data? If it does, was it ever good enough? If never, is a "
    "regularizer at work?"
)
CURE_PRAISE = (
    "All of them. And only one question needed the training loss that everybody plots."
)
CURE_HINTS = (
    "Begin with the only thing that counts in the end: the last validation loss and "
    "the goal.",
    "If that is too high, the clean training loss says whether the network fits at "
    "all. If it does, look at the lowest validation loss on the way.",
    "What is left has a gap that was always too wide. The ratio of the last reported "
    "training loss to the clean one says whether a regularizer is at work.",
)
