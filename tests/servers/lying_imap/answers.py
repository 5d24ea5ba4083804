"""The answers to one FETCH, true or not."""

import re
from collections.abc import Iterator

from servers.lying_imap.box import Box, Letter
from servers.lying_imap.lies import Lie, Planned

_FOUR_GIB = 4 << 30


def fetch_answers(box: Box, rest: str, planned: list[Planned]) -> Iterator[bytes]:
    uid_set, _, items = rest.partition(" ")
    letters = box.chosen(uid_set)
    lies = {one.lie for one in planned}
    if Lie.HOLLOW in lies:
        return
    if Lie.STRANGERS in lies:
        letters.insert(0, Letter(999_999, b"From: stranger@example.org\r\n\r\n", letters[0].internaldate))
    if Lie.NAMELESS in lies:
        yield b"* 1 FETCH (BODY[] {5}\r\nlies!)\r\n"
    if Lie.BACKWARDS in lies:
        letters.reverse()
    for letter in letters:
        yield _answer(box, letter, items, lies)
        if lies & {Lie.CUT, Lie.STALL, Lie.HUGE}:
            return
        if Lie.TWICE in lies:
            yield _answer(box, Letter(letter.uid, b"another text", letter.internaldate), items, set())


def _answer(box: Box, letter: Letter, items: str, lies: set[Lie]) -> bytes:
    number = box.letters.index(letter) + 1 if letter in box.letters else 1
    words = [f"UID {letter.uid}"]
    if "INTERNALDATE" in items:
        words.append(f'INTERNALDATE "{letter.written_date}"')
    if "RFC822.SIZE" in items:
        words.append(f"RFC822.SIZE {1 if Lie.SMALL in lies else len(letter.raw)}")
    if re.search(r"\bFLAGS", items):
        words.append(f"FLAGS ({' '.join(sorted(letter.flags))})")
    if "X-GM-LABELS" in items:
        quoted = (label.replace("\\", "\\\\") for label in sorted(letter.labels))
        words.append("X-GM-LABELS ({})".format(" ".join(f'"{label}"' for label in quoted)))
    start = f"* {number} FETCH ({' '.join(words)}".encode()
    if match := re.search(r"BODY(?:\.PEEK)?\[HEADER\]<0\.(\d+)>", items):
        header = letter.raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        part = b"BODY[HEADER]" if Lie.UNPLACED in lies else b"BODY[HEADER]<0>"
        return start + _literal(part, header[: int(match[1])], lies)
    if "BODY[]" in items:
        letter.flags.add(r"\Seen")
    if "BODY[]" in items or "BODY.PEEK[]" in items:
        return start + _literal(b"BODY[]", letter.raw, lies)
    return start + b")\r\n"


def _literal(name: bytes, octets: bytes, lies: set[Lie]) -> bytes:
    if Lie.NIL in lies:
        return b" %s NIL)\r\n" % name
    if Lie.EMPTY in lies:
        return b' %s "")\r\n' % name
    if Lie.HUGE in lies:
        return b" %s {%d}\r\n%s" % (name, _FOUR_GIB, octets)
    announced = b"~{%d}" if Lie.TILDE in lies else b"{%d}"
    whole = b" %s %s\r\n%s)\r\n" % (name, announced % len(octets), octets)
    return whole[: -len(octets) // 2] if lies & {Lie.CUT, Lie.STALL} else whole
