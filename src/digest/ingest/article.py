"""Which text becomes the article: the page's, the feed's content, or the feed's summary."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

from digest.addresses import without_credentials
from digest.ingest.boilerplate import is_wall, without_boilerplate
from digest.ingest.canonical import anchored_url, canonical_url
from digest.ingest.extract import Extracted
from digest.ingest.language import language_of
from digest.ingest.plaintext import paragraphs_of
from digest.model import Article, Entry, Origin

TOO_LITTLE = 250
"""Characters below which what a page gives is a teaser or a notice, whatever it says."""

_HEADLINE = 100
"""Characters of an untitled post that serve as its title."""


def article_address(entry: Entry) -> str:
    """What entries share that lead to one article, and its URL unless its page says another.

    That is the entry's link, with the fragment if it has a part of a page to itself. An entry
    without a link gets a name that is no web address (a UUID as URN), so that nothing can link to
    it: there is no page to read it on, and its feed's URL may hold the reader's password.
    """
    feed = without_credentials(entry.feed)
    return anchored_url(entry.link) or uuid5(NAMESPACE_URL, f"{feed}#{entry.guid}").urn


def page_of(entry: Entry) -> str:
    """The URL of the page that is the entry's article; empty where it has none, or but a part."""
    return entry.link if anchored_url(entry.link) == canonical_url(entry.link) else ""


def article_for(
    entry: Entry,
    page: Extracted | None,
    final_url: str,
    page_problem: str,
    source: str,
    first_seen: datetime,
) -> tuple[Article | None, str]:
    """The article that an entry leads to, and why its page was not used (empty if it was).

    ``final_url`` is where the redirects from the entry's link ended, ``page_problem`` why there is
    no ``page``, ``source`` the outlet's name. ``None`` where there is nothing at all to read.

    A page that is not the entry's alone (``page_of``) is not used.
    """
    if not page_of(entry):
        page = None
        page_problem = "its page holds several entries" if entry.link else "it has no page"
    content = without_boilerplate(paragraphs_of(entry.content_html), entry.title)
    summary = without_boilerplate(paragraphs_of(entry.summary_html), entry.title)
    text: tuple[str, ...] = ()
    if page is None:
        problem = page_problem or "its page has no text"
    else:
        text = without_boilerplate(_without_walls(page.paragraphs), entry.title)
        problem = _shortcoming(page, text, _size(content), _left_for_home(entry.link, final_url))
    choices: tuple[tuple[Origin, tuple[str, ...]], ...] = (
        ("page", () if problem else text),
        ("content", content),
        ("summary", summary),
    )
    origin, paragraphs = next((choice for choice in choices if choice[1]), ("page", ()))
    if not paragraphs:
        return None, problem
    spoken = page.language if page and origin == "page" else ""
    article = Article(
        url=(canonical_url(page.url) if page and origin == "page" else "")
        or article_address(entry),
        title=entry.title or (page.title if page else "") or _headline(paragraphs[0]),
        paragraphs=paragraphs,
        source=without_credentials(source) or (page.sitename if page else "") or _site(entry),
        author=entry.author or (page.author if page else ""),
        published=entry.published or (page.published if page else None),
        first_seen=first_seen,
        language=spoken or language_of(" ".join(paragraphs), entry.language),
        origin=origin,
        feeds=(entry.feed,),
    )
    return article, problem


def _shortcoming(page: Extracted, text: tuple[str, ...], in_feed: int, left: bool) -> str:
    """Why the page's ``text`` (walls taken out) is no article; empty where it is one."""
    found, all_of_it = _size(text), _size(page.paragraphs)
    if left:
        return "its page is gone and leads to the site's home page"
    if found < TOO_LITTLE or found < all_of_it / 2:
        walled = any(map(is_wall, page.paragraphs))
        return (
            "its page shows a cookie notice, a paywall or a robot check"
            if walled
            else f"its page has too little text ({found} characters)"
        )
    return f"its page has less text than the feed ({found} characters)" if found < in_feed else ""


def _without_walls(paragraphs: Iterable[str]) -> tuple[str, ...]:
    return tuple(paragraph for paragraph in paragraphs if not is_wall(paragraph))


def _left_for_home(link: str, final_url: str) -> bool:
    """Whether an article's link ended at a home page, as links to deleted articles do."""
    asked, ended = urlsplit(link), urlsplit(final_url or link)
    return ended.path in ("", "/") and not ended.query and asked.path not in ("", "/")


def _site(entry: Entry) -> str:
    return urlsplit(without_credentials(entry.link or entry.feed)).netloc


def _headline(paragraph: str) -> str:
    if len(paragraph) <= _HEADLINE:
        return paragraph
    return paragraph[:_HEADLINE].rpartition(" ")[0].rstrip(",;:–- ") + "…"


def _size(paragraphs: Iterable[str]) -> int:
    return sum(map(len, paragraphs))
