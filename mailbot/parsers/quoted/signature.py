"""Signatures in what the author wrote himself: after "-- ", phone footers, contact blocks, legal footers."""

import re

from mailbot.model import PartKind
from mailbot.parsers.quoted.lines import Lines

_APPLIANCE = re.compile(
    r"(?:envoyé (?:de|depuis|avec|via|par|à partir (?:de|d['’]))|sent (?:from|with|via|by)) ?"
    r"(?P<what>[^.,;:!?]{2,60})\.?(?:\s*<?https?://\S*)?$",
    re.IGNORECASE,
)
_OWN_APPLIANCE = re.compile(
    r"(?:mon|ma|my|the|an?|un|une) |l['’]app|"
    r".*\b(?:iphone|ipad|android|outlook|samsung|galaxy|huawei|blackberry|yahoo|gmail|mail|courrier|courriel|proton\w*|"
    r"thunderbird|mobile|téléphone|smartphone|windows)\b",
    re.IGNORECASE,
)
_ADVERTISED = re.compile(
    r"t[ée]l[ée]charge[rz] outlook pour|obten(?:ir|ez) outlook pour|(?:get|download) outlook for|"
    r"provenance ?: courrier pour|garanti sans virus|sans virus\.|virus-free\.|l['’]absence de virus dans ce courrier|"
    r"cet e-mail a été vérifié par|this e-?mail has been checked for viruses",
    re.IGNORECASE,
)
_LEGAL_OPENING = re.compile(
    r"[*_ ]*(?:(?:ce|le présent) (?:message|courriel|courrier)|cet e-?mail|avis (?:de confidentialité|important)|"
    r"confidentialité|les informations contenues|l['’]information contenue|avertissement|"
    r"pensez (?:à l['’])?environnement|avant d['’]imprimer|devez-vous vraiment|"
    r"this (?:message|e-?mail|communication)|the (?:information contained|contents of this)|"
    r"confidentiality notice|disclaimer|notice:|please consider the environment|think before you print)",
    re.IGNORECASE,
)
_LEGAL = re.compile(
    r"confidenti|destinataire|privileged|intended (?:only |solely )?for|environn?ement|imprim|print", re.IGNORECASE
)
_SIGN_OFF = re.compile(
    r"(?:bien )?(?:cordiale?ment|amicalement|respectueusement|sincèrement|salutations|à vous|merci\b|bonne journée|"
    r"bonne fin de|bonne soirée|au plaisir|dans l['’]attente|veuillez (?:agréer|recevoir)|je vous (?:prie|remercie)|"
    r"à bientôt|(?:(?:best|kind|warm|many|with) )*(?:regards|thanks|thank you|wishes)|"
    r"cheers|sincerely|yours|respectfully|cdlt|cdt|bav)",
    re.IGNORECASE,
)
_CONTACT = re.compile(
    r"(?:(?:\+|\b00)\d[\d .()-]{6,}\d|\(\d{3}\) ?\d{3}|\b\d{3}[-. ]\d{3}[-. ]\d{4}|\b0\d(?:[ .-]?\d\d){4})"
    r"|[^\s@]@[^\s@]|\bwww\.|https?://|\b(?:t[ée]l|phone|mobile|cell|portable|fax)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"[-–—~]{0,2} ?[^\W\d_]{1,25}\.?(?:[ '’-][^\W\d_]{1,25}\.?){0,4},?$")
_MAX_SIGNATURE = 15
_MAX_FOOTER = 40
_MAX_SIGN_OFF = 60
_MAX_CONTACT_LINE = 120


def mark(lines: Lines, kinds: list[PartKind]) -> None:
    """Turns NEW lines of `kinds` into SIGNATURE. Contact blocks and footers end the letter's last own stretch only."""
    stretches = _stretches(kinds, lines)
    for position, (start, end) in enumerate(stretches):
        cut = _dashes(lines, start, end)
        if position == len(stretches) - 1:
            cut = _footer(lines, start, cut)
            cut = _contact_block(lines, start, cut)
        kinds[cut:end] = [PartKind.SIGNATURE] * (end - cut)
        _mark_appliances(lines, kinds, start, cut)


def _stretches(kinds: list[PartKind], lines: Lines) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    start: int | None = None
    for index, kind in enumerate([*kinds, PartKind.QUOTED]):
        if kind is PartKind.NEW:
            start = index if start is None else start
        elif start is not None:
            if lines.filled(start, index) < index:
                found.append((start, index))
            start = None
    return found


def _filled(lines: Lines, start: int, end: int) -> list[int]:
    return [index for index in range(start, end) if lines.text[index]]


def _dashes(lines: Lines, start: int, end: int) -> int:
    """RFC 3676 section 4.3. The last one counts; many clients strip its blank, so a long rest is no signature."""
    for index in range(end - 1, start - 1, -1):
        if lines.text[index] == "--":
            return index if len(_filled(lines, index, end)) <= _MAX_SIGNATURE else end
    return end


def _footer(lines: Lines, start: int, end: int) -> int:
    """Where the confidentiality notice and its like begin, or the footer of a mailing list."""
    filled = _filled(lines, start, end)[-_MAX_FOOTER:]
    for index in filled[1:]:
        line = lines.text[index]
        if _LEGAL_OPENING.match(line) and _LEGAL.search(" ".join(lines.text[index : min(end, index + 4)])):
            return index
        if len(line) >= 20 and not line.strip("_"):
            return index
    return end


def _contact_block(lines: Lines, start: int, end: int) -> int:
    filled = _filled(lines, start, end)
    tail = filled[-_MAX_SIGNATURE:]
    for place in range(len(tail) - 1, -1, -1):
        line = lines.text[tail[place]]
        if len(line) <= _MAX_SIGN_OFF and _SIGN_OFF.match(line) and not line.endswith((":", "?")):
            below = tail[place + 1 :]
            return _after_name(lines, below) if _is_contact(lines, below) else end
    return _unannounced(lines, filled, end)


def _after_name(lines: Lines, below: list[int]) -> int:
    """The name under "Cordialement," belongs to the sign-off unless it heads a paragraph of contact lines."""
    name = below[0]
    heads = not lines.text[name - 1] and len(below) > 1 and below[1] == name + 1
    return name if heads or not _NAME.match(lines.text[name]) else name + 1


def _is_contact(lines: Lines, block: list[int]) -> bool:
    return (
        any(_CONTACT.search(lines.text[index]) for index in block)
        and not any(_is_sentence(lines.text[index]) for index in block)
        and not (len(block) == 1 and _NAME.match(lines.text[block[0]]))
    )


def _is_sentence(line: str) -> bool:
    words = line.count(" ") + 1
    return len(line) > _MAX_CONTACT_LINE or line.endswith("?") or (words > 7 and line.endswith((".", "!", ":", ",")))


def _unannounced(lines: Lines, filled: list[int], end: int) -> int:
    """A last paragraph of a name and at least two contact lines, under a finished sentence: never under "… :"."""
    first = len(filled) - 1
    while first > 0 and filled[first - 1] == filled[first] - 1:
        first -= 1
    block = filled[first:]
    if first <= 0 or len(block) < 3 or len(block) > _MAX_SIGNATURE or lines.text[filled[first - 1]].endswith(":"):
        return end
    contacts = sum(_CONTACT.search(lines.text[index]) is not None for index in block)
    named = _NAME.match(lines.text[block[0]]) is not None and " " in lines.text[block[0]]
    return block[0] if named and contacts >= 2 and _is_contact(lines, block) else end


def _mark_appliances(lines: Lines, kinds: list[PartKind], start: int, end: int) -> None:
    marked = False
    for index in range(start, end):
        line = lines.text[index]
        marked = _is_appliance(line) or (marked and (not line or line.startswith(("<http", "http"))))
        if marked:
            kinds[index] = PartKind.SIGNATURE


def _is_appliance(line: str) -> bool:
    words = line.strip("*_<[ ")
    match = _APPLIANCE.match(words)
    return _ADVERTISED.match(words) is not None if match is None else _OWN_APPLIANCE.match(match["what"]) is not None
