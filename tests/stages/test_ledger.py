"""Who is to get what, as a table of scenarios; nothing is sent here."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.model import Delivery, Edition
from digest.stages.ledger import PATIENCE, agenda, on_purpose, unreached

DAY = timedelta(days=1)
CUTOFF = datetime(2026, 11, 17, 7, tzinfo=UTC)
NOW = CUTOFF + timedelta(minutes=5)
ADA, BO, CY, TEAM = "ada@home.example", "bo@home.example", "cy@home.example", "channel:team"


def edition(days: float = 0) -> Edition:
    cutoff = CUTOFF + days * DAY
    return Edition("daily", f"{cutoff:%Y-%m-%d}", "Daily", "UTC", cutoff - DAY, cutoff, ())


TODAY = edition()


def row(recipient: str, status: str, days: float = 0, detail: str = "why") -> Delivery:
    made = edition(days)
    return Delivery("daily", made.slot, recipient, status, made.cutoff, detail)


def due(*wanted: str, ledger: tuple[Delivery, ...] = (), **more: object) -> list[tuple[str, str]]:
    """(slot, recipient) of each that is due for today's run."""
    editions = {made.slot: made for made in map(edition, (-5, -2, -1, 1))}
    decided = agenda(TODAY, wanted, ledger, editions, NOW, NOW, **more)
    return [(each.edition.slot[-2:], each.recipient) for each in decided.due]


@pytest.mark.parametrize(
    ("ledger", "wanted", "expected"),
    [
        pytest.param((), (ADA, TEAM), [("17", ADA), ("17", TEAM)], id="nobody has it"),
        pytest.param((), (ADA, ADA), [("17", ADA)], id="an address that is written twice"),
        pytest.param((), (), [], id="nobody wants it"),
        pytest.param((row(ADA, "sent"),), (ADA, BO), [("17", BO)], id="one has it"),
        pytest.param((row(ADA, "refused"),), (ADA, BO), [("17", BO)], id="one refused it"),
        pytest.param((row(ADA, "deferred"),), (ADA,), [("17", ADA)], id="not yet taken"),
        pytest.param((row(ADA, "sending"),), (ADA,), [("17", ADA)], id="a run died over it"),
        pytest.param(
            (row(BO, "deferred"),), (ADA,), [("17", ADA), ("17", BO)], id="tried for somebody else"
        ),
        pytest.param((row(BO, "refused"),), (ADA,), [("17", ADA)], id="refused by somebody else"),
        pytest.param(
            (row(BO, "deferred", -1), row(ADA, "sending", -2)),
            (ADA,),
            [("15", ADA), ("16", BO), ("17", ADA)],
            id="earlier editions first, the oldest before",
        ),
        pytest.param(
            (row(ADA, "refused", -1), row(BO, "refused", -2)),
            (ADA,),
            [("17", ADA)],
            id="what was refused of an earlier edition is not tried again",
        ),
        pytest.param(
            (row(ADA, "deferred", -5), row(BO, "deferred", -1)),
            (),
            [("16", BO)],
            id="too old to be sent",
        ),
        pytest.param((row(ADA, "deferred", -5),), (), [("12", ADA)], id="old, and not tried since"),
        pytest.param((row(ADA, "deferred", 1),), (), [], id="a later edition's own run sends it"),
    ],
)
def test_a_run_hands_over(
    ledger: tuple[Delivery, ...], wanted: tuple[str, ...], expected: list[tuple[str, str]]
):
    assert due(*wanted, ledger=ledger) == expected


def test_who_refused_is_asked_again_only_if_somebody_insists():
    ledger = (row(ADA, "refused"), row(BO, "refused"), row(TEAM, "sent"))
    kept = agenda(TODAY, [ADA, TEAM], ledger, {}, NOW, NOW)
    assert (kept.due, kept.lacking) == ((), (ledger[0],))
    asked = agenda(TODAY, [ADA, TEAM], ledger, {}, NOW, NOW, insist=True)
    assert ([each.recipient for each in asked.due], asked.lacking) == ([ADA], ())


def test_what_the_ledger_says_so_far_comes_along():
    open_, late = row(ADA, "sending"), row(BO, "deferred", -1)
    decided = agenda(TODAY, [ADA], (open_, late), {late.slot: edition(-1)}, NOW, NOW)
    assert [each.before for each in decided.due] == [late, open_]
    assert [each.edition for each in decided.due] == [edition(-1), TODAY]


LATE = PATIENCE + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("tried", "after", "kept"),
    [
        pytest.param(DAY, PATIENCE, True, id="within three days"),
        pytest.param(DAY, LATE, True, id="after a weekend, once more"),
        pytest.param(DAY, 7 * DAY, True, id="after a week, once more"),
        pytest.param(LATE, LATE + DAY, False, id="tried after three days already"),
    ],
)
def test_an_edition_that_was_not_taken_is_given_up_when_it_was_tried_after_three_days(
    tried: timedelta, after: timedelta, kept: bool
):
    cutoff = edition(-7).cutoff
    late = replace(row(ADA, "deferred", -7, "451 try later"), at=cutoff + tried)
    now = cutoff + after
    decided = agenda(TODAY, [], (late,), {late.slot: edition(-7)}, now, now)
    if kept:
        assert ([each.recipient for each in decided.due], decided.given_up) == ([ADA], ())
    else:
        [given_up] = decided.given_up
        assert (decided.due, given_up.status, given_up.at) == ((), "refused", now)
        assert given_up.detail == "given up after 3 days: 451 try later"


def test_what_belongs_to_an_edition_that_is_gone_is_given_up():
    decided = agenda(TODAY, [], (row(ADA, "sending", -1, ""),), {}, NOW, NOW)
    assert decided.due == ()
    assert "a run died while it was handed over" in decided.given_up[0].detail


@pytest.mark.parametrize("insist", [False, True])
def test_an_old_edition_that_is_written_again_goes_to_nobody_who_came_since(insist: bool):
    ledger, now = (row(ADA, "deferred"), row(TEAM, "sent"), row(CY, "refused")), NOW + LATE
    wanted = (ADA, BO, TEAM, CY)
    old = agenda(TODAY, wanted, ledger, {}, published=NOW, now=now, insist=insist)
    assert [each.recipient for each in old.due] == [ADA, *[CY] * insist]
    # A weekly edition may be made long after its cut-off.
    late = agenda(TODAY, wanted, ledger, {}, published=now, now=now, insist=insist)
    assert [each.recipient for each in late.due] == [ADA, BO, *[CY] * insist]


def test_on_purpose_it_goes_to_whomever_is_named_whatever_they_have():
    ledger = (row(ADA, "sent"), row(BO, "refused"), row(BO, "deferred", -1))
    decided = on_purpose(TODAY, [ADA, BO, TEAM, ADA], ledger)
    assert [(each.recipient, each.before) for each in decided.due] == [
        (ADA, ledger[0]),
        (BO, ledger[1]),
        (TEAM, None),
    ]
    assert {each.edition.slot for each in decided.due} == {TODAY.slot}


def test_a_footer_tells_who_refused_an_edition_since_the_last_came_out():
    told = row("moved@away.example", "refused", -1, "mx refused mail to …: 550 5.1.1 No such user")
    earlier, later = row(BO, "refused", -2), row(BO, "refused", 0)
    ledger = (told, earlier, later, row(ADA, "deferred", -1), row(TEAM, "refused", -1, "is gone"))
    first, second = unreached(ledger, TODAY.slot, since=edition(-1.5).cutoff)
    assert (first.recipient, first.slot) == ("m…@away.example", "2026-11-16")
    assert first.reason == "the server refused it (550 5.1.1)"
    assert (second.recipient, second.reason) == (TEAM, "it could not be handed over")


REFUSED, LOST = "the server refused it", "it could not be handed over"


@pytest.mark.parametrize(
    ("recipient", "detail", "reason"),
    [
        ("Mina.Lee@a.example", "mx: 550 5.1.1 user mina.lee unknown", f"{REFUSED} (550 5.1.1)"),
        ("mina+news@a.example", "mx: 552 mailbox mina is full", f"{REFUSED} (552)"),
        ('"mina lee"@a.example', "mx: 550 5.7.1-mina", f"{REFUSED} (550)"),
        ("mina@[10.0.0.5]", "mx hung up on mina", LOST),
        ("mina@a.example", "given up after 3 days: mx: 452 mina!", "given up after 3 days (452)"),
        ("mina@a.example", "given up after 3 days: ask mina", "given up after 3 days"),
    ],
)
def test_no_words_of_a_server_are_in_a_footer_as_they_may_name_the_reader(
    recipient: str, detail: str, reason: str
):
    ledger = [row(recipient, "refused", -1, detail)]
    [told] = unreached(ledger, TODAY.slot, edition(-2).cutoff)
    assert told.reason == reason
    assert "mina" not in f"{told.recipient} {told.reason}".lower()
