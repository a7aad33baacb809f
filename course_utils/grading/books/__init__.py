"""nbgrader's gradebook, filled from records, and the table of grades."""
