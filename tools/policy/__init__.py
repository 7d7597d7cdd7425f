"""Makes the pickle policies: which names of which library a saved object may use, and how."""
