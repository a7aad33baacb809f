"""What the checks of Adam and of weight decay say. See `_optimizers_messages`."""

ADAM_MISTAKES = {
    "t from 0": (
        "Your corrections are those of the step before. The argument t counts the "
        "steps already made; the step you make now is one more."
    ),
    "t not counted": (
        "The step is right, but you return the t that came in. The next call would "
        "take itself for this one."
    ),
    "epsilon inside": (
        "Your epsilon is under the root. In the formula it is added after the root is "
        "taken: it makes a difference where gradients are small."
    ),
    "epsilon early": (
        "You add epsilon to the root of the uncorrected s, as Keras does. In the "
        "formula above s is corrected first."
    ),
    "no epsilon": "Epsilon is missing. See what becomes of it where s is small.",
    "no correction": (
        "The corrections are missing. m and s begin at 0, so their first values are "
        "far too small: what are they after one step, and what should they be?"
    ),
    "only m": "You correct m alone. s begins at 0 as well.",
    "only s": "You correct s alone. m begins at 0 as well.",
    "corrected kept": (
        "You return the corrected moments. The next step goes on from those before "
        "correction; else it corrects what is corrected already."
    ),
    "one beta": "You correct both moments with the same beta. Each has its own.",
    "power of the rest": (
        "You took 1 - beta to the power t. What is missing after t steps is beta to "
        "the power t, and the correction divides by the rest of 1."
    ),
    "times t": (
        "You multiply beta by t. beta^t is a power: the share of the zeros at the "
        "start that is left after t steps."
    ),
    "not squared": (
        "Your s averages the gradient, or its size, and not its square. What does the "
        "root of it measure then?"
    ),
    "sum": (
        "Your moments add up the gradients instead of averaging them: the new gradient "
        "enters in full. Under a constant gradient, what should m become in the end?"
    ),
    "sum of m": (
        "m adds the new gradient in full. An average takes as much of the new as it "
        "gives up of the old."
    ),
    "sum of s": (
        "s adds the new square in full. An average takes as much of the new as it "
        "gives up of the old."
    ),
    "no root": "A root is missing below the line: s has the unit of a square.",
    "betas swapped": "You swapped the betas: beta_1 belongs to m, beta_2 to s.",
    "old moments": (
        "m and s are updated well, but your step is made of the old ones: this step's "
        "gradient has no part in it."
    ),
    "uphill": "You add the step, and walk uphill.",
    "no rate": "The learning rate is missing.",
}
ADAM_NAN = (
    "Some of your numbers are nan or infinite. If it is in the first step, look at the "
    "corrections: which t makes their divisor zero? Else look at what is under the "
    "root."
)
ADAM_ADVICE = (
    "This is not Adam's step. Take zero moments, t = 0, one weight, the gradient 1 and "
    "epsilon 0 on paper: the weight must move by the learning rate, and m and s must "
    "be 1 - beta_1 and 1 - beta_2."
)
ADAM_ZERO = (
    "Right where gradients are not zero. A weight that no gradient has reached yet has "
    "m = s = 0, and must stay where it is."
)
ADAM_PRAISE = (
    "Right at the first step, later on, and ten times in a row. The size of its first "
    "step does not depend on the size of the gradient: you have seen why."
)
ADAM_HINTS = (
    "Go down the formula line by line, with t + 1 first. No loop is needed.",
    "Give the corrected moments names of their own: they are used in this step and "
    "then forgotten.",
    "beta_1, beta_2 = betas. The corrections divide by 1 - beta**t, with the t of this "
    "step; epsilon is added to the finished root.",
)

DECAY_MISTAKES = {
    "l2": {
        "decoupled": (
            "You shrink the weights beside Adam: that is rule 'decoupled'. A penalty "
            "in the loss changes its gradient, and Adam sees nothing else."
        ),
        "twice": (
            "Your penalty pulls twice as hard. What is the derivative of lambda / 2 "
            "times the square? (Keras' regularizer has no 1/2.)"
        ),
        "with rate": (
            "You put the learning rate into the gradient. Adam brings it in by itself."
        ),
        "away": "Your penalty pushes weights away from zero. Mind its sign.",
        "norm": (
            "You took the gradient of the norm. The penalty is its square: no root, "
            "and large weights are pulled harder."
        ),
        "length": (
            "You add one number, lambda times the length of theta, to every weight's "
            "gradient. The derivative for a weight is made of that weight alone."
        ),
        "sign": (
            "Your penalty pulls all weights equally hard, as l1 does. That of a square "
            "grows with the weight."
        ),
        "only m": (
            "m sees the penalty and s does not. Adam gets one gradient, and both of "
            "its moments are made of it."
        ),
        "only s": (
            "s sees the penalty and m does not. Adam gets one gradient, and both of "
            "its moments are made of it."
        ),
        "none": "There is no penalty in that step: it is Adam's own.",
    },
    "decoupled": {
        "l2": (
            "You put the decay into the gradient: that is rule 'l2'. Here m and s must "
            "be those of the loss alone."
        ),
        "adaptive": (
            "m and s are right, but the decay is divided by the root of s, like a "
            "gradient. Decoupled means that all weights lose the same share."
        ),
        "no rate": (
            "You forgot the learning rate in the decay. With eta = 0.001 your weights "
            "vanish a thousand times too fast."
        ),
        "after": (
            "You decay what Adam has already moved. The decay is that of theta as it "
            "came in."
        ),
        "away": "Your weights grow: the decay has the wrong sign.",
        "both": (
            "You decay the weights, and the gradient has the penalty in it as well. "
            "Once is enough, and Adam must not hear of it."
        ),
        "twice": "You decay twice as fast as asked.",
        "none": "There is no decay in that step: it is Adam's own.",
    },
}
DECAY_EMPTY = "The line for rule {rule!r} is still empty: it raises the error."
DECAY_ADVICE = {
    "l2": (
        "Rule 'l2' is Adam, with another gradient. Which gradient does the loss plus "
        "the penalty have? Everything else follows."
    ),
    "decoupled": (
        "Rule 'decoupled' has the m and s of Adam without any penalty, and a theta "
        "that is smaller by a share. Compare with your adam_step on the same arguments."
    ),
}
DECAY_NAN = (
    "Some of your numbers are nan or infinite. Did adam_step pass its check? It is "
    "worth having it right first."
)
DECAY_PRAISE = (
    "Right, both of them. They are the same sentence with plain gradient descent, and "
    "two different optimizers here: measure it below."
)
DECAY_HINTS = (
    "Both rules need one call of adam_step. They differ in the gradient that goes in "
    "and in what is done to the theta that comes out.",
    "The derivative of lambda / 2 times a sum of squares has one term for each weight, "
    "and that weight alone is in it.",
    "For 'decoupled', compute what theta loses before Adam moves it, and take it off "
    "afterwards. The loss is a share of theta: the rate times lambda.",
)
