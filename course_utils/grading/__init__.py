"""Grading a class of strangers: release, sandboxed marking, gradebook, feedback.

The teacher's side is `course` (the folder of a class and its secret), `assignments`
(what was handed out), `submissions` (reading what came back), `marking` (one
submission), `batch` (all of them), `gradebook`, `feedback` and `report`. The student's
side runs behind a wall (`sandbox`) and holds nothing but `inside`; between them stands
`remote`, which makes a student's function callable without ever loading a byte of it.
"""
