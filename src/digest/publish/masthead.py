"""An edition in a line: what it is called, which day's it is, what it holds."""

from __future__ import annotations

from digest.model import Counts
from digest.publish.plain import Moment, counted


def titled(title: str, topic: str) -> str:
    """What tells an edition from those of other names: its title, and its topic if it has one."""
    return f"{title}: {topic}" if topic else title


def date(slot: str, cutoff: Moment) -> str:
    """What tells an edition from others of its name: its day, and the time if the slot has one."""
    return str(cutoff) if "T" in slot else cutoff.day


def standfirst(
    told: int, counts: Counts, topic: str, start: Moment, late_minutes: int, minutes: int = 0
) -> str:
    """What an edition holds, ``told`` stories, or why it holds nothing; and whether it is late.

    ``minutes`` are those it takes to read; 0 where that is not known.
    """
    held = _held(told, counts, topic, start)
    if minutes:
        held = f"{held}, {counted(minutes, 'minute')} to read"
    if not late_minutes:
        return held
    units = zip(divmod(late_minutes, 60), ("hour", "minute"), strict=True)
    late = " ".join(counted(number, unit) for number, unit in units if number)
    return f"{held.removesuffix('.')}. This edition comes {late} late."


def _held(told: int, counts: Counts, topic: str, start: Moment) -> str:
    feeds = counted(counts.feeds, "feed")
    if told:
        stories = counted(told, "story", "stories")
        if counts.stories > told:
            stories = f"{told} of {counted(counts.stories, 'story', 'stories')},"
        return f"{stories} from {counted(counts.articles, 'article')} of {feeds}"
    about = f" about “{topic}”" if topic else ""
    if counts.articles:
        arrived = counted(counts.articles, "article")
        return f"No story{about} this time: {arrived} of {feeds} came in, and none is told here."
    if counts.feeds:
        return f"Nothing new{about} since {start}: no article came in from {feeds}."
    return f"Nothing new{about} since {start}: no feed is subscribed to."
