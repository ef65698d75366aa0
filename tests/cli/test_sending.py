"""Mails and posts from the command line, to real servers on this machine."""

from __future__ import annotations

import email
import json
import signal
import socket
import sys
import threading
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink

SLOT = "2026-11-17"
RUN = ("run", "--date", SLOT, "--no-fetch")
ADA, BO, GONE, FULL = (f"{name}@home.example" for name in ("ada", "bo", "gone", "full"))


class Inbox(Sink):
    """Keeps every mail but those for ``gone@``, who does not live here, and ``full@``, which is."""

    def __init__(self, port):
        super().__init__()
        self.mails = []
        self.settings = {
            "host": "127.0.0.1",
            "port": port,
            "security": "none",
            "sender": "d@news.example",
        }

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802  # aiosmtpd's name
        if address == GONE:
            return "550 5.1.1 No such person here"
        if address == FULL:
            return "452 4.2.2 Mailbox full"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802  # aiosmtpd's name
        self.mails.append(envelope.content)
        return "250 OK"

    def read(self):
        return [email.message_from_bytes(mail, policy=default) for mail in self.mails]

    @property
    def recipients(self):
        return [mail["To"] for mail in self.read()]


@pytest.fixture
def inbox():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    controller = Controller(Inbox(port), hostname="127.0.0.1", port=port)
    controller.start()
    yield controller.handler
    controller.stop()


@pytest.fixture
def chat():
    """What a chat's webhook got, and its address."""
    posts = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self):
            posts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *words):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Hook) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield posts, f"json://127.0.0.1:{server.server_port}/T0kenT0ken"
        server.shutdown()
        thread.join()


def configure(project, inbox, *recipients, **more):
    daily = {"recipients": list(recipients), **more.pop("daily", {})}
    project.configure(mail=inbox.settings, editions={"daily": daily}, **more)
    return project


def test_send_mails_an_edition_that_is_published(published, inbox):
    configure(published, inbox)
    done = published.run("send", "daily", "--to", ADA, "--to", BO)
    assert done.returncode == 0, done.stderr
    assert [line.split(" (")[0] for line in done.stdout.splitlines()] == [
        f"mail to {ADA}: sent",
        f"mail to {BO}: sent",
    ]
    assert inbox.recipients == [ADA, BO]
    page = inbox.read()[0].get_body(("html",)).get_content()
    first = json.loads(published.published()[f"daily/{SLOT}/digest.json"])["stories"][0]
    assert first["headline"] in page

    # On purpose, so a second time is a second mail.
    published.run("send", "daily", "--to", ADA, "--date", SLOT)
    assert len(inbox.mails) == 3


def test_a_reader_who_is_named_is_who_is_mailed_and_who_has_it(published, inbox):
    configure(published, inbox, ADA)
    done = published.run("send", "daily", "--to", f"Ada Lovelace <{ADA}>")
    assert done.stdout.startswith(f"mail to {ADA}: sent")
    assert "mail to" not in published.run(*RUN).stdout
    assert inbox.recipients == [ADA]
    typo = published.run("send", "daily", "--to", "typo@")
    assert (typo.returncode, "'typo@' is no mail address" in typo.stderr) == (2, True)


def test_what_is_not_taken_fails_the_command_and_stays_in_the_status(published, inbox):
    configure(published, inbox)
    done = published.run("send", "daily", "--to", GONE, "--to", FULL, "--to", BO)
    assert done.returncode == 1
    assert f"mail to {GONE}: refused" in done.stdout
    assert "550 5.1.1 No such person here" in done.stdout
    assert done.stderr.endswith("digest: 2 of 3 mails and posts were not taken\n")
    assert inbox.recipients == [BO]
    status = published.run("status").stdout.splitlines()
    [refused, deferred] = [line for line in status if line.startswith("mail of")]
    assert refused.startswith(f"mail of daily {SLOT} to {GONE}: ")
    assert deferred.startswith(f"mail of daily {SLOT} to {FULL}: ")
    assert deferred.endswith("452 4.2.2 Mailbox full (is tried again)")
    found = json.loads(published.run("status", "--json").stdout)
    assert [each["recipient"] for each in found["refusals"]] == [GONE]
    assert [each["recipient"] for each in found["deferred"]] == [FULL]


def test_a_run_mails_each_recipient_once_and_says_who_lacks_it(published, inbox):
    configure(published, inbox, ADA, GONE)
    assert "mail to" not in published.run(*RUN, "--no-deliver").stdout
    first, second = published.run(*RUN), published.run(*RUN)
    assert f"mail to {ADA}: sent" in first.stdout
    assert f"mail to {ADA}" not in second.stdout
    for done, mails in ((first, 2), (second, 1)):
        assert f"mail to {GONE}: refused" in done.stdout
        assert done.stderr.endswith(f"digest: 1 of {mails} mails and posts were not taken\n")
        assert done.returncode == 1
    assert inbox.recipients == [ADA]


def test_the_next_edition_tells_whom_the_last_did_not_reach_and_names_nobody(published, inbox):
    configure(published, inbox, ADA, GONE, FULL)
    assert published.run(*RUN).returncode == 1
    configure(published, inbox, ADA)
    # It is too old to be tried again for who was not reached then.
    next_one = published.run("run", "--date", "2026-11-18", "--no-fetch")
    assert f"mail of {SLOT} to {FULL}: refused (given up after 3 days: " in next_one.stdout
    files = published.published()
    page = files["daily/2026-11-18/digest.html"].decode()
    told = f"The edition of {SLOT} did not reach g…@home.example: "
    assert told in page
    assert "the server refused it (550 5.1.1)" in page
    assert "No such person" not in page
    for name in ("html", "md", "txt", "json"):
        assert GONE.encode() not in files[f"daily/2026-11-18/digest.{name}"]
    assert "did not reach" not in files[f"daily/{SLOT}/digest.html"].decode()

    # What was given up meanwhile is told in the one after it, and the other not again.
    published.run("run", "--date", "2026-11-19", "--no-fetch")
    later = published.published()["daily/2026-11-19/digest.md"].decode()
    assert "did not reach f…@home.example: given up after 3 days" in later
    assert "g…@home.example" not in later


def test_a_run_that_is_killed_right_after_the_server_s_answer_sends_the_same_mail_again(
    published, inbox
):
    configure(published, inbox, ADA)
    script = Path(__file__).with_name("signalled.py")
    # The first time it is noted that the mail goes out.
    place = "digest.store.deliveries:DeliveryShelf.save_delivery"
    command = [sys.executable, str(script), "SIGKILL", place, "2"]
    with published.start(*RUN, command=command) as process:
        process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL
    assert inbox.recipients == [ADA]
    status = published.run("status").stdout
    assert f"mail of daily {SLOT} to {ADA}: was handed over, and the answer is not known" in status

    again = published.run(*RUN)
    assert (again.returncode, len(inbox.mails)) == (0, 2)
    assert inbox.mails[0] == inbox.mails[1]
    assert "sent again as the same mail, as a run died" in again.stdout
    assert "mail to" not in published.run(*RUN).stdout
    assert len(inbox.mails) == 2


def test_a_dry_run_writes_what_it_would_send(published, inbox, chat):
    posts, url = chat
    configure(published, inbox, ADA, daily={"channels": ["team"]}, channels={"team": url})
    folder = published.folder / ".digest/mails/daily" / SLOT
    done = published.run(*RUN, "--dry-run")
    assert done.returncode == 0, done.stderr
    paths = [f".digest/mails/daily/{SLOT}/{name}" for name in (f"{ADA}.eml", "team.txt")]
    assert [line for line in done.stdout.splitlines() if line in paths] == paths
    assert (inbox.mails, posts) == ([], [])

    done = published.run("send", "daily", "--to", BO, "--dry-run")
    assert done.stdout == f".digest/mails/daily/{SLOT}/{BO}.eml\n"
    assert email.message_from_bytes((folder / f"{BO}.eml").read_bytes())["To"] == BO

    # Nothing of it counts: the run that follows sends both, the mail just as it lies there.
    assert published.run(*RUN).returncode == 0
    assert inbox.mails == [(folder / f"{ADA}.eml").read_bytes()]
    text = (folder / "team.txt").read_text("utf-8")
    assert text == f"{posts[0]['title']}\n\n{posts[0]['message']}\n"


def test_send_posts_to_a_channel_by_its_name(published, inbox, chat):
    posts, url = chat
    configure(published, inbox, channels={"team": url})
    done = published.run("send", "daily", "--to", "team")
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"post to team: sent (posted: daily, {SLOT})\n"
    assert len(posts) == 1
    unknown = published.run("send", "daily", "--to", "tema")
    said = "digest: 'tema' is no mail address, and no channel of the settings (team)\n"
    assert (unknown.returncode, unknown.stderr) == (2, said)


def test_check_finds_a_channel_that_cannot_be_posted_to_and_keeps_its_secrets(published):
    published.configure(channels={"team": "slack://hunter2hunter2"})
    done = published.run("check")
    assert done.returncode == 2
    assert "the address of the channel 'team'" in done.stderr
    assert "hunter2" not in done.stdout + done.stderr
    variables = {"DIGEST_CHANNELS__TEAM": "json://hooks.example/hunter2"}
    assert published.run("check", variables=variables).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["weekly", "--to", "a@b.example"], "no edition weekly is published: see `digest status`"),
        (
            ["daily", "--date", "2026-11-01", "--to", "a@b.example"],
            "no edition daily of 2026-11-01 is published: see `digest status`",
        ),
        (
            ["daily", "--date", SLOT[:-1], "--to", "a@b.example"],
            f"no edition daily of {SLOT[:-1]} is published: see `digest status`",
        ),
        (["daily", "--to", "a@b.example"], "mail needs the settings mail.host and mail.sender"),
    ],
)
def test_what_cannot_be_sent_is_told(first_run, arguments, why):
    done = first_run[0].run("send", *arguments)
    assert (done.returncode, done.stderr) == (2, f"digest: {why}\n")
