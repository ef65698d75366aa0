from datetime import UTC, datetime, timedelta

import pytest

from digest.editing.rank import independent, rank, tell
from digest.model import Article, Feed, Reason, Story

CUTOFF = datetime(2026, 11, 17, 7, tzinfo=UTC)
LONG = tuple(f"Paragraph {n} with some of the words that make a text of use." for n in range(15))


def article(name: str, source: str = "", hours: float | None = 12, **more) -> Article:
    more.setdefault("paragraphs", tuple(f"{name}: {paragraph}" for paragraph in LONG))
    more.setdefault("feeds", (f"https://{source or name}/feed",))
    return Article(
        url=f"https://{source or name}/{name}",
        title=f"Headline of {name}",
        source=source or name,
        published=None if hours is None else CUTOFF - timedelta(hours=hours),
        **more,
    )


def weighing(**weights: float) -> dict[str, Feed]:
    feeds = [Feed(f"https://{name}/feed", weight=weight) for name, weight in weights.items()]
    return {feed.url: feed for feed in feeds}


def reason(story: Story, name: str) -> Reason:
    (found,) = [reason for reason in story.reasons if reason.name == name]
    return found


def test_what_more_outlets_tell_comes_first():
    one, two, three = [article("solo")], [article("a"), article("b")], [*map(article, "cde")]
    ranked = rank([one, two, three], {}, CUTOFF)
    assert [len(story.articles) for story in ranked] == [3, 2, 1]
    assert reason(ranked[0], "outlets").why == "told by 3 outlets: c, d, e"
    assert reason(ranked[2], "outlets").why == "told by one outlet: solo"


def test_every_doubling_of_outlets_is_worth_the_same():
    points = [
        reason(tell([article(str(n)) for n in range(count)], {}, CUTOFF), "outlets").points
        for count in (1, 3, 7)
    ]
    assert points == [3, 6, 9]


def test_a_score_is_the_sum_of_its_reasons():
    story = tell([article("a", hours=3), article("b")], weighing(a=2), CUTOFF)
    assert [reason.name for reason in story.reasons] == ["outlets", "recency", "weight"]
    assert story.score == pytest.approx(sum(reason.points for reason in story.reasons))


def test_agency_copy_is_no_second_outlet():
    wire = article("wire", hours=9)
    copies = [
        article(name, hours=8, paragraphs=(f"Own first words of {name}.", *wire.paragraphs[:-1]))
        for name in ("herald", "post")
    ]
    own = article("ledger", hours=7)
    assert independent([own, *copies, wire]) == [wire, own]
    story = tell([own, *copies, wire], {}, CUTOFF)
    assert reason(story, "outlets").why == "told by 2 outlets: ledger, wire"
    assert len(story.articles) == 4, "the copies are sources all the same"


def test_a_paragraph_in_common_makes_no_copy():
    quoted = "The ministry published the figures on Monday."
    one = article("one", paragraphs=(*LONG[:4], quoted))
    other = article("other", paragraphs=(quoted, *LONG[5:9]))
    assert independent([one, other]) == [one, other]


def test_an_outlet_counts_once_however_often_it_tells_the_event():
    articles = [article(str(n), source="Touchline", hours=n) for n in (1, 2, 3)]
    assert independent(articles) == [articles[2]], "its first article stands for it"


def test_an_outlet_without_a_name_is_told_by_its_host():
    unnamed = Article("https://news.example/a", "A", LONG, published=CUTOFF)
    assert reason(tell([unnamed], {}, CUTOFF), "outlets").why.endswith("news.example")


def test_fresh_news_comes_before_older_and_its_points_halve_in_half_a_day():
    fresh, half_a_day, a_day = (article(f"h{hours}", hours=hours) for hours in (0, 12, 24))
    ranked = rank([[a_day], [fresh], [half_a_day]], {}, CUTOFF)
    assert [story.lead for story in ranked] == [fresh, half_a_day, a_day]
    assert [reason(story, "recency").points for story in ranked] == [2, 1, 0.5]
    assert [reason(story, "recency").why for story in ranked] == [
        "last told less than an hour before the cut-off",
        "last told 12 hours before the cut-off",
        "last told 24 hours before the cut-off",
    ]


def test_a_story_is_as_fresh_as_its_newest_article():
    story = tell([article("a", hours=20), article("b", hours=1), article("c", None)], {}, CUTOFF)
    assert reason(story, "recency").why == "last told an hour before the cut-off"


def test_an_undated_story_gets_no_points_for_being_fresh():
    story = tell([article("a", hours=None)], {}, CUTOFF)
    assert [reason.name for reason in story.reasons] == ["outlets"]


def test_a_feed_that_is_cared_for_lifts_its_stories_and_one_that_is_not_sinks_them():
    plain, loved, disliked = article("plain"), article("loved"), article("disliked")
    ranked = rank([[plain], [disliked], [loved]], weighing(loved=2, disliked=0.5), CUTOFF)
    assert [story.lead for story in ranked] == [loved, plain, disliked]
    assert reason(ranked[0], "weight") == Reason("weight", 2, "from a feed with weight 2")
    assert reason(ranked[2], "weight").points < 0


def test_a_feed_of_weight_zero_only_confirms_others():
    feeds = weighing(quiet=0)
    alone = tell([article("quiet")], feeds, CUTOFF)
    confirmed = tell([article("plain"), article("quiet")], feeds, CUTOFF)
    assert [reason.name for reason in alone.reasons] == ["recency"]
    assert reason(confirmed, "outlets").points == 3, "as if the other told it alone"
    assert confirmed.lead.source == "plain"


def test_equal_stories_always_come_in_the_same_order():
    groups = [[article(name)] for name in "abcdef"]
    ranked = rank(groups, {}, CUTOFF)
    assert rank(groups[::-1], {}, CUTOFF) == ranked
    assert len({story.score for story in ranked}) == 1


def test_the_lead_is_read_from_its_page_rather_than_from_the_feed():
    teaser = article("teaser", hours=20, origin="summary")
    page = article("page", hours=2)
    story = tell([teaser, page], {}, CUTOFF)
    assert (story.lead, story.headline) == (page, "Headline of page")


def test_the_lead_is_of_the_feed_most_cared_for_then_long_enough_then_the_earliest():
    early, late, short = (
        article("early", hours=9),
        article("late", hours=3),
        article("short", hours=20, paragraphs=("Just a flash.",)),
    )
    assert tell([late, short, early], {}, CUTOFF).articles == (early, short, late)
    assert tell([early, short, late], weighing(late=1.2), CUTOFF).lead == late


def test_the_other_articles_come_by_time_with_the_undated_last():
    articles = [article(str(hours), hours=hours) for hours in (1, None, 30, 12)]
    story = tell(articles, {}, CUTOFF)
    assert [each.title for each in story.articles] == [
        f"Headline of {name}" for name in ("30", "12", "1", "None")
    ]
