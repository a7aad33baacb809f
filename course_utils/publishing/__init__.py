"""Decks for the hall and the book: pages made from the committed notebooks."""
