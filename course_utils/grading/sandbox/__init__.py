"""Walls between a student's code and everything else."""

from course_utils.grading.sandbox.base import Child, Kind, Limits, Tier

__all__ = ["Child", "Kind", "Limits", "Tier"]
