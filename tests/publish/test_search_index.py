"""The index of words: which stories are found by it, and that it is the same however it grew."""

import json
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from digest.publish import archive, reading, search
from digest.publish.archive import write_archive
from digest.publish.files import put_fresh, write_edition
from digest.publish.folder import Folder
from digest.publish.postings import decode
from digest.publish.reading import listing
from digest.publish.remove import remove_editions
from digest.publish.render import to_json
from digest.publish.search import Indexed
from digest.publish.words import shard, words

DAY = timedelta(days=1)


@pytest.fixture
def editions(edition):
    """Four days, the newest first, each with other stories; the last day's also by topic."""
    told = edition.stories
    return [
        edition,
        replace(edition, name="seoul", topic="Seoul", stories=told[1:2]),
        replace(edition, slot="2026-11-22", cutoff=edition.cutoff - DAY, stories=told[1:4]),
        replace(edition, slot="2026-11-21", cutoff=edition.cutoff - 2 * DAY, stories=()),
        replace(edition, slot="2026-11-20", cutoff=edition.cutoff - 3 * DAY, stories=told[3:]),
    ]


def put(outputs, *editions):
    for edition in editions:
        write_edition(outputs, edition, {"digest.json": to_json(edition)})


def archived(outputs, *editions):
    put(outputs, *editions)
    write_archive(outputs)
    return index(outputs)


def index(outputs):
    """Every file of the search by its name."""
    found = (path for path in (outputs / "search").rglob("*") if path.is_file())
    return {str(path.relative_to(outputs)): path.read_bytes() for path in found}


def arguments(path):
    script = path.read_text()
    return json.loads(f"[{script.removeprefix('archive(').removesuffix(');' + chr(10))}]")


def found(outputs, question):
    """(folder, headline) of the stories that say every word, the oldest edition first."""
    texts = []
    for card in reversed(listing(outputs).cards):
        (stories,) = arguments(outputs / "search" / f"{card.folder}.js")
        assert len(stories) == card.stories
        texts += [(card.folder, headline) for _, headline, *_ in stories]
    saying = []
    for word in words(question):
        _, lines = arguments(outputs / "search" / f"{shard(word)}.js")
        held = dict(line.split(" ") for line in lines.splitlines())
        saying.append(set(decode(held.get(word, ""))))
    return [texts[number] for number in sorted(set.intersection(*saying))]


FERRY = "Night ferry between Busan and Fukuoka returns after nine years"
GLACIERS = "Glaciers in the Alps lost less ice than feared"
BRIDGE = "서울시, 한강에 새 보행교 착공"


def test_a_story_is_found_by_the_words_of_its_headline_and_of_its_paragraph(editions, tmp_path):
    archived(tmp_path, *editions)
    assert found(tmp_path, "night FERRY") == [("daily/2026-11-23", FERRY)]
    assert found(tmp_path, "bicycles 84,000") == [("daily/2026-11-23", FERRY)]
    assert found(tmp_path, "wet may") == [
        ("daily/2026-11-20", GLACIERS),
        ("daily/2026-11-22", GLACIERS),
        ("daily/2026-11-23", GLACIERS),
    ]
    assert found(tmp_path, "보행교") == [
        ("daily/2026-11-22", BRIDGE),
        ("daily/2026-11-23", BRIDGE),
        ("seoul/2026-11-23", BRIDGE),
    ]
    assert found(tmp_path, "ferry glaciers") == []


def test_what_a_page_shows_of_a_story_is_in_the_file_of_its_edition(editions, tmp_path):
    archived(tmp_path, *editions)
    (stories,) = arguments(tmp_path / "search/daily/2026-11-22.js")
    (key, headline, language, direction, sentences), arabic, _ = stories
    assert (key, headline) == (editions[2].stories[0].story.key, BRIDGE)
    assert (language, direction) == ("ko", "ltr")
    assert sentences == [each.text for each in editions[2].stories[0].summary.sentences]
    assert arabic[2:4] == ["ar", "rtl"]


def test_an_index_that_grew_is_the_one_that_was_made_at_once(editions, tmp_path):
    at_once = archived(tmp_path / "at once", *editions)
    for order, name in ((editions[::-1], "by and by"), (editions, "backwards")):
        for each in order:
            archived(tmp_path / name, each)
        assert index(tmp_path / name) == at_once


def test_only_what_is_new_is_read_for_it(editions, tmp_path, monkeypatch):
    archived(tmp_path, *editions[1:])
    read = []
    whole = search.document
    monkeypatch.setattr(search, "document", lambda data: read.append(data) or whole(data))
    write_archive(tmp_path)
    assert read == []
    archived(tmp_path, editions[0])
    assert read == [to_json(editions[0])]


def test_an_edition_deleted_by_hand_is_not_found_any_more(editions, tmp_path):
    without = archived(tmp_path / "without", *editions[:2], *editions[3:])
    archived(tmp_path / "with", *editions)
    shutil.rmtree(tmp_path / "with/daily/2026-11-22")
    assert write_archive(tmp_path / "with").changed
    assert index(tmp_path / "with") == without
    assert "search/daily/2026-11-22.js" not in without


def test_retention_takes_what_it_removes_out_of_the_index(editions, tmp_path):
    young = archived(tmp_path / "young", *editions[:2])
    archived(tmp_path / "all", *editions)
    remove_editions(tmp_path / "all", editions[2].cutoff)
    assert index(tmp_path / "all") == young


def test_an_edition_that_is_made_anew_is_found_by_its_new_words_alone(editions, tmp_path):
    remade = replace(editions[2], stories=editions[0].stories[:1])
    fresh = archived(tmp_path / "fresh", *editions[:2], remade, *editions[3:])
    archived(tmp_path / "remade", *editions)
    assert archived(tmp_path / "remade", remade) == fresh
    assert ("daily/2026-11-22", BRIDGE) not in found(tmp_path / "remade", "보행교")
    assert ("daily/2026-11-22", FERRY) in found(tmp_path / "remade", "ferry")


def test_an_index_that_somebody_was_killed_over_is_made_anew(editions, tmp_path):
    before = archived(tmp_path, *editions[1:])
    after = archived(tmp_path, editions[0])
    for name in [f"search/{number}.js" for number in range(20, 64)] + ["search/editions.json"]:
        (tmp_path / name).write_bytes(before[name])
    write_archive(tmp_path)
    assert index(tmp_path) == after


def test_an_edition_whose_index_was_being_written_when_somebody_was_killed_can_go_again(
    editions, tmp_path, monkeypatch
):
    alone = archived(tmp_path, *editions[1:])

    def killed(there, folder, files):
        if search.CONTENTS in files:
            raise KeyboardInterrupt
        return put_fresh(there, folder, files)

    put(tmp_path, editions[0])
    with monkeypatch.context() as patched:
        patched.setattr(archive, "put_fresh", killed)
        with pytest.raises(KeyboardInterrupt):
            write_archive(tmp_path)
    shutil.rmtree(tmp_path / editions[0].name / editions[0].slot)
    assert archived(tmp_path) == alone


def test_editions_of_two_time_zones_are_numbered_as_the_list_shows_them(editions, tmp_path):
    month = editions[0].cutoff.replace(day=30, hour=22)
    seoul = replace(
        editions[0], name="seoul", slot="2026-12-01", cutoff=month, timezone="Asia/Seoul"
    )
    york = replace(
        editions[2],
        name="york",
        slot="2026-11-30",
        cutoff=month + timedelta(hours=1),
        timezone="America/New_York",
    )
    archived(tmp_path, seoul, york)
    page = (tmp_path / "index.html").read_text()
    assert page.index('href="seoul/2026-12-01') < page.index('href="york/2026-11-30')
    assert found(tmp_path, "night FERRY") == [("seoul/2026-12-01", FERRY)]


@pytest.mark.parametrize("name", ["editions.json", "7.js"])
@pytest.mark.parametrize("damage", [b"", b"archive(", b"[]", b"archive([]);\n", None])
def test_a_damaged_index_is_made_anew_with_the_next_edition(editions, tmp_path, name, damage):
    archived(tmp_path, *editions[1:])
    path = tmp_path / "search" / name
    path.unlink() if damage is None else path.write_bytes(damage)
    whole = archived(tmp_path / "whole", *editions)
    assert archived(tmp_path, editions[0]) == whole


def test_an_index_of_other_rules_is_made_anew(editions, tmp_path, monkeypatch):
    monkeypatch.setattr(search, "RULES", 0)
    archived(tmp_path, *editions)
    monkeypatch.undo()
    assert archived(tmp_path) == archived(tmp_path / "whole", *editions)


def test_asked_to_it_is_made_from_nothing(editions, tmp_path):
    whole = archived(tmp_path, *editions)
    shards = [path for path in whole if path.count("/") == 1 and path.endswith(".js")]
    for name in shards:
        (tmp_path / name).write_bytes(whole[name].replace(b"ferry", b"fairy"))
    assert not write_archive(tmp_path).changed
    assert write_archive(tmp_path, anew=True).changed
    assert index(tmp_path) == whole


def test_a_document_that_changed_since_it_was_listed_is_read_again_the_next_time(
    editions, tmp_path
):
    """As a bucket has no lock."""
    outputs, there = tmp_path / "outputs", Folder(tmp_path / "outputs")
    put(outputs, *editions)
    listed = [Indexed(c.path, c.version, c.stories) for c in reversed(listing(outputs).cards)]
    late = replace(editions[0], stories=editions[0].stories[:1])
    put(outputs, late)
    with there.writing(Path()):
        for folder, files in search.index(there, listed).files:
            put_fresh(there, folder, files)
    assert "search/daily/2026-11-23.js" not in index(outputs)
    write_archive(outputs)
    assert index(outputs) == archived(tmp_path / "whole", late, *editions[1:])


def test_an_edition_called_search_keeps_its_files(edition, tmp_path):
    strange = replace(edition, name="search")
    put(tmp_path, strange)
    write_archive(tmp_path)
    write_archive(tmp_path, anew=True)
    assert (tmp_path / "search/2026-11-23/digest.json").is_file()
    assert (tmp_path / "search/search/2026-11-23.js").is_file()


def test_folders_with_odd_names_are_found(edition, tmp_path):
    put(tmp_path, edition)
    (tmp_path / "daily").rename(tmp_path / "old ones, 50% off")
    write_archive(tmp_path)
    assert (tmp_path / "search/old ones, 50% off/2026-11-23.js").is_file()
    assert reading.listing(tmp_path).cards[0].folder == "old%20ones%2C%2050%25%20off/2026-11-23"
