"""The page on how an edition has done: what it says, and that it says the same each time."""

import re
from dataclasses import replace
from datetime import timedelta

import lxml.html
import pytest

from digest.model import Issue
from digest.publish.archive import write_archive
from digest.publish.files import write_edition
from digest.publish.health import health_page, write_health
from digest.publish.render import to_json

DAY = timedelta(days=1)


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


def parsed(edition, issues):
    return lxml.html.fromstring(health_page(edition, issues))


def rows(page):
    return [
        [" ".join(cell.text_content().split()) for cell in row.xpath("th|td")]
        for row in page.xpath("//tbody/tr")
    ]


def test_each_slot_is_a_row_the_newest_first(edition, issues):
    assert rows(parsed(edition, issues)) == [
        ["2026-11-23", "in time", "6", "19", "0", "2", "0"],
        ["2026-11-22", "2 h 5 min late", "5", "40", "1", "0", "1 of 2"],
        ["2026-11-21", "missed", ""],
        ["2026-11-20", "in time", "1", "1", "0", "0", "2"],
    ]


def test_what_came_leads_to_its_page_and_what_was_missed_nowhere(edition, issues):
    page = parsed(edition, issues)
    published = [issue.slot for issue in issues if issue.status == "published"]
    assert page.xpath("//tbody//a/@href") == [f"{slot}/digest.html" for slot in published]


def test_what_went_wrong_stands_out_and_what_did_not_does_not(edition, issues):
    marked = parsed(edition, issues).xpath("//td[@class='trouble']")
    assert [cell.text_content() for cell in marked] == [
        "2 h 5 min late",
        "1",
        "1 of 2",
        "missed",
    ]


def test_every_cell_has_a_heading_that_a_screen_reader_can_name(edition, issues):
    page = parsed(edition, issues)
    headings = page.xpath("//thead//th[@scope='col']")
    assert len(headings) == 7
    for row in page.xpath("//tbody/tr"):
        assert row.xpath("th[@scope='row']")
        assert sum(int(cell.get("colspan", 1)) for cell in row) == len(headings)
    for chart in page.xpath("//*[local-name()='svg']"):
        assert chart.get("role") == "img"
        assert chart.xpath("string(*[local-name()='title'])")


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        (slice(0, 4), "Of 4 editions, 1 came late and 1 was missed. The news of a missed one"),
        (slice(0, 2), "Of 2 editions, 1 came late."),
        (slice(2, 4), "Of 2 editions, 1 was missed. The news of a missed one is in the next."),
        (slice(3, 4), "1 edition, in time."),
    ],
)
def test_the_whole_is_told_in_a_sentence(edition, issues, chosen, said):
    found = parsed(edition, issues[chosen]).xpath("string(//p[@class='standfirst'])")
    assert found.startswith(said)


def test_editions_that_nobody_is_mailed_have_no_column_of_mails(edition, issues):
    page = parsed(edition, issues[:1])
    assert "Mails" not in page.xpath("string(//thead)")
    assert len(rows(page)[0]) == 6


def test_feeds_in_trouble_come_the_worst_first_with_the_reason(edition, issues):
    page = parsed(edition, issues)
    section = page.xpath("//section[@aria-labelledby='feeds']")[0]
    assert section.xpath("h3/text()") == ["Failing", "Silent", "Moved"]
    assert "Nothing new for 41 days" in section.xpath("string(ul[@class='silent'])")
    assert section.xpath("string(p)") == "3 feeds fine."
    healthy = replace(edition, health=edition.health[3:4])
    assert "No feed is fine." in health_page(healthy, issues).decode()


def test_charts_show_what_there_is_to_show(edition, issues):
    def charts(issues):
        return parsed(edition, issues).xpath("//*[local-name()='svg']/*[local-name()='title']")

    titles = ["Stories told", "Articles in the window", "Lateness", "Failing feeds"]
    assert [title.text for title in charts(issues)] == titles
    assert [title.text for title in charts(issues[3:])] == titles[:2]


def test_the_page_depends_on_no_clock(edition, issues):
    later = [replace(each, published_at=edition.cutoff + 99 * DAY) for each in issues]
    assert health_page(edition, later) == health_page(edition, issues)


def test_the_page_loads_and_runs_nothing(edition, issues):
    html = health_page(replace(edition, title="<script>alert(1)</script>"), issues).decode()
    assert "<script" not in html
    assert not re.search(r'\sstyle="|\son\w+="|\ssrc=', html)
    [policy] = lxml.html.fromstring(html.encode()).xpath("//meta[@http-equiv]/@content")
    assert policy.startswith("default-src 'none'; style-src 'sha256-")


def test_the_list_of_editions_leads_to_the_page_where_there_is_one(edition, issues, tmp_path):
    topic = replace(edition, name="daily.seoul", topic="Seoul")
    other = replace(edition, name="sport", title="Sport")
    for each in (edition, topic, other):
        write_edition(tmp_path, each, {"digest.json": to_json(each)})
    write_archive(tmp_path)
    assert "How they have done" not in (tmp_path / "index.html").read_text()

    for each in (other, edition):
        assert write_health(tmp_path, each, issues).changed
        assert not write_health(tmp_path, each, issues).changed
    assert write_archive(tmp_path).changed
    index = lxml.html.parse(tmp_path / "index.html").getroot()
    links = index.xpath("//footer//a")
    assert [(link.get("href"), link.text_content()) for link in links] == [
        ("daily/health.html", "Morning Digest"),
        ("sport/health.html", "Sport"),
    ]
    for link in links:
        assert (tmp_path / link.get("href")).is_file()
    up = lxml.html.parse(tmp_path / "daily/health.html").getroot().xpath("//link/@href")
    assert up == ["../index.html"]
