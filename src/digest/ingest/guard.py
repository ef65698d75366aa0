"""Which addresses may be reached, and a network backend that reaches no other.

A feed's author chooses the addresses this program asks, so an address is checked where the
connection is made: the name is resolved once, every address it has is judged, and the connection
goes to a judged address and not to the name. Redirects and names that change their mind between
check and use (DNS rebinding) pass the same gate, as each opens its connection here. The TLS
handshake still asks for the certificate of the name.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

import httpcore
import httpx

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""(host, port) to its IP addresses, best first; raises ``socket.gaierror`` where there is none."""

SocketOption = (
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
)

CONNECT_SECONDS = 5.0
"""One address of a host that has several gets this long before the next is tried."""

_GLOBAL_UNICAST = ip_network("2000::/3")
_NAT64 = ip_network("64:ff9b::/96")
_SPECIAL = tuple(
    ip_network(network)
    for network in (
        "100::/64",  # discard only (RFC 6666)
        "168.63.129.16/32",  # the host's agent, on one large cloud
        "192.0.0.0/24",  # protocol assignments (RFC 6890)
        "192.88.99.0/24",  # 6to4 relays (RFC 7526)
        "2001::/23",  # Teredo and other protocol assignments (RFC 2928)
        "3fff::/20",  # documentation (RFC 9637)
    )
)
_PRIVATE = tuple(
    ip_network(network)
    for network in (
        "127.0.0.0/8",
        "::1/128",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "fc00::/7",
    )
)
_METADATA = ip_address("fd00:ec2::254")
"""The one private address at which a large cloud tells its machines their credentials."""


class NotAllowedError(Exception):
    """The address is one this program does not reach; the message says why, for a person."""


def refusal(address: str, *, allow_private: bool = False) -> str:
    """Why ``address`` (an IP address) is not reached; empty where it may be.

    ``allow_private`` lets loopback and private addresses through, but not those at which cloud
    machines are told their credentials.
    """
    ip = _embedded(ip_address(address.partition("%")[0]))
    if _is_public(ip):
        return ""
    if ip != _METADATA and _is_in(ip, _PRIVATE):
        return (
            ""
            if allow_private
            else f"leads to a private address ({ip}), see the setting fetch.allow_private"
        )
    return f"leads to an address that is not on the public internet ({ip})"


def check_url(url: httpx.URL) -> None:
    """Raise ``NotAllowedError`` unless ``url`` is http(s) with a host and port that can be."""
    if url.scheme not in ("http", "https"):
        raise NotAllowedError(
            f"leads to a {url.scheme or 'relative'} address; only http and https are read"
        )
    if not url.raw_host:
        raise NotAllowedError("leads to an address without a host name")
    if not _can_be_asked_for(url):
        raise NotAllowedError("has a host name that is not valid")
    if url.port is not None and url.port not in range(1, 2**16):
        raise NotAllowedError(f"leads to a port that is not valid ({url.port})")


def _can_be_asked_for(url: httpx.URL) -> bool:
    """Whether ``url.host`` can be read, as httpx does, and looked up, as the resolver does."""
    try:
        return "%" not in url.host and bool(url.raw_host.decode("ascii").encode("idna"))
    except UnicodeError:
        return False


def _embedded(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 address stands for (mapped, 6to4, NAT64), else itself."""
    if isinstance(ip, IPv4Address):
        return ip
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip


def _is_public(ip: IPv4Address | IPv6Address) -> bool:
    if _is_in(ip, _SPECIAL) or (ip.version == 6 and ip not in _GLOBAL_UNICAST):
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _is_in(ip: IPv4Address | IPv6Address, networks: Iterable[IPv4Network | IPv6Network]) -> bool:
    return any(ip in network for network in networks)


class SystemResolver:
    """The machine's own resolver, in threads of its own so that a slow name holds up no other."""

    def __init__(self, threads: int) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="resolve")

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Its addresses, in the order of RFC 6724."""
        found = await asyncio.get_running_loop().run_in_executor(
            self._threads, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        )
        return list(dict.fromkeys(str(address[0]) for *_, address in found))

    def close(self) -> None:
        """Let the threads end when the look-ups under way do."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connects to addresses that ``refusal`` has nothing against, and to no other."""

    def __init__(self, resolve: Resolver, *, allow_private: bool) -> None:
        self._resolve = resolve
        self._allow_private = allow_private
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Open a connection to the first address of ``host`` that answers.

        Raises ``NotAllowedError`` where any of its addresses is refused, ``socket.gaierror`` where
        it has none, and httpcore's ``ConnectError`` or ``ConnectTimeout`` where none answers.
        """
        addresses = await self._resolve(host, port)
        for address in addresses:
            if reason := refusal(address, allow_private=self._allow_private):
                raise NotAllowedError(reason)
        *others, last = addresses
        for address in others:
            try:
                return await self._network.connect_tcp(
                    address, port, CONNECT_SECONDS, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._network.connect_tcp(last, port, timeout, local_address, socket_options)


class GuardedTransport(httpx.AsyncHTTPTransport):
    """httpx's transport (HTTP/1.1 and HTTP/2) over a ``GuardedBackend``."""

    def __init__(self, backend: GuardedBackend, *, keep_alive: int) -> None:
        super().__init__()
        # httpx has no public way to hand a network backend to its pool; httpcore's own has.
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=httpx.create_ssl_context(),
            max_connections=None,
            max_keepalive_connections=keep_alive,
            keepalive_expiry=5.0,
            http2=True,
            network_backend=backend,
        )
