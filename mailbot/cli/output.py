"""What the commands share: where the site is, tables, JSON lines, and the one way to fail."""

import json
import os
import shutil
import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, TypeAlias
from urllib.parse import urlsplit

import typer

if TYPE_CHECKING:
    from mailbot.settings import Checked

Json: TypeAlias = "str | int | float | bool | Sequence[Json] | Mapping[str, Json] | None"

HERE = Path()
# The largest number that SQLite and PostgreSQL take.
LARGEST = 2**63 - 1
SiteOption = Annotated[
    Path,
    typer.Option(
        "--site", envvar="MAILBOT_SITE", metavar="DIR", help="Folder of the site.", show_default="this folder"
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
LimitOption = Annotated[int, typer.Option(min=1, max=LARGEST, help="At most so many, the newest.")]

# Control characters move a terminal's cursor or worse; those of direction (UAX 9) make text read as what it is not.
_UNSAFE = [*range(0x20), *range(0x7F, 0xA0), 0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
_MARKED = dict.fromkeys(_UNSAFE, "\N{REPLACEMENT CHARACTER}")
_ONE_LINE = {**_MARKED, ord("\n"): " ", ord("\t"): " "}
_MANY_LINES = {**_MARKED, ord("\n"): "\n", ord("\t"): "\t"}


def fail(*sentences: str) -> NoReturn:
    """Ends the command with status 1."""
    for sentence in sentences:
        complain(sentence)
    raise typer.Exit(1)


def complain(sentence: str) -> None:
    sys.stdout.flush()
    print(f"mailbot: {one_line(sentence)}", file=sys.stderr)


def load(
    directory: Path, *, offline: bool = False, but: tuple[str, ...] | None = None, rules: bool = False
) -> "Checked":
    """The site, or its faults on stderr and the end. `offline`: without the secrets of the mail servers, `but` one."""
    from mailbot import settings

    try:
        return settings.load(directory, os.environ, offline=offline, but=but, rules=rules)
    except settings.SettingsError as error:
        fail(*error.faults)


def one_line(text: str) -> str:
    """For a terminal, whoever wrote the text."""
    return text.translate(_ONE_LINE)


def many_lines(text: str) -> str:
    return text.translate(_MANY_LINES)


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], colours: Mapping[str, str] | None = None) -> None:
    """Rows in columns: fitted to a terminal, in full elsewhere. `colours` gives a style to cells of that text."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        grid.add_column(column.upper(), overflow="fold")
    for row in rows:
        grid.add_row(*(Text(one_line(cell), (colours or {}).get(cell, "")) for cell in row))
    console = Console(width=None if sys.stdout.isatty() else 100_000)
    with console.capture() as captured:
        console.print(grid)
    for line in captured.get().splitlines():
        print(line.rstrip())


def card(facts: Iterable[tuple[str, str]]) -> None:
    """A fact a line, its name in front; those without a value are left out."""
    known = [(one_line(name), one_line(value)) for name, value in facts if value]
    width = max((len(name) for name, _ in known), default=0)
    for name, value in known:
        hanging(f"{name:<{width}}  ", value)


def hanging(label: str, text: str, colour: str = "") -> None:
    """A label and its text, whoever wrote it: on one line, and on a terminal in lines below each other."""
    if not sys.stdout.isatty():
        print(label + one_line(text))
        return
    for part in wrapped(label, one_line(text), shutil.get_terminal_size().columns):
        _coloured(part, len(label), colour)


def wrapped(label: str, text: str, width: int) -> list[str]:
    """
    >>> wrapped("problem: ", "mailbox support is down", 24)
    ['problem: mailbox support', '         is down']
    """
    if width < 2 * len(label):
        return [label + text]
    indent = " " * len(label)
    return textwrap.wrap(label + text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _coloured(line: str, label: int, colour: str) -> None:
    from rich.console import Console
    from rich.text import Text

    Console(soft_wrap=True).print(Text.assemble((line[:label], colour), line[label:]))


def json_line(record: Mapping[str, Json]) -> None:
    # What an output cannot encode it would write as Python does, and a program could not read that.
    print(json.dumps(record, ensure_ascii=sys.stdout.encoding.lower() != "utf-8"))


def iso(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC with offset."""
    return moment.astimezone(UTC).isoformat() if moment else None


def plural(count: int, noun: str) -> str:
    """
    >>> plural(1, "ticket"), plural(0, "ticket")
    ('1 ticket', '0 tickets')
    """
    return f"{count} {noun}{'' if count == 1 else 's'}"


def without_password(url: str) -> str:
    """A database's URL as it may be shown.

    >>> without_password("postgresql+psycopg://robot:secret@db:5432/mailbot")
    'postgresql+psycopg://robot@db:5432/mailbot'
    """
    parts = urlsplit(url)
    if parts.password is None:
        return url
    user, _, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user.partition(':')[0]}@{host}").geturl()
