"""What several outlets say of one thing: agreed, out of date, or contradicted."""

import re
from datetime import UTC, datetime, timedelta
from time import perf_counter

import numpy as np
import pytest

from digest.model import Article, Citation, Sentence, Story
from digest.summarize.choosing.agreement import Statement, compare, notes_on
from digest.summarize.reading.figures import read_figures
from digest.summarize.reading.sentences import split_paragraphs

MORNING = datetime(2026, 11, 17, 6, tzinfo=UTC)
OUTLETS = ("Daily Post", "Harbour News", "Coast Radio")

FERRY = "At least 12 people were killed when the ferry Anna sank off Lowmere on Monday."
FERRY_LATER = "Fifteen people were killed when the ferry Anna sank off Lowmere on Monday."


@pytest.fixture(scope="module")
def agree(encoder):
    """How sentences of one article each stand to each other, an hour after the other or undated."""

    def judge(*texts, dated=True, language="en", outlets=OUTLETS):
        told = [
            Statement(n, text, language, MORNING + n * timedelta(hours=1) if dated else None, who)
            for n, (text, who) in enumerate(zip(texts, outlets, strict=False))
        ]
        return compare(told, encoder.encode(texts))

    return judge


@pytest.fixture(scope="module")
def told(news, encoder):
    """The newsroom's events, each compared."""

    def statements(articles):
        return [
            Statement(number, text, each.language, each.published, each.source)
            for number, each in enumerate(articles)
            for _, text in split_paragraphs(each.paragraphs, each.language)
        ]

    return {
        event: compare(found := statements(articles), encoder.encode([s.text for s in found]))
        for event, articles in news.items()
    }


def test_the_toll_rises_through_the_day(agree):
    last = "The death toll in the sinking of the ferry Anna off Lowmere rose to 18 from 15."
    found = agree(FERRY, FERRY_LATER, last)
    assert found.stale == {0, 1}
    assert found.notes([2]) == (
        "Outlets differ: 18 dead (Coast Radio), fifteen dead (Harbour News), "
        "at least 12 dead (Daily Post).",
    )
    assert (0, 1) in found.same


def test_without_dates_nothing_is_stale_but_the_difference_is_told(agree):
    found = agree(FERRY, FERRY_LATER, dated=False)
    assert not found.stale
    assert found.notes([1]) == (
        "Outlets differ: at least 12 dead (Daily Post), fifteen dead (Harbour News).",
    )
    assert found.notes([0]) == found.notes([0, 1]) == found.notes([1])


def test_one_outlet_that_updates_itself_does_not_differ(agree):
    found = agree(FERRY, FERRY_LATER, outlets=("Daily Post", "Daily Post"))
    assert found.stale == {0}
    assert found.notes([1]) == ()


def test_outlets_with_the_same_figure_stand_together(agree):
    found = agree(FERRY, FERRY_LATER, FERRY_LATER)
    assert found.notes([0]) == (
        "Outlets differ: fifteen dead (Coast Radio, Harbour News), at least 12 dead (Daily Post).",
    )


def test_only_what_the_paragraph_counts_is_noted(agree):
    found = agree(FERRY, FERRY_LATER, "The ferry Anna was built in Port Alder.")
    assert found.notes([2]) == found.notes([]) == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (FERRY, "At least 30 people were injured when the ferry Anna sank off Lowmere on Monday."),
        (FERRY, "At least 15 children were killed when the ferry Anna sank off Lowmere on Monday."),
        (FERRY, "15 people were killed when the ferry Berta sank off Lowmere in 2014."),
        (FERRY, "15 people were killed when ferries sank off Wexcombe on Monday."),
        (FERRY, "15 people were killed, 12 of them girls, when the ferry Anna sank off Lowmere."),
        ("Twelve people died in the Lowmere fire.", "12 people died in the Lowmere fire."),
        ("The storm cut power to 62,000 homes.", "The storm cut power to 61,800 homes."),
        ("The outage lasted more than five hours.", "The outage lasted 5 hours and 20 minutes."),
        ("Kim, 45, won the cup for the Rovers.", "Kim, 46, won the cup for the Rovers."),
        ("The bridge opens on 4 May.", "The bridge opens on 5 May."),
        ("Flight 370 landed in Lowmere safely.", "Flight 371 landed in Lowmere safely."),
        ("The line has 64 trains a day.", "The old line keeps only four trains a day."),
        ("Marston was one of 15 winners of it.", "Marston was one of 20 winners of it."),
        ("The wall of Lowmere cost $27 million.", "The wall of Lowmere cost 25 million euros."),
        ("The wall of Lowmere cost $2bn.", "The wall of Lowmere cost two billion dollars."),
        ("Rates were cut to 2.75% from 3%.", "Rates stood at 3% before the cut."),
        ("Rovers won the final 5-4 on penalties.", "Rovers won the final 5-3 on penalties."),
    ],
)  # fmt: skip
def test_figures_of_different_things_do_not_differ(agree, one, other):
    found = agree(one, other)
    assert not found.stale
    assert found.notes([0, 1]) == ()


@pytest.mark.parametrize(
    ("one", "other", "note"),
    [
        (
            "The new sea wall of Lowmere will cost 27 million euros, the mayor said.",
            "The new sea wall of Lowmere will cost €34 million, the mayor said.",
            "Outlets differ: €34 million (Harbour News), 27 million euros (Daily Post).",
        ),
        (
            "Police said 14 ships waited outside the port of Port Alder.",
            "Police said 19 ships waited outside the port of Port Alder.",
            "Outlets differ: 19 ships (Harbour News), 14 ships (Daily Post).",
        ),
        (
            "Consumer prices in Velmark rose 1.9% over the past year.",
            "Consumer prices in Velmark rose 2.3 per cent over the past year.",
            "Outlets differ: 2.3 per cent (Harbour News), 1.9% (Daily Post).",
        ),
    ],
)
def test_other_figures_differ_too(agree, one, other, note):
    found = agree(one, other)
    assert found.notes([1]) == (note,)
    assert found.stale == {0}


def test_german_outlets_are_quoted_in_german(agree):
    found = agree(
        "Beim Untergang der Fähre Anna vor Lowmere sind mindestens 12 Menschen gestorben.",
        "Beim Untergang der Fähre Anna vor Lowmere sind 15 Menschen gestorben.",
        language="de",
    )
    assert found.stale == {0}
    assert found.notes([1]) == (
        "Outlets differ: 15 Menschen gestorben (Harbour News), "
        "mindestens 12 Menschen gestorben (Daily Post).",
    )


def test_at_most_two_notes_stand_under_a_story(agree):
    text = "{} people died, {} people were injured and {} people are missing in the Lowmere fire."
    found = compare(
        [
            Statement(0, text.format(12, 30, 5), outlet="Daily Post"),
            Statement(1, text.format(15, 40, 9), outlet="Harbour News"),
        ],
        np.eye(1, 384, dtype=np.float32).repeat(2, axis=0),
    )
    assert len(found.differences) == 3
    assert found.notes([0]) == (
        "Outlets differ: 12 dead (Daily Post), 15 dead (Harbour News).",
        "Outlets differ: 30 injured (Daily Post), 40 injured (Harbour News).",
    )


def test_an_article_that_gives_both_numbers_contradicts_nobody(encoder):
    told = [
        Statement(0, FERRY, published=MORNING, outlet="Daily Post"),
        Statement(0, "In all, 15 people died that day.", published=MORNING, outlet="Daily Post"),
        Statement(1, FERRY_LATER, published=MORNING, outlet="Harbour News"),
    ]
    found = compare(told, encoder.encode([each.text for each in told]))
    assert found.notes([0, 2]) == ()


def test_articles_that_say_all_of_it_back_a_sentence(agree):
    found = agree(
        "Seven people were slightly injured.",
        "Some 1,900 people were moved to shelters, and seven were slightly injured.",
        "Nine people were slightly injured.",
    )
    assert found.supporters(0) == [1]
    assert found.supporters(1) == []


def test_a_name_a_quotation_or_a_denial_that_is_missing_backs_nothing(agree):
    said = "Mayor Priya Nandakumar said the sea wall of Lowmere “did not go”."
    found = agree(said, "The mayor said the sea wall of Lowmere held.")
    assert found.supporters(0) == []
    claim = "The mayor of Lowmere agreed to rebuild the sea wall."
    found = agree(claim, "The mayor of Lowmere never agreed to rebuild the sea wall.")
    assert found.supporters(0) == []


def test_the_best_sentence_of_each_other_article_backs(encoder):
    told = [
        Statement(0, "The capsule landed in mud in South Australia."),
        Statement(1, "The capsule, in South Australia at last, landed in mud near a road."),
        Statement(1, "The capsule landed in mud in South Australia."),
        Statement(0, "The capsule has landed in mud in South Australia."),
    ]
    found = compare(told, encoder.encode([each.text for each in told]))
    assert found.supporters(0) == [2]


def test_the_newsroom_never_contradicts_itself_and_its_outlets_back_each_other(told):
    assert not any(found.differences for found in told.values())
    storm = told["storm-marit"]
    numbers = {each.text: at for at, each in enumerate(storm.statements)}
    tallypay = told["tallypay-outage"]
    declined = next(
        at for at, each in enumerate(tallypay.statements) if each.text.startswith("About 34 m")
    )
    assert len(tallypay.supporters(declined)) == 3
    slight = next(at for text, at in numbers.items() if text.startswith("Seven people suffered"))
    assert all("even" in storm.statements[at].text for at in storm.supporters(slight))
    for found in told.values():
        texts = [each.text for each in found.statements]
        pairs = {frozenset((texts[one], texts[other])) for one, other in found.same}
        assert frozenset(
            (
                "The last big storm cost the operator 19 million euros, most of it for poles.",
                "The wall was rebuilt after that flood, and it cost 27 million euros.",
            )
        ) not in pairs  # fmt: skip


def test_korean_sentences_are_compared_by_their_words(told):
    found = told["goryeo-shipwreck"]
    texts = [each.text for each in found.statements]
    assert all(re.search("[가-힣]", texts[one]) for one, _ in found.same)
    assert len(found.same) < len(texts) / 2


def _article(number, text, **more):
    url = f"https://news.example/{number}"
    return Article(url, "A ferry sinks", (text,), source=OUTLETS[number], language="en", **more)


def test_a_written_paragraph_gets_its_notes_by_what_it_cites(encoder):
    story = Story((_article(0, FERRY), _article(1, FERRY_LATER)), "A ferry sinks")
    cited = Citation("https://news.example/1", 0, FERRY_LATER)
    written = [Sentence("The Anna went down with fifteen people.", (cited,))]
    assert notes_on(story, written, encoder.encode) == (
        "Outlets differ: at least 12 dead (Daily Post), fifteen dead (Harbour News).",
    )


def test_nothing_is_encoded_for_one_article_or_for_sentences_without_numbers():
    def never(texts):
        raise AssertionError(texts)

    alone = Story((_article(0, FERRY),), "A ferry sinks")
    assert notes_on(alone, [], never) == ()
    both = Story((_article(0, FERRY), _article(1, "The captain is safe.")), "A ferry sinks")
    cited = Citation("https://news.example/1", 0, "The captain is safe.")
    assert notes_on(both, [Sentence("The captain is safe.", (cited,))], never) == ()


def test_a_story_of_160_sentences_takes_milliseconds(news, encoder):
    articles = [each for event in ("storm-marit", "velmark-rate-cut", "comet-capsule")
                for each in news[event]]  # fmt: skip
    texts = [
        (number, text)
        for number, each in enumerate(articles)
        for _, text in split_paragraphs(each.paragraphs, each.language)
    ][:160]
    statements = [Statement(number, text) for number, text in texts]
    vectors = encoder.encode([text for _, text in texts])
    compare(statements, vectors)
    times = []
    for _ in range(5):
        start = perf_counter()
        compare(statements, vectors)
        times.append(perf_counter() - start)
    assert len(statements) == 160
    assert min(times) < 0.02


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("killed 12 civilians and wounded thirty", ["killed 12 civilians", "thirty injured"]),
        ("Aged 12, in Room 4 at 22:30, he won 5-4 in 2014.", []),
        ("Up to 300 trees fell, under 20 per cent", ["up to 300 trees", "under 20 per cent"]),
        ("Nearly 5m tonnes, or 12 of the 15 ships", ["15 ships"]),
        ("The toll of the fire that broke out in the hall stands at 9", ["9 dead"]),
        ("It grew 0%, not by 0.5%.", ["0%", "0.5%"]),
    ],
)
def test_only_figures_that_can_be_compared_are_read(text, figures):
    assert [figure.text for figure in read_figures(text)] == figures
