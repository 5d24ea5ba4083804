"""What of a mail is its text: the plain version where there is one, else HTML; all that a reader sees in a row."""

import re
from dataclasses import dataclass
from html import unescape

from mailbot.parsers import html, mime, printable
from mailbot.parsers.flowed import unflowed
from mailbot.parsers.limits import MAX_TEXT
from mailbot.parsers.tree import Entity

NO_TEXT = "no readable text"
HIDDEN_TEXT = "hidden text"
CUT = "the text is longer than is read"
WRONG_CHARSET = "the character set is not what the mail says"
DIFFERENT = "text and HTML differ"
_PLAIN = "text/plain"
_HTML = "text/html"
# octets of one character at the most, in any transfer encoding
_WIDEST = 12
_COMPARED = 16 * 1024
_WORD = re.compile(r"[^\W_]{3,}")
_TAG = re.compile(r"<[^<>]*>")


@dataclass(frozen=True, slots=True)
class Version:
    """One text leaf: its characters, decoded and clean, as plain text or HTML still."""

    entity: Entity
    characters: str

    @property
    def is_html(self) -> bool:
        return self.entity.content_type == _HTML


@dataclass(frozen=True, slots=True)
class Body:
    text: str
    defects: tuple[str, ...]


def is_text(entity: Entity, found: tuple[Entity, ...]) -> bool:
    """Whether a leaf is part of the letter: text that is no attachment; a named one only where no text came before."""
    if entity.content_type not in (_PLAIN, _HTML) or entity.disposition.value == "attachment":
        return False
    return not found or not (entity.disposition.get("filename") or entity.content.get("name"))


def versions(raw: bytes, entities: tuple[Entity, ...]) -> tuple[tuple[Version, ...], tuple[str, ...]]:
    """The text leaves decoded, and what was wrong with them."""
    read = [mime.text(raw, entity, MAX_TEXT * _WIDEST) for entity in entities]
    # one more than is read, so that the end knows that something was cut
    clean = (printable.text(characters[: MAX_TEXT + 1]) for characters, _ in read)
    decoded = tuple(Version(entity, characters) for entity, characters in zip(entities, clean, strict=True))
    return decoded, () if all(right for _, right in read) else (WRONG_CHARSET,)


def body(decoded: tuple[Version, ...]) -> Body:
    seen = tuple(version for version in decoded if not _replaced(version, decoded))
    defects: dict[str, None] = {}
    texts = (_text(version, defects) for version in seen)
    whole = "\n\n".join(text for text in texts if text)
    if len(whole) > MAX_TEXT or any(len(version.characters) > MAX_TEXT for version in seen):
        defects[CUT] = None
    if not whole:
        defects[NO_TEXT] = None
    if _differ(decoded):
        defects[DIFFERENT] = None
    return Body(whole[:MAX_TEXT], tuple(defects))


def _replaced(version: Version, decoded: tuple[Version, ...]) -> bool:
    """RFC 2046 section 5.1.4: of alternatives one is read, here the plain one if it says anything."""
    return version.is_html and any(
        not other.is_html and _are_alternatives(version, other) and not other.characters.isspace()
        for other in decoded
        if other.characters
    )


def _are_alternatives(one: Version, other: Version) -> bool:
    children = {branch.alternative: branch.child for branch in one.entity.branches}
    return any(children.get(branch.alternative, branch.child) != branch.child for branch in other.entity.branches)


def _text(version: Version, defects: dict[str, None]) -> str:
    characters = version.characters
    if version.is_html:
        converted = html.convert(characters)
        defects.update(dict.fromkeys((HIDDEN_TEXT,) * converted.hidden + (CUT,) * converted.cut))
        characters = converted.text
    elif version.entity.content.get("format").lower() == "flowed":
        characters = unflowed(characters, version.entity.content.get("delsp").lower() == "yes")
    return characters.strip("\n").rstrip()


def _differ(decoded: tuple[Version, ...]) -> bool:
    """Whether the two versions of a letter share less than half of their words (F-135)."""
    for version in decoded:
        if version.is_html:
            other = next((each for each in decoded if not each.is_html and _are_alternatives(version, each)), None)
            if other is not None and other.characters and not other.characters.isspace():
                plain = _words(other.characters)
                shown = _words(_TAG.sub(" ", version.characters[:_COMPARED]))
                return len(plain & shown) * 2 < min(len(plain), len(shown))
    return False


def _words(text: str) -> set[str]:
    return set(_WORD.findall(unescape(text[:_COMPARED]).lower()))
