"""What is true of dependencies, beyond what one file says."""
