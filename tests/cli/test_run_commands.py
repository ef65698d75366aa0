"""``digest run`` on the sample newsroom, and what can be asked and done afterwards."""

from __future__ import annotations

import json
import re

SLOT = "2026-11-17"
FILES = [
    "digest.html",
    "digest.md",
    "digest.txt",
    "digest.epub",
    "digest.json",
    "articles.csv",
    "articles.parquet",
]
FAULTS = {
    "Lantern Street Journal": "answers 404 Not Found",
    "Tidewater Times": "did not answer within 3 s",
    "Quarry Gazette": "is not valid XML",
}


def digest(project, folder=f"daily/{SLOT}"):
    return json.loads(project.published()[f"{folder}/digest.json"])


def test_a_run_publishes_and_prints_the_paths_and_the_first_paragraph(first_run):
    project, done = first_run
    assert done.returncode == 0, done.stderr
    paths, paragraph = done.stdout.split("\n\n", 1)
    assert paths.splitlines() == [f"outputs/daily/{SLOT}/{name}" for name in FILES]
    published = project.published()
    assert sorted(
        path for path in published if SLOT in path and path.startswith("daily/")
    ) == sorted(f"daily/{SLOT}/{name}" for name in FILES)
    assert {"daily/health.html", "digest.schema.json", "feed.xml", "index.html"} <= {*published}
    edition = digest(project)
    assert len(edition["stories"]) == 12
    assert paragraph == "{headline}\n\n{text}\n".format(
        headline=edition["stories"][0]["headline"],
        text=edition["stories"][0]["summary"]["text"],
    )
    for reason in FAULTS.values():
        assert reason in done.stderr
    assert "checked 17 feeds" in done.stderr


def test_a_second_run_reads_nothing_again_and_says_so(published, site):
    before, asked = published.published(), len(site.requests)
    done = published.run("run", "--date", SLOT)
    assert done.returncode == 0
    assert done.stdout.startswith(
        f"daily of {SLOT} is there already: 14 of 17 feeds say that nothing changed, "
        "0 articles fetched, no model loaded, files the same, byte for byte.\n"
    )
    assert published.published() == before
    requests = site.requests[asked:]
    # A moved feed is asked where it is now.
    feeds = [feed.url.removeprefix(site.url) for feed in site.feeds]
    now = [
        path.replace("/northgate-dispatch/rss", "/northgate-dispatch/feed.xml") for path in feeds
    ]
    assert sorted(request.path for request in requests) == sorted(now)
    assert sum(request.status == 304 for request in requests) == 14


def test_a_topic_makes_an_edition_of_its_own(published):
    topic = "Seoul Security Consultative Meeting"
    done = published.run("run", "--date", SLOT, "--no-fetch", "--topic", topic)
    assert done.returncode == 0, done.stderr
    edition = digest(published, f"daily.seoul-security-consultative-meeting/{SLOT}")
    [story] = edition["stories"]
    assert len(story["articles"]) == 4
    for said in ("Security Consultative Meeting", "Hegseth", "Ahn Gyu-back", "3.5%", "submarine"):
        assert said in story["summary"]["text"]


def test_a_rebuild_makes_the_edition_anew(published):
    before = published.published()
    done = published.run("run", "--date", SLOT, "--no-fetch", "--rebuild", "--max-stories", "3")
    assert done.returncode == 0, done.stderr
    assert "wrote 0 paragraphs, 3 were written before" in done.stderr
    assert len(digest(published)["stories"]) == 3
    assert published.published()[f"daily/{SLOT}/digest.html"] != before[f"daily/{SLOT}/digest.html"]


def test_articles_after_the_cut_off_wait_for_the_next_edition(site, make_project):
    project = make_project([feed for feed in site.feeds if feed.title == "Touchline"])
    done = project.run("run", "--date", "2026-11-16")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("2 newer articles wait for the next edition")
    assert done.stdout.endswith(
        "There was no news; the page says which feeds were silent or broken.\n"
    )
    assert digest(project, "daily/2026-11-16")["stories"] == []


def test_an_edition_in_between_is_cut_off_now(published):
    before = published.published()
    done = published.run("run", "--now", "--no-fetch")
    assert done.returncode == 0, done.stderr
    new = {*published.published()} - {*before}
    made = {name.split("/")[1] for name in new if name.startswith("daily/")}
    assert len(made) == 1
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d{4}", made.pop())


# check


def test_check_tells_what_each_edition_will_be(site, make_project):
    project = make_project(
        site.feeds,
        editions={
            "daily": {},
            "science": {
                "topics": ["science"],
                "schedule": "0 6,18 * * *",
                "timezone": "Asia/Seoul",
            },
        },
    )
    done = project.run("check")
    assert done.returncode == 0, done.stderr
    daily, science, last = done.stdout.splitlines()
    assert daily.startswith("daily: '0 7 * * *' in UTC, 17 feeds, extractive; the last that is due")
    assert science.startswith("science: '0 6,18 * * *' in Asia/Seoul, 2 feeds, extractive;")
    assert science.endswith(("T0600", "T1800"))
    assert last == "The settings are in order."
