"""A stage as a Prefect task run."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from prefect import task
from prefect.cache_policies import NO_CACHE

from digest.stages.gather import check_feeds, read_articles

Given = ParamSpec("Given")
Made = TypeVar("Made")

NETWORK = frozenset({check_feeds, read_articles})
"""Stages worth another try: what they got before is in the store, the rest is asked for again."""
RETRIES = 2
PAUSE = 30
"""Seconds before a retry."""


def as_task(stage: Callable[Given, Made], *args: Given.args, **kwargs: Given.kwargs) -> Made:
    """Carries out a stage as a task run, named after it. The store caches, so Prefect need not."""
    run = task(
        name=stage.__name__.replace("_", " "),
        description=(stage.__doc__ or "").partition("\n")[0],
        retries=RETRIES if stage in NETWORK else 0,
        retry_delay_seconds=PAUSE,
        cache_policy=NO_CACHE,
        persist_result=False,
    )(stage)
    return run(*args, **kwargs)
