"""The stages of a run: where the rooms meet the store, each a plain function."""
