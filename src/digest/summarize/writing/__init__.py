"""The paragraph that a model writes: what it is asked, what keeps it to its sources, its marks."""
