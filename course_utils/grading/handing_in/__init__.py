"""What came back, read without trusting a byte of it."""
