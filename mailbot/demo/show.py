"""What the viewer of `mailbot demo` sees: a block for each letter, readable with and without colour."""

from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from mailbot.model import Because, Outcome, Sending

WIDTH = 100
_OPENING = 7
_LABEL = 9
_COLOURS = {
    Outcome.TICKET_CREATED: "green",
    Outcome.APPENDED: "green",
    Outcome.ANSWERED: "green",
    Outcome.HELD: "yellow",
    Outcome.QUARANTINED: "red",
}


@dataclass(frozen=True, slots=True)
class Came:
    """A letter as the robot read it. `author` says who wrote, or who is said to have written."""

    author: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    attachments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of one delivery of the letter."""

    delivery: int
    mailbox: str
    outcome: Outcome
    ticket: str | None
    reason: str
    because: tuple[Because, ...]


@dataclass(frozen=True, slots=True)
class Went:
    template: str
    language: str
    recipient: str
    subject: str
    status: Sending
    text: str


@dataclass(frozen=True, slots=True)
class Block:
    title: str
    look: str
    came: tuple[Came, ...]
    decided: tuple[Decided, ...]
    went: tuple[Went, ...]


def show(block: Block, console: Console) -> None:
    width = min(console.width, WIDTH)
    with console.capture() as captured:
        console.print(Rule(f" {block.title} ", style="blue", align="left"), width=width)
        if block.look:
            console.print(Text(block.look, style="italic"), width=width)
        console.print(_table(block), width=width)
    for line in captured.get().splitlines():
        # rich fills the cells of a table with blanks, which a file need not keep.
        print(line.rstrip(), file=console.file)
    print(file=console.file, flush=True)


def _table(block: Block) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(width=_LABEL, style="bold")
    table.add_column(overflow="fold")
    for label, shown in _rows(block):
        table.add_row(label, shown)
    return table


def _rows(block: Block) -> Iterator[tuple[str, RenderableType]]:
    for came in block.came:
        yield "came in", _came(came)
    for decided in block.decided:
        yield "decided", _decided(decided)
    for went in block.went:
        yield "went out", _went(went)
    if not block.went:
        yield "went out", Text("nothing")


def _came(came: Came) -> Text:
    text = Text().append(safe(came.author), style="cyan")
    text.append(f" to {', '.join(map(safe, came.recipients))}\n" if came.recipients else "\n")
    text.append(f"{safe(came.subject) or '(no subject)'}\n", style="bold")
    text.append("\n".join(_opening(came.text, 2)) or "(no text)", style="dim")
    if came.attachments:
        text.append(f"\nattached: {', '.join(map(safe, came.attachments))}")
    return text


def _decided(decided: Decided) -> Text:
    text = Text().append(decided.outcome.replace("-", " "), style=_COLOURS.get(decided.outcome, "magenta"))
    text.append(f" {decided.ticket}" if decided.ticket else "", style="bold")
    text.append(f"  (d{decided.delivery}, mailbox {decided.mailbox})\n", style="dim")
    for reason in decided.because or (Because("reason", decided.reason),):
        text.append(f"{reason.topic}: ", style="dim")
        text.append(f"{safe(reason.sentence)}\n")
    text.rstrip()
    return text


def _went(went: Went) -> Text:
    text = Text().append(f"{went.template} ({went.language})", style="green")
    text.append(f" to {safe(went.recipient)}")
    text.append("\n" if went.status is Sending.SENT else f"  {went.status}\n", style="yellow")
    text.append(f"{safe(went.subject)}\n", style="bold")
    text.append("\n".join(_opening(went.text, _OPENING)), style="dim")
    return text


def _opening(text: str, lines: int) -> Iterator[str]:
    written = [safe(line.strip()) for line in text.splitlines() if line.strip()]
    yield from written[:lines]
    if len(written) > lines:
        yield "…"


def safe(text: str) -> str:
    """Without what would move a terminal's cursor or end the line."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
