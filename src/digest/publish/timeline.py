"""Figures day by day as columns in SVG: as wide as there is room, with letters of one size.

Places along the days are percentages and heights are pixels, so nothing is scaled: on a phone the
columns are narrow and the letters are as large as those around them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date
from markupsafe import Markup

from digest.publish.chart import written
from digest.publish.page import fragment

LEFT = 11.0
"""What the values on the left take of the width, in per cent."""
TOP = 28
"""Where the plot begins, in pixels, as are all that follow but ``FILLED`` and ``STEPS``."""
PLOT = 112
FOOT = 40
FILLED = 0.72
"""What a column fills of its day."""
STEPS = 4
"""At most so many lines above the lowest."""
WEEK = 7


@dataclass(frozen=True, slots=True)
class _Column:
    day: str
    value: str
    x: float
    width: float
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class _Line:
    value: str
    y: float


@dataclass(frozen=True, slots=True)
class _Day:
    name: str
    x: float
    last: bool


def timeline(
    title: str,
    values: Sequence[tuple[date, float]],
    unit: str,
    words: str,
    *,
    trouble: bool = False,
) -> Markup:
    """A column for each day, as an ``<svg>`` in the colours of the page around it.

    Args:
        title: What is shown.
        values: Days without a gap, each with its value from 0 on; ``NaN`` leaves its place empty.
        unit: What the values are: ``articles``, ``seconds``.
        words: The gist in a sentence, for who does not see it.
        trouble: Whether a value is a bad sign.
    """
    step, lines = _scale(max((value for _, value in values if not math.isnan(value)), default=0))
    pixels = PLOT / (step * lines)
    bottom = TOP + PLOT
    share = (100 - LEFT) / len(values)

    def column(place: int, day: date, value: float) -> _Column:
        height = round(value * pixels, 1)
        x = LEFT + (place + (1 - FILLED) / 2) * share
        return _Column(
            f"{day:%Y-%m-%d}",
            written(value),
            round(x, 2),
            round(FILLED * share, 2),
            round(bottom - height, 1),
            height,
        )

    def name(place: int) -> _Day:
        day, _ = values[place]
        x = round(LEFT + (place + 0.5) * share, 2)
        return _Day(day_name(day), x, last=place == len(values) - 1)

    svg = fragment(
        "timeline.svg",
        title=title,
        words=words,
        unit=unit,
        trouble=trouble,
        columns=[
            column(place, day, value)
            for place, (day, value) in enumerate(values)
            if not math.isnan(value)
        ],
        lines=[
            _Line(written(step * line), round(bottom - step * line * pixels, 1))
            for line in range(lines + 1)
        ],
        days=[name(place) for place in range(len(values) - 1, -1, -WEEK)],
        left=LEFT,
        bottom=bottom,
        height=bottom + FOOT,
    )
    return Markup(svg)  # noqa: S704  # the template has escaped every value


def day_name(day: date) -> str:
    """``23 Nov``, in one piece."""
    name: str = format_date(day, "d MMM", locale="en")
    return name.replace(" ", "\N{NO-BREAK SPACE}")


def _scale(most: float) -> tuple[float, int]:
    """A round step (1, 2 or 5 of a power of ten), and how many it takes to reach ``most``."""
    if most <= 0:
        return 1.0, 1
    power = 10.0 ** math.floor(math.log10(most / STEPS))
    step = next(n * power for n in (1, 2, 5, 10) if n * power * STEPS >= most)
    return step, math.ceil(most / step)
