"""What the checks of lesson 07 say: to the mistakes we know, and to right answers.

Prose apart from code, so that it can be read, and translated, in one sitting.
"""

PATH = (
    "Single steps are right, and ten in a row are not. Does your function keep "
    "something for itself between two calls, in a global variable or a default "
    "argument? All that it may remember comes in and goes out."
)

# 1. Terminal velocity

VELOCITY_MISTAKES = {
    "uphill": "Your ball rolls uphill. Look at the sign in front of the gradient.",
    "no rate": (
        "The learning rate is missing: with half the rate the ball ends up half as "
        "fast."
    ),
    "over mu": (
        "You divide by the momentum itself. Then less momentum would make a faster "
        "ball: what happens at 0.9, and at 0.1?"
    ),
    "times the rest": (
        "You multiply by what friction leaves over, and that makes the ball slower "
        "than its first step was. A velocity that is added to grows."
    ),
    "first step": (
        "That is the velocity after the first step. The next one adds to what is left "
        "of it."
    ),
    "one short": (
        "You left the newest gradient out: these are the old ones alone, each of them "
        "with the friction of one step too many. Check it at mu = 0."
    ),
    "after the steps": (
        "That is the velocity after so many steps, and it still grows. What it "
        "approaches does not depend on the share."
    ),
    "distance": (
        "That is how far the ball has come. Its velocity is the length of one step."
    ),
}
VELOCITY_ADVICE = (
    "The velocity is not right. In the end the ball no longer gets faster: one step of "
    "the rule then leaves v as it is. Which v is that?"
)
STEPS_MISTAKES = {
    "last before": (
        "The velocity is right. After so many steps the ball has not quite reached the "
        "share: you stop one step early."
    ),
    "one late": (
        "The velocity is right. One step earlier the ball has already reached the "
        "share. The first step makes the velocity -eta g, not 0."
    ),
    "not whole": (
        "The velocity is right. There are no parts of a step: a whole number is asked "
        "for, and at it the share must have been reached."
    ),
    "missing taken for share": (
        "The velocity is right. You count the steps until the share is what is "
        "*missing*. After t steps mu^t is missing, so what is mu^t to be?"
    ),
    "time constant": (
        "The velocity is right. 1 / (1 - mu) steps is a good rule of thumb for how far "
        "back the velocity remembers; the share you reach by then is another one."
    ),
    "of the distance": (
        "The velocity is right. You count until the distance covered is the share of "
        "that velocity. The share is one of speed."
    ),
}
STEPS_ADVICE = (
    "The velocity is right, the number of steps is not. Simulate it: start with v = 0, "
    "make one step after the other, and count until v has reached the share."
)
NO_MOMENTUM = (
    "Right with momentum. Without it (mu = 0) the first step is all there is, and the "
    "velocity reaches its final value in 1 step. What does your formula make of the "
    "logarithm of 0?"
)
VELOCITY_PRAISE = (
    "Right, with little momentum, with much and with none. Remember the first of the "
    "two whenever somebody compares learning rates."
)
VELOCITY_HINTS = (
    "For the first answer ask when the ball stops getting faster: put the same v on "
    "both sides of its rule.",
    "For the second, write down v after one, two and three steps from rest. Each step "
    "multiplies what is still *missing* to the final velocity. By what?",
    "After t steps the share still missing is mu^t. A loop that multiplies until it is "
    "small enough needs no logarithm, and is right at mu = 0 too.",
)

# 2. The two Nesterov codes

NESTEROV_MISTAKES = {
    "plain": (
        "Your point moves by the new velocity alone. That is plain momentum: it goes "
        "where form 1's theta goes, not where form 1 looks. If your line does hold "
        "both velocities: is the old one still the old one when it is used?"
    ),
    "form 1": (
        "You made a step of form 1, as if the point you are given were theta. It is "
        "the point ahead already."
    ),
    "looks twice": (
        "You look ahead from a point that is ahead already: your gradient is measured "
        "one velocity too far."
    ),
    "looks back": (
        "You went back to theta and measured the gradient there. Form 1 measures it "
        "ahead, and that is the point that you are given."
    ),
    "theta": (
        "The point you return is form 1's new theta. Asked for is the point where it "
        "would look next."
    ),
    "old kept": (
        "The point you are given lies mu v beyond theta. You go on from it as from "
        "theta, so the old look ahead is counted twice."
    ),
    "old added": (
        "The old velocity goes the wrong way: you add the old look ahead once more. It "
        "has to be taken back before the next one is made."
    ),
    "old in full": (
        "You take back a whole old velocity. How far ahead of theta was the point?"
    ),
    "new in full": (
        "You look ahead by a whole new velocity. Form 1 looks only mu times as far."
    ),
    "no step": (
        "The step of this moment is missing: your point moves by the new look ahead "
        "only."
    ),
    "no rate": "The learning rate is missing in front of the gradient.",
    "uphill": "You add the gradient to the velocity, and walk uphill.",
    "swapped": "Both are right, in the wrong order: the point comes first.",
    "step for velocity": (
        "The point is right. But you return its step as the velocity, and the two are "
        "no longer the same in form 2: the velocity keeps its rule from form 1."
    ),
}
NESTEROV_ADVICE = (
    "The two forms part here. Make the step on paper: from the point ahead back to "
    "theta, a step of form 1, then ahead again, with the velocity of that moment."
)
NESTEROV_PRAISE = (
    "Right: your points are those where form 1 measures its gradients, step after "
    "step. Two codes, one path, seen from two places."
)
NESTEROV_HINTS = (
    "Your point is theta + mu v. First find out where theta is.",
    "The gradient is wanted exactly where you stand. So the new velocity takes one "
    "line, the same as in form 1.",
    "Then theta moves by the new velocity, and the new look ahead starts from there. "
    "Keep the old velocity under a name of its own until you no longer need it.",
)

# 5. Which optimizer?

CHOOSE_PRAISE = (
    "All eight. If your reasons were right as well, you know more about optimizers "
    "than their names."
)
CHOOSE_HINTS = (
    "For each case ask what makes it hard: the shape of the valley, the noise, the "
    "frequency of gradients, their size, the memory. Then ask what each choice "
    "remembers.",
    "Three of them look at each weight by itself. That is a blessing where weights "
    "differ and blindness where the difference lies between them. In F and G, compute "
    "the first, the twelfth and the hundredth step under a gradient of constant size.",
    "A: which of the three knows nothing of axes and has only the root of 1000 to pay? "
    "C: what does each choice make of a slope of a millionth, and what does Newton's "
    "method look for? H: 5 GB are left; how many more arrays does each choice keep?",
)
