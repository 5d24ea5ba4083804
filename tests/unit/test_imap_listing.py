"""What LIST tells, and which folder a written name means: F-080."""

import pytest

from mailbot.imap.listing import Named, meant, named, nearest, readable

OUTLOOK = "Boîte de réception"


def folders(*names: str, delimiter: str = "/") -> list[Named]:
    """Attributes may stand before the name, with a blank between."""
    listed = []
    for entry in names:
        *attributes, name = entry.rsplit(" : ", 1)
        words = frozenset(attributes[0].lower().split()) if attributes else frozenset[str]()
        listed.append(Named(name, name.encode(), delimiter, words))
    return listed


def chosen(written: str, *names: str, delimiter: str = "/") -> str | None:
    found = meant(written, folders(*names, delimiter=delimiter))
    return found.name if found else None


@pytest.mark.parametrize(
    ("line", "name", "delimiter"),
    [
        (rb'(\HasNoChildren) "/" INBOX', "INBOX", "/"),
        (rb'() "." "Trait&AOk-s.&AMA- faire"', "Traités.À faire", "."),
        (rb"(\Noselect) NIL Notes", "Notes", ""),
        (rb'() "\\" "Kunden\\M&APw-nchen"', "Kunden\\München", "\\"),
        (rb'() "/" "a \"quoted\" name"', 'a "quoted" name', "/"),
        (rb'() "/" Sent Items', "Sent Items", "/"),
        (rb'() "/" [Gmail]/All Mail', "[Gmail]/All Mail", "/"),
        (rb'() "/" "2026"', "2026", "/"),
        (rb'()  "/"  "INBOX"', "INBOX", "/"),
        (b'() "/" "Trait\xc3\xa9s"', "Traités", "/"),
        (rb'() "/" R&D', "R&D", "/"),
        (rb'() "/" "R&-D"', "R&D", "/"),
        (rb'() "/" "&2D0-"', "&2D0-", "/"),
        (rb'(\HasChildren) "/" INBOX ("CHILDINFO" ("SUBSCRIBED"))', 'INBOX ("CHILDINFO" ("SUBSCRIBED"))', "/"),
        (rb'(\HasChildren) "/" "INBOX" ("CHILDINFO" ("SUBSCRIBED"))', "INBOX", "/"),
    ],
)
def test_a_listed_folder_has_the_name_that_people_read(line: bytes, name: str, delimiter: str) -> None:
    (found,) = named([line])
    assert (found.name, found.delimiter) == (name, delimiter)


def test_a_name_may_come_as_a_literal() -> None:
    (found,) = named([(rb'(\Sent) "/" {8}', b'Env"oy\\s'), b""])
    assert (found.name, found.wire) == ('Env"oy\\s', b'Env"oy\\s')
    assert found.attributes == {"\\sent"}


@pytest.mark.parametrize("line", [b"", b"INBOX", rb'() "." "unclosed', rb"(\Sent", b'() "/" "a\x00b"', None])
def test_a_listing_that_makes_no_sense_hides_no_other(line: bytes | None) -> None:
    assert [entry.name for entry in named([line, rb'() "/" INBOX'])][-1] == "INBOX"


def test_a_listed_name_with_a_line_break_is_left_out_for_it_would_end_a_command() -> None:
    assert list(named([(rb'() "/" {17}', b'x"\r\nA2 DELETE "y'), b""])) == []


@pytest.mark.parametrize("wire", [b"&AOk", b"&-", b"&AOk-&", b"&!!-", b"AT&T", b"&&&&"])
def test_no_encoding_however_wrong_is_an_error(wire: bytes) -> None:
    assert readable(wire).isprintable()


@pytest.mark.parametrize(
    ("written", "delimiter", "name"),
    [
        ("Traités/À faire", ".", "Traités.À faire"),
        ("Traités.À faire", ".", "Traités.À faire"),
        ("Traités/À faire", "\\", "Traités\\À faire"),
        ("Traite\u0301s/A\u0300 faire", "/", "Traités/À faire"),
        ("Inbox/Fait", "/", "INBOX/Fait"),
        ("inbox", "/", "INBOX"),
        ("Fait", ".", "INBOX.Fait"),
        ("Fait/2026", ".", "INBOX.Fait.2026"),
        ("Messages envoyés", "/", "[Gmail]/Messages envoyés"),
        ("a/b", ".", "a/b"),
    ],
)
def test_a_name_is_found_however_its_path_is_written(written: str, delimiter: str, name: str) -> None:
    assert chosen(written, "Other", name, delimiter=delimiter) == name


@pytest.mark.parametrize("written", ["traités", "Traites", "Trait", "Traités*", "Traités/", "", "%", "Fait"])
def test_a_name_that_only_looks_alike_is_not_taken(written: str) -> None:
    assert chosen(written, "INBOX", "Traités", "Archive/Fait") is None


def test_the_exact_name_stands_before_any_other_reading_of_it() -> None:
    assert chosen("Fait", "INBOX.Fait", "Fait", delimiter=".") == "Fait"
    assert chosen("a/b", "a.b", "a/b", delimiter=".") == "a/b"


def test_a_name_that_means_two_folders_means_none() -> None:
    assert chosen("Fait", "INBOX/Fait", "[Gmail]/Fait") is None


@pytest.mark.parametrize("written", [OUTLOOK, "boîte de réception", "Courrier entrant", "Inbox"])
def test_the_inbox_is_known_by_the_name_on_the_screen(written: str) -> None:
    assert chosen(written, "INBOX", "Archive") == "INBOX"


def test_a_folder_of_that_name_stands_before_the_inbox() -> None:
    assert chosen(OUTLOOK, "INBOX", OUTLOOK) == OUTLOOK


def test_a_special_folder_is_found_by_its_attribute_whatever_its_name() -> None:
    gmail = (r"\All \HasNoChildren : [Gmail]/Tous les messages", r"\Sent : [Gmail]/Messages envoyés", "INBOX")
    assert chosen(r"\All", *gmail) == "[Gmail]/Tous les messages"
    assert chosen(r"\sent", *gmail) == "[Gmail]/Messages envoyés"
    assert chosen(r"\Archive", *gmail) is None


@pytest.mark.parametrize(
    "name", ["Sent", "Sent Items", "Éléments envoyés", "Messages envoyés", "INBOX/Sent", "[Gmail]/Sent Mail"]
)
def test_where_no_folder_is_marked_as_sent_the_usual_names_are_tried(name: str) -> None:
    assert chosen(r"\Sent", "INBOX", "Archive/Sent", name, "Présent") == name


def test_two_folders_that_may_be_the_sent_one_are_left_to_the_operator() -> None:
    assert chosen(r"\Sent", "Sent", "Sent Items") is None


def test_the_nearest_names_come_first_and_none_with_an_address() -> None:
    listed = folders("INBOX", "Traités", "Traités/2026", "Traites@client.example", r"\Noselect : Traité", "Corbeille")
    assert nearest("Traites", listed) == ("Traités", "Traités/2026")
    assert nearest("archive/2026", listed)[0] == "Traités/2026"
    assert nearest("Zzz", listed) == ("INBOX", "Traités", "Traités/2026", "Corbeille")
    assert nearest("Zzz", []) == ()


def test_endless_names_are_compared_in_bounded_time() -> None:
    listed = folders(*(f"{'ab' * 5000}{n}" for n in range(50)))
    assert len(nearest("ba" * 5000, listed)) == 5


def test_of_two_that_are_marked_the_one_that_holds_mail_is_meant() -> None:
    assert chosen("\\Sent", "\\Sent \\Noselect : Old", "\\Sent : Sent Items") == "Sent Items"
    assert chosen("\\Sent", "\\Sent \\NonExistent : Old") == "Old"
