"""The command that writes the archive anew, and shows it: ``site``."""

from __future__ import annotations

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Annotated

import typer

from digest import settings
from digest.model import DigestError, UsageError
from digest.publish.kinds import kind

HOST = "127.0.0.1"


def site(
    serve: Annotated[
        bool, typer.Option("--serve", help="Show it at an address of this machine, until Ctrl-C.")
    ] = False,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="With --serve: where; 0 takes a free one.")
    ] = 8000,
) -> None:
    """Write the list of all editions, its search and its feeds anew; or show them."""
    from digest.publish.archive import write_archive
    from digest.publish.page import Templates
    from digest.store.store import Store

    loaded = settings.load()
    if serve:
        _serve(_folder(loaded), port)
        return
    templates = Templates(loaded.templates)
    with Store.open(loaded.store) as store, store.alone("the outputs"):
        written = write_archive(
            loaded.outputs, site_url=loaded.site_url, templates=templates, anew=True
        )
    for flaw in templates.flaws:
        typer.echo(f"a built-in template stood in for yours: {flaw}", err=True)
    typer.echo(str(written.paths[0]))


def _folder(loaded: settings.Settings) -> Path:
    """The outputs, if they can be shown from here."""
    outputs = loaded.outputs
    if not isinstance(outputs, Path):
        known = f" (site_url says {loaded.site_url})" if loaded.site_url else ""
        raise UsageError(f"the outputs in {outputs} are shown by the bucket's own address{known}")
    if not (outputs / "index.html").is_file():
        raise UsageError(f"{outputs} has no index.html yet: `digest run` makes an edition")
    return outputs


def _serve(outputs: Path, port: int) -> None:
    try:
        server = ThreadingHTTPServer((HOST, port), partial(_Pages, directory=str(outputs)))
    except OSError as problem:
        raise DigestError(
            f"port {port} of {HOST} cannot be used ({problem.strerror}): name another with --port"
        ) from None
    with server:
        typer.echo(f"http://{HOST}:{server.server_port}/ (Ctrl-C ends it)")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            typer.echo("")


class _Pages(SimpleHTTPRequestHandler):
    """The files of the outputs; the terminal stays quiet."""

    def guess_type(self, path: object) -> str:
        return kind(str(path))

    def end_headers(self) -> None:
        # A page that is published while somebody reads is not hidden by an older copy.
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass
