"""The frame that every page shares: templates, style, and a policy that lets nothing else in."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from digest.publish.plain import counted


def page(template: str, **values: object) -> bytes:
    """A whole HTML page, UTF-8, from a template that extends ``base.html``."""
    style, policy = _style()
    return fragment(template, style=style, policy=policy, **values).encode()


def fragment(template: str, **values: object) -> str:
    """What a template makes of the values, each of them escaped."""
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("digest.publish"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["counted"] = counted
    return environment


@cache
def _style() -> tuple[Markup, str]:
    """Our own style sheet, and a Content-Security-Policy that allows it by its hash and no more."""
    text = resources.files("digest.publish").joinpath("templates", "style.css").read_text("utf-8")
    digest = b64encode(sha256(text.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return Markup(text), policy  # noqa: S704  # the file ships with the project
