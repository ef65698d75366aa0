"""Figures as a bar chart in SVG: text that can be selected and read aloud, and no script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup
from rich.cells import cell_len
from rich.text import Text

from digest.publish.page import fragment
from digest.publish.plain import clean

WIDTH = 640
"""Of the chart, in pixels, as are all that follow but ``LETTERS``."""
LETTERS = 24
"""A longer name is cut."""
LETTER = 8
"""Of a name on the left, at most, on average; Chinese, Japanese and Korean ones count twice."""
GAP = 10
"""Between the names and the bars."""
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
    labels = [clean(label) for label, _ in rows]
    short = [_shortened(label) for label in labels]
    left = LETTER * max(map(cell_len, short), default=0) + GAP
    drawn = [
        _Bar(
            label=labels[place],
            short=short[place],
            value=written(value),
            y=HEAD + place * ROW,
            width=round((WIDTH - left - VALUES) * value / most, 1) if most else 0,
        )
        for place, (_, value) in enumerate(rows)
    ]
    svg = fragment(
        "chart.svg",
        title=clean(title),
        unit=unit,
        bars=drawn,
        alone=alone,
        width=WIDTH,
        left=left,
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


def written(value: float) -> str:
    """A value from 0 on, with at most two decimals, or one digit: ``1,204``, ``3.5``, ``0.004``."""
    if 0 < value < 0.01:
        return f"{value:.1g}"
    return f"{value:,.2f}".rstrip("0").rstrip(".")
