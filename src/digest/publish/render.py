"""An edition as files, without touching the disk: the same edition gives the same bytes.

``digest.json`` has the shape (all texts plain, all times UTC, every ``url`` and ``article`` either
http or https or empty)::

    {"schema": 1, "edition", "slot", "title", "language", "timezone", "start", "cutoff", "topic",
     "counts": {"feeds", "articles", "stories"},
     "stories": [{"key", "headline", "url", "score", "reasons": [{"name", "points", "why"}],
                  "summary": {"text", "sentences": [{"text", "sources": [
                                  {"article", "sentence", "text"}]}],
                              "method", "model", "fallback"},
                  "articles": [{"url", "title", "source", "author", "published", "language",
                                "origin"}]}],
     "feeds": [{"url", "title", "status", "reason", "articles"}],
     "left_out": [{"kind", "title", "url", "reason"}]}

Articles' full texts are in none of the files, as they belong to those who wrote them; nor is the
time an article was first seen, which says when a machine ran and not when something was told.
"""

from __future__ import annotations

import json
from typing import Any

from digest.model import Article, Edition, Summary, Told
from digest.publish.markdown import markdown
from digest.publish.page import page
from digest.publish.plain import cleaned, link, outlet, utc
from digest.publish.plaintext import plaintext
from digest.publish.table import to_csv
from digest.publish.view import view

__all__ = ["html", "markdown", "plaintext", "render", "to_csv", "to_json"]

SCHEMA = 1
"""Raised when a field of ``digest.json`` changes its meaning or goes away."""


def render(edition: Edition) -> dict[str, bytes]:
    """Every file of an edition by its name, UTF-8."""
    return {
        "digest.html": html(edition),
        "digest.md": markdown(edition).encode(),
        "digest.txt": plaintext(edition).encode(),
        "digest.json": to_json(edition),
        "articles.csv": to_csv(edition),
    }


def html(edition: Edition) -> bytes:
    """One self-contained page: no script, no request to anywhere."""
    return page("digest.html", view=view(edition))


def to_json(edition: Edition) -> bytes:
    """The edition for programs, in the shape that this module's docstring gives."""
    edition = cleaned(edition)
    document = {
        "schema": SCHEMA,
        "edition": edition.name,
        "slot": edition.slot,
        "title": edition.title,
        "language": edition.language,
        "timezone": edition.timezone,
        "start": utc(edition.start),
        "cutoff": utc(edition.cutoff),
        "topic": edition.topic,
        "late_minutes": edition.late_minutes,
        "counts": {
            "feeds": edition.counts.feeds,
            "articles": edition.counts.articles,
            "stories": edition.counts.stories,
        },
        "stories": [_story(told) for told in edition.stories],
        "feeds": [
            {
                "url": link(feed.url),
                "title": feed.title,
                "status": feed.status,
                "reason": feed.reason,
                "articles": feed.articles,
            }
            for feed in edition.health
        ],
        "left_out": [
            {"kind": x.kind, "title": x.title, "url": link(x.url), "reason": x.reason}
            for x in edition.left_out
        ],
    }
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def _story(told: Told) -> dict[str, Any]:
    story = told.story
    return {
        "key": story.key,
        "headline": story.headline,
        "url": link(story.lead.url),
        "score": story.score,
        "reasons": [{"name": r.name, "points": r.points, "why": r.why} for r in story.reasons],
        "summary": _summary(told.summary),
        "articles": [_article(article) for article in story.articles],
    }


def _summary(summary: Summary) -> dict[str, Any]:
    return {
        "text": summary.text,
        "sentences": [
            {
                "text": sentence.text,
                "sources": [
                    {"article": link(c.article), "sentence": c.sentence, "text": c.text}
                    for c in sentence.sources
                ],
            }
            for sentence in summary.sentences
        ],
        "method": summary.method,
        "model": summary.model,
        "fallback": summary.fallback,
    }


def _article(article: Article) -> dict[str, Any]:
    return {
        "url": link(article.url),
        "title": article.title,
        "source": outlet(article),
        "author": article.author,
        "published": utc(article.published) if article.published else None,
        "language": article.language,
        "origin": article.origin,
    }
