import pytest

from digest.summarize.reading.verbs import base


@pytest.mark.parametrize(
    "forms",
    [
        "take takes took taken taking",
        "begin begins began begun",
        "close closes closed closing",
        "approve approves approved approving",
        "lose loses lost losing",
        "resign resigned",
    ],
)
def test_the_forms_of_a_verb_are_one(forms: str) -> None:
    assert len({base(form) for form in forms.split()}) == 1


def test_unlike_verbs_are_not_one() -> None:
    verbs = ("take", "begin", "close", "approve", "lose", "resign", "buy", "bring", "build")
    assert len({base(verb) for verb in verbs}) == len(verbs)
