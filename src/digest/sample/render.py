"""The newsroom's templates."""

from __future__ import annotations

from email.utils import format_datetime

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

_TEMPLATES = Environment(
    loader=PackageLoader("digest.sample"),
    autoescape=select_autoescape(["html", "xml"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters["rfc822"] = format_datetime


def render(template: str, **facts: object) -> str:
    """The text of a file under ``templates/`` with ``facts`` filled in."""
    return _TEMPLATES.get_template(template).render(**facts)
