"""Commands stand at the very top of the new text; anything that only looks like one is text."""

import pytest

from mailbot.model import Command
from mailbot.parsers.commands import read


def test_a_command_has_a_name_and_an_argument() -> None:
    assert read("/assign  Alice Roy \n\nBonjour") == (Command("assign", "Alice Roy"),)


def test_names_are_lower_case() -> None:
    assert read("/CLOSE ") == (Command("close", ""),)


def test_french_words_keep_their_accents() -> None:
    assert read("/libérer") == (Command("libérer", ""),)


def test_several_lines_at_the_top_are_several_commands() -> None:
    assert read("\n/close\r\n\n/tag later\nMerci.\n/spam") == (Command("close", ""), Command("tag", "later"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Bonjour\n/close",
        "> /close",
        "／close",
        "/cl\u200bose",
        "/ close",
        "/var/log/messages",
        "/24 est notre réseau",
        "//close",
        "/",
        "/" + "a" * 40,
        "-- \n/close",
    ],
)
def test_what_only_looks_like_a_command_is_none(text: str) -> None:
    assert read(text) == ()


def test_at_most_twenty_commands_are_read() -> None:
    assert len(read("/close\n" * 500)) == 20
