"""Which stories matter most, and why: every point of a score has its reason in words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from digest.model import Article, Feed, Reason, Story

OUTLETS = 3.0
"""Points for each doubling of the independent outlets that tell the story."""
RECENCY = 2.0
"""Points of a story told at the cut-off; they halve with ``HALF_LIFE_HOURS``."""
HALF_LIFE_HOURS = 12.0
WEIGHT = 2.0
"""Points for each doubling of the weight its most cared-for feed has."""
COPIED = 0.5
"""Share of an article's paragraphs found in another's from which it is that one's copy."""


def rank(
    groups: Sequence[Sequence[Article]], feeds: Mapping[str, Feed], cutoff: datetime
) -> list[Story]:
    """One story a group, best first; equal scores by key, so that the order is always the same."""
    stories = [tell(articles, feeds, cutoff) for articles in groups]
    return sorted(stories, key=lambda story: (-story.score, story.key))


def tell(articles: Sequence[Article], feeds: Mapping[str, Feed], cutoff: datetime) -> Story:
    """The story of a group: its lead, the others by time, its score and the reasons."""
    lead = min(articles, key=lambda article: _lead_order(article, feeds))
    others = sorted((a for a in articles if a is not lead), key=_by_time)
    reasons = (
        _outlets(articles, feeds),
        _recency(articles, cutoff),
        _weight(articles, feeds),
    )
    kept = tuple(reason for reason in reasons if reason.points)
    score = round(sum(reason.points for reason in kept), 2)
    return Story((lead, *others), lead.title, score, kept)


def independent(articles: Sequence[Article]) -> list[Article]:
    """One article an outlet, without those that mostly copy another's paragraphs (agency copy)."""
    chosen: list[Article] = []
    seen: set[str] = set()
    for article in sorted(articles, key=_by_time):
        if outlet(article) in seen or any(_copies(article, other) for other in chosen):
            continue
        seen.add(outlet(article))
        chosen.append(article)
    return chosen


def outlet(article: Article) -> str:
    """Who published it, as a reader would name them."""
    return article.source or urlsplit(article.url).hostname or article.url


def _copies(article: Article, other: Article) -> bool:
    mine, theirs = set(article.paragraphs), set(other.paragraphs)
    return len(mine & theirs) >= COPIED * max(1, min(len(mine), len(theirs)))


def _outlets(articles: Sequence[Article], feeds: Mapping[str, Feed]) -> Reason:
    told_by = independent(articles)
    weighed = sum(min(1.0, _feed_weight(article, feeds)) for article in told_by)
    names = ", ".join(sorted(outlet(article) for article in told_by))
    count = f"{len(told_by)} outlets" if len(told_by) > 1 else "one outlet"
    points = round(OUTLETS * math.log2(1 + weighed), 2)
    return Reason("outlets", points, f"told by {count}: {names}")


def _recency(articles: Sequence[Article], cutoff: datetime) -> Reason:
    dated = [article.published for article in articles if article.published]
    if not dated:
        return Reason("recency", 0.0, "undated")
    hours = max(0.0, (cutoff - max(dated)).total_seconds() / 3600)
    points = round(RECENCY * 0.5 ** (hours / HALF_LIFE_HOURS), 2)
    return Reason("recency", points, f"last told {_hours(hours)} before the cut-off")


def _hours(hours: float) -> str:
    whole = round(hours)
    return "less than an hour" if whole < 1 else "an hour" if whole == 1 else f"{whole} hours"


def _weight(articles: Sequence[Article], feeds: Mapping[str, Feed]) -> Reason:
    weight = max(_feed_weight(article, feeds) for article in articles)
    if weight in (0.0, 1.0):
        return Reason("weight", 0.0, "")
    points = round(WEIGHT * math.log2(weight), 2)
    return Reason("weight", points, f"from a feed with weight {weight:g}")


def _feed_weight(article: Article, feeds: Mapping[str, Feed]) -> float:
    return max((feeds[url].weight for url in article.feeds if url in feeds), default=1.0)


def _lead_order(article: Article, feeds: Mapping[str, Feed]) -> tuple[object, ...]:
    """Best first: read from its page, from a cared-for feed, of a useful length, earliest."""
    words = len(article.text.split())
    return (
        article.origin != "page",
        -_feed_weight(article, feeds),
        words < 120,
        *_by_time(article),
    )


def _by_time(article: Article) -> tuple[float, str]:
    return (article.published.timestamp() if article.published else math.inf, article.url)
