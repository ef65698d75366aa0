"""An edition made by hand that holds everything a page has to show."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digest.model import (
    Article,
    Citation,
    Counts,
    Edition,
    FeedHealth,
    LeftOut,
    Reason,
    Sentence,
    Story,
    Summary,
    Told,
    Undelivered,
)

GOLDEN = Path(__file__).parent / "golden"
CUTOFF = datetime(2026, 11, 22, 22, 0, tzinfo=UTC)  # seven in the morning in Seoul
MINILM = "all-MiniLM-L6-v2@53aa51172d14"


def article(url, title, source="", *, hours=None, **more):
    """An article told ``hours`` before the cut-off; undated without them."""
    published = CUTOFF - timedelta(hours=hours) if hours is not None else None
    more.setdefault("paragraphs", (f"The full text of {url} is nobody's to copy.",))
    more.setdefault("language", "en")
    seen = datetime(2026, 11, 22, 21, 59, 59, 123456, tzinfo=UTC)
    return Article(url, title, source=source, published=published, first_seen=seen, **more)


def sentence(text, *cited):
    """A sentence of a summary; ``cited`` are (article, index, words) or articles."""
    return Sentence(
        text,
        tuple(
            Citation(c.url, 0, text) if isinstance(c, Article) else Citation(c[0].url, *c[1:])
            for c in cited
        ),
    )


def told(
    articles,
    headline,
    sentences,
    reasons=(),
    method="extractive",
    model=MINILM,
    fallback="",
    notes=(),
):
    score = sum(reason.points for reason in reasons)
    story = Story(tuple(articles), headline, score, tuple(reasons))
    return Told(story, Summary(tuple(sentences), method, model, fallback, notes=notes))


def _ferry():
    lead = article(
        "https://harbourpost.example/world/ferry-line",
        "Night ferry between Busan and Fukuoka returns after nine years",
        "Harbour Post",
        hours=9.5,
        author="Mina Alder",
    )
    second = article(
        "https://www.meridian.example/travel/1182?lang=en",
        "Overnight boats to Kyushu: what passengers need to know",
        "Daily Meridian",
        hours=7,
    )
    third = article(
        "https://tidewire.example/a/ferry_(busan)",
        "Busan–Fukuoka crossing reopens",
        "Tide Wire",
        hours=11,
        origin="content",
    )
    fourth = article(
        "https://coastradio.example/n/77", "Ferry back on Friday", "Coast Radio", origin="summary"
    )
    return told(
        [lead, second, third, fourth],
        "Night ferry between Busan and Fukuoka returns after nine years",
        [
            sentence(
                "The night ferry between Busan and Fukuoka will sail again from Friday, "
                "nine years after the last crossing.",
                lead,
                (third, 1, "The Busan–Fukuoka crossing reopens on Friday after nine years."),
            ),
            sentence(
                "Two ships carry 620 passengers each and leave both ports at half past ten in "
                "the evening.",
                (second, 4, "Two ships carry 620 passengers each."),
                (second, 5, "Both leave at 10.30 p.m."),
            ),
            sentence("A berth costs 84,000 won; bicycles travel free until March.", second),
            sentence(
                "The port authority expects 180,000 travellers in the first year, a third of them "
                "from outside the two cities.",
                lead,
                fourth,
            ),
        ],
        [
            Reason("outlets", 4.0, "Told by 4 outlets that do not copy from each other"),
            Reason("recency", 0.8, "First told 11 hours before this edition"),
            Reason("weight", -0.5, "One of its feeds counts half"),
        ],
        notes=("Outlets differ: 620 passengers (Daily Meridian), 580 passengers (Tide Wire).",),
    )


def _korean():
    lead = article(
        "https://hangang.example/기사/20261122",
        "서울시, 한강에 새 보행교 착공",
        "한강신문",
        hours=4,
        language="ko",
    )
    second = article(
        "https://namsan.example/news/3391",
        "한강 보행교 착공식 열려",
        "남산일보",
        hours=3,
        language="ko-KR",
    )
    return told(
        [lead, second],
        "서울시, 한강에 새 보행교 착공",
        [
            sentence(
                "서울시가 22일 한강을 가로지르는 길이 410미터의 보행교 공사를 시작했다.", lead
            ),
            sentence(
                "공사비는 980억 원이며 2029년 봄에 개통할 예정이라고 서울시는 밝혔다.", second, lead
            ),
        ],
        [Reason("outlets", 2.0, "Told by 2 outlets that do not copy from each other")],
    )


def _arabic():
    lead = article(
        "https://almina.example/science/5512",
        "مكتبة الإسكندرية تعرض مخطوطات مرممة لأول مرة",
        "الميناء",
        hours=12,
        language="ar",
    )
    return told(
        [lead],
        "مكتبة الإسكندرية تعرض مخطوطات مرممة لأول مرة",
        [
            sentence(
                "افتتحت مكتبة الإسكندرية معرضا يضم 64 مخطوطة رممت خلال السنوات الثلاث الماضية.",
                lead,
            ),
            sentence("ويستمر المعرض حتى 15 يناير، والدخول مجاني للطلاب.", lead),
        ],
        [Reason("recency", 0.7, "First told 12 hours before this edition")],
    )


def _written():
    lead = article(
        "https://meridian.example/science/glacier",
        "Glaciers in the Alps lost less ice than feared",
        "Daily Meridian",
        hours=20,
    )
    other = article(
        "https://alpenbote.example/gletscher",
        "Gletscher verlieren weniger Eis als befürchtet",
        "Alpenbote",
        hours=30,
        language="de",
    )
    return told(
        [lead, other],
        "Glaciers in the Alps lost less ice than feared",
        [
            sentence("Alpine glaciers lost 1.4 percent of their ice this year.", lead, other),
            sentence("A wet May kept the snow cover in place until late July.", lead),
        ],
        [Reason("outlets", 2.0, "Told by 2 outlets that do not copy from each other")],
        method="generative",
        model="example/tiny-bart@1f00",
    )


def _fallen_back():
    lead = article(
        "https://tidewire.example/a/bakery",
        "<b>Bakers</b> [win] *prize* & say “thanks”_",
        "Tide Wire",
        hours=2,
    )
    german = article(
        "https://alpenbote.example/baecker",
        "Preis für Bäckerei",
        "Alpenbote",
        hours=1,
        language="de",
    )
    unlinked = article("javascript:alert(1)", "=HYPERLINK(1)", "Odd \u202eOutlet", hours=1)
    return told(
        [lead, german, unlinked],
        "<b>Bakers</b> [win] *prize* & say “thanks”_",
        [
            sentence("A bakery in Lindau won the prize for the best rye bread.", lead),
            sentence("Die Jury lobte vor allem die Kruste.", german, unlinked),
        ],
        [Reason("outlets", 3.0, "Told by 3 outlets that do not copy from each other")],
        fallback="the written one said “14 ovens”, which no article says",
    )


def _untold():
    lead = article("https://coastradio.example/n/80", "Listen live", "", language="")
    return told([lead], "Listen live", [], fallback="the article has no text to choose from")


@pytest.fixture
def edition():
    """Several languages, a written paragraph, a fallback, sick feeds, things left out."""
    return Edition(
        name="daily",
        slot="2026-11-23",
        title="Morning Digest",
        timezone="Asia/Seoul",
        start=CUTOFF - timedelta(days=1),
        cutoff=CUTOFF,
        stories=(_ferry(), _korean(), _arabic(), _written(), _fallen_back(), _untold()),
        health=(
            FeedHealth("https://harbourpost.example/feed.xml", "Harbour Post", "ok", "", 6),
            FeedHealth("https://meridian.example/rss", "Daily Meridian", "ok", "", 9),
            FeedHealth("https://tidewire.example/atom", "", "ok", "", 1),
            FeedHealth(
                "https://oldmill.example/feed",
                "Old Mill Gazette",
                "failing",
                "404 Not Found since 2026-11-19; its site may have a new feed address",
            ),
            FeedHealth(
                "https://slow.example/rss", "Slow News", "failing", "No answer within 20 seconds"
            ),
            FeedHealth(
                "https://quiet.example/atom", "Quiet Quarterly", "silent", "Nothing new for 41 days"
            ),
            FeedHealth(
                "https://alpenbote.example/rss",
                "Alpenbote",
                "moved",
                "Now read from https://alpenbote.example/feeds/all",
                3,
            ),
        ),
        left_out=(
            LeftOut(
                "story",
                "Minor league results",
                "https://tidewire.example/a/9",
                "Below the six most told",
            ),
            LeftOut(
                "article",
                "Ferry line (update)",
                "https://tidewire.example/a/2",
                "Told on 2026-11-22",
            ),
            LeftOut(
                "story",
                "Weather stays mild",
                "https://coastradio.example/n/81",
                "Below the six most told",
            ),
        ),
        counts=Counts(feeds=7, articles=19, stories=8),
        undelivered=(
            Undelivered(
                "m…@away.example", "2026-11-22", "mail.example refused mail: 550 5.1.1 Unknown"
            ),
        ),
    )


@pytest.fixture
def golden():
    """Compare bytes with ``golden/<name>``; ``GOLDEN=write pytest tests/publish`` rewrites them."""

    def compare(name, found):
        path = GOLDEN / name
        if os.environ.get("GOLDEN") == "write":
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(found)
        assert found.decode() == path.read_bytes().decode(), f"{path} differs"

    return compare
