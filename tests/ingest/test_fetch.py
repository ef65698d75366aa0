"""Asking a real server that misbehaves in the ways that real ones do."""

from __future__ import annotations

import asyncio
import gzip
import socket
import time
import zlib
from datetime import UTC, datetime, timedelta

import pytest

from digest.ingest.fetch import Failed, Fetched, Fetcher, FetchPolicy, NotModified


def test_a_feed_comes_with_its_validators_and_where_it_was_found(site, fetch):
    site.routes["/feed"] = site.response(
        200,
        b"<rss/>",
        etag='"1"',
        last_modified="Mon, 23 Nov 2026 07:00:00 GMT",
        content_type="application/rss+xml",
    )
    answer = fetch(site.url("/feed"))
    assert isinstance(answer, Fetched)
    assert (answer.content, answer.content_type) == (b"<rss/>", "application/rss+xml")
    assert (answer.etag, answer.last_modified) == ('"1"', "Mon, 23 Nov 2026 07:00:00 GMT")
    assert (answer.url, answer.final_url, answer.moved_to) == (site.url("/feed"),) * 2 + ("",)


def test_the_user_agent_names_the_project_and_whom_to_ask(site, fetch):
    fetch(site.url(), contact="https://example.org/about")
    agent = site.requests[0].headers["user-agent"]
    assert agent.startswith("digest/")
    assert agent.endswith("(+https://example.org/about)")


def test_an_unchanged_feed_is_asked_conditionally_and_not_sent_again(site, fetch):
    def route(request):
        known = request.headers.get("if-none-match") == '"1"'
        yield site.response(304, cache_control="max-age=600") if known else site.response()

    site.routes["/"] = route
    answer = fetch(site.url(), {"etag": '"1"', "last_modified": "Mon, 23 Nov 2026 07:00:00 GMT"})
    assert isinstance(answer, NotModified)
    assert answer.etag == '"1"', "a validator that the answer leaves out is still good"
    assert answer.next_check > datetime.now(UTC) + timedelta(minutes=9)
    assert site.requests[0].headers["if-modified-since"] == "Mon, 23 Nov 2026 07:00:00 GMT"


def test_not_modified_without_having_asked_is_a_failure(site, fetch):
    site.routes["/"] = site.response(304)
    assert fetch(site.url()).reason == "answers 304 Not Modified"


def test_permanent_moves_are_remembered_up_to_the_first_temporary_one(site, fetch):
    site.routes |= {
        "/old": site.response(301, location="/newer"),
        "/newer": site.response(308, location="/newest"),
        "/newest": site.response(302, location="/today"),
        "/today": site.response(301, location="/here"),
        "/here": site.response(200, b"feed"),
    }
    answer = fetch(site.url("/old"))
    assert answer.content == b"feed"
    assert answer.final_url == site.url("/here")
    assert answer.moved_to == site.url("/newest")


def test_a_temporary_redirect_moves_nothing(site, fetch):
    site.routes |= {"/a": site.response(302, location="/b"), "/b": site.response(200, b"x")}
    answer = fetch(site.url("/a"))
    assert (answer.final_url, answer.moved_to) == (site.url("/b"), "")


def test_a_moved_feed_that_is_unchanged_is_still_known_to_have_moved(site, fetch):
    site.routes |= {"/a": site.response(301, location="/b"), "/b": site.response(304)}
    answer = fetch(site.url("/a"), {"etag": '"1"'})
    assert isinstance(answer, NotModified)
    assert answer.moved_to == site.url("/b")


def test_redirects_in_a_circle_end(site, fetch):
    site.routes |= {
        "/a": site.response(301, location="/b"),
        "/b": site.response(301, location="/a"),
    }
    assert fetch(site.url("/a")).reason == "redirects more than 10 times"


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("file:///etc/passwd", "only http and https are read"),
        ("ftp://example.org/feed", "only http and https are read"),
        ("http://[::1", "redirects to something that is no web address"),
        ("http://xn--/", "redirects to something that is no web address"),
    ],
)
def test_a_redirect_leads_only_to_web_addresses(site, fetch, location, reason):
    site.routes["/"] = site.response(302, location=location)
    assert reason in fetch(site.url()).reason


@pytest.mark.parametrize("url", ["", "feed", "ftp://example.org/x", "http://[::1", "http://xn--/"])
def test_what_is_no_web_address_fails_and_does_not_raise(fetch, url):
    assert isinstance(fetch(url), Failed)


def test_a_server_that_never_answers_costs_its_timeout_and_no_more(site, fetch):
    site.routes["/"] = site.silence
    start = time.monotonic()
    answer = fetch(site.url(), timeout=0.4)
    assert answer.reason == "did not answer within 0.4 s"
    assert time.monotonic() - start < 1.5
    assert len(site.requests) == 1, "what ran out of time is not asked again"


def test_a_body_that_drips_is_cut_off_by_the_same_timeout(site, fetch):
    def drip(_):
        yield b"HTTP/1.1 200 OK\r\n\r\n"
        for _ in range(100):
            time.sleep(0.05)
            yield b"x"

    site.routes["/"] = drip
    start = time.monotonic()
    assert "did not answer within" in fetch(site.url(), timeout=0.4).reason
    assert time.monotonic() - start < 1.5


def test_redirects_share_one_timeout(site, fetch):
    def slowly(_):
        time.sleep(0.15)
        yield site.response(302, location="/")

    site.routes["/"] = slowly
    start = time.monotonic()
    assert "did not answer within" in fetch(site.url(), timeout=0.5).reason
    assert time.monotonic() - start < 1.5


def test_many_pages_of_a_host_that_never_answers_cost_one_timeout(site, other_site, fetch_all):
    site.routes = {f"/{n}": site.silence for n in range(12)}
    other_site.routes["/"] = site.response(200, b"quick")
    urls = [site.url(f"/{n}", "dead.example") for n in range(12)]
    start = time.monotonic()
    *dead, alive = fetch_all([*urls, other_site.url(host="live.example")], timeout=0.5)
    assert time.monotonic() - start < 2
    assert alive.content == b"quick"
    assert len(site.requests) == 2
    reasons = {failed.reason for failed in dead}
    assert "not asked, because dead.example did not answer earlier in this run" in reasons


def test_few_requests_at_once_go_to_one_host_and_many_to_all(site, other_site, fetch_all):
    def slowly(_):
        time.sleep(0.1)
        yield site.response(200, b"x")

    for server in (site, other_site):
        server.routes = {f"/{n}": slowly for n in range(6)}
    urls = [site.url(f"/{n}", "a.example") for n in range(6)]
    urls += [other_site.url(f"/{n}", "b.example") for n in range(6)]
    start = time.monotonic()
    assert all(isinstance(answer, Fetched) for answer in fetch_all(urls, per_host=2))
    assert (site.most_busy, other_site.most_busy) == (2, 2)
    assert time.monotonic() - start < 0.9, "the hosts were asked side by side"


def test_a_compressed_feed_is_unpacked(site, fetch):
    bodies = {
        "/gzip": (gzip.compress(b"feed"), "gzip"),
        "/zlib": (zlib.compress(b"feed"), "deflate"),
        "/raw": (zlib.compress(b"feed", wbits=-15), "deflate"),
    }
    for path, (body, coding) in bodies.items():
        site.routes[path] = site.response(200, body, content_encoding=coding)
        assert fetch(site.url(path)).content == b"feed", path
    assert site.requests[0].headers["accept-encoding"] == "gzip, deflate"


def test_a_gzip_bomb_is_given_up_at_the_size_limit(site, fetch):
    bomb = gzip.compress(bytes(50 * 2**20))
    assert len(bomb) < 2**17
    site.routes["/"] = site.response(200, bomb, content_encoding="gzip")
    assert fetch(site.url(), max_bytes=2**20).reason == "larger than 1 MB"


def test_a_body_of_unknown_length_is_given_up_at_the_size_limit(site, fetch):
    sent = []

    def endless(_):
        yield b"HTTP/1.1 200 OK\r\n\r\n"
        for _ in range(1000):
            sent.append(1)
            yield bytes(64 * 1024)

    site.routes["/"] = endless
    assert fetch(site.url(), max_bytes=2**20).reason == "larger than 1 MB"
    assert len(sent) < 1000


def test_a_body_said_to_be_too_large_is_not_even_read(site, fetch):
    site.routes["/"] = site.response(200, b"", content_length=str(9 * 2**20))
    assert fetch(site.url()).reason == "larger than 8 MB"


@pytest.mark.parametrize(
    ("body", "coding", "reason"),
    [
        (b"not gzip at all", "gzip", "has damaged compression"),
        (gzip.compress(b"feed" * 99)[:-12], "gzip", "broke off before its end"),
        (gzip.compress(b"feed")[:10] + b"\xff" * 99, "gzip", "has damaged compression"),
        (b"x", "br", "is compressed in a way that was not asked for (br)"),
    ],
)
def test_a_body_that_cannot_be_unpacked_is_a_failure(site, fetch, body, coding, reason):
    site.routes["/"] = site.response(200, body, content_encoding=coding)
    assert fetch(site.url()).reason == reason


def test_a_body_shorter_than_it_says_is_asked_for_again_and_not_taken_for_whole(site, fetch):
    site.routes["/"] = site.response(200, b"half", content_length="8")
    assert fetch(site.url(), retries=1).reason == "breaks off the connection"
    assert len(site.requests) == 2


def test_a_connection_that_is_cut_once_is_tried_again(site, fetch):
    def route(_):
        yield b"" if len(site.requests) == 1 else site.response(200, b"second time")

    site.routes["/"] = route
    assert fetch(site.url()).content == b"second time"


def test_a_server_in_trouble_is_tried_again(site, fetch):
    def route(_):
        yield site.response(503) if len(site.requests) == 1 else site.response(200, b"fine")

    site.routes["/"] = route
    assert fetch(site.url()).content == b"fine"


def test_a_server_that_stays_in_trouble_fails_after_the_retries(site, fetch):
    site.routes["/"] = site.response(502)
    answer = fetch(site.url(), retries=1)
    assert (answer.reason, answer.status) == ("answers 502 Bad Gateway", 502)
    assert len(site.requests) == 2


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (404, "answers 404 Not Found"),
        (403, "answers 403 Forbidden"),
        (500, "answers 500 Internal Server Error"),
        (599, "answers 599"),
        (300, "answers 300 Multiple Choices"),
    ],
)
def test_what_will_not_change_in_a_moment_is_asked_once(site, fetch, status, reason):
    site.routes["/"] = site.response(status)
    answer = fetch(site.url())
    assert (answer.reason, answer.status, answer.gone) == (reason, status, False)
    assert len(site.requests) == 1


def test_a_feed_that_is_gone_for_good_says_so(site, fetch):
    site.routes["/"] = site.response(410)
    assert fetch(site.url()).gone


def test_a_short_retry_after_is_waited_for(site, fetch):
    def route(_):
        first = len(site.requests) == 1
        yield site.response(429, retry_after="1") if first else site.response(200, b"now")

    site.routes["/"] = route
    start = time.monotonic()
    assert fetch(site.url()).content == b"now"
    assert time.monotonic() - start >= 0.9


def test_a_long_retry_after_is_left_to_the_next_run(site, fetch):
    site.routes["/"] = site.response(429, retry_after="3600")
    answer = fetch(site.url())
    assert len(site.requests) == 1
    wait = answer.retry_at - datetime.now(UTC)
    assert timedelta(minutes=59) < wait <= timedelta(hours=1)


def test_a_name_that_does_not_exist_says_so(fetch):
    async def nowhere(host, port):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    answer = fetch("http://no.example/", resolve=nowhere, retries=0)
    assert answer.reason == "has a host name that does not resolve"


def test_a_closed_port_says_so(fetch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert fetch(f"http://a.example:{port}/", retries=0).reason == "refuses the connection"


def test_the_machines_own_resolver_is_used_by_default(site):
    site.routes["/"] = site.response(200, b"x")

    async def run():
        async with Fetcher(FetchPolicy(allow_private=True)) as fetcher:
            return await fetcher.get(site.url(host="localhost"))

    assert asyncio.run(run()).content == b"x"


def test_credentials_in_a_url_go_to_its_site_only(site, other_site, fetch):
    site.routes |= {
        "/feed": site.response(301, location="/moved"),
        "/moved": site.response(302, location=other_site.url("/far", "far.example")),
    }
    other_site.routes["/far"] = site.response(200, b"x")
    url = site.url("/feed").replace("http://", "http://me:secret@")
    answer = fetch(url)
    assert all("authorization" in request.headers for request in site.requests)
    assert len(site.requests) == 2
    assert "authorization" not in other_site.requests[0].headers
    assert "secret" in answer.moved_to, "the moved feed needs them too"
    assert "secret" not in answer.final_url


def test_article_pages_are_read_only_where_robots_txt_allows(site, fetch_all):
    site.routes |= {
        "/robots.txt": site.response(200, b"User-agent: digest\nDisallow: /private/\n"),
        "/private/a": site.response(200, b"secret"),
        "/open": site.response(200, b"open"),
    }
    urls = [site.url(path) for path in ("/private/a", "/open", "/private/b")]
    closed, allowed, _ = fetch_all(urls, asking={"robots": True})
    assert closed.reason == "is closed to programs by robots.txt"
    assert allowed.content == b"open"
    assert sorted(site.paths()) == ["/open", "/robots.txt"], "asked once, and heeded"


def test_a_feed_is_read_whatever_robots_txt_says(site, fetch):
    site.routes |= {
        "/robots.txt": site.response(200, b"User-agent: *\nDisallow: /\n"),
        "/feed": site.response(200, b"feed"),
    }
    assert fetch(site.url("/feed")).content == b"feed"
    assert fetch(site.url("/feed"), {"robots": True}, robots=False).content == b"feed"
    assert site.paths() == ["/feed", "/feed"]


@pytest.mark.parametrize(("status", "read"), [(404, True), (403, True), (500, False), (429, False)])
def test_a_missing_robots_txt_allows_and_a_failing_one_does_not(site, fetch, status, read):
    site.routes |= {"/robots.txt": site.response(status), "/a": site.response(200, b"x")}
    answer = fetch(site.url("/a"), {"robots": True}, retries=0)
    assert isinstance(answer, Fetched) is read
    assert read or answer.reason.startswith(
        f"cannot be asked, as its robots.txt could not be read: answers {status}"
    )


def test_robots_txt_of_the_site_that_a_redirect_leads_to_counts_too(site, other_site, fetch):
    there = other_site.url("/a", "there.example")
    site.routes["/a"] = site.response(302, location=there)
    other_site.routes["/robots.txt"] = site.response(200, b"User-agent: *\nDisallow: /\n")
    assert fetch(site.url("/a"), {"robots": True}).reason == "is closed to programs by robots.txt"
    assert other_site.paths() == ["/robots.txt"]
