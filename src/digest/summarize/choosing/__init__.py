"""The paragraph whose sentences are the articles' own: which of them are told."""
