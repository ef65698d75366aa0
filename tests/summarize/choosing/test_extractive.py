"""The real encoder on the sample newsroom, on articles written here, and on the seed article."""

import re
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

import pytest

from digest.editing.rank import tell
from digest.model import Article, Story, Summary
from digest.summarize.base import Brief
from digest.summarize.choosing.extractive import WEIGHTS_ALONE, ExtractiveSummarizer
from digest.summarize.models import Encoder
from digest.summarize.reading.sentences import count_words, split_paragraphs

SEED = Path(__file__).parents[4] / "shared" / "seed"
CUTOFF = datetime(2026, 11, 17, 7, tzinfo=UTC)

LEANS = re.compile(
    r"\W*(he|she|they|it|this|that|these|those|his|her|their|its|but|and|so|however|also|"
    r"meanwhile|still|yet|instead|er|sie|es|diese[rsm]?|aber|doch|그는|그녀는|그러나|하지만|그리고)\b",
    re.IGNORECASE,
)

SEOUL = Article(
    url="https://straits.example/seoul",
    title="US defence chief leaves a door open in Seoul",
    source="The Straits Review",
    language="en",
    paragraphs=(
        "American soldiers based in South Korea are there to deter the North first of all, but "
        "Washington keeps the flexibility to send them elsewhere in the region, US Defense "
        "Secretary Pete Hegseth said in Seoul on Tuesday.",
        "American soldiers based in South Korea are there to deter the North first of all, but "
        "Washington keeps the flexibility to send them elsewhere in the region, US Defense "
        "Secretary Pete Hegseth said in Seoul on Tuesday.",
        "He was replying to a reporter who had asked about Taiwan and the South China Sea. It was "
        "the last stop of a journey through Asia.",
        "Photo: Flags before the ministry in Seoul.",
        "Beside him stood his host, Defense Minister Ahn Gyu-back. The two had come together for "
        "the Security Consultative Meeting, which the allies hold once a year.",
        "South Korea means to raise its defence spending from 2.3% of gross domestic product to "
        "3.5%, and the guest was full of praise for that. The money is to go into missile defence "
        "and satellites, among other things.",
        "“That is how an ally behaves,” he said.",
        "But the host had wishes of his own. President Donald Trump had allowed South Korea a "
        "nuclear-powered submarine a few days earlier, to be built in an American shipyard.",
        "Hegseth and Ahn had visited the Demilitarized Zone on Monday. No two defence chiefs of "
        "the allies had gone there together since 2017.",
        "Sign up for our newsletter to get more stories like this one every morning.",
    ),
)

FOREIGN = {
    "de": (
        "Lindhafen hat am Montag die erste Flusswärmepumpe des Landes in Betrieb genommen. Die "
        "Anlage versorgt 12.000 Wohnungen und ersetzt einen Kohlekessel von 1974.",
        "Die Stadtwerke zahlten dafür 61 Millionen Euro. Der Preis für die Mieter bleibt bis Ende "
        "des kommenden Jahres gleich. Doch die Fischer am Unterlauf sind in Sorge.",
    ),
    "ko": (
        "연구원은 월요일 서해에서 고려 시대 배를 찾았다고 발표했다. 배의 길이는 14m이고 청자 "
        "1200여 점이 실려 있었다. 어민 한 사람이 접시를 신고하면서 조사가 시작됐다.",
        "발굴단은 내년 봄까지 선체를 인양할 계획이다. 하지만 비용은 35억 원으로 예상된다.",
    ),
    "ja": (
        "新しい橋が月曜日に開通し、二つの島が初めて道路で結ばれた。橋の長さは三・四キロで、"
        "工事には十一年かかった。",
        "市は通行料を一回三百円と定めた。漁協は船の航路が狭くなると心配している。",
    ),
    "th": (
        "เมืองท่าเปิดสะพานใหม่เมื่อวันจันทร์ สะพานยาว 3 กิโลเมตร",
        "งบประมาณก่อสร้าง 40 ล้านบาท ชาวบ้านสองพันคนมาร่วมงานเปิด",
        "นายกเทศมนตรีกล่าวว่าปีแรกจะไม่เก็บค่าผ่านทาง",
    ),
    "ar": (
        "افتتحت مدينة الميناء يوم الاثنين جسرا جديدا يربط الجزيرة بالبر الرئيسي. ويبلغ طول الجسر "
        "ثلاثة كيلومترات واستغرق بناؤه سبع سنوات.",
        "وقال رئيس البلدية إن العبور سيكون مجانيا في السنة الأولى. وبلغت تكلفة المشروع أربعين "
        "مليون دينار.",
    ),
}


@pytest.fixture(scope="module")
def extractive(encoder: Encoder) -> ExtractiveSummarizer:
    return ExtractiveSummarizer(encoder)


@pytest.fixture(scope="module")
def stories(news: dict[str, list[Article]]) -> list[Story]:
    return [tell(articles, {}, CUTOFF) for articles in news.values()]


@pytest.fixture(scope="module")
def paragraphs(stories: list[Story], extractive: ExtractiveSummarizer) -> list[Summary]:
    return extractive.summarize(stories, Brief())


def story(*paragraphs: str, language: str = "en", url: str = "https://a.example/1") -> Story:
    return Story((Article(url, "A headline", paragraphs, language=language),), "A headline")


def check_cited(story: Story, summary: Summary) -> None:
    """Every sentence is made of the words, in their order, that stand where it says they do; what
    it cites besides stands there, too."""
    articles = {article.url: article for article in story.articles}
    for sentence in summary.sentences:
        assert sentence.sources
        for citation in sentence.sources:
            article = articles[citation.article]
            sentences = split_paragraphs(article.paragraphs, article.language)
            assert sentences[citation.sentence][1] == citation.text
        source = iter(sentence.sources[0].text.casefold().split())
        assert all(word in source for word in sentence.text.casefold().split())


def check_stands_alone(summary: Summary) -> None:
    """What leans on the sentence before in its article has that one before it."""
    before = None
    for sentence in summary.sentences:
        place = sentence.sources[0]
        if LEANS.match(sentence.text):
            assert before is not None, sentence.text
            assert (before.article, before.sentence) == (place.article, place.sentence - 1)
        before = place


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))


def check_no_repeats(sentences: Sequence[str]) -> None:
    for one, other in combinations(map(words, sentences), 2):
        assert len(one & other) < 0.7 * min(len(one), len(other)), (one, other)


def check_meeting_told(story: Story, summary: Summary) -> None:
    """The paragraph that the project began with."""
    assert 3 <= len(summary.sentences) <= 5
    assert count_words(summary.text) <= 120
    for fact in ("flexibility", "Hegseth", "Seoul", "South Korea", "3.5%", "submarine"):
        assert fact in summary.text
    check_cited(story, summary)
    check_stands_alone(summary)
    check_no_repeats([sentence.text for sentence in summary.sentences])


def test_an_article_becomes_the_paragraph_that_its_reader_would_sign(
    extractive: ExtractiveSummarizer,
):
    told = Story((SEOUL,), SEOUL.title)
    (summary,) = extractive.summarize([told], Brief())
    check_meeting_told(told, summary)
    assert summary.method == "extractive"
    assert summary.fallback == ""
    assert summary.model == WEIGHTS_ALONE


@pytest.mark.skipif(not SEED.exists(), reason="the article the project began with is not beside it")
def test_the_article_the_project_began_with_becomes_that_paragraph(
    extractive: ExtractiveSummarizer,
):
    (file,) = SEED.iterdir()
    title, *paragraphs = (line for line in file.read_text("utf-8").splitlines() if line.strip())
    told = Story((Article("seed", title, tuple(paragraphs), language="en"),), title)
    (summary,) = extractive.summarize([told], Brief())
    check_meeting_told(told, summary)


def test_every_story_of_the_newsroom_gets_a_paragraph_within_its_budget(
    stories: list[Story], paragraphs: list[Summary]
):
    assert len(paragraphs) == len(stories) == 12
    for summary in paragraphs:
        assert 3 <= len(summary.sentences) <= 5
        assert 40 <= count_words(summary.text) <= 120


def test_every_sentence_stands_word_for_word_in_the_article_it_cites(
    stories: list[Story], paragraphs: list[Summary]
):
    for told, summary in zip(stories, paragraphs, strict=True):
        check_cited(told, summary)


def test_no_sentence_leans_on_one_that_was_left_out(paragraphs: list[Summary]):
    for summary in paragraphs:
        check_stands_alone(summary)


def test_nothing_is_said_twice(paragraphs: list[Summary]):
    for summary in paragraphs:
        check_no_repeats([sentence.text for sentence in summary.sentences])


def test_a_story_of_many_articles_quotes_several_of_them(
    stories: list[Story], paragraphs: list[Summary]
):
    for told, summary in zip(stories, paragraphs, strict=True):
        cited = {citation.article for each in summary.sentences for citation in each.sources}
        assert len(cited) >= min(2, len(told.articles))


def test_a_story_of_many_begins_with_the_event_and_not_with_one_outlets_view_of_it(
    stories: list[Story], paragraphs: list[Summary]
):
    [final] = [
        summary
        for told, summary in zip(stories, paragraphs, strict=True)
        if any("Union Cup" in article.title for article in told.articles)
    ]
    assert final.sentences[0].text.startswith("Ashcombe Rovers won the Union Cup")


@pytest.mark.parametrize(("limit", "least"), [(25, 10), (60, 30), (250, 130)])
def test_the_budget_is_kept_and_used(limit: int, least: int, extractive: ExtractiveSummarizer):
    (summary,) = extractive.summarize([Story((SEOUL,), "")], Brief(words=limit, sentences=12))
    assert least <= count_words(summary.text) <= limit


def test_a_paragraph_of_one_sentence_is_the_news(extractive: ExtractiveSummarizer):
    (summary,) = extractive.summarize([Story((SEOUL,), "")], Brief(sentences=1))
    (sentence,) = summary.sentences
    assert sentence.text == SEOUL.paragraphs[0]


@pytest.mark.parametrize(
    ("topic", "names"),
    [("free bus rides", "buses"), ("school meals", "pupils"), ("wind power", "wind")],
)
def test_of_several_things_that_matter_alike_the_topic_chooses(
    topic: str, names: str, extractive: ExtractiveSummarizer
):
    told = story(
        "Northgate will make its buses free for the young.",
        "Lowmere will give all its pupils a warm lunch.",
        "Wexcombe will build wind turbines by the river.",
    )
    (summary,) = extractive.summarize([told], Brief(sentences=1, topic=topic))
    assert names in summary.text


def test_a_paragraph_is_the_same_whatever_else_is_in_the_batch(
    stories: list[Story], paragraphs: list[Summary], extractive: ExtractiveSummarizer
):
    assert [extractive.summarize([told], Brief())[0] for told in stories[:4]] == paragraphs[:4]
    assert extractive.summarize(stories[3::-1], Brief()) == paragraphs[3::-1]


@pytest.mark.parametrize("language", FOREIGN)
def test_other_languages_and_scripts_get_paragraphs_too(
    language: str, extractive: ExtractiveSummarizer
):
    told = story(*FOREIGN[language], language=language)
    (summary,) = extractive.summarize([told], Brief())
    assert 3 <= len(summary.sentences) <= 5
    assert summary.fallback == ""
    check_cited(told, summary)
    check_stands_alone(summary)


def test_a_sentence_that_two_articles_have_cites_both(extractive: ExtractiveSummarizer):
    shared = "The ferry between Port Alder and Lowmere stops running on Sunday after 90 years."
    own = "A crew of twelve learned of the decision from the radio."
    articles = (
        Article("https://a.example/1", "A", (shared,), language="en"),
        Article("https://b.example/1", "B", (own, shared), language="en"),
    )
    (summary,) = extractive.summarize([Story(articles, "A")], Brief())
    (sentence,) = [each for each in summary.sentences if each.text == shared]
    assert [(source.article, source.sentence) for source in sentence.sources] == [
        ("https://a.example/1", 0),
        ("https://b.example/1", 1),
    ]


def test_captions_and_calls_to_subscribe_are_no_news(extractive: ExtractiveSummarizer):
    told = story(
        "Photo: The harbour of Lowmere before the storm reached it on Monday.",
        "Subscribe to our letter and never miss a storm on the coast again.",
        "Watchdogs warned of the storm two days before it came.",
        "Photographers had gathered on the quay since the early morning.",
    )
    (summary,) = extractive.summarize([told], Brief())
    assert [sentence.text for sentence in summary.sentences] == list(told.lead.paragraphs[2:])


def test_a_quotation_is_not_cut_in_the_middle(extractive: ExtractiveSummarizer):
    told = story(
        "The mayor of Lowmere spoke to the crew on the quay for ten minutes.",
        "“We thank you for ninety years. You brought our children home.” The crew was silent.",
    )
    (summary,) = extractive.summarize([told], Brief())
    assert summary.text.count("“") == summary.text.count("”")


@pytest.mark.parametrize(
    ("paragraphs", "words", "reason"),
    [
        ((), 120, "its articles have no sentence that could be quoted"),
        (("Photo: A crane.", "Sign up here."), 120, "have no sentence that could be quoted"),
        ((SEOUL.paragraphs[0],), 20, "no sentence of its articles can stand alone in 20 words"),
    ],
)
def test_an_article_without_a_sentence_to_quote_gives_the_reason(
    paragraphs: tuple[str, ...], words: int, reason: str, extractive: ExtractiveSummarizer
):
    summary, other = extractive.summarize(
        [story(*paragraphs), story(*FOREIGN["de"], language="de")], Brief(words=words)
    )
    assert summary.sentences == ()
    assert reason in summary.fallback
    assert other.sentences, "the other story is told all the same"


def test_a_story_is_told_with_a_sentence_that_leans_rather_than_not_at_all(
    extractive: ExtractiveSummarizer,
):
    told = story(f"{SEOUL.paragraphs[0]} It was the last stop of his journey through Asia.")
    (summary,) = extractive.summarize([told], Brief(words=20))
    assert summary.text == "It was the last stop of his journey through Asia."


def test_text_without_spaces_or_ends_is_read_in_no_time(extractive: ExtractiveSummarizer):
    endless = story("国" * 90, "橋が開いた。" * 300, language="ja")
    extractive.summarize([endless], Brief(words=1))  # reads the weights where nobody has yet
    began = time.monotonic()
    extractive.summarize([endless], Brief())
    assert time.monotonic() - began < 3


def test_no_stories_need_no_encoder():
    encoder = Encoder()
    assert ExtractiveSummarizer(encoder).summarize([], Brief()) == []
    assert not encoder.loaded


def test_stories_in_other_languages_are_read_by_the_encoder_that_was_named_for_them(
    encoder: Encoder, bert: Path
):
    paragraphs = ("대통령이 월요일에 서울에서 회담했다. 두 나라는 협정에 서명했다.",)
    korean = Story((Article("https://k.example/1", "회담", paragraphs, language="ko"),), "회담")
    english = Story((SEOUL,), SEOUL.title)
    own = Encoder(str(bert))
    both = ExtractiveSummarizer(encoder, multilingual=own)
    first, second, third = both.summarize([english, korean, english], Brief(topic="회담"))
    assert [each.model for each in (first, second, third)] == [encoder.name, own.name, encoder.name]
    assert first == third
    assert second.text == paragraphs[0]
    assert own.name in both.name
    [alone] = ExtractiveSummarizer(encoder).summarize([korean], Brief(topic="회담"))
    assert alone.model == encoder.name
