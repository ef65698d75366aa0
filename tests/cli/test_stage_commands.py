"""The stage commands: JSON Lines in, JSON Lines out, with no settings, store or server."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from digest.sample.newsroom import Newsroom, Piece
from digest.sample.press import print_run
from digest.summarize.choosing.extractive import WEIGHTS_ALONE
from digest.summarize.reading.sentences import count_words

BASE_URL = "http://newsroom.example"


@pytest.fixture
def print_feed(newsroom: Newsroom, tmp_path: Path):
    """``print_feed(path)``: a feed of the newsroom as a file."""
    printed = print_run(newsroom, BASE_URL)

    def save(path: str) -> str:
        file = tmp_path / path.strip("/").replace("/", "-")
        file.write_bytes(printed[path].body)
        return str(file)

    return save


def event(newsroom: Newsroom, name: str) -> list[Piece]:
    return [piece for piece in newsroom.pieces if piece.event == name]


def row(piece: Piece) -> dict[str, str]:
    return {
        "id": piece.path,
        "title": piece.title,
        "text": "\n\n".join(piece.paragraphs),
        "published": piece.published.isoformat(),
        "source": piece.outlet.name,
    }


# parse


def test_parse_gives_the_entries_of_every_kind_of_feed(project, print_feed):
    files = [
        print_feed(path)
        for path in (
            "/harbour-herald/feed.xml",
            "/pacific-ledger/index.rdf",
            "/touchline/atom.xml",
            "/kilowatt/feed.json",
        )
    ]
    rows = project.rows("parse", *files)
    assert [row["file"] for row in rows] == sorted((row["file"] for row in rows), key=files.index)
    assert {row["file"] for row in rows} == set(files)
    for entry in rows:
        assert entry["guid"]
        assert entry["title"]
        assert entry["link"].startswith(f"{BASE_URL}/")
        assert entry["published"].endswith("+00:00")


def test_parse_makes_relative_links_whole_with_the_feeds_address(project, tmp_path):
    feed = tmp_path / "feed.xml"
    feed.write_text(
        "<rss version='2.0'><channel><title>A</title>"
        "<item><title>One</title><link>/one</link></item></channel></rss>"
    )
    [entry] = project.rows("parse", str(feed), "--url", "https://a.example/news/feed.xml")
    assert entry["link"] == "https://a.example/one"
    assert entry["published"] is None


def test_parse_says_which_files_are_no_feeds_and_goes_on(project, print_feed, tmp_path):
    page = tmp_path / "page.html"
    page.write_text("<!doctype html><title>Not a feed</title><p>Hello")
    feed = print_feed("/touchline/atom.xml")
    rows = project.rows("parse", str(page), str(tmp_path / "missing.xml"), str(tmp_path), feed)
    broken, entries = rows[:3], rows[3:]
    assert [set(row) for row in broken] == [{"file", "error"}] * 3
    assert broken[0]["file"] == str(page)
    assert broken[1]["error"] == "cannot be read: No such file or directory"
    assert broken[2]["error"] == "cannot be read: Is a directory"
    assert entries
    assert {row["file"] for row in entries} == {feed}


# extract


def test_extract_reads_one_page(project, newsroom, tmp_path):
    [piece] = event(newsroom, "union-cup-final")[:1]
    page = tmp_path / "page.html"
    page.write_bytes(print_run(newsroom, BASE_URL)[piece.path].body)
    [article] = project.rows("extract", str(page), "--url", BASE_URL + piece.path)
    assert article["url"] == BASE_URL + piece.path
    assert article["title"] == piece.title
    assert article["text"].split("\n\n") == list(piece.paragraphs)
    assert article["language"] == "en"
    assert article["published"].startswith(f"{piece.published:%Y-%m-%d}")
    assert {"url", "title", "text", "author", "published", "language"} <= set(article)


def test_extract_keeps_the_order_and_the_other_fields_of_many_pages(project, newsroom):
    printed = print_run(newsroom, BASE_URL)
    pieces = [piece for piece in newsroom.pieces if piece.page == "article"][:20]
    pages = [
        {"url": BASE_URL + piece.path, "html": printed[piece.path].body.decode(), "mine": [number]}
        for number, piece in enumerate(pieces)
    ]
    pages[3]["html"] = ""
    articles = project.rows("extract", "--jsonl", given=pages)
    assert [article["url"] for article in articles] == [page["url"] for page in pages]
    assert [article["mine"] for article in articles] == [[n] for n in range(20)]
    assert not any("html" in article for article in articles)
    assert (articles[3]["text"], articles[3]["published"]) == ("", None)
    titles = [article["title"] for article in articles]
    assert [t for t in titles if t] == [p.title for n, p in enumerate(pieces) if n != 3]


def test_extract_answers_before_the_input_ends(project, newsroom):
    printed = print_run(newsroom, BASE_URL)
    [piece] = event(newsroom, "union-cup-final")[:1]
    page = json.dumps({"url": BASE_URL + piece.path, "html": printed[piece.path].body.decode()})
    with project.start("extract", "--jsonl", stdin=-1) as running:
        # Enough for every core to have some, and no end in sight.
        for _ in range(60):
            print(page, file=running.stdin, flush=True)
        assert json.loads(running.stdout.readline())["title"] == piece.title
        running.stdin.close()
        assert len(running.stdout.readlines()) == 59


# group


def test_group_numbers_the_events_and_leaves_the_rows_as_they_are(project, newsroom):
    names = ("union-cup-final", "seoul-meeting", "comet-capsule")
    pieces = [piece for piece in newsroom.pieces if piece.event in names]
    assert len(pieces) >= 8
    given = [row(piece) | {"n": [n]} for n, piece in enumerate(pieces)]
    given.append({"id": 5, "title": "Nothing but a title", "text": None})
    grouped = project.rows("group", given=given)
    assert [{k: v for k, v in each.items() if k != "story"} for each in grouped] == given
    stories = {(piece.event, each["story"]) for piece, each in zip(pieces, grouped, strict=False)}
    assert len(stories) == len(names)
    assert sorted({each["story"] for each in grouped}) == [1, 2, 3, 4]
    assert (grouped[0]["story"], grouped[-1]["story"]) == (1, 4)


def test_group_keeps_apart_what_differs_in_a_field(project, newsroom):
    pieces = event(newsroom, "seoul-meeting")
    given = [row(piece) | {"day": n % 2} for n, piece in enumerate(pieces)]
    grouped = project.rows("group", "--within", "day", given=given)
    assert len({each["story"] for each in grouped}) == 2
    assert len({(each["day"], each["story"]) for each in grouped}) == 2


def test_group_of_nothing_is_nothing(project):
    assert project.rows("group") == []


# summarize


def test_summarize_takes_stories_and_single_articles(project, newsroom):
    pieces = event(newsroom, "seoul-meeting")
    parts = [
        {"id": n, "title": p.title, "text": "\n\n".join(p.paragraphs), "url": BASE_URL + p.path}
        for n, p in enumerate(pieces)
    ]
    alone = {"id": "one", "title": parts[0]["title"], "text": parts[0]["text"], "mark": {"a": 1}}
    half = {"id": "half", "text": "The mayor \ud83d opened a bridge on Monday."}
    empty = {"id": "none", "title": None, "text": None}
    story, single, halved, nothing = project.rows(
        "summarize", given=[{"id": 7, "articles": parts}, alone, half, empty]
    )

    fields = ["id", "summary", "sentences", "method", "model", "fallback", "notes"]
    assert list(story) == fields
    assert set(single) == {*fields, "mark"}
    assert (story["id"], single["id"], single["mark"]) == (7, "one", {"a": 1})
    # Where there are several articles, an encoder finds what they say alike.
    assert (story["model"], single["model"]) == ("all-MiniLM-L6-v2@53aa5117", WEIGHTS_ALONE)
    for told in (story, single):
        assert (told["method"], told["fallback"]) == ("extractive", None)
        assert told["summary"] == " ".join(each["text"] for each in told["sentences"])
        assert 3 <= len(told["sentences"]) <= 5
        assert count_words(told["summary"]) <= 120
    # Every sentence names where it comes from by the ids that were given, and quotes it.
    for sentence in story["sentences"]:
        assert list(sentence) == ["text", "sources"]
        for source in sentence["sources"]:
            assert list(source) == ["article", "sentence", "text"]
            assert source["text"] in " ".join(parts[source["article"]]["text"].split())
    assert {s["article"] for each in single["sentences"] for s in each["sources"]} == {"one"}
    assert halved["summary"] == "The mayor ? opened a bridge on Monday."
    assert (nothing["summary"], nothing["sentences"]) == ("", [])
    assert nothing["fallback"] == "its articles have no sentence that could be quoted"


def test_summarize_keeps_to_words_and_sentences_and_turns_to_the_topic(project, newsroom):
    piece = event(newsroom, "seoul-meeting")[2]
    options = ["--words", "80", "--sentences", "3"]
    [plain] = project.rows("summarize", *options, given=[row(piece)])
    [about] = project.rows("summarize", *options, "--topic", "submarine", given=[row(piece)])
    for told in (plain, about):
        assert 1 <= len(told["sentences"]) <= 3
        assert count_words(told["summary"]) <= 80
    assert "submarine" in about["summary"]
    assert "submarine" not in plain["summary"]


# verify


def test_verify_judges_every_sentence_with_its_reasons(project):
    source = "Lee Su-jin opened the bridge over the Han on 3 May. It cost 40 million won."
    rows = [
        {"source": source, "summary": "Lee Su-jin opened the bridge over the Han.", "n": 1},
        {"source": source, "summary": "It cost 40 million won. Kim Ho opened it on 4 May."},
        {"source": source, "summary": None},
    ]
    true, false, nothing = project.rows("verify", given=rows)
    assert (true["supported"], true["n"]) == (True, 1)
    assert "summary" not in true
    [sentence] = true["sentences"]
    assert list(sentence) == ["text", "supported", "reasons", "evidence"]
    assert (sentence["supported"], sentence["reasons"]) == (True, [])
    assert sentence["evidence"][0] == source[: len(sentence["evidence"][0])]
    assert not false["supported"]
    assert [each["supported"] for each in false["sentences"]] == [True, False]
    assert any("Kim Ho" in reason for reason in false["sentences"][1]["reasons"])
    assert 0 <= false["score"] < true["score"] <= 1
    assert (nothing["supported"], nothing["sentences"]) == (True, [])


def test_verify_knows_what_yesterday_is_from_the_day_of_the_source(project):
    row = {"source": "The bridge over the Han opened yesterday.", "published": "2026-05-04"}
    rows = [row | {"summary": f"The bridge over the Han opened on {day} May."} for day in (3, 2)]
    assert [each["supported"] for each in project.rows("verify", given=rows)] == [True, False]


def test_a_checker_that_is_not_there_is_told_before_anything_is_judged(project):
    done = project.run("verify", "--checker", "nowhere/at all", stdin="")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no model 'nowhere/at all'" in done.stderr


# JSON Lines


@pytest.mark.parametrize(
    ("command", "line", "why"),
    [
        (["verify"], '{"source": ', "line 2 of the input is not JSON"),
        (["verify"], '["source", "summary"]', "line 2 of the input is no JSON object"),
        (["verify"], '{"source": "a"}', "line 2 of the input lacks summary"),
        (["verify"], '{"source": 5, "summary": "a"}', "line 2 of the input has no text in source"),
        (["verify"], "[" * 100_000, "line 2 of the input is not JSON"),
        (["group"], '{"id": 1, "title": "a"}', "line 2 of the input lacks text"),
        (
            ["group", "--within", "day"],
            '{"id": 1, "title": "a", "text": "b"}',
            "line 2 of the input lacks day",
        ),
        (["extract", "--jsonl"], '{"url": "http://a.example/"}', "line 2 of the input lacks html"),
        (["summarize"], '{"text": "a"}', "line 2 of the input lacks id"),
        (["summarize"], '{"id": 4, "articles": "a"}', "row 4: articles is no list of objects"),
        (["summarize"], '{"id": 4, "articles": [{"id": 1}]}', "row 4: an article has no text"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(project, command, line, why):
    done = project.run(*command, stdin=f"\n{line}\n")
    assert done.returncode == 2
    assert done.stderr.startswith(f"digest: {why}")
    assert done.stdout == ""


def test_the_rows_before_a_bad_line_are_answered(project):
    done = project.run("verify", stdin='{"source": "A b.", "summary": "A b."}\n{\n')
    assert done.returncode == 2
    assert json.loads(done.stdout)["supported"]
    assert done.stderr.startswith("digest: line 2 of the input is not JSON")


def test_rows_are_utf_8_whatever_the_terminal_speaks(project):
    line = '{"source": "서울시는 발표했다.", "summary": "서울시는 발표했다.", "half": "\\ud83d"}\n'
    done = project.run(
        "verify",
        stdin=b"\xef\xbb\xbf" + line.encode(),
        variables={"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C"},
    )
    assert (done.returncode, done.stderr) == (0, "")
    verdict = json.loads(done.stdout)
    assert verdict["sentences"][0]["text"] == "서울시는 발표했다."
    assert verdict["half"] == "\ud83d"


def test_a_reader_that_has_seen_enough_gets_no_traceback(project):
    line = '{"source": "A b.", "summary": "A b."}\n'
    with project.start("verify", stdin=-1) as running:
        print(line, file=running.stdin, flush=True)
        assert json.loads(running.stdout.readline())["supported"]
        running.stdout.close()
        # The next answer finds the pipe closed; so may we, if the command ends before we ask.
        try:
            running.stdin.write(line * 100)
            running.stdin.close()
        except BrokenPipeError:
            pass
        assert running.stderr.read() == ""
        assert running.wait() == 1


def test_ctrl_c_ends_a_stage_command_without_a_traceback(project):
    with project.start("verify", stdin=-1) as running:
        print('{"source": "A b.", "summary": "A b."}', file=running.stdin, flush=True)
        running.stdout.readline()
        running.send_signal(signal.SIGINT)
        assert running.wait(10) == 130
        assert running.stderr.read() == ""
