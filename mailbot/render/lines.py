"""Strings of strangers made fit to print: one line, or lines of text, without a control character."""

import re

# C0, DEL and C1; what else Unicode calls a line end; halves of surrogate pairs, which no encoding has.
_NOT_A_LETTER = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
# Overrides and isolates turn what follows around on the screen: "exe.pdf" may be "fdp.exe" (UTR 36 section 2.4).
_TURNS_AROUND = re.compile("[\u202a-\u202e\u2066-\u2069]")
_SPACES = re.compile(" {2,}")
_LINE_END = re.compile("\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_REPLY = re.compile(r"(?:re|ré|réf|rép|aw|sv|antw|rif)[ \xa0]?(?:\[\d{1,3}\])?[ \xa0]?[:：][ \xa0]*", re.IGNORECASE)


def one_line(text: str) -> str:
    """Whatever stands in a header or in a line of a mail goes through here.

    >>> one_line("x\\r\\nBcc: evil@example.com")
    'x Bcc: evil@example.com'
    """
    if text.isprintable():
        return _SPACES.sub(" ", text).strip() if "  " in text else text.strip()
    return _SPACES.sub(" ", _TURNS_AROUND.sub("", _NOT_A_LETTER.sub(" ", text))).strip()


def shortened(text: str, most: int) -> str:
    """At most that many characters.

    >>> shortened("abcdef", 4)
    'abc…'
    """
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def paragraphs(text: str) -> str:
    """Lines end in LF alone, none stands empty at the top or at the end, indentation stays."""
    if not text.isprintable():
        text = _CONTROL.sub("", _LINE_END.sub("\n", text))
    return "\n".join(line.rstrip() for line in text.split("\n")).strip("\n")


def bare_subject(subject: str, number: str) -> str:
    """The subject without the marks that we put in front ourselves.

    >>> bare_subject("RE : Re: [MB-7K3F-9XWM] Re: panne", "MB-7K3F-9XWM")
    'panne'
    """
    line = one_line(subject)
    mark = f"[{number}]"
    place = 0
    while True:
        if reply := _REPLY.match(line, place):
            place = reply.end()
        elif number and line.startswith(mark, place):
            place += len(mark)
        elif line.startswith(" ", place):
            place += 1
        else:
            return line[place:]
