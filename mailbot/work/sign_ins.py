"""The sign-ins of a site's OAuth2 clients: kept from ending unused, and told of a week before they end."""

import logging
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from mailbot import oauth2
from mailbot.model import OAuth2, Site
from mailbot.store import alarms, leases, outages
from mailbot.work.desk import Desk

log = logging.getLogger(__name__)

AHEAD = timedelta(days=7)
# Seconds. What is used already needs no more than a look into a file.
EVERY = 600


@dataclass(frozen=True, slots=True)
class Ending:
    """`key` is of the alarm, `name` as in an outage; `sentence` says what ends when, and what to do."""

    key: str
    name: str
    sentence: str


def clients(site: Site) -> tuple[OAuth2, ...]:
    found = (*(mailbox.imap.oauth2 for mailbox in site.mailboxes), site.smtp.oauth2)
    return tuple(client for client in found if client)


def stay_signed_in(site: Site, stopping: threading.Event) -> None:
    """A relay that has nothing to send for months would lose its sign-in. Returns when it is to stop, or soon after."""
    told: dict[str, str] = {}
    while clients(site) and not stopping.is_set():
        for client in clients(site):
            trouble = _kept_alive(client)
            if trouble and trouble != told.get(client.what):
                log.warning("%s: %s", client.what, trouble)
            told[client.what] = trouble
        stopping.wait(EVERY)


def _kept_alive(client: OAuth2) -> str:
    """ "" or why it is not."""
    try:
        oauth2.keep_alive(client)
    except oauth2.SignInError as error:
        return str(error)
    return ""


def troubles(site: Site) -> tuple[str, ...]:
    """A sentence for each client that has no sign-in, as far as is known without asking anybody."""
    standings = ((client.what, oauth2.standing(client)) for client in clients(site))
    return tuple(f"{what}: {standing.trouble}" for what, standing in standings if standing.trouble)


def endings(site: Site, now: datetime) -> tuple[Ending, ...]:
    """What ends within a week, or has ended."""
    return tuple(ending for client in clients(site) for ending in _endings(client, now))


def ended(site: Site) -> tuple[Ending, ...]:
    """Of the relay: it may have nothing to send for long. That a mailbox has no sign-in shows by itself, it is down."""
    trouble = oauth2.standing(site.smtp.oauth2).trouble if site.smtp.oauth2 else ""
    key = f"{alarms.ENDS}{outages.RELAY}:sign-in"
    return (Ending(key, outages.RELAY, f"the relay cannot be used: {trouble}"),) if trouble else ()


def _endings(client: OAuth2, now: datetime) -> Iterator[Ending]:
    name = outages.of(client.mailbox) if client.mailbox else outages.RELAY
    expires, day = oauth2.standing(client).expires, client.client_secret_expires
    if expires and expires - now <= AHEAD:
        says = f"it ends on {expires:%Y-%m-%d}, run `{client.login}`"
        key = f"{alarms.ENDS}{name}:sign-in:{expires:%Y-%m-%d}"
        yield Ending(key, name, f"the sign-in of {client.what} needs renewal: {says}")
    if day and day - now.date() <= AHEAD:
        says = f"it ends on {day}, make a new one there and correct client_secret_expires with it"
        key = f"{alarms.ENDS}{name}:secret:{day}"
        yield Ending(key, name, f"the client secret of {client.what} needs renewal: {says}")


def raise_endings(conn: Connection, desk: Desk, found: Sequence[Ending], now: datetime) -> None:
    """Each machine has sign-ins of its own: who has a mailbox speaks for it, who has the first one for the relay."""
    standing = [alarm.key for alarm in alarms.standing(conn) if alarm.key.startswith(alarms.ENDS)]
    if not found and not standing:
        return
    held = leases.held_by(conn, desk.holder, now)
    names = [outages.of(mailbox.key) for mailbox in desk.site.mailboxes]
    others = {name for name in names if name not in held}
    if names[0] in others:
        others.add(outages.RELAY)
    mine = [ending for ending in found if ending.name not in others]
    for ending in mine:
        alarms.raise_alarm(conn, ending.key, ending.sentence, now)
    for key in {*standing} - {ending.key for ending in mine}:
        if not any(key.startswith(f"{alarms.ENDS}{name}:") for name in others):
            alarms.call_off(conn, key, now)
