"""Texts of the sample newsroom, and some written here where an event must differ in one thing."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from digest.editing.group import SAME_EVENT, group, likeness
from digest.model import Article
from digest.summarize.models import Encoder

MORNING = datetime(2026, 11, 17, 7, tzinfo=UTC)

KOREAN = {
    "bridge": (
        "서해 연륙교 내년 봄 개통, 섬 주민 3만 명 뱃길 대신 찻길",
        "국토관리청은 서해 섬마을과 육지를 잇는 다리를 내년 봄에 연다고 밝혔다. "
        "공사는 7년 걸렸고 사업비는 4200억 원이다.",
    ),
    "bridge again": (
        "섬마을 잇는 서해 연륙교, 7년 공사 끝에 내년 봄 개통",
        "서해 섬마을과 육지를 잇는 다리가 7년 공사 끝에 내년 봄에 열린다. "
        "국토관리청은 사업비 4200억 원이 들었다고 밝혔다.",
    ),
    "baseball": (
        "신인 투수 한결, 데뷔전서 삼진 열두 개",
        "프로야구 신인 투수 한결이 첫 선발 등판에서 삼진 열두 개를 잡으며 팀의 연패를 끊었다. "
        "관중 2만 명이 구장을 가득 채웠다.",
    ),
    "hospital": (
        "시립병원 간호사 부족에 응급실 밤 진료 줄여",
        "시립병원이 간호사를 구하지 못해 다음 달부터 응급실 밤 진료를 줄이기로 했다. "
        "환자 단체는 대책을 요구했다.",
    ),
}


def article(
    url: str,
    title: str,
    *paragraphs: str,
    published: datetime | None = MORNING,
    language: str = "en",
) -> Article:
    return Article(url, title, paragraphs, published=published, language=language)


def events(articles: list[Article], encoder: Encoder) -> set[frozenset[str]]:
    return {
        frozenset(articles[index].url for index in event)
        for event in group(articles, encoder.encode)
    }


def test_the_events_of_the_newsroom_come_out_exactly(
    news: dict[str, list[Article]], encoder: Encoder
):
    articles = [article for event in news.values() for article in event]
    assert len(news) == 12
    assert events(articles, encoder) == {
        frozenset(article.url for article in event) for event in news.values()
    }


def test_every_article_is_in_one_event_and_they_come_by_their_first(
    news: dict[str, list[Article]], encoder: Encoder
):
    articles = [event[n] for n in (0, 1) for event in news.values() if len(event) > 1]
    found = group(articles, encoder.encode)
    assert sorted(index for event in found for index in event) == list(range(len(articles)))
    assert found == sorted(sorted(event) for event in found)
    shuffled = random.Random(7).sample(articles, len(articles))
    assert events(shuffled, encoder) == events(articles, encoder), "in whatever order they come"


def test_no_article_and_one_article_need_no_encoder():
    def encode(texts: object) -> np.ndarray:
        pytest.fail("nothing is to be compared")

    assert group([], encode) == []
    assert group([article("a", "Alone")], encode) == [[0]]


def test_cutting_into_parts_first_finds_the_events_that_linking_all_at_once_does():
    random_ = np.random.default_rng(5)
    centres = random_.normal(size=(60, 24))
    # Close enough together that many events touch, as a day's news about one war does.
    vectors = (centres[:, None] + 0.55 * random_.normal(size=(60, 20, 24))).reshape(-1, 24)
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    articles = [article(str(n), f"Title of {n % 7}") for n in range(len(vectors))]
    distance = 1 - likeness(articles, lambda _: vectors)
    np.fill_diagonal(distance, 0)
    tree = linkage(squareform(np.clip(distance, 0, None), checks=False), method="average")
    whole: dict[int, set[int]] = {}
    for index, label in enumerate(fcluster(tree, 1 - SAME_EVENT, "distance")):
        whole.setdefault(label, set()).add(index)
    found = group(articles, lambda _: vectors)
    assert 30 < len(found) < 1000, "some are put together, not all"
    assert {frozenset(event) for event in found} == {frozenset(e) for e in whole.values()}


def test_unrelated_korean_articles_are_not_put_together(encoder: Encoder):
    articles = [article(name, title, text, language="ko") for name, (title, text) in KOREAN.items()]
    assert events(articles, encoder) == {
        frozenset({"bridge", "bridge again"}),
        frozenset({"baseball"}),
        frozenset({"hospital"}),
    }


def test_an_article_in_another_script_does_not_join_an_english_one(
    news: dict[str, list[Article]], encoder: Encoder
):
    korean = [article(name, *texts, language="ko") for name, texts in KOREAN.items()]
    english = [event[0] for event in news.values() if event[0].language.startswith("en")]
    alike = likeness([*korean, *english], encoder.encode)
    assert alike[: len(korean), len(korean) :].max() < SAME_EVENT / 2


def test_the_same_words_weeks_later_are_another_event(encoder: Encoder):
    text = (
        "The river authority in Port Alder warned of high water after two days of rain.",
        "The lower quay was closed and shopkeepers were told to clear their cellars.",
    )
    first = article("monday", "High water in Port Alder", *text)
    same_day = article("monday evening", "Port Alder warns of high water", *text)
    later = replace(first, url="next month", published=MORNING + timedelta(weeks=3))
    assert events([first, same_day, later], encoder) == {
        frozenset({"monday", "monday evening"}),
        frozenset({"next month"}),
    }


def test_an_undated_article_is_far_from_none(encoder: Encoder):
    text = "The tunnel under the Kestrel Pass was opened on Monday after fourteen years of work."
    dated = article("dated", "Kestrel Pass tunnel opens", text)
    undated = article("undated", "Tunnel under the Kestrel Pass opens", text, published=None)
    assert events([dated, undated], encoder) == {frozenset({"dated", "undated"})}


def test_one_that_touches_on_two_events_does_not_tie_them_together(
    news: dict[str, list[Article]], encoder: Encoder
):
    bank, bus = news["velmark-rate-cut"], news["northgate-buses"]
    both = article(
        "review",
        "The day in brief: Velmark cuts its rate, Northgate frees its buses",
        bank[0].paragraphs[0],
        bus[0].paragraphs[0],
    )
    found = events([*bank, both, *bus], encoder)
    assert not any(
        {bank[0].url, bus[0].url} <= event or {bank[-1].url, bus[-1].url} <= event
        for event in found
    )


def test_likeness_is_mutual_and_greatest_for_the_same_text(
    news: dict[str, list[Article]], encoder: Encoder
):
    articles = [event[0] for event in news.values()]
    alike = likeness([*articles, articles[0]], encoder.encode)
    assert np.allclose(alike, alike.T)
    assert alike[0, -1] == pytest.approx(1.1, abs=0.02), "as alike as can be, names included"
    assert alike[0, 1:-1].max() < SAME_EVENT
