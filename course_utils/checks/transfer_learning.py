"""The checks of lesson 06: what is trained, reuse, two phases, leaks, a verdict."""

from __future__ import annotations

from course_utils.checks import _transfer_messages as say
from course_utils.checks._transfer_claims import judge_verdict
from course_utils.checks._transfer_counts import judge_count
from course_utils.checks._transfer_leaks import judge_leaked
from course_utils.checks._transfer_phases import judge_tune
from course_utils.checks._transfer_reuse import judge_reuse
from course_utils.checks.exercise import Exercise

SLUG = "transfer_learning"

# All of them, in the order of the notebook.
FORBIDDEN = ("course_utils.transfer_learning",)
"""The module that has the answers, where they are graded."""

count = Exercise("count", SLUG, judge_count, say.COUNT_HINTS, forbidden=FORBIDDEN)
reuse = Exercise("reuse", SLUG, judge_reuse, say.REUSE_HINTS, forbidden=FORBIDDEN)
fine_tune = Exercise("fine_tune", SLUG, judge_tune, say.TUNE_HINTS, forbidden=FORBIDDEN)
leaked = Exercise("leaked", SLUG, judge_leaked, say.LEAK_HINTS)
verdict = Exercise("verdict", SLUG, judge_verdict, say.VERDICT_HINTS, all_rounds=True)
EXERCISES = (count, reuse, fine_tune, leaked, verdict)
