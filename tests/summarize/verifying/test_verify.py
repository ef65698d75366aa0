from datetime import date

import pytest

from digest.summarize.models import Encoder
from digest.summarize.reading.facts import Passage
from digest.summarize.verifying.verify import Demand, SentenceVerdict, Verifier, verify

SEOUL = """Ministers meet in Seoul

South Korea's Defence Minister Ahn Gyu-back met the US Secretary of War, Pete Hegseth, in Seoul on \
Tuesday. The Security Consultative Meeting (SCM) is held once a year.

Seoul will raise its defence budget to 3.5 per cent of GDP, and buy American arms worth $25 \
billion by 2030. "We have agreed on regional flexibility," Mr Hegseth said.

About 28,500 American troops are stationed in the country. Talks on a nuclear-powered submarine go \
on; a second round begins on 13 March at 10.30am."""


def judged(sentence: str, source: str = SEOUL, language: str = "en") -> SentenceVerdict:
    [verdict] = Verifier().verify([Passage(source)], [sentence], language).sentences
    return verdict


def reasons(sentence: str, source: str = SEOUL, language: str = "en") -> list[str]:
    return list(judged(sentence, source, language).reasons)


@pytest.mark.parametrize(
    "sentence",
    [
        "South Korea will raise its defence budget to 3.5% of GDP.",
        "Seoul will buy US arms worth 25 billion dollars by 2030.",
        "Seoul will buy American arms worth $25bn.",
        "Some 28\u00a0500 troops are stationed in the country.",
        "The second round of talks begins on March 13th at 10:30.",
        "The 2nd round of talks begins in March.",
        "Hegseth met Ahn on Tuesday in Korea.",
        "The Korean minister met Pete Hegseth in Seoul.",
        "Ministers met for the SCM in Seoul.",
        "They agreed on “regional flexibility”, Hegseth said.",
        "They agreed on 'regional   flexibility' in Seoul, Mr Hegseth said.",
    ],
)
def test_a_fact_written_otherwise_is_the_same_fact(sentence: str) -> None:
    assert reasons(sentence) == []


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        (
            "Seoul will raise its defence budget to 4.5% of GDP.",
            "the number 4.5% is not in the article",
        ),
        (
            "Seoul will raise its defence budget by $3.5 of GDP.",
            "the number $3.5 is not in the article",
        ),
        (
            "Seoul will buy American arms worth $25 million by 2030.",
            "the number $25 million is not in the article",
        ),
        (
            "Three ministers met in Seoul for the yearly meeting.",
            "the number Three is not in the article",
        ),
        (
            "A third round of talks on a submarine begins in March.",
            "the number A third is not in the article",
        ),
        (
            "The minister met the secretary of war in Seoul on Monday.",
            "the date or time Monday is not in the article",
        ),
        (
            "The second round begins on 14 March.",
            "the date or time 14 March is not in the article",
        ),
        (
            "The second round begins on 13 March at 10.30pm.",
            "the date or time 10.30pm is not in the article",
        ),
        (
            "The minister met Jan Jansson in Seoul on Tuesday.",
            "the name “Jan Jansson” is not in the article",
        ),
        (
            "The minister met John Hegseth in Seoul on Tuesday.",
            "the name “John Hegseth” is not in the article",
        ),
        (
            "They met in Seoul and agreed on NATO.",
            "the name “NATO” is not in the article",
        ),
        (
            "We have agreed on “regional stability”, Mr Hegseth said.",
            "the quotation “regional stability” is not in the article",
        ),
    ],
)
def test_a_fact_the_source_lacks_is_named(sentence: str, reason: str) -> None:
    assert reason in reasons(sentence)


def test_a_first_name_taken_from_another_person_is_noticed() -> None:
    source = (
        "Victor Dubuisson leads Thomas Bjorn by two shots. Dubuisson was pleased with his play."
    )
    assert reasons("Thomas Dubuisson leads by two shots.", source) == [
        "the name “Thomas Dubuisson” is not in the article"
    ]


def test_a_short_word_is_no_acronym() -> None:
    assert reasons("He lost to Andy Murray.", "I am sure that he lost to Murray.") == [
        "the name “Andy Murray” is not in the article"
    ]
    assert reasons("He met the Army Minister.", "He met the AM.") == []


def test_a_word_that_only_opens_a_sentence_is_no_part_of_the_name() -> None:
    source = "Former ministers met the US envoy. The former envoy spoke. Envoys of Argentina came."
    assert reasons("Former US envoy spoke to ministers.", source) == []
    assert reasons("Envoys of the Argentine state came.", source) == []


@pytest.mark.parametrize(
    "name", ["Germany", "Merkel", "Microsoft", "Wales", "IBM", "Angela Merkel"]
)
def test_a_name_that_the_source_lacks_is_noticed_where_it_opens_a_sentence(name: str) -> None:
    source = "Spain beat Italy in the final on Sunday."
    assert reasons(f"{name} beat Italy in the final.", source) == [
        f"the name “{name}” is not in the article"
    ]


@pytest.mark.parametrize(
    "sentence",
    [
        "Hundreds saw Spain beat Italy in the final.",
        "Spanish players beat Italy in the final.",
        "Luis Aragones was proud of Spain.",
        "Aragone was proud of Spain.",
    ],
)
def test_a_common_word_a_first_name_or_a_slip_where_a_sentence_opens_is_no_other_name(
    sentence: str,
) -> None:
    source = "Spain beat Italy in the final on Sunday. Aragones was proud of the players."
    assert reasons(sentence, source) == []


def test_a_denial_that_is_lost_and_roles_exchanged_are_named() -> None:
    source = "Arsenal beat Chelsea on Sunday. The referee did not resign after the match."
    assert reasons("Chelsea beat Arsenal on Sunday.", source) == [
        "“Chelsea beat Arsenal” is the other way round in the article: “Arsenal beat Chelsea”"
    ]
    assert reasons("The referee resigned after the match.", source) == [
        "“resigned” is denied in the article"
    ]
    assert reasons("Chelsea schlug Arsenal am Sonntag.", "Arsenal schlug Chelsea.", "de") == [
        "the date or time Sonntag is not in the article"
    ]


def test_each_article_counts_its_days_from_its_own() -> None:
    source = [
        Passage("The ministers met in Seoul yesterday.", date(2026, 11, 4)),
        Passage("The ministers meet again tomorrow.", date(2026, 11, 9)),
    ]
    claims = ["The ministers met in Seoul on 3 November.", "The ministers meet on 3 December."]
    first, second = Verifier().verify(source, claims).sentences
    assert first.reasons == ()
    assert second.reasons == ("the date or time 3 December is not in the article",)


def test_facts_that_stand_apart_are_less_likely_to_be_told_together() -> None:
    apart = "About 28,500 American troops met Pete Hegseth in Seoul for a second round."
    together = "About 28,500 troops are stationed in the country."
    demand = Demand(found=0.5, likely=0.9)
    one, other = Verifier().verify([Passage(SEOUL)], [apart, together], demand=demand).sentences
    assert one.reasons == ("it joins 3 sentences of the article, which do not say it together",)
    assert one.score < 0.9 < other.score


def test_more_can_be_demanded() -> None:
    source, claim = [Passage(SEOUL)], "Ministers want closer ties and more drills in the region."
    assert Verifier().verify(source, [claim]).supported
    strict = Verifier().verify(source, [claim], demand=Demand(found=0.5, likely=0.5))
    assert strict.sentences[0].reasons[0].endswith("of its words are together in the article")
    pieced = "On 13 March Mr Hegseth raised the pay of 28,500 soldiers."
    assert Verifier().verify(source, [pieced]).supported
    stricter = Verifier().verify(source, [pieced], demand=Demand(found=0.5, likely=0.75))
    assert not stricter.supported


def test_with_an_encoder_the_verdicts_weigh_meaning_as_well(encoder: Encoder) -> None:
    claims = ["Seoul will raise its defence budget.", "Milk and cheese are cheaper this autumn."]
    fine, off = Verifier(encoder).verify([Passage(SEOUL)], claims).sentences
    assert fine.supported
    assert not off.supported


def test_a_name_with_small_words_in_it_is_one_name() -> None:
    source = "Fans of Keeping Up With The Kardashians saw the tenth season on Monday."
    assert reasons("The tenth season of Keeping Up With The Kardashians began.", source) == []


def test_an_acronym_and_what_it_stands_for_are_the_same_name() -> None:
    written_out = "The Office of Fair Trading fined the estate agents in Powys on Monday."
    shortened = "The OFT fined the estate agents in Powys on Monday."
    assert reasons("The OFT fined the estate agents.", written_out) == []
    claim = "The estate agents in Powys were fined by the Office of Fair Trading on Monday."
    assert reasons(claim, shortened) == []


def test_the_first_word_of_a_sentence_is_not_taken_for_a_name() -> None:
    source = "The batsman Luke Wells has signed a contract with Sussex."
    assert reasons("Opener Luke Wells has signed a contract with Sussex.", source) == []
    assert reasons("Meanwhile Luke Wells signed his contract with Sussex.", source) == []


def test_the_other_number_of_a_range_lends_its_unit() -> None:
    source = (
        "Prices rose by between 3 and 5 per cent, at a cost of $2-3bn to two to four million homes."
    )
    assert reasons("Prices rose by 3 per cent.", source) == []
    assert reasons("Prices rose at a cost of $2bn.", source) == []
    assert reasons("Prices rose at a cost to two million homes.", source) == []
    assert reasons("Prices rose by 2 per cent.", source) != []


def test_words_that_stand_nowhere_together_are_not_supported() -> None:
    sentence = "Farmers protest against cheaper imports of milk and cheese."
    verdict = judged(sentence)
    assert verdict.reasons == ("only 0% of its words are together in the article",)
    assert verdict.score == 0
    assert verdict.evidence == ()


def test_a_summary_is_supported_only_if_every_sentence_is() -> None:
    verdict = verify(
        SEOUL, "Seoul will raise its defence budget. It will buy arms worth $99 billion by 2030."
    )
    assert [sentence.supported for sentence in verdict.sentences] == [True, False]
    assert not verdict.supported
    first, second = verdict.sentences
    assert first.score > 0.9
    assert first.evidence[0].startswith("Seoul will raise its defence budget to 3.5 per cent")
    assert second.score <= 0.5
    assert verdict.score == pytest.approx((first.score + second.score) / 2)


def test_what_the_source_says_word_for_word_is_supported() -> None:
    verdict = verify(SEOUL, SEOUL)
    assert verdict.supported
    assert verdict.score > 0.9


def test_a_summary_without_sentences_claims_nothing() -> None:
    assert verify(SEOUL, "").supported
    assert verify(SEOUL, "").sentences == ()


def test_korean_is_judged_by_its_numbers_and_quotations() -> None:
    source = (
        "한미 국방장관이 11월 4일 서울에서 만났다. 한국은 국방비를 GDP의 3.5%로 올리고"
        " 250억 달러의 무기를 산다. 장관은 “지역 유연성에 합의했다”고 말했다."
    )
    fine = "한국은 국방비를 GDP의 3.5퍼센트로 올린다고 한미 국방장관이 서울에서 말했다."
    assert reasons(fine, source, "ko") == []
    assert reasons("한국은 250억 달러의 무기를 산다.", source, "ko") == []
    assert reasons("한국은 국방비를 GDP의 4.5%로 올린다.", source, "ko") == [
        "the number 4.5% is not in the article"
    ]
    assert reasons("한국은 250조 달러의 무기를 산다.", source, "ko") == [
        "the number 250조 달러 is not in the article"
    ]
    assert reasons("장관은 “지역 안정에 합의했다”고 말했다.", source, "ko") == [
        "the quotation “지역 안정에 합의했다” is not in the article"
    ]


def test_a_german_noun_is_not_taken_for_a_name() -> None:
    source = (
        "Der Bundestag hat am Montag, dem 13. März, ein Gesetz über 1,5 Milliarden Euro für die"
        " Bahn beschlossen. Verkehrsminister Peter Müller sprach von 3,5 Prozent mehr Geld."
    )
    assert reasons("Für die Bahn hat der Bundestag ein Paket beschlossen.", source, "de") == []
    assert (
        reasons("Der Bundestag hat 1.500.000.000 Euro für die Bahn beschlossen.", source, "de")
        == []
    )
    assert reasons("Müller sprach am 13. März von 3,5 % mehr Geld.", source, "de-AT") == []
    assert reasons("Minister Peter Müller sprach von 2,5 Prozent mehr Geld.", source, "de") == [
        "the number 2,5 Prozent is not in the article"
    ]
    assert reasons("Von mehr Geld sprach Verkehrsminister Hans Huber am Montag.", source, "de") == [
        "the name “Verkehrsminister Hans Huber” is not in the article"
    ]


def test_an_unknown_language_is_read_like_english() -> None:
    assert reasons("Seoul will raise its defence budget to 3.5% of GDP.", language="xx") == []
    assert reasons("Seoul will raise its defence budget to 3.5% of GDP.", language="") == []
