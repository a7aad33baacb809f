"""What students get: an nbgrader course made from solved texts."""
