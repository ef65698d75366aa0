"""One address for one article, whoever linked to it."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, quote, urljoin, urlsplit

import courlan
from courlan.clean import TRACKERS_RE

LONGEST = 2000
"""Bytes of an address that is kept: an index of PostgreSQL holds no more than about 2,700."""

# Parameters that only tell where a reader came from: no site names an article with them.
_TRACKER = re.compile(
    r"^(?:at|fb|hsa|itm|mc|mkt|ml|mtm|ns|oly|pk|utm|vero|wt)_|^_(?:ga|hs)|"
    r"^(?:dc|fb|g|gbra|msc|tw|wbra|y|ys)cl?id$|"
    r"^(?:cmp|cmpid|feedtype|ftag|guccounter|igshid?|ncid|ocid|partner|ref|ref_?src|referrer|rss|"
    r"smid|soc_src|soc_trk|taid|utm|wtrid|xtor)$"
)
_IN_PATH = "/%!$&'()*+,;=:@~"
_NAMES_ARTICLE = re.compile(r"\d{4,}|\w{2,}[-_]\w+[-_]\w+")
_SCRIPT = re.compile(r"\.(?:aspx?|cgi|do|jsp|php\d?)$", re.IGNORECASE)


def canonical_url(url: str) -> str:
    """``url`` normalised: no trackers, no fragment, no credentials, the query in a fixed order.

    courlan knows the trackers, but its list takes in names such as ``cid``, ``uid`` and ``source``,
    which on some sites say which article is meant; those go only where the path names the article.
    Empty where ``url`` is not an http or https URL, or longer than ``LONGEST``.
    """
    try:
        return _of_fair_length(_normalized(urlsplit(url.strip())))
    except ValueError:  # that UTF-8 cannot hold it is one
        return ""


def anchored_url(url: str) -> str:
    """``canonical_url`` with the fragment, where that may name a part of the page.

    A tracker names none, nor do the words that a link has its reader's browser look up (``:~:``).
    """
    page = canonical_url(url)
    fragment = urlsplit(url.strip()).fragment.partition(":~:")[0] if page else ""
    if not fragment or ("=" in fragment and _is_tracker(fragment, (_TRACKER,))):
        return page
    return _of_fair_length(f"{page}#{quote(fragment, _IN_PATH + '?', errors='replace')}")


def _normalized(parts: SplitResult) -> str:
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
        return ""
    host = parts.netloc.rpartition("@")[2]
    site = courlan.normalize_url(SplitResult(parts.scheme, host, "", "", ""))
    path = quote(parts.path, safe=_IN_PATH) or "/"
    trackers = _trackers(parts.path)
    query = sorted(
        parameter
        for parameter in parts.query.split("&")
        if parameter and not _is_tracker(parameter, trackers)
    )
    return f"{site}{path}?{'&'.join(query)}" if query else f"{site}{path}"


def absolute_url(link: str, base: str) -> str:
    """``link`` on the page or in the feed at ``base``; empty where it is no http or https URL."""
    try:
        absolute = urljoin(base, link.strip()) if link else ""
        return absolute if urlsplit(absolute).scheme in ("http", "https") else ""
    except ValueError:
        return ""


def same_site(one: str, other: str) -> bool:
    """Whether two URLs belong to one host or registered domain."""
    if urlsplit(one).netloc == urlsplit(other).netloc:
        return True
    domain = courlan.extract_domain(one, fast=True)
    return domain is not None and domain == courlan.extract_domain(other, fast=True)


def _trackers(path: str) -> tuple[re.Pattern[str], ...]:
    last = path.rpartition("/")[2]
    names_article = _NAMES_ARTICLE.search(last) and not _SCRIPT.search(last)
    return (_TRACKER, TRACKERS_RE) if names_article else (_TRACKER,)


def _is_tracker(parameter: str, trackers: tuple[re.Pattern[str], ...]) -> bool:
    name = parameter.partition("=")[0].lower()
    return any(known.search(name) for known in trackers)


def _of_fair_length(address: str) -> str:
    return address if len(address.encode()) <= LONGEST else ""
