"""A writer that says what the test wants stands for any generative model."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from digest.editing.rank import tell
from digest.model import Article, Sentence, Story, Summary
from digest.summarize.base import Brief
from digest.summarize.extractive import ExtractiveSummarizer
from digest.summarize.gate import summarize
from digest.summarize.models import Encoder

TRUE = "Pete Hegseth and Ahn Gyu-back met in Seoul for the Security Consultative Meeting."
FALSE = "South Korea wants to raise its defence spending to 4.7% of GDP."
BRIEF = Brief()


@dataclass
class Writer:
    """Writes the same for every story, or nothing for a reason."""

    sentences: Sequence[str] = ()
    reason: str = ""
    name: str = "a writer"

    def summarize(self, stories: Sequence[Story], brief: Brief) -> list[Summary]:
        written = tuple(Sentence(text, ()) for text in self.sentences)
        return [Summary(written, "generative", self.name, self.reason) for _ in stories]


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
    assert summary == Summary((Sentence(TRUE, ()),), "generative", "a writer")


def test_a_number_that_the_sources_lack_brings_the_extractive_paragraph_and_says_so(
    seoul: Story, extractive: ExtractiveSummarizer
):
    (summary,) = summarize([seoul], BRIEF, Writer([TRUE, FALSE]), extractive)
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
