"""Asking a real server that misbehaves in the ways that real ones do."""

from __future__ import annotations

import asyncio
import gzip
import logging
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


NO_WEB_ADDRESSES = [
    ("", "leads to a relative address"),
    ("feed", "leads to a relative address"),
    ("//a.test/", "leads to a relative address"),
    ("ftp://example.org/x", "leads to a ftp address"),
    ("http://[::1", "is not a web address"),
    ("http://xn--/", "has a host name that is not valid"),
    ("http://a..b.test/", "has a host name that is not valid"),
    ("http://.../", "has a host name that is not valid"),
    (f"http://{'a' * 64}.test/", "has a host name that is not valid"),
    ("http://a b.test/", "has a host name that is not valid"),
    ("http://[fe80::1%25eth0]/", "has a host name that is not valid"),
    ("http://[fe80::1%eth0]/", "has a host name that is not valid"),
    ("http://\ud800.test/", "is not a web address"),
    ("http://a.test/\ud800", "is not a web address"),
    ("http://a\x00b.test/", "is not a web address"),
    ("http://a.test/\x1bx", "is not a web address"),
    ("http://999.999.999.999/", "is not a web address"),
    ("http:///x", "leads to an address without a host name"),
    ("http://:80/", "leads to an address without a host name"),
    ("http://127.0.0.1:99999/", "leads to a port that is not valid (99999)"),
    ("http://127.0.0.1:65536/", "leads to a port that is not valid (65536)"),
    ("http://127.0.0.1:0/", "leads to a port that is not valid (0)"),
    ("http://127.0.0.1:-1/", "leads to a port that is not valid (-1)"),
    (f"http://127.0.0.1:{10**30}/", "leads to a port that is not valid"),
    ("http://127.0.0.1:8o/", "is not a web address (Invalid port"),
    (f"http://a.test/{'x' * 70_000}", "is not a web address (URL too long)"),
]


@pytest.mark.parametrize("robots", [False, True])
def test_what_is_no_web_address_fails_with_its_reason_and_does_not_raise(fetch_all, robots):
    answers = fetch_all([url for url, _ in NO_WEB_ADDRESSES], asking={"robots": robots})
    for (url, reason), answer in zip(NO_WEB_ADDRESSES, answers, strict=True):
        assert isinstance(answer, Failed), url
        assert answer.reason.startswith(reason), url
        assert not answer.may_pass, url


def test_a_redirect_to_a_port_that_cannot_be_is_a_failure(site, fetch):
    site.routes["/"] = site.response(302, location="http://127.0.0.1:99999/")
    assert fetch(site.url()).reason == "leads to a port that is not valid (99999)"


def test_what_nobody_foresaw_fails_one_url_is_logged_and_stops_no_other(site, fetch_all, caplog):
    async def resolve(host, port):
        if host == "odd.example":
            raise ExceptionGroup("side by side", [OverflowError("a number too large")])
        return ["127.0.0.1"]

    site.routes["/"] = site.response(200, b"fine")
    odd = site.url(host="odd.example").replace("http://", "http://me:s3cret@")
    failed, fine = fetch_all([odd, site.url()], resolve=resolve)
    assert failed.reason == "cannot be asked (a number too large)"
    assert not failed.may_pass
    assert fine.content == b"fine"
    assert "could not be asked" in caplog.text
    assert "Traceback" in caplog.text
    assert "s3cret" not in caplog.text


def test_connections_that_fail_side_by_side_are_told_by_the_first(fetch):
    async def resolve(host, port):
        raise ExceptionGroup("side by side", [ConnectionRefusedError(), KeyError()])

    answer = fetch("http://a.example/", resolve=resolve)
    assert (answer.reason, answer.may_pass) == ("refuses the connection", True)


def test_a_validator_that_cannot_be_sent_back_is_left_out(site, fetch):
    site.routes["/"] = site.response(200, b"feed")
    assert fetch(site.url(), {"etag": '"caf\u00e9"', "last_modified": "a\nb"}).content == b"feed"
    assert not {"if-none-match", "if-modified-since"} & site.requests[0].headers.keys()


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


def test_a_body_of_several_gzip_members_is_unpacked_to_its_end(site, fetch):
    body = gzip.compress(b"one ") + gzip.compress(b"") + gzip.compress(b"two ") + bytes(512)

    def byte_by_byte(_):
        yield b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n"
        for byte in body:
            yield bytes([byte])

    site.routes |= {
        "/at-once": site.response(200, body, content_encoding="gzip"),
        "/in-drops": byte_by_byte,
    }
    assert fetch(site.url("/at-once")).content == b"one two "
    assert fetch(site.url("/in-drops")).content == b"one two "


def test_members_that_are_small_each_do_not_add_up_past_the_size_limit(site, fetch):
    body = gzip.compress(bytes(600 * 1024)) * 2
    site.routes["/"] = site.response(200, body, content_encoding="gzip")
    assert fetch(site.url(), max_bytes=2**20).reason == "is larger than 1 MB"
    assert len(fetch(site.url()).content) == 1200 * 1024


def test_a_gzip_bomb_is_given_up_at_the_size_limit(site, fetch):
    bomb = gzip.compress(bytes(50 * 2**20))
    assert len(bomb) < 2**17
    site.routes["/"] = site.response(200, bomb, content_encoding="gzip")
    assert fetch(site.url(), max_bytes=2**20).reason == "is larger than 1 MB"


def test_a_body_of_unknown_length_is_given_up_at_the_size_limit(site, fetch):
    sent = []

    def endless(_):
        yield b"HTTP/1.1 200 OK\r\n\r\n"
        for _ in range(1000):
            sent.append(1)
            yield bytes(64 * 1024)

    site.routes["/"] = endless
    assert fetch(site.url(), max_bytes=2**20).reason == "is larger than 1 MB"
    assert len(sent) < 1000


def test_a_body_said_to_be_too_large_is_not_even_read(site, fetch):
    site.routes["/"] = site.response(200, b"", content_length=str(9 * 2**20))
    assert fetch(site.url()).reason == "is larger than 8 MB"


@pytest.mark.parametrize(
    ("body", "coding", "reason"),
    [
        (b"not gzip at all", "gzip", "has damaged compression"),
        (gzip.compress(b"feed" * 99, mtime=0)[:-12], "gzip", "broke off before its end"),
        (gzip.compress(b"feed", mtime=0)[:10] + b"\xff" * 99, "gzip", "has damaged compression"),
        (gzip.compress(b"feed", mtime=0) * 2 + b"\x1f\x8b", "gzip", "broke off before its end"),
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
    assert (answer.reason, answer.status) == (reason, status)
    assert len(site.requests) == 1


@pytest.mark.parametrize(
    ("status", "may_pass"),
    [(300, False), (403, False), (404, False), (410, False), (429, True), (500, True), (503, True)],
)
def test_a_later_run_may_fare_better_with_a_server_in_trouble(site, fetch, status, may_pass):
    site.routes["/"] = site.response(status)
    assert fetch(site.url(), retries=0).may_pass is may_pass


def test_a_later_run_may_fare_better_with_a_server_that_was_slow_or_cut_the_line(site, fetch_all):
    site.routes |= {f"/{n}": site.silence for n in range(3)}
    slow = fetch_all([site.url(f"/{n}") for n in range(3)], timeout=0.3)
    assert [answer.may_pass for answer in slow] == [True] * 3
    site.routes["/cut"] = lambda _: [b""]
    assert fetch_all([site.url("/cut")], retries=0)[0].may_pass


def test_no_later_run_fares_better_with_what_is_refused(site, fetch):
    site.routes |= {
        "/large": site.response(200, bytes(99)),
        "/circle": site.response(302, location="/circle"),
        "/bad": site.response(302, location="http://xn--/"),
    }
    for path in ("/large", "/circle", "/bad"):
        assert not fetch(site.url(path), max_bytes=9).may_pass, path
    assert not fetch(site.url(), allow_private=False).may_pass


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
    assert answer.may_pass, "as it is on a train"


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


def test_no_log_line_of_any_library_holds_a_password(site, fetch, caplog):
    caplog.set_level(logging.DEBUG)
    site.routes |= {
        "/feed": site.response(302, location="/moved"),
        "/moved": site.response(503),
    }
    failed = fetch(site.url("/feed").replace("//", "//me:s3cret@"), {"robots": True}, retries=1)
    assert failed.reason == "answers 503 Service Unavailable"
    assert site.url("/moved") in caplog.text, "httpx logs what it asks"
    assert "s3cret" not in caplog.text
    assert all("authorization" in request.headers for request in site.requests)


def test_an_address_whose_password_breaks_it_is_not_quoted(fetch):
    assert fetch("http://me:s3/cret@outlet.example/").reason == "is not a web address"


def test_article_pages_are_read_only_where_robots_txt_allows(site, fetch_all):
    site.routes |= {
        "/robots.txt": site.response(200, b"User-agent: digest\nDisallow: /private/\n"),
        "/private/a": site.response(200, b"secret"),
        "/open": site.response(200, b"open"),
    }
    urls = [site.url(path) for path in ("/private/a", "/open", "/private/b")]
    closed, allowed, _ = fetch_all(urls, asking={"robots": True})
    assert (closed.reason, closed.may_pass) == ("is closed to programs by robots.txt", False)
    assert closed.url == urls[0]
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
    assert read or answer.may_pass


def test_a_robots_txt_that_cannot_be_reached_may_be_later(site, fetch):
    site.routes |= {"/robots.txt": lambda _: [b""], "/a": site.response(200, b"x")}
    answer = fetch(site.url("/a"), {"robots": True}, retries=0)
    assert "its robots.txt could not be read: breaks off" in answer.reason
    assert answer.may_pass


def test_robots_txt_of_the_site_that_a_redirect_leads_to_counts_too(site, other_site, fetch):
    there = other_site.url("/a", "there.example")
    site.routes["/a"] = site.response(302, location=there)
    other_site.routes["/robots.txt"] = site.response(200, b"User-agent: *\nDisallow: /\n")
    assert fetch(site.url("/a"), {"robots": True}).reason == "is closed to programs by robots.txt"
    assert other_site.paths() == ["/robots.txt"]
