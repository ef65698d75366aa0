"""The store as pandas frames, for a notebook and for the page of health.

    from digest import frames

    store = "sqlite:///.digest/digest.sqlite"
    health = frames.feed_health(store, since="2026-11-01")
    slowest = health.groupby("feed")["mean_seconds"].mean().nlargest(5)

Each function takes the store's URL, the settings, or a store that is open. ``since`` and ``until``
are times, or texts such as ``2026-11-01``; those without a zone are meant as UTC.

Columns have the same types however much there is, also where there is nothing: texts are ``str``,
counts ``int64``, seconds and scores ``float64``, and times ``datetime64[us, UTC]``, with ``NaT``
where nobody knows.

Raises:
    UsageError: the URL is none of a store, or ``since`` or ``until`` is no time.
    StoreError: the store cannot be used.
"""

from digest.frames.health import days, feed_health
from digest.frames.news import articles
from digest.frames.told import editions, stories

__all__ = ["articles", "days", "editions", "feed_health", "stories"]
