"""Posts to a real web server on this machine, which answers well, badly or not at all."""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import pytest

from digest.model import Edition, UsageError
from digest.publish.channel import HEADLINES, Channel, short_form

PAGE = "https://site.example/daily/2026-11-23/digest.html"


class Service:
    """A chat behind a webhook. ``answer`` is what it says, and before that ``wait`` is over."""

    def __init__(self, port: int) -> None:
        self.address = f"127.0.0.1:{port}"
        self.answer = 200
        self.wait = Event()
        self.wait.set()
        self.posts: list[dict[str, str]] = []

    def url(self, query: str = "", path: str = "hooks/T0kenT0ken") -> str:
        return f"json://ada:hunter2hunter2@{self.address}/{path}?rto=0.3{query}"


@pytest.fixture
def service() -> Iterator[Service]:
    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            service.posts.append(json.loads(body))
            service.wait.wait(5)
            self.send_response(service.answer)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        service = Service(server.server_port)
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield service
        service.wait.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def many(edition: Edition) -> Edition:
    """More stories than a short form names."""
    told = edition.stories[0]
    stories = tuple(
        replace(told, story=replace(told.story, headline=f"Story number {number}"))
        for number in range(HEADLINES + 3)
    )
    return replace(edition, stories=stories)


def post(service: Service, edition: Edition, query: str = "", page: str = PAGE):
    channel = Channel("team", service.url(query))
    return channel.take(channel.short_form(edition, page))


def test_a_post_tells_title_standfirst_headlines_and_where_the_rest_is(
    service: Service, many: Edition
):
    assert post(service, many) is None
    [posted] = service.posts
    lines = posted["message"].splitlines()
    assert posted["title"].endswith(", 2026-11-23")
    assert lines[0].startswith(f"{HEADLINES + 3} of ") or "stories from" in lines[0]
    assert lines[2:4] == ["• Story number 0", "  https://harbourpost.example/world/ferry-line"]
    assert lines[-2:] == ["and 3 more", f"All of it: {PAGE}"]
    assert sum(line.startswith("•") for line in lines) == HEADLINES


def test_without_a_site_there_is_no_link_to_a_page(service: Service, edition: Edition):
    assert post(service, edition, page="") is None
    assert "All of it" not in service.posts[0]["message"]


def test_a_service_that_shows_markdown_gets_links_in_it(service: Service, edition: Edition):
    odd = 'Ferry [video] <b> & "more" *now*'
    told = edition.stories[0]
    tricky = replace(edition, stories=(replace(told, story=replace(told.story, headline=odd)),))
    assert post(service, tricky, "&format=markdown") is None
    message = service.posts[0]["message"]
    link = (
        r'[Ferry \[video\] \<b\> & "more" \*now\*](<https://harbourpost.example/world/ferry-line>)'
    )
    assert link in message
    assert f"[The whole edition](<{PAGE}>)" in message


def test_a_service_that_shows_html_gets_it_escaped(service: Service, edition: Edition):
    told = edition.stories[0]
    story = replace(told.story, headline="<script>alert(1)</script>")
    assert (
        post(service, replace(edition, stories=(replace(told, story=story),)), "&format=html")
        is None
    )
    message = service.posts[0]["message"]
    assert "&lt;script&gt;" in message
    assert "<script" not in message


def test_a_link_that_is_none_is_not_posted(service: Service, edition: Edition):
    told = edition.stories[0]
    lead = replace(told.story.lead, url="javascript:alert(1)")
    story = replace(told.story, articles=(lead,))
    tricky = replace(
        edition, stories=(replace(told, story=story, summary=replace(told.summary, sentences=())),)
    )
    assert post(service, tricky, "&format=html") is None
    assert "javascript" not in service.posts[0]["message"]


@pytest.mark.parametrize("room", [4096, 400, 90])
def test_a_post_has_as_many_headlines_as_the_service_has_room_for(
    service: Service, many: Edition, monkeypatch: pytest.MonkeyPatch, room: int
):
    from apprise.plugins.custom_json import NotifyJSON

    monkeypatch.setattr(NotifyJSON, "body_maxlen", room)
    assert post(service, many, page="") is None
    [posted] = service.posts
    named = posted["message"].count("•")
    assert (room > 4000) == (named == HEADLINES)
    assert (named == 0) == (room < 100)
    assert len(posted["title"]) + len(posted["message"]) <= max(room, 130)
    assert ("more" in posted["message"]) == (named > 0)


def test_an_edition_without_stories_says_so(edition: Edition):
    made = short_form(replace(edition, stories=()))
    assert made.text == made.standfirst == made.html.replace("&quot;", '"')


@pytest.mark.parametrize(
    ("answer", "passing"),
    [(500, True), (503, True), (429, True), (408, True), (400, False), (404, False), (410, False)],
)
def test_what_a_service_does_not_take_has_a_reason_and_may_pass_or_not(
    service: Service, edition: Edition, answer: int, passing: bool
):
    service.answer = answer
    refusal = post(service, edition)
    assert refusal.passing == passing
    assert refusal.text.startswith("JSON did not take it: ")
    assert f"error={answer}" in refusal.text


def test_a_service_that_hangs_is_left_and_may_pass(service: Service, edition: Edition):
    service.wait.clear()
    refusal = post(service, edition)
    assert refusal.passing
    assert "Connection error" in refusal.text


def test_a_service_that_is_not_there_may_pass(edition: Edition):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        channel = Channel("team", f"json://127.0.0.1:{unused.getsockname()[1]}/")
    refusal = channel.take(channel.short_form(edition))
    assert refusal.passing


def test_no_reason_and_no_log_tells_the_secret_parts_of_an_address(
    service: Service, edition: Edition, caplog: pytest.LogCaptureFixture
):
    service.answer = 404
    # What apprise says of a failure names the host, which is a token for many services.
    with caplog.at_level(logging.DEBUG):
        refusal = post(service, edition)
        down = Channel("team", "json://hunter2hunter2.invalid/T0kenT0ken?rto=0.3")
        away = down.take(down.short_form(edition))
    said = f"{refusal.text} {away.text} {caplog.text}"
    assert "hunter2" not in said
    assert "T0ken" not in said
    assert "…" in away.text


@pytest.mark.parametrize(
    "url",
    ["nothing://hunter2hunter2/", "slack://hunter2hunter2", "json://", "tgram://hunter2hunter2/1"],
)
def test_an_address_that_cannot_be_posted_to_is_told_without_its_secrets(
    url: str, capsys: pytest.CaptureFixture[str]
):
    with pytest.raises(UsageError, match="the address of the channel 'team'") as raised:
        Channel("team", url)
    assert "hunter2" not in str(raised.value)
    assert capsys.readouterr() == ("", "")


def test_an_address_of_several_places_is_refused():
    several = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#news/#team"
    with pytest.raises(UsageError, match="names several places: make a channel of each"):
        Channel("team", several)
    Channel("team", several.removesuffix("/#team") + "?retry=2")
