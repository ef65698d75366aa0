"""The body of a response, decompressed, with an end to what it may cost in memory."""

from __future__ import annotations

import zlib

import httpx

_GZIP_OR_ZLIB = 47
_RAW_DEFLATE = -15
_GZIP_MAGIC = b"\x1f\x8b"


class BodyError(Exception):
    """The body is too large or not what its headers say; the message is for a person."""


async def read_body(response: httpx.Response, limit: int) -> bytes:
    """All of the body, decompressed, at most ``limit`` bytes on the wire and in memory.

    httpx decompresses each chunk whole, which lets a few kilobytes become gigabytes before anyone
    can count them; so it is done here, with zlib's own limit. Raises ``BodyError``.
    """
    too_large = BodyError(f"is larger than {limit / 2**20:.3g} MB")
    declared = response.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise too_large
    coding = response.headers.get("content-encoding", "identity").strip().lower()
    inflate = _Inflate() if coding in ("gzip", "x-gzip", "deflate") else None
    if inflate is None and coding not in ("identity", ""):
        raise BodyError(f"is compressed in a way that was not asked for ({coding})")
    body, received = bytearray(), 0
    async for chunk in response.aiter_raw():
        received += len(chunk)
        # One byte more than allowed is enough to know, and is all that is ever held.
        body += inflate(chunk, limit + 1 - len(body)) if inflate else chunk
        if max(received, len(body)) > limit:
            raise too_large
    if inflate and body and not inflate.ended:
        raise BodyError("broke off before its end")
    return bytes(body)


class _Inflate:
    """gzip, zlib, or the raw deflate that some servers send under the name of zlib."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(_GZIP_OR_ZLIB)
        self._started = False

    @property
    def ended(self) -> bool:
        return self._stream.eof

    def __call__(self, chunk: bytes, limit: int) -> bytes:
        body = self._next(chunk, limit)
        # A gzip body may be several, one after the other (RFC 1952); other bytes are padding.
        while self._stream.unused_data.startswith(_GZIP_MAGIC) and len(body) < limit:
            rest = self._stream.unused_data
            self._stream = zlib.decompressobj(_GZIP_OR_ZLIB)
            body += self._next(rest, limit - len(body))
        return body

    def _next(self, chunk: bytes, limit: int) -> bytes:
        try:
            return self._stream.decompress(chunk, limit)
        except zlib.error as error:
            if self._started:
                raise BodyError("has damaged compression") from error
            self._stream = zlib.decompressobj(_RAW_DEFLATE)
            try:
                return self._stream.decompress(chunk, limit)
            except zlib.error:
                raise BodyError("has damaged compression") from error
        finally:
            self._started = self._started or bool(chunk)
