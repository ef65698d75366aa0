"""``digest epub`` and ``digest templates``, and a run with templates of one's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from sqlalchemy import update

from digest.model import Edition, Feed
from digest.publish.specimen import SPECIMEN
from digest.store import tables
from digest.store.store import Store

MONDAY = datetime(2026, 11, 9, 7, tzinfo=UTC)


def of_day(day: datetime, name: str = "daily") -> Edition:
    slot = f"{day:%Y-%m-%d}"
    return replace(SPECIMEN, name=name, slot=slot, cutoff=day, timezone="UTC", topic="")


@pytest.fixture
def week(make_project: Callable) -> object:
    """A project with editions of ten days from a Monday on, all published but the last."""
    project = make_project([Feed("http://127.0.0.1:9/feed", "A feed")])
    days = [MONDAY + timedelta(days=n) for n in range(10)]
    with Store.open(f"sqlite:///{project.folder}/.digest/digest.sqlite") as store:
        for edition in (*map(of_day, days), of_day(MONDAY, "weekly")):
            store.save_edition(edition, [], edition.cutoff)
            if edition.cutoff < days[-1]:
                store.publish_edition(edition.name, edition.slot, edition.cutoff)
    return project


def chapters(file: Path) -> list[str]:
    """The days of a book's chapters."""
    with ZipFile(BytesIO(file.read_bytes())) as book:
        texts = [book.read(name).decode() for name in book.namelist() if "chapter" in name]
    return [text.partition('<p class="date">')[2][:10] for text in texts]


@pytest.mark.parametrize(
    ("asked", "file", "days"),
    [
        ([], "daily-2026-11-17.epub", ["2026-11-17"]),
        (["--date", "2026-11-10"], "daily-2026-11-10.epub", ["2026-11-10"]),
        (["--edition", "weekly"], "weekly-2026-11-09.epub", ["2026-11-09"]),
        (
            ["--week", "2026-W46"],
            "daily-2026-W46.epub",
            [f"2026-11-{day:02}" for day in range(9, 16)],
        ),
        (
            ["--from", "2026-11-16"],
            "daily-2026-11-16-to-2026-11-17.epub",
            ["2026-11-16", "2026-11-17"],
        ),
        (
            ["--from", "2026-11-10", "--to", "2026-11-11"],
            "daily-2026-11-10-to-2026-11-11.epub",
            ["2026-11-10", "2026-11-11"],
        ),
        (["--to", "2026-11-09", "-o", "mine.epub"], "mine.epub", ["2026-11-09"]),
    ],
)
def test_a_book_holds_the_editions_that_were_asked_for(week, asked, file, days):
    done = week.run("epub", *asked)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{file}\n", "")
    assert chapters(week.folder / file) == days


def test_a_book_of_the_last_edition_does_not_read_the_others(week):
    with (
        Store.open(f"sqlite:///{week.folder}/.digest/digest.sqlite") as store,
        store.writing() as connection,
    ):
        older = tables.editions.c.slot < "2026-11-17"
        connection.execute(update(tables.editions).where(older).values(edition="no edition"))
    for asked in ([], ["--date", "2026-11-17"], ["--from", "2026-11-17"]):
        done = week.run("epub", *asked)
        assert (done.returncode, done.stdout) == (0, "daily-2026-11-17.epub\n"), done.stderr


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["--date", "2026-11-18"], "no such edition of daily is published"),
        (["--edition", "hourly"], "no such edition of hourly is published"),
        (["--week", "47"], "47 is no week: write it as 2026-W47"),
        (["--week", "2026-W47", "--to", "2026-11-18"], "exclude each other"),
        (["--from", "monday"], "Invalid value for '--from'"),
    ],
)
def test_a_book_of_nothing_is_refused(week, asked, said):
    done = week.run("epub", *asked)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert list(week.folder.glob("*.epub")) == []


def test_the_built_in_templates_can_be_copied_changed_and_checked(week):
    names = week.run("templates").stdout.splitlines()
    assert {"base.html", "digest.html", "style.css", "mail.html", "epub/chapter.xhtml"} <= {*names}
    done = week.run("templates", "--copy", "mine")
    assert done.stdout.splitlines() == [f"mine/{name}" for name in names]
    week.configure(templates="mine")
    assert week.run("check").stdout.endswith("The settings are in order.\n")
    again = week.run("templates", "--copy", "mine", "style.css")
    assert (again.returncode, again.stdout) == (2, "")
    assert "mine/style.css is there already" in again.stderr
    assert "there is no template x.html" in week.run("templates", "x.html").stderr


def test_a_run_uses_templates_of_ones_own_and_goes_on_without_a_broken_one(week):
    week.configure(templates="mine")
    mine = week.folder / "mine"
    mine.mkdir()
    (mine / "digest.html").write_text("<h1>{{ view.title }}, mine</h1>\n")
    run = ("run", "--date", "2026-11-17", "--no-fetch")
    done = week.run(*run)
    assert (done.returncode, "mine/" in done.stdout) == (0, False), done.stderr
    page = week.folder / "outputs/daily/2026-11-17/digest.html"
    assert page.read_text() == "<h1>A specimen, mine</h1>\n"

    (mine / "digest.html").write_text("<h1>{{ view.title }}</h1>\n{{ view.titel }}\n")
    done = week.run(*run)
    assert done.returncode == 0
    where = "mine/digest.html, line 2: 'digest.publish.view.View object' has no attribute 'titel'"
    assert where in done.stderr
    assert where in done.stdout
    assert "<!DOCTYPE html>" in page.read_text()

    done = week.run("check")
    assert (done.returncode, "The settings are in order" in done.stdout) == (2, False)
    assert where in done.stderr
    assert week.run("epub").returncode == 0


@pytest.mark.parametrize(
    ("command", "template"),
    [
        (["site"], "index.html"),
        (["send", "daily", "--to", "ada@home.example", "--dry-run"], "mail.html"),
        (["prune"], "health.html"),
    ],
    ids=["site", "send", "prune"],
)
def test_a_broken_template_of_ones_own_is_named_by_whoever_uses_it(week, command, template):
    mine = week.folder / "mine"
    mine.mkdir()
    (mine / template).write_text("{{ no.such.thing }}\n")
    week.configure(
        templates="mine",
        mail={"host": "localhost", "sender": "d@news.example", "security": "none"},
        retention={"outputs": 1},
        editions={"daily": {}},
    )
    done = week.run(*command)
    assert done.returncode == 0, done.stderr
    assert f"mine/{template}, line 1: 'no' is undefined" in done.stderr
