"""What a Message promises, whatever it was read from."""

import dataclasses
import re
from collections.abc import Iterator
from itertools import pairwise

from mailbot.model import Message

IDENTIFIER = re.compile(r"<[!-;=?-~]+@[!-;=?-~]+>")
MANY_LINES = {"text", "quote"}


def faults(message: Message) -> list[str]:
    """Every promise of model.Message that is broken."""
    return [*_strings(message), *_shape(message), *_bounds(message)]


def _strings(message: Message) -> Iterator[str]:
    for name, value in _all_strings("message", message):
        if "\0" in value or "\r" in value:
            yield f"{name} holds NUL or CR"
        if "\n" in value and name.rpartition(".")[2] not in MANY_LINES:
            yield f"{name} has several lines"
        try:
            value.encode()
        except UnicodeEncodeError:
            yield f"{name} holds a lone surrogate"


def _all_strings(name: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, tuple):
        for each in value:
            yield from _all_strings(name, each)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from _all_strings(f"{name}.{field.name}", getattr(value, field.name))


def _shape(message: Message) -> Iterator[str]:
    if (message.author is None) != bool(message.author_defect):
        yield "an author or what is wrong, one of them"
    if any(IDENTIFIER.fullmatch(each) is None for each in (*message.references, *message.in_reply_to)):
        yield "an id outside of its grammar"
    if message.message_id and IDENTIFIER.fullmatch(message.message_id) is None:
        yield "a Message-ID outside of its grammar"
    if any(time is not None and time.utcoffset() is None for time in (message.date, message.received_at)):
        yield "a time without offset"
    if re.fullmatch("[0-9a-f]{64}", message.content_hash) is None:
        yield "no content hash"
    edges = [(0, 0), *((part.start, part.end) for part in message.parts), (len(message.text), len(message.text))]
    if any(before[1] != after[0] for before, after in pairwise(edges)):
        yield "parts that do not cover the text"


def _bounds(message: Message) -> Iterator[str]:
    for what, size, most in (
        ("subject", len(message.subject), 500),
        ("text", len(message.text), 1024 * 1024),
        ("to", len(message.to), 500),
        ("cc", len(message.cc), 500),
        ("recipients", len(message.recipients), 500),
        ("references", len(message.references), 100),
        ("attachments", len(message.attachments), 100),
        ("an attachment's name", max((len(each.name) for each in message.attachments), default=0), 200),
    ):
        if size > most:
            yield f"{what}: {size}, more than {most}"
    if not all(each.name for each in message.attachments):
        yield "an attachment without a name"
