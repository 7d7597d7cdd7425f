"""The version, for reports and evidence; pyproject.toml reads it from here."""

VERSION = "0.1.0"
