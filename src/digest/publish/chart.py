"""Figures as a bar chart in SVG: text that can be selected and read aloud, and no script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup
from rich.text import Text

from digest.publish.page import fragment
from digest.publish.plain import clean

WIDTH = 640
"""Of the chart, in pixels, as are all that follow but ``LETTERS``."""
LABELS = 200
"""Of the names on the left."""
LETTERS = 24
"""So many fit there; Chinese, Japanese and Korean ones count twice."""
VALUES = 72
"""What is kept free on the right for the longest bar's value."""
ROW = 24
HEAD = 40
FOOT = 32


@dataclass(frozen=True, slots=True)
class _Bar:
    label: str
    short: str
    value: str
    y: int
    width: float


def bars(
    title: str, rows: Sequence[tuple[str, float]], unit: str, *, alone: bool = False
) -> Markup:
    """One horizontal bar for each row (name, value from 0 on), in their order, as an ``<svg>``.

    On a page it takes the colour of the text around it. ``alone``, as an image or a file, it brings
    a background and colours of its own, light or dark as the reader likes it.

    Args:
        title: What is shown.
        rows: Names and values; an empty chart says that there is nothing to show.
        unit: What the values are: ``articles``, ``seconds``.
        alone: Whether no page is around it.
    """
    most = max((value for _, value in rows), default=0)
    drawn = [
        _Bar(
            label=clean(label),
            short=_shortened(clean(label)),
            value=_written(value),
            y=HEAD + place * ROW,
            width=round((WIDTH - LABELS - VALUES) * value / most, 1) if most else 0,
        )
        for place, (label, value) in enumerate(rows)
    ]
    svg = fragment(
        "chart.svg",
        title=clean(title),
        unit=unit,
        bars=drawn,
        alone=alone,
        width=WIDTH,
        left=LABELS,
        row=ROW,
        top=HEAD,
        bottom=HEAD + max(len(drawn), 1) * ROW,
        height=HEAD + max(len(drawn), 1) * ROW + FOOT,
    )
    return Markup(svg)  # noqa: S704  # the template has escaped every value


def _shortened(label: str) -> str:
    text = Text(label)
    text.truncate(LETTERS, overflow="ellipsis")
    return text.plain


def _written(value: float) -> str:
    """At most two decimals: ``1,204``, ``3.5``, ``0.04``."""
    return f"{value:,.2f}".rstrip("0").rstrip(".")
