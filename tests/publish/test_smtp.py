"""Mails to a real server on this machine, with TLS and a login, well and badly disposed."""

import ipaddress
import socket
import ssl
import sys
import threading
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from types import SimpleNamespace

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from digest.model import PassingError, UsageError
from digest.publish.message import compose
from digest.publish.smtp import (
    MailServer,
    Refusal,
    server_from_block,
    server_of,
    session,
    try_login,
)

SENDER = "Morning Digest <digest@news.example>"


class Inbox(Sink):
    """Keeps every mail, but for those recipients whom something befalls."""

    def __init__(self):
        super().__init__()
        self.mails = []
        self.callers = set()
        self.logins = 0
        self.patience = 100
        """Mails a connection."""
        self.hung_up = threading.Event()

    def login(self, server, session, envelope, mechanism, data):
        self.logins += 1
        known = LoginPassword(b"ada", b"correct horse")
        return AuthResult(success=data == known, handled=False)

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802  # aiosmtpd's name
        self.callers.add(session.peer)
        session.begun = getattr(session, "begun", 0) + 1
        if session.begun > self.patience:
            return "421 4.7.0 Enough mails on this connection"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802  # aiosmtpd's name
        if address.startswith("gone@"):
            return "550 5.1.1 No such person here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802  # aiosmtpd's name
        (recipient,) = envelope.rcpt_tos
        if recipient.startswith("full@"):
            return "452 4.2.2 Mailbox full"
        if recipient.startswith("spam@"):
            return "554 5.7.1 That looks like spam"
        self.mails.append((session.ssl is not None, envelope))
        if recipient.startswith("lost@"):
            server.transport.abort()
        if recipient.startswith("last@"):
            server.loop.call_later(0.05, self.hang_up, server)
        return "250 OK"

    def hang_up(self, server):
        server.transport.close()
        server.loop.call_later(0.05, self.hung_up.set)


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

    def start(logins=False, **options):
        inbox = Inbox()
        if logins:
            options |= {"authenticator": inbox.login, "auth_required": True}
        controller = Controller(inbox, hostname="127.0.0.1", port=free_port(), **options)
        controller.start()
        running.append(controller)
        return inbox, controller.port

    yield start
    for controller in running:
        controller.stop()


@pytest.fixture
def trusted(certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))


def mail(to="ada@home.example"):
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = SENDER, to
    message["Message-ID"] = f"<{to.partition('@')[0]}@news.example>"
    message.set_content("서울시, good morning")
    return message


def hand_over(server, *messages, timeout=10):
    """What a session makes of the mails."""
    with session(server, timeout) as opened:
        return [opened.hand_over(message) for message in messages]


def recipients(inbox):
    return [to for _, envelope in inbox.mails for to in envelope.rcpt_tos]


def test_an_edition_goes_over_starttls_with_a_login(server, certificate, trusted, edition):
    inbox, port = server(logins=True, tls_context=certificate.context, require_starttls=True)
    message = compose(edition, sender=SENDER, recipient="Ada Kim <ada@home.example>")
    account = MailServer("localhost", port, "starttls", "ada", "correct horse")
    assert hand_over(account, message) == [None]
    ((encrypted, envelope),) = inbox.mails
    assert encrypted
    assert (envelope.mail_from, envelope.rcpt_tos) == ("digest@news.example", ["ada@home.example"])
    assert envelope.content == bytes(message)


def test_a_mail_goes_over_tls_from_the_first_byte(server, certificate, trusted):
    inbox, port = server(ssl_context=certificate.context)
    assert hand_over(MailServer("localhost", port, "tls"), mail()) == [None]
    assert len(inbox.mails) == 1


def test_many_mails_take_one_connection_and_one_login(server, certificate, trusted):
    inbox, port = server(logins=True, tls_context=certificate.context, require_starttls=True)
    account = MailServer("localhost", port, "starttls", "ada", "correct horse")
    to = [f"reader{number}@home.example" for number in range(5)]
    assert hand_over(account, *map(mail, to)) == [None] * 5
    assert recipients(inbox) == to
    assert (len(inbox.callers), inbox.logins) == (1, 1)


def test_a_session_without_mails_calls_nobody():
    assert hand_over(MailServer("127.0.0.1", free_port(), "none")) == []


def test_a_refused_login_is_tried_once_and_told_without_the_password(server, certificate, trusted):
    inbox, port = server(
        logins=True, tls_context=certificate.context, auth_exclude_mechanism=["LOGIN"]
    )
    account = MailServer("localhost", port, "starttls", "ada", "wrong battery")
    refusals = hand_over(account, mail(), mail("bo@home.example"), mail("cy@home.example"))
    assert len(set(refusals)) == 1
    assert refusals[0].text.startswith("localhost did not accept the user name and password: 535")
    assert not refusals[0].passing
    assert "battery" not in f"{refusals} {account}"
    assert (inbox.mails, inbox.logins) == ([], 1)


def test_a_server_with_a_certificate_nobody_vouches_for_gets_nothing(server, certificate):
    inbox, port = server(tls_context=certificate.context)
    (refusal,) = hand_over(MailServer("localhost", port, "starttls"), mail())
    assert "certificate verify failed" in refusal.text.lower()
    assert inbox.mails == []


def test_a_server_that_offers_no_encryption_gets_nothing(server):
    inbox, port = server()
    (refusal,) = hand_over(MailServer("localhost", port, "starttls"), mail())
    assert "STARTTLS" in refusal.text
    assert not refusal.passing
    assert inbox.mails == []


def test_who_is_refused_stops_nobody_else_and_is_told_in_the_servers_words(server):
    inbox, port = server()
    to = [f"{name}@home.example" for name in ("gone", "ada", "full", "spam", "bo")]
    found = hand_over(MailServer("127.0.0.1", port, "none"), *map(mail, to))
    assert found == [
        Refusal(
            "127.0.0.1 refused mail to gone@home.example: 550 5.1.1 No such person here", False
        ),
        None,
        Refusal("127.0.0.1 refused the mail to full@home.example: 452 4.2.2 Mailbox full", True),
        Refusal(
            "127.0.0.1 refused the mail to spam@home.example: 554 5.7.1 That looks like spam", False
        ),
        None,
    ]
    assert recipients(inbox) == ["ada@home.example", "bo@home.example"]
    assert len(inbox.callers) == 1


def test_a_server_that_hung_up_between_two_mails_is_called_again(server):
    inbox, port = server()
    with session(MailServer("127.0.0.1", port, "none")) as opened:
        assert opened.hand_over(mail("last@home.example")) is None
        assert inbox.hung_up.wait(10)
        assert opened.hand_over(mail("ada@home.example")) is None
    assert recipients(inbox) == ["last@home.example", "ada@home.example"]
    assert len(inbox.callers) == 2


def test_a_server_that_takes_two_mails_a_connection_gets_them_all(server):
    inbox, port = server()
    inbox.patience = 2
    to = [f"reader{number}@home.example" for number in range(5)]
    assert hand_over(MailServer("127.0.0.1", port, "none"), *map(mail, to)) == [None] * 5
    assert recipients(inbox) == to
    assert len(inbox.callers) == 3


def test_a_server_that_takes_none_is_not_asked_for_ever(server):
    inbox, port = server()
    inbox.patience = 0
    (refusal,) = hand_over(MailServer("127.0.0.1", port, "none"), mail())
    assert refusal.text.endswith(
        "refused the mail to ada@home.example: 421 4.7.0 Enough mails on this connection"
    )
    assert refusal.passing
    assert len(inbox.callers) == 1


def test_a_mail_whose_answer_was_lost_is_not_sent_again_by_itself(server):
    inbox, port = server()
    lost, after = hand_over(
        MailServer("127.0.0.1", port, "none"), mail("lost@home.example"), mail("ada@home.example")
    )
    assert lost.text.startswith("127.0.0.1 did not take the mail to lost@home.example: Connection")
    assert lost.passing
    assert after is None
    assert recipients(inbox) == ["lost@home.example", "ada@home.example"]


def test_a_server_that_is_away_is_named_and_called_once():
    port = free_port()
    first, second = hand_over(MailServer("127.0.0.1", port, "none"), mail(), mail())
    assert first == second
    assert first.text.startswith(f"127.0.0.1:{port} cannot be used: ")
    assert "refused" in first.text
    assert first.passing


@pytest.mark.parametrize(
    ("greeting", "said", "passing"),
    [
        ("554 5.3.2 No mails taken here", "554 5.3.2 No mails taken here", False),
        ("421 4.3.2 Closed for the night", "421 4.3.2 Closed for the night", True),
        ("", "timed out", True),
    ],
)
def test_a_server_that_lets_nobody_in_is_called_once(greeting, said, passing):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        calls = []

        def answer():
            while True:
                try:
                    calls.append(listening.accept()[0])
                except OSError:  # closed
                    return
                if greeting:
                    calls[-1].sendall(f"{greeting}\r\n".encode())

        answering = threading.Thread(target=answer, daemon=True)
        answering.start()
        account = MailServer("127.0.0.1", listening.getsockname()[1], "none")
        first, second = hand_over(account, mail(), mail(), timeout=0.3)
        listening.shutdown(socket.SHUT_RDWR)
        answering.join(10)
    for call in calls:
        call.close()
    assert first == second
    assert said in first.text
    assert first.passing == passing
    assert len(calls) == 1


def test_an_address_in_another_script_is_written_to_where_the_server_can(server, edition):
    message = compose(edition, sender=SENDER, recipient="Ädä <ädä@bücher.example>")
    inbox, port = server(enable_SMTPUTF8=True)
    assert hand_over(MailServer("127.0.0.1", port, "none"), message) == [None]
    ((_, envelope),) = inbox.mails
    assert envelope.rcpt_tos == ["ädä@xn--bcher-kva.example"]
    assert "SMTPUTF8" in envelope.mail_options
    assert envelope.content == bytes(message)
    assert "<ädä@xn--bcher-kva.example>\r\n".encode() in envelope.content

    inbox, port = server(enable_SMTPUTF8=False)
    (refusal,) = hand_over(MailServer("127.0.0.1", port, "none"), message)
    assert "SMTPUTF8" in refusal.text
    assert not refusal.passing


def test_a_login_can_be_tried_without_a_mail(server, certificate, trusted):
    inbox, port = server(logins=True, tls_context=certificate.context)
    good = MailServer("localhost", port, "starttls", "ada", "correct horse")
    assert try_login(good) is None
    assert "did not accept" in try_login(MailServer("localhost", port, "starttls", "ada", "wrong"))
    assert inbox.mails == []


@pytest.mark.parametrize("host", ["mail.example.org", "192.0.2.7", "localhost.example.org"])
def test_nothing_goes_unencrypted_to_another_machine(host):
    with pytest.raises(UsageError, match="unencrypted"):
        MailServer(host, 25, "none")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "::1"])
def test_this_machine_may_be_spoken_to_plainly(host):
    assert MailServer(host, 25, "none").host == host


def test_a_password_that_smtp_cannot_carry_is_refused_and_not_shown():
    with pytest.raises(UsageError, match="a login cannot carry") as refused:
        MailServer("mail.example.org", 587, "starttls", "ada", "größer")
    assert "größer" not in str(refused.value)


@pytest.fixture
def block():
    """``block(**fields)``: credentials as prefect-email keeps them."""
    return pytest.importorskip("prefect_email").EmailServerCredentials


def test_a_prefect_block_names_a_server(block):
    assert server_of(
        block(username="ada", password="correct horse", smtp_server="gmail"), "letters"
    ) == MailServer("smtp.gmail.com", 465, "tls", "ada", "correct horse")
    assert server_of(
        block(smtp_server="mail.example.org", smtp_type="STARTTLS", smtp_port=2525), "letters"
    ) == MailServer("mail.example.org", 2525, "starttls")
    assert server_of(block(smtp_server="127.0.0.1", smtp_type="INSECURE"), "letters") == MailServer(
        "127.0.0.1", 25, "none"
    )


def test_a_prefect_block_that_is_not_safe_is_refused(block):
    with pytest.raises(UsageError, match=r"'letters'.*certificate not checked"):
        server_of(block(smtp_server="mail.example.org", verify=False), "letters")
    with pytest.raises(UsageError, match="unencrypted"):
        server_of(block(smtp_server="mail.example.org", smtp_type="INSECURE"), "letters")


def test_a_prefect_server_that_is_away_is_a_matter_of_time(block):
    from prefect.settings import PREFECT_API_URL, temporary_settings

    with (
        temporary_settings({PREFECT_API_URL: f"http://127.0.0.1:{free_port()}/api"}),
        pytest.raises(PassingError, match="cannot be asked for the block 'letters'"),
    ):
        server_from_block("letters")


def test_a_block_needs_a_package_that_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "prefect_email", None)
    with pytest.raises(UsageError, match=r"prefect-email.*\[blocks\]"):
        server_from_block("letters")
