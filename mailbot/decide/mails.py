"""The mails that customers get."""

import re
from dataclasses import replace

from mailbot.decide.authority import Act, Right, right
from mailbot.decide.budget import settled
from mailbot.decide.case import Case
from mailbot.decide.conversation import copied
from mailbot.decide.labels import label, size
from mailbot.model import Draft, Fact, Field, Language, Mailbox, Purpose, Standing, Ticket
from mailbot.parsers import address


def acknowledgement(case: Case, ticket: Ticket, fields: tuple[Field, ...], among: tuple[str, ...] = ()) -> Draft:
    """To the registered address with the subject repeated; to anybody else a fixed text with none of his words.

    `among` are the accounts of which the author is asked to name one.
    """
    registered = right(case.sender.level, Act.ACKNOWLEDGE) is Right.YES
    message_id = case.message.message_id
    draft = Draft(
        template="acknowledgement" if registered else "acknowledgement-unknown",
        purpose=Purpose.CUSTOMER,
        language=ticket.language,
        recipient=case.sender.address,
        mailbox=ticket.mailbox,
        cause=case.arrival.cause,
        subject=ticket.subject if registered else "",
        ticket=ticket,
        in_reply_to=message_id,
        references=(*case.message.references, message_id) if message_id else (),
        facts=_understood(ticket, fields) if registered else (),
        lines=among if registered else (),
    )
    return settled(case, draft)


def challenge(case: Case, ticket: Ticket, email: str, language: Language) -> Draft:
    """With nothing of the request but its kind: it may not be his (design 1.5.3). Its author gets it as an answer.

    To the holder of an account that a stranger names it is a thread of its own: he never saw that letter.
    """
    own = case.message.message_id if address.key(email) == address.key(case.sender.address or "@") else ""
    draft = Draft(
        template="challenge",
        purpose=Purpose.CHALLENGE,
        language=language,
        recipient=email,
        mailbox=ticket.mailbox,
        cause=case.arrival.cause,
        ticket=ticket,
        in_reply_to=own,
        references=(*case.message.references, own) if own else (),
        reason=case.policy.intent_name(ticket.intent, language),
    )
    return settled(case, draft)


def challenge_received(case: Case, ticket: Ticket, language: Language) -> Draft:
    """One text whatever the reply was worth: nobody learns from it how near he came."""
    message_id = case.message.message_id
    draft = Draft(
        template="challenge-received",
        purpose=Purpose.CUSTOMER,
        language=language,
        recipient=case.sender.address,
        mailbox=ticket.mailbox,
        cause=case.arrival.cause,
        ticket=ticket,
        in_reply_to=message_id,
        references=(*case.message.references, message_id) if message_id else (),
    )
    return settled(case, draft)


def too_large(case: Case, mailbox: Mailbox) -> Draft:
    accounts = (entry for entry in case.known.accounts if entry.number in case.sender.accounts)
    language = next((entry.language for entry in accounts if entry.language), None) or case.site.robot.language
    message_id = case.message.message_id
    draft = Draft(
        template="too-large",
        purpose=Purpose.CUSTOMER,
        language=language,
        recipient=case.sender.address,
        mailbox=mailbox.key,
        cause=case.arrival.cause,
        subject=case.message.subject,
        in_reply_to=message_id,
        references=(*case.message.references, message_id) if message_id else (),
        reason=size(case.site.limits.message, language),
    )
    return settled(case, draft)


def _understood(ticket: Ticket, fields: tuple[Field, ...]) -> tuple[Fact, ...]:
    account = (Fact(label("account", ticket.language), ticket.account),) if ticket.account else ()
    named = (field for field in fields if field.name == "order" and field.standing is Standing.CONFIRMED)
    return (*account, *(Fact(label("order", ticket.language), field.value) for field in named))


def words(case: Case, ticket: Ticket, own: str) -> tuple[Draft, ...]:
    """An agent's own words to the requester: new text only, so neither notice, nor quotation, nor his signature.

    The parties in copy get the same, each by a mail and with a tag of his own.
    `Known.thread` holds only ids that the customer has seen: no notice's Message-ID ever stands here (design 1.5.4).
    Where the agent wrote his `own` address, the customer reads the mailbox's: it is there that he can be reached.
    """
    seen = case.known.thread
    mailbox = case.site.mailbox(ticket.mailbox)
    text = case.message.new_text.strip()
    if mailbox:
        text = re.sub(re.escape(own), lambda _: mailbox.address, text, flags=re.IGNORECASE)
    draft = Draft(
        template="answer",
        purpose=Purpose.ANSWER,
        language=ticket.language,
        recipient=ticket.requester,
        mailbox=ticket.mailbox,
        cause=case.arrival.cause,
        subject=ticket.subject,
        ticket=ticket,
        in_reply_to=seen[-1] if seen else "",
        references=seen,
        text=text,
        automatic=False,
        to=ticket.requester,
        cc=tuple(party for party in copied(case, ticket) if address.key(party) != address.key(own)),
    )
    return (draft, *(replace(draft, recipient=party) for party in draft.cc))
