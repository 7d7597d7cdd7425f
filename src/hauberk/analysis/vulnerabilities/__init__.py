"""Which advisories a package's version is affected by."""
