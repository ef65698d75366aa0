"""Mails to a real server on this machine, with TLS and a login."""

import email
import ipaddress
import socket
import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.policy import default
from types import SimpleNamespace

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from digest.model import UsageError
from digest.publish.mail import MailServer, compose, send
from digest.publish.render import render

SENDER, RECIPIENT = "Morning Digest <digest@news.example>", "Ada Kim <ada@home.example>"


class Inbox(Sink):
    """Keeps every mail but those for ``gone@``, which does not live here."""

    def __init__(self):
        super().__init__()
        self.mails = []

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802  # aiosmtpd's name
        if address.startswith("gone@"):
            return "550 5.1.1 No such person here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802  # aiosmtpd's name
        if b"To: full@" in envelope.content:
            return "452 4.2.2 Mailbox full"
        self.mails.append((session.ssl is not None, envelope))
        return "250 OK"


def login(server, session, envelope, mechanism, data):
    known = LoginPassword(b"ada", b"correct horse")
    return AuthResult(success=data == known, handled=False)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A key and a certificate for this machine, and a context that shows them."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    loopback = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost"), loopback]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + signed.public_bytes(pem)
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(path)
    return SimpleNamespace(path=path, context=context)


def free_port():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return unused.getsockname()[1]


@pytest.fixture
def server():
    """Start servers: ``server(**aiosmtpd options)`` gives (inbox, port)."""
    running = []

    def start(**options):
        controller = Controller(Inbox(), hostname="127.0.0.1", port=free_port(), **options)
        controller.start()
        running.append(controller)
        return controller.handler, controller.port

    yield start
    for controller in running:
        controller.stop()


@pytest.fixture
def trusted(certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))


@pytest.fixture
def message(edition):
    return compose(edition, sender=SENDER, recipient=RECIPIENT, files=render(edition))


def test_a_mail_has_both_forms_and_says_what_it_is(edition, message):
    read = email.message_from_bytes(bytes(message), policy=default)
    assert read.get_content_type() == "multipart/alternative"
    text, page = read.iter_parts()
    files = render(edition)
    assert text.get_content().splitlines() == files["digest.txt"].decode().splitlines()
    assert page.get_content().splitlines() == files["digest.html"].decode().splitlines()
    assert page.get_content_type() == "text/html"
    assert read["Subject"] == "Morning Digest, 2026-11-23"
    assert read["From"].addresses[0].addr_spec == "digest@news.example"
    assert read["Date"].datetime == edition.cutoff
    assert read["List-Id"] == "<daily.digest.news.example>"
    assert read["Auto-Submitted"] == "auto-generated"
    assert list(read.iter_attachments()) == []
    assert bytes(message).isascii()


def test_the_same_mail_composed_again_is_the_same_bytes(edition, message):
    again = compose(edition, sender=SENDER, recipient=RECIPIENT, files=render(edition))
    assert bytes(again) == bytes(message)


def test_each_recipient_and_slot_has_a_message_id_of_its_own(edition):
    files = render(edition)
    later = replace(edition, slot="2026-11-24")
    ids = {
        compose(which, sender=SENDER, recipient=to, files=files)["Message-ID"]
        for which in (edition, later)
        for to in (RECIPIENT, "bo@home.example")
    }
    assert len(ids) == 4


@pytest.mark.parametrize(
    "address", ["nobody", "", "a@", "@b", "Ada <ada@home.example>\nBcc: all@home.example"]
)
def test_what_is_no_address_is_refused(edition, address):
    with pytest.raises(UsageError, match="is not a mail address"):
        compose(edition, sender=SENDER, recipient=address, files=render(edition))


def test_a_mail_goes_over_starttls_with_a_login(server, certificate, trusted, message):
    inbox, port = server(
        tls_context=certificate.context, require_starttls=True, authenticator=login,
        auth_required=True,
    )  # fmt: skip
    refusal = send(message, MailServer("localhost", port, "starttls", "ada", "correct horse"))
    assert refusal is None
    ((encrypted, envelope),) = inbox.mails
    assert encrypted
    assert (envelope.mail_from, envelope.rcpt_tos) == ("digest@news.example", ["ada@home.example"])
    arrived = email.message_from_bytes(envelope.content, policy=default)
    assert arrived["Message-ID"] == message["Message-ID"]
    assert "서울시" in arrived.get_body(("plain",)).get_content()


def test_a_mail_goes_over_tls_from_the_first_byte(server, certificate, trusted, message):
    inbox, port = server(ssl_context=certificate.context)
    assert send(message, MailServer("localhost", port, "tls")) is None
    assert len(inbox.mails) == 1


def test_a_wrong_password_is_told_without_the_password(server, certificate, trusted, message):
    inbox, port = server(tls_context=certificate.context, authenticator=login, auth_required=True)
    account = MailServer("localhost", port, "starttls", "ada", "wrong battery")
    refusal = send(message, account)
    assert refusal.startswith("localhost did not accept the user name and password: 535")
    assert "battery" not in refusal
    assert "battery" not in repr(account)
    assert inbox.mails == []


def test_a_server_with_a_certificate_nobody_vouches_for_gets_nothing(server, certificate, message):
    inbox, port = server(tls_context=certificate.context)
    refusal = send(message, MailServer("localhost", port, "starttls"))
    assert "certificate verify failed" in refusal.lower()
    assert inbox.mails == []


def test_a_server_that_offers_no_encryption_gets_nothing(server, message):
    inbox, port = server()
    assert "STARTTLS" in send(message, MailServer("localhost", port, "starttls"))
    assert inbox.mails == []


@pytest.mark.parametrize(
    ("recipient", "answer"),
    [
        ("gone@home.example", "550 5.1.1 No such person"),
        ("full@home.example", "452 4.2.2 Mailbox full"),
    ],
)
def test_a_refusal_comes_back_in_the_servers_words(server, edition, recipient, answer):
    _, port = server()
    message = compose(edition, sender=SENDER, recipient=recipient, files=render(edition))
    refusal = send(message, MailServer("127.0.0.1", port, "none"))
    assert f"mail to {recipient}: {answer}" in refusal


def test_a_server_that_is_away_is_named(message):
    port = free_port()
    refusal = send(message, MailServer("127.0.0.1", port, "none"))
    assert refusal.startswith(f"Could not hand the mail to 127.0.0.1:{port}: ")
    assert "refused" in refusal


@pytest.mark.parametrize("host", ["mail.example.org", "192.0.2.7", "localhost.example.org"])
def test_nothing_goes_unencrypted_to_another_machine(host):
    with pytest.raises(UsageError, match="unencrypted"):
        MailServer(host, 25, "none")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "::1"])
def test_this_machine_may_be_spoken_to_plainly(host):
    assert MailServer(host, 25, "none").host == host
