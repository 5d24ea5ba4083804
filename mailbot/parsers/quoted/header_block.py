"""The header block that Outlook and forwarding clients set above what they quote: De, Envoyé, À, Objet."""

import re
from enum import Enum, auto

from mailbot.parsers.quoted.lines import Lines


class _Key(Enum):
    SENDER = auto()
    DATE = auto()
    SENT = auto()
    RECIPIENT = auto()
    SUBJECT = auto()
    OTHER = auto()


_WORDS = {
    _Key.SENDER: ("de", "from", "expéditeur", "von", "van", "fra", "från", "da", "od"),
    _Key.DATE: ("date", "datum", "dato", "data", "fecha", "message du"),
    _Key.SENT: (
        "envoyé",
        "envoyé le",
        "date d'envoi",
        "sent",
        "gesendet",
        "verzonden",
        "skickat",
        "sendt",
        "enviado",
        "inviato",
    ),
    _Key.RECIPIENT: ("à", "a", "pour", "destinataire", "destinataires", "to", "an", "aan", "til", "till", "para"),
    _Key.SUBJECT: ("objet", "sujet", "subject", "betreff", "onderwerp", "ämne", "emne", "asunto", "oggetto", "assunto"),
    _Key.OTHER: (
        *("cc", "cci", "bcc", "copie", "copie à", "répondre à", "importance", "pièces jointes", "pièce jointe"),
        *("reply-to", "attachments", "attachment", "organization", "message-id", "kopie", "kopia"),
    ),
}
_KEYS = {word: key for key, words in _WORDS.items() for word in words}
_LONGEST = max(map(len, _KEYS)) + 4  # bold asterisks and the space before a French colon

_CLOCK = re.compile(r"\d\s?[:hH]\s?\d\d")
_OUTLOOK_RULE = re.compile(r"_{20,}$")
_MAX_BLOCK = 16
_MAX_WRAPPED = 2


def header_block(lines: Lines, start: int, end: int, announced: bool = False) -> int | None:
    """Where the block that begins at line `start` ends, or None where none does.

    Without an announcing line above it, it must name a sender or a recipient and a day, and show an address, a clock
    time or an "Envoyé": a customer's own "De : Paris", "À : Lyon" is no header, nor what stands right below his colon.
    """
    first = _key(lines.text[start])
    if first is None:
        return None
    keys, after = _read(lines, start, min(end, start + _MAX_BLOCK))
    above = lines.text[start - 1] if start > 0 else ""
    if announced or (first is _Key.SENDER and _OUTLOOK_RULE.match(above)):
        return after
    return after if not above.endswith(":") and _convincing(keys, "\n".join(lines.text[start:after])) else None


def _key(line: str) -> _Key | None:
    name, colon, _ = line[: _LONGEST + 8].lstrip("> *_").partition(":")
    return _KEYS.get(name.strip(" *_\u00a0\u202f").lower().replace("’", "'")) if colon else None


def _read(lines: Lines, start: int, end: int) -> tuple[set[_Key], int]:
    """The keys from `start` on and the line after the last of them; values may wrap and blank lines stand between."""
    keys: set[_Key] = set()
    after, wrapped, index = start, 0, start
    while index < end:
        line = lines.text[index]
        key = _key(line)
        if key is not None:
            keys.add(key)
            after, wrapped = index + 1, 0
        elif line.strip("> "):
            wrapped += 1
            if wrapped > _MAX_WRAPPED:
                break
        elif _key_follows(lines, index + 1, end):
            wrapped = 0
        else:
            return keys, index if wrapped and len(keys) > 1 else after
        index += 1
    return keys, after


def _key_follows(lines: Lines, index: int, end: int) -> bool:
    index = lines.filled(index, min(end, index + 2))
    return index < end and _key(lines.text[index]) is not None


def _convincing(keys: set[_Key], block: str) -> bool:
    named = keys & {_Key.SENDER, _Key.RECIPIENT}
    told = keys - {_Key.OTHER}
    if not named or len(told) < 2:
        return False
    if _Key.SENT in keys and _Key.SENDER in keys:
        return True
    dated = _Key.DATE in keys and _CLOCK.search(block) is not None
    if len(told) == 2:
        return dated and "@" in block
    return (_Key.SENDER in keys and "@" in block) or (dated and len(told) == 4)
