import pytest

from digest.summarize.reading.quotations import KnownWording, read_quotations


@pytest.mark.parametrize(
    ("text", "quotation"),
    [
        ('He said "we agree" today', "we agree"),
        ("He said “we agree” today", "we agree"),
        ("He said ‘we don’t agree’ today", "we don’t agree"),
        ("He said 'we don't agree' today", "we don't agree"),
        ("Er sagte „wir sind uns einig“ heute", "wir sind uns einig"),
        ("Il a dit « nous sommes d'accord »", "nous sommes d'accord"),
        ("그는 「합의했다」고 말했다", "합의했다"),
    ],
)
def test_a_quotation_is_found_in_any_style(text: str, quotation: str) -> None:
    assert read_quotations(text) == [quotation]


def test_apostrophes_quote_nothing() -> None:
    assert read_quotations("The workers' pay and the bosses' rights in the '90s don't differ") == []


def test_what_is_left_out_may_be_anything_but_the_order_stays() -> None:
    wording = KnownWording('"We will raise the budget and, in time, buy the submarine."')
    assert wording.missing("“We will raise the budget … buy the submarine”") == []
    assert wording.missing("“We will [...] buy the submarine”") == []
    assert wording.missing("“buy the submarine … raise the budget”") != []
    assert wording.missing("“raise the bud”") == ["raise the bud"]
