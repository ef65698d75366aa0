"""Links to a story's place on a page lead there still when the page is made anew."""

from digest.editing.anchors import with_former_keys
from digest.model import Article, Story, Summary, Told


def told(*paths, formerly=()):
    articles = tuple(Article(f"https://news.example/{path}", path, ()) for path in paths)
    return Told(Story(articles, " and ".join(paths)), Summary((), "extractive", "m"), formerly)


def former(told):
    return list(told.formerly)


def test_a_story_that_gained_an_article_is_found_under_its_former_key():
    before = told("a", "b")
    (now,) = with_former_keys([told("a", "b", "c")], [before])
    assert former(now) == [before.story.key]


def test_a_story_that_stayed_as_it_was_has_no_other_key():
    (now,) = with_former_keys([told("a", "b")], [told("b", "a")])
    assert former(now) == []


def test_of_a_story_that_was_split_the_larger_part_is_found_under_its_key():
    before = told("a", "b", "c")
    small, large = with_former_keys([told("a"), told("b", "c")], [before])
    assert (former(small), former(large)) == ([], [before.story.key])


def test_stories_that_became_one_are_all_found_there():
    one, other = told("a"), told("b")
    (now,) = with_former_keys([told("a", "b")], [one, other])
    assert former(now) == [one.story.key, other.story.key]


def test_keys_of_a_page_made_anew_twice_are_handed_on():
    first = told("a")
    (second,) = with_former_keys([told("a", "b")], [first])
    (third,) = with_former_keys([told("a", "b", "c")], [second])
    assert former(third) == [second.story.key, first.story.key]
    (back,) = with_former_keys([told("a")], [third])
    assert former(back) == [third.story.key, second.story.key]


def test_the_key_of_a_story_that_is_told_no_more_is_forgotten():
    (now,) = with_former_keys([told("a")], [told("z")])
    assert former(now) == []
