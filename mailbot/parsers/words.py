"""A text as words to be compared: whatever the case, the accents, the ligatures and the elisions of French.

Every step is one pass in C over the text, whatever it holds: rules look at each letter in this form.
"""

import unicodedata

# Where a sentence, a paragraph or an item ends: no phrase goes on beyond it.
STOP = "|"

# What Latin-1 lacks.
_SPELLED = {"œ": "oe", "’": "'", "ʼ": "'", "‘": "'", "…": ". "}
_BLANKS = "\u2002\u2003\u2009\u202f\u2010\u2011–—−•“”„\u2028\u2029"
_ENDS = ".!?;:"
# "l'adresse" is "adresse", "aujourd'hui" stays two words.
_ELISIONS = tuple(f" {word}'".encode() for word in (*"cdjlmnst", "qu", "jusqu", "lorsqu", "puisqu", "quoiqu"))
_IN_LATIN = tuple({**_SPELLED, **dict.fromkeys(_BLANKS, " ")}.items())
_DROPPED = b"\r\xad"


def _plain(code: int) -> str:
    letter = unicodedata.normalize("NFD", chr(code))[0]
    if letter.isascii() and (letter.isalnum() or letter in "'\n"):
        return letter.lower()
    return "." if letter in _ENDS else " "


_TABLE = "".join(map(_plain, range(256))).encode("ascii")


def _latin(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        for letter, spelled in _IN_LATIN:
            text = text.replace(letter, spelled)
    # An accent that follows its letter goes, as does every letter that is neither French nor English.
    return text.encode("latin-1", "ignore")


def words(text: str) -> list[str]:
    """In their order, in plain letters and digits, with STOP where a sentence ends.

    >>> words("L’Été, j'ai payé à l'école. Cœur n° 12.5: don't!")
    ['ete', 'ai', 'paye', 'a', 'ecole', '|', 'coeur', 'n', '12', '5', '|', 'don', 't', '|']
    """
    octets = _latin(text.lower()).translate(_TABLE, _DROPPED)
    octets = b" " + octets.replace(b"\n\n", b". ").replace(b"\n \n", b". ").replace(b"\n", b" ") + b" "
    octets = octets.replace(b". ", b" | ").replace(b".", b" ")
    if b"'" in octets:
        for elision in _ELISIONS:
            octets = octets.replace(elision, b" ")
    return octets.replace(b"'", b" ").decode("ascii").split()
