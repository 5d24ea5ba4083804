"""A Message as `mailbot inspect` shows it: the JSON record of the contract, in which every key always stands."""

from mailbot.cli.output import Json, iso
from mailbot.model import Address, Attachment, AuthenticationResult, Field, Message, Report, Request


def record(file: str, message: Message, request: Request) -> dict[str, Json]:
    return {
        "file": file,
        "message_id": message.message_id,
        "in_reply_to": message.in_reply_to,
        "references": message.references,
        "author": _address(message.author) if message.author else None,
        "to": [_address(address) for address in message.to],
        "cc": [_address(address) for address in message.cc],
        "subject": message.subject,
        "date": iso(message.date),
        "language": message.language,
        "text": message.text,
        "new_text": message.new_text,
        "signature": message.signature,
        "quoted_text": message.quoted_text,
        "parts": [{"kind": part.kind, "start": part.start, "end": part.end} for part in message.parts],
        "attachments": [_attachment(attachment) for attachment in message.attachments],
        "automatic": message.automatic,
        "report": _report(message.report) if message.report else None,
        "authentication": [_authentication(result) for result in message.authentication if result.method],
        "fields": [_field(field) for field in message.fields],
        "commands": [{"name": command.name, "argument": command.argument} for command in message.commands],
        "defects": message.defects,
        "refused": message.refused,
        "intent": request.intent,
        "class": request.klass,
        "severity": None,
    }


def _address(address: Address) -> dict[str, Json]:
    return {"address": address.address, "name": address.name}


def _attachment(attachment: Attachment) -> dict[str, Json]:
    return {
        "name": attachment.name,
        "type": attachment.type,
        "size": attachment.size,
        "sha256": attachment.sha256,
    }


def _report(report: Report) -> dict[str, Json]:
    recipients: list[Json] = [
        {"address": recipient.address, "action": recipient.action, "status": recipient.status}
        for recipient in report.recipients
    ]
    return {"message_id": report.message_id, "recipients": recipients}


def _authentication(result: AuthenticationResult) -> dict[str, Json]:
    return {
        "authserv_id": result.authserv_id,
        "method": result.method,
        "result": result.result,
        "properties": {entry.name: entry.value for entry in result.properties},
    }


def _field(field: Field) -> dict[str, Json]:
    return {
        "name": field.name,
        "value": field.value,
        "quote": field.quote,
        "source": field.source,
        "start": field.start,
        "end": field.end,
        "method": field.method,
        "confidence": field.confidence,
        "standing": field.standing,
    }
