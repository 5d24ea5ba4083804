import sys
import unicodedata

from mailbot.parsers import printable

# The long way: with this one in it, a string goes through every pattern, and it leaves nothing behind.
HARMFUL = "\u200b"


def _characters() -> list[str]:
    every = map(chr, range(sys.maxunicode + 1))
    return [
        each for each in every if each.isascii() or unicodedata.category(each) not in ("Lo", "Cn", "Co", "Cs", "So")
    ]


def test_a_text_without_harm_reads_as_it_does_with_it() -> None:
    strange = [
        each
        for each in (*_characters(), "\r\n", "\n\r", "\ud800", "\ufffe", "\uffff", " \t ")
        if printable.text(f"é{each}a") != printable.text(f"é{each}a{HARMFUL}")
    ]
    assert strange == []


def test_a_line_without_harm_reads_as_it_does_with_it() -> None:
    strange = [
        each
        for each in (*_characters(), "  ", "\ud800", "\ufffe")
        for written in (f"é{each}a", f"{each}a", f"a{each}")
        if printable.line(written, 5) != printable.line(f"{written}{HARMFUL}", 5)
    ]
    assert strange == []


def test_french_spaces_stay() -> None:
    assert printable.text("Objet\u202f: 12\xa0000\xa0$\r\n\tMerci") == "Objet\u202f: 12\xa0000\xa0$\n\tMerci"
