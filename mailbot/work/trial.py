"""The wires tried once, for `mailbot check --connect`: each mailbox, the relay, and a mail to each subaddress."""

import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from mailbot import imap, smtp
from mailbot.model import Draft, Mailbox, Purpose, Site
from mailbot.parsers import parse
from mailbot.render import Press
from mailbot.smtp import Letter, Verdict

# A mail to ourselves passes the relay and the site's own servers; greylisting may hold it longer.
PATIENCE = 60.0
LOOK_AGAIN = 2.0


@dataclass(frozen=True, slots=True)
class Tried:
    """`what` was tried, `found` as a sentence; where it is not `good` the sentence says what to do."""

    what: str
    found: str
    good: bool = True


def try_relay(site: Site) -> Tried:
    facts = smtp.probe(site.smtp, site.robot.domain)
    what = f"relay {site.smtp.host}:{site.smtp.port}"
    if facts.trouble:
        return Tried(what, facts.trouble, good=False)
    login = f"logged in as {site.smtp.username}" if facts.logged_in else "no login"
    return Tried(what, f"{facts.tls or 'no TLS'}, {login}, offers {', '.join(facts.extensions) or 'no extension'}")


def try_mailbox(site: Site, mailbox: Mailbox) -> Tried:
    what = f"mailbox {mailbox.key}"
    try:
        with imap.connect(mailbox.imap, site.limits.message) as connection:
            probe = connection.probe()
            folder = mailbox.processed.folder
            missing = bool(folder) and not connection.folder_exists(folder)
    except imap.ImapError as error:
        return Tried(what, str(error), good=False)
    if missing:
        return Tried(what, f"processed = move:{folder}, but there is no such folder: make it on the server", good=False)
    wait = "tells of new mail at once (IDLE)" if "IDLE" in probe.capabilities else "is polled (no IDLE)"
    return Tried(what, f"{probe.folder.exists} mails in {mailbox.imap.folder}; {wait}")


def try_subaddresses(site: Site, press: Press, now: datetime) -> Iterator[Tried]:
    """A mail to each mailbox itself. It stays there, and the robot will know it as its own."""
    for mailbox in site.mailboxes:
        yield _try_subaddress(site, mailbox, press, now)


def _try_subaddress(site: Site, mailbox: Mailbox, press: Press, now: datetime) -> Tried:
    separator = mailbox.subaddress or "+"
    what = f"mailbox {mailbox.key}, mail to {separator}TAG"
    trial = replace(mailbox, subaddress=separator)
    mail = press.render(_draft(site, trial), now)
    local, _, domain = mailbox.address.rpartition("@")
    recipient = f"{local}{separator}{mail.tag}@{domain}"
    try:
        with imap.connect(mailbox.imap, site.limits.message) as connection:
            connection.select(readonly=True)
            last = max(connection.all_uids(), default=0)
            sent = smtp.send_one(site.smtp, site.robot.domain, Letter(0, mailbox.address, recipient, mail.raw))
            if sent.verdict is not Verdict.SENT:
                return _refused(mailbox, what, sent.reply)
            came = _comes(connection, last, mail.message_id, site)
    except imap.ImapError as error:
        return Tried(what, str(error), good=False)
    return _judged(mailbox, what, separator, came)


def _draft(site: Site, mailbox: Mailbox) -> Draft:
    return Draft(
        template="probe",
        purpose=Purpose.ADMIN,
        language=site.robot.language,
        recipient=mailbox.address,
        mailbox=mailbox.key,
        cause=f"probe:{secrets.token_hex(8)}",
    )


def _comes(connection: imap.Connection, last: int, message_id: str, site: Site) -> bool:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        new = connection.uids_after(last)
        headers = (parse(entry.raw or b"", site.robot.reading) for entry in connection.fetch_headers(new))
        if new and any(message.message_id == message_id for message in headers):
            return True
        time.sleep(LOOK_AGAIN)
        connection.select(readonly=True)
    return False


def _refused(mailbox: Mailbox, what: str, reply: str) -> Tried:
    if mailbox.subaddress:
        return Tried(what, f'refused: {reply}; set subaddress = "" for it', good=False)
    return Tried(what, f"refused ({reply}): leave subaddress empty, replies are known by their Message-ID")


def _judged(mailbox: Mailbox, what: str, separator: str, came: bool) -> Tried:
    match came, bool(mailbox.subaddress):
        case True, True:
            return Tried(what, "it came back: subaddresses work")
        case True, False:
            return Tried(
                what, f'it came back: set subaddress = "{separator}" and replies are known by their address too'
            )
        case False, True:
            found = f'it did not come back within {PATIENCE:.0f} s: set subaddress = "" unless it is only late'
            return Tried(what, found, good=False)
        case _:
            return Tried(what, f"it did not come back within {PATIENCE:.0f} s: leave subaddress empty")
