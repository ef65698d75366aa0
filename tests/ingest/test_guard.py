"""Which addresses are reached, by judging them and by trying."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from digest.ingest.fetch import Failed, Fetched
from digest.ingest.guard import refusal

PUBLIC = ["8.8.8.8", "93.184.216.34", "2606:4700::6810:84e5", "::ffff:8.8.8.8", "64:ff9b::808:808"]

PRIVATE = ["127.0.0.1", "127.8.9.1", "::1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "fd12::1"]
PRIVATE += ["::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"]

NEVER = ["169.254.169.254", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "::ffff:169.254.169.254"]
NEVER += [
    "0.0.0.0",
    "::",
    "224.0.0.1",
    "ff02::1",
    "239.255.255.250",
    "255.255.255.255",
    "240.0.0.1",
]
NEVER += ["100.64.0.1", "192.0.0.192", "192.88.99.1", "168.63.129.16", "64:ff9b:1::a00:1"]
NEVER += ["2001:0:4136:e378:8000:63bf:3fff:fdd2", "3fff::1", "5f00::1", "fec0::1", "::7f00:1"]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_reached(address):
    assert refusal(address) == ""


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_reached_only_where_that_is_allowed(address):
    assert "see the setting fetch.allow_private" in refusal(address)
    assert refusal(address, allow_private=True) == ""


@pytest.mark.parametrize("address", NEVER)
def test_metadata_multicast_and_reserved_addresses_are_never_reached(address):
    assert refusal(address)
    assert refusal(address, allow_private=True)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "127.1", "0x7f000001", "2130706433", "[::1]"]
)
def test_this_machine_is_not_reached_by_any_spelling(site, fetch, host):
    site.routes["/"] = site.response(200, b"secret")
    answer = fetch(site.url(host=host), resolve=None, allow_private=False, retries=0)
    assert isinstance(answer, Failed)
    assert site.requests == []


def test_a_refusal_says_which_address_and_which_setting(site, fetch):
    answer = fetch(site.url(), allow_private=False)
    assert (
        answer.reason
        == "leads to a private address (127.0.0.1), see the setting fetch.allow_private"
    )


def test_a_name_with_one_private_address_among_public_ones_is_not_reached(site, fetch):
    async def resolve(host, port):
        return ["93.184.216.34", "127.0.0.1"]

    answer = fetch(site.url(host="mixed.example"), resolve=resolve, allow_private=False)
    assert "private address" in answer.reason


def test_a_redirect_does_not_lead_past_the_guard(site, fetch):
    site.routes["/"] = site.response(302, location="http://169.254.169.254/latest/meta-data/")

    async def resolve(host, port):
        return ["169.254.169.254" if host == "169.254.169.254" else "127.0.0.1"]

    answer = fetch(site.url(host="outlet.example"), resolve=resolve)
    assert (
        answer.reason == "leads to an address that is not on the public internet (169.254.169.254)"
    )


def test_a_name_is_resolved_once_and_the_judged_address_is_the_one_connected_to(site, fetch):
    """Loopback stands in for a public address, as no test leaves this machine."""
    addresses = ["127.0.0.1", "169.254.169.254"]

    async def rebinding(host, port):
        return [addresses.pop(0)]

    site.routes["/"] = site.response(200, b"what was judged")
    answer = fetch(site.url(host="rebind.example"), resolve=rebinding)
    assert answer.content == b"what was judged"
    assert addresses == ["169.254.169.254"], "not asked for a second time"


def test_a_name_that_changes_between_two_requests_is_judged_again(site, fetch):
    addresses = iter(["127.0.0.1", "169.254.169.254"])

    async def rebinding(host, port):
        return [next(addresses)]

    site.routes["/"] = site.response(302, location="/next")
    answer = fetch(site.url(host="rebind.example"), resolve=rebinding)
    assert "not on the public internet (169.254.169.254)" in answer.reason
    assert site.paths() == ["/"]


def test_the_next_address_is_tried_where_one_does_not_answer(site, fetch):
    async def resolve(host, port):
        return ["127.0.0.2", "127.0.0.1"]  # nothing listens on the first

    site.routes["/"] = site.response(200, b"x")
    assert isinstance(fetch(site.url(host="two.example"), resolve=resolve), Fetched)


def test_proxies_of_the_environment_are_not_used(site, fetch, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    site.routes["/"] = site.response(200, b"direct")
    assert fetch(site.url()).content == b"direct"


@pytest.fixture
def certificate(tmp_path):
    """A server's key and certificate for news.example, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "news.example")])
    now = datetime.now(UTC)
    names = [x509.DNSName("news.example"), x509.IPAddress(ip_address("192.0.2.1"))]
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (tmp_path / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    (tmp_path / "cert.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    return tmp_path


@pytest.fixture
def tls(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    return context


@pytest.fixture
def tls_site(serve, tls):
    with serve(tls) as site:
        site.routes["/"] = site.response(200, b"over TLS")
        yield site


def test_a_certificate_nobody_vouches_for_is_not_accepted_and_not_tried_again(tls_site, fetch):
    answer = fetch(tls_site.url(host="news.example"))
    assert answer.reason == "has a TLS certificate that is not accepted (self-signed certificate)"
    assert not answer.may_pass


def test_tls_asks_for_the_certificate_of_the_name_though_it_connects_to_the_address(
    tls_site, fetch, certificate, monkeypatch
):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))
    assert fetch(tls_site.url(host="news.example")).content == b"over TLS"
    wrong = fetch(tls_site.url(host="other.example"))
    assert "Hostname mismatch" in wrong.reason


def test_http_2_is_spoken_to_a_server_that_offers_it(serve, tls, fetch, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))
    tls.set_alpn_protocols(["h2", "http/1.1"])
    with serve(tls) as site:
        fetch(site.url(host="news.example"), retries=0)
        assert site.paths() == ["*"], "the first line of HTTP/2 is PRI * HTTP/2.0"
