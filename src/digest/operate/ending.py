"""How a run ends: the state that the Prefect UI shows, and the last lines of its log."""

from __future__ import annotations

import logging

from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from digest.model import DigestError, PassingError
from digest.operate.again import UNDELIVERED
from digest.publish.plain import counted
from digest.publish.view import view
from digest.run import Outcome

logger = logging.getLogger(__name__)


def ending(outcome: Outcome) -> State[Outcome]:
    """The state of a run that published: failed if a recipient did not get it.

    A run that failed so and is run again makes and writes nothing anew, and mails those who lack
    the edition. It goes again by itself if somebody may be reached later.
    """
    edition = outcome.edition
    if lacking := [
        each for each in outcome.deliveries if each.slot == edition.slot and each.status != "sent"
    ]:
        may_pass = any(each.status == "deferred" for each in lacking)
        kind = PassingError if may_pass else DigestError
        return failing(kind(f"{UNDELIVERED} {', '.join(each.recipient for each in lacking)}"))
    said = view(edition).standfirst
    if not outcome.made:
        said = f"Was there already: {said}"
    for flaw in outcome.written.flaws:
        said = f"{said}. A built-in template stood in for yours: {flaw}"
    name = "Completed" if edition.stories else "Empty"
    return Completed(name=name, message=said, data=outcome)


def failing(error: DigestError) -> State[Outcome]:
    """The state of a run that could not publish, with what it says to a person."""
    return Failed(message=str(error), data=error)


def report(outcome: Outcome) -> None:
    """Says what was made, what is not in it, and where it is."""
    shown = view(outcome.edition)
    logger.info("%s, %s: %s", shown.name, shown.date, shown.standfirst)
    for omission in shown.omissions:
        logger.info("left out %s: %s", counted(len(omission.things), "item"), omission.reason)
    if outcome.waiting:
        logger.info(
            "%s for the next edition", counted(outcome.waiting, "article waits", "articles wait")
        )
    for path in outcome.written.paths:
        logger.info("%s", path)
