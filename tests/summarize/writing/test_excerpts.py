from collections.abc import Sequence

from digest.model import Article, Story
from digest.summarize.writing.excerpts import ARTICLES, Excerpt, cut, salience


def in_words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def article(name: str, *paragraphs: str) -> Article:
    return Article(f"https://{name}.example", f"Title {name}", paragraphs, name, language="en")


LEAD = article("lead", "Red green blue. Four five six.", "Seven eight nine.")
SECOND = article("second", "Rain fell here. Wind blew there.")
THIRD = article("third", "Rain fell here. Snow lay everywhere.")

NEWS = (
    "Good morning to all of you. "
    "The dam above Lowmere broke. "
    + "Elsewhere a cat sat on a mat. " * 3
    + "The broken dam flooded Lowmere. The dam at Lowmere was old."
)


def test_what_fits_is_read_whole() -> None:
    assert cut(Story((LEAD,), "x"), 9, in_words) == [
        Excerpt("lead", "Title lead", "Red green blue. Four five six. Seven eight nine.")
    ]


def test_a_long_article_is_cut_to_whole_sentences() -> None:
    [excerpt] = cut(Story((LEAD,), "x"), 8, in_words)
    assert excerpt.text == "Red green blue. Four five six."


def test_what_the_whole_text_is_about_is_kept_rather_than_what_comes_first() -> None:
    [excerpt] = cut(Story((article("a", NEWS),), "x"), 16, in_words)
    assert excerpt.text == (
        "The dam above Lowmere broke. The broken dam flooded Lowmere. The dam at Lowmere was old."
    )


def test_what_is_kept_stands_in_the_order_of_the_text() -> None:
    sentences = [f"The dam of Lowmere held for day {number} of the flood." for number in range(40)]
    [excerpt] = cut(Story((article("a", " ".join(sentences)),), "x"), 110, in_words)
    kept = [sentence for sentence in sentences if sentence in excerpt.text]
    assert excerpt.text == " ".join(kept)
    assert len(kept) == 10


def test_a_sentence_too_long_to_fit_does_not_keep_others_out() -> None:
    [excerpt] = cut(
        Story((article("a", "Rain fell " + "and fell " * 50 + "here. Wind blew there."),), "x"),
        10,
        in_words,
    )
    assert excerpt.text == "Wind blew there."


def test_each_article_begins_with_its_first_sentences() -> None:
    excerpts = cut(Story((LEAD, SECOND), "x"), 12, in_words)
    assert [excerpt.outlet for excerpt in excerpts] == ["lead", "second"]
    assert all(
        excerpt.text.startswith(first)
        for excerpt, first in zip(excerpts, ("Red green blue.", "Rain fell here."), strict=True)
    )


def test_a_sentence_that_two_outlets_have_is_read_once() -> None:
    excerpts = cut(Story((LEAD, SECOND, THIRD), "x"), 100, in_words)
    assert [excerpt.text for excerpt in excerpts[1:]] == [
        "Rain fell here. Wind blew there.",
        "Snow lay everywhere.",
    ]


def test_of_a_story_that_everybody_tells_some_articles_are_read() -> None:
    many = tuple(article(f"a{number}", f"Outlet {number} tells it.") for number in range(30))
    assert len(cut(Story(many, "x"), 1000, in_words)) == ARTICLES


def test_where_no_sentence_fits_nothing_is_read() -> None:
    assert cut(Story((LEAD,), "x"), 2, in_words) == []
    assert cut(Story((article("empty"),), "x"), 100, in_words) == []


def test_a_sentence_matters_more_the_earlier_and_the_more_of_its_words_are_common() -> None:
    first, common, rare = salience([["Rain fell here.", "Rain fell there.", "Cats sat around."]])
    assert first > common > rare
