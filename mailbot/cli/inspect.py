"""`mailbot inspect FILE…`: what is read in a mail. No site is needed, nothing is written."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from mailbot.cli import inspection, output
from mailbot.cli.output import HERE, JsonOption, SiteOption
from mailbot.model import Address, Message, Policy, Reading, Request

# The largest message that a site can be set to take.
_LARGEST = 50 * 1024 * 1024


def inspect(
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="A mail as it came; - is standard input.")],
    json: JsonOption = False,
    site: SiteOption = HERE,
) -> None:
    """Show what is read in a mail. No site is needed."""
    from mailbot.parsers.message import parse
    from mailbot.policy import classify

    reading, policy = _known(site)
    missed = False
    for file in files:
        raw = _raw(file)
        if raw is None:
            missed = True
            continue
        message = parse(raw, reading)
        request = classify(message.subject, message.new_text, policy)
        if json:
            output.json_line(inspection.record(file, message, request))
        else:
            _show(file, message, request)
    if missed:
        raise typer.Exit(1)


def _known(site: Path) -> tuple[Reading, Policy]:
    """The site's patterns and rules where there is one, else the shipped ones."""
    from mailbot import settings

    nowhere = site == HERE and not (site / settings.MAIN).exists()
    try:
        return Reading() if nowhere else settings.reading(site), settings.policy(None if nowhere else site)
    except settings.SettingsError as error:
        output.fail(*error.faults)


def _raw(file: str) -> bytes | None:
    """None after a complaint."""
    try:
        if file == "-":
            raw = sys.stdin.buffer.read(_LARGEST + 1)
        else:
            with Path(file).open("rb") as stream:
                raw = stream.read(_LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        output.complain(f"{file} cannot be read: {reason}")
        return None
    if len(raw) > _LARGEST:
        output.complain(f"{file} is larger than {_LARGEST // 1024**2} MiB, the most that mailbot takes")
        return None
    return raw


def _show(file: str, message: Message, request: Request) -> None:
    print(f"── {output.one_line(file)}")
    output.card((*_facts(message), ("asks for", _asked(request))))
    for title, text in (
        ("new text", message.new_text),
        ("signature", message.signature),
        ("quoted text", message.quoted_text),
    ):
        if text.strip():
            print(f"{title}:")
            for line in output.many_lines(text).strip("\n").split("\n"):
                print(f"  | {line}")
    print()


def _facts(message: Message) -> Iterator[tuple[str, str]]:
    yield "refused", message.refused or ""
    yield "from", _author(message)
    yield "to", _addresses(message.to)
    yield "cc", _addresses(message.cc)
    yield "subject", message.subject
    yield "date", message.date.isoformat(sep=" ") if message.date else ""
    yield "message-id", message.message_id
    yield "answers", " ".join(message.in_reply_to)
    yield "language", message.language or ""
    yield "machine", f"not written by a person: {message.automatic}" if message.automatic else ""
    for recipient in message.report.recipients if message.report else ():
        yield "report", f"{recipient.action} {recipient.status} {recipient.address}"
    for result in message.authentication:
        about = " ".join(f"{entry.name}={entry.value}" for entry in result.properties)
        weak = f" (its signature {result.weakness})" if result.weakness else ""
        if result.method:
            yield "authentication", f"{result.authserv_id or 'nobody'}: {result.method}={result.result} {about}{weak}"
    for field in message.fields:
        yield field.name, f'{field.value}  from "{field.quote}" in {field.source}, {field.confidence:.0%} sure'
    for command in message.commands:
        yield "command", f"/{command.name} {command.argument}"
    for attachment in message.attachments:
        yield (
            "attachment",
            f"{attachment.name}  {attachment.type}, {attachment.size:,} octets, {attachment.sha256[:12]}…",
        )
    for defect in message.defects:
        yield "defect", defect


def _asked(request: Request) -> str:
    said = ", ".join(f"“{one.phrase.written}” in the {one.source}" for one in request.mentions)
    return f"{request.intent or 'no known intent'}, {request.klass}" + (f": {said}" if said else "")


def _author(message: Message) -> str:
    if message.author:
        return _addresses((message.author,))
    claimed = f", claims {', '.join(message.claimed)}" if message.claimed else ""
    return f"nobody: {message.author_defect}{claimed}"


def _addresses(addresses: tuple[Address, ...]) -> str:
    return ", ".join(f"{one.name} <{one.address}>" if one.name else one.address for one in addresses)
