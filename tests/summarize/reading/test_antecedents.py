import pytest

from digest.summarize.reading.antecedents import points_back


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "He was replying to a reporter."),
        ("en", "“They will come,” the mayor said."),
        ("en", "But the host had wishes of his own."),
        ("en", "For example, the bridge was closed."),
        ("en", "This decision surprised the council."),
        ("en", "The minister gave it days earlier."),
        ("en", "“We stay,” he said."),
        ("en-GB", "However, the tunnel stays open."),
        ("", "It was the last stop."),
        ("de", "Doch die Fischer sind in Sorge."),
        ("es", "Sin embargo, el puente sigue cerrado."),
        ("fr", "Mais le pont reste fermé."),
        ("ko", "그러나 선체를 건지려면 시간이 더 필요하다."),
    ],
)
def test_a_sentence_that_needs_the_one_before(language: str, sentence: str):
    assert points_back(sentence, language)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "The minister said it would rain."),
        ("en", "Itineraries were changed on Monday."),
        ("en", "This week the bridge was closed."),
        ("en", "Er, a village in the hills, was cut off."),
        ("de", "Die Stadtwerke zahlten 61 Millionen Euro."),
        ("de", "Butter wird teurer."),
        ("de", "Diese Woche bleibt die Brücke gesperrt."),
        ("es", "Este lunes se abrió el puente."),
        ("ko", "연구원은 월요일 결과를 발표했다."),
        ("ja", "新しい橋が月曜日に開通した。"),
    ],
)
def test_a_sentence_that_stands_alone(language: str, sentence: str):
    assert not points_back(sentence, language)
