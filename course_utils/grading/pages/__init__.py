"""What is given back: feedback for each student, a report about the class."""
