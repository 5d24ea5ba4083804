"""Mail as it comes to a robot's mailboxes on a real Dovecot, the robot's site, and when nothing moves any more."""

import random
import time
from collections.abc import Callable
from dataclasses import replace

from servers.dovecot import Dovecot
from servers.process import PATIENCE
from sites import mailbox, site

from crash import load, tally
from crash.load import Letter
from mailbot.model import Site, Start, StartMode
from mailbot.store.engine import Database


class Street:
    """Where the letters come from; what was delivered."""

    def __init__(self, dovecot: Dovecot, chance: random.Random) -> None:
        self._dovecot = dovecot
        self._letters = load.letters(chance)
        self.delivered: list[Letter] = []

    def deliver(self) -> None:
        letter = next(self._letters)
        self._dovecot.deliver(letter.raw, f"{letter.mailbox}@example.com")
        self.delivered.append(letter)


def site_on(database: Database, dovecot: Dovecot, relay: int) -> Site:
    everything = Start(StartMode.ALL)
    boxes = tuple(
        replace(mailbox(key, department, start=everything), imap=dovecot.settings(user=key))
        for key, department in (("support", "technical"), ("business", "technical"), ("sac", "customer-care"))
    )
    url = database.engine.url.render_as_string(hide_password=False)
    return site(smtp={"port": relay}, database=url, mailboxes=boxes)


def steps(database: Database) -> int:
    with database.engine.connect() as conn:
        return tally.steps(conn)


def idle(database: Database, street: Street) -> bool:
    with database.engine.connect() as conn:
        return tally.received(conn) == len(street.delivered) and not tally.unfinished(conn)


def until(condition: Callable[[], bool], complaint: str) -> None:
    give_up = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < give_up, complaint
        time.sleep(0.002)
