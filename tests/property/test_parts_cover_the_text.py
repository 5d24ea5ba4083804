"""Any text is covered by its parts without gap or overlap, and no letter loses its last own word."""

from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from mailbot.model import PartKind
from mailbot.parsers.quoted import split

PIECES = (
    *("", " ", "Bonjour,", "Merci, Jean", "Cordialement,", "Jean Roy", "514 555-0100", "-- ", "--", "_" * 30, "-----"),
    *("> cité", ">", ">> cité deux fois", "> ", ">>> X 3/11/25 10:12 >>>", "Envoyé de mon iPhone", "https://a.example"),
    *(
        "Le 3 nov. 2025 à 10:12, X <x@y.example> a écrit :",
        "Le 3 novembre, X a écrit :",
        "On 3/11/25 10:12, X",
        "wrote:",
    ),
    *(
        "De : X <x@y.example>",
        "Envoyé : lundi 10:12",
        "À : Y",
        "Objet : Z",
        "-----Message d'origine-----",
        "Date: 10:12",
    ),
    *("Begin forwarded message:", "---------- Forwarded message ---------", "Ce message est confidentiel.", "\u200b"),
)
DELIMITERS = ("##- Répondez au-dessus de cette ligne / Reply above this line -##", "> ##- x -##", "##- ", "-##")
WORDS = st.text(alphabet=st.characters(exclude_categories=["Cs", "Cf"]), max_size=40)
LINES = st.one_of(st.sampled_from(PIECES), WORDS)
PLAIN = st.lists(LINES, max_size=25).map("\n".join)
LETTERS = st.lists(st.one_of(LINES, LINES, LINES, st.sampled_from(DELIMITERS)), max_size=25).map("\n".join)


def _says(text: str) -> bool:
    return bool(text.replace("\u200b", "").strip())


def _new(text: str) -> str:
    return "".join(text[part.start : part.end] for part in split(text) if part.kind is PartKind.NEW)


@given(LETTERS)
@settings(max_examples=500, deadline=None)
@example("\n")
@example("a\n\n")
def test_parts_follow_each_other_and_cover_the_text(text: str) -> None:
    parts = split(text)
    places = [0, *[part.end for part in parts]]
    assert [part.start for part in parts] == places[:-1]
    assert places[-1] == len(text)
    assert all(part.start < part.end for part in parts)
    assert all(one.kind is not other.kind for one, other in pairwise(parts))


@given(PLAIN)
@settings(max_examples=500, deadline=None)
def test_new_text_is_empty_only_where_the_letter_is(text: str) -> None:
    assert _says(_new(text)) == _says(text)


@given(PLAIN, LETTERS)
@settings(max_examples=300, deadline=None)
def test_nothing_below_our_delimiter_is_new(above: str, below: str) -> None:
    head = f"{above}\n{DELIMITERS[0]}"
    assert all(part.end <= len(head) - len(DELIMITERS[0]) for part in split(f"{head}\n{below}") if part.kind == "new")
