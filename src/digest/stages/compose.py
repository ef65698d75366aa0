"""From articles in the store to an edition: choose stories, write paragraphs, assemble."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from digest.editing.anchors import with_former_keys
from digest.editing.group import Encode, group
from digest.editing.health import feed_health
from digest.editing.rank import rank
from digest.editing.topic import about
from digest.editing.window import Window, window
from digest.model import Counts, Edition, LeftOut, Story, Summary, Told, Undelivered
from digest.stages.ledger import unreached
from digest.stages.order import Plan
from digest.stages.progress import tick
from digest.store.store import Candidate, Store, UnreadEntry
from digest.summarize.base import Summarizer
from digest.summarize.gate import Mode, summarize
from digest.summarize.verifying.verify import Verifier

MOST_LEFT_OUT = 30
"""Stories beyond the edition's limit that its footer names."""

STORIES_A_SAVE = 8
"""Generated paragraphs that are kept together."""

LATE = timedelta(minutes=10)
"""From so much on an edition says that it is late."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Choice:
    """What an edition is made of."""

    window: Window
    candidates: tuple[Candidate, ...]
    """All inside the window, those of earlier editions left out."""
    stories: tuple[Story, ...]
    """All that they tell, best first."""


def edition_window(store: Store, plan: Plan) -> Window:
    """From the last published edition of that name to this one; a topic is asked about afresh."""
    previous = None if plan.topic else store.last_published(plan.name, plan.cutoff)
    return window(
        plan.cutoff,
        plan.next_cutoff,
        plan.look_back,
        previous.edition.cutoff if previous else None,
    )


def candidates_for(store: Store, plan: Plan, span: Window) -> tuple[Candidate, ...]:
    """The articles that the edition could tell."""
    urls = [feed.url for feed in plan.feeds]
    found = store.candidates(urls, span.floor, span.cutoff, span.next_cutoff)
    if plan.topic:
        return tuple(found)
    told = store.told(plan.name, (each.article.url for each in found), but=plan.slot)
    return tuple(candidate for candidate in found if candidate.article.url not in told)


def choose_stories(store: Store, plan: Plan, encode: Encode) -> Choice:
    """The stories that the edition could tell."""
    span = edition_window(store, plan)
    candidates = candidates_for(store, plan, span)
    articles = [candidate.article for candidate in candidates]
    events = [[articles[index] for index in event] for event in group(articles, encode)]
    stories = rank(events, {feed.url: feed for feed in plan.feeds}, plan.cutoff)
    if plan.topic:
        stories = about(stories, plan.topic, encode)
    logger.info("%d articles tell %d stories", len(articles), len(stories))
    return Choice(span, candidates, tuple(stories))


def write_paragraphs(
    store: Store,
    plan: Plan,
    stories: Sequence[Story],
    summarizer: Summarizer,
    fallback: Summarizer,
    mode: Mode,
    verifier: Verifier | None = None,
    encode: Encode | None = None,
) -> list[Summary]:
    """A paragraph for each story: from the store where it was written before."""
    verifier = verifier or Verifier()
    name = f"{summarizer.name} {plan.brief.key} {mode} {verifier.name} {fallback.name}"
    keys = [(story.content_hash, name) for story in stories]
    known = store.summaries(keys)
    missing = [story for story, key in zip(stories, keys, strict=True) if key not in known]
    # Choosing takes a moment for all; writing takes minutes, and a kill must not cost them all.
    size = max(1, len(missing)) if summarizer is fallback else STORIES_A_SAVE
    written = dict(known)
    for start in range(0, len(missing), size):
        batch = missing[start : start + size]
        summaries = summarize(batch, plan.brief, summarizer, fallback, mode, verifier, encode)
        fresh = {(s.content_hash, name): made for s, made in zip(batch, summaries, strict=True)}
        lasting = {key: made for key, made in fresh.items() if not made.passing}
        store.save_summaries(lasting, datetime.now(UTC))
        written |= fresh
        tick("stories", start + len(batch), len(missing))
    logger.info("wrote %d paragraphs, %d were written before", len(missing), len(known))
    return [written[key] for key in keys]


def assemble(
    store: Store,
    plan: Plan,
    choice: Choice,
    summaries: Sequence[Summary],
    silent_after: timedelta,
    late: timedelta = timedelta(),
) -> Edition:
    """The edition, kept in the store as made. ``summaries`` are those of the first stories."""
    pairs = list(zip(choice.stories, summaries, strict=False))
    states = store.feed_states(feed.url for feed in plan.feeds)
    articles = [candidate.article for candidate in choice.candidates]
    edition = Edition(
        name=plan.name,
        slot=plan.slot,
        title=plan.title,
        timezone=plan.timezone,
        start=choice.window.start,
        cutoff=plan.cutoff,
        stories=with_former_keys(
            [Told(story, summary) for story, summary in pairs if summary.sentences],
            _told_before(store, plan),
        ),
        health=feed_health(plan.feeds, states, articles, plan.cutoff, silent_after),
        left_out=(
            *_untold(choice.stories[len(pairs) :], plan),
            *(_without_text(story, s) for story, s in pairs if not s.sentences),
            *_page_unread(choice.candidates),
            *_unread(store, plan, choice.window),
        ),
        counts=Counts(len(plan.feeds), len(articles), len(choice.stories)),
        topic=plan.topic,
        language=plan.language,
        late_minutes=late // timedelta(minutes=1) if late >= LATE else 0,
        undelivered=_undelivered(store, plan),
    )
    store.save_edition(edition, [article.url for article in articles], datetime.now(UTC))
    return edition


def _told_before(store: Store, plan: Plan) -> tuple[Told, ...]:
    """What its page tells already, if there is one."""
    stored = store.edition(plan.name, plan.slot)
    return stored.edition.stories if stored and stored.published_at else ()


def _undelivered(store: Store, plan: Plan) -> tuple[Undelivered, ...]:
    """Who refused an edition of this name since the last one came out; a topic has none before."""
    previous = None if plan.topic else store.last_published(plan.name, plan.cutoff)
    if previous is None or previous.published_at is None:
        return ()
    return unreached(store.undelivered(plan.name), plan.slot, previous.published_at)


def _untold(stories: Sequence[Story], plan: Plan) -> Iterator[LeftOut]:
    reason = f"below the {plan.max_stories} stories that this edition has room for"
    for story in stories[:MOST_LEFT_OUT]:
        yield LeftOut("story", story.headline, story.lead.url, reason)


def _without_text(story: Story, summary: Summary) -> LeftOut:
    return LeftOut("story", story.headline, story.lead.url, summary.fallback)


def _page_unread(candidates: Sequence[Candidate]) -> Iterator[LeftOut]:
    """Articles told from what the feed says of them."""
    for candidate in candidates:
        if candidate.problem:
            article = candidate.article
            text = {"content": "text", "summary": "summary"}.get(article.origin, "text")
            reason = f"{candidate.problem}, so its feed's {text} stands in"
            yield LeftOut("article", article.title, article.url, reason)


def _unread(store: Store, plan: Plan, span: Window) -> list[LeftOut]:
    """Entries of the window that gave no article, by title."""
    feeds = {feed.url for feed in plan.feeds}

    def inside(unread: UnreadEntry) -> bool:
        if published := unread.entry.published:
            return span.start < published <= span.cutoff
        return span.start < unread.first_seen <= span.next_cutoff

    return sorted(
        (
            LeftOut("article", unread.entry.title, unread.entry.link, unread.reason)
            for unread in store.entries_without_article(span.floor)
            if unread.entry.feed in feeds and unread.reason and inside(unread)
        ),
        key=lambda left_out: (left_out.title, left_out.url),
    )
