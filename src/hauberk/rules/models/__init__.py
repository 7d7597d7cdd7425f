"""Rules about models and the files that carry them."""
