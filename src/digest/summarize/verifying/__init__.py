"""Whether the sources say what a sentence says."""
