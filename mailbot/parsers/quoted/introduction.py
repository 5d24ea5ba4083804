"""What stands above a quotation: an attribution line, "Message d'origine", a header block, our own delimiter."""

import re
from dataclasses import dataclass

from mailbot.parsers.quoted.header_block import header_block
from mailbot.parsers.quoted.lines import Lines

_VERBS = (
    *("a écrit", "a ecrit", "à écrit", "écrivait", "a répondu", "wrote", "writes", "sent"),
    *(
        "schrieb",
        "escribió",
        "escreveu",
        "ha escrit",
        "ha scritto",
        "napisał",
        "napisał(a)",
        "pisze",
        "skrev",
        "schreef",
    ),
    *("geschreven", "написав", "написал", "написал(а)", "đã viết"),
)
_INVERTED = (" schrieb ", " schreef ", " skrev ")
_REPLIES = frozenset(
    (
        *("message d'origine", "message original", "mail original", "message initial", "courriel original"),
        *("original message", "original appointment", "reply message"),
        *("ursprüngliche nachricht", "antwort nachricht", "oprindelig meddelelse", "oorspronkelijk bericht"),
    )
)
_FORWARDS = frozenset(
    (
        *("message transféré", "message réexpédié", "début du message transféré", "début du message réexpédié"),
        *("forwarded message", "begin forwarded message", "weitergeleitete nachricht", "vidarebefordrat meddelande"),
    )
)
_FORWARDED_BY = ("transféré par ", "forwarded by ")

_OPENING = re.compile(r"[-–—*_ ]*(?:le|on|am|el|il|op|den|på|w dniu|em|vào)\s", re.IGNORECASE)
_DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|\b(?:19|20)\d\d\b")
_CLOCK = re.compile(r"\d\s?(?::|[hH]\s?|\.)\d\d\b")
_ADDRESS = re.compile(r"[^\s<>@]@[^\s<>@]")
_RULE = re.compile(r"[-_=*─━]{5,}$")
_COLONS = (":", "：")
_DASHES = ("--", "—")
_MAX_LINES = 5
_MAX_LENGTH = 600
_FEW = 20  # code points before the day or after the address


@dataclass(frozen=True, slots=True)
class Introduction:
    """Lines that announce a quotation, up to `end`. A sure one needs no ">" below it: all that follows is quoted."""

    end: int
    sure: bool
    forward: bool = False


def introduction(lines: Lines, start: int, end: int) -> Introduction | None:
    """What begins at line `start`, if it announces a quotation; a header block below belongs to it."""
    line = lines.text[start]
    if not (":" in line or "<" in line or "@" in line or line[0] in "-_=*>–—" or _OPENING.match(line)):
        return None
    found = _marker(line, start + 1)
    after = header_block(lines, start, end) if found is None else None
    if after is not None:
        return Introduction(after, sure=True)
    found = found or _attribution(lines, start, end)
    if found is None:
        return None
    below = lines.filled(found.end, end)
    after = header_block(lines, below, end, announced=found.sure) if below < end else None
    return found if after is None else Introduction(after, sure=True, forward=found.forward)


def delimiter(lines: Lines) -> int | None:
    """The line of our own notices above which the answer stands; a client may have wrapped it."""
    for index, line in enumerate(lines.text):
        if "##- " in line and any(" -##" in f" {below}" for below in lines.text[index : index + 3]):
            return index
    return None


def is_rule(line: str) -> bool:
    return _RULE.match(line) is not None


def _marker(line: str, after: int) -> Introduction | None:
    if line.startswith(">>> ") and line.endswith(" >>>") and any(map(str.isdigit, line)):  # GroupWise
        return Introduction(after, sure=True)
    if not line.startswith(("-", "_", "=", "*")) and not line.endswith(":"):
        return None
    words = line.strip("-_=*: \u00a0\u202f").replace("’", "'").lower()
    if words in _REPLIES:
        return Introduction(after, sure=True)
    if words in _FORWARDS or words.startswith(_FORWARDED_BY):
        return Introduction(after, sure=True, forward=True)
    return None


def _attribution(lines: Lines, start: int, end: int) -> Introduction | None:
    """An attribution on one to five lines: Gmail wraps them, Polymail leaves blank lines in them."""
    first = lines.text[start]
    opened = _OPENING.match(first) is not None
    if not (opened or "<" in first or "@" in first or first.endswith((*_COLONS, *_DASHES))):
        return None
    timed = _CLOCK.search(first) is not None
    for last in range(start, min(end, start + _MAX_LINES)):
        line = lines.text[last]
        if line.endswith((*_COLONS, *_DASHES)):
            return _judged(lines.text[start : last + 1], last + 1, opened)
        if line.endswith((".", "!", "?")) or not (line or timed):
            break
    return _judged((first,), start + 1, opened) if first.endswith(">") else None


def _judged(span: tuple[str, ...], after: int, opened: bool) -> Introduction | None:
    joined = " ".join(" ".join(span).split())
    if len(joined) > _MAX_LENGTH:
        return None
    told = joined.strip("-–—*_: ：").lower()
    addressed = _ADDRESS.search(told) is not None
    timed = _CLOCK.search(told) is not None
    stem = _before_verb(told)
    if stem is not None:
        signed = stem.endswith((">", ")", ">>")) and stem.count(" ") <= 6
        return Introduction(after, sure=(addressed or timed) if opened else (addressed and signed))
    if opened and addressed and any(verb in told for verb in _INVERTED):
        return Introduction(after, sure=True)
    if addressed and len(told) - told.rfind(">") <= _FEW:
        dated = timed and joined.endswith(_COLONS) and _begins_with_a_day(told)
        return Introduction(after, sure=dated)
    return None


def _before_verb(told: str) -> str | None:
    for verb in _VERBS:
        if told.endswith(verb):
            stem = told.removesuffix(verb)
            return None if stem[-1:].isalnum() or stem.endswith("'") else stem.rstrip()
    return None


def _begins_with_a_day(told: str) -> bool:
    """A foreign "2016/11/08 14:26 Name <address> …:" is known by its shape alone; "le" and "on" have their verbs."""
    day = _DATE.search(told)
    return day is not None and day.start() < _FEW and not told.startswith(("le ", "on "))
