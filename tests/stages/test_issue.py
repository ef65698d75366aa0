"""Files on a real disk, and mails to a real server on this machine."""

import resource
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink

from digest.model import (
    Article,
    Citation,
    DigestError,
    Edition,
    Sentence,
    Story,
    Summary,
    Told,
    UsageError,
)
from digest.settings import MailSettings
from digest.stages.issue import deliver, mail_server, publish, write_history
from digest.store.store import Store

CUTOFF = datetime(2026, 11, 17, 7, tzinfo=UTC)
NAMES = ["articles.csv", "digest.html", "digest.json", "digest.md", "digest.txt"]


@pytest.fixture
def edition(store: Store) -> Edition:
    """Made, and not published yet."""
    text = "The ferry between Port Alder and Lowmere stops running on Sunday after 90 years."
    article = Article("https://a.example/1", "The last ferry", (text,), "Herald", language="en")
    summary = Summary((Sentence(text, (Citation(article.url, 0, text),)),), "extractive", "m")
    made = Edition(
        name="daily",
        slot="2026-11-17",
        title="The daily digest",
        timezone="UTC",
        start=CUTOFF - timedelta(days=1),
        cutoff=CUTOFF,
        stories=(Told(Story((article,), article.title), summary),),
    )
    store.save_edition(made, [article.url], CUTOFF)
    return made


class Inbox(Sink):
    """Takes mails for all but ``gone@home.example``."""

    def __init__(self) -> None:
        super().__init__()
        self.recipients: list[str] = []
        self.settings = MailSettings()

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if address == "gone@home.example":
            return "550 5.1.1 No such person here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.recipients += envelope.rcpt_tos
        return "250 OK"


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    inbox = Inbox()
    inbox.settings = MailSettings(
        host="127.0.0.1", port=port, security="none", sender="digest@news.example"
    )
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    yield inbox
    controller.stop()


def test_an_edition_is_published_with_its_files_and_the_list_of_editions(
    store: Store, edition: Edition, tmp_path: Path
):
    outputs = tmp_path / "outputs"
    written = publish(store, edition, outputs, "")
    assert sorted(path.name for path in written.paths) == NAMES
    assert written.directory == outputs / "daily" / "2026-11-17"
    assert "The last ferry" in (written.directory / "digest.html").read_text("utf-8")
    assert "2026-11-17" in (outputs / "index.html").read_text("utf-8")
    assert (outputs / "feed.xml").exists()
    stored = store.edition("daily", "2026-11-17")
    assert stored is not None
    assert stored.published_at is not None


def test_published_again_it_is_the_same_bytes_and_the_first_time_stays(
    store: Store, edition: Edition, tmp_path: Path
):
    def files() -> dict[Path, bytes]:
        return {p: p.read_bytes() for p in tmp_path.rglob("outputs/**/*") if p.is_file()}

    assert publish(store, edition, tmp_path / "outputs", "").changed
    before, at = files(), store.edition("daily", "2026-11-17").published_at
    assert not publish(store, edition, tmp_path / "outputs", "").changed
    assert files() == before
    assert store.edition("daily", "2026-11-17").published_at == at


def test_on_a_full_disk_nothing_counts_as_published(store: Store, edition: Edition, tmp_path: Path):
    outputs = tmp_path / "outputs"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(DigestError, match=str(outputs)):
            publish(store, edition, outputs, "")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert store.edition("daily", "2026-11-17").published_at is None
    assert not list(outputs.rglob("digest.*"))


def test_mail_without_a_server_or_a_sender_is_refused():
    for settings in (MailSettings(sender="me@home.example"), MailSettings(host="mail.example")):
        with pytest.raises(UsageError, match=r"mail needs the settings mail.host and mail.sender"):
            mail_server(settings)


def test_nobody_to_mail_needs_no_server(store: Store, edition: Edition):
    assert deliver(store, edition, [], MailSettings()) == []


def test_each_recipient_gets_one_mail_and_who_has_it_no_other(
    store: Store, edition: Edition, inbox: Inbox
):
    people = ["ada@home.example", "bo@home.example", "ada@home.example"]
    sent = deliver(store, edition, people, inbox.settings)
    assert [(each.recipient, each.status) for each in sent] == [
        ("ada@home.example", "sent"),
        ("bo@home.example", "sent"),
    ]
    assert sent[0].detail.startswith("<")
    assert sent == store.deliveries("daily", "2026-11-17")
    assert deliver(store, edition, [*people, "cy@home.example"], inbox.settings)[0].recipient == (
        "cy@home.example"
    )
    assert inbox.recipients == ["ada@home.example", "bo@home.example", "cy@home.example"]


def test_who_has_it_gets_it_again_only_on_purpose(store: Store, edition: Edition, inbox: Inbox):
    for again in (False, False, True):
        deliver(store, edition, ["ada@home.example"], inbox.settings, again=again)
    assert inbox.recipients == ["ada@home.example"] * 2


def test_one_refused_mail_stops_no_other_and_is_tried_again(
    store: Store, edition: Edition, inbox: Inbox
):
    people = ["gone@home.example", "ada@home.example"]
    failed, sent = deliver(store, edition, people, inbox.settings)
    assert (failed.status, sent.status) == ("failed", "sent")
    assert "550 5.1.1 No such person here" in failed.detail
    (again,) = deliver(store, edition, people, inbox.settings)
    assert again.recipient == "gone@home.example"
    assert inbox.recipients == ["ada@home.example"]


def test_a_server_that_is_not_there_is_a_failed_delivery(store: Store, edition: Edition):
    nowhere = MailSettings(host="127.0.0.1", port=9, security="none", sender="me@home.example")
    (failed,) = deliver(store, edition, ["ada@home.example"], nowhere)
    assert failed.status == "failed"
    assert failed.detail


def test_with_a_schedule_the_history_of_the_edition_is_published_as_well(
    store: Store, edition: Edition, tmp_path: Path
):
    publish(store, edition, tmp_path, "", "0 7 * * *")
    page = (tmp_path / "daily" / "health.html").read_text("utf-8")
    assert "1 edition, in time." in page
    assert 'href="daily/health.html"' in (tmp_path / "index.html").read_text("utf-8")

    later = replace(edition, slot="2026-11-19", cutoff=CUTOFF + timedelta(days=2), late_minutes=61)
    store.save_edition(later, [], CUTOFF)
    publish(store, later, tmp_path, "", "0 7 * * *")
    page = (tmp_path / "daily" / "health.html").read_text("utf-8")
    assert "Of 3 editions, 1 came late and 1 was missed." in page
    assert "1 h 1 min late" in page

    # The older one again: the page stays that of the newest.
    publish(store, edition, tmp_path, "", "0 7 * * *")
    assert (tmp_path / "daily" / "health.html").read_text("utf-8") == page


def test_what_has_no_schedule_has_no_history(store: Store, edition: Edition, tmp_path: Path):
    publish(store, edition, tmp_path, "")
    assert not (tmp_path / "daily" / "health.html").exists()
    write_history(store, replace(edition, name="weekly"), tmp_path, "0 7 * * 1")
    assert not (tmp_path / "weekly").exists()


def test_the_history_counts_the_mails_of_the_edition(
    store: Store, edition: Edition, inbox: Inbox, tmp_path: Path
):
    publish(store, edition, tmp_path, "", "0 7 * * *")
    deliver(store, edition, ["gone@home.example", "ada@home.example"], inbox.settings)
    write_history(store, edition, tmp_path, "0 7 * * *")
    assert "1 of 2" in (tmp_path / "daily" / "health.html").read_text("utf-8")
