"""Mails to a real server on this machine, posts to a real web server, and processes that die."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from pydantic import SecretStr

from digest.model import (
    Article,
    Citation,
    Delivery,
    Edition,
    Feed,
    Sentence,
    Story,
    Summary,
    Told,
    UsageError,
)
from digest.settings import EditionSettings, MailSettings, Settings
from digest.stages.carry import mail_server, recipient
from digest.stages.deliver import MAILS, deliver, ordered, owed, write_unsent
from digest.stages.issue import write_history
from digest.stages.ledger import PATIENCE, Agenda
from digest.stages.order import Order, plan
from digest.store.store import Store, StoreAwayError

DAY = timedelta(days=1)
CUTOFF = datetime.now(UTC).replace(hour=7, minute=0, second=0, microsecond=0) - DAY
ADA, BO, CY = "ada@home.example", "bo@home.example", "cy@home.example"
GONE, FULL = "gone@home.example", "full@home.example"
WORKER = Path(__file__).with_name("deliver_worker.py")


def made(days: int = 0, slot: str = "") -> Edition:
    """Yesterday's edition, or one of some days before or after."""
    cutoff = CUTOFF + days * DAY
    text = "The ferry between Port Alder and Lowmere stops running on Sunday after 90 years."
    article = Article("https://a.example/1", "The last ferry", (text,), "Herald", language="en")
    summary = Summary((Sentence(text, (Citation(article.url, 0, text),)),), "extractive", "m")
    return Edition(
        name="daily",
        slot=slot or f"{cutoff:%Y-%m-%d}",
        title="The daily digest",
        timezone="UTC",
        start=cutoff - DAY,
        cutoff=cutoff,
        stories=(Told(Story((article,), article.title), summary),),
    )


def publish(store: Store, edition: Edition, at: datetime | None = None) -> Edition:
    """At its cut-off, if no other time is given."""
    store.save_edition(edition, [], edition.cutoff)
    store.publish_edition(edition.name, edition.slot, at or edition.cutoff)
    return edition


@pytest.fixture
def edition(store: Store) -> Edition:
    return publish(store, made())


class Inbox(Sink):
    """Takes mails for all but ``gone@``, who moved away, and ``full@``, as long as that is full."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.port = port
        self.mails: list[tuple[str, bytes]] = []
        self.sessions: set[object] = set()
        self.full = True

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if address == GONE:
            return f"550 5.1.1 <{GONE}>: No such person here"
        if address == FULL and self.full:
            return "452 4.2.2 Mailbox full"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.sessions.add(session.peer)
        self.mails += [(to, envelope.content) for to in envelope.rcpt_tos]
        return "250 OK"

    @property
    def recipients(self) -> list[str]:
        return [to for to, _ in self.mails]

    def ids(self) -> list[str]:
        mails = (message_from_bytes(data, policy=default) for _, data in self.mails)
        return [str(mail["Message-ID"]) for mail in mails]


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    inbox = Inbox(unused_port())
    controller = Controller(inbox, hostname="127.0.0.1", port=inbox.port)
    controller.start()
    yield inbox
    controller.stop()


def unused_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return unused.getsockname()[1]


@pytest.fixture
def settings(inbox: Inbox) -> Settings:
    return settings_for(inbox.port)


def settings_for(port: int, **more: object) -> Settings:
    sender = "digest@news.example"
    mail = MailSettings(host="127.0.0.1", port=port, security="none", sender=sender)
    return Settings(mail=mail, **more)


def hand_out(store: Store, agenda: Agenda, settings: Settings) -> list[tuple[str, str]]:
    done = deliver(store, agenda, settings, still_alone=lambda: None)
    return [(each.recipient, each.status) for each in done]


def run(store: Store, edition: Edition, settings: Settings, *wanted: str, **more: bool):
    return hand_out(store, owed(store, edition, wanted, **more), settings)


def test_mail_without_a_server_or_a_sender_is_refused_before_the_ledger_hears_of_it(
    store: Store, edition: Edition
):
    for mail in (MailSettings(sender="me@home.example"), MailSettings(host="mail.example")):
        with pytest.raises(UsageError, match=r"mail needs the settings mail.host and mail.sender"):
            mail_server(mail)
        with pytest.raises(UsageError, match=r"mail needs the settings"):
            run(store, edition, Settings(mail=mail), ADA)
    assert store.deliveries("daily", edition.slot) == []


def test_nobody_to_mail_needs_no_server(store: Store, edition: Edition):
    assert owed(store, edition, []) == Agenda()
    assert run(store, edition, Settings()) == []


def test_each_recipient_gets_one_mail_and_who_has_it_no_other(
    store: Store, edition: Edition, inbox: Inbox, settings: Settings
):
    assert run(store, edition, settings, ADA, BO, ADA) == [(ADA, "sent"), (BO, "sent")]
    first, second = store.deliveries("daily", edition.slot)
    assert (first.recipient, second.recipient) == (ADA, BO)
    assert [first.detail, second.detail] == inbox.ids()
    assert run(store, edition, settings, ADA, BO, CY) == [(CY, "sent")]
    assert inbox.recipients == [ADA, BO, CY]
    assert owed(store, edition, [ADA, BO, CY]) == Agenda()


def test_all_mails_go_out_in_one_session(
    store: Store, edition: Edition, inbox: Inbox, settings: Settings
):
    run(store, edition, settings, ADA, GONE, BO, CY)
    assert inbox.recipients == [ADA, BO, CY]
    assert len(inbox.sessions) == 1


def test_who_has_it_gets_it_again_only_on_purpose(
    store: Store, edition: Edition, inbox: Inbox, settings: Settings
):
    run(store, edition, settings, ADA)
    run(store, edition, settings, ADA)
    before = store.deliveries("daily", edition.slot)
    assert hand_out(store, ordered(store, edition, [ADA]), settings) == [(ADA, "sent")]
    assert inbox.recipients == [ADA] * 2
    assert len(set(inbox.ids())) == 1
    [after] = store.deliveries("daily", edition.slot)
    assert after.at > before[0].at


def test_a_second_copy_that_is_refused_does_not_take_the_first_one_back(
    store: Store, edition: Edition, inbox: Inbox, settings: Settings
):
    inbox.full = False
    run(store, edition, settings, FULL)
    inbox.full = True
    assert hand_out(store, ordered(store, edition, [FULL]), settings) == [(FULL, "deferred")]
    assert [each.status for each in store.deliveries("daily", edition.slot)] == ["sent"]


def test_one_refused_mail_stops_no_other_and_is_not_tried_again_by_itself(
    store: Store, edition: Edition, inbox: Inbox, settings: Settings
):
    assert run(store, edition, settings, GONE, ADA) == [(GONE, "refused"), (ADA, "sent")]
    [refused] = store.undelivered("daily")
    assert "550 5.1.1" in refused.detail
    assert run(store, edition, settings, GONE, ADA) == [(GONE, "refused")]
    assert store.undelivered("daily") == [refused]
    # Unless somebody asks for it.
    assert run(store, edition, settings, GONE, ADA, insist=True) == [(GONE, "refused")]
    assert store.undelivered("daily")[0].at > refused.at
    assert inbox.recipients == [ADA]


def test_an_address_that_no_mail_can_bear_stops_no_other(
    store: Store, edition: Edition, inbox: Inbox, settings: Settings
):
    odd = f"ada@{'a' * 64}.example"
    assert run(store, edition, settings, odd, BO) == [(odd, "refused"), (BO, "sent")]
    assert "is not a mail address" in store.undelivered("daily")[0].detail


def test_what_was_deferred_is_tried_again_and_sent_once(
    store: Store, edition: Edition, inbox: Inbox, settings: Settings
):
    assert run(store, edition, settings, FULL, ADA) == [(FULL, "deferred"), (ADA, "sent")]
    assert "452 4.2.2 Mailbox full" in store.undelivered("daily")[0].detail
    inbox.full = False
    assert run(store, edition, settings, FULL, ADA) == [(FULL, "sent")]
    assert run(store, edition, settings, FULL, ADA) == []
    assert inbox.recipients == [ADA, FULL]


def test_a_server_that_is_not_there_defers_them_all(store: Store, edition: Edition):
    nowhere = settings_for(unused_port())
    assert run(store, edition, nowhere, ADA, BO) == [(ADA, "deferred"), (BO, "deferred")]
    assert all(each.detail for each in store.undelivered("daily"))


def test_what_an_earlier_edition_owes_comes_first_late_but_once(
    store: Store, edition: Edition, inbox: Inbox, settings: Settings
):
    run(store, edition, settings, FULL, ADA)
    inbox.full = False
    next_one = publish(store, made(1))
    assert run(store, next_one, settings, FULL, ADA) == [
        (FULL, "sent"),
        (FULL, "sent"),
        (ADA, "sent"),
    ]
    assert inbox.recipients == [ADA, FULL, FULL, ADA]
    subjects = [message_from_bytes(data)["Subject"] for _, data in inbox.mails]
    assert [each[-10:] for each in subjects[1:3]] == [edition.slot, next_one.slot]
    assert run(store, next_one, settings, FULL, ADA) == []


def test_what_nobody_took_for_three_days_is_given_up_and_said_so(
    store: Store, inbox: Inbox, settings: Settings
):
    old, today = publish(store, made(-PATIENCE.days)), publish(store, made())
    store.save_delivery(Delivery("daily", old.slot, FULL, "deferred", old.cutoff, "452 Full"))
    # No run came by for three days, so it is tried once more.
    assert run(store, today, settings) == [(FULL, "deferred")]
    inbox.full = False
    assert run(store, today, settings) == [(FULL, "refused")]
    assert inbox.recipients == []
    assert store.undelivered("daily")[0].detail.startswith("given up after 3 days: ")


def test_an_old_edition_that_is_written_again_is_not_sent_to_who_came_since(
    store: Store, inbox: Inbox, settings: Settings
):
    old = made(-PATIENCE.days)
    assert run(store, publish(store, old), settings, ADA) == []
    assert hand_out(store, ordered(store, old, [ADA]), settings) == [(ADA, "sent")]
    # One that was made late is not old.
    late = publish(store, made(-PATIENCE.days - 1), datetime.now(UTC))
    assert run(store, late, settings, ADA) == [(ADA, "sent")]


def test_a_lock_that_is_lost_stops_the_delivery_before_the_next_mail(
    store: Store, edition: Edition, inbox: Inbox, settings: Settings
):
    calls = iter([None])

    def still_alone() -> None:
        if next(calls, StoreAwayError) is StoreAwayError:
            raise StoreAwayError("the database was restarted")

    with pytest.raises(StoreAwayError):
        deliver(store, owed(store, edition, [ADA, BO]), settings, still_alone)
    assert inbox.recipients == [ADA]
    assert [each.status for each in store.deliveries("daily", edition.slot)] == ["sent"]


def test_the_history_counts_the_mails_of_the_edition(
    store: Store, edition: Edition, settings: Settings, tmp_path: Path
):
    run(store, edition, settings, GONE, ADA)
    write_history(store, edition, tmp_path, "0 7 * * *")
    assert "1 of 2" in (tmp_path / "daily" / "health.html").read_text("utf-8")


def test_mails_link_to_the_page_where_it_is_published_and_to_where_one_unsubscribes(
    store: Store, edition: Edition, inbox: Inbox
):
    settings = settings_for(inbox.port, site_url="https://site.example/news/")
    mail = settings.mail.model_copy(update={"unsubscribe": "mailto:stop@news.example"})
    run(store, edition, settings.model_copy(update={"mail": mail}), ADA)
    received = message_from_bytes(inbox.mails[0][1], policy=default)
    page = f"https://site.example/news/daily/{edition.slot}/digest.html"
    assert page in received.get_body(("html",)).get_content()
    assert received["List-Unsubscribe"] == "<mailto:stop@news.example>"


# --- Daylight saving time


@pytest.mark.parametrize(
    ("day", "nights"),
    [
        # 02:30 comes twice …
        ("2026-10-25", ("2026-10-25T00:31", "2026-10-25T01:31")),
        # … or not at all.
        ("2026-03-29", ("2026-03-29T01:01", "2026-03-29T01:31", "2026-03-29T02:31")),
    ],
)
def test_in_a_night_when_the_clock_is_changed_an_edition_is_delivered_once(
    store: Store, inbox: Inbox, settings: Settings, day: str, nights: tuple[str, ...]
):
    berlin = EditionSettings(schedule="30 2 * * *", timezone="Europe/Berlin", recipients=(ADA,))
    ours = settings.model_copy(update={"editions": {"daily": berlin}})
    for night in nights:
        now = datetime.fromisoformat(night).replace(tzinfo=UTC)
        planned = plan(ours, [Feed("https://a.example/feed")], Order(), now)
        if planned.slot == day:
            today = replace(made(), slot=planned.slot, cutoff=planned.cutoff)
            run(store, publish(store, today, datetime.now(UTC)), ours, *planned.recipients)
    assert inbox.recipients == [ADA]


# --- Processes that die, and processes that come at once


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'shared.sqlite'}"
    return request.getfixturevalue("postgresql_url")


Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(url: str, inbox: Inbox) -> Iterator[Start]:
    """Starts a process that delivers, and waits until it could begin."""
    started = []

    def start(edition: Edition, *words: str) -> subprocess.Popen[str]:
        command = [sys.executable, WORKER, url, str(inbox.port), edition.slot, *words]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        started.append(subprocess.Popen(command, **pipes))
        assert started[-1].stdout.readline() == "ready\n"
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def go(process: subprocess.Popen[str]) -> str:
    output, _ = process.communicate("go\n", timeout=60)
    return output.strip()


def test_a_process_that_dies_after_the_server_took_the_mail_sends_the_very_same_again(
    url: str, start: Start, inbox: Inbox
):
    with Store.open(url) as store:
        edition = publish(store, made())
        dying = start(edition, ADA, BO, "--die")
        go(dying)
        assert dying.returncode == -signal.SIGKILL
        assert inbox.recipients == [ADA]
        assert [each.status for each in store.deliveries("daily", edition.slot)] == ["sending"]

        assert go(start(edition, ADA, BO)) == "sent sent"
        assert inbox.recipients == [ADA, ADA, BO]
        assert inbox.mails[0] == inbox.mails[1]
        first, second = store.deliveries("daily", edition.slot)
        assert (first.status, second.status) == ("sent", "sent")
        assert first.detail.startswith(f"{inbox.ids()[0]}, sent again as the same mail")
        assert second.detail == inbox.ids()[2]

    assert go(start(edition, ADA, BO)) == ""
    assert len(inbox.mails) == 3


def test_of_processes_that_deliver_at_once_each_recipient_gets_one_mail(
    url: str, start: Start, inbox: Inbox
):
    people = [f"reader{number}@home.example" for number in range(8)]
    with Store.open(url) as store:
        edition = publish(store, made())
    workers = [start(edition, *people), start(edition, *reversed(people))]
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    said = [worker.communicate(timeout=60)[0].split() for worker in workers]
    assert sorted(said) == [[], ["sent"] * 8]
    assert sorted(inbox.recipients) == people


# --- Channels


class Chat:
    """A chat's web server; ``answers`` is what it says next."""

    def __init__(self, port: int) -> None:
        self.url = f"json://127.0.0.1:{port}/"
        self.answer = 200
        self.posts: list[bytes] = []


@pytest.fixture
def chat() -> Iterator[Chat]:
    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            chat.posts.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(chat.answer)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        chat = Chat(server.server_port)
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield chat
        server.shutdown()
        thread.join()


def with_channels(settings: Settings, **urls: str) -> Settings:
    channels = {name: SecretStr(url) for name, url in urls.items()}
    return settings.model_copy(update={"channels": channels})


def test_a_channel_is_a_recipient_like_any_other(
    store: Store, edition: Edition, inbox: Inbox, settings: Settings, chat: Chat
):
    ours = with_channels(settings, team=chat.url)
    chat.answer = 503
    assert run(store, edition, ours, ADA, "channel:team") == [
        (ADA, "sent"),
        ("channel:team", "deferred"),
    ]
    chat.answer = 200
    assert run(store, edition, ours, ADA, "channel:team") == [("channel:team", "sent")]
    assert run(store, edition, ours, ADA, "channel:team") == []
    assert len(chat.posts) == 2
    assert b"The last ferry" in chat.posts[1]
    [posted, _] = sorted(store.deliveries("daily", edition.slot), key=lambda row: row.detail)[::-1]
    assert posted.detail == f"posted: The daily digest, {edition.slot}"


def test_a_channel_alone_needs_no_mail_server(store: Store, edition: Edition, chat: Chat):
    ours = with_channels(Settings(), team=chat.url)
    assert run(store, edition, ours, "channel:team") == [("channel:team", "sent")]


def test_a_channel_that_is_gone_or_wrong_stops_nobody_else(
    store: Store, edition: Edition, inbox: Inbox, settings: Settings
):
    ours = with_channels(settings, odd="nothing://hunter2hunter2/")
    done = run(store, edition, ours, "channel:gone", "channel:odd", ADA)
    assert [status for _, status in done] == ["refused", "refused", "sent"]
    gone, odd = store.undelivered("daily")
    assert gone.detail == "the settings have no channel 'gone' any more"
    assert "nothing can be posted to the address of the channel 'odd'" in odd.detail
    assert "hunter2" not in odd.detail


def test_whom_somebody_means_by_a_word(settings: Settings):
    ours = with_channels(settings, team="json://127.0.0.1/")
    assert recipient(ours, ADA) == ADA
    assert recipient(ours, f"Ada Lovelace <{ADA}>") == ADA
    assert recipient(ours, "team") == "channel:team"


@pytest.mark.parametrize("word", ["tema", "typo@", "@home.example", f"{ADA}, {BO}", ""])
def test_a_word_that_means_nobody_is_refused(settings: Settings, word: str):
    ours = with_channels(settings, team="json://127.0.0.1/")
    with pytest.raises(UsageError, match=r"' is no mail address.*settings \(team\)"):
        recipient(ours, word)


# --- Dry runs


def test_a_dry_run_leaves_files_that_are_what_would_be_sent_and_no_trace_in_the_ledger(
    store: Store,
    edition: Edition,
    inbox: Inbox,
    settings: Settings,
    chat: Chat,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.chdir(tmp_path)
    ours = with_channels(settings, team=chat.url)
    mail, post = write_unsent(owed(store, edition, [ADA, "channel:team"]), ours)
    assert mail == tmp_path / MAILS / "daily" / edition.slot / f"{ADA}.eml"
    assert post == mail.with_name("team.txt")
    assert post.read_text("utf-8").startswith(f"The daily digest, {edition.slot}\n\n1 story")
    assert (inbox.mails, chat.posts) == ([], [])
    assert store.deliveries("daily", edition.slot) == []
    run(store, edition, ours, ADA)
    assert inbox.mails == [(ADA, mail.read_bytes())]


def test_a_dry_run_of_mails_needs_a_sender(store: Store, edition: Edition):
    with pytest.raises(UsageError, match=r"mail needs the settings"):
        write_unsent(owed(store, edition, [ADA]), Settings())
