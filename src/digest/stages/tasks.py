"""A stage as a Prefect task run."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

from prefect import task
from prefect.cache_policies import NO_CACHE

Given = ParamSpec("Given")
Made = TypeVar("Made")

logger = logging.getLogger(__name__)


def as_task(stage: Callable[Given, Made], *args: Given.args, **kwargs: Given.kwargs) -> Made:
    """Carries out a stage as a task run, named after it. The store caches, so Prefect need not.

    It is not retried by itself: what a site or a mail server does is a value and not an error, a
    lost database takes the run's locks with it, and a mistake in a program does not mend itself.
    """
    run = task(
        name=name_of(stage),
        description=(stage.__doc__ or "").partition("\n")[0],
        cache_policy=NO_CACHE,
        persist_result=False,
    )(stage)
    return run(*args, **kwargs)


@dataclass(frozen=True, slots=True)
class TimedTasks:
    """A step that carries out stages as task runs, and notes how long each took."""

    seconds: dict[str, float] = field(default_factory=dict)
    """By the stage's name."""

    def __call__(
        self, stage: Callable[Given, Made], *args: Given.args, **kwargs: Given.kwargs
    ) -> Made:
        """The stage's result."""
        began = time.perf_counter()
        made = as_task(stage, *args, **kwargs)
        self.seconds[name_of(stage)] = took = time.perf_counter() - began
        logger.info("%s: done after %.1f s", name_of(stage), took)
        return made


def name_of(stage: Callable[..., object]) -> str:
    """``check feeds``."""
    return stage.__name__.replace("_", " ")
