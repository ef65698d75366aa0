"""A writer that says what the test wants stands for any generative model."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from digest.editing.rank import tell
from digest.model import Article, Citation, Sentence, Story, Summary
from digest.summarize.base import Brief
from digest.summarize.choosing.extractive import ExtractiveSummarizer
from digest.summarize.gate import summarize
from digest.summarize.models import Encoder
from digest.summarize.writing.citing import cite

TRUE = "Pete Hegseth and Ahn Gyu-back met in Seoul for the Security Consultative Meeting."
FALSE = "South Korea wants to raise its defence spending to 4.7% of GDP."
LONG = "South Korea plans to raise defence spending to 3.5% of GDP from 2.3%."
LONGER_AND_FALSE = (
    "It will buy 250 aeroplanes from Norway, which the ministers of both sides hailed."
)
BRIEF = Brief()


@dataclass
class Writer:
    """Writes the same for every story, or nothing for a reason."""

    sentences: Sequence[str] = ()
    reason: str = ""
    name: str = "a writer"

    def summarize(self, stories: Sequence[Story], brief: Brief) -> list[Summary]:
        return [
            Summary(cite(story, self.sentences), "generative", self.name, self.reason)
            for story in stories
        ]


@pytest.fixture(scope="module")
def extractive(encoder: Encoder) -> ExtractiveSummarizer:
    return ExtractiveSummarizer(encoder)


@pytest.fixture(scope="module")
def seoul(news: dict[str, list[Article]]) -> Story:
    return tell(news["seoul-meeting"], {}, datetime(2026, 11, 17, 7, tzinfo=UTC))


def test_what_the_sources_say_is_printed_as_it_was_written(
    seoul: Story, extractive: ExtractiveSummarizer
):
    (summary,) = summarize([seoul], BRIEF, Writer([TRUE]), extractive)
    assert summary == Summary(cite(seoul, [TRUE]), "generative", "a writer")


def test_a_sentence_with_a_number_that_the_sources_lack_is_left_out_and_the_notes_say_so(
    seoul: Story, extractive: ExtractiveSummarizer
):
    (summary,) = summarize([seoul], BRIEF, Writer([TRUE, FALSE]), extractive)
    assert (summary.method, summary.text, summary.fallback) == ("generative", TRUE, "")
    assert summary.notes == (
        "A sentence was left out of what a writer wrote: the number 4.7% is not in the article.",
    )


def test_what_leans_on_a_sentence_that_is_left_out_goes_with_it(
    seoul: Story, extractive: ExtractiveSummarizer
):
    leaning = "It wants to raise it to 3.5% of GDP."
    (alone,) = summarize([seoul], BRIEF, Writer([TRUE, leaning]), extractive)
    assert alone.text == f"{TRUE} {leaning}"
    written = [TRUE, LONG, FALSE, leaning]
    (summary,) = summarize([seoul], BRIEF, Writer(written), extractive)
    assert summary.text == f"{TRUE} {LONG}"
    assert summary.notes[0].startswith("2 sentences were left out of what a writer wrote: ")


def test_a_fact_that_the_cited_sentences_lack_is_as_bad_as_one_that_the_article_lacks(
    seoul: Story, extractive: ExtractiveSummarizer
):
    elsewhere = Citation(seoul.lead.url, 0, "The sea was calm.")

    class Misciting(Writer):
        def summarize(self, stories: Sequence[Story], brief: Brief) -> list[Summary]:
            sentence = Sentence("Defence spending rises to 3.5% of GDP.", (elsewhere,))
            return [Summary((sentence,), "generative", self.name) for _ in stories]

    (summary,) = summarize([seoul], BRIEF, Misciting(), extractive)
    assert summary.method == "extractive"
    assert summary.fallback.endswith("the number 3.5% is not in the sentences it cites")


def test_a_name_is_printed_only_as_the_cited_sentences_have_it(extractive: ExtractiveSummarizer):
    article = Article(
        "https://a.example/1",
        "Drilling halted",
        ("The British survey measured a tremor near the new well in Lancashire on Monday.",),
        language="en",
    )
    story = Story((article,), article.title)
    for people, method in (("British", "generative"), ("UK", "extractive")):
        writer = Writer([f"The {people} survey measured a tremor near the new well."])
        (summary,) = summarize([story], BRIEF, writer, extractive)
        assert summary.method == method
    assert summary.fallback.endswith("the name “UK” is not in the sentences it cites")


def test_yesterday_is_counted_from_the_day_of_the_article(extractive: ExtractiveSummarizer):
    article = Article(
        "https://a.example/1",
        "Ferry stops",
        ("The boat made its last crossing yesterday, and the crew was silent on the quay.",),
        published=datetime(2026, 11, 16, 9, tzinfo=UTC),
        language="en",
    )
    story = Story((article,), article.title)
    for day, method in (("15 November", "generative"), ("14 November", "extractive")):
        writer = Writer([f"The boat made its last crossing on {day}."])
        (summary,) = summarize([story], BRIEF, writer, extractive)
        assert summary.method == method


def test_where_most_of_it_does_not_hold_the_extractive_paragraph_stands_in_and_says_so(
    seoul: Story, extractive: ExtractiveSummarizer
):
    (summary,) = summarize([seoul], BRIEF, Writer([TRUE, FALSE, LONGER_AND_FALSE]), extractive)
    (plain,) = extractive.summarize([seoul], BRIEF)
    assert (summary.method, summary.sentences) == ("extractive", plain.sentences)
    assert summary.fallback.startswith("what a writer wrote did not hold: ")
    assert "4.7" in summary.fallback


def test_a_writer_that_gives_nothing_is_replaced_whatever_the_mode(
    seoul: Story, extractive: ExtractiveSummarizer
):
    for mode in ("enforce", "shadow", "off"):
        (summary,) = summarize([seoul], BRIEF, Writer(), extractive, mode)
        assert (summary.method, summary.fallback) == ("extractive", "a writer wrote nothing")
    (summary,) = summarize([seoul], BRIEF, Writer(reason="ran out of memory"), extractive)
    assert summary.fallback == "ran out of memory"


def test_in_shadow_mode_what_fails_is_printed_and_only_noted(
    seoul: Story, extractive: ExtractiveSummarizer, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.INFO, "digest"):
        (summary,) = summarize([seoul], BRIEF, Writer([FALSE]), extractive, "shadow")
    assert (summary.text, summary.fallback) == (FALSE, "")
    assert "4.7" in summary.doubt
    assert "4.7" in caplog.text
    assert seoul.headline in caplog.text


def test_switched_off_nobody_looks(
    seoul: Story, extractive: ExtractiveSummarizer, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.INFO, "digest"):
        (summary,) = summarize([seoul], BRIEF, Writer([FALSE]), extractive, "off")
    assert summary.text == FALSE
    assert summary.doubt == "nothing of it was looked up in the articles"
    assert caplog.text == ""


def test_only_the_stories_that_fail_are_replaced(
    seoul: Story, news: dict[str, list[Article]], extractive: ExtractiveSummarizer
):
    reef = tell(news["lantern-reef"], {}, datetime(2026, 11, 17, 7, tzinfo=UTC))
    first, second, third = summarize([seoul, reef, seoul], BRIEF, Writer([TRUE]), extractive)
    assert [first.method, second.method, third.method] == ["generative", "extractive", "generative"]
    assert {source.article for each in second.sentences for source in each.sources} == {
        reef.lead.url
    }


def test_the_headline_and_the_outlet_may_be_named(extractive: ExtractiveSummarizer):
    article = Article(
        "https://a.example/1",
        "Lowmere ferry stops after 90 years",
        ("The boat made its last crossing on Sunday, and the crew was silent on the quay.",),
        source="The Harbour Herald",
        language="en",
    )
    written = "The Lowmere ferry made its last crossing on Sunday, says The Harbour Herald."
    (summary,) = summarize([Story((article,), article.title)], BRIEF, Writer([written]), extractive)
    assert summary.text == written


def test_the_extractive_summarizer_is_not_checked_against_itself(
    seoul: Story, extractive: ExtractiveSummarizer
):
    assert summarize([seoul], BRIEF, extractive, extractive) == extractive.summarize([seoul], BRIEF)
