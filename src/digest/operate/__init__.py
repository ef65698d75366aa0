"""Prefect around the flows: what is deployed, how it runs, what a run shows."""
