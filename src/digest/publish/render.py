"""An edition as files, without touching the disk: the same edition gives the same bytes.

Articles' full texts are in none of the files; ``schema`` says why, and describes ``digest.json``.
"""

from __future__ import annotations

from digest.model import Article, Edition, Summary, Told
from digest.publish import schema
from digest.publish.epub import epub
from digest.publish.markdown import markdown
from digest.publish.neighbours import ALONE, Neighbours
from digest.publish.pace import minutes_to_read
from digest.publish.page import BUILT_IN, Templates
from digest.publish.plain import cleaned, link, outlet
from digest.publish.plaintext import plaintext
from digest.publish.table import to_csv, to_parquet
from digest.publish.view import view

__all__ = ["epub", "html", "markdown", "plaintext", "render", "to_csv", "to_json", "to_parquet"]


def render(
    edition: Edition, templates: Templates = BUILT_IN, neighbours: Neighbours = ALONE
) -> dict[str, bytes]:
    """Every file of an edition by its name; texts are UTF-8."""
    return {
        "digest.html": html(edition, templates, neighbours),
        "digest.md": markdown(edition).encode(),
        "digest.txt": plaintext(edition).encode(),
        "digest.epub": epub([edition], templates),
        "digest.json": to_json(edition),
        "articles.csv": to_csv(edition),
        "articles.parquet": to_parquet(edition),
    }


def html(
    edition: Edition, templates: Templates = BUILT_IN, neighbours: Neighbours = ALONE
) -> bytes:
    """One self-contained page: no script, no request to anywhere."""
    return templates.page("digest.html", view=view(edition), neighbours=neighbours)


def to_json(edition: Edition) -> bytes:
    """The edition for programs, as ``schema`` describes it."""
    edition = cleaned(edition)
    counts = edition.counts
    return schema.dump(
        schema.Document(
            described_by=f"../../{schema.SCHEMA_FILE}",
            schema=schema.VERSION,
            edition=edition.name,
            slot=edition.slot,
            title=edition.title,
            language=edition.language,
            timezone=edition.timezone,
            start=edition.start,
            cutoff=edition.cutoff,
            topic=edition.topic,
            late_minutes=edition.late_minutes,
            minutes=minutes_to_read(edition.stories),
            counts=schema.Counts(counts.feeds, counts.articles, counts.stories),
            stories=tuple(map(_story, edition.stories)),
            feeds=tuple(
                schema.Feed(link(feed.url), feed.title, feed.status, feed.reason, feed.articles)
                for feed in edition.health
            ),
            left_out=tuple(
                schema.LeftOut(thing.kind, thing.title, link(thing.url), thing.reason)
                for thing in edition.left_out
            ),
            undelivered=tuple(
                schema.Undelivered(each.recipient, each.slot, each.reason)
                for each in edition.undelivered
            ),
        )
    )


def _story(told: Told) -> schema.Story:
    story = told.story
    return schema.Story(
        key=story.key,
        headline=story.headline,
        url=link(story.lead.url),
        minutes=minutes_to_read([told]),
        score=story.score,
        reasons=tuple(schema.Reason(r.name, r.points, r.why) for r in story.reasons),
        summary=_summary(told.summary),
        articles=tuple(map(_article, story.articles)),
    )


def _summary(summary: Summary) -> schema.Summary:
    return schema.Summary(
        text=summary.text,
        sentences=tuple(
            schema.Sentence(
                sentence.text,
                tuple(
                    schema.Citation(link(cited.article), cited.sentence, cited.text)
                    for cited in sentence.sources
                ),
            )
            for sentence in summary.sentences
        ),
        method=summary.method,
        model=summary.model,
        fallback=summary.fallback,
        doubt=summary.doubt,
        notes=summary.notes,
    )


def _article(article: Article) -> schema.Article:
    return schema.Article(
        url=link(article.url),
        title=article.title,
        source=outlet(article),
        author=article.author,
        published=article.published,
        language=article.language,
        origin=article.origin,
    )
