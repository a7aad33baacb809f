"""How the lessons are kept: text beside notebook, recorded, replayed and compared.

`text` turns a lesson's text into a notebook, `execute` runs it, `stubs` makes the
exercise notebooks from the solved ones, `replay` and `tolerance` compare a new run with
the recorded one, and `rules` says what a committed notebook must look like. From the
command line: ``python -m course_utils.notebooks record`` and ``... replay``.
"""
