"""What Python code, and names of Python code in settings, can do."""
