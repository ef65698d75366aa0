"""Forms of an English verb under one name."""

from __future__ import annotations

import re

from digest.summarize.reading.words import STEM

_IRREGULAR = """
arise arose arisen | awake awoke awoken | bear bore borne born | beat beaten | become became |
begin began begun | bend bent | bind bound | bite bit bitten | bleed bled | blow blew blown |
break broke broken | breed bred | bring brought | build built | burn burnt | buy bought |
catch caught | choose chose chosen | come came | deal dealt | dig dug | draw drew drawn |
drink drank drunk | drive drove driven | eat ate eaten | fall fell fallen | feed fed | feel felt |
fight fought | find found | flee fled | fly flew flown | forbid forbade forbidden |
forget forgot forgotten | forgive forgave forgiven | freeze froze frozen | get got gotten |
give gave given | go goes went gone | grow grew grown | hang hung | hear heard | hide hid hidden |
hit hitting | hold held | keep kept | know knew known | lay laid | lead led | learn learnt |
leave leaving left | lend lent | let letting | lie lay lain lying | light lit | lose losing lost |
make making made | mean meant | meet met | mistake mistook | overcome overcame |
overtake overtook overtaken | pay paid | put putting | quit quitting | ride rode ridden |
ring rang rung | rise rose risen rising | run ran running | say said | see saw seen |
seek sought | sell sold | send sent | set setting | shake shook shaken | shine shone |
shoot shot | show shown | shrink shrank shrunk | shut shutting | sing sang sung | sink sank sunk |
sit sat sitting | sleep slept | slide slid | speak spoke spoken | spend spent | spill spilt |
spin spun | stand stood | steal stole stolen | stick stuck | strike struck | strive strove |
swear swore sworn | sweep swept | swim swam swum | swing swung | take took taken taking |
teach taught | tear tore torn | tell told | think thought | throw threw thrown |
understand understood | uphold upheld | wake woke woken | wear wore worn | win won winning |
wind wound | withdraw withdrew withdrawn | write wrote written writing
"""
_BASE = {
    form: verb.split()[0]
    for verb in _IRREGULAR.replace("\n", " ").split("|")
    for form in verb.split()
}
_ENDING = re.compile(r"(?:ing|ed|es|e|s)$")


def base(word: str) -> str:
    """What the forms of a verb have in common: ``taken`` and ``took``, ``close`` and ``closing``.

    Crude where the verb is regular, and for words that are no verbs: to be compared, not shown.
    """
    verb = _BASE.get(word) or _BASE.get(word.removesuffix("s"), word)
    return _ENDING.sub("", verb)[:STEM]
