"""What shall run on a Prefect server, as the settings say: each of these becomes a deployment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cronsim import CronSim

from digest.model import Feed
from digest.operate.form import daily_digest_form
from digest.project import DAILY_DIGEST, INGEST, INGEST_SHARD, PRUNE
from digest.settings import EditionSettings, IngestSettings, RetentionSettings, Settings

TAG = "digest"
"""On every deployment, and so on every run of one: what our automations know a run by."""
FLOWS = ("daily-digest", "ingest", "ingest-shard", "prune")
"""The names of our flows."""


@dataclass(frozen=True, slots=True)
class Job:
    """A flow with a name, a schedule and parameters of its own."""

    flow: str
    name: str
    entrypoint: str
    """The flow's file and function, from the project's folder."""
    description: str
    """For the person who looks at the deployment in the Prefect UI; Markdown."""
    schedule: str = ""
    """A cron line; empty for what another flow starts."""
    timezone: str = "UTC"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    form: Mapping[str, Any] | None = None
    """The schema of the parameters; ``None`` for the one that the flow's signature gives."""

    @property
    def full_name(self) -> str:
        """What Prefect calls it: ``daily-digest/daily``."""
        return f"{self.flow}/{self.name}"


def jobs(settings: Settings, feeds: Sequence[Feed]) -> tuple[Job, ...]:
    """Everything that shall be deployed: every edition, the ingest, and the weekly clearing up."""
    topics = sorted({topic for feed in feeds for topic in feed.topics})
    titles = {name: edition.title for name, edition in settings.editions.items()}
    editions = [
        Job(
            flow="daily-digest",
            name=name,
            entrypoint=DAILY_DIGEST,
            description=_about_edition(name, edition),
            schedule=edition.schedule,
            timezone=edition.timezone,
            parameters={"edition": name},
            form=daily_digest_form(name, titles, topics),
        )
        for name, edition in settings.editions.items()
    ]
    return (*editions, *_ingest(settings.ingest), _prune(settings.retention))


def in_words(schedule: str, timezone: str) -> str:
    """``At 07:00 every day (Europe/London)``."""
    return f"{CronSim(schedule, datetime.now(UTC)).explain()} ({timezone})"


def _about_edition(name: str, edition: EditionSettings) -> str:
    """Without the number of feeds: each feed more would be a changed deployment, of which the
    server plans all runs anew."""
    topics = f" on {', '.join(edition.topics)}" if edition.topics else ""
    readers = len(edition.recipients)
    mailed = f" and mailed to {_count(readers, 'reader')}" if readers else ""
    return (
        f"**{edition.title or name}**: what the feeds{topics} brought since the last "
        f"one, in at most {_count(edition.max_stories, 'story', 'stories')}. "
        f"{in_words(edition.schedule, edition.timezone)} its articles are cut off and it is "
        f"published{mailed}.\n\n"
        "A custom run makes it for another day, or tells what there is about one topic. Running it "
        "again is safe: what is published stays as it is, and nobody gets it twice."
    )


def _ingest(ingest: IngestSettings) -> tuple[Job, ...]:
    shared = (
        f" The sites are shared out among {ingest.shards} runs of `ingest-shard/feeds`."
        if ingest.shards > 1
        else ""
    )
    whole = Job(
        flow="ingest",
        name="feeds",
        entrypoint=INGEST,
        description=(
            "Asks the feeds that are due and reads their new articles, so that nothing drops out "
            f"of a feed between two editions.{shared}"
        ),
        schedule=ingest.schedule,
        timezone=ingest.timezone,
    )
    part = Job(
        flow="ingest-shard",
        name="feeds",
        entrypoint=INGEST_SHARD,
        description=(
            f"Asks the feeds of one part in {ingest.shards} of the sites. `ingest/feeds` starts "
            "it for each part; it needs no schedule."
        ),
    )
    return (whole, part) if ingest.shards > 1 else (whole,)


def _prune(retention: RetentionSettings) -> Job:
    kept = {
        "articles' texts": retention.articles,
        "flow runs": retention.runs,
        "editions' files": retention.outputs,
    }
    told = [f"{what} {f'{days} days' if days else 'for ever'}" for what, days in kept.items()]
    return Job(
        flow="prune",
        name="old",
        entrypoint=PRUNE,
        description=(
            f"Removes what need not be kept any longer. Kept are {', '.join(told)}; nothing that a "
            "published edition cites is lost from that edition's files."
        ),
        schedule=retention.schedule,
        timezone=retention.timezone,
    )


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or f'{one}s'}"
