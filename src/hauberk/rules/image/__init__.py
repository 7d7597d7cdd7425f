"""Rules about images and the files that they are built from."""
