"""Whether the page, the feed's content or its summary becomes the article."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from digest.ingest.article import article_address, article_for, page_of
from digest.ingest.extract import Extracted
from digest.model import Entry

SEEN = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
LINK = "https://outlet.example/2026/ministers-meet-in-seoul"
SENTENCE = "The ministers of both countries met in Seoul on Sunday and agreed on joint patrols. "
LONG = (SENTENCE * 3).strip()


def entry(**fields) -> Entry:
    base = {
        "feed": "https://outlet.example/feed",
        "guid": "1",
        "link": LINK + "?utm_source=rss",
        "title": "Ministers meet in Seoul",
        "published": datetime(2026, 11, 22, tzinfo=UTC),
        "summary_html": "<p>A short summary.</p>",
    }
    return Entry(**base | fields)


def page(*paragraphs: str, **fields) -> Extracted:
    base = {"url": LINK, "title": "Page title", "sitename": "The Outlet", "language": "en"}
    return Extracted(paragraphs=paragraphs, **base | fields)


def choose(an_entry, a_page=None, final_url=LINK, problem="", source="Outlet"):
    return article_for(an_entry, a_page, final_url, problem, source, SEEN)


def test_a_page_with_enough_text_is_the_article():
    article, problem = choose(entry(), page(LONG, LONG, author="A. Writer"))
    assert problem == ""
    assert (article.origin, article.paragraphs) == ("page", (LONG, LONG))
    assert (article.url, article.title, article.source) == (
        LINK,
        "Ministers meet in Seoul",
        "Outlet",
    )
    assert (article.author, article.language, article.first_seen) == ("A. Writer", "en", SEEN)
    assert article.feeds == ("https://outlet.example/feed",)


def test_a_page_that_could_not_be_fetched_leaves_the_feeds_content_and_says_why():
    content = f"<h2>Ministers meet in Seoul</h2><p>{LONG}</p>"
    article, problem = choose(entry(content_html=content), None, problem="answers 404 Not Found")
    assert problem == "answers 404 Not Found"
    assert (article.origin, article.paragraphs) == ("content", (LONG,)), "the title is not repeated"
    assert article.url == LINK, "without its trackers"


def test_without_content_in_the_feed_its_summary_has_to_do():
    article, problem = choose(entry())
    assert problem == "its page has no text"
    assert (article.origin, article.paragraphs) == ("summary", ("A short summary.",))


@pytest.mark.parametrize(
    "wall",
    [
        ["We and our 512 partners store information on your device. " * 8, "Accept all cookies"],
        ["Please enable JavaScript to view this site."],
        [SENTENCE, "To continue reading, please subscribe."],
        [LONG, "We use cookies and similar technologies to measure how this site is used. " * 9],
    ],
)
def test_a_page_behind_a_wall_is_not_the_article(wall):
    article, problem = choose(entry(), page(*wall))
    assert article.origin == "summary"
    assert problem == "its page shows a cookie notice, a paywall or a robot check"


def test_a_notice_beside_the_article_is_dropped_and_the_page_used():
    article, problem = choose(entry(), page(LONG, "We use cookies on this site.", LONG))
    assert (article.paragraphs, problem) == ((LONG, LONG), "")


def test_a_page_with_a_few_words_is_not_the_article():
    article, problem = choose(entry(), page(SENTENCE.strip()))
    assert article.origin == "summary"
    assert problem == "its page has too little text (83 characters)"


def test_a_page_with_less_text_than_the_feed_is_not_the_article():
    article, problem = choose(entry(content_html=f"<p>{LONG}</p><p>{LONG}</p>"), page(LONG))
    assert article.origin == "content"
    assert problem == "its page has less text than the feed (251 characters)"


def test_a_link_that_ends_at_the_home_page_is_not_the_article():
    article, problem = choose(entry(), page(LONG, LONG), final_url="https://outlet.example/")
    assert article.origin == "summary"
    assert problem == "its page is gone and leads to the site's home page"
    assert article.url == LINK


def test_a_link_to_a_home_page_is_taken_at_its_word():
    home = "https://one-story.example/"
    article, _ = choose(entry(link=home), page(LONG, url=home), final_url=home)
    assert article.origin == "page"


def test_nothing_to_read_is_no_article():
    article, problem = choose(entry(summary_html=""), problem="answers 410 Gone")
    assert (article, problem) == (None, "answers 410 Gone")


def test_what_the_entry_lacks_the_page_gives():
    bare = entry(title="", published=None)
    dated = datetime(2026, 11, 21, tzinfo=UTC)
    article, _ = choose(bare, page(LONG, published=dated), source="")
    assert (article.title, article.published, article.source) == ("Page title", dated, "The Outlet")


def test_an_undated_article_counts_from_when_it_was_first_seen():
    article, _ = choose(entry(published=None), page(LONG))
    assert (article.published, article.time) == (None, SEEN)


def test_a_post_without_title_and_link_still_has_a_headline_and_an_address():
    text = "<p>" + "A note of many words that goes on and on, " * 5 + "</p>"
    article, _ = choose(entry(title="", link="", guid="a b", content_html=text), source="")
    assert article.url.startswith("urn:uuid:")
    assert article.source == "outlet.example"
    assert article.title.startswith("A note of many words")
    assert article.title.endswith("…")
    assert len(article.title) <= 101


def test_a_short_post_without_title_is_its_own_headline():
    article, _ = choose(entry(title="", content_html="<p>Just this.</p>"), source="")
    assert (article.title, article.source) == ("Just this.", "outlet.example")


def test_posts_without_a_link_are_told_apart_by_their_guid_and_their_feed():
    first = entry(link="", guid="1")
    others = [entry(link="", guid="2"), entry(link="", guid="1", feed="https://b.example/feed")]
    assert article_address(first) == article_address(entry(link="", guid="1", title="x"))
    assert article_address(first) not in map(article_address, others)
    assert page_of(first) == ""


def test_a_post_without_a_link_says_nothing_of_its_feeds_password():
    feed = "http://reader:s3cret@outlet.example:8000/feed?token=abc"
    article, problem = choose(entry(feed=feed, link="", guid="1"), source=feed)
    shown = " ".join((article.url, article.source, article.title, problem))
    assert not any(secret in article.url for secret in ("reader", "s3cret", "token", "outlet"))
    assert "s3cret" not in shown
    unnamed, _ = choose(entry(feed=feed, link=""), source="")
    assert unnamed.source == "outlet.example:8000"
    changed = feed.replace("s3cret", "n3w")
    assert article_address(entry(feed=changed, link="", guid="1")) == article.url


def test_a_part_of_a_page_is_told_by_the_feed_and_not_by_the_whole_page():
    notes = "https://outlet.example/notes.html"
    part = entry(link=f"{notes}?utm_source=rss#a2")
    article, problem = choose(part, page(LONG, LONG, url=notes), final_url=notes)
    assert (article.url, article.origin) == (f"{notes}#a2", "summary")
    assert article.paragraphs == ("A short summary.",)
    assert problem == "its page holds several entries"
    assert page_of(part) == ""


def test_a_fragment_that_names_no_part_of_the_page_leaves_it_the_entrys_own():
    highlighted = entry(link=f"{LINK}#:~:text=Seoul")
    assert page_of(highlighted) == highlighted.link
    assert article_address(highlighted) == LINK
    assert choose(highlighted, page(LONG))[0].origin == "page"


def test_a_page_that_names_an_endless_address_keeps_the_one_it_was_found_at():
    article, _ = choose(entry(), page(LONG, url=f"{LINK}?q={'x' * 3000}"))
    assert (article.url, article.origin) == (LINK, "page")
