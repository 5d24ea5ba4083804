"""What a message points to: asked of the store before it is judged."""

import hashlib
from dataclasses import dataclass

from mailbot import tokens
from mailbot.model import Arrival, Message, Pointers, Site
from mailbot.parsers import address
from mailbot.sender import mailbox_of

CANDIDATES = 3


@dataclass(frozen=True, slots=True)
class Named:
    """What a message says it belongs to, nearest first.

    `replies`: tags in the addresses it was sent to, each with the key of the mailbox there; `tags`: those in our
    Message-IDs; `ids`: foreign Message-IDs; `numbers`: ticket numbers in its subject.
    """

    replies: tuple[tuple[str, str], ...]
    tags: tuple[str, ...]
    ids: tuple[str, ...]
    numbers: tuple[str, ...]


def named(message: Message, site: Site) -> Named:
    ids = named_ids(message)
    mine = [tokens.tag_of_message_id(entry, site.robot.domain) for entry in ids]
    reported = message.report.tags if message.report else ()
    return Named(
        replies=_replies(message, site),
        tags=tuple(dict.fromkeys((*(tag for tag in mine if tag), *reported))),
        ids=tuple(entry for entry, tag in zip(ids, mine, strict=True) if not tag),
        numbers=tokens.ticket_numbers(message.subject),
    )


def pointers(arrival: Arrival, message: Message, site: Site) -> Pointers:
    said = named(message, site)
    claimed = (message.author.address,) if message.author else message.claimed
    authors = tuple(dict.fromkeys(address.key(entry) for entry in claimed))
    return Pointers(
        key=key(message),
        message_id=message.message_id,
        tags=tuple(dict.fromkeys((*(tag for tag, _ in said.replies), *said.tags))),
        ids=said.ids,
        numbers=said.numbers,
        orders=tuple(dict.fromkeys(field.value for field in message.fields if field.name == "order")),
        accounts=named_accounts(message),
        authors=authors,
        candidates=candidates(arrival, site),
        thread=any(address.key(agent.email) in authors for agent in site.agents),
        own=any(mailbox_of(entry, site) for entry in claimed),
    )


def named_accounts(message: Message) -> tuple[str, ...]:
    """The numbers of accounts that it names, as they are written and as registers write them."""
    said = (field.value for field in message.fields if field.name == "account")
    return tuple(dict.fromkeys(number for value in said for number in (value, value.upper())))


def key(message: Message) -> str:
    """The message's own: the same letter by two paths has one, another letter under a used Message-ID has its own."""
    return hashlib.sha256(f"{message.message_id}\n{message.content_hash}".encode()).hexdigest()


def candidates(arrival: Arrival, site: Site) -> tuple[str, ...]:
    """The numbers a ticket opened by this delivery may get: 35 bits may collide, not three times running."""
    return tuple(tokens.ticket_number(site.security.key, arrival.cause, n) for n in range(CANDIDATES))


def named_ids(message: Message) -> tuple[str, ...]:
    """Message-IDs that it names, nearest first: the returned mail's, In-Reply-To, References from the newest back."""
    returned = (message.report.message_id,) if message.report and message.report.message_id else ()
    return tuple(dict.fromkeys((*returned, *message.in_reply_to, *reversed(message.references))))


def _replies(message: Message, site: Site) -> tuple[tuple[str, str], ...]:
    """Only of mailboxes whose server honours subaddresses."""
    found = (
        (tokens.tag_of_address(recipient, mailbox.address, mailbox.subaddress), mailbox.key)
        for recipient in message.recipients
        for mailbox in site.mailboxes
        if mailbox.subaddress
    )
    return tuple(dict.fromkeys((tag, mailbox) for tag, mailbox in found if tag))
