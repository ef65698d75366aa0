"""One address for one article."""

from __future__ import annotations

import pytest

from digest.ingest.canonical import LONGEST, anchored_url, canonical_url, same_site

SAME = "https://example.org/2026/11/ministers-meet-in-seoul"


@pytest.mark.parametrize(
    "url",
    [
        SAME,
        "HTTPS://Example.org:443/2026/11/ministers-meet-in-seoul#comments",
        SAME + "?utm_source=rss&utm_medium=feed",
        SAME + "?fbclid=IwAR0&ref=home",
        SAME + "?cid=123&source=app&session=9",
        "https://reader:secret@example.org/2026/11/ministers-meet-in-seoul",
        f"  {SAME}\n",
    ],
)
def test_one_article_has_one_address_whoever_linked_to_it(url):
    assert canonical_url(url) == SAME


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/?p=12",
        "https://example.org/?20261123",
        "https://example.org/article.php?uid=7",
        "https://example.org/2026/read.do?cid=7",
        "https://example.org/news/view?eid=7",
        "https://example.org/wiki/Seoul_(city)",
        "https://example.org/@editor/a;b=c,d",
        "https://web.archive.org/web/2026/https://example.org/a",
        "http://[::1]:8000/a",
    ],
)
def test_what_tells_an_article_from_another_is_kept(url):
    assert canonical_url(url) == url


def test_the_order_of_parameters_does_not_matter():
    assert canonical_url("http://a.example/x?b=2&a=1") == canonical_url(
        "http://a.example/x?a=1&b=2"
    )


def test_a_canonical_url_stays_as_it_is():
    url = canonical_url("http://a.example/caf\u00e9?q=%C3%A9&utm_id=1")
    assert canonical_url(url) == url == "http://a.example/caf%C3%A9?q=%C3%A9"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/a",
        "mailto:a@example.org",
        "javascript:alert(1)",
        "http://[::1",
        "http://a.example/\ud800",
    ],
)
def test_what_is_no_web_address_has_none(url):
    assert canonical_url(url) == ""


def test_subdomains_are_one_site_and_other_domains_are_not():
    assert same_site("https://www.bbc.co.uk/a", "https://bbc.co.uk/b")
    assert not same_site("https://bbc.co.uk/a", "https://itv.co.uk/a")
    assert same_site("http://127.0.0.1:8000/a", "http://127.0.0.1:8000/b")
    assert not same_site("http://127.0.0.1:8000/a", "http://127.0.0.1:8001/a")


def test_an_address_too_long_to_be_kept_is_none():
    kept = "http://a.example/" + "x" * (LONGEST - 17)
    assert canonical_url(kept) == kept
    assert canonical_url(kept + "x") == ""
    assert canonical_url("http://a.example/" + "\uac00" * 300) == "", "nine bytes a character"
    assert anchored_url(kept + "#a") == ""
    assert canonical_url(f"http://a.example/x?utm_source={'x' * LONGEST}") == "http://a.example/x"


@pytest.mark.parametrize(
    ("fragment", "kept"),
    [
        ("#a1", "#a1"),
        ("#v1.2=final", "#v1.2=final"),
        ("#!/post/1?x=2", "#!/post/1?x=2"),
        ("#caf\u00e9 \ud800", "#caf%C3%A9%20?"),
        ("#:~:text=Seoul", ""),
        ("#a1:~:text=Seoul", "#a1"),
        ("#xtor=RSS-1", ""),
        ("#utm_source=rss&utm_medium=feed", ""),
        ("#", ""),
        ("", ""),
    ],
)
def test_a_part_of_a_page_is_told_by_its_fragment_unless_that_is_a_tracker(fragment, kept):
    page = "https://example.org/notes.html"
    assert anchored_url(page + "?utm_source=rss" + fragment) == page + kept
    assert canonical_url(page + fragment) == page
    assert anchored_url(page + kept) == page + kept


def test_no_address_has_no_parts():
    assert anchored_url("#a") == anchored_url("http://[::1#a") == ""
