"""The nouns of the house; imports nothing but the standard library."""
