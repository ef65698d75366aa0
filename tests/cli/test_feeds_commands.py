"""``digest feeds``: the list of subscriptions, changed by hand and by command."""

from __future__ import annotations

import pytest

from digest import subscriptions
from digest.model import Feed

ONE, TWO = "https://one.example/feed.xml", "https://two.example/feed.xml"


def test_feeds_are_added_listed_and_removed(project):
    project.subscriptions.unlink()
    options = ["--title", "One", "--language", "ko", "--topic", "World", "--topic", "tech"]
    assert project.run("feeds", "add", ONE, *options, "--weight", "1.5").stdout == f"added {ONE}\n"
    project.run("feeds", "add", TWO)
    listed = project.run("feeds", "list")
    assert listed.stdout == f"1.5\tworld,tech\t{ONE}\tOne\n1\t-\t{TWO}\t\n"
    assert subscriptions.read(project.subscriptions)[0] == Feed(
        ONE, "One", "ko", ("world", "tech"), 1.5
    )

    assert project.run("feeds", "remove", ONE).stdout == f"removed {ONE}\n"
    assert project.run("feeds", "list").stdout == f"1\t-\t{TWO}\t\n"


def test_a_feed_is_subscribed_to_once(project):
    project.run("feeds", "add", ONE)
    before = project.subscriptions.read_bytes()
    again = project.run("feeds", "add", ONE, "--title", "Other")
    assert (again.returncode, again.stdout) == (0, f"{ONE} is there already\n")
    assert project.subscriptions.read_bytes() == before


def test_another_programs_list_is_imported_and_ours_exported(project, make_project, tmp_path):
    other = tmp_path / "other.opml"
    other.write_bytes(subscriptions.write([Feed(ONE, "One"), Feed(TWO, "Two", weight=2)]))
    project.run("feeds", "add", TWO)
    done = project.run("feeds", "import", str(other))
    assert done.stdout == "added 1 of 2 feeds; the others were there already\n"

    elsewhere = make_project()
    ours = elsewhere.folder / "ours.opml"
    ours.write_text(project.run("feeds", "export").stdout, "utf-8")
    assert subscriptions.read(ours) == (Feed(TWO), Feed(ONE, "One"))
    elsewhere.run("feeds", "import", "ours.opml")
    assert elsewhere.run("feeds", "list").stdout == project.run("feeds", "list").stdout


def test_what_cannot_be_used_of_another_programs_list_is_named_and_the_rest_imported(
    project, tmp_path
):
    (tmp_path / "other.opml").write_text(
        '<opml version="2.0"><body>\n'
        '<outline xmlUrl="mailto:news@one.example"/>\n'
        f'<outline xmlUrl="{TWO}"/>\n'
        "</body></opml>"
    )
    done = project.run("feeds", "import", str(tmp_path / "other.opml"))
    assert done.returncode == 0
    assert done.stdout.startswith("added 1 of 1 feeds")
    assert done.stderr.startswith("left out: ")
    assert "line 2" in done.stderr
    assert [feed.url for feed in subscriptions.read(project.subscriptions)] == [TWO]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["add", "ftp://one.example/"], "'ftp://one.example/' is no address of a feed"),
        (["add", "one.example"], "'one.example' is no address of a feed"),
        (["remove", ONE], f"feeds.opml has no feed {ONE}"),
        (["import", "missing.opml"], "missing.opml"),
        (["add", ONE, "--weight", "-1"], "--weight"),
    ],
)
def test_what_cannot_be_done_leaves_the_list_alone(project, arguments, why):
    before = project.subscriptions.read_bytes()
    done = project.run("feeds", *arguments)
    assert done.returncode == 2
    assert why in done.stderr
    assert project.subscriptions.read_bytes() == before


def test_a_check_asks_every_feed_and_keeps_nothing(site, make_project):
    project = make_project(site.feeds, fetch={"allow_private": True, "timeout": 3})
    done = project.run("feeds", "check")
    answers = {line.split()[1].removeprefix(site.url): line for line in done.stdout.splitlines()}
    assert len(answers) == len(site.feeds)
    assert answers["/touchline/atom.xml"].startswith("ok ")
    assert answers["/touchline/atom.xml"].endswith("Touchline, 2 entries")
    moved = answers["/northgate-dispatch/rss"]
    assert moved.endswith(f"moved for good to {site.url}/northgate-dispatch/feed.xml")
    for path, why in {
        "/lantern-street-journal/feed.xml": "answers 404 Not Found",
        "/tidewater-times/feed.xml": "did not answer within 3 s",
        "/quarry-gazette/feed.xml": "is not valid XML",
    }.items():
        assert answers[path].startswith("FAILED ")
        assert why in answers[path]
    assert (done.returncode, done.stderr) == (1, "digest: 3 of 17 feeds failed\n")
    assert not (project.folder / ".digest").exists()


def test_a_check_of_feeds_that_all_work_succeeds(site, make_project):
    project = make_project([feed for feed in site.feeds if feed.title == "Touchline"])
    done = project.run("feeds", "check")
    assert (done.returncode, done.stderr) == (0, "")
