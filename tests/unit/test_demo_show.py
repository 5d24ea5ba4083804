"""What the viewer of the demo reads."""

import io

from rich.console import Console

from mailbot.demo.show import Block, Came, Decided, Went, show
from mailbot.model import Because, Outcome, Sending

CAME = Came(
    "Marie <marie@client.example>", ("support@desk.example",), "Panne", "Bonjour,\n\nPlus rien.\nMerci\n", ("a.png",)
)
DECIDED = Decided(
    7, "support", Outcome.TICKET_CREATED, "MB-7K3F-9XWM", "opened", (Because("author", "a registered address"),)
)
WENT = Went("acknowledgement", "fr", "marie@client.example", "[MB-7K3F-9XWM] Panne", Sending.SENT, "Bonjour,\nMerci\n")
BLOCK = Block("1 of 12", "See how.", (CAME,), (DECIDED,), (WENT,))


def _shown(block: Block, width: int = 200, terminal: bool = False) -> str:
    stream = io.StringIO()
    show(
        block, Console(file=stream, width=width, force_terminal=terminal, color_system="standard" if terminal else None)
    )
    return stream.getvalue()


def test_a_block_tells_what_came_in_what_was_decided_and_why_and_what_went_out() -> None:
    shown = " ".join(_shown(BLOCK).split())
    for told in (
        "1 of 12",
        "See how.",
        "came in Marie <marie@client.example> to support@desk.example Panne Bonjour, Plus rien. … attached: a.png",
        "decided ticket created MB-7K3F-9XWM (d7, mailbox support) author: a registered address",
        "went out acknowledgement (fr) to marie@client.example [MB-7K3F-9XWM] Panne Bonjour, Merci",
    ):
        assert told in shown


def test_without_reasons_the_outcome_still_has_one() -> None:
    decided = Decided(8, "sac", Outcome.DUPLICATE, None, "the same letter as d7", ())
    assert "reason: the same letter as d7" in _shown(Block("x", "", (CAME,), (decided,), ()))


def test_silence_is_told() -> None:
    assert "went out nothing" in " ".join(_shown(Block("x", "", (CAME,), (), ())).split())


def test_a_mail_that_did_not_go_says_so() -> None:
    went = Went("acknowledgement", "fr", "marie@client.example", "Panne", Sending.WITHHELD, "")
    assert "marie@client.example  withheld" in _shown(Block("x", "", (CAME,), (), (went,)))


def test_no_line_is_wider_than_a_hundred_columns() -> None:
    long = Went("notice", "fr", "alice@desk.example", "x" * 300, Sending.SENT, "y" * 300)
    assert max(map(len, _shown(Block("t", "z " * 200, (CAME,), (DECIDED,), (long,))).splitlines())) <= 100


def test_colour_is_for_terminals_only() -> None:
    assert "\x1b[" not in _shown(BLOCK)
    assert "\x1b[" in _shown(BLOCK, terminal=True)


def test_a_letter_cannot_write_on_the_viewer_s_terminal_nor_in_its_markup() -> None:
    came = Came("\x1b]0;title\x07[red]x[/red]", ("\u202esupport",), "\x1b[2J", "a\rb\x00", ())
    shown = _shown(Block("x", "", (came,), (), ()))
    assert not set(shown) & set("\x1b\x07\r\x00\u202e")
    assert "[red]x[/red]" in shown
