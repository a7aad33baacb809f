"""Transfer between tasks, in NumPy: many splits of the classes, few labels each.

Two classes of clothes make task B, the eight others task A. A network learns A (or
something that needs no labels), and its lower layers are reused for B. One split shows
one result; `fit_b` is a trial for `experiments.run` and `tune`, where *the seed is the
split*: it decides which classes are B, which of its images have labels, the weights
that every arm draws and the order of the batches. So arms are compared split by split.
"""

from course_utils.lab.transfer.low_rank import LowRank
from course_utils.lab.transfer.sources import HIDDEN, SOURCES, source
from course_utils.lab.transfer.tasks import (
    TEXTBOOK,
    Task,
    few,
    pair_name,
    pair_of,
    split_tasks,
    task_b,
    tasks_of,
)
from course_utils.lab.transfer.trial import MODES, fit_b, start_b, train_b

__all__ = [
    "HIDDEN",
    "MODES",
    "SOURCES",
    "TEXTBOOK",
    "LowRank",
    "Task",
    "few",
    "fit_b",
    "pair_name",
    "pair_of",
    "source",
    "split_tasks",
    "start_b",
    "task_b",
    "tasks_of",
    "train_b",
]
