"""The archive's search: an index of words that a page reads without a server, also from a disk.

A page may not fetch files from a disk, but it may run scripts that lie beside it. So each of these
files is a script that calls ``archive`` with its data, and does nothing else:

``search/<shard>.js``
    ``archive(stamp, lines)``: the words of a shard (see ``words``) and the stories that say them
    (see ``postings``). Stories are numbered through all editions, the oldest edition first.
``search/<edition>/<slot>.js``
    ``archive([[key, headline, language, direction, [sentence, …]], …])``: an edition's stories.

``search/editions.json`` says what the index is made of, for whoever adds to it. It is written last,
and every shard bears its stamp: so an index that somebody was killed over is found out.

The same editions give the same files, however they came together. Another edition costs its own
words and a pass over the shards.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import accumulate
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from digest.publish.document import DOCUMENT, Document, Story, document
from digest.publish.place import Place
from digest.publish.plain import cleaned, tongue
from digest.publish.postings import merged
from digest.publish.words import SHARDS, shard, words

FOLDER = Path("search")
CONTENTS = "editions.json"
RULES = 1
"""Raised when words are told apart or files are written otherwise: the index is then made anew."""

_AT_ONCE = 50
"""Editions that are read at once."""
_CALL, _END = b"archive(", b");\n"


@dataclass(frozen=True, slots=True)
class Indexed:
    """An edition in the index."""

    folder: Path
    """Relative to the outputs."""
    version: str
    """Of its document; empty where that changed while it was read, so that it is read again."""
    stories: int


@dataclass(frozen=True, slots=True)
class Contents:
    """What an index is made of."""

    rules: int = RULES
    editions: tuple[Indexed, ...] = ()
    """The oldest first."""

    @property
    def stamp(self) -> str:
        """Tells an index from every other: what belongs to two of them must not be mixed."""
        return sha256(_CONTENTS.dump_json(self)).hexdigest()[:12]


_CONTENTS = TypeAdapter(Contents)


@dataclass(frozen=True, slots=True)
class Index:
    """What is to be written, so that the index is as it should be."""

    stamp: str
    files: tuple[tuple[Path, Mapping[str, bytes]], ...] = ()
    """Folders with their files, in the order in which they are written."""
    gone: tuple[Path, ...] = ()
    """Files that are removed before."""


def index(there: Place, editions: Sequence[Indexed], anew: bool = False) -> Index:
    """How the index of ``there`` becomes that of these editions, the oldest first.

    Only what it lacks is read, or everything where it is broken or shall be made ``anew``.

    Raises:
        DigestError, PassingError: the place refuses, or cannot be reached now.
    """
    known = Contents(rules=0) if anew else _contents(there)
    if known == Contents(editions=tuple(editions)):
        return Index(known.stamp)
    lines = _lines(there, known)
    if not lines:
        known, lines = Contents(), [""] * SHARDS
    there_already = set(known.editions)
    fresh = [edition for edition in editions if edition not in there_already]
    texts = dict(_documents(there, fresh))
    unread = {edition.folder for edition in fresh} - texts.keys()
    contents = Contents(
        editions=tuple(
            replace(edition, version="") if edition.folder in unread else edition
            for edition in editions
        )
    )
    return Index(
        contents.stamp,
        (
            *_stories(texts),
            (FOLDER, _shards(lines, known, contents, texts)),
            (FOLDER, {CONTENTS: _CONTENTS.dump_json(contents)}),
        ),
        _gone(there, contents),
    )


def _contents(there: Place) -> Contents:
    path = FOLDER / CONTENTS
    data = there.read([path])[path]
    try:
        return _CONTENTS.validate_json(data) if isinstance(data, bytes) else Contents(rules=0)
    except ValidationError:
        return Contents(rules=0)


def _lines(there: Place, contents: Contents) -> list[str]:
    """Those of every shard; none unless all of them belong to these contents."""
    if contents.rules != RULES:
        return []
    stamp = contents.stamp
    found = there.read(FOLDER / _name(number) for number in range(SHARDS))
    lines = []
    for data in found.values():
        bears, text = _loaded(data)
        if bears != stamp:
            return []
        lines.append(text)
    return lines


def _documents(there: Place, editions: Sequence[Indexed]) -> Iterator[tuple[Path, Document]]:
    """The document of each edition that is still of the version that is asked for."""
    for start in range(0, len(editions), _AT_ONCE):
        some = editions[start : start + _AT_ONCE]
        found = there.read(edition.folder / DOCUMENT for edition in some)
        for edition in some:
            read = document(found[edition.folder / DOCUMENT])
            if isinstance(read, Document) and read.version == edition.version:
                yield edition.folder, cleaned(read)


def _stories(texts: Mapping[Path, Document]) -> Iterator[tuple[Path, Mapping[str, bytes]]]:
    files: defaultdict[Path, dict[str, bytes]] = defaultdict(dict)
    for folder, told in texts.items():
        path = _place_of_stories(folder)
        rows = [_row(story, told.language) for story in told.stories]
        files[path.parent][path.name] = _script(rows)
    yield from files.items()


def _row(story: Story, language: str) -> tuple[object, ...]:
    spoken = tongue(story.language or language)
    sentences = [sentence.text for sentence in story.summary.sentences]
    return story.key, story.headline, spoken.code, spoken.direction, sentences


def _shards(
    lines: Sequence[str],
    known: Contents,
    contents: Contents,
    texts: Mapping[Path, Document],
) -> dict[str, bytes]:
    added: list[defaultdict[str, list[int]]] = [defaultdict(list) for _ in range(SHARDS)]
    for folder, first in _firsts(contents).items():
        if folder in texts:
            for number, story in enumerate(texts[folder].stories, first):
                for word in _words(story):
                    added[shard(word)][word].append(number)
    moved, stamp = _moved(known, contents), contents.stamp
    return {
        _name(number): _script(stamp, merged(lines[number], added[number], moved))
        for number in range(SHARDS)
    }


def _words(story: Story) -> set[str]:
    texts = (story.headline, *(sentence.text for sentence in story.summary.sentences))
    return {word for text in texts for word in words(text)}


def _firsts(contents: Contents) -> dict[Path, int]:
    """The number of each edition's first story."""
    editions = contents.editions
    starts = accumulate((edition.stories for edition in editions), initial=0)
    return {edition.folder: start for edition, start in zip(editions, starts, strict=False)}


def _moved(known: Contents, contents: Contents) -> list[int | None] | None:
    """As ``postings.merged`` wants it."""
    if contents.editions[: len(known.editions)] == known.editions:
        return None
    firsts, kept = _firsts(contents), set(contents.editions)
    return [
        firsts[edition.folder] + place if edition in kept else None
        for edition in known.editions
        for place in range(edition.stories)
    ]


def _gone(there: Place, contents: Contents) -> tuple[Path, ...]:
    """Stories of editions that are there no longer; and the contents, which are written last: a
    kill in between must leave none, as they would not be those of the shards."""
    stay = {_place_of_stories(edition.folder) for edition in contents.editions}
    files = list(there.files(FOLDER))
    stories = (path for path in files if path.suffix == ".js" and len(path.parts) == 3)
    old = FOLDER / CONTENTS
    return (*([old] if old in files else []), *sorted(p for p in stories if p not in stay))


def _place_of_stories(folder: Path) -> Path:
    return FOLDER / folder.parent / f"{folder.name}.js"


def _name(number: int) -> str:
    return f"{number}.js"


def _script(*data: object) -> bytes:
    arguments = ",".join(
        json.dumps(each, ensure_ascii=False, separators=(",", ":")) for each in data
    )
    return _CALL + arguments.encode() + _END


def _loaded(data: bytes | OSError) -> tuple[str, str]:
    """Stamp and lines of a shard; empty ones where it is none."""
    if not isinstance(data, bytes):
        return "", ""
    try:
        bears, text = json.loads(b"[%b]" % data.removeprefix(_CALL).removesuffix(_END))
    except ValueError:
        return "", ""
    return bears, text
