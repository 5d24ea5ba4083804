"""The story of `mailbot demo`: its letters in order, and the robot's earlier mails that they answer."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.utils import format_datetime, parseaddr
from importlib import resources
from operator import attrgetter

from mailbot.demo.border import Envelope

_BLANK = re.compile(r"\{(?:(date|day|time)|([a-z-]+):(\d\d):(message-id|subject|reply-to|mail-from|code))\}")

# As the mail that asks for it writes it, on a line of its own.
_CODE = re.compile(r"^\s*(?:OUI|YES) (\S+)\s*$", re.MULTILINE)


class StoryError(Exception):
    """A letter answers a mail that the robot has not sent; the message says which."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A letter before its blanks are filled. `look` says what a viewer should notice."""

    number: str
    look: str
    mail_from: str
    recipients: tuple[str, ...]
    letter: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A mail that the robot sent about the letter of a scene; header fields as they stand in it, on one line.

    `code` is what its reader would send back; "" in most.
    """

    scene: str
    template: str
    mail_from: str
    message_id: str
    subject: str
    reply_to: str
    code: str = ""


def scenes() -> tuple[Scene, ...]:
    folder = resources.files("mailbot.demo").joinpath("letters")
    table = tomllib.loads(folder.joinpath("letters.toml").read_text("utf-8"))
    return tuple(
        Scene(
            number=entry["file"][:2],
            look=entry["look"],
            mail_from=entry["from"],
            recipients=tuple(entry["to"]),
            letter=folder.joinpath(entry["file"]).read_bytes().decode("utf-8"),
        )
        for entry in table["letter"]
    )


def filled(scene: Scene, answers: Sequence[Answer], now: datetime) -> Envelope:
    """The scene's letter, ready to be posted at that local time. Raises StoryError."""

    def fill(blank: re.Match[str]) -> str:
        moment, template, number, field = blank.groups()
        if moment:
            return {"date": format_datetime(now), "day": f"{now:%d/%m/%Y}", "time": f"{now:%H:%M}"}[moment]
        answer = next((one for one in answers if (one.scene, one.template) == (number, template)), None)
        if answer is None:
            raise StoryError(f"Letter {scene.number} answers the {template} to letter {number}, and none was sent.")
        return str(attrgetter(field.replace("-", "_"))(answer))

    return Envelope(
        mail_from=_BLANK.sub(fill, scene.mail_from),
        recipients=tuple(_BLANK.sub(fill, recipient) for recipient in scene.recipients),
        content=_BLANK.sub(fill, scene.letter).encode("utf-8"),
    )


def answer(scene: str, template: str, envelope: Envelope) -> Answer:
    """What later letters may take from a mail of the robot's."""
    mail = message_from_bytes(envelope.content)
    return Answer(
        scene=scene,
        template=template,
        mail_from=envelope.mail_from,
        message_id=_line(mail["Message-ID"]),
        subject=_line(mail["Subject"]),
        reply_to=parseaddr(_line(mail["Reply-To"] or mail["From"]))[1],
        code=_code(envelope.content),
    )


def _code(content: bytes) -> str:
    text = message_from_bytes(content, policy=policy.default).get_body(("plain",))
    found = _CODE.search(str(text.get_content())) if text else None
    return found[1] if found else ""


def message_id(envelope: Envelope) -> str:
    return _line(message_from_bytes(envelope.content)["Message-ID"])


def _line(field: str | None) -> str:
    """A field unfolded (RFC 5322 section 2.2.3), its encoded words as they are."""
    return "".join((field or "").splitlines())
