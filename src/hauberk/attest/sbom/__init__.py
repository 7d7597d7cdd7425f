"""Bills of materials of software: environments and lock files, with what hides inside their packages."""
