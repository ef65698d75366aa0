"""The page on how an edition and its feeds have done: what it says, and that it is the same."""

import re
from dataclasses import replace
from datetime import timedelta
from math import nan

import lxml.html
import pandas as pd
import pytest

from digest.model import Issue
from digest.publish.archive import write_archive
from digest.publish.figures import charts, figures, whole_days
from digest.publish.files import write_edition
from digest.publish.health import health_page, write_health
from digest.publish.render import to_json

DAY = timedelta(days=1)
SVG = "*[local-name()='svg']"


@pytest.fixture
def issues(edition):
    """In time, late with a fallback and a refused mail, missed, in time."""

    def issue(days, **more):
        cutoff = edition.cutoff - days * DAY
        # Seoul's day is the next one already.
        slot = f"{cutoff + timedelta(hours=9):%Y-%m-%d}"
        return Issue(slot, cutoff, **{"status": "published", "published_at": cutoff} | more)

    return [
        issue(0, stories=6, articles=19, failing=2),
        issue(1, stories=5, articles=40, late_minutes=125, fallbacks=1, sent=1, refused=1),
        issue(2, status="missed", published_at=None),
        issue(3, stories=1, articles=1, sent=2),
    ]


THERE = ["2026-11-23", "2026-11-22", "2026-11-20"]

# The checks of each of the thirty days; Old Mill fails since the 27th of them, Slow News now and
# then, and Harbour Post did once.
MEANS = {
    "https://harbourpost.example/feed.xml": 0.4,
    "https://meridian.example/rss": 0.5,
    "https://tidewire.example/atom": 0.2,
    "https://oldmill.example/feed": 0.6,
    "https://slow.example/rss": 9.0,
    "https://quiet.example/atom": 0.8,
    "https://alpenbote.example/rss": 0.3,
}


def failures(feed, day):
    if "oldmill" in feed:
        return 24 if day >= 26 else 0
    if "slow" in feed:
        return 3 if day % 10 == 4 else 0
    return 2 if "harbourpost" in feed and day == 11 else 0


def articles(feed, day):
    if "quiet" in feed or ("oldmill" in feed and day >= 26):
        return 0
    return (day * 5 + len(feed)) % 7


def brought(*feeds):
    return sum(articles(feed, day) for feed in feeds for day in range(30))


def feed_days(start):
    for number in range(30):
        for feed, mean in MEANS.items():
            failed = failures(feed, number)
            mean = nan if failed == 24 else mean + number % 3 / 10
            found = articles(feed, number)
            day = start + number * DAY
            yield feed, "", day, 24, failed, mean, 3 * mean, found, found


def frames(start):
    """Days and feeds, as ``digest.frames`` gives them."""
    names = ["feed", "title", "day", "checks", "failures", "mean_seconds", "slowest_seconds"]
    feeds = pd.DataFrame(feed_days(start), columns=[*names, "new_entries", "articles"])
    days = (
        feeds.groupby("day")
        .agg(
            articles=("articles", "sum"),
            checks=("checks", "sum"),
            failures=("failures", "sum"),
            median_seconds=("mean_seconds", "median"),
            slowest_seconds=("slowest_seconds", "max"),
        )
        .reset_index()
    )
    return days, feeds


@pytest.fixture
def month(edition):
    """The thirty days before the edition."""
    start, end = whole_days(edition.cutoff)
    return figures(start, end, *frames(start))


@pytest.fixture
def no_days(edition, month):
    """As on the first day."""
    start, end = whole_days(edition.cutoff)
    return figures(start, end, month.days.iloc[:0], month.feeds.iloc[:0])


def parsed(edition, issues, month, there=THERE):
    return lxml.html.fromstring(health_page(edition, issues, month, there))


def section(page, name):
    return page.xpath(f"//section[@aria-labelledby='{name}']")[0]


def words(element):
    return " ".join(element.text_content().split())


def rows(table):
    return [[words(cell) for cell in row.xpath("th|td")] for row in table.xpath(".//tbody/tr")]


def test_the_page_is_as_it_was(edition, issues, month, golden):
    golden("health.html", health_page(edition, issues, month, THERE))


def test_each_slot_is_a_row_the_newest_first(edition, issues, month):
    assert rows(section(parsed(edition, issues, month), "editions")) == [
        ["2026-11-23", "in time", "6", "19", "0", "2", "0"],
        ["2026-11-22", "2 h 5 min late", "5", "40", "1", "0", "1 of 2"],
        ["2026-11-21", "missed", ""],
        ["2026-11-20", "in time", "1", "1", "0", "0", "2"],
    ]


def test_what_lies_there_is_linked_to_and_what_was_missed_or_removed_is_not(edition, issues, month):
    page = section(parsed(edition, issues, month, ["2026-11-23"]), "editions")
    assert page.xpath(".//tbody//a/@href") == ["2026-11-23/digest.html"]
    assert len(rows(page)) == 4


def test_what_went_wrong_stands_out_and_what_did_not_does_not(edition, issues, month):
    page = section(parsed(edition, issues, month), "editions")
    marked = page.xpath(".//td[@class='trouble']")
    assert [words(cell) for cell in marked] == ["2 h 5 min late", "1", "1 of 2", "missed"]


def test_every_cell_has_a_heading_that_a_screen_reader_can_name(edition, issues, month):
    for table in parsed(edition, issues, month).xpath("//table"):
        headings = table.xpath("thead//th[@scope='col']")
        for row in table.xpath("tbody/tr"):
            assert row.xpath("th[@scope='row' or @scope='rowgroup']") or row.get("class") == "why"
            assert sum(int(cell.get("colspan", 1)) for cell in row) == len(headings)


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        (slice(0, 4), "Of 4 editions, 1 came late and 1 was missed. The news of a missed one"),
        (slice(0, 2), "Of 2 editions, 1 came late."),
        (slice(2, 4), "Of 2 editions, 1 was missed. The news of a missed one is in the next."),
        (slice(3, 4), "1 edition, in time."),
    ],
)
def test_the_whole_is_told_in_a_sentence(edition, issues, month, chosen, said):
    found = parsed(edition, issues[chosen], month).xpath("string(//p[@class='standfirst'])")
    assert found.startswith(said)


def test_editions_that_nobody_is_mailed_have_no_column_of_mails(edition, issues, month):
    page = section(parsed(edition, issues[:1], month), "editions")
    assert "Mails" not in page.xpath("string(.//thead)")
    assert len(rows(page)[0]) == 6


def test_feeds_come_the_worst_first_with_the_reason_and_since_when(edition, issues, month):
    feeds = section(parsed(edition, issues, month), "feeds")

    def sum_of(name):
        [feed] = [url for url in MEANS if name in url]
        return str(brought(feed))

    assert rows(feeds.xpath(".//table")[0]) == [
        ["Failing"],
        ["Old Mill Gazette", "96 of 720", "0.70 most 2.40", sum_of("oldmill")],
        [
            "404 Not Found since 2026-11-19; its site may have a new feed address"
            "Last good answer: 2026-11-17"
        ],
        ["Slow News", "9 of 720", "9.10 most 27.60", sum_of("slow")],
        ["No answer within 20 secondsLast good answer: 2026-11-21"],
        ["Silent"],
        ["Quiet Quarterly", "0 of 720", "0.90 most 3.00", "0"],
        ["Nothing new for 41 daysNewest article: none in 30 days"],
        ["Moved"],
        ["Alpenbote", "0 of 720", "0.40 most 1.50", sum_of("alpenbote")],
        ["Now read from https://alpenbote.example/feeds/all"],
        ["Unsteady"],
        ["Harbour Post", "2 of 720", "0.50 most 1.80", sum_of("harbourpost")],
    ]


def test_feeds_that_are_fine_are_counted_and_can_be_unfolded(edition, issues, month):
    [fold] = section(parsed(edition, issues, month), "feeds").xpath("details")
    assert fold.findtext("summary") == "2 feeds fine"
    assert [row[0] for row in rows(fold)] == ["Daily Meridian", "tidewire.example"]


@pytest.mark.parametrize(("chosen", "folds"), [(slice(3, 4), 0), (slice(1, 2), 1)])
def test_all_feeds_may_be_ill_and_all_may_be_fine(edition, issues, month, chosen, folds):
    some = replace(edition, health=edition.health[chosen])
    feeds = section(parsed(some, issues, month), "feeds")
    assert len(feeds.xpath("details")) == folds
    assert ("No feed is fine." in feeds.text_content()) == (not folds)
    assert len(feeds.xpath(".//table")) == 1


def test_a_mean_is_that_of_the_answers_and_not_of_the_days(edition, issues):
    start, end = whole_days(edition.cutoff)
    days, feeds = frames(start)
    one = feeds[feeds["feed"] == "https://slow.example/rss"].iloc[:2]
    one = one.assign(checks=[10, 2], failures=[1, 1], mean_seconds=[1.0, 11.0])
    page = parsed(edition, issues, figures(start, end, days, one))
    [slow] = [row for row in rows(section(page, "feeds")) if row[0] == "Slow News"]
    assert slow[1:3] == ["2 of 12", "2.00 most 27.30"]


def test_a_feed_that_never_answered_says_so(edition, issues):
    start, end = whole_days(edition.cutoff)
    days, feeds = frames(start)
    dead = feeds[feeds["feed"] == "https://oldmill.example/feed"].iloc[26:]
    page = section(parsed(edition, issues, figures(start, end, days, dead)), "feeds")
    found = rows(page)
    assert found[1] == ["Old Mill Gazette", "96 of 96", "–", "0"]
    assert found[2][0].endswith("Last good answer: none in 30 days")


def test_charts_are_drawn_from_the_frames_with_what_they_say(edition, issues, month):
    page = section(parsed(edition, issues, month), "days")
    found = [
        (f.findtext(".//b"), len(f.xpath(f".//{SVG}//*[local-name()='rect']")))
        for f in page.iter("figure")
    ]
    assert found == [
        ("Articles a day", 30),
        ("Failed checks a day", 30),
        ("Time to answer of half of the feeds", 30),
        ("The slowest answer of each day", 30),
    ]
    said = [words(caption) for caption in page.iter("figcaption")]
    assert said == [
        f"Articles a day {brought(*MEANS)} articles in 30 days, 18 on a typical day.",
        "Failed checks a day 107 of 5040 checks failed, 24 of them on 18 Nov.",
        "Time to answer of half of the feeds "
        "On a usual day, half of the feeds answer within 0.6 s.",
        "The slowest answer of each day The slowest of all took 27.6 s, on 25 Oct.",
    ]
    columns = page.xpath(f"(.//{SVG})[1]/*[local-name()='rect']/*[local-name()='title']/text()")
    expected = month.days["articles"]
    assert columns[0] == f"2026-10-23: {expected.iloc[0]} articles"
    assert columns[-1] == f"2026-11-21: {expected.iloc[-1]} articles"


def test_the_figures_behind_the_charts_are_there_as_text(edition, issues, month):
    page = section(parsed(edition, issues, month), "days")
    found = rows(page.xpath("details//table")[0])
    assert len(found) == 30
    newest = month.days.iloc[-1]
    assert found[0] == [
        "2026-11-21",
        str(newest["articles"]),
        "168",
        "24",
        f"{newest['median_seconds']:.2f}",
        f"{newest['slowest_seconds']:.2f}",
    ]
    assert found[-1][0] == "2026-10-23"


def test_only_whole_days_before_the_edition_count(edition):
    start, end = whole_days(edition.cutoff)
    assert (f"{start:%Y-%m-%d %H:%M}", f"{end:%Y-%m-%d %H:%M}") == (
        "2026-10-23 00:00",
        "2026-11-22 00:00",
    )
    # From two days before what the page shows to four weeks after it.
    known = zip(frames(start - 2 * DAY), frames(start + 28 * DAY), strict=True)
    cut = figures(start, end, *map(pd.concat, known))
    assert len(cut.days) == 30
    assert len(cut.feeds) == 30 * len(MEANS)
    assert set(cut.feeds["day"]) == {start + n * DAY for n in range(30)}


def test_a_day_on_which_nothing_ran_is_empty_and_not_left_out(edition, issues, month):
    without = month.days.drop([3, 4])
    start, end = whole_days(edition.cutoff)
    kept = figures(start, end, without, month.feeds)
    page = section(parsed(edition, issues, kept), "days")
    found = rows(page.xpath("details//table")[0])
    assert found[-4] == ["2026-10-26", "0", "0", "0", "–", "–"]
    drawn = [len(f.xpath(f".//{SVG}//*[local-name()='rect']")) for f in page.iter("figure")]
    assert drawn == [30, 30, 28, 28]


def test_on_the_first_day_it_says_what_there_will_be(edition, issues, no_days):
    page = parsed(edition, issues[:1], no_days)
    assert [f.findtext(".//b") for f in page.iter("figure")] == ["Articles a day"]
    assert "once a whole day of checks has passed" in section(page, "days").text_content()
    assert rows(section(page, "feeds"))[1] == ["Old Mill Gazette", "–", "–", "0"]


def test_without_a_failure_it_says_so_and_without_an_answer_it_draws_no_time(month):
    calm = replace(month, days=month.days.assign(failures=0))
    assert [chart.words for chart in charts(calm)][1] == "None of 5040 checks failed."
    blackout = month.days.assign(median_seconds=nan, slowest_seconds=nan)
    assert len(list(charts(replace(month, days=blackout)))) == 2


def test_the_page_depends_on_no_clock(edition, issues, month):
    later = [replace(each, published_at=edition.cutoff + 99 * DAY) for each in issues]
    made = health_page(edition, issues, month, THERE)
    assert health_page(edition, later, month, THERE) == made


def test_the_page_loads_and_runs_nothing(edition, issues, month):
    nasty = "<script>alert(1)</script>"
    feed = replace(edition.health[3], title=nasty, url="javascript:alert(1)", reason=nasty)
    strange = replace(edition, title=nasty, health=(feed,))
    html = health_page(strange, issues, month, THERE).decode()
    assert "<script" not in html
    assert "javascript:" not in html
    assert html.count("&lt;script&gt;") >= 4
    assert not re.search(r'\sstyle="|\son\w+="|\ssrc=', html)
    [policy] = lxml.html.fromstring(html.encode()).xpath("//meta[@http-equiv]/@content")
    assert policy.startswith("default-src 'none'; style-src 'sha256-")


def test_a_feeds_password_is_not_on_the_page_and_its_figures_are(edition, issues, month):
    secret = "https://me:secret@slow.example/rss"
    feed = replace(edition.health[4], url=secret, title="")
    named = month.feeds.replace({"feed": {"https://slow.example/rss": secret}})
    page = health_page(
        replace(edition, health=(feed,)), issues, replace(month, feeds=named), THERE
    ).decode()
    assert "secret" not in page
    assert "9 of 720" in page


def test_the_list_of_editions_leads_to_the_page_and_the_page_to_what_is_there(
    edition, issues, month, tmp_path
):
    topic = replace(edition, name="daily.seoul", topic="Seoul")
    other = replace(edition, name="sport", title="Sport")
    for each in (edition, topic, other):
        write_edition(tmp_path, each, {"digest.json": to_json(each)})
    write_archive(tmp_path)
    assert "health.html" not in (tmp_path / "index.html").read_text()

    for each in (other, edition):
        assert write_health(tmp_path, each, issues, month).changed
        assert not write_health(tmp_path, each, issues, month).changed
    assert write_archive(tmp_path).changed
    index = lxml.html.parse(tmp_path / "index.html").getroot()
    links = [href for href in index.xpath("//a/@href") if href.endswith("health.html")]
    assert links == ["daily/health.html", "sport/health.html"]
    for link in links:
        page = lxml.html.parse(tmp_path / link).getroot()
        assert page.xpath("//link[@rel='up']/@href") == ["../index.html"]
        editions = page.xpath("//section[@aria-labelledby='editions']//a/@href")
        assert editions == ["2026-11-23/digest.html"]
