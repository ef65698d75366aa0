"""The subscriptions: an OPML 2.0 file, the format in which feed readers exchange them.

``category`` (OPML's own attribute: ``/world,/tech``) and the folders around an outline give a
feed's topics, ``language`` its language; ``weight`` is ours, and other programs leave it alone.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from lxml import etree

from digest.addresses import without_credentials
from digest.model import DigestError, Feed, UsageError

LONGEST = 1500
"""Bytes of a feed's address; with an entry's id it has to fit into a row of an index."""


def read(path: Path) -> tuple[Feed, ...]:
    """The feeds of an OPML file in its order, each URL once.

    Raises:
        UsageError: there is no such file, it is not OPML, or outlines cannot be used (all named).
    """
    feeds, problems = read_usable(path)
    if problems:
        raise UsageError("\n  ".join([f"{path} has feeds that cannot be used:", *problems]))
    return feeds


def read_usable(path: Path) -> tuple[tuple[Feed, ...], tuple[str, ...]]:
    """The feeds of an OPML file that can be used, and a line on each outline that cannot.

    Raises:
        UsageError: there is no such file, or it is not OPML.
    """
    feeds: dict[str, Feed] = {}
    problems = []
    for outline, folders in _outlines(_tree(_bytes(path), str(path))):
        try:
            feed = _feed(outline, folders)
        except UsageError as error:
            problems.append(f"line {outline.sourceline}: {error}")
        else:
            feeds.setdefault(feed.url, feed)
    return tuple(feeds.values()), tuple(problems)


def add(path: Path, feeds: Iterable[Feed]) -> tuple[Feed, ...]:
    """Adds the feeds that the file (made where missing) lacks, and returns those."""
    data = _bytes(path) if path.exists() else write(())
    tree = _tree(data, str(path))
    known = {_address(outline) for outline, _ in _outlines(tree)}
    body = tree.find("body")
    if body is None:
        body = etree.SubElement(tree, "body")
    added = tuple(feed for feed in feeds if feed.url not in known)
    for feed in added:
        check_url(feed.url)
        body.append(_outline(feed))
    if added:
        _save(path, tree)
    return added


def remove(path: Path, url: str) -> None:
    """Takes the feed out of the file; the rest stays as it is."""
    tree = _tree(_bytes(path), str(path))
    found = [outline for outline, _ in _outlines(tree) if _address(outline) == url]
    if not found:
        raise UsageError(f"{path} has no feed {url}")
    for outline in found:
        parent = outline.getparent()
        if parent is not None:
            parent.remove(outline)
    _save(path, tree)


def write(feeds: Sequence[Feed], title: str = "Subscriptions") -> bytes:
    """An OPML 2.0 file of the feeds."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = title
    body = etree.SubElement(root, "body")
    for feed in feeds:
        body.append(_outline(feed))
    return _dump(root)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise UsageError(
            f"there is no list of feeds at {path}: make one with `digest feeds add URL` "
            "or `digest feeds import FILE.opml`"
        ) from None
    except OSError as error:
        raise UsageError(f"the list of feeds {path} cannot be read: {error.strerror}") from None


def _tree(data: bytes, name: str) -> etree._Element:
    # A file from outside must not make us read other files or expand entities without end.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise UsageError(f"{name} is not readable as OPML: {error.msg}") from None
    if etree.QName(root).localname.lower() != "opml":
        raise UsageError(
            f"{name} is not OPML: its outermost element is <{etree.QName(root).localname}>"
        )
    return root


def _outlines(root: etree._Element) -> Iterator[tuple[etree._Element, tuple[str, ...]]]:
    """Every outline that is a feed, with the names of the folders around it."""

    def below(
        element: etree._Element, folders: tuple[str, ...]
    ) -> Iterator[tuple[etree._Element, tuple[str, ...]]]:
        for outline in element.findall("outline"):
            if outline.get("xmlUrl", "").strip():
                yield outline, folders
            else:
                name = (outline.get("text") or outline.get("title") or "").strip()
                yield from below(outline, (*folders, name) if name else folders)

    body = root.find("body")
    return below(body, ()) if body is not None else iter(())


def _address(outline: etree._Element) -> str:
    """The feed's URL; ``feed:`` is an old way to write http(s) addresses of feeds."""
    url = outline.get("xmlUrl", "").strip()
    if not url.lower().startswith("feed:"):
        return url
    rest = url[len("feed:") :]
    return rest if rest.startswith("http") else f"https:{rest}"


def _feed(outline: etree._Element, folders: tuple[str, ...]) -> Feed:
    url = _address(outline)
    check_url(url)
    title = (outline.get("title") or outline.get("text") or "").strip()
    topics = [part.strip("/ ") for part in outline.get("category", "").split(",")]
    text = outline.get("weight", "1")
    try:
        weight = float(text)
    except ValueError:
        weight = -1
    if not 0 <= weight <= 100:
        raise UsageError(
            f"weight {text!r} of {without_credentials(url)} is no number from 0 to 100"
        )
    return Feed(
        url=url,
        # OPML wants a text also where the person gave no title; ``add`` then writes the address.
        title="" if title == url else title,
        language=outline.get("language", "").strip(),
        topics=tuple(dict.fromkeys(t.lower() for t in (*topics, *folders) if t)),
        weight=weight,
    )


def check_url(url: str) -> None:
    """Raises UsageError unless it is an http(s) address with a host, as a database can index it."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or re.search(r"\s", url) or len(url.encode()) > LONGEST:
        raise UsageError(
            f"{without_credentials(url)[:200]!r} is no address of a feed: "
            "it must begin with https:// or http://"
        )


def _outline(feed: Feed) -> etree._Element:
    attributes = {"type": "rss", "text": feed.title or feed.url, "xmlUrl": feed.url}
    if feed.language:
        attributes["language"] = feed.language
    if feed.topics:
        attributes["category"] = ",".join(f"/{topic}" for topic in feed.topics)
    if feed.weight != 1:
        attributes["weight"] = f"{feed.weight:g}"
    return etree.Element("outline", attributes)


def _dump(root: etree._Element) -> bytes:
    etree.indent(root)
    # The tree, not the root, for what stands before it: comments, a style sheet.
    return etree.tostring(
        root.getroottree(), encoding="utf-8", xml_declaration=True, pretty_print=True
    )


def _save(path: Path, root: etree._Element) -> None:
    """In one step, so that a crash or a full disk leaves the old list or the new one."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_dump(root))
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise DigestError(f"the list of feeds {path} cannot be written: {error.strerror}") from None
