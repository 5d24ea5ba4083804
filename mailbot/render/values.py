"""The values that a template may name, all of them: strings of strangers cleaned, and no secret among them."""

from typing import TypedDict

from mailbot.model import Draft, Fact, Purpose, Robot, Status
from mailbot.render.lines import bare_subject, one_line, paragraphs, shortened
from mailbot.render.words import RequestWord, request_word

# The line above which an agent's answer stands: parsers.quoted cuts there.
DELIMITER = "##- Répondez au-dessus de cette ligne / Reply above this line -##"

_SUBJECT = 150
_LINE = 1000
_ITEMS = 100
# What an agent reads in a mail; the whole message is in the store. An agent's own words are never cut.
_TEXT = 50_000


class Values(TypedDict):
    """What a template may name. `may_answer`: an agent reads it, and may reply. `shortened`: text was cut."""

    organisation: str
    phone: str
    emergency_phone: str
    emergency_note: str
    request: RequestWord
    language: str
    delimiter: str
    number: str
    predecessor: str
    requester: str
    mailbox: str
    recipient: str
    recipient_name: str
    subject: str
    text: str
    shortened: bool
    reason: str
    code: str
    held: bool
    facts: tuple[Fact, ...]
    lines: tuple[str, ...]
    attachments: tuple[str, ...]
    may_answer: bool


NAMES = frozenset(Values.__annotations__)


def values(draft: Draft, robot: Robot, mailbox: str) -> Values:
    ticket = draft.ticket
    number = ticket.number if ticket else ""
    text = paragraphs(draft.text)
    cut = len(text) > _TEXT and draft.automatic
    return Values(
        organisation=robot.organisation,
        phone=robot.phone,
        emergency_phone=robot.emergency_phone,
        emergency_note=dict(robot.emergency_note).get(draft.language, ""),
        request=request_word(robot.request_word),
        language=draft.language.value,
        delimiter=DELIMITER,
        number=number,
        predecessor=(ticket.predecessor or "") if ticket else "",
        requester=one_line(ticket.requester) if ticket else "",
        mailbox=mailbox,
        recipient=one_line(draft.recipient),
        recipient_name=one_line(draft.recipient_name),
        subject=shortened(bare_subject(draft.subject, number), _SUBJECT),
        text=text[:_TEXT] if cut else text,
        shortened=cut,
        reason=_line(draft.reason),
        code=_line(draft.code),
        held=ticket is not None and ticket.status is Status.HELD,
        facts=tuple(Fact(_line(fact.name), _line(fact.value), _line(fact.quote)) for fact in draft.facts[:_ITEMS]),
        lines=_listed(draft.lines),
        attachments=_listed(draft.attachments),
        may_answer=draft.purpose in (Purpose.NOTICE, Purpose.HELD),
    )


def _line(text: str) -> str:
    return shortened(one_line(text), _LINE)


def _listed(lines: tuple[str, ...]) -> tuple[str, ...]:
    more = (f"… + {len(lines) - _ITEMS}",) if len(lines) > _ITEMS else ()
    return (*map(_line, lines[:_ITEMS]), *more)
