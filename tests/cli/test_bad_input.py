"""What cannot work: told in words, with the right exit status, and nothing half-written."""

from __future__ import annotations

import resource

import pytest

SLOT = "2026-11-17"
COMMANDS = ["run", "status", "check", "feeds list", "feeds check", "serve", "send daily --to a@b.c"]


def left_behind(project):
    """What a command has made in the project's folder."""
    return sorted(
        str(path.relative_to(project.folder))
        for path in project.folder.rglob("*")
        if path.is_file() and path.parent.name != "config"
    )


@pytest.fixture
def followed(site, make_project):
    """A project that follows one small feed that works."""
    return make_project([feed for feed in site.feeds if feed.title == "Touchline"])


# settings


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_that_needs_settings_says_where_they_are_missing(project, command):
    project.settings.unlink()
    done = project.run(*command.split())
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "digest: there is no settings file config/digest.yaml: start from the project's folder, "
        "or name one with --config or DIGEST_CONFIG\n"
    )


def test_everything_wrong_with_the_settings_is_told_at_once(project):
    project.settings.write_text(
        "summarizr: extractive\n"
        "editions:\n"
        "  daily:\n"
        "    schedule: whenever\n"
        "    timezone: Mars/Olympus\n"
        "    max_stories: 0\n"
        "fetch:\n"
        "  timeout: -3\n"
    )
    for command in ("check", "run"):
        done = project.run(command)
        assert (done.returncode, done.stdout) == (2, "")
        first, *problems = done.stderr.splitlines()
        assert first == "digest: the settings cannot be used:"
        assert [problem.split(": ")[0] for problem in problems] == [
            f"  config/digest.yaml, line {line}" for line in (1, 4, 5, 6, 8)
        ]
        assert [problem.split(": ")[1] for problem in problems] == [
            "summarizr",
            "editions.daily.schedule",
            "editions.daily.timezone",
            "editions.daily.max_stories",
            "fetch.timeout",
        ]
    assert left_behind(project) == []


def test_a_variable_and_another_settings_file_are_obeyed_and_named(project, tmp_path):
    other = tmp_path / "other.yaml"
    other.write_text("editions: {weekly: {schedule: 0 7 * * 1}}\nfeeds: feeds.opml\n")
    project.subscriptions.replace(tmp_path / "feeds.opml")
    (tmp_path / "feeds.opml").write_text(
        '<opml version="2.0"><body><outline xmlUrl="https://a.example/"/></body></opml>'
    )
    named = project.run("--config", str(other), "check")
    assert named.stdout.startswith("weekly: '0 7 * * 1'")
    by_variable = project.run("check", variables={"DIGEST_CONFIG": str(other)})
    assert by_variable.stdout == named.stdout

    wrong = project.run("check", variables={"DIGEST_FETCH__PER_HOST": "0"})
    assert wrong.returncode == 2
    assert "DIGEST_FETCH__PER_HOST (environment)" in wrong.stderr


# subscriptions


@pytest.mark.parametrize(
    ("opml", "why"),
    [
        (b'<opml version="2.0"><body><outline xmlUrl="http', "is not readable as OPML"),
        (b"\x00\x01\x02", "is not readable as OPML"),
        (b"<rss/>", "is not OPML: its outermost element is <rss>"),
        (
            b'<opml version="2.0"><body>\n<outline xmlUrl="file:///etc/passwd"/></body></opml>',
            "line 2: 'file:///etc/passwd' is no address of a feed",
        ),
        (b'<opml version="2.0"><body/></opml>', "holds no feed: add one with `digest feeds add"),
    ],
)
def test_a_list_of_feeds_that_cannot_be_used_is_told(project, opml, why):
    project.subscriptions.write_bytes(opml)
    done = project.run("run")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"digest: {project.subscriptions}")
    assert why in done.stderr
    assert left_behind(project) == []
    assert project.subscriptions.read_bytes() == opml


def test_a_missing_list_of_feeds_says_how_to_make_one(project):
    project.subscriptions.unlink()
    done = project.run("run")
    assert done.returncode == 2
    assert f"there is no list of feeds at {project.subscriptions}" in done.stderr
    assert "digest feeds add URL" in done.stderr


# orders


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (
            ["--date", "2999-01-01"],
            "the edition daily of 2999-01-01 is cut off at 2999-01-01 07:00 (UTC), "
            "which is still to come",
        ),
        (["--date", "tomorrow"], "'tomorrow' is no date: write it as 2026-11-23"),
        (["--date", "2026-02-30"], "'2026-02-30' is no date"),
        (["--date", "2026-11-17T0800"], "has no edition on 2026-11-17T0800"),
        (["--edition", "weekly"], "there is no edition 'weekly' in the settings: daily"),
        (["--topic", "?!"], "the topic '?!' has no letters"),
        (["--max-stories", "0"], "--max-stories"),
        (["--max-stories", "many"], "--max-stories"),
        (["--no-such-option"], "--no-such-option"),
    ],
)
def test_an_order_that_cannot_be_followed_is_told(followed, site, arguments, why):
    asked = len(site.requests)
    done = followed.run("run", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert why in done.stderr
    assert left_behind(followed) == []
    assert len(site.requests) == asked


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ("seq2seq:/nowhere", "no model '/nowhere': /nowhere does not exist"),
        ("chat:./config", "config is no model: it needs config.json"),
        ("endpoint:http://ada:secret@127.0.0.1:9/v1#m", "http://127.0.0.1:9/v1#m cannot be used"),
    ],
)
def test_an_unknown_model_is_told_by_check(followed, site, spec, why):
    followed.configure(summarizer=spec, endpoint={"retries": 0})
    asked = len(site.requests)
    done = followed.run("check")
    assert (done.returncode, why in done.stderr) == (2, True)
    assert "secret" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert len(site.requests) == asked


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ("seq2seq:/nowhere", "no model '/nowhere': /nowhere does not exist"),
        ("best", "no summarizer 'best': a model is named as seq2seq:MODEL or chat:MODEL"),
    ],
)
def test_summarize_does_not_write_a_row_with_an_unknown_model(project, spec, why):
    row = '{"id": 1, "text": "The mayor opened a bridge."}\n'
    done = project.run("summarize", "--summarizer", spec, stdin=row)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"digest: {why}")


# the network and the disk


def test_nothing_is_published_while_no_feed_can_be_read(followed, site):
    followed.configure(fetch={"allow_private": False})
    done = followed.run("run", "--date", SLOT)
    assert (done.returncode, done.stdout) == (1, "")
    assert "none of the 1 feeds could be read, so nothing was published" in done.stderr
    assert "run again when the network is back" in done.stderr
    assert followed.published() == {}


def full_after(size):
    """What makes a process find the disk full for the rest of any file beyond so many bytes."""
    return {
        "preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
        # Which would want to write a file of its own.
        "variables": {"COVERAGE_PROCESS_CONFIG": ""},
    }


def test_a_disk_that_is_full_when_the_edition_is_written_leaves_the_old_files(published):
    page = published.folder / f"outputs/daily/{SLOT}/digest.html"
    page.write_text("as it was")
    before = published.published()
    done = published.run("run", "--date", SLOT, "--no-fetch", **full_after(40_000))
    assert (done.returncode, done.stdout) == (1, "")
    assert f"digest: No space left for {page.parent}: what was there before is unchanged" in (
        done.stderr
    )
    assert "Traceback" not in done.stderr
    assert published.published() == before

    assert published.run("run", "--date", SLOT, "--no-fetch").returncode == 0
    assert page.stat().st_size > 40_000


def test_a_disk_that_is_full_while_reading_the_news_loses_nothing(followed):
    full = followed.run("run", "--date", SLOT, **full_after(70_000))
    assert (full.returncode, full.stdout) == (1, "")
    assert full.stderr.splitlines()[-1].startswith(f"digest: The store sqlite:///{followed.folder}")
    assert "Traceback" not in full.stderr
    assert followed.published() == {}

    assert followed.run("run", "--date", SLOT).returncode == 0
    assert f"daily/{SLOT}/digest.html" in followed.published()


def test_a_disk_that_is_full_leaves_the_list_of_feeds_as_it_is(project):
    project.run("feeds", "add", "https://a.example/")
    before = project.subscriptions.read_bytes()
    done = project.run("feeds", "add", "https://b.example/", **full_after(100))
    assert done.returncode == 1
    assert f"the list of feeds {project.subscriptions} cannot be written" in done.stderr
    assert project.subscriptions.read_bytes() == before
    assert list(project.subscriptions.parent.glob(".*")) == []


def test_a_store_that_is_none_is_told(followed):
    store = followed.folder / "notes.txt"
    store.write_text("not a database, but long enough to look like one " * 100)
    followed.configure(store="sqlite:///notes.txt")
    for command in ("run", "status"):
        done = followed.run(command)
        assert (done.returncode, done.stdout) == (1, "")
        assert "is no SQLite database; name another file, or move this one away" in done.stderr
    assert store.read_text().startswith("not a database")


def test_serve_is_started_from_the_projects_folder(followed):
    done = followed.run("serve")
    assert done.returncode == 2
    assert f"{followed.folder} holds no flows: start from the project's folder" in done.stderr
