import resource
import time
from pathlib import Path

import pytest

from digest import subscriptions
from digest.model import DigestError, Feed, UsageError

OPML = """\
<?xml version="1.0" encoding="utf-8"?>
<?xml-stylesheet href="opml.xsl"?>
<!-- kept by hand -->
<opml version="2.0">
  <head><title>Mine</title><ownerName>R. Eader</ownerName></head>
  <body>
    <outline text="World">
      <!-- the agency -->
      <outline type="rss" text="Wire" xmlUrl="https://wire.example/atom" category="/top,/Politics"
               language="en-US" weight="1.5" htmlUrl="https://wire.example/" custom="yes"/>
      <outline text="Asia">
        <outline type="rss" title="Ledger" text="L" xmlUrl=" https://ledger.example/rss "/>
      </outline>
    </outline>
    <outline type="rss" text="Blog" xmlUrl="http://blog.example/feed?format=rss&amp;n=20"/>
    <outline type="rss" text="Wire again" xmlUrl="https://wire.example/atom"/>
    <outline text="A note without a feed"/>
  </body>
</opml>
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "feeds.opml"
    path.write_text(OPML, "utf-8")
    return path


def opml(outlines: str) -> bytes:
    """A file whose first outline stands on line 3."""
    return f"<opml version='2.0'>\n<body>\n{outlines}\n</body>\n</opml>".encode()


def test_feeds_come_in_the_order_of_the_file_each_address_once(file: Path):
    assert [feed.url for feed in subscriptions.read(file)] == [
        "https://wire.example/atom",
        "https://ledger.example/rss",
        "http://blog.example/feed?format=rss&n=20",
    ]


def test_topics_come_from_categories_and_from_the_folders_around(file: Path):
    wire, ledger, blog = subscriptions.read(file)
    assert wire.topics == ("top", "politics", "world")
    assert ledger.topics == ("world", "asia")
    assert blog.topics == ()


def test_title_language_and_weight_are_read(file: Path):
    wire, ledger, _ = subscriptions.read(file)
    assert (wire.title, wire.language, wire.weight) == ("Wire", "en-US", 1.5)
    assert (ledger.title, ledger.language, ledger.weight) == ("Ledger", "", 1.0)


def test_what_is_written_is_read_the_same(file: Path):
    feeds = (
        Feed("https://a.example/feed?x=1&y=2", "A & <B>", "de", ("world", "tech"), 0.5),
        Feed("http://한빛.example/rss", "한빛일보", "ko"),
        Feed("https://c.example/"),
    )
    file.write_bytes(subscriptions.write(feeds))
    assert subscriptions.read(file) == feeds


def test_a_feed_that_is_added_leaves_the_rest_of_the_file_as_it_was(file: Path):
    before = subscriptions.read(file)
    new = Feed("https://new.example/feed", "New", "en", ("science",), 2.0)
    assert subscriptions.add(file, [before[0], new]) == (new,)
    assert subscriptions.read(file) == (*before, new)
    text = file.read_text("utf-8")
    for kept in ("<!-- kept by hand -->", "<!-- the agency -->", "xml-stylesheet", 'custom="yes"'):
        assert kept in text
    assert "<ownerName>R. Eader</ownerName>" in text
    assert "A note without a feed" in text


def test_a_feed_that_is_there_already_leaves_the_file_untouched(file: Path):
    assert subscriptions.add(file, subscriptions.read(file)) == ()
    assert file.read_text("utf-8") == OPML


def test_the_first_feed_makes_the_file(tmp_path: Path):
    path = tmp_path / "config" / "feeds.opml"
    feed = Feed("https://new.example/feed", "New")
    subscriptions.add(path, [feed])
    assert subscriptions.read(path) == (feed,)
    assert [each.name for each in path.parent.iterdir()] == ["feeds.opml"]


def test_a_list_without_a_body_can_be_added_to(tmp_path: Path):
    path = tmp_path / "feeds.opml"
    path.write_text("<opml version='2.0'><head/></opml>")
    assert subscriptions.read(path) == ()
    feed = Feed("https://new.example/feed", "New")
    subscriptions.add(path, [feed])
    assert subscriptions.read(path) == (feed,)


def test_an_address_that_is_none_is_not_added(file: Path):
    with pytest.raises(UsageError, match="'ftp://x' is no address of a feed"):
        subscriptions.add(file, [Feed("https://fine.example/"), Feed("ftp://x")])
    assert file.read_text("utf-8") == OPML


def test_a_feed_that_is_removed_leaves_the_rest_of_the_file_as_it_was(file: Path):
    wire, ledger, blog = subscriptions.read(file)
    subscriptions.remove(file, wire.url)
    assert subscriptions.read(file) == (ledger, blog)
    assert "<!-- the agency -->" in file.read_text("utf-8")


def test_a_feed_that_is_not_there_cannot_be_removed(file: Path):
    with pytest.raises(UsageError, match=r"has no feed https://nowhere\.example/"):
        subscriptions.remove(file, "https://nowhere.example/")
    assert file.read_text("utf-8") == OPML


def test_a_full_disk_leaves_the_list_as_it_was(file: Path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        with pytest.raises(DigestError, match=r"feeds.opml cannot be written: File too large"):
            subscriptions.remove(file, "https://wire.example/atom")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert file.read_text("utf-8") == OPML
    assert list(file.parent.iterdir()) == [file]


def test_a_missing_list_is_told_with_how_to_make_one(tmp_path: Path):
    with pytest.raises(UsageError, match=r"no list of feeds at .*`digest feeds add URL`"):
        subscriptions.read(tmp_path / "feeds.opml")


def test_a_list_that_cannot_be_read_is_told_with_the_reason(tmp_path: Path):
    with pytest.raises(UsageError, match="cannot be read: Is a directory"):
        subscriptions.read(tmp_path)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is not readable as OPML: Document is empty"),
        (b"https://wire.example/atom\n", "is not readable as OPML: Start tag expected"),
        (b"<opml>\n<body>\n<outline>\n</body></opml>", "is not readable as OPML: .*line 4"),
        (b"<html><body/></html>", "is not OPML: its outermost element is <html>"),
        (b"<rss version='2.0'/>", "is not OPML: its outermost element is <rss>"),
    ],
)
def test_what_is_no_opml_is_told_as_such(file: Path, data: bytes, says: str):
    file.write_bytes(data)
    with pytest.raises(UsageError, match=f"feeds.opml {says}"):
        subscriptions.read(file)


@pytest.mark.parametrize(
    "url", ["feed.xml", "ftp://a.example/f", "https://", "http://[::1/feed", "http://a.example:x/"]
)
def test_an_address_that_is_none_is_told_with_its_line(file: Path, url: str):
    file.write_bytes(opml(f"<outline xmlUrl='https://fine.example/'/>\n<outline xmlUrl='{url}'/>"))
    with pytest.raises(UsageError) as caught:
        subscriptions.read(file)
    assert str(caught.value) == (
        f"{file} has feeds that cannot be used:\n  line 4: {url!r} is no address of a feed: "
        "it must begin with https:// or http://"
    )


@pytest.mark.parametrize("weight", ["heavy", "-1", "101", "nan", ""])
def test_a_weight_that_is_none_is_told_with_its_line(file: Path, weight: str):
    file.write_bytes(opml(f"<outline xmlUrl='https://a.example/' weight='{weight}'/>"))
    with pytest.raises(UsageError, match=r"line 3: weight .* is no number from 0 to 100"):
        subscriptions.read(file)


def test_all_feeds_that_cannot_be_used_are_told_at_once_and_the_others_can_be_had(file: Path):
    good = "<outline xmlUrl='https://fine.example/'/>"
    bad = "<outline xmlUrl='x'/>\n<outline xmlUrl='https://b.example/' weight='a lot'/>"
    file.write_bytes(opml(f"{bad}\n{good}"))
    feeds, problems = subscriptions.read_usable(file)
    assert [feed.url for feed in feeds] == ["https://fine.example/"]
    assert [problem.partition(":")[0] for problem in problems] == ["line 3", "line 4"]
    with pytest.raises(UsageError) as caught:
        subscriptions.read(file)
    assert all(problem in str(caught.value) for problem in problems)


def test_a_feed_can_be_removed_from_a_list_with_one_that_cannot_be_used(file: Path):
    file.write_bytes(opml("<outline xmlUrl='x'/>\n<outline xmlUrl='https://fine.example/'/>"))
    subscriptions.remove(file, "x")
    assert [feed.url for feed in subscriptions.read(file)] == ["https://fine.example/"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("feed://a.example/rss", "https://a.example/rss"),
        ("feed:http://a.example/rss", "http://a.example/rss"),
        ("FEED:https://a.example/rss", "https://a.example/rss"),
    ],
)
def test_an_old_kind_of_address_is_read_as_what_it_means(file: Path, written: str, meant: str):
    file.write_bytes(opml(f"<outline xmlUrl='{written}'/>"))
    (feed,) = subscriptions.read(file)
    assert feed.url == meant
    assert subscriptions.add(file, [feed]) == ()
    subscriptions.remove(file, meant)
    assert subscriptions.read(file) == ()


def test_an_entity_bomb_is_refused_at_once(file: Path):
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<!DOCTYPE opml [<!ENTITY e0 "boom">{levels}]>'.encode() + opml(
        "<outline text='&e11;' xmlUrl='https://a.example/'/>"
    )
    file.write_bytes(bomb)
    began = time.monotonic()
    with pytest.raises(UsageError, match="not readable as OPML"):
        subscriptions.read(file)
    assert time.monotonic() - began < 1


def test_no_other_file_is_read_into_a_list(file: Path, tmp_path: Path):
    secret = tmp_path / "secret"
    secret.write_text("do not tell")
    head = f'<!DOCTYPE opml [<!ENTITY s SYSTEM "{secret.as_uri()}">]>'.encode()
    feed = "<outline text='{}' xmlUrl='https://a.example/'/>"
    file.write_bytes(head + opml(feed.format("&s;")))
    with pytest.raises(UsageError, match="external entity"):
        subscriptions.read(file)
    file.write_bytes(head + opml(feed.format("A") + "&s;"))
    subscriptions.add(file, [Feed("https://b.example/")])
    assert "do not tell" not in file.read_text()
