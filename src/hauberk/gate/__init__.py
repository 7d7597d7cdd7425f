"""Policy: settings in, a verdict out. Pure: no clock, no file, no network."""
