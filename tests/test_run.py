"""The whole job over real HTTP, from the sample newsroom's feeds to the files."""

import re
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from digest import subscriptions
from digest.model import Article, DigestError, Feed, FeedState, Told, UsageError
from digest.run import Gathered, Outcome, ingest, run
from digest.sample.newsroom import Newsroom
from digest.sample.server import Asked, Site, serving
from digest.settings import FetchSettings, Settings
from digest.stages.order import Order
from digest.store import tables
from digest.store.store import Store
from digest.summarize.choosing.extractive import WEIGHTS_ALONE
from digest.summarize.models import Encoder

TIMEOUT = 4.0
SILENT = "Tidewater Times"


def settings_in(folder: Path, feeds: Sequence[Feed], **more) -> Settings:
    folder.mkdir(exist_ok=True)
    (folder / "feeds.opml").write_bytes(subscriptions.write(feeds))
    fetch = FetchSettings(allow_private=True, timeout=TIMEOUT, retries=0)
    return Settings(
        feeds=folder / "feeds.opml",
        outputs=folder / "outputs",
        store=f"sqlite:///{folder / 'digest.sqlite'}",
        **{"fetch": fetch, **more},
    )


def files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@dataclass(frozen=True)
class Ran:
    outcome: Outcome
    asked: tuple[Asked, ...]
    seconds: float
    files: dict[Path, bytes]


@dataclass(frozen=True)
class Morning:
    """The newsroom's site with what two runs and one without the silent feed made of it."""

    site: Site
    settings: Settings
    first: Ran
    again: Ran
    without_silence: Ran


@pytest.fixture(scope="module")
def morning(newsroom: Newsroom, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Morning]:
    folder = tmp_path_factory.mktemp("morning")
    with serving(newsroom.anchor) as site:
        settings = settings_in(folder, site.feeds)

        def ran() -> Ran:
            before, began = len(site.requests), time.monotonic()
            outcome = run(settings, Order(), now=newsroom.anchor)
            seconds = time.monotonic() - began
            return Ran(outcome, site.requests[before:], seconds, files(settings.outputs))

        first, again = ran(), ran()
        settings_in(folder, [feed for feed in site.feeds if feed.title != SILENT])
        without_silence = ran()
        settings_in(folder, site.feeds)
        yield Morning(site, settings, first, again, without_silence)


@pytest.fixture(scope="module")
def seoul(morning: Morning) -> Told:
    (told,) = [
        told for told in morning.first.outcome.edition.stories if "Seoul" in told.summary.text
    ]
    return told


def test_the_morning_edition_tells_the_events_of_the_day(morning: Morning):
    edition = morning.first.outcome.edition
    assert morning.first.outcome.made
    assert (edition.name, edition.slot) == ("daily", "2026-11-17")
    assert 10 <= len(edition.stories) <= 12
    assert edition.counts.articles == 46
    assert sum(len(told.story.articles) for told in edition.stories) == 46


def test_the_meeting_in_seoul_is_one_story_of_four_outlets(seoul: Told):
    assert len(seoul.story.articles) == 4
    assert len({article.source for article in seoul.story.articles}) == 4
    (outlets,) = [reason for reason in seoul.story.reasons if reason.name == "outlets"]
    assert outlets.why.startswith("told by 4 outlets: ")


def test_its_paragraph_names_the_meeting_both_ministers_the_spending_and_the_submarine(
    seoul: Told,
):
    for fact in ("Security Consultative Meeting", "Hegseth", "Ahn Gyu-back", "3.5%", "submarine"):
        assert fact in seoul.summary.text
    assert 3 <= len(seoul.summary.sentences) <= 5
    assert len(seoul.summary.text.split()) <= 120


def test_every_sentence_stands_in_an_article_of_its_story(morning: Morning):
    for told in morning.first.outcome.edition.stories:
        texts = {article.url: article.text for article in told.story.articles}
        assert told.summary.sentences
        for sentence in told.summary.sentences:
            assert all(source.text in texts[source.article] for source in sentence.sources)
            # What is printed is the first source, at most without a "However," or the like.
            words = iter(sentence.sources[0].text.casefold().split())
            assert all(word in words for word in sentence.text.casefold().split())


def test_the_files_and_the_list_of_editions_are_written(morning: Morning):
    written = {str(path.relative_to(morning.settings.outputs)) for path in morning.first.files}
    made = {"digest.html", "digest.md", "digest.txt", "digest.json", "articles.csv"}
    assert {f"daily/2026-11-17/{name}" for name in made} <= written
    assert {"index.html", "feed.xml"} <= written


def test_broken_feeds_cost_nothing_but_a_line_each_with_the_reason(morning: Morning):
    health = {feed.title: feed for feed in morning.first.outcome.edition.health}
    assert len(health) == 17
    assert health["Lantern Street Journal"].reason == "answers 404 Not Found"
    assert health[SILENT].reason == f"did not answer within {TIMEOUT:g} s"
    assert "is not valid XML" in health["Quarry Gazette"].reason
    assert "subscribe to it there" in health["Northgate Dispatch"].reason
    assert [feed.status for feed in health.values()].count("ok") == 13
    page = (morning.first.outcome.written.directory / "digest.html").read_text("utf-8")
    for title in ("Lantern Street Journal", SILENT, "Quarry Gazette", "Northgate Dispatch"):
        assert title in page


def test_run_again_feeds_answer_304_no_page_is_asked_for_and_no_model_is_read(morning: Morning):
    outcome = morning.again.outcome
    assert not outcome.made
    assert not outcome.model_loaded
    assert morning.first.outcome.model_loaded
    feeds = {re.sub("^https?://[^/]+", "", feed.url) for feed in morning.site.feeds}
    moved = "/northgate-dispatch/feed.xml"
    assert {asked.path for asked in morning.again.asked} <= {*feeds, moved}
    statuses = sorted(asked.status for asked in morning.again.asked)
    assert statuses == [0, 200, *[304] * 14, 404], "silent, broken XML, unchanged, gone"


def test_run_again_the_files_are_the_same_byte_for_byte(morning: Morning):
    assert morning.again.files == morning.first.files
    assert not morning.again.outcome.written.changed
    assert morning.again.outcome.edition == morning.first.outcome.edition


def test_a_feed_that_never_answers_delays_the_run_by_no_more_than_its_timeout(morning: Morning):
    assert not any(asked.status == 0 for asked in morning.without_silence.asked)
    assert morning.again.seconds - morning.without_silence.seconds < TIMEOUT + 1


def test_an_edition_about_the_meeting_tells_the_meeting(morning: Morning, newsroom: Newsroom):
    order = Order(topic="Seoul Security Consultative Meeting", fetch=False)
    outcome = run(morning.settings, order, now=newsroom.anchor)
    assert outcome.edition.name == "daily.seoul-security-consultative-meeting"
    (told,) = outcome.edition.stories
    assert len(told.story.articles) == 4
    for fact in ("Security Consultative Meeting", "Hegseth", "Ahn Gyu-back", "3.5%", "submarine"):
        assert fact in told.summary.text


def test_the_next_edition_repeats_nothing(morning: Morning, newsroom: Newsroom):
    outcome = run(morning.settings, Order(fetch=False), now=newsroom.anchor + timedelta(days=1))
    assert (outcome.edition.slot, outcome.edition.stories) == ("2026-11-18", ())
    assert outcome.edition.start == newsroom.anchor


@dataclass(frozen=True)
class Brought:
    """Two feeds in a store of their own; the cut-off lies within what they published."""

    site: Site
    settings: Settings
    gathered: Gathered


@pytest.fixture(scope="module")
def brought(newsroom: Newsroom, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Brought]:
    with serving(newsroom.anchor) as site:
        feeds = [feed for feed in site.feeds if feed.title in ("Pacific Ledger", "Kilowatt")]
        editions = {"daily": {"schedule": "0 0 * * *"}}
        settings = settings_in(tmp_path_factory.mktemp("brought"), feeds, editions=editions)
        yield Brought(site, settings, ingest(settings, newsroom.anchor))


def test_what_was_brought_in_before_makes_the_edition_without_asking_anyone(
    brought: Brought, newsroom: Newsroom
):
    assert [check.outcome for check in brought.gathered.checks] == ["read", "read"]
    asked = len(brought.site.requests)
    outcome = run(brought.settings, Order(rebuild=True, fetch=False), now=newsroom.anchor)
    assert outcome.edition.counts.articles == 5
    assert len(brought.site.requests) == asked


def test_articles_after_the_cutoff_wait_for_the_next_edition(brought: Brought, newsroom: Newsroom):
    today = run(brought.settings, Order(fetch=False), now=newsroom.anchor)
    assert (today.edition.counts.articles, today.waiting) == (5, 2)
    tomorrow = run(brought.settings, Order(fetch=False), now=newsroom.anchor + timedelta(days=1))
    assert (tomorrow.edition.counts.articles, tomorrow.waiting) == (2, 0)
    today = run(brought.settings, Order(fetch=False), now=newsroom.anchor)
    assert today.waiting == 0, "they have been told since"


def test_each_stage_can_be_carried_out_by_somebody_else(brought: Brought, newsroom: Newsroom):
    stages: list[str] = []

    def step(stage: Callable, *args: object, **kwargs: object) -> object:
        stages.append(stage.__name__)
        return stage(*args, **kwargs)

    run(brought.settings, Order(rebuild=True), newsroom.anchor, step)
    assert stages == [
        "check_feeds",
        "read_articles",
        "choose_stories",
        "write_paragraphs",
        "publish",
    ]
    stages.clear()
    run(brought.settings, Order(), newsroom.anchor, step)
    assert stages == ["check_feeds", "read_articles", "publish"]


@pytest.mark.parametrize(
    ("models", "why", "told"),
    [
        (
            {"summarizer": "seq2seq:/no/such/folder"},
            "seq2seq:/no/such/folder is not there",
            "/no/such/folder does not exist",
        ),
        (
            {"summarizer": "chat:/no/such/folder", "checker": "/no/such/checker"},
            "the checker /no/such/checker is not there",
            "/no/such/checker does not exist",
        ),
    ],
    ids=["writes", "checks"],
)
def test_without_the_model_that_writes_or_checks_the_edition_comes_out_and_says_so(
    models: dict[str, str],
    why: str,
    told: str,
    brought: Brought,
    newsroom: Newsroom,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
):
    feeds = subscriptions.read(brought.settings.feeds)
    settings = settings_in(tmp_path, feeds, **models)
    made = run(settings, Order(), now=newsroom.anchor)
    for each in made.edition.stories:
        assert (each.summary.method, bool(each.summary.sentences)) == ("extractive", True)
        assert each.summary.fallback == why
    page = (settings.outputs / "daily" / made.edition.slot / "digest.html").read_text()
    assert f"Not the summary asked for: {why}." in page
    assert told in caplog.text
    with Store.open(settings.store) as store, store.reading() as connection:
        kept = connection.execute(select(tables.summaries)).all()
    assert kept == [], "the model may be there the next time"


def test_without_the_encoder_for_other_languages_the_packaged_one_reads_them(
    brought: Brought, newsroom: Newsroom, caplog: pytest.LogCaptureFixture
):
    settings = brought.settings.model_copy(update={"multilingual_encoder": "/no/such/encoder"})
    made = run(settings, Order(rebuild=True, fetch=False), newsroom.anchor)
    told = {told.summary.model for told in made.edition.stories}
    assert told == {Encoder().name, WEIGHTS_ALONE}
    assert "/no/such/encoder does not exist" in caplog.text


def test_an_edition_that_was_made_but_not_published_is_made_anew(
    brought: Brought, newsroom: Newsroom, tmp_path: Path
):
    settings = settings_in(tmp_path, subscriptions.read(brought.settings.feeds))

    def killed_before_publishing(stage: Callable, *args: object, **kwargs: object) -> object:
        if stage.__name__ == "publish":
            raise KeyboardInterrupt
        return stage(*args, **kwargs)

    with pytest.raises(KeyboardInterrupt):
        run(settings, Order(), newsroom.anchor, killed_before_publishing)
    assert not settings.outputs.exists()
    again = run(settings, Order(), newsroom.anchor)
    assert again.made
    assert again.gathered.reading.fetched == 0
    assert again.edition.counts.articles == 7
    assert (settings.outputs / "daily" / "2026-11-17" / "digest.html").exists()


def test_editions_for_which_there_is_no_feed_bring_nothing_in(tmp_path: Path, newsroom: Newsroom):
    feeds = [Feed("http://127.0.0.1:9/feed", topics=("local",))]
    settings = settings_in(tmp_path, feeds, editions={"sport": {"topics": ["golf"]}})
    with pytest.raises(UsageError, match="no edition of the settings has a feed"):
        ingest(settings, newsroom.anchor)


def test_without_a_list_of_feeds_nothing_is_begun(tmp_path: Path, newsroom: Newsroom):
    settings = settings_in(tmp_path, [])
    settings.feeds.unlink()
    with pytest.raises(UsageError, match=r"no list of feeds at .*feeds.opml"):
        run(settings, Order(), now=newsroom.anchor)
    assert list(tmp_path.iterdir()) == []


def test_while_the_network_is_down_nothing_is_published_however_often_it_is_tried(
    newsroom: Newsroom, tmp_path: Path
):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    names = ("Pacific Ledger", "Kilowatt")
    feeds = [f for f in newsroom.feeds(f"http://127.0.0.1:{port}") if f.title in names]
    settings = settings_in(tmp_path, feeds)
    for _ in range(2):
        with pytest.raises(DigestError, match="none of the 2 feeds could be read, so nothing was"):
            run(settings, Order(), now=newsroom.anchor)
    with Store.open(settings.store) as store:
        assert store.editions() == []
    assert not settings.outputs.exists()

    with serving(newsroom.anchor, port=port):
        back = run(settings, Order(), now=newsroom.anchor)
    assert back.edition.counts.articles == 7


def test_feeds_that_are_left_alone_because_they_failed_make_no_empty_edition(
    newsroom: Newsroom, tmp_path: Path
):
    settings = settings_in(tmp_path, [Feed("http://127.0.0.1:9/feed")])
    for _ in range(4):
        with pytest.raises(DigestError, match=r"none of the 1 feeds .* run again when the network"):
            run(settings, Order(), now=newsroom.anchor)
    with Store.open(settings.store) as store:
        assert store.editions() == []


FERRY = Article(
    "https://wire.example/ferry",
    "Ferry to Lowmere runs again",
    ("The ferry to Lowmere ran again on Sunday after eleven days of repairs at its pier.",),
    source="Wire",
    feeds=("https://wire.example/",),
)


@pytest.fixture
def asked(tmp_path: Path, newsroom: Newsroom) -> Callable[..., Outcome]:
    """Asks about a topic at an hour after the cut-off, with articles published just before."""
    feeds = [Feed("https://wire.example/", "Wire")]
    settings = settings_in(tmp_path, feeds)

    def ask(*articles: Article, hours: float = 9, **order: object) -> Outcome:
        now = newsroom.anchor + timedelta(hours=hours)
        with Store.open(settings.store) as store:
            store.save_check(FeedState(feeds[0].url, checked_at=now), (), now)
            for article in articles:
                # First seen when this test runs, as ``made_at`` is the clock's.
                seen = datetime.now(UTC)
                published = now - timedelta(minutes=5)
                store.save_article(replace(article, published=published, first_seen=seen), ())
        return run(settings, Order(fetch=False, **order), now)

    return ask


def test_a_topic_is_answered_with_the_news_of_this_minute(asked: Callable[..., Outcome]):
    outcome = asked(FERRY, topic="ferry to Lowmere")
    [told] = outcome.edition.stories
    assert told.summary.text == FERRY.text
    assert outcome.waiting == 0


def test_a_topic_asked_about_again_is_answered_anew_only_if_there_is_news(
    asked: Callable[..., Outcome],
):
    first = asked(FERRY, topic="ferry to Lowmere")
    again = asked(topic="ferry to Lowmere", hours=10)
    assert (again.made, again.model_loaded, again.edition) == (False, False, first.edition)
    second = replace(
        FERRY,
        url="https://wire.example/pier",
        title="Lowmere's ferry pier to be rebuilt",
        paragraphs=("The pier of the ferry to Lowmere will be rebuilt in spring for two million.",),
    )
    anew = asked(second, topic="ferry to Lowmere", hours=11)
    assert anew.made
    assert {a.url for t in anew.edition.stories for a in t.story.articles} == {
        FERRY.url,
        second.url,
    }


def test_an_edition_cut_off_now_tells_what_waits_and_the_next_does_not_repeat_it(
    asked: Callable[..., Outcome],
):
    assert asked(FERRY).waiting == 1
    between = asked(now=True)
    assert [t.story.headline for t in between.edition.stories] == [FERRY.title]
    assert between.edition.slot.endswith("T1600")
    assert asked(hours=25).edition.stories == ()
