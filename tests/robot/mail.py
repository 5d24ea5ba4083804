"""Mail as people see and write it with their mail programs."""

import email
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Self

from robot.people import address


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail in a person's mailbox; `raw` is all of it, with what servers wrote on top."""

    raw: bytes
    sender: str
    recipient: str
    reply_to: str
    subject: str
    message_id: str
    thread: tuple[str, ...]
    automatic: str
    language: str
    text: str
    html: str

    @classmethod
    def read(cls, raw: bytes) -> Self:
        read = email.message_from_bytes(raw, policy=policy.default)
        return cls(
            raw=raw,
            sender=address(_field(read, "From")),
            recipient=address(_field(read, "To")),
            reply_to=address(_field(read, "Reply-To")),
            subject=_field(read, "Subject"),
            message_id=_field(read, "Message-ID"),
            thread=tuple(dict.fromkeys(f"{_field(read, 'References')} {_field(read, 'In-Reply-To')}".split())),
            automatic=_field(read, "Auto-Submitted"),
            language=_field(read, "Content-Language"),
            text=_body(read, "plain"),
            html=_body(read, "html"),
        )

    @property
    def words(self) -> str:
        """All that a person could read in it or find behind it: every decoded part and the header as it came."""
        header = self.raw.partition(b"\r\n\r\n")[0].decode("ascii", "replace")
        return "\n".join((header, self.subject, self.text, self.html))

    @property
    def number(self) -> str:
        """The ticket's, from the subject: [MB-XXXX-XXXX] stands in front."""
        return self.subject.partition("[")[2].partition("]")[0]


def _field(read: EmailMessage, name: str) -> str:
    return str(read.get(name, ""))


def _body(read: EmailMessage, kind: str) -> str:
    part = read.get_body((kind,))
    return str(part.get_content()).replace("\r\n", "\n") if part else ""


def written(
    author: str,
    to: str,
    subject: str,
    text: str,
    *,
    headers: Mapping[str, str] | None = None,
    attachments: Iterable[tuple[str, bytes]] = (),
) -> EmailMessage:
    """A mail that was never seen before. `attachments` are (name, content)."""
    made = EmailMessage(policy.SMTP)
    made["From"], made["To"], made["Subject"] = author, to, subject
    made["Date"] = formatdate(localtime=True)
    made["Message-ID"] = make_msgid(domain=address(author).rpartition("@")[2])
    for name, value in (headers or {}).items():
        del made[name]
        made[name] = value
    made.set_content(text)
    for name, content in attachments:
        made.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return made


def reply(author: str, to: Mail, text: str, *, headers: Mapping[str, str] | None = None) -> EmailMessage:
    """As a mail program makes one: to Reply-To, threaded, the author's text above the whole mail that he answers."""
    threading = {
        "In-Reply-To": to.message_id,
        "References": " ".join(dict.fromkeys((*to.thread, to.message_id))),
    }
    below = _quoted(to) if to.language == "fr" else _copied(to)
    subject = f"Re: {to.subject.removeprefix('Re: ')}"
    return written(
        author, to.reply_to or to.sender, subject, f"{text}\n\n{below}", headers=threading | dict(headers or {})
    )


def _quoted(mail: Mail) -> str:
    """The way of Thunderbird and Gmail."""
    lines = (f"> {line}".rstrip() for line in mail.text.splitlines())
    return "\n".join((f"Le lun. 3 août 2026 à 09:12, Exemple Télécom <{mail.sender}> a écrit :", *lines, ""))


def _copied(mail: Mail) -> str:
    """The way of Outlook."""
    block = (
        f"From: Exemple Télécom <{mail.sender}>",
        "Sent: Monday, August 3, 2026 9:12 AM",
        f"To: {mail.recipient}",
        f"Subject: {mail.subject}",
    )
    return "\n".join((*block, "", mail.text))
