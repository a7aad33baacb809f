"""What can go wrong on the teacher's side, in a sentence that says what to do."""

from course_utils.notebooks.errors import CourseError


class GradingError(CourseError):
    """Something a teacher can put right; its text says what and how."""
