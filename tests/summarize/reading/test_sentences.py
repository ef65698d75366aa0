import pytest

from digest.summarize.reading.sentences import count_words, split, split_paragraphs


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("en", ["Dr. Amery of the U.S. team paid $3.5 million.", "Was it enough?", "No!"]),
        ("en-GB", ['"We stay," said Mr. Voss.', "They left at 5 p.m. on Monday."]),
        ("de", ["Am 3. Mai kamen z. B. 40 Gäste.", "Dr. Reuter war nicht dabei."]),
        ("ko", ["연구원은 월요일 결과를 발표했다.", "배의 길이는 14m이다."]),
        ("ja", ["新しい橋が月曜日に開通した。", "長さは三キロである。"]),
        ("ar", ["افتتحت المدينة جسرا جديدا يوم الاثنين.", "هل يكفي؟"]),
    ],
)
def test_a_text_is_parted_at_the_ends_of_its_sentences(language: str, sentences: list[str]):
    text = ("" if language == "ja" else " ").join(sentences)
    assert split(text, language) == sentences


@pytest.mark.parametrize("language", ["", "EN", "xx", "en_US", "English"])
def test_an_unknown_language_is_parted_like_english(language: str):
    assert split("It rained. Mr. Voss stayed.", language) == ["It rained.", "Mr. Voss stayed."]


def test_a_line_break_ends_a_sentence_and_empty_lines_are_none():
    assert split("A heading\n\n  \nOne sentence. Another.\n") == [
        "A heading",
        "One sentence.",
        "Another.",
    ]
    assert split("") == []


def test_sentences_know_their_paragraph():
    paragraphs = ("One. Two.", "", "Three.")
    assert split_paragraphs(paragraphs) == [(0, "One."), (0, "Two."), (2, "Three.")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("Trains run  again\nfrom 7 o'clock.", 6),
        ("기차가 다시 달린다", 3),  # eight characters
        ("月曜日に橋が開いた", 4),  # nine
        ("รถไฟวิ่ง", 3),  # eight
        ("橋 cost 40 crowns", 3),
    ],
)
def test_words_are_counted_alike_in_spaced_and_unspaced_scripts(text: str, words: int):
    assert count_words(text) == words
