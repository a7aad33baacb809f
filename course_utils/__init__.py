"""The helper package of the course *Training deep neural networks*.

One lesson, one module: `course_utils.vanishing_gradients`, and so on. Each is plain
NumPy and small enough to read in a sitting. Above them stand `lab` (data, network,
experiments, plots), `checks` (the exercises' instant answers) and `notebooks` (how the
lessons are kept and replayed). Importing the package imports none of them.
"""

__version__ = "0.1.0"
