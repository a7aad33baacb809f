"""Grading a class of strangers: release, sandboxed marking, gradebook, feedback.

`pipeline` grades an assignment from end to end; `batch` marks the class in parallel,
`marking` one submission and `rounds` one exercise of it. `course` is the folder of a
class and its secret, `assignments` what was handed out, `records` what was found. What
has to do with one another lies together:

- `handing_out`: from a solved text to what students get;
- `handing_in`: what came back, read without trusting a byte of it;
- `sandbox`: walls, and `inside`, which runs behind them with the student's code;
- `asking`: calling a student's function on the other side of the wall;
- `books`: nbgrader's gradebook and the table of grades;
- `pages`: feedback for each student and the report about the class.
"""
