"""The exercises' checks, one module a lesson.

A learner writes a function and hands it to the check, which answers at once:

>>> from course_utils.checks import start_here as exercises
>>> def standardize(x, mean, std):
...     return (x - mean) / std
>>> print(exercises.standardize.check(standardize).status)
correct

Judging is apart from showing: `exercise.judge(fn, rng)` is a pure function of the
learner's function and a random generator, so the same check serves the notebook (a
fixed seed) and a grader (a secret seed and more rounds). The pieces are `result` (what
a check says), `guard` (calling a stranger's function safely), `judging` (comparing
numbers and words, with named misconceptions), `exercise` (check, hints, solution).
"""
