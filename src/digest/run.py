"""The whole job: an order in, a published edition out.

``run`` is called by the command line as it is. The Prefect flow calls it too and gives it a
``step`` that makes a task run of each stage; without one, a stage is just called.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ParamSpec, Protocol, TypeVar

from digest import subscriptions
from digest.ingest.fetch import FetchPolicy
from digest.model import Delivery, DigestError, Edition, Feed, PassingError, UsageError
from digest.publish.files import Written
from digest.publish.page import Templates
from digest.settings import Settings
from digest.stages.compose import (
    assemble,
    candidates_for,
    choose_stories,
    edition_window,
    write_paragraphs,
)
from digest.stages.deliver import deliver, owed, turn, write_unsent
from digest.stages.gather import FeedCheck, Reading, check_feeds, read_articles
from digest.stages.issue import publish, write_history
from digest.stages.ledger import Agenda
from digest.stages.order import Order, Plan, feeds_of, plan
from digest.store.store import Store, StoredEdition
from digest.summarize.base import Summarizer
from digest.summarize.choosing.extractive import ExtractiveSummarizer
from digest.summarize.models import Encoder
from digest.summarize.registry import Absent, summarizer_or_absent
from digest.summarize.verifying.checker import CheckerModel
from digest.summarize.verifying.verify import Verifier
from digest.summarize.writing.endpoint import EndpointPolicy

Given = ParamSpec("Given")
Made = TypeVar("Made")

logger = logging.getLogger(__name__)


class Step(Protocol):
    """Carries out one stage."""

    def __call__(
        self, stage: Callable[Given, Made], *args: Given.args, **kwargs: Given.kwargs
    ) -> Made:
        """The stage's result."""
        ...


def call(stage: Callable[Given, Made], *args: Given.args, **kwargs: Given.kwargs) -> Made:
    """The plain step: just calls the stage."""
    return stage(*args, **kwargs)


@dataclass(frozen=True, slots=True)
class Gathered:
    """What ingest brought."""

    checks: Sequence[FeedCheck] = ()
    reading: Reading = field(default_factory=Reading)
    missing: Sequence[str] = ()
    """The parts of the work that others had taken on and were not done with in time."""


Gather = Callable[[Settings, Store, Sequence[Feed], datetime, bool, Step], Gathered]
"""How the feeds are asked and articles read: as ``gather`` does, or shared out among processes."""


def gather(
    settings: Settings,
    store: Store,
    feeds: Sequence[Feed],
    floor: datetime,
    settle: bool,
    step: Step = call,
) -> Gathered:
    """Asks the feeds and reads the articles published after ``floor``; see ``read_articles``.

    One process at a time, so that no site gets more requests at once than the settings allow.
    """
    policy = FetchPolicy(**settings.fetch.model_dump())
    with store.alone("the feeds"):
        checks = step(check_feeds, store, feeds, policy)
        return Gathered(checks, step(read_articles, store, feeds, policy, floor, settle))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did."""

    edition: Edition
    written: Written
    gathered: Gathered
    made: bool
    """Whether the edition is new; otherwise it was there already and was only written again."""
    model_loaded: bool
    waiting: int
    """Articles that are newer than the cut-off and wait for the next edition."""
    deliveries: tuple[Delivery, ...] = ()
    """What came of each, first those of earlier editions; and who refused this one before."""
    unsent: tuple[Path, ...] = ()
    """The files of a dry run, one a mail or post."""


def run(
    settings: Settings,
    order: Order,
    now: datetime | None = None,
    step: Step = call,
    late: timedelta = timedelta(),
    gather: Gather = gather,
) -> Outcome:
    """Makes and publishes the edition that was ordered, or finds that it is there already.

    Two runs of one edition, wherever they are, take turns: the second finds what the first made.

    Args:
        settings: All settings.
        order: Which edition, and how.
        now: What the order's "today" is: a schedule's time for a scheduled run, else the clock's.
        step: How a stage is carried out.
        late: How long after its time a scheduled run begins.
        gather: How the feeds are asked and articles read.

    Raises:
        UsageError: the order or the settings cannot be followed.
        PassingError: nothing could be published now, and why.
        DigestError: nothing could be published, and why.
    """
    now = now or datetime.now(UTC)
    planned = plan(settings, subscriptions.read(settings.feeds), order, now)
    logger.info(
        "edition %s of %s: %d feeds, articles until %s UTC",
        planned.name,
        planned.slot,
        len(planned.feeds),
        f"{planned.cutoff:%Y-%m-%d %H:%M}",
    )
    ours = turn(planned.name)
    with Store.open(settings.store) as store, store.alone(ours) as still_alone:
        stored = store.edition(planned.name, planned.slot)
        # One that was made but not published may tell what another has told since.
        published = stored is not None and stored.published_at is not None
        make = not published or order.rebuild or bool(planned.topic)
        if stored is not None and order.rebuild:
            _refuse_to_forget(store, stored.edition)
        encoder = Encoder()
        fallback = ExtractiveSummarizer(encoder, multilingual=_multilingual(settings))
        summarizer: Summarizer = fallback
        verifier = Verifier(encoder)
        if make and planned.summarizer != "extractive":
            summarizer, verifier = _writer_and_verifier(settings, planned.summarizer, encoder)

        gathered = Gathered()
        if order.fetch:
            floor = edition_window(store, planned).floor
            gathered = gather(settings, store, planned.feeds, floor, True, step)
        if stored is not None and published and planned.topic and not order.rebuild:
            make = _news_since(stored, store, planned)
        if stored is not None and not make:
            edition = stored.edition
        else:
            choice = step(choose_stories, store, planned, encoder.encode)
            if not choice.candidates:
                _refuse_blackout(store, planned)
            chosen = choice.stories[: planned.max_stories]
            summaries = step(
                write_paragraphs,
                store,
                planned,
                chosen,
                summarizer,
                fallback,
                settings.verify,
                verifier,
                encoder.encode,
            )
            silent_after = timedelta(days=settings.silent_after_days)
            still_alone()
            edition = assemble(store, planned, choice, summaries, silent_after, late)
        written = step(
            publish,
            store,
            edition,
            settings.outputs,
            settings.site_url,
            planned.schedule,
            settings.templates,
        )
        still_alone()
        deliveries: Sequence[Delivery] = ()
        unsent: Sequence[Path] = ()
        if order.deliver:
            agenda = owed(store, edition, planned.recipients, order.insist)
            if order.dry_run:
                unsent = write_unsent(agenda, settings)
            elif agenda != Agenda():
                deliveries = step(deliver, store, agenda, settings, still_alone)
        if deliveries and planned.schedule:
            # It counts the mails, too.
            templates = Templates(settings.templates)
            with store.alone("the outputs"):
                write_history(store, edition, settings.outputs, planned.schedule, templates)
        return Outcome(
            edition=edition,
            written=written,
            gathered=gathered,
            made=make,
            model_loaded=summarizer.loaded or fallback.loaded,
            waiting=_waiting(store, planned, now),
            deliveries=tuple(deliveries),
            unsent=tuple(unsent),
        )


def ingest(
    settings: Settings,
    now: datetime | None = None,
    step: Step = call,
    gather: Gather = gather,
) -> Gathered:
    """Brings in what the next editions will need, for all of them."""
    now = now or datetime.now(UTC)
    feeds = subscriptions.read(settings.feeds)
    with Store.open(settings.store) as store:
        floors = [
            edition_window(store, plan(settings, feeds, Order(name), now)).floor
            for name, edition in settings.editions.items()
            if feeds_of(edition, feeds)
        ]
        if not floors:
            raise UsageError("no edition of the settings has a feed: see `digest check`")
        return gather(settings, store, feeds, min(floors), False, step)


def _news_since(stored: StoredEdition, store: Store, planned: Plan) -> bool:
    """Whether the answer to a topic may be another one than it was."""
    candidates = candidates_for(store, planned, edition_window(store, planned))
    seen = (candidate.article.first_seen for candidate in candidates)
    return any(at is not None and at > stored.made_at for at in seen)


def _refuse_blackout(store: Store, planned: Plan) -> None:
    """An empty edition because the network was down would take the day's news with it."""
    states = store.feed_states(feed.url for feed in planned.feeds).values()
    if not states:
        raise DigestError("no feed was asked yet, so there is nothing to publish: fetch first")
    if all(state.problem for state in states):
        problems = sorted({state.problem for state in states})
        raise PassingError(
            f"none of the {len(planned.feeds)} feeds could be read, so nothing was published "
            f"({'; '.join(problems[:3])}): run again when the network is back"
        )


def _multilingual(settings: Settings) -> Encoder | None:
    """The encoder for other languages than English; the packaged one does for all if need be."""
    try:
        return Encoder(settings.multilingual_encoder) if settings.multilingual_encoder else None
    except UsageError as missing:
        logger.warning("all languages are read by the packaged encoder: %s", missing)
        return None


def _writer_and_verifier(
    settings: Settings, spec: str, encoder: Encoder
) -> tuple[Summarizer, Verifier]:
    """Where one of the two models is missing, nothing is written: the edition comes out without."""
    policy = EndpointPolicy(**settings.endpoint.model_dump())
    writer = summarizer_or_absent(spec, encoder, settings.templates, policy)
    try:
        checker = CheckerModel(settings.checker) if settings.checker else None
    except UsageError as missing:
        logger.warning("no paragraph can be checked, so sentences are chosen instead: %s", missing)
        return Absent(writer.name, f"the checker {settings.checker} is not there"), Verifier()
    return writer, Verifier(encoder, checker)


def _refuse_to_forget(store: Store, edition: Edition) -> None:
    """What is made anew from texts that are gone would be less than what is there."""
    told = (article.url for each in edition.stories for article in each.story.articles)
    if gone := store.without_text(told):
        raise UsageError(
            f"the edition {edition.name} of {edition.slot} cannot be made anew: the texts of "
            f"{len(gone)} of its articles were removed since (retention.articles). Without "
            "rebuilding, its files are written again as they were"
        )


def _waiting(store: Store, planned: Plan, now: datetime) -> int:
    urls = [feed.url for feed in planned.feeds]
    later = store.candidates(urls, planned.cutoff, now, seen_by=planned.cutoff)
    return len(later) - len(store.told(planned.name, (each.article.url for each in later)))
